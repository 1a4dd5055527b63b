//! What an answer says: its data, or which of the known reasons for having none.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::BaoError;
use crate::network::http::{Answer, clean};

/// An answer as a fact.
pub(super) enum Verdict {
    /// It did what it was asked.
    Done,
    /// It did nothing, and another server of the cluster may.
    Elsewhere(Away),
    /// It did nothing, and wants to be asked later.
    Later,
    /// Whether it did anything is not known.
    Unknown(BaoError),
    /// It did nothing, and will not.
    No(Refusal),
}

/// Why one server of a cluster does nothing.
pub(super) enum Away {
    /// Sealed or not initialised; which of the two its health tells.
    Shut,
    /// It knows no leader to pass it on to.
    NoLeader,
    /// It names another.
    Redirect(String),
}

/// Why it will not.
pub(super) enum Refusal {
    Forbidden,
    /// No route: the mount is missing.
    Mount,
    /// Nothing of that name.
    Absent,
    /// A path that this version does not know.
    Path,
    Invalid(String),
}

#[derive(Deserialize, Default)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
}

/// What every answer in JSON has around it.
#[derive(Deserialize)]
struct Whole<T> {
    data: Option<T>,
}

/// Judges an answer by its status and its words. A body that is no JSON is told apart first, whatever the status.
pub(super) fn judge(answer: &Answer, address: &str) -> Verdict {
    let body = answer.body.expose();
    let page = answer.content_type.contains("html") || body.trim_ascii_start().starts_with(b"<");
    if page {
        return Verdict::Unknown(BaoError::WebPage { address: address.to_owned(), status: answer.status });
    }
    let words = words(body);
    match answer.status {
        200..=299 => Verdict::Done,
        301 | 302 | 303 | 307 | 308 => {
            Verdict::Elsewhere(Away::Redirect(answer.location.as_deref().map(clean).unwrap_or_default()))
        }
        400 | 405 | 413 | 415 | 422 => Verdict::No(Refusal::Invalid(words)),
        401 | 403 => Verdict::No(Refusal::Forbidden),
        404 if words.contains("no handler for route") => Verdict::No(Refusal::Mount),
        404 if words.contains("unsupported path") => Verdict::No(Refusal::Path),
        404 => Verdict::No(Refusal::Absent),
        // The state a client asks for is not here yet, or the server is a standby for reading (Vault Enterprise).
        412 | 472 | 473 => Verdict::Elsewhere(Away::NoLeader),
        429 => Verdict::Later,
        501 => Verdict::Elsewhere(Away::Shut),
        503 if words.contains("sealed") => Verdict::Elsewhere(Away::Shut),
        500 | 503 if words.contains("active cluster node not found") || words.contains("local node not active") => {
            Verdict::Elsewhere(Away::NoLeader)
        }
        500 if words.contains("soft-deleted") => Verdict::No(Refusal::Invalid(words)),
        status => Verdict::Unknown(BaoError::Fault { address: address.to_owned(), status, words }),
    }
}

/// The server's own words.
pub(super) fn words(body: &[u8]) -> String {
    let errors: Errors = serde_json::from_slice(body).unwrap_or_default();
    clean(&errors.errors.join("; "))
}

/// The `data` of an answer.
pub(super) fn data<T: DeserializeOwned>(answer: &Answer, address: &str) -> Result<T, BaoError> {
    let whole: Whole<T> = read(answer, address)?;
    whole.data.ok_or_else(|| BaoError::Unreadable { address: address.to_owned(), what: "it has no data".into() })
}

/// The whole of an answer.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer, address: &str) -> Result<T, BaoError> {
    serde_json::from_slice(answer.body.expose()).map_err(|error| fault(&error, answer, address))
}

/// Neither the text of an error nor its place repeats what stood there.
fn fault(error: &serde_json::Error, answer: &Answer, address: &str) -> BaoError {
    let address = address.to_owned();
    if error.is_eof() && !answer.body.expose().is_empty() {
        return BaoError::CutShort { address };
    }
    let json = serde_json::from_slice::<Value>(answer.body.expose()).is_ok();
    let what = if json { "it lacks what such an answer has" } else { "it is no JSON" };
    BaoError::Unreadable { address, what: what.into() }
}
