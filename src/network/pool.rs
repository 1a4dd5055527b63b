//! Many servers at a time, each with its own end.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::dial::{Cancel, Dial};
use super::fault::ProbeError;
use super::trust::trust;
use super::{ssh, starttls, tls};
use crate::crypto;
use crate::formats::certificate;
use crate::model::{Address, Der, Protocol, ShownKey, Sighting, Time};

/// How long one server may take, if nobody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(3);

/// So many are looked at together.
const TOGETHER: usize = 64;

/// How to look.
#[derive(Debug, Clone)]
pub struct Look {
    /// How long one server may take.
    pub timeout: Duration,
    /// Ends all of it at once.
    pub cancel: Cancel,
    /// When that is.
    pub now: Time,
}

/// Looks at servers and says of each what it showed, in their order. `each` hears how many are done.
pub fn look(addresses: &[Address], how: &Look, each: &(dyn Fn(usize) + Sync)) -> Vec<Sighting> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found: Mutex<Vec<Option<Sighting>>> = Mutex::new(vec![None; addresses.len()]);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(address) = addresses.get(index) else { return };
            let sighting = one(address, how);
            if let Some(slot) = found.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
                *slot = Some(sighting);
            }
            each(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..TOGETHER.min(addresses.len()) {
            // Fewer hands take longer, and this one is always there.
            let _ = std::thread::Builder::new().name("probe".into()).spawn_scoped(scope, work);
        }
        work();
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().flatten().collect()
}

fn one(address: &Address, how: &Look) -> Sighting {
    let until = Instant::now() + how.timeout;
    if address.protocol == Protocol::Ssh {
        return over_ssh(address, until, how);
    }
    let mut greeting = Vec::new();
    match over_tls(address, until, how, &mut greeting) {
        Ok(key) => sighting(address, how, vec![key], None),
        // It is SSH that speaks there.
        Err(_) if address.protocol == Protocol::Tls && greeting == b"SSH-" => {
            over_ssh(&Address { protocol: Protocol::Ssh, ..address.clone() }, until, how)
        }
        Err(error) => sighting(address, how, Vec::new(), Some(&error)),
    }
}

fn sighting(address: &Address, how: &Look, keys: Vec<ShownKey>, trouble: Option<&ProbeError>) -> Sighting {
    Sighting {
        address: address.clone(),
        at: how.now,
        keys,
        trouble: trouble.map(ToString::to_string),
        hindrance: trouble.map(ProbeError::hindrance),
    }
}

fn over_tls(address: &Address, until: Instant, how: &Look, greeting: &mut Vec<u8>) -> Result<ShownKey, ProbeError> {
    let mut dial = Dial::connect(address, until, &how.cancel)?;
    let shown = starttls::start(&mut dial, address.protocol).and_then(|()| tls::shake(&mut dial, address));
    greeting.clone_from(&dial.first);
    let shown = shown?;
    let unreadable = || ProbeError::Tls("its certificate cannot be read".into());
    let (leaf, rest) = shown.chain.split_first().ok_or_else(unreadable)?;
    let mut parsed = certificate::read(leaf).map_err(|_| unreadable())?;
    parsed.facts.chain = rest.iter().cloned().map(Der).collect();
    Ok(ShownKey {
        spki: crypto::sha256(&parsed.public_key),
        algorithm: algorithm(&parsed.public_key),
        ssh: None,
        trust: Some(trust(&parsed.facts, Some(&address.host), how.now)),
        certificate: Some(Box::new(parsed.facts)),
        agreed: shown.agreed.into(),
    })
}

fn over_ssh(address: &Address, until: Instant, how: &Look) -> Sighting {
    let (keys, trouble) = ssh::host_keys(address, until, &how.cancel);
    let shown = |key: ssh::HostKey| ShownKey {
        spki: crypto::sha256(&key.spki),
        algorithm: algorithm(&key.spki),
        ssh: Some(crypto::sha256(&key.blob)),
        certificate: None,
        trust: None,
        agreed: key.agreed.into(),
    };
    sighting(address, how, keys.into_iter().map(shown).collect(), trouble.as_ref())
}

fn algorithm(spki: &[u8]) -> Box<str> {
    crypto::algorithm_of(spki).map_or_else(|_| "unknown".into(), |algorithm| algorithm.name().into())
}
