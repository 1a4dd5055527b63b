//! What a person can ask for, in the model's words. Commands that carry a passphrase are not here:
//! they take it by value, at the custodian.

use std::path::PathBuf;

use super::agent::AgentUse;
use super::alert::Quiet;
use super::algorithm::Algorithm;
use super::certificate::RequestProfile;
use super::handover::Format;
use super::ids::KeyId;
use super::intent::{Edit, VersionRef};
use super::policy::{Overrides, Policy};
use super::purpose::Purpose;
use super::recipient::RecipientChange;
use super::revocation::RevocationReason;
use super::server::{Address, Sighting};
use super::signature::SignatureForm;
use super::time::Time;
use super::transition::Transition;

/// Something to do that changes keys or writes what they hold in public.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make keys.
    Generate(Vec<KeySpec>),
    /// Change what describes keys; each pair is one event.
    Edit(Vec<(KeyId, Edit)>),
    /// Write public halves to a file.
    Export {
        /// Of which versions.
        versions: Vec<VersionRef>,
        /// In which form.
        format: Format,
        /// For whom; then it is a hand-over.
        recipient: Option<String>,
        /// Where to.
        target: Target,
    },
    /// Write a certificate request to a file.
    Request {
        /// Of which version.
        version: VersionRef,
        /// With this subject, these names and usages.
        profile: RequestProfile,
        /// In which form: `RequestPem` or `RequestDer`.
        format: Format,
        /// For whom; then it is a hand-over.
        recipient: Option<String>,
        /// Where to.
        target: Target,
    },
    /// Sign a file.
    Sign {
        /// With which version.
        version: VersionRef,
        /// The file.
        file: PathBuf,
        /// In which form.
        form: SignatureForm,
        /// For OpenSSH's form: what the signature is for, where that is not `file`.
        namespace: Option<String>,
        /// Where the signature goes.
        target: Target,
    },
    /// Take in the certificate of a version.
    Attach {
        /// Of which version.
        version: VersionRef,
        /// The file, PEM or DER.
        path: PathBuf,
    },
    /// Record a hand-over made elsewhere.
    RecordHandOver {
        /// What was given.
        version: VersionRef,
        /// To whom.
        recipient: String,
        /// In which form.
        format: Format,
        /// When.
        at: Time,
    },
    /// Let versions take a turn: activate, suspend, resume, deactivate, extend, plan or cancel a destruction.
    Turn {
        /// Each version with its turn.
        turns: Vec<(VersionRef, Transition)>,
        /// Why; may be empty.
        reason: String,
    },
    /// Make new versions in place of the current ones.
    Rotate(Vec<RotateSpec>),
    /// Track the private keys of files where they lie: a file that changes or goes is an alert. For one
    /// that is tracked already, what lies there now is what is watched from here on.
    Track(Vec<PathBuf>),
    /// Track them no more; their entries stay, held elsewhere.
    StopTracking(Vec<VersionRef>),
    /// Carry out what is due: rotations whose policy says “by itself”, destructions whose waiting time is over.
    CarryOutDue,
    /// Revoke versions.
    Revoke {
        /// Which.
        versions: Vec<VersionRef>,
        /// Why.
        reason: RevocationReason,
        /// Compromised since, if that is the reason.
        since: Option<Time>,
        /// More about it; may be empty.
        note: String,
        /// Make a new version in place of each.
        replace: bool,
    },
    /// Destroy every version of keys at once.
    Destroy {
        /// Which keys.
        keys: Vec<KeyId>,
        /// Why; may be empty.
        reason: String,
    },
    /// Destroy versions whose waiting time is over, and no others.
    DestroyDue(Vec<VersionRef>),
    /// What was due to a recipient was delivered.
    Deliver {
        /// Of which key.
        key: KeyId,
        /// To whom.
        recipient: String,
    },
    /// A recipient no longer needs a key.
    DropDelivery {
        /// Of which key.
        key: KeyId,
        /// Who.
        recipient: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Write the notice of a revocation: JSON at the target, text beside it, a detached signature
    /// beside each.
    Notice {
        /// Of which version.
        version: VersionRef,
        /// The JSON file.
        target: Target,
    },
    /// Sign notices with this key from here on; `None` for one that is made for the next notice.
    ChooseNoticeKey(Option<KeyId>),
    /// Have the SSH agent offer keys, or no longer.
    SetAgent {
        /// Which keys.
        keys: Vec<KeyId>,
        /// How; `None` for no longer.
        usage: Option<AgentUse>,
    },
    /// A holder was told of a revocation.
    NoticeSent {
        /// Of which version.
        version: VersionRef,
        /// Who.
        recipient: String,
    },
    /// Give purposes other policies.
    SetPolicies(Vec<(Purpose, Policy)>),
    /// Give keys figures of their own.
    SetKeyPolicies(Vec<(KeyId, Overrides)>),
    /// Call a backup old from so many days on.
    SetBackupAge(u32),
    /// Snooze or acknowledge alerts.
    Quiet(Vec<(Option<KeyId>, Quiet)>),
    /// Show quieted alerts again: of each its key, the word of its kind and its subject.
    Reopen(Vec<(Option<KeyId>, Box<str>, Box<str>)>),
    /// Set the floor of the clock to now, because the log was written with a clock that ran ahead.
    CorrectClock {
        /// Why.
        reason: String,
    },
    /// Look at servers from here on; with what was seen there before, where they were forgotten by mistake.
    AddServers(Vec<(Address, Option<Box<Sighting>>)>),
    /// Cease to look at servers.
    ForgetServers(Vec<Address>),
    /// What servers showed is what later looks are held against.
    TakeDownServers(Vec<Sighting>),
    /// Change the address book: of each recipient its name and what is to change. One record for all.
    ChangeRecipients(Vec<(String, RecipientChange)>),
    /// Note that the inventory folder was copied to a safe place.
    NoteBackup {
        /// Where.
        place: String,
    },
}

/// A rotation to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateSpec {
    /// Of which key.
    pub key: KeyId,
    /// Another algorithm; that of the current version otherwise.
    pub algorithm: Option<Algorithm>,
    /// Another store; that of the current version otherwise.
    pub store: Option<String>,
    /// Another overlap than the policy's, in days.
    pub overlap_days: Option<u32>,
}

impl RotateSpec {
    /// Like the current version, by policy.
    pub fn same(key: KeyId) -> Self {
        Self { key, algorithm: None, store: None, overlap_days: None }
    }
}

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File {
        /// The file.
        path: PathBuf,
        /// The person agreed to replace what is there.
        replace: bool,
    },
    /// Handed back to the caller, who writes it to standard output.
    Stdout,
}

/// A key to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// As typed; checked and brought to NFC by the custodian.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Algorithm and parameters.
    pub algorithm: Algorithm,
    /// Who answers for it.
    pub owner: String,
    /// As typed.
    pub tags: Vec<String>,
    /// Days before expiry at which a person is warned.
    pub warn_days: Vec<u32>,
    /// Free text.
    pub note: String,
    /// When it may be used; `None` for now.
    pub activates: Activation,
    /// The end of its cryptoperiod.
    pub expires: Option<Time>,
    /// The store, or the home store.
    pub store: Option<String>,
}

/// From when a new key may be used.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Activation {
    /// At once.
    Now,
    /// From an instant on.
    At(Time),
    /// Once a person activates it.
    Later,
}

impl KeySpec {
    /// What the policy of its purpose says.
    pub fn for_purpose(name: String, purpose: Purpose, policy: &Policy, now: Time) -> Self {
        Self {
            name,
            purpose,
            algorithm: policy.preferred(now),
            owner: String::new(),
            tags: Vec::new(),
            warn_days: policy.warn_days.clone(),
            note: String::new(),
            activates: Activation::Now,
            expires: Some(policy.expiry(now)),
            store: None,
        }
    }
}

/// Names made from a pattern: `{n}` is the number, `{n:3}` the number with zeros in front; without
/// either the number follows a hyphen.
pub fn numbered(pattern: &str, count: u32, first: u32) -> Vec<String> {
    let (before, width, after) = match pattern.split_once("{n") {
        Some((before, rest)) => match rest.split_once('}') {
            Some((width, after)) => {
                (before.to_owned(), width.trim_start_matches(':').parse().unwrap_or(0_usize).min(9), after.to_owned())
            }
            None => (format!("{pattern}-"), 0, String::new()),
        },
        None => (format!("{pattern}-"), 0, String::new()),
    };
    (first..first.saturating_add(count)).map(|number| format!("{before}{number:0width$}{after}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_where_the_number_stands() {
        assert_eq!(numbered("web", 2, 1), ["web-1", "web-2"]);
        assert_eq!(numbered("web{n:2}.example", 2, 9), ["web09.example", "web10.example"]);
        assert_eq!(numbered("a{n}b", 1, 7), ["a7b"]);
    }
}
