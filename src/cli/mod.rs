//! The same use cases for scripts.

use std::process::ExitCode;

/// Runs the command that the arguments name, or opens the window.
pub fn run() -> ExitCode {
    #[cfg(feature = "window")]
    if let Err(sentence) = crate::desktop::run(crate::desktop::Opening::default()) {
        eprintln!("{sentence}");
        return ExitCode::from(3);
    }
    ExitCode::SUCCESS
}
