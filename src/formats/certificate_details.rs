//! Everything that a certificate says (RFC 5280 section 4), in words. The facts that the inventory keeps
//! are read by `certificate`.

use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::AssociatedOid as _;
use der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, GeneralNames};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints,
    SubjectAltName, SubjectKeyIdentifier,
};

use super::certificate::{self, Certificate, CertificateError, extension};
use crate::crypto;
use crate::model::{CertificateDetails, hex};

/// Reads everything that a certificate in DER says.
pub fn read(der: &[u8]) -> Result<CertificateDetails, CertificateError> {
    let parsed = certificate::parse(der)?;
    let read = Certificate::from_der(der).map_err(|_| CertificateError::Unreadable)?;
    let (key, key_bits) = key(&parsed.public_key, &read);
    let (signature, weak_signature) = signature(&read);
    let constraints: Option<BasicConstraints> = extension(&read, BasicConstraints::OID);
    let subject_key: Option<SubjectKeyIdentifier> = extension(&read, SubjectKeyIdentifier::OID);
    let issuer_key: Option<AuthorityKeyIdentifier> = extension(&read, AuthorityKeyIdentifier::OID);
    let hex_of = |bytes: &OctetString| hex::encode(bytes.as_bytes());
    Ok(CertificateDetails {
        sha1: hex::encode(&crypto::sha1(der)),
        spki_sha256: crypto::sha256(&parsed.public_key),
        key,
        key_bits,
        signature,
        weak_signature,
        names: names(&read),
        path_length: constraints.and_then(|found| found.path_len_constraint),
        usages: certificate::key_usages(&read),
        purposes: certificate::purposes(&read),
        subject_key: subject_key.map(|SubjectKeyIdentifier(bytes)| hex_of(&bytes)),
        issuer_key: issuer_key.and_then(|found| found.key_identifier.as_ref().map(hex_of)),
        policies: policies(&read),
        ocsp: access(&read, OCSP),
        issuer_at: access(&read, CA_ISSUERS),
        revocation_lists: revocation_lists(&read),
        others: others(&read),
        critical: critical(&read),
        facts: parsed.facts,
    })
}

fn key(public_key: &[u8], read: &Certificate) -> (String, u16) {
    match crypto::algorithm_of(public_key) {
        Ok(algorithm) => (algorithm.name().to_owned(), algorithm.strength_bits()),
        Err(_) => (read.tbs_certificate().subject_public_key_info().algorithm.oid.to_string(), 0),
    }
}

/// The words of a signature's algorithm, and whether it stands on a broken hash.
fn signature(read: &Certificate) -> (String, bool) {
    let algorithm = read.signature_algorithm();
    let oid = algorithm.oid.to_string();
    if oid == RSA_PSS {
        return pss(algorithm.parameters.as_ref().and_then(|any| any.to_der().ok()).as_deref());
    }
    match SIGNATURES.iter().find(|(known, ..)| *known == oid) {
        Some((_, words, weak)) => ((*words).to_owned(), *weak),
        None => (oid, false),
    }
}

/// RSASSA-PSS names its hash in its parameters; without one it is SHA-1 (RFC 4055 section 3.1).
fn pss(parameters: Option<&[u8]>) -> (String, bool) {
    let hash = parameters.and_then(pss_hash).unwrap_or_else(|| SHA1.to_owned());
    let words = HASHES.iter().find(|(known, _)| *known == hash).map_or(hash.as_str(), |(_, words)| words);
    (format!("RSA-PSS with {words}"), hash == SHA1)
}

fn pss_hash(parameters: &[u8]) -> Option<String> {
    use super::ber::{self, OID, SEQUENCE};
    let mut fields = ber::only(parameters, SEQUENCE)?;
    let wrapped = ber::take(&mut fields, ber::context(0))?;
    let identifier = ber::only(wrapped.content, SEQUENCE)?;
    let oid = ber::first(identifier, 1).first().filter(|element| element.tag == OID)?.content;
    ObjectIdentifier::from_bytes(oid).ok().map(|oid| oid.to_string())
}

const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const SHA1: &str = "1.3.14.3.2.26";

const HASHES: [(&str, &str); 5] = [
    (SHA1, "SHA-1"),
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("2.16.840.1.101.3.4.2.1", "SHA-256"),
    ("2.16.840.1.101.3.4.2.2", "SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "SHA-512"),
];

/// RFC 3279, RFC 4055, RFC 5758, RFC 8410, RFC 9881; with the words, and whether the hash is broken.
const SIGNATURES: [(&str, &str, bool); 19] = [
    ("1.2.840.113549.1.1.2", "RSA with MD2", true),
    ("1.2.840.113549.1.1.4", "RSA with MD5", true),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1", true),
    ("1.3.14.3.2.29", "RSA with SHA-1", true),
    ("1.2.840.113549.1.1.14", "RSA with SHA-224", false),
    ("1.2.840.113549.1.1.11", "RSA with SHA-256", false),
    ("1.2.840.113549.1.1.12", "RSA with SHA-384", false),
    ("1.2.840.113549.1.1.13", "RSA with SHA-512", false),
    ("1.2.840.10040.4.3", "DSA with SHA-1", true),
    ("2.16.840.1.101.3.4.3.2", "DSA with SHA-256", false),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1", true),
    ("1.2.840.10045.4.3.2", "ECDSA with SHA-256", false),
    ("1.2.840.10045.4.3.3", "ECDSA with SHA-384", false),
    ("1.2.840.10045.4.3.4", "ECDSA with SHA-512", false),
    ("1.3.101.112", "Ed25519", false),
    ("1.3.101.113", "Ed448", false),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", false),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", false),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", false),
];

/// RFC 5280 section 4.2.2.1.
const OCSP: &str = "1.3.6.1.5.5.7.48.1";
/// RFC 5280 section 4.2.2.1.
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

fn names(read: &Certificate) -> Vec<String> {
    let found: Option<SubjectAltName> = extension(read, SubjectAltName::OID);
    found.map(|SubjectAltName(names)| names.iter().map(name).collect()).unwrap_or_default()
}

/// A name as text, of any kind.
fn name(name: &GeneralName) -> String {
    certificate::text(name).unwrap_or_else(|| match name {
        GeneralName::DirectoryName(name) => format!("directory:{name}"),
        GeneralName::RegisteredId(oid) => format!("identifier:{oid}"),
        GeneralName::OtherName(other) => format!("other:{}", other.type_id),
        _ => "another kind of name".to_owned(),
    })
}

fn policies(read: &Certificate) -> Vec<String> {
    let found: Option<CertificatePolicies> = extension(read, CertificatePolicies::OID);
    found.map(|CertificatePolicies(all)| all.iter().map(|one| policy(&one.policy_identifier)).collect()).unwrap_or_default()
}

/// The policies of the CA/Browser Forum's baseline requirements (section 7.1.6.1) have names.
fn policy(oid: &ObjectIdentifier) -> String {
    let text = oid.to_string();
    let words = match text.as_str() {
        "2.23.140.1.1" => "extended validation",
        "2.23.140.1.2.1" => "domain validated",
        "2.23.140.1.2.2" => "organisation validated",
        "2.23.140.1.2.3" => "individual validated",
        "2.23.140.1.4.1" => "code signing",
        "2.5.29.32.0" => "any policy",
        _ => return text,
    };
    format!("{words} ({text})")
}

fn access(read: &Certificate, method: &str) -> Vec<String> {
    let found: Option<AuthorityInfoAccessSyntax> = extension(read, AuthorityInfoAccessSyntax::OID);
    let all = found.map(|AuthorityInfoAccessSyntax(all)| all).unwrap_or_default();
    all.iter().filter(|one| one.access_method.to_string() == method).map(|one| place(&one.access_location)).collect()
}

fn revocation_lists(read: &Certificate) -> Vec<String> {
    let found: Option<CrlDistributionPoints> = extension(read, CrlDistributionPoints::OID);
    let points = found.map(|CrlDistributionPoints(all)| all).unwrap_or_default();
    let full = points.into_iter().filter_map(|point| match point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    full.flat_map(|names: GeneralNames| names.iter().map(place).collect::<Vec<_>>()).collect()
}

/// Where something lies: an address without a word before it.
fn place(at: &GeneralName) -> String {
    match at {
        GeneralName::UniformResourceIdentifier(address) => address.as_str().to_owned(),
        other => name(other),
    }
}

/// Extensions that have words of their own above, and those that have none but a name. Last, whether it is shown.
const EXTENSIONS: [(&str, &str, bool); 16] = [
    ("2.5.29.14", "subject key identifier", true),
    ("2.5.29.15", "key usage", true),
    ("2.5.29.17", "alternative names", true),
    ("2.5.29.19", "basic constraints", true),
    ("2.5.29.31", "revocation lists", true),
    ("2.5.29.32", "policies", true),
    ("2.5.29.35", "authority key identifier", true),
    ("2.5.29.37", "extended key usage", true),
    ("1.3.6.1.5.5.7.1.1", "authority information access", true),
    ("2.5.29.18", "issuer alternative names", false),
    ("2.5.29.30", "name constraints", false),
    ("2.5.29.33", "policy mappings", false),
    ("2.5.29.36", "policy constraints", false),
    ("1.3.6.1.4.1.11129.2.4.2", "certificate transparency", false),
    ("1.3.6.1.4.1.11129.2.4.3", "certificate transparency poison", false),
    ("1.3.6.1.5.5.7.1.24", "must staple", false),
];

fn extension_name(oid: &ObjectIdentifier) -> (String, bool) {
    let text = oid.to_string();
    match EXTENSIONS.iter().find(|(known, ..)| *known == text) {
        Some((_, words, shown)) => ((*words).to_owned(), *shown),
        None => (text, false),
    }
}

fn others(read: &Certificate) -> Vec<String> {
    let extensions = read.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    let names = extensions.iter().map(|extension| extension_name(&extension.extn_id));
    names.filter(|(_, shown)| !shown).map(|(name, _)| name).collect()
}

fn critical(read: &Certificate) -> Vec<String> {
    let extensions = read.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    extensions.iter().filter(|extension| extension.critical).map(|extension| extension_name(&extension.extn_id).0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// A certificate of OpenSSL that vouches for itself.
    fn made(kind: &[&str], hash: &str, extensions: &[&str]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let (key, der) = (folder.path().join("key"), folder.path().join("der"));
        let mut command = Command::new("openssl");
        command.args([
            "req",
            "-x509",
            "-nodes",
            "-days",
            "90",
            "-outform",
            "DER",
            "-subj",
            "/O=Example/CN=Whole",
            hash,
            "-newkey",
        ]);
        command.args(kind).arg("-keyout").arg(&key).arg("-out").arg(&der);
        extensions.iter().for_each(|extension| {
            command.args(["-addext", extension]);
        });
        let run = command.output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        std::fs::read(der).unwrap()
    }

    const EC: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

    fn openssl(der: &[u8], what: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("der");
        std::fs::write(&file, der).unwrap();
        let run = Command::new("openssl").args(["x509", "-inform", "DER", "-noout", "-in"]).arg(&file).args(what).output();
        String::from_utf8(run.unwrap().stdout).unwrap()
    }

    #[test]
    fn everything_that_openssl_wrote_is_read() {
        let der = made(
            EC,
            "-sha384",
            &[
                "basicConstraints=critical,CA:TRUE,pathlen:2",
                "keyUsage=critical,keyCertSign,cRLSign",
                "extendedKeyUsage=clientAuth,1.2.3.4",
                "subjectAltName=DNS:a.example,URI:https://a.example/,otherName:1.2.3.5;UTF8:x,RID:1.2.3.6",
                "certificatePolicies=2.23.140.1.2.1,1.2.3.7",
                "authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.der",
                "crlDistributionPoints=URI:http://crl.example/a.crl",
                "nameConstraints=permitted;DNS:example",
                "1.2.3.8=ASN1:NULL",
            ],
        );
        let read = read(&der).unwrap();
        assert_eq!((read.key.as_str(), read.key_bits), ("ECDSA P-256", 128));
        assert_eq!((read.signature.as_str(), read.weak_signature), ("ECDSA with SHA-384", false));
        assert!(read.facts.authority && read.path_length == Some(2));
        assert_eq!(read.usages, ["certificate signing", "revocation list signing"]);
        assert_eq!(read.purposes, ["client authentication", "1.2.3.4"]);
        assert_eq!(read.names, ["DNS:a.example", "URI:https://a.example/", "other:1.2.3.5", "identifier:1.2.3.6"]);
        assert_eq!(read.policies, ["domain validated (2.23.140.1.2.1)", "1.2.3.7"]);
        assert_eq!(read.ocsp, ["http://ocsp.example/"]);
        assert_eq!(read.issuer_at, ["http://ca.example/ca.der"]);
        assert_eq!(read.revocation_lists, ["http://crl.example/a.crl"]);
        assert_eq!(read.others, ["name constraints", "1.2.3.8"]);
        assert_eq!(read.critical, ["basic constraints", "key usage"]);
        assert_eq!(read.subject_key, read.issuer_key);
        // The same as OpenSSL says of it.
        let plain = |text: String| text.trim().rsplit(['=', '\n']).next().unwrap().trim().replace(':', "").to_lowercase();
        assert_eq!(plain(openssl(&der, &["-fingerprint", "-sha1"])), read.sha1);
        assert_eq!(plain(openssl(&der, &["-fingerprint", "-sha256"])), read.facts.sha256.to_string());
        assert_eq!(plain(openssl(&der, &["-ext", "subjectKeyIdentifier"])), read.subject_key.unwrap());
    }

    #[test]
    fn a_broken_hash_is_weak() {
        let rsa = &["rsa:2048"][..];
        let of = |kind, hash| {
            let read = read(&made(kind, hash, &[])).unwrap();
            (read.signature, read.weak_signature)
        };
        assert_eq!(of(rsa, "-sha1"), ("RSA with SHA-1".to_owned(), true));
        assert_eq!(of(rsa, "-sha256"), ("RSA with SHA-256".to_owned(), false));
        assert_eq!(of(EC, "-sha1"), ("ECDSA with SHA-1".to_owned(), true));
        let pss = &["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"][..];
        assert_eq!(of(pss, "-sha256"), ("RSA-PSS with SHA-256".to_owned(), false));
    }

    #[test]
    fn what_is_damaged_is_refused_and_never_crashes() {
        let der = made(EC, "-sha256", &["certificatePolicies=2.23.140.1.2.1", "crlDistributionPoints=URI:http://a/"]);
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0x5a;
            let _ = read(&changed);
            assert!(read(&der[..at]).is_err(), "cut at {at}");
        }
    }
}
