//! One use of a key that wants the PIN of its token each time: for what it is asked, and who asks a person for it. The
//! asking itself belongs to the shell (`cli`) or the window (`questions`).
//!
//! What a key is used for is known where a request begins, and needed where a store signs, far below. The thread that does
//! the work carries it meanwhile: each request of the window and each signature of the SSH agent has a thread of its own.

use std::cell::RefCell;
use std::sync::Arc;

use super::core::{Custodian, hold};
use crate::stores::UsePin;

thread_local! {
    static PURPOSE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// While it lives this thread uses keys for something that a person asked for.
#[must_use = "it ends with it"]
pub(super) struct Purpose(Option<String>);

/// What keys of this thread are used for, as the end of a sentence that begins with “for”.
pub(super) fn purpose(words: String) -> Purpose {
    Purpose(PURPOSE.replace(Some(words)))
}

impl Drop for Purpose {
    fn drop(&mut self) {
        PURPOSE.set(self.0.take());
    }
}

/// A key wants the PIN of its token for one use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseAsk {
    /// The store.
    pub store: String,
    /// The item in it.
    pub object: String,
    /// For what, as the end of a sentence that begins with “for”; `None` where no person asked for it just now.
    pub purpose: Option<String>,
    /// What the token says of wrong PINs, as a sentence with a blank in front, or nothing.
    pub known: &'static str,
    /// The token's reader asks for it, and nothing is typed here.
    pub at_reader: bool,
    /// What was given for this use just now was wrong.
    pub was_wrong: bool,
    /// A person may be asked; otherwise only what was given beforehand counts.
    pub may_prompt: bool,
}

/// Where the PIN for one use comes from. It may wait for a person, and holds up nothing but what it is asked for.
pub type UseSource = Arc<dyn Fn(&UseAsk) -> UsePin + Send + Sync>;

impl Custodian {
    /// Where the PIN comes from for keys of tokens that want it for each use. Without it they are not used.
    pub fn ask_each_use_of(&self, source: UseSource) {
        *hold(&self.engines.uses) = Some(source);
    }
}

#[cfg(feature = "pkcs11")]
impl super::engines::Engines {
    /// Who is asked for a token of this store. The PIN is kept nowhere in between.
    pub(super) fn each_use(&self, store: &str) -> crate::stores::pkcs11::PinEachTime {
        let (uses, store) = (self.uses.clone(), store.to_owned());
        Arc::new(move |one: &crate::stores::OneUse<'_>| {
            // Nobody else waits for the lock while a person thinks.
            let source = hold(&uses).clone();
            let Some(source) = source else { return UsePin::Nobody };
            source(&UseAsk {
                store: store.clone(),
                object: one.object.to_owned(),
                purpose: PURPOSE.with_borrow(Clone::clone),
                known: one.known,
                at_reader: one.at_reader,
                was_wrong: one.was_wrong,
                may_prompt: !super::engines::is_quiet(),
            })
        })
    }
}
