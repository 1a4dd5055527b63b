//! What a backup holds, how it stands to what is here, and what was done with it, in lines.

use egui::Ui;

use crate::custodian::restore::{Restoration, RestoreMode, Standing};
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Weight, follows, key_value};
use crate::model::MergeAct;
use crate::model::name::shown;

/// So many are named before the rest is counted.
const NAMED: usize = 5;

fn count(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// Some by name, the rest by number.
fn named<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut some: Vec<String> = names.take(NAMED).map(|name| shown(name).into_owned()).collect();
    if more > 0 {
        some.push(format!("{more} more"));
    }
    some.join(", ")
}

/// Over the last stage.
pub fn title(done: &Restoration) -> &'static str {
    match done.mode {
        RestoreMode::Merge => "The backup was merged",
        RestoreMode::Replace => "The backup was restored",
        RestoreMode::Preview | RestoreMode::Rehearse => "The backup was rehearsed",
    }
}

/// What was found in it.
pub fn found_ui(ui: &mut Ui, found: &Restoration, view: &View<'_>) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        key_value(ui, "Made", &view.desk.date(found.backup.at), "", false, None);
        let holds = format!("{}, {}", count(found.keys, "key", "keys"), count(found.secrets, "secret", "secrets"));
        key_value(ui, "Holds", &holds, "each compared with its log", false, None);
        if !found.lacks.is_empty() {
            let lacks = count(found.lacks.len(), "private half", "private halves");
            key_value(ui, "Does not hold", &lacks, "", false, None);
        }
        if let Some(standing) = &found.standing {
            key_value(ui, "Stands to this", standing.relation.sentence(), "", false, None);
            key_value(ui, "A merge brings", &brings(standing), "", false, None);
            if !standing.only_here.is_empty() {
                let only = named(standing.only_here.iter().map(|name| &**name));
                key_value(ui, "Only here", &only, "", false, None);
            }
        }
    });
}

fn brings(standing: &Standing) -> String {
    let plan = &standing.plan;
    let parts = [
        (plan.new_keys(), "new key", "new keys"),
        (plan.count(|act| matches!(act, MergeAct::AddVersion(_))), "new version", "new versions"),
        (plan.count(|act| matches!(act, MergeAct::Return(_))), "missing secret", "missing secrets"),
        (plan.count(|act| matches!(act, MergeAct::Stricter { .. })), "stricter state", "stricter states"),
    ];
    let parts = parts.into_iter().filter(|(some, ..)| *some > 0).chain(plan.record_counts());
    let parts: Vec<String> = parts.map(|(some, one, many)| count(some, one, many)).collect();
    if parts.is_empty() { "nothing: all of it is here".into() } else { parts.join(", ") }
}

/// The records that a merge brings and those that stay as they are here, these first.
pub fn records_ui(ui: &mut Ui, found: &Restoration) {
    let Some(standing) = &found.standing else { return };
    let records = &standing.plan.records;
    let (stay, come): (Vec<_>, Vec<_>) = records.iter().partition(|record| record.act.stays().is_some());
    for record in stay.iter().chain(&come).take(NAMED) {
        let weight = if record.act.stays().is_some() { Weight::Care } else { Weight::Plain };
        follows(ui, Icon::Info, weight, &record.sentence(), "");
    }
    if records.len() > NAMED {
        let more = format!("And {} more like these.", records.len() - NAMED);
        follows(ui, Icon::Info, Weight::Plain, &more, "keystead restore --json lists them all.");
    }
}

/// What putting it in the place of this inventory would undo.
pub fn setbacks_ui(ui: &mut Ui, found: &Restoration) {
    let Some(standing) = &found.standing else { return };
    for setback in standing.setbacks.iter().take(NAMED) {
        let name = shown(&setback.name);
        let sentence =
            format!("{name}, version {}: {} here, {} in the backup.", setback.of.version, setback.here.id(), setback.there.id());
        let hint = if setback.brings_back { "Its private half would be back." } else { "Its state would be milder." };
        follows(ui, Icon::Warning, Weight::Grave, &sentence, hint);
    }
    if standing.setbacks.len() > NAMED {
        let more = format!("And {} more like these.", standing.setbacks.len() - NAMED);
        follows(ui, Icon::Warning, Weight::Grave, &more, "keystead restore --replace lists them all.");
    }
    if !standing.only_here.is_empty() {
        let keys = count(standing.only_here.len(), "key is", "keys are");
        let hint = named(standing.only_here.iter().map(|name| &**name));
        follows(ui, Icon::Warning, Weight::Care, &format!("{keys} here and not in the backup."), &hint);
    }
}

/// What was done.
pub fn done_ui(ui: &mut Ui, done: &Restoration, view: &View<'_>) {
    let theme = theme::of(ui);
    let opens = format!(
        "It opens: {}, {}, its log verified up to record {}.",
        count(done.keys, "key", "keys"),
        count(done.secrets, "secret", "secrets"),
        done.backup.covers
    );
    follows(ui, Icon::SealCheck, Weight::Plain, &opens, "Each secret is the one that its log knows.");
    if let Some(standing) = &done.standing {
        let brought = if done.mode == RestoreMode::Merge { "It brought" } else { "A merge would bring" };
        follows(ui, Icon::Info, Weight::Plain, standing.relation.sentence(), &format!("{brought}: {}.", brings(standing)));
        if done.mode == RestoreMode::Merge {
            records_ui(ui, done);
        }
    }
    if !done.lacks.is_empty() {
        let lacks = count(done.lacks.len(), "private half is", "private halves are");
        let names = named(done.lacks.iter().map(|(name, ..)| &**name).collect::<Vec<_>>().into_iter());
        follows(ui, Icon::Warning, Weight::Care, &format!("{lacks} not in it."), &names);
    }
    if let Some(kept) = &done.kept {
        let sentence = format!("What was here before is kept in {}.", kept.display());
        follows(ui, Icon::Archive, Weight::Plain, &sentence, "Remove it once you are sure.");
    }
    if done.as_files {
        let sentence = "No keychain here can hold its secrets, so they are encrypted files now.";
        follows(ui, Icon::Info, Weight::Plain, sentence, "");
    }
    let end = match (done.mode, done.recorded) {
        (RestoreMode::Rehearse, true) => {
            format!("Nothing was changed. The rehearsal of {} is on record.", view.desk.date(view.desk.now))
        }
        (RestoreMode::Rehearse | RestoreMode::Preview, _) => "Nothing was changed.".to_owned(),
        (RestoreMode::Merge | RestoreMode::Replace, _) => "It is on record.".to_owned(),
    };
    Role::Body.label(ui, theme.text2, end);
}
