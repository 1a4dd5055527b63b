//! The same use cases for scripts: one file a group of commands, and what they share.
//!
//! The grammar is fixed, because scripts rely on it. Looking needs no unlock; the window comes in
//! through [`Window`], so that this room does not depend on it.

mod alerts;
mod args;
mod attach;
mod audit;
mod dev;
mod docs;
mod edit;
mod end;
mod export;
mod facts;
mod generate;
mod handover;
mod init;
mod list;
mod output;
mod passphrase;
mod progress;
mod select;
mod session;
mod show;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use crate::custodian::Environment;
use crate::secret::Passphrase;
use args::{Cli, Command, Common};
use end::{End, Ends, Failure};

/// The window as the command line knows it.
pub trait Window {
    /// Opens it and returns when it is closed; the sentence says why it could not be opened.
    fn open(&self, opening: Opening) -> Result<(), String>;

    /// Runs one of its benchmarks: a value and its unit.
    fn measure(&self, name: &str, env: Environment) -> Result<(f64, &'static str), String>;
}

/// How the window is to be opened.
#[derive(Default)]
pub struct Opening {
    /// The inventory folder, if one was named.
    pub folder: Option<PathBuf>,
    /// Tells on standard error when the first rows show, and closes.
    pub announce: bool,
    /// Opens the home store at once.
    pub passphrase: Option<Passphrase>,
}

/// Runs the command that the arguments name, or opens the window.
pub fn run(window: Option<&dyn Window>) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal is no reason to stop with a panic.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ended = match cli.command {
        None => open_window(&cli.common, window),
        Some(command) => carry_out(command, &cli.common, window),
    };
    match ended {
        Ok(end) => end.into(),
        Err(failure) => {
            output::say(&failure.sentence);
            failure.end.into()
        }
    }
}

fn open_window(common: &Common, window: Option<&dyn Window>) -> Ends {
    let window = window.ok_or_else(no_window)?;
    let passphrase = common.passphrase.source().read()?;
    let opening = Opening { folder: common.inventory.clone(), announce: false, passphrase };
    window.open(opening).map_err(Failure::failed)?;
    Ok(End::Done)
}

fn no_window() -> Failure {
    Failure::wrong_use("This build of Keystead has no window. `keystead --help` shows what it can do.")
}

fn carry_out(command: Command, common: &Common, window: Option<&dyn Window>) -> Ends {
    match command {
        Command::Init(args) => init::init(&args, common),
        Command::Store(args) => init::store(&args, common),
        Command::Recover(args) => init::recover(&args, common),
        Command::Passphrase(args) => init::passphrase(&args, common),
        Command::Generate(args) => generate::run(&args, common),
        Command::List(args) => list::run(&args, common),
        Command::Show(args) => show::run(&args, common),
        Command::Alerts => alerts::run(common),
        Command::Audit(args) => audit::run(&args, common),
        Command::Edit(args) => edit::run(&args, common),
        Command::Export(args) => export::export(&args, common),
        Command::Request(args) => export::request(*args, common),
        Command::Attach(args) => attach::run(&args, common),
        Command::Handover(args) => handover::run(&args, common),
        Command::Completions(args) => docs::completions(&args),
        Command::Man(args) => docs::man(&args),
        Command::Dev(args) => dev::run(&args, common, window),
    }
}
