//! A custodian with a clock, a zone and folders that the test gives.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use keystead::custodian::{Custodian, CustodianError, Environment, NoProgress, Outcome, Setup};
use keystead::model::{
    Activation, Algorithm, Command, Format, InstallationId, Key, KeyId, KeySpec, Purpose, StoreKind, Target, Time, VersionRef,
};
use keystead::secret::Passphrase;
use keystead::stores::{Home, HomePlace};
use tempfile::TempDir;

use super::support::{PASSPHRASE, program};

/// Opens what was copied from a keychain home.
pub const RECOVERY: &str = "nine-amber-lanterns-cross-the-silent-meadow";

/// The passphrase after a change.
pub const NEW_PASSPHRASE: &str = "four-copper-bridges-follow-the-winter-rain";

/// Items of a keychain home that are no keys: log key, recipient of recovery copies, anchor.
pub const OWN_ITEMS: usize = 3;

/// An inventory's surroundings.
pub struct Lab {
    folder: PathBuf,
    /// Thrown away at the end, but where another process made the folder.
    _own: Option<TempDir>,
    clock: Arc<AtomicI64>,
    machine: u8,
    wait: Duration,
}

/// A passphrase of these tests.
pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

impl Lab {
    /// Empty folders.
    pub fn new() -> Self {
        let own = tempfile::tempdir().unwrap();
        let state = own.path().join("state/keystead");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::write(state.join("installation"), InstallationId([1; 16]).to_string()).unwrap();
        Self { folder: own.path().to_owned(), _own: Some(own), ..Self::at(PathBuf::new()) }
    }

    /// Folders that are there already.
    pub fn at(folder: PathBuf) -> Self {
        let now = Time::from(jiff::Timestamp::now());
        Self { folder, _own: None, clock: Arc::new(AtomicI64::new(now.as_second())), machine: 1, wait: Duration::from_secs(30) }
    }

    /// What the custodian takes from the machine, waiting for the keychain only so long.
    pub fn waiting(&self, wait: Duration) -> Environment {
        Environment { keychain_wait: wait, ..self.env() }
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The inventory folder.
    pub fn inventory(&self) -> PathBuf {
        self.path("inventory")
    }

    /// A file of the inventory folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.inventory().join(name)
    }

    /// What the custodian takes from the machine.
    pub fn env(&self) -> Environment {
        let clock = self.clock.clone();
        Environment {
            folder: self.inventory(),
            state_folder: self.path("state/keystead"),
            clock: Arc::new(move || Time::from_second(clock.load(Ordering::Relaxed))),
            zone: TimeZone::UTC,
            actor: "mira@lab".into(),
            installation: InstallationId([self.machine; 16]),
            keychain_wait: self.wait,
            program: program().to_owned(),
        }
    }

    /// The program at work on these folders.
    pub fn program(&self) -> std::process::Command {
        let mut command = std::process::Command::new(program());
        self.at_home(&mut command);
        command
    }

    /// Gives a command these folders.
    pub fn at_home(&self, command: &mut std::process::Command) {
        for (name, text) in [("passphrase", PASSPHRASE), ("recovery", RECOVERY), ("new", NEW_PASSPHRASE)] {
            std::fs::write(self.path(name), text).unwrap();
        }
        command.env("KEYSTEAD_INVENTORY", self.inventory()).env("XDG_STATE_HOME", self.path("state"));
        command.current_dir(&self.folder);
    }

    /// Moves the machine's clock.
    pub fn pass_days(&self, days: i64) {
        self.clock.fetch_add(days * 86_400, Ordering::Relaxed);
    }

    /// The machine's clock.
    pub fn now(&self) -> Time {
        Time::from_second(self.clock.load(Ordering::Relaxed))
    }

    /// A new inventory, open; keychain homes with recovery copies.
    pub fn set_up(&self, kind: StoreKind) -> Custodian {
        self.try_set_up(kind).unwrap()
    }

    /// As [`Lab::set_up`], where it may fail.
    pub fn try_set_up(&self, kind: StoreKind) -> Result<Custodian, CustodianError> {
        let (passphrase, recovery) = match kind {
            StoreKind::Files => (Some(passphrase(PASSPHRASE)), None),
            _ => (None, Some(passphrase(RECOVERY))),
        };
        Custodian::init(self.env(), &Setup { kind, passphrase, recovery })
    }

    /// A new inventory in the keychain whose person wanted no recovery copies.
    pub fn set_up_without_recovery(&self) -> Custodian {
        Custodian::init(self.env(), &Setup { kind: StoreKind::Keychain, passphrase: None, recovery: None }).unwrap()
    }

    /// What a key's item in the keychain is called.
    pub fn item(&self, custodian: &Custodian, name: &str) -> String {
        let inventory = custodian.read(keystead::model::Inventory::id);
        format!("{inventory}/{}", key(custodian, name).versions[0].locator.object)
    }

    /// The inventory as a new start finds it, locked.
    pub fn look(&self) -> Custodian {
        Custodian::open(self.env()).unwrap()
    }

    /// The inventory as a new start finds it, open.
    #[track_caller]
    pub fn open(&self) -> Custodian {
        self.try_open().unwrap()
    }

    /// As [`Lab::open`], where it may fail.
    pub fn try_open(&self) -> Result<Custodian, CustodianError> {
        let custodian = Custodian::open(self.env())?;
        custodian.unlock(custodian.asks_passphrase().then(|| passphrase(PASSPHRASE)))?;
        Ok(custodian)
    }

    /// Another machine with a copy of this one's inventory folder and nothing else of it.
    pub fn copied(&self) -> Self {
        let other = Self { machine: self.machine + 1, wait: self.wait, ..Self::new() };
        other.clock.store(self.now().as_second(), Ordering::Relaxed);
        copy_folder(&self.inventory(), &other.inventory());
        other
    }
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A wish for a key.
pub fn spec(name: &str, now: Time) -> KeySpec {
    KeySpec {
        algorithm: Algorithm::Ed25519,
        activates: Activation::Now,
        expires: Some(now.plus_days(90)),
        ..KeySpec::for_purpose(name.into(), Purpose::Ssh, keystead::model::profile::standard(Purpose::Ssh), now)
    }
}

/// Makes keys.
pub fn try_generate(custodian: &Custodian, names: &[&str]) -> Result<Outcome, CustodianError> {
    let now = custodian.now();
    let specs = names.iter().map(|name| spec(name, now)).collect();
    custodian.run(&Command::Generate(specs), &NoProgress)
}

/// Makes a key.
#[track_caller]
pub fn generate(custodian: &Custodian, name: &str) -> KeyId {
    try_generate(custodian, &[name]).unwrap().keys[0]
}

/// The names of all keys, in the order they were made.
pub fn names(custodian: &Custodian) -> Vec<String> {
    custodian.read(|inventory| inventory.keys().iter().map(|key| key.name.to_string()).collect())
}

/// A key by its name.
#[track_caller]
pub fn key(custodian: &Custodian, name: &str) -> Key {
    custodian.read(|inventory| Key::clone(inventory.named(name).unwrap()))
}

/// The first version of a key.
pub fn first(key: KeyId) -> VersionRef {
    VersionRef { key, version: 1 }
}

/// Writes the public half of a key for a recipient.
pub fn export(custodian: &Custodian, key: KeyId, path: &Path) -> Result<Outcome, CustodianError> {
    let target = Target::File { path: path.to_owned(), replace: false };
    let command =
        Command::Export { versions: vec![first(key)], format: Format::SpkiPem, recipient: Some("Jonas".into()), target };
    custodian.run(&command, &NoProgress)
}

/// Writes a request, which proves that the private half is there and works.
pub fn request(custodian: &Custodian, key: KeyId) -> Result<Outcome, CustodianError> {
    request_of(custodian, key, 1)
}

/// As [`request`], of a version.
pub fn request_of(custodian: &Custodian, key: KeyId, version: u32) -> Result<Outcome, CustodianError> {
    let profile = keystead::model::RequestProfile { subject: "CN=a.example".into(), ..Default::default() };
    let version = VersionRef { key, version };
    let command = Command::Request { version, profile, format: Format::RequestPem, recipient: None, target: Target::Stdout };
    custodian.run(&command, &NoProgress)
}

/// A certificate of a key by some authority, as `openssl` makes it.
pub fn certificate(lab: &Lab, custodian: &Custodian, key: KeyId) -> PathBuf {
    let public = custodian.export_public(&[first(key)], Format::SpkiPem).unwrap();
    std::fs::write(lab.path("public.pem"), public).unwrap();
    let openssl = |arguments: &str| {
        let ended = std::process::Command::new("openssl").args(arguments.split(' ')).current_dir(&lab.folder).output();
        let ended = ended.unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    };
    openssl("req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 300");
    openssl("req -new -newkey ed25519 -nodes -keyout other.key -out other.csr -subj /CN=a.example");
    openssl("x509 -req -in other.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 200 -force_pubkey public.pem -out leaf.pem");
    lab.path("leaf.pem")
}

/// The whole log verifies with its key.
#[track_caller]
pub fn assert_verified(custodian: &Custodian) {
    let verification = custodian.verify(&NoProgress).unwrap();
    assert_eq!(verification.damage, None);
    assert!(verification.authenticated);
}

/// Every version that was not destroyed has its private half in its store, it opens, and no other lies there.
#[track_caller]
pub fn assert_secrets_open(lab: &Lab, custodian: &Custodian) {
    let (inventory, kind) = custodian.read(|inventory| (inventory.id(), inventory.home().unwrap().kind));
    let place =
        HomePlace { folder: lab.inventory(), state_folder: lab.path("state/keystead"), inventory, wait: lab.env().keychain_wait };
    let mut home = Home::at(place, kind);
    home.unlock(kind.needs_passphrase().then(|| passphrase(PASSPHRASE)).as_ref()).unwrap();
    let mut objects: Vec<String> = Vec::new();
    for key in custodian.read(|inventory| inventory.keys().to_vec()) {
        let here = |version: &&keystead::model::Version| version.life.destroyed.is_none() && version.held().is_here();
        for version in key.versions.iter().filter(here) {
            let found = home.store().public_key(&version.locator.object);
            assert_eq!(found.unwrap(), version.public_key, "{} version {}", key.name, version.number);
            objects.push(version.locator.object.to_string());
        }
    }
    let (mut listed, count) = (home.store().list().unwrap(), objects.len());
    listed.sort_unstable();
    objects.sort_unstable();
    assert_eq!(listed, objects, "{count} versions");
}

/// The words of all alerts.
pub fn alerts(custodian: &Custodian) -> Vec<&'static str> {
    custodian.alerts().iter().map(|alert| alert.kind.id()).collect()
}
