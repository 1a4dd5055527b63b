//! Odd things in a folder that is looked through: none blocks, none leads out, each is said where a person
//! should know of it. A key lies beside each, and is found all the same.

#![cfg(unix)]

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{checked, place, tool};
use crate::support::{Home, end_of, has, program, skip};

/// A folder with one key in it.
fn keys() -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("keys")).unwrap();
    tool(&home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", &place(&home, "keys/id")]);
    std::fs::remove_file(home.path("keys/id.pub")).unwrap();
    home
}

/// What is found in the folder, soon.
#[track_caller]
fn found(home: &Home) -> Value {
    let began = Instant::now();
    let ended = home.run(["discover", &place(home, "keys"), "--json"]).with(1);
    assert!(began.elapsed() < Duration::from_secs(10), "something blocked");
    checked(&ended, "discover")
}

/// The names of the files in which something was found.
fn files(found: &Value) -> Vec<&str> {
    let paths = found["findings"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap());
    paths.map(|path| path.rsplit('/').next().unwrap()).collect()
}

#[test]
fn a_pipe_does_not_block() {
    let home = keys();
    tool(&home, "mkfifo", [&*place(&home, "keys/pipe.pem")]);
    let found = found(&home);
    assert_eq!((files(&found), found["files"].as_u64()), (vec!["id"], Some(1)), "{found}");
}

#[test]
fn a_link_to_a_device_is_not_read() {
    let home = keys();
    for (number, device) in ["/dev/zero", "/dev/random", "/dev/tty"].into_iter().enumerate() {
        symlink(device, home.path(&format!("keys/{number}.pem"))).unwrap();
    }
    let found = found(&home);
    assert_eq!((files(&found), found["files"].as_u64()), (vec!["id"], Some(1)), "{found}");
}

#[test]
fn a_socket_is_passed_over() {
    let home = keys();
    let _socket = std::os::unix::net::UnixListener::bind(home.path("keys/agent.pem")).unwrap();
    let found = found(&home);
    assert_eq!((files(&found), found["files"].as_u64()), (vec!["id"], Some(1)), "{found}");
}

#[test]
fn a_link_out_of_the_folder_leads_nowhere() {
    let home = keys();
    std::fs::create_dir(home.path("elsewhere")).unwrap();
    std::fs::copy(home.path("keys/id"), home.path("elsewhere/other")).unwrap();
    symlink("../elsewhere", home.path("keys/folder")).unwrap();
    symlink("../elsewhere/other", home.path("keys/file")).unwrap();
    let found = found(&home);
    assert_eq!((files(&found), found["folders"].as_u64()), (vec!["id"], Some(1)), "{found}");
}

#[test]
fn a_loop_of_links_ends() {
    let home = keys();
    std::fs::create_dir(home.path("keys/deep")).unwrap();
    symlink("..", home.path("keys/deep/up")).unwrap();
    symlink("two", home.path("keys/one")).unwrap();
    symlink("one", home.path("keys/two")).unwrap();
    let found = found(&home);
    assert_eq!((files(&found), found["folders"].as_u64()), (vec!["id"], Some(2)), "{found}");
}

#[test]
fn a_folder_that_cannot_be_read_is_said_and_the_rest_is_looked_at() {
    let home = keys();
    std::fs::create_dir(home.path("keys/private")).unwrap();
    std::fs::set_permissions(home.path("keys/private"), PermissionsExt::from_mode(0o000)).unwrap();
    // Root may read anywhere unless that right is given up.
    let give_up = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    let root = tool(&home, "id", ["-u"]).trim() == "0";
    let mut command = if root { Command::new("setpriv") } else { Command::new("env") };
    if root {
        let mut trial = Command::new("setpriv");
        trial.args(give_up).arg("true");
        if !has("setpriv") || end_of(trial).code != Some(0) {
            return skip("a_folder_that_cannot_be_read", "root cannot give up its right to read anywhere");
        }
        command.args(give_up);
    }
    command.arg(program()).args(["discover", &place(&home, "keys"), "--json"]);
    home.at_home(&mut command);
    let found = checked(&end_of(command).with(1), "discover");
    std::fs::set_permissions(home.path("keys/private"), PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(files(&found), ["id"]);
    let unread = found["unread"].as_array().unwrap();
    assert_eq!(unread.len(), 1, "{found}");
    assert!(unread[0]["path"].as_str().unwrap().ends_with("keys/private"), "{found}");
    assert!(unread[0]["reason"].as_str().unwrap().contains("Permission denied"), "{found}");
}

#[test]
fn a_name_that_is_no_text_is_found_and_neither_tracked_nor_removed() {
    let home = Home::with_files();
    std::fs::create_dir(home.path("keys")).unwrap();
    tool(&home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", &place(&home, "id")]);
    let odd = home.path("keys").join(std::ffi::OsStr::from_bytes(b"k\xff.pem"));
    std::fs::copy(home.path("id"), &odd).unwrap();
    assert_eq!(files(&found(&home)), ["k\u{fffd}.pem"]);
    let ended = home.open(["discover", &place(&home, "keys"), "--track"]).with(1);
    assert!(ended.stderr.contains("Not tracked") && !ended.stderr.contains("panicked"), "{}", ended.stderr);
    let mut command = home.command(["import"]);
    command.arg(&odd).args(["--remove-files", "--passphrase-file"]).arg(home.path("passphrase"));
    let ended = end_of(command).with(4);
    assert!(ended.stderr.contains("stays where it is"), "{}", ended.stderr);
    assert!(odd.exists());
}

#[test]
fn a_name_with_a_right_to_left_override_is_shown_as_what_it_is() {
    let home = keys();
    std::fs::rename(home.path("keys/id"), home.path("keys/gnp\u{202e}mep.exe")).unwrap();
    let found = found(&home);
    assert_eq!(files(&found), ["gnp\u{202e}mep.exe"], "JSON holds it as it is");
    let ended = home.run(["discover", &place(&home, "keys")]).with(1);
    let said = format!("{}{}", ended.text(), ended.stderr);
    assert!(said.contains("mep.exe") && !said.contains('\u{202e}'), "{said}");
}
