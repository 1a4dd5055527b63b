//! What wants a person's attention now or soon. Alerts are computed, never stored; from what, is in `alert_rules`.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use super::alert_rules::{of_inventory, of_key};
use super::compliance::Breach;
use super::ids::KeyId;
use super::issued::Issuer;
use super::server::Finding;
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
    /// It is revoked here, and the server that issued its certificate still vouches for that.
    CertificateVouchedFor {
        /// How many such certificates its version has.
        certificates: u32,
        /// One of them.
        issuer: Box<Issuer>,
    },
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
            Self::CertificateVouchedFor { .. } => "certificate-not-revoked",
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
            Self::CertificateVouchedFor { .. } => "Certificate not revoked at its server",
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

    pub(super) fn quieten(&mut self, quiet: &[Quiet], now: Time) {
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

/// The clock stood this long before the last record and was set back; less is drift.
pub const DRIFT: i64 = 120;

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
        AlertKind::CertificateVouchedFor { certificates, issuer } => {
            let (store, mount, serial) = (&issuer.store, &issuer.mount, &issuer.serial);
            let more = if *certificates > 1 { format!(" and {} more", certificates - 1) } else { String::new() };
            format!(
                "Revoked here on {date}. The certificate with the serial number {serial}{more} is not revoked at {store} yet (PKI engine {mount}), so others still trust it. Log in to {store} and reconcile it."
            )
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
