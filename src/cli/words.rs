//! How words of the command line are read: purposes, algorithms, formats, dates.

use crate::model::policy::LONGEST_DAYS;
use crate::model::time::{DayEdge, parse_date};
use crate::model::{Algorithm, Confirmation, Figure, Format, Purpose, RevocationReason, SignatureForm, StoreKind, Time, profile};

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

/// The way on which a fingerprint was compared.
pub(super) fn confirmation(word: &str) -> Result<Confirmation, String> {
    Confirmation::from_id(word).ok_or_else(|| unknown("way", word, Confirmation::ALL.map(Confirmation::id)))
}

pub(super) fn algorithm(word: &str) -> Result<Algorithm, String> {
    let aes = [Algorithm::Aes128, Algorithm::Aes192, Algorithm::Aes256];
    let made = Algorithm::from_id(word).filter(|algorithm| algorithm.is_generated() || aes.contains(algorithm));
    made.ok_or_else(|| unknown("algorithm that keys are made with here", word, Algorithm::GENERATED.map(Algorithm::id)))
}

pub(super) fn store_kind(word: &str) -> Result<StoreKind, String> {
    let home = StoreKind::from_id(word).filter(|kind| StoreKind::HOMES.contains(kind));
    home.ok_or_else(|| unknown("kind of store", word, StoreKind::HOMES.map(StoreKind::id)))
}

/// The form of a public half.
pub(super) fn public_format(word: &str) -> Result<Format, String> {
    let found = Format::from_id(word).filter(|format| Format::WITHOUT_SECRET.contains(format));
    found.ok_or_else(|| unknown("form of a public key", word, Format::WITHOUT_SECRET.map(Format::id)))
}

/// The form of a private half.
pub(super) fn private_format(word: &str) -> Result<Format, String> {
    let words = Format::PRIVATE.map(|format| match format {
        Format::OpenSshPrivate => "openssh",
        Format::JwkPrivate => "jwk",
        format => format.id(),
    });
    Format::private_from_id(word).ok_or_else(|| unknown("form of a private key", word, words))
}

/// A form that is sealed to recipients.
pub(super) fn sealed_format(word: &str) -> Result<Format, String> {
    let found = Format::SEALED.into_iter().find(|format| format.id() == word);
    found.ok_or_else(|| unknown("form that is sealed to recipients", word, Format::SEALED.map(Format::id)))
}

/// A form under another key.
pub(super) fn wrapped_format(word: &str) -> Result<Format, String> {
    let found = Format::WRAPPED.into_iter().find(|format| format.id() == word);
    found.ok_or_else(|| unknown("form under another key", word, Format::WRAPPED.map(Format::id)))
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

/// The form of a signature.
pub(super) fn signature_form(word: &str) -> Result<SignatureForm, String> {
    SignatureForm::from_id(word).ok_or_else(|| unknown("form of a signature", word, SignatureForm::ALL.map(SignatureForm::id)))
}

pub(super) fn revocation(word: &str) -> Result<RevocationReason, String> {
    RevocationReason::from_id(word).ok_or_else(|| unknown("reason", word, RevocationReason::ALL.map(RevocationReason::id)))
}

/// A number of days, as policies write it: `30d`.
pub(super) fn days(word: &str) -> Result<u32, String> {
    let mut policy = profile::standard(Purpose::Custom).clone();
    Figure::Overlap.read(word, &mut policy).map_err(|_| "write days, such as 30d, 4w or 1y".to_owned())?;
    let days = policy.overlap_days;
    if days > LONGEST_DAYS { Err(format!("{days} days are more than {LONGEST_DAYS}")) } else { Ok(days) }
}

/// A name as it can be typed in a shell again.
pub(super) fn quoted(name: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-._@/:+,".contains(letter);
    if name.chars().all(plain) && !name.starts_with('-') { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// A date in the person's zone; spans count from now.
pub(super) fn date(text: &str, session: &Session, edge: DayEdge) -> Result<Time, Failure> {
    let zone = &session.custodian.environment().zone;
    parse_date(text, session.custodian.now(), zone, edge).map_err(|error| Failure::wrong_use(format!("{error}.")))
}
