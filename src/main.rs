//! Starts the window or runs a command.

fn main() -> std::process::ExitCode {
    keystead::cli::run()
}
