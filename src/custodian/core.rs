//! The custodian itself: the inventory, the log and the home store, and how a change is appended.
//!
//! The desk (inventory and log) is held only for one append; work with a store never holds it, so
//! that one hanging prompt stops nothing else.

use std::collections::HashMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::engines::Engines;
use super::environment::Environment;
use super::error::CustodianError;
use super::outcome::{Health, LockState, Outcome, Progress, Verification};
use crate::audit::{Guard, Log, LogKeys, OpenReport, Writing};
use crate::crypto;
use crate::model::alert;
use crate::model::{
    Alert, Command, Conditions, Event, Intent, Inventory, KeyId, OperationId, Record, RuleError, Store, Time, VersionRef,
};
use crate::stores::{Capabilities, Home, KeyStore, Signer};

/// How long another program may hold the log before a person is told.
const LOG_WAIT: Duration = Duration::from_secs(10);

/// Called with each record in order, also those that other programs wrote.
pub(super) type Subscriber = Box<dyn FnMut(&Arc<Record>) + Send>;

/// A condition on the inventory, asked at the instant at which a record is appended.
pub(super) type Still<'a> = dyn Fn(&Inventory, Time) -> Result<(), RuleError> + 'a;

/// Carries out what a person asks.
pub struct Custodian {
    pub(super) env: Environment,
    desk: Mutex<Desk>,
    pub(super) home: RwLock<Home>,
    pub(super) engines: Engines,
    unlocked: AtomicBool,
    troubles: Mutex<Troubles>,
}

/// The inventory and the log it replays.
pub(super) struct Desk {
    pub(super) inventory: Inventory,
    pub(super) log: Log,
    pub(super) keys: Option<Arc<LogKeys>>,
    /// Keys that were opened for the SSH agent since the last unlock.
    pub(super) signers: HashMap<VersionRef, Arc<dyn Signer>>,
    /// When that was.
    pub(super) unlocked_at: Option<Time>,
    subscriber: Option<Subscriber>,
}

/// What went wrong and what was found out since the start.
#[derive(Default)]
pub(super) struct Troubles {
    pub(super) conditions: Conditions,
    pub(super) verification: Option<Verification>,
    pub(super) notices: Vec<String>,
    pub(super) good_until: Option<u64>,
    pub(super) read_only: bool,
}

/// An operation that was begun: its lock file says that its owner lives.
pub(super) struct Operation {
    pub(super) id: OperationId,
    _alive: File,
    path: std::path::PathBuf,
}

/// A lock whose owner panicked still guards sound data: every change is made whole or not at all.
pub(super) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Custodian {
    pub(super) fn assemble(env: Environment, inventory: Inventory, log: Log, home: Home, troubles: Troubles) -> Self {
        Self {
            engines: Engines::new(&env),
            env,
            desk: Mutex::new(Desk { inventory, log, keys: None, signers: HashMap::new(), unlocked_at: None, subscriber: None }),
            home: RwLock::new(home),
            unlocked: AtomicBool::new(false),
            troubles: Mutex::new(troubles),
        }
    }

    /// Looks at the inventory. Nothing else is appended meanwhile, so look quickly.
    pub fn read<R>(&self, look: impl FnOnce(&Inventory) -> R) -> R {
        look(&hold(&self.desk).inventory)
    }

    /// Now, held to the floor of the clock.
    pub fn now(&self) -> Time {
        let now = self.env.machine_time();
        self.read(|inventory| inventory.clock(now))
    }

    /// Where and as whom this works.
    pub fn environment(&self) -> &Environment {
        &self.env
    }

    /// Whether secrets can be used.
    pub fn is_unlocked(&self) -> bool {
        self.unlocked.load(Ordering::Acquire)
    }

    pub(super) fn set_unlocked(&self, keys: Option<Arc<LogKeys>>) {
        self.unlocked.store(keys.is_some(), Ordering::Release);
        let mut desk = hold(&self.desk);
        desk.signers.clear();
        desk.unlocked_at = keys.is_some().then(|| desk.inventory.clock(self.env.machine_time()));
        desk.keys = keys;
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        hold(&self.desk)
    }

    pub(super) fn troubles(&self) -> MutexGuard<'_, Troubles> {
        hold(&self.troubles)
    }

    pub(super) fn subscribe(&self, subscriber: Subscriber) -> Inventory {
        let mut desk = hold(&self.desk);
        desk.subscriber = Some(subscriber);
        desk.inventory.clone()
    }

    /// How the parts are.
    pub fn health(&self) -> Health {
        let home = self.read(|inventory| inventory.home().cloned());
        let troubles = hold(&self.troubles);
        Health {
            lock: if self.is_unlocked() { LockState::Unlocked } else { LockState::Locked },
            conditions: troubles.conditions.clone(),
            verification: troubles.verification.clone(),
            read_only: troubles.read_only,
            good_until: troubles.good_until,
            notices: troubles.notices.clone(),
            home_name: home.as_ref().map(|store| store.name.to_string()).unwrap_or_default(),
            asks_passphrase: home.is_some_and(|store| store.kind.needs_passphrase()),
            folder: self.env.folder.clone(),
        }
    }

    /// What wants attention, most urgent first.
    pub fn alerts(&self) -> Vec<Alert> {
        let (now, machine) = (self.now(), self.env.machine_time());
        let conditions = hold(&self.troubles).conditions.clone();
        self.read(|inventory| {
            let of_keys = inventory.keys().iter().flat_map(|key| inventory.alerts_of(key, now));
            let mut alerts: Vec<_> = of_keys.chain(alert::of_inventory(inventory, &conditions, machine)).collect();
            alert::sort(&mut alerts);
            alerts
        })
    }

    /// Carries out a command.
    pub fn run(&self, command: &Command, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        self.take_up();
        match command {
            Command::Track(paths) => self.track(paths, progress),
            Command::StopTracking(versions) => self.stop_tracking(versions),
            Command::Generate(specs) => self.generate(specs, progress),
            Command::Edit(edits) => self.edit(edits),
            Command::Export { versions, format, recipient, target } => {
                self.export(versions, *format, recipient.as_deref(), target)
            }
            Command::Request { version, profile, format, recipient, target } => {
                self.request(*version, profile, *format, recipient.as_deref(), target)
            }
            Command::Attach { version, path } => self.attach(*version, path),
            Command::RecordHandOver { version, recipient, format, at } => {
                self.record_hand_over(*version, recipient, *format, *at)
            }
            Command::Turn { turns, reason } => self.turn(turns, reason),
            Command::Rotate(specs) => self.rotate(specs, false, progress),
            Command::CarryOutDue => self.carry_out_due(progress),
            Command::Revoke { versions, reason, since, note, replace } => {
                let mut outcome = self.revoke(versions, *reason, *since, note)?;
                self.revoke_issued_of(versions, &mut outcome);
                if *replace { self.replace(outcome, progress) } else { Ok(outcome) }
            }
            Command::Destroy { keys, reason } => self.destroy(keys, reason, progress),
            Command::Deliver { key, recipient } => self.deliver(*key, recipient),
            Command::DropDelivery { key, recipient, reason } => self.drop_delivery(*key, recipient, reason),
            Command::Sign { version, file, form, namespace, target } => {
                self.sign_file(*version, file, *form, namespace.as_deref(), target)
            }
            Command::Notice { version, target } => self.notice(*version, target),
            Command::ChooseNoticeKey(key) => self.choose_notice_key(*key),
            Command::DestroyDue(versions) => self.destroy_due(versions),
            Command::SetAgent { keys, usage } => self.set_agent(keys, *usage),
            Command::NoticeSent { version, recipient } => self.notice_sent(*version, recipient),
            Command::SetPolicies(policies) => self.set_policies(policies),
            Command::SetKeyPolicies(policies) => self.set_key_policies(policies),
            Command::SetBackupAge(days) => {
                self.append(vec![Event::BackupAgeSet { days: *days }])?;
                Ok(Outcome::default())
            }
            Command::Quiet(alerts) => self.quieten(alerts),
            Command::Reopen(alerts) => self.reopen(alerts),
            Command::AddServers(servers) => self.add_servers(servers),
            Command::ForgetServers(servers) => self.forget_servers(servers),
            Command::TakeDownServers(seen) => self.take_down_servers(seen),
            Command::CorrectClock { reason } => self.correct_clock(reason),
            Command::ChangeRecipients(changes) => self.change_recipients(changes),
            Command::NoteBackup { place } => self.note_backup(place),
        }
    }

    /// Works with a store by its name. Bounded by the store's own waiting time.
    pub(super) fn with_store<R>(
        &self,
        name: &str,
        work: impl FnOnce(&dyn KeyStore) -> Result<R, CustodianError>,
    ) -> Result<R, CustodianError> {
        let (store, is_home) = self.record_of(name)?;
        let result = if is_home {
            let home = self.home.read().unwrap_or_else(PoisonError::into_inner);
            if !self.is_unlocked() {
                return Err(CustodianError::Locked);
            }
            work(home.store())
        } else {
            self.with_engine(&store, work)
        };
        self.note_store(name, result.as_ref().err());
        result
    }

    /// What the log says of a store, and whether it is the home store.
    fn record_of(&self, name: &str) -> Result<(Store, bool), RuleError> {
        let (store, is_home) = self.read(|inventory| {
            let is_home = inventory.home().is_some_and(|home| &*home.name == name);
            (inventory.store(name).cloned(), is_home)
        });
        Ok((store.ok_or_else(|| RuleError::NoStore(name.to_owned()))?, is_home))
    }

    /// What a store can do. Nothing is opened for that: no person is asked, no module loaded, no server contacted.
    pub(super) fn capabilities_of(&self, name: &str) -> Result<Capabilities, CustodianError> {
        let (store, is_home) = self.record_of(name)?;
        if is_home {
            return Ok(self.home.read().unwrap_or_else(PoisonError::into_inner).store().capabilities());
        }
        self.engine_capabilities(&store)
    }

    /// Takes in what other programs appended.
    pub fn refresh(&self) -> Result<(), CustodianError> {
        let mut desk = hold(&self.desk);
        let caught = desk.catch_up();
        drop(desk);
        caught.inspect_err(|error| self.note_log(error))
    }

    /// Appends events as one record, after asking the rules again under the log's lock.
    pub(super) fn append(&self, events: Vec<Event>) -> Result<Arc<Record>, CustodianError> {
        self.append_if(events, &|_, _| Ok(()))
    }

    /// As [`Custodian::append`], if a condition still holds under the log's lock, whatever other
    /// programs did until then.
    pub(super) fn append_if(&self, events: Vec<Event>, still: &Still<'_>) -> Result<Arc<Record>, CustodianError> {
        self.append_by(|desk, keys, now| desk.append(keys, now, &self.env, events, still))
    }

    /// As [`Custodian::append`], but the record may be lost by a crash until [`Custodian::sync_log`] was called, which has
    /// to happen within a second.
    pub(super) fn append_soon(&self, events: Vec<Event>) -> Result<Arc<Record>, CustodianError> {
        self.append_by(|desk, keys, now| desk.append_soon(keys, now, &self.env, events))
    }

    fn append_by(
        &self,
        append: impl FnOnce(&mut Desk, &LogKeys, Time) -> Result<Arc<Record>, CustodianError>,
    ) -> Result<Arc<Record>, CustodianError> {
        self.writable()?;
        let now = self.env.machine_time();
        let mut desk = hold(&self.desk);
        let keys = desk.keys.clone().ok_or(CustodianError::Locked)?;
        let appended = append(&mut desk, &keys, now);
        let notice = desk.log.take_notice();
        drop(desk);
        hold(&self.troubles).notices.extend(notice);
        appended.inspect_err(|error| self.note_log(error))
    }

    /// Brings to the disk what [`Custodian::append_soon`] wrote. Nobody waits for it. Where it fails the log is
    /// open for reading only from here on.
    pub fn sync_log(&self) -> Result<(), CustodianError> {
        let waiting = hold(&self.desk).log.is_unsynced();
        if waiting { self.sync_all() } else { Ok(()) }
    }

    /// The same for all that was read, whoever wrote it: what is noted outside of the log is never ahead of the disk.
    pub(super) fn sync_all(&self) -> Result<(), CustodianError> {
        let Some(unsynced) = hold(&self.desk).log.unsynced() else { return Ok(()) };
        let (until, result) = unsynced.sync();
        let taken = hold(&self.desk).log.synced(until, result).map_err(CustodianError::from);
        taken.inspect_err(|error| self.note_log(error))
    }

    pub(super) fn writable(&self) -> Result<(), CustodianError> {
        let troubles = hold(&self.troubles);
        match (&troubles.conditions.log, troubles.read_only) {
            (Some(trouble), true) => Err(CustodianError::ReadOnly(trouble.clone())),
            _ => Ok(()),
        }
    }

    /// Says in the log what is about to be done, before it is done.
    pub(super) fn begin(&self, intent: Intent) -> Result<Operation, CustodianError> {
        self.begin_if(intent, &|_, _| Ok(()))
    }

    /// As [`Custodian::begin`], if a condition still holds under the log's lock.
    pub(super) fn begin_if(&self, intent: Intent, still: &Still<'_>) -> Result<Operation, CustodianError> {
        let id = OperationId(crypto::random()?);
        let operation = Operation::open(&self.env.folder, id)
            .map_err(|cause| CustodianError::Folder { path: self.env.folder.clone(), cause })?;
        match self.append_if(vec![Event::Begun { operation: id, intent }], still) {
            Ok(_) => Ok(operation),
            Err(error) => {
                operation.close();
                Err(error)
            }
        }
    }

    /// Says in the log that it was done, read back and compared.
    pub(super) fn done(&self, operation: &Operation) -> Result<(), CustodianError> {
        self.done_with(operation, Vec::new())
    }

    /// As [`Custodian::done`], with events that hold from the same moment.
    pub(super) fn done_with(&self, operation: &Operation, more: Vec<Event>) -> Result<(), CustodianError> {
        let mut events = vec![Event::Done { operation: operation.id }];
        events.extend(more);
        self.append(events)?;
        operation.close();
        Ok(())
    }

    /// Says in the log that nothing of it holds. Where even that fails the operation stays open,
    /// is shown, and is taken up again.
    pub(super) fn failed(&self, operation: &Operation, reason: &str) {
        if self.append(vec![Event::Failed { operation: operation.id, reason: reason.to_owned() }]).is_ok() {
            operation.close();
        }
    }

    pub(super) fn note_store(&self, name: &str, error: Option<&CustodianError>) {
        use crate::stores::StoreError as E;
        let trouble = match error {
            Some(CustodianError::Store(
                error @ (E::NoAnswer { .. } | E::Absence { .. } | E::Disk { .. } | E::Unreadable { .. }),
            )) => Some(error.to_string()),
            #[cfg(feature = "pkcs11")]
            Some(CustodianError::Store(E::Token(error))) if error.is_trouble() => Some(error.to_string()),
            Some(_) => return,
            None => None,
        };
        let mut troubles = hold(&self.troubles);
        troubles.conditions.stores.retain(|(known, _)| known != name);
        troubles.conditions.stores.extend(trouble.map(|trouble| (name.to_owned(), trouble)));
    }

    /// A secret that is not the one the log knows is an alert until it is again.
    pub(super) fn note_secret(&self, key: KeyId, error: Option<&CustodianError>) {
        use crate::stores::StoreError as E;
        let trouble = match error {
            Some(error @ (CustodianError::Swapped { .. } | CustodianError::Store(E::Absent { .. } | E::Damaged { .. }))) => {
                Some(error.to_string())
            }
            Some(_) => return,
            None => None,
        };
        let mut troubles = hold(&self.troubles);
        troubles.conditions.secrets.retain(|(known, _)| *known != key);
        troubles.conditions.secrets.extend(trouble.map(|trouble| (key, trouble)));
    }

    fn note_log(&self, error: &CustodianError) {
        if let CustodianError::ReadOnly(trouble) = error {
            let mut troubles = hold(&self.troubles);
            troubles.conditions.log = Some(trouble.clone());
            troubles.read_only = true;
        }
    }
}

impl Desk {
    fn catch_up(&mut self) -> Result<(), CustodianError> {
        let records = self.log.catch_up(self.keys.as_deref(), &mut self.inventory)?;
        records.into_iter().for_each(|record| self.publish(&Arc::new(record)));
        Ok(())
    }

    fn append(
        &mut self,
        keys: &LogKeys,
        now: Time,
        env: &Environment,
        events: Vec<Event>,
        still: &Still<'_>,
    ) -> Result<Arc<Record>, CustodianError> {
        let guard = self.log.lock(LOG_WAIT)?;
        self.catch_up()?;
        still(&self.inventory, self.inventory.clock(now))?;
        let by = writing(&guard, keys, now, env);
        let record = self.log.append(&by, &mut self.inventory, events)?;
        drop(guard);
        let record = Arc::new(record);
        self.publish(&record);
        Ok(record)
    }

    fn append_soon(
        &mut self,
        keys: &LogKeys,
        now: Time,
        env: &Environment,
        events: Vec<Event>,
    ) -> Result<Arc<Record>, CustodianError> {
        let guard = self.log.lock(LOG_WAIT)?;
        self.catch_up()?;
        let by = writing(&guard, keys, now, env);
        let record = self.log.append_soon(&by, &mut self.inventory, events)?;
        drop(guard);
        let record = Arc::new(record);
        self.publish(&record);
        Ok(record)
    }

    pub(super) fn accept_history(
        &mut self,
        keys: &LogKeys,
        now: Time,
        env: &Environment,
        reason: &str,
        anchored: Option<u64>,
    ) -> Result<(Arc<Record>, std::path::PathBuf), CustodianError> {
        let guard = self.log.lock(LOG_WAIT)?;
        let by = writing(&guard, keys, now, env);
        let (record, kept) = self.log.accept_history(&by, &mut self.inventory, reason, anchored)?;
        drop(guard);
        Ok((Arc::new(record), kept))
    }

    pub(super) fn publish(&mut self, record: &Arc<Record>) {
        // A key that is destroyed, revoked or no longer offered does not stay in memory; those that are used come again.
        let only_signed = record.events.iter().all(|event| matches!(event, Event::AgentSigned { .. }));
        if !only_signed {
            self.signers.clear();
        }
        if let Some(subscriber) = &mut self.subscriber {
            subscriber(record);
        }
    }
}

fn writing<'a>(guard: &'a Guard, keys: &'a LogKeys, now: Time, env: &'a Environment) -> Writing<'a> {
    Writing { guard, keys, now, actor: &env.actor, installation: env.installation }
}

/// The file that its owner holds locked while it lives.
fn alive(path: &std::path::Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Operation {
    fn open(folder: &std::path::Path, id: OperationId) -> std::io::Result<Self> {
        let folder = folder.join("operations");
        super::file::private_folder(&folder)?;
        let path = folder.join(id.to_string());
        let file = alive(&path)?;
        file.lock()?;
        Ok(Self { id, _alive: file, path })
    }

    /// Takes over an operation whose owner is dead; `None` while it lives.
    pub(super) fn adopt(folder: &std::path::Path, id: OperationId) -> std::io::Result<Option<Self>> {
        let folder = folder.join("operations");
        super::file::private_folder(&folder)?;
        let path = folder.join(id.to_string());
        let file = alive(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { id, _alive: file, path })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// The operation ended in the log.
    pub(super) fn close(&self) {
        // A file left behind is harmless: its operation has ended.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl From<&OpenReport> for Troubles {
    fn from(report: &OpenReport) -> Self {
        let mut troubles = Self { notices: report.notices.clone(), ..Self::default() };
        if let Some(damage) = &report.damage {
            troubles.conditions.log = Some(damage.to_string());
            troubles.good_until = Some(report.good_until);
            troubles.read_only = true;
        }
        troubles
    }
}
