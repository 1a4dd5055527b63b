//! Whom to trust, and who one is, in TLS.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts};

use super::fault::HttpError;
use crate::network::tls;
use crate::secret::SecretBytes;

/// Which roots vouch for a server.
pub enum Roots {
    /// Those of this system.
    System,
    /// Those of a CA file, in PEM, and no others.
    Pem(Vec<u8>),
}

impl Roots {
    pub(super) fn read(&self) -> Result<RootCerts, HttpError> {
        let certificates: Vec<Certificate<'static>> = match self {
            Self::System => {
                rustls_native_certs::load_native_certs().certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
            }
            Self::Pem(bytes) => certificates(bytes).iter().map(|one| Certificate::from_der(one).to_owned()).collect(),
        };
        if certificates.is_empty() {
            return Err(match self {
                Self::System => HttpError::Machine("this system has no root certificates. Give the CA file of the server".into()),
                Self::Pem(_) => HttpError::Roots,
            });
        }
        Ok(certificates.into())
    }
}

fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// A certificate with its key, to log in with.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: SecretBytes,
}

impl Identity {
    /// From PEM: the certificate with what vouches for it, and a private key that fits (PKCS#8, PKCS#1 or SEC 1).
    pub fn new(chain_pem: &[u8], key_pem: SecretBytes) -> Result<Self, HttpError> {
        let made = Self { chain: certificates(chain_pem), key: key_pem };
        made.check()?;
        Ok(made)
    }

    /// The HTTP crate takes it for granted that both fit.
    fn check(&self) -> Result<(), HttpError> {
        let unusable = |error: &dyn std::fmt::Display| HttpError::Identity(error.to_string());
        if self.chain.is_empty() {
            return Err(unusable(&"its file holds no certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(self.key.expose()).map_err(|_| unusable(&"its key cannot be read"))?;
        let key = tls::provider().key_provider.load_private_key(key).map_err(|_| unusable(&"its key cannot be used for TLS"))?;
        CertifiedKey::new(self.chain.clone(), Arc::clone(&key)).keys_match().map_err(|_| unusable(&"it is for another key"))
    }

    pub(super) fn read(&self) -> Result<ClientCert, HttpError> {
        let chain: Vec<Certificate<'static>> = self.chain.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
        let key = PrivateKey::from_pem(self.key.expose()).map_err(|_| HttpError::Identity("its key cannot be read".into()))?;
        Ok(ClientCert::new_with_certs(&chain, key))
    }
}
