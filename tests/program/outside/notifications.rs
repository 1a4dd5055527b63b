//! Notifications on a real session bus, received by a daemon that owns their name.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::custodian::notify::{NotifyError, tell};
use serde_json::{Value, json};

use crate::alone::{alone, on_a_bus};

/// The daemon of `window/notifications.py` on this process's session bus, for as long as this lives.
pub struct Notifications {
    process: Child,
    file: PathBuf,
}

impl Notifications {
    /// Starts it; it writes what it receives to this file. `--plain` makes one that knows no markup.
    pub fn start(file: &Path, options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/window/notifications.py");
        let mut command = Command::new("/usr/bin/python3");
        let mut process = command.arg(script).arg(file).args(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the notification daemon did not start");
        Self { process, file: file.to_owned() }
    }

    /// Every notification so far, oldest first.
    pub fn seen(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// From now on it holds its name and answers nothing.
    pub fn hang(&self) {
        let ended = Command::new("kill").args(["-s", "STOP", &self.process.id().to_string()]).status().unwrap();
        assert!(ended.success());
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        // It may have gone with its bus.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_notification_arrives_as_it_was_meant() {
    on_a_bus(|| {
        let daemon = Notifications::start(Path::new("seen"), &[]);
        tell("2 keys need attention", "R&D <ca> runs out\nin 3 days", true).unwrap();
        tell("Tuesday", "“ключ” \u{202e}gone\0", false).unwrap();
        let seen = daemon.seen();
        assert_eq!(seen.len(), 2, "{seen:?}");
        for (name, value) in [
            ("app_name", json!("Keystead")),
            ("summary", json!("2 keys need attention")),
            ("body", json!("R&amp;D &lt;ca&gt; runs out\nin 3 days")),
            ("urgency", json!(2)),
            ("replaces_id", json!(0)),
            ("expire_timeout", json!(-1)),
            ("actions", json!([])),
            ("pid", json!(std::process::id())),
        ] {
            assert_eq!(seen[0][name], value, "{name}");
        }
        assert_eq!(seen[1]["body"], "“ключ” \\u{202e}gone\\u{0}");
        assert_eq!(seen[1]["urgency"], 1);
    });
}

#[test]
fn where_no_markup_is_known_none_is_written() {
    on_a_bus(|| {
        let daemon = Notifications::start(Path::new("seen"), &["--plain"]);
        tell("R&D", "R&D <ca>", false).unwrap();
        assert_eq!(daemon.seen()[0]["body"], "R&D <ca>");
        assert_eq!(daemon.seen()[0]["summary"], "R&D");
    });
}

#[test]
fn a_notification_daemon_that_hangs_is_given_up() {
    on_a_bus(|| {
        let daemon = Notifications::start(Path::new("seen"), &[]);
        daemon.hang();
        let began = Instant::now();
        assert_eq!(tell("Title", "Body", true), Err(NotifyError::NoAnswer));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    });
}

#[test]
fn where_nothing_shows_notifications_it_is_said() {
    on_a_bus(|| {
        let error = tell("Title", "Body", false).unwrap_err();
        assert_eq!(error, NotifyError::NobodyShows);
        assert!(error.to_string().starts_with("Nothing was shown: no program of this desktop session shows"), "{error}");
    });
}

#[test]
fn without_a_desktop_session_it_is_said() {
    alone(|| {
        let error = tell("Title", "Body", false).unwrap_err();
        assert!(matches!(error, NotifyError::NoDesktop(_)), "{error:?}");
    });
}
