//! Samples of our own changed at random, always in the same way, and the corpora of others: every parser
//! refuses or reads each of them, and none crashes or hangs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::super::{age_identity, jks, jwk_private, openssh_private, ppk, ssh_lines, ssh2};
use super::{inside, shell};

/// splitmix64: the same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

const LETTERS: &[u8] = b"AQgw09+/=-: \n\r\t\",.{}[]\\|@#\x00\xff\x80\x7f";

fn changed(sample: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(..at),
            2 => drop(bytes.drain(at..(at + numbers.below(9)).min(bytes.len()))),
            3 => bytes.insert(at, LETTERS[numbers.below(LETTERS.len())]),
            4 => bytes.iter_mut().skip(at).take(4).for_each(|byte| *byte = 0xff),
            5 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << numbers.below(8)),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = LETTERS[numbers.below(LETTERS.len())]),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn timed(bytes: &[u8], body: fn(&[u8])) {
    let start = Instant::now();
    body(bytes);
    assert!(start.elapsed() < Duration::from_mins(1), "{} bytes took {:?}", bytes.len(), start.elapsed());
}

fn mutate(samples: &[Vec<u8>], count: usize, body: fn(&[u8])) {
    let mut numbers = Numbers(1);
    for sample in samples {
        for _ in 0..count {
            timed(&changed(sample, &mut numbers), body);
        }
    }
}

#[test]
fn changed_openssh_keys_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let line = "for t in ed25519 ecdsa dsa; do ssh-keygen -q -t $t -N '' -f $t; done; ssh-keygen -q -t rsa -b 1024 -N '' -f rsa
        ssh-keygen -q -t ed25519 -a 1 -N passphrase -f sealed; ssh-keygen -q -s ed25519 -I id -n one,two -V +1d rsa.pub";
    shell(folder.path(), line);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let keys = ["ed25519", "ecdsa", "dsa", "rsa", "sealed"].map(|name| inside(&read(name)));
    mutate(&keys, 400, openssh_private::fuzz);
    let lines = ["ed25519.pub", "ecdsa.pub", "dsa.pub", "rsa.pub", "rsa-cert.pub"].map(read);
    mutate(&lines, 1_000, ssh_lines::fuzz);
    let rfc = ["ed25519", "ecdsa", "rsa"].map(|name| shell(folder.path(), &format!("ssh-keygen -e -f {name}.pub")));
    mutate(&rfc, 1_000, ssh2::fuzz);
}

#[test]
fn changed_putty_keys_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let line = "printf passphrase > word; for v in 2 3; do for t in ed25519 ecdsa; do
        puttygen -q -t $t --random-device /dev/urandom -o $t$v --new-passphrase word --ppk-param version=$v,memory=64,passes=1
        puttygen -q -t $t --random-device /dev/urandom -o plain$t$v --new-passphrase /dev/null --ppk-param version=$v
        done; done";
    shell(folder.path(), line);
    let samples: Vec<Vec<u8>> = ["ed255192", "ed255193", "plained255192", "plainecdsa3"]
        .map(|name| std::fs::read(folder.path().join(name)).unwrap())
        .into();
    mutate(&samples, 500, ppk::fuzz);
}

#[test]
fn changed_java_stores_are_refused_or_read() {
    // Small ones by hand; those of keytool are in `java.rs`.
    let entry = b"\0\0\0\x02\0\x01a\0\0\0\0\0\0\0\0\0\x05X.509\0\0\0\x02\x30\0".to_vec();
    let object = [
        &b"\0\0\0\x03\0\x01a\0\0\0\0\0\0\0\0\xac\xed\0\x05sr\0\x01C\0\0\0\0\0\0\0\0\x02\0\x02[\0\x01bt\0\x02[BL\0\x01sq\0~\0\x01xp"[..],
        b"ur\0\x02[B\0\0\0\0\0\0\0\0\x02\0\0xp\0\0\0\x01\x07p",
    ];
    let samples = [&b"\xfe\xed\xfe\xed"[..], b"\xce\xce\xce\xce"].map(|magic| {
        let head = [magic, b"\0\0\0\x02\0\0\0\x02"].concat();
        [&head[..], &entry, &object.concat(), &[0; 20]].concat()
    });
    mutate(&samples, 3_000, jks::fuzz);
}

#[test]
fn changed_web_keys_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"jose jwk gen -i '{"keys":[{"alg":"ES256"},{"alg":"HS256"},{"kty":"RSA","bits":2048}]}' -o set
        jose jwk gen -i '{"alg":"ES512"}' -o one"#;
    shell(folder.path(), line);
    let samples = ["set", "one"].map(|name| std::fs::read(folder.path().join(name)).unwrap());
    mutate(&samples, 1_000, jwk_private::fuzz);
    let deep = [&b"{\"keys\":"[..], &b"[".repeat(100_000)].concat();
    timed(&deep, jwk_private::fuzz);
}

#[test]
fn changed_age_identities_are_refused_or_read() {
    let clear = shell(Path::new("/"), "age-keygen 2>/dev/null");
    let sealed = super::age::sealed(&clear, "password", 2);
    mutate(&[clear, sealed], 500, age_identity::fuzz);
}

#[test]
fn the_key_files_of_others_are_refused_or_read() {
    let Some(vectors) = std::env::var_os("KEYSTEAD_VECTORS") else {
        eprintln!("skipped: vectors_key_files: KEYSTEAD_VECTORS is not set");
        return;
    };
    let folders = [
        "RustCrypto+SSH/ssh-key/tests/examples",
        "TritonDataCenter+node-sshpk/test/assets",
        "pyca+cryptography/asymmetric/OpenSSH",
        "pavlo-v-chernykh+keystore-go/testdata",
        "kaikramer+keystore-explorer/kse/src/test/resources/testdata/CryptoFileUtilTest",
        "latchset+jose/tests/vectors",
        "C2SP+CCTV/age/testdata",
        "openssl+fuzz-corpora/x509",
        "google+boringssl/fuzz",
    ];
    let bodies: [fn(&[u8]); 7] =
        [openssh_private::fuzz, ppk::fuzz, jks::fuzz, jwk_private::fuzz, age_identity::fuzz, ssh_lines::fuzz, ssh2::fuzz];
    let mut count = 0;
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(Path::new(&vectors).join(folder)) else { continue };
        for entry in entries.flatten().take(2_000) {
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            count += 1;
            bodies.into_iter().for_each(|body| timed(&bytes, body));
        }
    }
    assert!(count > 100, "{count} files");
}
