//! `import`: files of other programs, brought in from a shell.

use serde_json::Value;

use super::{facts, looked, names, place, tool};
use crate::support::{Ended, Home, end_of};

/// Brings files in with passphrases of theirs on a descriptor.
fn brought_in(home: &Home, passphrases: &str, paths: &[&str], options: &str) -> Ended {
    std::fs::write(home.path("of-the-files"), passphrases).unwrap();
    let program = crate::support::program().display();
    let paths: Vec<String> = paths.iter().map(|path| format!("'{}'", place(home, path))).collect();
    let script = format!("exec '{program}' import {} --input-passphrase-fd 3 {options} 3<of-the-files", paths.join(" "));
    let mut command = std::process::Command::new("sh");
    home.at_home(&mut command);
    command.args(["-c", &script]).current_dir(home.path(""));
    end_of(command)
}

fn outcomes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|object| object["outcome"].as_str().unwrap()).collect()
}

/// A key with its certificate and the certificate of its issuer, as a web server has them.
fn web_server(home: &Home) {
    std::fs::create_dir_all(home.path("live/shop.example.com")).unwrap();
    let at = |name: &str| place(home, &format!("live/shop.example.com/{name}"));
    tool(
        home,
        "openssl",
        [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "900",
            "-subj",
            "/CN=Example CA",
            "-keyout",
            &place(home, "ca.key"),
            "-out",
            &place(home, "ca.crt"),
        ],
    );
    tool(
        home,
        "openssl",
        [
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=shop.example.com",
            "-keyout",
            &at("privkey.pem"),
            "-out",
            &place(home, "shop.csr"),
        ],
    );
    std::fs::write(home.path("names"), "subjectAltName=DNS:shop.example.com\nextendedKeyUsage=serverAuth\n").unwrap();
    tool(
        home,
        "openssl",
        [
            "x509",
            "-req",
            "-in",
            &place(home, "shop.csr"),
            "-CA",
            &place(home, "ca.crt"),
            "-CAkey",
            &place(home, "ca.key"),
            "-days",
            "90",
            "-extfile",
            &place(home, "names"),
            "-out",
            &place(home, "shop.crt"),
        ],
    );
    let chain = [std::fs::read(home.path("shop.crt")).unwrap(), std::fs::read(home.path("ca.crt")).unwrap()].concat();
    std::fs::write(at("fullchain.pem"), chain).unwrap();
}

#[test]
fn a_dry_run_needs_no_inventory_and_brings_nothing_in() {
    let home = Home::new();
    tool(&home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "mira@laptop", "-f", &place(&home, "id_ed25519")]);
    let found = looked(&home, "import", ["import", &place(&home, "id_ed25519"), &place(&home, "id_ed25519.pub"), "--dry-run"]);
    assert_eq!(outcomes(&found), ["imported", "present"]);
    assert_eq!(found[0]["name"], "mira@laptop");
    assert!(!home.inventory().exists());
}

#[test]
fn a_key_its_certificate_and_its_chain_become_one_entry() {
    let home = Home::with_files();
    web_server(&home);
    let found = facts(&home, "import", ["import", &place(&home, "live")]);
    assert_eq!(outcomes(&found), ["imported", "present", "imported"], "{found}");
    let shown = looked(&home, "show", ["show", "shop.example.com"]);
    assert_eq!(shown["purpose"], "tls-server");
    let version = &shown["versions"][0];
    assert_eq!(version["certificate"]["issuer"], "CN=Example CA");
    let spki = tool(&home, "openssl", ["pkey", "-in", &place(&home, "live/shop.example.com/privkey.pem"), "-pubout"]);
    assert_eq!(version["public_key_pem"].as_str().unwrap().trim(), spki.trim());
    // The private half is there: it signs a request that openssl accepts.
    let request = place(&home, "again.csr");
    home.open(["request", "shop.example.com", "--subject", "CN=shop.example.com", "--out", &request]).done();
    assert!(tool(&home, "openssl", ["req", "-verify", "-noout", "-in", &request]).contains("verify OK"));
}

/// A key that was brought in from `one.pem`.
fn with_one(home: &Home) {
    let one = place(home, "one.pem");
    tool(home, "openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &one]);
    assert_eq!(outcomes(&facts(home, "import", ["import", &one])), ["imported"]);
}

#[test]
fn a_duplicate_of_a_key_already_here_is_present() {
    let home = Home::with_files();
    with_one(&home);
    let again = facts(&home, "import", ["import", &place(&home, "one.pem")]);
    assert_eq!((again[0]["outcome"].as_str(), again[0]["name"].as_str()), (Some("present"), Some("one")));
    assert_eq!(names(&looked(&home, "list", ["list"])), ["one"]);
}

#[test]
fn a_duplicate_of_a_key_already_here_is_present_under_another_format_too() {
    let home = Home::with_files();
    with_one(&home);
    tool(&home, "openssl", ["rsa", "-traditional", "-in", &place(&home, "one.pem"), "-out", &place(&home, "two.pem")]);
    let again = facts(&home, "import", ["import", &place(&home, "two.pem")]);
    assert_eq!((again[0]["outcome"].as_str(), again[0]["name"].as_str()), (Some("present"), Some("one")));
    let both = facts(&home, "import", ["import", &place(&home, "one.pem"), &place(&home, "two.pem")]);
    assert_eq!(outcomes(&both), ["present", "present"]);
    assert_eq!(names(&looked(&home, "list", ["list"])), ["one"]);
}

#[test]
fn several_passphrases_are_tried_on_several_files() {
    let home = Home::with_files();
    for (name, passphrase) in [("a", "apple tree"), ("b", "birch tree"), ("c", "cherry tree")] {
        let at = place(&home, name);
        tool(
            &home,
            "openssl",
            ["genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass", &format!("pass:{passphrase}"), "-out", &at],
        );
    }
    let options = "--passphrase-file passphrase --json";
    let ended = brought_in(&home, "birch tree\napple tree\n", &["a", "b", "c"], options).with(4);
    super::schema::check("import", &ended.json());
    assert_eq!(outcomes(&ended.json()), ["imported", "imported", "refused"]);
    assert!(ended.json()[2]["reason"].as_str().unwrap().contains("None of the passphrases given opens it"), "{}", ended.text());
    let ended = facts_of_refused(&home, "c");
    assert!(ended[0]["reason"].as_str().unwrap().contains("Give its passphrase"), "{ended}");
}

fn facts_of_refused(home: &Home, path: &str) -> Value {
    home.open(["import", &place(home, path), "--json"]).with(4).json()
}

#[test]
fn a_password_that_is_not_ascii_opens_what_others_closed() {
    let home = Home::with_files();
    let at = place(&home, "kuchen.p12");
    tool(
        &home,
        "openssl",
        [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=kuchen.example",
            "-keyout",
            &place(&home, "k.pem"),
            "-out",
            &place(&home, "c.pem"),
        ],
    );
    tool(
        &home,
        "openssl",
        [
            "pkcs12",
            "-export",
            "-inkey",
            &place(&home, "k.pem"),
            "-in",
            &place(&home, "c.pem"),
            "-passout",
            "pass:Käsekuchen",
            "-name",
            "Kuchen",
            "-out",
            &at,
        ],
    );
    let ended = brought_in(&home, "Käsekuchen\n", &["kuchen.p12"], "--passphrase-file passphrase --json").done();
    assert_eq!(outcomes(&ended.json()), ["imported", "imported"], "{}", ended.text());
}

#[test]
fn a_public_key_alone_is_held_elsewhere_until_its_private_half_comes() {
    let home = Home::with_files();
    tool(&home, "ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-C", "deploy", "-f", &place(&home, "id")]);
    let found = facts(&home, "import", ["import", &place(&home, "id.pub")]);
    assert_eq!(outcomes(&found), ["imported"]);
    let shown = looked(&home, "show", ["show", "deploy"]);
    assert_eq!(shown["store"], "Held elsewhere");
    let refused = home.open(["request", "deploy", "--subject", "CN=x", "--out", &place(&home, "x.csr")]).with(4);
    assert!(refused.stderr.contains("not in a store of this inventory"), "{}", refused.stderr);
    let found = facts(&home, "import", ["import", &place(&home, "id")]);
    assert_eq!((found[0]["outcome"].as_str(), found[0]["name"].as_str()), (Some("imported"), Some("deploy")));
    assert_ne!(looked(&home, "show", ["show", "deploy"])["store"], "Held elsewhere");
    home.open(["request", "deploy", "--subject", "CN=x", "--out", &place(&home, "x.csr")]).done();
    let story = home.run(["show", "deploy"]).done().text();
    assert!(story.contains("brought in the private half of deploy"), "{story}");
}

#[test]
fn a_key_that_was_destroyed_here_is_not_brought_back() {
    let home = Home::with_files();
    tool(&home, "openssl", ["genpkey", "-algorithm", "ED25519", "-out", &place(&home, "old.pem")]);
    home.open(["import", &place(&home, "old.pem")]).done();
    home.open(["destroy", "old", "--now", "--confirm", "old"]).done();
    let refused = home.open(["import", &place(&home, "old.pem"), "--json"]).with(4).json();
    assert!(refused[0]["reason"].as_str().unwrap().contains("was destroyed here as old"), "{refused}");
}

#[test]
fn two_keys_of_one_name_get_names_of_their_own() {
    let home = Home::with_files();
    home.open(["generate", "deploy"]).done();
    for name in ["x", "y"] {
        tool(&home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", &place(&home, name)]);
    }
    let found = facts(&home, "import", ["import", &place(&home, "x"), &place(&home, "y")]);
    assert_eq!(names(&found), ["deploy-2", "deploy-3"]);
}

#[test]
fn a_certificate_expired_on_arrival_is_taken_with_a_warning() {
    let home = Home::with_files();
    web_server(&home);
    home.set_clock("2031-01-01T00:00:00Z");
    let found = facts(&home, "import", ["import", &place(&home, "live"), "--dry-run"]);
    assert_eq!(outcomes(&found), ["imported", "present", "imported"]);
    home.open(["import", &place(&home, "live")]).done();
    let alerts = home.run(["alerts"]).with(1).text();
    assert!(alerts.to_lowercase().contains("certificate"), "{alerts}");
}

#[test]
fn a_pkcs8_of_an_unknown_algorithm_is_kept_whole() {
    let home = Home::with_files();
    // A sound PKCS#8 (RFC 5958) of 1.3.6.1.4.1.99999.1.
    let der = [
        0x30, 0x16, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f, 0x01, 0x04, 0x04,
        1, 2, 3, 4,
    ];
    std::fs::write(home.path("odd.der"), der).unwrap();
    let found = facts(&home, "import", ["import", &place(&home, "odd.der")]);
    assert_eq!((found[0]["outcome"].as_str(), found[0]["algorithm"].as_str()), (Some("imported"), Some("unknown")), "{found}");
    assert_eq!(found[0]["spki_sha256"], Value::Null);
    let object = std::fs::read_dir(home.inventory().join("secrets")).unwrap().flatten().next().unwrap().path();
    assert!(object.extension().is_some_and(|ending| ending == "age"));
    home.open(["audit", "verify"]).done();
}

#[test]
fn a_damaged_file_is_refused_and_the_one_beside_it_brought_in() {
    let home = Home::with_files();
    tool(&home, "openssl", ["genpkey", "-algorithm", "ED25519", "-out", &place(&home, "good.pem")]);
    let good = std::fs::read_to_string(home.path("good.pem")).unwrap();
    std::fs::write(home.path("bad.pem"), good.replace("MC4CAQ", "MC4CAA")).unwrap();
    let found = home.open(["import", &place(&home, "bad.pem"), &place(&home, "good.pem"), "--json"]).with(4).json();
    assert_eq!(outcomes(&found), ["refused", "imported"]);
    assert_eq!(names(&looked(&home, "list", ["list"])), ["good"]);
}

#[test]
fn import_asks_for_at_least_one_path_and_refuses_one_that_is_not_there() {
    let home = Home::with_files();
    home.open(["import"]).with(2);
    let refused = home.open(["import", &place(&home, "nowhere"), "--json"]).with(4).json();
    assert!(refused[0]["reason"].as_str().unwrap().contains("cannot be read"), "{refused}");
}
