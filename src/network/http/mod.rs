//! Requests over HTTP and TLS with an end: in time, in bytes, and when a person stops them. What the other
//! side means by its answers is the business of those who ask (`bao`).

mod client;
mod endpoint;
mod fault;
mod identity;

pub use client::{Answer, Bounds, Http, Method, Request};
pub use endpoint::{AddressFault, Endpoint};
pub(in crate::network) use fault::clean;
pub use fault::{Distrust, HttpError};
pub use identity::{Identity, Roots};
