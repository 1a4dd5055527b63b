//! The same use cases for scripts: one file a group of commands.
//!
//! The window is not opened here: what a command line asks of it goes back to the caller, which
//! joins the two front ends.

mod audit;
mod dev;
mod facts;
mod find;
mod generate;
mod grammar;
mod hand_out;
mod home;
mod keys;
mod manual;
mod open;
mod print;
mod stop;
mod typed;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use self::grammar::{Cli, Cmd};
use self::print::Out;
use crate::custodian::{CustodianError, Environment, ErrorClass};
use crate::secret::Passphrase;

/// What is left to do after the command line was read.
pub enum Next {
    /// Nothing; this is the exit code.
    Exit(ExitCode),
    /// Open the window.
    Window {
        /// The inventory folder, if one was named.
        folder: Option<PathBuf>,
        /// Close again once the first rows show, and say so on standard error.
        announce: bool,
        /// Opens the home store at once.
        passphrase: Option<Passphrase>,
    },
    /// Measure the window's frames.
    Measure {
        /// Which benchmark.
        name: String,
        /// Where.
        env: Box<Environment>,
    },
}

/// A command that did not do what it was asked.
pub(crate) struct Failure {
    code: u8,
    sentence: String,
}

/// Done.
const DONE: u8 = 0;
/// It found something.
const FOUND: u8 = 1;
/// What was asked cannot be understood.
const WRONG: u8 = 2;
/// It failed.
const FAILED: u8 = 3;
/// State or policy forbids it.
const REFUSED: u8 = 4;

impl Failure {
    fn wrong(sentence: String) -> Self {
        Self { code: WRONG, sentence }
    }
}

impl From<CustodianError> for Failure {
    fn from(error: CustodianError) -> Self {
        let code = match error.class() {
            ErrorClass::WrongUse => WRONG,
            ErrorClass::Failed => FAILED,
            ErrorClass::Refused => REFUSED,
        };
        Self { code, sentence: error.to_string() }
    }
}

/// Carries out what the arguments say.
pub fn run() -> Next {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are no mistakes; clap knows where each is printed.
        Err(told) => {
            let code = if told.use_stderr() { WRONG } else { DONE };
            let _ = told.print();
            return Next::Exit(code.into());
        }
    };
    let common = cli.common;
    let Some(command) = cli.command else {
        return Next::Window { folder: common.inventory, announce: false, passphrase: None };
    };
    let mut out = Out::default();
    match carry_out(command, &common, &mut out) {
        Ok(Step::Done) => Next::Exit(out.flush(DONE)),
        Ok(Step::Found) => Next::Exit(out.flush(FOUND)),
        Ok(Step::Window(next)) => next,
        Err(failure) => {
            let code = out.flush(failure.code);
            eprintln!("{}", failure.sentence);
            Next::Exit(code)
        }
    }
}

/// How a command ended.
enum Step {
    Done,
    Found,
    /// The window's part is left.
    Window(Next),
}

fn carry_out(command: Cmd, common: &grammar::Common, out: &mut Out) -> Result<Step, Failure> {
    match command {
        Cmd::Init(init) => home::init(common, &init, out),
        Cmd::Store(grammar::StoreCmd::List) => home::stores(common, out),
        Cmd::Recover { dir } => home::recover(common, &dir, out),
        Cmd::Passphrase(grammar::PassphraseCmd::Change { new_passphrase_fd, new_passphrase_file }) => {
            home::change_passphrase(common, new_passphrase_fd, new_passphrase_file.as_deref(), out)
        }
        Cmd::Generate(wish) => generate::run(common, wish, out),
        Cmd::List { filter } => keys::list(common, &filter, out),
        Cmd::Show { key, key_version } => keys::show(common, &key, key_version, out),
        Cmd::Alerts => audit::alerts(common, out),
        Cmd::Audit(grammar::AuditCmd::Verify) => audit::verify(common, out),
        Cmd::Audit(grammar::AuditCmd::Show { last, search }) => audit::show(common, last, &search, out),
        Cmd::Edit(edit) => keys::edit(common, &edit, out),
        Cmd::Export(export) => hand_out::export(common, export, out),
        Cmd::Request(request) => hand_out::request(common, request, out),
        Cmd::Attach { key, certificate, key_version } => hand_out::attach(common, &key, key_version, certificate, out),
        Cmd::Handover(grammar::HandoverCmd::Record { key, key_version, to, format, at }) => {
            hand_out::record(common, &hand_out::Given { key, key_version, to, format, at }, out)
        }
        Cmd::Handover(grammar::HandoverCmd::List { of }) => hand_out::list(common, of.as_deref(), out),
        Cmd::Completions { shell } => Ok(manual::completions(shell, out)),
        Cmd::Man => manual::page(out),
        Cmd::Dev(grammar::DevCmd::Fill { count, with_secrets }) => dev::fill(common, count, with_secrets, out),
        Cmd::Dev(grammar::DevCmd::Bench { name }) => dev::bench(common, name, out),
    }
}
