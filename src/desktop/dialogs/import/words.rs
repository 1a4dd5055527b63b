//! What a line says of its object: what it is, what becomes of it, and how it ended.

use super::lines::{Lines, Show};
use crate::custodian::import::{Facts, Link, Object, Reason, Verdict};
use crate::desktop::desk::Desk;
use crate::model::name::shown;

/// How what becomes of an object is to look.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// Something is done.
    Plain,
    /// It was done.
    Good,
    /// Nothing is to be done.
    Quiet,
    /// Someone should look at it.
    Care,
    /// A passphrase is wanted.
    Locked,
}

/// A sentence out of what an error says.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.ends_with('.') { text } else { format!("{text}.") }
}

/// What becomes of a line, or how it ended: the look, a few words, and the whole of it.
pub(super) fn fate(lines: &Lines, line: usize, desk: &Desk) -> (Look, String, String) {
    let object = lines.object(line);
    if let Some(ended) = &lines.ended {
        let ended = &ended[lines.all[line].object];
        return match lines.kind(line) {
            Show::In => (Look::Good, "Brought in".into(), ended.reason.clone()),
            Show::Here => (Look::Quiet, present(object, desk), ended.reason.clone()),
            _ if object.verdict.acts() && !lines.all[line].on => (Look::Quiet, "Not chosen".into(), ended.reason.clone()),
            _ => (Look::Care, ended.reason.clone(), ended.reason.clone()),
        };
    }
    let warnings = object.warnings.join(" ");
    let look = if object.warnings.is_empty() { Look::Plain } else { Look::Care };
    if let Some(wrong) = &lines.all[line].wrong {
        return (Look::Care, wrong.clone(), wrong.clone());
    }
    let key = |id| desk.inventory.key(id).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
    match &object.verdict {
        Verdict::New => (look, "New".into(), warnings),
        Verdict::NewElsewhere => {
            (look, "New, held elsewhere".into(), format!("Its private half is not in these files. {warnings}"))
        }
        Verdict::Completes(of) => (look, format!("Private half of {}", key(of.key)), warnings),
        Verdict::Certifies(Some(of)) => (look, format!("Certificate for {}", key(of.key)), warnings),
        Verdict::Certifies(None) => (look, format!("Certificate for {}", beside(lines, object)), warnings),
        Verdict::Present { why, .. } => (Look::Quiet, present(object, desk), why.clone()),
        Verdict::Refused(reason) => match &object.facts {
            Facts::Unread(Reason::PassphraseNeeded) => (Look::Locked, "Encrypted, wants its passphrase".into(), reason.clone()),
            Facts::Unread(Reason::WrongPassphrase) => (Look::Locked, "No passphrase given opens it".into(), reason.clone()),
            Facts::Unread(Reason::WrongPassphraseOrDamaged) => {
                (Look::Locked, "No passphrase opens it, or it is damaged".into(), reason.clone())
            }
            _ => (Look::Care, reason.clone(), reason.clone()),
        },
    }
}

fn present(object: &Object, desk: &Desk) -> String {
    if let Verdict::Present { key: Some(id), .. } = &object.verdict
        && let Some(key) = desk.inventory.key(*id)
    {
        return format!("Here as {}", shown(&key.name));
    }
    match object.link {
        Link::SameAs(_) => "Twice in these files".into(),
        Link::Of(_) => "Goes with its key".into(),
        Link::ChainOf(_) => "Kept as chain".into(),
        Link::Alone => "Here already".into(),
    }
}

/// The name that the key beside it is to get.
fn beside(lines: &Lines, object: &Object) -> String {
    let Link::Of(key) = object.link else { return String::new() };
    let line = lines.all.iter().find(|line| line.object == key);
    line.map(|line| shown(&line.name).into_owned()).unwrap_or_default()
}

/// Until when the certificate is valid that a line is or has; true where it is over.
pub(super) fn certificate(lines: &Lines, line: usize, desk: &Desk) -> Option<(String, bool)> {
    let own = |object: &Object| match &object.facts {
        Facts::Certificate(facts) => Some(facts.not_after),
        _ => None,
    };
    let index = lines.all[line].object;
    let object = &lines.objects[index];
    // What belongs to a key stands right below it.
    let below = lines.all.iter().skip(line + 1).take_while(|below| below.indent).map(|below| &lines.objects[below.object]);
    let until = own(object).or_else(|| {
        let of_it = below.filter(|below| below.link == Link::Of(index));
        object.facts.is_secret().then(|| of_it.filter_map(own).max()).flatten()
    })?;
    Some((desk.date(until), until <= desk.now))
}

/// “Ed25519” and “128”.
pub(super) fn strength(object: &Object) -> (&'static str, String) {
    let Some(algorithm) = object.algorithm else { return ("", String::new()) };
    let bits = algorithm.strength_bits();
    (algorithm.name(), if bits == 0 { String::new() } else { bits.to_string() })
}

/// All of a line, for screen readers and the tooltip.
pub(super) fn spoken(lines: &Lines, line: usize, desk: &Desk) -> String {
    let (object, what) = (lines.object(line), &lines.all[line]);
    let (algorithm, _) = strength(object);
    let (_, short, whole) = fate(lines, line, desk);
    let name = if what.name.is_empty() { String::new() } else { format!("{}, ", shown(&what.name)) };
    let algorithm = if algorithm.is_empty() { String::new() } else { format!(", {algorithm}") };
    let until = certificate(lines, line, desk).map(|(until, _)| format!(", certificate until {until}")).unwrap_or_default();
    let whole = if whole.trim().is_empty() || whole == short { String::new() } else { format!(". {}", whole.trim()) };
    format!("{name}{}{algorithm}{until}, {short}, {}, {}{whole}", object.kind.name(), shown(&object.path), object.place)
}
