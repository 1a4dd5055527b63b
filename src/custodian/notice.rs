//! The notice of a revocation: text and JSON with detached signatures, for those who hold the key.

use super::core::Custodian;
use super::error::CustodianError;
use super::held::{Held, write_public_together};
use super::outcome::{NoProgress, Outcome};
use crate::formats::notice::{self, NAMESPACE, Notice, Reason, Replacement};
use crate::formats::signature::sshsig;
use crate::model::notice::{files, free_name, may_sign, signer};
use crate::model::{Algorithm, Event, KeyId, KeySpec, Purpose, RuleError, State, Target, Time, VersionRef, name};

impl Custodian {
    /// Writes the notice of a revocation: JSON at the target, text beside it, and a signature
    /// beside each. All four are there in the end, or none that was not there before.
    pub(super) fn notice(&self, of: VersionRef, target: &Target) -> Result<Outcome, CustodianError> {
        let Target::File { path, replace } = target else {
            return Err(CustodianError::Input("A notice is several files. Name the JSON file; the others lie beside it.".into()));
        };
        let files = files(path).ok_or_else(|| {
            let reason = "The text of a notice lies beside its JSON and ends in .txt. Name the JSON file, such as notice.json.";
            CustodianError::Input(reason.into())
        })?;
        let facts = self.facts_of_notice(of)?;
        let targets = files.iter().map(|path| Held::of(path, *replace)).collect::<Result<Vec<_>, _>>()?;
        let signer = self.notice_signer(of.key)?;
        let [json, text] = [notice::json(&facts), notice::text(&facts)].map(String::into_bytes);
        let signatures = [self.signature(signer, &json)?, self.signature(signer, &text)?];
        let [json_signature, text_signature] = signatures.map(String::into_bytes);
        let bytes = [json, json_signature, text, text_signature];
        let written = write_public_together(&targets, &bytes)?;
        let name = self.read(|inventory| inventory.key(signer.key).map(|key| name::shown(&key.name).into_owned()));
        let notice = format!(
            "Signed by {}. The signatures lie beside, ending in .sig; `ssh-keygen -Y verify -n {NAMESPACE}` checks them.",
            name.unwrap_or_default()
        );
        Ok(Outcome { keys: vec![of.key], written: written.into_iter().next(), notice: Some(notice), ..Outcome::default() })
    }

    /// Notices are signed with this key from here on, or with one that is made for the next.
    pub(super) fn choose_notice_key(&self, key: Option<KeyId>) -> Result<Outcome, CustodianError> {
        if let Some(id) = key {
            let now = self.now();
            self.read(|inventory| {
                may_sign(&**inventory.key(id).ok_or(RuleError::NoKey(id))?, now).map_err(CustodianError::from)
            })?;
        }
        self.append(vec![Event::NoticeKeyChosen { key }])?;
        Ok(Outcome { keys: key.into_iter().collect(), ..Outcome::default() })
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
        let now = self.now();
        match self.read(|inventory| signer(inventory, concerned, now))? {
            Some(chosen) => Ok(chosen),
            None => self.make_notice_key(now),
        }
    }

    fn make_notice_key(&self, now: Time) -> Result<VersionRef, CustodianError> {
        let spec = self.read(|inventory| {
            let policy = inventory.policy(Purpose::DocumentSigning);
            let spec = KeySpec::for_purpose(free_name(inventory), Purpose::DocumentSigning, policy, now);
            KeySpec { algorithm: Algorithm::Ed25519, note: "Signs notices of revocation.".into(), ..spec }
        });
        let made = self.generate(&[spec], &NoProgress)?;
        let key = *made.keys.first().ok_or(RuleError::Misplaced("no key was made"))?;
        self.append(vec![Event::NoticeKeyChosen { key: Some(key) }])?;
        Ok(VersionRef { key, version: 1 })
    }

    fn signature(&self, signer: VersionRef, message: &[u8]) -> Result<String, CustodianError> {
        let signed = sshsig::signed_data(NAMESPACE, message).map_err(|error| CustodianError::Input(error.to_string()))?;
        let signature = self.sign(signer, &signed)?;
        let spki = self.read(|inventory| {
            let version = inventory.key(signer.key).and_then(|key| key.version(signer.version));
            version.map(|version| version.public_key.clone()).ok_or(RuleError::NoKey(signer.key))
        })?;
        sshsig::armoured(&spki, NAMESPACE, &signature).map_err(|error| CustodianError::Input(error.to_string()))
    }
}
