//! `recipient`: the people and systems that get keys, their public keys, and what they hold.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::{Done, counted, date_or};
use super::import::standard_input;
use super::output::{Table, json, line, say};
use super::recipient_facts::{HolderFacts, KeyWords, RecipientFacts};
use super::session::Session;
use super::words;
use crate::custodian::NoProgress;
use crate::custodian::import::Source;
use crate::model::{Command, Confirmation, RecipientChange, RecipientKey, RecipientKeyKind, name};

#[derive(Args)]
pub(super) struct RecipientArgs {
    #[command(subcommand)]
    command: RecipientCommand,
}

#[derive(Subcommand)]
enum RecipientCommand {
    /// List everybody in the address book or with a key in hand
    #[command(after_help = "Example:\n  keystead recipient list --json")]
    List,
    /// Show the fingerprints of a recipient, how they were confirmed, and every key it was given
    #[command(after_help = "Example:\n  keystead recipient show 'Ada Lovelace'")]
    Show {
        /// As `recipient list` shows it
        name: String,
    },
    /// Put somebody into the address book, or give one who is there more keys
    #[command(after_help = "\
A key is a file or the text itself: a line of age (age1…), ssh-ed25519 or ssh-rsa, an X.509 certificate
(RSA, P-256, P-384, P-521), or the RSA wrapping key of a cloud service, in PEM or DER. - is standard input.

Examples:
  keystead recipient add 'Ada Lovelace' --key ada.pub ada.crt
  keystead recipient add 'Build server' --key age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  keystead recipient add 'Azure vault' --key kek.pem --service-id https://a.vault.azure.net/keys/kek/1")]
    Add {
        /// Unique in the address book
        name: String,
        /// Its public keys
        #[arg(long, value_name = "FILE|STRING", num_args = 1..)]
        key: Vec<String>,
        /// What there is to say of it
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// How the cloud service names its wrapping key
        #[arg(long, value_name = "ID")]
        service_id: Option<String>,
    },
    /// Say how the fingerprint of a key was found to be right
    #[command(after_help = "Example:\n  keystead recipient confirm 'Ada Lovelace' --fingerprint SHA256:… --way call")]
    Confirm {
        /// As `recipient list` shows it
        name: String,
        /// The fingerprint that was compared, as `recipient show` has it
        #[arg(long, value_name = "F")]
        fingerprint: String,
        /// in-person, call, signed-message, published or otherwise
        #[arg(long, value_name = "WAY", value_parser = words::confirmation)]
        way: Confirmation,
        /// More about it; it stays on record
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Take somebody out of the address book, or keys away; what was given stays on record
    #[command(after_help = "\
Examples:
  keystead recipient remove 'Ada Lovelace'
  keystead recipient remove 'Ada Lovelace' --fingerprint SHA256:…")]
    Remove {
        /// As `recipient list` shows it
        name: String,
        /// Only the key with this fingerprint
        #[arg(long, value_name = "F")]
        fingerprint: Vec<String>,
    },
}

/// What `recipient add` did.
#[derive(Serialize)]
struct Addition {
    name: String,
    /// It was not in the address book before.
    new: bool,
    /// The fingerprints of the keys that it has now and had not before.
    added: Vec<String>,
    notice: Option<String>,
}

/// Looks at the address book or changes it.
pub(super) fn run(args: &RecipientArgs, common: &Common) -> Ends {
    match &args.command {
        RecipientCommand::List => list(common),
        RecipientCommand::Show { name } => show(name, common),
        RecipientCommand::Add { name, key, note, service_id } => add(name, key, note.as_deref(), service_id.as_deref(), common),
        RecipientCommand::Confirm { name, fingerprint, way, note } => {
            let session = Session::work(common)?;
            let key = key_of(&session, name, fingerprint)?.sha256;
            let change = RecipientChange::Confirm { key, how: Some((*way, note.clone())) };
            let said = format!("Confirmed {}: a key of {}.", way.name(), name::shown(name));
            change_one(session, name, change, &said, common)
        }
        RecipientCommand::Remove { name, fingerprint } => {
            let session = Session::work(common)?;
            let (change, said) = if fingerprint.is_empty() {
                let said = format!("{} is not in the address book any more. What was given stays on record.", name::shown(name));
                (RecipientChange::Remove, said)
            } else {
                let keys = fingerprint.iter().map(|one| key_of(&session, name, one).map(|key| key.sha256));
                let keys = keys.collect::<Result<Vec<_>, _>>()?;
                let said = format!("{} fewer in the address book: {}.", counted(keys.len(), "key", "keys"), name::shown(name));
                (RecipientChange::DropKeys(keys), said)
            };
            change_one(session, name, change, &said, common)
        }
    }
}

/// The key of a recipient that a person names by its fingerprint.
fn key_of(session: &Session, name: &str, fingerprint: &str) -> Result<RecipientKey, Failure> {
    session.custodian.read(|inventory| {
        let known = inventory.recipient(name).ok_or_else(|| unknown(name))?;
        known.keys.iter().find(|key| key.has_fingerprint(fingerprint)).cloned().ok_or_else(|| {
            let have: Vec<String> = known.keys.iter().map(RecipientKey::fingerprint).collect();
            Failure::wrong_use(format!(
                "No key of {} has the fingerprint {}. Nothing was changed. If somebody read it out to you, the key in the address book is not theirs. It has: {}.",
                name::shown(&known.name),
                name::shown(fingerprint),
                have.join(", ")
            ))
        })
    })
}

fn unknown(name: &str) -> Failure {
    let name = name::shown(name);
    Failure::wrong_use(format!("“{name}” is not in the address book. `keystead recipient list` shows who is."))
}

fn change_one(session: Session, name: &str, change: RecipientChange, said: &str, common: &Common) -> Ends {
    let outcome = session.custodian.run(&Command::ChangeRecipients(vec![(name.to_owned(), change)]), &NoProgress)?;
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        line(said)?;
    }
    Ok(End::Done)
}

/// What a person gave as a key: a file of that name, or the key itself.
fn source(given: &str) -> Result<Source, Failure> {
    if given == "-" {
        return standard_input().map(Source::Pasted);
    }
    if std::fs::metadata(given).is_ok() {
        return Ok(Source::Path(given.into()));
    }
    // A path has neither spaces in front of base64 nor armour; what can only be a path is named as one.
    let is_text = ["age1", "AGE1", "ssh-", "ecdsa-", "sk-", "-----", "---- ", "AGE-", "PuTTY-"]
        .iter()
        .any(|start| given.starts_with(start));
    if is_text || given.contains(['\n', ' ']) {
        return Ok(Source::pasted(given.as_bytes().to_vec()));
    }
    let given = name::shown(given);
    Err(Failure::wrong_use(format!("There is no file {given}, and it is no public key either. Nothing was changed.")))
}

fn add(name: &str, given: &[String], note: Option<&str>, service_id: Option<&str>, common: &Common) -> Ends {
    let sources = given.iter().map(|given| source(given)).collect::<Result<Vec<_>, _>>()?;
    let session = Session::work(common)?;
    let mut keys = Vec::with_capacity(sources.len());
    for read in session.custodian.read_recipient_keys(&sources) {
        keys.push(read.key?);
    }
    name_service(&mut keys, service_id)?;
    let before = session.custodian.read(|inventory| inventory.recipient(name).cloned());
    let change = RecipientChange::Add { note: note.map(str::to_owned), keys: keys.clone() };
    let outcome = session.custodian.run(&Command::ChangeRecipients(vec![(name.to_owned(), change)]), &NoProgress)?;
    session.close();
    let had = |key: &RecipientKey| before.as_ref().is_some_and(|known| known.key_of(&key.sha256).is_some());
    let mut added: Vec<String> = keys.iter().filter(|key| !had(key)).map(RecipientKey::fingerprint).collect();
    added.dedup();
    let new = before.is_none();
    if common.json {
        json(&Addition { name: name::normal(name).into_owned(), new, added, notice: outcome.notice })?;
        return Ok(End::Done);
    }
    let name = name::shown(name);
    let count = counted(added.len(), "key", "keys");
    line(&match (new, added.len()) {
        (true, _) => format!("{name} is in the address book, with {count}."),
        (false, 0) => format!("{name} was in the address book with these keys already."),
        (false, _) => format!("{name} was in the address book already and has {count} more now."),
    })?;
    added.iter().try_for_each(|fingerprint| line(&format!("  {fingerprint}  not confirmed")))?;
    if !added.is_empty() {
        say(
            "Compare each fingerprint with its owner, by a call or face to face, and record that with: keystead recipient confirm",
        );
    }
    outcome.notice.iter().for_each(|notice| say(notice));
    Ok(End::Done)
}

/// A cloud service names its wrapping key; nothing else has such a name.
fn name_service(keys: &mut [RecipientKey], service_id: Option<&str>) -> Result<(), Failure> {
    let Some(id) = service_id else { return Ok(()) };
    let mut wrapping = keys.iter_mut().filter(|key| key.kind == RecipientKeyKind::WrappingKey);
    match (wrapping.next(), wrapping.next()) {
        (Some(key), None) => {
            key.service_id = id.into();
            Ok(())
        }
        _ => Err(Failure::wrong_use(
            "--service-id goes with one wrapping key (an RSA public key in PEM or DER). Nothing was changed.",
        )),
    }
}

fn list(common: &Common) -> Ends {
    let session = Session::look(common)?;
    let now = session.custodian.now();
    let found: Vec<RecipientFacts> = session
        .custodian
        .read(|inventory| inventory.holders().iter().map(|(name, holder)| RecipientFacts::new(name, holder, now)).collect());
    session.close();
    if common.json {
        json(&found)?;
        return Ok(End::Done);
    }
    if found.is_empty() {
        say(
            "Nobody is in the address book, and nothing was handed over. Add somebody with: keystead recipient add NAME --key FILE",
        );
        return Ok(End::Done);
    }
    let mut table = Table::new(["name", "keys", "confirmed", "expires", "holds", "due"]);
    for one in found {
        table.row([
            one.name.clone(),
            one.kinds(),
            one.confirmed(),
            one.expiry(),
            counted(one.keys_held, "key", "keys"),
            one.due.to_string(),
        ]);
    }
    table.print()?;
    Ok(End::Done)
}

fn show(name: &str, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let now = session.custodian.now();
    let found = session
        .custodian
        .read(|inventory| inventory.holder(name).map(|(name, holder)| HolderFacts::new(inventory, &name, &holder, now)));
    session.close();
    let found = found.ok_or_else(|| {
        let name = name::shown(name);
        Failure::wrong_use(format!(
            "“{name}” is not in the address book and was given nothing. `keystead recipient list` shows who is."
        ))
    })?;
    if common.json {
        json(&found)?;
        return Ok(End::Done);
    }
    let facts = &found.facts;
    line(&name::shown(&facts.name))?;
    if !facts.in_address_book {
        line("  not in the address book: known from hand-overs alone, without public keys")?;
    }
    if !facts.note.is_empty() {
        line(&format!("  {}", name::shown(&facts.note)))?;
    }
    facts.keys.iter().try_for_each(|key| key.words().iter().try_for_each(|words| line(words)))?;
    if found.holds.is_empty() {
        return line("Nothing was handed over to it.").map(|()| End::Done);
    }
    let mut table = Table::new(["holds", "version", "state", "format", "given", "made"]);
    for held in found.holds {
        let made = if held.elsewhere { "elsewhere" } else { "here" };
        table.row([held.name, held.version.to_string(), held.state.into(), held.format.into(), held.at.to_string(), made.into()]);
    }
    table.print()?;
    if !found.due.is_empty() {
        let mut table = Table::new(["still to get", "version", "format", "since"]);
        for due in found.due {
            table.row([due.name, due.version.to_string(), due.format.into(), date_or(Some(due.since), "")]);
        }
        table.print()?;
    }
    Ok(End::Done)
}
