//! `store add openbao`: what it takes.

use std::path::PathBuf;

use clap::Args;

use super::end::Failure;
use super::session::Session;
use crate::custodian::Outcome;
use crate::custodian::new_server::{NewServer, USUAL_MOUNT};
use crate::model::ServerLogin;

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
    #[arg(long, value_name = "NAME", default_value = USUAL_MOUNT)]
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
        let wanted = NewServer {
            name: self.name.clone(),
            addresses: self.address.clone(),
            namespace: self.namespace.clone(),
            mount: self.mount.clone(),
            ca: self.ca.clone(),
            login,
            given: None,
        };
        let (name, server, given) = wanted.read()?;
        Ok(session.custodian.add_server(&name, server, given.as_ref())?)
    }
}
