//! Dates to come as a calendar (iCalendar, RFC 5545), with alarms, for the calendar a person already
//! looks at.

use crate::model::{Time, name};

/// One date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same in every export for the same date, so that a calendar replaces instead of repeating it.
    pub uid: String,
    /// When.
    pub at: Time,
    /// What happens, in a few words.
    pub summary: String,
    /// What it means and what to do.
    pub description: String,
    /// How many days before a reminder is shown.
    pub alarms_days: Vec<u32>,
}

/// The longest line in bytes, without its end (RFC 5545 section 3.1).
const LINE: usize = 75;

/// A calendar of these dates. Reminders whose moment has passed are left out: calendars would show all
/// of them at once.
pub fn text(entries: &[Entry], now: Time) -> String {
    let mut calendar = String::new();
    let head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Keystead//Keystead//EN", "CALSCALE:GREGORIAN"];
    head.iter().for_each(|line| fold(&mut calendar, line));
    for entry in entries {
        event(&mut calendar, entry, now);
    }
    fold(&mut calendar, "END:VCALENDAR");
    calendar
}

fn event(calendar: &mut String, entry: &Entry, now: Time) {
    let summary = escaped(&entry.summary);
    for line in [
        "BEGIN:VEVENT".into(),
        format!("UID:{}", escaped(&entry.uid)),
        format!("DTSTAMP:{}", instant(now)),
        format!("DTSTART:{}", instant(entry.at)),
        format!("SUMMARY:{summary}"),
        format!("DESCRIPTION:{}", escaped(&entry.description)),
        // It takes nobody's time.
        "TRANSP:TRANSPARENT".into(),
    ] {
        fold(calendar, &line);
    }
    let ahead = entry.alarms_days.iter().filter(|days| entry.at.plus_days(-i64::from(**days)) >= now);
    for days in ahead {
        let trigger = format!("TRIGGER:-P{days}D");
        for line in ["BEGIN:VALARM", "ACTION:DISPLAY", &trigger, &format!("DESCRIPTION:{summary}"), "END:VALARM"] {
            fold(calendar, line);
        }
    }
    fold(calendar, "END:VEVENT");
}

/// An instant in UTC (section 3.3.5, form 2).
fn instant(time: Time) -> String {
    time.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text (section 3.3.11). Line breaks are kept; what else could disguise it is shown by its number,
/// and control characters are not allowed at all.
fn escaped(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let lines = lines.split('\n').map(name::shown);
    let lines = lines.map(|line| line.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,"));
    lines.collect::<Vec<_>>().join("\\n")
}

/// Appends a line, broken where it is too long and never inside a character (section 3.1).
fn fold(calendar: &mut String, line: &str) {
    let mut used = 0;
    for letter in line.chars() {
        if used + letter.len_utf8() > LINE {
            calendar.push_str("\r\n ");
            used = 1;
        }
        calendar.push(letter);
        used += letter.len_utf8();
    }
    calendar.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-11-25T10:00:00Z".parse().unwrap()
    }

    fn entry() -> Entry {
        Entry {
            uid: "expiry-07@keystead".into(),
            at: now().plus_days(10),
            summary: "shop.example.com runs out".into(),
            description: "Rotate it; or, better,\nhave it rotated: C:\\keys".into(),
            alarms_days: vec![14, 7, 0],
        }
    }

    #[test]
    fn a_date_is_written_as_an_event_with_its_alarms() {
        let expected = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Keystead//Keystead//EN\nCALSCALE:GREGORIAN\n\
            BEGIN:VEVENT\nUID:expiry-07@keystead\nDTSTAMP:20261125T100000Z\nDTSTART:20261205T100000Z\n\
            SUMMARY:shop.example.com runs out\n\
            DESCRIPTION:Rotate it\\; or\\, better\\,\\nhave it rotated: C:\\\\keys\nTRANSP:TRANSPARENT\n\
            BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-P7D\nDESCRIPTION:shop.example.com runs out\nEND:VALARM\n\
            BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-P0D\nDESCRIPTION:shop.example.com runs out\nEND:VALARM\n\
            END:VEVENT\nEND:VCALENDAR\n";
        assert_eq!(text(&[entry()], now()), expected.replace('\n', "\r\n"));
    }

    #[test]
    fn the_first_and_the_last_year_have_four_digits() {
        assert_eq!(instant(Time::from_second(i64::MIN)), "00010102T000000Z");
        assert_eq!(instant(Time::from_second(i64::MAX)), "99991230T220000Z");
    }

    /// What section 3.1 says of reading: a line end before a space is no line end.
    fn unfolded(calendar: &str) -> Vec<String> {
        calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// What section 3.3.11 says of reading.
    fn unescaped(text: &str) -> String {
        let mut letters = text.chars();
        let mut plain = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next().unwrap() {
                    'n' | 'N' => plain.push('\n'),
                    other => plain.push(other),
                },
                ';' | ',' => panic!("{letter} stands bare in {text}"),
                other => plain.push(other),
            }
        }
        plain
    }

    proptest! {
        #[test]
        fn reading_gives_back_what_was_written(
            summary in any::<String>(), description in "(\\PC|[\n,;:\\\\\"é€🔑]){0,300}", days in proptest::collection::vec(0..400_u32, 0..4),
        ) {
            let entry = Entry { summary, description, alarms_days: days, ..entry() };
            let calendar = text(std::slice::from_ref(&entry), now());
            for line in calendar.split_inclusive("\r\n") {
                prop_assert!(line.ends_with("\r\n") && line.len() <= LINE + 2, "{line:?}");
                prop_assert!(!line[..line.len() - 2].contains(char::is_control), "{line:?}");
            }
            let lines = unfolded(&calendar);
            let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).map(unescaped);
            let shown = |text: &str| text.replace("\r\n", "\n").split('\n').map(name::shown).collect::<Vec<_>>().join("\n");
            prop_assert_eq!(value("SUMMARY:"), Some(shown(&entry.summary)));
            prop_assert_eq!(value("DESCRIPTION:"), Some(shown(&entry.description)));
            let alarms = entry.alarms_days.iter().filter(|days| **days <= 10).count();
            prop_assert_eq!(lines.iter().filter(|line| *line == "BEGIN:VALARM").count(), alarms);
        }
    }
}
