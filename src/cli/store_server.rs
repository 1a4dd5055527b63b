//! `store add openbao`: what it takes.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::end::Failure;
use super::session::Session;
use crate::custodian::Outcome;
use crate::model::{KeyServer, ServerLogin};

/// No file of certificates is larger, in bytes.
const LARGEST: u64 = 1 << 20;

#[derive(Args)]
#[command(group = ArgGroup::new("way").args(["approle", "userpass", "client_cert", "oidc"]))]
#[command(group = ArgGroup::new("with_role").args(["client_cert", "oidc"]))]
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
    #[arg(long, value_name = "ROLE")]
    approle: Option<String>,
    /// Log in by this name; the password is asked for
    #[arg(long, value_name = "USER")]
    userpass: Option<String>,
    /// Log in with this TLS certificate, in PEM; the file is read at each login
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM; only its path is kept
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Log in through the browser (OIDC)
    #[arg(long)]
    oidc: bool,
    /// With --client-cert or --oidc: the role [default: the one that the server chooses]
    #[arg(long, value_name = "ROLE", requires = "with_role")]
    role: Option<String>,
    /// With --oidc: the port of this machine to which the browser comes back
    #[arg(long, value_name = "N", requires = "oidc", default_value_t = ServerLogin::BROWSER_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    callback_port: u16,
}

impl ServerArgs {
    /// Adds it.
    pub(super) fn add(&self, session: &Session) -> Result<Outcome, Failure> {
        let server = KeyServer {
            addresses: self.address.iter().map(|address| address.as_str().into()).collect(),
            namespace: self.namespace.as_deref().map(Into::into),
            mount: self.mount.as_str().into(),
            ca: self.certificates()?,
            login: self.login()?,
        };
        Ok(session.custodian.add_server(&self.name, server, None)?)
    }

    /// The way in; the command line permits one.
    fn login(&self) -> Result<ServerLogin, Failure> {
        let role = self.role.as_deref().map(Into::into);
        if let (Some(certificate), Some(key)) = (&self.client_cert, &self.client_key) {
            return Ok(ServerLogin::Certificate { certificate: absolute(certificate)?, key: absolute(key)?, role });
        }
        Ok(match (&self.approle, &self.userpass) {
            (Some(role), _) => ServerLogin::AppRole { role: role.as_str().into() },
            (None, Some(user)) => ServerLogin::UserPass { user: user.as_str().into() },
            (None, None) if self.oidc => ServerLogin::Browser { role, port: self.callback_port },
            (None, None) => ServerLogin::Token,
        })
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

/// As the log keeps it, wherever the next command is started.
fn absolute(path: &Path) -> Result<Box<str>, Failure> {
    let whole = std::path::absolute(path).map_err(|cause| Failure::failed(format!("{}: {cause}.", path.display())))?;
    let text =
        whole.to_str().ok_or_else(|| Failure::failed(format!("{} is no text, and the log keeps text.", path.display())))?;
    Ok(text.into())
}
