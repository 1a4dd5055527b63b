//! Long work that is stopped: by Ctrl+C, and by closing the terminal. Groups are whole or not there.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{facts, looked, place, tool};
use crate::support::{Home, program};

/// Keys of a group.
const GROUP: usize = 500;

/// More groups than are made before it is stopped.
const MANY: &str = "20000";

/// Waits until something is so.
#[track_caller]
fn until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_mins(2), "{what} did not come within two minutes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// At least one group is in the log as done: its records are long.
fn a_group_is_done(home: &Home) -> bool {
    let log = std::fs::read_to_string(home.inventory().join("audit.ron")).unwrap_or_default();
    log.lines().filter(|line| line.contains("Done")).count() > 0
}

/// The inventory opens, nothing is left open, and what there is are whole groups with all their secrets.
#[track_caller]
fn groups_are_whole(home: &Home) {
    let verified = facts(home, "audit-verify", ["audit", "verify"]);
    assert_eq!(verified["whole"], true);
    let keys = looked(home, "list", ["list"]).as_array().unwrap().len();
    assert!(keys > 0 && keys.is_multiple_of(GROUP) && keys < 20_000, "{keys} keys");
    let secrets = std::fs::read_dir(home.inventory().join("secrets")).unwrap();
    let files = secrets.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".age")).count();
    assert!(files >= keys && files <= keys + 1, "{files} files for {keys} keys");
    let last = looked(home, "audit-show", ["audit", "show", "--last", "1"]);
    assert!(last[0]["sentences"][0].as_str().unwrap().contains("completed"), "{last}");
    home.open(["request", "k-1", "--subject", "CN=k", "--out", "-"]).done();
}

#[test]
fn ctrl_c_stops_between_groups_and_keeps_those_that_are_made() {
    let home = Home::with_files();
    let mut command = home.command(["generate", "k", "--count", MANY, "--passphrase-file", &place(&home, "passphrase")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the first group", || a_group_is_done(&home));
    tool(&home, "kill", ["-INT", &child.id().to_string()]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("are kept"), "{output:?}");
    groups_are_whole(&home);
}

/// The program at a terminal of its own, whose other end is this child.
fn at_terminal(home: &Home, line: &str) -> Child {
    let mut command = Command::new("script");
    home.at_home(&mut command);
    command.args(["-q", "-e", "-c", line, "/dev/null"]).current_dir(home.path(""));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_terminal_that_is_closed_mid_way_leaves_whole_groups() {
    let home = Home::with_files();
    let line = format!("echo $$ >pid; exec '{}' generate k --count {MANY} --passphrase-file passphrase", program().display());
    let mut terminal = at_terminal(&home, &line);
    until("the first group", || a_group_is_done(&home));
    // With its other end gone the system hangs up.
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    let id = std::fs::read_to_string(home.path("pid")).unwrap().trim().to_owned();
    until("the end of the program", || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.trim_start().starts_with('Z'))
    });
    groups_are_whole(&home);
}

#[test]
fn at_a_terminal_a_person_is_asked() {
    use std::io::Write as _;
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    std::fs::write(home.path("a.pem"), "mine").unwrap();
    let export = format!("'{}' export a --format spki-pem --out a.pem", program().display());
    for (answer, code, replaced) in [("n\n", 4, false), ("y\n", 0, true)] {
        let mut terminal = at_terminal(&home, &export);
        terminal.stdin.as_mut().unwrap().write_all(answer.as_bytes()).unwrap();
        assert_eq!(terminal.wait().unwrap().code(), Some(code), "{answer}");
        assert_eq!(std::fs::read(home.path("a.pem")).unwrap() != b"mine", replaced, "{answer}");
    }
    let mut terminal = at_terminal(&home, &format!("'{}' generate prompted", program().display()));
    std::thread::sleep(Duration::from_millis(500));
    terminal.stdin.as_mut().unwrap().write_all(format!("{}\n", crate::support::PASSPHRASE).as_bytes()).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(0));
    assert_eq!(looked(&home, "list", ["list", "prompted"]).as_array().unwrap().len(), 1);
}
