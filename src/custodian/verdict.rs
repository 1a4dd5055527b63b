//! What is to be said of a signature over a file: as facts, and in words.

use crate::model::name::shown;
use crate::model::{Algorithm, Digest, KeyId, SignatureForm, SignedAt, State, Time, ssh_fingerprint};

/// What came of verifying.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It fits, and the key was to sign then.
    Good,
    /// It fits, and the state of the key speaks against it.
    Doubtful,
    /// Its signer is not in this inventory.
    UnknownSigner,
    /// It does not fit, or cannot be read.
    Bad,
}

impl Finding {
    /// The word of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubtful => "doubtful",
            Self::UnknownSigner => "unknown-signer",
            Self::Bad => "bad",
        }
    }
}

/// The version that made a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub name: String,
    /// Which version of it.
    pub version: u32,
    /// Its algorithm.
    pub algorithm: Algorithm,
}

/// All that is known of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What came of verifying.
    pub finding: Finding,
    /// Its form.
    pub form: SignatureForm,
    /// Whether it fits the file and a key; `None` where there is no key to try.
    pub fits: Option<bool>,
    /// Which version made it.
    pub maker: Option<Maker>,
    /// What the signature calls its signer: a subject, a key id.
    pub signer: Option<String>,
    /// SHA-256 of the signer's `SubjectPublicKeyInfo`.
    pub fingerprint: Option<Digest>,
    /// SHA-256 of the signer's OpenSSH form, where there is one.
    pub ssh_fingerprint: Option<Digest>,
    /// What OpenSSH's form says that it is for.
    pub namespace: Option<String>,
    /// When it was made.
    pub at: SignedAt,
    /// The state of the version then, where that is known.
    pub then: Option<State>,
    /// The state of the version now.
    pub now: Option<State>,
    /// Since when the version is compromised.
    pub compromised_since: Option<Time>,
    /// Why it is not good, as a sentence.
    pub reason: Option<String>,
}

impl Verdict {
    pub(super) fn new(form: SignatureForm) -> Self {
        Self {
            finding: Finding::Bad,
            form,
            fits: None,
            maker: None,
            signer: None,
            fingerprint: None,
            ssh_fingerprint: None,
            namespace: None,
            at: SignedAt::Unknown,
            then: None,
            now: None,
            compromised_since: None,
            reason: None,
        }
    }

    pub(super) fn bad(self, reason: &str) -> Self {
        Self { finding: Finding::Bad, fits: Some(false), reason: Some(reason.to_owned()), ..self }
    }

    /// It does not fit the key that it names.
    pub(super) fn changed(self, named: Option<Maker>) -> Self {
        let names = named.map_or_else(String::new, |named| {
            format!(" It names {}, version {}, as its signer, which is not shown by it.", shown(&named.name), named.version)
        });
        self.bad(&format!("It does not fit this file: the file or the signature was changed, or it is another file's.{names}"))
    }

    /// It fits the key in it, which nobody here knows.
    pub(super) fn stranger(self, at: SignedAt) -> Self {
        let reason = "It fits the key that it holds, and no key of this inventory is that one. Anybody can make such a signature: compare the fingerprint with its owner.";
        Self { finding: Finding::UnknownSigner, fits: Some(true), at, reason: Some(reason.into()), ..self }
    }

    /// It names a signer that nobody here knows, and holds no key.
    pub(super) fn unknown_name(self) -> Self {
        let reason = "It names a signer that is not in this inventory, and holds no key, so that it cannot be verified here.";
        Self { finding: Finding::UnknownSigner, reason: Some(reason.into()), ..self }
    }

    /// It names nobody, and no key fits.
    pub(super) fn nobody(self) -> Self {
        self.bad("No key of this inventory made it over this file: another key did, or the file or the signature was changed.")
    }

    /// In words, the most important first.
    pub fn sentences(&self) -> Vec<String> {
        let form = self.form.name();
        let mut said = vec![match self.finding {
            Finding::Good => format!("Good: the {form} fits this file."),
            Finding::Doubtful => {
                format!("Not to be trusted: the {form} fits this file, but the state of its key speaks against it.")
            }
            Finding::UnknownSigner => format!("Unknown signer: the {form} is by nobody of this inventory."),
            Finding::Bad => format!("Bad: the {form} is not good for this file."),
        }];
        said.extend(self.reason.clone());
        said.extend(
            self.maker.as_ref().map(|maker| {
                format!("Signed by {}, version {} ({}).", shown(&maker.name), maker.version, maker.algorithm.name())
            }),
        );
        if self.maker.is_none() {
            said.extend(self.signer.as_ref().map(|signer| format!("It calls its signer: {}.", shown(signer))));
        }
        said.extend(self.ssh_fingerprint.as_ref().map(|digest| format!("Key: {}.", ssh_fingerprint(digest))));
        if self.ssh_fingerprint.is_none() {
            said.extend(self.fingerprint.map(|digest| format!("Key: SPKI SHA-256 {digest}.")));
        }
        said.extend(self.namespace.as_ref().map(|namespace| format!("Made for: {}.", shown(namespace))));
        if self.fits == Some(true) {
            said.push(self.when());
            said.extend(self.states());
        }
        said
    }

    fn when(&self) -> String {
        match self.at {
            SignedAt::Logged(time) => format!("Signed at {time}, as the audit log has it on record."),
            SignedAt::Said(time) => format!("Signed at {time}, as the signer says; nothing else shows it."),
            SignedAt::Unknown => "When it was signed is not known.".into(),
        }
    }

    fn states(&self) -> Option<String> {
        let now = self.now?.id();
        let since = self.compromised_since.map_or_else(String::new, |since| format!(" (compromised since {since})"));
        Some(match self.then {
            Some(then) => format!("The key was {} then, and is {now} now{since}.", then.id()),
            None => format!("The key is {now} now{since}."),
        })
    }
}
