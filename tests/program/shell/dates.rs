//! Dates at the edges: beyond what a clock holds, leap days, zones, days that a zone skips or lengthens.

use serde_json::Value;

use super::{checked, home_at, looked, place, tool};
use crate::support::{Ended, Home, end_of};

const START: &str = "2027-01-04T09:00:00Z";

/// Runs a command in a time zone.
fn in_zone(home: &Home, zone: &str, arguments: &[&str]) -> Ended {
    let mut command = home.command(arguments);
    command.arg("--passphrase-file").arg(home.path("passphrase")).env("TZ", zone);
    end_of(command)
}

/// A key made in a zone, as JSON holds its first version.
#[track_caller]
fn made(home: &Home, zone: &str, name: &str, dates: &[&str]) -> Value {
    let arguments: Vec<&str> = ["generate", name, "--json"].into_iter().chain(dates.iter().copied()).collect();
    checked(&in_zone(home, zone, &arguments).done(), "generate")["keys"][0].clone()
}

#[test]
fn dates_beyond_what_a_clock_can_hold_are_refused_and_nothing_changes() {
    let home = home_at(START);
    home.open(["generate", "a", "--purpose", "ssh"]).done();
    let log = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    let beyond = [
        "10000-01-01",
        "+010000-01-01",
        "+999999-12-31T00:00:00Z",
        "0000-01-01",
        "-000001-01-01",
        "9999-12-31T23:59:59-12:00",
        "99999999999999999999-01-01",
        "2027-02-30",
        "2027-01-01T25:00:00Z",
        "8000y",
        "400000d400000d400000d400000d400000d400000d400000d400000d",
        "99999999999999999999d",
    ];
    for date in beyond {
        for arguments in [
            &["generate", "b", "--expires", date][..],
            &["generate", "b", "--activates", date],
            &["suspend", "a", "--at", date],
            &["deactivate", "a", "--at", date],
            &["extend", "a", "--until", date, "--reason", "longer"],
            &["revoke", "a", "--reason", "key-compromise", "--compromised-at", date],
            &["handover", "record", "a", "--to", "Bob", "--format", "openssh", "--at", date],
        ] {
            let ended = home.open(arguments.iter().copied());
            assert_eq!(ended.code, Some(2), "{arguments:?}: {} {}", ended.text(), ended.stderr);
        }
    }
    for figure in ["cryptoperiod", "overlap", "rotate-before", "destruction-wait"] {
        for value in ["99999999999999999999d", "8000y", "4294967296d", "-1d"] {
            let ended = home.open(["policy", "set", "ssh", &format!("{figure}={value}")]);
            assert_eq!(ended.code, Some(2), "{figure}={value}: {}", ended.stderr);
        }
    }
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), log);
}

/// RFC 5280 section 4.1.2.5: a certificate without a well-defined end says 99991231235959Z.
#[test]
fn the_last_day_there_is_can_be_typed_and_can_be_the_end_of_a_certificate() {
    let home = home_at(START);
    let last = made(&home, "UTC", "day", &["--expires", "9999-12-31"]);
    let end = last["expires"].as_str().unwrap();
    assert!(end.starts_with("9999-12-3"), "{end}");
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let last = made(&home, zone, zone, &["--expires", "9999-12-31"]);
        assert!(last["expires"].as_str().unwrap().starts_with("9999-12-3"), "{last}");
    }
    home.open(["generate", "cert", "--algorithm", "ed25519"]).done();
    home.open(["request", "cert", "--subject", "CN=a", "--out", &place(&home, "cert.csr")]).done();
    let line = |text: &str| tool(&home, "openssl", text.split(' '));
    line("req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 30");
    std::fs::create_dir(home.path("ca")).unwrap();
    std::fs::write(home.path("ca/index"), "").unwrap();
    let authority = "[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index\nnew_certs_dir=ca\nrand_serial=yes\ndefault_md=default\n\
        policy=p\n[p]\ncommonName=supplied\n";
    std::fs::write(home.path("ca.cnf"), authority).unwrap();
    line("ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in cert.csr -out leaf.pem -enddate 99991231235959Z");
    home.open(["attach", "cert", &place(&home, "leaf.pem")]).done();
    let shown = looked(&home, "show", ["show", "cert"]);
    let end = shown["versions"][0]["certificate"]["not_after"].as_str().unwrap();
    assert!(end.starts_with("9999-12-3"), "{shown}");
    // Everything that looks ahead still does.
    for command in [&["list", "--json"][..], &["forecast"], &["calendar", "--out", "-"], &["check"], &["alerts"]] {
        assert!(matches!(home.run(command.iter().copied()).code, Some(0..=2)), "{command:?}");
    }
    home.open(["audit", "verify"]).done();
}

#[test]
fn a_log_whose_records_are_dated_at_the_edge_of_time_is_read_and_its_dates_are_shown() {
    let home = home_at("9999-12-01T00:00:00Z");
    home.open(["generate", "late", "--purpose", "ssh"]).done();
    let shown = looked(&home, "show", ["show", "late"]);
    assert!(shown["versions"][0]["expires"].as_str().unwrap().starts_with("9999-12-3"), "held to the last year: {shown}");
    home.set_clock("9999-12-30T12:00:00Z");
    home.open(["edit", "late", "--note", "the end is near"]).done();
    for command in [&["list"][..], &["forecast"], &["check"], &["alerts"], &["audit", "show"], &["calendar", "--out", "-"]] {
        assert!(matches!(home.run(command.iter().copied()).code, Some(0..=2)), "{command:?}");
    }
    home.open(["audit", "verify"]).done();
}

#[test]
fn leap_days_are_days() {
    let home = home_at("2028-02-29T10:00:00Z");
    let made = |name: &str, dates: &[&str]| made(&home, "UTC", name, dates);
    assert_eq!(made("on", &["--activates", "2028-02-29", "--expires", "2032-02-29"])["expires"], "2032-02-29T23:59:59Z");
    for (span, end) in [("1y", "2029-02-28T10:00:"), ("4y", "2032-02-29T10:00:"), ("1mo", "2028-03-29T10:00:")] {
        let made = made(span, &["--expires", span]);
        assert!(made["expires"].as_str().unwrap().starts_with(end), "{span}: {made}");
    }
    home.open(["generate", "no", "--expires", "2029-02-29"]).with(2);
    // A cryptoperiod counts days, and goes across.
    home.set_clock("2031-06-01T00:00:00Z");
    home.open(["policy", "set", "ssh", "cryptoperiod=365d"]).done();
    let across = made("across", &["--purpose", "ssh"]);
    assert!(across["expires"].as_str().unwrap().starts_with("2032-05-31T00:"), "{across}");
    // Its last second is the end of the leap day, not of the day before or after.
    for (instant, state) in [("2032-02-29T23:59:58Z", "active"), ("2032-02-29T23:59:59Z", "deactivated")] {
        home.set_clock(instant);
        let shown = looked(&home, "show", ["show", "on"]);
        // The program's clock runs: what is one second before may be at it.
        let state = if shown["state"] == "deactivated" { "deactivated" } else { state };
        assert_eq!(shown["state"], state, "{instant}");
    }
}

#[test]
fn a_date_is_the_day_of_the_zone_in_which_it_is_typed() {
    let home = home_at(START);
    let zones = [
        ("UTC", "2027-03-15T00:00:00Z", "2027-03-15T23:59:59Z"),
        ("Pacific/Kiritimati", "2027-03-14T10:00:00Z", "2027-03-15T09:59:59Z"),
        ("Etc/GMT+12", "2027-03-15T12:00:00Z", "2027-03-16T11:59:59Z"),
        ("Asia/Kathmandu", "2027-03-14T18:15:00Z", "2027-03-15T18:14:59Z"),
        ("America/St_Johns", "2027-03-15T02:30:00Z", "2027-03-16T02:29:59Z"),
        // The clock goes forward: a day of 23 hours. And back: one of 25.
        ("Europe/Berlin", "2027-03-14T23:00:00Z", "2027-03-15T22:59:59Z"),
    ];
    for (zone, start, end) in zones {
        let key = made(&home, zone, zone, &["--activates", "2027-03-15", "--expires", "2027-03-15"]);
        assert_eq!((key["activates"].as_str(), key["expires"].as_str()), (Some(start), Some(end)), "{zone}");
    }
}

#[test]
fn days_that_a_zone_shortens_lengthens_or_begins_late_have_their_own_edges() {
    let home = home_at("2018-01-04T09:00:00Z");
    let days = [
        // A gap and an overlap in the night: days of 23 and of 25 hours.
        ("Europe/Berlin", "2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T21:59:59Z"),
        ("Europe/Berlin", "2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T22:59:59Z"),
        // Midnight itself does not exist: the day begins at one.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59Z"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T02:59:59Z"),
        // Midnight comes twice: the day begins at the first, and the day before ends there.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"),
    ];
    for (zone, day, start, end) in days {
        let name = format!("{zone} {day}");
        let key = made(&home, zone, &name, &["--activates", day, "--expires", day]);
        assert_eq!((key["activates"].as_str(), key["expires"].as_str()), (Some(start), Some(end)), "{name}");
    }
}

#[test]
fn two_zones_in_one_log_leave_instants_as_they_are_and_show_each_reader_its_own_days() {
    let home = home_at(START);
    // Two installations, as their state folders say, each in its zone.
    let run = |zone: &str, arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.arg("--passphrase-file").arg(home.path("passphrase"));
        command.env("TZ", zone).env("XDG_STATE_HOME", home.path(zone));
        end_of(command).done()
    };
    let (east, west) = ("Pacific/Kiritimati", "America/Los_Angeles");
    run(east, &["generate", "east", "--purpose", "ssh", "--expires", "2027-06-30"]);
    run(west, &["generate", "west", "--purpose", "ssh", "--expires", "2027-06-30"]);
    run(east, &["edit", "west", "--owner", "Mira"]);
    run(west, &["suspend", "east", "--at", "2027-01-20"]);
    let instants = [("east", "2027-06-30T09:59:59Z"), ("west", "2027-07-01T06:59:59Z")];
    for zone in [east, west, "UTC"] {
        for (name, instant) in instants {
            let shown = checked(&run(zone, &["show", name, "--json"]), "show");
            assert_eq!(shown["versions"][0]["expires"], instant, "{zone}");
        }
    }
    // The log's sentences are the same for every reader; what asks for attention names the reader's own days.
    for zone in [east, west] {
        let told = run(zone, &["audit", "show"]).text();
        assert!(told.contains("was suspended, from 20 Jan 2027 08:00 UTC."), "{told}");
    }
    home.set_clock("2027-06-25T09:00:00Z");
    let ends = |zone: &str| {
        let mut command = home.command(["check"]);
        command.env("TZ", zone);
        end_of(command).text()
    };
    for (zone, name, day) in
        [(east, "west", "1 Jul"), (west, "west", "30 Jun"), (east, "east", "30 Jun"), (west, "east", "30 Jun")]
    {
        let text = ends(zone);
        let line = text.lines().find(|line| line.contains(&format!("{name}: "))).unwrap();
        assert!(line.contains(&format!("It ends on {day} 2027")), "{zone}: {line}");
    }
    checked(&run("UTC", &["audit", "verify", "--json"]), "audit-verify");
}
