//! BER (X.690) brought to DER, and a walk over DER elements.
//!
//! Written by hand: older programs write keystores and PKCS#7 with indefinite lengths and octet strings in
//! pieces, and no maintained crate brings those to DER (`der` reads lengths of BER, not strings in pieces).
//! It copies, it never interprets, and it stops at [`limits::NESTING`].

use zeroize::Zeroizing;

use super::found::Reason;
use super::limits;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Set in the tag of an element that is made of elements.
const CONSTRUCTED: u8 = 0x20;

/// `[number]`, made of elements.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Bytes of a secret that are wiped when dropped.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// One element of DER.
#[derive(Debug, Copy, Clone)]
pub(super) struct Element<'a> {
    /// Its first tag byte.
    pub(super) tag: u8,
    /// What it holds.
    pub(super) content: &'a [u8],
    /// It as a whole, with tag and length.
    pub(super) whole: &'a [u8],
}

struct Header {
    tag_len: usize,
    len: usize,
    /// `None` is the indefinite length.
    content: Option<usize>,
}

enum Fault {
    Cut,
    Bad(&'static str),
}

fn header(input: &[u8]) -> Result<Header, Fault> {
    let first = *input.first().ok_or(Fault::Cut)?;
    let mut tag_len = 1;
    if first & 0x1f == 0x1f {
        while input.get(tag_len).ok_or(Fault::Cut)? & 0x80 != 0 {
            tag_len += 1;
            if tag_len > 5 {
                return Err(Fault::Bad("a tag is too long"));
            }
        }
        tag_len += 1;
    }
    let length = *input.get(tag_len).ok_or(Fault::Cut)?;
    let count = usize::from(length & 0x7f);
    if length < 0x80 {
        return Ok(Header { tag_len, len: tag_len + 1, content: Some(count) });
    }
    if count == 0 {
        return Ok(Header { tag_len, len: tag_len + 1, content: None });
    }
    let digits = input.get(tag_len + 1..tag_len + 1 + count).ok_or(Fault::Cut)?;
    let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    if digits.len() > 7 {
        return Err(Fault::Bad("a length is beyond every file"));
    }
    let content = digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit));
    Ok(Header { tag_len, len: tag_len + 1 + count, content: Some(content) })
}

/// Takes the next element off. `None` at the end, and where it is no DER.
pub(super) fn next<'a>(input: &mut &'a [u8]) -> Option<Element<'a>> {
    let header = header(input).ok()?;
    let end = header.len.checked_add(header.content?)?;
    let whole = input.get(..end)?;
    let element = Element { tag: whole[0], content: &whole[header.len..], whole };
    *input = &input[end..];
    Some(element)
}

/// What an element holds, as far as it is there.
pub(super) fn inside(input: &[u8]) -> &[u8] {
    let Ok(header) = header(input) else { return &[] };
    let rest = &input[header.len..];
    &rest[..header.content.unwrap_or(rest.len()).min(rest.len())]
}

/// The first elements, at most so many, and as the last one what is there of an element that is cut off.
pub(super) fn first_or_cut(mut content: &[u8], most: usize) -> Vec<Element<'_>> {
    let mut elements: Vec<Element> = std::iter::from_fn(|| next(&mut content)).take(most).collect();
    if let (Some(tag), true) = (content.first(), elements.len() < most) {
        elements.push(Element { tag: *tag, content: inside(content), whole: content });
    }
    elements
}

/// The first elements, at most so many.
pub(super) fn first(mut content: &[u8], most: usize) -> Vec<Element<'_>> {
    std::iter::from_fn(|| next(&mut content)).take(most).collect()
}

/// Every element, or `None` where bytes are left that are none.
pub(super) fn all(mut content: &[u8]) -> Option<Vec<Element<'_>>> {
    let elements = std::iter::from_fn(|| next(&mut content)).collect();
    content.is_empty().then_some(elements)
}

/// The content of the one element that an input is, with this tag.
pub(super) fn only(mut input: &[u8], tag: u8) -> Option<&[u8]> {
    let element = next(&mut input)?;
    (element.tag == tag && input.is_empty()).then_some(element.content)
}

/// Takes the next element off where it has this tag.
pub(super) fn take<'a>(input: &mut &'a [u8], tag: u8) -> Option<Element<'a>> {
    let mut rest = *input;
    let element = next(&mut rest).filter(|element| element.tag == tag)?;
    *input = rest;
    Some(element)
}

/// The magnitude of a number that is not negative.
pub(super) fn magnitude(content: &[u8]) -> Option<&[u8]> {
    let first = content.first()?;
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    (first & 0x80 == 0).then(|| &content[zeros..])
}

/// A number that is not negative; `None` where it is, or beyond 64 bits.
pub(super) fn number(content: &[u8]) -> Option<u64> {
    let digits = magnitude(content)?;
    (digits.len() <= 8).then(|| digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit)))
}

/// Takes a number off; one beyond 64 bits is the largest.
pub(super) fn take_number(input: &mut &[u8]) -> Option<u64> {
    let content = take(input, INTEGER)?.content;
    magnitude(content).map(|_| number(content).unwrap_or(u64::MAX))
}

/// One element around parts.
pub(super) fn wrap(tag: u8, parts: &[&[u8]]) -> Bytes {
    let content = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut out = Zeroizing::new(Vec::with_capacity(content + 10));
    put_header(&mut out, &[tag], content);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// The parameters of algorithms that have none.
pub(super) const NULL: [u8; 2] = [5, 0];

/// An object identifier; every name that is written here is a constant.
pub(super) fn oid(name: &str) -> Bytes {
    let name = der::asn1::ObjectIdentifier::new(name).map(|name| name.as_bytes().to_vec()).unwrap_or_default();
    wrap(OID, &[&name])
}

/// An `AlgorithmIdentifier`, or anything else that is a name with what it says.
pub(super) fn identifier(name: &str, parameters: &[u8]) -> Bytes {
    wrap(SEQUENCE, &[&oid(name), parameters])
}

/// A number that is not negative.
pub(super) fn integer(value: u64) -> Bytes {
    let digits = value.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count().min(7);
    let digits = &digits[zeros..];
    let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
    wrap(INTEGER, &[sign, digits])
}

fn put_header(out: &mut Vec<u8>, tag: &[u8], content: usize) {
    out.extend_from_slice(tag);
    if content < 0x80 {
        out.push(content as u8);
    } else {
        let digits = content.to_be_bytes();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        out.push(0x80 | (digits.len() - zeros) as u8);
        out.extend_from_slice(&digits[zeros..]);
    }
}

/// The first element of an input in DER, and how many bytes of the input it was.
pub(super) fn to_der(input: &[u8]) -> Result<(Bytes, usize), Reason> {
    let mut out = Zeroizing::new(Vec::with_capacity(input.len().min(limits::OBJECT)));
    let used = element(input, 0, true, &mut out)?;
    Ok((out, used))
}

/// Copies one element; `open` where nothing around it says where it ends.
fn element(input: &[u8], depth: usize, open: bool, out: &mut Vec<u8>) -> Result<usize, Reason> {
    let cut = || {
        if open { Reason::Truncated("it is shorter than it says") } else { malformed("a length runs past what is around it") }
    };
    if depth > limits::NESTING {
        return Err(Reason::OverLimit {
            what: "levels of values in each other",
            asked: depth as u64,
            limit: limits::NESTING as u64,
        });
    }
    let header = header(input).map_err(|fault| match fault {
        Fault::Cut => cut(),
        Fault::Bad(what) => malformed(what),
    })?;
    let tag = &input[..header.tag_len];
    if header.content.is_some_and(|content| content > limits::OBJECT) {
        let asked = header.content.unwrap_or_default() as u64;
        return Err(Reason::OverLimit { what: "bytes in one object", asked, limit: limits::OBJECT as u64 });
    }
    if tag[0] & CONSTRUCTED == 0 {
        let content = header.content.ok_or_else(|| malformed("a plain value has no length"))?;
        let content = input.get(header.len..header.len + content).ok_or_else(cut)?;
        put_header(out, tag, content.len());
        out.extend_from_slice(content);
        return Ok(header.len + content.len());
    }
    let mut inner = Zeroizing::new(Vec::with_capacity(header.content.unwrap_or_default().min(input.len())));
    let used = match header.content {
        Some(content) => {
            let content = input.get(header.len..header.len + content).ok_or_else(cut)?;
            let mut rest = content;
            while !rest.is_empty() {
                let used = element(rest, depth + 1, false, &mut inner)?;
                rest = &rest[used..];
            }
            header.len + content.len()
        }
        None => header.len + until_end(&input[header.len..], depth, open, &mut inner)?,
    };
    if is_string(tag[0]) {
        let joined = join(tag[0] & !CONSTRUCTED, &inner).ok_or_else(|| malformed("a string in pieces holds something else"))?;
        put_header(out, &[tag[0] & !CONSTRUCTED], joined.len());
        out.extend_from_slice(&joined);
    } else {
        put_header(out, tag, inner.len());
        out.extend_from_slice(&inner);
    }
    Ok(used)
}

fn until_end(input: &[u8], depth: usize, open: bool, out: &mut Vec<u8>) -> Result<usize, Reason> {
    let mut at = 0;
    while !input[at..].starts_with(&[0, 0]) {
        at += element(&input[at..], depth + 1, open, out)?;
    }
    Ok(at + 2)
}

fn malformed(what: &str) -> Reason {
    Reason::Malformed(what.to_owned())
}

/// Bit, octet and character strings may come in pieces.
fn is_string(tag: u8) -> bool {
    tag < 0x40 && matches!(tag & 0x1f, 3 | 4 | 12 | 18..=22 | 25..=30)
}

fn join(tag: u8, pieces: &[u8]) -> Option<Bytes> {
    let pieces = all(pieces)?;
    if pieces.iter().any(|piece| piece.tag != tag) {
        return None;
    }
    let mut joined = Zeroizing::new(Vec::with_capacity(pieces.iter().map(|piece| piece.content.len()).sum()));
    if tag == BIT_STRING {
        joined.push(pieces.last().and_then(|piece| piece.content.first()).copied().unwrap_or_default());
    }
    for piece in pieces {
        joined.extend_from_slice(if tag == BIT_STRING { piece.content.get(1..)? } else { piece.content });
    }
    Some(joined)
}

/// The bytes of an octet string that is tagged as something else, whole or in pieces.
pub(super) fn implicit_octets(element: &Element) -> Option<Bytes> {
    if element.tag & CONSTRUCTED == 0 {
        Some(Zeroizing::new(element.content.to_vec()))
    } else {
        join(OCTET_STRING, element.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_strings_in_pieces_become_der() {
        // SEQUENCE { OCTET STRING "abc" in two pieces, [0] { INTEGER 5 } }, all indefinite.
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 2, b'a', b'b', 4, 1, b'c', 0, 0, 0xa0, 0x80, 2, 1, 5, 0, 0, 0, 0, 0xff];
        let (der, used) = to_der(&ber).unwrap();
        assert_eq!(&der[..], [0x30, 10, 4, 3, b'a', b'b', b'c', 0xa0, 3, 2, 1, 5]);
        assert_eq!(used, ber.len() - 1);
        assert_eq!(to_der(&der).unwrap().0, der);
    }

    #[test]
    fn long_forms_become_short() {
        let (der, _) = to_der(&[0x30, 0x84, 0, 0, 0, 3, 4, 0x81, 0]).unwrap();
        assert_eq!(&der[..], [0x30, 2, 4, 0]);
    }

    #[test]
    fn cut_is_told_from_damaged() {
        assert!(matches!(to_der(&[0x30, 5, 2, 1]), Err(Reason::Truncated(_))));
        assert!(matches!(to_der(&[0x30, 0x80, 2, 1, 5]), Err(Reason::Truncated(_))));
        assert!(matches!(to_der(&[0x30, 3, 2, 9, 5]), Err(Reason::Malformed(_))));
        assert!(matches!(to_der(&[0x30, 3, 2, 0x80, 5]), Err(Reason::Malformed(_))));
    }

    #[test]
    fn deep_nesting_is_refused_at_once() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(10_000);
        assert!(matches!(to_der(&deep), Err(Reason::OverLimit { .. })));
    }
}
