//! One body for each parser of files of others: bytes in, never a panic, a hang or a file that asks for too much. Ordinary
//! tests run them over the corpora of others and over changed samples; `fuzz/` runs them under cargo-fuzz.

use super::found::{Found, Place};
use super::opening::Opening;
use super::structure::{self, Around};
use super::{
    age_identity, armour, backup, ber, jks, jwk_private, openssh_private, pkcs7, pkcs8, pkcs12, ppk, recipient, recognise,
    signature, ssh_agent, ssh_lines, ssh2, x509,
};
use crate::secret::Passphrase;

/// A parser by its name.
pub type Body = (&'static str, fn(&[u8]));

/// Every body. A new parser is added here and as a file of `fuzz/fuzz_targets`.
pub const BODIES: [Body; 20] = [
    ("recognise", recognise),
    ("armour", armour),
    ("ber", ber),
    ("structure", structure),
    ("pkcs8", pkcs8),
    ("pkcs8_encrypted", pkcs8_encrypted),
    ("pkcs12", pkcs12),
    ("pkcs7", pkcs7),
    ("x509", x509),
    ("openssh_private", openssh_private),
    ("ppk", ppk),
    ("jks", jks),
    ("jwk_private", jwk_private),
    ("age_identity", age_identity),
    ("ssh_lines", ssh_lines),
    ("signature", signature),
    ("recipient", recipient),
    ("ssh_agent", ssh_agent),
    ("backup", backup),
    ("share", share),
];

/// So little work that a body stays fast whatever its input asks for.
const WORK: u64 = 20_000;

fn passphrases() -> [Passphrase; 1] {
    [Passphrase::new("password".to_owned())]
}

/// A signature over a file, in each form.
pub fn signature(bytes: &[u8]) {
    let message = &b"a message"[..];
    signature::recognise(bytes);
    drop((signature::sshsig::read(bytes, message), signature::cms::read(bytes, message), signature::jws::read(bytes, message)));
}

/// What is inside a backup, once it is decrypted.
pub fn backup(bytes: &[u8]) {
    backup::read_inside(bytes);
}

/// The lines of a share: what is read as one is the same when its own lines are read.
///
/// # Panics
/// Where it is not: a finding.
pub fn share(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(share) = backup::share::Share::parse(&text, "a sheet") {
        let lines = share.lines().iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
        let again = backup::share::Share::parse(&lines, "a sheet");
        assert!(again.is_ok_and(|again| again.set() == share.set()), "a share changes when it is read again");
    }
}

/// The public key of a recipient: what is read as one is the same when it is read again.
///
/// # Panics
/// Where it is not: a finding.
pub fn recipient(bytes: &[u8]) {
    let now = crate::model::Time::from_second(0);
    if let Ok(key) = recipient::read(bytes, now) {
        assert_eq!(recipient::again(&key, now).as_ref(), Ok(&key), "a recipient's key changes when it is read again");
    }
}

/// A whole file.
///
/// # Panics
/// Where a file has no entry: a finding.
pub fn recognise(bytes: &[u8]) {
    let found = recognise::read_with(bytes, &Opening::with_work(&passphrases(), WORK));
    assert!(!found.is_empty(), "a file without an entry");
}

/// PEM and the blocks of SSH2.
pub fn armour(bytes: &[u8]) {
    armour::Blocks::of(bytes).for_each(|block| drop((block.decode(), block.friendly_name())));
}

/// BER to DER: what comes out comes out again unchanged.
///
/// # Panics
/// Where it does not: a finding.
pub fn ber(bytes: &[u8]) {
    if let Ok((der, _)) = ber::to_der(bytes) {
        let again = ber::to_der(&der).map(|(again, used)| used == der.len() && *again == *der);
        assert!(again.unwrap_or(false), "DER changes when brought to DER");
    }
}

/// DER and BER of any kind.
pub fn structure(bytes: &[u8]) {
    let passphrases = passphrases();
    let opening = Opening::with_work(&passphrases, WORK);
    let around = Around { place: Place::Whole, name: None, label: None, curve: None, opening: &opening };
    structure::read(bytes, &around, &mut Vec::new());
}

/// Private keys: what is read as one is read again.
pub fn pkcs8(bytes: &[u8]) {
    let _ = pkcs8::private(bytes, false);
}

/// Private keys under a passphrase.
pub fn pkcs8_encrypted(bytes: &[u8]) {
    let _ = pkcs8::open(bytes, &Opening::with_work(&passphrases(), WORK));
}

/// Keystores.
pub fn pkcs12(bytes: &[u8]) {
    drop::<Vec<Found>>(pkcs12::read(bytes, &Place::Whole, &Opening::with_work(&passphrases(), WORK)));
}

/// Bags of certificates.
pub fn pkcs7(bytes: &[u8]) {
    drop::<Vec<Found>>(pkcs7::read(bytes, &Place::Whole));
}

/// Certificates, requests, revocation lists and public keys.
pub fn x509(bytes: &[u8]) {
    let _ = (x509::certificate(bytes), x509::request(bytes), x509::revocation_list(bytes), x509::public(bytes));
    let _ = x509::key_of_certificate(bytes);
}

/// OpenSSH's private keys.
pub fn openssh_private(bytes: &[u8]) {
    drop::<Vec<Found>>(openssh_private::read(bytes, &passphrases(), Place::Whole));
}

/// `PuTTY`'s private keys.
pub fn ppk(bytes: &[u8]) {
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| ppk::is(text)) {
        drop::<Vec<Found>>(ppk::read(text, &passphrases()));
    }
}

/// Java's keystores.
pub fn jks(bytes: &[u8]) {
    if jks::is(bytes) {
        drop::<Vec<Found>>(jks::read(bytes, &passphrases()));
    }
}

/// JSON Web Keys.
pub fn jwk_private(bytes: &[u8]) {
    if jwk_private::is(bytes) {
        drop::<Vec<Found>>(jwk_private::read_with(bytes, &passphrases()));
    }
}

/// Identities of age.
pub fn age_identity(bytes: &[u8]) {
    if std::str::from_utf8(bytes).is_ok_and(age_identity::is) {
        drop::<Vec<Found>>(age_identity::read(bytes, &passphrases()));
    }
}

/// Lines and blocks of SSH public keys.
pub fn ssh_lines(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if ssh_lines::is(text) {
        drop::<Vec<Found>>(ssh_lines::read(text));
    }
    drop::<Vec<Found>>(ssh2::read(text, Place::Whole));
}

/// What a client sends an SSH agent, and what an agent answers.
pub fn ssh_agent(bytes: &[u8]) {
    ssh_agent::fuzz(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_its_target() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for (name, _) in BODIES {
            let target = std::fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
            assert!(target.contains(&format!("fuzz::{name}(bytes)")), "{name}");
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
        assert_eq!(std::fs::read_dir(folder.join("fuzz_targets")).unwrap().count(), BODIES.len());
    }
}
