//! From folders to findings: each object's facts and its risks, without any secret.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::risk::Risk;
use super::sniff;
use super::tree::Tree;
use super::walk::{Counts, Met, walk};
use crate::crypto;
use crate::custodian::core::hold;
use crate::custodian::import::{Facts, Object, Reading, load, objects_of};
use crate::custodian::outcome::Progress;
use crate::formats::found::Kind;
use crate::model::{Digest, Inventory, Time};

/// No more objects are kept than this, and no more places that could not be read.
const MOST: usize = 100_000;
const MOST_UNREAD: usize = 1_000;

/// An object that lies in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it is.
    pub object: Object,
    /// What is risky about it.
    pub risks: Vec<Risk>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Discovery {
    /// Every object, by path.
    pub findings: Vec<Finding>,
    /// Files that were looked at.
    pub files: u64,
    /// Folders that were looked into.
    pub folders: u64,
    /// Files and folders that were passed over, because an ignore file or the house rules say so.
    pub passed_over: u64,
    /// What could not be read, and why.
    pub unread: Vec<(String, String)>,
    /// More was there than is kept.
    pub too_many: bool,
    /// A person cancelled: this is nothing, not part of something.
    pub cancelled: bool,
}

/// What is known of one object before all are compared.
struct Raw {
    object: Object,
    /// Which private key it is.
    identity: Option<Digest>,
    mode: Option<u32>,
    tree: Option<Arc<Tree>>,
}

#[derive(Default)]
struct Basket {
    raw: Vec<Raw>,
    unread: Vec<(String, String)>,
    too_many: bool,
}

impl Basket {
    fn refuse(&mut self, path: &Path, why: String) {
        if self.unread.len() < MOST_UNREAD {
            self.unread.push((path.to_string_lossy().into_owned(), why));
        }
    }
}

/// Looks through folders. `own` is the inventory's folder, which is passed over; with an inventory the
/// verdicts say what of it is there already.
pub fn discover(folders: &[PathBuf], own: Option<&Path>, inventory: &Inventory, now: Time, progress: &dyn Progress) -> Discovery {
    let (basket, counts) = (Arc::new(Mutex::new(Basket::default())), Arc::new(Counts::default()));
    let (into, refused) = (basket.clone(), basket.clone());
    let whole = walk(
        folders,
        own.map(Path::to_owned).into_iter().collect(),
        counts.clone(),
        progress,
        move |met| meet(met, &into),
        Box::new(move |path, why| hold(&refused).refuse(path, why)),
    );
    let count = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
    let (files, folders, passed_over) = (count(&counts.files), count(&counts.folders), count(&counts.passed_over));
    let basket = std::mem::take(&mut *hold(&basket));
    let mut discovery =
        Discovery { files, folders, passed_over, unread: basket.unread, too_many: basket.too_many, ..Discovery::default() };
    if !whole {
        return Discovery { cancelled: true, unread: Vec::new(), ..discovery };
    }
    discovery.unread.sort_unstable();
    discovery.findings = findings(basket.raw, inventory, now);
    discovery
}

fn meet(met: &Met, basket: &Mutex<Basket>) {
    let mode = match look(met.path) {
        Ok(Look::Worth(mode)) => mode,
        Ok(Look::Ordinary) => return,
        Err(cause) => return hold(basket).refuse(met.path, format!("it cannot be read: {cause}")),
    };
    let bytes = match load(met.path) {
        Ok(bytes) => bytes,
        Err(why) => return hold(basket).refuse(met.path, why),
    };
    let found = objects_of(&met.path.to_string_lossy(), bytes.expose());
    // Any age file could hold anything; without its passphrase it says nothing.
    let told = |object: &Object| match object.kind {
        Kind::Unknown => false,
        Kind::AgeIdentity => object.facts.is_secret(),
        _ => true,
    };
    let raw = found.into_iter().filter(|(object, _)| told(object)).map(|(object, secret)| Raw {
        identity: secret.map(|secret| object.spki_sha256.unwrap_or_else(|| crypto::sha256(secret.expose()))),
        object,
        mode,
        tree: met.tree.cloned(),
    });
    let raw: Vec<Raw> = raw.collect();
    let mut basket = hold(basket);
    let room = MOST - basket.raw.len().min(MOST);
    basket.too_many |= raw.len() > room;
    basket.raw.extend(raw.into_iter().take(room));
}

/// What the beginning of a file says.
enum Look {
    /// It is worth being read whole; its permission bits, where the platform has them.
    Worth(Option<u32>),
    /// No key of any kind.
    Ordinary,
}

fn look(path: &Path) -> std::io::Result<Look> {
    let mut options = File::options();
    options.read(true);
    // Should another have put a link or a pipe in its place meanwhile, neither leads anywhere.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW).bits().cast_signed(),
    );
    let mut file = options.open(path)?;
    let mut first = [0; sniff::FIRST];
    let mut length = 0;
    while length < first.len() {
        match file.read(&mut first[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    let size = if length < first.len() { length as u64 } else { file.metadata()?.len() };
    let worth = sniff::is_worth_reading(&first[..length], size, path);
    zeroize::Zeroize::zeroize(&mut first[..length]);
    if !worth {
        return Ok(Look::Ordinary);
    }
    #[cfg(unix)]
    let mode = Some(std::os::unix::fs::MetadataExt::mode(&file.metadata()?));
    #[cfg(not(unix))]
    let mode = None;
    Ok(Look::Worth(mode))
}

/// Compares everything with each other and with the inventory.
fn findings(mut raw: Vec<Raw>, inventory: &Inventory, now: Time) -> Vec<Finding> {
    raw.sort_by(|one, other| (&one.object.path, &one.object.place).cmp(&(&other.object.path, &other.object.place)));
    let mut places: HashMap<Digest, Vec<String>> = HashMap::new();
    for one in &raw {
        if let Some(identity) = one.identity {
            let paths = places.entry(identity).or_default();
            if paths.last() != Some(&one.object.path) {
                paths.push(one.object.path.clone());
            }
        }
    }
    let risks: Vec<Vec<Risk>> = raw.iter().map(|one| one.risks(&places, now)).collect();
    let mut reading = Reading::of(raw.into_iter().map(|one| one.object).collect());
    reading.compare(inventory, now);
    reading.objects.into_iter().zip(risks).map(|(object, risks)| Finding { object, risks }).collect()
}

impl Raw {
    fn risks(&self, places: &HashMap<Digest, Vec<String>>, now: Time) -> Vec<Risk> {
        let mut risks = Vec::new();
        let object = &self.object;
        if matches!(object.facts, Facts::Secret { encrypted: false }) {
            risks.push(Risk::NoPassphrase);
        }
        if object.is_private() {
            risks.extend(Risk::of_mode(self.mode));
            risks.extend(self.tree.as_ref().map(|tree| Risk::of_tree(tree, Path::new(&object.path))));
        }
        risks.extend(object.algorithm.and_then(Risk::of_algorithm));
        if let Facts::Certificate(facts) = &object.facts {
            risks.extend(Risk::of_end(facts.not_after, now));
        }
        if let Some(paths) = self.identity.and_then(|identity| places.get(&identity)) {
            let others: Vec<String> = paths.iter().filter(|path| **path != object.path).cloned().collect();
            if !others.is_empty() {
                risks.push(Risk::SeveralPlaces(others));
            }
        }
        risks
    }
}
