//! JSON with secrets in it: read by `serde_json` into values whose text is wiped when dropped, as deep
//! and as many as key files need. Text that `serde_json` unescapes on its way is wiped by the allocator.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::limits;

/// How deep lists and objects are looked into: a set, its list, a key, a list of the key's.
const DEPTH: u8 = 4;

/// The most values of one file.
const VALUES: usize = 32 * limits::OBJECTS;

/// A value.
pub(super) enum Json {
    Text(Zeroizing<String>),
    List(Vec<Json>),
    Object(Members),
    Number(u64),
    /// Another number, a truth value, nothing, or what lies too deep.
    Other,
}

/// The members of an object, in their order.
pub(super) struct Members(Vec<(Box<str>, Json)>);

impl Members {
    /// A member. What stands twice is found once, and is told by [`Members::repeated`].
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(member, _)| **member == *name).map(|(_, value)| value)
    }

    /// Every member with its name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// A member that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A member that is an object.
    pub(super) fn object(&self, name: &str) -> Option<&Self> {
        match self.get(name) {
            Some(Json::Object(members)) => Some(members),
            _ => None,
        }
    }

    /// A name that stands twice, which RFC 7517 section 4 forbids.
    pub(super) fn repeated(&self) -> bool {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// Reads one value that makes up all of the bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Json, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(VALUES);
    let value = Seed { depth: DEPTH, left: &left }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[derive(Copy, Clone)]
struct Seed<'a> {
    depth: u8,
    left: &'a Cell<usize>,
}

impl Seed<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| E::custom("too many values"))?;
        self.left.set(left);
        Ok(Self { depth: self.depth.saturating_sub(1), ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        if self.depth == 0 {
            while access.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::Other);
        }
        while let Some(value) = access.next_element_seed(self.deeper()?)? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        if self.depth == 0 {
            while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::Other);
        }
        while let Some(name) = access.next_key::<String>()? {
            members.push((name.into(), access.next_value_seed(self.deeper()?)?));
        }
        Ok(Json::Object(Members(members)))
    }
}
