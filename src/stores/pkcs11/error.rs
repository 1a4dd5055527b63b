//! What can go wrong with a token and its module, told apart as far as PKCS#11 tells it.

use std::time::Duration;

use super::protocol::{Fault, Tries};
use crate::stores::StoreError;

/// A token or its module could not do what was asked. No key is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is no such library.
    #[error("There is no file {0}. Nothing was added. Name the PKCS#11 library that came with the token.")]
    NoModule(String),
    /// The file is no PKCS#11 module.
    #[error("{module} is not a PKCS#11 module ({reason}). Name the library that came with the token, such as opensc-pkcs11.so.")]
    NotAModule {
        /// The file.
        module: String,
        /// Why, in the words of the system.
        reason: String,
    },
    /// The module ended its worker.
    #[error(
        "The module of {store} crashed ({how}). Keystead and the other stores are untouched, and the keys of the token with them. Log in to {store} again; if it happens twice, look for a newer module."
    )]
    Crashed {
        /// The store.
        store: String,
        /// How the worker ended.
        how: String,
    },
    /// The module did not come back, and its worker was ended.
    #[error(
        "The module of {store} did not answer for {} seconds and was ended. Whether its last call came through is looked up before it is used again. Log in to {store} again.",
        waited.as_secs()
    )]
    Hung {
        /// The store.
        store: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The worker answered something that is no answer.
    #[error(
        "The module of {store} disturbed the worker it runs in, and was ended. Log in again; if it happens twice, look for a newer module."
    )]
    Garbled {
        /// The store.
        store: String,
    },
    /// The worker cannot be started.
    #[error("The worker for {store} cannot be started: {cause}.")]
    NoWorker {
        /// The store.
        store: String,
        /// Why.
        cause: std::io::Error,
    },
    /// No such token is there now.
    #[error(
        "{store} is away: no reader has the token “{label}” with the serial number {serial}. Its keys stay in the inventory; plug it in and try again."
    )]
    Away {
        /// The store.
        store: String,
        /// Its label.
        label: String,
        /// Its serial number.
        serial: String,
    },
    /// A token of the same label is there that holds none of the keys.
    #[error(
        "{store} is away: the token “{label}” that is there has the serial number {found} instead of {serial}, and holds none of the store's keys. No PIN was given to it. Plug in the token of the store and try again."
    )]
    Another {
        /// The store.
        store: String,
        /// The label of both.
        label: String,
        /// The serial number that is known.
        serial: String,
        /// The serial number that is there.
        found: String,
    },
    /// No token of that label is there when a store is added.
    #[error("The module sees no token “{label}”. {seen}")]
    NoToken {
        /// What was named.
        label: String,
        /// Which there are, as a sentence.
        seen: String,
    },
    /// Several tokens have that label.
    #[error("Several tokens are called “{label}”. Name one by its serial number instead: {serials}.")]
    Several {
        /// What was named.
        label: String,
        /// Their serial numbers.
        serials: String,
    },
    /// The token has no PIN yet.
    #[error("The token “{0}” is not initialised: it has no PIN for its user yet. Do that first: keystead store init-token")]
    NotInitialised(String),
    /// The PIN is wrong.
    #[error("That PIN is wrong. It was tried once and not again.{}", tries.sentence())]
    WrongPin {
        /// How often it may still be wrong.
        tries: Tries,
    },
    /// The PIN is locked.
    #[error(
        "The PIN of {0} is locked after too many wrong ones. Its security officer can set a new one (with a smart card: the PUK). Its keys are still there."
    )]
    PinLocked(String),
    /// The PIN has to be changed first.
    #[error("The PIN of {0} has expired. Change it with the tool that came with the token, and log in again.")]
    PinExpired(String),
    /// A PIN of this length cannot be the one.
    #[error("No PIN of {0} is that long or that short. It was not counted as a try by Keystead; the token may have.")]
    PinLength(String),
    /// A label that no token can hold.
    #[error(
        "A token's label has 1 to 32 bytes, no blanks around it and no control characters; that one has {0} bytes. Nothing was changed."
    )]
    Label(usize),
    /// A PIN of a length that the token does not take.
    #[error("The token takes PINs of {shortest} to {longest} bytes, and that of its {whose} is none. Nothing was changed.")]
    PinSize {
        /// Whose PIN it is.
        whose: &'static str,
        /// The bytes of the shortest.
        shortest: u64,
        /// The bytes of the longest.
        longest: u64,
    },
    /// The security officer's PIN is wrong.
    #[error("That PIN of the security officer is wrong. It was tried once and not again, and the token is as it was.")]
    WrongSoPin,
    /// The security officer's PIN is locked.
    #[error(
        "The PIN of the token's security officer is locked after too many wrong ones. The token is as it was; its maker says how it is reset."
    )]
    SoPinLocked,
    /// The token takes its PINs at its own reader.
    #[error(
        "{0} takes its PINs at its own reader, and Keystead can have no new ones typed there. The token is as it was. Initialise it with the tool that came with it, or turn off the reader's PIN pad in the settings of its driver and type the PINs here; then add it as a store."
    )]
    OwnReader(String),
    /// The token was made anew and has no PIN.
    #[error(
        "The token is empty and called “{label}” now, but its PIN could not be set: {reason}. It cannot be used yet. Initialise it again, confirmed by that label."
    )]
    Half {
        /// Its new label.
        label: String,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// A person refused at the reader.
    #[error("The PIN was not entered at the reader of {0}. Nothing was done.")]
    PinRefused(String),
    /// A PIN is needed and none was given.
    #[error("{0} needs its PIN. Give it with --pin-fd N, or at the prompt.")]
    PinNeeded(String),
    /// The key wants the PIN for each use, and nobody is there to give it.
    #[error(
        "That key of {0} wants the PIN for each use, and there is nobody to give it for this one. Nothing was signed. Ask for it in the window, or in a shell with --pin-fd N or at the prompt."
    )]
    PinEachTime(String),
    /// The key wants the PIN for each use, and the person gave none for this one.
    #[error("Cancelled: the PIN of {0} was not given for this use of its key. The key was not used and is as it was.")]
    UseRefused(String),
    /// The same, and nobody answered at all.
    #[error(
        "The PIN of {0} was not given in time for this use of its key. The key was not used and is as it was. Ask for it again when the PIN is at hand."
    )]
    UseUnanswered(String),
    /// What was to be unwrapped does not open under that key.
    #[error(
        "That does not open in {0}: it was wrapped under another key, in another form, or is damaged. Nothing was made there."
    )]
    NotWrapped(String),
    /// The token has no room.
    #[error("{0} is full. Nothing was made there. Destroy what is not needed any more, or choose another store.")]
    Full(String),
    /// The token lacks a mechanism.
    #[error("{store} cannot {what}: the token has no mechanism for it.")]
    NoMechanism {
        /// The store.
        store: String,
        /// What was asked, as a verb.
        what: String,
    },
    /// The key wants the PIN for each use, which only a signature has a place for.
    #[error(
        "{store} cannot {what}: that key wants the PIN for each use, and PKCS#11 has a place to give it when something is signed alone. Nothing was done. Choose another key."
    )]
    NoRoomForPin {
        /// The store.
        store: String,
        /// What was asked, as a verb.
        what: String,
    },
    /// The token cannot be written.
    #[error("{0} is write-protected. Nothing was changed.")]
    WriteProtected(String),
    /// What the module answers has no better words.
    #[error("{store} could not do that: {call} answered {answer}. What lies in the token is unchanged, as far as it says.")]
    Answered {
        /// The store.
        store: String,
        /// The function of PKCS#11.
        call: String,
        /// The name of its answer.
        answer: String,
    },
}

impl TokenError {
    /// The store as a whole cannot be used now; screens say so until it can be again.
    pub const fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::NoModule(_)
                | Self::NotAModule { .. }
                | Self::Crashed { .. }
                | Self::Hung { .. }
                | Self::Garbled { .. }
                | Self::NoWorker { .. }
                | Self::Away { .. }
                | Self::Another { .. }
                | Self::PinLocked(_)
                | Self::PinExpired(_)
        )
    }

    /// What was asked may have happened all the same.
    pub const fn is_unsettled(&self) -> bool {
        matches!(
            self,
            Self::Crashed { .. } | Self::Hung { .. } | Self::Garbled { .. } | Self::Away { .. } | Self::Answered { .. }
        )
    }
}

/// Words for a fault of one call.
pub(super) struct Asked<'a> {
    /// The store.
    pub(super) store: &'a str,
    /// The module.
    pub(super) module: &'a str,
    /// The item, where the call was about one.
    pub(super) object: &'a str,
    /// What was asked, as a verb.
    pub(super) what: &'a str,
}

impl Asked<'_> {
    /// A fault in words. What the token itself has to be asked for (tries, whether it is there) is not in it.
    pub(super) fn error(&self, fault: Fault) -> StoreError {
        let (store, object) = (self.store.to_owned(), self.object.to_owned());
        StoreError::Token(match fault {
            Fault::Absent => return StoreError::Absent { store, object },
            Fault::Damaged => return StoreError::Damaged { store, object },
            Fault::Occupied => return StoreError::Occupied { store, object },
            Fault::LoggedOut => return StoreError::Locked { store },
            Fault::NotAModule(reason) => TokenError::NotAModule { module: self.module.to_owned(), reason },
            Fault::Away => TokenError::Away { store, label: String::new(), serial: String::new() },
            Fault::PinEachTime => TokenError::PinEachTime(store),
            Fault::NotWrapped => TokenError::NotWrapped(store),
            Fault::PinWrong => TokenError::WrongPin { tries: Tries::Unsaid },
            Fault::PinLocked => TokenError::PinLocked(store),
            Fault::PinExpired => TokenError::PinExpired(store),
            Fault::PinLength => TokenError::PinLength(store),
            Fault::PinRefused => TokenError::PinRefused(store),
            Fault::Full => TokenError::Full(store),
            Fault::NoMechanism => TokenError::NoMechanism { store, what: self.what.to_owned() },
            Fault::NoRoomForPin => TokenError::NoRoomForPin { store, what: self.what.to_owned() },
            Fault::WriteProtected => TokenError::WriteProtected(store),
            Fault::Half(reason) => TokenError::Half { label: store, reason },
            Fault::Other { call, answer } => TokenError::Answered { store, call, answer },
        })
    }
}
