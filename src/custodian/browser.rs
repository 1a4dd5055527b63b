//! Opening a page in the person's browser. Where none can be opened nothing happens: whoever asks also shows the address.

use std::process::{Command, Stdio};

/// Opens a web page in the browser, if this session has a screen.
pub(super) fn open(url: &str) {
    let Some((program, before)) = opener() else { return };
    let mut command = Command::new(program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = command.spawn() {
        // It ends at once, or lives as long as the browser.
        let _ = std::thread::Builder::new().name("browser".into()).spawn(move || child.wait());
    }
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
