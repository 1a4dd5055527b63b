//! Replacing: a whole inventory folder is built out of the backup beside the one that is here, and put in its place in
//! one step; on a machine without one it is simply the first.

use std::path::PathBuf;
use std::time::Duration;

use super::open::{self, Checked, Opened, Sink};
use super::stored::{self, Note};
use super::swap::Beside;
use super::{Restoration, Restore, RestoreMode, name_of};
use crate::audit::{Anchor, Guard, Log, Writing};
use crate::custodian::core::Custodian;
use crate::custodian::environment::Environment;
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::group::read_back;
use crate::custodian::outcome::Progress;
use crate::custodian::passphrase::strong_enough;
use crate::formats::backup::Opener;
use crate::model::{Event, InventoryId, Store, StoreKind, VersionRef, name};
use crate::secret::Passphrase;
use crate::stores::{Home, HomePlace, Item, StoreError};

/// How long another program that is writing to the inventory is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// Puts a backup in the place of the inventory here, or where there is none.
pub(super) fn replace(
    env: &Environment,
    custodian: Option<&Custodian>,
    wanted: &Restore,
    opener: &Opener,
    progress: &dyn Progress,
) -> Result<Restoration, CustodianError> {
    if let Some(passphrase) = &wanted.passphrase {
        strong_enough(passphrase)?;
    }
    let typed = wanted.typed_name.as_deref().map(name::normal);
    // Also one that cannot be opened any more is put aside only when that was confirmed.
    if env.folder.join("audit.ron").exists() && typed.as_deref() != Some(&*name::normal(&name_of(env))) {
        return Err(CustodianError::NotConfirmed { folder: env.folder.clone(), name: name_of(env) });
    }
    let beside = Beside::make(&env.folder, Box::new(|folder| stored::clear(env, folder).is_ok()))?;
    let mut building = Building { env, beside, passphrase: wanted.passphrase.as_ref(), home: None, note: None, settings: None };
    let (found, ..) = open::walk(&wanted.file, opener, &mut building, progress)?;
    let mut restoration = found.restoration(env, custodian, RestoreMode::Replace)?;
    let home = building.home.take().ok_or(CustodianError::Locked)?;
    restoration.as_files = home.kind() != found.head.home;
    let anchored = building.anchored(&found.head.inventory);
    let mut backup = found.manifest.backup.clone();
    backup.place = std::path::absolute(&wanted.file).unwrap_or_else(|_| wanted.file.clone()).to_string_lossy().into();
    let absent = absent(&found);
    let mut events = vec![Event::Restored { backup: Box::new(backup), anchored, absent }];
    let was = found.inventory.home().cloned();
    if let Some(was) = was.filter(|was| was.kind != home.kind()) {
        events.insert(0, Event::StoreMoved(Store { kind: home.kind(), ..was }));
    }
    if found.inventory.installation() != env.installation {
        events.push(Event::TakenOver { from: found.inventory.installation() });
    }
    let keys = crate::audit::LogKeys::derive(home.log_key()?);
    let at = append(found, &building, &keys, events)?;
    if let Some(settings) = building.settings.take() {
        let path = building.beside.folder().join("settings.ron");
        file::create_private(&path, &settings).map_err(|cause| CustodianError::Folder { path, cause })?;
    }
    if progress.cancelled() {
        return Err(CustodianError::Cancelled);
    }
    let kind = home.kind();
    drop(home);
    // From here on whoever holds the old inventory open moves no anchor with it.
    let retired = custodian.map(Custodian::retire);
    let day = env.machine_time().date(&env.zone).to_string();
    restoration.kept = put(env, building.beside, &day).inspect_err(|_| {
        if let (Some(custodian), Some(before)) = (custodian, retired) {
            custodian.unretire(before);
        }
    })?;
    restoration.recorded = true;
    // Behind it is normal, and ahead of it stands in the log; so a failure here is none of the restore.
    if let Ok(anchor) = ron::to_string(&at) {
        let _ = Home::at(env.place(at.inventory), kind).write_anchor(anchor.as_bytes());
    }
    progress.report(100, 100);
    Ok(restoration)
}

/// Nobody appends to the old log while it is put aside.
fn put(env: &Environment, beside: Beside<'_>, day: &str) -> Result<Option<PathBuf>, CustodianError> {
    let _guard = if env.folder.join("audit.ron").exists() { Some(Guard::take(&env.folder, WAIT)?) } else { None };
    beside.place(day)
}

/// Versions that were in a store when the backup was made and whose secret is not in it.
fn absent(found: &open::Found) -> Vec<VersionRef> {
    let all = found.inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
    // What lies in a token or at a server lies there still: no backup was to hold it.
    let home = found.inventory.home().map(|home| home.name.clone());
    let in_home = |version: &crate::model::Version| home.as_ref() == Some(&version.locator.store);
    let here = all.filter(|(_, version)| version.life.destroyed.is_none() && version.held().is_here() && in_home(version));
    let absent = here.filter(|(_, version)| !found.objects.contains(&version.locator.object));
    absent.map(|(key, version)| VersionRef { key, version: version.number }).collect()
}

/// Says in the new log where it came from; where it stands after that.
fn append(
    found: open::Found,
    building: &Building<'_>,
    keys: &crate::audit::LogKeys,
    events: Vec<Event>,
) -> Result<Anchor, CustodianError> {
    let env = building.env;
    let (mut log, mut inventory): (Log, _) = (found.log, found.inventory);
    let guard = Guard::take(building.beside.folder(), WAIT)?;
    let by = Writing { guard: &guard, keys, now: env.machine_time(), actor: &env.actor, installation: env.installation };
    let _ = log.append(&by, &mut inventory, events)?;
    let head = log.head();
    Ok(Anchor { inventory: inventory.id(), seq: head.seq, hash: head.hash })
}

/// A folder that is being built.
struct Building<'a> {
    env: &'a Environment,
    beside: Beside<'a>,
    passphrase: Option<&'a Passphrase>,
    home: Option<Home>,
    /// Where the home store is in the keychain: what comes there.
    note: Option<Note>,
    settings: Option<Vec<u8>>,
}

impl Building<'_> {
    fn place(&self, inventory: InventoryId) -> HomePlace {
        HomePlace { folder: self.beside.folder().to_owned(), ..self.env.place(inventory) }
    }

    /// The record that the anchor of this machine names of the same inventory, wherever the anchor lies.
    fn anchored(&self, inventory: &InventoryId) -> Option<u64> {
        let read = |kind| Home::at(self.env.place(*inventory), kind).read_anchor().ok().flatten();
        let kinds = [StoreKind::Files, StoreKind::Keychain];
        let anchors = kinds.into_iter().filter_map(read).filter_map(|bytes| ron::de::from_bytes::<Anchor>(&bytes).ok());
        anchors.filter(|anchor| anchor.inventory == *inventory).map(|anchor| anchor.seq).max()
    }

    /// The home store as it was; as encrypted files where no keychain here can hold it.
    fn make_home(&mut self, opened: &Opened) -> Result<Home, CustodianError> {
        let (kind, id) = (opened.head.home, opened.head.inventory);
        let material = &opened.material;
        if kind != StoreKind::Files {
            let works = crate::stores::probe(self.env.keychain_wait).is_ok();
            if works {
                self.note = Some(Note::begin(self.env, self.beside.folder(), id, kind)?);
            }
            match works.then(|| Home::restore(self.place(id), kind, material, self.passphrase)) {
                Some(Ok(home)) => return Ok(home),
                Some(Err(error @ StoreError::Disk { .. })) => return Err(error.into()),
                _ => self.give_up_keychain()?,
            }
        }
        if self.passphrase.is_none() && !material.opens_files() {
            return Err(CustodianError::NewPassphraseNeeded);
        }
        Ok(Home::restore(self.place(id), StoreKind::Files, material, self.passphrase)?)
    }
}

impl Building<'_> {
    /// Nothing of it lies in the keychain: what came there before it was refused goes again.
    fn give_up_keychain(&mut self) -> Result<(), CustodianError> {
        let folder = self.beside.folder();
        if self.note.take().is_some() {
            stored::clear(self.env, folder)?;
            let path = folder.join(stored::NOTE);
            std::fs::remove_file(&path).map_err(|cause| CustodianError::Folder { path, cause })?;
        }
        Ok(())
    }
}

impl Sink for Building<'_> {
    fn folder(&mut self) -> Result<PathBuf, CustodianError> {
        Ok(self.beside.folder().to_owned())
    }

    fn begin(&mut self, opened: &Opened) -> Result<(), CustodianError> {
        self.home = Some(self.make_home(opened)?);
        Ok(())
    }

    fn settings(&mut self, settings: Vec<u8>) -> Result<(), CustodianError> {
        self.settings = Some(settings);
        Ok(())
    }

    fn group(&mut self, _opened: &Opened, group: Vec<Checked>) -> Result<(), CustodianError> {
        let home = self.home.as_ref().ok_or(CustodianError::Locked)?;
        let items: Vec<Item<'_>> =
            group.iter().map(|checked| Item { object: &checked.version.locator.object, secret: &checked.secret }).collect();
        // Where the secrets are encrypted files they lie in the folder itself.
        if let Some(note) = self.note.as_mut().filter(|_| home.kind() == StoreKind::Keychain) {
            note.add(items.iter().map(|item| item.object))?;
        }
        home.store().import(&items)?;
        read_back(home.store(), &items)
    }
}
