//! Opening a page in the person's browser. Where none can be opened, that is told: whoever asks also shows the address.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What opens pages says within this time that it cannot; what still runs then has opened one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens a web page in the browser.
///
/// # Errors
/// Why no browser shows it, as a sentence without its full stop.
pub(super) fn open(url: &str) -> Result<(), String> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err("This is no address of a web page".into());
    }
    let (program, before) = opener().ok_or("This session has no screen")?;
    let mut command = Command::new(program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => format!("Nothing here opens pages: {program} is not installed"),
        _ => format!("What opens pages, {program}, cannot be started: {cause}"),
    })?;
    settled(child, program)
}

/// It ends at once, or lives as long as the browser.
fn settled(mut child: Child, program: &str) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(Some(ended)) if ended.success() => return Ok(()),
            Ok(Some(ended)) => return Err(format!("What opens pages, {program}, gave up ({ended})")),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(cause) => return Err(format!("What became of {program} is not known: {cause}")),
        }
    }
    let _ = std::thread::Builder::new().name("browser".into()).spawn(move || child.wait());
    Ok(())
}

#[cfg(target_os = "macos")]
fn opener() -> Option<(&'static str, &'static [&'static str])> {
    Some(("open", &[]))
}

#[cfg(windows)]
fn opener() -> Option<(&'static str, &'static [&'static str])> {
    Some(("rundll32.exe", &["url.dll,FileProtocolHandler"]))
}

#[cfg(not(any(target_os = "macos", windows)))]
fn opener() -> Option<(&'static str, &'static [&'static str])> {
    let screen = ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    screen.then_some(("xdg-open", &[]))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_gives_up_is_told_and_what_is_no_page_is_not_opened() {
        let ended = |script: &str| settled(Command::new("sh").args(["-c", script]).spawn().unwrap(), "sh");
        assert!(ended("exit 3").unwrap_err().contains("gave up"));
        assert_eq!(ended("exit 0"), Ok(()));
        assert_eq!(ended("sleep 2"), Ok(()), "a browser goes on");
        assert!(open("file:///etc/passwd").unwrap_err().contains("no address"));
    }
}
