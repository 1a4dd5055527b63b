//! Lets costly work be done at most once in a while, however fast a person types.

use std::time::{Duration, Instant};

use egui::Context;

/// Between two runs lies at least this long.
const REST: Duration = Duration::from_millis(150);

/// When the work was done last.
#[derive(Debug, Default)]
pub struct Pace(Option<Instant>);

impl Pace {
    /// It may be done now; otherwise the window wakes once it may.
    pub fn due(&mut self, ctx: &Context) -> bool {
        let left = self.0.map_or(Duration::ZERO, |last| REST.saturating_sub(last.elapsed()));
        if left.is_zero() {
            self.0 = Some(Instant::now());
        } else {
            ctx.request_repaint_after(left);
        }
        left.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_rests_between_two_runs() {
        let (mut pace, ctx) = (Pace::default(), Context::default());
        assert!(pace.due(&ctx) && !pace.due(&ctx));
        std::thread::sleep(REST);
        assert!(pace.due(&ctx));
    }
}
