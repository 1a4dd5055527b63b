//! `store add openbao`: what it takes.

use std::path::PathBuf;

use clap::Args;

use super::end::Failure;
use super::session::Session;
use crate::custodian::Outcome;
use crate::model::{KeyServer, ServerLogin};

/// No file of certificates is larger, in bytes.
const LARGEST: u64 = 1 << 20;

#[derive(Args)]
pub(super) struct ServerArgs {
    /// What it is to be called here
    name: String,
    /// The address of the server, or of each server of a cluster
    #[arg(long, value_name = "URL", required = true, num_args = 1..)]
    address: Vec<String>,
    /// The namespace in which everything lies
    #[arg(long, value_name = "N")]
    namespace: Option<String>,
    /// Where the transit engine is mounted
    #[arg(long, value_name = "NAME", default_value = "transit")]
    mount: String,
    /// The certificates, in PEM, that vouch for the server [default: those of this system]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Log in as the machine with this role id; its secret id is asked for
    #[arg(long, value_name = "ROLE", conflicts_with = "userpass")]
    approle: Option<String>,
    /// Log in by this name; the password is asked for
    #[arg(long, value_name = "USER")]
    userpass: Option<String>,
}

impl ServerArgs {
    /// Adds it.
    pub(super) fn add(&self, session: &Session) -> Result<Outcome, Failure> {
        let login = match (&self.approle, &self.userpass) {
            (Some(role), _) => ServerLogin::AppRole { role: role.as_str().into() },
            (None, Some(user)) => ServerLogin::UserPass { user: user.as_str().into() },
            (None, None) => ServerLogin::Token,
        };
        let server = KeyServer {
            addresses: self.address.iter().map(|address| address.as_str().into()).collect(),
            namespace: self.namespace.as_deref().map(Into::into),
            mount: self.mount.as_str().into(),
            ca: self.certificates()?,
            login,
        };
        Ok(session.custodian.add_server(&self.name, server, None)?)
    }

    fn certificates(&self) -> Result<Option<Box<str>>, Failure> {
        let Some(path) = &self.ca else { return Ok(None) };
        let unreadable = |why: String| Failure::failed(format!("{} {why}", path.display()));
        let facts = std::fs::metadata(path).map_err(|cause| unreadable(format!("cannot be read: {cause}.")))?;
        if !facts.is_file() || facts.len() > LARGEST {
            return Err(unreadable("is no file of certificates.".into()));
        }
        let text = std::fs::read_to_string(path).map_err(|cause| unreadable(format!("cannot be read: {cause}.")))?;
        if text.contains("PRIVATE KEY") {
            return Err(unreadable("holds a private key. Name a file with certificates alone.".into()));
        }
        Ok(Some(text.into()))
    }
}
