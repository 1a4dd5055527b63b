//! Whether a chain leads to a root that this system trusts. The roots are read once.

use std::sync::OnceLock;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::tls;
use crate::model::{CertificateFacts, Time, Trust};

/// What can be said of a certificate with its chain at an instant, for a server of this name if one is
/// given. It may read the system's roots, so no frame calls it.
pub fn trust(facts: &CertificateFacts, name: Option<&str>, now: Time) -> Trust {
    if tls::able().is_err() {
        return Trust::NoRoots;
    }
    let Some(roots) = roots() else { return Trust::NoRoots };
    judge(roots, facts, name, now)
}

fn roots() -> Option<&'static RootCertStore> {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // Systems carry some that cannot be read; the others serve.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    });
    (!roots.is_empty()).then_some(roots)
}

fn judge(roots: &RootCertStore, facts: &CertificateFacts, name: Option<&str>, now: Time) -> Trust {
    let leaf = CertificateDer::from(&*facts.der);
    let chain: Vec<_> = facts.chain.iter().map(|one| CertificateDer::from(&*one.0)).collect();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap_or(0)));
    let algorithms = tls::provider().signature_verification_algorithms;
    let result = ParsedCertificate::try_from(&leaf).and_then(|parsed| {
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, &chain, now, algorithms.all)?;
        match name.map(|name| ServerName::try_from(name.to_owned())) {
            Some(Ok(name)) => verify_server_name(&parsed, &name),
            Some(Err(_)) => Err(CertificateError::NotValidForName.into()),
            None => Ok(()),
        }
    });
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
        other => Trust::Other(other.to_string()),
    }
}
