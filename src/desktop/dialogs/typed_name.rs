//! The name of a key typed once more, before something that cannot be taken back.

use egui::Ui;

use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Field, paint};
use crate::model::name::shown;

/// The field, with how many letters are right so far. `fresh` gives it the keyboard once.
pub fn typed_name_ui(ui: &mut Ui, wanted: &str, typed: &mut String, fresh: &mut bool) {
    let theme = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 6.0;
    let name = shown(wanted).into_owned();
    let job = Role::job(&[
        (Role::Small, theme.text2, "Type "),
        (Role::Mono, theme.text, &name),
        (Role::Small, theme.text2, " to confirm"),
    ]);
    ui.add(egui::Label::new(job).wrap());
    let (so_far, all) = (common(typed, wanted), wanted.chars().count());
    let count = format!("{so_far} of {all}");
    if std::mem::take(fresh) {
        paint::offer_focus(ui.ctx());
    }
    Field::new("Name to confirm").bare().mono().danger().suffix(&count).width(ui.available_width() - 12.0).show(ui, typed);
}

/// How many letters are right from the first on.
fn common(typed: &str, wanted: &str) -> usize {
    typed.chars().zip(wanted.chars()).take_while(|(one, other)| one == other).count()
}
