//! What an object is to be called: by its certificate, by what its file calls it, or by the file.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::object::{Facts, Link, Object};
use crate::model::name::{self, LONGEST};
use crate::model::{CertificateFacts, Inventory};

/// Names of files that say what is in them and not whose it is; the folder says that.
const PLAIN: [&str; 16] = [
    "privkey",
    "key",
    "private",
    "server",
    "client",
    "tls",
    "cert",
    "fullchain",
    "chain",
    "identity",
    "keystore",
    "id_rsa",
    "id_ecdsa",
    "id_dsa",
    "id_ed25519",
    "ssh_host",
];

/// Gives every object a name.
pub(super) fn propose(objects: &mut [Object]) {
    let mut by_certificate: HashMap<usize, String> = HashMap::new();
    let mut in_file: HashMap<String, usize> = HashMap::new();
    for object in objects.iter() {
        *in_file.entry(object.path.clone()).or_default() += usize::from(object.facts.is_secret());
        if let (Facts::Certificate(facts), Link::Of(key)) = (&object.facts, object.link)
            && let Some(subject) = subject(facts)
        {
            by_certificate.entry(key).or_insert(subject);
        }
    }
    let names: Vec<String> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| {
            let own = match &object.facts {
                Facts::Certificate(facts) => subject(facts),
                _ => None,
            };
            let of_file = || from_path(&object.path, in_file.get(&object.path).copied().unwrap_or(0) > 1);
            let label = object.label.as_deref().map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned);
            own.or_else(|| by_certificate.get(&index).cloned()).or(label).unwrap_or_else(of_file)
        })
        .collect();
    for (object, proposed) in objects.iter_mut().zip(names) {
        object.name = fitting(&proposed);
    }
}

/// The first name of a certificate, or its common name.
fn subject(facts: &CertificateFacts) -> Option<String> {
    let of = |kind: &str| facts.names.iter().find_map(|name| name.strip_prefix(kind)).map(str::to_owned);
    let common = || facts.subject.split(',').find_map(|part| part.trim().strip_prefix("CN=")).map(|name| name.replace('\\', ""));
    of("DNS:").or_else(common).or_else(|| of("email:")).filter(|name| !name.trim().is_empty())
}

fn from_path(path: &str, several: bool) -> String {
    let path = Path::new(path);
    let stem = path.file_stem().map_or_else(|| "imported key".into(), |stem| stem.to_string_lossy());
    let plain = PLAIN.iter().any(|plain| stem.eq_ignore_ascii_case(plain));
    let folder = path.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy());
    match folder.filter(|folder| plain && *folder != ".ssh") {
        Some(folder) => format!("{folder} {stem}"),
        None if several => format!("{stem}-1"),
        None => stem.into_owned(),
    }
}

/// In the form in which names are kept, cut where it is too long.
fn fitting(proposed: &str) -> String {
    let plain: String = proposed.chars().filter(|letter| !letter.is_control()).collect();
    let cut: String = name::normal(&plain).chars().take(LONGEST - 8).collect();
    let cut = name::normal(&cut).into_owned();
    if cut.is_empty() { "imported key".into() } else { cut }
}

/// Names that no key has and that were not given yet; another one gets a number behind it.
pub(super) struct Unique<'a> {
    inventory: &'a Inventory,
    given: HashSet<String>,
    /// Where counting went on for a name, so that ten thousand alike are not counted from the start.
    next: HashMap<String, u32>,
}

impl<'a> Unique<'a> {
    /// Nothing was given yet.
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, given: HashSet::new(), next: HashMap::new() }
    }

    /// The name, or the next one like it that is free.
    pub(super) fn take(&mut self, name: &str) -> String {
        let free = |unique: &Self, name: &str| !unique.inventory.name_taken(name) && !unique.given.contains(name);
        let mut chosen = name.to_owned();
        let stem = name.strip_suffix("-1").unwrap_or(name);
        let mut number = self.next.get(stem).copied().unwrap_or(2);
        while !free(self, &chosen) {
            chosen = format!("{stem}-{number}");
            number += 1;
        }
        self.next.insert(stem.to_owned(), number);
        self.given.insert(chosen.clone());
        chosen
    }
}
