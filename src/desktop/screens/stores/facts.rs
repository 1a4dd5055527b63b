//! What the screen says of each store, made anew only when something changed.

use std::collections::HashMap;

use super::health::Seen;
use crate::custodian::CustodianError;
use crate::custodian::at_stores::PinState;
use crate::custodian::store::{LoginFacts, StoreHealth};
use crate::desktop::desk::Desk;
use crate::model::name::shown;
use crate::model::{Algorithm, KeyServer, ServerLogin, State, Store, StoreKind};

/// A store in words.
pub(super) struct Facts {
    pub(super) store: Store,
    pub(super) home: bool,
    /// “PKCS#11 token, SoftHSM v2 by SoftHSM project”.
    pub(super) kind: String,
    pub(super) seen: Seen,
    /// Why it is away, as a sentence.
    pub(super) trouble: Option<String>,
    /// Keys whose current version lies in it, by state, in the order of states.
    pub(super) states: Vec<(State, usize)>,
    pub(super) keys: usize,
    /// “RSA 2048, 3072; ECDSA P-256”.
    pub(super) makes: Option<String>,
    /// “AES-KW, RSA-OAEP”.
    pub(super) wraps: Option<String>,
    /// When it last answered, and how quickly.
    pub(super) contact: Option<(String, String)>,
    /// Why it cannot be removed.
    pub(super) stays: Option<String>,
    pub(super) pin: Option<PinState>,
    pub(super) server: Option<ServerFacts>,
}

/// A key server in words.
pub(super) struct ServerFacts {
    /// One after the other.
    pub(super) addresses: String,
    /// Where its transit engine is.
    pub(super) mount: String,
    /// “in namespace team-a”.
    pub(super) namespace: String,
    /// As whom one is logged in, how, and until when; or how one logs in.
    pub(super) login: (String, String),
}

/// Every store.
pub(super) fn of(desk: &Desk) -> Vec<Facts> {
    let held = holdings(desk);
    desk.inventory.stores().iter().map(|store| one(desk, store, held.get(&*store.name))).collect()
}

/// Keys by the store of their current version, and by state; what is destroyed lies nowhere any more.
fn holdings(desk: &Desk) -> HashMap<&str, [usize; State::ALL.len()]> {
    let mut held: HashMap<&str, [usize; State::ALL.len()]> = HashMap::new();
    for key in desk.inventory.keys() {
        let Some(version) = key.current(desk.now).filter(|version| version.held().is_here()) else { continue };
        let state = version.state(desk.now);
        let at = State::ALL.iter().position(|known| *known == state);
        if let Some(at) = at.filter(|_| !state.is_destroyed()) {
            held.entry(&version.locator.store).or_default()[at] += 1;
        }
    }
    held
}

fn one(desk: &Desk, store: &Store, held: Option<&[usize; State::ALL.len()]>) -> Facts {
    let home = desk.inventory.home().is_some_and(|home| home.name == store.name);
    let known = desk.stores.of(&store.name);
    let health = known.map(|known| &known.health);
    let (seen, trouble) = Seen::of(desk, store, home);
    let states: Vec<(State, usize)> =
        held.map(|held| State::ALL.into_iter().zip(*held).filter(|(_, count)| *count > 0).collect()).unwrap_or_default();
    let product = health.and_then(|health| health.product.as_deref()).map(|product| format!(", {product}"));
    let role = if home { ", the home store".to_owned() } else { product.unwrap_or_default() };
    let wraps = health.map(|health| health.wrappings.iter().map(|by| by.name()).collect::<Vec<_>>().join(", "));
    Facts {
        home,
        kind: format!("{}{role}", store.kind.name()),
        trouble,
        keys: states.iter().map(|(_, count)| count).sum(),
        states,
        makes: makes(store.kind, health.map(|health| &health.algorithms[..]).unwrap_or_default()),
        wraps: wraps.filter(|wraps| !wraps.is_empty()),
        contact: known.filter(|_| !home).and_then(|known| {
            let took = known
                .health
                .latency
                .map(|took| format!("in {} ms{}", took.as_millis().max(1), answered_by(store, &known.health)));
            Some((ago(desk, known.contact?), took.filter(|_| !matches!(seen, Seen::Away(_))).unwrap_or_default()))
        }),
        stays: desk.inventory.may_remove_store(&store.name).err().map(|rule| CustodianError::from(rule).to_string()),
        pin: health.and_then(|health| health.pin.clone()),
        server: store.server.as_deref().map(|server| server_facts(desk, server, health.and_then(|health| health.login.as_ref()))),
        seen,
        store: store.clone(),
    }
}

fn server_facts(desk: &Desk, server: &KeyServer, login: Option<&LoginFacts>) -> ServerFacts {
    let addresses: Vec<_> = server.addresses.iter().map(|address| shown(address)).collect();
    let (by, as_whom) = match &server.login {
        ServerLogin::Token => ("by token", String::new()),
        ServerLogin::AppRole { role } => ("by AppRole", shown(role).into_owned()),
        ServerLogin::UserPass { user } => ("by password", format!("as {}", shown(user))),
        ServerLogin::Certificate { certificate, .. } => ("by certificate", shown(certificate).into_owned()),
        ServerLogin::Browser { .. } => ("in the browser", String::new()),
    };
    let login = match login {
        None => (format!("{by} {as_whom}").trim().to_owned(), String::new()),
        Some(login) if login.who.is_empty() => (by.to_owned(), end_of(desk, login)),
        Some(login) => (format!("as {}", shown(&login.who)), format!("{by}, {}", end_of(desk, login))),
    };
    ServerFacts {
        addresses: addresses.join("; "),
        mount: shown(&server.mount).into_owned(),
        namespace: server.namespace.as_deref().map(|namespace| format!("in namespace {}", shown(namespace))).unwrap_or_default(),
        login,
    }
}

/// Which of several addresses answered.
fn answered_by(store: &Store, health: &StoreHealth) -> String {
    let several = store.server.as_ref().is_some_and(|server| server.addresses.len() > 1);
    let login = health.login.as_ref().filter(|_| several);
    login.map(|login| format!(" from {}", shown(&login.address))).unwrap_or_default()
}

/// When a login ends, and whether it does so by itself.
fn end_of(desk: &Desk, login: &LoginFacts) -> String {
    let Some(end) = login.end else { return "does not end".into() };
    let when = format!("{} ({})", desk.date(end), desk.when(end));
    if end <= desk.now {
        format!("ended on {when}")
    } else if login.renewable {
        format!("until {when}, renewed by itself while it is used")
    } else {
        format!("ends on {when} and cannot be renewed")
    }
}

/// What it makes keys of; every algorithm is not worth a list.
fn makes(kind: StoreKind, algorithms: &[Algorithm]) -> Option<String> {
    if !crate::desktop::known_stores::stays(kind) {
        return Some("keys of every algorithm".into());
    }
    (!algorithms.is_empty()).then(|| by_family(algorithms.iter().map(|algorithm| algorithm.name())))
}

/// Names of one family say it once: “RSA 2048, 3072; ECDSA P-256; Ed25519”.
fn by_family<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut text = String::new();
    let mut before = None;
    for name in names {
        let family = name.rsplit_once(' ').map(|(family, _)| family);
        match (family, &before) {
            (Some(now), Some(before)) if *before == Some(now) => {
                text.push_str(", ");
                text.push_str(&name[now.len() + 1..]);
            }
            (_, before) => {
                text.push_str(if before.is_some() { "; " } else { "" });
                text.push_str(name);
            }
        }
        before = Some(family);
    }
    text
}

/// “just now”, “4 min ago”, “3 h ago”.
fn ago(desk: &Desk, at: crate::model::Time) -> String {
    match desk.now.seconds_since(at) {
        ..60 => "just now".into(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds => format!("{} ago", crate::model::time::short_span(seconds)),
    }
}

/// The name as it is shown.
pub(super) fn named(store: &Store) -> String {
    shown(&store.name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_of_one_family_say_it_once() {
        let of = |names: &[&'static str]| by_family(names.iter().copied());
        assert_eq!(
            of(&["RSA 2048", "RSA 3072", "ECDSA P-256", "Ed25519", "Ed448"]),
            "RSA 2048, 3072; ECDSA P-256; Ed25519; Ed448"
        );
        assert_eq!(of(&["Ed25519", "RSA 2048"]), "Ed25519; RSA 2048");
    }
}
