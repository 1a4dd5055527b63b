//! The editor of each figure: fields, checks in order, a few words of which one is chosen.

use egui::{Sense, Ui, vec2};

use super::{Draft, in_words};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Field, checkbox, icon_button, segmented};
use crate::model::{Algorithm, Figure, RotationMode, StoreKind};

/// Draws the editor of a figure; true when something was changed.
pub fn editor_ui(ui: &mut Ui, figure: Figure, draft: &mut Draft) -> bool {
    ui.push_id(("figure", figure), |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
            match figure {
                Figure::Algorithms => algorithms_ui(ui, draft),
                Figure::Stores => stores_ui(ui, draft),
                Figure::Rotation | Figure::Exportable => choice_ui(ui, figure, draft),
                Figure::RotateBefore | Figure::Overlap | Figure::DestructionWait => days_ui(ui, figure, draft),
                Figure::LeastStrength | Figure::Cryptoperiod | Figure::Warnings => written_ui(ui, figure, draft),
            }
        })
        .inner
    })
    .inner
}

fn days_ui(ui: &mut Ui, figure: Figure, draft: &mut Draft) -> bool {
    let wrong = draft.complaint(figure);
    let field = Field::new(figure.name()).bare().suffix("days").width(120.0).error(wrong.as_deref());
    let changed = field.show(ui, draft.typed(figure)).changed();
    if changed {
        draft.read(figure);
    }
    changed
}

/// What has dates in it is written; below it stands how it was understood.
fn written_ui(ui: &mut Ui, figure: Figure, draft: &mut Draft) -> bool {
    let wrong = draft.complaint(figure);
    let field = Field::new(figure.name()).bare().mono().hint(figure.wanted()).error(wrong.as_deref());
    let changed = field.show(ui, draft.typed(figure)).changed();
    if changed {
        draft.read(figure);
    }
    if wrong.is_none() {
        let theme = theme::of(ui);
        Role::Small.label(ui, theme.text3, format!("= {}", in_words(figure, draft.policy())));
        Role::Small.label(ui, theme.text3, format!("Write {}.", figure.wanted()));
    }
    changed
}

fn choice_ui(ui: &mut Ui, figure: Figure, draft: &mut Draft) -> bool {
    let (words, chosen) = match figure {
        Figure::Rotation => (["Ask a person", "By itself"], draft.policy().rotation == RotationMode::ByItself),
        _ => (["No", "Yes"], draft.policy().exportable),
    };
    let Some(second) = segmented(ui, &words, Some(usize::from(chosen))).map(|index| index == 1) else { return false };
    draft.change(|policy| match figure {
        Figure::Rotation => policy.rotation = if second { RotationMode::ByItself } else { RotationMode::Ask },
        _ => policy.exportable = second,
    });
    second != chosen
}

/// Those allowed stand first, in the order in which they are preferred.
fn algorithms_ui(ui: &mut Ui, draft: &mut Draft) -> bool {
    let allowed = draft.policy().algorithms.clone();
    let others = Algorithm::GENERATED.into_iter().filter(|algorithm| !allowed.contains(algorithm));
    let mut wanted = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    for (place, algorithm) in allowed.iter().copied().chain(others).enumerate() {
        let mut on = place < allowed.len();
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            if checkbox(ui, &mut on, algorithm.name()).changed() {
                let mut list = allowed.clone();
                if on {
                    list.push(algorithm);
                } else {
                    list.retain(|known| *known != algorithm);
                }
                wanted = Some(list);
            }
            let note = if place == 0 && on { ", preferred" } else { "" };
            Role::Small.line(ui, theme::of(ui).text3, format!("{} bits{note}", algorithm.strength_bits()));
            if !on {
                return;
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if let Some(other) = order_ui(ui, algorithm, place, allowed.len()) {
                    let mut list = allowed.clone();
                    list.swap(place, other);
                    wanted = Some(list);
                }
            });
        });
    }
    if let Some(wrong) = draft.complaint(Figure::Algorithms) {
        Role::Small.label(ui, theme::of(ui).critical().ink, wrong);
    }
    let changed = wanted.is_some();
    if let Some(list) = wanted {
        draft.change(|policy| policy.algorithms = list);
    }
    changed
}

/// Up and down; the place with which an algorithm is to change.
fn order_ui(ui: &mut Ui, algorithm: Algorithm, place: usize, count: usize) -> Option<usize> {
    let mut other = None;
    if place + 1 < count {
        if icon_button(ui, Icon::ArrowDown, &format!("Move {} down", algorithm.name())).clicked() {
            other = Some(place + 1);
        }
    } else {
        ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
    }
    if place > 0 && icon_button(ui, Icon::ArrowUp, &format!("Move {} up", algorithm.name())).clicked() {
        other = Some(place - 1);
    }
    other
}

fn stores_ui(ui: &mut Ui, draft: &mut Draft) -> bool {
    let kinds = draft.policy().stores.clone();
    let mut any = kinds.is_empty();
    let mut wanted = None;
    if checkbox(ui, &mut any, "Any kind of store").changed() {
        wanted = Some(if any { Vec::new() } else { StoreKind::ALL.to_vec() });
    }
    for kind in StoreKind::ALL.into_iter().filter(|_| !kinds.is_empty()) {
        let mut on = kinds.contains(&kind);
        ui.horizontal(|ui| {
            ui.add_space(24.0);
            if checkbox(ui, &mut on, kind.name()).changed() {
                wanted =
                    Some(StoreKind::ALL.into_iter().filter(|one| if *one == kind { on } else { kinds.contains(one) }).collect());
            }
        });
    }
    let changed = wanted.is_some();
    if let Some(list) = wanted {
        draft.change(|policy| policy.stores = list);
    }
    changed
}
