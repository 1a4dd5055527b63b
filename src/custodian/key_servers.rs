//! Key servers: how one is added, reached and logged in to. What such a server's keys do is the store's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::core::{Custodian, hold};
use super::engines::{OpenerAsk, unreached};
use super::error::CustodianError;
use super::login_page::{LoginPage, Waiting};
use super::outcome::Outcome;
use super::store::{Absence, LoginFacts, Reach, StoreHealth, new_name};
use crate::model::{Event, KeyServer, ServerLogin, Store, StoreKind, name};
use crate::network::bao::{BaoError, Connection, Login, Server, TokenFacts};
use crate::network::http::{Bounds, Endpoint, HttpError, Identity, Roots};
use crate::secret::{Passphrase, SecretBytes, on_wiped_stack};
use crate::stores::{KeyStore as _, OpenBaoStore, StoreError};

/// A person has so long to log in in the browser.
const BROWSER_PATIENCE: Duration = Duration::from_mins(5);

/// No file of a certificate or of its key is larger, in bytes.
const LARGEST: u64 = 1 << 20;

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

    /// Renews those logins of which a part is over.
    pub(super) fn renew_due(&self) {
        let is_due = |store: &Arc<OpenBaoStore>| store.server().renewal_due_in() == Some(Duration::ZERO);
        let due: Vec<_> = hold(&self.held).values().filter(|store| is_due(store)).cloned().collect();
        for store in due {
            // One that hangs keeps no other waiting, nor whoever calls.
            let work = move || on_wiped_stack(|| store.server().renew_if_due());
            let _ = std::thread::Builder::new().name("renew".into()).spawn(work);
        }
    }

    /// It is the one that is used now: nobody locked the store since.
    fn holds(&self, name: &str, store: &OpenBaoStore) -> bool {
        hold(&self.held).get(name).is_some_and(|held| Arc::ptr_eq(held.server(), store.server()))
    }

    /// Forgets one. Whoever still holds it, as the agent does, finds it logged out.
    pub(super) fn forget(&self, store: &str) {
        if let Some(store) = hold(&self.held).remove(store) {
            store.server().log_out();
        }
    }
}

/// A login with what a person gave.
fn typed(login: &ServerLogin, secret: Passphrase) -> Option<Login> {
    let bytes = |secret: &Passphrase| SecretBytes::new(secret.expose().as_bytes().to_vec());
    match login {
        ServerLogin::Token => Some(Login::Token(bytes(&secret))),
        ServerLogin::AppRole { role } => {
            Some(Login::AppRole { mount: "approle".into(), role: role.to_string(), secret_id: bytes(&secret) })
        }
        ServerLogin::UserPass { user } => {
            Some(Login::UserPass { mount: "userpass".into(), user: user.to_string(), password: secret })
        }
        ServerLogin::Certificate { .. } | ServerLogin::Browser { .. } => None,
    }
}

impl Custodian {
    /// Adds the transit engine of a server, once it was logged in to and listed its keys.
    pub fn add_server(&self, named: &str, server: KeyServer, given: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        self.add_server_for(named, server, given, &Waiting::unasked())
    }

    /// The same for somebody who may give it up.
    pub(super) fn add_server_for(
        &self,
        named: &str,
        server: KeyServer,
        given: Option<&Passphrase>,
        waiting: &Waiting<'_>,
    ) -> Result<Outcome, CustodianError> {
        let store = Store { name: new_name(self, named)?, kind: StoreKind::OpenBao, token: None, server: Some(Box::new(server)) };
        let added = self
            .key_server(&store)
            .and_then(|reached| waiting.stoppable(reached.server(), || self.try_server(&store, &reached, given, waiting)));
        if added.is_err() {
            self.engines.forget(&store.name);
        }
        Ok(Outcome { notice: Some(added?), ..Outcome::default() })
    }

    fn try_server(
        &self,
        store: &Store,
        reached: &OpenBaoStore,
        given: Option<&Passphrase>,
        waiting: &Waiting<'_>,
    ) -> Result<String, CustodianError> {
        let health = reached.server().health().map_err(|error| reached.fault(error))?;
        let facts = self.log_in_once(store, reached, given, waiting)?;
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
        self.log_in_once(store, &reached, None, &Waiting::unasked())?;
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
        waiting: &Waiting<'_>,
    ) -> Result<TokenFacts, CustodianError> {
        let Some(facts) = store.server.as_deref() else { return Err(unreached(store, StoreKind::OpenBao).into()) };
        let opened = match &facts.login {
            ServerLogin::Browser { role, port } => self.log_in_by_browser(store, reached, (role.as_deref(), *port), waiting)?,
            ServerLogin::Certificate { role, .. } => {
                let role = role.as_deref().map(str::to_owned);
                reached.server().log_in(Login::Certificate { mount: "cert".into(), role })
            }
            login => reached.server().log_in(self.typed_login(store, login, given)?),
        };
        self.engines.note_opened(&store.name, opened.is_ok());
        opened.map_err(|error| reached.fault(error).into())
    }

    fn typed_login(&self, store: &Store, login: &ServerLogin, given: Option<&Passphrase>) -> Result<Login, CustodianError> {
        let name = store.name.to_string();
        let Some(opener) = login.opener() else { return Err(unreached(store, StoreKind::OpenBao).into()) };
        let secret = match given {
            Some(given) => Some(Passphrase::new(given.expose().to_owned())),
            None => {
                self.engines.ask(&OpenerAsk { store: name.clone(), opener, known: "", at_reader: false, may_prompt: false })?
            }
        };
        let made = secret.and_then(|secret| typed(login, secret));
        made.ok_or(CustodianError::OpenerNeeded { store: name, opener })
    }

    /// The page is shown, and the login waits for the browser to come back, for some minutes or until the store is locked.
    fn log_in_by_browser(
        &self,
        store: &Store,
        reached: &OpenBaoStore,
        (role, port): (Option<&str>, u16),
        waiting: &Waiting<'_>,
    ) -> Result<Result<TokenFacts, BaoError>, CustodianError> {
        let begun = match reached.server().begin_browser_login("oidc", role, port) {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        let page = LoginPage { store: store.name.to_string(), url: begun.url().to_owned(), left: BROWSER_PATIENCE };
        let wait = || begun.finish(BROWSER_PATIENCE, &|| !self.engines.servers.holds(&store.name, reached));
        waiting.at_page(&self.engines, page, wait)
    }

    pub(super) fn log_in_to_server(
        &self,
        store: &Store,
        given: Option<&Passphrase>,
        waiting: &Waiting<'_>,
    ) -> Result<Outcome, CustodianError> {
        if store.server.as_ref().is_some_and(|server| server.login.opener().is_none()) {
            // With the files as they are now, and an earlier login through the browser waits no more.
            self.engines.forget(&store.name);
        }
        let reached = self.key_server(store)?;
        let looked = waiting.stoppable(reached.server(), || {
            let facts = self.log_in_once(store, &reached, given, waiting)?;
            Ok((facts, counted(reached.list()?.len())))
        });
        // What a person gave up says nothing of the store.
        if !matches!(looked, Err(CustodianError::Cancelled)) {
            self.note_store(&store.name, looked.as_ref().err());
        }
        let (facts, keys) = looked?;
        let end = facts.end.map_or_else(|| "does not end".to_owned(), |end| format!("ends on {end}"));
        let notice = format!("Logged in to {} as {}. The login {end}. It holds {keys}.", name::shown(&store.name), facts.who);
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    /// How a server is, which needs no login, and whether the login holds there still.
    pub(super) fn health_of_server(&self, blank: StoreHealth) -> StoreHealth {
        let started = Instant::now();
        let reached = match self.key_server(&blank.store) {
            Ok(reached) => reached,
            Err(CustodianError::Locked | CustodianError::ReadOnly(_)) => return blank,
            Err(error) => return StoreHealth { reach: Reach::Away(Absence::of(&error), error.to_string()), ..blank },
        };
        let looked = reached.server().health();
        let latency = Some(started.elapsed());
        let absence = looked.as_ref().err().map(absence_of);
        let looked = looked.map_err(|error| CustodianError::from(reached.fault(error)));
        self.note_store(&blank.store.name, looked.as_ref().err());
        let algorithms = reached.algorithms().unwrap_or_default();
        let product = looked.as_ref().ok().filter(|health| !health.version.is_empty());
        let product = product.map(|health| format!("version {}", health.version).into());
        let reach = match looked {
            Ok(health) if health.sealed => {
                let sentence = format!("{} is sealed: its administrator has to unseal it.", name::shown(&blank.store.name));
                Reach::Away(Absence::Sealed, sentence)
            }
            Ok(_) if still_logged_in(reached.server()) => Reach::Open,
            Ok(_) => Reach::Locked,
            Err(error) => Reach::Away(absence.unwrap_or(Absence::Failing), error.to_string()),
        };
        let login = reached.server().token().map(|facts| LoginFacts {
            who: facts.who,
            end: facts.end,
            renewable: facts.renewable,
            address: reached.server().address().into(),
        });
        StoreHealth { reach, algorithms, latency, product, login, ..blank }
    }
}

/// A login that ended at the server, by time or by somebody's hand, is forgotten here too.
fn still_logged_in(server: &Server) -> bool {
    if server.token().is_some() && matches!(server.look_up(), Err(BaoError::TokenEnded)) {
        server.log_out();
    }
    server.token().is_some()
}

/// Why a server cannot be used.
fn absence_of(error: &BaoError) -> Absence {
    let waited = |fault: &HttpError| matches!(fault, HttpError::NoAnswer(_));
    match error {
        BaoError::Away(tried) if tried.iter().any(|(_, fault)| waited(fault)) => Absence::Hanging,
        BaoError::Away(_) => Absence::Gone,
        BaoError::Sealed { .. } => Absence::Sealed,
        _ => Absence::Failing,
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
        identity: identity(name, &facts.login)?,
        bounds: Bounds::default(),
    };
    let server = Server::new(connection).map_err(|error| wrong(error.to_string()))?;
    Ok(OpenBaoStore::new(name, &facts.mount, Arc::new(server), false))
}

/// The certificate that one logs in with, and its key, from their files.
fn identity(name: &str, login: &ServerLogin) -> Result<Option<Identity>, CustodianError> {
    let ServerLogin::Certificate { certificate, key, .. } = login else { return Ok(None) };
    let read = |path: &str| {
        let unreadable = |why: String| {
            let store = name::shown(name);
            CustodianError::Input(format!(
                "{store}: {path} {why} Without it nobody logs in there with a certificate; the keys stay at the server."
            ))
        };
        let facts = std::fs::metadata(path).map_err(|cause| unreadable(format!("cannot be read: {cause}.")))?;
        if !facts.is_file() || facts.len() > LARGEST {
            return Err(unreadable("is no file of a certificate or key.".into()));
        }
        std::fs::read(path).map(SecretBytes::new).map_err(|cause| unreadable(format!("cannot be read: {cause}.")))
    };
    let made = Identity::new(read(certificate)?.expose(), read(key)?);
    made.map(Some).map_err(|fault| CustodianError::Input(format!("{}: {fault} ({certificate}, {key}).", name::shown(name))))
}

fn counted(keys: usize) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}
