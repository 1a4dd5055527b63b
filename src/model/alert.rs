//! What wants a person's attention now or soon. Alerts are computed, never stored.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::compliance::{self, Breach};
use super::ids::KeyId;
use super::inventory::Inventory;
use super::key::{Key, Version};
use super::policy::Policy;
use super::rotation;
use super::server::Finding;
use super::state::State;
use super::time::{DAY, Time, short_date, short_span};

/// How soon something wants attention.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Something is wrong or stopped working.
    Critical,
    /// Something will stop working, or lacks a safeguard.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Urgency {
    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// The word shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
        }
    }
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertKind {
    /// The cryptoperiod of the current version is over.
    Expired,
    /// The attached certificate is no longer valid.
    CertificateExpired,
    /// The cryptoperiod ends within a warning time.
    Expiring,
    /// The attached certificate ends within a warning time.
    CertificateExpiring,
    /// It cannot be used yet.
    NotYetActive,
    /// Compromised, and its private half still lies in the store; so many holders were not told.
    Compromised {
        /// Holders who were not told.
        untold: u32,
    },
    /// By its policy a new version is due.
    RotationDue,
    /// Holders still have to get the new version.
    DeliveryOpen {
        /// How many.
        holders: u32,
    },
    /// Held for a while.
    Suspended,
    /// The order to destroy waits.
    DestructionWaits,
    /// The waiting time is over: it can be destroyed.
    DestructionDue,
    /// Its use is over, and its private half still lies in the store.
    PrivateHalfKept,
    /// A figure breaks its policy.
    BreaksPolicy(Breach),
    /// Its secret is not the one the log knows, or is gone.
    SecretTrouble(String),
    /// A file that is tracked is not the one that was noted.
    TrackedChanged(TrackedFile),
    /// A file that is tracked is gone, or cannot be read.
    TrackedGone(TrackedFile),
    /// No backup and no recovery copies exist.
    NoBackup,
    /// Keys were made since the last backup.
    BackupOld,
    /// The last backup was made long ago.
    BackupAged,
    /// The clock stands before the last record.
    ClockSetBack,
    /// The clock stands far after the last record.
    ClockAhead,
    /// The log is damaged, cut or older than its anchor.
    LogTrouble(String),
    /// A person went on from such a log.
    HistoryAccepted,
    /// An operation was begun and has not ended.
    OpenOperation,
    /// A store cannot be reached or is damaged.
    StoreTrouble {
        /// Which store.
        store: String,
        /// What about it, as a sentence.
        trouble: String,
    },
    /// The anchor could not be written.
    AnchorTrouble(String),
    /// A server does not show what it should.
    ServerTrouble {
        /// Which server.
        server: String,
        /// What about it, as a word.
        what: &'static str,
        /// What was found, as a sentence.
        sentence: String,
    },
}

impl AlertKind {
    /// The word used on the command line and in JSON.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::CertificateExpired => "certificate-expired",
            Self::Expiring => "expiring",
            Self::CertificateExpiring => "certificate-expiring",
            Self::NotYetActive => "not-yet-active",
            Self::Compromised { .. } => "compromised",
            Self::RotationDue => "rotation-due",
            Self::DeliveryOpen { .. } => "delivery-open",
            Self::Suspended => "suspended",
            Self::DestructionWaits => "destruction-waits",
            Self::DestructionDue => "destruction-due",
            Self::PrivateHalfKept => "private-half-kept",
            Self::BreaksPolicy(_) => "breaks-policy",
            Self::SecretTrouble(_) => "secret-trouble",
            Self::TrackedChanged(_) => "tracked-changed",
            Self::TrackedGone(_) => "tracked-gone",
            Self::NoBackup => "no-backup",
            Self::BackupOld => "backup-old",
            Self::BackupAged => "backup-aged",
            Self::ClockSetBack => "clock-set-back",
            Self::ClockAhead => "clock-ahead",
            Self::LogTrouble(_) => "log-trouble",
            Self::HistoryAccepted => "history-accepted",
            Self::OpenOperation => "open-operation",
            Self::StoreTrouble { .. } => "store-trouble",
            Self::AnchorTrouble(_) => "anchor-trouble",
            Self::ServerTrouble { .. } => "server-trouble",
        }
    }
}

impl AlertKind {
    /// What it is about, in a few words: “Expired”.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Expired => "Expired",
            Self::CertificateExpired => "Certificate expired",
            Self::Expiring => "Expires soon",
            Self::CertificateExpiring => "Certificate expires soon",
            Self::NotYetActive => "Not yet active",
            Self::Compromised { .. } => "Compromised",
            Self::RotationDue => "Rotation due",
            Self::DeliveryOpen { .. } => "Delivery open",
            Self::Suspended => "Suspended",
            Self::DestructionWaits => "Destruction waits",
            Self::DestructionDue => "Destruction due",
            Self::PrivateHalfKept => "Private half kept",
            Self::BreaksPolicy(_) => "Breaks its policy",
            Self::SecretTrouble(_) => "Secret in trouble",
            Self::TrackedChanged(_) => "Tracked file changed",
            Self::TrackedGone(_) => "Tracked file is gone",
            Self::NoBackup => "No backup",
            Self::BackupOld => "Backup is older than the newest key",
            Self::BackupAged => "Backup is old",
            Self::ClockSetBack => "Clock set back",
            Self::ClockAhead => "Clock far ahead",
            Self::LogTrouble(_) => "The log is not whole",
            Self::HistoryAccepted => "Went on from a damaged log",
            Self::OpenOperation => "An operation has not ended",
            Self::StoreTrouble { .. } => "A store is in trouble",
            Self::AnchorTrouble(_) => "The anchor could not be written",
            Self::ServerTrouble { .. } => "A server needs attention",
        }
    }
}

/// Something that wants attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How soon.
    pub urgency: Urgency,
    /// What about.
    pub kind: AlertKind,
    /// Which key, if one.
    pub key: Option<KeyId>,
    /// Which version of it.
    pub version: Option<u32>,
    /// When it became, or becomes, so.
    pub at: Time,
    /// A person snoozed or acknowledged it, and that still holds.
    pub quiet: Option<Box<Quiet>>,
}

impl Alert {
    /// It wants attention: nobody snoozed or acknowledged it.
    pub const fn is_open(&self) -> bool {
        self.quiet.is_none()
    }

    /// It is open and more than a notice.
    pub fn wants_attention(&self) -> bool {
        self.is_open() && self.urgency < Urgency::Notice
    }

    /// Which of several of its kind it is, where there can be several at a time: what is quieted of one
    /// leaves the others alone.
    pub fn subject(&self) -> Box<str> {
        match &self.kind {
            // Who puts off a certificate that ends still wants to hear of a key that was replaced.
            AlertKind::ServerTrouble { server, what, .. } => format!("{server} {what}").into(),
            AlertKind::StoreTrouble { store, .. } => store.as_str().into(),
            AlertKind::TrackedChanged(file) | AlertKind::TrackedGone(file) => file.path.clone(),
            AlertKind::HistoryAccepted | AlertKind::OpenOperation => self.at.to_string().into(),
            _ => "".into(),
        }
    }

    /// What snoozes or acknowledges it.
    pub fn quieted(&self, at: Time, until: Option<Time>, reason: String) -> Quiet {
        let (kind, subject) = (self.kind.id().into(), self.subject());
        Quiet { kind, version: self.version, at, until, reason: reason.into(), subject }
    }

    fn quieten(&mut self, quiet: &[Quiet], now: Time) {
        let subject = self.subject();
        let holds = |quiet: &&Quiet| {
            quiet.is_of(self.kind.id(), &subject) && quiet.version == self.version && quiet.until.is_none_or(|until| now < until)
        };
        self.quiet = quiet.iter().rev().find(holds).cloned().map(Box::new);
    }
}

/// A person wants to hear of an alert later, or no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// What about: the word of its kind.
    pub kind: Box<str>,
    /// Of which version, if of one.
    pub version: Option<u32>,
    /// Since then.
    pub at: Time,
    /// Snoozed until then; `None` when it was acknowledged.
    pub until: Option<Time>,
    /// Why; may be empty when it was snoozed.
    pub reason: Box<str>,
    /// Which of several of its kind, such as a server; see [`Alert::subject`].
    #[serde(default)]
    pub subject: Box<str>,
}

impl Quiet {
    /// It is of this alert: its kind's word and its subject.
    pub fn is_of(&self, kind: &str, subject: &str) -> bool {
        *self.kind == *kind && *self.subject == *subject
    }
}

/// What the custodian knows beyond the inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// What is wrong with the log.
    pub log: Option<String>,
    /// What is wrong with stores, by name.
    pub stores: Vec<(String, String)>,
    /// What is wrong with single secrets.
    pub secrets: Vec<(KeyId, String)>,
    /// What is wrong with files that are tracked where they lie.
    pub files: Vec<(KeyId, FileTrouble)>,
    /// What is wrong with the anchor.
    pub anchor: Option<String>,
    /// What is wrong with servers that are looked at, by address.
    pub servers: Vec<(String, Finding)>,
}

/// A file that is tracked and in trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// Where it lies, or lay.
    pub path: Box<str>,
    /// What about it, as a sentence or two.
    pub trouble: String,
}

/// What is wrong with a file that is tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileTrouble {
    /// It is not the file that was noted.
    Changed(TrackedFile),
    /// It is gone, or cannot be read.
    Gone(TrackedFile),
}

/// With the clock this long after the last record nothing irreversible happens by itself.
pub const CLOCK_AHEAD: i64 = 7 * DAY;

/// The clock stands this long after the last record: more likely a wrong clock than a rest.
const CLOCK_LEAP: i64 = 180 * DAY;

/// The clock stood this long before the last record and was set back; less is drift.
pub const DRIFT: i64 = 120;

/// The alerts of one key, at most a few.
pub fn of_key(key: &Key, policy: &Policy, store: Option<super::StoreKind>, now: Time) -> Vec<Alert> {
    let Some(version) = key.current(now) else { return Vec::new() };
    let alert = |urgency, kind, at| Alert { urgency, kind, key: Some(key.id), version: Some(version.number), at, quiet: None };
    let mut alerts = Vec::new();
    match version.state(now) {
        State::PreActive => {
            let at = version.life.activates.unwrap_or(version.life.created);
            alerts.push(alert(Urgency::Notice, AlertKind::NotYetActive, at));
        }
        State::Deactivated => {
            if let Some(at) = version.life.expires.filter(|&end| end <= now && version.life.deactivated.is_none()) {
                alerts.push(alert(Urgency::Critical, AlertKind::Expired, at));
            }
        }
        State::Suspended => {
            let since = version.life.suspensions.iter().filter(|span| span.from <= now).map(|span| span.from).max();
            alerts.extend(coming(key, version, now, alert));
            alerts.push(alert(Urgency::Notice, AlertKind::Suspended, since.unwrap_or(now)));
        }
        State::Active => {
            let coming = coming(key, version, now, alert);
            let due = rotation::due(key, policy, now).filter(|&due| due <= now && coming.is_none());
            alerts.extend(coming);
            alerts.extend(due.map(|due| alert(Urgency::Warning, AlertKind::RotationDue, due)));
        }
        State::Compromised | State::Destroyed | State::DestroyedCompromised => {}
    }
    alerts.extend(of_compromised(key, now));
    alerts.extend(of_deliveries(key));
    alerts.extend(of_ends(key, now));
    alerts.extend(of_policy(key, version, policy, store, now));
    alerts.iter_mut().for_each(|alert| alert.quieten(&key.quiet, now));
    alerts
}

/// The newest version in other hands whose private half is still there, replaced or not.
fn of_compromised(key: &Key, now: Time) -> Option<Alert> {
    let version = key.versions.iter().rev().find(|version| version.state(now) == State::Compromised)?;
    let kind = AlertKind::Compromised { untold: key.untold(version).len() as u32 };
    let at = version.life.compromised.unwrap_or(now);
    Some(Alert { urgency: Urgency::Critical, kind, key: Some(key.id), version: Some(version.number), at, quiet: None })
}

fn of_deliveries(key: &Key) -> Option<Alert> {
    let first = key.open_deliveries().next()?;
    let kind = AlertKind::DeliveryOpen { holders: key.open_deliveries().count() as u32 };
    Some(Alert { urgency: Urgency::Warning, kind, key: Some(key.id), version: Some(first.version), at: first.since, quiet: None })
}

/// Versions on the way out: an order to destroy, or a private half that is of no more use.
fn of_ends(key: &Key, now: Time) -> Option<Alert> {
    let alert = |urgency, kind, version: &Version, at| Alert {
        urgency,
        kind,
        key: Some(key.id),
        version: Some(version.number),
        at,
        quiet: None,
    };
    let living = || key.versions.iter().filter(|version| version.life.destroyed.is_none());
    let planned = living().filter_map(|version| Some((version, version.life.destruction_due?))).min_by_key(|(_, due)| *due);
    if let Some((version, due)) = planned {
        let (urgency, kind) = if due <= now {
            (Urgency::Warning, AlertKind::DestructionDue)
        } else {
            (Urgency::Notice, AlertKind::DestructionWaits)
        };
        return Some(alert(urgency, kind, version, due));
    }
    // An expiry without a successor is an alert of its own.
    let expired = |version: &Version| {
        key.current(now).is_some_and(|current| current.number == version.number) && version.life.deactivated.is_none()
    };
    let over = living().find(|version| version.state(now) == State::Deactivated && !expired(version))?;
    Some(alert(Urgency::Notice, AlertKind::PrivateHalfKept, over, over.life.ends().unwrap_or(now)))
}

/// The first figure that breaks the policy.
fn of_policy(key: &Key, version: &Version, policy: &Policy, store: Option<super::StoreKind>, now: Time) -> Option<Alert> {
    let first = compliance::of_version(version, policy, store, now).into_iter().next()?;
    let at = version.life.activates.unwrap_or(version.life.created);
    let kind = AlertKind::BreaksPolicy(first);
    Some(Alert { urgency: Urgency::Notice, kind, key: Some(key.id), version: Some(version.number), at, quiet: None })
}

/// The one date that comes first, of key and certificate.
fn coming(key: &Key, version: &Version, now: Time, alert: impl Fn(Urgency, AlertKind, Time) -> Alert) -> Option<Alert> {
    let certificate = version.certificate.as_ref().map(|certificate| certificate.not_after);
    let own = version.life.expires;
    if let Some(end) = certificate.filter(|&end| end <= now) {
        return Some(alert(Urgency::Critical, AlertKind::CertificateExpired, end));
    }
    let end = version.expires().filter(|&end| key.warns_from(end) <= now)?;
    let kind = if own == Some(end) { AlertKind::Expiring } else { AlertKind::CertificateExpiring };
    let last_warning = key.warn_days.iter().copied().min().unwrap_or(0);
    let urgent = key.warn_days.len() > 1 && end.seconds_since(now) <= DAY * i64::from(last_warning);
    Some(alert(if urgent { Urgency::Critical } else { Urgency::Warning }, kind, end))
}

/// The alerts of the inventory as a whole. `now` is the machine's clock, not held to any floor.
pub fn of_inventory(inventory: &Inventory, conditions: &Conditions, now: Time) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut push = |urgency, kind, key, at| alerts.push(Alert { urgency, kind, key, version: None, at, quiet: None });
    let (facts, floor) = (inventory.facts(), inventory.floor());
    if let Some(trouble) = &conditions.log {
        push(Urgency::Critical, AlertKind::LogTrouble(trouble.clone()), None, now);
    }
    for (store, trouble) in &conditions.stores {
        push(Urgency::Critical, AlertKind::StoreTrouble { store: store.clone(), trouble: trouble.clone() }, None, now);
    }
    for (server, finding) in &conditions.servers {
        let (what, sentence) = (finding.id(), format!("{server}: {}", finding.sentence()));
        push(finding.urgency(), AlertKind::ServerTrouble { server: server.clone(), what, sentence }, None, now);
    }
    for (key, trouble) in &conditions.secrets {
        push(Urgency::Critical, AlertKind::SecretTrouble(trouble.clone()), Some(*key), now);
    }
    for (key, trouble) in &conditions.files {
        let kind = match trouble {
            FileTrouble::Changed(file) => AlertKind::TrackedChanged(file.clone()),
            FileTrouble::Gone(file) => AlertKind::TrackedGone(file.clone()),
        };
        push(Urgency::Warning, kind, Some(*key), now);
    }
    if let Some(trouble) = &conditions.anchor {
        push(Urgency::Warning, AlertKind::AnchorTrouble(trouble.clone()), None, now);
    }
    if floor.seconds_since(now) > DRIFT {
        push(Urgency::Critical, AlertKind::ClockSetBack, None, floor);
    } else if inventory.seq() > 0 && now.seconds_since(facts.trusted) > CLOCK_LEAP {
        push(Urgency::Warning, AlertKind::ClockAhead, None, facts.trusted);
    }
    for operation in inventory.open_operations().values().filter(|operation| now.seconds_since(operation.time) > DRIFT) {
        push(Urgency::Warning, AlertKind::OpenOperation, operation.intent.keys().first().copied(), operation.time);
    }
    for accepted in &facts.accepted {
        push(Urgency::Notice, AlertKind::HistoryAccepted, None, accepted.at);
    }
    match (&facts.backup, facts.newest_key) {
        (None, Some(newest)) if facts.recovery != Some(true) => push(Urgency::Warning, AlertKind::NoBackup, None, newest),
        (Some((made, _)), Some(newest)) if *made < newest => push(Urgency::Notice, AlertKind::BackupOld, None, newest),
        (Some((made, _)), Some(_)) if inventory.backup_is_old(now) => push(Urgency::Notice, AlertKind::BackupAged, None, *made),
        (None, Some(newest)) => push(Urgency::Notice, AlertKind::NoBackup, None, newest),
        _ => {}
    }
    for alert in &mut alerts {
        // What a person quieted of a key is kept with the key.
        let key = alert.key.and_then(|id| inventory.key(id));
        alert.quieten(key.map_or(&facts.quiet, |key| &key.quiet), now);
    }
    alerts
}

/// Most urgent first; within an urgency what was or comes first.
pub fn sort(alerts: &mut [Alert]) {
    alerts.sort_by_key(|alert| (alert.urgency, alert.at, alert.key));
}

/// What happened, what holds now and what to do, in a sentence or two.
pub fn sentence(alert: &Alert, name: Option<&str>, now: Time, zone: &TimeZone) -> String {
    let date = short_date(alert.at, zone);
    let span = short_span(alert.at.seconds_since(now));
    let key = name.unwrap_or("the key");
    match &alert.kind {
        AlertKind::Expired => {
            format!("It ended on {date}, {span} ago. It no longer signs; its public half goes on verifying.")
        }
        AlertKind::CertificateExpired => format!("The attached certificate ended on {date}, {span} ago. Request a new one."),
        AlertKind::Expiring => format!("It ends on {date}, in {span}. Have its successor ready by then."),
        AlertKind::CertificateExpiring => {
            format!("The attached certificate ends on {date}, in {span}. Request a new one in time.")
        }
        AlertKind::NotYetActive if alert.at > now => format!("It becomes active on {date}, in {span}."),
        AlertKind::NotYetActive => "It waits for a person to activate it.".into(),
        AlertKind::Compromised { untold: 0 } => {
            format!("Known since {date}. Replace {key} wherever it is trusted, then destroy its private half.")
        }
        AlertKind::Compromised { untold } => {
            let holders = if *untold == 1 { "1 holder was".to_owned() } else { format!("{untold} holders were") };
            format!("Known since {date}. {holders} not told yet. Send the notice and replace {key} wherever it is trusted.")
        }
        AlertKind::RotationDue => format!("By its policy a new version was due on {date}. Rotate it."),
        AlertKind::DeliveryOpen { holders: 1 } => format!("Since {date} one holder waits for the new version."),
        AlertKind::DeliveryOpen { holders } => format!("Since {date} {holders} holders wait for the new version."),
        AlertKind::Suspended => format!("Since {date}, for {span}. It verifies and does not sign. Resume it, or end it."),
        AlertKind::DestructionWaits => format!("It will be destroyed on {date}, in {span}. Until then it can be kept."),
        AlertKind::DestructionDue => format!("Its waiting time ended on {date}. Destroy it, or keep it."),
        AlertKind::PrivateHalfKept => {
            format!("It ended on {date}, and its private half is of no more use. Destroy it; the public half goes on verifying.")
        }
        AlertKind::BreaksPolicy(breach) => breach.sentence(),
        AlertKind::SecretTrouble(trouble) | AlertKind::LogTrouble(trouble) => trouble.clone(),
        AlertKind::StoreTrouble { store, trouble } => format!("{store}: {trouble}"),
        AlertKind::TrackedChanged(file) | AlertKind::TrackedGone(file) => file.trouble.clone(),
        AlertKind::ServerTrouble { sentence, .. } => sentence.clone(),
        AlertKind::AnchorTrouble(trouble) => format!("{trouble} Until it can be written a cut log might go unseen."),
        AlertKind::NoBackup => "Were this machine lost, its keys would be. Make a backup and keep it elsewhere.".into(),
        AlertKind::BackupOld => format!("Keys were made since, the newest on {date}. Make another."),
        AlertKind::BackupAged => format!("The last one was made on {date}, {span} ago. Make another, and rehearse it."),
        AlertKind::ClockSetBack => {
            format!("The last record was written on {date}, and the machine's clock stands {span} before it. Correct the clock.")
        }
        AlertKind::ClockAhead => format!(
            "The last change was made on {date}, {span} ago. If that is wrong, correct the machine's clock before you go on."
        ),
        AlertKind::HistoryAccepted => {
            format!("On {date} a person went on from a log that was not whole. The old file is kept beside.")
        }
        AlertKind::OpenOperation => {
            format!("Begun on {date} and not ended. It is taken up again when the inventory is unlocked and the store answers.")
        }
    }
}
