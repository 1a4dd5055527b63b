//! What a person set: appearance, columns, window. Kept in `settings.ron`.

use serde::{Deserialize, Serialize};

use super::rows::Column;

/// Light, dark, or as the system.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the screen")]
pub struct Settings {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// How large everything is, in percent.
    pub scale: u32,
    /// Nothing moves.
    pub reduce_motion: bool,
    /// Rows of 28 points instead of 32.
    pub compact: bool,
    /// Minutes without a key or the pointer until it locks; 0 for never.
    pub idle_lock_minutes: u32,
    /// News are told as notifications of the desktop.
    pub notify: bool,
    /// The SSH agent serves while the window runs.
    pub ssh_agent: bool,
    /// Owner of new keys.
    pub default_owner: String,
    /// Columns that are not shown.
    pub hidden_columns: Vec<String>,
    /// The column sorted by, and whether downwards.
    pub sort: Option<(String, bool)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            scale: 100,
            reduce_motion: false,
            compact: false,
            idle_lock_minutes: 15,
            notify: true,
            ssh_agent: false,
            default_owner: String::new(),
            hidden_columns: vec![Column::Purpose.name().to_owned()],
            sort: None,
        }
    }
}

impl Settings {
    /// Reads `settings.ron`. A file that cannot be read gives the settings as shipped and a
    /// sentence that says so.
    pub fn parse(text: &str) -> (Self, Option<String>) {
        match ron::from_str::<Self>(text) {
            Ok(mut settings) => {
                settings.scale = settings.scale.clamp(80, 200);
                (settings, None)
            }
            Err(_) => (
                Self::default(),
                Some("The settings could not be read, so they are as shipped. Your keys are not affected.".into()),
            ),
        }
    }

    /// The text of `settings.ron`.
    pub fn text(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).unwrap_or_default()
    }

    /// A column is shown.
    pub fn shows(&self, column: Column) -> bool {
        column == Column::Name || !self.hidden_columns.iter().any(|hidden| hidden == column.name())
    }
}
