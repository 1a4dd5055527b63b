//! Java's serialized objects (Java Object Serialization Specification, chapter 6), as values: class
//! names, fields, text and bytes. Nothing is loaded and nothing runs. By hand and only as far as
//! keystores need it, with depth and count of objects bounded.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::found::Reason;
use super::limits;

/// The most objects, classes and texts of one stream. A sealed key has about ten.
const HANDLES: usize = 1_000;

/// A value of a stream.
pub(super) enum Value {
    Text(Rc<str>),
    Bytes(Zeroizing<Vec<u8>>),
    Object(Object),
    /// Numbers, empty references and whatever keystores do not need.
    Other,
}

/// An object.
pub(super) struct Object {
    /// Its class, with its package.
    pub(super) class: Rc<str>,
    fields: Vec<(Rc<str>, Value)>,
}

impl Object {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        match self.field(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn bytes(&self, field: &str) -> Option<&[u8]> {
        match self.field(field) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value)
    }
}

struct Class {
    name: Rc<str>,
    flags: u8,
    /// Each with the first letter of its type.
    fields: Vec<(u8, Rc<str>)>,
    parent: Option<Rc<Class>>,
}

/// What a reference may point back at.
#[derive(Clone)]
enum Handle {
    Class(Rc<Class>),
    Text(Rc<str>),
    Other,
}

/// A stream being read.
pub(super) struct Stream<'a> {
    rest: &'a [u8],
    handles: Vec<Handle>,
}

fn malformed() -> Reason {
    Reason::Malformed("a serialized object in it does not follow Java's form".into())
}

/// Java's own UTF-8: NUL in two bytes, letters beyond the first plane as two halves of three bytes.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().map(|byte| u16::from(*byte));
    while let Some(first) = rest.next() {
        let mut low = || rest.next().unwrap_or_default() & 0x3f;
        units.push(match first {
            0..0x80 => first,
            0x80..0xe0 => (first & 0x1f) << 6 | low(),
            _ => (first & 0x0f) << 12 | low() << 6 | low(),
        });
    }
    String::from_utf16_lossy(&units)
}

impl<'a> Stream<'a> {
    /// Begins behind the magic number and version.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Reason> {
        let rest = bytes.strip_prefix(&[0xac, 0xed, 0, 5]).ok_or_else(malformed)?;
        Ok(Self { rest, handles: Vec::new() })
    }

    /// What follows the values read so far.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The object that comes next.
    pub(super) fn object(&mut self) -> Result<Object, Reason> {
        match self.value(0)? {
            Value::Object(object) => Ok(object),
            _ => Err(malformed()),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Reason> {
        let cut = Reason::Truncated("a serialized object goes beyond its end");
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(cut)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, Reason> {
        Ok(self.take(bytes)?.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }

    fn short_text(&mut self) -> Result<Rc<str>, Reason> {
        let length = self.number(2)?;
        Ok(text(self.take(length)?).into())
    }

    fn remember(&mut self, handle: Handle) -> Result<usize, Reason> {
        if self.handles.len() >= HANDLES {
            let (asked, limit) = (HANDLES as u64 + 1, HANDLES as u64);
            return Err(Reason::OverLimit { what: "objects in one serialized object", asked, limit });
        }
        self.handles.push(handle);
        Ok(self.handles.len() - 1)
    }

    fn referred(&mut self) -> Result<Handle, Reason> {
        let index = self.number(4)?.checked_sub(0x7e_0000).ok_or_else(malformed)?;
        self.handles.get(index).cloned().ok_or_else(malformed)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Reason> {
        if depth > limits::NESTING {
            let (asked, limit) = (depth as u64, limits::NESTING as u64);
            return Err(Reason::OverLimit { what: "objects in each other", asked, limit });
        }
        match self.number(1)? {
            0x70 => Ok(Value::Other),
            0x71 => Ok(match self.referred()? {
                Handle::Text(text) => Value::Text(text),
                _ => Value::Other,
            }),
            0x73 => self.read_object(depth),
            0x74 => {
                let text = self.short_text()?;
                self.remember(Handle::Text(text.clone()))?;
                Ok(Value::Text(text))
            }
            0x75 => self.array(depth),
            0x7e => {
                self.class(depth)?;
                self.remember(Handle::Other)?;
                self.value(depth + 1)?;
                Ok(Value::Other)
            }
            _ => Err(malformed()),
        }
    }

    /// A class or nothing; a reference may stand for it.
    fn class(&mut self, depth: usize) -> Result<Option<Rc<Class>>, Reason> {
        if depth > limits::NESTING {
            return Err(malformed());
        }
        match self.number(1)? {
            0x70 => Ok(None),
            0x71 => match self.referred()? {
                Handle::Class(class) => Ok(Some(class)),
                _ => Err(malformed()),
            },
            0x72 => {
                let name = self.short_text()?;
                self.take(8)?;
                let own = self.remember(Handle::Other)?;
                let flags = self.number(1)? as u8;
                let mut fields = Vec::new();
                for _ in 0..self.number(2)? {
                    let kind = self.number(1)? as u8;
                    fields.push((kind, self.short_text()?));
                    if matches!(kind, b'L' | b'[') {
                        self.value(depth + 1)?;
                    }
                }
                self.annotations(depth)?;
                let parent = self.class(depth + 1)?;
                let class = Rc::new(Class { name, flags, fields, parent });
                if let Some(handle) = self.handles.get_mut(own) {
                    *handle = Handle::Class(class.clone());
                }
                Ok(Some(class))
            }
            _ => Err(malformed()),
        }
    }

    /// What a class wrote of its own, skipped.
    fn annotations(&mut self, depth: usize) -> Result<(), Reason> {
        loop {
            match self.rest.first() {
                Some(0x78) => return self.take(1).map(drop),
                Some(0x77) => {
                    self.take(1)?;
                    let length = self.number(1)?;
                    self.take(length)?;
                }
                Some(0x7a) => {
                    self.take(1)?;
                    let length = self.number(4)?;
                    self.take(length)?;
                }
                _ => {
                    self.value(depth + 1)?;
                }
            }
        }
    }

    fn read_object(&mut self, depth: usize) -> Result<Value, Reason> {
        let class = self.class(depth)?.ok_or_else(malformed)?;
        self.remember(Handle::Other)?;
        // Fields lie from the oldest ancestor down.
        let mut line = Vec::new();
        let mut next = Some(class.clone());
        while let Some(class) = next {
            next = class.parent.clone();
            line.push(class);
            if line.len() > limits::NESTING {
                return Err(malformed());
            }
        }
        let mut fields = Vec::new();
        for class in line.iter().rev() {
            // 2: serializable, 1: with annotations of its own.
            if class.flags & 2 == 0 {
                return Err(malformed());
            }
            for (kind, name) in &class.fields {
                fields.push((name.clone(), self.field(*kind, depth)?));
            }
            if class.flags & 1 != 0 {
                self.annotations(depth)?;
            }
        }
        Ok(Value::Object(Object { class: class.name.clone(), fields }))
    }

    fn field(&mut self, kind: u8, depth: usize) -> Result<Value, Reason> {
        let length = match kind {
            b'B' | b'Z' => 1,
            b'C' | b'S' => 2,
            b'I' | b'F' => 4,
            b'J' | b'D' => 8,
            b'L' | b'[' => return self.value(depth + 1),
            _ => return Err(malformed()),
        };
        self.take(length)?;
        Ok(Value::Other)
    }

    fn array(&mut self, depth: usize) -> Result<Value, Reason> {
        let class = self.class(depth)?.ok_or_else(malformed)?;
        self.remember(Handle::Other)?;
        let length = self.number(4)?;
        let kind = class.name.as_bytes().get(1).copied().ok_or_else(malformed)?;
        if kind == b'B' {
            return Ok(Value::Bytes(Zeroizing::new(self.take(length)?.to_vec())));
        }
        for _ in 0..length {
            self.field(kind, depth)?;
        }
        Ok(Value::Other)
    }
}
