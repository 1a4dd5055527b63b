//! What a dialog shows while the custodian works: waiting, progress, failure.

use std::time::Instant;

use egui::Ui;

use super::LogIn;
use crate::custodian::CustodianError;
use crate::desktop::desk::{Ask, View};
use crate::desktop::known_stores::stays;
use crate::desktop::widgets::{Banner, BannerAnswer, Tone, progress};

/// Progress shows after this many milliseconds.
const PATIENCE: u128 = 400;

/// How far what was asked for is.
#[derive(Debug, Default)]
pub enum Work {
    /// Nothing was asked for yet.
    #[default]
    Idle,
    /// The custodian works.
    Busy {
        /// Since when.
        since: Instant,
        /// So many are done, of so many.
        done: Option<(u64, u64)>,
    },
    /// It failed; the sentence says what holds now and what to do.
    Failed(String),
    /// A store has to be logged in to first; which, and the sentence.
    Locked(String, String),
}

impl Work {
    /// It begins.
    pub fn begin(&mut self) {
        *self = Self::Busy { since: Instant::now(), done: None };
    }

    /// It goes on.
    pub fn progress(&mut self, so_far: u64, total: u64) {
        if let Self::Busy { done, .. } = self {
            *done = Some((so_far, total));
        }
    }

    /// A dialog in which it is done is closed: it ends with that.
    pub fn leave(&self, view: &mut View<'_>) {
        if self.is_busy() {
            view.asks.push(Ask::Cancel);
        }
        view.asks.push(Ask::Close);
    }

    /// It failed.
    pub fn fail(&mut self, error: &CustodianError) {
        *self = match error.locked_store() {
            Some(store) => Self::Locked(store.to_owned(), error.to_string()),
            None => Self::Failed(error.to_string()),
        };
    }

    /// What went wrong says this already.
    pub fn says(&self, sentence: &str) -> bool {
        matches!(self, Self::Failed(said) if said.contains(sentence))
    }

    /// The custodian works.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Why nothing can be confirmed just now.
    pub fn refusal(&self) -> Option<&'static str> {
        self.is_busy().then_some("It is being done.")
    }

    /// Draws what there is to say. `what` is what is being done, as “Making keys”.
    pub fn ui(&self, ui: &mut Ui, what: &str, view: &mut View<'_>) {
        match self {
            Self::Idle => {}
            Self::Failed(sentence) => {
                Banner { tone: Tone::Critical, strong: "Not done.", text: sentence, action: None, dismiss: false, rounded: true }
                    .show(ui);
            }
            Self::Locked(store, sentence) => {
                let beside = view.desk.inventory.store(store).filter(|store| stays(store.kind)).cloned();
                let action = beside.is_some().then_some("Log in");
                let banner =
                    Banner { tone: Tone::Warning, strong: "Not done.", text: sentence, action, dismiss: false, rounded: true };
                if banner.show(ui) == Some(BannerAnswer::Action)
                    && let Some(store) = beside
                {
                    view.asks.over(LogIn::to(&store));
                }
            }
            Self::Busy { since, done } => {
                if since.elapsed().as_millis() < PATIENCE {
                    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
                    return;
                }
                let (done, total) = done.unwrap_or((0, 0));
                if progress(ui, what, done as usize, total as usize) {
                    view.asks.push(Ask::Cancel);
                }
            }
        }
    }
}
