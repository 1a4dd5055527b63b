//! Java's keytool: JKS and JCEKS with keys of several kinds, certificates, secret keys, two passwords.

use super::super::found::{Content, Found, Kind, Place, SymmetricKind};
use super::super::jks;
use super::{by_openssl, content, inside, private, refusal, shell, words};

fn entry<'a>(found: &'a [Found], alias: &str) -> Vec<&'a Found> {
    found.iter().filter(|one| one.place == Place::Entry(alias.into())).collect()
}

fn reason(found: &Found) -> String {
    found.content.as_ref().err().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn keystores_of_keytool_are_read_with_both_passwords() {
    let folder = tempfile::tempdir().unwrap();
    // One shell for all, and only as many starts of Java as there are kinds of entries.
    let line = "export JAVA_TOOL_OPTIONS='-XX:TieredStopAtLevel=1 -Djdk.jceks.iterationCount=10000'
        k() { keytool -storepass store-word -validity 99 -dname CN=Test \"$@\" 2>/dev/null; }
        for s in jks jceks; do
          k -keystore $s -storetype $s -genkeypair -alias rsa -keyalg RSA -keysize 2048
          k -keystore $s -storetype $s -genkeypair -alias other -keyalg EC -groupname secp256r1 -keypass key-word
          k -keystore $s -storetype $s -exportcert -rfc -alias rsa > $s.rsa; k -keystore $s -storetype $s -exportcert -rfc -alias other > $s.other
          k -keystore $s -storetype $s -importcert -noprompt -alias 'ca ü' -file $s.other
        done
        k -keystore jceks -storetype jceks -genseckey -alias aes -keyalg AES -keysize 256
        k -keystore jceks -storetype jceks -genseckey -alias mac -keyalg HmacSHA256 -keysize 256
        k -keystore jceks -storetype jceks -genseckey -alias des -keyalg DESede -keysize 168
        printf 'a secret\\na secret\\n' | k -keystore jceks -storetype jceks -importpass -alias word";
    shell(folder.path(), line);
    for (store, kind) in [("jks", Kind::Jks), ("jceks", Kind::Jceks)] {
        let bytes = std::fs::read(folder.path().join(store)).unwrap();
        assert!(jks::is(&bytes));
        let found = jks::read(&bytes, &words(&["wrong", "store-word", "key-word"]));
        assert!(found.iter().all(|one| one.kind == kind && one.content.is_ok()), "{store}");
        for alias in ["rsa", "other"] {
            let both = entry(&found, alias);
            let (pkcs8, beside, encrypted) = private(both[0]);
            let Content::Certificate(der) = content(both[1]) else { panic!("no chain") };
            assert_eq!(**der, inside(&std::fs::read(folder.path().join(format!("{store}.{alias}"))).unwrap()));
            assert_eq!(by_openssl(pkcs8), beside.unwrap(), "{store} {alias}");
            assert!(encrypted);
        }
        assert!(matches!(content(entry(&found, "ca ü")[0]), Content::Certificate(_)));
        told_apart(&bytes);
    }
    let bytes = std::fs::read(folder.path().join("jceks")).unwrap();
    let found = jks::read(&bytes, &words(&["store-word"]));
    for (alias, length, expected) in
        [("aes", 32, SymmetricKind::Aes), ("mac", 32, SymmetricKind::Hmac), ("des", 24, SymmetricKind::Other)]
    {
        let Content::Symmetric { secret, cipher, encrypted } = content(entry(&found, alias)[0]) else { panic!("{alias}") };
        assert_eq!((secret.expose().len(), *cipher, *encrypted), (length, expected, true), "{alias}");
    }
    let Content::Symmetric { secret, .. } = content(entry(&found, "word")[0]) else { panic!("no password") };
    assert_eq!(secret.expose(), b"a secret");
}

/// Missing, wrong and half-right passphrases, and damage.
fn told_apart(bytes: &[u8]) {
    let without = jks::read(bytes, &[]);
    assert_eq!(reason(entry(&without, "rsa")[0]), "It is encrypted. Give its passphrase.");
    assert!(matches!(content(entry(&without, "ca ü")[0]), Content::Certificate(_)));
    let store_only = jks::read(bytes, &words(&["store-word"]));
    assert_eq!(reason(entry(&store_only, "other")[0]), "None of the passphrases given opens it.");
    let wrong = jks::read(bytes, &words(&["wrong"]));
    assert_eq!(wrong[0].place, Place::Whole);
    assert!(reason(&wrong[0]).contains("cannot tell which") && reason(entry(&wrong, "rsa")[0]).contains("cannot tell which"));
    let mut changed = bytes.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let changed = jks::read(&changed, &words(&["store-word"]));
    assert!(reason(&changed[0]).contains("cannot tell which"));
    assert!(private(entry(&changed, "rsa")[0]).2);
    let cut = jks::read(&bytes[..bytes.len() / 2], &words(&["store-word"]));
    assert!(reason(cut.last().unwrap()).contains("cut off"));
    let many = [&bytes[..8], &[0xff; 4], &bytes[12..]].concat();
    assert!(refusal(&jks::read(&many, &[])).contains("4294967295 entries, and 100000 is the limit"));
}
