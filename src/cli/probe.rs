//! `probe`: look at servers and say what they show. It sends nothing but handshakes.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::args::Common;
use super::certificate::Certificate;
use super::end::{End, Ends, Failure};
use super::output::{json, line};
use super::progress::Watch;
use super::session::Session;
use crate::custodian::{Custodian, probe};
use crate::model::server::Match;
use crate::model::{Address, Digest, Finding, Protocol, ShownKey, Sighting, Time, Trust, name, ssh_fingerprint};

#[derive(Args)]
#[command(after_help = "\
A server whose port is 22, that is written with ssh:// in front, or that greets as SSH shows its host keys; any
other is spoken to by TLS. Nothing but the handshake is sent. No inventory is needed; where there is one, the keys
are matched to it, and with a passphrase given the servers are remembered for `keystead check --probe`.

Exit codes: 0 all is well, 1 something was found, 3 nothing could be looked at.

Examples:
  keystead probe shop.example.com:443
  keystead probe mail.example.com:25 --starttls smtp
  keystead probe ssh://git.example.com db.example.com:22 --json
  keystead probe --forget old.example.com:443")]
pub(super) struct ProbeArgs {
    /// `HOST:PORT`, `[ADDRESS]:PORT` or `ssh://HOST`
    #[arg(value_name = "HOST:PORT", required = true)]
    servers: Vec<String>,
    /// Have the servers start TLS by this protocol first
    #[arg(long, value_name = "PROTO")]
    starttls: Option<Starttls>,
    /// Seconds that one server may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
    /// Do not look at these servers any more
    #[arg(long)]
    forget: bool,
}

#[derive(Copy, Clone, ValueEnum)]
enum Starttls {
    Smtp,
    Imap,
    Postgres,
    Ldap,
}

impl From<Starttls> for Protocol {
    fn from(starttls: Starttls) -> Self {
        match starttls {
            Starttls::Smtp => Self::Smtp,
            Starttls::Imap => Self::Imap,
            Starttls::Postgres => Self::Postgres,
            Starttls::Ldap => Self::Ldap,
        }
    }
}

#[derive(Serialize)]
struct ServerFacts {
    server: String,
    protocol: &'static str,
    keys: Vec<ShownFacts>,
    findings: Vec<FindingFacts>,
}

#[derive(Serialize)]
struct FindingFacts {
    kind: &'static str,
    urgency: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct ShownFacts {
    algorithm: String,
    spki_sha256: Digest,
    ssh_fingerprint: Option<String>,
    /// The name of the key of the inventory that it is, and its version.
    key: Option<String>,
    version: Option<u32>,
    agreed: String,
    certificate: Option<Certificate<usize>>,
}

/// Looks at servers, or forgets them.
pub(super) fn run(args: &ProbeArgs, common: &Common) -> Ends {
    let protocol = args.starttls.map_or(Protocol::Tls, Protocol::from);
    let parse = |text: &String| Address::parse(text, protocol).map_err(|error| Failure::wrong_use(error.to_string()));
    let mut addresses = args.servers.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let mut seen = std::collections::BTreeSet::new();
    addresses.retain(|address| seen.insert(address.clone()));
    if args.forget {
        return forget(&addresses, common);
    }
    let session = session(common)?;
    let machine = super::session::environment(common)?.machine_time();
    let now = session.as_ref().map_or(machine, |session| session.custodian.now());
    let sightings = probe::probe(&addresses, Duration::from_secs(args.timeout), now, &Watch::begin("Looked at"));
    let (findings, matched) = judged(session.as_ref().map(|session| &session.custodian), &sightings, now);
    if let Some(session) = session {
        if session.custodian.is_unlocked() {
            session.custodian.remember_servers(&sightings)?;
        }
        session.close();
    }
    let facts: Vec<_> =
        sightings.iter().zip(findings).map(|(sighting, found)| ServerFacts::new(sighting, &found, &matched)).collect();
    if common.json {
        json(&facts)?;
    } else {
        facts.iter().try_for_each(ServerFacts::print)?;
    }
    Ok(if facts.iter().all(|server| server.keys.is_empty()) {
        End::Failed
    } else if facts.iter().any(|server| !server.findings.is_empty()) {
        End::Found
    } else {
        End::Done
    })
}

/// The inventory, where there is one; unlocked where a passphrase was given.
fn session(common: &Common) -> Result<Option<Session>, Failure> {
    if common.passphrase.is_given() {
        return Session::work(common).map(Some);
    }
    let env = super::session::environment(common)?;
    if Custodian::exists(&env) { Session::open(common).map(Some) } else { Ok(None) }
}

fn judged(custodian: Option<&Custodian>, sightings: &[Sighting], now: Time) -> (Vec<Vec<Finding>>, BTreeMap<Digest, Match>) {
    let alone = || {
        let none = BTreeMap::new();
        let judge = |sighting| crate::model::server::findings(sighting, None, &none, now);
        (sightings.iter().map(judge).collect(), BTreeMap::new())
    };
    custodian.map_or_else(alone, |custodian| custodian.judge_servers(sightings))
}

fn forget(addresses: &[Address], common: &Common) -> Ends {
    let session = Session::work(common)?;
    let known = session.custodian.servers();
    for address in addresses {
        // A server that greeted as SSH is remembered as such.
        let alike = |known: &&Address| known.host == address.host && known.port == address.port;
        let address = known.iter().find(alike).unwrap_or(address);
        session.custodian.forget_server(address)?;
    }
    session.close();
    if common.json {
        json(&Vec::<ServerFacts>::new())?;
    }
    Ok(End::Done)
}

impl ServerFacts {
    fn new(sighting: &Sighting, findings: &[Finding], matched: &BTreeMap<Digest, Match>) -> Self {
        let finding =
            |found: &Finding| FindingFacts { kind: found.id(), urgency: found.urgency().id(), sentence: found.sentence() };
        Self {
            server: sighting.address.to_string(),
            protocol: sighting.address.protocol.id(),
            keys: sighting.keys.iter().map(|key| ShownFacts::new(key, matched.get(&key.spki))).collect(),
            findings: findings.iter().map(finding).collect(),
        }
    }

    fn print(&self) -> Result<(), Failure> {
        line(&format!("{} ({})", self.server, self.protocol))?;
        for key in &self.keys {
            key.print()?;
        }
        for found in &self.findings {
            fact(found.urgency, &found.sentence)?;
        }
        Ok(())
    }
}

impl ShownFacts {
    fn new(key: &ShownKey, own: Option<&Match>) -> Self {
        let trust = key.trust.as_ref().unwrap_or(&Trust::NoRoots);
        Self {
            algorithm: key.algorithm.to_string(),
            spki_sha256: key.spki,
            ssh_fingerprint: key.ssh.as_ref().map(ssh_fingerprint),
            key: own.map(|own| own.key.name.to_string()),
            version: own.map(|own| own.version),
            agreed: key.agreed.to_string(),
            // How many certificates came with it.
            certificate: key
                .certificate
                .as_deref()
                .map(|facts| Certificate::new(facts, facts.chain.len(), Some(trust), trust.sentence())),
        }
    }

    fn print(&self) -> Result<(), Failure> {
        fact("Key", &format!("{}, {}", self.algorithm, self.agreed))?;
        fact("SPKI SHA-256", &self.spki_sha256.to_string())?;
        if let Some(fingerprint) = &self.ssh_fingerprint {
            fact("SSH", fingerprint)?;
        }
        if let (Some(key), Some(version)) = (&self.key, self.version) {
            fact("Is", &format!("{key}, version {version}"))?;
        }
        let Some(found) = &self.certificate else { return Ok(()) };
        fact("Certificate", &format!("{}, by {}", found.subject, found.issuer))?;
        fact("Names", &found.names.join(", "))?;
        fact("Usages", &found.usages.join(", "))?;
        fact("Valid", &format!("{} to {}", found.not_before, found.not_after))?;
        fact("SHA-256", &found.sha256.to_string())?;
        fact("Chain", &format!("{} beside it. {}", found.chain, found.trust_sentence.as_deref().unwrap_or_default()))
    }
}

/// One line, escaped: what a server says must not drive the terminal.
fn fact(label: &str, value: &str) -> Result<(), Failure> {
    if value.is_empty() { Ok(()) } else { line(&format!("  {label:<14}{}", name::shown(value))) }
}
