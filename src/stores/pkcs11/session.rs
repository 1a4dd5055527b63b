//! Inside the worker: the calls of PKCS#11 themselves, and how each failure of them is told apart. Templates and
//! public halves are in `objects`.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism as Ck, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session as Open, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::objects::{self, LABEL};
use super::protocol::{EmptySlot, Fault, Mechanism, MechanismKind, NoToken, Signing, TokenFacts, TokenObject, Tries};
use super::{lattice, wrapping};
use crate::model::{Algorithm, hex};
use crate::secret::SecretBytes;
use crate::stores::Wrapping;

/// A module that is loaded, and the session with its token.
pub(super) struct Session {
    pub(super) module: Pkcs11,
    pub(super) slot: Option<Slot>,
    pub(super) open: Option<Open>,
    /// Handles of private and secret keys, by id, as long as the session lives.
    known: HashMap<Vec<u8>, Known>,
}

/// A key that was found before.
#[derive(Copy, Clone)]
struct Known {
    handle: ObjectHandle,
    /// It wants the PIN for each use (`CKA_ALWAYS_AUTHENTICATE`).
    asks_each_time: bool,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        use RvError as Rv;
        let (answer, call) = match error {
            Error::Pkcs11(answer, call) => (answer, call),
            Error::NotSupported | Error::NullFunctionPointer => return Self::NoMechanism,
            error => return Self::Other { call: "The module".into(), answer: error.to_string() },
        };
        match answer {
            Rv::PinIncorrect => Self::PinWrong,
            Rv::PinLocked => Self::PinLocked,
            Rv::PinExpired => Self::PinExpired,
            Rv::PinLenRange | Rv::PinInvalid => Self::PinLength,
            Rv::FunctionCanceled => Self::PinRefused,
            Rv::UserNotLoggedIn => Self::LoggedOut,
            Rv::TokenNotPresent
            | Rv::DeviceRemoved
            | Rv::SlotIdInvalid
            | Rv::TokenNotRecognized
            | Rv::SessionHandleInvalid
            | Rv::SessionClosed => Self::Away,
            Rv::DeviceMemory => Self::Full,
            Rv::TokenWriteProtected | Rv::SessionReadOnly => Self::WriteProtected,
            Rv::MechanismInvalid | Rv::FunctionNotSupported => Self::NoMechanism,
            answer => Self::Other { call: call.to_string(), answer: name_of(&answer) },
        }
    }
}

/// The name of an answer without the explanation that the crate adds.
fn name_of(answer: &RvError) -> String {
    format!("{answer:?}")
}

impl Session {
    /// Loads a module and initialises it.
    pub(super) fn load(path: &Path) -> Result<Self, Fault> {
        let module = Pkcs11::new(path).map_err(|error| Fault::NotAModule(no_module(&error)))?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Self { module, slot: None, open: None, known: HashMap::new() })
    }

    /// Every token that is there now.
    pub(super) fn tokens(&self) -> Result<Vec<TokenFacts>, Fault> {
        let slots = self.module.get_slots_with_token()?;
        // One that was pulled out in between is not there.
        Ok(slots.into_iter().filter_map(|slot| Some(facts(slot, &self.module.get_token_info(slot).ok()?))).collect())
    }

    /// Every slot that is not among those of `tokens`.
    pub(super) fn empty_slots(&self) -> Result<Vec<EmptySlot>, Fault> {
        // A slot may go with its reader while it is asked.
        let of = |slot: Slot| {
            let info = self.module.get_slot_info(slot).ok()?;
            let why = match self.module.get_token_info(slot).err() {
                _ if !info.token_present() => NoToken::Nothing,
                None => return None,
                Some(Error::Pkcs11(RvError::TokenNotPresent | RvError::DeviceRemoved, _)) => NoToken::Nothing,
                Some(Error::Pkcs11(RvError::TokenNotRecognized, _)) => NoToken::NotRecognised,
                Some(Error::Pkcs11(answer, _)) => NoToken::Silent(name_of(&answer)),
                Some(other) => NoToken::Silent(other.to_string()),
            };
            Some(EmptySlot { slot: slot.id(), reader: info.slot_description().trim_end().to_owned(), why })
        };
        Ok(self.module.get_all_slots()?.into_iter().filter_map(of).collect())
    }

    /// Opens a session with the token of a slot.
    pub(super) fn open(&mut self, slot: u64) -> Result<(), Fault> {
        self.known.clear();
        self.open = None;
        let slots = self.module.get_slots_with_token()?;
        let slot = slots.into_iter().find(|known| known.id() == slot).ok_or(Fault::Away)?;
        let open = match self.module.open_rw_session(slot) {
            // It can still sign.
            Err(Error::Pkcs11(RvError::TokenWriteProtected, _)) => self.module.open_ro_session(slot),
            opened => opened,
        };
        self.open = Some(open?);
        self.slot = Some(slot);
        Ok(())
    }

    /// Logs in as the token's user; without a PIN its reader asks for it.
    pub(super) fn login(&self, pin: Option<&SecretBytes>) -> Result<(), Fault> {
        let pin = pin.map(auth_pin).transpose()?;
        match self.session()?.login(UserType::User, pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What of use the token can do.
    pub(super) fn mechanisms(&self) -> Result<Vec<Mechanism>, Fault> {
        let slot = self.slot.ok_or(Fault::Away)?;
        let there = self.module.get_mechanism_list(slot)?;
        let mut found = Vec::new();
        for (kind, mechanism) in MECHANISMS.into_iter().filter(|(_, mechanism)| there.contains(mechanism)) {
            let info = self.module.get_mechanism_info(slot, mechanism)?;
            let (smallest, largest) = (info.min_key_size() as u64, info.max_key_size() as u64);
            found.push(Mechanism { kind, smallest, largest });
        }
        Ok(found)
    }

    /// Makes a pair, or a secret key, and returns its public half.
    pub(super) fn generate(&mut self, id: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, Fault> {
        self.nothing_under(id)?;
        let session = self.session()?;
        let how = objects::making(algorithm, id).ok_or(Fault::NoMechanism)?;
        match how {
            objects::Making::Secret { mechanism, template } => {
                session.generate_key(&mechanism, &template)?;
            }
            objects::Making::Pair { mechanism, public, private, other_curve } => {
                let made = session.generate_key_pair(&mechanism, &public, &private).map_err(Fault::from);
                match (made, other_curve) {
                    // PKCS#11 names this curve in two ways, and tokens know one of them.
                    (Err(_), Some(other)) => drop(session.generate_key_pair(&mechanism, &other, &private)?),
                    // A TPM refuses templates that forbid what it decides itself.
                    (Err(Fault::Other { .. }), None) => {
                        let (public, private) = (objects::allowing(public), objects::allowing(private));
                        session.generate_key_pair(&mechanism, &public, &private)?;
                    }
                    (made, _) => drop(made?),
                }
            }
        }
        self.public_key(id)
    }

    /// Puts a private key in, sensitive and not to be taken out again, with its public half.
    pub(super) fn import(&mut self, id: &[u8], algorithm: Algorithm, spki: &[u8], pkcs8: &SecretBytes) -> Result<(), Fault> {
        self.nothing_under(id)?;
        let (public, private) = objects::taking_in(algorithm, id, spki, pkcs8).ok_or(Fault::NoMechanism)?;
        let session = self.session()?;
        let made = session.create_object(&private)?;
        objects::wipe(private);
        session.create_object(&public).map(drop).map_err(|error| {
            // The first error is the one to tell.
            let _ = session.destroy_object(made);
            error.into()
        })
    }

    pub(super) fn nothing_under(&self, id: &[u8]) -> Result<(), Fault> {
        if self.session()?.find_objects(&[Attribute::Id(id.to_vec())])?.is_empty() { Ok(()) } else { Err(Fault::Occupied) }
    }

    /// The public half of what lies under an id; empty for a secret key.
    pub(super) fn public_key(&mut self, id: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.key(id)?;
        let session = self.session()?;
        if objects::class(session, key)? == ObjectClass::SECRET_KEY {
            return Ok(Vec::new());
        }
        let public = self.found(ObjectClass::PUBLIC_KEY, id)?;
        objects::public_half(session, key, public).ok_or(Fault::Damaged)
    }

    /// The public half as it lies there for everybody, before any PIN.
    pub(super) fn public_object(&self, id: &[u8]) -> Result<Vec<u8>, Fault> {
        let public = self.found(ObjectClass::PUBLIC_KEY, id)?.ok_or(Fault::Absent)?;
        objects::public_half(self.session()?, public, Some(public)).ok_or(Fault::Damaged)
    }

    /// What a secret key makes of a block of zeros: it tells the key and gives nothing away of it.
    pub(super) fn check_value(&mut self, id: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.key(id)?;
        Ok(self.session()?.encrypt(&Ck::AesEcb, key, &[0; 16])?)
    }

    /// Signs.
    pub(super) fn sign(&mut self, id: &[u8], with: Signing, data: &[u8]) -> Result<Vec<u8>, Fault> {
        let mechanism = mechanism(with);
        // To ask first whether the handle is still good costs more than the signature of a fast token; a module says it
        // when it is not (PKCS#11 2.40 section 5.1.6), and then the key is looked for again.
        if let Some(known) = self.known.get(id).filter(|known| !known.asks_each_time) {
            match self.session()?.sign(&mechanism, known.handle, data) {
                Err(Error::Pkcs11(RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid, _)) => {}
                done => return Ok(done?),
            }
        }
        let key = self.key(id)?;
        if self.known.get(id).is_some_and(|known| known.asks_each_time) {
            return Err(Fault::PinEachTime);
        }
        Ok(self.session()?.sign(&mechanism, key, data)?)
    }

    /// How long each of so many signatures takes in a loop that does nothing else, in nanoseconds.
    pub(super) fn measure(&mut self, id: &[u8], with: Signing, data: &[u8], times: u32) -> Result<Vec<u64>, Fault> {
        let key = self.key(id)?;
        let (session, mechanism) = (self.session()?, mechanism(with));
        let one = |_| {
            let began = Instant::now();
            session.sign(&mechanism, key, data)?;
            Ok(began.elapsed().as_nanos() as u64)
        };
        (0..times).map(one).collect()
    }

    /// Puts a secret under a key of the token.
    pub(super) fn wrap(&mut self, id: &[u8], by: Wrapping, secret: &SecretBytes) -> Result<Vec<u8>, Fault> {
        let key = if by == Wrapping::RsaOaep { self.found(ObjectClass::PUBLIC_KEY, id)? } else { Some(self.key_at_hand(id)?) };
        wrapping::wrap(self.session()?, key.ok_or(Fault::Absent)?, by, secret)
    }

    /// Takes it out again.
    pub(super) fn unwrap(&mut self, id: &[u8], by: Wrapping, wrapped: &[u8]) -> Result<SecretBytes, Fault> {
        let key = self.key_at_hand(id)?;
        wrapping::unwrap(self.session()?, key, by, wrapped)
    }

    /// Makes a key of what was wrapped under another one: sensitive, and not to be taken out from here on.
    pub(super) fn unwrap_into(
        &mut self,
        (under, by, wrapped): (&[u8], Wrapping, &[u8]),
        (id, algorithm, spki): (&[u8], Algorithm, &[u8]),
    ) -> Result<Vec<u8>, Fault> {
        self.nothing_under(id)?;
        let key = self.key_at_hand(under)?;
        let guest = wrapping::Guest { id, algorithm, spki };
        wrapping::unwrap_into(self.session()?, key, by, wrapped, &guest)?;
        self.public_key(id)
    }

    /// Destroys every object under an id, and looks that none is left.
    pub(super) fn destroy(&mut self, id: &[u8]) -> Result<(), Fault> {
        self.known.remove(id);
        let session = self.session()?;
        let under = [Attribute::Id(id.to_vec())];
        let found = session.find_objects(&under)?;
        if found.is_empty() {
            return Err(Fault::Absent);
        }
        for object in found {
            if objects::is_key(session, object) {
                session.destroy_object(object)?;
            }
        }
        let left = session.find_objects(&under)?.into_iter().filter(|object| objects::is_key(session, *object)).count();
        if left == 0 {
            Ok(())
        } else {
            Err(Fault::Other { call: "C_DestroyObject".into(), answer: "OK, but it is still there".into() })
        }
    }

    /// What keys lie in the token, each id once.
    pub(super) fn objects(&self) -> Result<Vec<TokenObject>, Fault> {
        let session = self.session()?;
        let mut found: Vec<TokenObject> = Vec::new();
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY, ObjectClass::PUBLIC_KEY] {
            for handle in session.find_objects(&[Attribute::Class(class), Attribute::Token(true)])? {
                let Some(object) = self.described(session, class, handle) else { continue };
                if !found.iter().any(|known| known.object == object.object) {
                    found.push(object);
                }
            }
        }
        found.sort_by(|one, other| one.object.cmp(&other.object));
        Ok(found)
    }

    fn described(&self, session: &Open, class: ObjectClass, handle: ObjectHandle) -> Option<TokenObject> {
        let (id, label) = objects::names(session, handle)?;
        let public = match class {
            ObjectClass::SECRET_KEY => None,
            ObjectClass::PUBLIC_KEY => objects::public_half(session, handle, Some(handle)),
            _ => objects::public_half(session, handle, self.found(ObjectClass::PUBLIC_KEY, &id).ok()?),
        };
        let algorithm = match (&public, class) {
            (Some(spki), _) => crate::crypto::algorithm_of(spki).ok(),
            (None, ObjectClass::SECRET_KEY) => objects::secret_algorithm(session, handle),
            _ => None,
        };
        Some(TokenObject {
            object: hex::encode(&id),
            label,
            is_private: class != ObjectClass::PUBLIC_KEY,
            algorithm,
            public_key: public.unwrap_or_default(),
            extractable: objects::is_extractable(session, handle),
        })
    }

    /// The private or secret key under an id. A public half alone is a key that was damaged.
    pub(super) fn key(&mut self, id: &[u8]) -> Result<ObjectHandle, Fault> {
        if let Some(known) = self.known.get(id)
            && self
                .session()?
                .get_attributes(known.handle, &[AttributeType::Id])
                .is_ok_and(|found| found == [Attribute::Id(id.to_vec())])
        {
            return Ok(known.handle);
        }
        let found = match self.found(ObjectClass::PRIVATE_KEY, id)? {
            Some(found) => Some(found),
            None => self.found(ObjectClass::SECRET_KEY, id)?,
        };
        match found {
            Some(found) => {
                let asks_each_time = objects::asks_each_time(self.session()?, found);
                self.known.insert(id.to_vec(), Known { handle: found, asks_each_time });
                Ok(found)
            }
            None if self.found(ObjectClass::PUBLIC_KEY, id)?.is_some() => Err(Fault::Damaged),
            None => Err(Fault::Absent),
        }
    }

    /// The same, for what is done in one call: a token would answer it of a key that wants the PIN for each use as if it was
    /// logged out.
    fn key_at_hand(&mut self, id: &[u8]) -> Result<ObjectHandle, Fault> {
        let key = self.key(id)?;
        if self.known.get(id).is_some_and(|known| known.asks_each_time) { Err(Fault::NoRoomForPin) } else { Ok(key) }
    }

    /// The one object of a class under an id; several would be a matter of luck.
    fn found(&self, class: ObjectClass, id: &[u8]) -> Result<Option<ObjectHandle>, Fault> {
        let template = [Attribute::Class(class), Attribute::Token(true), Attribute::Id(id.to_vec())];
        match self.session()?.find_objects(&template)?[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Fault::Damaged),
        }
    }

    pub(super) fn session(&self) -> Result<&Open, Fault> {
        self.open.as_ref().ok_or(Fault::Away)
    }
}

/// A PIN as the crate takes it; it is wiped when that is dropped.
pub(super) fn auth_pin(pin: &SecretBytes) -> Result<AuthPin, Fault> {
    let text = std::str::from_utf8(pin.expose()).map_err(|_| Fault::PinLength)?;
    Ok(AuthPin::new(text.to_owned().into_boxed_str()))
}

/// Why a file is no module.
fn no_module(error: &Error) -> String {
    match error {
        Error::MissingSymbol(name) => format!("it has no function {name}"),
        Error::LibraryLoading(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// Texts are padded with blanks; some modules pad with zeros.
fn shown(text: &str) -> String {
    text.trim_matches(['\0', ' ']).to_owned()
}

fn facts(slot: Slot, info: &TokenInfo) -> TokenFacts {
    let tries = match () {
        () if info.user_pin_locked() => Tries::Locked,
        () if info.user_pin_final_try() => Tries::Last,
        () if info.user_pin_count_low() => Tries::Fewer,
        () => Tries::Unsaid,
    };
    TokenFacts {
        slot: slot.id(),
        label: info.label().to_owned(),
        serial: info.serial_number().to_owned(),
        manufacturer: shown(info.manufacturer_id()),
        model: shown(info.model()),
        initialised: info.token_initialized() && info.user_pin_initialized(),
        blank: !info.token_initialized(),
        pin_lengths: (info.min_pin_length() as u64, info.max_pin_length() as u64),
        write_protected: info.write_protected(),
        asks_itself: info.protected_authentication_path(),
        tries,
    }
}

/// What of PKCS#11 is of use here.
const MECHANISMS: [(MechanismKind, MechanismType); 13] = [
    (MechanismKind::MakeRsa, MechanismType::RSA_PKCS_KEY_PAIR_GEN),
    (MechanismKind::MakeEc, MechanismType::ECC_KEY_PAIR_GEN),
    (MechanismKind::MakeEdwards, MechanismType::ECC_EDWARDS_KEY_PAIR_GEN),
    (MechanismKind::MakeAes, MechanismType::AES_KEY_GEN),
    (MechanismKind::MakeMlDsa, MechanismType::ML_DSA_KEY_PAIR_GEN),
    (MechanismKind::SignEcdsa, MechanismType::ECDSA),
    (MechanismKind::SignRsaPkcs, MechanismType::RSA_PKCS),
    (MechanismKind::SignRsaPss, MechanismType::RSA_PKCS_PSS),
    (MechanismKind::SignEddsa, MechanismType::EDDSA),
    (MechanismKind::SignMlDsa, MechanismType::ML_DSA),
    (MechanismKind::WrapAes, MechanismType::AES_KEY_WRAP),
    (MechanismKind::WrapAesPadded, MechanismType::AES_KEY_WRAP_PAD),
    (MechanismKind::WrapRsaOaep, MechanismType::RSA_PKCS_OAEP),
];

/// A template with what every object of the house has: where it lies, under which id, and a label that tells nothing.
pub(super) fn own(id: &[u8], private: bool) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Private(private),
        Attribute::Id(id.to_vec()),
        Attribute::Label(LABEL.as_bytes().to_vec()),
    ]
}

/// The mechanism that a signature is made by.
fn mechanism(with: Signing) -> Ck<'static> {
    match with {
        Signing::Ecdsa => Ck::Ecdsa,
        Signing::RsaPkcs => Ck::RsaPkcs,
        Signing::RsaPss => {
            Ck::RsaPkcsPss(PkcsPssParams { hash_alg: MechanismType::SHA256, mgf: PkcsMgfType::MGF1_SHA256, s_len: 32.into() })
        }
        Signing::Eddsa => Ck::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
        Signing::MlDsa => lattice::mechanism(),
    }
}
