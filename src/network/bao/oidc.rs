//! Logging in through the browser (`OpenID` Connect): the server names a page, the person logs in there, and the page leads
//! back to this machine. What comes back is good for nobody but the server that asked (RFC 8252, section 7.3).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::name::segment;
use super::server::Server;
use super::session::{TokenFacts, WithAuth};
use crate::crypto;
use crate::model::hex;

/// A browser's request is not longer, in bytes.
const MOST_BYTES: usize = 16 * 1024;

const PAGE: &str =
    "<!doctype html><meta charset=utf-8><title>Keystead</title><p>You can close this page and go back to Keystead.";

const METHOD: &str = "browser";

/// A login that waits for the browser.
pub struct BrowserLogin<'a> {
    server: &'a Server,
    mount: String,
    url: String,
    nonce: String,
    listeners: Vec<TcpListener>,
}

#[derive(Deserialize)]
struct Begun {
    auth_url: String,
}

impl Server {
    /// Begins a login through the browser at a mount, usually `oidc`, for a role; the server has one by default where none is
    /// named. It listens on this port of loopback until the login ends.
    pub fn begin_browser_login(&self, mount: &str, role: Option<&str>, port: u16) -> Result<BrowserLogin<'_>, BaoError> {
        let listeners = listen(port)?;
        let nonce = hex::encode(&crypto::random::<20>()?);
        let body = json!({
            "role": role.unwrap_or_default(), "redirect_uri": format!("http://localhost:{port}/oidc/callback"), "client_nonce": nonce,
        });
        let path = format!("auth/{}/oidc/auth_url", segment(mount)?);
        let call = Call { with_token: false, login: METHOD, ..Call::compute(&path, mount, &body)? };
        let begun: Begun = answer::data(&self.call(&call)?, &self.address())?;
        if !begun.auth_url.starts_with("https://") && !begun.auth_url.starts_with("http://") {
            // The server says so where the role is unknown, or does not permit this way back.
            return Err(refused(
                "the server names no page to log in at. The role is unknown, or does not permit the way back to this machine",
            ));
        }
        Ok(BrowserLogin { server: self, mount: mount.to_owned(), url: begun.auth_url, nonce, listeners })
    }
}

fn refused(reason: &str) -> BaoError {
    BaoError::LoginRefused { method: METHOD, reason: reason.to_owned() }
}

/// A login that was given up just now leaves the port within this time.
const LEFT_WITHIN: Duration = Duration::from_millis(300);

fn bind(port: u16) -> std::io::Result<TcpListener> {
    let until = Instant::now() + LEFT_WITHIN;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(cause) if cause.kind() == ErrorKind::AddrInUse && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            bound => return bound,
        }
    }
}

/// On both families, because `localhost` is either.
fn listen(port: u16) -> Result<Vec<TcpListener>, BaoError> {
    let busy = |cause: std::io::Error| {
        refused(&format!("port {port} of this machine, to which the browser comes back, cannot be had ({cause})"))
    };
    let first = bind(port).map_err(busy)?;
    let mut listeners = vec![first];
    listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok());
    for listener in &listeners {
        listener.set_nonblocking(true).map_err(busy)?;
    }
    Ok(listeners)
}

impl BrowserLogin<'_> {
    /// The page that the person opens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the browser to come back, and takes up the token. It is asked often whether nobody waits any more.
    pub fn finish(self, patience: Duration, given_up: &dyn Fn() -> bool) -> Result<TokenFacts, BaoError> {
        let until = Instant::now() + patience;
        let query = loop {
            if self.server.cancel().is_cancelled() || given_up() {
                return Err(BaoError::Cancelled);
            }
            if Instant::now() > until {
                return Err(refused("nobody has logged in in the browser in time"));
            }
            match self.listeners.iter().find_map(|listener| listener.accept().ok()).and_then(|(stream, _)| come_back(stream)) {
                Some(query) => break query?,
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        let path = format!("auth/{}/oidc/callback?{query}&client_nonce={}", segment(&self.mount)?, self.nonce);
        let call =
            Call { with_token: false, login: METHOD, repeat: super::call::Repeat::Never, ..Call::read(&path, &self.mount) };
        let found: WithAuth = answer::read(&self.server.call(&call)?, &self.server.address())?;
        self.server.log_in_as(found.auth.ok_or_else(|| refused("it gives no token"))?)
    }
}

/// What a browser that was led back brings; `None` where it asks for something else, such as an icon.
fn come_back(mut stream: TcpStream) -> Option<Result<String, BaoError>> {
    let head = head(&mut stream)?;
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    let Some(query) = target.strip_prefix("/oidc/callback?") else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return None;
    };
    let length = PAGE.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{PAGE}"
    );
    Some(parameters(query))
}

fn head(stream: &mut TcpStream) -> Option<String> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let mut bytes = Vec::new();
    let mut part = [0; 1_024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) => return None,
            Ok(count) => bytes.extend_from_slice(part.get(..count)?),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        if bytes.len() > MOST_BYTES {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The code and the state, as they came, for the server to check.
fn parameters(query: &str) -> Result<String, BaoError> {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let plain = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~%+/=".contains(letter));
    match (value("code"), value("state")) {
        (Some(code), Some(state)) if plain(code) && plain(state) => Ok(format!("code={code}&state={state}")),
        _ => Err(refused("the page that was to log in sent the browser back without a login")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_and_a_state_come_back() {
        assert_eq!(parameters("state=st_1%3D&code=ab.c&session=x").unwrap(), "code=ab.c&state=st_1%3D");
        for query in ["error=access_denied&state=x", "code=a", "", "code=a b&state=x", "code=a#&state=x"] {
            assert!(parameters(query).is_err(), "{query}");
        }
    }
}
