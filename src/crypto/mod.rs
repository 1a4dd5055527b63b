//! Algorithms: generate, sign. The one place that names a crypto crate for key work.

/// Key work failed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The system gave no random bytes.
    #[error("The operating system gave no random bytes: {0}. No key was made.")]
    NoRandomness(String),
    /// The bytes are no key of that algorithm.
    #[error("This is not a readable {0} private key.")]
    Unreadable(&'static str),
    /// Signing failed.
    #[error("Signing failed: {0}.")]
    Signing(String),
}
