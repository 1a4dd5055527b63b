//! Turns in the life of keys that touch no store: activate, suspend, resume, deactivate, extend,
//! plan or cancel a destruction, revoke; and what is said of deliveries, policies and alerts.

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::note;
use super::outcome::Outcome;
use crate::model::{
    Event, KeyId, Overrides, Policy, Purpose, Quiet, RevocationReason, RuleError, Time, Transition, VersionRef, name,
};

/// More than a reason or a note about a revocation ever needs.
const LONGEST_REASON: usize = 1_000;

impl Custodian {
    /// Lets versions take a turn: one record, one event each. Those that cannot are reported, the
    /// others take theirs.
    pub(super) fn turn(&self, turns: &[(VersionRef, Transition)], reason: &str) -> Result<Outcome, CustodianError> {
        let reason = reason_of(reason)?;
        let event = |(version, transition): &(VersionRef, Transition)| Event::Transitioned {
            version: *version,
            transition: *transition,
            reason: reason.clone(),
        };
        self.append_each(turns.iter().map(|turn| (turn.0.key, event(turn))))
    }

    /// Appends those events that the rules allow now, as one record, and reports the others. One
    /// event alone that is refused is an error.
    pub(super) fn append_each(&self, events: impl Iterator<Item = (KeyId, Event)>) -> Result<Outcome, CustodianError> {
        let now = self.now();
        let (mut allowed, mut outcome, mut first) = (Vec::new(), Outcome::default(), None);
        for (key, event) in events {
            match self.read(|inventory| inventory.check(std::slice::from_ref(&event), now)) {
                Ok(()) => {
                    outcome.keys.push(key);
                    allowed.push(event);
                }
                Err(error) => {
                    let error = CustodianError::from(error);
                    outcome.refuse(key, &error);
                    first.get_or_insert(error);
                }
            }
        }
        match (allowed.is_empty(), first) {
            (true, Some(error)) => return Err(error),
            (true, None) => {}
            (false, _) => drop(self.append(allowed)?),
        }
        Ok(outcome)
    }

    /// Revokes versions.
    pub(super) fn revoke(
        &self,
        versions: &[VersionRef],
        reason: RevocationReason,
        since: Option<Time>,
        text: &str,
    ) -> Result<Outcome, CustodianError> {
        let text = reason_of(text)?;
        let since = since.filter(|_| reason.compromises());
        if since.is_some_and(|since| since > self.now()) {
            return Err(CustodianError::Input("A compromise cannot begin after now. Give a date that has passed.".into()));
        }
        let event = |version: &VersionRef| Event::Revoked { version: *version, reason, since, note: text.clone() };
        self.append_each(versions.iter().map(|version| (version.key, event(version))))
    }

    /// What was due to a recipient was delivered: one hand-over for each form that was due.
    pub(super) fn deliver(&self, key: KeyId, recipient: &str) -> Result<Outcome, CustodianError> {
        let recipient = name::parse(recipient).map_err(RuleError::from)?;
        let now = self.now();
        let due: Vec<Event> = self.read(|inventory| {
            let known = inventory.key(key).ok_or(RuleError::NoKey(key))?;
            let due = known.open_deliveries().filter(|delivery| delivery.recipient == recipient);
            let given = due.map(|delivery| Event::HandedOver {
                version: VersionRef { key, version: delivery.version },
                recipient: recipient.clone(),
                format: delivery.format,
                at: now,
                elsewhere: true,
            });
            let given: Vec<Event> = given.collect();
            if given.is_empty() {
                return Err(RuleError::NoDelivery { name: known.name.to_string(), recipient: recipient.to_string() });
            }
            Ok(given)
        })?;
        self.append(due)?;
        Ok(Outcome { keys: vec![key], ..Outcome::default() })
    }

    /// A recipient no longer needs a key.
    pub(super) fn drop_delivery(&self, key: KeyId, recipient: &str, reason: &str) -> Result<Outcome, CustodianError> {
        let recipient = name::parse(recipient).map_err(RuleError::from)?;
        self.append(vec![Event::DeliveryDropped { key, recipient, reason: reason_of(reason)? }])?;
        Ok(Outcome { keys: vec![key], ..Outcome::default() })
    }

    /// A holder was told of a revocation.
    pub(super) fn notice_sent(&self, version: VersionRef, recipient: &str) -> Result<Outcome, CustodianError> {
        let recipient = name::parse(recipient).map_err(RuleError::from)?;
        self.read(|inventory| {
            let key = inventory.key(version.key).ok_or(RuleError::NoKey(version.key))?;
            let (number, name) = (version.version, || name::shown(&key.name).into_owned());
            let found = key.version(number).ok_or_else(|| RuleError::NoVersion { name: name(), version: number })?;
            let holds = key.to_tell(found).iter().any(|(holder, ..)| **holder == *recipient);
            // Of one that was not revoked the log itself says so.
            if holds || found.revocation.is_none() {
                Ok(())
            } else {
                Err(RuleError::NoHolder { name: name(), version: number, recipient: recipient.to_string() })
            }
        })?;
        self.append(vec![Event::NoticeSent { version, recipient }])?;
        Ok(Outcome { keys: vec![version.key], ..Outcome::default() })
    }

    /// Gives purposes other policies.
    pub(super) fn set_policies(&self, policies: &[(Purpose, Policy)]) -> Result<Outcome, CustodianError> {
        let event =
            |(purpose, policy): &(Purpose, Policy)| Event::PolicySet { purpose: *purpose, policy: Box::new(policy.clone()) };
        self.append(policies.iter().map(event).collect())?;
        Ok(Outcome::default())
    }

    /// Gives keys figures of their own.
    pub(super) fn set_key_policies(&self, policies: &[(KeyId, Overrides)]) -> Result<Outcome, CustodianError> {
        let event = |(key, own): &(KeyId, Overrides)| Event::KeyPolicySet { key: *key, overrides: Box::new(own.clone()) };
        self.append_each(policies.iter().map(|policy| (policy.0, event(policy))))
    }

    /// Snoozes or acknowledges alerts. To acknowledge takes a reason.
    pub(super) fn quieten(&self, alerts: &[(Option<KeyId>, Quiet)]) -> Result<Outcome, CustodianError> {
        let now = self.now();
        let mut events = Vec::with_capacity(alerts.len());
        for (key, quiet) in alerts {
            let reason = reason_of(&quiet.reason)?;
            match quiet.until {
                None if reason.is_empty() => {
                    return Err(CustodianError::Input("To acknowledge an alert takes a reason. Say why it can stay.".into()));
                }
                Some(until) if until <= now => {
                    return Err(CustodianError::Input("An alert is snoozed until a date that lies ahead.".into()));
                }
                _ => {}
            }
            events.push(Event::AlertQuieted { key: *key, quiet: Quiet { at: now, reason: reason.into(), ..quiet.clone() } });
        }
        self.append(events)?;
        Ok(Outcome { keys: alerts.iter().filter_map(|(key, _)| *key).collect(), ..Outcome::default() })
    }

    /// Shows quieted alerts again.
    pub(super) fn reopen(&self, alerts: &[(Option<KeyId>, Box<str>, Box<str>)]) -> Result<Outcome, CustodianError> {
        let event = |(key, kind, subject): &(Option<KeyId>, Box<str>, Box<str>)| Event::AlertReopened {
            key: *key,
            kind: kind.clone(),
            subject: subject.clone(),
        };
        self.append(alerts.iter().map(event).collect())?;
        Ok(Outcome { keys: alerts.iter().filter_map(|(key, ..)| *key).collect(), ..Outcome::default() })
    }
}

/// A reason in the form in which it is kept.
pub(super) fn reason_of(typed: &str) -> Result<String, CustodianError> {
    let text = typed.trim();
    note(text)?;
    if text.chars().count() > LONGEST_REASON {
        return Err(CustodianError::Input(format!("A reason has at most {LONGEST_REASON} characters.")));
    }
    Ok(text.to_owned())
}
