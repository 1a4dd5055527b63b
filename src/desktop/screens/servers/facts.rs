//! What the list shows of a server in words, made anew only when something changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::custodian::probe::ServerReport;
use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::model::name::shown;
use crate::model::server::{Match, WARN_DAYS, findings, matches};
use crate::model::time::{DAY, short_span};
use crate::model::{
    Address, CertificateFacts, Digest, Finding, Hindrance, KeyId, Protocol, Server, Sighting, Time, Trust, Watched,
};

/// How the latest look went.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It shows another key than it did.
    Changed,
    /// It did not show its key.
    Away,
    /// Nobody looked yet.
    Never,
    /// It showed its key.
    Reached,
}

/// When the certificate ends, as the inventory's column of expiries shows it.
#[derive(Default)]
pub(super) struct End {
    pub(super) at: Option<Time>,
    pub(super) date: String,
    pub(super) span: String,
    pub(super) left: f32,
    pub(super) warning: bool,
    pub(super) expired: bool,
}

/// A server in words.
pub(super) struct Line {
    pub(super) address: Address,
    /// “shop.example.com:443”.
    pub(super) place: String,
    pub(super) standing: Standing,
    pub(super) hindrance: Option<Hindrance>,
    /// “reached”, “silent”.
    pub(super) word: &'static str,
    /// “2 h ago”, or empty.
    pub(super) when: String,
    pub(super) at: Option<Time>,
    /// The common name, or the subject; empty where there is no certificate.
    pub(super) subject: String,
    /// “+2”: more names than that.
    pub(super) more: String,
    pub(super) end: End,
    pub(super) trust: Option<Trust>,
    /// “ECDSA P-256”; several host keys by the first and how many more.
    pub(super) algorithm: String,
    /// The key of the inventory that it is: id, name, version.
    pub(super) own: Option<(KeyId, String, u32)>,
    pub(super) findings: Vec<Finding>,
    pub(super) watched: Option<Watched>,
    pub(super) chain: Vec<Option<CertificateFacts>>,
    pub(super) added: Time,
    /// Lower case, for searching.
    pub(super) text: String,
    /// All of it, for screen readers.
    pub(super) spoken: String,
}

impl Line {
    /// It wants attention.
    pub(super) fn attention(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The icon of what speaks there.
    pub(super) const fn icon(&self) -> Icon {
        match self.address.protocol {
            Protocol::Tls => Icon::Globe,
            Protocol::Smtp | Protocol::Imap => Icon::Mail,
            Protocol::Postgres => Icon::Database,
            Protocol::Ldap => Icon::Users,
            Protocol::Ssh => Icon::Terminal,
        }
    }
}

/// A line for each server, in the order in which they were added.
pub(super) fn lines(desk: &Desk, reports: &[ServerReport]) -> Vec<Line> {
    let servers = desk.inventory.servers();
    let mut of: HashMap<&Address, &ServerReport> =
        reports.iter().map(|report| (&report.watched.latest.address, report)).collect();
    let seen: Vec<(&Server, Option<ServerReport>)> = servers
        .iter()
        .map(|server| {
            let told = of.remove(&server.address).cloned();
            // What the log tells is at hand before the custodian answers.
            let logged =
                || server.seen.as_deref().map(|seen| ServerReport { watched: Watched::first(seen.clone()), chain: Vec::new() });
            (server, told.or_else(logged))
        })
        .collect();
    let shown = seen.iter().filter_map(|(_, report)| report.as_ref()?.watched.shown());
    let wanted: BTreeSet<Digest> = shown.flat_map(|sighting| sighting.keys.iter().map(|key| key.spki)).collect();
    let matched = matches(&desk.inventory, &wanted);
    seen.into_iter().map(|(server, report)| line(desk, server, report, &matched)).collect()
}

fn line(desk: &Desk, server: &Server, report: Option<ServerReport>, matched: &BTreeMap<Digest, Match>) -> Line {
    let (watched, chain) = report.map_or((None, Vec::new()), |report| (Some(report.watched), report.chain));
    let latest = watched.as_ref().map(|watched| &watched.latest);
    let found = latest.map_or_else(Vec::new, |latest| findings(latest, server.seen.as_deref(), matched, desk.now));
    let sighting = watched.as_ref().and_then(Watched::shown);
    let first = sighting.and_then(|sighting| sighting.keys.first());
    let own = sighting.and_then(|sighting| sighting.keys.iter().find_map(|key| matched.get(&key.spki)));
    let certificate = first.and_then(|key| key.certificate.as_deref());
    let (standing, word) = standing(latest, &found);
    let mut line = Line {
        place: server.address.to_string(),
        standing,
        hindrance: latest.filter(|latest| latest.keys.is_empty()).and_then(|latest| latest.hindrance),
        word,
        when: latest.map(|latest| ago(desk, latest.at)).unwrap_or_default(),
        at: latest.map(|latest| latest.at),
        subject: certificate.map(|found| common_name(&found.subject)).unwrap_or_default(),
        more: certificate
            .map(|found| found.names.len())
            .filter(|count| *count > 1)
            .map(|count| format!("+{}", count - 1))
            .unwrap_or_default(),
        end: certificate.map(|found| end(desk, found, own)).unwrap_or_default(),
        trust: first.and_then(|key| key.trust.clone()),
        algorithm: algorithms(sighting),
        own: own.map(|own| (own.key.id, shown(&own.key.name).into_owned(), own.version)),
        findings: found,
        added: server.added,
        address: server.address.clone(),
        text: String::new(),
        spoken: String::new(),
        watched,
        chain,
    };
    line.spoken = spoken(&line);
    let names = line.watched.as_ref().and_then(Watched::shown).and_then(|sighting| sighting.keys.first()?.certificate.as_deref());
    line.text = format!("{}\n{}", line.spoken, names.map(|found| found.names.join("\n")).unwrap_or_default()).to_lowercase();
    line
}

fn standing(latest: Option<&Sighting>, findings: &[Finding]) -> (Standing, &'static str) {
    match latest {
        None => (Standing::Never, "not yet"),
        Some(latest) if latest.keys.is_empty() => (Standing::Away, latest.hindrance.map_or("no key shown", Hindrance::word)),
        Some(_) if findings.contains(&Finding::OtherKey) => (Standing::Changed, "other key"),
        Some(_) => (Standing::Reached, "reached"),
    }
}

fn algorithms(sighting: Option<&Sighting>) -> String {
    let keys = sighting.map(|sighting| sighting.keys.as_slice()).unwrap_or_default();
    match keys {
        [] => String::new(),
        [one] => one.algorithm.to_string(),
        [first, rest @ ..] => format!("{} +{}", first.algorithm, rest.len()),
    }
}

fn end(desk: &Desk, found: &CertificateFacts, own: Option<&Match>) -> End {
    let seconds = found.not_after.seconds_since(desk.now);
    let whole = found.not_after.seconds_since(found.not_before).max(1);
    let warned = own.and_then(|own| own.key.warn_days.iter().max().copied()).unwrap_or(WARN_DAYS);
    let ago_shown = seconds < 0 && seconds > -100 * DAY;
    let span = match seconds < 0 {
        true if ago_shown => format!("{} ago", short_span(seconds)),
        true => String::new(),
        false => short_span(seconds),
    };
    End {
        at: Some(found.not_after),
        date: desk.date(found.not_after),
        span,
        left: (seconds as f32 / whole as f32).clamp(0.0, 1.0),
        warning: seconds > 0 && seconds <= i64::from(warned) * DAY,
        expired: seconds <= 0,
    }
}

/// “just now”, “5 min ago”, “2 h ago”, “3 d ago”.
pub(super) fn ago(desk: &Desk, at: Time) -> String {
    let seconds = desk.now.seconds_since(at).max(0);
    match seconds {
        0..60 => "just now".into(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..DAY => format!("{} h ago", seconds / 3_600),
        _ => format!("{} ago", short_span(seconds)),
    }
}

/// The common name in a subject (RFC 4514), or all of it.
pub(super) fn common_name(subject: &str) -> String {
    let start = if subject.starts_with("CN=") { Some(3) } else { subject.find(",CN=").map(|at| at + 4) };
    let Some(rest) = start.and_then(|start| subject.get(start..)) else { return shown(subject).into_owned() };
    let mut escaped = false;
    let value: String = rest
        .chars()
        .take_while(|&letter| {
            let ends = letter == ',' && !escaped;
            escaped = letter == '\\' && !escaped;
            !ends
        })
        .collect();
    shown(&value.replace('\\', "")).into_owned()
}

fn spoken(line: &Line) -> String {
    let mut parts = vec![line.place.clone(), line.address.protocol.name().to_owned(), format!("{} {}", line.word, line.when)];
    if !line.subject.is_empty() {
        parts.push(format!("certificate of {}", line.subject));
        parts.push(format!("expires {} {}", line.end.date, line.end.span));
    }
    parts.extend(line.trust.as_ref().map(|trust| trust.word().to_owned()));
    match &line.own {
        Some((_, name, version)) => parts.push(format!("is {name}, version {version}")),
        None if !line.algorithm.is_empty() => parts.push(format!("{}, not in the inventory", line.algorithm)),
        None => {}
    }
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_name_stands_for_the_subject() {
        for (subject, wanted) in [
            ("CN=shop.example.com,O=Example", "shop.example.com"),
            ("C=DE,O=Example,CN=shop.example.com", "shop.example.com"),
            (r"CN=a\,b,O=Example", "a,b"),
            ("O=Example", "O=Example"),
            ("", ""),
        ] {
            assert_eq!(common_name(subject), wanted, "{subject}");
        }
    }
}
