//! Long work in a shell: progress on the terminal, and a stop between items when a person presses
//! Ctrl+C or the terminal is closed.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::custodian::Progress;

/// Progress on standard error, where that is a terminal.
pub struct Watch {
    stop: Arc<AtomicBool>,
    shows: bool,
}

impl Watch {
    /// Begins to listen. Where that cannot be done a signal ends the program at once; what was
    /// begun is then taken up at the next unlock.
    pub fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            let _ = signal_hook::flag::register(*signal, stop.clone());
        }
        Self { stop, shows: std::io::stderr().is_terminal() }
    }
}

#[cfg(unix)]
const SIGNALS: &[i32] = &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: &[i32] = &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];

impl Progress for Watch {
    fn report(&self, done: u64, total: u64) {
        use std::io::Write as _;
        if self.shows && total > 1 {
            // A terminal that was closed takes nothing; the work stops at its next item.
            let end = if done >= total { "\n" } else { "" };
            let _ = write!(std::io::stderr(), "\r{done} of {total}{end}");
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
