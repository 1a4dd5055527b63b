//! Restoring: opening a backup, proving that all of it is as it should be, comparing it with what is here, and bringing
//! it in: what is missing here (merge), or the whole in the place of what is here (replace).

mod compare;
mod merge;
mod open;
mod replace;
mod stored;
mod swap;
mod typed;

use std::path::PathBuf;

use super::core::Custodian;
use super::environment::Environment;
use super::error::CustodianError;
use super::outcome::Progress;
use crate::formats::backup::Opener;
use crate::formats::backup::share::{self, Share};
use crate::model::{Backup, Event, MergePlan, Relation, Setback, Time};
use crate::secret::{Passphrase, SecretBytes};

pub use typed::TypedShares;

/// The largest file that is read for an identity or a share.
const LARGEST_SIDE_FILE: u64 = 1 << 20;

/// What is to be done with a backup. It may carry passphrases, so it derives nothing.
pub struct Restore {
    /// The backup.
    pub file: PathBuf,
    /// What opens it.
    pub with: OpenWith,
    /// What is to be done.
    pub mode: RestoreMode,
    /// For a replace: what opens the inventory from then on, where its secrets become encrypted files anew.
    pub passphrase: Option<Passphrase>,
    /// For a replace of what is here: the name of the inventory folder, typed by the person.
    pub typed_name: Option<String>,
}

/// What opens a backup.
pub enum OpenWith {
    /// Its passphrase.
    Passphrase(Passphrase),
    /// Shares of its passphrase: the files of their sheets.
    Sheets(Vec<PathBuf>),
    /// Shares of its passphrase, as they were typed, each with all its lines.
    Typed(Vec<SecretBytes>),
    /// A file with age identities or an SSH private key.
    Identity(PathBuf),
}

/// What is to be done with a backup.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum RestoreMode {
    /// Look what would happen; nothing is changed, and nothing put on record.
    Preview,
    /// Prove that it opens and matches. That is put on record where the inventory is unlocked; nothing else is changed.
    Rehearse,
    /// Bring in what is missing here.
    Merge,
    /// Put it in the place of what is here.
    Replace,
}

impl RestoreMode {
    /// The word of the command line and of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Rehearse => "rehearse",
            Self::Merge => "merge",
            Self::Replace => "replace",
        }
    }
}

/// What a backup holds, how it stands to what is here, and what was or would be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoration {
    /// What was done.
    pub mode: RestoreMode,
    /// The backup.
    pub backup: Backup,
    /// The program that wrote it.
    pub program: String,
    /// Keys in its log.
    pub keys: usize,
    /// Secrets in it, each the one that its log knows.
    pub secrets: usize,
    /// Versions whose secret is not in it: the key's name, the version, and why.
    pub lacks: Vec<(Box<str>, u32, Box<str>)>,
    /// How it stands to the inventory here, if there is one.
    pub standing: Option<Standing>,
    /// What was here before was put aside there.
    pub kept: Option<PathBuf>,
    /// It is on record here.
    pub recorded: bool,
    /// Secrets became encrypted files, because no keychain here can hold them.
    pub as_files: bool,
    /// What a replace has to have typed; the name of the inventory folder.
    pub name: String,
    /// Where the inventory is.
    pub folder: PathBuf,
}

/// How a backup stands to the inventory here.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which goes on from which.
    pub relation: Relation,
    /// The number of the last record here.
    pub seq: u64,
    /// When it was written.
    pub at: Time,
    /// Keys that are here and not in the backup.
    pub only_here: Vec<Box<str>>,
    /// What a merge does.
    pub plan: MergePlan,
    /// What a replace would undo.
    pub setbacks: Vec<Setback>,
}

/// Opens a backup and does with it what is asked. `custodian` is the inventory here, if there is one; a merge needs it unlocked.
pub fn restore(
    env: &Environment,
    custodian: Option<&Custodian>,
    wanted: &Restore,
    progress: &dyn Progress,
) -> Result<Restoration, CustodianError> {
    let opener = opener(&wanted.with)?;
    if let Some(custodian) = custodian {
        custodian.refresh()?;
    }
    match (wanted.mode, custodian) {
        (RestoreMode::Merge, None) => Err(CustodianError::NoInventory(env.folder.clone())),
        (RestoreMode::Merge, Some(custodian)) => merge::merge(custodian, &wanted.file, &opener, progress),
        (RestoreMode::Replace, custodian) => replace::replace(env, custodian, wanted, &opener, progress),
        (RestoreMode::Preview | RestoreMode::Rehearse, custodian) => {
            let found = open::look(&wanted.file, &opener, progress)?;
            let mut restoration = found.restoration(env, custodian, wanted.mode)?;
            if let (RestoreMode::Rehearse, Some(custodian)) = (wanted.mode, custodian) {
                restoration.recorded = custodian.note_rehearsal(&found);
            }
            Ok(restoration)
        }
    }
}

/// Finishes or undoes a restore into the inventory folder that was interrupted, as far as that can be done now.
pub(super) fn settle(env: &Environment) {
    swap::settle(&env.folder, &|folder| stored::clear(env, folder).is_ok());
}

/// An interrupted restore left secrets in a keychain that cannot be reached now.
pub(super) fn left_in_keychain(env: &Environment) -> bool {
    swap::left(&env.folder).is_some_and(|folder| folder.join(stored::NOTE).is_file())
}

impl Custodian {
    /// Says in the log that a backup was rehearsed, where that can be said of one that the log knows.
    fn note_rehearsal(&self, found: &open::Found) -> bool {
        let backup = found.manifest.backup.id;
        let known = self.read(|inventory| inventory.facts().backups.iter().any(|one| one.id == backup));
        known && self.is_unlocked() && self.append(vec![Event::BackupRehearsed { backup }]).is_ok()
    }
}

/// What has to be typed before what is in a folder is replaced.
fn name_of(env: &Environment) -> String {
    env.folder.file_name().unwrap_or(env.folder.as_os_str()).to_string_lossy().into_owned()
}

fn opener(with: &OpenWith) -> Result<Opener, CustodianError> {
    let joined = |shares: Vec<Share>| Ok(Opener::Passphrase(share::join(&shares)?));
    match with {
        OpenWith::Passphrase(passphrase) => Ok(Opener::Passphrase(Passphrase::new(passphrase.expose().to_owned()))),
        OpenWith::Identity(path) => Ok(Opener::Identity(side_file(path)?)),
        OpenWith::Typed(typed) => joined(shares(typed.iter().enumerate().map(|(at, text)| (format!("share {}", at + 1), text)))?),
        OpenWith::Sheets(paths) => {
            let texts = paths.iter().map(|path| side_file(path)).collect::<Result<Vec<_>, _>>()?;
            let named = paths.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            joined(shares(named.zip(&texts))?)
        }
    }
}

fn shares<'a>(texts: impl Iterator<Item = (String, &'a SecretBytes)>) -> Result<Vec<Share>, CustodianError> {
    let read = |(name, text): (String, &SecretBytes)| {
        let text = std::str::from_utf8(text.expose()).unwrap_or_default();
        Share::parse(text, &name).map_err(CustodianError::from)
    };
    texts.map(read).collect()
}

/// A small file that holds a secret.
fn side_file(path: &std::path::Path) -> Result<SecretBytes, CustodianError> {
    use std::io::Read as _;
    let unread = |cause: std::io::Error| CustodianError::Unread(format!("{} cannot be read: {cause}.", path.display()));
    let file = std::fs::File::open(path).map_err(unread)?;
    let found = file.metadata().map_err(unread)?;
    if !found.is_file() || found.len() > LARGEST_SIDE_FILE {
        return Err(unread(std::io::Error::other("it is no regular file of a sensible size")));
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(found.len() as usize + 1));
    file.take(LARGEST_SIDE_FILE).read_to_end(&mut bytes).map_err(unread)?;
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}
