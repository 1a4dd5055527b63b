//! The PKI secrets engine: requests signed by a role, certificates revoked, the chain of its authority.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::name;
use super::server::Server;
use crate::formats::certificate::{self, Parsed};
use crate::formats::request;
use crate::model::{Der, Time};

/// The PKI secrets engine at a mount.
pub struct Pki<'a> {
    server: &'a Server,
    mount: &'a str,
}

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate, with its issuers as its chain, the nearest first.
    pub certificate: Parsed,
    /// Its serial number as the engine writes it, by which it is revoked: `12:ab:…`.
    pub serial: Box<str>,
}

#[derive(Deserialize)]
struct Signed {
    certificate: String,
    #[serde(default)]
    issuing_ca: String,
    #[serde(default)]
    ca_chain: Vec<String>,
    serial_number: String,
}

#[derive(Deserialize)]
struct Chain {
    #[serde(default)]
    certificate: String,
    #[serde(default)]
    ca_chain: Value,
}

#[derive(Deserialize)]
struct Revoked {
    revocation_time: i64,
}

impl Server {
    /// The PKI secrets engine at a mount.
    pub const fn pki<'a>(&'a self, mount: &'a str) -> Pki<'a> {
        Pki { server: self, mount }
    }
}

impl Pki<'_> {
    /// Has a request (DER) signed by a role. It is sent once: where the connection breaks, a certificate may have been issued
    /// that nobody has, and the error says so.
    pub fn sign(&self, role: &str, request_der: &[u8], days: Option<u32>) -> Result<Issued, BaoError> {
        let csr = String::from_utf8(request::to_pem(request_der)).unwrap_or_default();
        let mut body = json!({ "csr": csr, "format": "pem" });
        if let Some(days) = days {
            body["ttl"] = json!(format!("{}h", u64::from(days) * 24));
        }
        let path = format!("{}/sign/{}", name::segment(self.mount)?, name::segment(role)?);
        let answer = self.server.call(&Call::change(&path, self.mount, &body)?)?;
        let signed: Signed = answer::data(&answer, &self.server.address())?;
        let unreadable =
            || BaoError::Unreadable { address: self.server.address(), what: "its certificate cannot be read".into() };
        let mut certificate = certificate::read(signed.certificate.as_bytes()).map_err(|_| unreadable())?;
        let wanted = request::verify(request_der).map_err(|_| BaoError::Invalid("the request cannot be read".into()))?;
        if certificate.public_key != wanted.public_key {
            return Err(BaoError::Swapped("the certificate".into()));
        }
        let chain = if signed.ca_chain.is_empty() { vec![signed.issuing_ca] } else { signed.ca_chain };
        let others: Vec<_> = certificates(&chain).into_iter().map(|parsed| parsed.facts).collect();
        certificate.facts.chain = certificate::issuers(&certificate.facts, &others.iter());
        Ok(Issued { certificate, serial: signed.serial_number.into() })
    }

    /// Revokes a certificate by its serial number, and returns since when. One that is revoked already stays so.
    pub fn revoke(&self, serial: &str) -> Result<Time, BaoError> {
        let path = format!("{}/revoke", name::segment(self.mount)?);
        let answer = self.server.call(&Call::compute(&path, self.mount, &json!({ "serial_number": serial }))?)?;
        let revoked: Revoked = answer::data(&answer, &self.server.address())?;
        Ok(Time::from_second(revoked.revocation_time))
    }

    /// The certificates of its authority, the one that issues first.
    pub fn chain(&self) -> Result<Vec<Der>, BaoError> {
        let path = format!("{}/cert/ca_chain", name::segment(self.mount)?);
        let answer = self.server.call(&Call::read(&path, self.mount))?;
        let chain: Chain = answer::data(&answer, &self.server.address())?;
        // Versions write it as one text or as several.
        let texts = match chain.ca_chain {
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(text) if !text.is_empty() => vec![text],
            _ => vec![chain.certificate],
        };
        Ok(certificates(&texts).into_iter().map(|parsed| Der(parsed.facts.der)).collect())
    }
}

fn certificates(texts: &[String]) -> Vec<Parsed> {
    texts.iter().filter_map(|text| certificate::read_all(text.as_bytes()).ok()).flatten().collect()
}
