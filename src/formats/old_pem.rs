//! The old encrypted PEM of OpenSSL (`Proc-Type: 4,ENCRYPTED` of RFC 1421, with OpenSSL's own key derivation), for reading
//! only. Written by hand: no maintained crate reads it.

use super::ber;
use super::cipher::{Block, Cipher};
use super::found::{Content, Reason};
use super::opening::Opening;
use super::{kdf, structure};
use crate::model::hex;

/// Whether the headers of a block say that it is encrypted in this way.
pub(super) fn is(headers: &[(String, String)]) -> bool {
    let value =
        |name: &str| headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    value("Proc-Type").is_some_and(|value| value.to_ascii_uppercase().contains("ENCRYPTED")) || value("DEK-Info").is_some()
}

/// Reads a block; `curve` are the parameters that stood before it.
pub(super) fn read(
    headers: &[(String, String)],
    encrypted: &[u8],
    curve: Option<&[u8]>,
    opening: &Opening,
) -> Result<Content, Reason> {
    let info = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("DEK-Info")).map(|(_, value)| value.as_str());
    let info = info.ok_or_else(|| Reason::Malformed("its headers do not say how it is encrypted".to_owned()))?;
    let (name, iv) = info.split_once(',').unwrap_or((info, ""));
    let block = block(name.trim())?;
    let iv = hex::decode(iv.trim()).ok_or_else(|| Reason::Malformed("its initialisation vector".to_owned()))?;
    let cipher = Cipher::Cbc(block, iv.to_vec());
    cipher.check(encrypted)?;
    let salt = iv.get(..8).unwrap_or_default();
    opening.each(|passphrase| {
        opening.spend(1)?;
        let key = kdf::openssl(passphrase.as_bytes(), salt, block.key_len());
        let Some(plain) = cipher.open(&key, encrypted) else { return Ok(None) };
        match ber::to_der(&plain) {
            Ok((der, used)) if used == plain.len() => structure::private_key(&der, curve),
            _ => Ok(None),
        }
    })
}

fn block(name: &str) -> Result<Block, Reason> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "AES-128-CBC" => Block::Aes128,
        "AES-192-CBC" => Block::Aes192,
        "AES-256-CBC" => Block::Aes256,
        "ARIA-128-CBC" => Block::Aria128,
        "ARIA-192-CBC" => Block::Aria192,
        "ARIA-256-CBC" => Block::Aria256,
        "BF-CBC" => Block::Blowfish,
        "CAMELLIA-128-CBC" => Block::Camellia128,
        "CAMELLIA-192-CBC" => Block::Camellia192,
        "CAMELLIA-256-CBC" => Block::Camellia256,
        "CAST5-CBC" => Block::Cast5,
        "DES-CBC" => Block::Des,
        "DES-EDE-CBC" => Block::DesEde2,
        "DES-EDE3-CBC" => Block::DesEde3,
        "IDEA-CBC" => Block::Idea,
        "RC2-CBC" => Block::Rc2 { bytes: 16, bits: 128 },
        "RC2-64-CBC" => Block::Rc2 { bytes: 8, bits: 64 },
        "RC2-40-CBC" => Block::Rc2 { bytes: 5, bits: 40 },
        _ => {
            let shown: String = name.chars().filter(|letter| letter.is_ascii_graphic()).take(40).collect();
            return Err(Reason::Unsupported(format!("Encryption with the cipher {shown}")));
        }
    })
}
