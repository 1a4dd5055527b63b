//! The two numbers of an ECDSA signature: in DER (RFC 3279 section 2.2.3), side by side (RFC 7518 section 3.4), or apart.

use der::asn1::UintRef;
use der::{Decode as _, Encode as _};

/// ECDSA-Sig-Value.
#[derive(der::Sequence)]
struct Value<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Both numbers, without leading zeros.
pub(super) fn numbers(der: &[u8]) -> Option<[Vec<u8>; 2]> {
    let value = Value::from_der(der).ok()?;
    Some([value.r.as_bytes().to_vec(), value.s.as_bytes().to_vec()])
}

/// DER around both numbers.
pub(super) fn to_der(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    Value { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

/// Both side by side, each in so many bytes.
pub(super) fn side_by_side(der: &[u8], bytes: usize) -> Option<Vec<u8>> {
    numbers(der)?.iter().try_fold(Vec::with_capacity(2 * bytes), |mut row, number| {
        row.resize(row.len() + bytes.checked_sub(number.len())?, 0);
        row.extend_from_slice(number);
        Some(row)
    })
}

/// DER from both side by side, each in so many bytes.
pub(super) fn from_side_by_side(row: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let (r, s) = row.split_at_checked(bytes).filter(|(_, s)| s.len() == bytes)?;
    to_der(r, s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_mean_the_same_numbers() {
        let der = [0x30, 7, 2, 2, 0, 0x80, 2, 1, 5];
        let row = side_by_side(&der, 4).unwrap();
        assert_eq!(row, [0, 0, 0, 0x80, 0, 0, 0, 5]);
        assert_eq!(from_side_by_side(&row, 4).unwrap(), der);
        assert!(from_side_by_side(&row, 3).is_none() && from_side_by_side(&row[1..], 4).is_none());
        assert!(side_by_side(&[0x30, 0], 4).is_none());
    }
}
