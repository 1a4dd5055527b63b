//! A real OpenBao server: keys made, used, moved and ended there, certificates issued, logins and their ends, a cluster that
//! loses its leader, and servers that are none.

mod bad;
mod cluster;
mod ends;
mod grammar;
mod keys;
mod leaving;
pub mod logins;
mod pki;
mod policy;
mod revocation;
pub mod server;
mod shell;
mod store;
mod ways;
