//! What is said of files, objects and risks.

use crate::custodian::discover::{Finding, Risk};
use crate::custodian::import::{Facts, Link, Verdict};
use crate::desktop::desk::Desk;
use crate::model::name::shown;

/// What the risks are called, in the order of [`Risk::IDS`].
const WORDS: [&str; 7] =
    ["No passphrase", "Readable by others", "Weak algorithm", "Expired", "Ends soon", "Several places", "In version control"];

/// Where a risk stands among all.
pub(super) fn order(id: &str) -> usize {
    Risk::IDS.iter().position(|known| *known == id).unwrap_or(WORDS.len())
}

/// What a risk is called.
pub(super) fn risk(id: &str) -> &'static str {
    WORDS.get(order(id)).copied().unwrap_or_default()
}

/// What risks are called together.
pub(super) fn risks(ids: &[&'static str]) -> String {
    ids.iter().map(|id| risk(id)).collect::<Vec<_>>().join(", ")
}

/// What a file holds: what it is when it is one, or how many there are of what.
pub(super) fn holds(findings: &[Finding]) -> String {
    if let [one] = findings {
        let algorithm = one.object.algorithm.map(|algorithm| format!(", {}", algorithm.name())).unwrap_or_default();
        return format!("{}{algorithm}", capital(one.object.kind.name()));
    }
    let private = findings.iter().filter(|one| one.object.is_private()).count();
    let certificates = findings.iter().filter(|one| matches!(one.object.facts, Facts::Certificate(_))).count();
    let rest = findings.len() - private - certificates;
    let counted =
        [(private, "private key", "private keys"), (certificates, "certificate", "certificates"), (rest, "other", "others")];
    let parts = counted.iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect();
    parts.join(", ")
}

/// How an object stands to the inventory, in a few words.
pub(super) fn stands(finding: &Finding, desk: &Desk) -> String {
    let name = |id| desk.inventory.key(id).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
    match &finding.object.verdict {
        Verdict::Present { key: Some(key), .. } => format!("Here as {}", name(*key)),
        Verdict::Present { .. } => match finding.object.link {
            Link::SameAs(_) => "Twice in these files".into(),
            Link::ChainOf(_) => "Goes with its certificate".into(),
            Link::Of(_) | Link::Alone => "Goes with its key".into(),
        },
        Verdict::Completes(of) | Verdict::Certifies(Some(of)) => format!("Belongs to {}", name(of.key)),
        Verdict::Certifies(None) => "Goes with its key".into(),
        Verdict::New | Verdict::NewElsewhere => "Not in the inventory".into(),
        Verdict::Refused(_) if finding.object.facts.wants_passphrase() => "Encrypted".into(),
        Verdict::Refused(_) => "Cannot be read".into(),
    }
}

/// A count with its thousands apart.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
