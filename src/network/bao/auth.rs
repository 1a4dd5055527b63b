//! Ways to log in: AppRole, userpass and a TLS certificate. A token as it is needs none of them; the browser has a file of
//! its own (`oidc`).

use serde_json::json;

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::name::segment;
use super::server::Server;
use super::session::{TokenFacts, WithAuth};
use crate::secret::{Passphrase, SecretBytes};

/// Who logs in, and with what.
pub enum Login {
    /// With a token that exists.
    Token(SecretBytes),
    /// As a machine.
    AppRole {
        /// Where the method is enabled, usually `approle`.
        mount: String,
        /// The role's id.
        role: String,
        /// The secret id.
        secret_id: SecretBytes,
    },
    /// By name and password.
    UserPass {
        /// Where the method is enabled, usually `userpass`.
        mount: String,
        /// The name.
        user: String,
        /// The password.
        password: Passphrase,
    },
    /// With the certificate of the connection.
    Certificate {
        /// Where the method is enabled, usually `cert`.
        mount: String,
        /// The role; the server finds one that fits where none is named.
        role: Option<String>,
    },
}

impl Server {
    /// Logs in. What was given is sent once and never tried again by itself.
    pub fn log_in(&self, login: Login) -> Result<TokenFacts, BaoError> {
        match login {
            Login::Token(token) => self.log_in_with_token(token),
            Login::AppRole { mount, role, secret_id } => {
                let secret =
                    std::str::from_utf8(secret_id.expose()).map_err(|_| refused("AppRole", "its secret id is no text"))?;
                let body = json!({ "role_id": role, "secret_id": secret });
                self.log_in_at(&format!("auth/{}/login", segment(&mount)?), &mount, "AppRole", &body)
            }
            Login::UserPass { mount, user, password } => {
                let path = format!("auth/{}/login/{}", segment(&mount)?, segment(&user)?);
                self.log_in_at(&path, &mount, "userpass", &json!({ "password": password.expose() }))
            }
            Login::Certificate { mount, role } => {
                let path = format!("auth/{}/login", segment(&mount)?);
                self.log_in_at(&path, &mount, "certificate", &role.map_or_else(|| json!({}), |role| json!({ "name": role })))
            }
        }
    }

    fn log_in_at(&self, path: &str, mount: &str, login: &'static str, body: &serde_json::Value) -> Result<TokenFacts, BaoError> {
        let call = Call { with_token: false, login, ..Call::change(path, mount, body)? };
        // A login that broke off may have used up a secret id that is good for one time; it is not sent twice.
        let answer = self.call(&call)?;
        let found: WithAuth = answer::read(&answer, &self.address())?;
        let auth =
            found.auth.ok_or_else(|| BaoError::Unreadable { address: self.address(), what: "it gives no token".into() })?;
        self.log_in_as(auth)
    }
}

fn refused(method: &'static str, reason: &str) -> BaoError {
    BaoError::LoginRefused { method, reason: reason.to_owned() }
}
