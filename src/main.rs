//! Starts the window or runs a command.

use std::process::ExitCode;

use keystead::cli::{self, Next};

/// Wipes what other crates free.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    keystead::secret::keep_out_of_core_dumps();
    match cli::run() {
        Next::Exit(code) => code,
        window => open(window),
    }
}

#[cfg(feature = "window")]
fn open(next: Next) -> ExitCode {
    use keystead::desktop::{Opening, bench, run};
    let ended = match next {
        Next::Exit(code) => return code,
        Next::Window { folder, announce, passphrase } => run(Opening { folder, announce, passphrase }),
        Next::Measure { name, env } => bench::measure(&name, *env).map(|(value, unit)| {
            println!("{}", serde_json::json!({ "name": name, "value": value, "unit": unit }));
        }),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(3)
        }
    }
}

#[cfg(not(feature = "window"))]
fn open(_: Next) -> ExitCode {
    eprintln!("This program was built without its window. Name a command; keystead --help lists them.");
    ExitCode::from(2)
}
