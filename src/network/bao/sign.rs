//! Signatures, their checks and HMACs of a transit engine, one by one and a hundred a request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::transit::Transit;
use super::{base64, base64_of};
use crate::crypto::SignatureHash;
use crate::model::Algorithm;
use crate::network::http::clean;

/// So many are signed with one request.
pub const BATCH: usize = 100;

/// A request is not longer than this, in bytes; servers take 32 MiB.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How a signature is made.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// The hash of the message, made here so that long messages do not travel; `None` where the whole message is signed.
    hash: Option<SignatureHash>,
    /// For RSA, whether it is PKCS#1 v1.5 or PSS.
    padding: Option<&'static str>,
}

impl Scheme {
    /// The scheme by which keys of an algorithm sign here: ECDSA with the hash of its curve, RSA by PKCS#1 v1.5 with SHA-256,
    /// Ed25519 over the message itself. `None` where the engine signs nothing with such keys.
    pub const fn of(algorithm: Algorithm) -> Option<Self> {
        let (hash, padding) = match algorithm {
            Algorithm::Ed25519 => (None, None),
            Algorithm::EcdsaP256 => (Some(SignatureHash::Sha256), None),
            Algorithm::EcdsaP384 => (Some(SignatureHash::Sha384), None),
            Algorithm::EcdsaP521 => (Some(SignatureHash::Sha512), None),
            Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => (Some(SignatureHash::Sha256), Some("pkcs1v15")),
            _ => return None,
        };
        Some(Self { hash, padding })
    }

    /// RSA by PKCS#1 v1.5 with another hash.
    pub const fn pkcs1(hash: SignatureHash) -> Self {
        Self { hash: Some(hash), padding: Some("pkcs1v15") }
    }

    /// RSASSA-PSS with this hash and a salt as long as it.
    pub const fn pss(hash: SignatureHash) -> Self {
        Self { hash: Some(hash), padding: Some("pss") }
    }

    fn input(self, message: &[u8]) -> Cow<'_, [u8]> {
        self.hash.map_or(Cow::Borrowed(message), |hash| Cow::Owned(hash.digest(message)))
    }

    fn body(self, version: Option<u32>) -> Value {
        let mut body = json!({ "marshaling_algorithm": "asn1" });
        if let Some(version) = version {
            body["key_version"] = json!(version);
        }
        if let Some(hash) = self.hash {
            body["prehashed"] = json!(true);
            body["hash_algorithm"] = json!(word(hash));
        }
        if let Some(padding) = self.padding {
            body["signature_algorithm"] = json!(padding);
            body["salt_length"] = json!("hash");
        }
        body
    }
}

const fn word(hash: SignatureHash) -> &'static str {
    match hash {
        SignatureHash::Sha256 => "sha2-256",
        SignatureHash::Sha384 => "sha2-384",
        SignatureHash::Sha512 => "sha2-512",
    }
}

/// One result of a batch.
#[derive(Deserialize)]
struct One {
    signature: Option<String>,
    hmac: Option<String>,
    valid: Option<bool>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Batch {
    batch_results: Vec<One>,
}

impl Transit<'_> {
    /// Signs a message; ECDSA in DER, RSA and Ed25519 as they are. Without a version it is the latest.
    pub fn sign(&self, key: &str, version: Option<u32>, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, BaoError> {
        self.sign_all(key, version, scheme, &[message])?.pop().ok_or_else(|| self.odd("it has no signature"))
    }

    /// Signs messages, [`BATCH`] a request. All of them or none is returned.
    pub fn sign_all(
        &self,
        key: &str,
        version: Option<u32>,
        scheme: Scheme,
        messages: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, BaoError> {
        let path = self.path("sign", key, "")?;
        let inputs: Vec<Value> = messages.iter().map(|message| json!({ "input": base64(&scheme.input(message)) })).collect();
        let found = self.batches(&path, &scheme.body(version), &inputs)?;
        found.into_iter().map(|one| self.bytes(one.signature.as_deref(), version)).collect()
    }

    /// Whether a signature fits, in the server's opinion.
    pub fn verify(&self, key: &str, version: u32, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<bool, BaoError> {
        let path = self.path("verify", key, "")?;
        let signature = format!("vault:v{version}:{}", base64(signature));
        let input = json!({ "input": base64(&scheme.input(message)), "signature": signature });
        let found = self.batches(&path, &scheme.body(None), &[input])?;
        found.first().and_then(|one| one.valid).ok_or_else(|| self.odd("it does not say whether the signature fits"))
    }

    /// HMAC with SHA-256 (FIPS 198-1) over a message.
    pub fn hmac(&self, key: &str, version: Option<u32>, message: &[u8]) -> Result<Vec<u8>, BaoError> {
        let path = self.path("hmac", key, "")?;
        let mut body = json!({ "algorithm": "sha2-256" });
        if let Some(version) = version {
            body["key_version"] = json!(version);
        }
        let found = self.batches(&path, &body, &[json!({ "input": base64(message) })])?;
        self.bytes(found.first().and_then(|one| one.hmac.as_deref()), version)
    }

    /// Sends inputs a hundred at a time, fewer where they are long, and returns a result for each.
    fn batches(&self, path: &str, body: &Value, inputs: &[Value]) -> Result<Vec<One>, BaoError> {
        let mut results = Vec::with_capacity(inputs.len());
        let mut rest = inputs;
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(fitting(rest));
            let mut body = body.clone();
            body["batch_input"] = json!(batch);
            let answer = self.server.call(&Call::compute(path, self.mount, &body)?)?;
            let found: Batch = answer::data(&answer, &self.server.address())?;
            if found.batch_results.len() != batch.len() {
                return Err(self.odd("it has not as many results as were asked for"));
            }
            if let Some(words) = found.batch_results.iter().find_map(|one| one.error.as_deref().filter(|words| !words.is_empty()))
            {
                return Err(BaoError::Invalid(clean(words)));
            }
            results.extend(found.batch_results);
            rest = after;
        }
        Ok(results)
    }

    /// The bytes of `vault:v2:…`, of the version that was asked for.
    fn bytes(&self, text: Option<&str>, version: Option<u32>) -> Result<Vec<u8>, BaoError> {
        let parts = text.and_then(|text| text.strip_prefix("vault:v")).and_then(|rest| rest.split_once(':'));
        let read = parts.and_then(|(number, bytes)| Some((number.parse::<u32>().ok()?, base64_of(bytes)?)));
        match read {
            Some((number, bytes)) if version.is_none_or(|wanted| wanted == number) => Ok(bytes),
            Some(_) => Err(self.odd("it was made with another version of the key than was asked for")),
            None => Err(self.odd("its signature cannot be read")),
        }
    }

    pub(super) fn odd(&self, what: &str) -> BaoError {
        BaoError::Unreadable { address: self.server.address(), what: what.to_owned() }
    }
}

/// How many of these fit into one request; one at least.
fn fitting(inputs: &[Value]) -> usize {
    let mut bytes = 0;
    let fits = |input: &&Value| {
        bytes += input.get("input").and_then(Value::as_str).map_or(0, str::len) + 300;
        bytes <= MOST_BYTES
    };
    inputs.iter().take(BATCH).take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_a_hundred_and_fewer_long_ones() {
        let short: Vec<Value> = (0..250).map(|_| json!({ "input": "aaaa" })).collect();
        assert_eq!(fitting(&short), BATCH);
        assert_eq!(fitting(&short[..7]), 7);
        let long: Vec<Value> = (0..5).map(|_| json!({ "input": "a".repeat(3 * 1024 * 1024) })).collect();
        assert_eq!(fitting(&long), 2);
        assert_eq!(fitting(&[json!({ "input": "a".repeat(20 * 1024 * 1024) })]), 1);
    }
}
