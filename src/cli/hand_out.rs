//! Handing out: public halves, requests, the certificate that comes back, and who holds what.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use super::facts::{self, HandOverFacts};
use super::grammar::{Common, Destination, Export, MakeRequest};
use super::print::Out;
use super::{Failure, Step, find, open};
use crate::custodian::{Custodian, CustodianError, NoProgress, Outcome};
use crate::model::name::{normal, shown};
use crate::model::time::{DayEdge, parse_date, short_date};
use crate::model::{Command, Format, Key, RequestProfile, Target, VersionRef};

/// Saves public halves.
pub fn export(common: &Common, wish: Export, out: &mut Out) -> Result<Step, Failure> {
    if wish.key_version.is_some() && wish.keys.len() > 1 {
        return Err(Failure::wrong("--key-version is for a single key.".into()));
    }
    let custodian = if wish.to.to.is_some() { open::to_change(common)? } else { open::if_possible(common)? };
    let mut versions = Vec::with_capacity(wish.keys.len());
    for named in &wish.keys {
        let version = find::version(&custodian, named, wish.key_version)?;
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    let (recipient, target) = destination(wish.to)?;
    run(&custodian, &Command::Export { versions, format: wish.format.0, recipient, target }, out)
}

/// Makes a certificate request.
pub fn request(common: &Common, wish: MakeRequest, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_change(common)?;
    let version = find::version(&custodian, &wish.key, wish.key_version)?;
    let format = wish.format.format();
    let profile = profile(&custodian, version, &wish)?;
    let (recipient, target) = destination(wish.to)?;
    run(&custodian, &Command::Request { version, profile, format, recipient, target }, out)
}

/// What is asked for: what was typed, and without a subject the last request of the version.
fn profile(custodian: &Custodian, of: VersionRef, wish: &MakeRequest) -> Result<RequestProfile, Failure> {
    let key = custodian.read(|inventory| inventory.key(of.key).cloned());
    let last = key.as_ref().and_then(|key| key.version(of.version)).and_then(|version| version.request.clone());
    let typed = |given: &[String], last: fn(&RequestProfile) -> &Vec<String>, from: Option<&RequestProfile>| {
        if given.is_empty() { from.map(last).cloned().unwrap_or_default() } else { given.to_vec() }
    };
    let from = if wish.subject.is_some() { None } else { last.as_deref() };
    let Some(subject) = wish.subject.clone().or_else(|| from.map(|last| last.subject.clone())) else {
        return Err(Failure::wrong("Give a --subject such as CN=a.example: no request was made of this key before.".into()));
    };
    let (key_usage, extended_key_usage) = match (&last, key) {
        (Some(last), _) => (last.key_usage.clone(), last.extended_key_usage.clone()),
        (None, Some(key)) => RequestProfile::usages_for(key.purpose),
        (None, None) => Default::default(),
    };
    Ok(RequestProfile {
        subject,
        dns: typed(&wish.dns, |last| &last.dns, from),
        ips: typed(&wish.ip, |last| &last.ips, from),
        emails: typed(&wish.email, |last| &last.emails, from),
        uris: typed(&wish.uri, |last| &last.uris, from),
        key_usage,
        extended_key_usage,
    })
}

/// Where it goes: a file that exists is replaced only by agreement.
fn destination(to: Destination) -> Result<(Option<String>, Target), Failure> {
    if to.out.as_os_str() == "-" {
        return Ok((to.to, Target::Stdout));
    }
    let replace = to.replace || (to.out.is_file() && std::io::stdin().is_terminal() && agreed(&to.out)?);
    Ok((to.to, Target::File { path: to.out, replace }))
}

fn agreed(path: &std::path::Path) -> Result<bool, Failure> {
    let unreadable = |cause: std::io::Error| Failure::wrong(format!("No answer could be read: {cause}. Nothing was written."));
    let mut stderr = std::io::stderr();
    write!(stderr, "{} exists already. Replace it? [y/N] ", path.display()).and_then(|()| stderr.flush()).map_err(unreadable)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(unreadable)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn run(custodian: &Custodian, command: &Command, out: &mut Out) -> Result<Step, Failure> {
    let outcome = custodian.run(command, &NoProgress);
    custodian.close();
    let Outcome { written, output, notice, .. } = outcome?;
    out.bytes(&output);
    if let Some(path) = written {
        out.line(format!("Saved and verified: {}", path.display()));
    }
    if let Some(notice) = notice {
        eprintln!("{notice}");
    }
    Ok(Step::Done)
}

/// Attaches the certificate of a version.
pub fn attach(common: &Common, named: &str, number: Option<u32>, path: PathBuf, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_change(common)?;
    let version = find::version(&custodian, named, number)?;
    run(&custodian, &Command::Attach { version, path }, out)?;
    let zone = &custodian.environment().zone;
    let said = custodian.read(|inventory| {
        let found = inventory.key(version.key)?.version(version.version)?.certificate.as_ref()?;
        let names = if found.names.is_empty() { String::new() } else { format!(" for {}", found.names.join(", ")) };
        let (subject, issuer) = (shown(&found.subject), shown(&found.issuer));
        Some(format!(
            "Attached {subject}{}, issued by {issuer}, valid until {}.",
            shown(&names),
            short_date(found.not_after, zone)
        ))
    });
    said.into_iter().for_each(|said| out.line(said));
    Ok(Step::Done)
}

/// A hand-over made elsewhere, as typed.
pub struct Given {
    pub key: String,
    pub key_version: Option<u32>,
    pub to: String,
    pub format: String,
    pub at: Option<String>,
}

/// Records a hand-over made elsewhere.
pub fn record(common: &Common, given: &Given, out: &mut Out) -> Result<Step, Failure> {
    let format = Format::from_id(&given.format).ok_or_else(|| {
        let known = Format::ALL.map(Format::id).join(", ");
        Failure::wrong(format!("“{}” is no format. It takes: {known}.", shown(&given.format)))
    })?;
    let custodian = open::to_change(common)?;
    let version = find::version(&custodian, &given.key, given.key_version)?;
    let now = custodian.now();
    let at = match &given.at {
        None => now,
        Some(date) => parse_date(date, now, &custodian.environment().zone, DayEdge::Start).map_err(CustodianError::from)?,
    };
    run(&custodian, &Command::RecordHandOver { version, recipient: given.to.clone(), format, at }, out)?;
    out.line(format!("Recorded: {} holds {} of {}.", shown(&given.to), format.name(), shown(&given.key)));
    Ok(Step::Done)
}

/// Lists hand-overs, newest first: all, of a key, or to a recipient.
pub fn list(common: &Common, of: Option<&str>, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let wanted = of.map(|of| normal(of).to_lowercase());
    let mut found = custodian.read(|inventory| {
        let key = of.and_then(|of| find::key_in(inventory, of).ok());
        let fits = |owner: &Key, given: &crate::model::HandOver| match (&wanted, key) {
            (None, _) => true,
            (Some(_), Some(key)) => owner.id == key,
            (Some(recipient), None) => given.recipient.to_lowercase() == *recipient,
        };
        let of_key = |key: &Key| {
            key.hand_overs
                .iter()
                .filter(|given| fits(key, given))
                .map(|given| facts::of_hand_over(key, given))
                .collect::<Vec<_>>()
        };
        inventory.keys().iter().flat_map(|key| of_key(key)).collect::<Vec<HandOverFacts>>()
    });
    found.sort_by_key(|given| std::cmp::Reverse(given.at));
    if common.json {
        out.json(&found)?;
        return Ok(Step::Done);
    }
    let zone = &custodian.environment().zone;
    let row = |given: &HandOverFacts| {
        let place = if given.elsewhere { "recorded" } else { "from here" };
        vec![
            shown(&given.recipient).into_owned(),
            shown(&given.key).into_owned(),
            given.version.to_string(),
            given.format.into(),
            short_date(given.at, zone),
            place.into(),
        ]
    };
    out.table(&["Recipient", "Key", "Version", "Format", "When", "Made"], &found.iter().map(row).collect::<Vec<_>>());
    Ok(Step::Done)
}
