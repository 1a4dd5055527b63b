//! The turns that a person asks for by one word and one date, in the window and in a shell.

use super::state::{Life, State};
use super::time::{DayEdge, Time};
use super::transition::{Refusal, Transition};

/// A turn in the life of keys.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Turn {
    /// May be used.
    Activate,
    /// Held for a while.
    Suspend,
    /// Held no more.
    Resume,
    /// Its use ends.
    Deactivate,
    /// Its use ends later.
    Extend,
}

impl Turn {
    /// The turn at an instant; a suspension without an end.
    pub const fn at(self, at: Time) -> Transition {
        match self {
            Self::Activate => Transition::Activate { at },
            Self::Suspend => Transition::Suspend { from: at, until: None },
            Self::Resume => Transition::Resume { at },
            Self::Deactivate => Transition::Deactivate { at },
            Self::Extend => Transition::ChangeExpiry { expires: at },
        }
    }

    /// Which instant of a day that was typed is meant.
    pub const fn edge(self) -> DayEdge {
        match self {
            Self::Deactivate | Self::Extend => DayEdge::End,
            Self::Activate | Self::Suspend | Self::Resume => DayEdge::Start,
        }
    }

    /// The state it leads to.
    pub const fn leads_to(self) -> State {
        match self {
            Self::Activate | Self::Resume | Self::Extend => State::Active,
            Self::Suspend => State::Suspended,
            Self::Deactivate => State::Deactivated,
        }
    }

    /// Whether a life can take it now.
    pub fn possible(self, life: &Life, now: Time) -> Result<(), Refusal> {
        let at = match self {
            Self::Extend => life.expires.unwrap_or(now).max(now).plus_days(1),
            _ => now,
        };
        life.clone().turn(self.at(at), now)
    }
}
