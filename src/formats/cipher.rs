//! The ciphers that encrypted keys lie under, for reading only. Each is a crate of `RustCrypto`; here is which name means
//! which, and how long its keys are.

use aes_gcm::aead::KeyInit;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, BlockSizeUser, InnerIvInit as _, StreamCipher as _};
use zeroize::Zeroizing;

use super::ber::Bytes;
use super::found::Reason;

/// A block cipher in CBC mode with the padding of RFC 8018.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Aes128,
    Aes192,
    Aes256,
    Aria128,
    Aria192,
    Aria256,
    Blowfish,
    Camellia128,
    Camellia192,
    Camellia256,
    Cast5,
    Des,
    /// Triple DES with two keys.
    DesEde2,
    /// Triple DES with three keys.
    DesEde3,
    Idea,
    /// RC2 with a key of so many bytes that counts as one of so many bits.
    Rc2 {
        bytes: usize,
        bits: usize,
    },
}

/// How an object is encrypted.
pub(super) enum Cipher {
    Cbc(Block, Vec<u8>),
    /// AES in GCM with a key of so many bytes and the tag at the end (RFC 5084).
    Gcm(usize, [u8; 12]),
    /// RC4 with a key of so many bytes.
    Rc4(usize),
}

impl Block {
    /// The bytes of a key.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Des => 8,
            Self::Aes192 | Self::Aria192 | Self::Camellia192 | Self::DesEde3 => 24,
            Self::Aes256 | Self::Aria256 | Self::Camellia256 => 32,
            Self::Rc2 { bytes, .. } => bytes,
            _ => 16,
        }
    }

    /// The bytes of a block, which are those of the initialisation vector.
    pub(super) const fn block_len(self) -> usize {
        match self {
            Self::Aes128
            | Self::Aes192
            | Self::Aes256
            | Self::Aria128
            | Self::Aria192
            | Self::Aria256
            | Self::Camellia128
            | Self::Camellia192
            | Self::Camellia256 => 16,
            _ => 8,
        }
    }
}

impl Cipher {
    /// The bytes of a key.
    pub(super) fn key_len(&self) -> usize {
        match self {
            Self::Cbc(block, _) => block.key_len(),
            Self::Gcm(bytes, _) | Self::Rc4(bytes) => *bytes,
        }
    }

    /// What can be said before a key is derived.
    pub(super) fn check(&self, encrypted: &[u8]) -> Result<(), Reason> {
        let wrong = |what: &str| Err(Reason::Malformed(what.to_owned()));
        match self {
            Self::Cbc(block, iv) if iv.len() != block.block_len() => wrong("its initialisation vector is of the wrong length"),
            Self::Cbc(block, _) if encrypted.is_empty() || !encrypted.len().is_multiple_of(block.block_len()) => {
                wrong("what is encrypted is no whole number of blocks")
            }
            Self::Gcm(..) if encrypted.len() < 16 => wrong("what is encrypted is too short"),
            _ => Ok(()),
        }
    }

    /// Decrypts. `None` where the padding or the tag says that the key is another.
    pub(super) fn open(&self, key: &[u8], encrypted: &[u8]) -> Option<Bytes> {
        match self {
            Self::Cbc(block, iv) => open_cbc(*block, key, iv, encrypted),
            Self::Gcm(16, nonce) => open_gcm::<aes_gcm::Aes128Gcm>(key, nonce, encrypted),
            Self::Gcm(24, nonce) => open_gcm::<aes_gcm::AesGcm<aes::Aes192, aes_gcm::aead::consts::U12>>(key, nonce, encrypted),
            Self::Gcm(_, nonce) => open_gcm::<aes_gcm::Aes256Gcm>(key, nonce, encrypted),
            Self::Rc4(_) => {
                let mut buffer = Zeroizing::new(encrypted.to_vec());
                rc4::Rc4::new_from_slice(key).ok()?.apply_keystream(&mut buffer);
                Some(buffer)
            }
        }
    }
}

fn open_cbc(block: Block, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Bytes> {
    let open = match block {
        Block::Aes128 => with::<aes::Aes128>,
        Block::Aes192 => with::<aes::Aes192>,
        Block::Aes256 => with::<aes::Aes256>,
        Block::Aria128 => with::<aria::Aria128>,
        Block::Aria192 => with::<aria::Aria192>,
        Block::Aria256 => with::<aria::Aria256>,
        Block::Blowfish => with::<blowfish::Blowfish>,
        Block::Camellia128 => with::<camellia::Camellia128>,
        Block::Camellia192 => with::<camellia::Camellia192>,
        Block::Camellia256 => with::<camellia::Camellia256>,
        Block::Cast5 => with::<cast5::Cast5>,
        Block::Des => with::<des::Des>,
        Block::DesEde2 => with::<des::TdesEde2>,
        Block::DesEde3 => with::<des::TdesEde3>,
        Block::Idea => with::<idea::Idea>,
        Block::Rc2 { bits, .. } => {
            // The crate takes 1 to 128 bytes, and counts of bits up to theirs.
            let takes = (1..=128).contains(&key.len()) && (1..=1_024).contains(&bits);
            return takes.then(|| rc2::Rc2::new_with_eff_key_len(key, bits)).and_then(|cipher| decrypt(cipher, iv, encrypted));
        }
    };
    open(key, iv, encrypted)
}

fn with<C: KeyInit + BlockCipherDecrypt + BlockSizeUser>(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Bytes> {
    decrypt(C::new_from_slice(key).ok()?, iv, encrypted)
}

fn decrypt<C: BlockCipherDecrypt + BlockSizeUser>(cipher: C, iv: &[u8], encrypted: &[u8]) -> Option<Bytes> {
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = cbc::Decryptor::inner_iv_slice_init(cipher, iv).ok()?.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

fn open_gcm<C: KeyInit + aes_gcm::aead::Aead>(key: &[u8], nonce: &[u8], encrypted: &[u8]) -> Option<Bytes> {
    let nonce = nonce.try_into().ok()?;
    C::new_from_slice(key).ok()?.decrypt(&nonce, encrypted).ok().map(Zeroizing::new)
}
