//! `keystead::formats::fuzz::backup` under libFuzzer.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| keystead::formats::fuzz::backup(bytes));
