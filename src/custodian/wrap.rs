//! Wrapping a key under another one of the inventory, and the check value of symmetric keys.

use std::path::PathBuf;

use super::core::Custodian;
use super::error::CustodianError;
use super::leaving::{Leaving, Taken};
use super::outcome::Outcome;
use crate::crypto;
use crate::formats::leaving::PrivateEntry;
use crate::formats::leaving::wrapped::{self, Under};
use crate::model::name::shown;
use crate::model::{Algorithm, Format, RuleError, Version, VersionRef, hex};
use crate::secret::SecretBytes;
use crate::stores::Wrapping;

/// What is to be wrapped, under what and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// Which version leaves.
    pub version: VersionRef,
    /// Under which.
    pub under: VersionRef,
    /// One of [`Format::WRAPPED`]; where none is named the usual one of both keys.
    pub format: Option<Format>,
    /// Who gets it; the person who asks where nobody is named.
    pub recipient: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// The person agreed to replace what is there.
    pub replace: bool,
}

impl Custodian {
    /// Writes a key wrapped under another one. A pair leaves as PKCS#8, a symmetric key as its bytes.
    pub fn wrap(&self, wanted: &Wrap) -> Result<(Outcome, Format), CustodianError> {
        self.take_up();
        let recipient = self.recipient_or_self(wanted.recipient.as_deref())?;
        let now = self.now();
        let (under_name, under) = self.read(|inventory| {
            let (key, version) = inventory.may_wrap(wanted.under, now)?;
            if wanted.under.key == wanted.version.key {
                return Err(RuleError::WrapsItself(shown(&key.name).into_owned()));
            }
            Ok((key.name.clone(), version.clone()))
        })?;
        let algorithm = self.may_all_leave(&[wanted.version])?.first().map_or(Algorithm::Unknown, |(_, algorithm)| *algorithm);
        let format = wanted.format.unwrap_or_else(|| Format::usual_under(under.algorithm, algorithm));
        let forms = Format::under(under.algorithm);
        if !forms.contains(&format) {
            let ids: Vec<_> = forms.iter().map(|form| form.id()).collect();
            let name = shown(&under_name);
            return Err(CustodianError::Input(format!(
                "Under {name} keys are wrapped as {}, not as {}.",
                ids.join(" or "),
                format.id()
            )));
        }
        let inside = under.algorithm.is_symmetric() && !self.capabilities_of(&under.locator.store)?.keys_can_leave;
        let key = if inside { None } else { self.wrapping_secret(wanted.under, &under_name, &under)? };
        let under_key = match &key {
            Some(key) => Under::Aes(key),
            None if inside => Under::AesInside,
            None => Under::Rsa(&under.public_key),
        };
        let leaving = Leaving {
            versions: &[wanted.version],
            format,
            recipients: vec![recipient],
            under: Some(wanted.under),
            path: &wanted.path,
            replace: wanted.replace,
            still: &|inventory, now| inventory.may_wrap(wanted.under, now).map(drop),
        };
        let (written, taken) = self.leave(&leaving, &|taken| {
            let [one] = taken else { return Err(CustodianError::Input("One key is wrapped at a time.".into())) };
            let bytes = match under_key {
                Under::AesInside => self.wrap_inside(&one.entry(), format, &under_name, &under)?,
                _ => wrapped::wrap(&one.entry(), format, &under_key)?,
            };
            if wrapped::has_form(bytes.expose(), format, &under_key, one.secret.expose().len()) {
                Ok(bytes)
            } else {
                Err(CustodianError::Unreadable(format.name()))
            }
        })?;
        let notice = taken.first().and_then(|one| weaker(&under_name, under.algorithm, one));
        Ok((Outcome { keys: vec![wanted.version.key], written: Some(written), notice, ..Outcome::default() }, format))
    }

    /// Has the token wrap in which the key above lies, and opens again what it wrapped.
    fn wrap_inside(
        &self,
        entry: &PrivateEntry,
        format: Format,
        name: &str,
        under: &Version,
    ) -> Result<SecretBytes, CustodianError> {
        let by = if format == Format::AesKw { Wrapping::AesKw } else { Wrapping::AesKwp };
        if by == Wrapping::AesKw {
            wrapped::check_length(entry)?;
        }
        self.with_store(&under.locator.store, |store| {
            if !self.fits(store, &under.into())? {
                return Err(CustodianError::Swapped { name: shown(name).into_owned(), store: store.name().to_owned() });
            }
            let wrapped = store.wrap(&under.locator.object, by, entry.secret)?;
            if store.unwrap(&under.locator.object, by, &wrapped)?.same_as(entry.secret) {
                Ok(SecretBytes::new(wrapped))
            } else {
                let (name, store) = (shown(name).into_owned(), store.name().to_owned());
                Err(CustodianError::WrapsOtherwise { name, store, format: format.name() })
            }
        })
    }

    /// The secret of an AES key; nothing of an RSA key but its public half is needed.
    fn wrapping_secret(&self, of: VersionRef, name: &str, version: &Version) -> Result<Option<SecretBytes>, CustodianError> {
        version.algorithm.is_symmetric().then(|| self.secret_of(of, name, version)).transpose()
    }

    /// The check value of a symmetric key, as six hexadecimal digits; `None` for a key with a public half. It is worked out
    /// when it is asked for and kept nowhere: 24 bits of a secret are not for a log that anybody may read.
    pub fn check_value(&self, of: VersionRef) -> Result<Option<String>, CustodianError> {
        let (name, version) = self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let missing = || RuleError::NoVersion { name: key.name.to_string(), version: of.version };
            Ok::<_, RuleError>((key.name.clone(), key.version(of.version).ok_or_else(missing)?.clone()))
        })?;
        if !version.algorithm.is_symmetric() || version.held().place().is_some() || version.life.destroyed.is_some() {
            return Ok(None);
        }
        let secret = self.secret_of(of, &name, &version)?;
        Ok(crypto::check_value(version.algorithm, &secret)?.map(|value| hex::encode(&value).to_uppercase()))
    }
}

/// A key is as weak as the one it travels under (SP 800-57 part 1 section 5.6.2).
fn weaker(under_name: &str, under: Algorithm, one: &Taken) -> Option<String> {
    let (above, below) = (under.strength_bits(), one.version.algorithm.strength_bits());
    (above < below).then(|| {
        let (under, name) = (shown(under_name), shown(&one.name));
        format!("{under} has {above} bits of strength and {name} {below}: on its way the key is only as strong as {under}.")
    })
}
