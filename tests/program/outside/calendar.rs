//! A calendar, as another program reads it.

use std::process::Command;

use keystead::formats::calendar::{self, Entry};
use keystead::model::Time;

use crate::support::{end_of, skip};

/// Prints each date of a calendar as a line of JSON; it fails on what is no calendar.
const READER: &str = "
import json, sys
from icalendar import Calendar
with open(sys.argv[1], 'rb') as file:
    calendar = Calendar.from_ical(file.read())
assert calendar['version'] == '2.0' and calendar['prodid']
for event in calendar.walk('VEVENT'):
    assert not event.errors, event.errors
    alarms = [int(alarm['trigger'].dt.total_seconds()) for alarm in event.walk('VALARM') if alarm['action'] == 'DISPLAY']
    print(json.dumps([event['uid'], event['dtstart'].dt.isoformat(), event['dtstamp'].dt.isoformat(),
                      str(event['summary']), str(event['description']), alarms]))
";

#[test]
fn another_program_reads_the_same_dates() {
    let python = "/usr/bin/python3";
    if !Command::new(python).args(["-c", "import icalendar"]).output().is_ok_and(|ended| ended.status.success()) {
        return skip("another_program_reads_the_same_dates", "the icalendar module of python3 is not installed");
    }
    let now: Time = "2026-11-25T10:00:00Z".parse().unwrap();
    let entries = [
        Entry {
            uid: "expiry/07070707/1@keystead".into(),
            at: "2027-03-15T23:59:59Z".parse().unwrap(),
            summary: "“шоп.example.com”, version 1, runs out; rotate it".into(),
            description: format!("C:\\keys\\\nSecond line, with; all: \"of it\"\n{}", "ключ 🔑 ".repeat(40)),
            alarms_days: vec![30, 14, 1],
        },
        Entry {
            uid: "leap".into(),
            at: "2028-02-29T00:00:00Z".parse().unwrap(),
            summary: "n".into(),
            description: String::new(),
            alarms_days: vec![],
        },
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), calendar::text(&entries, now)).unwrap();
    let mut command = Command::new(python);
    command.args(["-c", READER]).arg(file.path());
    let ended = end_of(command).done();
    let read: Vec<serde_json::Value> = ended.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            let iso = |time: Time| time.to_string().replace('Z', "+00:00");
            let alarms: Vec<i64> = entry.alarms_days.iter().map(|days| -86_400 * i64::from(*days)).collect();
            serde_json::json!([entry.uid, iso(entry.at), iso(now), entry.summary, entry.description, alarms])
        })
        .collect();
    assert_eq!(read, written);
}
