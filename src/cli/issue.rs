//! `issue`: a certificate from a key server's PKI engine.

use clap::Args;

use super::args::Common;
use super::end::{Ends, Failure};
use super::export::{NameArgs, report};
use super::select;
use super::session::Session;
use crate::custodian::issue::Issue;

#[derive(Args)]
#[command(after_help = "\
The request is signed where the key lies, and goes to the server once. What comes back is attached with its issuers. Subject and
names that are not given are those of the last request.

Examples:
  keystead issue shop.example --pki pki/web --subject CN=shop.example --dns shop.example --token-fd 3 3<token.txt
  keystead issue shop.example --pki pki/web --days 47")]
pub(super) struct IssueArgs {
    /// A name or id
    key: String,
    /// The mount of the PKI engine, and the role that signs
    #[arg(long, value_name = "MOUNT/ROLE")]
    pki: String,
    #[command(flatten)]
    names: NameArgs,
    /// How many days it is to be valid [default: what the role says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// The store whose server it is [default: that of the key, or the only one]
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
}

/// Has a certificate issued.
pub(super) fn run(args: IssueArgs, common: &Common) -> Ends {
    let Some((mount, role)) = args.pki.rsplit_once('/').filter(|(mount, role)| !mount.is_empty() && !role.is_empty()) else {
        return Err(Failure::wrong_use("--pki takes the mount of the engine and a role, such as pki/web."));
    };
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let profile = args.names.profile(&session, version)?;
    let (mount, role) = (mount.to_owned(), role.to_owned());
    let wanted = Issue { version, profile, mount, role, days: args.days, store: args.store };
    let outcome = session.custodian.issue(&wanted)?;
    session.close();
    report(&outcome, common)
}
