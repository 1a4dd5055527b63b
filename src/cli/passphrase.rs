//! Where a passphrase comes from: a file descriptor, a file, or a prompt. Never an argument.

use std::fs::File;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::end::Failure;
use crate::custodian::CustodianError;
use crate::secret::Passphrase;

/// No passphrase is longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// Where one passphrase was said to be.
#[derive(Debug, Copy, Clone)]
pub(super) struct Source<'a> {
    /// `--…-fd N`.
    pub(super) fd: Option<u32>,
    /// `--…-file PATH`.
    pub(super) file: Option<&'a PathBuf>,
    /// The name of the option without its ending, for messages.
    pub(super) option: &'static str,
}

impl Source<'_> {
    /// Reads it where it was said to be; `None` when nothing was said.
    pub(super) fn read(self) -> Result<Option<Passphrase>, Failure> {
        match (self.fd, self.file) {
            (Some(number), _) => from_descriptor(number, self.option).map(Some),
            (None, Some(path)) => from_file(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Reads it, or asks for it.
    pub(super) fn read_or_ask(self, prompt: &str) -> Result<Passphrase, Failure> {
        match self.read()? {
            Some(passphrase) => Ok(passphrase),
            None if can_ask() => ask(prompt),
            None => Err(self.missing()),
        }
    }

    /// Reads a new one, or asks for it twice.
    pub(super) fn read_or_ask_twice(self, prompt: &str) -> Result<Passphrase, Failure> {
        match self.read()? {
            Some(passphrase) => Ok(passphrase),
            None if can_ask() => {
                let first = ask(prompt)?;
                if ask("Once more: ")?.same_as(&first) {
                    Ok(first)
                } else {
                    Err(Failure::failed("The two are not the same. Nothing was changed; try again."))
                }
            }
            None => Err(self.missing()),
        }
    }

    fn missing(self) -> Failure {
        if self.option == "--passphrase" {
            return CustodianError::PassphraseNeeded.into();
        }
        let option = self.option;
        Failure::wrong_use(format!("A passphrase is needed. Give it with {option}-fd N, {option}-file PATH, or at the prompt."))
    }
}

/// A person sits there.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks without showing what is typed.
pub(super) fn ask(prompt: &str) -> Result<Passphrase, Failure> {
    let typed = rpassword::prompt_password(prompt);
    typed.map(Passphrase::new).map_err(|cause| Failure::failed(format!("The terminal could not be asked: {cause}.")))
}

/// Several passphrases from a descriptor, one a line; empty lines are none.
pub(super) fn several_from_descriptor(number: u32, option: &str) -> Result<Vec<Passphrase>, Failure> {
    let all = from_descriptor(number, option)?;
    let lines = all.expose().split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Ok(lines.filter(|line| !line.is_empty()).map(|line| Passphrase::new(line.to_owned())).collect())
}

fn from_file(path: &Path) -> Result<Passphrase, Failure> {
    let place = format!("The passphrase file {}", path.display());
    let file = File::open(path).map_err(|cause| Failure::failed(format!("{place} cannot be read: {cause}.")))?;
    from_reader(file, &place)
}

/// Opening the descriptor by its name needs no unsafe code; standard input is read as it is.
#[cfg(unix)]
fn from_descriptor(number: u32, option: &str) -> Result<Passphrase, Failure> {
    let place = format!("File descriptor {number} of {option}-fd");
    if number == 0 {
        return from_reader(std::io::stdin().lock(), &place);
    }
    let file = File::open(format!("/dev/fd/{number}"));
    from_reader(file.map_err(|cause| Failure::failed(format!("{place} cannot be read: {cause}.")))?, &place)
}

#[cfg(not(unix))]
fn from_descriptor(number: u32, option: &str) -> Result<Passphrase, Failure> {
    if number == 0 {
        return from_reader(std::io::stdin().lock(), "Standard input");
    }
    Err(Failure::wrong_use(format!(
        "{option}-fd takes only 0, standard input, on this system. Use {option}-file PATH for anything else."
    )))
}

/// All of it but one final newline.
fn from_reader(reader: impl Read, place: &str) -> Result<Passphrase, Failure> {
    // Made large enough at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    let read = reader.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|cause| Failure::failed(format!("{place} cannot be read: {cause}.")))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::wrong_use(format!("{place} holds more than any passphrase.")));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(Failure::wrong_use(format!("{place} holds no passphrase: it is empty.")));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Passphrase::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Failure::wrong_use(format!("{place} holds no text in UTF-8.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        from_reader(bytes, "here").ok().map(|passphrase| passphrase.expose().to_owned())
    }

    #[test]
    fn one_final_newline_is_dropped_and_nothing_else() {
        assert_eq!(read(b"a b\n").as_deref(), Some("a b"));
        assert_eq!(read(b"a\r\n").as_deref(), Some("a"));
        assert_eq!(read(b"a\n\n").as_deref(), Some("a\n"));
        assert_eq!(read(b" a ").as_deref(), Some(" a "));
    }

    #[test]
    fn what_is_no_passphrase_is_refused() {
        let endless = vec![b'x'; 70_000];
        for bytes in [&b""[..], b"\n", b"\xff\xfe", &endless] {
            assert_eq!(read(bytes), None);
        }
    }
}
