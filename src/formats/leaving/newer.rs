//! Judges that know what Debian 12's programs do not, ML-DSA above all: Node 24, and a newer release of Python's
//! cryptography. `packaging/test` fetches both and names them; where it is not run, they are left out.

use std::path::PathBuf;

use super::tests::{Judge, OF_NUMBERS, OPENED, Subject, words};
use crate::formats::live::{Lab, PASSPHRASE};
use crate::model::{Algorithm, Format};

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Opens what lies in `key` and gives out the public half.
type Opens = fn(&Lab, &Subject) -> Option<Vec<u8>>;

/// The judges of a form that were fetched. They come before the others: of a JWE those leave the plain text behind.
pub(super) fn judges(format: Format) -> Vec<Judge> {
    let node = |judge: Opens| named("KEYSTEAD_NODE").map(|_| ("node", judge));
    let python = |judge: Opens| named("KEYSTEAD_CRYPTOGRAPHY").map(|_| ("cryptography 50", judge));
    let judges: [Option<Judge>; 2] = match format {
        Format::Pkcs8 | Format::Pkcs8Plain => [node(node_pkcs8), python(pkcs8)],
        Format::Pkcs12 | Format::Pkcs12Legacy => [node(node_pkcs12), python(pkcs12)],
        Format::Ppk => [None, python(ppk)],
        Format::JwkPrivate => [node(node_jwk), python(jwk)],
        Format::Jwe => [node(node_jwe), python(jwe)],
        _ => [None, None],
    };
    judges.into_iter().flatten().collect()
}

fn node(lab: &Lab, load: &str) -> Option<Vec<u8>> {
    let script = format!(
        "const c = require('crypto'), word = process.argv[1]; let data = require('fs').readFileSync('key');\n{load}\n\
         process.stdout.write(c.createPublicKey(key).export({{type: 'spki', format: 'der'}}))"
    );
    let program = named("KEYSTEAD_NODE")?;
    Some(lab.run_words(&words(&[program.to_str()?, "-e", &script, PASSPHRASE])))
}

fn node_pkcs8(lab: &Lab, _: &Subject) -> Option<Vec<u8>> {
    node(lab, "const key = c.createPrivateKey({key: data, passphrase: word});")
}

/// Takes the encrypted PKCS#8 out of the bags of a PKCS#12 file as RFC 7292 section 4 lays them.
fn node_pkcs12(lab: &Lab, _: &Subject) -> Option<Vec<u8>> {
    let taken = "
        const tlv = (b, at) => {
            let long = b[at + 1] & 128 ? b[at + 1] & 127 : 0, start = at + 2 + long;
            const length = long ? b.readUIntBE(at + 2, long) : b[at + 1];
            return {body: b.subarray(start, start + length), end: start + length};
        };
        const list = b => { const all = []; for (let at = 0; at < b.length; at = tlv(b, at).end) all.push(tlv(b, at).body); return all; };
        const inside = b => list(b)[0], [PLAIN, BAG] = ['2a864886f70d010701', '2a864886f70d010c0a0102'];
        const safes = list(inside(inside(list(list(inside(data))[1])[1])));
        const plain = safes.map(list).filter(safe => safe[0].toString('hex') == PLAIN);
        const bags = plain.flatMap(safe => list(inside(inside(safe[1])))).map(list);
        const der = bags.find(bag => bag[0].toString('hex') == BAG)[1];
        const key = c.createPrivateKey({key: der, format: 'der', type: 'pkcs8', passphrase: word});";
    node(lab, taken)
}

const OF_JWK: &str = "const key = c.createPrivateKey({key: JSON.parse(data), format: 'jwk'});";

/// What a JSON Web Key can say of it: neither a symmetric key, which has no public half, nor the hash of RSA-PSS.
fn whole(algorithm: Algorithm) -> bool {
    !algorithm.is_symmetric() && !matches!(algorithm, Algorithm::RsaPss(_))
}

/// The key of a symmetric one is compared here: it has no public half to tell.
fn octets(lab: &Lab, subject: &Subject, opened: &str) -> Option<Vec<u8>> {
    let program = named("KEYSTEAD_NODE")?;
    let script = format!(
        "const c = require('crypto'), word = process.argv[1]; let data = require('fs').readFileSync('key');\n{opened}\n\
         const jwk = JSON.parse(data); if (jwk.kty != 'oct') throw jwk.kty;\n\
         process.stdout.write(Buffer.from(jwk.k, 'base64url'))"
    );
    let found = lab.run_words(&words(&[program.to_str()?, "-e", &script, PASSPHRASE]));
    assert_eq!(found, subject.secret.expose(), "{}", subject.algorithm.name());
    Some(Vec::new())
}

fn node_jwk(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    if subject.algorithm.is_symmetric() {
        return octets(lab, subject, "");
    }
    whole(subject.algorithm).then(|| node(lab, OF_JWK))?
}

/// Opens a compact JWE as RFC 7516 section 5.2 and RFC 7518 section 4.8 say.
fn node_jwe(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let opened = "
        const parts = data.toString().trim().split('.'), part = at => Buffer.from(parts[at], 'base64url');
        const head = JSON.parse(part(0)), salt = Buffer.from(head.p2s, 'base64url');
        const own = c.pbkdf2Sync(word, Buffer.concat([Buffer.from(head.alg), Buffer.alloc(1), salt]), head.p2c, 32, 'sha512');
        const unwrap = c.createDecipheriv('id-aes256-wrap', own, Buffer.alloc(8, 0xa6));
        const content = Buffer.concat([unwrap.update(part(1)), unwrap.final()]);
        const open = c.createDecipheriv('aes-256-gcm', content, part(2));
        open.setAAD(Buffer.from(parts[0])).setAuthTag(part(4));
        data = Buffer.concat([open.update(part(3)), open.final()]);";
    if subject.algorithm.is_symmetric() {
        return octets(lab, subject, opened);
    }
    whole(subject.algorithm).then(|| node(lab, &format!("{opened}\n{OF_JWK}")))?
}

fn python(lab: &Lab, load: &str) -> Option<Vec<u8>> {
    let script = format!(
        "import sys\nfrom cryptography.hazmat.primitives import serialization as s\n\
         from cryptography.hazmat.primitives.asymmetric import mldsa\n\
         data = open('key', 'rb').read()\nword = sys.argv[1].encode()\n{load}\n\
         sys.stdout.buffer.write(key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo))\n"
    );
    let path = format!("PYTHONPATH={}", named("KEYSTEAD_CRYPTOGRAPHY")?.to_str()?);
    Some(lab.run_words(&words(&["env", &path, "/usr/bin/python3", "-c", &script, PASSPHRASE])))
}

/// Opens a version 3 file as the appendix on its format in PuTTY's manual says: Argon2, AES-256-CBC, HMAC-SHA-256.
const OF_PUTTY: &str = "
import base64, hmac
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, ed448, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf import argon2
lines, at, fields = data.decode().splitlines(), 0, {}
while at < len(lines):
    name, value = lines[at].split(': ', 1)
    at += 1
    if name in ('Public-Lines', 'Private-Lines'):
        value, at = base64.b64decode(''.join(lines[at:at + int(value)])), at + int(value)
    fields[name] = value
kind = fields['PuTTY-User-Key-File-3']
derive = getattr(argon2, fields['Key-Derivation'])(
    salt=bytes.fromhex(fields['Argon2-Salt']), length=80, iterations=int(fields['Argon2-Passes']),
    lanes=int(fields['Argon2-Parallelism']), memory_cost=int(fields['Argon2-Memory'])).derive(word)
opener = Cipher(algorithms.AES(derive[:32]), modes.CBC(derive[32:48])).decryptor()
private = opener.update(fields['Private-Lines']) + opener.finalize()
def string(of): return len(of).to_bytes(4, 'big') + of
told = [kind.encode(), fields['Encryption'].encode(), fields['Comment'].encode(), fields['Public-Lines'], private]
assert hmac.new(derive[48:], b''.join(map(string, told)), 'sha256').hexdigest() == fields['Private-MAC']
def strings(of):
    found = []
    while len(of) >= 4:
        end = 4 + int.from_bytes(of[:4], 'big')
        found.append(of[4:end])
        of = of[end:]
    return found
def numbers(of): return [int.from_bytes(part, 'big') for part in of]
halves = strings(fields['Public-Lines'])[1:], strings(private)
if kind == 'ssh-rsa':
    (e, n), (d, p, q, iqmp) = numbers(halves[0]), numbers(halves[1][:4])
    key = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), iqmp, rsa.RSAPublicNumbers(e, n)).private_key()
elif kind == 'ssh-dss':
    (p, q, g, y), x = numbers(halves[0]), numbers(halves[1])[0]
    key = dsa.DSAPrivateNumbers(x, dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))).private_key()
elif kind.startswith('ecdsa'):
    curve = {b'nistp256': ec.SECP256R1, b'nistp384': ec.SECP384R1, b'nistp521': ec.SECP521R1}[halves[0][0]]()
    key = ec.derive_private_key(numbers(halves[1])[0], curve)
else:
    key = (ed448.Ed448PrivateKey if kind == 'ssh-ed448' else ed25519.Ed25519PrivateKey).from_private_bytes(halves[1][0])
";

fn ppk(lab: &Lab, _: &Subject) -> Option<Vec<u8>> {
    python(lab, OF_PUTTY)
}

/// What Debian's own release of cryptography does not read: the others are left to it.
fn only_new(subject: &Subject) -> bool {
    matches!(subject.algorithm, Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87)
}

fn pkcs8(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let load = "key = s.load_pem_private_key(data, word if b'ENCRYPTED' in data else None)";
    only_new(subject).then(|| python(lab, load))?
}

/// The same as Node's, with another program's keys: nobody else of those asked opens these algorithms in this form.
fn pkcs12(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let taken = "
def tlv(of, at):
    long = of[at + 1] & 127 if of[at + 1] & 128 else 0
    start = at + 2 + long
    end = start + (int.from_bytes(of[at + 2:start], 'big') if long else of[at + 1])
    return of[start:end], end
def parts(of):
    found, at = [], 0
    while at < len(of):
        part, at = tlv(of, at)
        found.append(part)
    return found
def inside(of): return parts(of)[0]
for safe in map(parts, parts(inside(inside(parts(parts(inside(data))[1])[1])))):
    if safe[0].hex() == '2a864886f70d010701':
        for bag in map(parts, parts(inside(inside(safe[1])))):
            if bag[0].hex() == '2a864886f70d010c0a0102':
                key = s.load_der_private_key(bag[1], word)";
    let alone = only_new(subject) || matches!(subject.algorithm, Algorithm::X25519 | Algorithm::X448);
    alone.then(|| python(lab, taken))?
}

/// Puts an `AKP` key together from its seed.
fn of_seed() -> String {
    let start = OF_NUMBERS.split("if jwk['kty'] == 'RSA'").next().unwrap_or_default();
    format!("{start}key = getattr(mldsa, jwk['alg'].replace('-', '') + 'PrivateKey').from_seed_bytes(raw('priv'))\n")
}

fn python_octets(lab: &Lab, subject: &Subject, opened: &str) -> Option<Vec<u8>> {
    let script = format!(
        "import base64, json, sys\ndata = open('key', 'rb').read()\nword = sys.argv[1].encode()\n{opened}\n\
         jwk = json.loads(data)\nassert jwk['kty'] == 'oct'\n\
         sys.stdout.buffer.write(base64.urlsafe_b64decode(jwk['k'] + '=='))\n"
    );
    let path = format!("PYTHONPATH={}", named("KEYSTEAD_CRYPTOGRAPHY")?.to_str()?);
    let found = lab.run_words(&words(&["env", &path, "/usr/bin/python3", "-c", &script, PASSPHRASE]));
    assert_eq!(found, subject.secret.expose(), "{}", subject.algorithm.name());
    Some(Vec::new())
}

fn jwk(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    if subject.algorithm.is_symmetric() {
        return python_octets(lab, subject, "");
    }
    only_new(subject).then(|| python(lab, &of_seed()))?
}

fn jwe(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    if subject.algorithm.is_symmetric() {
        return python_octets(lab, subject, OPENED);
    }
    only_new(subject).then(|| python(lab, &format!("{OPENED}{}", of_seed())))?
}
