//! What the list shows of a recipient in words, made anew only when something changed.

use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::model::name::shown;
use crate::model::{Format, Holder, KeyId, RecipientKey, State, Time};

/// How sure it is that the keys are theirs.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Sure {
    /// There is no key.
    Nothing,
    /// Of no key.
    No,
    /// Of some keys.
    Some,
    /// Of every key.
    All,
}

/// When the first of its keys ends.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Ends {
    /// None has an end, or a far one.
    Later,
    /// Within a month.
    Soon,
    /// One ended.
    Expired,
}

/// Something that was given, in words.
pub(super) struct Given {
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) state: State,
    pub(super) format: Format,
    pub(super) day: String,
    pub(super) elsewhere: bool,
}

/// Something that is due, in words.
pub(super) struct Due {
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) since: String,
}

/// A recipient in words.
pub(super) struct Line {
    /// As it is kept.
    pub(super) name: Box<str>,
    /// As it is shown.
    pub(super) shown: String,
    pub(super) note: String,
    /// In the address book, and not known from hand-overs alone.
    pub(super) listed: bool,
    pub(super) keys: Vec<RecipientKey>,
    /// “age X25519, X.509 certificate”.
    pub(super) kinds: String,
    pub(super) sure: Sure,
    /// “not confirmed”, “1 of 2”.
    pub(super) confirmed: String,
    pub(super) ends: Ends,
    /// “12 Dec 2026”, or empty.
    pub(super) end: String,
    pub(super) given: Vec<Given>,
    pub(super) due: Vec<Due>,
    /// “3 keys”.
    pub(super) holds: String,
    /// Lower case, for searching.
    pub(super) text: String,
    /// All of it, for screen readers.
    pub(super) spoken: String,
}

impl Line {
    /// It wants attention: nobody made sure of a key, or one ends.
    pub(super) fn attention(&self) -> bool {
        matches!(self.sure, Sure::No | Sure::Some) || self.ends != Ends::Later
    }

    /// A person, or a service that gave a wrapping key.
    pub(super) fn icon(&self) -> Icon {
        let service = |key: &RecipientKey| key.kind == crate::model::RecipientKeyKind::WrappingKey;
        if !self.keys.is_empty() && self.keys.iter().all(service) { Icon::Cloud } else { Icon::User }
    }
}

/// “1 key”, “3 keys”.
pub(super) fn keys(count: usize) -> String {
    if count == 1 { "1 key".into() } else { format!("{count} keys") }
}

/// A line for each, by name.
pub(super) fn lines(desk: &Desk) -> Vec<Line> {
    desk.inventory.holders().into_iter().map(|(name, holder)| line(desk, name, holder)).collect()
}

fn line(desk: &Desk, name: Box<str>, holder: Holder) -> Line {
    let held = holder.keys_held();
    let Holder { recipient, holdings, owed } = holder;
    let listed = recipient.is_some();
    let (note, keys_of) = recipient.map(|known| (known.note.to_string(), known.keys)).unwrap_or_default();
    let (sure, confirmed) = sure(&keys_of);
    let (ends, end) = ends(desk, &keys_of);
    let called = |key: KeyId| desk.inventory.key(key).map_or_else(|| key.to_string(), |key| shown(&key.name).into_owned());
    let given = holdings.into_iter().map(|held| Given {
        name: called(held.key),
        state: state(desk, held.key, held.version),
        key: held.key,
        version: held.version,
        format: held.format,
        day: desk.date(held.at),
        elsewhere: held.elsewhere,
    });
    let due = owed.into_iter().map(|owed| Due {
        name: called(owed.key),
        key: owed.key,
        version: owed.version,
        since: desk.date(owed.since),
    });
    let mut line = Line {
        shown: shown(&name).into_owned(),
        note: note.lines().map(|line| shown(line).into_owned()).collect::<Vec<_>>().join("\n"),
        listed,
        kinds: kinds(&keys_of, listed),
        sure,
        confirmed,
        ends,
        end,
        given: given.collect(),
        due: due.collect(),
        holds: if held == 0 { String::new() } else { keys(held) },
        keys: keys_of,
        name,
        text: String::new(),
        spoken: String::new(),
    };
    line.text = [line.shown.as_str(), line.note.as_str(), line.kinds.as_str()].join("\n").to_lowercase();
    let prints: Vec<String> = line.keys.iter().map(RecipientKey::fingerprint).collect();
    line.text.push_str(&prints.join("\n").to_lowercase());
    line.spoken = spoken(&line);
    line
}

fn spoken(line: &Line) -> String {
    let mut parts = vec![line.shown.clone(), line.kinds.clone()];
    if line.sure != Sure::Nothing {
        parts.push(if line.sure == Sure::All { "confirmed".into() } else { line.confirmed.clone() });
    }
    match line.ends {
        Ends::Expired => parts.push(format!("a key expired {}", line.end)),
        Ends::Soon => parts.push(format!("a key expires soon, {}", line.end)),
        Ends::Later if line.end.is_empty() => {}
        Ends::Later => parts.push(format!("expires {}", line.end)),
    }
    if !line.holds.is_empty() {
        parts.push(format!("holds {}", line.holds));
    }
    if !line.due.is_empty() {
        parts.push(format!("{} due", line.due.len()));
    }
    parts.join(", ")
}

fn state(desk: &Desk, key: KeyId, version: u32) -> State {
    let found = desk.inventory.key(key).and_then(|key| key.version(version));
    found.map_or(State::Destroyed, |version| version.state(desk.now))
}

fn kinds(keys: &[RecipientKey], listed: bool) -> String {
    if !listed {
        return "not in the address book".into();
    }
    let mut kinds: Vec<&str> = Vec::new();
    for key in keys {
        if !kinds.contains(&key.kind.name()) {
            kinds.push(key.kind.name());
        }
    }
    if kinds.is_empty() { "no key".into() } else { kinds.join(", ") }
}

fn sure(keys: &[RecipientKey]) -> (Sure, String) {
    match (keys.iter().filter(|key| key.confirmed.is_some()).count(), keys.len()) {
        (_, 0) => (Sure::Nothing, String::new()),
        (0, _) => (Sure::No, "not confirmed".into()),
        (all, count) if all == count => (Sure::All, "yes".into()),
        (some, count) => (Sure::Some, format!("{some} of {count} confirmed")),
    }
}

fn ends(desk: &Desk, keys: &[RecipientKey]) -> (Ends, String) {
    let first = keys.iter().filter_map(|key| Some((key.expires?, key))).min_by_key(|(expires, _)| *expires);
    let date = |at: Time| desk.date(at);
    match first {
        None => (Ends::Later, String::new()),
        Some((at, key)) if key.is_expired(desk.now) => (Ends::Expired, date(at)),
        Some((at, key)) if key.expires_soon(desk.now) => (Ends::Soon, date(at)),
        Some((at, _)) => (Ends::Later, date(at)),
    }
}
