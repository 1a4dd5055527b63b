//! What takes a command back. What has no entry here cannot be undone, and its dialog says so before.

use crate::model::{Address, Command, Inventory, KeyId, Life, Quiet, RecipientChange, Sighting, Time, Transition};

/// The command that takes this one back, asked before it is done.
pub fn inverse(command: &Command, inventory: &Inventory, now: Time) -> Option<Command> {
    match command {
        Command::Edit(edits) => {
            let back = edits.iter().filter_map(|(id, edit)| Some((*id, inventory.key(*id)?.inverse(edit))));
            Some(Command::Edit(back.collect()))
        }
        Command::Turn { turns, .. } => {
            let back: Option<Vec<_>> = turns
                .iter()
                .map(|(of, turn)| {
                    let life = &inventory.key(of.key)?.version(of.version)?.life;
                    Some((*of, turned_back(life, *turn, now)?))
                })
                .collect();
            back.filter(|turns| !turns.is_empty()).map(|turns| Command::Turn { turns, reason: "Taken back".into() })
        }
        Command::SetPolicies(policies) => {
            let back = policies.iter().map(|(purpose, _)| (*purpose, inventory.policy(*purpose).clone()));
            Some(Command::SetPolicies(back.collect()))
        }
        Command::SetKeyPolicies(policies) => {
            let back = policies.iter().filter_map(|(id, _)| {
                let own = inventory.key(*id)?.overrides.as_deref().cloned();
                Some((*id, own.unwrap_or_default()))
            });
            Some(Command::SetKeyPolicies(back.collect()))
        }
        Command::Quiet(alerts) => {
            let before: Vec<_> =
                alerts.iter().filter_map(|(key, quiet)| quieted(*key, &quiet.kind, &quiet.subject, inventory, now)).collect();
            if before.len() == alerts.len() {
                return Some(Command::Quiet(before));
            }
            // Some were quiet already and some were not: no one command leads back.
            let open =
                || Command::Reopen(alerts.iter().map(|(key, quiet)| (*key, quiet.kind.clone(), quiet.subject.clone())).collect());
            before.is_empty().then(open)
        }
        Command::Reopen(alerts) => {
            let before: Vec<_> =
                alerts.iter().filter_map(|(key, kind, subject)| quieted(*key, kind, subject, inventory, now)).collect();
            (!before.is_empty()).then_some(Command::Quiet(before))
        }
        Command::AddServers(servers) => {
            let known = |address: &Address| inventory.servers().iter().any(|known| known.address == *address);
            let new: Vec<_> = servers.iter().map(|(address, _)| address).filter(|address| !known(address)).cloned().collect();
            (!new.is_empty()).then_some(Command::ForgetServers(new))
        }
        Command::ForgetServers(addresses) => {
            let forgotten = inventory.servers().iter().filter(|known| addresses.contains(&known.address));
            Some(Command::AddServers(forgotten.map(|known| (known.address.clone(), known.seen.clone())).collect()))
        }
        Command::TakeDownServers(seen) => {
            let before = |sighting: &Sighting| {
                let known = inventory.servers().iter().find(|known| known.address == sighting.address)?;
                known.seen.as_deref().cloned()
            };
            seen.iter().map(before).collect::<Option<Vec<_>>>().map(Command::TakeDownServers)
        }
        Command::ChangeRecipients(changes) => {
            let back = changes.iter().map(|(name, _)| match inventory.recipient(name) {
                Some(known) => (name.clone(), RecipientChange::Restore(Box::new(known.clone()))),
                None => (name.clone(), RecipientChange::Remove),
            });
            Some(Command::ChangeRecipients(back.collect()))
        }
        Command::SetBackupAge(_) => Some(Command::SetBackupAge(inventory.old_backup_days())),
        Command::ChooseNoticeKey(_) => Some(Command::ChooseNoticeKey(inventory.facts().notice_key)),
        _ => None,
    }
}

/// How an alert is quieted now, if that still holds.
fn quieted(key: Option<KeyId>, kind: &str, subject: &str, inventory: &Inventory, now: Time) -> Option<(Option<KeyId>, Quiet)> {
    let quiet = match key {
        Some(id) => &inventory.key(id)?.quiet,
        None => &inventory.facts().quiet,
    };
    let holds = |quiet: &&Quiet| quiet.is_of(kind, subject) && quiet.until.is_none_or(|until| now < until);
    quiet.iter().rev().find(holds).map(|quiet| (key, quiet.clone()))
}

/// The turn that takes this one back.
fn turned_back(life: &Life, turn: Transition, now: Time) -> Option<Transition> {
    match turn {
        Transition::Suspend { .. } => Some(Transition::Resume { at: now }),
        Transition::Resume { .. } => {
            let open = |span: &&crate::model::Suspension| span.until.is_none_or(|until| until > now);
            let span = life.suspensions.iter().rev().find(open)?;
            Some(Transition::Suspend { from: span.from.max(now), until: span.until })
        }
        Transition::ChangeExpiry { .. } => Some(Transition::ChangeExpiry { expires: life.expires? }),
        Transition::PlanDestruction { .. } => {
            Some(life.destruction_due.map_or(Transition::CancelDestruction, |due| Transition::PlanDestruction { due }))
        }
        Transition::CancelDestruction => Some(Transition::PlanDestruction { due: life.destruction_due? }),
        _ => None,
    }
}

/// The same, with what begins “now” beginning at the instant at which it is taken back.
pub fn at(command: Command, now: Time) -> Command {
    let Command::Turn { turns, reason } = command else { return command };
    let turns = turns.into_iter().map(|(of, turn)| {
        let turn = match turn {
            Transition::Resume { .. } => Transition::Resume { at: now },
            Transition::Suspend { from, until } => Transition::Suspend { from: from.max(now), until },
            turn => turn,
        };
        (of, turn)
    });
    Command::Turn { turns: turns.collect(), reason }
}

/// The same, without the keys for which the command was refused: nothing of them is to be taken back.
pub fn without(command: Command, refused: &[(KeyId, String)]) -> Option<Command> {
    let done = |key: KeyId| !refused.iter().any(|(other, _)| *other == key);
    match command {
        Command::Turn { mut turns, reason } => {
            turns.retain(|(of, _)| done(of.key));
            (!turns.is_empty()).then_some(Command::Turn { turns, reason })
        }
        Command::SetKeyPolicies(mut policies) => {
            policies.retain(|(key, _)| done(*key));
            (!policies.is_empty()).then_some(Command::SetKeyPolicies(policies))
        }
        command => Some(command),
    }
}
