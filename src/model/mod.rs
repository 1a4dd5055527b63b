//! Pure facts and rules: no I/O, no clock (time is an argument), no randomness, no secrets.

pub mod alert;
pub mod algorithm;
pub mod certificate;
pub mod command;
pub mod event;
pub mod handover;
pub mod hex;
pub mod ids;
pub mod inventory;
pub mod key;
pub mod name;
pub mod purpose;
pub mod query;
pub mod sentence;
pub mod state;
pub mod store;
pub mod time;
pub mod transition;

pub use alert::{Alert, AlertKind, Conditions, Urgency};
pub use algorithm::Algorithm;
pub use certificate::{CertificateFacts, ExtendedKeyUsage, KeyUsage, RequestProfile};
pub use command::{Activation, Command, KeySpec, Target};
pub use event::{Edit, Event, Intent, NewKey, NewVersion, Record, VersionRef};
pub use handover::{Format, HandOver, ssh_fingerprint};
pub use ids::{Digest, IdError, InstallationId, InventoryId, KeyId, OperationId};
pub use inventory::{ApplyError, Changes, Inventory, RuleError};
pub use key::{Key, Locator, Version};
pub use purpose::{Purpose, PurposeDefaults};
pub use query::{Query, QueryError};
pub use state::{Life, State, Suspension, Use};
pub use store::{Store, StoreKind};
pub use time::{DateError, DayEdge, Time};
pub use transition::{Refusal, Transition};
