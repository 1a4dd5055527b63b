//! From files to objects: recognised, opened where a passphrase fits, each pair checked.

use std::collections::HashMap;

use super::beside::{Beside, beside};
use super::names;
use super::object::{Facts, Link, Object, Verdict};
use super::purpose;
use super::sources::{Source, each};
use crate::crypto;
use crate::custodian::group::in_parallel;
use crate::custodian::outcome::Progress;
use crate::formats::found::{Content, Found, Kind, Place, Reason, SymmetricKind};
use crate::formats::{certificate, recognise, revocation};
use crate::model::{Algorithm, Digest, Purpose};
use crate::secret::{Passphrase, SecretBytes};

const UNKNOWN: &str = "It holds something that is not known here beside the keys.";

/// What was found in files, with the secrets of it. It holds them only as long as a person looks.
#[derive(Default)]
pub struct Reading {
    /// Everything that was found, in the order of the files.
    pub objects: Vec<Object>,
    /// The secrets of those that have one, by their index: PKCS#8 DER, or the bytes of a symmetric key.
    pub(super) secrets: HashMap<usize, SecretBytes>,
    /// SHA-256 of each file that was read, by its path.
    pub(in crate::custodian) digests: HashMap<String, Digest>,
    /// Files that were looked into.
    pub files: u64,
}

/// Reads sources. No inventory is needed; [`Reading::compare`] says what of it is new.
pub fn read(sources: &[Source], passphrases: &[Passphrase], progress: &dyn Progress) -> Reading {
    let mut reading = Reading::default();
    each(sources, progress, |file| {
        reading.files += 1;
        progress.report(reading.files, 0);
        match file.bytes {
            Ok(bytes) => {
                reading.digests.insert(file.path.to_owned(), crypto::sha256(bytes.expose()));
                let mut found = recognise::read(bytes.expose(), passphrases);
                // What lies in a folder and is nothing that is known is nobody's wish.
                let before = found.len();
                found.retain(|found| file.named || found.kind != Kind::Unknown);
                let whole = found.len() == before;
                let first = reading.objects.len();
                reading.take(file.path, &found);
                if let Some(object) = reading.objects[first..].iter_mut().find(|object| object.facts.is_secret()) {
                    object.beside = if whole { beside(bytes.expose()) } else { Beside::Other(UNKNOWN) };
                }
            }
            Err(reason) => reading.objects.push(unread(file.path, &reason)),
        }
    });
    reading.settle();
    reading
}

/// What one file holds, with its secrets; no passphrase is tried.
pub(in crate::custodian) fn objects_of(path: &str, bytes: &[u8]) -> Vec<(Object, Option<SecretBytes>)> {
    recognise::read(bytes, &[]).iter().map(|found| judge(path, found)).collect()
}

impl Reading {
    /// What was found, without its secrets, which are wiped.
    pub fn into_objects(self) -> Vec<Object> {
        self.objects
    }

    /// Objects whose secrets were dropped already.
    pub(in crate::custodian) fn of(objects: Vec<Object>) -> Self {
        let mut reading = Self { objects, ..Self::default() };
        reading.settle();
        reading
    }

    fn settle(&mut self) {
        self.link();
        names::propose(&mut self.objects);
        purpose::guess(&mut self.objects);
    }

    /// The secret of one of the objects.
    pub(in crate::custodian) fn secret_of(&self, object: &Object) -> Option<&SecretBytes> {
        let index = self.objects.iter().position(|other| std::ptr::eq(other, object))?;
        self.secrets.get(&index)
    }

    fn take(&mut self, path: &str, found: &[Found]) {
        let judged = in_parallel(found, |found| Ok(judge(path, found))).unwrap_or_default();
        for (object, secret) in judged {
            if let Some(secret) = secret {
                self.secrets.insert(self.objects.len(), secret);
            }
            self.objects.push(object);
        }
    }

    /// How objects belong to each other: the same key twice, public halves and certificates of a
    /// key, chains of a certificate.
    fn link(&mut self) {
        let mut secrets: HashMap<Digest, usize> = HashMap::new();
        for index in 0..self.objects.len() {
            if let Some(digest) = self.identity(index) {
                match secrets.get(&digest) {
                    Some(&first) => self.objects[index].link = Link::SameAs(first),
                    None => drop(secrets.insert(digest, index)),
                }
            }
        }
        let mut others: HashMap<(Digest, bool), usize> = HashMap::new();
        for index in 0..self.objects.len() {
            let object = &self.objects[index];
            let Some(digest) = object.spki_sha256.filter(|_| !object.facts.is_secret()) else { continue };
            let certificate = matches!(object.facts, Facts::Certificate(_));
            let same = match &object.facts {
                Facts::Certificate(facts) => (facts.sha256, true),
                _ => (digest, false),
            };
            let link = match (secrets.get(&digest), others.get(&same)) {
                (_, Some(&first)) if certificate => Link::SameAs(first),
                (Some(&secret), _) => Link::Of(secret),
                (None, Some(&first)) => Link::SameAs(first),
                (None, None) => Link::Alone,
            };
            others.entry(same).or_insert(index);
            self.objects[index].link = link;
        }
        self.link_chains();
    }

    /// Which secret it is: by its public half, or where it has none by its bytes.
    fn identity(&self, index: usize) -> Option<Digest> {
        let object = &self.objects[index];
        if !object.facts.is_secret() {
            return None;
        }
        object.spki_sha256.or_else(|| self.secrets.get(&index).map(|secret| crypto::sha256(secret.expose())))
    }

    /// A certification authority's certificate that issued another one of the same file is its chain.
    fn link_chains(&mut self) {
        let mut issuers: HashMap<(String, String), usize> = HashMap::new();
        for (index, object) in self.objects.iter().enumerate() {
            if let Facts::Certificate(facts) = &object.facts
                && facts.issuer != facts.subject
            {
                issuers.entry((object.path.clone(), facts.issuer.clone())).or_insert(index);
            }
        }
        for index in 0..self.objects.len() {
            let object = &self.objects[index];
            let Facts::Certificate(facts) = &object.facts else { continue };
            if !facts.authority || object.link != Link::Alone {
                continue;
            }
            if let Some(&issued) = issuers.get(&(object.path.clone(), facts.subject.clone())) {
                self.objects[index].link = Link::ChainOf(issued);
            }
        }
        for leaf in 0..self.objects.len() {
            let chain = self.chain_of(leaf);
            if let Facts::Certificate(facts) = &mut self.objects[leaf].facts {
                facts.chain = chain;
            }
        }
    }

    /// The issuers of a certificate in its own file, its own issuer first.
    fn chain_of(&self, leaf: usize) -> Vec<crate::model::Der> {
        let leaf = &self.objects[leaf];
        let Facts::Certificate(facts) = &leaf.facts else { return Vec::new() };
        let others = self.objects.iter().filter_map(|object| match &object.facts {
            Facts::Certificate(facts) if object.path == leaf.path => Some(&**facts),
            _ => None,
        });
        certificate::issuers(facts, &others)
    }
}

/// A file that could not be read at all.
fn unread(path: &str, reason: &str) -> Object {
    Object {
        verdict: Verdict::Refused(format!("{}{}.", reason[..1].to_uppercase(), &reason[1..])),
        ..object(path, Place::Whole, Kind::Unknown, None, Facts::Unread(Reason::Unrecognised))
    }
}

fn object(path: &str, place: Place, kind: Kind, label: Option<String>, facts: Facts) -> Object {
    Object {
        path: path.to_owned(),
        place,
        kind,
        label,
        facts,
        algorithm: None,
        public_key: Box::default(),
        spki_sha256: None,
        link: Link::Alone,
        verdict: Verdict::New,
        name: String::new(),
        purpose: Purpose::Custom,
        warnings: Vec::new(),
        beside: Beside::Nothing,
    }
}

/// Said of an RSA key whose numbers for speed were wrong.
const MENDED: &str = "The numbers in it that only speed RSA up did not fit the others. They were computed anew.";

/// What an object is, with its secret where it has one. A pair whose halves do not fit is refused.
fn judge(path: &str, found: &Found) -> (Object, Option<SecretBytes>) {
    let with = |facts| object(path, found.place.clone(), found.kind, found.name.clone(), facts);
    let keyed = |facts, public_key: &[u8]| with(facts).of_key(public_key);
    match &found.content {
        Err(reason) => (Object { verdict: Verdict::Refused(reason.to_string()), ..with(Facts::Unread(reason.clone())) }, None),
        Ok(Content::Private { pkcs8, public_key, encrypted }) => match crypto::inspect(pkcs8, public_key.as_deref()) {
            Ok(inspected) => {
                let mut object =
                    keyed(Facts::Secret { encrypted: *encrypted }, inspected.public_key.as_deref().unwrap_or_default());
                object.algorithm = Some(inspected.algorithm);
                object.warn();
                if inspected.mended {
                    object.warnings.push(MENDED.into());
                }
                (object, Some(inspected.pkcs8))
            }
            Err(error) => {
                let reason = Reason::Inconsistent(error.to_string().trim_end_matches('.').to_owned());
                (Object { verdict: Verdict::Refused(error.to_string()), ..with(Facts::Unread(reason)) }, None)
            }
        },
        Ok(Content::Symmetric { secret, cipher, encrypted }) => {
            let mut object = with(Facts::Secret { encrypted: *encrypted });
            object.algorithm = Some(symmetric(*cipher, secret.expose().len()));
            object.warn();
            (object, Some(SecretBytes::new(secret.expose().to_vec())))
        }
        Ok(Content::Public(spki)) => (keyed(Facts::Public, spki), None),
        Ok(Content::Certificate(der)) => match certificate::read(der) {
            Ok(parsed) => (keyed(Facts::Certificate(Box::new(parsed.facts)), &parsed.public_key), None),
            Err(error) => {
                (Object { verdict: Verdict::Refused(error.to_string()), ..with(Facts::Unread(Reason::Unrecognised)) }, None)
            }
        },
        Ok(Content::SshCertificate { public_key, principals, valid, .. }) => {
            (keyed(Facts::SshCertificate { principals: principals.clone(), valid: *valid }, public_key), None)
        }
        Ok(Content::Request { public_key, .. }) => (keyed(Facts::Request, public_key), None),
        Ok(Content::RevocationList(der)) => match revocation::read(der) {
            Ok(list) => (with(Facts::RevocationList { issuer: list.issuer, serials: list.serials }), None),
            Err(reason) => (Object { verdict: Verdict::Refused(reason.to_string()), ..with(Facts::Unread(reason)) }, None),
        },
    }
}

impl Object {
    fn of_key(mut self, public_key: &[u8]) -> Self {
        if !public_key.is_empty() {
            self.algorithm = Some(crypto::algorithm_of(public_key).unwrap_or(Algorithm::Unknown));
            self.spki_sha256 = Some(crypto::sha256(public_key));
            self.public_key = public_key.into();
        }
        self
    }

    fn warn(&mut self) {
        let Some(algorithm) = self.algorithm else { return };
        if algorithm.is_legacy() {
            self.warnings.push(format!("{} is a legacy algorithm.", algorithm.name()));
        }
        if algorithm == Algorithm::Unknown {
            self.warnings
                .push("Its algorithm is not known: it is kept whole and nothing of it can be checked or used here.".into());
        }
    }
}

fn symmetric(kind: SymmetricKind, length: usize) -> Algorithm {
    match (kind, length) {
        (SymmetricKind::Aes, 16) => Algorithm::Aes128,
        (SymmetricKind::Aes, 24) => Algorithm::Aes192,
        (SymmetricKind::Aes, 32) => Algorithm::Aes256,
        (SymmetricKind::Hmac, _) => Algorithm::Hmac,
        _ => Algorithm::Unknown,
    }
}
