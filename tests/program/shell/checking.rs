//! `check` as a monitoring system calls it.

use super::{checked, home_at};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";

fn first_line(home: &Home, code: i32) -> String {
    home.run(["check"]).with(code).text().lines().next().unwrap().to_owned()
}

#[test]
fn the_exit_code_and_the_first_line_say_how_things_stand() {
    let home = home_at(START);
    assert_eq!(first_line(&home, 0), "KEYSTEAD OK - nothing wants attention | critical=0 warnings=0 notices=0");
    home.open(["generate", "a|b", "--purpose", "ssh", "--expires", "2027-03-31"]).done();
    assert!(first_line(&home, 1).starts_with("KEYSTEAD WARNING - 1 warning"), "there is no backup");
    home.set_clock("2027-03-20T09:00:00Z");
    assert!(first_line(&home, 1).starts_with("KEYSTEAD WARNING - 2 warnings"), "and it ends soon");
    home.set_clock("2027-04-02T09:00:00Z");
    let ended = home.run(["check", "--json"]).with(2);
    let facts = checked(&ended, "check");
    assert_eq!((facts["status"].as_str(), facts["critical"].as_u64()), (Some("critical"), Some(1)));
    let text = home.run(["check"]).with(2).text();
    assert!(text.starts_with("KEYSTEAD CRITICAL - 1 critical, 1 warning"), "{text}");
    assert_eq!(text.matches('|').count(), 1, "only the figures stand after a bar: {text}");
    assert!(text.contains("\ncritical: a/b: It ended on 31 Mar 2027"), "{text}");
}

#[test]
fn the_calendar_holds_what_lies_ahead_and_replaces_only_when_asked() {
    let home = home_at(START);
    home.open(["generate", "soon.example", "--purpose", "ssh", "--expires", "2027-03-31"]).done();
    let out = super::place(&home, "keys.ics");
    super::looked(&home, "done", ["calendar", "--out", &out]);
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR") && text.contains("SUMMARY:soon.example: rotation is due"), "{text}");
    home.run(["calendar", "--out", &out]).with(4);
    home.run(["calendar", "--out", &out, "--replace"]).done();
    assert!(home.run(["calendar", "--out", "-"]).done().text().contains("BEGIN:VALARM"));
    home.run(["calendar"]).with(2);
}

#[test]
#[cfg(target_os = "linux")]
fn with_notify_each_alert_is_told_once() {
    use crate::outside::notifications::Notifications;
    crate::alone::on_a_bus(|| {
        let daemon = Notifications::start(std::path::Path::new("seen"), &[]);
        let home = home_at(START);
        home.open(["generate", "a", "--purpose", "ssh"]).done();
        let check = |bus: bool| {
            let mut command = home.command(["check", "--notify", "--json"]);
            if bus {
                command.env("DBUS_SESSION_BUS_ADDRESS", std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap());
            }
            crate::support::end_of(command).with(1)
        };
        // Without a desktop that is said, it counts as not told, and the code stays that of the keys.
        let nowhere = check(false);
        assert!(
            checked(&nowhere, "check")["told"].is_null() && nowhere.stderr.contains("Nothing was shown"),
            "{}",
            nowhere.stderr
        );
        assert_eq!(checked(&check(true), "check")["told"], 1);
        assert_eq!(checked(&check(true), "check")["told"], 0);
        let seen = daemon.seen();
        assert_eq!((seen.len(), seen[0]["summary"].as_str()), (1, Some("No backup")), "{seen:?}");
    });
}

#[test]
fn anything_else_is_unknown() {
    let home = Home::new();
    assert!(first_line(&home, 3).starts_with("KEYSTEAD UNKNOWN - There is no inventory"));
    assert_eq!(checked(&home.run(["check", "--json"]).with(3), "check")["status"], "unknown");
    let wrong = home.run(["check", "--colour"]).with(3);
    assert!(wrong.text().starts_with("KEYSTEAD UNKNOWN - ") && wrong.text().contains("--colour"), "{}", wrong.text());
    home.run(["--inventory", "check", "list", "--colour"]).with(2);
    home.run(["check", "--help"]).done();
}

#[test]
fn nothing_is_unlocked_and_nothing_is_written() {
    let home = home_at(START);
    let log = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    std::fs::write(home.path("wrong"), "not the passphrase").unwrap();
    home.run(["check", "--passphrase-file", home.path("wrong").to_str().unwrap()]).done();
    home.open(["check"]).done();
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), log);
}
