//! Looking at servers: the handshake up to the proof of their key, and not a byte more.
//!
//! It never logs in, asks for nothing and remembers nothing. Whatever certificate comes is taken down
//! first and judged afterwards, because a person wants to see the wrong ones most of all.

mod dial;
mod fault;
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
