//! What lies ahead, for people outside the window: a calendar of coming dates, and notifications of
//! alerts that were not told yet. Neither needs an unlock, and neither is in the log.

use super::core::Custodian;
use super::error::CustodianError;
use super::export::Aim;
use super::notify::{self, NotifyError};
use super::outcome::Outcome;
use super::told::{Matter, Told};
use crate::formats::calendar::{self, Entry};
use crate::model::{Alert, DueKind, Target, Time, Urgency, alert, forecast, name};

/// How far a calendar looks ahead.
const CALENDAR_DAYS: i64 = 731;

/// More alerts than this become one notification that counts them.
const MOST_NOTIFICATIONS: usize = 4;

impl Custodian {
    /// Writes a calendar of all dates that come within two years, with alarms by each key's own
    /// warning times.
    pub fn export_calendar(&self, target: &Target) -> Result<Outcome, CustodianError> {
        let aim = Aim::of(target)?;
        let now = self.now();
        let text = calendar::text(&self.dates_ahead(now), now);
        self.put(&aim, text.clone().into_bytes(), |written| written == text.as_bytes())
    }

    fn dates_ahead(&self, now: Time) -> Vec<Entry> {
        let until = now.plus_days(CALENDAR_DAYS);
        self.read(|inventory| {
            let mut entries = Vec::new();
            for key in inventory.keys() {
                let policy = inventory.policy_of(key);
                let shown = name::shown(&key.name);
                for (at, kind) in forecast::of_key(key, &policy, now, until) {
                    entries.push(Entry {
                        uid: format!("{}-{}-{}@keystead", key.id, kind.id(), at.as_second()),
                        at,
                        summary: format!("{shown}: {}", happens(kind)),
                        description: format!("{} {}", key.purpose.name(), asks(kind)),
                        alarms_days: key.warn_days.to_vec(),
                    });
                }
            }
            entries.sort_by_key(|entry| entry.at);
            entries
        })
    }

    /// Shows those alerts that want attention and were not told yet as notifications of the
    /// desktop, and remembers them. How many were shown.
    pub fn tell_news(&self) -> Result<usize, NotifyError> {
        let now = self.now();
        let alerts: Vec<Alert> = self.alerts().into_iter().filter(Alert::wants_attention).collect();
        let ids: Vec<String> = alerts.iter().map(identity).collect();
        let current: Vec<Matter> =
            ids.iter().zip(&alerts).map(|(id, alert)| Matter { id, critical: alert.urgency == Urgency::Critical }).collect();
        let (mut memory, _) = Told::open(&self.env.state_folder);
        memory.forget_others(&current);
        let news = memory.news(&current, now);
        if !news.is_empty() {
            let fresh: Vec<&Alert> = alerts
                .iter()
                .zip(&ids)
                .filter(|(_, id)| news.iter().any(|matter| matter.id == id.as_str()))
                .map(|(alert, _)| alert)
                .collect();
            self.show(&fresh, now)?;
            memory.note(&news, now);
        }
        // What could not be remembered is told again next time.
        let _ = memory.save();
        Ok(news.len())
    }

    fn show(&self, fresh: &[&Alert], now: Time) -> Result<(), NotifyError> {
        for alert in fresh.iter().take(MOST_NOTIFICATIONS) {
            let key = alert.key.and_then(|id| self.read(|inventory| inventory.key(id).map(|key| key.name.to_string())));
            let sentence = alert::sentence(alert, key.as_deref(), now, &self.env.zone);
            let title =
                key.map_or_else(|| alert.kind.title().to_owned(), |key| format!("{key}: {}", alert.kind.title().to_lowercase()));
            notify::tell(&title, &sentence, alert.urgency == Urgency::Critical)?;
        }
        match fresh.len().saturating_sub(MOST_NOTIFICATIONS) {
            0 => Ok(()),
            rest => {
                let body = "Open Keystead, or read what `keystead alerts` prints.";
                notify::tell(&format!("{rest} more keys want attention"), body, false)
            }
        }
    }
}

/// The same for as long as it is the same matter.
fn identity(alert: &Alert) -> String {
    let key = alert.key.map(|key| key.to_string()).unwrap_or_default();
    format!("{key}/{}/{}/{}", alert.version.unwrap_or_default(), alert.kind.id(), alert.subject())
}

const fn happens(kind: DueKind) -> &'static str {
    match kind {
        DueKind::Rotation => "rotation is due",
        DueKind::Expiry => "expires",
        DueKind::Certificate => "certificate expires",
        DueKind::Activation => "becomes active",
        DueKind::Destruction => "is due to be destroyed",
    }
}

const fn asks(kind: DueKind) -> &'static str {
    match kind {
        DueKind::Rotation => "key. By its policy a new version is due.",
        DueKind::Expiry => "key. It no longer signs from then on. Have its successor ready.",
        DueKind::Certificate => "key. Request a new certificate in time.",
        DueKind::Activation => "key. It may be used from then on.",
        DueKind::Destruction => "key. Its waiting time ends; until then it can be kept.",
    }
}
