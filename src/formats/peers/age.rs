//! age and age-keygen: identities in clear and under a passphrase.

use std::io::Write as _;

use age::secrecy::SecretString;

use super::super::age_identity;
use super::super::found::Place;
use super::{by_openssl, private, refusal, shell, words};

/// A file under a passphrase with a work factor that a test can afford.
pub(super) fn sealed(bytes: &[u8], word: &str, factor: u8) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(word.to_owned()));
    recipient.set_work_factor(factor);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut writer = encryptor.wrap_output(Vec::new()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The raw public key of a recipient string.
fn raw(recipient: &str) -> Vec<u8> {
    bech32::decode(recipient).unwrap().1
}

#[test]
fn identities_of_age_keygen_are_read() {
    let folder = tempfile::tempdir().unwrap();
    shell(
        folder.path(),
        "age-keygen -o one 2>/dev/null; age-keygen 2>/dev/null | grep -v '^#' > two; (echo '# laptop'; cat two; cat one) > three",
    );
    let recipients = String::from_utf8(shell(folder.path(), "age-keygen -y two; age-keygen -y one")).unwrap();
    let recipients: Vec<&str> = recipients.lines().collect();
    let text = std::fs::read(folder.path().join("three")).unwrap();
    assert!(age_identity::is(std::str::from_utf8(&text).unwrap()));
    let found = age_identity::read(&text, &[]);
    for (one, recipient) in found.iter().zip(&recipients) {
        assert!(by_openssl(private(one).0).ends_with(&raw(recipient)));
    }
    assert_eq!((found[0].name.as_deref(), &found[0].place), (Some("laptop"), &Place::Line(2)));
    assert!(private(&found[1]).1.unwrap().ends_with(&raw(recipients[1])));
    assert_eq!(found.len(), 2);
}

#[test]
fn identities_under_a_passphrase_are_opened_and_too_much_work_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let clear = shell(folder.path(), "age-keygen 2>/dev/null");
    // The command asks on a terminal, so it is given one.
    shell(
        folder.path(),
        "age-keygen -o one 2>/dev/null; (sleep 1; echo wörd; sleep 1; echo wörd; sleep 2) | script -qec 'age -p -a -o live one' /dev/null >/dev/null",
    );
    let live = std::fs::read(folder.path().join("live")).unwrap();
    let found = age_identity::read(&live, &words(&["wörd"]));
    let recipient = String::from_utf8(shell(folder.path(), "age-keygen -y one")).unwrap();
    assert!(by_openssl(private(&found[0]).0).ends_with(&raw(recipient.trim())));
    let bytes = sealed(&clear, "word", 4);
    assert!(age_identity::is_binary(&bytes));
    assert!(private(&age_identity::read(&bytes, &words(&["wrong", "word"]))[0]).2);
    assert_eq!(refusal(&age_identity::read(&bytes, &[])), "It is encrypted. Give its passphrase.");
    assert!(refusal(&age_identity::read(&bytes, &words(&["wrong"]))).contains("cannot tell which"));
    let text = String::from_utf8_lossy(&bytes[..80]).into_owned();
    let at = text.find(" 4\n").unwrap();
    let mut more = bytes.clone();
    more.splice(at..at + 3, *b" 30\n");
    assert_eq!(
        refusal(&age_identity::read(&more, &words(&["word"]))),
        "It asks for 1099511627776 bytes of memory, and 1073741824 is the limit."
    );
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(refusal(&age_identity::read(&damaged, &words(&["word"]))).contains("its passphrase fits"));
}

#[test]
fn identities_that_are_held_elsewhere_are_told_by_name() {
    let plugin = age_identity::read(b"AGE-PLUGIN-YUBIKEY-1QQPQ5QQQQQQQ\n", &[]);
    assert_eq!(refusal(&plugin), "An identity that the age plugin “yubikey” holds is not read.");
    let hybrid = age_identity::read(b"AGE-SECRET-KEY-PQ-1QQPQ5QQQQQQQ\n", &[]);
    assert_eq!(refusal(&hybrid), "An age identity of the post-quantum kind is not read.");
    assert!(refusal(&age_identity::read(b"AGE-SECRET-KEY-1QQPQ5QQQQQQQ\n", &[])).contains("check code"));
}
