//! The same use cases for scripts: one file a group of commands, and what they share.
//!
//! The grammar is fixed, because scripts rely on it. Looking needs no unlock; the window comes in
//! through [`Window`], so that this room does not depend on it.

mod agent;
mod alerts;
mod args;
mod attach;
mod audit;
mod backup;
mod calendar;
mod certificate;
mod check;
mod delivery;
mod destroy;
mod dev;
mod discover;
mod docs;
mod edit;
mod end;
mod export;
mod export_private;
mod facts;
mod forecast;
mod generate;
mod handover;
mod import;
mod init;
#[cfg(feature = "openbao")]
mod issue;
mod key_policy;
mod life;
mod list;
mod move_key;
mod notice;
mod output;
mod passphrase;
mod policy;
#[cfg(feature = "network")]
mod probe;
mod progress;
mod recipient;
mod recipient_facts;
mod reconcile;
mod restore;
mod revoke;
mod rotate;
mod seal;
mod select;
mod session;
mod show;
mod sign;
mod store;
mod store_init;
#[cfg(feature = "openbao")]
mod store_server;
mod turn;
mod unwrap;
mod verify;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use crate::custodian::Environment;
use crate::model::Turn;
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
        Err(error) if error.exit_code() == 2 && args::is_check(std::env::args_os().skip(1)) => {
            return ended(check::wrong_use(&error.to_string()));
        }
        Err(error) => {
            // A closed terminal is no reason to stop with a panic.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    ended(match cli.command {
        None => open_window(&cli.common, window),
        Some(command) => carry_out(command, &cli.common, window),
    })
}

/// Says why it did not happen, if so, and makes the exit code.
fn ended(ended: Ends) -> ExitCode {
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
        Command::Store(args) => store::run(&args, common),
        Command::Recover(args) => init::recover(&args, common),
        Command::Passphrase(args) => init::passphrase(&args, common),
        Command::Generate(args) => generate::run(&args, common),
        Command::List(args) => list::run(&args, common),
        Command::Show(args) => show::run(&args, common),
        Command::Alerts(args) => alerts::run(&args, common),
        Command::Backup(args) => backup::run(&args, common),
        Command::Restore(args) => restore::run(&args, common),
        Command::Audit(args) => audit::run(&args, common),
        Command::Edit(args) => edit::run(&args, common),
        Command::Export(args) => export::export(&args, common),
        Command::Request(args) => export::request(*args, common),
        Command::Attach(args) => attach::run(&args, common),
        #[cfg(feature = "openbao")]
        Command::Issue(args) => issue::run(*args, common),
        Command::Discover(args) => discover::run(&args, common),
        Command::Import(args) => import::run(&args, common),
        Command::Recipient(args) => recipient::run(&args, common),
        Command::Handover(args) => handover::run(&args, common),
        Command::Activate(args) => turn::run(Turn::Activate, &args, common),
        Command::Suspend(args) => turn::run(Turn::Suspend, &args, common),
        Command::Resume(args) => turn::run(Turn::Resume, &args, common),
        Command::Deactivate(args) => turn::run(Turn::Deactivate, &args, common),
        Command::Extend(args) => turn::extend(&args, common),
        Command::Rotate(args) => rotate::run(&args, common),
        Command::Delivery(args) => delivery::run(&args, common),
        Command::Revoke(args) => revoke::run(&args, common),
        Command::Seal(args) => seal::seal(&args, common),
        Command::Wrap(args) => seal::wrap(&args, common),
        Command::Unwrap(args) => unwrap::run(&args, common),
        Command::Sign(args) => sign::run(&args, common),
        Command::Agent(args) => agent::run(&args, common),
        Command::Verify(args) => verify::run(&args, common),
        Command::Notice(args) => notice::run(&args, common),
        Command::Destroy(args) => destroy::run(&args, common),
        Command::Policy(args) => policy::run(&args, common),
        Command::Forecast(args) => forecast::run(&args, common),
        Command::Calendar(args) => calendar::run(&args, common),
        #[cfg(feature = "network")]
        Command::Probe(args) => probe::run(&args, common),
        Command::Move(args) => move_key::run(&args, common),
        Command::Reconcile(args) => reconcile::run(&args, common),
        Command::Check(args) => check::run(&args, common),
        Command::Completions(args) => docs::completions(&args),
        Command::Man(args) => docs::man(&args),
        #[cfg(feature = "pkcs11")]
        Command::Worker(args) => store::serve(&args),
        Command::Dev(args) => dev::run(&args, common, window),
    }
}
