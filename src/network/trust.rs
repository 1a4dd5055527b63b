//! Whether a chain leads to a root that this system trusts. The roots are read once.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{CertificateError, Error, RootCertStore};

use super::tls;
use crate::model::whole::Standing;
use crate::model::{CertificateFacts, Time, Trust};

/// What can be said of a certificate with its chain at an instant, for a server of this name if one is
/// given. It may read the system's roots, so no frame calls it.
pub fn trust(facts: &CertificateFacts, name: Option<&str>, now: Time) -> Trust {
    known().map_or(Trust::NoRoots, |known| judge(&known.store, facts, name, now))
}

/// The same of a certificate for whatever it is meant, a server or a client, with the root that vouches for it.
pub fn standing(facts: &CertificateFacts, now: Time) -> Standing {
    let Some(known) = known() else { return Standing { trust: Trust::NoRoots, root: None } };
    let of = |roots: &Arc<RootCertStore>| match judge(roots, facts, None, now) {
        Trust::NotForServers => judge_client(roots, facts, now),
        other => other,
    };
    let trust = of(&known.store);
    if !trust.holds() {
        // The system trusts a root by itself, whoever signed it.
        let itself = facts.not_before <= now && now <= facts.not_after && known.roots.iter().any(|root| **root == *facts.der);
        return if itself {
            Standing { trust: Trust::Trusted, root: Some(facts.der.clone()) }
        } else {
            Standing { trust, root: None }
        };
    }
    let vouches = |root: &&CertificateDer<'static>| {
        let mut alone = RootCertStore::empty();
        alone.add((*root).clone()).is_ok() && of(&Arc::new(alone)).holds()
    };
    Standing { trust, root: known.roots.iter().find(vouches).map(|root| root.to_vec().into()) }
}

/// The roots of the system.
struct Known {
    store: Arc<RootCertStore>,
    roots: Vec<CertificateDer<'static>>,
}

/// `None` where there are none, or where this processor cannot check.
fn known() -> Option<&'static Known> {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    tls::able().ok()?;
    let known = KNOWN.get_or_init(|| {
        let roots = rustls_native_certs::load_native_certs().certs;
        let mut store = RootCertStore::empty();
        // Systems carry some that cannot be read; the others serve.
        store.add_parsable_certificates(roots.iter().cloned());
        Known { store: Arc::new(store), roots }
    });
    (!known.store.is_empty()).then_some(known)
}

fn judge(roots: &RootCertStore, facts: &CertificateFacts, name: Option<&str>, now: Time) -> Trust {
    let leaf = CertificateDer::from(&*facts.der);
    let algorithms = tls::provider().signature_verification_algorithms;
    let result = ParsedCertificate::try_from(&leaf).and_then(|parsed| {
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, &chain(facts), instant(now), algorithms.all)?;
        match name.map(|name| ServerName::try_from(name.to_owned())) {
            Some(Ok(name)) => verify_server_name(&parsed, &name),
            Some(Err(_)) => Err(CertificateError::NotValidForName.into()),
            None => Ok(()),
        }
    });
    of(result, facts)
}

/// The same for a client.
fn judge_client(roots: &Arc<RootCertStore>, facts: &CertificateFacts, now: Time) -> Trust {
    let Ok(verifier) = WebPkiClientVerifier::builder_with_provider(roots.clone(), tls::provider()).build() else {
        return Trust::NoRoots;
    };
    let leaf = CertificateDer::from(&*facts.der);
    of(verifier.verify_client_cert(&leaf, &chain(facts), instant(now)).map(drop), facts)
}

fn chain(facts: &CertificateFacts) -> Vec<CertificateDer<'_>> {
    facts.chain.iter().map(|one| CertificateDer::from(&*one.0)).collect()
}

fn instant(now: Time) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap_or(0)))
}

fn of(result: Result<(), Error>, facts: &CertificateFacts) -> Trust {
    match result {
        Ok(()) => Trust::Trusted,
        Err(Error::InvalidCertificate(error)) => verdict(&error, facts),
        Err(other) => Trust::Other(other.to_string()),
    }
}

fn verdict(error: &CertificateError, facts: &CertificateFacts) -> Trust {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Trust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Trust::NotYet,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Trust::OtherName,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Trust::NotForServers,
        // A root of the same name that did not sign it makes errors of other kinds.
        _ if facts.subject == facts.issuer => Trust::SelfSigned,
        CertificateError::UnknownIssuer => Trust::UnknownIssuer,
        CertificateError::BadSignature => Trust::BadSignature,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Trust::Other("it, or one of its chain, is signed by an algorithm that is not understood".into())
        }
        other => match other.to_string() {
            text if text.contains("CaUsedAsEndEntity") => Trust::Authority,
            text => Trust::Other(text),
        },
    }
}
