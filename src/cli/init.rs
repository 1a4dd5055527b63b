//! `init`, `recover` and `passphrase`: the inventory as a whole.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{json, line, say};
use super::passphrase::{Source, ask, can_ask};
use super::session::{Session, environment};
use super::words;
use crate::custodian::{Custodian, CustodianError, Outcome, Setup};
use crate::model::StoreKind;
use crate::secret::Passphrase;

#[derive(Args)]
#[command(after_help = "\
files needs --passphrase-fd, --passphrase-file or the prompt; files-by-keychain needs a recovery passphrase the
same ways. keychain takes a recovery passphrase for recovery copies; without one, and without a
terminal to ask at, they are declined, and an alert stands until a backup is noted.

Examples:
  keystead init --store files --passphrase-file passphrase.txt
  keystead init --store keychain --no-recovery
  keystead init --store files-by-keychain --recovery-passphrase-fd 3 3<recovery.txt")]
pub(super) struct InitArgs {
    /// Where private halves lie: keychain, files or files-by-keychain
    #[arg(long, value_name = "STORE", value_parser = words::store_kind)]
    store: StoreKind,
    /// Read the recovery passphrase from this file descriptor
    #[arg(long, value_name = "N", conflicts_with_all = ["recovery_passphrase_file", "no_recovery"])]
    recovery_passphrase_fd: Option<u32>,
    /// Read the recovery passphrase from this file
    #[arg(long, value_name = "PATH", conflicts_with = "no_recovery")]
    recovery_passphrase_file: Option<PathBuf>,
    /// With keys in the keychain: make no recovery copies
    #[arg(long)]
    no_recovery: bool,
}

#[derive(Args)]
#[command(after_help = "\
DIR is a copy of an inventory folder. Unless it is the inventory folder itself it is copied there, whole or not at all.
Its keys are encrypted files from then on, whatever keychain they came from.

Example:
  keystead recover /media/backup/keystead --inventory ~/keys --passphrase-file recovery.txt")]
pub(super) struct RecoverArgs {
    /// The copied folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Args)]
pub(super) struct ChangeArgs {
    #[command(subcommand)]
    command: ChangeCommand,
}

#[derive(Subcommand)]
enum ChangeCommand {
    /// Put the inventory under another passphrase; the old one opens until the new one was proven
    #[command(after_help = "Example:\n  keystead passphrase change --passphrase-file old.txt --new-passphrase-file new.txt")]
    Change {
        /// Read the new passphrase from this file descriptor
        #[arg(long, value_name = "N", conflicts_with = "new_passphrase_file")]
        new_passphrase_fd: Option<u32>,
        /// Read the new passphrase from this file
        #[arg(long, value_name = "PATH")]
        new_passphrase_file: Option<PathBuf>,
    },
}

/// Makes a new inventory.
pub(super) fn init(args: &InitArgs, common: &Common) -> Ends {
    let env = environment(common)?;
    if Custodian::exists(&env) {
        return Err(crate::custodian::CustodianError::InventoryExists(env.folder).into());
    }
    let folder = env.folder.clone();
    let custodian = Custodian::init(env, &args.setup(common)?)?;
    Session { custodian }.close();
    if common.json {
        json(&Done { written: Some(folder), ..Done::default() })?;
    } else {
        line(&format!("Made an inventory in {}.", folder.display()))?;
    }
    Ok(End::Done)
}

impl InitArgs {
    fn setup(&self, common: &Common) -> Result<Setup, Failure> {
        let recovery = Source {
            fd: self.recovery_passphrase_fd,
            file: self.recovery_passphrase_file.as_ref(),
            option: "--recovery-passphrase",
        };
        let recovery_given = recovery.fd.is_some() || recovery.file.is_some();
        match self.store {
            StoreKind::Files => {
                if recovery_given || self.no_recovery {
                    return Err(Failure::wrong_use(
                        "Encrypted files under a passphrase need no recovery passphrase: a copy of the folder and the passphrase are the backup.",
                    ));
                }
                let passphrase = common.passphrase.source().read_or_ask_twice("New passphrase: ")?;
                Ok(Setup { kind: self.store, passphrase: Some(passphrase), recovery: None })
            }
            StoreKind::FilesByKeychain => {
                if self.no_recovery {
                    return Err(Failure::wrong_use(
                        "Encrypted files opened by the keychain need a recovery passphrase: without it they are lost with the keychain.",
                    ));
                }
                let source = if !recovery_given && common.passphrase.is_given() { common.passphrase.source() } else { recovery };
                let recovery = source.read_or_ask_twice("Recovery passphrase: ")?;
                Ok(Setup { kind: self.store, passphrase: None, recovery: Some(recovery) })
            }
            StoreKind::Keychain => {
                let recovery = if self.no_recovery { None } else { recovery_copies(recovery)? };
                Ok(Setup { kind: self.store, passphrase: None, recovery })
            }
            StoreKind::Pkcs11 | StoreKind::OpenBao => Err(CustodianError::NoHome(self.store.name()).into()),
        }
    }
}

/// The passphrase of recovery copies, or `None` when they are declined.
fn recovery_copies(source: Source) -> Result<Option<Passphrase>, Failure> {
    if let Some(given) = source.read()? {
        return Ok(Some(given));
    }
    if !can_ask() {
        say("No recovery copies are made. Without them keys are lost with the keychain; --recovery-passphrase-file makes them.");
        return Ok(None);
    }
    let first = ask("Recovery passphrase (empty: no recovery copies): ")?;
    if first.is_empty() {
        return Ok(None);
    }
    if !ask("Once more: ")?.same_as(&first) {
        return Err(Failure::failed("The two are not the same. Nothing was made; try again."));
    }
    Ok(Some(first))
}

/// Opens a copied folder.
pub(super) fn recover(args: &RecoverArgs, common: &Common) -> Ends {
    let env = environment(common)?;
    let folder = env.folder.clone();
    let passphrase = common.passphrase.source().read_or_ask("Recovery passphrase: ")?;
    let custodian = Custodian::recover(env, &args.folder, &passphrase)?;
    let count = custodian.read(|inventory| inventory.keys().len());
    drop(passphrase);
    Session { custodian }.close();
    if common.json {
        json(&Done { written: Some(folder), ..Done::default() })?;
    } else {
        let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
        line(&format!("Recovered {keys}. The inventory lies in {}.", folder.display()))?;
    }
    Ok(End::Done)
}

/// Changes the passphrase.
pub(super) fn passphrase(args: &ChangeArgs, common: &Common) -> Ends {
    let ChangeCommand::Change { new_passphrase_fd, new_passphrase_file } = &args.command;
    let custodian = Custodian::open(environment(common)?)?;
    let old = common.passphrase.source().read_or_ask("Passphrase: ")?;
    let opens = custodian.asks_passphrase().then(|| Passphrase::new(old.expose().to_owned()));
    custodian.unlock(opens)?;
    let source = Source { fd: *new_passphrase_fd, file: new_passphrase_file.as_ref(), option: "--new-passphrase" };
    let new = source.read_or_ask_twice("New passphrase: ")?;
    let outcome: Outcome = custodian.change_passphrase(&old, &new)?;
    drop((old, new));
    Session { custodian }.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        line("The passphrase was changed. Copies of the folder made before still open with the old one.")?;
    }
    Ok(End::Done)
}
