//! `export --private`: what leaves with its private half.

use std::io::{IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use super::args::Common;
use super::end::{Ends, Failure};
use super::export::{ExportArgs, report};
use super::passphrase::{Source, ask, can_ask};
use super::session::Session;
use super::{select, words};
use crate::custodian::{PrivateExport, passphrase};
use crate::model::{Format, Target};
use crate::secret::Passphrase;

/// Writes private keys to a file that only its owner may read.
pub(super) fn export(args: &ExportArgs, common: &Common) -> Ends {
    let format = words::private_format(&args.format).map_err(Failure::wrong_use)?;
    if args.place.is_stdout() {
        return Err(Failure::wrong_use("A private key goes to a file, never to standard output. Name a file with --out."));
    }
    let Target::File { path, replace } = args.place.target(common)? else {
        return Err(Failure::wrong_use("Name a file with --out."));
    };
    if !format.is_encrypted() && args.output_passphrase_fd.is_some() {
        return Err(Failure::wrong_use("This form is in clear and takes no passphrase. Choose an encrypted one, such as pkcs8."));
    }
    let session = Session::work(common)?;
    let versions = args.keys.iter().map(|wanted| select::version(&session.custodian, wanted, args.key_version));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    let typed_name = if format.is_encrypted() { None } else { typed_name(args)? };
    let passphrase = if format.is_encrypted() { Some(new_passphrase(args, format)?) } else { None };
    let wanted = PrivateExport { versions, format, recipient: args.to.clone(), path, replace, passphrase, typed_name };
    let outcome = session.custodian.export_private(&wanted)?;
    drop(wanted);
    session.close();
    report(&outcome, common)
}

/// The name of the key that is to leave in clear: given, or typed at a terminal.
fn typed_name(args: &ExportArgs) -> Result<Option<String>, Failure> {
    if args.confirm.is_some() || !can_ask() || !std::io::stderr().is_terminal() {
        return Ok(args.confirm.clone());
    }
    let mut terminal = std::io::stderr().lock();
    let question = "The file will open without a passphrase. Type the name of the key to go on: ";
    let _ = write!(terminal, "{question}").and_then(|()| terminal.flush());
    let mut typed = String::new();
    match std::io::stdin().read_line(&mut typed) {
        Ok(_) => Ok(Some(typed.trim_end_matches(['\r', '\n']).to_owned())),
        Err(cause) => Err(Failure::failed(format!("The terminal could not be asked: {cause}."))),
    }
}

/// The passphrase of the file: from its descriptor, typed twice, or seven words made here and shown once.
fn new_passphrase(args: &ExportArgs, format: Format) -> Result<Passphrase, Failure> {
    let source = Source { fd: args.output_passphrase_fd, file: None, option: "--output-passphrase" };
    if let Some(given) = source.read()? {
        return Ok(given);
    }
    if !can_ask() || !std::io::stderr().is_terminal() {
        return Err(crate::custodian::CustodianError::OutputPassphraseNeeded.into());
    }
    let first = ask("Passphrase of the file (empty: seven words are made): ")?;
    if first.is_empty() {
        let words = passphrase::seven_words()?;
        show_once(&words, format);
        return Ok(words);
    }
    if ask("Once more: ")?.same_as(&first) {
        Ok(first)
    } else {
        Err(Failure::failed("The two are not the same. Nothing was written; try again."))
    }
}

/// To the terminal itself, never to what may be a file.
fn show_once(words: &Passphrase, format: Format) {
    let text = Zeroizing::new(format!(
        "This opens the file ({}); it is shown once. Send it another way than the file:\n\n  {}\n\n",
        format.name(),
        words.expose()
    ));
    let mut terminal = std::io::stderr().lock();
    let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
}
