//! A question that the custodian asks while it works: one file each. It stands before every dialog until it is answered.

use egui::Context;

use super::{AgentQuestion, PinForUse};
use crate::desktop::desk::View;
use crate::model::Time;

/// A question that waits for its answer.
pub enum Question {
    /// May the SSH agent sign.
    Agent(AgentQuestion),
    /// The PIN for one use of a key.
    Pin(PinForUse),
}

impl Question {
    /// The system shows that the window waits for its person, be it behind others. It does not come to the front: what is
    /// being typed elsewhere is no answer.
    pub fn announce(&mut self, ctx: &Context) {
        match self {
            Self::Agent(question) => question.announce(ctx),
            Self::Pin(question) => question.announce(ctx),
        }
    }

    /// Draws it, and asks for the answer once there is one; true when it has ended.
    pub fn ui(&mut self, ctx: &Context, view: &mut View<'_>, now: Time) -> bool {
        match self {
            Self::Agent(question) => question.ui(ctx, view, now),
            Self::Pin(question) => question.ui(ctx, view, now),
        }
    }

    /// The custodian waits for this PIN no more.
    pub fn is_pin(&self, id: u64) -> bool {
        matches!(self, Self::Pin(question) if question.id() == id)
    }
}
