//! `store`: the stores in which private halves lie, and the hidden command that a token's worker is started with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{Table, json, line, say};
use super::session::Session;
use super::store_init::InitTokenArgs;
use crate::custodian::Outcome;
use crate::custodian::store::{Reach, StoreHealth};
use crate::model::{KeyServer, Time, name};

#[derive(Args)]
#[command(after_help = "\
A token's keys are made in it and never leave it. Its PIN comes from --pin-fd or a prompt, at the command that needs it, and is
given once: a wrong one is never tried again. A command of the shell keeps no session, so login proves the PIN and no more.

Examples:
  keystead store add pkcs11 hsm --module /usr/lib/softhsm/libsofthsm2.so --token office --pin-fd 3 3<pin.txt
  keystead store init-token --module /usr/lib/softhsm/libsofthsm2.so --slot 0 --label office
  keystead store list
  keystead generate signer --store hsm --algorithm p256 --purpose code-signing
  keystead store remove hsm")]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Subcommand)]
enum StoreCommand {
    /// List the stores of the inventory, and how each is
    List,
    /// Add a store
    #[command(subcommand)]
    Add(AddCommand),
    /// Initialise a token: label it, and give it the PIN of its user
    InitToken(InitTokenArgs),
    /// Prove that a PIN opens a token, or that a server takes a login
    Login {
        /// The store
        name: String,
    },
    /// Log out of a store
    Lock {
        /// The store
        name: String,
    },
    /// Remove a store in which no key of the inventory lies; what lies in it is untouched
    Remove {
        /// The store
        name: String,
    },
}

#[derive(Subcommand)]
enum AddCommand {
    /// Add a token that a PKCS#11 module reaches
    #[command(after_help = "\
The module is the library that came with the token. It is loaded into a process of its own.

Example:
  keystead store add pkcs11 card --module /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so --token 'Mira (User PIN)'")]
    Pkcs11 {
        /// What it is to be called here
        name: String,
        /// The PKCS#11 library
        #[arg(long, value_name = "PATH")]
        module: PathBuf,
        /// The token's label, or its serial number
        #[arg(long, value_name = "LABEL")]
        token: String,
    },
    /// Add the transit engine of an OpenBao or Vault server
    #[cfg(feature = "openbao")]
    #[command(after_help = "\
One logs in with a token, or by --approle, --userpass, --client-cert with --client-key, or --oidc. What is secret is read from
--token-fd, --secret-id-fd, --password-fd or the key's file, or asked for at the prompt, by every command that uses the server,
and is kept nowhere.

Examples:
  keystead store add openbao team --address https://a.example:8200 https://b.example:8200 --ca team.pem
  keystead store add openbao build --address https://bao.example:8200 --approle 3f1c --secret-id-fd 3 3<secret-id.txt
  keystead store add openbao laptop --address https://bao.example:8200 --client-cert me.pem --client-key me.key
  keystead store add openbao mira --address https://bao.example:8200 --oidc --role engineers")]
    Openbao(super::store_server::ServerArgs),
}

/// Adds, shows, opens, closes or removes stores.
pub(super) fn run(args: &StoreArgs, common: &Common) -> Ends {
    match &args.command {
        StoreCommand::List => list(common),
        StoreCommand::Add(AddCommand::Pkcs11 { name, module, token }) => add(name, module, token, common),
        StoreCommand::InitToken(args) => super::store_init::run(args, common),
        #[cfg(feature = "openbao")]
        StoreCommand::Add(AddCommand::Openbao(args)) => {
            let session = Session::work(common)?;
            told(&args.add(&session)?, session, common)
        }
        StoreCommand::Login { name } => {
            let session = Session::work(common)?;
            told(&session.custodian.log_in_to(name, None)?, session, common)
        }
        StoreCommand::Lock { name } => {
            let session = Session::open(common)?;
            session.custodian.lock_store(name)?;
            let notice = "A command of the shell keeps no session, so it is locked. A window has to be locked there.";
            told(&Outcome { notice: Some(notice.to_owned()), ..Outcome::default() }, session, common)
        }
        StoreCommand::Remove { name } => {
            let session = Session::work(common)?;
            told(&session.custodian.remove_store(name)?, session, common)
        }
    }
}

#[cfg(feature = "pkcs11")]
fn add(name: &str, module: &std::path::Path, token: &str, common: &Common) -> Ends {
    let session = Session::work(common)?;
    told(&session.custodian.add_token(name, module, token, None)?, session, common)
}

#[cfg(not(feature = "pkcs11"))]
fn add(_name: &str, _module: &std::path::Path, _token: &str, _common: &Common) -> Ends {
    Err(Failure::wrong_use("This build of Keystead has no PKCS#11. `keystead --help` shows what it can do."))
}

fn told(outcome: &Outcome, session: Session, common: &Common) -> Ends {
    session.close();
    if common.json {
        json(&Done::from(outcome))?;
    } else if let Some(notice) = &outcome.notice {
        line(notice)?;
    }
    Ok(End::Done)
}

#[derive(Serialize)]
struct TokenFacts {
    module: String,
    label: String,
    serial: String,
}

#[derive(Serialize)]
struct ServerFacts {
    addresses: Vec<String>,
    namespace: Option<String>,
    mount: String,
    login: &'static str,
}

impl From<KeyServer> for ServerFacts {
    fn from(server: KeyServer) -> Self {
        Self {
            addresses: server.addresses.into_iter().map(Into::into).collect(),
            namespace: server.namespace.map(Into::into),
            mount: server.mount.into(),
            login: server.login.id(),
        }
    }
}

#[derive(Serialize)]
struct SessionFacts {
    who: String,
    ends: Option<Time>,
    renewable: bool,
}

#[derive(Serialize)]
struct StoreFacts {
    name: String,
    kind: &'static str,
    home: bool,
    keys: usize,
    /// Keys with a version whose state the store does not know, so that it is enforced here alone.
    enforced_here: usize,
    state: &'static str,
    token: Option<TokenFacts>,
    server: Option<ServerFacts>,
    algorithms: Vec<&'static str>,
    wrappings: Vec<&'static str>,
    latency_ms: Option<u64>,
    /// Of a key server that is logged in to.
    session: Option<SessionFacts>,
    trouble: Option<String>,
}

impl From<StoreHealth> for StoreFacts {
    fn from(health: StoreHealth) -> Self {
        let StoreHealth { store, home, keys, enforced_here, reach, algorithms, wrappings, latency, login, .. } = health;
        let state = match &reach {
            Reach::Open => "open",
            Reach::Locked => "locked",
            Reach::Away(..) => "away",
            Reach::Unknown => "unknown",
        };
        Self {
            name: store.name.into(),
            kind: store.kind.id(),
            home,
            keys,
            enforced_here,
            state,
            token: store.token.map(|token| TokenFacts {
                module: token.module.into(),
                label: token.label.into(),
                serial: token.serial.into(),
            }),
            server: store.server.map(|server| ServerFacts::from(*server)),
            algorithms: algorithms.into_iter().map(|algorithm| algorithm.id()).collect(),
            wrappings: wrappings.into_iter().map(|wrapping| wrapping.name()).collect(),
            latency_ms: latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
            session: login.map(|login| SessionFacts { who: login.who.into(), ends: login.end, renewable: login.renewable }),
            trouble: if let Reach::Away(_, sentence) = reach { Some(sentence) } else { None },
        }
    }
}

impl StoreFacts {
    /// What a person should know of states that the store does not know.
    fn enforced(&self) -> Option<String> {
        let store = name::shown(&self.name);
        match self.enforced_here {
            0 => None,
            1 => Some(format!("{store} does not know the state of 1 key that must not be used: it is enforced only here.")),
            many => Some(format!(
                "{store} does not know the states of {many} keys that must not be used: they are enforced only here."
            )),
        }
    }
}

/// Lists the stores.
fn list(common: &Common) -> Ends {
    let session = Session::look(common)?;
    log_in(&session, common);
    let facts: Vec<StoreFacts> = session.custodian.store_health().into_iter().map(StoreFacts::from).collect();
    session.close();
    if common.json {
        json(&facts)?;
        return Ok(End::Done);
    }
    facts.iter().filter_map(|store| store.trouble.as_deref()).for_each(say);
    facts.iter().filter_map(StoreFacts::enforced).for_each(|sentence| say(&sentence));
    let mut table = Table::new(["name", "kind", "home", "keys", "state", "login ends"]);
    for store in facts {
        let home = if store.home { "home" } else { "" };
        let ends = store.session.map(|session| session.ends.map_or_else(|| "never".to_owned(), |end| end.to_string()));
        let ends = ends.unwrap_or_default();
        table.row([store.name, store.kind.into(), home.into(), store.keys.to_string(), store.state.into(), ends]);
    }
    table.print()?;
    Ok(End::Done)
}

/// Logs in to the servers for which what opens them was given; how that went shows in how they are.
fn log_in(session: &Session, common: &Common) {
    for store in session.custodian.logins_by(&common.openers.given()) {
        if let Err(error) = session.custodian.log_in_to(&store, None) {
            say(&error.to_string());
        }
    }
}

/// What a worker is started with.
#[cfg(feature = "pkcs11")]
#[derive(Args)]
pub(super) struct WorkerArgs {
    /// The module
    module: PathBuf,
    /// The file that it holds locked while it changes a token
    calls: PathBuf,
}

/// Works for another process of this program until that closes the pipe.
#[cfg(feature = "pkcs11")]
pub(super) fn serve(args: &WorkerArgs) -> Ends {
    let served = crate::stores::pkcs11::worker::serve(&args.module, &args.calls);
    served.map(|()| End::Done).map_err(|cause| Failure::failed(format!("The worker of a token ends: {cause}.")))
}
