//! What `show` says of a key's policy and of the turns that the life of its versions took.

use serde::Serialize;

use crate::model::{Figure, Inventory, IssuedCertificate, Key, Revocation, Suspension, Time, Version};

/// The figures that hold for one key.
#[derive(Serialize)]
pub(super) struct PolicyFacts {
    profile: String,
    figures: Vec<FigureFacts>,
}

#[derive(Serialize)]
struct FigureFacts {
    figure: &'static str,
    value: String,
    /// The key has it instead of its purpose's.
    own: bool,
}

/// What happened to a version and what is planned.
#[derive(Serialize)]
pub(super) struct LifeFacts {
    /// The planned end of the overlap with its successor.
    overlap_ends: Option<Time>,
    /// Deliveries that keep it from that end.
    open_deliveries: u32,
    suspensions: Vec<Suspended>,
    deactivated: Option<Time>,
    compromised: Option<Time>,
    destruction_due: Option<Time>,
    destroyed: Option<Time>,
    revocation: Option<Revoked>,
    /// Certificates that key servers issued for it.
    issued: Vec<IssuedFacts>,
}

#[derive(Serialize)]
struct Suspended {
    from: Time,
    until: Option<Time>,
    reason: String,
}

#[derive(Serialize)]
struct Revoked {
    reason: &'static str,
    at: Time,
    since: Option<Time>,
    note: String,
    /// Holders who have been told.
    told: Vec<String>,
}

/// A certificate that a key server issued for a version.
#[derive(Serialize)]
pub(super) struct IssuedFacts {
    store: String,
    mount: String,
    serial: String,
    not_after: Time,
    /// Since when it is revoked there; `null` where it is not, as far as the log says.
    revoked: Option<Time>,
}

impl IssuedFacts {
    /// Those of a version, the oldest first.
    pub(super) fn all(version: &Version) -> Vec<Self> {
        version.issued.iter().map(Self::from).collect()
    }
}

impl From<&IssuedCertificate> for IssuedFacts {
    fn from(issued: &IssuedCertificate) -> Self {
        Self {
            store: issued.issuer.store.to_string(),
            mount: issued.issuer.mount.to_string(),
            serial: issued.issuer.serial.to_string(),
            not_after: issued.not_after,
            revoked: issued.revoked,
        }
    }
}

impl PolicyFacts {
    /// The policy of a key.
    pub(super) fn of(inventory: &Inventory, key: &Key) -> Self {
        let (policy, purpose) = (inventory.policy_of(key), inventory.policy(key.purpose));
        let figure = |figure: Figure| FigureFacts {
            figure: figure.id(),
            value: figure.written(&policy),
            own: !figure.same(&policy, purpose),
        };
        Self { profile: policy.profile.to_string(), figures: Figure::ALL.map(figure).into() }
    }

    /// In one line: the profile, and what the key has of its own.
    pub(super) fn text(&self) -> String {
        let own: Vec<String> =
            self.figures.iter().filter(|figure| figure.own).map(|figure| format!("{} {}", figure.figure, figure.value)).collect();
        if own.is_empty() { self.profile.clone() } else { format!("{}, with its own {}", self.profile, own.join(", ")) }
    }
}

impl LifeFacts {
    /// The facts of a version.
    pub(super) fn of(version: &Version) -> Self {
        let life = &version.life;
        Self {
            overlap_ends: life.overlap_ends,
            open_deliveries: life.open_deliveries,
            suspensions: life.suspensions.iter().map(Suspended::from).collect(),
            deactivated: life.deactivated,
            compromised: life.compromised,
            destruction_due: life.destruction_due,
            destroyed: life.destroyed,
            revocation: version.revocation.as_deref().map(Revoked::from),
            issued: IssuedFacts::all(version),
        }
    }

    /// What of it a person reads, with its label.
    pub(super) fn lines(&self, version: u32) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if let Some(end) = self.overlap_ends {
            lines.push(("Overlap", format!("version {version}: ends on {end}, with {} deliveries open", self.open_deliveries)));
        }
        for held in &self.suspensions {
            let until = held.until.map_or_else(|| "until a person resumes it".to_owned(), |until| format!("until {until}"));
            lines.push(("Suspended", format!("version {version}: from {} {until} {}", held.from, held.reason)));
        }
        if let Some(at) = self.deactivated {
            lines.push(("Deactivated", format!("version {version}: {at}")));
        }
        if let Some(revoked) = &self.revocation {
            let since = revoked.since.map(|since| format!(", since {since}")).unwrap_or_default();
            lines.push(("Revoked", format!("version {version}: {}, {}{since} {}", revoked.at, revoked.reason, revoked.note)));
        }
        for issued in &self.issued {
            let revoked = issued.revoked.map(|at| format!(", revoked there since {at}")).unwrap_or_default();
            let (store, mount, serial) = (&issued.store, &issued.mount, &issued.serial);
            lines.push(("Issued", format!("version {version}: serial {serial} by {store}, PKI engine {mount}{revoked}")));
        }
        if let Some(due) = self.destruction_due {
            lines.push(("Destruction", format!("version {version}: planned for {due}")));
        }
        if let Some(at) = self.destroyed {
            lines.push(("Destroyed", format!("version {version}: {at}")));
        }
        for (_, text) in &mut lines {
            text.truncate(text.trim_end().len());
        }
        lines
    }
}

impl From<&Suspension> for Suspended {
    fn from(span: &Suspension) -> Self {
        Self { from: span.from, until: span.until, reason: span.reason.clone() }
    }
}

impl From<&Revocation> for Revoked {
    fn from(revocation: &Revocation) -> Self {
        Self {
            reason: revocation.reason.id(),
            at: revocation.at,
            since: revocation.since,
            note: revocation.note.to_string(),
            told: revocation.told.iter().map(ToString::to_string).collect(),
        }
    }
}
