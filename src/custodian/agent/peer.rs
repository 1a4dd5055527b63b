//! Who is at the other end of a connection: whose process, and which program, as far as the system tells.

use crate::model::Asker;

/// The longest name of a program that goes on record, in characters.
const MOST: usize = 200;

/// The process of this number.
pub(super) fn asker(pid: Option<u32>) -> Asker {
    let program = pid.and_then(program).unwrap_or_default();
    Asker { pid, program: program.chars().take(MOST).collect::<String>().into() }
}

/// Its file, or where that cannot be read the name that the system has for it.
#[cfg(target_os = "linux")]
fn program(pid: u32) -> Option<String> {
    let file = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    let file = file.map(|path| path.to_string_lossy().into_owned());
    file.or_else(|| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim().to_owned()))
}

#[cfg(not(target_os = "linux"))]
fn program(_: u32) -> Option<String> {
    None
}

/// The process at the other end, if it belongs to the person whose agent this is; nobody else is answered, whatever
/// the permissions of the socket say.
#[cfg(target_os = "linux")]
pub(super) fn own(stream: &std::os::unix::net::UnixStream) -> Option<Asker> {
    let peer = rustix::net::sockopt::socket_peercred(stream).ok()?;
    if peer.uid != rustix::process::geteuid() {
        return None;
    }
    Some(asker(u32::try_from(peer.pid.as_raw_nonzero().get()).ok()))
}

/// Here the system tells it in no way that is used; the socket and its folder keep others away.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn own(_: &std::os::unix::net::UnixStream) -> Option<Asker> {
    Some(asker(None))
}
