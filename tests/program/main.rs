//! Tests of the built program as a whole: as a shell, a disk, a keychain and a person meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod faults;
mod keychain;
mod shell;
mod support;
mod window;
