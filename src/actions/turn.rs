//! Which turns in the life of the selected keys are possible, asked of the model's own table.

use super::Context;
use crate::model::{Life, Refusal, State, Time, Transition, Turn};

/// A step in the life of keys, as the table of actions asks for it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Turn(Turn),
    Rotate,
    Revoke,
    Destroy,
    Keep,
    Deliveries,
    Tell,
}

impl Step {
    /// Whether a selected key can take it; of one key the state table says why not.
    pub(super) fn possible(self, context: &Context) -> Result<(), String> {
        let name = context.selected_name.as_deref().unwrap_or("The key");
        if context.lives.is_empty() {
            return Err("Select a key first.".into());
        }
        match self {
            Self::Keep if !context.planned => return Err(format!("{name} {}.", Refusal::NothingPlanned)),
            Self::Deliveries | Self::Tell if context.lives.len() > 1 => return Err("Select a single key.".into()),
            Self::Deliveries if !context.deliveries => {
                return Err(format!("{name} has no deliveries: nobody holds an older version of it."));
            }
            Self::Tell if !context.revoked => return Err(format!("{name} was not revoked, so there is nothing to tell.")),
            Self::Keep | Self::Deliveries | Self::Tell => return Ok(()),
            _ => {}
        }
        let mut refused = None;
        for life in &context.lives {
            match self.of(life, context.now) {
                Ok(()) => return Ok(()),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match (refused, context.lives.len()) {
            (None, _) => Ok(()),
            (Some(refusal), 1) => Err(format!("{name} {refusal}.")),
            (Some(Refusal::State { verb, wanted, .. }), _) => {
                Err(format!("None of the selected keys can be {verb}: none is {wanted}."))
            }
            (Some(_), _) => Err("None of the selected keys can.".into()),
        }
    }

    fn of(self, life: &Life, now: Time) -> Result<(), Refusal> {
        let can = |transition| life.clone().turn(transition, now);
        match self {
            Self::Turn(turn) => turn.possible(life, now),
            Self::Revoke => can(Transition::Deactivate { at: now }).or_else(|_| can(Transition::Compromise { since: now })),
            Self::Rotate => match life.state(now) {
                state @ (State::PreActive | State::Destroyed | State::DestroyedCompromised) => {
                    let wanted = "active, suspended, deactivated or compromised";
                    Err(Refusal::State { verb: "rotated", state, wanted })
                }
                _ => Ok(()),
            },
            Self::Destroy => can(Transition::PlanDestruction { due: now }),
            Self::Keep | Self::Deliveries | Self::Tell => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::Action;

    #[test]
    fn a_turn_asks_the_state_table_and_says_why_not() {
        let at = Time::from_second;
        let mut context = Context {
            has_inventory: true,
            unlocked: true,
            now: at(100),
            lives: vec![Life::new(at(0), Some(at(0)), Some(at(1_000)))],
            selected_name: Some("api".into()),
            ..Context::default()
        };
        let asked = |context: &Context, action: Action| action.entry().enabled(context);
        assert_eq!(asked(&context, Action::Suspend), Ok(()));
        assert_eq!(asked(&context, Action::Resume), Err("api cannot be resumed: it is active, not suspended.".into()));
        assert_eq!(asked(&context, Action::KeepKey), Err("api has no planned destruction to cancel.".into()));
        context.now = at(2_000);
        assert_eq!(
            asked(&context, Action::Extend),
            Err("api cannot be given another expiry: it is deactivated, not pre-active or active.".into())
        );
        context.lives.push(Life::new(at(0), None, None));
        assert_eq!(asked(&context, Action::Activate), Ok(()), "one of them can");
        let none = "None of the selected keys can be suspended: none is active.";
        assert_eq!(asked(&context, Action::Suspend), Err(none.into()));
        context.lives.clear();
        assert_eq!(asked(&context, Action::Rotate), Err("Select a key first.".into()));
    }
}
