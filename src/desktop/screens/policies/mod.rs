//! What holds for the keys of each purpose: every policy with its profile, its figures with the clause
//! each comes from, and drafts that show before they are saved which keys they would mark.

mod facts;
mod figures;
mod foot;
mod list;
mod preview;

use std::collections::BTreeMap;

use egui::{CentralPanel, Context, Frame, Panel, Ui};

use crate::desktop::desk::{Desk, View};
use crate::desktop::figures::{Draft, Pace};
use crate::desktop::theme::{self, size};
use crate::model::{Figure, Policy, Profile, Purpose};
use facts::{FigureFacts, PurposeFacts};
use preview::Preview;

/// Width of the list of purposes; less where the window is narrow.
const LIST: f32 = 288.0;
const LIST_NARROW: f32 = 216.0;

/// The screen, with what is not saved yet.
pub struct Policies {
    chosen: Purpose,
    editing: Option<Figure>,
    drafts: BTreeMap<Purpose, Draft>,
    /// Goes up whenever a draft changes.
    edits: u64,
    /// What the words below were made from.
    made: Option<(u64, u64, Purpose)>,
    purposes: Vec<PurposeFacts>,
    figures: Vec<FigureFacts>,
    preview: Preview,
    pace: Pace,
    shows: bool,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            chosen: Purpose::TlsServer,
            editing: None,
            drafts: BTreeMap::new(),
            edits: 0,
            made: None,
            purposes: Vec::new(),
            figures: Vec::new(),
            preview: Preview::default(),
            pace: Pace::default(),
            shows: false,
        }
    }
}

impl Policies {
    /// Works out what shows, between frames. What is to be told, when a person leaves with something unsaved.
    pub fn tend(&mut self, ctx: &Context, desk: &Desk, shows: bool) -> Option<String> {
        let left = std::mem::replace(&mut self.shows, shows) && !shows;
        if left {
            self.editing = None;
            return self.unsaved(desk);
        }
        if !shows {
            return None;
        }
        let wanted = (desk.generation, self.edits, self.chosen);
        if self.made != Some(wanted) {
            if self.made.is_none_or(|made| made.0 != desk.generation) {
                // What was saved, here or elsewhere, is no draft any more.
                self.drafts.retain(|purpose, draft| draft.differs(desk.inventory.policy(*purpose)));
                self.purposes = facts::of_purposes(desk);
            }
            self.made = Some(wanted);
            facts::refresh(&mut self.purposes, desk, &self.drafts);
            self.figures = facts::of_figures(desk, self.chosen, self.drafts.get(&self.chosen));
        }
        let stale = !self.preview.is_of(desk.generation, self.edits) && !self.drafts.is_empty();
        if stale && self.pace.due(ctx) {
            self.preview.refresh(desk, self.edits, &self.drafts);
        }
        None
    }

    fn unsaved(&self, desk: &Desk) -> Option<String> {
        let names: Vec<&str> = self.changed(desk).map(|(purpose, _)| purpose.name()).collect();
        match &names[..] {
            [] => None,
            [name] => Some(format!("The policy of {name} is not saved. The draft waits under Policies.")),
            names => Some(format!("{} policies are not saved. The drafts wait under Policies.", names.len())),
        }
    }

    /// The drafts that differ from what holds.
    fn changed<'a>(&'a self, desk: &'a Desk) -> impl Iterator<Item = (Purpose, &'a Draft)> {
        let differs = |(purpose, draft): &(&Purpose, &Draft)| draft.differs(desk.inventory.policy(**purpose));
        self.drafts.iter().filter(differs).map(|(purpose, draft)| (*purpose, draft))
    }

    /// The policy of a purpose with what is not saved.
    fn policy<'a>(&'a self, desk: &'a Desk, purpose: Purpose) -> &'a Policy {
        self.drafts.get(&purpose).map_or_else(|| desk.inventory.policy(purpose), Draft::policy)
    }

    fn draft(&mut self, desk: &Desk, purpose: Purpose) -> &mut Draft {
        self.drafts.entry(purpose).or_insert_with(|| Draft::of(desk.inventory.policy(purpose)))
    }

    /// Something was typed or chosen.
    fn touched(&mut self, ui: &Ui) {
        self.edits += 1;
        ui.ctx().request_repaint();
    }

    /// Takes a profile for those of the purposes that it has.
    fn take(&mut self, ui: &Ui, desk: &Desk, profile: &Profile, purposes: &[Purpose]) {
        for (purpose, policy) in purposes.iter().filter_map(|purpose| Some((*purpose, profile.policy(*purpose)?))) {
            *self.draft(desk, purpose) = Draft::of(policy);
        }
        self.drafts.retain(|purpose, draft| draft.differs(desk.inventory.policy(*purpose)));
        self.editing = None;
        self.touched(ui);
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let wide = ui.ctx().content_rect().width() >= size::NARROW + size::RAIL;
        let width = if wide { LIST } else { LIST_NARROW };
        let ground = Frame::new().fill(theme.panel);
        Panel::left("purposes").exact_size(width).resizable(false).frame(ground).show(ui, |ui| self.list_ui(ui, view));
        self.foot_ui(ui, view);
        CentralPanel::default().frame(ground).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            self.figures_ui(ui, view);
        });
    }
}

/// Nothing lies over the screen that keys would belong to.
fn on_top(ui: &Ui) -> bool {
    ui.memory(|memory| memory.allows_interaction(ui.layer_id())) && !egui::Popup::is_any_open(ui.ctx())
}
