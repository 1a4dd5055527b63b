//! Verifying a signature over a file: who made it, when, and in what state the key was then and is now. Needs no unlock.

use std::path::{Path, PathBuf};

use super::core::Custodian;
use super::error::CustodianError;
use super::sign_file::read;
use super::signed_file::SignedFile;
use super::verdict::{Finding, Maker, Verdict};
use crate::crypto::{self, SignatureHash};
use crate::formats::signature::{self, Message as _, Read, SignatureError, cms, raw};
use crate::formats::{jwk, openssh};
use crate::model::signature::standing;
use crate::model::{Algorithm, Digest, Event, KeyId, SignatureForm, SignedAt, Time, Version, VersionRef};

/// A signature that was verified, and the files that it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The file that was signed.
    pub file: PathBuf,
    /// The signature.
    pub signature: PathBuf,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// The usual endings of signatures.
const ENDINGS: [&str; 3] = ["sig", "p7s", "jws"];

/// A version that can have made a signature.
struct Candidate {
    key: KeyId,
    name: Box<str>,
    version: Version,
}

impl Custodian {
    /// Verifies a signature over a file; its form is seen from what it holds where none is named.
    pub fn verify_file(&self, path: &Path, signature: &Path, form: Option<SignatureForm>) -> Result<Verdict, CustodianError> {
        let bytes = SignedFile::signature(signature)?;
        let file = SignedFile::open(path)?;
        let form = form.unwrap_or_else(|| signature::recognise(&bytes));
        let verdict = Verdict::new(form);
        if bytes.is_empty() {
            return Ok(verdict.bad("The signature file is empty."));
        }
        if form == SignatureForm::Raw {
            return self.verify_raw(&file, &bytes, verdict);
        }
        match read(form, &bytes, &file) {
            Ok(found) => self.verify_read(&found, &bytes, verdict),
            Err(SignatureError::Unread(sentence)) => Err(CustodianError::Unread(sentence)),
            Err(error) => Ok(verdict.bad(&sentence(&error.to_string()))),
        }
    }

    /// Verifies the signature that lies beside a file under a usual name. Named by that itself, the file is the one
    /// beside it.
    pub fn verify_beside(&self, path: &Path) -> Result<Verified, CustodianError> {
        let (file, signature) = beside(path).ok_or_else(|| {
            let names = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
            CustodianError::Input(format!("No signature lies beside {} ({names}). Choose it.", path.display()))
        })?;
        let verdict = self.verify_file(&file, &signature, None)?;
        Ok(Verified { file, signature, verdict })
    }

    fn verify_read(&self, found: &Read, bytes: &[u8], mut verdict: Verdict) -> Result<Verdict, CustodianError> {
        verdict.namespace.clone_from(&found.namespace);
        verdict.signer.clone_from(&found.signer);
        let said = found.said_at.map_or(SignedAt::Unknown, |second| SignedAt::Said(Time::from_second(second)));
        match &found.public_key {
            Some(spki) => {
                verdict.fingerprint = Some(crypto::sha256(spki));
                verdict.ssh_fingerprint = openssh::fingerprint(spki);
                let known = self.candidates(|version| version.public_key == *spki).into_iter().next();
                match (fits(found, spki), known) {
                    (true, Some(known)) => self.judge(&known, bytes, said, verdict),
                    (true, None) => Ok(verdict.stranger(said)),
                    (false, known) => Ok(verdict.changed(known.map(|known| known.maker()))),
                }
            }
            None => self.verify_named(found, bytes, said, verdict),
        }
    }

    /// The signature names its signer, or does not even that; each key that it can mean is tried.
    fn verify_named(&self, found: &Read, bytes: &[u8], said: SignedAt, verdict: Verdict) -> Result<Verdict, CustodianError> {
        let named = |version: &Version| match (&found.certificate, &found.signer) {
            (Some(name), _) => version.certificate.as_ref().is_some_and(|certificate| cms::is_named(name, &certificate.der)),
            (None, Some(id)) => jwk::thumbprint(&version.public_key).is_ok_and(|own| own == *id),
            (None, None) => false,
        };
        let mut candidates = self.candidates(|version| (found.fits)(version.algorithm));
        let is_named = |candidate: &Candidate| named(&candidate.version);
        if let Some(known) = candidates.iter().position(is_named).map(|at| candidates.swap_remove(at)) {
            return if fits(found, &known.version.public_key) {
                self.judge(&known, bytes, said, verdict)
            } else {
                Ok(verdict.changed(Some(known.maker())))
            };
        }
        match candidates.iter().find(|candidate| fits(found, &candidate.version.public_key)) {
            Some(known) => self.judge(known, bytes, said, verdict),
            None if found.signer.is_some() || found.certificate.is_some() => Ok(verdict.unknown_name()),
            None => Ok(verdict.nobody()),
        }
    }

    fn verify_raw(&self, file: &SignedFile, bytes: &[u8], verdict: Verdict) -> Result<Verdict, CustodianError> {
        let candidates = self.candidates(|version| raw::may_be(version.algorithm, bytes));
        let (of_digests, of_whole): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|candidate| raw::signs_digests(candidate.version.algorithm));
        let hashes = if of_digests.is_empty() { &[][..] } else { &SignatureHash::ALL[..] };
        for hash in hashes {
            let digest = file.digest(*hash)?;
            let fits = |candidate: &&Candidate| {
                crypto::verify_digest(&candidate.version.public_key, *hash, &digest, bytes).unwrap_or(false)
            };
            if let Some(known) = of_digests.iter().find(fits) {
                return self.judge(known, bytes, SignedAt::Unknown, verdict);
            }
        }
        if !of_whole.is_empty() {
            let whole = file.whole()?;
            let fits = |candidate: &&Candidate| crypto::verify(&candidate.version.public_key, &whole, bytes).unwrap_or(false);
            if let Some(known) = of_whole.iter().find(fits) {
                return self.judge(known, bytes, SignedAt::Unknown, verdict);
            }
        }
        Ok(verdict.nobody())
    }

    /// Every version that signs and that something holds for, the newest of a key first.
    fn candidates(&self, wanted: impl Fn(&Version) -> bool) -> Vec<Candidate> {
        self.read(|inventory| {
            let of_key = |key: &std::sync::Arc<crate::model::Key>| {
                let fitting = key.versions.iter().rev().filter(|version| version.algorithm.signs() && wanted(version));
                let candidate = |version: &Version| Candidate { key: key.id, name: key.name.clone(), version: version.clone() };
                fitting.map(candidate).collect::<Vec<_>>()
            };
            inventory.keys().iter().flat_map(of_key).collect()
        })
    }

    /// The signature fits a key of the inventory: what its states mean.
    fn judge(&self, known: &Candidate, bytes: &[u8], said: SignedAt, mut verdict: Verdict) -> Result<Verdict, CustodianError> {
        let of = VersionRef { key: known.key, version: known.version.number };
        let at = self.on_record(of, &crypto::sha256(bytes))?.map_or(said, SignedAt::Logged);
        let standing = standing(&known.version, at, self.now());
        verdict.finding = if standing.doubt.is_some() { Finding::Doubtful } else { Finding::Good };
        verdict.fits = Some(true);
        verdict.maker = Some(known.maker());
        verdict.fingerprint = known.version.spki();
        verdict.ssh_fingerprint = known.version.ssh_sha256;
        verdict.at = at;
        verdict.then = standing.then;
        verdict.now = Some(standing.now);
        verdict.compromised_since = known.version.life.compromised;
        verdict.reason = standing.doubt;
        Ok(verdict)
    }

    /// When the log first has a signature on record.
    fn on_record(&self, of: VersionRef, wanted: &Digest) -> Result<Option<Time>, CustodianError> {
        let offsets = self.read(|inventory| inventory.key(of.key).map(|key| key.history.clone()).unwrap_or_default());
        let records = self.desk().log.reader()?.records_at(&offsets)?;
        let says =
            |event: &Event| matches!(event, Event::Signed { version, signature, .. } if *version == of && signature == wanted);
        Ok(records.iter().filter(|record| record.events.iter().any(says)).map(|record| record.time).min())
    }
}

/// A file and the signature beside it.
fn beside(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let is_signature = path.extension().is_some_and(|own| ENDINGS.iter().any(|ending| own.eq_ignore_ascii_case(ending)));
    let signed = path.with_extension("");
    if is_signature && signed.is_file() {
        return Some((signed, path.to_owned()));
    }
    let named = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{ending}"));
        PathBuf::from(name)
    };
    let signature = ENDINGS.iter().map(named).find(|signature| signature.is_file())?;
    Some((path.to_owned(), signature))
}

fn fits(found: &Read, spki: &[u8]) -> bool {
    found.verify(spki).unwrap_or(false)
}

impl Candidate {
    fn maker(&self) -> Maker {
        let algorithm: Algorithm = self.version.algorithm;
        Maker { key: self.key, name: self.name.to_string(), version: self.version.number, algorithm }
    }
}

/// A reason as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let begun: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    format!("{}.", begun.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_found_beside_its_file_and_a_file_beside_its_signature() {
        let folder = tempfile::tempdir().unwrap();
        let [file, other, signature] = ["app.tar.gz", "app.tar", "app.tar.gz.p7s"].map(|name| folder.path().join(name));
        std::fs::write(&other, "").unwrap();
        std::fs::write(&signature, "").unwrap();
        assert_eq!(beside(&signature), None, "what it signs is not there");
        std::fs::write(&file, "").unwrap();
        let both = Some((file.clone(), signature.clone()));
        assert_eq!(beside(&file), both);
        assert_eq!(beside(&signature), both);
        assert_eq!(beside(&other), None);
    }
}
