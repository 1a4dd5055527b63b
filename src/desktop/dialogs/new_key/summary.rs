//! What will come of it in one sentence, and the settings behind “Change”.

use egui::{Frame, Margin, Ui, vec2};

use super::NewKey;
use crate::desktop::desk::View;
use crate::desktop::dialogs::edit::days;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Field, Tooltips, combo_of, date_field, link};
use crate::model::time::DAY;
use crate::model::{Activation, Algorithm, Candidate, Figure, compliance, name, profile};

impl NewKey {
    /// What will come of it in one sentence, with all settings behind “Change”.
    pub(super) fn summary_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let theme = theme::of(ui);
        let end = self.end(view);
        let store = self.store.clone().or_else(|| view.desk.inventory.home().map(|home| home.name.to_string()));
        let until = match &end {
            Ok(Some(end)) => format!("valid {}", span_in_words(end.seconds_since(view.desk.now))),
            Ok(None) => "without an end".into(),
            Err(_) => "until a date that cannot be read".into(),
        };
        let warn = match days(&self.warnings).as_deref() {
            Ok([]) | Err(_) => "no warning".into(),
            Ok([first, ..]) => format!("warn {first} days before"),
        };
        let sentence =
            format!("{}, {until}, {warn}, kept in {}.", self.algorithm.name(), store.as_deref().unwrap_or("the home store"));
        let (source, breaks) = self.source(view);
        let runs = match &end {
            Ok(Some(end)) => format!("Runs until {}. {source}", view.desk.date(*end)),
            _ => source,
        };
        let policy = view.desk.inventory.policy(self.purpose);
        let clause = profile::clause_of(self.purpose, policy, Figure::Cryptoperiod).unwrap_or("Set in this inventory.");
        let (tone, icon) = if breaks { (theme.warning(), Icon::Warning) } else { (theme.good(), Icon::SealCheck) };
        Frame::new().fill(tone.tint).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(14, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 36.0), egui::Sense::hover());
                icon.paint_filled(ui.painter(), rect.center(), 18.0, tone.ink);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let (text, icon) = if self.open { ("Less", Icon::CaretUp) } else { ("Change", Icon::CaretDown) };
                    if link(ui, text, Some(icon)).clicked() {
                        self.open = !self.open;
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        Role::BodyStrong.line(ui, theme.text, sentence);
                        Role::Small.line(ui, theme.text2, runs).tooltip(clause);
                    });
                });
            });
        });
        if self.open {
            self.details_ui(ui, view);
        }
    }

    /// The policy the settings follow, or the first figure that breaks it.
    pub(super) fn source(&self, view: &View<'_>) -> (String, bool) {
        let policy = view.desk.inventory.policy(self.purpose);
        let from = match self.activation(view) {
            Ok(Activation::At(time)) => time,
            _ => view.desk.now,
        };
        let store = self.store(view);
        let candidate = Candidate {
            algorithm: self.algorithm,
            from,
            expires: self.end(view).unwrap_or(None),
            store: store.map(|store| store.kind),
        };
        if let Some(breach) = compliance::breaches(candidate, policy, view.desk.now).first() {
            return (format!("Breaks its policy: {}", breach.sentence()), true);
        }
        let title = profile::named(&policy.profile).map_or(&*policy.profile, |profile| &profile.title);
        (format!("Follows the policy for {}, after {title}.", self.purpose.name()), false)
    }

    pub(super) fn details_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let third = (ui.available_width() - 24.0) / 3.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let names: Vec<String> =
                Algorithm::GENERATED.iter().map(|known| format!("{}, {} bits", known.name(), known.strength_bits())).collect();
            let store = self.store(view);
            let reason = store.map(|store| format!("not made by {}", name::shown(&store.name))).unwrap_or_default();
            let refused = |known: &Algorithm| store.filter(|store| !view.desk.stores.makes(store, *known)).map(|_| &*reason);
            let words = names.iter().map(String::as_str).zip(Algorithm::GENERATED.iter().map(refused));
            let words: Vec<(&str, Option<&str>)> = words.collect();
            let chosen = Algorithm::GENERATED.iter().position(|known| *known == self.algorithm).unwrap_or(0);
            if let Some(index) = combo_of(ui, "Algorithm", words[chosen].0, &words, third) {
                self.algorithm = Algorithm::GENERATED[index];
            }
            let end = self.end(view).map(|end| end.map_or_else(|| "never".into(), |end| view.desk.date(end)));
            date_field(ui, Field::new("Expires").width(third), &mut self.expires, &end);
            Field::new("Warn before expiry, days").hint("none").width(third).show(ui, &mut self.warnings);
        });
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let wrong = self.activation(view).err();
            Field::new("Active from").hint("now").error(wrong.as_deref()).width(third).show(ui, &mut self.activates);
            Field::new("Note").hint("Never a secret").width(2.0 * third + 12.0).show(ui, &mut self.note);
        });
    }
}

/// “200 days”, “2 years”.
fn span_in_words(seconds: i64) -> String {
    let days = (seconds + DAY / 2) / DAY;
    match days {
        1 => "1 day".into(),
        days if days >= 730 && days % 365 < 3 => format!("{} years", days / 365),
        days => format!("{days} days"),
    }
}
