//! PKCS#10 certificate requests (RFC 2986), with ML-DSA by RFC 9881.

use std::net::IpAddr;
use std::str::FromStr as _;

use der::asn1::{AnyRef, BitString, Ia5String, ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{self, KeyUsages, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

use super::pem;
use crate::crypto;
use crate::model::{Algorithm, ExtendedKeyUsage, KeyUsage, RequestProfile};

const LABEL: &str = "CERTIFICATE REQUEST";

/// A request cannot be made of what was typed, or its signature could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RequestError<E> {
    /// Something typed cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Signing failed.
    #[error("signing failed")]
    Signing(E),
}

/// What of a request cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The subject is no distinguished name.
    #[error("“{0}” is not a subject. Write it like CN=shop.example.com,O=Example GmbH,C=DE.")]
    Subject(String),
    /// Nothing says whom the certificate is for.
    #[error("A request needs a subject or at least one name.")]
    Nobody,
    /// No DNS name.
    #[error("“{name}” is not a DNS name: {reason}.")]
    Dns {
        /// What was typed.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// No IP address.
    #[error("“{0}” is not an IP address. Write it like 192.0.2.1 or 2001:db8::1.")]
    Ip(String),
    /// No email address.
    #[error("“{0}” is not an email address. Write it like name@example.com, in ASCII.")]
    Email(String),
    /// No URI.
    #[error("“{0}” is not a URI. Write it like https://example.com or spiffe://example.com/service, in ASCII.")]
    Uri(String),
    /// The key signs nothing, and a request is signed by its own key.
    #[error(
        "{0} keys sign nothing here, and a request is signed by the key it is for. Attach a certificate that you got in another way."
    )]
    NoSignatures(&'static str),
    /// The form cannot be written.
    #[error("The request cannot be written: {0}.")]
    Encoding(String),
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The public key that its signature was verified with (DER `SubjectPublicKeyInfo`).
    pub public_key: Box<[u8]>,
    /// The subject (RFC 4514).
    pub subject: String,
}

/// A request in DER for a public key, signed by `sign`.
pub fn build<E>(
    spki: &[u8],
    profile: &RequestProfile,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, RequestError<E>> {
    let encoding = |error: der::Error| InputError::Encoding(error.to_string());
    let info = CertReqInfo {
        version: Version::V1,
        subject: subject(&profile.subject, profile)?,
        public_key: SubjectPublicKeyInfoOwned::from_der(spki).map_err(encoding)?,
        attributes: attributes(profile)?,
    };
    let message = info.to_der().map_err(encoding)?;
    let algorithm = signature_algorithm(spki)?;
    let signature = sign(&message).map_err(RequestError::Signing)?;
    let signature = BitString::from_bytes(&signature).map_err(encoding)?;
    Ok(CertReq { info, algorithm, signature }.to_der().map_err(encoding)?)
}

fn subject(text: &str, profile: &RequestProfile) -> Result<Name, InputError> {
    let wrong = || InputError::Subject(text.chars().take(200).collect());
    if text.trim().is_empty() {
        let named = [&profile.dns, &profile.ips, &profile.emails, &profile.uris].iter().any(|names| !names.is_empty());
        return if named { Ok(Name::default()) } else { Err(InputError::Nobody) };
    }
    let country_is_wrong = text.split(',').any(|part| {
        let (kind, value) = part.split_once('=').unwrap_or((part, ""));
        kind.trim().eq_ignore_ascii_case("c") && (value.trim().len() != 2 || !value.trim().is_ascii())
    });
    let name = Name::from_str(text.trim()).map_err(|_| wrong())?;
    if name.is_empty() || country_is_wrong || text.contains(|letter: char| letter.is_control()) { Err(wrong()) } else { Ok(name) }
}

fn attributes(profile: &RequestProfile) -> Result<x509_cert::attr::Attributes, InputError> {
    let encoding = |error: der::Error| InputError::Encoding(error.to_string());
    let (nobody, mut extensions) = (Name::default(), Vec::new());
    let names = names(profile)?;
    if !names.is_empty() {
        extensions.push(SubjectAltName(names).to_extension(&nobody, &[]).map_err(encoding)?);
    }
    if !profile.key_usage.is_empty() {
        let usages = profile.key_usage.iter().fold(KeyUsages::DigitalSignature & KeyUsages::CRLSign, |all, usage| {
            all | match usage {
                KeyUsage::DigitalSignature => KeyUsages::DigitalSignature,
                KeyUsage::NonRepudiation => KeyUsages::NonRepudiation,
                KeyUsage::KeyCertSign => KeyUsages::KeyCertSign,
                KeyUsage::CrlSign => KeyUsages::CRLSign,
            }
        });
        extensions.push(pkix::KeyUsage(usages).to_extension(&nobody, &[]).map_err(encoding)?);
    }
    if !profile.extended_key_usage.is_empty() {
        let oids = profile.extended_key_usage.iter().map(|usage| match usage {
            ExtendedKeyUsage::ServerAuth => "1.3.6.1.5.5.7.3.1",
            ExtendedKeyUsage::ClientAuth => "1.3.6.1.5.5.7.3.2",
            ExtendedKeyUsage::CodeSigning => "1.3.6.1.5.5.7.3.3",
            ExtendedKeyUsage::EmailProtection => "1.3.6.1.5.5.7.3.4",
        });
        let oids = oids.filter_map(|oid| ObjectIdentifier::new(oid).ok()).collect();
        extensions.push(pkix::ExtendedKeyUsage(oids).to_extension(&nobody, &[]).map_err(encoding)?);
    }
    let mut attributes = x509_cert::attr::Attributes::default();
    if !extensions.is_empty() {
        let attribute = ExtensionReq(extensions).try_into().map_err(encoding)?;
        attributes.insert(attribute).map_err(encoding)?;
    }
    Ok(attributes)
}

fn names(profile: &RequestProfile) -> Result<Vec<GeneralName>, InputError> {
    let ia5 = |text: &str| Ia5String::new(text).map_err(|error| InputError::Encoding(error.to_string()));
    let mut names = Vec::new();
    for name in &profile.dns {
        check_dns(name)?;
        names.push(GeneralName::DnsName(ia5(name)?));
    }
    for text in &profile.ips {
        let bytes = match IpAddr::from_str(text) {
            Ok(IpAddr::V4(address)) => address.octets().to_vec(),
            Ok(IpAddr::V6(address)) => address.octets().to_vec(),
            Err(_) => return Err(InputError::Ip(short(text))),
        };
        let bytes = OctetString::new(bytes).map_err(|error| InputError::Encoding(error.to_string()))?;
        names.push(GeneralName::IpAddress(bytes));
    }
    for email in &profile.emails {
        check_email(email)?;
        names.push(GeneralName::Rfc822Name(ia5(email)?));
    }
    for uri in &profile.uris {
        check_uri(uri)?;
        names.push(GeneralName::UniformResourceIdentifier(ia5(uri)?));
    }
    Ok(names)
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// A host name (RFC 1123 section 2.1, RFC 1034 section 3.5), with `*` as its first label allowed
/// (RFC 9525 section 6.3) and `_` as many name servers hold it.
pub fn check_dns(name: &str) -> Result<(), InputError> {
    let wrong = |reason| Err(InputError::Dns { name: short(name), reason });
    if name.is_empty() {
        return wrong("it is empty");
    }
    if !name.is_ascii() {
        return wrong("it has letters beyond ASCII; write its punycode form (xn--…)");
    }
    if name.len() > 253 {
        return wrong("it is longer than 253 characters");
    }
    let rest = name.strip_prefix("*.").unwrap_or(name);
    for label in rest.split('.') {
        if label.is_empty() {
            return wrong("a part between dots is empty");
        }
        if label.len() > 63 {
            return wrong("a part between dots is longer than 63 characters");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return wrong("a part begins or ends with a hyphen");
        }
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return wrong("it has characters other than letters, digits and hyphens");
        }
    }
    Ok(())
}

/// An address of the form local@domain (RFC 5280 section 4.2.1.6).
pub fn check_email(email: &str) -> Result<(), InputError> {
    let wrong = || InputError::Email(short(email));
    let (local, domain) = email.rsplit_once('@').ok_or_else(wrong)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"()<>[]:;@\\,\"".contains(&byte);
    if local.is_empty() || local.len() > 64 || !local.bytes().all(plain) || domain.starts_with('*') || check_dns(domain).is_err()
    {
        return Err(wrong());
    }
    Ok(())
}

/// An absolute URI (RFC 3986 section 4.3): a scheme and something after it.
pub fn check_uri(uri: &str) -> Result<(), InputError> {
    let wrong = || InputError::Uri(short(uri));
    let (scheme, rest) = uri.split_once(':').ok_or_else(wrong)?;
    let scheme_is_right = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !scheme_is_right || rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
    {
        return Err(wrong());
    }
    Ok(())
}

/// The signature algorithm that goes with a public key.
fn signature_algorithm(spki: &[u8]) -> Result<AlgorithmIdentifierOwned, InputError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|error| InputError::Encoding(error.to_string()))?;
    let no_form = || InputError::NoSignatures(algorithm.name());
    if algorithm.is_rsa() {
        return identifier("1.2.840.113549.1.1.11", Some(Any::from(AnyRef::NULL)));
    }
    let oid = match algorithm {
        Algorithm::EcdsaP256 | Algorithm::EcdsaSecp256k1 => "1.2.840.10045.4.3.2",
        Algorithm::EcdsaP384 => "1.2.840.10045.4.3.3",
        Algorithm::EcdsaP521 => "1.2.840.10045.4.3.4",
        // Of these the identifier of a signature is that of the key (RFC 8410 section 3, RFC 9881 section 2,
        // RFC 9909 section 3), for RSA-PSS with the parameters that the key asks for (RFC 4055 section 3.1).
        _ if algorithm.signs() => return of_the_key(spki),
        _ => return Err(no_form()),
    };
    identifier(oid, None)
}

fn identifier(oid: &str, parameters: Option<Any>) -> Result<AlgorithmIdentifierOwned, InputError> {
    let oid = ObjectIdentifier::new(oid).map_err(|error| InputError::Encoding(error.to_string()))?;
    Ok(AlgorithmIdentifierOwned { oid, parameters })
}

fn of_the_key(spki: &[u8]) -> Result<AlgorithmIdentifierOwned, InputError> {
    let encoding = |error: der::Error| InputError::Encoding(error.to_string());
    let mut found = SubjectPublicKeyInfoOwned::from_der(spki).map_err(encoding)?.algorithm;
    if found.oid == ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10") && found.parameters.is_none() {
        found.parameters = Some(Any::from_der(&crypto::PSS_STANDARD).map_err(encoding)?);
    }
    Ok(found)
}

/// A request in PEM.
pub fn to_pem(der: &[u8]) -> Vec<u8> {
    pem::write(LABEL, der).into_bytes()
}

/// Reads a request, PEM or DER, and verifies its signature with its own public key.
pub fn verify(bytes: &[u8]) -> Result<Verified, super::FormatError> {
    let unreadable = super::FormatError::Unreadable("certificate request");
    let from_pem = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| pem::blocks(text).into_iter().find(|(label, _)| *label == LABEL).and_then(|(_, der)| der));
    let der = from_pem.unwrap_or_else(|| bytes.to_vec());
    let request = CertReq::from_der(&der).map_err(|_| unreadable.clone())?;
    let public_key = request.info.public_key.to_der().map_err(|_| unreadable.clone())?;
    let message = request.info.to_der().map_err(|_| unreadable.clone())?;
    let signature = request.signature.as_bytes().ok_or_else(|| unreadable.clone())?;
    match crypto::verify(&public_key, &message, signature) {
        Ok(true) => Ok(Verified { public_key: public_key.into(), subject: request.info.subject.to_string() }),
        _ => Err(unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Purpose;
    use std::process::Command;

    fn profile() -> RequestProfile {
        let (key_usage, extended_key_usage) = RequestProfile::usages_for(Purpose::TlsServer);
        RequestProfile {
            subject: "CN=shop.example.com,O=Example GmbH,C=DE".into(),
            dns: vec!["shop.example.com".into(), "*.shop.example.com".into()],
            ips: vec!["192.0.2.1".into(), "2001:db8::1".into()],
            emails: vec!["ops@example.com".into()],
            uris: vec!["spiffe://example.com/shop".into()],
            key_usage,
            extended_key_usage,
        }
    }

    fn made(algorithm: Algorithm, profile: &RequestProfile) -> Result<Vec<u8>, RequestError<crypto::CryptoError>> {
        let pair = crypto::generate(algorithm).unwrap();
        build(&pair.public_key, profile, |message| crypto::sign(&pair.private, algorithm, message))
    }

    #[test]
    fn openssl_verifies_requests_and_shows_what_was_asked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for algorithm in
            [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::EcdsaP384, Algorithm::EcdsaP521, Algorithm::Rsa2048]
        {
            let der = made(algorithm, &profile()).unwrap();
            std::fs::write(file.path(), to_pem(&der)).unwrap();
            let output = Command::new("openssl")
                .args(["req", "-verify", "-noout", "-text", "-nameopt", "RFC2253", "-in"])
                .arg(file.path())
                .output()
                .unwrap();
            let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            for wanted in [
                "verify OK",
                "CN=shop.example.com,O=Example GmbH,C=DE",
                "DNS:shop.example.com, DNS:*.shop.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, email:ops@example.com, URI:spiffe://example.com/shop",
                "Digital Signature",
                "TLS Web Server Authentication",
            ] {
                assert!(shown.contains(wanted), "{algorithm:?} lacks {wanted}: {shown}");
            }
        }
    }

    #[test]
    fn every_algorithm_verifies_itself_and_a_changed_request_does_not() {
        for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87, Algorithm::Ed25519] {
            let der = made(algorithm, &profile()).unwrap();
            assert_eq!(verify(&to_pem(&der)).unwrap().subject, "CN=shop.example.com,O=Example GmbH,C=DE");
            let mut changed = der.clone();
            changed[60] ^= 1;
            assert!(verify(&changed).is_err(), "{algorithm:?}");
        }
    }

    fn refused(change: impl FnOnce(&mut RequestProfile)) -> String {
        let mut profile = profile();
        change(&mut profile);
        match made(Algorithm::Ed25519, &profile) {
            Err(RequestError::Input(error)) => error.to_string(),
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn an_invalid_dns_name_in_a_request_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "empty"),
            ("a..b", "between dots is empty"),
            ("-a.example", "hyphen"),
            ("a b.example", "other than letters"),
            ("münchen.example", "punycode"),
            ("*.*.example", "other than letters"),
            (&"a".repeat(64), "longer than 63"),
            (&"a.".repeat(200), "longer than 253"),
        ] {
            let error = refused(|profile| profile.dns = vec![name.to_owned()]);
            assert!(error.contains(reason), "{name}: {error}");
        }
    }

    #[test]
    fn an_invalid_ip_address_in_a_request_is_refused() {
        for text in ["300.1.1.1", "1.2.3", "::g", "192.0.2.1/24", ""] {
            assert!(refused(|profile| profile.ips = vec![text.to_owned()]).contains("is not an IP address"));
        }
    }

    #[test]
    fn an_invalid_email_address_in_a_request_is_refused() {
        for text in ["nobody", "@example.com", "a b@example.com", "a@", "ä@example.com", "a@*.example.com"] {
            assert!(refused(|profile| profile.emails = vec![text.to_owned()]).contains("is not an email address"));
        }
    }

    #[test]
    fn an_invalid_uri_or_subject_in_a_request_is_refused() {
        assert!(refused(|profile| profile.uris = vec!["no scheme".to_owned()]).contains("is not a URI"));
        for subject in ["shop.example.com", "CN", "ZZ=1", "CN=a,C=Germany", "CN=a\nb"] {
            assert!(refused(|profile| profile.subject = subject.to_owned()).contains("is not a subject"), "{subject}");
        }
        assert!(refused(|profile| *profile = RequestProfile::default()).contains("needs a subject"));
    }
}
