//! `keystead::formats::fuzz::share` under libFuzzer.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| keystead::formats::fuzz::share(bytes));
