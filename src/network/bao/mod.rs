//! OpenBao and HashiCorp Vault, asked over their HTTP API: logins, the transit engine and the PKI secrets engine.
//!
//! It knows what the server's words mean and nothing of this inventory. A token never leaves it but in the header of a
//! request to one of the addresses that were given.

mod answer;
mod auth;
mod call;
mod error;
mod health;
mod key_type;
mod name;
mod oidc;
mod pki;
mod server;
mod session;
mod sign;
mod transfer;
mod transit;

pub use auth::Login;
pub use error::{BaoError, Capability};
pub use health::Health;
pub use key_type::KeyType;
pub use oidc::BrowserLogin;
pub use pki::{Issued, Pki};
pub use server::{Connection, Server};
pub use session::TokenFacts;
pub use sign::{BATCH, Scheme};
pub use transit::{NewTransitKey, Transit, TransitConfig, TransitKey, TransitVersion};

use base64ct::Encoding as _;

fn base64(bytes: &[u8]) -> String {
    base64ct::Base64::encode_string(bytes)
}

fn base64url(bytes: &[u8]) -> String {
    base64ct::Base64UrlUnpadded::encode_string(bytes)
}

fn base64_of(text: &str) -> Option<Vec<u8>> {
    base64ct::Base64::decode_vec(text).ok()
}
