//! The files of others, where they lie: what is read, what is refused and why. And every body of `fuzz` over the same files
//! and over changed samples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::found::{Content, Found, Kind, Reason};
use super::fuzz::BODIES;
use super::recognise::read;
use super::{certificate, revocation};
use crate::crypto;

mod sources;

/// The folders of files that are meant to be read, and of such that are not.
const MEANT: [&str; 9] = [
    "RustCrypto+formats",
    "pyca+cryptography",
    "kaikramer+keystore-explorer",
    "TritonDataCenter+node-sshpk",
    "RustCrypto+SSH",
    "lamps-wg+dilithium-certificates",
    "rustls+webpki",
    "pavlo-v-chernykh+keystore-go",
    "latchset+jose",
];
const CORPORA: [&str; 2] = ["openssl+fuzz-corpora", "google+boringssl"];

/// The folder of vectors; where it is not named, the test says under its own name that it was skipped.
fn folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KEYSTEAD_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        let line = format!("vectors_{test}: KEYSTEAD_VECTORS is not set");
        eprintln!("skipped: {line}");
        let list = std::env::var_os("KEYSTEAD_SKIPPED");
        if let Some(mut list) = list.and_then(|list| std::fs::OpenOptions::new().append(true).create(true).open(list).ok()) {
            let _ = std::io::Write::write_all(&mut list, format!("{line}\n").as_bytes());
        }
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Everything of one kind: how many were read, and what of the others is said.
#[derive(Default)]
struct Row {
    read: usize,
    locked: Vec<String>,
    refused: Vec<String>,
    unexplained: Vec<String>,
}

/// Whether an object is read to its end: its form by its reader, a key by `crypto`, a certificate for its facts.
fn judged(content: Result<Content, Reason>) -> Result<(), Reason> {
    let inconsistent = |error: crypto::CryptoError| Reason::Inconsistent(error.to_string());
    match content? {
        Content::Private { pkcs8, public_key, .. } => {
            let again = read(pkcs8.expose(), &[]);
            assert!(again.len() == 1 && again[0].content.is_ok(), "what was read is read again");
            crypto::inspect(&pkcs8, public_key.as_deref()).map(drop).map_err(inconsistent)
        }
        Content::Certificate(der) => certificate::read(&der).map(drop).map_err(|error| Reason::Malformed(error.to_string())),
        Content::RevocationList(der) => revocation::read(&der).map(drop),
        _ => Ok(()),
    }
}

impl Row {
    fn take(&mut self, file: &str, found: Found) {
        let at = format!("{file}, {}", found.place);
        let Err(reason) = judged(found.content) else {
            self.read += 1;
            return;
        };
        let locked = matches!(reason, Reason::PassphraseNeeded | Reason::WrongPassphrase | Reason::WrongPassphraseOrDamaged);
        if let Some((.., source)) = sources::REFUSED
            .iter()
            .find(|(path, place, said, _)| file.contains(path) && at.ends_with(place) && reason.to_string().contains(said))
        {
            self.refused.push(format!("{at}\n        {reason}\n        Its source: {source}"));
        } else if locked && !sources::states(file) {
            self.locked.push(at);
        } else {
            self.unexplained.push(format!("{at}: {reason}"));
        }
    }
}

/// The table of what was accepted, refused and why. A refusal that no source explains fails it.
#[test]
fn vectors_table() {
    let Some(folder) = folder("table") else { return };
    let mut table: BTreeMap<Kind, Row> = BTreeMap::new();
    for path in MEANT.iter().flat_map(|name| files(&folder.join(name))) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        for found in read(&std::fs::read(&path).unwrap(), &sources::passphrases(&name)) {
            table.entry(found.kind).or_default().take(&name, found);
        }
    }
    println!("{:<22} {:>8} {:>8} {:>19} {:>12}", "kind", "accepted", "refused", "passphrase unknown", "unexplained");
    for (kind, row) in &table {
        let (locked, refused, unexplained) = (row.locked.len(), row.refused.len(), row.unexplained.len());
        println!("{:<22} {:>8} {refused:>8} {locked:>19} {unexplained:>12}", kind.id(), row.read);
    }
    let told = |title: &str, lines: fn(&Row) -> &Vec<String>| {
        let all: Vec<String> =
            table.iter().flat_map(|(kind, row)| lines(row).iter().map(|line| format!("    {}: {line}", kind.id()))).collect();
        println!("\n{title}");
        all.iter().for_each(|line| println!("{line}"));
        all
    };
    told("Refused, for the reason that the source gives:", |row| &row.refused);
    told("Under a passphrase that no source states:", |row| &row.locked);
    let unexplained = told("Refused without a reason of the source:", |row| &row.unexplained);
    assert!(unexplained.is_empty(), "{} refusals have no reason that their source gives", unexplained.len());
    assert!(table.values().map(|row| row.read).sum::<usize>() > 900);
}

#[test]
fn the_corpora_of_others_are_refused_or_read_but_never_crash() {
    let Some(folder) = folder("corpora") else { return };
    let files: Vec<PathBuf> = MEANT.iter().chain(&CORPORA).flat_map(|name| files(&folder.join(name))).collect();
    assert!(files.len() > 1_000);
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        BODIES.iter().for_each(|(_, body)| body(&bytes));
    }
}

/// Files of our own making that every body starts from.
fn samples() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |line: &str| {
        let run = std::process::Command::new("openssl").args(line.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    };
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=one -keyout key -out crt");
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    openssl("pkcs12 -export -inkey key -in crt -out p12 -passout pass:password -iter 9");
    openssl("pkcs12 -export -inkey key -in crt -out open.p12 -passout pass:password -keypbe NONE -certpbe NONE -nomac");
    vec![
        bytes("key"),
        bytes("crt"),
        bytes("p12"),
        bytes("open.p12"),
        openssl("pkey -in key -outform DER"),
        openssl("pkey -in key -traditional -outform DER"),
        openssl("ec -in key -param_enc explicit -outform DER"),
        openssl("ec -in key -aes128 -passout pass:password"),
        openssl("x509 -in crt -outform DER -trustout"),
        openssl("req -new -key key -subj /CN=one -outform DER"),
        openssl("crl2pkcs7 -nocrl -certfile crt -outform DER"),
        openssl("cms -sign -in crt -stream -binary -nodetach -signer crt -inkey key -outform DER"),
        openssl("pkcs8 -topk8 -in key -passout pass:password -iter 9 -outform DER"),
        openssl("genrsa -traditional 1024"),
        b"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\",\"d\":\"AAAA\"}".to_vec(),
        b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: c\nPublic-Lines: 1\nAAAA\n".to_vec(),
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA me\n".to_vec(),
    ]
}

#[test]
fn changed_samples_are_refused_or_read_but_never_crash() {
    use rand::{Rng as _, SeedableRng as _};
    let samples = samples();
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let mut below = |most: usize| (random.next_u32() as usize) % most.max(1);
    for round in 0..4_000 {
        let mut bytes = samples[round % samples.len()].clone();
        for _ in 0..=below(4) {
            let at = below(bytes.len());
            match below(5) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, below(256) as u8),
                2 if !bytes.is_empty() => bytes[at] = [0, 0x30, 0x80, 0xff, b'-', b'\n', 0xa0][below(7)],
                3 if !bytes.is_empty() => bytes[at] ^= 1 << below(8),
                4 => {
                    let piece = bytes[at..bytes.len().min(at + below(40))].to_vec();
                    let to = below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => {}
            }
        }
        BODIES.iter().for_each(|(_, body)| body(&bytes));
    }
}
