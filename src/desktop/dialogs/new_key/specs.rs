//! What stands in the fields, read: every key that would be made, or why none can be.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{Many, NewKey};
use crate::desktop::desk::View;
use crate::desktop::dialogs::edit::days;
use crate::model::command::numbered;
use crate::model::time::parse_date;
use crate::model::{Activation, DateError, DayEdge, KeySpec, Time, name};

/// Keys made from one pattern; more belong into a script.
const MOST: u32 = 10_000;

impl NewKey {
    pub(super) fn activation(&self, view: &View<'_>) -> Result<Activation, String> {
        match self.activates.trim() {
            "" | "now" => Ok(Activation::Now),
            "later" => Ok(Activation::Later),
            text => parse_date(text, view.desk.now, &view.desk.zone, DayEdge::Start)
                .map(Activation::At)
                .map_err(|error| format!("{error}, “now” or “later”.")),
        }
    }

    pub(super) fn end(&self, view: &View<'_>) -> Result<Option<Time>, DateError> {
        if self.expires.trim().is_empty() {
            return Ok(None);
        }
        parse_date(&self.expires, view.desk.now, &view.desk.zone, DayEdge::End).map(Some)
    }

    pub(super) fn names(&self) -> Result<Vec<String>, String> {
        match self.many {
            Many::One => Ok(vec![self.name.clone()]),
            Many::List => {
                let names: Vec<String> =
                    self.list.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                if names.is_empty() { Err("Write one name a line.".into()) } else { Ok(names) }
            }
            Many::Pattern => {
                let count = self.count.trim().parse::<u32>().ok().filter(|count| (1..=MOST).contains(count));
                let count = count.ok_or_else(|| format!("Write a count from 1 to {MOST}."))?;
                Ok(numbered(self.name.trim(), count, 1))
            }
        }
    }

    /// How many keys would be made, or why none can be; looked at anew only when something changed.
    pub(super) fn check(&mut self, view: &View<'_>) -> Result<usize, String> {
        let mut mark = DefaultHasher::new();
        let hour = view.desk.now.as_second().div_euclid(3_600);
        (self.many, &self.name, &self.list, &self.count, &self.warnings).hash(&mut mark);
        (&self.activates, &self.expires, view.desk.generation, hour).hash(&mut mark);
        let mark = mark.finish();
        if let Some((known, found)) = &self.checked
            && *known == mark
        {
            return found.clone();
        }
        let found = self.specs(view).map(|specs| specs.len());
        self.checked = Some((mark, found.clone()));
        found
    }

    /// Every key to make, or why none can be.
    pub(super) fn specs(&self, view: &View<'_>) -> Result<Vec<KeySpec>, String> {
        if self.many != Many::List && self.name.trim().is_empty() {
            return Err("Give it a name.".into());
        }
        let names = self.names()?;
        for name in &names {
            let name = name::parse(name).map_err(|error| format!("{}: {error}.", name::shown(name)))?;
            if view.desk.inventory.name_taken(&name) {
                return Err(format!("There is already a key called {}.", name::shown(&name)));
            }
        }
        let (activates, expires) = (self.activation(view)?, self.end(view).map_err(|error| format!("{error}."))?);
        let start = if let Activation::At(time) = activates { time } else { view.desk.now };
        if expires.is_some_and(|end| end <= start) {
            return Err("It must expire after it becomes active.".into());
        }
        let warn_days = days(&self.warnings)?;
        let mut tags = self.tags.clone();
        tags.extend(self.typed.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
        let spec = |name: String| KeySpec {
            name,
            purpose: self.purpose,
            algorithm: self.algorithm,
            owner: self.owner.trim().to_owned(),
            tags: tags.clone(),
            warn_days: warn_days.clone(),
            note: self.note.clone(),
            activates,
            expires,
            store: self.store.clone(),
        };
        Ok(names.into_iter().map(spec).collect())
    }
}
