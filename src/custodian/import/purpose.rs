//! What a key seems to be for: by the usages of its certificate, by what its algorithm can do, by its form, by where it
//! lies.

use super::object::{Facts, Link, Object};
use crate::formats::found::Kind;
use crate::model::{Algorithm, CertificateFacts, Purpose};

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
    match object.algorithm {
        // It authenticates, which is what tokens and webhooks are signed with (SP 800-57 part 1 section 5.1.1, item 3).
        Some(Algorithm::Hmac) => return Purpose::TokenSigning,
        // What encrypts, wraps or agrees signs nothing, and no named purpose is one for it (items 8 to 19 there).
        Some(known) if known.is_symmetric() || known.agrees() || known.encapsulates() => return Purpose::Custom,
        _ => {}
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

#[cfg(test)]
mod tests {
    use super::super::beside::Beside;
    use super::super::object::Verdict;
    use super::*;
    use crate::formats::found::Place;

    fn guessed(kind: Kind, algorithm: Algorithm) -> Purpose {
        let mut objects = [Object {
            path: "/home/mira/keys/one".into(),
            place: Place::Whole,
            kind,
            label: None,
            facts: Facts::Secret { encrypted: false },
            algorithm: Some(algorithm),
            public_key: Box::new([]),
            spki_sha256: None,
            link: Link::Alone,
            verdict: Verdict::New,
            name: "one".into(),
            purpose: Purpose::Custom,
            warnings: Vec::new(),
            beside: Beside::default(),
        }];
        guess(&mut objects);
        objects[0].purpose
    }

    #[test]
    fn a_json_web_key_is_for_what_its_algorithm_can_do() {
        for wraps in [Algorithm::Aes128, Algorithm::Aes192, Algorithm::Aes256, Algorithm::X25519] {
            assert_eq!(guessed(Kind::Jwk, wraps), Purpose::Custom, "{}", wraps.name());
        }
        for signs in [Algorithm::Hmac, Algorithm::EcdsaP256, Algorithm::Ed25519] {
            assert_eq!(guessed(Kind::Jwk, signs), Purpose::TokenSigning, "{}", signs.name());
        }
        assert_eq!(guessed(Kind::OpenSsh, Algorithm::Ed25519), Purpose::Ssh);
    }
}
