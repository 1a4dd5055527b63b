//! The roles that text plays, each with its size, weight and line height.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontFamily, FontId, Response, RichText, Ui};

use crate::desktop::fonts::{self, MEDIUM, SEMIBOLD};

/// What a piece of text is for.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Role {
    /// The one sentence of the first run: 28/36, semi-bold.
    Display,
    /// The title of a dialog: 20/24, semi-bold.
    Title,
    /// The name of a key over its details: 15/20, semi-bold.
    KeyTitle,
    /// Rows and running text: 13/20.
    Body,
    /// Names and buttons: 13/20, medium.
    BodyMedium,
    /// What a sentence stresses: 13/20, semi-bold.
    BodyStrong,
    /// Details: 12/16.
    Small,
    /// Chips and labels: 12/16, medium.
    SmallMedium,
    /// Heads of sections: 12/16, semi-bold.
    SmallStrong,
    /// Column heads, shortcuts: 11/16, medium.
    Caption,
    /// Fingerprints and names to type: 12/16, monospace.
    Mono,
    /// Fingerprints that are read out: 15/24, monospace.
    MonoLarge,
}

impl Role {
    /// Size and line height in points.
    pub const fn metrics(self) -> (f32, f32) {
        match self {
            Self::Display => (28.0, 36.0),
            Self::Title => (20.0, 24.0),
            Self::KeyTitle => (15.0, 20.0),
            Self::Body | Self::BodyMedium | Self::BodyStrong => (13.0, 20.0),
            Self::Small | Self::SmallMedium | Self::SmallStrong | Self::Mono => (12.0, 16.0),
            Self::Caption => (11.0, 16.0),
            Self::MonoLarge => (15.0, 24.0),
        }
    }

    /// The font in its size.
    pub fn font(self) -> FontId {
        let family = match self {
            Self::Display | Self::Title | Self::KeyTitle | Self::BodyStrong | Self::SmallStrong => fonts::family(SEMIBOLD),
            Self::BodyMedium | Self::SmallMedium | Self::Caption => fonts::family(MEDIUM),
            Self::Body | Self::Small => FontFamily::Proportional,
            Self::Mono | Self::MonoLarge => FontFamily::Monospace,
        };
        FontId::new(self.metrics().0, family)
    }

    /// Text for egui's own widgets.
    pub fn rich(self, text: impl Into<String>) -> RichText {
        RichText::new(text).font(self.font()).line_height(Some(self.metrics().1))
    }

    /// A section of a [`LayoutJob`].
    pub fn format(self, colour: Color32) -> TextFormat {
        TextFormat { line_height: Some(self.metrics().1), valign: egui::Align::Center, ..TextFormat::simple(self.font(), colour) }
    }

    /// A label that wraps at the width there is.
    pub fn label(self, ui: &mut Ui, colour: Color32, text: impl Into<String>) -> Response {
        ui.add(egui::Label::new(self.rich(text).color(colour)).wrap())
    }

    /// A label on one line, cut with an ellipsis where the room ends.
    pub fn line(self, ui: &mut Ui, colour: Color32, text: impl Into<String>) -> Response {
        ui.add(egui::Label::new(self.rich(text).color(colour)).truncate())
    }
}

/// Several roles in one line: `job(&[(Role::BodyStrong, colour, "3 keys")])`.
impl Role {
    /// A job of runs in one line or paragraph.
    pub fn job(runs: &[(Self, Color32, &str)]) -> LayoutJob {
        let mut job = LayoutJob::default();
        for (role, colour, text) in runs {
            job.append(text, 0.0, role.format(*colour));
        }
        job
    }
}
