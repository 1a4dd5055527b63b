//! Which key signs notices of revocation: one of those that can, or one that is made for the next notice.

use egui::{Context, CornerRadius, Frame, Margin, ScrollArea, Stroke, Ui};

use super::notice::TellHolders;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, radio_columns, radio_row};
use crate::model::name::shown;
use crate::model::notice::may_sign;
use crate::model::{Command, KeyId, VersionRef};

/// Rows before the list scrolls.
const ROWS: f32 = 6.5;

/// Chooses the notice key.
pub struct NoticeKey {
    /// Those that can sign, by name: id, name, what it is.
    able: Vec<(KeyId, String, String)>,
    /// Those of them that fit what was typed.
    fitting: Vec<usize>,
    typed: String,
    /// What holds now; `None` for one that is made.
    before: Option<KeyId>,
    chosen: Option<KeyId>,
    /// A notice that waits for it.
    then: Option<VersionRef>,
    work: Work,
}

impl NoticeKey {
    /// From the keys that can sign now.
    pub fn of(view: &View<'_>) -> Self {
        let able = view.desk.inventory.keys().iter().filter_map(|key| {
            let version = key.version(may_sign(key, view.desk.now).ok()?.version)?;
            let what = format!("{}, {}", key.purpose.name(), version.algorithm.name());
            Some((key.id, shown(&key.name).into_owned(), what))
        });
        let mut able: Vec<_> = able.collect();
        able.sort_by_key(|able| able.1.to_lowercase());
        let fitting = (0..able.len()).collect();
        let before = view.desk.inventory.facts().notice_key;
        let chosen = before.filter(|before| able.iter().any(|(id, ..)| id == before));
        Self { able, fitting, typed: String::new(), before, chosen, then: None, work: Work::Idle }
    }

    /// The same before a notice is saved, whose own key cannot sign it.
    pub fn before(of: VersionRef, view: &View<'_>) -> Self {
        let mut form = Self::of(view);
        form.able.retain(|(id, ..)| *id != of.key);
        form.chosen = form.chosen.filter(|chosen| *chosen != of.key);
        form.then = Some(of);
        form.search();
        form
    }

    fn search(&mut self) {
        let wanted = self.typed.trim().to_lowercase();
        let fits = |index: &usize| self.able[*index].1.to_lowercase().contains(&wanted);
        self.fitting = (0..self.able.len()).filter(fits).collect();
    }

    fn list_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        if Field::new("Or one of your keys").hint("Search by name").show(ui, &mut self.typed).changed() {
            self.search();
        }
        if self.fitting.is_empty() {
            let sentence = match self.able.len() {
                0 => "No key can: it has to be active, and OpenSSH has to know its algorithm.".to_owned(),
                _ => format!("No key that can sign is called \u{201c}{}\u{201d}.", shown(self.typed.trim())),
            };
            Role::Small.label(ui, theme.text3, sentence);
            return;
        }
        let frame = Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(CornerRadius::same(size::RADIUS));
        frame.inner_margin(Margin::same(4)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let scroll = ScrollArea::vertical().max_height(32.0 * ROWS).auto_shrink([false, true]).id_salt("signers");
            scroll.show_rows(ui, 32.0, self.fitting.len(), |ui, rows| {
                for &index in &self.fitting[rows] {
                    let (id, name, what) = &self.able[index];
                    if radio_columns(ui, self.chosen == Some(*id), false, name, what, 260.0).clicked() {
                        self.chosen = Some(*id);
                    }
                }
            });
        });
    }
}

impl Form for NoticeKey {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let same = (self.chosen == self.before).then_some("That is how it is already.");
        let refused = self.work.refusal().or(same);
        let dialog = Dialog {
            id: "notice-key",
            title: "Choose the notice key",
            note: "Older notices stay as they are.",
            confirm: "Use this key",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let sentence = "It signs notices of revocation, so that holders see they come from you.";
            Role::Body.label(ui, theme::of(ui).text2, sentence);
            let hint = "An Ed25519 key for nothing but notices. Recommended.";
            if radio_row(ui, self.chosen.is_none(), false, "Made on first use", hint).clicked() {
                self.chosen = None;
            }
            ui.add_space(4.0);
            self.list_ui(ui);
            self.work.ui(ui, "Writing", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.work.begin();
            view.asks.push(Ask::Request(Request::Run(Command::ChooseNoticeKey(self.chosen))));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        if let Err(error) = result {
            return self.work.fail(error);
        }
        let name = self.chosen.and_then(|id| view.desk.inventory.key(id)).map(|key| shown(&key.name).into_owned());
        let told =
            name.map_or_else(|| "A key is made for the next notice.".to_owned(), |name| format!("{name} signs notices now."));
        view.asks.push(Ask::Tell(Tone::Good, told));
        match self.then {
            Some(of) => view.asks.open(TellHolders::of(of)),
            None => view.asks.push(Ask::Close),
        }
    }
}
