//! `export` and `request`: public halves that leave. What leaves with its private half is in `export_private`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{json, line, print, say};
use super::select;
use super::session::Session;
use super::{export_private, words};
use crate::custodian::{CustodianError, NoProgress, Outcome};
use crate::model::{Command, Format, Key, RequestProfile, Target, VersionRef};

#[derive(Args)]
#[command(after_help = "\
Several keys become one PEM, one OpenSSH file or one JWK set. With --to it is recorded as a hand-over,
which needs an unlock; without it nothing is asked, and it is logged where the inventory is unlocked.

With --private the private half leaves, where policy and state allow it: under a passphrase that is read from
--output-passphrase-fd or made at the terminal, or in clear (pkcs8-plain, jwk) once the key's name is typed. It goes to
a file that only you may read, and is always recorded as a hand-over, to you where nobody is named.

Examples:
  keystead export deploy --format openssh --out deploy.pub
  keystead export deploy --format sheet --out deploy.html
  keystead export shop.example.com --private --format pkcs12 --out shop.p12 --to 'Web team'
  keystead export web-1 web-2 --format jwk --out - --to 'Gateway team'")]
pub(super) struct ExportArgs {
    /// Names or ids
    #[arg(required = true, value_name = "KEY")]
    pub(super) keys: Vec<String>,
    /// spki-pem, spki-der, openssh, jwk or sheet (a page to print); with --private: pkcs8, pkcs8-plain, pkcs12, pkcs12-legacy, openssh, ppk, jwk or jwe
    #[arg(long, value_name = "F")]
    pub(super) format: String,
    /// The private half too
    #[arg(long)]
    private: bool,
    /// With --private: the new file's passphrase is read from this descriptor
    #[arg(long, value_name = "N", requires = "private")]
    pub(super) output_passphrase_fd: Option<u32>,
    /// With --private, for forms in clear: the key's name once more
    #[arg(long, value_name = "NAME", requires = "private")]
    pub(super) confirm: Option<String>,
    /// For one key: this version instead of the current one
    #[arg(long, value_name = "N")]
    pub(super) key_version: Option<u32>,
    /// Whom it is for
    #[arg(long, value_name = "RECIPIENT")]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Args)]
#[command(after_help = "\
Key usage and extended key usage follow the key's purpose. Subject and names are kept with the key;
without any of them the last request's are taken.

Examples:
  keystead request shop.example.com --subject 'CN=shop.example.com,O=Example GmbH' --dns shop.example.com --out shop.csr
  keystead request shop.example.com --out next.csr --to 'Example CA'")]
pub(super) struct RequestArgs {
    /// A name or id
    key: String,
    #[command(flatten)]
    names: NameArgs,
    /// pem or der
    #[arg(long, value_name = "F", default_value = "pem", value_parser = words::request_format)]
    format: Format,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
    /// Whom it is for
    #[arg(long, value_name = "RECIPIENT")]
    to: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// For whom a certificate is to be.
#[derive(Args)]
pub(super) struct NameArgs {
    /// The distinguished name, such as CN=a.example,O=X
    #[arg(long, value_name = "DN")]
    subject: Option<String>,
    /// A DNS name; may be given several times
    #[arg(long, value_name = "N")]
    dns: Vec<String>,
    /// An IP address; may be given several times
    #[arg(long = "ip", value_name = "A")]
    ips: Vec<String>,
    /// An email address; may be given several times
    #[arg(long = "email", value_name = "E")]
    emails: Vec<String>,
    /// A URI; may be given several times
    #[arg(long = "uri", value_name = "U")]
    uris: Vec<String>,
}

/// Where something is written.
#[derive(Args)]
pub(super) struct Place {
    /// The file, or - for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it exists, without asking
    #[arg(long)]
    replace: bool,
}

impl Place {
    /// Standard output is meant.
    pub(super) fn is_stdout(&self) -> bool {
        self.out == Path::new("-")
    }

    /// The target; on a terminal a person is asked before a file is replaced.
    pub(super) fn target(&self, common: &Common) -> Result<Target, Failure> {
        if self.is_stdout() {
            if common.json {
                return Err(Failure::wrong_use(
                    "--json and --out - both write to standard output. Name a file, or leave --json out.",
                ));
            }
            return Ok(Target::Stdout);
        }
        let path = self.out.clone();
        let stands = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        let replace = self.replace || (stands && may_replace(&path)?);
        Ok(Target::File { path, replace })
    }
}

/// Asks on a terminal whether a file is to be replaced; elsewhere nobody agreed.
fn may_replace(path: &Path) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let refused = Failure::from(CustodianError::Exists(path.to_owned()));
        return Err(Failure { sentence: format!("{} Give --replace to replace it.", refused.sentence), ..refused });
    }
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "{} exists. Replace it? [y/N] ", path.display()).and_then(|()| terminal.flush());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        Ok(true)
    } else {
        Err(CustodianError::Exists(path.to_owned()).into())
    }
}

/// Writes public keys.
pub(super) fn export(args: &ExportArgs, common: &Common) -> Ends {
    if args.key_version.is_some() && args.keys.len() > 1 {
        return Err(Failure::wrong_use("--key-version is for one key. Name one KEY."));
    }
    if args.private {
        return export_private::export(args, common);
    }
    let format = words::public_format(&args.format).map_err(Failure::wrong_use)?;
    let target = args.place.target(common)?;
    let session = if args.to.is_some() { Session::work(common)? } else { Session::hand_out(common)? };
    let versions: Vec<VersionRef> =
        args.keys.iter().map(|wanted| select::version(&session.custodian, wanted, args.key_version)).collect::<Result<_, _>>()?;
    let command = Command::Export { versions, format, recipient: args.to.clone(), target };
    let outcome = session.custodian.run(&command, &NoProgress)?;
    session.close();
    report(&outcome, common)
}

/// Writes a certificate request.
pub(super) fn request(args: RequestArgs, common: &Common) -> Ends {
    let target = args.place.target(common)?;
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let (format, recipient) = (args.format, args.to.clone());
    let profile = args.names.profile(&session, version)?;
    let outcome = session.custodian.run(&Command::Request { version, profile, format, recipient, target }, &NoProgress)?;
    session.close();
    report(&outcome, common)
}

impl NameArgs {
    /// What was typed; where nothing was, what the last request said, also that of a version before.
    pub(super) fn profile(self, session: &Session, of: VersionRef) -> Result<RequestProfile, Failure> {
        let typed =
            self.subject.is_some() || [&self.dns, &self.ips, &self.emails, &self.uris].iter().any(|names| !names.is_empty());
        let (purpose, last) = session.custodian.read(|inventory| {
            let key = inventory.key(of.key);
            let last = key.and_then(|key| last_request(key, of.version)).cloned();
            (key.map(|key| key.purpose), last)
        });
        if !typed {
            return last.ok_or_else(|| {
                Failure::wrong_use(
                    "This key had no request yet. Say whom it is for: --subject CN=…, --dns, --ip, --email or --uri.",
                )
            });
        }
        let (key_usage, extended_key_usage) = purpose.map(RequestProfile::usages_for).unwrap_or_default();
        Ok(RequestProfile {
            subject: self.subject.unwrap_or_default(),
            dns: self.dns,
            ips: self.ips,
            emails: self.emails,
            uris: self.uris,
            key_usage,
            extended_key_usage,
        })
    }
}

/// What the last request of a version said, or that of the newest version before it.
pub(super) fn last_request(key: &Key, version: u32) -> Option<&RequestProfile> {
    let known = key.versions.iter().filter(|found| found.number <= version && found.request.is_some());
    known.max_by_key(|found| found.number)?.request.as_deref()
}

/// Says what was written, or writes it to standard output.
pub(super) fn report(outcome: &Outcome, common: &Common) -> Ends {
    if common.json {
        json(&Done::from(outcome))?;
        return Ok(End::Done);
    }
    print(&outcome.output)?;
    if let Some(path) = &outcome.written {
        line(&format!("Wrote {}.", crate::model::name::shown(&path.to_string_lossy())))?;
    }
    if let Some(notice) = &outcome.notice {
        say(notice);
    }
    Ok(End::Done)
}
