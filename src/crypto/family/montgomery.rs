//! X25519 and X448 (RFC 7748), in the forms of RFC 8410: two parties agree on a secret with them, and
//! they sign nothing.
//!
//! X448 comes from a release candidate for the reason that Ed448 does.

use zeroize::Zeroizing;

use super::{Half, exactly};
use crate::crypto::envelope::{Envelope, octets};
use crate::crypto::{CryptoError, PointFault};
use crate::model::Algorithm;

/// Any secret of the right length is one (RFC 7748 section 5), so only its public half can be wrong.
pub(super) fn public_half(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<Half, CryptoError> {
    let secret = octets(envelope.private)?;
    let bits = if algorithm == Algorithm::X25519 {
        let secret = Zeroizing::new(exactly("secret", secret)?);
        x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*secret)).to_bytes().to_vec()
    } else {
        let secret = Zeroizing::new(exactly("secret", secret)?);
        x448::PublicKey::from(&x448::StaticSecret::from(*secret)).as_bytes().to_vec()
    };
    Ok(Half { algorithm, bits })
}

/// Whatever a secret is, it agrees on zero with a point of small order (RFC 7748 section 6.1), so any secret finds one.
pub(in crate::crypto) fn point_fault(key: &[u8]) -> Option<PointFault> {
    let key: [u8; 32] = key.try_into().ok()?;
    let agreed = x25519_dalek::StaticSecret::from([9; 32]).diffie_hellman(&x25519_dalek::PublicKey::from(key));
    (!agreed.was_contributory()).then_some(PointFault::SmallOrder)
}
