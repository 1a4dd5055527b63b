//! How a command ends, as an exit code.

use std::process::ExitCode;

use crate::custodian::{CustodianError, ErrorClass};

/// How a command ended.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It did what was asked.
    Done,
    /// It looked and found something: alerts, damage.
    Found,
    /// It looked, as monitoring does, and found something critical.
    Critical,
    /// What was asked cannot be understood.
    WrongUse,
    /// It was tried and failed.
    Failed,
    /// State or policy forbids it.
    Refused,
}

/// What a command comes back with.
pub(super) type Ends = Result<End, Failure>;

/// A command that did not do what was asked, and why.
#[derive(Debug)]
pub(super) struct Failure {
    /// Its exit code.
    pub(super) end: End,
    /// What happened, what it means, what to do.
    pub(super) sentence: String,
}

impl Failure {
    /// It was asked wrongly.
    pub(super) fn wrong_use(sentence: impl Into<String>) -> Self {
        Self { end: End::WrongUse, sentence: sentence.into() }
    }

    /// It was tried and failed.
    pub(super) fn failed(sentence: impl Into<String>) -> Self {
        Self { end: End::Failed, sentence: sentence.into() }
    }
}

impl From<ErrorClass> for End {
    fn from(class: ErrorClass) -> Self {
        match class {
            ErrorClass::WrongUse => Self::WrongUse,
            ErrorClass::Failed => Self::Failed,
            ErrorClass::Refused => Self::Refused,
        }
    }
}

impl From<CustodianError> for Failure {
    fn from(error: CustodianError) -> Self {
        Self { end: error.class().into(), sentence: error.to_string() }
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(match end {
            End::Done => 0,
            End::Found => 1,
            End::WrongUse | End::Critical => 2,
            End::Failed => 3,
            End::Refused => 4,
        })
    }
}
