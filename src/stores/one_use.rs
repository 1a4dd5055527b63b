//! What a store asks of a person for one use of a key, and what they may answer. Who is asked, and how, is not known here.

use crate::secret::Passphrase;

/// One use of a key that wants what opens its store each time.
#[derive(Debug, Copy, Clone)]
pub struct OneUse<'a> {
    /// The item.
    pub object: &'a str,
    /// What the store says of wrong ones, as a sentence with a blank in front, or nothing.
    pub known: &'static str,
    /// The token's reader asks for it, and nothing is typed here.
    pub at_reader: bool,
    /// What was given for this use just now was wrong. Only a person may answer once more, with what they type anew.
    pub was_wrong: bool,
}

/// The answer. It may carry a PIN, so it derives nothing.
pub enum UsePin {
    /// The PIN, as it was typed or given beforehand.
    Typed(Passphrase),
    /// Let the reader ask. What a person is shown meanwhile lives as long as this does.
    AtReader(Box<dyn Send>),
    /// There is none, and nobody to ask.
    Nobody,
    /// The person does not want it.
    Refused,
    /// Nobody answered in time.
    Unanswered,
}
