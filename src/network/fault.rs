//! Why a server did not show its key.

use std::io::ErrorKind;

use crate::crypto::CryptoError;
use crate::model::Hindrance;

/// A server did not show its key, or not all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Its name is not known.
    #[error("The name was not found: {0}.")]
    Name(String),
    /// Nothing listens, or it cannot be reached.
    #[error("It cannot be reached: {0}.")]
    Unreachable(String),
    /// It was too slow.
    #[error("It did not answer in time.")]
    NoAnswer,
    /// A person stopped it.
    #[error("It was stopped.")]
    Cancelled,
    /// It hung up.
    #[error("It closed the connection before it showed its key.")]
    Closed,
    /// It said more than any handshake needs.
    #[error("It sent more than a handshake holds, and was given up.")]
    TooMuch,
    /// It speaks something else.
    #[error("What it sent is no {0}.")]
    OtherProtocol(&'static str),
    /// It does not start TLS.
    #[error("It does not start TLS: {0}")]
    Refused(String),
    /// The handshake failed.
    #[error("The TLS handshake failed: {0}.")]
    Tls(String),
    /// It refuses every TLS algorithm that is offered, and does not say which it wants.
    #[error(
        "It shares no TLS algorithm with this program. One case is known: a certificate with a P-521 key is understood \
         with TLS 1.3 only."
    )]
    NoSharedTls,
    /// It speaks older versions of TLS only.
    #[error("It speaks only versions of TLS before 1.2, which are not sound.")]
    OldTls,
    /// It ended the SSH handshake.
    #[error("It ended the SSH handshake: {0}")]
    Disconnected(String),
    /// Nothing that it offers is understood.
    #[error("It offers no {0} that is understood here.")]
    NothingInCommon(&'static str),
    /// It did not prove that it holds the key that it showed.
    #[error("It did not prove that it holds the key it showed: its signature is wrong.")]
    NotProved,
    /// This machine cannot do it.
    #[error("This machine cannot look at it: {0}")]
    Machine(String),
}

impl ProbeError {
    /// What kind of thing it is, as the model names it.
    pub const fn hindrance(&self) -> Hindrance {
        match self {
            Self::Name(_) => Hindrance::Name,
            Self::Unreachable(_) => Hindrance::Unreachable,
            Self::NoAnswer => Hindrance::Silent,
            Self::Cancelled => Hindrance::Stopped,
            Self::Closed => Hindrance::Closed,
            Self::TooMuch | Self::OtherProtocol(_) => Hindrance::OtherProtocol,
            Self::Refused(_) => Hindrance::NoStartTls,
            Self::Tls(_) | Self::NoSharedTls | Self::OldTls | Self::Disconnected(_) | Self::NothingInCommon(_) => {
                Hindrance::Handshake
            }
            Self::NotProved => Hindrance::NotProved,
            Self::Machine(_) => Hindrance::Machine,
        }
    }
}

impl From<std::io::Error> for ProbeError {
    fn from(error: std::io::Error) -> Self {
        if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return own.clone();
        }
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::NoAnswer,
            ErrorKind::FileTooLarge => Self::TooMuch,
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Self::Closed
            }
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

impl From<CryptoError> for ProbeError {
    fn from(error: CryptoError) -> Self {
        Self::Machine(error.to_string())
    }
}
