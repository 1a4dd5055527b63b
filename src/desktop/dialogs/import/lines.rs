//! The lines of the preview: objects that belong together stand together, and what a person changed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::words;
use crate::custodian::import::{Choice, Ended, Link, Object, Verdict};
use crate::model::name::{self, shown};
use crate::model::{Inventory, Purpose};

/// Which lines show.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub(super) enum Show {
    /// Every line.
    #[default]
    All,
    /// What is or was brought in.
    In,
    /// What is here already.
    Here,
    /// What cannot be read, or was refused.
    Not,
}

impl Show {
    /// All of them, as the filters show them.
    pub(super) const ALL: [Self; 4] = [Self::All, Self::In, Self::Here, Self::Not];
}

/// An object as a line.
pub(super) struct Line {
    /// Its index.
    pub(super) object: usize,
    /// It belongs to the line above.
    pub(super) indent: bool,
    /// It is to be brought in.
    pub(super) on: bool,
    /// What it is to be called.
    pub(super) name: String,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Why the name cannot be.
    pub(super) wrong: Option<String>,
}

/// Every line, those that show, and where the keyboard is.
pub(super) struct Lines {
    /// What was found.
    pub(super) objects: Arc<[Object]>,
    /// How each ended, once it was brought in.
    pub(super) ended: Option<Vec<Ended>>,
    /// In the order in which they show.
    pub(super) all: Vec<Line>,
    /// Which of them show.
    pub(super) show: Show,
    /// Those that pass.
    pub(super) shown: Vec<usize>,
    /// The place among `shown` of the line that takes keys.
    pub(super) cursor: usize,
    /// Of which line the name is being written, and what stands there.
    pub(super) editing: Option<(usize, String)>,
    /// The line at the cursor takes the keyboard, and scrolls into sight.
    pub(super) reveal: bool,
    /// How often the keyboard was asked for since.
    pub(super) asks: u8,
}

/// A new key or entry, which gets a name and a purpose.
pub(super) fn is_new(object: &Object) -> bool {
    matches!(object.verdict, Verdict::New | Verdict::NewElsewhere)
}

impl Lines {
    /// Of what was found; what was changed in `before` stays changed.
    pub(super) fn of(objects: Arc<[Object]>, before: Option<Self>, inventory: &Inventory) -> Self {
        let known: HashMap<(String, String), Line> = before
            .map(|before| {
                let objects = before.objects;
                let acted = before.all.into_iter().filter(|line| objects[line.object].verdict.acts());
                acted.map(|line| (identity(&objects[line.object]), line)).collect()
            })
            .unwrap_or_default();
        let lines = order(&objects)
            .into_iter()
            .map(|(index, indent)| {
                let object = &objects[index];
                let changed = known.get(&identity(object)).filter(|_| object.verdict.acts());
                Line {
                    object: index,
                    indent,
                    on: changed.map_or(object.verdict.acts(), |line| line.on),
                    name: changed.filter(|_| is_new(object)).map_or_else(|| object.name.clone(), |line| line.name.clone()),
                    purpose: changed.map_or(object.purpose, |line| line.purpose),
                    wrong: None,
                }
            })
            .collect();
        let mut lines = Self {
            objects,
            ended: None,
            all: lines,
            show: Show::All,
            shown: Vec::new(),
            cursor: 0,
            editing: None,
            reveal: true,
            asks: 0,
        };
        lines.filter(Show::All);
        lines.check(inventory);
        lines
    }

    /// The object of a line.
    pub(super) fn object(&self, line: usize) -> &Object {
        &self.objects[self.all[line].object]
    }

    /// Where a line stands among the filters.
    pub(super) fn kind(&self, line: usize) -> Show {
        if let Some(ended) = &self.ended {
            return match ended[self.all[line].object].outcome {
                "imported" => Show::In,
                "present" => Show::Here,
                _ => Show::Not,
            };
        }
        match &self.object(line).verdict {
            Verdict::Present { .. } => Show::Here,
            Verdict::Refused(_) => Show::Not,
            _ => Show::In,
        }
    }

    /// How many lines a filter passes.
    pub(super) fn count(&self, show: Show) -> usize {
        (0..self.all.len()).filter(|line| show == Show::All || self.kind(*line) == show).count()
    }

    /// Shows other lines.
    pub(super) fn filter(&mut self, show: Show) {
        self.show = show;
        self.shown = (0..self.all.len()).filter(|line| show == Show::All || self.kind(*line) == show).collect();
        self.cursor = 0;
    }

    /// How many are ticked, of how many that can be.
    pub(super) fn ticked(&self) -> (usize, usize) {
        let acts = |line: &&Line| self.objects[line.object].verdict.acts();
        (self.all.iter().filter(acts).filter(|line| line.on).count(), self.all.iter().filter(acts).count())
    }

    /// Ticks or unticks a line; a certificate goes with its key.
    pub(super) fn tick(&mut self, line: usize, on: bool, inventory: &Inventory) {
        if !self.object(line).verdict.acts() {
            return;
        }
        self.all[line].on = on;
        let object = self.all[line].object;
        let of = self.objects[object].link;
        for other in &mut self.all {
            let theirs = &self.objects[other.object];
            let follows = theirs.link == Link::Of(object) && theirs.verdict == Verdict::Certifies(None);
            let leads = on && of == Link::Of(other.object) && theirs.verdict.acts();
            if follows || leads {
                other.on = on;
            }
        }
        self.check(inventory);
    }

    /// Ticks or unticks all that show.
    pub(super) fn tick_all(&mut self, on: bool, inventory: &Inventory) {
        for line in &mut self.all {
            line.on = on && self.objects[line.object].verdict.acts();
        }
        self.check(inventory);
    }

    /// Takes the name that was written.
    pub(super) fn rename(&mut self, inventory: &Inventory) {
        if let Some((line, name)) = self.editing.take() {
            self.all[line].name = name::normal(&name).into_owned();
            self.check(inventory);
        }
    }

    /// Looks at every name that is to be given.
    pub(super) fn check(&mut self, inventory: &Inventory) {
        let mut given = HashSet::new();
        for line in &mut self.all {
            line.wrong = None;
            if !line.on || !is_new(&self.objects[line.object]) {
                continue;
            }
            line.wrong = match name::parse(&line.name) {
                Err(error) => Some(words::sentence(&error.to_string())),
                Ok(name) if inventory.name_taken(&name) => Some(format!("There is already a key called {}.", shown(&name))),
                Ok(name) if !given.insert(name.clone()) => Some(format!("{} is given twice.", shown(&name))),
                Ok(_) => None,
            };
        }
    }

    /// Why nothing can be brought in yet.
    pub(super) fn refusal(&self) -> Option<&str> {
        match self.ticked() {
            (0, 0) => Some("Nothing here can be brought in."),
            (0, _) => Some("Tick what is to be brought in."),
            _ => self.all.iter().find_map(|line| line.wrong.as_deref()),
        }
    }

    /// What was chosen.
    pub(super) fn choices(&self, owner: &str, tags: &[String], store: Option<&str>) -> Vec<Choice> {
        let ticked = self.all.iter().filter(|line| line.on && self.objects[line.object].verdict.acts());
        let choice = |line: &Line| Choice {
            object: line.object,
            name: line.name.clone(),
            purpose: line.purpose,
            owner: owner.to_owned(),
            tags: tags.to_vec(),
            store: store.map(str::to_owned),
        };
        ticked.map(choice).collect()
    }

    /// How many files a passphrase would open.
    pub(super) fn locked(&self) -> usize {
        let locked = self.objects.iter().filter(|object| object.facts.wants_passphrase());
        locked.map(|object| object.path.as_str()).collect::<HashSet<_>>().len()
    }
}

fn identity(object: &Object) -> (String, String) {
    (object.path.clone(), format!("{} {:?}", object.place, object.spki_sha256))
}

/// Every object, what belongs to a key right below it; true for what does.
fn order(objects: &[Object]) -> Vec<(usize, bool)> {
    let root = |mut at: usize| {
        for _ in 0..16 {
            match objects[at].link {
                Link::Alone => break,
                Link::SameAs(other) | Link::Of(other) | Link::ChainOf(other) => at = other,
            }
        }
        at
    };
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    let mut seen = HashSet::new();
    for index in 0..objects.len() {
        let root = root(index);
        if seen.insert(root) {
            roots.push(root);
        }
        if root != index {
            below.entry(root).or_default().push(index);
        }
    }
    let mut order = Vec::with_capacity(objects.len());
    for root in roots {
        order.push((root, false));
        order.extend(below.remove(&root).unwrap_or_default().into_iter().map(|index| (index, true)));
    }
    order
}
