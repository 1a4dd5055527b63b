//! `notice`: what the holders of a revoked version are told, and who was told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::delivery::meant_of;
use super::end::{End, Ends, Failure};
use super::export::Place;
use super::facts::{Done, counted};
use super::output::{json, line, say};
use super::select;
use super::session::Session;
use super::words::quoted;
use crate::custodian::{CustodianError, NoProgress, Outcome};
use crate::model::notice::{files, free_name};
use crate::model::{Command, Key, KeyId, RuleError, Target, Version, VersionRef, name};

#[derive(Args)]
pub(super) struct NoticeArgs {
    #[command(subcommand)]
    command: NoticeCommand,
}

#[derive(Subcommand)]
enum NoticeCommand {
    /// Write the notice of a revocation: JSON and text, a signature beside each
    #[command(after_help = "\
Four files are written: FILE, FILE.sig, and the same as text, ending in .txt and .txt.sig. Keystead sends
nothing: give the JSON or the text with its signature to each holder, then tick them off with `notice told`.
The key that signs is made on first use; `notice sign-with` chooses another.

Examples:
  keystead notice write shop.example.com --out shop-revoked.json
  keystead notice write deploy --key-version 1 --out deploy.json --replace")]
    Write {
        /// A name or id
        key: String,
        #[command(flatten)]
        place: Place,
        /// This version instead of the newest revoked one
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
    },
    /// Record that a holder was told of the revocation
    #[command(after_help = "Example:\n  keystead notice told deploy 'Build server'")]
    Told {
        /// A name or id
        key: String,
        /// Who was told
        recipient: String,
        /// This version instead of the newest revoked one
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
    },
    /// Choose the key that signs notices
    #[command(after_help = "\
It has to be active, and OpenSSH has to know its algorithm.

Examples:
  keystead notice sign-with 'Security team'
  keystead notice sign-with --new")]
    SignWith {
        /// A name or id
        #[arg(required_unless_present = "new", conflicts_with = "new")]
        key: Option<String>,
        /// One that is made for the next notice
        #[arg(long)]
        new: bool,
    },
}

/// A notice as it was written.
#[derive(Serialize)]
struct Written {
    key: KeyId,
    name: String,
    version: u32,
    files: Vec<PathBuf>,
    signed_by: Signer,
    untold: Vec<Holder>,
}

#[derive(Serialize)]
struct Signer {
    key: KeyId,
    name: String,
}

#[derive(Serialize)]
struct Holder {
    recipient: String,
    format: &'static str,
}

/// Writes a notice, records who was told, or chooses the key that signs.
pub(super) fn run(args: &NoticeArgs, common: &Common) -> Ends {
    match &args.command {
        NoticeCommand::Write { key, place, key_version } => write(key, place, *key_version, common),
        NoticeCommand::Told { key, recipient, key_version } => told(key, recipient, *key_version, common),
        NoticeCommand::SignWith { key, .. } => sign_with(key.as_deref(), common),
    }
}

fn write(wanted: &str, place: &Place, number: Option<u32>, common: &Common) -> Ends {
    if place.is_stdout() {
        return Err(Failure::wrong_use("A notice is several files. Name the JSON file: --out FILE."));
    }
    let target = place.target(common)?;
    let session = Session::work(common)?;
    let (key, version) = revoked(&session, wanted, number)?;
    let outcome = session.custodian.run(&Command::Notice { version, target: target.clone() }, &NoProgress)?;
    let signer = session.custodian.read(|inventory| inventory.facts().notice_key).unwrap_or(version.key);
    let untold = key.version(version.version).map(|found| key.untold(found)).unwrap_or_default();
    let written = Written {
        key: key.id,
        name: key.name.to_string(),
        version: version.version,
        files: written(&outcome, &target),
        signed_by: Signer { key: signer, name: session.name(signer) },
        untold: untold.iter().map(|(name, format)| Holder { recipient: (*name).to_owned(), format: format.id() }).collect(),
    };
    session.close();
    if common.json {
        json(&written)?;
        return Ok(End::Done);
    }
    for file in &written.files {
        line(&format!("Wrote {}.", name::shown(&file.to_string_lossy())))?;
    }
    let signer = name::shown(&written.signed_by.name).into_owned();
    say(&format!("Signed by {signer}. Its public half: keystead export {} --format openssh --out -", quoted(&signer)));
    say(&still_to_tell(&written.untold.iter().map(|holder| holder.recipient.as_str()).collect::<Vec<_>>()));
    Ok(End::Done)
}

/// The four files, as the custodian named the first of them.
fn written(outcome: &Outcome, target: &Target) -> Vec<PathBuf> {
    let asked = match target {
        Target::File { path, .. } => path.as_path(),
        Target::Stdout => Path::new(""),
    };
    files(outcome.written.as_deref().unwrap_or(asked)).map(Vec::from).unwrap_or_default()
}

fn still_to_tell(untold: &[&str]) -> String {
    if untold.is_empty() {
        return "Nobody is left to be told.".into();
    }
    let names: Vec<_> = untold.iter().map(|name| name::shown(name).into_owned()).collect();
    format!("To be told: {}: {}.", counted(untold.len(), "holder", "holders"), names.join(", "))
}

fn told(wanted: &str, recipient: &str, number: Option<u32>, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let (key, version) = revoked(&session, wanted, number)?;
    let found = key.version(version.version);
    let holders: Vec<&str> = found.map(|found| key.to_tell(found)).into_iter().flatten().map(|(name, ..)| name).collect();
    let recipient = meant_of(&holders, recipient);
    let command = Command::NoticeSent { version, recipient: recipient.clone() };
    let outcome = session.custodian.run(&command, &NoProgress)?;
    let left = session.custodian.read(|inventory| {
        let key = inventory.key(version.key)?;
        let untold = key.untold(key.version(version.version)?);
        Some(still_to_tell(&untold.iter().map(|(name, _)| *name).collect::<Vec<_>>()))
    });
    session.close();
    let outcome = Outcome { notice: left, ..outcome };
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        let left = outcome.notice.unwrap_or_default();
        line(&format!("Recorded: {} was told. {left}", name::shown(&recipient)))?;
    }
    Ok(End::Done)
}

fn sign_with(wanted: Option<&str>, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let chosen = wanted.map(|wanted| select::key(&session.custodian, wanted)).transpose()?;
    let outcome = session.custodian.run(&Command::ChooseNoticeKey(chosen.as_ref().map(|key| key.id)), &NoProgress)?;
    let sentence = if let Some(key) = &chosen {
        format!("{} signs notices of revocation from here on.", name::shown(&key.name))
    } else {
        let made = session.custodian.read(free_name);
        format!("A key is made for the next notice of revocation: {made}.")
    };
    session.close();
    let outcome = Outcome { notice: Some(sentence.clone()), ..outcome };
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        line(&sentence)?;
    }
    Ok(End::Done)
}

/// A key with the version of it that was revoked: the one of that number, or the newest.
fn revoked(session: &Session, wanted: &str, number: Option<u32>) -> Result<(Arc<Key>, VersionRef), Failure> {
    let key = select::key(&session.custodian, wanted)?;
    let version = if number.is_some() {
        select::version(&session.custodian, wanted, number)?
    } else {
        let newest = key.revoked().map(|found: &Version| found.number);
        let none = || CustodianError::from(RuleError::NotRevoked(name::shown(&key.name).into_owned()));
        VersionRef { key: key.id, version: newest.ok_or_else(none)? }
    };
    Ok((key, version))
}
