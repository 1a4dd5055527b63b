//! The address of a server as a person types it: `https://vault.example:8200`.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// Where a server listens. It holds no name, no password and no query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    base: Box<str>,
    host: Box<str>,
}

/// An address that is not taken. It never repeats what was typed, which may hold a password.
#[derive(Debug, Copy, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It is no address at all.
    #[error("This is no address of a server. Write it as https://vault.example:8200")]
    Unreadable,
    /// Something else than HTTP.
    #[error("The address of a server begins with https://")]
    Scheme,
    /// A token sent over it could be read on the way.
    #[error(
        "http:// would send the token in clear over the network. Use https://; http:// is taken for this machine's own addresses only."
    )]
    Clear,
    /// A name or a password stands in it.
    #[error("An address with a name or a password in it is not taken: log in instead.")]
    Credentials,
    /// There is more behind it.
    #[error("The address of a server ends before “?” and “#”.")]
    Query,
}

impl Endpoint {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        if text.contains(['?', '#']) {
            return Err(AddressFault::Query);
        }
        let uri: Uri = text.parse().map_err(|_| AddressFault::Unreadable)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(AddressFault::Unreadable) };
        if authority.as_str().contains('@') {
            return Err(AddressFault::Credentials);
        }
        let host = authority.host().trim_matches(['[', ']']);
        match scheme {
            "https" => {}
            "http" if is_this_machine(host) => {}
            "http" => return Err(AddressFault::Clear),
            _ => return Err(AddressFault::Scheme),
        }
        if host.is_empty() {
            return Err(AddressFault::Unreadable);
        }
        let machine = authority.as_str().to_ascii_lowercase();
        let base = format!("{scheme}://{machine}{}", uri.path().trim_end_matches('/'));
        Ok(Self { base: base.into(), host: host.to_ascii_lowercase().into() })
    }

    /// The name or address of the machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// It is this machine itself, which no proxy stands before.
    pub(super) fn is_this_machine(&self) -> bool {
        is_this_machine(&self.host)
    }

    /// The address of something at this server.
    pub(super) fn with(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// Whether an address lies at this server, as the target of a redirect.
    pub fn covers(&self, address: &str) -> bool {
        let rest = address.get(..self.base.len()).filter(|start| start.eq_ignore_ascii_case(&self.base));
        rest.is_some() && matches!(address.as_bytes().get(self.base.len()), None | Some(b'/' | b'?'))
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (typed, written) in [
            ("https://Vault.example:8200/", "https://vault.example:8200"),
            (" https://[2001:db8::1]:8200", "https://[2001:db8::1]:8200"),
            ("http://127.0.0.1:8200", "http://127.0.0.1:8200"),
            ("http://[::1]:8200", "http://[::1]:8200"),
            ("http://localhost", "http://localhost"),
            ("https://gate.example/vault/", "https://gate.example/vault"),
        ] {
            assert_eq!(Endpoint::parse(typed).unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for (typed, fault) in [
            ("", AddressFault::Unreadable),
            ("vault.example:8200", AddressFault::Unreadable),
            ("ftp://vault.example", AddressFault::Scheme),
            ("http://vault.example:8200", AddressFault::Clear),
            ("http://127.0.0.1.example", AddressFault::Clear),
            ("https://root:hunter2@vault.example", AddressFault::Credentials),
            ("https://vault.example/?token=hunter2", AddressFault::Query),
            ("https://", AddressFault::Unreadable),
        ] {
            assert_eq!(Endpoint::parse(typed), Err(fault), "{typed}");
            assert!(!fault.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_redirect_leads_to_a_server_only_where_all_of_its_address_stands() {
        let endpoint = Endpoint::parse("https://a.example:8200").unwrap();
        assert!(endpoint.covers("https://A.example:8200/v1/sys/health"));
        assert!(!endpoint.covers("https://a.example:82001/v1/sys"));
        assert!(!endpoint.covers("https://a.example:8200.evil.example/v1"));
        assert!(!endpoint.covers("http://a.example:8200/v1"));
    }
}
