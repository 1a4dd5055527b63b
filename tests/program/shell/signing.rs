//! Signing files and verifying signatures: each form against the programs that others verify and sign with.

use serde_json::Value;

use super::{checked, facts, home_at, looked, place, tool};
use crate::support::{Home, has, skip};

const START: &str = "2027-01-04T09:00:00Z";
const LATER: &str = "2027-01-04T10:00:00Z";
const LATER_STILL: &str = "2027-01-04T11:00:00Z";
const MESSAGE: &str = "a release\n";

/// A home with a file to sign and a key of an algorithm.
fn home_with(algorithm: &str) -> Home {
    let home = home_at(START);
    std::fs::write(home.path("file"), MESSAGE).unwrap();
    make(&home, "signer", algorithm);
    home
}

fn make(home: &Home, name: &str, algorithm: &str) {
    home.open(["generate", name, "--purpose", "document-signing", "--algorithm", algorithm, "--expires", "90d"]).done();
}

/// Signs the file of the home.
#[track_caller]
fn sign(home: &Home, key: &str, form: &str) {
    home.open(["sign", key, &place(home, "file"), "--format", form, "--out", &place(home, "sig"), "--replace"]).done();
}

/// What is said of the signature, which has to end so.
#[track_caller]
fn verdict(home: &Home, code: i32) -> Value {
    verdict_of(home, "file", code)
}

#[track_caller]
fn verdict_of(home: &Home, file: &str, code: i32) -> Value {
    let ended = home.run(["verify", &place(home, file), "--signature", &place(home, "sig"), "--json"]).with(code);
    checked(&ended, "verify")
}

/// The public half in a form, as a file of the home.
fn public(home: &Home, key: &str, form: &str, name: &str) {
    home.run(["export", key, "--format", form, "--out", &place(home, name), "--replace"]).done();
}

/// A certificate of a key, self-made by openssl from its request and attached.
fn certify(home: &Home, key: &str, subject: &str) {
    let request = ["request", key, "--subject", subject, "--out", &place(home, "csr"), "--replace"];
    home.open(request).done();
    tool(home, "openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key"]);
    tool(home, "openssl", ["req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Test CA", "-days", "3650", "-out", "ca.pem"]);
    std::fs::write(
        home.path("usage"),
        "keyUsage=digitalSignature\nextendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\n",
    )
    .unwrap();
    let issue = [
        "x509",
        "-req",
        "-in",
        "csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "3650",
        "-extfile",
        "usage",
        "-out",
        "crt",
    ];
    tool(home, "openssl", issue);
    home.open(["attach", key, &place(home, "crt")]).done();
}

/// The private half of a key leaves, so that others sign with it.
fn private(home: &Home, key: &str, name: &str) {
    home.open(["policy", "set", "--key", key, "exportable=yes"]).done();
    let export =
        ["export", key, "--private", "--format", "pkcs8-plain", "--confirm", key, "--out", &place(home, name), "--replace"];
    home.open(export).done();
}

const FORMS: [&str; 3] = ["sshsig", "raw", "jws"];

#[test]
fn every_line_of_sign_and_verify_is_understood() {
    let home = home_with("ed25519");
    home.open(["rotate", "signer", "--overlap", "30d"]).done();
    let [file, out] = [place(&home, "file"), place(&home, "sig")];
    let line = ["sign", "signer", &file, "--format", "sshsig", "--out", &out, "--namespace", "release@example.com"];
    let done = facts(&home, "done", line.into_iter().chain(["--key-version", "1", "--replace"]));
    assert_eq!(done["written"], serde_json::json!(out));
    let said = checked(&home.run(["verify", &file, "--signature", &out, "--format", "sshsig", "--json"]).done(), "verify");
    assert_eq!((said["key"]["version"].as_u64(), said["namespace"].as_str()), (Some(1), Some("release@example.com")));
    let shown = home.run(["verify", &file, "--signature", &out]).done().text();
    for part in [
        "Good: the OpenSSH signature fits this file.",
        "Signed by signer, version 1 (Ed25519).",
        "Made for: release@example.com.",
        "Z, as the audit log has it on record.",
        "The key was active then, and is active now.",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let key = looked(&home, "show", ["show", "signer"]);
    assert_eq!(key["versions"][0]["last_used"], said["signed_at"]);
    assert!(key["versions"][1]["last_used"].is_null());
    let history = home.run(["audit", "show"]).done().text();
    assert!(history.contains("signed a file with version 1 of signer (OpenSSH signature)"), "{history}");
}

#[test]
fn every_algorithm_signs_and_verifies_in_every_form_it_has() {
    let home = home_at(START);
    std::fs::write(home.path("file"), MESSAGE).unwrap();
    let all = ["ed25519", "p256", "p384", "p521", "rsa2048", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];
    for algorithm in all {
        make(&home, algorithm, algorithm);
        for form in FORMS {
            if form == "sshsig" && algorithm.starts_with("ml-dsa") {
                continue;
            }
            sign(&home, algorithm, form);
            let said = verdict(&home, 0);
            assert_eq!((said["format"].as_str(), said["key"]["name"].as_str()), (Some(form), Some(algorithm)));
        }
    }
    let refused =
        home.open(["sign", "ml-dsa-44", &place(&home, "file"), "--format", "sshsig", "--out", &place(&home, "x")]).with(2);
    assert!(refused.stderr.contains("ML-DSA-44 keys make no OpenSSH signature here"), "{}", refused.stderr);
    assert!(!home.path("x").exists());
}

#[test]
fn ssh_keygen_verifies_what_is_signed_and_another_namespace_is_not_taken() {
    if !has("ssh-keygen") {
        return skip("ssh_keygen_verifies_what_is_signed", "ssh-keygen is not installed");
    }
    for algorithm in ["ed25519", "p256", "p384", "p521", "rsa3072"] {
        let home = home_with(algorithm);
        sign(&home, "signer", "sshsig");
        let line = home.run(["export", "signer", "--format", "openssh", "--out", "-"]).done().text();
        std::fs::write(home.path("allowed"), format!("me {line}")).unwrap();
        let check = "ssh-keygen -Y verify -f allowed -I me -n file -s sig <file";
        assert!(tool(&home, "sh", ["-c", check]).contains("Good \"file\" signature for me"), "{algorithm}");
        let other = tool(&home, "sh", ["-c", "ssh-keygen -Y verify -f allowed -I me -n git -s sig <file || echo refused"]);
        assert!(other.contains("refused") && !other.contains("Good"), "{other}");
    }
}

#[test]
fn what_ssh_keygen_signs_is_verified_and_its_namespace_cannot_be_changed() {
    if !has("ssh-keygen") {
        return skip("what_ssh_keygen_signs_is_verified", "ssh-keygen is not installed");
    }
    for (kind, more) in [("ed25519", ""), ("ecdsa", "-b 384"), ("rsa", "-b 2048"), ("rsa", "-b 2048 ")] {
        let home = home_at(START);
        std::fs::write(home.path("file"), MESSAGE).unwrap();
        // The last line asks for the other hash of the message.
        let hash = if more.ends_with(' ') { "-O hashalg=sha256" } else { "" };
        let make =
            format!("ssh-keygen -q -t {kind} {more} -N '' -f theirs && ssh-keygen -Y sign -n git {hash} -f theirs <file >sig");
        tool(&home, "sh", ["-c", &make]);
        let stranger = verdict(&home, 1);
        assert_eq!((stranger["verdict"].as_str(), stranger["fits"].as_bool()), (Some("unknown-signer"), Some(true)), "{kind}");
        let listed = tool(&home, "ssh-keygen", ["-lf", "theirs.pub"]);
        assert!(listed.contains(stranger["ssh_fingerprint"].as_str().unwrap()), "{listed}");
        home.open(["import", &place(&home, "theirs")]).done();
        let said = verdict(&home, 0);
        assert_eq!((said["namespace"].as_str(), said["signed_at"].is_null()), (Some("git"), true));
        let armoured = std::fs::read_to_string(home.path("sig")).unwrap();
        let body: String = armoured.lines().filter(|line| !line.starts_with('-')).collect();
        let changed = tool(&home, "sh", ["-c", &format!("printf %s {body} | base64 -d | sed 's/git/gut/' | base64 -w 70")]);
        std::fs::write(home.path("sig"), format!("-----BEGIN SSH SIGNATURE-----\n{changed}-----END SSH SIGNATURE-----\n"))
            .unwrap();
        let said = verdict(&home, 1);
        assert_eq!((said["verdict"].as_str(), said["namespace"].as_str()), (Some("bad"), Some("gut")), "{kind}");
    }
}

#[test]
fn openssl_verifies_the_cms_that_is_signed() {
    if !has("openssl") {
        return skip("openssl_verifies_the_cms_that_is_signed", "openssl is not installed");
    }
    for algorithm in ["p256", "p384", "p521", "rsa2048"] {
        let home = home_with(algorithm);
        let refused =
            home.open(["sign", "signer", &place(&home, "file"), "--format", "cms", "--out", &place(&home, "sig")]).with(4);
        assert!(refused.stderr.contains("Attach its certificate first"), "{}", refused.stderr);
        home.set_clock_right();
        let home = home_without_clock(algorithm);
        sign(&home, "signer", "cms");
        let check =
            ["cms", "-verify", "-binary", "-inform", "DER", "-in", "sig", "-content", "file", "-CAfile", "ca.pem", "-out", "out"];
        assert!(tool(&home, "openssl", check).contains("CMS Verification successful"), "{algorithm}");
        let said = verdict(&home, 0);
        assert_eq!((said["signer"].as_str(), said["format"].as_str()), (Some("CN=Signer"), Some("cms")));
        std::fs::write(home.path("file"), "another release\n").unwrap();
        assert_eq!(verdict(&home, 1)["verdict"], "bad");
    }
}

/// A home by the machine's clock, with a certified key and a file to sign: openssl goes by the machine's clock too.
fn home_without_clock(algorithm: &str) -> Home {
    let home = Home::with_files();
    std::fs::write(home.path("file"), MESSAGE).unwrap();
    make(&home, "signer", algorithm);
    certify(&home, "signer", "CN=Signer");
    home
}

#[test]
fn what_openssl_signs_as_cms_is_verified() {
    if !has("openssl") {
        return skip("what_openssl_signs_as_cms_is_verified", "openssl is not installed");
    }
    for (algorithm, hash) in
        [("p256", "sha256"), ("p384", "sha256"), ("p256", "sha512"), ("rsa2048", "sha384"), ("rsa2048", "sha512")]
    {
        let home = home_without_clock(algorithm);
        private(&home, "signer", "signer.pem");
        for more in [
            "-outform DER",
            "-outform PEM",
            "-outform DER -noattr",
            "-outform DER -nocerts",
            "-outform DER -keyid",
            "-outform DER -stream",
        ] {
            let sign = format!("openssl cms -sign -binary -md {hash} -in file -signer crt -inkey signer.pem {more} -out sig");
            tool(&home, "sh", ["-c", &sign]);
            let said = verdict(&home, 0);
            assert_eq!((said["format"].as_str(), said["key"]["name"].as_str()), (Some("cms"), Some("signer")), "{sign}");
            let by = if more.contains("noattr") { None } else { Some("signer") };
            assert_eq!(said["signed_at_by"].as_str(), by, "{sign}");
        }
        tool(
            &home,
            "sh",
            ["-c", "openssl cms -sign -binary -md sha1 -in file -signer crt -inkey signer.pem -outform DER -out sig"],
        );
        let weak = verdict(&home, 1);
        assert!(weak["reason"].as_str().unwrap().contains("SHA-1"), "{weak}");
    }
}

#[test]
fn an_ed25519_cms_is_as_rfc_8419_says() {
    if !has("openssl") {
        return skip("an_ed25519_cms_is_as_rfc_8419_says", "openssl is not installed");
    }
    let home = home_without_clock("ed25519");
    sign(&home, "signer", "cms");
    assert_eq!(verdict(&home, 0)["key"]["algorithm"], "ed25519");
    // OpenSSL 3.0 verifies no Ed25519 in CMS: it takes the parts out, and verifies them.
    let shown = tool(&home, "openssl", ["cms", "-cmsout", "-print", "-inform", "DER", "-in", "sig"]);
    assert!(shown.contains("ED25519") && shown.contains("sha512"), "{shown}");
    let parsed = tool(&home, "openssl", ["asn1parse", "-inform", "DER", "-in", "sig"]);
    let offset = |line: &str| line.trim_start().split(':').next().unwrap().trim().parse::<usize>().unwrap();
    let attributes = parsed.lines().rfind(|line| line.contains("cont [ 0 ]")).map(offset).unwrap();
    let signature = parsed.lines().rfind(|line| line.contains("OCTET STRING")).map(offset).unwrap();
    let bytes = std::fs::read(home.path("sig")).unwrap();
    assert_eq!(bytes[attributes + 1], 0x81, "a length in one more byte");
    let mut set = bytes[attributes..attributes + 3 + usize::from(bytes[attributes + 2])].to_vec();
    set[0] = 0x31;
    std::fs::write(home.path("set"), set).unwrap();
    std::fs::write(home.path("bare"), &bytes[signature + 2..signature + 66]).unwrap();
    public(&home, "signer", "spki-pem", "pub");
    let check = ["pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-in", "set", "-sigfile", "bare"];
    assert!(tool(&home, "openssl", check).contains("Signature Verified Successfully"));
}

#[test]
fn openssl_verifies_raw_signatures_and_makes_some() {
    if !has("openssl") {
        return skip("openssl_verifies_raw_signatures", "openssl is not installed");
    }
    for (algorithm, hash) in [("p256", "-sha256"), ("p384", "-sha384"), ("p521", "-sha512"), ("rsa2048", "-sha256")] {
        let home = home_with(algorithm);
        sign(&home, "signer", "raw");
        public(&home, "signer", "spki-pem", "pub");
        let check = ["dgst", hash, "-verify", "pub", "-signature", "sig", "file"];
        assert!(tool(&home, "openssl", check).contains("Verified OK"), "{algorithm}");
        private(&home, "signer", "signer.pem");
        for hash in ["-sha256", "-sha384", "-sha512"] {
            tool(&home, "openssl", ["dgst", hash, "-sign", "signer.pem", "-out", "sig", "file"]);
            let said = verdict(&home, 0);
            // RSA makes the same signature again, and that is on record.
            let by = (algorithm == "rsa2048" && hash == "-sha256").then_some("log");
            assert_eq!((said["format"].as_str(), said["signed_at_by"].as_str()), (Some("raw"), by), "{algorithm} {hash}");
        }
    }
    let home = home_with("ed25519");
    sign(&home, "signer", "raw");
    public(&home, "signer", "spki-pem", "pub");
    let check = ["pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-in", "file", "-sigfile", "sig"];
    assert!(tool(&home, "openssl", check).contains("Signature Verified Successfully"));
}

#[test]
fn jose_verifies_the_json_web_signature() {
    if !has("jose") {
        return skip("jose_verifies_the_json_web_signature", "jose is not installed");
    }
    for algorithm in ["p256", "p384", "p521", "rsa2048"] {
        let home = home_with(algorithm);
        sign(&home, "signer", "jws");
        public(&home, "signer", "jwk", "pub");
        // It says nothing where the signature is good, and fails where it is not.
        tool(&home, "jose", ["jws", "ver", "-i", "sig", "-I", "file", "-k", "pub", "-O", "/dev/null"]);
        std::fs::write(home.path("other"), "another release\n").unwrap();
        let other = tool(&home, "sh", ["-c", "jose jws ver -i sig -I other -k pub -O /dev/null || echo refused"]);
        assert!(other.contains("refused"), "{algorithm}");
    }
}

#[test]
fn another_library_verifies_the_json_web_signature_of_ed25519() {
    let usable = || std::process::Command::new("/usr/bin/python3").args(["-c", "import cryptography"]).status();
    if !usable().is_ok_and(|status| status.success()) {
        return skip("another_library_verifies_the_json_web_signature", "python3 has no cryptography");
    }
    let home = home_with("ed25519");
    sign(&home, "signer", "jws");
    public(&home, "signer", "spki-pem", "pub");
    let script = "\
import base64, json
from cryptography.hazmat.primitives.serialization import load_pem_public_key
head, payload, signature = open('sig').read().strip().split('.')
bare = lambda part: base64.urlsafe_b64decode(part + '=' * (-len(part) % 4))
signed = head + '.' + base64.urlsafe_b64encode(open('file', 'rb').read()).decode().rstrip('=')
load_pem_public_key(open('pub', 'rb').read()).verify(bare(signature), signed.encode())
print('good', json.loads(bare(head))['alg'], payload == '')
";
    assert_eq!(tool(&home, "/usr/bin/python3", ["-c", script]).trim(), "good EdDSA True");
}

#[test]
fn what_jose_signs_is_verified_with_and_without_its_payload() {
    if !has("jose") {
        return skip("what_jose_signs_is_verified", "jose is not installed");
    }
    let home = home_with("p256");
    home.open(["policy", "set", "--key", "signer", "exportable=yes"]).done();
    let export = ["export", "signer", "--private", "--format", "jwk", "--confirm", "signer", "--out", &place(&home, "jwk")];
    home.open(export).done();
    tool(&home, "jose", ["jws", "sig", "-I", "file", "-k", "jwk", "-c", "-o", "sig"]);
    assert_eq!(verdict(&home, 0)["key"]["name"], "signer", "it names no key, so all are tried");
    tool(&home, "jose", ["jws", "sig", "-I", "file", "-k", "jwk", "-c", "-o", "sig", "-O", "/dev/null"]);
    assert_eq!(verdict(&home, 0)["key"]["name"], "signer");
}

#[test]
fn a_truncated_signature_is_bad() {
    let home = home_with("p256");
    for form in FORMS {
        sign(&home, "signer", form);
        let whole = std::fs::read(home.path("sig")).unwrap();
        for length in [whole.len() / 2, whole.len() - 12, 1] {
            std::fs::write(home.path("sig"), &whole[..length]).unwrap();
            assert_eq!(verdict(&home, 1)["verdict"], "bad", "{form} {length}");
        }
    }
    std::fs::write(home.path("sig"), "").unwrap();
    assert_eq!(verdict(&home, 1)["reason"], "The signature file is empty.");
}

#[test]
fn a_changed_file_is_told() {
    let home = home_with("ed25519");
    for form in FORMS {
        std::fs::write(home.path("file"), MESSAGE).unwrap();
        sign(&home, "signer", form);
        std::fs::write(home.path("file"), "a  release\n").unwrap();
        let said = verdict(&home, 1);
        assert_eq!((said["verdict"].as_str(), said["key"].is_null()), (Some("bad"), true), "{form}");
        if form != "raw" {
            assert!(said["reason"].as_str().unwrap().contains("It names signer, version 1, as its signer"), "{said}");
        }
    }
}

#[test]
fn the_key_that_signed_is_found_among_others_and_another_inventory_does_not_know_it() {
    let (home, stranger) = (home_with("ed25519"), home_with("ed25519"));
    for name in ["before", "after"] {
        make(&home, name, "ed25519");
    }
    for form in FORMS {
        sign(&home, "after", form);
        assert_eq!(verdict(&home, 0)["key"]["name"], "after", "{form}");
        std::fs::copy(home.path("sig"), stranger.path("sig")).unwrap();
        let said = verdict(&stranger, 1);
        let (wanted, fits) = match form {
            "sshsig" => ("unknown-signer", Some(true)),
            "jws" => ("unknown-signer", None),
            _ => ("bad", Some(false)),
        };
        assert_eq!((said["verdict"].as_str(), said["fits"].as_bool()), (Some(wanted), fits), "{form}");
    }
}

#[test]
fn an_expired_key_signs_no_more_and_what_it_signed_stays_good() {
    let home = home_with("ed25519");
    sign(&home, "signer", "sshsig");
    home.set_clock("2027-08-01T09:00:00Z");
    let refused = home.open(["sign", "signer", &place(&home, "file"), "--format", "raw", "--out", &place(&home, "raw")]).with(4);
    assert!(refused.stderr.contains("Signer cannot be used to sign: it is deactivated, not active"), "{}", refused.stderr);
    let said = verdict(&home, 0);
    let states = (said["state_then"].as_str(), said["state_now"].as_str(), said["signed_at_by"].as_str());
    assert_eq!(states, (Some("active"), Some("deactivated"), Some("log")));
}

#[test]
fn a_suspended_key_signs_nothing_and_what_shows_no_time_is_doubted() {
    let home = home_with("p256");
    private(&home, "signer", "signer.pem");
    sign(&home, "signer", "jws");
    home.set_clock(LATER);
    home.open(["suspend", "signer", "--reason", "missing"]).done();
    home.set_clock(LATER_STILL);
    home.open(["sign", "signer", &place(&home, "file"), "--format", "raw", "--out", &place(&home, "raw")]).with(4);
    assert_eq!(verdict(&home, 0)["state_now"], "suspended", "the log shows that it was made before");
    if has("openssl") {
        tool(&home, "openssl", ["dgst", "-sha256", "-sign", "signer.pem", "-out", "sig", "file"]);
        let said = verdict(&home, 1);
        assert_eq!((said["verdict"].as_str(), said["fits"].as_bool()), (Some("doubtful"), Some(true)));
        assert!(said["reason"].as_str().unwrap().contains("nothing shows that the signature was made while it was active"));
    }
}

#[test]
fn a_compromise_after_the_signing_is_told_from_one_before() {
    let home = home_with("ed25519");
    home.set_clock(LATER);
    sign(&home, "signer", "sshsig");
    home.set_clock(LATER_STILL);
    home.open(["revoke", "signer", "--reason", "key-compromise", "--compromised-at", "2027-01-04T10:30:00Z"]).done();
    let said = verdict(&home, 0);
    assert_eq!((said["state_then"].as_str(), said["state_now"].as_str()), (Some("active"), Some("compromised")));
    assert_eq!(said["compromised_since"], "2027-01-04T10:30:00Z");

    let home = home_with("ed25519");
    home.set_clock(LATER);
    sign(&home, "signer", "sshsig");
    home.set_clock(LATER_STILL);
    home.open(["revoke", "signer", "--reason", "key-compromise", "--compromised-at", "2027-01-04T09:30:00Z"]).done();
    let said = verdict(&home, 1);
    assert_eq!((said["verdict"].as_str(), said["state_then"].as_str()), (Some("doubtful"), Some("compromised")));
    let shown = home.run(["verify", &place(&home, "file"), "--signature", &place(&home, "sig")]).with(1).text();
    assert!(shown.contains("Not to be trusted") && shown.contains("Do not rely on it"), "{shown}");
}

#[test]
fn a_time_that_only_the_signer_says_does_not_save_a_compromised_key() {
    if !has("openssl") {
        return skip("a_time_that_only_the_signer_says", "openssl is not installed");
    }
    let home = home_without_clock("p256");
    private(&home, "signer", "signer.pem");
    let sign =
        ["cms", "-sign", "-binary", "-in", "file", "-signer", "crt", "-inkey", "signer.pem", "-outform", "DER", "-out", "sig"];
    tool(&home, "openssl", sign);
    let said = verdict(&home, 0);
    assert_eq!((said["signed_at_by"].as_str(), said["state_then"].as_str()), (Some("signer"), Some("active")));
    // The compromise begins later than the signature says that it was made.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    home.open(["revoke", "signer", "--reason", "key-compromise"]).done();
    let said = verdict(&home, 1);
    assert!(said["reason"].as_str().unwrap().contains("nothing but the signature itself says when it was made"), "{said}");
}

#[test]
fn an_empty_file_is_signed_like_any_other() {
    let home = home_with("p256");
    std::fs::write(home.path("file"), "").unwrap();
    for form in FORMS {
        sign(&home, "signer", form);
        assert_eq!(verdict(&home, 0)["verdict"], "good", "{form}");
    }
}

#[test]
fn a_folder_is_not_signed_and_not_verified() {
    let home = home_with("ed25519");
    let folder = place(&home, "folder");
    std::fs::create_dir(home.path("folder")).unwrap();
    let refused = home.open(["sign", "signer", &folder, "--format", "sshsig", "--out", &place(&home, "sig")]).with(3);
    assert!(refused.stderr.contains("is a folder. Name a file in it"), "{}", refused.stderr);
    assert!(!home.path("sig").exists());
    sign(&home, "signer", "sshsig");
    home.run(["verify", &folder, "--signature", &place(&home, "sig")]).with(3);
    home.run(["verify", &place(&home, "file"), "--signature", &folder]).with(3);
    home.run(["verify", &place(&home, "file"), "--signature", &place(&home, "nowhere")]).with(3);
}

#[test]
#[cfg(unix)]
fn a_pipe_is_refused_without_waiting_for_it() {
    let home = home_with("ed25519");
    tool(&home, "mkfifo", ["pipe"]);
    let pipe = place(&home, "pipe");
    let refused = home.open(["sign", "signer", &pipe, "--format", "raw", "--out", &place(&home, "sig")]).with(3);
    assert!(refused.stderr.contains("is not a regular file (a pipe or a device)"), "{}", refused.stderr);
    home.open(["sign", "signer", &place(&home, "file"), "--format", "raw", "--out", &pipe]).with(3);
    sign(&home, "signer", "raw");
    home.run(["verify", &pipe, "--signature", &place(&home, "sig")]).with(3);
    home.run(["verify", &place(&home, "file"), "--signature", &pipe]).with(3);
}

#[test]
fn what_cannot_be_meant_is_wrong_use_and_nothing_is_written() {
    let home = home_with("ed25519");
    let [file, out] = [place(&home, "file"), place(&home, "sig")];
    let wrong: [&[&str]; 7] = [
        &["sign", "nobody", &file, "--format", "raw", "--out", &out],
        &["sign", "signer", &file, "--format", "pgp", "--out", &out],
        &["sign", "signer", &file, "--format", "raw", "--out", &out, "--namespace", "git"],
        &["sign", "signer", &file, "--format", "sshsig", "--out", &out, "--namespace", ""],
        &["sign", "signer", &file, "--format", "raw", "--out", &file, "--replace"],
        &["verify", &file],
        &["verify", &file, "--signature", &out, "--format", "pgp"],
    ];
    for arguments in wrong {
        home.open(arguments.iter().copied()).with(2);
        assert!(!home.path("sig").exists(), "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(home.path("file")).unwrap(), MESSAGE);
    sign(&home, "signer", "raw");
    home.open(["sign", "signer", &file, "--format", "raw", "--out", &out]).with(4);
}
