//! Initialising a token: what is looked at before, and the two steps themselves. Each PIN is given to the token once and
//! kept by nobody.

use super::Workers;
use super::error::{Asked, TokenError};
use super::line::{Worker, lost};
use super::protocol::{Fault, Reply, Request, TokenFacts};
use crate::secret::{Passphrase, SecretBytes};
use crate::stores::StoreError;

/// `CK_TOKEN_INFO.label` holds so many bytes of UTF-8, padded with blanks (PKCS#11 2.40 section 3.2).
pub const LONGEST_LABEL: usize = 32;

/// A token as it is before it is initialised.
#[derive(Debug, Clone)]
pub struct Initialisable {
    /// What it says of itself.
    pub facts: TokenFacts,
    /// How many objects everybody may see in it. Private keys are not among them: those show to the PIN alone.
    pub visible: u64,
}

/// How the token of a slot is now.
pub fn look(workers: &Workers, module: &str, facts: TokenFacts) -> Result<Initialisable, StoreError> {
    let asked = asked(module, &facts);
    if facts.blank {
        return Ok(Initialisable { facts, visible: 0 });
    }
    let mut worker = Worker::start(workers, &asked)?;
    match worker.plain(Request::Count { slot: facts.slot }, workers, &asked)? {
        Reply::Count(visible) => Ok(Initialisable { facts, visible }),
        _ => Err(TokenError::Garbled { store: asked.store.to_owned() }.into()),
    }
}

/// Makes a token anew under a label, destroys whatever is in it, and gives it the PIN of its user. For a token that was
/// never initialised the security officer's PIN is a new one; any other token has to know it.
pub fn initialise(
    workers: &Workers,
    module: &str,
    facts: &TokenFacts,
    label: &str,
    so_pin: &Passphrase,
    pin: &Passphrase,
) -> Result<TokenFacts, StoreError> {
    check(facts, label, so_pin, pin)?;
    let asked = asked(module, facts);
    let mut worker = Worker::start(workers, &asked)?;
    let slot = facts.slot;
    // Between looking and now another token may have been plugged in: what is made anew is the one that was looked at.
    if !worker
        .tokens(workers, &asked)?
        .iter()
        .any(|now| now.slot == slot && now.serial == facts.serial && now.label == facts.label)
    {
        let (label, serial) = (facts.label.clone(), facts.serial.clone());
        return Err(TokenError::Away { store: asked.store.to_owned(), label, serial }.into());
    }
    let request = Request::InitToken { slot, label: label.to_owned() };
    match worker.ask(request, Some(secret(so_pin)), workers.wait * super::SLOW) {
        Ok((Reply::Failed(fault), _)) => return Err(of_so(fault, label, &asked)),
        Ok(_) => {}
        Err(cause) => return Err(lost(cause, asked.store)),
    }
    let half = |reason: String| StoreError::Token(TokenError::Half { label: label.to_owned(), reason });
    match worker.ask(Request::InitPin, Some(secret(pin)), workers.wait) {
        Ok((Reply::Failed(fault), _)) => Err(half(words(fault))),
        Ok(_) => {
            let now = worker.tokens(workers, &asked)?;
            let made = now.into_iter().find(|token| token.slot == slot || token.label == label);
            made.filter(|token| token.label == label && token.initialised).ok_or_else(|| half("it does not show it".into()))
        }
        Err(cause) => Err(half(lost(cause, asked.store).to_string())),
    }
}

fn asked<'a>(module: &'a str, facts: &'a TokenFacts) -> Asked<'a> {
    let store = if facts.label.is_empty() { "The token" } else { &facts.label };
    Asked { store, module, object: "", what: "be initialised" }
}

fn secret(pin: &Passphrase) -> SecretBytes {
    SecretBytes::new(pin.expose().as_bytes().to_vec())
}

/// All that can be said before anything is destroyed.
fn check(facts: &TokenFacts, label: &str, so_pin: &Passphrase, pin: &Passphrase) -> Result<(), TokenError> {
    check_label(label)?;
    if facts.asks_itself {
        // `C_InitToken` without a PIN has the reader ask (PKCS#11 2.40 section 5.5); cryptoki 0.12 always gives it one.
        let named = if facts.label.is_empty() { "The token" } else { &facts.label };
        return Err(TokenError::OwnReader(named.to_owned()));
    }
    if facts.write_protected {
        return Err(TokenError::WriteProtected(facts.label.clone()));
    }
    let (shortest, longest) = facts.pin_lengths;
    let fits = |pin: &Passphrase| longest == 0 || (shortest..=longest).contains(&(pin.expose().len() as u64));
    for (whose, given) in [("security officer", so_pin), ("user", pin)] {
        if !fits(given) {
            return Err(TokenError::PinSize { whose, shortest, longest });
        }
    }
    Ok(())
}

/// A label that a token can hold as it is typed.
pub fn check_label(label: &str) -> Result<(), TokenError> {
    let fits = (1..=LONGEST_LABEL).contains(&label.len());
    let shows = !label.chars().any(char::is_control) && label.trim() == label;
    if fits && shows { Ok(()) } else { Err(TokenError::Label(label.len())) }
}

/// A fault of the first step, in which the PIN is the security officer's.
fn of_so(fault: Fault, label: &str, asked: &Asked) -> StoreError {
    StoreError::Token(match fault {
        Fault::PinWrong => TokenError::WrongSoPin,
        Fault::PinLocked => TokenError::SoPinLocked,
        Fault::Half(reason) => TokenError::Half { label: label.to_owned(), reason },
        fault => return asked.error(fault),
    })
}

fn words(fault: Fault) -> String {
    match fault {
        Fault::PinLength => "it takes no PIN of that length or of those characters".into(),
        Fault::Other { call, answer } => format!("{call} answered {answer}"),
        fault => format!("it answered {fault:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::check_label;

    #[test]
    fn a_label_has_at_most_32_bytes_and_no_blanks_around_it() {
        for good in ["a", "Mira’s token", &"x".repeat(32), &"ä".repeat(16)] {
            assert!(check_label(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "a\nb", &"x".repeat(33), &"ä".repeat(17)] {
            assert!(check_label(bad).is_err(), "{bad}");
        }
    }
}
