//! From a passphrase to a key: PBKDF1 and PBKDF2 (RFC 8018), scrypt (RFC 7914), PKCS#12's own (RFC 7292 appendix B), and
//! the one of old encrypted PEM (`EVP_BytesToKey` of OpenSSL). For reading only.
//!
//! PBKDF2, scrypt and PKCS#12's are crates of `RustCrypto`. PBKDF1 and OpenSSL's, which hash a few times over and
//! nothing more, have no maintained crate and are written out here.

use md5::Md5;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use zeroize::{Zeroize as _, Zeroizing};

use super::ber::Bytes;
use super::found::Reason;
use super::limits;

/// A hash that key derivations are built on.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512With224,
    Sha512With256,
}

/// A key derivation with what it asks for.
pub(super) enum Kdf {
    Pbkdf1 { hash: Hash, salt: Vec<u8>, iterations: u64 },
    Pbkdf2 { hash: Hash, salt: Vec<u8>, iterations: u64 },
    Scrypt { salt: Vec<u8>, n: u64, r: u64, p: u64 },
    Pkcs12 { hash: Hash, salt: Vec<u8>, iterations: u64 },
}

/// What a key of PKCS#12's derivation is for.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Use {
    Key,
    Iv,
    Mac,
}

/// Runs an expression with a hash as `$D`.
macro_rules! with_hash {
    ($hash:expr, $D:ident => $body:expr) => {
        match $hash {
            Hash::Md5 => {
                type $D = Md5;
                $body
            }
            Hash::Sha1 => {
                type $D = Sha1;
                $body
            }
            Hash::Sha224 => {
                type $D = Sha224;
                $body
            }
            Hash::Sha256 => {
                type $D = Sha256;
                $body
            }
            Hash::Sha384 => {
                type $D = Sha384;
                $body
            }
            Hash::Sha512 => {
                type $D = Sha512;
                $body
            }
            Hash::Sha512With224 => {
                type $D = Sha512_224;
                $body
            }
            Hash::Sha512With256 => {
                type $D = Sha512_256;
                $body
            }
        }
    };
}
pub(super) use with_hash;

impl Hash {
    /// The bytes of a digest.
    pub(super) fn len(self) -> usize {
        with_hash!(self, D => <D as Digest>::output_size())
    }
}

impl Kdf {
    /// Refuses what asks for too much, before anything is derived.
    pub(super) fn check(&self) -> Result<(), Reason> {
        let malformed = |what: &str| Err(Reason::Malformed(what.to_owned()));
        match *self {
            Self::Pbkdf1 { iterations, .. } | Self::Pbkdf2 { iterations, .. } | Self::Pkcs12 { iterations, .. } => {
                if iterations > limits::ITERATIONS {
                    return Err(Reason::OverLimit { what: "iterations", asked: iterations, limit: limits::ITERATIONS });
                }
                if iterations == 0 { malformed("it asks for no iterations") } else { Ok(()) }
            }
            Self::Scrypt { n, r, p, .. } => {
                if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                    return malformed("its numbers for scrypt are none");
                }
                let memory = 128_u64.saturating_mul(r).saturating_mul(n.saturating_add(p));
                if memory > limits::MEMORY {
                    return Err(Reason::OverLimit { what: "bytes of memory", asked: memory, limit: limits::MEMORY });
                }
                let work = 128_u64.saturating_mul(r).saturating_mul(n).saturating_mul(p);
                if work > limits::MEMORY_PASSES {
                    return Err(Reason::OverLimit { what: "bytes of memory to fill", asked: work, limit: limits::MEMORY_PASSES });
                }
                Ok(())
            }
        }
    }

    /// How much of a file's work one derivation of a key of so many bytes is.
    pub(super) fn cost(&self, length: usize) -> u64 {
        match self {
            Self::Pbkdf1 { iterations, .. } => *iterations,
            Self::Pbkdf2 { hash, iterations, .. } | Self::Pkcs12 { hash, iterations, .. } => {
                iterations.saturating_mul(length.div_ceil(hash.len()).max(1) as u64)
            }
            Self::Scrypt { n, r, p, .. } => {
                128_u64.saturating_mul(*r).saturating_mul(*n).saturating_mul(*p) / limits::BYTES_PER_ITERATION
            }
        }
    }

    /// A key of so many bytes. [`Self::check`] has been called; `None` where a crate refuses all the same.
    pub(super) fn derive(&self, secret: &[u8], what_for: Use, length: usize) -> Option<Bytes> {
        match self {
            Self::Pbkdf1 { hash, salt, iterations } => with_hash!(*hash, D => pbkdf1::<D>(secret, salt, *iterations, length)),
            Self::Pbkdf2 { hash, salt, iterations } => {
                let mut key = Zeroizing::new(vec![0; length]);
                let rounds = u32::try_from(*iterations).ok()?;
                with_hash!(*hash, D => pbkdf2::pbkdf2_hmac::<D>(secret, salt, rounds, &mut key));
                Some(key)
            }
            Self::Scrypt { salt, n, r, p } => {
                let mut key = Zeroizing::new(vec![0; length]);
                let log_n = u8::try_from(n.ilog2()).ok()?;
                let params = scrypt::Params::new(log_n, u32::try_from(*r).ok()?, u32::try_from(*p).ok()?).ok()?;
                scrypt::scrypt(secret, salt, &params, &mut key).ok()?;
                Some(key)
            }
            Self::Pkcs12 { hash, salt, iterations } => {
                let rounds = i32::try_from(*iterations).ok()?;
                let what_for = match what_for {
                    Use::Key => Pkcs12KeyType::EncryptionKey,
                    Use::Iv => Pkcs12KeyType::Iv,
                    Use::Mac => Pkcs12KeyType::Mac,
                };
                Some(Zeroizing::new(with_hash!(*hash, D => derive_key::<D>(secret, salt, what_for, rounds, length))))
            }
        }
    }
}

/// PBKDF1 (RFC 8018 section 5.1).
fn pbkdf1<D: Digest>(secret: &[u8], salt: &[u8], iterations: u64, length: usize) -> Option<Bytes> {
    let mut digest = D::new().chain_update(secret).chain_update(salt).finalize();
    for _ in 1..iterations {
        digest = D::digest(&digest);
    }
    let key = digest.get(..length).map(|key| Zeroizing::new(key.to_vec()));
    digest.as_mut_slice().zeroize();
    key
}

/// The key of old encrypted PEM: MD5 over what came before, the passphrase and the salt, until there is enough.
pub(super) fn openssl(secret: &[u8], salt: &[u8], length: usize) -> Bytes {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    while key.len() < length {
        let before = &key[key.len().saturating_sub(16)..];
        let mut digest = Md5::new().chain_update(before).chain_update(secret).chain_update(salt).finalize();
        key.extend_from_slice(&digest);
        digest.as_mut_slice().zeroize();
    }
    key.truncate(length);
    key
}
