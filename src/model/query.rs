//! What the search field takes: words and terms, all of which must hold.

use jiff::tz::TimeZone;

use super::algorithm::Algorithm;
use super::inventory::Inventory;
use super::key::{Key, Version};
use super::purpose::Purpose;
use super::state::State;
use super::time::{DayEdge, Time, parse_date};

/// A search, read once and asked of many keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Lower-case words, each of which must appear somewhere.
    pub words: Vec<String>,
    /// Terms, each of which must hold.
    pub terms: Vec<Term>,
}

/// One condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// `state:active`
    State(State),
    /// `store:NAME`, the beginning of the store's name or its kind's word
    Store(String),
    /// `algorithm:p256`, or the beginning of it: `algorithm:rsa`
    Algorithm(String),
    /// `tag:prod`
    Tag(String),
    /// `owner:mira`
    Owner(String),
    /// `purpose:ssh`
    Purpose(Purpose),
    /// `holder:NAME`: something was handed to a recipient whose name has this in it
    Holder(String),
    /// `expires<30d`: ends before then, and has not ended yet
    ExpiresBefore(Time),
    /// `expires>2027-01-01`: ends after then, or never
    ExpiresAfter(Time),
    /// `is:attention`: has an alert above a notice
    Attention,
}

/// A search could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The value does not exist.
    #[error("“{value}” is no {what}. It takes: {choices}")]
    NoSuch {
        /// What was looked for.
        what: &'static str,
        /// What was written.
        value: String,
        /// What could have been.
        choices: String,
    },
    /// The date is unreadable.
    #[error(transparent)]
    Date(#[from] super::time::DateError),
}

impl Query {
    /// Reads what was typed. Quotes keep spaces together: `owner:"Ada Lovelace"`.
    pub fn parse(text: &str, now: Time, zone: &TimeZone) -> Result<Self, QueryError> {
        let mut query = Self::default();
        for part in split(text) {
            match Term::parse(&part, now, zone)? {
                Some(term) => query.terms.push(term),
                None => query.words.push(part.to_lowercase()),
            }
        }
        Ok(query)
    }

    /// Nothing was asked: every key fits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.terms.is_empty()
    }

    /// Whether a key fits. `text` is its [`haystack`].
    pub fn matches(&self, inventory: &Inventory, key: &Key, text: &str, now: Time) -> bool {
        self.words.iter().all(|word| text.contains(word.as_str())) && self.terms_match(inventory, key, now)
    }

    /// Whether the terms fit, words aside.
    pub fn terms_match(&self, inventory: &Inventory, key: &Key, now: Time) -> bool {
        self.terms.iter().all(|term| term.holds(inventory, key, now))
    }
}

fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => {
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
            }
            letter => part.push(letter),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

impl Term {
    /// Reads one term; `None` when it is a plain word.
    fn parse(part: &str, now: Time, zone: &TimeZone) -> Result<Option<Self>, QueryError> {
        if let Some(date) = part.strip_prefix("expires<") {
            return Ok(Some(Self::ExpiresBefore(parse_date(date, now, zone, DayEdge::Start)?)));
        }
        if let Some(date) = part.strip_prefix("expires>") {
            return Ok(Some(Self::ExpiresAfter(parse_date(date, now, zone, DayEdge::End)?)));
        }
        let Some((field, value)) = part.split_once(':') else { return Ok(None) };
        let lower = value.to_lowercase();
        let list = |ids: Vec<&str>| ids.join(", ");
        Ok(Some(match field {
            "state" => Self::State(State::from_id(value).ok_or_else(|| QueryError::NoSuch {
                what: "state",
                value: value.into(),
                choices: list(State::ALL.map(State::id).to_vec()),
            })?),
            "purpose" => Self::Purpose(Purpose::from_id(value).ok_or_else(|| QueryError::NoSuch {
                what: "purpose",
                value: value.into(),
                choices: list(Purpose::ALL.map(Purpose::id).to_vec()),
            })?),
            "algorithm" if Algorithm::is_begun_by(&lower) => Self::Algorithm(lower),
            "algorithm" => {
                return Err(QueryError::NoSuch {
                    what: "algorithm",
                    value: value.into(),
                    choices: list(
                        Algorithm::understood().map(Algorithm::id).chain(["rsa1024", "rsa-pss2048", "dsa2048"]).collect(),
                    ),
                });
            }
            "store" => Self::Store(lower),
            "tag" => Self::Tag(lower),
            "owner" => Self::Owner(lower),
            "holder" => Self::Holder(lower),
            "is" if lower == "attention" => Self::Attention,
            "is" => {
                return Err(QueryError::NoSuch { what: "condition", value: value.into(), choices: "attention".into() });
            }
            _ => return Ok(None),
        }))
    }

    fn holds(&self, inventory: &Inventory, key: &Key, now: Time) -> bool {
        let version = || key.current(now);
        let end = || version().and_then(Version::expires);
        match self {
            Self::State(state) => key.state(now) == *state,
            Self::Store(name) => version().is_some_and(|version| version.locator.store.to_lowercase().starts_with(name)),
            Self::Algorithm(id) => version().is_some_and(|version| version.algorithm.id().starts_with(id.as_str())),
            Self::Tag(tag) => key.tags.iter().any(|own| own.to_lowercase() == *tag),
            Self::Owner(owner) => key.owner.to_lowercase().contains(owner.as_str()),
            Self::Purpose(purpose) => key.purpose == *purpose,
            Self::Holder(name) => key.hand_overs.iter().any(|given| given.recipient.to_lowercase().contains(name.as_str())),
            Self::ExpiresBefore(time) => !key.state(now).is_destroyed() && end().is_some_and(|end| now < end && end < *time),
            Self::ExpiresAfter(time) => end().is_none_or(|end| end > *time),
            Self::Attention => inventory.needs_attention(key, now),
        }
    }
}

/// Everything a word of a search is looked for in, in lower case, parted by line ends: name,
/// owner, tags, fingerprints, subject and names of certificate and request, recipients, id.
pub fn haystack(key: &Key) -> String {
    let mut text = String::with_capacity(192);
    let mut push = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    push(&key.name);
    push(&key.owner);
    key.tags.iter().for_each(|tag| push(tag));
    for version in &key.versions {
        if let Some(digest) = version.spki() {
            push(&digest.to_string());
        }
        if let Some(digest) = &version.ssh_sha256 {
            push(&super::ssh_fingerprint(digest));
        }
        if let Some(request) = &version.request {
            push(&request.subject);
            request.dns.iter().for_each(|name| push(name));
        }
        if let Some(certificate) = &version.certificate {
            push(&certificate.subject);
            certificate.names.iter().for_each(|name| push(name));
        }
    }
    key.hand_overs.iter().for_each(|given| push(&given.recipient));
    push(&key.id.to_string());
    text.to_lowercase()
}
