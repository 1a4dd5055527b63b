//! What is tracked where it lies: listed, stopped, brought in, and the loose file removed.

use serde_json::Value;

use super::{checked, facts, looked, names, place, tool};
use crate::support::{Ended, Home, program};

fn ssh_key(home: &Home, name: &str, passphrase: &str) {
    std::fs::create_dir_all(home.path(name).parent().unwrap()).unwrap();
    tool(home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "mira", "-f", &place(home, name)]);
}

/// What is tracked; with this exit code.
#[track_caller]
fn tracked(home: &Home, code: i32) -> Value {
    checked(&home.run(["discover", "--tracked", "--json"]).with(code), "discover-tracked")
}

fn track(home: &Home, folder: &str) {
    let ended = home.open(["discover", &place(home, folder), "--track"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
}

/// Brings in with passphrases of the files.
fn import_with(home: &Home, passphrase: &str, arguments: &str) -> Ended {
    std::fs::write(home.path("of-the-files"), format!("{passphrase}\n")).unwrap();
    let script = format!(
        "exec '{}' import {arguments} --json --input-passphrase-fd 3 --passphrase-file passphrase 3<of-the-files",
        program().display()
    );
    let mut command = std::process::Command::new("sh");
    home.at_home(&mut command);
    command.args(["-c", &script]).current_dir(home.path(""));
    crate::support::end_of(command)
}

#[test]
fn what_is_tracked_is_listed_without_unlocking_and_stopped_by_its_path() {
    let home = Home::with_files();
    assert_eq!(tracked(&home, 0), serde_json::json!([]));
    ssh_key(&home, "keys/one", "");
    ssh_key(&home, "keys/two", "a long passphrase");
    track(&home, "keys");
    let listed = tracked(&home, 0);
    assert_eq!(
        listed.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect::<Vec<_>>(),
        ["unchanged"; 2]
    );
    assert_eq!(listed[0]["path"], place(&home, "keys/one").as_str());
    assert_eq!(
        listed[0]["sha256"].as_str().unwrap(),
        tool(&home, "sha256sum", [&*place(&home, "keys/one")]).split(' ').next().unwrap()
    );
    std::fs::write(home.path("keys/one"), "another").unwrap();
    std::fs::remove_file(home.path("keys/two")).unwrap();
    let listed = tracked(&home, 1);
    assert_eq!((listed[0]["status"].as_str(), listed[1]["status"].as_str()), (Some("changed"), Some("gone")), "{listed}");
    assert!(listed[1]["sentence"].as_str().unwrap().contains("keys/two is not there any more"));
    // One of two that is not tracked stops neither.
    let before = std::fs::read(home.path("inventory/audit.ron")).unwrap();
    let ended = home.open(["discover", "--stop", &place(&home, "keys/one"), &place(&home, "keys/none")]).with(2);
    assert!(ended.stderr.contains("keys/none is not tracked. Nothing was changed."), "{}", ended.stderr);
    assert!(
        !String::from_utf8_lossy(&std::fs::read(home.path("inventory/audit.ron")).unwrap()[before.len()..])
            .contains("HeldChanged")
    );
    let done = facts(&home, "done", ["discover", "--stop", &place(&home, "keys/one"), &place(&home, "keys/two")]);
    assert_eq!(done["keys"].as_array().unwrap().len(), 2);
    assert_eq!(tracked(&home, 0), serde_json::json!([]));
    let checked = home.run(["check", "--json"]).json();
    assert!(!checked["alerts"].to_string().contains("tracked-"), "{checked}");
    assert_eq!(std::fs::read(home.path("keys/one")).unwrap(), b"another", "no file is touched");
    assert_eq!(names(&looked(&home, "list", ["list"])).len(), 2, "the entries stay");
}

#[test]
fn a_path_is_stopped_as_it_is_named_from_here() {
    let home = Home::with_files();
    ssh_key(&home, "keys/one", "");
    track(&home, "keys");
    let mut command = home.command(["discover", "--stop", "keys/one", "--passphrase-file", "passphrase"]);
    command.current_dir(home.path(""));
    crate::support::end_of(command).done();
    assert_eq!(tracked(&home, 0), serde_json::json!([]));
}

#[test]
fn the_grammar_keeps_its_forms_apart() {
    let home = Home::with_files();
    for wrong in
        [&["discover"][..], &["discover", "/", "--tracked"], &["discover", "--stop"], &["discover", "--tracked", "--stop", "x"]]
    {
        home.run(wrong.iter().copied()).with(2);
    }
    home.run(["discover", "--stop", "/x"]).with(2);
    let help = home.run(["discover", "--help"]).done().text();
    assert!(help.contains("--tracked") && help.contains("--stop <PATH>..."), "{help}");
    assert!(home.run(["import", "--help"]).done().text().contains("--remove-files"));
}

#[test]
fn a_tracked_file_that_no_passphrase_had_opened_becomes_the_key_of_its_own_entry_when_it_is_brought_in() {
    let home = Home::with_files();
    ssh_key(&home, "keys/deploy", "a long passphrase");
    tool(
        &home,
        "ssh-keygen",
        ["-q", "-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "a long passphrase", "-f", &place(&home, "keys/web")],
    );
    track(&home, "keys");
    assert_eq!(names(&looked(&home, "list", ["list"])), ["deploy", "web"]);
    let ended = import_with(&home, "a long passphrase", "keys/deploy keys/web").done();
    let ended = checked(&ended, "import");
    assert_eq!((ended[0]["outcome"].as_str(), ended[0]["name"].as_str()), (Some("imported"), Some("deploy")), "{ended}");
    let listed = looked(&home, "list", ["list"]);
    assert_eq!(names(&listed), ["deploy", "web"], "no second entry");
    assert_eq!(
        (listed[0]["algorithm"].as_str(), listed[1]["algorithm"].as_str()),
        (Some("ed25519"), Some("rsa2048")),
        "{listed}"
    );
    assert!(tracked(&home, 0).as_array().unwrap().is_empty());
    // Its private half is here, and is the one of the file.
    home.open(["request", "deploy", "--subject", "CN=deploy", "--out", &place(&home, "deploy.csr")]).done();
    let public = home.run(["export", "deploy", "--format", "openssh", "--out", "-"]).done().text();
    let own = std::fs::read_to_string(home.path("keys/deploy.pub")).unwrap();
    assert_eq!(public.split(' ').nth(1).map(str::trim), own.split(' ').nth(1));
    let again = checked(&import_with(&home, "a long passphrase", "keys/deploy").done(), "import");
    assert_eq!(again[0]["outcome"], "present");
}

#[test]
fn a_tracked_file_that_changed_since_is_not_taken_for_the_entry_it_was() {
    let home = Home::with_files();
    ssh_key(&home, "keys/deploy", "a long passphrase");
    track(&home, "keys");
    std::fs::remove_file(home.path("keys/deploy")).unwrap();
    std::fs::remove_file(home.path("keys/deploy.pub")).unwrap();
    ssh_key(&home, "keys/deploy", "a long passphrase");
    let ended = checked(&import_with(&home, "a long passphrase", "keys/deploy").done(), "import");
    assert_eq!((ended[0]["outcome"].as_str(), ended[0]["name"].as_str()), (Some("imported"), Some("mira")), "{ended}");
    assert_eq!(names(&looked(&home, "list", ["list"])), ["deploy", "mira"]);
    assert_eq!(tracked(&home, 1)[0]["status"], "changed");
    // Tracked as it is now, it is no second entry of the key that is here.
    track(&home, "keys");
    assert_eq!(names(&looked(&home, "list", ["list"])), ["deploy", "mira"]);
}

#[test]
fn a_tracked_keystore_of_symmetric_keys_is_adopted_as_well() {
    let home = Home::with_files();
    std::fs::create_dir(home.path("keys")).unwrap();
    let store = place(&home, "keys/app.jceks");
    let word = "a long passphrase";
    for alias in ["first", "second"] {
        let made = ["-genseckey", "-storetype", "JCEKS", "-keystore", &store, "-storepass", word, "-keypass", word];
        tool(&home, "keytool", made.into_iter().chain(["-alias", alias, "-keyalg", "AES", "-keysize", "256"]));
    }
    track(&home, "keys");
    let entries = names(&looked(&home, "list", ["list"])).len();
    assert!(entries > 0);
    checked(&import_with(&home, word, "keys/app.jceks").done(), "import");
    let listed = looked(&home, "list", ["list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2, "{entries} entries before: {listed}");
    assert!(listed.as_array().unwrap().iter().all(|key| key["algorithm"] == "aes256"), "{listed}");
    assert!(tracked(&home, 0).as_array().unwrap().is_empty());
}

#[test]
fn a_loose_file_is_brought_in_and_removed_and_one_with_more_in_it_stays() {
    let home = Home::with_files();
    ssh_key(&home, "keys/one", "");
    ssh_key(&home, "keys/two", "");
    let mut text = std::fs::read_to_string(home.path("keys/two")).unwrap();
    text.push_str("password = hunter2\n");
    std::fs::write(home.path("keys/two"), text).unwrap();
    let paths = [place(&home, "keys/one"), place(&home, "keys/two")];
    let ended = home.open(["import", &paths[0], &paths[1], "--remove-files", "--json"]).with(4);
    let found = checked(&ended, "import");
    assert_eq!((found[0]["removed"].as_bool(), found[0]["stays"].as_str()), (Some(true), None), "{found}");
    assert_eq!(found[1]["removed"], false);
    assert!(found[1]["stays"].as_str().unwrap().contains("other text"), "{found}");
    assert!(ended.stderr.contains("Removed: 1 file.") && ended.stderr.contains("old blocks"), "{}", ended.stderr);
    assert!(!home.path("keys/one").exists() && home.path("keys/two").exists() && home.path("keys/one.pub").exists());
    let name = found[0]["name"].as_str().unwrap();
    home.open(["request", name, "--subject", "CN=one", "--out", &place(&home, "one.csr")]).done();
}

#[test]
fn what_goes_with_a_json_web_key_is_said_before_and_a_member_that_nobody_knows_keeps_it() {
    let home = Home::with_files();
    let key = |more: &str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"{more}}}"#
        )
    };
    std::fs::write(home.path("plain.jwk"), key(r#","kid":"a","use":"sig","alg":"EdDSA""#)).unwrap();
    std::fs::write(home.path("more.jwk"), key(r#","note":"the safe opens with 1234""#)).unwrap();
    let (plain, more) = (place(&home, "plain.jwk"), place(&home, "more.jwk"));
    let said = home.run(["import", &plain, &more, "--remove-files", "--dry-run"]).done().stderr;
    assert!(said.contains("plain.jwk: Its members alg, kid and use are not kept."), "{said}");
    assert!(said.contains("more.jwk: It holds more than") && said.contains("The file would stay."), "{said}");
    let found = checked(&home.open(["import", &plain, &more, "--remove-files", "--json"]).with(4), "import");
    assert_eq!((found[0]["removed"].as_bool(), found[1]["removed"].as_bool()), (Some(true), Some(false)), "{found}");
    assert!(!home.path("plain.jwk").exists() && home.path("more.jwk").exists());
}

#[test]
fn a_file_that_was_tracked_and_is_removed_on_purpose_is_no_alert() {
    let home = Home::with_files();
    ssh_key(&home, "keys/deploy", "a long passphrase");
    // The same key is here already by its other form, so that the entry of the file stays one of its own.
    tool(&home, "cp", [&*place(&home, "keys/deploy"), &place(&home, "copy")]);
    tool(&home, "ssh-keygen", ["-q", "-p", "-P", "a long passphrase", "-N", "", "-f", &place(&home, "copy")]);
    facts(&home, "import", ["import", &place(&home, "copy")]);
    track(&home, "keys");
    assert_eq!(tracked(&home, 0).as_array().unwrap().len(), 1);
    let ended = import_with(&home, "a long passphrase", "keys/deploy --remove-files").done();
    assert_eq!(checked(&ended, "import")[0]["removed"], true);
    assert!(tracked(&home, 0).as_array().unwrap().is_empty());
}
