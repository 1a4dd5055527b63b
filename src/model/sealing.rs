//! What can be sealed to whom: which keys of a recipient fit which form, and how the recipient opens the file.

use super::algorithm::Algorithm;
use super::handover::Format;
use super::recipient::{RecipientKey, RecipientKeyKind};
use super::time::Time;

/// A recipient with the key of it that a form takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTo {
    /// Who.
    pub name: Box<str>,
    /// With which key.
    pub key: RecipientKey,
}

/// Nothing can be sealed so. No secret was touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Nobody was named.
    #[error("Name at least one recipient")]
    Nobody,
    /// No such recipient.
    #[error("There is no recipient “{0}” in the address book. Add it first, with its public key")]
    Unknown(String),
    /// It has no key that the form takes.
    #[error("{name} has no {wanted}, to which {format} seals. Add one, or choose another form")]
    NoKey {
        /// The recipient.
        name: String,
        /// The form.
        format: &'static str,
        /// Which keys would fit.
        wanted: &'static str,
    },
    /// What it has may not be used any more.
    #[error("The {kind} of {name} expired on {since}. Ask for a new one; nothing was sealed")]
    Expired {
        /// The recipient.
        name: String,
        /// Which kind of key.
        kind: &'static str,
        /// Since when.
        since: String,
    },
    /// What it has may not be used yet.
    #[error("The {kind} of {name} is valid only from {from} on. Nothing was sealed")]
    NotYet {
        /// The recipient.
        name: String,
        /// Which kind of key.
        kind: &'static str,
        /// From when on.
        from: String,
    },
    /// No one form fits all of them.
    #[error("No one form fits all of these recipients: {0}. Seal to them one at a time")]
    NoCommonForm(String),
    /// The form is for one cloud service.
    #[error("A file of this form ({0}) is for one cloud service. Name one recipient")]
    One(&'static str),
}

impl Format {
    /// A sealed form takes public keys of this kind.
    pub const fn seals_to(self, kind: RecipientKeyKind) -> bool {
        match self {
            Self::Age => kind.opens_age(),
            Self::Cms => matches!(kind, RecipientKeyKind::Certificate),
            Self::ByokAws | Self::ByokAzure | Self::ByokGcp => matches!(kind, RecipientKeyKind::WrappingKey),
            _ => false,
        }
    }

    /// The keys that a sealed form takes, in words.
    pub const fn seals_to_words(self) -> &'static str {
        match self {
            Self::Age => "age or SSH key",
            Self::Cms => "certificate",
            _ => "wrapping key",
        }
    }

    /// The form in which a key of an algorithm is wrapped under one of another, where nothing else was asked for; RSA-OAEP
    /// alone where the key is sure to fit, which symmetric ones are.
    pub const fn usual_under(under: Algorithm, wrapped: Algorithm) -> Self {
        match (under.is_symmetric(), wrapped.is_symmetric()) {
            (true, _) => Self::AesKwp,
            (false, true) => Self::RsaOaep,
            (false, false) => Self::RsaAesKwp,
        }
    }

    /// The forms in which a key can be wrapped under one of an algorithm.
    pub const fn under(under: Algorithm) -> &'static [Self] {
        if under.is_symmetric() { &[Self::AesKwp, Self::AesKw] } else { &[Self::RsaOaep, Self::RsaAesKwp] }
    }

    /// How whoever gets a file of this form opens it, as a command with words in capitals to be filled in.
    pub const fn opened_by(self) -> Option<&'static str> {
        match self {
            Self::Age => Some("age -d -i KEY FILE"),
            Self::Cms => Some("openssl cms -decrypt -inform DER -in FILE -recip CERTIFICATE -inkey KEY"),
            Self::ByokAws => {
                Some("aws kms import-key-material --key-id ID --encrypted-key-material fileb://FILE --import-token fileb://TOKEN")
            }
            Self::ByokAzure => Some("az keyvault key import --vault-name VAULT --name NAME --byok-file FILE"),
            Self::ByokGcp => Some(
                "gcloud kms keys versions import --import-job JOB --location LOCATION --keyring RING --key KEY --algorithm ALGORITHM --wrapped-key-file FILE",
            ),
            _ => None,
        }
    }

    /// What the cloud service calls the way in which a key of this kind is wrapped.
    pub const fn service_method(self, symmetric: bool) -> Option<&'static str> {
        match (self, symmetric) {
            (Self::ByokAws, true) => Some("RSAES_OAEP_SHA_256"),
            (Self::ByokAws, false) => Some("RSA_AES_KEY_WRAP_SHA_256"),
            (Self::ByokAzure, _) => Some("CKM_RSA_AES_KEY_WRAP"),
            (Self::ByokGcp, true) => Some("rsa-oaep-3072-sha256 or rsa-oaep-4096-sha256, by the size of the wrapping key"),
            (Self::ByokGcp, false) => {
                Some("rsa-oaep-3072-sha256-aes-256 or rsa-oaep-4096-sha256-aes-256, by the size of the wrapping key")
            }
            _ => None,
        }
    }
}

impl RecipientKey {
    /// Why its dates do not let it be used now.
    pub fn dated_out(&self, name: &str, now: Time) -> Option<SealFault> {
        let (name, kind) = (super::name::shown(name).into_owned(), self.kind.name());
        match (self.begins, self.expires) {
            (_, Some(expires)) if expires <= now => Some(SealFault::Expired { name, kind, since: day(expires) }),
            (Some(begins), _) if begins > now => Some(SealFault::NotYet { name, kind, from: day(begins) }),
            _ => None,
        }
    }
}

fn day(time: Time) -> String {
    time.timestamp().strftime("%Y-%m-%d").to_string()
}
