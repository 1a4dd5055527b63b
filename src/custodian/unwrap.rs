//! Making a key of what was wrapped under a key that lies in a token: it is unwrapped there and stays there. It came from
//! outside, and that stays on record.

use super::core::Custodian;
use super::error::CustodianError;
use super::inside::new_version;
use super::outcome::Outcome;
use crate::crypto;
use crate::formats::found::Content;
use crate::formats::{certificate, recognise};
use crate::model::name::{self, shown};
use crate::model::{
    Algorithm, Format, Held, Intent, KeyId, Locator, NewKey, NewVersion, OperationId, Origin, Purpose, RuleError, Version,
    VersionRef,
};
use crate::stores::{Unwrapped, Wrapping};

/// The word of the form in which such a key came.
const WRAPPED: &str = "wrapped";

/// What is to be unwrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrap {
    /// What the key is to be called.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is.
    pub algorithm: Algorithm,
    /// Under which version it was wrapped; it lies in a token.
    pub under: VersionRef,
    /// How; the usual way of that version where none is named.
    pub format: Option<Format>,
    /// Where it came from, for the record.
    pub place: String,
    /// What was wrapped.
    pub wrapped: Vec<u8>,
    /// A file with its public half or its certificate. Keys of elliptic curves need it: a token does not work it out.
    pub public: Option<Vec<u8>>,
}

impl Custodian {
    /// Makes a key of what was wrapped, in the token in which the key above it lies.
    pub fn unwrap_key(&self, wanted: &Unwrap) -> Result<Outcome, CustodianError> {
        self.take_up();
        let name = name::parse(&wanted.name).map_err(RuleError::from)?;
        let now = self.now();
        let (under_name, under) = self.read(|inventory| {
            let (key, version) = inventory.may_unwrap(wanted.under, now)?;
            Ok::<_, RuleError>((key.name.clone(), version.clone()))
        })?;
        let store = under.locator.store.clone();
        if self.capabilities_of(&store)?.keys_can_leave {
            let (under, store) = (shown(&under_name), shown(&store));
            return Err(CustodianError::Input(format!(
                "{under} lies in {store}, which gives keys out; keys are unwrapped under keys that stay in a token. Nothing was made."
            )));
        }
        let by = wrapping(&under_name, &under, wanted.format)?;
        let public_key = self.public_half(wanted)?;
        let locator =
            Locator { store: store.clone(), object: OperationId(crypto::random()?).to_string().into(), engine_version: None };
        let key = self.unwrapped_key(wanted, name, &under_name, locator.clone())?;
        let id = key.id;
        let made = Unwrapped { object: &locator.object, algorithm: wanted.algorithm, public_key: &public_key };
        self.make_inside_by(&store, &Intent::Generate { keys: vec![key] }, |store| {
            if !self.fits(store, &(&under).into())? {
                let (name, store) = (shown(&under_name).into_owned(), store.name().to_owned());
                return Err(CustodianError::Swapped { name, store });
            }
            Ok(store.unwrap_into(&under.locator.object, by, &wanted.wrapped, &made)?)
        })?;
        let notice = format!(
            "{} lies in {} now and is not given out from there. It existed outside of it before, so a copy may be somewhere.",
            shown(&wanted.name),
            shown(&store)
        );
        Ok(Outcome { keys: vec![id], notice: Some(notice), ..Outcome::default() })
    }

    fn unwrapped_key(&self, wanted: &Unwrap, name: Box<str>, under: &str, locator: Locator) -> Result<NewKey, CustodianError> {
        let policy = self.read(|inventory| inventory.policy(wanted.purpose).clone());
        let place = format!("{}, under {}", wanted.place, shown(under)).into();
        let origin = Origin { form: WRAPPED.into(), place, held: Held::Here };
        Ok(NewKey {
            id: KeyId(crypto::random()?),
            name,
            purpose: wanted.purpose,
            owner: Box::default(),
            tags: Vec::new(),
            warn_days: super::generate::warnings(&policy.warn_days),
            note: Box::default(),
            version: NewVersion {
                activates: Some(self.now()),
                expires: Some(policy.expiry(self.now())),
                zone: self.env.zone_name().into(),
                origin: Some(Box::new(origin)),
                ..new_version(1, wanted.algorithm, locator, None)
            },
        })
    }

    /// The public half that was named; empty where none was and none is needed.
    fn public_half(&self, wanted: &Unwrap) -> Result<Box<[u8]>, CustodianError> {
        let input = |text: String| Err(CustodianError::Input(text));
        let Some(file) = &wanted.public else {
            let follows = wanted.algorithm.is_symmetric() || wanted.algorithm.is_rsa();
            return if follows {
                Ok(Box::default())
            } else {
                input(format!(
                    "The public half of an {} key does not follow from what is wrapped. Name a file with it, or with its certificate: --public",
                    wanted.algorithm.name()
                ))
            };
        };
        let found = recognise::read(file, &[]).into_iter().find_map(|found| match found.content {
            Ok(Content::Public(spki)) => Some(spki),
            Ok(Content::Certificate(der)) => certificate::read(&der).ok().map(|parsed| parsed.public_key),
            _ => None,
        });
        match found {
            Some(spki) if crypto::algorithm_of(&spki).is_ok_and(|found| found == wanted.algorithm) => Ok(spki),
            Some(_) => input(format!("The public half that was named is not one of an {} key.", wanted.algorithm.name())),
            None => input("The file that was named for the public half holds neither one nor a certificate.".into()),
        }
    }
}

/// How it was wrapped.
fn wrapping(name: &str, under: &Version, format: Option<Format>) -> Result<Wrapping, CustodianError> {
    let usual = if under.algorithm.is_symmetric() { Format::AesKwp } else { Format::RsaOaep };
    match (format.unwrap_or(usual), under.algorithm.is_symmetric()) {
        (Format::AesKw, true) => Ok(Wrapping::AesKw),
        (Format::AesKwp, true) => Ok(Wrapping::AesKwp),
        (Format::RsaOaep, false) => Ok(Wrapping::RsaOaep),
        (other, _) => Err(CustodianError::Input(format!("Under {} nothing is unwrapped as {}.", shown(name), other.id()))),
    }
}
