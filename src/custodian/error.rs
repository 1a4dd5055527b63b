//! What can go wrong in a use case: what happened, what holds now, what to do.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::agent::AgentError;
use crate::audit::LogError;
use crate::formats::backup::BackupError;
use crate::formats::backup::share::ShareError;
use crate::formats::leaving::LeavingError;
use crate::formats::recipient::RecipientError;
use crate::formats::signature::SignatureError;
use crate::model::{AlertKind, Algorithm, DateError, RuleError, SealFault, SignerError, State};
use crate::stores::StoreError;

/// What kind of end it is, the gravest last; command lines turn it into an exit code.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorClass {
    /// What was asked for cannot be understood.
    WrongUse,
    /// State or policy forbids it.
    Refused,
    /// It was tried and failed.
    Failed,
}

/// A use case did not happen. Unless it says otherwise, everything is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum CustodianError {
    /// No inventory lies there.
    #[error("There is no inventory in {}. Make one with: keystead init --store keychain|files|files-by-keychain", .0.display())]
    NoInventory(PathBuf),
    /// One lies there already.
    #[error("There is already an inventory in {}. Nothing was changed.", .0.display())]
    InventoryExists(PathBuf),
    /// A store of this kind cannot be the first one.
    #[error(
        "A {0} cannot be the home store, which also holds the log key. Choose keychain, files or files-by-keychain, and add it then: keystead store add"
    )]
    NoHome(&'static str),
    /// Secrets lie there whose log is gone; a new inventory would replace what opens them.
    #[error("{} holds secrets but no log. Nothing was changed. Put audit.ron back from a backup, or choose another folder with --inventory.", .0.display())]
    SecretsWithoutLog(PathBuf),
    /// The folder cannot be used.
    #[error("{}", folder(path, cause))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Secrets are not open.
    #[error("The inventory is locked. Unlock it first.")]
    Locked,
    /// A passphrase is needed and none was given.
    #[error("A passphrase is needed. Give it with --passphrase-fd N, --passphrase-file PATH, or at the prompt.")]
    PassphraseNeeded,
    /// The passphrase is too easily guessed.
    #[error("That passphrase is too easily guessed. {0}")]
    PassphraseWeak(String),
    /// No keychain works here.
    #[error("No keychain works here: {0} Choose encrypted files under a passphrase instead.")]
    NoKeychain(String),
    /// A rule of the inventory forbids it.
    #[error("{}.", sentence(.0))]
    Rule(#[from] RuleError),
    /// A private half cannot be written in the form that was asked for.
    #[error(transparent)]
    Leaving(#[from] LeavingError),
    /// Nothing can be sealed to a recipient.
    #[error("{0}.")]
    Seal(#[from] SealFault),
    /// What was written in memory could not be read again; nothing reached a disk.
    #[error(
        "What was to be written as {0} could not be read again, so nothing was written. Choose another form, and tell the makers of this program."
    )]
    Unreadable(&'static str),
    /// A signature cannot be made in the form that was asked for.
    #[error("Nothing was signed: {0}.")]
    NotSigned(SignatureError),
    /// A file cannot be read; nothing was signed, and nothing can be said of its signature.
    #[error("{0}")]
    Unread(String),
    /// The new signature does not fit.
    #[error("Nothing was signed: the signature does not fit {}. If the file was changed meanwhile, sign it again; otherwise have the machine checked.", .0.display())]
    Unfit(PathBuf),
    /// The form is encrypted, and no passphrase was given.
    #[error("The file needs a passphrase of its own. Give it with --output-passphrase-fd N, or let one be made at a terminal.")]
    OutputPassphraseNeeded,
    /// A private half leaves in clear only under the typed name of its key.
    #[error("In clear the private half of {0} leaves only when its name is typed. Nothing was written.")]
    NameNotTyped(String),
    /// What a token wrapped opens as something else. `SoftHSM` 2.6 fills secrets up with zeros before AES-KWP, which RFC 5649
    /// does not.
    #[error(
        "{store} does not wrap a secret of this length as {format} says: opened again, it is another one. Nothing was written. Wrap it under an RSA key, or under an AES key that does not lie in {store}; what {name} wraps in lengths of whole blocks (8 bytes) is sound."
    )]
    WrapsOtherwise {
        /// The key above.
        name: String,
        /// Its store.
        store: String,
        /// The form.
        format: &'static str,
    },
    /// A token that may hold something is made anew only under its typed label.
    #[error(
        "The token “{label}” is in use: {}, and private ones beside them do not show. Initialising destroys them all. Nothing was changed. If that is wanted, confirm it by its label: --confirm-label",
        objects(*visible)
    )]
    TokenNotConfirmed {
        /// Its present label.
        label: String,
        /// How many objects everybody may see in it.
        visible: u64,
    },
    /// The token is a store.
    #[error(
        "That token is the store {store} of this inventory, or has the label of it. Nothing was changed. Destroy its keys and remove the store first: keystead store remove {store}"
    )]
    TokenIsStore {
        /// The store.
        store: String,
    },
    /// A token was made anew, and the log does not say so.
    #[error(
        "The token “{label}” is initialised and can be used, but that could not be put on record ({}).",
        first_sentence(cause)
    )]
    TokenUnrecorded {
        /// Its label.
        label: String,
        /// Why.
        cause: Box<CustodianError>,
    },
    /// A key cannot be put into that store.
    #[error("{name} cannot be moved to {store}: {reason}. Make a new version there instead: keystead rotate --store")]
    NotMoved {
        /// The key.
        name: String,
        /// The store.
        store: String,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// A key arrived, and its old copy is still there.
    #[error(
        "It arrived, and its old copy is still there. {0} The old copy is removed by itself once the inventory is open and both stores answer."
    )]
    MoveOpen(Box<CustodianError>),
    /// The store makes no keys of the algorithm.
    #[error("{store} makes no {} keys. It makes: {}. Nothing was made.", algorithm.name(), makes.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "))]
    NotMadeThere {
        /// The store.
        store: String,
        /// What was asked.
        algorithm: Algorithm,
        /// What it makes.
        makes: Vec<Algorithm>,
    },
    /// Nothing that opens the store was given.
    #[error("{store} needs its {}. Give it with {} N or at the prompt. Nothing was sent.", opener.name(), opener.option())]
    OpenerNeeded {
        /// The store.
        store: String,
        /// What opens it.
        opener: super::engines::Opener,
    },
    /// The store cannot end a version without others that are to live.
    #[error(
        "{store} cannot destroy that alone: {also} of the same key would end with it. Nothing was destroyed. Destroy the whole key, or leave this version until the others are not needed any more."
    )]
    EndsOthers {
        /// The store.
        store: String,
        /// The others, as a list.
        also: String,
    },
    /// The store gives nothing out.
    #[error("The private half of {name} stays in {store}, which gives none out. Use it there, or make a new key elsewhere.")]
    StaysInStore {
        /// The key.
        name: String,
        /// The store.
        store: String,
    },
    /// The state of a version forbids it.
    #[error("{name} cannot be {verb}: it is {}.", state.id())]
    State {
        /// The key.
        name: String,
        /// What was asked, as a participle.
        verb: &'static str,
        /// Its state.
        state: State,
    },
    /// A new version may not be weaker than the one whose place it takes.
    #[error(
        "{name} cannot be rotated to {}: it has {} bits of strength, and {} has {}. Choose one as strong or stronger.",
        new.name(), new.strength_bits(), old.name(), old.strength_bits()
    )]
    Weaker {
        /// The key.
        name: String,
        /// What it has.
        old: Algorithm,
        /// What was asked.
        new: Algorithm,
    },
    /// Nothing irreversible happens by itself with a clock that may run ahead.
    #[error(
        "The clock stands {days} days after the last record, so nothing was rotated or destroyed by itself. If the clock is right, rotate or destroy what is due by name; any change shows that somebody looked."
    )]
    ClockAhead {
        /// Days between the last record and now.
        days: i64,
    },
    /// Nothing irreversible happens by itself with a clock that was set back either.
    #[error(
        "The clock stands before the last record, so nothing was rotated or destroyed by itself. Set the machine's clock right, or correct the clock of the inventory in the settings."
    )]
    ClockBehind,
    /// A private half may be gone or not; what was begun goes on.
    #[error("{cause} The destruction was begun and goes on by itself once the inventory is open and the store answers.")]
    DestructionOpen {
        /// Why it has not ended.
        cause: Box<CustodianError>,
    },
    /// A revocation holds, and what was to take the key's place was not made.
    #[error("It was revoked, but no new version was made. {0}")]
    NotReplaced(Box<CustodianError>),
    /// The algorithm has no such form.
    #[error("{name} cannot be written as {format}: {reason}.")]
    NoSuchForm {
        /// The key.
        name: String,
        /// The form.
        format: &'static str,
        /// Why.
        reason: String,
    },
    /// No key can sign the notice.
    #[error("{0}")]
    Signer(#[from] SignerError),
    /// A destruction is not due yet.
    #[error("Version {version} of {name} was not destroyed: its waiting time is not over, or nobody planned it.")]
    NotDue {
        /// The key.
        name: String,
        /// Which version.
        version: u32,
    },
    /// A date cannot be understood.
    #[error("{0}.")]
    Date(#[from] DateError),
    /// Something typed cannot be used.
    #[error("{0}")]
    Input(String),
    /// A request cannot be made of what was typed.
    #[error("No request was made: {0}")]
    Request(String),
    /// The file is no certificate.
    #[error("{}: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The certificate belongs to another key.
    #[error("This certificate was not attached: it is for another key than {name}{}.", owner.as_ref().map(|owner| format!(" (it fits {owner})")).unwrap_or_default())]
    OtherKey {
        /// The key it was to be attached to.
        name: String,
        /// The key of the inventory that it does fit.
        owner: Option<String>,
    },
    /// What was given is no key of a recipient to which can be sealed.
    #[error("{}: {cause}", crate::model::name::shown(from))]
    Recipient {
        /// Where it came from.
        from: String,
        /// Why.
        cause: RecipientError,
    },
    /// Nobody of this name is in the address book.
    #[error("“{0}” is not in the address book. Nothing was changed.")]
    NoRecipient(String),
    /// The recipient has no such key.
    #[error("“{0}” has no such key in the address book. Nothing was changed.")]
    NoRecipientKey(String),
    /// The file exists, and nobody agreed to replace it.
    #[error("{} exists already. Nothing was written.", .0.display())]
    Exists(PathBuf),
    /// Nothing can be written there.
    #[error("Nothing was written: {} {reason}.", path.display())]
    Target {
        /// The file.
        path: PathBuf,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// The folder is another one than at the beginning: what was written went away with it.
    #[error(
        "Nothing was written: the folder of {} went away meanwhile (a share or a disk that was unmounted), and the file is not there. No hand-over is on record. {}",
        path.display(),
        if *left {
            "It may lie on what went away: connect that again, remove it there if nobody should have it, and repeat."
        } else {
            "Connect it again and repeat."
        }
    )]
    FolderGone {
        /// The file.
        path: PathBuf,
        /// It could not be removed there.
        left: bool,
    },
    /// What was read back is not what was written.
    #[error("{} was written, but reading it back gave something else. Do not use it; check the disk.", .0.display())]
    ReadBack(PathBuf),
    /// It was done, and the log does not say so yet.
    #[error(
        "{what}, but that could not be put on record ({}). It is put on record when the inventory is next used.",
        first_sentence(cause)
    )]
    Unrecorded {
        /// What was done, as the beginning of a sentence.
        what: String,
        /// Why.
        cause: Box<CustodianError>,
    },
    /// A secret is not the one the log knows.
    #[error("The secret of {name} in {store} is not the one the log knows. It was not used. Restore it from a backup.")]
    Swapped {
        /// The key.
        name: String,
        /// The store.
        store: String,
    },
    /// A backup cannot be written or read.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Shares cannot be made or put together.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// A recipient cannot open a backup.
    #[error("Nothing was written: {0}.")]
    Addressee(String),
    /// Putting a backup in the place of what is here has to be confirmed.
    #[error("Nothing was changed. To put the backup in the place of the inventory in {}, {} has to be typed.", folder.display(), name)]
    NotConfirmed {
        /// The inventory folder.
        folder: PathBuf,
        /// What has to be typed.
        name: String,
    },
    /// What was restored needs a passphrase of its own.
    #[error(
        "No keychain of this machine can hold what is restored, so its secrets become encrypted files. Give them a passphrase (--new-passphrase-file PATH, --new-passphrase-fd N or at the prompt). Nothing was changed."
    )]
    NewPassphraseNeeded,
    /// A restore is under way.
    #[error("Another restore into this folder is under way. Nothing was changed. Wait for its end.")]
    Restoring,
    /// What an earlier restore put into the keychain cannot be removed now.
    #[error(
        "An earlier restore into this folder was interrupted and left secrets in the keychain, which cannot be reached now. Nothing was changed. Unlock the keychain, then start again."
    )]
    LeftInKeychain,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An SSH agent failed.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The log refused or failed.
    #[error("{0}")]
    Log(String),
    /// The log is not whole and can only be read.
    #[error("{0}")]
    ReadOnly(String),
    /// The clock may be wrong, so a person has to say so first.
    #[error("{0}")]
    Clock(String, AlertKind),
    /// A person cancelled before anything was done.
    #[error("Cancelled. Nothing was changed.")]
    Cancelled,
    /// Key work failed.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
}

impl From<LogError> for CustodianError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Rule(rule) => Self::Rule(rule),
            LogError::Damaged(damage) => Self::ReadOnly(damage.to_string()),
            LogError::ReadOnly(reason) => Self::ReadOnly(reason),
            other => Self::Log(other.to_string()),
        }
    }
}

impl CustodianError {
    /// The same, after a file was written that stays.
    pub(super) fn after_writing(self, written: Option<&PathBuf>) -> Self {
        match written {
            Some(path) => self.after(format!("{} was written", path.display())),
            None => self,
        }
    }

    /// The same, after something was done that stays.
    pub(super) fn after(self, what: String) -> Self {
        Self::Unrecorded { what, cause: Box::new(self) }
    }

    /// The store that has to be logged in to first, where that is why.
    pub fn locked_store(&self) -> Option<&str> {
        match self {
            Self::Store(StoreError::Locked { store }) => Some(store),
            _ => None,
        }
    }

    /// What kind of end it is.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NoInventory(_)
            | Self::Date(_)
            | Self::Input(_)
            | Self::NoHome(_)
            | Self::Request(_)
            | Self::NoSuchForm { .. }
            | Self::NotSigned(SignatureError::NoForm { .. })
            | Self::OutputPassphraseNeeded
            | Self::NoRecipient(_)
            | Self::NoRecipientKey(_)
            | Self::Leaving(
                LeavingError::NoForm { .. }
                | LeavingError::One(_)
                | LeavingError::OneKey(_)
                | LeavingError::Mixed(_)
                | LeavingError::Length { .. }
                | LeavingError::NoPassphrase(_),
            )
            | Self::Seal(SealFault::Nobody | SealFault::Unknown(_) | SealFault::NoCommonForm(_) | SealFault::One(_))
            | Self::Agent(AgentError::TooLong { .. })
            | Self::Share(ShareError::Numbers)
            | Self::NewPassphraseNeeded
            | Self::PassphraseNeeded => ErrorClass::WrongUse,
            Self::InventoryExists(_)
            | Self::State { .. }
            | Self::Weaker { .. }
            | Self::ClockAhead { .. }
            | Self::Signer(_)
            | Self::NotDue { .. }
            | Self::ClockBehind
            | Self::PassphraseWeak(_)
            | Self::NameNotTyped(_)
            | Self::NotConfirmed { .. }
            | Self::StaysInStore { .. }
            | Self::Seal(_)
            | Self::Leaving(LeavingError::Recipient { .. })
            | Self::NotMadeThere { .. }
            | Self::EndsOthers { .. }
            | Self::NotMoved { .. }
            | Self::TokenNotConfirmed { .. }
            | Self::TokenIsStore { .. }
            | Self::NotSigned(SignatureError::NoCertificate)
            | Self::OtherKey { .. }
            | Self::Exists(_)
            | Self::Clock(..)
            | Self::Agent(AgentError::InUse(_) | AgentError::NotASocket(_) | AgentError::OpenFolder(_))
            | Self::SecretsWithoutLog(_) => ErrorClass::Refused,
            Self::Recipient { cause, .. } => match cause {
                RecipientError::Expired(_) | RecipientError::TooShort(_) | RecipientError::KeyUsage(_) => ErrorClass::Refused,
                _ => ErrorClass::WrongUse,
            },
            Self::NotReplaced(cause) | Self::MoveOpen(cause) | Self::DestructionOpen { cause } => cause.class(),
            Self::Rule(rule) => match rule {
                RuleError::NoKey(_)
                | RuleError::NoVersion { .. }
                | RuleError::NoStore(_)
                | RuleError::Name(_)
                | RuleError::NoDelivery { .. }
                | RuleError::NoHolder { .. }
                | RuleError::Policy(_)
                | RuleError::Dates { .. } => ErrorClass::WrongUse,
                _ => ErrorClass::Refused,
            },
            _ => ErrorClass::Failed,
        }
    }
}

fn folder(path: &std::path::Path, cause: &std::io::Error) -> String {
    let path = path.display();
    match cause.kind() {
        ErrorKind::StorageFull => format!("Not saved: the disk of {path} is full. Make room and try again."),
        ErrorKind::PermissionDenied => {
            format!("{path} may not be written by you. Choose another folder with --inventory, or change its permissions.")
        }
        ErrorKind::ReadOnlyFilesystem => format!("{path} lies on a disk that can only be read. Choose another with --inventory."),
        _ => format!("The folder {path} cannot be used: {cause}. Choose another with --inventory, or change its permissions."),
    }
}

fn objects(visible: u64) -> String {
    match visible {
        0 => "nothing in it shows without a PIN".into(),
        1 => "1 object in it shows without a PIN".into(),
        some => format!("{some} objects in it show without a PIN"),
    }
}

/// What happened, without what it would mean had nothing been done before.
fn first_sentence(error: &CustodianError) -> String {
    let text = error.to_string();
    text.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// A rule as the beginning of a sentence.
fn sentence(rule: &RuleError) -> String {
    let text = rule.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
