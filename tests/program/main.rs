//! Tests of the built program as a whole: as a shell, a disk, a keychain and a person meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[cfg(target_os = "linux")]
mod agent;
mod alone;
#[cfg(target_os = "linux")]
mod certificates;
#[cfg(target_os = "linux")]
mod conformance;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod journey;
mod keychain;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(all(target_os = "linux", feature = "openbao"))]
mod openbao;
mod outside;
#[cfg(target_os = "linux")]
mod probe;
mod shell;
mod support;
#[cfg(all(target_os = "linux", feature = "pkcs11"))]
mod tokens;
#[cfg(all(target_os = "linux", feature = "window"))]
mod undo;
mod window;
#[cfg(all(target_os = "linux", not(feature = "pkcs11"), not(feature = "openbao"), not(feature = "network")))]
mod without;
