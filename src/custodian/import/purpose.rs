//! What a key seems to be for: by the usages of its certificate, by its form, by where it lies.

use super::object::{Facts, Link, Object};
use crate::formats::found::Kind;
use crate::model::{CertificateFacts, Purpose};

/// Guesses for every object; a key takes after its certificate.
pub(super) fn guess(objects: &mut [Object]) {
    for object in objects.iter_mut() {
        object.purpose = of(object);
    }
    for index in 0..objects.len() {
        if let (Facts::Certificate(_), Link::Of(key)) = (&objects[index].facts, objects[index].link) {
            objects[key].purpose = objects[index].purpose;
        }
    }
}

fn of(object: &Object) -> Purpose {
    if let Facts::Certificate(facts) = &object.facts {
        return of_certificate(facts);
    }
    match object.kind {
        Kind::OpenSsh | Kind::Ppk | Kind::OpenSshPublic | Kind::OpenSshCertificate | Kind::Ssh2Public => Purpose::Ssh,
        Kind::Jwk => Purpose::TokenSigning,
        _ => of_place(&object.path),
    }
}

/// RFC 5280 section 4.2.1.12; without it by what else the certificate says.
fn of_certificate(facts: &CertificateFacts) -> Purpose {
    let has = |word: &str| facts.usages.iter().any(|usage| usage == word);
    match () {
        () if facts.authority || has("certificate signing") => Purpose::RootOfTrust,
        () if has("server authentication") => Purpose::TlsServer,
        () if has("code signing") => Purpose::CodeSigning,
        () if has("e-mail protection") => Purpose::DocumentSigning,
        () if has("client authentication") => Purpose::TlsClient,
        () if facts.names.iter().any(|name| name.starts_with("DNS:")) => Purpose::TlsServer,
        () if facts.names.iter().any(|name| name.starts_with("email:")) => Purpose::DocumentSigning,
        () => Purpose::Custom,
    }
}

fn of_place(path: &str) -> Purpose {
    let path = path.replace('\\', "/");
    let within = |folder: &str| path.contains(folder);
    match () {
        () if within("/.ssh/") || within("/etc/ssh/") => Purpose::Ssh,
        () if within("/letsencrypt/") || within("/etc/ssl/") || within("/nginx/") || within("/apache2/") => Purpose::TlsServer,
        () => Purpose::Custom,
    }
}
