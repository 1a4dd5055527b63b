//! Whether a chain leads to a root that this system trusts. The roots are read once.

use std::sync::OnceLock;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};

use super::tls;
use crate::model::whole::Standing;
use crate::model::{CertificateFacts, Time, Trust};

/// What can be said of a certificate with its chain at an instant, for a server of this name if one is
/// given. It may read the system's roots, so no frame calls it.
pub fn trust(facts: &CertificateFacts, name: Option<&str>, now: Time) -> Trust {
    known().map_or(Trust::NoRoots, |known| judge(&known.store, facts, name, now))
}

/// The same of a certificate for whatever it is meant, a server, a client, code or mail, with the root that vouches
/// for it.
pub fn standing(facts: &CertificateFacts, now: Time) -> Standing {
    let Some(known) = known() else { return Standing { trust: Trust::NoRoots, root: None } };
    let trust = judge_any(&known.store, facts, now);
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
        alone.add((*root).clone()).is_ok() && judge_any(&alone, facts, now).holds()
    };
    Standing { trust, root: known.roots.iter().find(vouches).map(|root| root.to_vec().into()) }
}

/// The roots of the system.
struct Known {
    store: RootCertStore,
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
        Known { store, roots }
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

/// What a certificate is meant for is not asked: its chain is the same whatever that is.
struct AnyUse;

impl ExtendedKeyUsageValidator for AnyUse {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

/// The same without asking what the certificate is meant for.
fn judge_any(roots: &RootCertStore, facts: &CertificateFacts, now: Time) -> Trust {
    let (leaf, chain) = (CertificateDer::from(&*facts.der), chain(facts));
    let algorithms = tls::provider().signature_verification_algorithms;
    let verified = EndEntityCert::try_from(&leaf).and_then(|parsed| {
        parsed.verify_for_usage(algorithms.all, &roots.roots, &chain, instant(now), AnyUse, None, None).map(drop)
    });
    match verified {
        Ok(()) => Trust::Trusted,
        Err(error) => reason(&error, facts),
    }
}

fn reason(error: &webpki::Error, facts: &CertificateFacts) -> Trust {
    use webpki::Error as E;
    match error {
        E::CertExpired { .. } => Trust::Expired,
        E::CertNotValidYet { .. } => Trust::NotYet,
        // A root of the same name that did not sign it makes errors of other kinds.
        _ if facts.subject == facts.issuer => Trust::SelfSigned,
        E::UnknownIssuer => Trust::UnknownIssuer,
        E::InvalidSignatureForPublicKey => Trust::BadSignature,
        E::CaUsedAsEndEntity => Trust::Authority,
        E::UnsupportedSignatureAlgorithmContext(_) | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => not_understood(),
        other => Trust::Other(other.to_string()),
    }
}

fn not_understood() -> Trust {
    Trust::Other("it, or one of its chain, is signed by an algorithm that is not understood".into())
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
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => not_understood(),
        other => match other.to_string() {
            text if text.contains("CaUsedAsEndEntity") => Trust::Authority,
            text => Trust::Other(text),
        },
    }
}
