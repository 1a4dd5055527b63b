//! Pure facts and rules: no I/O, no clock (time is an argument), no randomness, no secrets.

pub mod algorithm;
pub mod certificate;
pub mod handover;
pub mod hex;
pub mod ids;
pub mod key;
pub mod purpose;
pub mod state;
pub mod time;

pub use algorithm::Algorithm;
pub use certificate::{CertificateFacts, ExtendedKeyUsage, KeyUsage, RequestProfile};
pub use handover::{Format, HandOver};
pub use ids::{Digest, IdError, InstallationId, InventoryId, KeyId, OperationId};
pub use key::{Key, Locator, Version};
pub use purpose::{Purpose, PurposeDefaults};
pub use state::{Life, State, Suspension, Use};
pub use time::{DateError, DayEdge, Time};
