//! The keys that may sign now, to choose one from; why another may not is told when it is searched.

use egui::{CornerRadius, Frame, Margin, ScrollArea, Stroke, Ui};

use crate::desktop::desk::View;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Field, radio_columns};
use crate::model::name::shown;
use crate::model::{Algorithm, Inventory, Key, Time, VersionRef};

/// Rows before the list scrolls.
const ROWS: f32 = 4.5;

/// How high one is.
const ROW: f32 = 32.0;

/// Keys that may not sign of which the reason is told.
const REASONS: usize = 2;

/// A version that may sign now.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Which.
    pub version: VersionRef,
    /// The name of its key, as it is shown.
    pub name: String,
    /// Of its key.
    pub algorithm: Algorithm,
    /// A certificate is attached, which CMS needs.
    pub certified: bool,
    what: String,
}

/// A list of them with a search, and the one that is chosen.
pub struct Signers {
    able: Vec<Signer>,
    /// Those of them that fit what was typed.
    fitting: Vec<usize>,
    typed: String,
    chosen: Option<usize>,
    /// Why those that were searched cannot.
    refused: Vec<String>,
    /// It was not drawn yet.
    fresh: bool,
}

impl Signers {
    /// Every key that may sign now, by name; the selected one is chosen, and why it is not where it cannot be.
    pub fn of(view: &View<'_>) -> Self {
        let (inventory, now) = (&view.desk.inventory, view.desk.now);
        let mut able: Vec<_> = inventory.keys().iter().filter_map(|key| signer(inventory, key, now).ok()).collect();
        able.sort_by_cached_key(|able| able.name.to_lowercase());
        let selected = view.desk.selection.last().copied();
        let chosen = match selected {
            Some(id) => able.iter().position(|able| able.version.key == id),
            None => (able.len() == 1).then_some(0),
        };
        let refused = selected.filter(|_| chosen.is_none()).and_then(|id| inventory.key(id));
        let refused = refused.and_then(|key| signer(inventory, key, now).err()).into_iter().collect();
        Self { fitting: (0..able.len()).collect(), able, typed: String::new(), chosen, refused, fresh: true }
    }

    /// The one that is to sign.
    pub fn chosen(&self) -> Option<&Signer> {
        self.able.get(self.chosen?)
    }

    fn search(&mut self, view: &View<'_>) {
        let wanted = self.typed.trim().to_lowercase();
        let fits = |index: &usize| self.able[*index].name.to_lowercase().contains(&wanted);
        self.fitting = (0..self.able.len()).filter(fits).collect();
        let (inventory, now) = (&view.desk.inventory, view.desk.now);
        let named = inventory.keys().iter().filter(|key| !wanted.is_empty() && key.name.to_lowercase().contains(&wanted));
        self.refused = named.filter_map(|key| signer(inventory, key, now).err()).take(REASONS).collect();
    }

    /// Draws the search and the list; true when another one was chosen.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>) -> bool {
        let theme = theme::of(ui);
        if Field::new("Key").hint("Search by name").show(ui, &mut self.typed).changed() {
            self.search(view);
        }
        for reason in &self.refused {
            Role::Small.label(ui, theme.warning().ink, reason);
        }
        if self.fitting.is_empty() {
            self.nobody_ui(ui);
            return false;
        }
        let before = self.chosen;
        let frame = Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(CornerRadius::same(size::RADIUS));
        frame.inner_margin(Margin::same(4)).show(ui, |ui| self.list_ui(ui));
        self.chosen != before
    }

    fn nobody_ui(&self, ui: &mut Ui) {
        if !self.refused.is_empty() {
            return;
        }
        let sentence = match self.able.len() {
            0 => "No key may sign now: it has to be active, and its private half has to be here.".to_owned(),
            _ => format!("No key that may sign is called \u{201c}{}\u{201d}.", shown(self.typed.trim())),
        };
        Role::Small.label(ui, theme::of(ui).text3, sentence);
    }

    fn list_ui(&mut self, ui: &mut Ui) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut scroll = ScrollArea::vertical().max_height(ROW * ROWS).auto_shrink([false, true]).id_salt("signers");
        if std::mem::take(&mut self.fresh) {
            // The chosen one shows when the list is new.
            let at = self.chosen.and_then(|chosen| self.fitting.iter().position(|fits| *fits == chosen)).unwrap_or(0);
            scroll = scroll.vertical_scroll_offset((at as f32 - 1.0).max(0.0) * ROW);
        }
        scroll.show_rows(ui, ROW, self.fitting.len(), |ui, rows| {
            for &index in &self.fitting[rows] {
                let signer = &self.able[index];
                if radio_columns(ui, self.chosen == Some(index), false, &signer.name, &signer.what, 260.0).clicked() {
                    self.chosen = Some(index);
                    self.refused.clear();
                }
            }
        });
    }
}

/// The current version of a key, if it may sign now; why not, as a sentence.
fn signer(inventory: &Inventory, key: &Key, now: Time) -> Result<Signer, String> {
    let none = || format!("{} has no version that signs.", shown(&key.name));
    let version = VersionRef { key: key.id, version: key.current(now).ok_or_else(none)?.number };
    let (_, found) = inventory.may_sign(version, now).map_err(|rule| format!("{rule}."))?;
    let certified = found.certificate.is_some();
    let with = if certified { ", certified" } else { "" };
    Ok(Signer {
        version,
        name: shown(&key.name).into_owned(),
        algorithm: found.algorithm,
        certified,
        what: format!("{}, {}{with}", key.purpose.name(), found.algorithm.name()),
    })
}
