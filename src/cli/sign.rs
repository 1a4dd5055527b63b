//! `sign`: a signature beside a file.

use std::path::PathBuf;

use clap::Args;

use super::args::Common;
use super::end::Ends;
use super::export::{self, Place};
use super::session::Session;
use super::{select, words};
use crate::custodian::NoProgress;
use crate::model::{Command, SignatureForm};

#[derive(Args)]
#[command(after_help = "\
sshsig is OpenSSH's form (`ssh-keygen -Y verify` reads it), for the namespace file unless another is named. cms is
detached CMS in DER (`openssl cms -verify -binary -inform DER` reads it) and needs a certificate attached to the key. raw is
what the algorithm makes and nothing else. jws is a JSON Web Signature whose payload is detached.
The key has to be active. Each signature is put on record with the SHA-256 of its file.

Examples:
  keystead sign release-key app.tar.gz --format sshsig --out app.tar.gz.sig
  keystead sign 'Document signing' contract.pdf --format cms --out contract.pdf.p7s")]
pub(super) struct SignArgs {
    /// A name or id
    key: String,
    /// The file to sign
    file: PathBuf,
    /// sshsig, cms, raw or jws
    #[arg(long, value_name = "F", value_parser = words::signature_form)]
    format: SignatureForm,
    /// For sshsig: what the signature is for [default: file]
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
    #[command(flatten)]
    place: Place,
}

/// Signs a file.
pub(super) fn run(args: &SignArgs, common: &Common) -> Ends {
    let target = args.place.target(common)?;
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let command =
        Command::Sign { version, file: args.file.clone(), form: args.format, namespace: args.namespace.clone(), target };
    let outcome = session.custodian.run(&command, &NoProgress)?;
    session.close();
    export::report(&outcome, common)
}
