//! How words of the command line are read: purposes, algorithms, formats, dates.

use crate::model::time::{DayEdge, parse_date};
use crate::model::{Algorithm, Format, Purpose, StoreKind, Time};

use super::end::Failure;
use super::session::Session;

/// A word that is none of those there are.
fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    format!("“{}” is no {what}; there are: {}", crate::model::name::shown(word), known.join(", "))
}

pub(super) fn purpose(word: &str) -> Result<Purpose, String> {
    Purpose::from_id(word).ok_or_else(|| unknown("purpose", word, Purpose::ALL.map(Purpose::id)))
}

pub(super) fn algorithm(word: &str) -> Result<Algorithm, String> {
    Algorithm::from_id(word).ok_or_else(|| unknown("algorithm", word, Algorithm::ALL.map(Algorithm::id)))
}

pub(super) fn store_kind(word: &str) -> Result<StoreKind, String> {
    StoreKind::from_id(word).ok_or_else(|| unknown("kind of store", word, StoreKind::ALL.map(StoreKind::id)))
}

/// The form of a public half.
pub(super) fn public_format(word: &str) -> Result<Format, String> {
    let found = Format::from_id(word).filter(|format| Format::PUBLIC.contains(format));
    found.ok_or_else(|| unknown("form of a public key", word, Format::PUBLIC.map(Format::id)))
}

/// The form of a request.
pub(super) fn request_format(word: &str) -> Result<Format, String> {
    match word {
        "pem" | "request-pem" => Ok(Format::RequestPem),
        "der" | "request-der" => Ok(Format::RequestDer),
        _ => Err(unknown("form of a request", word, ["pem", "der"])),
    }
}

/// The form in which something was handed over.
pub(super) fn format(word: &str) -> Result<Format, String> {
    Format::from_id(word).ok_or_else(|| unknown("form", word, Format::ALL.map(Format::id)))
}

/// A date in the person's zone; spans count from now.
pub(super) fn date(text: &str, session: &Session, edge: DayEdge) -> Result<Time, Failure> {
    let zone = &session.custodian.environment().zone;
    parse_date(text, session.custodian.now(), zone, edge).map_err(|error| Failure::wrong_use(format!("{error}.")))
}
