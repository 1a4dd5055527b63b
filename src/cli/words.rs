//! The words of the model as clap takes them; the words themselves stand in the model.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::model::{Algorithm, Format, Purpose, StoreKind};

/// A choice of the model under its command-line word.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident($model:ty) = $all:expr, $id:expr) => {
        $(#[$doc])*
        #[derive(Copy, Clone)]
        pub struct $name(pub $model);

        impl ValueEnum for $name {
            fn value_variants<'a>() -> &'a [Self] {
                const { &$all }
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                let id: fn($model) -> &'static str = $id;
                Some(PossibleValue::new(id(self.0)))
            }
        }
    };
}

word!(
    /// A kind of store.
    StoreWord(StoreKind) = [Self(StoreKind::Keychain), Self(StoreKind::Files), Self(StoreKind::FilesByKeychain)],
    StoreKind::id
);

word!(
    /// What a key is for.
    PurposeWord(Purpose) = [
        Self(Purpose::TlsServer),
        Self(Purpose::TlsClient),
        Self(Purpose::Ssh),
        Self(Purpose::CodeSigning),
        Self(Purpose::DocumentSigning),
        Self(Purpose::TokenSigning),
        Self(Purpose::RootOfTrust),
        Self(Purpose::Custom)
    ],
    Purpose::id
);

word!(
    /// An algorithm.
    AlgorithmWord(Algorithm) = [
        Self(Algorithm::Ed25519),
        Self(Algorithm::EcdsaP256),
        Self(Algorithm::EcdsaP384),
        Self(Algorithm::Rsa2048),
        Self(Algorithm::Rsa3072),
        Self(Algorithm::Rsa4096),
        Self(Algorithm::MlDsa44),
        Self(Algorithm::MlDsa65),
        Self(Algorithm::MlDsa87)
    ],
    Algorithm::id
);

word!(
    /// The form of a public key.
    FormatWord(Format) =
        [Self(Format::SpkiPem), Self(Format::SpkiDer), Self(Format::OpenSsh), Self(Format::Jwk)],
    Format::id
);

/// The form of a request.
#[derive(Copy, Clone, ValueEnum)]
pub enum RequestFormatWord {
    /// Text.
    Pem,
    /// Binary.
    Der,
}

impl RequestFormatWord {
    /// The model's word.
    pub const fn format(self) -> Format {
        match self {
            Self::Pem => Format::RequestPem,
            Self::Der => Format::RequestDer,
        }
    }
}
