//! The form around every private key: PKCS#8 (RFC 5208, and RFC 5958 with the public half inside).

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{CryptoError, KeyFault};
use crate::secret::SecretBytes;

/// The largest private key that is looked at, in bytes; an RSA key of 16,384 bits has 9,300.
const MOST: usize = 1024 * 1024;

/// A private key in its form, not looked into.
pub(super) struct Envelope<'a> {
    /// The algorithm.
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    /// What the algorithm keeps.
    pub(super) private: &'a [u8],
    /// The public half, where the form has it.
    pub(super) public: Option<&'a [u8]>,
    /// Whatever else it says of itself.
    attributes: Option<AnyRef<'a>>,
}

const ATTRIBUTES: TagNumber = TagNumber(0);
const PUBLIC: TagNumber = TagNumber(1);

impl<'a> Envelope<'a> {
    /// Reads the form, to its last byte.
    pub(super) fn read(pkcs8: &'a SecretBytes) -> Result<Self, CryptoError> {
        let bytes = pkcs8.expose();
        let unreadable = |_| CryptoError::Unreadable("private key");
        if bytes.len() > MOST {
            return Err(CryptoError::Unreadable("private key: it is larger than a megabyte"));
        }
        let mut outer = SliceReader::new(bytes).map_err(unreadable)?;
        let read = outer.sequence(|reader| {
            let version = u8::decode(reader)?;
            if version > 1 {
                return Err(der::Error::from(Tag::Integer.value_error()));
            }
            let algorithm = AlgorithmIdentifierRef::decode(reader)?;
            let private = <&OctetStringRef>::decode(reader)?.as_bytes();
            let (mut attributes, mut public) = (None, None);
            while !reader.is_finished() {
                let more = AnyRef::decode(reader)?;
                match more.tag() {
                    Tag::ContextSpecific { number: ATTRIBUTES, constructed: true }
                        if attributes.is_none() && public.is_none() =>
                    {
                        attributes = Some(more);
                    }
                    Tag::ContextSpecific { number: PUBLIC, constructed: false } if version == 1 && public.is_none() => {
                        let (unused, bits) =
                            more.value().split_first().ok_or_else(|| der::Error::from(Tag::BitString.length_error()))?;
                        if *unused != 0 {
                            return Err(Tag::BitString.value_error().into());
                        }
                        public = Some(bits);
                    }
                    other => return Err(other.unexpected_error(None).into()),
                }
            }
            Ok::<_, der::Error>(Self { algorithm, private, public, attributes })
        });
        let envelope = read.map_err(unreadable)?;
        outer.finish().map_err(unreadable)?;
        Ok(envelope)
    }

    /// The same with something else in place of what the algorithm keeps.
    pub(super) fn with_private<'b>(&'b self, private: &'b [u8]) -> Envelope<'b> {
        Envelope { algorithm: self.algorithm, private, public: self.public, attributes: self.attributes }
    }

    /// The same without the public half inside, as version 1: OpenSSL 3.0 refuses the other form. The
    /// attributes stay.
    pub(super) fn without_public(&self) -> Result<SecretBytes, CryptoError> {
        let failed = |_| CryptoError::from(KeyFault::Malformed);
        let private = OctetStringRef::new(self.private).map_err(failed)?;
        let parts: [&dyn Encodes; 4] = [&0_u8, &self.algorithm, &private, &self.attributes];
        let mut body = Zeroizing::new(Vec::with_capacity(self.private.len() + 512));
        for part in parts {
            part.append(&mut body).map_err(failed)?;
        }
        let whole = AnyRef::new(Tag::Sequence, &body).and_then(|any| any.to_der()).map_err(failed)?;
        Ok(SecretBytes::new(whole))
    }
}

/// Something that is written behind something else.
trait Encodes {
    fn append(&self, body: &mut Vec<u8>) -> der::Result<()>;
}

impl<T: der::Encode> Encodes for T {
    fn append(&self, body: &mut Vec<u8>) -> der::Result<()> {
        self.encode_to_vec(body).map(drop)
    }
}

/// An `OCTET STRING` and nothing after it.
pub(super) fn octets(der: &[u8]) -> Result<&[u8], KeyFault> {
    <&OctetStringRef>::from_der(der).map(OctetStringRef::as_bytes).map_err(|_| KeyFault::Malformed)
}

/// The forms in which RFC 9881 section 6 and RFC 9935 section 6 keep a private key.
pub(super) enum Seeded<'a> {
    Seed(&'a [u8]),
    Expanded(&'a [u8]),
    Both { seed: &'a [u8], expanded: &'a [u8] },
}

impl<'a> Seeded<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, KeyFault> {
        let any = AnyRef::from_der(der).map_err(|_| KeyFault::Malformed)?;
        match any.tag() {
            Tag::ContextSpecific { number: TagNumber(0), constructed: false } => Ok(Self::Seed(any.value())),
            Tag::OctetString => Ok(Self::Expanded(any.value())),
            Tag::Sequence => {
                let both = any.sequence(|reader| {
                    let seed = <&OctetStringRef>::decode(reader)?.as_bytes();
                    Ok::<_, der::Error>((seed, <&OctetStringRef>::decode(reader)?.as_bytes()))
                });
                both.map(|(seed, expanded)| Self::Both { seed, expanded }).map_err(|_| KeyFault::Malformed)
            }
            _ => Err(KeyFault::Malformed),
        }
    }
}
