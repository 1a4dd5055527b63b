//! `discover`: what lies in folders, with its risks, and what is tracked there.

use std::path::Path;

use serde_json::Value;

use super::{checked, facts, names, place, tool};
use crate::support::Home;

/// What was found in folders; with this exit code.
#[track_caller]
fn found(home: &Home, code: i32, folders: &[&str]) -> Value {
    let folders: Vec<String> = folders.iter().map(|folder| place(home, folder)).collect();
    let arguments = ["discover"].into_iter().chain(folders.iter().map(String::as_str)).chain(["--json"]);
    checked(&home.run(arguments).with(code), "discover")
}

/// The findings of the file of this name.
fn of<'a>(found: &'a Value, name: &str) -> Vec<&'a Value> {
    let named = |finding: &&Value| Path::new(finding["path"].as_str().unwrap()).file_name().is_some_and(|found| found == name);
    found["findings"].as_array().unwrap().iter().filter(named).collect()
}

/// The words of the risks of a file's first finding.
#[track_caller]
fn risks<'a>(found: &'a Value, name: &str) -> Vec<&'a str> {
    let of = of(found, name);
    assert!(!of.is_empty(), "{name} was not found: {found}");
    of[0]["risks"].as_array().unwrap().iter().map(|risk| risk["id"].as_str().unwrap()).collect()
}

fn ssh_key(home: &Home, name: &str, passphrase: &str) {
    std::fs::create_dir_all(home.path(name).parent().unwrap()).unwrap();
    tool(home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "mira", "-f", &place(home, name)]);
}

#[cfg(unix)]
fn chmod(home: &Home, name: &str, mode: u32) {
    std::fs::set_permissions(home.path(name), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
#[cfg(unix)]
fn every_key_certificate_and_keystore_is_found_with_its_risks() {
    let home = Home::new();
    std::fs::create_dir(home.path("keys")).unwrap();
    let at = |name: &str| place(&home, &format!("keys/{name}"));
    ssh_key(&home, "keys/open", "");
    ssh_key(&home, "keys/closed", "a long passphrase");
    tool(&home, "openssl", ["genrsa", "-out", &at("weak.pem"), "1024"]);
    let subject = ["-subj", "/CN=shop.example", "-keyout", &at("shop.key"), "-out", &at("shop.crt")];
    tool(&home, "openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10"].into_iter().chain(subject));
    let (key, certificate, store) = (at("shop.key"), at("shop.crt"), at("shop.p12"));
    let export = ["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-passout", "pass:secret", "-out", &store];
    tool(&home, "openssl", export);
    for name in ["open", "closed", "weak.pem", "shop.key", "shop.p12"] {
        chmod(&home, &format!("keys/{name}"), 0o600);
    }
    let found = found(&home, 1, &["keys"]);
    assert_eq!(risks(&found, "open"), ["no-passphrase"]);
    assert_eq!(risks(&found, "closed"), [""; 0]);
    assert_eq!(risks(&found, "weak.pem"), ["no-passphrase", "weak-algorithm"]);
    assert_eq!(risks(&found, "shop.crt"), ["expires-soon"]);
    assert_eq!(risks(&found, "shop.p12"), [""; 0]);
    assert_eq!(of(&found, "shop.p12")[0]["encrypted"], true);
    assert_eq!(of(&found, "open.pub")[0]["private"], false);
    // A year later the certificate is over.
    home.set_clock("2099-01-01T00:00:00Z");
    assert_eq!(risks(&self::found(&home, 1, &["keys"]), "shop.crt"), ["expired"]);
}

#[test]
#[cfg(unix)]
fn an_unencrypted_key_of_mode_0644_inside_a_git_tree_that_ignores_it_is_found() {
    let home = Home::new();
    ssh_key(&home, "tree/deep/in/deploy", "");
    ssh_key(&home, "tree/committed", "");
    std::fs::write(home.path("tree/.gitignore"), "deploy\ndeep/\n").unwrap();
    chmod(&home, "tree/deep/in/deploy", 0o644);
    let tree = place(&home, "tree");
    tool(&home, "git", ["-C", &tree, "init", "-q"]);
    tool(&home, "git", ["-C", &tree, "add", "committed"]);
    let found = found(&home, 1, &["tree/deep"]);
    assert_eq!(risks(&found, "deploy"), ["no-passphrase", "readable-by-others", "in-version-control"]);
    let said = of(&found, "deploy")[0]["risks"].to_string();
    assert!(said.contains("(mode 0644)") && said.contains("not tracked so far"), "{said}");
    let found = self::found(&home, 1, &["tree"]);
    assert!(of(&found, "committed")[0]["risks"].to_string().contains("every clone of the tree has it"), "{found}");
}

#[test]
fn the_same_key_in_several_places_names_each_in_whatever_form() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("a/b")).unwrap();
    let (one, two) = (place(&home, "a/one.pem"), place(&home, "a/b/two.der"));
    tool(&home, "openssl", ["genpkey", "-algorithm", "ED25519", "-out", &one]);
    tool(&home, "openssl", ["pkey", "-in", &one, "-outform", "DER", "-out", &two]);
    let found = found(&home, 1, &["a"]);
    assert!(risks(&found, "one.pem").contains(&"several-places"), "{found}");
    assert!(of(&found, "one.pem")[0]["risks"].to_string().contains("a/b/two.der"));
    assert!(of(&found, "two.der")[0]["risks"].to_string().contains("a/one.pem"));
}

#[test]
#[cfg(unix)]
fn pipes_sockets_devices_and_links_out_neither_block_nor_lead_anywhere() {
    let home = Home::new();
    ssh_key(&home, "elsewhere/secret", "");
    std::fs::create_dir(home.path("keys")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(home.path("keys/socket")).unwrap();
    for name in ["keys/pipe", "keys/pipe.pem", "keys/.ignore", "keys/.git"] {
        tool(&home, "mkfifo", [&*place(&home, name)]);
    }
    for (target, name) in
        [("/dev/zero", "zero"), ("/dev/tty", "tty.pem"), ("../elsewhere", "out"), ("../elsewhere/secret", "link")]
    {
        std::os::unix::fs::symlink(target, home.path("keys").join(name)).unwrap();
    }
    let began = std::time::Instant::now();
    let found = found(&home, 0, &["keys"]);
    assert!(began.elapsed().as_secs() < 10, "nothing blocked");
    assert_eq!((found["findings"].as_array().unwrap().len(), found["files"].as_u64()), (0, Some(0)), "{found}");
}

#[test]
fn ignore_files_and_made_folders_are_respected_and_counted() {
    let home = Home::new();
    for name in ["top/kept", "top/hidden/key", "top/node_modules/key", "top/target/key", "top/deep/.git/objects/key"] {
        ssh_key(&home, name, "");
    }
    std::fs::write(home.path("top/.ignore"), "/hidden\n*.pub\n").unwrap();
    std::fs::write(home.path("top/target/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55").unwrap();
    let found = found(&home, 1, &["top"]);
    let paths: Vec<&str> = found["findings"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [place(&home, "top/kept")]);
    assert_eq!(found["passed_over"], 5, "two by the ignore file, three made folders");
    // Named itself it is looked into.
    assert_eq!(of(&self::found(&home, 1, &["top/target"]), "key").len(), 1);
}

#[test]
fn ten_thousand_files_are_looked_at_and_the_one_key_among_them_is_found() {
    let home = Home::new();
    for folder in 0..100 {
        let folder = home.path(&format!("many/{folder}"));
        std::fs::create_dir_all(&folder).unwrap();
        (0..100).for_each(|number| std::fs::write(folder.join(number.to_string()), "nothing\n".repeat(100)).unwrap());
    }
    ssh_key(&home, "many/50/needle", "");
    let found = found(&home, 1, &["many"]);
    assert_eq!((found["files"].as_u64(), of(&found, "needle").len()), (Some(10_002), 1));
}

#[test]
fn what_cannot_be_looked_at_is_said_and_the_inventory_is_passed_over() {
    let home = Home::with_files();
    home.open(["generate", "a", "--purpose", "ssh"]).done();
    std::fs::File::create(home.path("inventory/large.pem")).unwrap();
    std::fs::create_dir(home.path("data")).unwrap();
    let large = std::fs::File::create(home.path("data/large.pem")).unwrap();
    std::io::Write::write_all(&mut &large, b"-----BEGIN PRIVATE KEY-----\n").unwrap();
    large.set_len(2 << 30).unwrap();
    let found = found(&home, 0, &[""]);
    assert!(found["unread"].to_string().contains("67108864 is the limit"), "{found}");
    home.run(["discover", "/nowhere/at/all"]).with(2);
    home.run(["discover"]).with(2);
}

#[test]
fn what_is_here_already_is_named() {
    let home = Home::with_files();
    ssh_key(&home, "keys/id", "");
    facts(&home, "import", ["import", &place(&home, "keys/id")]);
    assert_eq!(of(&found(&home, 1, &["keys"]), "id")[0]["key"], "mira");
}

fn check(home: &Home) -> Value {
    let ended = home.run(["check", "--json"]);
    let value = ended.json();
    super::schema::check("check", &value);
    value
}

fn alert<'a>(checked: &'a Value, kind: &str) -> Option<&'a Value> {
    checked["alerts"].as_array().unwrap().iter().find(|alert| alert["kind"] == kind)
}

#[test]
fn a_tracked_file_that_changed_or_is_gone_is_an_alert_of_check_which_never_unlocks() {
    let home = Home::with_files();
    ssh_key(&home, "keys/one", "");
    ssh_key(&home, "keys/two", "a long passphrase");
    home.open(["discover", &place(&home, "keys"), "--track"]).with(1);
    let listed = home.run(["list", "--json"]).done().json();
    assert_eq!(names(&listed), ["mira", "two"]);
    assert!(alert(&check(&home), "tracked-changed").is_none() && alert(&check(&home), "tracked-gone").is_none());
    // Again it changes nothing.
    let before = std::fs::read(home.path("inventory/audit.ron")).unwrap().len();
    home.open(["discover", &place(&home, "keys"), "--track"]).with(1);
    assert_eq!(home.run(["list", "--json"]).done().json(), listed);
    assert!(std::fs::read_to_string(home.path("inventory/audit.ron")).unwrap()[before..].find("KeysNoted").is_none());
    std::fs::write(home.path("keys/one"), "another").unwrap();
    std::fs::remove_file(home.path("keys/two")).unwrap();
    let checked = check(&home);
    let (changed, gone) = (alert(&checked, "tracked-changed").unwrap(), alert(&checked, "tracked-gone").unwrap());
    assert_eq!((changed["name"].as_str(), gone["name"].as_str()), (Some("mira"), Some("two")), "{checked}");
    assert!(changed["sentence"].as_str().unwrap().contains("keys/one is not the file that was noted"), "{changed}");
    home.run(["alerts", "--json"]).with(1);
}

#[test]
fn what_is_tracked_can_be_brought_in_and_is_tracked_no_more() {
    let home = Home::with_files();
    ssh_key(&home, "keys/one", "");
    home.open(["discover", &place(&home, "keys"), "--track"]).with(1);
    let ended = facts(&home, "import", ["import", &place(&home, "keys/one")]);
    assert_eq!((ended[0]["outcome"].as_str(), ended[0]["name"].as_str()), (Some("imported"), Some("mira")), "{ended}");
    std::fs::remove_file(home.path("keys/one")).unwrap();
    assert!(alert(&check(&home), "tracked-gone").is_none());
    // Its private half is here: it signs a request.
    home.open(["request", "mira", "--subject", "CN=mira", "--out", &place(&home, "mira.csr")]).done();
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_it_at_once_and_says_that_it_was_cancelled() {
    let home = Home::new();
    for folder in 0..200 {
        let folder = home.path(&format!("many/{folder}"));
        std::fs::create_dir_all(&folder).unwrap();
        (0..200).for_each(|number| std::fs::write(folder.join(number.to_string()), "0".repeat(20_000)).unwrap());
    }
    let mut command = home.command(["discover", &place(&home, "many"), &place(&home, "many"), &place(&home, "many")]);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let began = std::time::Instant::now();
    tool(&home, "kill", ["-INT", &child.id().to_string()]);
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed().as_millis() < 1_500);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(3) {
        assert!(said.contains("Cancelled after") && said.contains("Nothing was changed"), "{said}");
    } else {
        assert_eq!(output.status.code(), Some(0), "it was faster than the signal: {said}");
    }
}
