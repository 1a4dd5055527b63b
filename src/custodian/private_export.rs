//! Handing out private halves under a passphrase, or in clear once the key's name was typed.

use std::path::PathBuf;

use super::core::Custodian;
use super::error::CustodianError;
use super::leaving::{Leaving, Taken, holds_all};
use super::outcome::Outcome;
use super::passphrase::{at_least, least_score};
use crate::formats::leaving;
use crate::model::name;
use crate::model::{Format, RuleError, VersionRef};
use crate::secret::Passphrase;

/// What is to leave, how, to whom and where to. It carries a passphrase, so it derives nothing.
pub struct PrivateExport {
    /// Which versions.
    pub versions: Vec<VersionRef>,
    /// In which form: one of [`Format::PRIVATE`].
    pub format: Format,
    /// Who gets it; the person who asks where nobody is named.
    pub recipient: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// The person agreed to replace what is there.
    pub replace: bool,
    /// What is to open it; none for forms in clear.
    pub passphrase: Option<Passphrase>,
    /// For forms in clear: the name of the key, typed by the person.
    pub typed_name: Option<String>,
}

impl Custodian {
    /// Writes private halves to a file that only its owner may read.
    pub fn export_private(&self, wanted: &PrivateExport) -> Result<Outcome, CustodianError> {
        self.take_up();
        let recipients = vec![self.recipient_or_self(wanted.recipient.as_deref())?];
        self.check_private(wanted)?;
        let (versions, format) = (&wanted.versions[..], wanted.format);
        let (path, replace) = (wanted.path.as_path(), wanted.replace);
        let leaving = Leaving { versions, format, recipients, under: None, path, replace, still: &|_, _| Ok(()) };
        let (written, taken) = self.leave(&leaving, &|taken| {
            let entries: Vec<_> = taken.iter().map(Taken::entry).collect();
            let bytes = leaving::write_private(&entries, format, wanted.passphrase.as_ref())?;
            if holds_all(bytes.expose(), wanted.passphrase.as_ref(), taken) {
                Ok(bytes)
            } else {
                Err(CustodianError::Unreadable(format.name()))
            }
        })?;
        let keys = wanted.versions.iter().map(|of| of.key).collect();
        let notice = without_certificate(format, &taken);
        Ok(Outcome { keys, written: Some(written), notice, ..Outcome::default() })
    }

    /// Who gets something: the one who was named, or the person who asks.
    pub(super) fn recipient_or_self(&self, named: Option<&str>) -> Result<Box<str>, CustodianError> {
        Ok(name::parse(named.unwrap_or(&self.environment().actor)).map_err(RuleError::from)?)
    }

    /// What can be said before a secret is touched.
    fn check_private(&self, wanted: &PrivateExport) -> Result<(), CustodianError> {
        let keys = self.may_all_leave(&wanted.versions)?;
        keys.iter().try_for_each(|(name, algorithm)| leaving::check(name, *algorithm, wanted.format))?;
        if wanted.format.is_encrypted() {
            let passphrase = wanted.passphrase.as_ref().ok_or(CustodianError::OutputPassphraseNeeded)?;
            return at_least(passphrase, least_score(wanted.format));
        }
        let typed = wanted.typed_name.as_deref().map(name::normal);
        match (&keys[..], typed) {
            ([(name, _)], Some(typed)) if **name == *typed => Ok(()),
            ([(name, _)], _) => Err(CustodianError::NameNotTyped(name::shown(name).into_owned())),
            _ => Err(CustodianError::Input("In clear one key leaves at a time, under its typed name.".into())),
        }
    }
}

/// Some programs ignore a key of a keystore that has no certificate.
fn without_certificate(format: Format, taken: &[Taken]) -> Option<String> {
    let keystore = matches!(format, Format::Pkcs12 | Format::Pkcs12Legacy);
    let bare = taken.iter().find(|one| one.version.certificate.is_none()).filter(|_| keystore)?;
    Some(format!(
        "{} has no certificate here, and Java and NSS ignore keys without one. Attach it first if the file is for them.",
        name::shown(&bare.name)
    ))
}
