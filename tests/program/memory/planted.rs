//! The secrets that are planted: keys whose every number is known, and passphrases.

use std::path::{Path, PathBuf};
use std::process::Command;

use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use pkcs8::der::Decode as _;
use sha2::{Digest as _, Sha512};
use tempfile::TempDir;

use super::scan::Planted;
use crate::support::{PASSPHRASE, end_of};

/// Opens the file of the P-256 key.
pub const FILE_WORD: &str = "marble-lantern-crossing-eleven-frozen-rivers";
/// Opens what is exported.
pub const EXPORT_WORD: &str = "copper-violin-beneath-thirty-stormy-lighthouses";
/// Opens a backup.
pub const BACKUP_WORD: &str = "granite-teapots-whistle-under-seventeen-bridges";

/// What lies outside the person's home, so that no scan of the home meets it.
pub struct Garden {
    folder: TempDir,
    keys: Vec<Planted>,
}

fn bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    keystead::crypto::random().unwrap()
}

fn planted(name: &str, bytes: &[u8]) -> Planted {
    Planted { name: name.to_owned(), bytes: bytes.to_vec() }
}

fn openssl(arguments: &[&str]) {
    let mut command = Command::new("openssl");
    command.args(arguments);
    end_of(command).done();
}

impl Garden {
    /// Four keys in four files: `ec.pem` under [`FILE_WORD`], `ed.pem`, `rsa.pem`, `aes.jwk`.
    pub fn new() -> Self {
        let mut garden = Self { folder: tempfile::tempdir().unwrap(), keys: Vec::new() };
        garden.elliptic();
        garden.edwards();
        garden.rsa();
        let aes: [u8; 32] = bytes();
        let text: String = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(&aes);
        std::fs::write(garden.path("aes.jwk"), format!(r#"{{"kty":"oct","use":"enc","kid":"aes","k":"{text}"}}"#)).unwrap();
        garden.keys.push(planted("AES key", &aes));
        garden
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn elliptic(&mut self) {
        let scalar: [u8; 32] = bytes();
        let secret = p256::SecretKey::from_slice(&scalar).unwrap();
        let (clear, sealed) = (self.path("clear.der"), self.path("ec.pem"));
        std::fs::write(&clear, secret.to_pkcs8_der().unwrap().as_bytes()).unwrap();
        let (clear, sealed) = (clear.to_str().unwrap(), sealed.to_str().unwrap());
        let word = format!("pass:{FILE_WORD}");
        openssl(&["pkcs8", "-topk8", "-inform", "DER", "-in", clear, "-out", sealed, "-passout", &word]);
        std::fs::remove_file(clear).unwrap();
        self.keys.push(planted("P-256 scalar", &scalar));
    }

    fn edwards(&mut self) {
        let seed: [u8; 32] = bytes();
        let pem = ed25519_dalek::SigningKey::from_bytes(&seed).to_pkcs8_pem(pkcs8::LineEnding::default()).unwrap();
        std::fs::write(self.path("ed.pem"), pem.as_bytes()).unwrap();
        self.keys.push(planted("Ed25519 seed", &seed));
        // What is signed with is as secret as the seed (RFC 8032 section 5.1.5).
        let expanded = Sha512::digest(seed);
        let mut scalar: [u8; 32] = expanded[..32].try_into().unwrap();
        self.keys.push(planted("Ed25519 hash of the seed", &scalar));
        scalar[0] &= 0xf8;
        scalar[31] = scalar[31] & 0x7f | 0x40;
        self.keys.push(planted("Ed25519 scalar", &scalar));
        self.keys.push(planted("Ed25519 prefix", &expanded[32..]));
    }

    fn rsa(&mut self) {
        let (pem, der) = (self.path("rsa.pem"), self.path("rsa.der"));
        openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", pem.to_str().unwrap()]);
        openssl(&["pkey", "-in", pem.to_str().unwrap(), "-outform", "DER", "-traditional", "-out", der.to_str().unwrap()]);
        let bytes = std::fs::read(&der).unwrap();
        std::fs::remove_file(&der).unwrap();
        let key = pkcs1::RsaPrivateKeyRef::from_der(&bytes).unwrap();
        let numbers = [
            ("d", key.private_exponent),
            ("p", key.prime1),
            ("q", key.prime2),
            ("dp", key.exponent1),
            ("dq", key.exponent2),
            ("qinv", key.coefficient),
        ];
        self.keys.extend(numbers.map(|(name, number)| planted(&format!("RSA {name}"), number.as_bytes())));
    }

    /// Every number of the keys.
    pub fn keys(&self) -> impl Iterator<Item = Planted> {
        self.keys.iter().map(|one| planted(&one.name, &one.bytes))
    }
}

pub fn home_word() -> Planted {
    planted("passphrase of the home", PASSPHRASE.as_bytes())
}

pub fn file_word() -> Planted {
    planted("passphrase of a file that is brought in", FILE_WORD.as_bytes())
}

pub fn export_word() -> Planted {
    planted("passphrase of an export", EXPORT_WORD.as_bytes())
}

pub fn backup_word() -> Planted {
    planted("passphrase of a backup", BACKUP_WORD.as_bytes())
}

/// What opens the secrets of an inventory, and the log key: known from outside, as the `age` command would.
pub fn of_the_inventory(folder: &Path) -> Vec<Planted> {
    use age::secrecy::ExposeSecret as _;
    let sealed = std::fs::read(folder.join("identity.age")).unwrap();
    let word = age::scrypt::Identity::new(PASSPHRASE.to_owned().into());
    let text = String::from_utf8(age::decrypt(&word, &sealed).unwrap()).unwrap();
    let text = text.trim();
    let identity: age::x25519::Identity = text.parse().unwrap();
    assert_eq!(identity.to_string().expose_secret(), text);
    let (_, scalar) = bech32::decode(text).unwrap();
    let recipient = identity.to_public().to_string();
    let (_, point) = bech32::decode(&recipient).unwrap();
    let log_key = age::decrypt(&identity, &std::fs::read(folder.join("log-key.age")).unwrap()).unwrap();
    let mut all = vec![
        planted("age identity", text.as_bytes()),
        planted("age identity in small letters", text.to_lowercase().as_bytes()),
        planted("scalar of the age identity", &scalar),
        planted("age recipient", recipient.as_bytes()),
        planted("point of the age recipient", &point),
        planted("log key", &log_key),
    ];
    // What the log key is used for has keys of its own (RFC 5869).
    let derived = hkdf::Hkdf::<sha2::Sha256>::new(Some(b"keystead"), &log_key);
    for name in ["log mac", "checkpoint mac", "secret mac"] {
        let mut key = [0; 32];
        derived.expand(format!("keystead {name} 1").as_bytes(), &mut key).unwrap();
        all.push(planted(name, &key));
    }
    all
}
