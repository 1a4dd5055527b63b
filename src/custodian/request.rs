//! Certificate requests: signed where the key lies.

use super::core::Custodian;
use super::error::CustodianError;
use super::export::Aim;
use super::identity::here;
use super::outcome::Outcome;
use crate::crypto;
use crate::formats::request::{self, RequestError};
use crate::model::name;
use crate::model::{Format, Intent, RequestProfile, RuleError, Target, Use, VersionRef};

impl Custodian {
    /// Makes a request, writes it, verifies what can be read there, and keeps its subject, names
    /// and usages with the version.
    pub(super) fn request(
        &self,
        of: VersionRef,
        profile: &RequestProfile,
        format: Format,
        recipient: Option<&str>,
        target: &Target,
    ) -> Result<Outcome, CustodianError> {
        let recipient = recipient.map(name::parse).transpose().map_err(RuleError::from)?;
        let aim = Aim::of(target)?;
        let (spki, der) = self.signed_request(of, profile)?;
        let bytes = if format == Format::RequestDer { der } else { request::to_pem(&der) };
        let (path, sha256) = (aim.name(), crypto::sha256(&bytes));
        let operation =
            self.begin(Intent::Request { version: of, profile: Box::new(profile.clone()), format, recipient, path, sha256 })?;
        let verify = |written: &[u8]| request::verify(written).is_ok_and(|found| found.public_key == spki);
        match self.put(&aim, bytes, verify) {
            Ok(outcome) => {
                self.done(&operation).map_err(|error| error.after_writing(outcome.written.as_ref()))?;
                Ok(Outcome { keys: vec![of.key], ..outcome })
            }
            Err(error) => {
                self.failed(&operation, &error.to_string());
                Err(error)
            }
        }
    }

    /// The public key of a version and a request of it, in DER, signed where the key lies.
    pub(super) fn signed_request(
        &self,
        of: VersionRef,
        profile: &RequestProfile,
    ) -> Result<(Box<[u8]>, Vec<u8>), CustodianError> {
        let spki = self.may_prove_possession(of)?;
        let der = request::build(&spki, profile, |message| self.sign(of, message)).map_err(|error| match error {
            RequestError::Input(error) => CustodianError::Request(error.to_string()),
            RequestError::Signing(error) => error,
        })?;
        Ok((spki, der))
    }

    /// The public key of a version whose state permits a request.
    fn may_prove_possession(&self, of: VersionRef) -> Result<Box<[u8]>, CustodianError> {
        let now = self.now();
        self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let name = || name::shown(&key.name).into_owned();
            let version = key.version(of.version).ok_or_else(|| RuleError::NoVersion { name: name(), version: of.version })?;
            let state = version.state(now);
            here(key, version, "used for a request")?;
            if !state.permits(Use::ProvePossession) {
                return Err(CustodianError::State { name: name(), verb: "used for a request", state });
            }
            Ok(version.public_key.clone())
        })
    }

    /// Signs with a version whose secret was checked against the log.
    pub(super) fn sign(&self, of: VersionRef, message: &[u8]) -> Result<Vec<u8>, CustodianError> {
        let (name, version) = self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let version = key
                .version(of.version)
                .ok_or_else(|| RuleError::NoVersion { name: key.name.to_string(), version: of.version })?;
            here(key, version, "used to sign")?;
            Ok::<_, CustodianError>((key.name.clone(), version.clone()))
        })?;
        let locator = &version.locator;
        let signed = self.with_store(&locator.store, |store| {
            if !self.fits(store, &(&version).into())? {
                return Err(CustodianError::Swapped { name: name::shown(&name).into_owned(), store: locator.store.to_string() });
            }
            Ok(store.sign(&locator.object, version.algorithm, message)?)
        });
        self.note_secret(of.key, signed.as_ref().err());
        signed
    }
}
