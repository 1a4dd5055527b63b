//! `store add openbao`: what it takes.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::end::Failure;
use super::session::Session;
use crate::custodian::Outcome;
use crate::custodian::new_server::{NewServer, USUAL_MOUNT};
use crate::model::ServerLogin;

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
    #[arg(long, value_name = "NAME", default_value = USUAL_MOUNT)]
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
        let wanted = NewServer {
            name: self.name.clone(),
            addresses: self.address.clone(),
            namespace: self.namespace.clone(),
            mount: self.mount.clone(),
            ca: self.ca.clone(),
            login: self.login()?,
            given: None,
        };
        let (name, server, given) = wanted.read()?;
        Ok(session.custodian.add_server(&name, server, given.as_ref())?)
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
}

/// As the log keeps it, wherever the next command is started.
fn absolute(path: &Path) -> Result<Box<str>, Failure> {
    let whole = std::path::absolute(path).map_err(|cause| Failure::failed(format!("{}: {cause}.", path.display())))?;
    let text =
        whole.to_str().ok_or_else(|| Failure::failed(format!("{} is no text, and the log keeps text.", path.display())))?;
    Ok(text.into())
}
