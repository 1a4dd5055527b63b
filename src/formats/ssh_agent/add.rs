//! A private key on its way into a running agent (draft section 3.2), and read back from the very message.
//! It is one more form in which a private half leaves, and is treated as all of them are.

use zeroize::Zeroizing;

use super::{HEAD, MOST, comment, number};
use crate::formats::found::Reason;
use crate::formats::leaving::{self, LeavingError, PrivateEntry};
use crate::formats::openssh_private;
use crate::formats::ssh_wire::Wire;
use crate::formats::{openssh, ssh_wire};
use crate::model::AgentUse;
use crate::secret::SecretBytes;

/// Constraints (draft section 5.2).
const LIFETIME: u8 = 1;
const CONFIRM: u8 = 2;

/// What the message holds.
pub struct Added {
    /// The private half in PKCS#8.
    pub secret: SecretBytes,
    /// Its public half (DER `SubjectPublicKeyInfo`).
    pub public_key: Box<[u8]>,
    /// How it may be used.
    pub usage: AgentUse,
}

/// The message that loads a key, with its length in front.
pub fn add(entry: &PrivateEntry, usage: &AgentUse) -> Result<SecretBytes, LeavingError> {
    let fields = leaving::openssh_fields(entry)?;
    let constrained = usage.confirm || usage.lifetime_seconds.is_some();
    let mut message = Zeroizing::new(Vec::with_capacity(fields.len() + 512));
    message.extend_from_slice(&[0; HEAD]);
    message.push(if constrained { number::ADD_ID_CONSTRAINED } else { number::ADD_IDENTITY });
    message.extend_from_slice(&fields);
    message.extend_from_slice(&openssh::strings([comment(entry.name).as_bytes()]));
    if let Some(seconds) = usage.lifetime_seconds {
        message.push(LIFETIME);
        message.extend_from_slice(&seconds.to_be_bytes());
    }
    if usage.confirm {
        message.push(CONFIRM);
    }
    let length = message.len() - HEAD;
    if length > MOST {
        return Err(LeavingError::Unreadable("it is too large for an SSH agent"));
    }
    message[..HEAD].copy_from_slice(&(length as u32).to_be_bytes());
    Ok(SecretBytes::new(std::mem::take(&mut *message)))
}

/// The key of such a message, from the bytes behind its length.
pub fn read(message: &[u8]) -> Result<Added, Reason> {
    let mut wire = Wire(message);
    let constrained = match wire.take(1)? {
        [number::ADD_IDENTITY] => false,
        [number::ADD_ID_CONSTRAINED] => true,
        _ => return Err(Reason::Malformed("it loads no key".into())),
    };
    let kind = wire.string()?;
    let private = openssh_private::private_fields(kind, &mut wire)?;
    wire.text()?;
    let mut usage = AgentUse::default();
    while constrained && !wire.0.is_empty() {
        match wire.take(1)? {
            [LIFETIME] => usage.lifetime_seconds = Some(wire.number()?),
            [CONFIRM] => usage.confirm = true,
            other => return Err(Reason::Unsupported(format!("The constraint {}", ssh_wire::quoted(other)))),
        }
    }
    wire.end()?;
    let secret = private.pkcs8.ok_or_else(|| Reason::Unsupported("A key of a security key".into()))?;
    Ok(Added { secret, public_key: private.public, usage })
}
