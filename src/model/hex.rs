//! Serde form of byte strings: hexadecimal in text, bytes in binary.

use serde::{Deserialize, Deserializer, Serializer};

/// Writes bytes.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() { serializer.serialize_str(&encode(bytes)) } else { serializer.serialize_bytes(bytes) }
}

/// Reads bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<[u8]>, D::Error> {
    use serde::de::Error as _;
    if deserializer.is_human_readable() {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        decode(&text).ok_or_else(|| D::Error::custom("not hexadecimal"))
    } else {
        <&[u8]>::deserialize(deserializer).map(Into::into)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

/// Hexadecimal digits as bytes; `None` when they are not that.
pub fn decode(text: &str) -> Option<Box<[u8]>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
