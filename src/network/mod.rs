//! Servers: looking at them, and asking those that hold keys.
//!
//! Looking is the handshake up to the proof of their key, and not a byte more. It never logs in, asks for nothing and
//! remembers nothing. Whatever certificate comes is taken down first and judged afterwards, because a person wants to
//! see the wrong ones most of all.
//!
//! Asking (`http`, `bao`; feature `openbao`) sends nothing before a certificate was found good.

#[cfg(feature = "openbao")]
pub mod bao;
mod dial;
mod fault;
#[cfg(feature = "openbao")]
pub mod http;
mod pool;
mod ssh;
mod ssh_packet;
mod starttls;
mod tls;
mod trust;

pub use dial::Cancel;
pub use fault::ProbeError;
pub use pool::{Look, TIMEOUT, look};
pub use trust::{standing, trust};
