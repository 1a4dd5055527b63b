//! What reaches people outside the window: signatures, notices, calendars, as other programs read them.

mod calendar;
#[cfg(target_os = "linux")]
mod life;
mod notice;
#[cfg(target_os = "linux")]
pub mod notifications;
mod sshsig;
#[cfg(unix)]
mod timer;
