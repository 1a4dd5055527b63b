//! `attach`: the certificate that came back.

use std::path::PathBuf;

use clap::Args;

use super::args::Common;
use super::end::{End, Ends};
use super::facts::Done;
use super::output::{json, line, say};
use super::select;
use super::session::Session;
use crate::custodian::NoProgress;
use crate::model::{Command, name};

#[derive(Args)]
#[command(after_help = "Example:\n  keystead attach shop.example.com shop.crt")]
pub(super) struct AttachArgs {
    /// A name or id
    key: String,
    /// The certificate, PEM or DER
    certificate: PathBuf,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
}

/// Attaches a certificate whose public key is the key's.
pub(super) fn run(args: &AttachArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let command = Command::Attach { version, path: args.certificate.clone() };
    let outcome = session.custodian.run(&command, &NoProgress)?;
    let attached = session.custodian.read(|inventory| {
        let found = inventory.key(version.key)?.version(version.version)?.certificate.as_ref()?;
        Some(format!("Attached the certificate of {}, by {}, valid until {}.", found.subject, found.issuer, found.not_after))
    });
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
        return Ok(End::Done);
    }
    if let Some(attached) = attached {
        line(&name::shown(&attached))?;
    }
    if let Some(notice) = &outcome.notice {
        say(notice);
    }
    Ok(End::Done)
}
