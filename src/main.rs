//! Starts the window or runs a command.

fn main() -> std::process::ExitCode {
    keystead::secret::no_core_dumps();
    keystead::cli::run()
}
