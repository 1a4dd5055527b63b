//! Passphrases: from an open file descriptor, a file, or the terminal; never an argument.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use super::Failure;
use crate::custodian::CustodianError;
use crate::secret::Passphrase;

/// No passphrase is longer.
const LONGEST: u64 = 64 << 10;

/// Reads the passphrase that a pair of flags names, if one of them is given.
pub fn given(fd: Option<u32>, file: Option<&Path>) -> Result<Option<Passphrase>, Failure> {
    match (fd, file) {
        (Some(fd), _) => read(&descriptor(fd)?, &format!("file descriptor {fd}")).map(Some),
        (None, Some(path)) => read(path, &path.display().to_string()).map(Some),
        (None, None) => Ok(None),
    }
}

/// Asks at the terminal; without one it says which flags to give.
pub fn asked(prompt: &str) -> Result<Passphrase, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(CustodianError::PassphraseNeeded.into());
    }
    rpassword::prompt_password(format!("{prompt}: "))
        .map(Passphrase::new)
        .map_err(|cause| Failure::wrong(format!("The passphrase could not be read from the terminal: {cause}.")))
}

/// Asks twice for something new.
pub fn asked_twice(prompt: &str) -> Result<Passphrase, Failure> {
    let first = asked(prompt)?;
    if first.is_empty() || first.same_as(&asked("Once more")?) {
        Ok(first)
    } else {
        Err(Failure::wrong("The two passphrases are not the same. Nothing was changed.".into()))
    }
}

/// Where the system shows an open file descriptor as a file.
fn descriptor(fd: u32) -> Result<std::path::PathBuf, Failure> {
    if cfg!(unix) {
        return Ok(format!("/dev/fd/{fd}").into());
    }
    Err(Failure::wrong("File descriptors cannot be named on this system. Use the flag that ends in -file PATH.".into()))
}

fn read(path: &Path, name: &str) -> Result<Passphrase, Failure> {
    let unreadable = |cause: std::io::Error| Failure::wrong(format!("No passphrase could be read from {name}: {cause}."));
    let mut text = zeroize::Zeroizing::new(Vec::with_capacity(4 << 10));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::wrong(format!("What {name} holds is too long for a passphrase.")));
    }
    let line = text.strip_suffix(b"\n").map_or(&text[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
    let typed = std::str::from_utf8(line)
        .map_err(|_| Failure::wrong(format!("What {name} holds is no text in UTF-8, so it is no passphrase.")))?;
    if typed.is_empty() {
        return Err(Failure::wrong(format!("{name} holds no passphrase: it is empty.")));
    }
    Ok(Passphrase::new(typed.to_owned()))
}
