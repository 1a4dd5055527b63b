//! `show`: all that is known of one key.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::certificate::Certificate;
use super::delivery::DeliveryFacts;
use super::end::{End, Ends, Failure};
use super::facts::{KeyFacts, date_or};
use super::life::{LifeFacts, PolicyFacts};
use super::output::{json, print};
use super::select;
use super::session::Session;
use crate::custodian::{HistoryEntry, certificate};
use crate::model::{CertificateFacts, Digest, Format, HandOver, Key, RequestProfile, Time, Version, name, ssh_fingerprint};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  keystead show shop.example.com\n  keystead show shop.example.com --key-version 1 --json\n  keystead show data-key --kcv"
)]
pub(super) struct ShowArgs {
    /// A name or id
    key: String,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
    /// Work out the key check value of a symmetric key, which needs an unlock
    #[arg(long)]
    kcv: bool,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    key: KeyFacts,
    note: String,
    warn_days: Vec<u32>,
    policy: PolicyFacts,
    /// How the SSH agent offers it.
    agent: Option<OfferFacts>,
    versions: Vec<VersionFacts>,
    hand_overs: Vec<Given>,
    deliveries: Vec<DeliveryFacts>,
    history: Vec<Happened>,
    /// The MAC of the log was checked.
    authenticated: bool,
}

/// How the SSH agent offers a key.
#[derive(Serialize)]
struct OfferFacts {
    confirm: bool,
    lifetime_seconds: Option<u32>,
    since: Time,
    #[serde(skip)]
    words: String,
}

/// A certificate with the subjects of what was found beside it, and the root that vouches for it.
#[derive(Serialize)]
struct WithRoot {
    #[serde(flatten)]
    certificate: Certificate<Vec<String>>,
    /// Its subject.
    root: Option<String>,
}

#[derive(Serialize)]
struct VersionFacts {
    version: u32,
    state: &'static str,
    algorithm: &'static str,
    created: Time,
    activates: Option<Time>,
    expires: Option<Time>,
    /// When it signed a file, or for the SSH agent, last.
    last_used: Option<Time>,
    store: String,
    public_key_pem: String,
    spki_sha256: Option<Digest>,
    ssh_fingerprint: Option<String>,
    /// The key check value of a symmetric key, where it was asked for.
    kcv: Option<String>,
    request: Option<RequestFacts>,
    certificate: Option<WithRoot>,
    #[serde(flatten)]
    life: LifeFacts,
}

#[derive(Serialize)]
struct RequestFacts {
    subject: String,
    dns: Vec<String>,
    ips: Vec<String>,
    emails: Vec<String>,
    uris: Vec<String>,
    key_usage: Vec<&'static str>,
    extended_key_usage: Vec<&'static str>,
}

#[derive(Serialize)]
struct Given {
    version: u32,
    recipient: String,
    format: &'static str,
    at: Time,
    elsewhere: bool,
}

#[derive(Serialize)]
struct Happened {
    time: Time,
    sentence: String,
}

/// Shows a key.
pub(super) fn run(args: &ShowArgs, common: &Common) -> Ends {
    let session = if args.kcv { Session::work(common)? } else { Session::look(common)? };
    let shown = look(args, &session)?;
    session.close();
    if common.json {
        json(&shown)?;
    } else {
        print(text(&shown).as_bytes())?;
    }
    Ok(End::Done)
}

fn look(args: &ShowArgs, session: &Session) -> Result<Shown, Failure> {
    let (custodian, now) = (&session.custodian, session.custodian.now());
    let of = select::version(custodian, &args.key, args.key_version)?;
    let key = select::key(custodian, &args.key)?;
    let missing = || Failure::failed("The key is gone.");
    let version = key.version(of.version).ok_or_else(missing)?;
    let versions =
        key.versions.iter().map(|version| facts_of(session, &key, version, args.kcv, now)).collect::<Result<_, _>>()?;
    let history = custodian.history(key.id)?;
    Ok(Shown {
        key: custodian.read(|inventory| KeyFacts::new(inventory, &key, version, now)),
        note: key.note.to_string(),
        warn_days: key.warn_days.to_vec(),
        policy: custodian.read(|inventory| PolicyFacts::of(inventory, &key)),
        agent: key.agent.map(|offer| OfferFacts {
            confirm: offer.usage.confirm,
            lifetime_seconds: offer.usage.lifetime_seconds,
            since: offer.since,
            words: offer.usage.words(),
        }),
        versions,
        deliveries: key.deliveries.iter().map(|delivery| DeliveryFacts::new(&key, delivery)).collect(),
        hand_overs: key.hand_overs.iter().map(Given::from).collect(),
        history: history.into_iter().map(|HistoryEntry { time, sentence }| Happened { time, sentence }).collect(),
        authenticated: custodian.is_unlocked(),
    })
}

fn facts_of(session: &Session, key: &Arc<Key>, version: &Version, kcv: bool, now: Time) -> Result<VersionFacts, Failure> {
    let of = crate::model::VersionRef { key: key.id, version: version.number };
    let public = !version.public_key.is_empty();
    let pem = if public { session.custodian.export_public(&[of], Format::SpkiPem)? } else { Vec::new() };
    let kcv = if kcv { session.custodian.check_value(of)? } else { None };
    Ok(VersionFacts {
        version: version.number,
        state: version.state(now).id(),
        algorithm: version.algorithm.id(),
        created: version.life.created,
        activates: version.life.activates,
        expires: version.life.expires,
        last_used: version.last_used,
        store: version.locator.store.to_string(),
        public_key_pem: String::from_utf8_lossy(&pem).into_owned(),
        spki_sha256: version.spki(),
        ssh_fingerprint: version.ssh_sha256.as_ref().map(ssh_fingerprint),
        kcv,
        request: version.request.as_deref().map(RequestFacts::from),
        certificate: version.certificate.as_deref().map(|found| certificate(found, now)),
        life: LifeFacts::of(version),
    })
}

/// With the subjects of what was found beside it, its own issuer first, and the root that vouches for it.
fn certificate(found: &CertificateFacts, now: Time) -> WithRoot {
    let whole = certificate::whole(0, found, certificate::standing(found, now));
    let chain = certificate::chain_subjects(found);
    WithRoot {
        certificate: Certificate::new(found, chain, whole.trust.as_ref(), whole.trust_sentence()),
        root: whole.root().map(|root| root.facts.subject.clone()),
    }
}

/// A certificate as lines of text, behind the one that names it.
fn lines(found: &Certificate<Vec<String>>) -> [(&'static str, String); 5] {
    [
        ("  names", found.names.join(", ")),
        ("  usages", found.usages.join(", ")),
        ("  chain", found.chain.join(" ← ")),
        ("  SHA-256", found.sha256.to_string()),
        ("  trust", found.trust_sentence.clone().unwrap_or_default()),
    ]
}

impl From<&RequestProfile> for RequestFacts {
    fn from(profile: &RequestProfile) -> Self {
        Self {
            subject: profile.subject.clone(),
            dns: profile.dns.clone(),
            ips: profile.ips.clone(),
            emails: profile.emails.clone(),
            uris: profile.uris.clone(),
            key_usage: profile.key_usage.iter().map(|usage| usage.name()).collect(),
            extended_key_usage: profile.extended_key_usage.iter().map(|usage| usage.name()).collect(),
        }
    }
}

impl From<&HandOver> for Given {
    fn from(given: &HandOver) -> Self {
        Self {
            version: given.version,
            recipient: given.recipient.to_string(),
            format: given.format.id(),
            at: given.at,
            elsewhere: given.elsewhere,
        }
    }
}

fn text(shown: &Shown) -> String {
    let mut text = String::new();
    let key = &shown.key;
    // A note has lines of its own; every other fact is one line, escaped.
    let mut fact = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:<14}{}", name::shown(value));
        }
    };
    fact("Name", &key.name);
    fact("Id", &key.id.to_string());
    fact("Purpose", key.purpose);
    match key.strength_bits {
        0 => fact("Algorithm", key.algorithm),
        bits => fact("Algorithm", &format!("{} ({bits} bits)", key.algorithm)),
    }
    fact("State", key.state);
    fact("Version", &key.version.to_string());
    fact("Created", &key.created.to_string());
    fact("Activates", &date_or(key.activates, "once a person activates it"));
    fact("Expires", &date_or(key.expires, "never"));
    fact("Store", &key.store);
    fact("Owner", &key.owner);
    fact("Tags", &key.tags.join(", "));
    fact("SPKI SHA-256", &key.spki_sha256.map(|digest| digest.to_string()).unwrap_or_default());
    fact("SSH", key.ssh_fingerprint.as_deref().unwrap_or_default());
    for line in shown.note.lines() {
        fact("Note", line);
    }
    fact("Policy", &shown.policy.text());
    for breach in &key.breaches {
        fact("Breaks it", breach);
    }
    if let Some(offer) = &shown.agent {
        fact("SSH agent", &format!("offered, {}", offer.words));
    }
    for version in &shown.versions {
        for (label, value) in version.life.lines(version.version) {
            fact(label, &value);
        }
        if let Some(kcv) = &version.kcv {
            fact("Check value", &format!("version {}: {kcv}", version.version));
        }
        if let Some(at) = version.last_used {
            fact("Last signed", &format!("version {}: {at}", version.version));
        }
        if let Some(request) = &version.request {
            fact("Request", &format!("version {}: {} {}", version.version, request.subject, request.dns.join(" ")));
        }
        if let Some(found) = &version.certificate {
            let (number, until) = (version.version, found.certificate.not_after);
            fact(
                "Certificate",
                &format!("version {number}: {}, by {}, until {until}", found.certificate.subject, found.certificate.issuer),
            );
            lines(&found.certificate).iter().for_each(|(label, value)| fact(label, value));
        }
    }
    for given in &shown.hand_overs {
        fact("Handed over", &format!("{} to {}: {}, version {}", given.at, given.recipient, given.format, given.version));
    }
    for due in &shown.deliveries {
        let (state, since) = (due.state, due.ended.unwrap_or(due.since));
        fact("Delivery", &format!("{state} {since}: {}, {}, version {}", due.recipient, due.format, due.version));
    }
    for entry in &shown.history {
        fact("History", &format!("{}  {}", entry.time, entry.sentence));
    }
    if let Some(version) = shown.versions.iter().find(|version| version.version == key.version) {
        text.push_str(&version.public_key_pem);
    }
    text
}
