//! Inside the worker: signing with a key that wants the PIN for each use (`CKA_ALWAYS_AUTHENTICATE`, PKCS#11 2.40
//! section 4.9). The PIN is given between the beginning of the signature and its end, and kept by nobody.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::session::UserType;

use super::lattice;
use super::protocol::{Fault, Hash, Hashing, Signing};
use super::session::{Session, auth_pin};
use crate::secret::SecretBytes;

impl Session {
    /// Signs a message; without a PIN the token's reader asks for it.
    pub(super) fn sign_anew(
        &mut self,
        id: &[u8],
        with: Hashing,
        message: &[u8],
        pin: Option<&SecretBytes>,
    ) -> Result<Vec<u8>, Fault> {
        let key = self.key(id)?;
        let session = self.session()?;
        let pin = pin.map(auth_pin).transpose()?;
        session.sign_init(&mechanism(with), key)?;
        session.login(UserType::ContextSpecific, pin.as_ref()).inspect_err(|_| {
            // The signature that was begun ends here, unsigned, so that another can be begun (PKCS#11 2.40 section 5.11).
            let _ = session.sign_final();
        })?;
        drop(pin);
        session.sign_update(message)?;
        Ok(session.sign_final()?)
    }
}

fn mechanism(Hashing { with, hash }: Hashing) -> Mechanism<'static> {
    match (with, hash) {
        (Signing::Ecdsa, Hash::Sha256) => Mechanism::EcdsaSha256,
        (Signing::Ecdsa, Hash::Sha384) => Mechanism::EcdsaSha384,
        (Signing::Ecdsa, Hash::Sha512) => Mechanism::EcdsaSha512,
        (Signing::RsaPkcs, Hash::Sha256) => Mechanism::Sha256RsaPkcs,
        (Signing::RsaPkcs, Hash::Sha384) => Mechanism::Sha384RsaPkcs,
        (Signing::RsaPkcs, Hash::Sha512) => Mechanism::Sha512RsaPkcs,
        (Signing::RsaPss, _) => Mechanism::Sha256RsaPkcsPss(PkcsPssParams {
            hash_alg: MechanismType::SHA256,
            mgf: PkcsMgfType::MGF1_SHA256,
            s_len: 32.into(),
        }),
        (Signing::Eddsa, _) => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
        (Signing::MlDsa, _) => lattice::mechanism(),
    }
}
