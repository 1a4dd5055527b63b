//! How much work and memory a file of others may ask for, in one place. Whatever asks for more is
//! refused before the work begins, naming the limit.

/// The largest file that is read, in bytes.
pub const FILE: u64 = 64 * 1024 * 1024;

/// The most objects that are taken from one file.
pub const OBJECTS: usize = 100_000;

/// How deep ASN.1 values may lie in each other.
pub const NESTING: usize = 64;

/// The largest single object (a key, a certificate, an encrypted blob), in bytes.
pub const OBJECT: usize = 16 * 1024 * 1024;

/// The most iterations of PBKDF2, PKCS#12's and bcrypt's key derivation together. OWASP asks for
/// 600,000 and programs in use go up to some millions; ten millions take some seconds.
pub const ITERATIONS: u64 = 10_000_000;

/// The most rounds of bcrypt (OpenSSH uses 16 or 24; each costs some milliseconds).
pub const BCRYPT_ROUNDS: u32 = 4_096;

/// The most memory that scrypt or Argon2 may ask for, in bytes.
pub const MEMORY: u64 = 1024 * 1024 * 1024;

/// The most work that scrypt or Argon2 may ask for: memory in bytes times passes.
pub const MEMORY_PASSES: u64 = 8 * MEMORY;

/// The largest and the smallest RSA modulus that is taken in, in bits.
pub use crate::model::sized::{LEAST_RSA_BITS, MOST_RSA_BITS as RSA_BITS};

/// The most work that key derivation may take for all objects and passphrases of one file, in iterations of
/// PBKDF2; scrypt counts one for every [`BYTES_PER_ITERATION`]. Some half a minute to a minute.
pub const FILE_ITERATIONS: u64 = 100_000_000;

/// How many bytes scrypt fills in about the time of one iteration of PBKDF2.
pub const BYTES_PER_ITERATION: u64 = 128;
