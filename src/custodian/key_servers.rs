//! Key servers: how one is added, reached and logged in to. What such a server's keys do is the store's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::core::{Custodian, hold};
use super::engines::{Opener, OpenerAsk, unreached};
use super::error::CustodianError;
use super::outcome::Outcome;
use super::store::{Absence, Reach, StoreHealth, new_name};
use crate::model::{Event, KeyServer, ServerLogin, Store, StoreKind, name};
use crate::network::bao::{Connection, Login, Server, TokenFacts};
use crate::network::http::{Bounds, Endpoint, Roots};
use crate::secret::{Passphrase, SecretBytes};
use crate::stores::{KeyStore as _, OpenBaoStore, StoreError};

/// The servers that are reached.
#[derive(Default)]
pub(super) struct Servers {
    held: Mutex<HashMap<Box<str>, Arc<OpenBaoStore>>>,
}

impl Servers {
    /// Forgets every login. A token given by a person stays good at its server until it ends there.
    pub(super) fn lock(&self) {
        hold(&self.held).drain().for_each(|(_, store)| store.server().log_out());
    }

    /// Forgets one. Whoever still holds it, as the agent does, finds it logged out.
    pub(super) fn forget(&self, store: &str) {
        if let Some(store) = hold(&self.held).remove(store) {
            store.server().log_out();
        }
    }
}

impl ServerLogin {
    /// What is asked for to log in.
    const fn opener(&self) -> Opener {
        match self {
            Self::Token => Opener::Token,
            Self::AppRole { .. } => Opener::SecretId,
            Self::UserPass { .. } => Opener::Password,
        }
    }

    fn with(&self, secret: Passphrase) -> Login {
        let bytes = |secret: &Passphrase| SecretBytes::new(secret.expose().as_bytes().to_vec());
        match self {
            Self::Token => Login::Token(bytes(&secret)),
            Self::AppRole { role } => {
                Login::AppRole { mount: "approle".into(), role: role.to_string(), secret_id: bytes(&secret) }
            }
            Self::UserPass { user } => Login::UserPass { mount: "userpass".into(), user: user.to_string(), password: secret },
        }
    }
}

impl Custodian {
    /// Adds the transit engine of a server, once it was logged in to and listed its keys.
    pub fn add_server(&self, named: &str, server: KeyServer, given: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        let store = Store { name: new_name(self, named)?, kind: StoreKind::OpenBao, token: None, server: Some(Box::new(server)) };
        let added = self.try_server(&store, given);
        if added.is_err() {
            self.engines.forget(&store.name);
        }
        Ok(Outcome { notice: Some(added?), ..Outcome::default() })
    }

    fn try_server(&self, store: &Store, given: Option<&Passphrase>) -> Result<String, CustodianError> {
        let reached = self.key_server(store)?;
        let health = reached.server().health().map_err(|error| reached.fault(error))?;
        let facts = self.log_in_once(store, &reached, given)?;
        let keys = counted(reached.list()?.len());
        self.append(vec![Event::StoreAdded(store.clone())])?;
        let (name, address) = (name::shown(&store.name), reached.server().address());
        Ok(format!("Added {name}: version {} at {address}, logged in as {}. It holds {keys}.", health.version, facts.who))
    }

    /// The server of a store, logged in to.
    pub(super) fn opened_server(&self, store: &Store) -> Result<Arc<OpenBaoStore>, CustodianError> {
        let reached = self.key_server(store)?;
        if reached.server().token().is_some() {
            return Ok(reached);
        }
        if self.engines.was_refused(&store.name) {
            return Err(StoreError::Locked { store: store.name.to_string() }.into());
        }
        self.log_in_once(store, &reached, None)?;
        Ok(reached)
    }

    /// The server of a store. Its addresses stand in a record, so the log has to be authenticated and whole.
    pub(super) fn key_server(&self, store: &Store) -> Result<Arc<OpenBaoStore>, CustodianError> {
        self.may_reach()?;
        let Some(facts) = store.server.as_deref() else { return Err(unreached(store, StoreKind::OpenBao).into()) };
        let mut held = hold(&self.engines.servers.held);
        if let Some(known) = held.get(&store.name) {
            return Ok(known.clone());
        }
        let made = Arc::new(connect(&store.name, facts)?);
        held.insert(store.name.clone(), made.clone());
        Ok(made)
    }

    /// Logs in with what is given, or with what is had from where such things come. It is sent once.
    fn log_in_once(
        &self,
        store: &Store,
        reached: &OpenBaoStore,
        given: Option<&Passphrase>,
    ) -> Result<TokenFacts, CustodianError> {
        let Some(facts) = store.server.as_deref() else { return Err(unreached(store, StoreKind::OpenBao).into()) };
        let (name, opener) = (store.name.to_string(), facts.login.opener());
        let secret = match given {
            Some(given) => Some(Passphrase::new(given.expose().to_owned())),
            None => self.engines.ask(OpenerAsk {
                store: name.clone(),
                opener,
                known: "",
                at_reader: false,
                may_prompt: false,
                each_time: false,
            })?,
        };
        let secret = secret.ok_or(CustodianError::OpenerNeeded { store: name, opener })?;
        let opened = reached.server().log_in(facts.login.with(secret));
        self.engines.note_opened(&store.name, opened.is_ok());
        opened.map_err(|error| reached.fault(error).into())
    }

    pub(super) fn log_in_to_server(&self, store: &Store, given: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        let reached = self.key_server(store)?;
        let looked = self.log_in_once(store, &reached, given).and_then(|facts| Ok((facts, counted(reached.list()?.len()))));
        self.note_store(&store.name, looked.as_ref().err());
        let (facts, keys) = looked?;
        let end = facts.end.map_or_else(|| "does not end".to_owned(), |end| format!("ends on {end}"));
        let notice = format!("Logged in to {} as {}. The login {end}. It holds {keys}.", name::shown(&store.name), facts.who);
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    /// How a server is; it needs no login for that.
    pub(super) fn health_of_server(&self, blank: StoreHealth) -> StoreHealth {
        let started = Instant::now();
        let reached = match self.key_server(&blank.store) {
            Ok(reached) => reached,
            Err(CustodianError::Locked | CustodianError::ReadOnly(_)) => return blank,
            Err(error) => return StoreHealth { reach: Reach::Away(Absence::of(&error), error.to_string()), ..blank },
        };
        let looked = reached.server().health().map_err(|error| CustodianError::from(reached.fault(error)));
        self.note_store(&blank.store.name, looked.as_ref().err());
        let latency = Some(started.elapsed());
        let open = reached.server().token().is_some();
        let algorithms = reached.algorithms().unwrap_or_default();
        let reach = match looked {
            Ok(health) if health.sealed => {
                let sentence = format!("{} is sealed: its administrator has to unseal it.", name::shown(&blank.store.name));
                Reach::Away(Absence::Failing, sentence)
            }
            Ok(_) if open => Reach::Open,
            Ok(_) => Reach::Locked,
            Err(error) => Reach::Away(Absence::of(&error), error.to_string()),
        };
        StoreHealth { reach, algorithms, latency, ..blank }
    }
}

/// Nothing is sent yet.
fn connect(name: &str, facts: &KeyServer) -> Result<OpenBaoStore, CustodianError> {
    let wrong = |reason: String| CustodianError::Input(format!("{}: {reason}", name::shown(name)));
    let addresses = facts.addresses.iter().map(|address| Endpoint::parse(address));
    let connection = Connection {
        addresses: addresses.collect::<Result<_, _>>().map_err(|fault| wrong(fault.to_string()))?,
        namespace: facts.namespace.as_deref().map(str::to_owned),
        roots: facts.ca.as_ref().map_or(Roots::System, |pem| Roots::Pem(pem.as_bytes().to_vec())),
        identity: None,
        bounds: Bounds::default(),
    };
    let server = Server::new(connection).map_err(|error| wrong(error.to_string()))?;
    Ok(OpenBaoStore::new(name, &facts.mount, Arc::new(server), false))
}

fn counted(keys: usize) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}
