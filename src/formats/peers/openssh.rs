//! OpenSSH: every type, every cipher, wrong and missing passphrases, lines, certificates.

use super::super::found::{Content, Place};
use super::super::openssh::strings;
use super::super::ssh_wire::Wire;
use super::super::{openssh_private, ssh_lines, ssh2};
use super::{by_openssl, content, inside, private, public, refusal, shell, words};

const TYPES: [&str; 6] = ["ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048", "dsa"];

#[test]
fn every_type_of_ssh_keygen_is_read_and_has_its_public_half() {
    let folder = tempfile::tempdir().unwrap();
    for kind in TYPES {
        shell(folder.path(), &format!("rm -f k*; ssh-keygen -q -t {kind} -N '' -C 'käthe @ home' -f k"));
        let key = openssh_private::read(&inside(&std::fs::read(folder.path().join("k")).unwrap()), &[], Place::Line(1));
        let line = ssh_lines::read(&std::fs::read_to_string(folder.path().join("k.pub")).unwrap());
        let (pkcs8, beside, encrypted) = private(&key[0]);
        assert_eq!(key[0].name.as_deref(), Some("käthe @ home"));
        assert_eq!((&key[0].place, encrypted), (&Place::Line(1), false));
        assert_eq!(by_openssl(pkcs8), public(&line[0]), "{kind}");
        assert_eq!(beside.unwrap(), public(&line[0]), "{kind}");
        assert_eq!(line[0].name.as_deref(), Some("käthe @ home"));
        // RFC 4716, and the form of OpenSSL where ssh-keygen has one.
        let rfc = String::from_utf8(shell(folder.path(), "ssh-keygen -e -m RFC4716 -f k.pub")).unwrap();
        let rfc = ssh2::read(&rfc, Place::Whole);
        assert_eq!(public(&rfc[0]), public(&line[0]), "{kind}");
        assert!(rfc[0].name.as_ref().unwrap().contains("converted by"));
        if kind != "ed25519" && kind != "dsa" {
            assert_eq!(inside(&shell(folder.path(), "ssh-keygen -e -m PKCS8 -f k.pub")), public(&line[0]), "{kind}");
        }
    }
}

#[test]
fn every_cipher_of_ssh_keygen_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let ciphers = [
        "3des-cbc",
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
    ];
    for cipher in ciphers {
        shell(folder.path(), &format!("rm -f k*; ssh-keygen -q -t ed25519 -a 3 -Z {cipher} -N 'pässword' -f k"));
        let bytes = inside(&std::fs::read(folder.path().join("k")).unwrap());
        let opened = openssh_private::read(&bytes, &words(&["wrong", "", "pässword"]), Place::Whole);
        let line = ssh_lines::read(&std::fs::read_to_string(folder.path().join("k.pub")).unwrap());
        let (pkcs8, _, encrypted) = private(&opened[0]);
        assert!(encrypted, "{cipher}");
        assert_eq!(by_openssl(pkcs8), public(&line[0]), "{cipher}");
        let refused = |given: &[&str]| refusal(&openssh_private::read(&bytes, &words(given), Place::Whole));
        assert_eq!(refused(&[]), "It is encrypted. Give its passphrase.");
        assert!(refused(&["wrong"]).starts_with("None of the passphrases given opens it"), "{cipher}");
        let cut = openssh_private::read(&bytes[..bytes.len() - 1], &words(&["pässword"]), Place::Whole);
        assert!(refusal(&cut).contains("cut off"), "{cipher}");
    }
}

#[test]
fn several_keys_of_one_file_are_read_and_one_of_an_unknown_type_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    shell(folder.path(), "for t in ed25519 ecdsa; do ssh-keygen -q -t $t -N '' -C $t -f $t; done");
    let files = ["ed25519", "ecdsa"].map(|name| inside(&std::fs::read(folder.path().join(name)).unwrap()));
    let (mut publics, mut privates) = (Vec::new(), vec![7; 8]);
    for file in &files {
        // Behind the magic number, "none", "none", no options and the count.
        let mut wire = Wire(&file[15 + 8 + 8 + 4 + 4..]);
        publics.extend(strings([wire.string().unwrap()]));
        let private = wire.string().unwrap();
        let padding = private.iter().rev().position(|byte| byte.is_ascii_alphanumeric()).unwrap();
        privates.extend_from_slice(&private[8..private.len() - padding]);
    }
    let head = [b"openssh-key-v1\0", &strings([b"none", b"none", b""])[..], &[0, 0, 0, 2]].concat();
    let both = [&head[..], &publics, &strings([&privates])].concat();
    let found = openssh_private::read(&both, &[], Place::Whole);
    let names: Vec<&str> = found.iter().map(|one| one.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["ed25519", "ecdsa"]);
    assert!(found.iter().all(|one| by_openssl(private(one).0) == private(one).1.unwrap()));
    let second = privates.windows(19).position(|part| part == b"ecdsa-sha2-nistp256").unwrap();
    privates[second] = b'x';
    let changed = [&head[..], &publics, &strings([&privates])].concat();
    let found = openssh_private::read(&changed, &[], Place::Whole);
    assert!(found[0].content.is_ok());
    assert_eq!(refusal(&found[1..]), "The key type “xcdsa-sha2-nistp256” is not read.");
}

#[test]
fn rounds_beyond_the_limit_are_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    shell(folder.path(), "ssh-keygen -q -t ed25519 -a 24 -N secret -f k");
    let mut bytes = inside(&std::fs::read(folder.path().join("k")).unwrap());
    assert!(private(&openssh_private::read(&bytes, &words(&["secret"]), Place::Whole)[0]).2);
    let at = bytes.windows(4).position(|part| part == [0, 0, 0, 24]).unwrap();
    // The salt's length comes first, the rounds after it.
    let rounds = bytes[at..].windows(4).position(|part| part == [0, 0, 0, 24]).unwrap() + at;
    let rounds = if bytes[rounds + 4..].starts_with(&[0, 0, 0, 16]) { rounds + 24 } else { rounds };
    bytes[rounds..rounds + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    let reason = refusal(&openssh_private::read(&bytes, &words(&["secret"]), Place::Whole));
    assert_eq!(reason, "It asks for 4294967295 rounds of bcrypt, and 4096 is the limit.");
}

#[test]
fn lines_of_every_file_are_read_and_a_bad_one_refuses_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    shell(
        folder.path(),
        "ssh-keygen -q -t ed25519 -N '' -C one -f k; printf 'host.example %s\\n' \"$(cut -d' ' -f1,2 k.pub)\" > known; ssh-keygen -q -H -f known",
    );
    let line = std::fs::read_to_string(folder.path().join("k.pub")).unwrap();
    let hashed = std::fs::read_to_string(folder.path().join("known")).unwrap();
    assert!(hashed.starts_with("|1|"));
    let bare = line.trim().strip_suffix(" one").unwrap();
    let text = format!(
        "# a comment\n\ncommand=\"echo \\\"ssh-rsa AAAA\\\" #1\",no-pty {line}{hashed}\
         [gate.example]:2222,192.0.2.1 {bare}\n@revoked old.example {bare}\n@cert-authority *.example {bare} ca\r\n\
         ssh-ed25519 AAAAC3Nz!\nssh-rsa {}\n1024 35 1234567890 old@host\nnonsense\n{line}",
        bare.split(' ').nth(1).unwrap()
    );
    assert!(ssh_lines::is(&text));
    let found = ssh_lines::read(&text);
    let names: Vec<Option<&str>> = found.iter().map(|one| one.name.as_deref()).collect();
    assert_eq!(
        names[..5],
        [
            Some("one"),
            None,
            Some("[gate.example]:2222,192.0.2.1"),
            Some("old.example (revoked)"),
            Some("ca (certificate authority)")
        ]
    );
    assert_eq!(found[0].place, Place::Line(3));
    for one in found[..5].iter().chain(&found[9..]) {
        assert_eq!(public(one), public(&found[0]));
    }
    let reasons: Vec<String> = found[5..9].iter().map(|one| one.content.as_ref().err().unwrap().to_string()).collect();
    assert!(reasons[0].contains("no base64"));
    assert!(reasons[1].contains("the line says “ssh-rsa” and its key “ssh-ed25519”"), "{}", reasons[1]);
    assert_eq!(reasons[2], "A public key of SSH version 1 is not read.");
    assert!(reasons[3].contains("no public key line"));
    assert_eq!(found.len(), 10);
}

#[test]
fn certificates_of_ssh_keygen_are_parsed_whole() {
    let folder = tempfile::tempdir().unwrap();
    let line = "for t in ed25519 ecdsa rsa dsa; do ssh-keygen -q -t $t -N '' -f $t; done
        for t in ed25519 ecdsa rsa dsa; do ssh-keygen -q -s ed25519 -I 'an id' -n alice,bob -V 20260101000000Z:20270101000000Z -O source-address=192.0.2.0/24 $t.pub
        cp $t-cert.pub $t.user; ssh-keygen -q -s rsa -I host -h -n host.example $t.pub; done";
    shell(folder.path(), line);
    let read = |name: String| ssh_lines::read(&std::fs::read_to_string(folder.path().join(name)).unwrap());
    for kind in ["ed25519", "ecdsa", "rsa", "dsa"] {
        let plain = read(format!("{kind}.pub"));
        let (user, host) = (read(format!("{kind}.user")), read(format!("{kind}-cert.pub")));
        let Content::SshCertificate { line, public_key, principals, valid } = content(&user[0]) else { panic!("{kind}") };
        assert!(line.contains("-cert-v01@openssh.com AAAA") && line.split(' ').count() == 2);
        assert_eq!(&**public_key, public(&plain[0]), "{kind}");
        assert_eq!(*principals, ["alice", "bob"]);
        assert_eq!(*valid, (1_767_225_600, Some(1_798_761_600)));
        let Content::SshCertificate { principals, valid, .. } = content(&host[0]) else { panic!("{kind}") };
        assert_eq!((&principals[..], valid.1), (&["host.example".to_owned()][..], None));
    }
}

#[test]
fn old_private_keys_are_told_by_name() {
    let other = |text: &str| refusal(&ssh2::read(text, Place::Whole));
    assert_eq!(
        other("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAA\n"),
        "A private key of ssh.com (SSH2 ENCRYPTED PRIVATE KEY) is not read."
    );
    assert_eq!(other("SSH PRIVATE KEY FILE FORMAT 1.1\n\0"), "A private key of SSH version 1 is not read.");
    assert!(other("---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\nAAAA").contains("cut off"));
}
