//! Elliptic curves by their parameters (SEC 1 appendix C.2): old files and some programs write a curve out instead
//! of naming it. A curve is only ever named when every one of its numbers is that of the named curve, the generator
//! included (CVE-2020-0601 came of comparing less).

use der::asn1::ObjectIdentifier;

use super::ber;
use super::found::Reason;
use crate::model::hex;

/// A curve that has a name.
pub(super) struct Curve {
    /// Its name.
    pub(super) oid: ObjectIdentifier,
    /// How many bytes a coordinate or private number has.
    pub(super) bytes: usize,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
}

const NULL: u8 = 0x05;

/// Prime fields, `prime-field` of X9.62.
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// A curve as a key gives it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// By this name, or by numbers that are its numbers.
    Named(ObjectIdentifier),
    /// By numbers that are of no curve known here, or by whoever issued it (`implicitCurve`). Such a key is kept as it
    /// stands, and nothing of it can be checked.
    Other,
}

/// The curve that parameters (a whole element) name, write out or leave to others (`ECParameters` of RFC 3279
/// section 2.3.5).
pub(super) fn given(parameters: &[u8]) -> Result<Given, Reason> {
    if let Some(content) = ber::only(parameters, ber::OID) {
        let named = ObjectIdentifier::from_bytes(content).map(Given::Named);
        return named.map_err(|_| Reason::Malformed("the name of its curve".to_owned()));
    }
    if ber::only(parameters, NULL).is_some_and(<[u8]>::is_empty) {
        return Ok(Given::Other);
    }
    let numbers = ber::only(parameters, ber::SEQUENCE).filter(|content| is_written_out(content));
    let content = numbers.ok_or_else(|| Reason::Malformed("its curve is neither named nor written out".to_owned()))?;
    Ok(CURVES.iter().find(|curve| curve.is(content)).map_or(Given::Other, |curve| Given::Named(curve.oid)))
}

/// Whether this has the parts of `SpecifiedECDomain` (SEC 1 appendix C.2): version, field, curve, generator, order.
fn is_written_out(parameters: &[u8]) -> bool {
    let tags: Vec<u8> = ber::first(parameters, 5).iter().map(|part| part.tag).collect();
    tags == [ber::INTEGER, ber::SEQUENCE, ber::SEQUENCE, ber::OCTET_STRING, ber::INTEGER]
}

/// The curve of a name, where its numbers are known here.
pub(super) fn of(oid: ObjectIdentifier) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| curve.oid == oid)
}

impl Curve {
    /// Whether written-out parameters (the content of `ECParameters`) are this curve.
    fn is(&self, parameters: &[u8]) -> bool {
        self.compare(parameters) == Some(true)
    }

    fn compare(&self, mut parameters: &[u8]) -> Option<bool> {
        ber::take_number(&mut parameters)?;
        let field = ber::all(ber::take(&mut parameters, ber::SEQUENCE)?.content)?;
        let [kind, prime] = field.as_slice() else { return None };
        let equation = ber::first(ber::take(&mut parameters, ber::SEQUENCE)?.content, 2);
        let [a, b] = equation.as_slice() else { return None };
        let generator = ber::take(&mut parameters, ber::OCTET_STRING)?.content;
        let order = ber::take(&mut parameters, ber::INTEGER)?.content;
        let cofactor = ber::take(&mut parameters, ber::INTEGER).is_none_or(|cofactor| ber::number(cofactor.content) == Some(1));
        let same = |digits: &[u8], hexadecimal: &str| {
            let trimmed = |digits: &[u8]| digits.iter().copied().skip_while(|digit| *digit == 0).collect::<Vec<u8>>();
            hex::decode(hexadecimal).is_some_and(|known| trimmed(&known) == trimmed(digits))
        };
        Some(
            kind.content == PRIME_FIELD.as_bytes()
                && same(ber::magnitude(prime.content)?, self.prime)
                && same(a.content, self.a)
                && same(b.content, self.b)
                && self.starts_at(generator, same)
                && same(ber::magnitude(order)?, self.order)
                && cofactor,
        )
    }

    /// Whether this is the generator: both coordinates, or the first and the sign of the second.
    fn starts_at(&self, point: &[u8], same: impl Fn(&[u8], &str) -> bool) -> bool {
        let odd =
            self.y.bytes().last().is_some_and(|digit| matches!(digit, b'1' | b'3' | b'5' | b'7' | b'9' | b'b' | b'd' | b'f'));
        match point.split_first() {
            Some((sign @ (2 | 3), x)) => x.len() == self.bytes && same(x, self.x) && (*sign == 3) == odd,
            Some((form @ (4 | 6 | 7), both)) if both.len() == 2 * self.bytes => {
                let (x, y) = both.split_at(self.bytes);
                same(x, self.x) && same(y, self.y) && (*form == 4 || (*form == 7) == odd)
            }
            _ => false,
        }
    }
}

/// P-192, P-224, P-256, P-384, P-521 and secp256k1 (SEC 2), and the Brainpool curves (RFC 5639), as `openssl ecparam
/// -param_enc explicit` writes them.
const CURVES: [Curve; 9] = [
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1"),
        bytes: 24,
        prime: "fffffffffffffffffffffffffffffffeffffffffffffffff",
        a: "fffffffffffffffffffffffffffffffefffffffffffffffc",
        b: "64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
        x: "188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012",
        y: "07192b95ffc8da78631011ed6b24cdd573f977a11e794811",
        order: "ffffffffffffffffffffffff99def836146bc9b1b4d22831",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.33"),
        bytes: 28,
        prime: "ffffffffffffffffffffffffffffffff000000000000000000000001",
        a: "fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
        b: "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
        x: "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
        y: "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        order: "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        bytes: 32,
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        bytes: 48,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        bytes: 66,
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        a: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
        b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.10"),
        bytes: 32,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        a: "0000000000000000000000000000000000000000000000000000000000000000",
        b: "0000000000000000000000000000000000000000000000000000000000000007",
        x: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        y: "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"),
        bytes: 32,
        prime: "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        a: "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        b: "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
        x: "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
        y: "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
        order: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"),
        bytes: 48,
        prime: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        a: "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
        b: "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
        x: "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
        y: "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
        order: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"),
        bytes: 64,
        prime: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
        a: "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
        b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
        x: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
        y: "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
        order: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
    },
];
