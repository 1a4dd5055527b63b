//! `seal` and `wrap`: keys that leave for somebody of the address book, or under another key.

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::export::Place;
use super::facts::Done;
use super::output::{json, line, say};
use super::session::Session;
use super::{select, words};
use crate::custodian::{Outcome, Seal, Sealed, Wrap};
use crate::model::name::shown;
use crate::model::{Format, SealedTo, Target};

#[derive(Args)]
#[command(after_help = "\
RECIPIENT is a name of the address book (`keystead recipient add`). age seals to age and SSH keys, cms to certificates;
without --format it is age where every recipient has such a key, otherwise cms. Inside are the private keys as PKCS#8 in
PEM, each with its certificates; as soon as one is symmetric, all of them as a JSON Web Key Set.
byok-aws, byok-azure and byok-gcp wrap one key under the wrapping key of one cloud service, as its import takes it.
The file goes to a place that only you may read, and is on record as handed to each recipient.

Examples:
  keystead seal deploy --to 'Ada Lovelace' 'Build server' --out deploy.age
  keystead seal shop.example.com --to 'Hosting' --format cms --out shop.p7m
  keystead seal data-key --to 'AWS eu-west-1' --format byok-aws --out EncryptedKeyMaterial.bin")]
pub(super) struct SealArgs {
    /// Names or ids
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// Who is to open it
    #[arg(long, required = true, num_args = 1.., value_name = "RECIPIENT")]
    to: Vec<String>,
    /// age, cms, byok-aws, byok-azure or byok-gcp
    #[arg(long, value_name = "F", value_parser = words::sealed_format)]
    format: Option<Format>,
    /// For one key: this version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
#[command(after_help = "\
Under an AES key: aes-kwp (RFC 5649), or aes-kw (RFC 3394) for secrets of a multiple of 8 bytes. Under an RSA key: rsa-oaep
with SHA-256 for symmetric keys and others that fit, or rsa-aes-kwp (an AES key under RSA-OAEP, then the key under
AES-KWP). A pair is wrapped as PKCS#8 DER, a symmetric key as its bytes. The key under which it is wrapped has to be
active, with the purpose “custom”. It is on record as a hand-over, to you where nobody is named.

Examples:
  keystead wrap data-key --under transport-key --out data-key.wrapped
  keystead wrap signer --under partner-rsa --to Partner --out signer.wrapped")]
pub(super) struct WrapArgs {
    /// A name or id
    key: String,
    /// The key to wrap it under
    #[arg(long, value_name = "KEY")]
    under: String,
    /// aes-kwp, aes-kw, rsa-oaep or rsa-aes-kwp [default: what fits both keys]
    #[arg(long, value_name = "F", value_parser = words::wrapped_format)]
    format: Option<Format>,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
    /// Whom it is for
    #[arg(long, value_name = "RECIPIENT")]
    to: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// What was sealed.
#[derive(Serialize)]
struct SealedFacts {
    #[serde(flatten)]
    done: Done,
    format: &'static str,
    recipients: Vec<RecipientFacts>,
    /// The command with which a recipient opens it; words in capitals are to be filled in.
    opened_by: Option<String>,
    /// What a cloud service calls the way of wrapping.
    method: Option<&'static str>,
}

#[derive(Serialize)]
struct RecipientFacts {
    name: String,
    kind: &'static str,
    fingerprint: String,
    confirmed: bool,
}

/// What was wrapped.
#[derive(Serialize)]
struct WrappedFacts {
    #[serde(flatten)]
    done: Done,
    format: &'static str,
    under: String,
}

/// The file that is written; never standard output.
fn file(place: &Place, common: &Common) -> Result<(std::path::PathBuf, bool), Failure> {
    let refused = || Failure::wrong_use("A private key goes to a file, never to standard output. Name a file with --out.");
    if place.is_stdout() {
        return Err(refused());
    }
    match place.target(common)? {
        Target::File { path, replace } => Ok((path, replace)),
        Target::Stdout => Err(refused()),
    }
}

/// Seals keys to recipients.
pub(super) fn seal(args: &SealArgs, common: &Common) -> Ends {
    if args.key_version.is_some() && args.keys.len() > 1 {
        return Err(Failure::wrong_use("--key-version is for one key. Name one KEY."));
    }
    let (path, replace) = file(&args.place, common)?;
    let session = Session::work(common)?;
    let versions = args.keys.iter().map(|wanted| select::version(&session.custodian, wanted, args.key_version));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    let (outcome, sealed) =
        session.custodian.seal(&Seal { versions, format: args.format, recipients: args.to.clone(), path, replace })?;
    session.close();
    if common.json {
        json(&SealedFacts::of(&outcome, &sealed))?;
        return Ok(End::Done);
    }
    tell(&outcome, &sealed)
}

fn tell(outcome: &Outcome, sealed: &Sealed) -> Ends {
    let written = outcome.written.as_deref().map(|path| path.to_string_lossy()).unwrap_or_default();
    let names: Vec<_> = sealed.recipients.iter().map(|to| shown(&to.name)).collect();
    line(&format!("Wrote {}, for {}.", shown(&written), names.join(", ")))?;
    if let Some(command) = opened_by(outcome, sealed) {
        line(&format!("They open it with: {command}"))?;
    }
    if let Some(method) = sealed.method {
        line(&format!("Its wrapping is {method}."))?;
    }
    if let Some(notice) = &outcome.notice {
        say(notice);
    }
    Ok(End::Done)
}

/// The command with the name of the file in it.
fn opened_by(outcome: &Outcome, sealed: &Sealed) -> Option<String> {
    let file = outcome.written.as_ref()?.file_name()?.to_string_lossy();
    sealed.format.opened_by().map(|command| command.replace("FILE", &words::quoted(&shown(&file))))
}

impl SealedFacts {
    fn of(outcome: &Outcome, sealed: &Sealed) -> Self {
        let recipient = |to: &SealedTo| RecipientFacts {
            name: to.name.to_string(),
            kind: to.key.kind.id(),
            fingerprint: to.key.fingerprint(),
            confirmed: to.key.confirmed.is_some(),
        };
        Self {
            done: Done::from(outcome),
            format: sealed.format.id(),
            recipients: sealed.recipients.iter().map(recipient).collect(),
            opened_by: opened_by(outcome, sealed),
            method: sealed.method,
        }
    }
}

/// Wraps a key under another.
pub(super) fn wrap(args: &WrapArgs, common: &Common) -> Ends {
    let (path, replace) = file(&args.place, common)?;
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let under = select::version(&session.custodian, &args.under, None)?;
    let wanted = Wrap { version, under, format: args.format, recipient: args.to.clone(), path, replace };
    let (outcome, format) = session.custodian.wrap(&wanted)?;
    let under = session.name(under.key);
    session.close();
    if common.json {
        json(&WrappedFacts { done: Done::from(&outcome), format: format.id(), under })?;
        return Ok(End::Done);
    }
    let written = outcome.written.as_deref().map(|path| path.to_string_lossy()).unwrap_or_default();
    line(&format!("Wrote {}: {} under {}.", shown(&written), format.name(), shown(&under)))?;
    if let Some(notice) = &outcome.notice {
        say(notice);
    }
    Ok(End::Done)
}
