//! `verify`: whose signature over a file it is, and whether it is to be trusted.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::output::{json, line};
use super::session::Session;
use super::words;
use crate::custodian::{Finding, Verdict};
use crate::model::{Digest, KeyId, SignatureForm, Time, ssh_fingerprint};

#[derive(Args)]
#[command(after_help = "\
Needs no unlock. The form is seen from what the signature holds, and what has no form of its own is raw. It says who
signed, when, and in what state the key was then and is now; for what OpenSSH's form was made is said too.
Exit codes:
  0  it fits, and the key was to sign
  1  it does not fit, the signer is not in this inventory, or the state of the key speaks against it

Examples:
  keystead verify app.tar.gz --signature app.tar.gz.sig
  keystead verify contract.pdf --signature contract.pdf.p7s --format cms --json")]
pub(super) struct VerifyArgs {
    /// The file that was signed
    file: PathBuf,
    /// The signature beside it
    #[arg(long, value_name = "FILE")]
    signature: PathBuf,
    /// sshsig, cms, raw or jws [default: seen from what it holds]
    #[arg(long, value_name = "F", value_parser = words::signature_form)]
    format: Option<SignatureForm>,
}

#[derive(Serialize)]
struct Verified {
    verdict: &'static str,
    format: &'static str,
    fits: Option<bool>,
    reason: Option<String>,
    key: Option<Maker>,
    signer: Option<String>,
    spki_sha256: Option<Digest>,
    ssh_fingerprint: Option<String>,
    namespace: Option<String>,
    signed_at: Option<Time>,
    signed_at_by: Option<&'static str>,
    state_then: Option<&'static str>,
    state_now: Option<&'static str>,
    compromised_since: Option<Time>,
    log_authenticated: bool,
}

#[derive(Serialize)]
struct Maker {
    id: KeyId,
    name: String,
    version: u32,
    algorithm: &'static str,
}

impl Verified {
    fn of(verdict: &Verdict, log_authenticated: bool) -> Self {
        let maker = verdict.maker.clone();
        Self {
            verdict: verdict.finding.id(),
            format: verdict.form.id(),
            fits: verdict.fits,
            reason: verdict.reason.clone(),
            key: maker.map(|maker| Maker {
                id: maker.key,
                name: maker.name,
                version: maker.version,
                algorithm: maker.algorithm.id(),
            }),
            signer: verdict.signer.clone(),
            spki_sha256: verdict.fingerprint,
            ssh_fingerprint: verdict.ssh_fingerprint.as_ref().map(ssh_fingerprint),
            namespace: verdict.namespace.clone(),
            signed_at: verdict.at.time(),
            signed_at_by: verdict.at.source(),
            state_then: verdict.then.map(|state| state.id()),
            state_now: verdict.now.map(|state| state.id()),
            compromised_since: verdict.compromised_since,
            log_authenticated,
        }
    }
}

/// Verifies a signature.
pub(super) fn run(args: &VerifyArgs, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let verdict = session.custodian.verify_file(&args.file, &args.signature, args.format)?;
    let unlocked = session.custodian.is_unlocked();
    session.close();
    if common.json {
        json(&Verified::of(&verdict, unlocked))?;
    } else {
        verdict.sentences().iter().try_for_each(|sentence| line(sentence))?;
    }
    Ok(if verdict.finding == Finding::Good { End::Done } else { End::Found })
}
