//! CMS `EnvelopedData` (RFC 5652 section 6) in DER, for holders of certificates: AES-256 in CBC (RFC 3565), its key under
//! RSAES-OAEP with SHA-256 (RFC 3560), or under AES-256 key wrap with a key agreed on by ephemeral-static ECDH with the
//! key derivation of ANSI X9.63 and SHA-256 (RFC 5753).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use zeroize::Zeroizing;

use super::{LeavingError, SealedTo, der, refused};
use crate::crypto::{self, KeyWrap, OaepHash};
use crate::formats::ber::{self, BIT_STRING, Bytes, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, identifier, oid};
use crate::formats::leaving::sealing;
use crate::formats::signature::cms::{issuer_and_serial, set};
use crate::formats::{certificate, pbe, x509};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
/// RFC 3565 section 4.1.
const AES_256_CBC: &str = "2.16.840.1.101.3.4.1.42";
/// RFC 3565 section 2.3.2; without parameters.
const AES_256_WRAP: &str = "2.16.840.1.101.3.4.1.45";
/// RFC 4055 sections 4.1 and 2.2.
const OAEP: &str = "1.2.840.113549.1.1.7";
const MGF1: &str = "1.2.840.113549.1.1.8";
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
/// `dhSinglePass-stdDH-sha256kdf-scheme` (RFC 5753 section 7.1.4).
const ECDH_SHA_256: &str = "1.3.132.1.11.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// The encrypted content: `[0]`, implicit, around octets.
const CONTENT: u8 = 0x80;

const UNMADE: LeavingError = LeavingError::Unreadable("it could not be sealed as CMS");

/// A certificate to seal to.
pub(super) struct Recipient {
    /// Its issuer and serial number, in DER.
    id: Bytes,
    /// DER `SubjectPublicKeyInfo`.
    spki: Vec<u8>,
    /// The key is RSA; otherwise it lies on a curve.
    rsa: bool,
}

impl Recipient {
    pub(super) fn read(to: &SealedTo) -> Result<Self, LeavingError> {
        let der = der(to)?;
        let unreadable = || refused(to, "it cannot be read. Add it to the address book again");
        let spki = x509::key_of_certificate(&der).ok_or_else(unreadable)?.to_vec();
        let id = issuer_and_serial(&der).ok_or_else(unreadable)?;
        let algorithm = crypto::algorithm_of(&spki).map_err(|error| refused(to, words(&error)))?;
        let rsa = algorithm.is_rsa() && !algorithm.is_legacy();
        if !rsa && !matches!(algorithm, Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521) {
            let reason =
                format!("it is for {}. Keys of RSA from 2048 bits, P-256, P-384 and P-521 are sealed to", algorithm.name());
            return Err(refused(to, reason));
        }
        // RFC 5280 section 4.2.1.3: where it says what it is for, it has to be for this.
        let needed = if rsa { "key encipherment" } else { "key agreement" };
        let usages = certificate::usages_of_key(&der);
        if !usages.is_empty() && !usages.iter().any(|usage| usage == needed) {
            return Err(refused(to, format!("its key usage has no {needed}. Ask for a certificate that is for encryption")));
        }
        Ok(Self { id, spki, rsa })
    }

    /// `RecipientInfo`: the content key for this certificate alone.
    fn info(&self, content_key: &[u8; 32]) -> Result<Bytes, LeavingError> {
        if self.rsa {
            let encrypted = crypto::oaep(&self.spki, OaepHash::Sha256, content_key)?;
            let parts: [&[u8]; 4] = [&[INTEGER, 1, 0], &self.id, &oaep(), &ber::wrap(OCTET_STRING, &[&encrypted])];
            return Ok(ber::wrap(SEQUENCE, &parts));
        }
        let (point, shared) = crypto::agree(&self.spki)?;
        let key = crypto::x963_sha256(&shared, &shared_info())?;
        let encrypted = KeyWrap::Kw.wrap(&*key, content_key)?;
        let sender = ber::wrap(ber::context(1), &[&identifier(EC_PUBLIC_KEY, &[]), &ber::wrap(BIT_STRING, &[&[0], &point])]);
        let for_one = ber::wrap(SEQUENCE, &[&self.id, &ber::wrap(OCTET_STRING, &[&encrypted])]);
        let parts: [&[u8]; 4] = [
            &[INTEGER, 1, 3],
            &ber::wrap(ber::context(0), &[&sender]),
            &identifier(ECDH_SHA_256, &identifier(AES_256_WRAP, &[])),
            &ber::wrap(SEQUENCE, &[&for_one]),
        ];
        Ok(ber::wrap(ber::context(1), &parts))
    }
}

fn words(error: &crypto::CryptoError) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

/// `id-RSAES-OAEP` with SHA-256 for both hashes and no label (RFC 4055 section 4.1).
fn oaep() -> Bytes {
    let hash = identifier(SHA_256, &NULL);
    let mask = ber::wrap(ber::context(1), &[&identifier(MGF1, &hash)]);
    identifier(OAEP, &ber::wrap(SEQUENCE, &[&ber::wrap(ber::context(0), &[&hash]), &mask]))
}

/// `ECC-CMS-SharedInfo` (RFC 5753 section 7.2): for a key of 256 bits for AES key wrap.
fn shared_info() -> Bytes {
    let bits = ber::wrap(ber::context(2), &[&ber::wrap(OCTET_STRING, &[&256_u32.to_be_bytes()])]);
    ber::wrap(SEQUENCE, &[&identifier(AES_256_WRAP, &[]), &bits])
}

pub(super) fn seal(plain: &SecretBytes, recipients: &[Recipient]) -> Result<SecretBytes, LeavingError> {
    let content_key = Zeroizing::new(crypto::random::<32>()?);
    let iv = crypto::random::<16>()?;
    let encrypted = sealing::cbc::<aes::Aes256>(&*content_key, &iv, plain.expose())?;
    let infos = recipients.iter().map(|recipient| recipient.info(&content_key)).collect::<Result<Vec<_>, _>>()?;
    // RFC 5652 section 6.1: 2 as soon as a recipient agrees on its key.
    let version = if recipients.iter().all(|recipient| recipient.rsa) { 0 } else { 2 };
    let algorithm = identifier(AES_256_CBC, &ber::wrap(OCTET_STRING, &[&iv]));
    let content = ber::wrap(SEQUENCE, &[&oid(DATA), &algorithm, &ber::wrap(CONTENT, &[&encrypted])]);
    let enveloped = ber::wrap(SEQUENCE, &[&[INTEGER, 1, version], &set(SET, &infos), &content]);
    let file = identifier(ENVELOPED_DATA, &ber::wrap(ber::context(0), &[&enveloped]));
    if !opens(&file, &content_key, plain) {
        return Err(UNMADE);
    }
    Ok(SecretBytes::new(file.to_vec()))
}

/// The parts of `EnvelopedData`.
struct Parts<'a> {
    /// `RecipientInfo`s.
    infos: &'a [u8],
    iv: &'a [u8],
    encrypted: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let (kind, wrapped) = pbe::identifier(ber::only(file, SEQUENCE)?).ok()?;
        let mut rest = ber::only(ber::only(wrapped, ber::context(0))?, SEQUENCE)?;
        ber::take(&mut rest, INTEGER)?;
        let infos = ber::take(&mut rest, SET)?.content;
        let mut content = ber::only(rest, SEQUENCE)?;
        ber::take(&mut content, ber::OID)?;
        let (cipher, iv) = pbe::identifier(ber::take(&mut content, SEQUENCE)?.content).ok()?;
        let encrypted = ber::only(content, CONTENT)?;
        let known = kind.to_string() == ENVELOPED_DATA && cipher.to_string() == AES_256_CBC;
        known.then_some(Self { infos, iv: ber::only(iv, OCTET_STRING)?, encrypted })
    }
}

/// The content opens again with its key, while that is at hand.
fn opens(file: &[u8], content_key: &[u8; 32], plain: &SecretBytes) -> bool {
    let Some(parts) = Parts::of(file) else { return false };
    let Ok(cipher) = cbc::Decryptor::<aes::Aes256>::new_from_slices(content_key, parts.iv) else { return false };
    cipher.decrypt_padded_vec::<Pkcs7>(parts.encrypted).is_ok_and(|opened| SecretBytes::new(opened).same_as(plain))
}

/// The certificate of one `RecipientInfo`: its issuer and serial number.
fn named_in<'a>(info: &ber::Element<'a>) -> Option<&'a [u8]> {
    let mut rest = info.content;
    ber::take(&mut rest, INTEGER)?;
    if info.tag == SEQUENCE {
        return ber::take(&mut rest, SEQUENCE).map(|id| id.whole);
    }
    ber::take(&mut rest, ber::context(0))?;
    ber::take(&mut rest, SEQUENCE)?;
    let mut keys = ber::take(&mut rest, SEQUENCE)?.content;
    let mut key = ber::take(&mut keys, SEQUENCE)?.content;
    ber::take(&mut key, SEQUENCE).map(|id| id.whole)
}

/// The certificates to which a file is sealed.
fn named(file: &[u8]) -> Option<Vec<&[u8]>> {
    ber::all(Parts::of(file)?.infos)?.iter().map(named_in).collect()
}

/// It reads as what was written, and each certificate is named once.
pub(super) fn names_all(file: &[u8], recipients: &[Recipient]) -> bool {
    let Some(mut found) = named(file) else { return false };
    let mut wanted: Vec<&[u8]> = recipients.iter().map(|recipient| &recipient.id[..]).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    found == wanted
}
