//! Figures of a policy as people meet them: in words, as a draft, and the editor of each. Screen and
//! dialog share them.

mod draft;
mod editor;
mod pace;
mod words;

pub use draft::Draft;
pub use editor::editor_ui;
pub use pace::Pace;
pub use words::{complaint, in_words, title};
