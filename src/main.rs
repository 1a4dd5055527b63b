//! Starts the window or runs a command.

use std::process::ExitCode;

/// What any crate frees is wiped first: parsers and formatters keep copies that nobody else wipes.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    no_core_dumps();
    keystead::cli::run()
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
}
