//! Notifications on the desktop, by whatever the platform shows them with. A desktop that hangs is
//! given up after some seconds.

use std::time::Duration;

use crate::model::name;

/// How long the desktop may take before it is given up.
const WAIT: Duration = Duration::from_secs(5);

/// A notification was not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// There is no desktop session.
    #[error(
        "Nothing was shown: there is no desktop session here ({0}). Run it inside one, or read what `keystead alerts` prints."
    )]
    NoDesktop(String),
    /// The session has nothing that shows notifications.
    #[error(
        "Nothing was shown: no program of this desktop session shows notifications. Start one, or read what `keystead alerts` prints."
    )]
    NobodyShows,
    /// It hangs.
    #[error(
        "The desktop did not answer within {} seconds, so perhaps nothing was shown. Read what `keystead alerts` prints.",
        WAIT.as_secs()
    )]
    NoAnswer,
    /// It was asked and said no.
    #[error("Nothing was shown: the desktop refused the notification ({0}). Read what `keystead alerts` prints.")]
    Refused(String),
}

/// Shows a notification. Both texts are plain, and names in them can disguise nothing; one that is
/// urgent stays until it was seen, where the desktop can do that. Blocks for some seconds at most.
pub fn tell(title: &str, body: &str, urgent: bool) -> Result<(), NotifyError> {
    platform::tell(harmless(title), harmless(body), urgent)
}

/// A text without what could disguise it or what a desktop does not take, its line breaks kept.
fn harmless(text: &str) -> String {
    text.split('\n').map(name::shown).collect::<Vec<_>>().join("\n")
}

#[cfg(target_os = "linux")]
mod platform {
    //! By the Desktop Notifications Specification, version 1.2.

    use std::collections::HashMap;
    use std::sync::mpsc::sync_channel;

    use zbus::blocking::Connection;
    use zbus::blocking::connection::Builder;
    use zbus::zvariant::{DynamicType, Value};
    use zbus::{Error, Message};

    use super::{NotifyError, WAIT};

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// The desktop decides for how long it shows it.
    const AS_THE_DESKTOP_LIKES: i32 = -1;

    pub(super) fn tell(title: String, body: String, urgent: bool) -> Result<(), NotifyError> {
        let (sender, receiver) = sync_channel(1);
        // Connecting has no time limit of its own. A thread that hangs there ends with the program.
        let show = move || sender.send(show(&title, &body, urgent));
        std::thread::Builder::new().name("notify".into()).spawn(show).map_err(|cause| NotifyError::Refused(cause.to_string()))?;
        receiver.recv_timeout(WAIT).map_err(|_| NotifyError::NoAnswer)?
    }

    fn show(title: &str, body: &str, urgent: bool) -> Result<(), NotifyError> {
        let bus = Builder::session().and_then(|builder| builder.method_timeout(WAIT).build());
        let bus = bus.map_err(|error| NotifyError::NoDesktop(error.to_string()))?;
        let capabilities: Vec<String> =
            call(&bus, "GetCapabilities", &())?.body().deserialize().map_err(|error| reason(&error))?;
        let body = if capabilities.iter().any(|can| can == "body-markup") { marked_up(body) } else { body.to_owned() };
        // No `desktop-entry`: GNOME takes notifications of a named application away when the sender leaves the
        // bus, and a command leaves at once.
        let hints = HashMap::from([("urgency", Value::U8(if urgent { 2 } else { 1 }))]);
        let no_actions: &[&str] = &[];
        call(&bus, "Notify", &("Keystead", 0_u32, "keystead", title, body, no_actions, hints, AS_THE_DESKTOP_LIKES)).map(drop)
    }

    fn call<B: serde::Serialize + DynamicType>(bus: &Connection, method: &str, arguments: &B) -> Result<Message, NotifyError> {
        bus.call_method(Some(NAME), PATH, Some(NAME), method, arguments).map_err(|error| reason(&error))
    }

    /// A desktop that reads markup would take `<` and `&` for it.
    pub(super) fn marked_up(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    fn reason(error: &Error) -> NotifyError {
        match error {
            Error::MethodError(name, ..)
                if name.contains(".ServiceUnknown") || name.contains(".NameHasNoOwner") || name.contains(".Spawn.") =>
            {
                NotifyError::NobodyShows
            }
            Error::InputOutput(cause) if cause.kind() == std::io::ErrorKind::TimedOut => NotifyError::NoAnswer,
            other => NotifyError::Refused(other.to_string()),
        }
    }
}

#[cfg(target_os = "macos")]
mod platform {
    //! By Notification Centre, through AppleScript. The texts are arguments, never part of the script.

    use std::process::Command;

    use super::{NotifyError, tool};

    const SCRIPT: &str = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run\n";
    const URGENT_SCRIPT: &str =
        "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv) sound name \"Basso\"\nend run\n";

    pub(super) fn tell(title: String, body: String, urgent: bool) -> Result<(), NotifyError> {
        let mut command = Command::new("/usr/bin/osascript");
        // Behind `-`, the script on standard input, everything is an argument.
        command.arg("-").arg(title).arg(body);
        tool::run(command, if urgent { URGENT_SCRIPT } else { SCRIPT })
    }
}

#[cfg(windows)]
mod platform {
    //! By a toast, through PowerShell, in whose name it appears. The texts are variables, never part of the
    //! script.

    use std::os::windows::process::CommandExt as _;
    use std::process::Command;

    use super::{NotifyError, tool};

    /// No console flashes up (`CREATE_NO_WINDOW`).
    const NO_WINDOW: u32 = 0x0800_0000;

    const SCRIPT: &str = r"
$ErrorActionPreference = 'Stop'
$null = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$null = [Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom, ContentType = WindowsRuntime]
$xml = New-Object Windows.Data.Xml.Dom.XmlDocument
$xml.LoadXml('<toast><visual><binding template=''ToastGeneric''><text/><text/></binding></visual></toast>')
if ($env:KEYSTEAD_TOAST_URGENT) { $xml.DocumentElement.SetAttribute('duration', 'long') }
$texts = $xml.GetElementsByTagName('text')
$null = $texts.Item(0).AppendChild($xml.CreateTextNode($env:KEYSTEAD_TOAST_TITLE))
$null = $texts.Item(1).AppendChild($xml.CreateTextNode($env:KEYSTEAD_TOAST_BODY))
$id = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe'
$toast = New-Object Windows.UI.Notifications.ToastNotification $xml
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Show($toast)
";

    pub(super) fn tell(title: String, body: String, urgent: bool) -> Result<(), NotifyError> {
        let system = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        // Windows PowerShell, which knows the runtime's types; newer ones do not.
        let program = std::path::Path::new(&system).join(r"System32\WindowsPowerShell\v1.0\powershell.exe");
        let mut command = Command::new(program);
        command.creation_flags(NO_WINDOW).args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT]);
        command.env("KEYSTEAD_TOAST_TITLE", title).env("KEYSTEAD_TOAST_BODY", body);
        if urgent {
            command.env("KEYSTEAD_TOAST_URGENT", "1");
        }
        tool::run(command, "")
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod platform {
    //! Nothing shows notifications here.

    use super::NotifyError;

    pub(super) fn tell(_: String, _: String, _: bool) -> Result<(), NotifyError> {
        Err(NotifyError::NobodyShows)
    }
}

#[cfg(any(target_os = "macos", windows, test))]
mod tool {
    //! A tool of the platform that shows it.

    use std::io::{Read as _, Write as _};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::{NotifyError, WAIT};

    /// Runs it with this input; ends it when it takes too long.
    pub(super) fn run(mut command: Command, input: &str) -> Result<(), NotifyError> {
        let refused = |cause: std::io::Error| NotifyError::Refused(cause.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(refused)?;
        // A tool that reads none of it says itself what is wrong.
        let _ = child.stdin.take().map(|mut pipe| pipe.write_all(input.as_bytes()));
        let until = Instant::now() + WAIT;
        loop {
            match child.try_wait().map_err(refused)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(NotifyError::Refused(said(&mut child).unwrap_or_else(|| status.to_string()))),
                None if Instant::now() >= until => {
                    // It may have ended just now.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(NotifyError::NoAnswer);
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// The first line of what it complained about.
    fn said(child: &mut Child) -> Option<String> {
        let mut text = String::new();
        child.stderr.take()?.take(4_096).read_to_string(&mut text).ok()?;
        text.lines().map(str::trim).find(|line| !line.is_empty()).map(super::harmless)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_loses_its_disguise() {
        assert_eq!(harmless("one\ntwo \u{202e}exe.txt\0"), "one\ntwo \\u{202e}exe.txt\\u{0}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_text_is_no_markup() {
        assert_eq!(platform::marked_up("<b>R&D</b>"), "&lt;b&gt;R&amp;D&lt;/b&gt;");
    }

    #[test]
    #[cfg(unix)]
    fn a_tool_that_fails_or_hangs_is_told() {
        let shell = |script: &str| {
            let mut command = std::process::Command::new("sh");
            command.args(["-c", script]);
            command
        };
        assert_eq!(tool::run(shell("grep -q fed"), "fed"), Ok(()));
        assert_eq!(tool::run(shell("echo 'not allowed' >&2; exit 1"), "x"), Err(NotifyError::Refused("not allowed".into())));
        assert!(matches!(tool::run(std::process::Command::new("/no/such/tool"), ""), Err(NotifyError::Refused(_))));
        let began = std::time::Instant::now();
        assert_eq!(tool::run(shell("exec sleep 60"), ""), Err(NotifyError::NoAnswer));
        assert!(began.elapsed() < WAIT * 2);
    }
}
