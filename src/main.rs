//! Starts the window or runs a command.

use std::process::ExitCode;

/// What any crate frees is wiped first: parsers and formatters keep copies that nobody else wipes.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    no_core_dumps();
    #[cfg(feature = "window")]
    let window: Option<&dyn keystead::cli::Window> = Some(&Desktop);
    #[cfg(not(feature = "window"))]
    let window = None;
    keystead::cli::run(window)
}

/// A crash must not leave secrets on the disk. The limit is one byte, not none, because Linux takes just
/// that number to mean that no handler, such as systemd-coredump, is started either (`do_coredump` in
/// fs/coredump.c); a file of one byte is not written. Where it cannot be set the program works all the same.
fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
    }
    // Where a handler is started all the same, no mapping is marked for it (core(5)).
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/coredump_filter", "0");
}

/// The egui front end, for the command line that opens it.
#[cfg(feature = "window")]
struct Desktop;

#[cfg(feature = "window")]
impl keystead::cli::Window for Desktop {
    fn open(&self, opening: keystead::cli::Opening) -> Result<(), String> {
        let keystead::cli::Opening { folder, announce, passphrase } = opening;
        keystead::desktop::run(keystead::desktop::Opening { folder, announce, passphrase })
    }

    fn measure(&self, name: &str, env: keystead::custodian::Environment) -> Result<(f64, &'static str), String> {
        keystead::desktop::bench::measure(name, env)
    }
}
