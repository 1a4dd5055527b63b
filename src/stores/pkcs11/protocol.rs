//! What the program and its worker say to each other: frames over two pipes. A frame is a head, which names no
//! secret, and beside it the bytes of at most one secret, which are never serialised and wiped after use.
//!
//! A frame: the length of the head and the length of the secret, 4 bytes each, the lowest first; the head by
//! postcard; the secret as it is. What a worker sends is foreign: each length is limited before anything is read.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::model::Algorithm;
use crate::secret::SecretBytes;
use crate::stores::Wrapping;

/// No head is longer: the files that Ed25519 signs go whole, and the house signs none above this.
const LONGEST_HEAD: usize = 257 << 20;

/// So much room is made for a head before it arrives, in bytes.
const SHORT: usize = 4_096;

/// The lengths at the beginning of a frame, in bytes.
const LENGTHS: usize = 8;

/// So much of a frame is read at once, in bytes: what is asked and answered for a signature is mostly whole in it.
const FIRST: usize = 160;

/// No secret is longer.
const LONGEST_SECRET: usize = 1 << 20;

/// An object's `CKA_ID`.
pub(super) type Id = Vec<u8>;

/// What the program asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Which tokens are there now.
    Tokens,
    /// Which slots have no token that could be used.
    EmptySlots,
    /// Open a session with the token in a slot.
    Open { slot: u64 },
    /// Log in; the PIN is the secret, and none where the reader asks for it itself.
    Login { at_reader: bool },
    /// What the token can do.
    Mechanisms,
    /// Make a key, or a pair.
    Generate { id: Id, algorithm: Algorithm },
    /// Take in a private key; its PKCS#8 is the secret.
    Import { id: Id, algorithm: Algorithm, public_key: Vec<u8> },
    /// The public half of a pair; empty for a secret key.
    PublicKey { id: Id },
    /// The public half as it lies there for everybody, before any PIN.
    PublicObject { id: Id },
    /// What a secret key makes of a block that everybody knows.
    CheckValue { id: Id },
    /// Sign.
    Sign { id: Id, with: Signing, data: Vec<u8> },
    /// Sign with a key that wants the PIN for each use; the PIN is the secret, and none where the reader asks for it.
    SignAnew { id: Id, with: Hashing, message: Vec<u8>, at_reader: bool },
    /// Put a secret under a key.
    Wrap { id: Id, by: Wrapping },
    /// Take it out again.
    Unwrap { id: Id, by: Wrapping, wrapped: Vec<u8> },
    /// Make a key of what was wrapped under another one, without its secret leaving the token.
    UnwrapInto { under: Id, by: Wrapping, wrapped: Vec<u8>, id: Id, algorithm: Algorithm, public_key: Vec<u8> },
    /// Destroy every object of an id.
    Destroy { id: Id },
    /// Sign so often in a bare loop, as a yardstick for benchmarks.
    Measure { id: Id, with: Signing, data: Vec<u8>, times: u32 },
    /// What lies in the token.
    Objects,
    /// How many objects everybody may see in the token of a slot.
    Count { slot: u64 },
    /// Make the token of a slot anew and log in as its security officer, whose PIN is the secret.
    InitToken { slot: u64, label: String },
    /// Give the token that was just made anew its PIN, which is the secret.
    InitPin,
}

impl Request {
    /// Something in the token is another after it.
    pub(super) const fn changes(&self) -> bool {
        matches!(
            self,
            Self::Generate { .. }
                | Self::Import { .. }
                | Self::UnwrapInto { .. }
                | Self::Destroy { .. }
                | Self::InitToken { .. }
                | Self::InitPin
        )
    }
}

/// What the worker answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Done,
    Tokens(Vec<TokenFacts>),
    EmptySlots(Vec<EmptySlot>),
    Mechanisms(Vec<Mechanism>),
    /// A public half, a signature, a wrapped secret.
    Bytes(Vec<u8>),
    /// The answer is the secret beside it.
    Secret,
    Objects(Vec<TokenObject>),
    /// How long each signature of a bare loop took, in nanoseconds.
    Times(Vec<u64>),
    Count(u64),
    Failed(Fault),
}

/// How a signature is made from its data.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Signing {
    /// A digest (`CKM_ECDSA`); the answer is r and s, each as long as the order of the curve.
    Ecdsa,
    /// A `DigestInfo` (`CKM_RSA_PKCS`).
    RsaPkcs,
    /// A SHA-256 digest (`CKM_RSA_PKCS_PSS`, MGF1 with SHA-256, a salt of 32 bytes).
    RsaPss,
    /// The message (`CKM_EDDSA`).
    Eddsa,
    /// The message (`CKM_ML_DSA`).
    MlDsa,
}

/// How a signature is made from its message by the token itself. A key that wants its PIN for each use is signed with in
/// several calls, between the first two of which the PIN is given; the mechanisms that take a hash have one call alone.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashing {
    /// The mechanism without its hash.
    pub(super) with: Signing,
    /// The hash; SHA-512 for Ed25519 and ML-DSA, which make hashes of their own.
    pub(super) hash: Hash,
}

/// A hash that the token makes.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A mechanism that is of use here, and the sizes of keys it takes, in the units that PKCS#11 gives them.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mechanism {
    pub(super) kind: MechanismKind,
    pub(super) smallest: u64,
    pub(super) largest: u64,
}

/// The mechanisms that are of use here.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MechanismKind {
    MakeRsa,
    MakeEc,
    MakeEdwards,
    MakeAes,
    MakeMlDsa,
    SignEcdsa,
    SignRsaPkcs,
    SignRsaPss,
    SignEddsa,
    SignMlDsa,
    WrapAes,
    WrapAesPadded,
    WrapRsaOaep,
}

/// A token as its module describes it (`CK_TOKEN_INFO`).
#[allow(clippy::struct_excessive_bools, reason = "they are flags of that structure, each with a meaning of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "flags, as CK_TOKEN_INFO has them")]
pub struct TokenFacts {
    /// Where it is now; changes whenever it is plugged in.
    pub(super) slot: u64,
    /// Its name.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// It has a PIN and can be used.
    pub initialised: bool,
    /// It was never initialised (no `CKF_TOKEN_INITIALIZED`): it has no label yet, and nothing can be in it.
    pub blank: bool,
    /// The bytes of the shortest and of the longest PIN it takes; both 0 where it does not say.
    pub pin_lengths: (u64, u64),
    /// Nothing can be changed on it.
    pub write_protected: bool,
    /// Its reader asks for the PIN (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    pub asks_itself: bool,
    /// How often a wrong PIN may still be given.
    pub tries: Tries,
}

impl TokenFacts {
    /// The number of its slot; changes whenever it is plugged in.
    pub const fn slot(&self) -> u64 {
        self.slot
    }
}

/// A slot in which no token can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmptySlot {
    /// Its number.
    pub slot: u64,
    /// What the module calls it, often the reader (`slotDescription`).
    pub reader: String,
    /// Why none.
    pub why: NoToken,
}

/// Why a slot has no token that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoToken {
    /// Nothing is in it (no `CKF_TOKEN_PRESENT`).
    Nothing,
    /// Something is in it that the module does not know (`CKR_TOKEN_NOT_RECOGNIZED`).
    NotRecognised,
    /// What is in it does not say what it is; the name of its answer.
    Silent(String),
}

impl NoToken {
    /// As a sentence without its full stop.
    pub fn sentence(&self) -> String {
        match self {
            Self::Nothing => "Nothing is in it".into(),
            Self::NotRecognised => "The module does not recognise what is in it".into(),
            Self::Silent(answer) => format!("What is in it does not say what it is: {answer}"),
        }
    }
}

/// How often a wrong PIN may still be given, as far as a token says.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tries {
    /// It says nothing of wrong ones.
    Unsaid,
    /// A wrong one was given since the last right one (`CKF_USER_PIN_COUNT_LOW`).
    Fewer,
    /// One more wrong one and it is locked (`CKF_USER_PIN_FINAL_TRY`).
    Last,
    /// None: it is locked (`CKF_USER_PIN_LOCKED`).
    Locked,
}

impl Tries {
    /// As a sentence with a blank in front; empty where the token says nothing.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unsaid => "",
            Self::Fewer => " The token counts wrong PINs and has fewer tries left than at first.",
            Self::Last => " One try is left: another wrong PIN locks the token.",
            Self::Locked => " No try is left: the token is locked.",
        }
    }
}

/// Something that lies in a token under an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenObject {
    /// Its `CKA_ID`, in hexadecimal digits: its name in the store.
    pub object: String,
    /// Its `CKA_LABEL`.
    pub label: String,
    /// The private half or the secret key is there, not only a public half.
    pub is_private: bool,
    /// What it is, where that is understood.
    pub algorithm: Option<Algorithm>,
    /// DER `SubjectPublicKeyInfo`; empty for a secret key, and where it cannot be had.
    pub public_key: Vec<u8>,
    /// It can be taken out of the token (`CKA_EXTRACTABLE`).
    pub extractable: bool,
}

/// Why something did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fault {
    NotAModule(String),
    Away,
    LoggedOut,
    /// The key wants the PIN for each use.
    PinEachTime,
    /// It does, and what is asked is done in one call, between which and itself there is no room for it.
    NoRoomForPin,
    PinWrong,
    PinLocked,
    PinExpired,
    PinLength,
    PinRefused,
    Absent,
    Damaged,
    Occupied,
    /// What was to be unwrapped does not open.
    NotWrapped,
    Full,
    NoMechanism,
    WriteProtected,
    /// The token was made anew, and then its security officer could not log in; why.
    Half(String),
    /// Whatever else the module answers: what was called, and the name of its answer.
    Other {
        call: String,
        answer: String,
    },
}

/// Writes a frame.
pub(super) fn write(to: &mut impl Write, head: &impl Serialize, secret: Option<&SecretBytes>) -> io::Result<()> {
    let secret = secret.map(SecretBytes::expose).unwrap_or_default();
    let length = |bytes: usize| u32::try_from(bytes).map(u32::to_le_bytes).map_err(io::Error::other);
    let mut frame = postcard::to_extend(head, vec![0; 8]).map_err(io::Error::other)?;
    let lengths = [length(frame.len() - 8)?, length(secret.len())?].concat();
    frame.iter_mut().zip(lengths).for_each(|(place, byte)| *place = byte);
    to.write_all(&frame)?;
    // By itself, so that it is in no buffer that nobody wipes.
    to.write_all(secret)?;
    to.flush()
}

/// Reads a frame. What is none is [`io::ErrorKind::InvalidData`].
pub(super) fn read<H: DeserializeOwned>(from: &mut impl Read) -> io::Result<(H, SecretBytes)> {
    // Wiped, for a secret may lie in it.
    let mut first = Zeroizing::new([0; FIRST]);
    let got = at_least_lengths(from, &mut *first)?;
    let (lengths, rest) = first.split_at(got).0.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    let lengths = u64::from_le_bytes(*lengths);
    let (head, secret) = ((lengths & u64::from(u32::MAX)) as usize, (lengths >> 32) as usize);
    // The next frame is not sent before this one was answered.
    if head > LONGEST_HEAD || secret > LONGEST_SECRET || rest.len() > head + secret {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (rest, of_secret) = rest.split_at(rest.len().min(head));
    // What is long grows by what arrives, so that a length alone costs nothing.
    let mut bytes = Vec::with_capacity(head.min(SHORT));
    bytes.extend_from_slice(rest);
    if bytes.len() < head {
        from.by_ref().take((head - bytes.len()) as u64).read_to_end(&mut bytes)?;
    }
    if bytes.len() < head {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut hidden = vec![0; secret];
    let (here, there) = hidden.split_at_mut(of_secret.len());
    here.copy_from_slice(of_secret);
    let read = if there.is_empty() { Ok(()) } else { from.read_exact(there) };
    let hidden = SecretBytes::new(hidden);
    read?;
    let head = postcard::from_bytes(&bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok((head, hidden))
}

/// Reads the beginning of a frame, with both its lengths at least; how many bytes it is.
fn at_least_lengths(from: &mut impl Read, first: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < LENGTHS {
        match from.read(first.get_mut(got..).unwrap_or_default()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_with_its_secret() {
        let there_and_back = |request: Request, secret: Option<&SecretBytes>| {
            let mut pipe = Vec::new();
            write(&mut pipe, &request, secret).unwrap();
            let whole = read::<Request>(&mut &pipe[..]).unwrap();
            let in_pieces = read::<Request>(&mut OneByOne(&pipe)).unwrap();
            assert_eq!(format!("{:?}", whole.0), format!("{:?}", in_pieces.0));
            assert!(whole.1.same_as(&in_pieces.1));
            whole
        };
        let (request, secret) = there_and_back(Request::Login { at_reader: false }, Some(&SecretBytes::new(b"1234".to_vec())));
        assert!(matches!(request, Request::Login { at_reader: false }) && secret.expose() == b"1234");
        let (request, secret) = there_and_back(Request::Tokens, None);
        assert!(matches!(request, Request::Tokens) && secret.expose().is_empty());
        // Longer than what is read at first: the head alone, and both.
        let long = Request::Sign { id: vec![1; 200], with: Signing::Eddsa, data: vec![2; 9_000] };
        let (request, secret) = there_and_back(long, Some(&SecretBytes::new(vec![3; 500])));
        assert!(matches!(request, Request::Sign { data, .. } if data == [2; 9_000]) && secret.expose() == [3; 500]);
    }

    /// A pipe that gives a byte at a time.
    struct OneByOne<'a>(&'a [u8]);

    impl Read for OneByOne<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn a_frame_with_something_behind_it_is_refused() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Request::Tokens, None).unwrap();
        pipe.push(0);
        assert_eq!(read::<Request>(&mut &pipe[..]).err().unwrap().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_secret_is_not_in_the_head() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Request::Login { at_reader: false }, Some(&SecretBytes::new(b"1234".to_vec()))).unwrap();
        let head = u32::from_le_bytes(pipe[..4].try_into().unwrap()) as usize;
        assert!(!pipe[8..8 + head].windows(4).any(|window| window == b"1234"));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let kind = |bytes: &[u8]| read::<Reply>(&mut &*bytes).err().unwrap().kind();
        assert_eq!(kind(b"Hello, this is a driver that talks"), io::ErrorKind::InvalidData);
        assert_eq!(kind(&[0xff; 64]), io::ErrorKind::InvalidData);
        assert_eq!(kind(&[1, 0, 0, 0, 0, 0, 0, 0, 99]), io::ErrorKind::InvalidData);
        assert_eq!(kind(&[1, 0, 0]), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[0, 0, 0, 0, 9, 0, 0, 0, 1]), io::ErrorKind::UnexpectedEof);
    }
}
