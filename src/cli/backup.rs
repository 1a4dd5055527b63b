//! `backup`: the whole inventory to one encrypted file.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::export::Place;
use super::facts::counted;
use super::output::{json, line, say};
use super::passphrase::{Source, ask, can_ask};
use super::progress::Watch;
use super::session::Session;
use crate::custodian::backup::{NewBackup, Protection, SplitInto};
use crate::custodian::{CustodianError, Outcome, passphrase};
use crate::model::{BackupId, KeyId, Target, name};
use crate::secret::Passphrase;

#[derive(Args)]
#[command(after_help = "\
The file is a standard age file with a tar inside: `age -d` and `tar` open it. It holds the log, the settings, the log key
and every secret that may leave: keys whose policy keeps them in their store, keys held elsewhere and keys on tokens are
listed in it and not held. It is read back and compared before it gets its name, and is on record.

Its passphrase is read from --output-passphrase-fd, typed at the terminal, or made there and shown once. With --shares K/N
it is split into N sheets, any K of which give it; they are written to the folder FILE.shares, to be printed. Without a
passphrase of your own one is made that nobody sees.

Examples:
  keystead backup --out /media/usb/keys.age
  keystead backup --out keys.age --shares 3/5
  keystead backup --out keys.age --to 'Ada' --to 'Grace'
  keystead backup --out keys.age --output-passphrase-fd 3 3<words.txt")]
pub(super) struct BackupArgs {
    #[command(flatten)]
    place: Place,
    /// A recipient of the address book who can open it; may be given several times
    #[arg(long, value_name = "RECIPIENT", num_args = 1.., conflicts_with_all = ["output_passphrase_fd", "shares"])]
    to: Vec<String>,
    /// The backup's passphrase is read from this descriptor
    #[arg(long, value_name = "N")]
    output_passphrase_fd: Option<u32>,
    /// Split the passphrase: any K of N shares give it
    #[arg(long, value_name = "K/N", value_parser = |text: &str| SplitInto::parse(text))]
    shares: Option<SplitInto>,
}

#[derive(Serialize)]
struct Made {
    written: PathBuf,
    backup: BackupId,
    /// The last record in it.
    covers: u64,
    left_out: Vec<LeftOut>,
    recipients: Vec<Box<str>>,
    shares: Option<Shares>,
}

#[derive(Serialize)]
struct LeftOut {
    key: KeyId,
    name: String,
    version: u32,
    reason: &'static str,
}

#[derive(Serialize)]
struct Shares {
    set: Box<str>,
    needed: u8,
    made: u8,
    sheets: Vec<PathBuf>,
}

/// Makes a backup.
pub(super) fn run(args: &BackupArgs, common: &Common) -> Ends {
    if args.place.is_stdout() {
        return Err(Failure::wrong_use("A backup goes to a file, never to standard output. Name a file with --out."));
    }
    let Target::File { path, replace } = args.place.target(common)? else {
        return Err(Failure::wrong_use("Name a file with --out."));
    };
    let session = Session::work(common)?;
    let (protection, words) = protection(args)?;
    let outcome = session.custodian.back_up(&NewBackup { path, replace, protection }, &Watch::begin("Backed up"))?;
    if let Some(words) = words {
        show_once(&words);
    }
    let left_out = outcome.backup.iter().flat_map(|backup| backup.except.iter());
    let left_out =
        left_out.map(|one| LeftOut { key: one.key, name: session.name(one.key), version: one.version, reason: one.reason.id() });
    let left_out = left_out.collect();
    session.close();
    report(left_out, &outcome, common)
}

/// Who opens it, and the words that were made here and have to be shown.
fn protection(args: &BackupArgs) -> Result<(Protection, Option<Passphrase>), Failure> {
    if !args.to.is_empty() {
        return Ok((Protection::Recipients(args.to.clone()), None));
    }
    let given = Source { fd: args.output_passphrase_fd, file: None, option: "--output-passphrase" }.read()?;
    match (args.shares, given) {
        (Some(split), given) => Ok((Protection::Shares(split, given), None)),
        (None, Some(given)) => Ok((Protection::Passphrase(given), None)),
        (None, None) if !can_ask() || !std::io::stderr().is_terminal() => Err(CustodianError::OutputPassphraseNeeded.into()),
        (None, None) => asked(),
    }
}

fn asked() -> Result<(Protection, Option<Passphrase>), Failure> {
    let first = ask("Passphrase of the backup (empty: seven words are made): ")?;
    if first.is_empty() {
        let words = passphrase::seven_words()?;
        let shown = Passphrase::new(words.expose().to_owned());
        return Ok((Protection::Passphrase(words), Some(shown)));
    }
    if ask("Once more: ")?.same_as(&first) {
        Ok((Protection::Passphrase(first), None))
    } else {
        Err(Failure::failed("The two are not the same. Nothing was written; try again."))
    }
}

/// To the terminal itself, never to what may be a file.
fn show_once(words: &Passphrase) {
    let text = Zeroizing::new(format!(
        "This opens the backup; it is shown once. Keep it away from the backup:\n\n  {}\n\n",
        words.expose()
    ));
    let mut terminal = std::io::stderr().lock();
    let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
}

fn report(left_out: Vec<LeftOut>, outcome: &Outcome, common: &Common) -> Ends {
    let (Some(written), Some(backup)) = (&outcome.written, &outcome.backup) else { return Ok(End::Done) };
    if common.json {
        json(&Made {
            written: written.clone(),
            backup: backup.id,
            covers: backup.covers,
            left_out,
            recipients: backup.recipients.clone(),
            shares: backup.shares.as_ref().map(|set| Shares {
                set: set.id.clone(),
                needed: set.needed,
                made: set.made,
                sheets: outcome.sheets.clone(),
            }),
        })?;
        return Ok(End::Done);
    }
    line(&format!("Backed up to {}, as of record {}.", written.display(), backup.covers))?;
    if let Some(notice) = &outcome.notice {
        say(&name::shown(notice));
    }
    if !backup.recipients.is_empty() {
        line(&format!("  It opens with the identity of {}.", name::shown(&backup.recipients.join(" or "))))?;
    }
    if let (Some(set), Some(sheet)) = (&backup.shares, outcome.sheets.first()) {
        let folder = sheet.parent().unwrap_or(sheet).display();
        let made = counted(usize::from(set.made), "share", "shares");
        line(&format!(
            "  {made} of its passphrase lie in {folder}; any {} give it. Print them, give each away, and remove the folder.",
            set.needed
        ))?;
    }
    line(&format!("  To prove that it opens: keystead restore {}", super::words::quoted(&written.display().to_string())))?;
    Ok(End::Done)
}
