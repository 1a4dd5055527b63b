//! The notice of a revocation: text and JSON with detached signatures, for those who hold the key.

use std::path::{Path, PathBuf};

use super::core::Custodian;
use super::error::CustodianError;
use super::file;
use super::outcome::{NoProgress, Outcome};
use crate::formats::notice::{self, NAMESPACE, Notice, Reason, Replacement};
use crate::formats::sshsig;
use crate::model::{Algorithm, Event, KeyId, KeySpec, Purpose, RuleError, State, Target, Time, VersionRef, name};

/// What the key that signs notices is called when it is made on first use.
const NOTICE_KEY: &str = "Revocation notices";

impl Custodian {
    /// Writes the notice of a revocation: JSON at the target, text beside it, and a signature
    /// beside each.
    pub(super) fn notice(&self, of: VersionRef, target: &Target) -> Result<Outcome, CustodianError> {
        let Target::File { path, replace } = target else {
            return Err(CustodianError::Input("A notice is several files. Name the JSON file; the others lie beside it.".into()));
        };
        let facts = self.facts_of_notice(of)?;
        let files = beside(path);
        files.iter().try_for_each(|path| file::check_target(path, *replace))?;
        let signer = self.notice_signer(of.key)?;
        let [json, text] = [notice::json(&facts), notice::text(&facts)].map(String::into_bytes);
        let signatures = [self.signature(signer, &json)?, self.signature(signer, &text)?];
        let [json_signature, text_signature] = signatures.map(String::into_bytes);
        let mut written = None;
        for (path, bytes) in files.iter().zip([json, json_signature, text, text_signature]) {
            let path = file::write_public(path, &bytes, *replace)?;
            written.get_or_insert(path);
        }
        let name = self.read(|inventory| inventory.key(signer.key).map(|key| name::shown(&key.name).into_owned()));
        let notice = format!(
            "Signed by {}. The signatures lie beside, ending in .sig; `ssh-keygen -Y verify -n {NAMESPACE}` checks them.",
            name.unwrap_or_default()
        );
        Ok(Outcome { keys: vec![of.key], written, notice: Some(notice), ..Outcome::default() })
    }

    /// Notices are signed with this key from here on.
    pub(super) fn choose_notice_key(&self, key: KeyId) -> Result<Outcome, CustodianError> {
        self.signing_version(key)?;
        self.append(vec![Event::NoticeKeyChosen { key }])?;
        Ok(Outcome { keys: vec![key], ..Outcome::default() })
    }

    fn facts_of_notice(&self, of: VersionRef) -> Result<Notice, CustodianError> {
        let now = self.now();
        self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let shown = || key.name.to_string();
            let version = key.version(of.version).ok_or_else(|| RuleError::NoVersion { name: shown(), version: of.version })?;
            let revocation = version.revocation.as_deref().ok_or_else(|| RuleError::NotRevoked(shown()))?;
            let newer = |other: &&crate::model::Version| other.number > version.number && other.state(now) == State::Active;
            let replacement = key.versions.iter().rev().find(newer).map(|newer| Replacement {
                version: newer.number,
                algorithm: newer.algorithm,
                spki_sha256: newer.spki_sha256,
                ssh_fingerprint: newer.ssh_sha256,
            });
            Ok(Notice {
                name: shown(),
                key: key.id,
                version: version.number,
                algorithm: version.algorithm,
                spki_sha256: version.spki_sha256,
                ssh_fingerprint: version.ssh_sha256,
                reason: Reason {
                    word: revocation.reason.id().to_owned(),
                    rfc5280: revocation.reason.rfc5280(),
                    kmip: revocation.reason.kmip(),
                },
                compromised_since: revocation.since,
                revoked_at: revocation.at,
                revoked_by: self.env.actor.clone(),
                replacement,
            })
        })
    }

    /// The version that signs notices: of the chosen key, or of one that is made now. Never of the
    /// key concerned.
    fn notice_signer(&self, concerned: KeyId) -> Result<VersionRef, CustodianError> {
        match self.read(|inventory| inventory.facts().notice_key) {
            Some(chosen) if chosen == concerned => Err(CustodianError::Input(
                "The key that signs notices cannot sign the notice of its own revocation. Choose another notice key first."
                    .into(),
            )),
            Some(chosen) => self.signing_version(chosen),
            None => self.make_notice_key(),
        }
    }

    fn make_notice_key(&self) -> Result<VersionRef, CustodianError> {
        let now: Time = self.now();
        let spec = self.read(|inventory| {
            let free = |name: &String| !inventory.name_taken(name);
            let numbered = (2..).map(|number| format!("{NOTICE_KEY} {number}"));
            let name = std::iter::once(NOTICE_KEY.to_owned()).chain(numbered).find(free).unwrap_or_default();
            let spec = KeySpec::for_purpose(name, Purpose::DocumentSigning, inventory.policy(Purpose::DocumentSigning), now);
            KeySpec { algorithm: Algorithm::Ed25519, note: "Signs notices of revocation.".into(), ..spec }
        });
        let made = self.generate(&[spec], &NoProgress)?;
        let key = *made.keys.first().ok_or(RuleError::Misplaced("no key was made"))?;
        self.append(vec![Event::NoticeKeyChosen { key }])?;
        Ok(VersionRef { key, version: 1 })
    }

    /// The current version of a key, if it may sign and OpenSSH knows its algorithm.
    fn signing_version(&self, id: KeyId) -> Result<VersionRef, CustodianError> {
        let now = self.now();
        self.read(|inventory| {
            let key = inventory.key(id).ok_or(RuleError::NoKey(id))?;
            let name = || name::shown(&key.name).into_owned();
            let version = key.current(now).ok_or(RuleError::NoKey(id))?;
            let state = version.state(now);
            if state != State::Active {
                return Err(CustodianError::State { name: name(), verb: "used to sign a notice", state });
            }
            if !version.algorithm.has_openssh_form() {
                let reason = format!("OpenSSH has no form for {}", version.algorithm.name());
                return Err(CustodianError::NoSuchForm { name: name(), format: "a signature of a notice", reason });
            }
            Ok(VersionRef { key: id, version: version.number })
        })
    }

    fn signature(&self, signer: VersionRef, message: &[u8]) -> Result<String, CustodianError> {
        let signature = self.sign(signer, &sshsig::signed_data(NAMESPACE, message))?;
        let spki = self.read(|inventory| {
            let version = inventory.key(signer.key).and_then(|key| key.version(signer.version));
            version.map(|version| version.public_key.clone()).ok_or(RuleError::NoKey(signer.key))
        })?;
        sshsig::armoured(&spki, NAMESPACE, &signature).map_err(|error| CustodianError::Input(error.to_string()))
    }
}

/// The JSON file, its signature, the text and its signature.
fn beside(json: &Path) -> [PathBuf; 4] {
    let text = json.with_extension("txt");
    let signed = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".sig");
        PathBuf::from(name)
    };
    [json.to_owned(), signed(json), text.clone(), signed(&text)]
}
