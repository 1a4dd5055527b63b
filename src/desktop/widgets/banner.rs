//! A strip that says what happened, what holds now and what to do.

use egui::{Frame, Margin, Ui};

use super::{button, link};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// How grave it is.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Info,
    /// It went well.
    Good,
    /// Wants attention soon.
    Warning,
    /// Wants attention now.
    Critical,
}

/// What a person did with a banner.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum BannerAnswer {
    /// Took the offered action.
    Action,
    /// Sent it away.
    Dismiss,
}

/// A banner over the whole width; as a status or toast inside a card when `rounded`.
#[must_use = "show it"]
pub struct Banner<'a> {
    /// How grave it is.
    pub tone: Tone,
    /// The sentence that counts.
    pub strong: &'a str,
    /// The rest.
    pub text: &'a str,
    /// What can be done about it.
    pub action: Option<&'a str>,
    /// Whether it can be sent away.
    pub dismiss: bool,
    /// With round corners, as part of a form or a toast.
    pub rounded: bool,
}

impl Banner<'_> {
    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Option<BannerAnswer> {
        let theme = theme::of(ui);
        let (ground, ink, icon) = match self.tone {
            Tone::Info => (theme.selected, theme.accent_text, Icon::Info),
            Tone::Good => (theme.good().tint, theme.good().ink, Icon::SealCheck),
            Tone::Warning => (theme.warning().tint, theme.warning().ink, Icon::Warning),
            Tone::Critical => (theme.critical().tint, theme.critical().ink, Icon::Warning),
        };
        let radius = if self.rounded { size::RADIUS } else { 0 };
        let inset = if self.rounded { 12 } else { 16 };
        let frame = Frame::new().fill(ground).corner_radius(radius).inner_margin(Margin::symmetric(inset, 4));
        let mut answer = None;
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.set_min_height(28.0);
                let (rect, _) = ui.allocate_exact_size(egui::vec2(size::ICON, size::ICON), egui::Sense::hover());
                icon.paint_filled(ui.painter(), rect.center(), size::ICON, ink);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if self.dismiss && button::icon_button(ui, Icon::Close, "Dismiss").clicked() {
                        answer = Some(BannerAnswer::Dismiss);
                    }
                    if let Some(action) = self.action
                        && link(ui, action, Some(Icon::ArrowRight)).clicked()
                    {
                        answer = Some(BannerAnswer::Action);
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let runs = [
                            (Role::BodyStrong, theme.text, self.strong),
                            (Role::Body, theme.text2, if self.strong.is_empty() { "" } else { " " }),
                            (Role::Body, theme.text2, self.text),
                        ];
                        ui.add(egui::Label::new(Role::job(&runs)).wrap());
                    });
                });
            });
        });
        answer
    }
}
