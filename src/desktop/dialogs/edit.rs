//! Editing what describes keys: one, or a selection.

use egui::Context;

use super::Form;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::size;
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Field, Tone, tag_editor};
use crate::model::name::{self, shown};
use crate::model::{Command, Edit, Key, KeyId};

/// Edits one key, or what a selection has in common.
pub struct EditKeys {
    keys: Vec<KeyId>,
    title: String,
    one: bool,
    name: String,
    owner: String,
    owner_before: Option<String>,
    tags: Vec<String>,
    typed: String,
    removed: Vec<String>,
    removed_typed: String,
    warnings: String,
    note: String,
    failed: Option<String>,
}

impl EditKeys {
    /// Of these keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let found: Vec<_> = keys.iter().filter_map(|id| view.desk.inventory.key(*id)).collect();
        let first = found.first()?;
        let one = found.len() == 1;
        let same_owner = found.iter().all(|key| key.owner == first.owner).then(|| first.owner.to_string());
        Some(Self {
            keys: found.iter().map(|key| key.id).collect(),
            title: if one { format!("Edit {}", shown(&first.name)) } else { format!("Edit {} keys", found.len()) },
            one,
            name: first.name.to_string(),
            owner: same_owner.clone().unwrap_or_default(),
            owner_before: same_owner,
            tags: if one { first.tags.iter().map(ToString::to_string).collect() } else { Vec::new() },
            typed: String::new(),
            removed: Vec::new(),
            removed_typed: String::new(),
            warnings: if one { days_text(&first.warn_days) } else { String::new() },
            note: if one { first.note.to_string() } else { String::new() },
            failed: None,
        })
    }

    /// What changes of one key; an empty edit where nothing does.
    fn edit(&self, key: &Key) -> Result<Edit, String> {
        let mut edit = Edit::default();
        if self.one {
            let name = name::parse(&self.name).map_err(|error| format!("{error}."))?;
            edit.name = (name != key.name).then_some(name);
            edit.note = (*self.note != *key.note).then(|| self.note.as_str().into());
        }
        if self.owner_before.as_deref() != Some(self.owner.trim()) && (self.one || !self.owner.trim().is_empty()) {
            edit.owner = Some(self.owner.trim().into());
        }
        let mut tags: Vec<String> = if self.one { Vec::new() } else { key.tags.iter().map(ToString::to_string).collect() };
        tags.extend(self.tags.iter().cloned());
        tags.extend(self.typed.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
        tags.retain(|tag| !self.removed.contains(tag));
        let tags = name::tags(tags.iter().map(String::as_str)).map_err(|error| format!("{error}."))?;
        edit.tags = (tags != key.tags).then_some(tags);
        if self.one || !self.warnings.trim().is_empty() {
            let days = days(&self.warnings)?;
            edit.warn_days = (*days != *key.warn_days).then(|| days.into());
        }
        Ok(edit)
    }

    fn save(&mut self, view: &mut View<'_>) {
        let keys = self.keys.iter().filter_map(|id| view.desk.inventory.key(*id));
        let edits: Result<Vec<_>, _> = keys.map(|key| self.edit(key).map(|edit| (key.id, edit))).collect();
        match edits {
            Ok(mut edits) => {
                edits.retain(|(_, edit)| !edit.is_empty());
                if edits.is_empty() {
                    view.asks.push(Ask::Close);
                } else {
                    view.asks.push(Ask::Request(Request::Run(Command::Edit(edits))));
                }
            }
            Err(reason) => self.failed = Some(reason),
        }
    }
}

/// Days as they are typed: “30, 7”.
pub fn days_text(days: &[u32]) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads days, the earliest warning first.
pub fn days(text: &str) -> Result<Vec<u32>, String> {
    let mut days = Vec::new();
    for part in text.split([',', ' ']).map(|part| part.trim().trim_end_matches('d')).filter(|part| !part.is_empty()) {
        let day = part.parse::<u32>().ok().filter(|day| (1..=3_650).contains(day));
        days.push(day.ok_or_else(|| format!("“{part}” is no number of days. Write them like 30, 7."))?);
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    Ok(days)
}

impl Form for EditKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let title = self.title.clone();
        let dialog = Dialog {
            id: "edit",
            title: &title,
            width: size::DIALOG,
            note: "Ctrl Z takes it back.",
            cancel: "Cancel",
            confirm: "Save",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            if self.one {
                Field::new("Name").show(ui, &mut self.name);
            }
            let unchanged = if self.owner_before.is_none() { "unchanged" } else { "nobody named" };
            ui.horizontal_top(|ui| {
                Field::new("Owner").hint(unchanged).width(252.0).show(ui, &mut self.owner);
                let hint = if self.one { "none" } else { "unchanged" };
                Field::new("Warn before expiry, days").hint(hint).width(252.0).show(ui, &mut self.warnings);
            });
            let label = if self.one { "Tags" } else { "Add tags" };
            tag_editor(ui, label, &mut self.tags, &mut self.typed, "Add a tag", false);
            if self.one {
                Field::new("Note").rows(4).hint("Never write a secret here").show(ui, &mut self.note);
            } else {
                tag_editor(ui, "Remove tags", &mut self.removed, &mut self.removed_typed, "Name a tag", false);
            }
            if let Some(text) = &self.failed {
                Banner { tone: Tone::Critical, strong: "", text, action: None, dismiss: false, rounded: true }.show(ui);
            }
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) => self.save(view),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => view.asks.push(Ask::Close),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        assert_eq!(days("7, 30d 1"), Ok(vec![30, 7, 1]));
        assert_eq!(days(""), Ok(vec![]));
        assert!(days("soon").is_err());
    }
}
