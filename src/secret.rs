//! The types that hold secrets. Nothing else may: outside this file no type keeps private
//! material, a passphrase or the log key.
//!
//! None of them has `Debug`, `Clone`, `Serialize` or `PartialEq`; each wipes itself when dropped.

use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

/// So many bytes of a stack are wiped, of the 2 MiB that a thread has. A test of `crypto` shows that its deepest work
/// fits in.
pub const WIPED_STACK: usize = 5 << 18;

/// Works with secrets and then wipes what that left on the stack: algorithms keep numbers in their frames, which nobody
/// wipes when they return, and a thread that ends leaves its stack to the next one as it is.
pub fn on_wiped_stack<R>(work: impl FnOnce() -> R) -> R {
    let result = apart(work);
    wipe_stack();
    result
}

/// Its frame lies where that of [`wipe_stack`] will lie, not inside the caller's.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Wipes what calls before this one left on the stack.
#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "it is the stack that is to be written over")]
pub fn wipe_stack() {
    // Wide words, for a debug build wipes one after another.
    let mut room = [0_u128; WIPED_STACK / size_of::<u128>()];
    room.zeroize();
    std::hint::black_box(&room);
}

/// Bytes that must not leak: private key material, a data key, the log key.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes over a buffer; it is wiped when this is dropped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the code that works with them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Compares without telling by its timing where the difference lies.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A passphrase, in Unicode NFC, so that it opens again whatever keyboard typed it.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes over what was typed or read and brings it to NFC.
    pub fn new(typed: String) -> Self {
        let typed = Zeroizing::new(typed);
        let mut normal = Zeroizing::new(String::with_capacity(typed.len() * 3));
        normal.extend(typed.nfc());
        Self(normal)
    }

    /// The passphrase, for the code that works with it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares without telling by its timing where the difference lies.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_are_one_passphrase() {
        let composed = Passphrase::new("caf\u{e9}".into());
        let decomposed = Passphrase::new("cafe\u{301}".into());
        assert!(composed.same_as(&decomposed));
        assert!(!composed.same_as(&Passphrase::new("cafe".into())));
    }
}
