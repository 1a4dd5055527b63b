//! The lines of the list: what is only in the store, what it does not have, what it made, what it holds back.

use egui::{Ui, vec2};

use super::{Adoption, Found};
use crate::custodian::reconcile::{HeldBack, Missing, Stranger, TakenUp};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Button, Tone, Weight, follows, section_header};
use crate::model::name::shown;
use crate::model::{Purpose, VersionRef};

/// Items of one kind that are listed at once.
const MOST: usize = 50;

/// One store; what of it is to be taken over, if that was pressed.
pub(super) fn store_ui(ui: &mut Ui, view: &mut View<'_>, found: &Found, named: bool) -> Option<Adoption> {
    let mut chosen = None;
    match &found.result {
        Err(sentence) => {
            let strong = format!("{} could not be looked at.", shown(&found.store));
            Banner { tone: Tone::Warning, strong: &strong, text: sentence, action: None, dismiss: false, rounded: true }.show(ui);
        }
        Ok(looked) => {
            let differs = looked.unknown.len() + looked.missing.len() + looked.taken_up.len() + looked.held_back.len();
            if named && differs > 0 {
                section_header(ui, &shown(&found.store), Some(differs), None);
            }
            for stranger in looked.unknown.iter().take(MOST) {
                if stranger_ui(ui, stranger) {
                    chosen = Some(Adoption {
                        store: found.store.clone(),
                        object: stranger.object.to_string(),
                        name: String::new(),
                        purpose: Purpose::Custom,
                        owner: view.settings.default_owner.clone(),
                    });
                }
            }
            for missing in looked.missing.iter().take(MOST) {
                missing_ui(ui, view, missing);
            }
            for held in looked.held_back.iter().take(MOST) {
                held_back_ui(ui, view, &found.store, held);
            }
            for taken in looked.taken_up.iter().take(MOST) {
                taken_up_ui(ui, view, taken);
            }
            let counts = [looked.unknown.len(), looked.missing.len(), looked.taken_up.len(), looked.held_back.len()];
            let more: usize = counts.iter().map(|count| count.saturating_sub(MOST)).sum();
            if more > 0 {
                Role::Small.label(ui, theme::of(ui).text3, format!("and {more} more"));
            }
        }
    }
    chosen
}

/// Something that the inventory does not know. True when it is to be taken over.
fn stranger_ui(ui: &mut Ui, stranger: &Stranger) -> bool {
    let kind = stranger.algorithm.map_or("a key of an unknown kind", |algorithm| algorithm.name());
    let sentence = format!("Only in the store: {kind}, item {}.", shown(&stranger.object));
    let hint = match &stranger.spki_sha256 {
        Some(digest) => format!("SPKI SHA-256 {}", digest.to_string().chars().take(24).collect::<String>()),
        None => "It has no public half.".to_owned(),
    };
    row_ui(ui, Icon::Plus, Weight::Plain, &sentence, &hint, &format!("Adopt {}", shown(&stranger.object)), "Adopt")
}

/// Something that the store does not have.
fn missing_ui(ui: &mut Ui, view: &mut View<'_>, missing: &Missing) {
    let what = if missing.is_another { "Another key lies in its place" } else { "Not found in the store" };
    let sentence = format!("{what}: {}, version {}.", shown(&missing.name), missing.version.version);
    let hint = if missing.is_another {
        "It is not used. Bring the right one back from a backup, or revoke the key."
    } else {
        "It keeps its state: not found is not destroyed. Bring it back from a backup, or destroy the key on record."
    };
    key_row_ui(ui, view, (Icon::Warning, Weight::Care), &sentence, hint, &missing.name, missing.version);
}

/// A version that somebody had the engine make.
fn taken_up_ui(ui: &mut Ui, view: &mut View<'_>, taken: &TakenUp) {
    let (name, number) = (shown(&taken.name), taken.version.version);
    let sentence = format!("Taken up: {name} has version {number} now, made in the store by somebody else.");
    let hint = format!("Item {}. It is current now; the one before it ends as after a rotation here.", shown(&taken.object));
    key_row_ui(ui, view, (Icon::Rotate, Weight::Plain), &sentence, &hint, &taken.name, taken.version);
}

/// A version that the engine lets do less than its state here.
fn held_back_ui(ui: &mut Ui, view: &mut View<'_>, store: &str, held: &HeldBack) {
    let (name, number) = (shown(&held.name), held.version.version);
    let sentence = format!("Held back by {}: {name}, version {number}.", shown(store));
    let lets = if held.wholly {
        "Its minimum version lets nobody use it."
    } else {
        "It verifies and decrypts; it signs and encrypts no more."
    };
    let here = if held.suspended { "It is suspended here from now on." } else { "It is not active here." };
    let hint = format!("{lets} {here}");
    key_row_ui(ui, view, (Icon::Pause, Weight::Care), &sentence, &hint, &held.name, held.version);
}

/// A row that leads to its key.
fn key_row_ui(
    ui: &mut Ui,
    view: &mut View<'_>,
    (icon, weight): (Icon, Weight),
    sentence: &str,
    hint: &str,
    name: &str,
    version: VersionRef,
) {
    let spoken = format!("Show {}, version {}", shown(name), version.version);
    if row_ui(ui, icon, weight, sentence, hint, &spoken, "Show the key") {
        view.asks.push(Ask::Close);
        view.asks.push(Ask::ShowKey(version.key));
    }
}

fn row_ui(ui: &mut Ui, icon: Icon, weight: Weight, sentence: &str, hint: &str, spoken: &str, text: &str) -> bool {
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - 104.0;
        ui.allocate_ui(vec2(width, 0.0), |ui| {
            ui.set_width(width);
            follows(ui, icon, weight, sentence, hint);
        });
        let response = ui.add(Button::new(text).small().min_width(96.0));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(spoken));
        response.clicked()
    })
    .inner
}
