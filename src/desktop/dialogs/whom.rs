//! The field that asks who gets something: names of the address book are offered while one is typed.

use egui::Ui;

use crate::desktop::desk::View;
use crate::desktop::widgets::{Field, link};
use crate::model::name::{normal, shown};

/// Names that are offered at once.
const FEW: usize = 4;

/// Draws the field, and under it the names that what was typed may mean.
pub fn whom_ui(ui: &mut Ui, view: &View<'_>, label: &str, hint: &str, whom: &mut String) {
    Field::new(label).hint(hint).show(ui, whom);
    let typed = normal(whom).to_lowercase();
    if typed.is_empty() {
        return;
    }
    let names = view.desk.inventory.recipients().iter().map(|known| &*known.name);
    let fits: Vec<&str> =
        names.filter(|name| **name != *normal(whom) && name.to_lowercase().contains(&typed)).take(FEW).collect();
    if fits.is_empty() {
        return;
    }
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for name in fits {
            if link(ui, &shown(name), None).clicked() {
                chosen = Some(name.to_owned());
            }
        }
    });
    if let Some(name) = chosen {
        *whom = name;
    }
}
