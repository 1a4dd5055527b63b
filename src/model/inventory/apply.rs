//! Taking in the next record: the one way in which the inventory changes.

use std::sync::Arc;

use super::{AcceptedHistory, ApplyError, Changes, Inventory, OpenOperation, Restored, RuleError};
use crate::model::agent::{AgentUse, Offer};
use crate::model::alert::CLOCK_AHEAD;
use crate::model::event::{Event, Record};
use crate::model::handover::HandOver;
use crate::model::ids::{KeyId, OperationId};
use crate::model::intent::{Adoption, Edit, Intent, NewKey, NewVersion, Rotation, VersionRef};
use crate::model::issued::IssuedCertificate;
use crate::model::key::{Key, Version};
use crate::model::origin::{Held, store_of};
use crate::model::revocation::Revocation;
use crate::model::server::Server;
use crate::model::state::Life;
use crate::model::time::Time;
use crate::model::transition::Transition;

impl Inventory {
    /// Takes in the next record, or says why it cannot be the next; then nothing has changed but
    /// possibly the events ahead of the one refused, so the caller gives the inventory up.
    pub fn apply(&mut self, record: &Record) -> Result<Changes, ApplyError> {
        let seq = record.seq;
        self.check_head(record)?;
        let mut changes = Changes::default();
        for event in &record.events {
            self.apply_event(record, event, &mut changes).map_err(|rule| ApplyError::Rule { seq, rule })?;
        }
        self.seq = seq;
        self.floor = self.floor.max(record.time);
        if record.events.iter().any(Event::is_asked_for) || record.time.seconds_since(self.facts.trusted) <= CLOCK_AHEAD {
            self.facts.trusted = record.time;
        }
        self.installation = record.installation;
        changes.keys.sort_unstable();
        changes.keys.dedup();
        Ok(changes)
    }

    fn apply_event(&mut self, record: &Record, event: &Event, changes: &mut Changes) -> Result<(), RuleError> {
        let now = record.time;
        self.check_event(event, now)?;
        match event {
            Event::InventoryCreated { home } => {
                self.id = record.inventory;
                self.home = home.clone();
                self.facts.created = now;
                changes.whole = true;
            }
            Event::StoreAdded(store) => {
                self.stores.push(store.clone());
                changes.whole = true;
            }
            Event::StoreMoved(store) => {
                self.stores.iter_mut().filter(|known| known.name == store.name).for_each(|known| known.clone_from(store));
                changes.whole = true;
            }
            Event::StoreRemoved { name } => {
                self.stores.retain(|known| known.name != *name);
                changes.whole = true;
            }
            Event::Begun { operation, intent } => {
                self.reserve(intent);
                let opened = OpenOperation { time: now, offset: record.offset, intent: intent.clone() };
                self.open.insert(*operation, opened);
                changes.whole = true;
            }
            Event::Done { operation } => self.end(*operation, record, true, changes)?,
            Event::Failed { operation, .. } => self.end(*operation, record, false, changes)?,
            Event::KeysNoted { keys } => {
                keys.iter().for_each(|key| self.insert(key.clone(), now, record, record.offset, changes));
            }
            Event::HeldChanged { version, held } => self.change_version(*version, record.offset, changes, |found| {
                if let Some(origin) = &mut found.origin {
                    origin.held = held.clone();
                }
                found.locator.store = store_of(held).into();
            }),
            Event::VersionIdentified { version, identity } => {
                self.change_version(*version, record.offset, changes, |found| {
                    found.algorithm = identity.algorithm;
                    found.public_key.clone_from(&identity.public_key);
                    found.spki_sha256 = identity.spki_sha256;
                    found.ssh_sha256 = identity.ssh_sha256;
                    found.mac = identity.mac;
                });
            }
            Event::KeyEdited { key, edit } => self.edit(*key, edit, record, changes),
            Event::Exported { versions, .. } => {
                for version in versions {
                    self.change(version.key, record.offset, changes, |_| ());
                }
            }
            Event::HandedOver { version, recipient, format, at, elsewhere } => {
                let hand_over = HandOver {
                    version: version.version,
                    recipient: recipient.clone(),
                    format: *format,
                    at: *at,
                    elsewhere: *elsewhere,
                };
                self.change(version.key, record.offset, changes, |key| {
                    key.deliver(version.version, recipient, *format, now);
                    key.hand_overs.push(hand_over);
                });
            }
            Event::Requested { version, profile } => self.change_version(*version, record.offset, changes, |found| {
                found.request = Some(profile.clone());
            }),
            Event::CertificateAttached { version, certificate, issuer } => {
                self.change_version(*version, record.offset, changes, |found| {
                    let (not_after, revoked) = (certificate.not_after, None);
                    let issued = issuer.as_deref().map(|issuer| IssuedCertificate { issuer: issuer.clone(), not_after, revoked });
                    found.issued.extend(issued);
                    found.certificate = Some(certificate.clone());
                });
            }
            Event::CertificateRevoked { version, issuer, at } => {
                self.change_version(*version, record.offset, changes, |found| {
                    found
                        .issued
                        .iter_mut()
                        .filter(|issued| issued.issuer == **issuer)
                        .for_each(|issued| issued.revoked = Some(*at));
                });
            }
            Event::Transitioned { version, transition, reason } => {
                self.change_version(*version, record.offset, changes, |found| {
                    // Checked above: the turn is possible.
                    let _ = found.life.turn(*transition, now);
                    if let (Transition::Suspend { .. }, Some(span)) = (transition, found.life.suspensions.last_mut()) {
                        span.reason.clone_from(reason);
                    }
                });
            }
            Event::Revoked { version, reason, since, note } => {
                let revocation =
                    Revocation { reason: *reason, at: now, since: *since, note: note.as_str().into(), told: Vec::new() };
                let turn = reason.turn(*since, now);
                self.change_version(*version, record.offset, changes, |found| {
                    // Checked above: the turn is possible.
                    let _ = found.life.turn(turn, now);
                    found.revocation = Some(Box::new(revocation));
                });
            }
            Event::Signed { version, .. } => self.change_version(*version, record.offset, changes, |found| {
                found.last_used = Some(now);
            }),
            Event::AgentSet { key, usage } => self.agent_set(*key, *usage, record, changes),
            Event::AgentSigned { version, .. } => self.agent_signed(*version, record, changes),
            Event::NoticeSent { version, recipient } => self.change_version(*version, record.offset, changes, |found| {
                if let Some(revocation) = &mut found.revocation
                    && !revocation.told.contains(recipient)
                {
                    revocation.told.push(recipient.clone());
                }
            }),
            Event::NoticeKeyChosen { key } => {
                self.facts.notice_key = *key;
                changes.whole = true;
            }
            Event::DeliveryDropped { key, recipient, .. } => {
                self.change(*key, record.offset, changes, |key| key.drop_delivery(recipient, now));
            }
            Event::PolicySet { purpose, policy } => {
                self.policies.insert(*purpose, (**policy).clone());
                (changes.whole, changes.every_key) = (true, true);
            }
            Event::KeyPolicySet { key, overrides } => self.change(*key, record.offset, changes, |key| {
                key.overrides = (!overrides.is_empty()).then(|| overrides.clone());
            }),
            Event::AlertQuieted { key: Some(key), quiet } => self.change(*key, record.offset, changes, |key| {
                key.quiet.retain(|known| !known.is_of(&quiet.kind, &quiet.subject));
                key.quiet.push(quiet.clone());
            }),
            Event::AlertReopened { key: Some(key), kind, subject } => {
                self.change(*key, record.offset, changes, |key| key.quiet.retain(|known| !known.is_of(kind, subject)));
            }
            Event::AlertQuieted { key: None, quiet } => {
                self.facts.quiet.retain(|known| !known.is_of(&quiet.kind, &quiet.subject));
                self.facts.quiet.push(quiet.clone());
                changes.whole = true;
            }
            Event::AlertReopened { key: None, kind, subject } => {
                self.facts.quiet.retain(|known| !known.is_of(kind, subject));
                changes.whole = true;
            }
            Event::ServerAdded { address } => {
                self.servers.push(Server { address: address.clone(), added: now, seen: None });
                changes.whole = true;
            }
            Event::ServerRemoved { address } => {
                self.servers.retain(|known| known.address != *address);
                changes.whole = true;
            }
            Event::ServerSeen { sighting } => {
                for known in self.servers.iter_mut().filter(|known| known.address == sighting.address) {
                    known.seen = Some(sighting.clone());
                }
                changes.whole = true;
            }
            Event::RecipientSet { recipient } => {
                self.facts.removed_recipients.remove(&recipient.name);
                match self.recipients.binary_search_by(|known| known.name.cmp(&recipient.name)) {
                    Ok(index) => self.recipients[index] = (**recipient).clone(),
                    Err(index) => self.recipients.insert(index, (**recipient).clone()),
                }
                changes.whole = true;
            }
            Event::RecipientRemoved { name } => {
                self.recipients.retain(|known| known.name != *name);
                self.facts.removed_recipients.insert(name.clone());
                changes.whole = true;
            }
            Event::DueRun { .. } => {
                self.facts.last_run = Some(now);
                changes.whole = true;
            }
            Event::BackupMade { place, backup } => {
                self.facts.backup = Some((now, place.clone()));
                if let Some(backup) = backup {
                    self.know_backup(backup);
                }
                changes.whole = true;
            }
            Event::BackupSealed { operation, backup: sealed } => {
                if let Some(OpenOperation { intent: Intent::Backup { backup }, .. }) = self.open.get_mut(operation) {
                    backup.clone_from(sealed);
                }
                changes.whole = true;
            }
            Event::BackupKnown { backup } => {
                self.know_backup(backup);
                changes.whole = true;
            }
            Event::BackupAgeSet { days } => {
                self.facts.old_backup_days = Some(*days);
                changes.whole = true;
            }
            Event::BackupRehearsed { backup } => {
                for known in self.facts.backups.iter_mut().filter(|known| known.id == *backup) {
                    known.rehearsed = Some(now);
                }
                changes.whole = true;
            }
            Event::Restored { backup, anchored, absent } => {
                self.facts.restored.push(Restored { at: now, backup: backup.id, anchored: *anchored });
                self.facts.backup = Some((backup.at, backup.place.to_string()));
                self.know_backup(backup);
                self.lose(absent, record.offset, changes);
                changes.whole = true;
            }
            Event::RecoveryMade | Event::RecoveryDeclined => {
                self.facts.recovery = Some(matches!(event, Event::RecoveryMade));
                changes.whole = true;
            }
            Event::ClockCorrected { to, .. } => {
                self.floor = *to;
                self.facts.clock_corrections += 1;
                (changes.whole, changes.every_key) = (true, true);
            }
            Event::HistoryAccepted { found, anchored, reason } => {
                let accepted = AcceptedHistory { at: now, found: *found, anchored: *anchored, reason: reason.clone() };
                self.facts.accepted.push(accepted);
                changes.whole = true;
            }
            Event::Unlocked
            | Event::Locked
            | Event::PassphraseChanged
            | Event::TakenOver { .. }
            | Event::TokenInitialised { .. } => changes.whole = true,
        }
        Ok(())
    }

    fn agent_set(&mut self, id: KeyId, usage: Option<AgentUse>, record: &Record, changes: &mut Changes) {
        self.change(id, record.offset, changes, |key| key.agent = usage.map(|usage| Offer { usage, since: record.time }));
        match self.index_of(id) {
            Some(index) if usage.is_some() => drop(self.index.agent.insert(index)),
            Some(index) => drop(self.index.agent.remove(&index)),
            None => {}
        }
    }

    /// Of the agent's signatures a key's history names the last; the log has all of them.
    fn agent_signed(&mut self, of: VersionRef, record: &Record, changes: &mut Changes) {
        self.change(of.key, record.offset, changes, |key| {
            if let Some(before) = key.agent_signed.replace(record.offset) {
                key.history.retain(|offset| *offset != before);
            }
            if let Some(found) = key.versions.iter_mut().find(|found| found.number == of.version) {
                found.last_used = Some(record.time);
            }
        });
    }

    fn edit(&mut self, id: KeyId, edit: &Edit, record: &Record, changes: &mut Changes) {
        let before = self.key(id).map(|key| (key.name.clone(), key.is_destroyed()));
        self.change(id, record.offset, changes, |key| key.take_edit(edit));
        if let (Some(new), Some((old, false)), Some(index)) = (&edit.name, before, self.index_of(id)) {
            self.index.by_name.remove(&*old);
            self.index.by_name.insert(new.clone(), index);
        }
    }

    /// Notes what an open operation works on.
    pub(super) fn reserve(&mut self, intent: &Intent) {
        self.index.busy.extend(intent.keys());
        self.index.promised.extend(promised(intent));
    }

    fn end(&mut self, id: OperationId, record: &Record, done: bool, changes: &mut Changes) -> Result<(), RuleError> {
        let operation = self.open.remove(&id).ok_or(RuleError::NoOperation(id))?;
        changes.whole = true;
        for key in operation.intent.keys() {
            self.index.busy.remove(&key);
        }
        for name in promised(&operation.intent) {
            self.index.promised.remove(&name);
        }
        if done {
            self.complete(operation, record, changes);
        }
        Ok(())
    }

    fn complete(&mut self, operation: OpenOperation, record: &Record, changes: &mut Changes) {
        // The history points at the record that says what was done, not at the one that says it ended.
        let (now, offset) = (record.time, operation.offset);
        match operation.intent {
            Intent::Generate { keys } => {
                for key in keys {
                    self.insert(key, operation.time, record, operation.offset, changes);
                }
            }
            Intent::Rotate { rotations, .. } => {
                for rotation in rotations {
                    let Rotation { key, version, old, overlap_ends } = rotation;
                    let new = version.number;
                    let made = made(version, operation.time, record.seq);
                    self.change(key, offset, changes, |key| {
                        key.versions.push(made);
                        if let Some(old) = key.versions.iter_mut().find(|version| version.number == old) {
                            // Where it is not in use any more it has no overlap to end.
                            let _ = old.life.turn(Transition::EndOverlap { at: overlap_ends }, now);
                        }
                        key.open_delivery_list(old, new, now);
                    });
                }
            }
            Intent::Adopt { adoptions } => {
                for Adoption { version, locator, .. } in adoptions {
                    self.change_version(version, offset, changes, |found| {
                        found.locator = locator;
                        found.stored = record.seq;
                        if let Some(origin) = &mut found.origin {
                            origin.held = Held::Here;
                        }
                    });
                }
            }
            Intent::Move { version, from, to } => {
                self.change_version(version, offset, changes, |found| found.moved(&from, to));
            }
            Intent::Destroy { versions, .. } => {
                for version in versions {
                    self.change_version(version, offset, changes, |found| {
                        found.life.destruction_due = None;
                        found.life.destroyed = Some(now);
                    });
                    self.release_name(version.key);
                }
            }
            Intent::Export { versions, format, recipient, others, .. } => {
                let recipients: Vec<_> = std::iter::once(recipient).chain(others).collect();
                for version in versions {
                    self.change(version.key, offset, changes, |key| {
                        for recipient in &recipients {
                            key.deliver(version.version, recipient, format, now);
                            let (version, recipient) = (version.version, recipient.clone());
                            key.hand_overs.push(HandOver { version, recipient, format, at: now, elsewhere: false });
                        }
                    });
                }
            }
            Intent::Request { version, profile, format, recipient, .. } => {
                let given = recipient.map(|recipient| HandOver {
                    version: version.version,
                    recipient,
                    format,
                    at: now,
                    elsewhere: false,
                });
                self.change(version.key, offset, changes, |key| {
                    if let Some(given) = &given {
                        key.deliver(given.version, &given.recipient, format, now);
                    }
                    key.hand_overs.extend(given);
                    if let Some(found) = key.versions.iter_mut().find(|found| found.number == version.version) {
                        found.request = Some(profile);
                    }
                });
            }
            Intent::RemoveFile { versions, .. } => {
                for version in versions {
                    self.change(version.key, offset, changes, |_| ());
                }
            }
            Intent::Restore { merge } => self.take_merge(*merge, record, offset, changes),
            Intent::Backup { .. } | Intent::ChangePassphrase { .. } => {}
        }
    }

    fn insert(&mut self, new: NewKey, created: Time, record: &Record, offset: u64, changes: &mut Changes) {
        let index = self.keys.len() as u32;
        self.index.by_id.insert(new.id, index);
        self.index.by_name.insert(new.name.clone(), index);
        self.keys.push(Arc::new(Key {
            id: new.id,
            name: new.name,
            purpose: new.purpose,
            owner: new.owner,
            tags: new.tags,
            warn_days: new.warn_days,
            note: new.note,
            versions: vec![made(new.version, created, record.seq)],
            hand_overs: Vec::new(),
            deliveries: Vec::new(),
            overrides: None,
            agent: None,
            agent_signed: None,
            quiet: Vec::new(),
            history: vec![offset],
        }));
        self.facts.newest_key = Some(created);
        changes.keys.push(index);
    }

    pub(super) fn release_name(&mut self, id: KeyId) {
        if let Some(key) = self.key(id).filter(|key| key.is_destroyed()) {
            let name = key.name.clone();
            let own = self.index_of(id);
            if self.index.by_name.get(&name).copied() == own {
                self.index.by_name.remove(&name);
            }
        }
    }

    pub(super) fn change(&mut self, id: KeyId, offset: u64, changes: &mut Changes, change: impl FnOnce(&mut Key)) {
        if let Some(index) = self.index_of(id)
            && let Some(slot) = self.keys.get_mut(index as usize)
        {
            let key = Arc::make_mut(slot);
            change(key);
            if key.history.last() != Some(&offset) {
                key.history.push(offset);
            }
            changes.keys.push(index);
        }
    }

    pub(super) fn change_version(
        &mut self,
        of: VersionRef,
        offset: u64,
        changes: &mut Changes,
        change: impl FnOnce(&mut Version),
    ) {
        self.change(of.key, offset, changes, |key| {
            if let Some(found) = key.versions.iter_mut().find(|found| found.number == of.version) {
                change(found);
            }
        });
    }
}

/// The names that an operation will give to new keys.
fn promised(intent: &Intent) -> Vec<Box<str>> {
    match intent {
        Intent::Generate { keys } => keys.iter().map(|key| key.name.clone()).collect(),
        Intent::Restore { merge } => merge.names(),
        _ => Vec::new(),
    }
}

fn made(new: NewVersion, created: Time, seq: u64) -> Version {
    let here = new.origin.as_ref().is_none_or(|origin| origin.held.is_here());
    Version {
        stored: if here { seq } else { 0 },
        from: None,
        issued: Vec::new(),
        number: new.number,
        algorithm: new.algorithm,
        locator: new.locator,
        public_key: new.public_key,
        spki_sha256: new.spki_sha256,
        ssh_sha256: new.ssh_sha256,
        life: Life::new(created, new.activates, new.expires),
        zone: new.zone,
        request: None,
        certificate: None,
        revocation: None,
        last_used: None,
        mac: new.mac,
        origin: new.origin,
    }
}
