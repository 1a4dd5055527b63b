//! Progress on a terminal, and stopping between groups when a person presses Ctrl+C, the system asks,
//! or the terminal is closed.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::custodian::Progress;

/// Watches one long work.
pub(super) struct Watch {
    what: &'static str,
    shows: bool,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Begins to watch. A second Ctrl+C ends the program at once; what was begun is then taken up
    /// at the next unlock.
    pub(super) fn begin(what: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        // Without a handler a signal ends the program, and no group is left half made either.
        let _ = ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(3);
            }
        });
        Self { what, shows: std::io::stderr().is_terminal(), stop }
    }
}

impl Progress for Watch {
    fn report(&self, done: u64, total: u64) {
        if self.shows && total > 1 {
            let mut terminal = std::io::stderr().lock();
            let end = if done >= total { "\n" } else { "" };
            // A terminal that was closed is no reason to stop here: the signal says so too.
            let _ = write!(terminal, "\r{}: {done} of {total}{end}", self.what).and_then(|()| terminal.flush());
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
