//! Keystores of Java: JKS and JCEKS, with private keys, trusted certificates and secret keys.
//!
//! By hand. The `jks` crate allocates whatever length a file names, indexes past the end of short ones and
//! knows no JCEKS. The old protections of both (SHA-1 as a key stream, 3DES under MD5) exist only here and
//! only for reading; digests are those of `sha1` and `md-5`, the cipher is that of `ssh-cipher`.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _};
use md5::Md5;
use sha1::{Digest as _, Sha1};
use spki::AlgorithmIdentifierRef;
use ssh_cipher::Cipher;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::compose;
use super::found::{Content, Found, Kind, Place, Reason, SymmetricKind};
use super::java_object::{self, Object, Stream};
use super::ssh_wire::quoted;
use super::{limits, x509};
use crate::secret::{Passphrase, SecretBytes};

const JKS: &[u8] = &[0xfe, 0xed, 0xfe, 0xed];
const JCEKS: &[u8] = &[0xce, 0xce, 0xce, 0xce];

/// The protection of JKS.
const KEY_STREAM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");
/// The protection of JCEKS.
const MD5_TRIPLE_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");

/// Whether bytes are a JKS or JCEKS keystore.
pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(JKS) || bytes.starts_with(JCEKS)
}

/// RFC 5958 section 3.
#[derive(der::Sequence)]
struct Sealed<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// RFC 8018 appendix A.3.
#[derive(der::Sequence)]
struct Derivation<'a> {
    salt: &'a OctetStringRef,
    iterations: u64,
}

/// Reads every entry. A passphrase that opens the store need not be that of a key.
pub fn read(bytes: &[u8], passphrases: &[Passphrase]) -> Vec<Found> {
    let kind = if bytes.starts_with(JCEKS) { Kind::Jceks } else { Kind::Jks };
    let (body, digest) = bytes.split_at(bytes.len().saturating_sub(20));
    let whole = passphrases.iter().any(|passphrase| integrity(body, passphrase).ct_eq(digest).into());
    let mut store = Store { kind, version: 0, rest: body, passphrases, whole, found: Vec::new() };
    let ended = store.read_all();
    let mut found = store.found;
    if let Err(reason) = ended {
        found.push(Found { place: Place::Whole, kind, name: None, content: Err(reason) });
    } else if !whole && !passphrases.is_empty() {
        found.insert(0, Found { place: Place::Whole, kind, name: None, content: Err(Reason::WrongPassphraseOrDamaged) });
    }
    found
}

/// A passphrase as Java's digests take it: two bytes a letter.
fn wide(passphrase: &Passphrase) -> Zeroizing<Vec<u8>> {
    let mut wide = Zeroizing::new(Vec::with_capacity(passphrase.expose().len() * 2));
    wide.extend(passphrase.expose().encode_utf16().flat_map(u16::to_be_bytes));
    wide
}

/// The digest at the end of a store.
fn integrity(body: &[u8], passphrase: &Passphrase) -> [u8; 20] {
    let digest = Sha1::new().chain_update(&*wide(passphrase)).chain_update(b"Mighty Aphrodite").chain_update(body);
    digest.finalize().into()
}

struct Store<'a> {
    kind: Kind,
    version: usize,
    rest: &'a [u8],
    passphrases: &'a [Passphrase],
    /// Its digest fits one of the passphrases.
    whole: bool,
    found: Vec<Found>,
}

impl<'a> Store<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Reason> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Reason::Truncated("an entry goes beyond its end"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, Reason> {
        Ok(self.take(bytes)?.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }

    fn sized(&mut self) -> Result<&'a [u8], Reason> {
        let length = self.number(4)?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, Reason> {
        let length = self.number(2)?;
        Ok(java_object::text(self.take(length)?))
    }

    /// A list's length, which is refused before anything is made of it.
    fn count(&mut self, what: &'static str) -> Result<usize, Reason> {
        let count = self.number(4)?;
        if count.saturating_add(self.found.len()) > limits::OBJECTS {
            return Err(Reason::OverLimit { what, asked: count as u64, limit: limits::OBJECTS as u64 });
        }
        Ok(count)
    }

    fn push(&mut self, alias: &str, content: Result<Content, Reason>) {
        let (place, name) = (Place::Entry(alias.to_owned()), Some(alias.to_owned()));
        self.found.push(Found { place, kind: self.kind, name, content });
    }

    fn read_all(&mut self) -> Result<(), Reason> {
        self.take(4)?;
        self.version = self.number(4)?;
        if !matches!(self.version, 1 | 2) {
            return Err(Reason::Unsupported(format!("Version {} of Java's keystores", self.version)));
        }
        for _ in 0..self.count("entries")? {
            let tag = self.number(4)?;
            let alias = self.text()?;
            self.take(8)?;
            match tag {
                1 => self.private_key(&alias)?,
                2 => {
                    let certificate = self.certificate()?;
                    self.push(&alias, certificate);
                }
                3 => self.secret_key(&alias)?,
                other => return Err(Reason::Unsupported(format!("An entry of the kind {other}"))),
            }
        }
        if self.rest.is_empty() { Ok(()) } else { Err(Reason::Malformed("something follows its last entry".into())) }
    }

    fn certificate(&mut self) -> Result<Result<Content, Reason>, Reason> {
        let form = if self.version == 2 { self.text()? } else { "X.509".into() };
        let der = self.sized()?;
        if !matches!(&*form, "X.509" | "X509") {
            return Ok(Err(Reason::Unsupported(format!("A certificate of the kind {}", quoted(form.as_bytes())))));
        }
        Ok(x509::certificate(der))
    }

    fn private_key(&mut self, alias: &str) -> Result<(), Reason> {
        let sealed = self.sized()?;
        let mut chain = Vec::new();
        for _ in 0..self.count("certificates")? {
            chain.push(self.certificate()?);
        }
        let public_key = match chain.first() {
            Some(Ok(Content::Certificate(der))) => x509::key_of_certificate(der).map(Into::into),
            _ => None,
        };
        let key = self.open_private(sealed);
        self.push(alias, key.map(|pkcs8| Content::Private { pkcs8, public_key, encrypted: true }));
        for certificate in chain {
            self.push(alias, certificate);
        }
        Ok(())
    }

    /// What is said when no passphrase opens an entry: the store's digest may tell that it is whole.
    fn refusal(&self) -> Reason {
        match self.whole {
            _ if self.passphrases.is_empty() => Reason::PassphraseNeeded,
            true => Reason::WrongPassphrase,
            false => Reason::WrongPassphraseOrDamaged,
        }
    }

    fn open_private(&self, der: &[u8]) -> Result<SecretBytes, Reason> {
        let damaged = |_| Reason::Malformed("a sealed private key in it does not follow its form".into());
        let sealed = Sealed::from_der(der).map_err(damaged)?;
        let data = sealed.data.as_bytes();
        let opened = match sealed.algorithm.oid {
            KEY_STREAM => self.passphrases.iter().find_map(|passphrase| open_stream(data, passphrase)),
            MD5_TRIPLE_DES => {
                let parameters = sealed.algorithm.parameters.and_then(|parameters| parameters.to_der().ok());
                self.open_blocks(&parameters.unwrap_or_default(), data, |opened| opened.first() == Some(&0x30))?
            }
            other => return Err(Reason::Unsupported(format!("The protection {other} of a key in a Java keystore"))),
        };
        compose::plain_pkcs8(&opened.ok_or_else(|| self.refusal())?)
    }

    /// 3DES under MD5, with what tells a right passphrase beyond the padding.
    fn open_blocks(
        &self,
        parameters: &[u8],
        data: &[u8],
        right: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Reason> {
        let damaged = || Reason::Malformed("the parameters of a sealed key in it do not follow their form".into());
        let derivation = Derivation::from_der(parameters).map_err(|_| damaged())?;
        let salt = <[u8; 8]>::try_from(derivation.salt.as_bytes()).map_err(|_| damaged())?;
        if derivation.iterations > limits::ITERATIONS {
            let (asked, limit) = (derivation.iterations, limits::ITERATIONS);
            return Err(Reason::OverLimit { what: "iterations", asked, limit });
        }
        let opened = self.passphrases.iter().find_map(|passphrase| {
            let key = triple_des_key(salt, derivation.iterations, passphrase.expose().as_bytes());
            let mut opened = Zeroizing::new(data.to_vec());
            Cipher::TdesCbc.decrypt(&key[..24], &key[24..], &mut opened, None).ok()?;
            let padding = usize::from(*opened.last()?);
            let start = opened.len().checked_sub(padding).filter(|_| (1..=8).contains(&padding))?;
            let padded = opened[start..].iter().all(|byte| usize::from(*byte) == padding);
            opened.truncate(start);
            (padded && right(&opened)).then_some(opened)
        });
        Ok(opened)
    }

    fn secret_key(&mut self, alias: &str) -> Result<(), Reason> {
        let mut stream = Stream::new(self.rest)?;
        let object = stream.object();
        match object {
            Ok(object) => {
                self.rest = stream.rest();
                let content = self.open_secret(&object);
                self.push(alias, content);
                Ok(())
            }
            // Its length is known only by reading it, so what follows is lost with it.
            Err(reason) => {
                self.push(alias, Err(reason));
                Err(Reason::Malformed("what follows an unreadable secret key cannot be found".into()))
            }
        }
    }

    fn open_secret(&self, sealed: &Object) -> Result<Content, Reason> {
        if !matches!(&*sealed.class, "com.sun.crypto.provider.SealedObjectForKeyProtector" | "javax.crypto.SealedObject") {
            return Err(Reason::Unsupported(format!("A secret key sealed as {}", quoted(sealed.class.as_bytes()))));
        }
        let algorithm = sealed.text("sealAlg").unwrap_or_default();
        if algorithm != "PBEWithMD5AndTripleDES" {
            return Err(Reason::Unsupported(format!("The protection {} of a secret key", quoted(algorithm.as_bytes()))));
        }
        let missing = || Reason::Malformed("a sealed secret key in it lacks a part".into());
        let parameters = sealed.bytes("encodedParams").ok_or_else(missing)?;
        let data = sealed.bytes("encryptedContent").ok_or_else(missing)?;
        let opened = self.open_blocks(parameters, data, |opened| opened.starts_with(&[0xac, 0xed, 0, 5]))?;
        let opened = opened.ok_or_else(|| self.refusal())?;
        let key = Stream::new(&opened)?.object()?;
        let secret = match &*key.class {
            "javax.crypto.spec.SecretKeySpec" => key.bytes("key"),
            "java.security.KeyRep" if key.text("format") == Some("RAW") => key.bytes("encoded"),
            other => return Err(Reason::Unsupported(format!("A secret key of the class {}", quoted(other.as_bytes())))),
        };
        let secret = SecretBytes::new(secret.ok_or_else(missing)?.to_vec());
        let algorithm = key.text("algorithm").unwrap_or_default().to_ascii_uppercase();
        let cipher = match &*algorithm {
            "AES" if matches!(secret.expose().len(), 16 | 24 | 32) => SymmetricKind::Aes,
            name if name.starts_with("HMAC") => SymmetricKind::Hmac,
            _ => SymmetricKind::Other,
        };
        Ok(Content::Symmetric { secret, cipher, encrypted: true })
    }
}

/// JKS: a salt, the key under a stream of digests, and a digest of the key.
fn open_stream(data: &[u8], passphrase: &Passphrase) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, rest) = data.split_at_checked(20)?;
    let (sealed, check) = rest.split_at_checked(rest.len().checked_sub(20)?)?;
    let wide = wide(passphrase);
    let mut opened = Zeroizing::new(sealed.to_vec());
    let mut block = Zeroizing::new(<[u8; 20]>::try_from(salt).ok()?);
    for part in opened.chunks_mut(20) {
        *block = Sha1::new().chain_update(&*wide).chain_update(*block).finalize().into();
        part.iter_mut().zip(block.iter()).for_each(|(byte, stream)| *byte ^= stream);
    }
    let digest = Sha1::new().chain_update(&*wide).chain_update(&*opened).finalize();
    bool::from(digest[..].ct_eq(check)).then_some(opened)
}

/// JCEKS: MD5 over each half of the salt and the passphrase, again and again; key and initial vector.
fn triple_des_key(mut salt: [u8; 8], iterations: u64, passphrase: &[u8]) -> Zeroizing<[u8; 32]> {
    if salt[..4] == salt[4..] {
        // Equal halves would give equal keys; this is how Sun turned one, its slip included.
        let [first, second, _, fourth, ..] = salt;
        salt[..4].copy_from_slice(&[fourth, first, second, fourth]);
    }
    let mut key = Zeroizing::new([0; 32]);
    for (half, part) in salt.chunks(4).zip(key.chunks_mut(16)) {
        let mut digest = Zeroizing::new([0_u8; 16]);
        let mut length = 4;
        digest[..4].copy_from_slice(half);
        for _ in 0..iterations {
            *digest = Md5::new().chain_update(&digest[..length]).chain_update(passphrase).finalize().into();
            length = 16;
        }
        part.copy_from_slice(&*digest);
    }
    key
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let _ = is(bytes);
    drop(read(bytes, &[Passphrase::new("changeit".into())]));
}
