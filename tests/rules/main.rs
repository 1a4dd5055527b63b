//! The rules of the house, read from its own source: which room may use which, how a file begins,
//! where a colour may be written and a tooltip hung, and what the project's files do not speak of.
//!
//! Each rule is a function over source text, so that beside the house itself it is also tried on a
//! text that breaks it: a rule that cannot fail proves nothing.

#![allow(clippy::expect_used, reason = "this whole binary is a test, its helpers too")]

mod arrows;
mod colours;
mod openings;
mod source;
mod tooltips;
mod words;

/// Fails with all findings, one a line.
fn expect_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
