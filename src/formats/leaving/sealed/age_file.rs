//! A standard age file (C2SP age v1), binary, with a stanza for each recipient: age's own keys and SSH keys.

use std::io::Write as _;
use std::str::FromStr as _;

use age::{Decryptor, Encryptor, ssh, x25519};
use base64ct::{Base64, Base64Unpadded, Encoding as _};

use super::{LeavingError, SealedTo, refused};
use crate::crypto;
use crate::secret::SecretBytes;

/// A key to seal to, and how its stanza begins.
pub(super) struct Recipient {
    key: Key,
    stanza: String,
}

enum Key {
    Age(x25519::Recipient),
    Ssh(ssh::Recipient),
}

const UNMADE: LeavingError = LeavingError::Unreadable("it could not be sealed as an age file");

impl Recipient {
    pub(super) fn read(to: &SealedTo) -> Result<Self, LeavingError> {
        let unreadable = || refused(to, "it cannot be read. Add it to the address book again");
        if let Ok(key) = x25519::Recipient::from_str(&to.key.encoded) {
            return Ok(Self { key: Key::Age(key), stanza: "-> X25519 ".to_owned() });
        }
        let key = ssh::Recipient::from_str(&to.key.encoded).map_err(|error| match error {
            ssh::ParseRecipientKeyError::RsaModulusTooLarge => refused(to, "it is larger than age seals to"),
            ssh::ParseRecipientKeyError::RsaModulusTooSmall => refused(to, "it is smaller than 2048 bits"),
            _ => unreadable(),
        })?;
        let mut words = to.key.encoded.split_ascii_whitespace();
        let (kind, blob) = (words.next().ok_or_else(unreadable)?, words.next().ok_or_else(unreadable)?);
        let blob = Base64::decode_vec(blob).map_err(|_| unreadable())?;
        // The tag of a stanza for SSH: the first four bytes of the SHA-256 of the key (age's `ssh` documentation).
        let tag = Base64Unpadded::encode_string(&crypto::sha256(&blob).as_bytes()[..4]);
        Ok(Self { key: Key::Ssh(key), stanza: format!("-> {kind} {tag}") })
    }

    fn dynamic(&self) -> &dyn age::Recipient {
        match &self.key {
            Key::Age(key) => key,
            Key::Ssh(key) => key,
        }
    }
}

pub(super) fn seal(plain: &SecretBytes, recipients: &[Recipient]) -> Result<SecretBytes, LeavingError> {
    let encryptor = Encryptor::with_recipients(recipients.iter().map(Recipient::dynamic)).map_err(|_| UNMADE)?;
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file).map_err(|_| UNMADE)?;
    writer.write_all(plain.expose()).map_err(|_| UNMADE)?;
    writer.finish().map_err(|_| UNMADE)?;
    Ok(SecretBytes::new(file))
}

/// It reads as an age file, and each recipient has a stanza of its own.
pub(super) fn names_all(file: &[u8], recipients: &[Recipient]) -> bool {
    if Decryptor::new_buffered(file).is_err() {
        return false;
    }
    let lines = || file.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"---"));
    let count = |stanza: &str| lines().filter(|line| line.starts_with(stanza.as_bytes())).count();
    let expected = |stanza: &str| recipients.iter().filter(|recipient| recipient.stanza == stanza).count();
    recipients.iter().all(|recipient| count(&recipient.stanza) == expected(&recipient.stanza))
}
