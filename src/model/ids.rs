//! Identifiers: 16 random bytes each, shown as 32 lower-case hexadecimal digits.
//! The randomness is made elsewhere; the model only carries it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hex;

/// The text is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an id: an id has 32 hexadecimal digits")]
pub struct IdError(String);

macro_rules! hex_bytes {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                hex::decode(text)
                    .and_then(|bytes| bytes[..].try_into().ok())
                    .map(Self)
                    .ok_or_else(|| IdError(text.chars().take(80).collect()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serde::Serialize::serialize(&self.0[..], serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                } else {
                    let bytes = <&[u8]>::deserialize(deserializer)?;
                    bytes.try_into().map(Self).map_err(D::Error::custom)
                }
            }
        }
    };
}

hex_bytes!(
    /// Names a key for as long as the inventory exists.
    KeyId, 16
);
hex_bytes!(
    /// Names one operation that touches a store, from its intent to its end.
    OperationId, 16
);
hex_bytes!(
    /// Names an inventory.
    InventoryId, 16
);
hex_bytes!(
    /// Names one installation of the program on one machine.
    InstallationId, 16
);
hex_bytes!(
    /// Names a backup, in the log and in its file.
    BackupId, 16
);
hex_bytes!(
    /// SHA-256 of something: a record, a `SubjectPublicKeyInfo`, a certificate.
    Digest, 32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_binary() {
        let id = KeyId(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse::<KeyId>(), Ok(id));
        let text = ron::to_string(&id).unwrap();
        assert_eq!(ron::from_str::<KeyId>(&text).unwrap(), id);
        let bytes = postcard::to_stdvec(&id).unwrap();
        assert_eq!(postcard::from_bytes::<KeyId>(&bytes).unwrap(), id);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "12", "zz23456789abcdef0123456789abcdef", "é123456789abcdef0123456789abcde"] {
            assert!(text.parse::<KeyId>().is_err(), "{text}");
        }
    }
}
