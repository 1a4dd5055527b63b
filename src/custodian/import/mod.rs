//! Bringing in what lies elsewhere: files are read and shown first, then what a person chose is
//! stored, whole or not at all.
//!
//! A [`Reading`] holds the secrets of the files while a person looks at what was found; everything
//! above sees [`Object`]s only, which hold none.

#[cfg(test)]
mod bad_input;
mod beside;
mod compare;
mod intake;
mod names;
mod object;
mod purpose;
mod read;
mod sources;
mod store;

pub use crate::formats::found::Reason;
pub use beside::Beside;
pub(in crate::custodian) use compare::unidentified;
pub use intake::Intake;
pub use object::{Ended, Facts, Link, Object, Verdict, form_name};
pub(in crate::custodian) use read::objects_of;
pub use read::{Reading, read};
pub(in crate::custodian) use sources::load;
pub use sources::{PASTED, Source};
pub use store::Choice;
pub(in crate::custodian) use store::identified;

/// The largest file that is read, in bytes.
pub use crate::formats::limits::FILE as LARGEST;
