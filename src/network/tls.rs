//! The handshake of TLS 1.2 and 1.3: whatever chain comes is taken down, and its key is proved.
//!
//! The provider is graviola: it is all Rust, so that the program still checks for every platform without
//! that platform's C compiler, and needs no second generation of other crates. It asks for a processor of
//! about 2013 or later, which is looked at first.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, CipherSuiteCommon, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    PeerIncompatible, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite,
};

use super::dial::Dial;
use super::fault::ProbeError;
use crate::crypto;
use crate::formats::certificate;
use crate::model::Address;

/// What a handshake showed.
pub(super) struct Shown {
    /// The certificates in DER, the server's own first.
    pub(super) chain: Vec<Box<[u8]>>,
    /// Version and cipher suite; empty where the server ended it before both were settled.
    pub(super) agreed: String,
}

/// The algorithms that handshakes and chains are checked with.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| {
        let mut provider = rustls_graviola::default_provider();
        provider.cipher_suites.iter_mut().for_each(take_edwards);
        Arc::new(provider)
    }))
}

/// In TLS 1.2 Edwards curves sign in the suites of ECDSA (RFC 8422 section 5.10); the provider's leave them out.
fn take_edwards(suite: &mut SupportedCipherSuite) {
    const ALL: &[SignatureScheme] = &[
        SignatureScheme::ED25519,
        SignatureScheme::ED448,
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureScheme::ECDSA_NISTP256_SHA256,
    ];
    let SupportedCipherSuite::Tls12(known) = *suite else { return };
    if !known.sign.contains(&SignatureScheme::ECDSA_NISTP256_SHA256) {
        return;
    }
    let common = CipherSuiteCommon {
        suite: known.common.suite,
        hash_provider: known.common.hash_provider,
        confidentiality_limit: known.common.confidentiality_limit,
    };
    let wider = Tls12CipherSuite { common, prf_provider: known.prf_provider, kx: known.kx, sign: ALL, aead_alg: known.aead_alg };
    // Once for each suite, for the life of the program.
    *suite = SupportedCipherSuite::Tls12(Box::leak(Box::new(wider)));
}

/// The processor has what the provider needs.
pub(super) fn able() -> Result<(), ProbeError> {
    #[cfg(target_arch = "x86_64")]
    let can = std::is_x86_feature_detected!("aes")
        && std::is_x86_feature_detected!("ssse3")
        && std::is_x86_feature_detected!("pclmulqdq")
        && std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("adx");
    #[cfg(target_arch = "aarch64")]
    let can = std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let can = false;
    if can { Ok(()) } else { Err(ProbeError::Machine("its processor lacks instructions that TLS is done with here.".into())) }
}

/// Shakes hands and closes again.
pub(super) fn shake(dial: &mut Dial, address: &Address) -> Result<Shown, ProbeError> {
    able()?;
    let failed = |error: Error| ProbeError::Tls(error.to_string());
    let provider = provider();
    let recorder = Arc::new(Recorder { provider: Arc::clone(&provider), seen: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    // An address sends no name.
    let name = ServerName::try_from(address.host.to_string()).map_err(|_| ProbeError::Name("TLS takes no such name".into()))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(failed)?;
    let result = complete(&mut connection, dial);
    let seen = std::mem::take(&mut *recorder.seen.lock().unwrap_or_else(PoisonError::into_inner));
    if seen.proved {
        // A server that then wants a certificate of ours, or hangs up, has shown what was looked for.
        return Ok(Shown { chain: seen.chain, agreed: agreed(&connection) });
    }
    match result {
        Ok(()) => Err(ProbeError::NotProved),
        Err(error) => Err(error),
    }
}

/// The handshake, then the word that nothing follows.
fn complete(connection: &mut ClientConnection, dial: &mut Dial) -> Result<(), ProbeError> {
    while connection.is_handshaking() {
        connection.complete_io(dial).map_err(|error| match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(Error::InvalidMessage(_)) => ProbeError::OtherProtocol("TLS"),
            // Servers of TLS 1.2 hold the curve of their certificate against the groups of the key exchange
            // (RFC 8422 section 5.1.1), and the provider has none over P-521.
            Some(Error::AlertReceived(AlertDescription::HandshakeFailure)) => ProbeError::NoSharedTls,
            Some(
                Error::AlertReceived(AlertDescription::ProtocolVersion)
                | Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
            ) => ProbeError::OldTls,
            Some(Error::InvalidCertificate(CertificateError::BadSignature)) => ProbeError::NotProved,
            Some(inner) => ProbeError::Tls(inner.to_string()),
            None => error.into(),
        })?;
    }
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(dial)?;
    }
    Ok(())
}

fn agreed(connection: &ClientConnection) -> String {
    let version = connection.protocol_version().and_then(|version| version.as_str()).unwrap_or_default();
    let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    format!("{} {suite}", version.replace('_', ".").replacen("TLSv1.", "TLS 1.", 1)).trim().to_owned()
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<Box<[u8]>>,
    /// The server signed the handshake with the key of its certificate.
    proved: bool,
}

/// Takes every chain and writes it down; the signature of the handshake is checked all the same.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

/// Schemes that the provider does not know and the house does.
const OUR_OWN: [SignatureScheme; 5] = [
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED448,
    SignatureScheme::ML_DSA_44,
    SignatureScheme::ML_DSA_65,
    SignatureScheme::ML_DSA_87,
];

impl Recorder {
    fn own(message: &[u8], leaf: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
        let wrong = || Error::InvalidCertificate(CertificateError::BadSignature);
        let key = certificate::read(leaf).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?.public_key;
        let fits = crypto::verify(&key, message, signed.signature()).map_err(|_| wrong())?;
        if fits { Ok(HandshakeSignatureValid::assertion()) } else { Err(wrong()) }
    }

    fn note(&self, valid: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).proved = valid.is_ok();
        valid
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(leaf).chain(chain).map(|one| one.as_ref().into()).collect();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).chain = all;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note(if OUR_OWN.contains(&signed.scheme) {
            Self::own(message, leaf, signed)
        } else {
            verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
        })
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note(if OUR_OWN.contains(&signed.scheme) {
            Self::own(message, leaf, signed)
        } else {
            verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.provider.signature_verification_algorithms.supported_schemes();
        schemes.extend(OUR_OWN);
        schemes
    }
}
