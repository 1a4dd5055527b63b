//! Why a request had no answer, and whether the other side may have carried it out all the same.

use std::io::ErrorKind;
use std::time::Duration;

use rustls::{CertificateError, Error as TlsError};

/// A request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Its name is not known.
    #[error("the name {0} was not found")]
    Name(String),
    /// Nothing listens there.
    #[error("nothing listens there: the connection was refused")]
    Refused,
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// No connection within its time.
    #[error("no connection within {} seconds", .0.as_secs().max(1))]
    NoConnection(Duration),
    /// A connection, and no answer within its time.
    #[error("no answer within {} seconds", .0.as_secs().max(1))]
    NoAnswer(Duration),
    /// It hung up in the middle.
    #[error("it closed the connection before it had answered")]
    Closed,
    /// A person stopped it.
    #[error("it was stopped")]
    Cancelled,
    /// Its certificate is not taken.
    #[error("its certificate is not trusted: {0}")]
    Distrusted(Distrust),
    /// TLS failed for another reason.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// It speaks something else.
    #[error("what answers there speaks no HTTP: {0}")]
    NotHttp(String),
    /// Its answer is longer than any that is asked for.
    #[error("its answer is longer than {} MiB and was given up", .0 / 1024 / 1024)]
    TooLarge(usize),
    /// The proxy of this machine did not help.
    #[error("the proxy that this machine's settings name did not connect to it: {0}")]
    Proxy(String),
    /// The roots that were given hold no certificate.
    #[error("the CA file holds no certificate that can be read")]
    Roots,
    /// The certificate to log in with does not fit its key, or cannot be read.
    #[error("the certificate to log in with is not usable: {0}")]
    Identity(String),
    /// This machine cannot do it.
    #[error("this machine cannot ask it: {0}")]
    Machine(String),
}

/// Why a certificate is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// No root that is trusted issued it.
    #[error("no root that is trusted here issued it. Give the CA file of the server if it has its own")]
    Issuer,
    /// It is for other names.
    #[error("it is for another name. Use an address that the certificate names, or have a certificate made for this one")]
    Name,
    /// It is over, or this machine's clock is ahead.
    #[error("it has expired. If it has not, the clock of this machine is ahead: it says {now}")]
    Expired {
        /// The clock of this machine.
        now: String,
    },
    /// It does not hold yet, or this machine's clock is behind.
    #[error("it is not valid yet. If it is, the clock of this machine is behind: it says {now}")]
    NotYet {
        /// The clock of this machine.
        now: String,
    },
    /// Its issuer took it back.
    #[error("it was revoked")]
    Revoked,
    /// It is for something else.
    #[error("it is not made for servers")]
    Purpose,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl HttpError {
    /// The other side may have carried the request out: it was sent, or it is not known that it was not.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer(_) | Self::Closed | Self::Cancelled | Self::NotHttp(_) | Self::TooLarge(_) | Self::Unreachable(_)
        )
    }

    /// Another address of the same cluster may do better.
    pub const fn is_of_this_address(&self) -> bool {
        !matches!(self, Self::Cancelled | Self::Roots | Self::Identity(_) | Self::Machine(_) | Self::TooLarge(_))
    }

    /// From what the HTTP crate says. `host` is whom it was sent to, `time` what it had for each of both waits.
    pub(super) fn from_ureq(error: ureq::Error, host: &str, [connect, answer]: [Duration; 2]) -> Self {
        match error {
            ureq::Error::Io(error) => Self::from_io(&error),
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => Self::NoConnection(connect),
            ureq::Error::Timeout(_) => Self::NoAnswer(answer),
            ureq::Error::HostNotFound => Self::Name(host.to_owned()),
            ureq::Error::Rustls(error) => Self::from_tls(&error),
            ureq::Error::Tls(text) => Self::Tls(text.to_owned()),
            ureq::Error::ConnectProxyFailed(text) => Self::Proxy(clean(&text)),
            ureq::Error::InvalidProxyUrl => Self::Proxy("its address cannot be read".into()),
            ureq::Error::BodyExceedsLimit(limit) => Self::TooLarge(usize::try_from(limit).unwrap_or(usize::MAX)),
            ureq::Error::LargeResponseHeader(_, limit) => Self::TooLarge(limit),
            ureq::Error::Protocol(error) => Self::NotHttp(clean(&error.to_string())),
            ureq::Error::ConnectionFailed => Self::Unreachable("the connection failed".into()),
            other => Self::Machine(clean(&other.to_string())),
        }
    }

    fn from_io(error: &std::io::Error) -> Self {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
            return Self::from_tls(error);
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Self::Closed
            }
            _ => Self::Unreachable(clean(&error.to_string())),
        }
    }

    fn from_tls(error: &TlsError) -> Self {
        let now = || jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string();
        let distrust = match error {
            TlsError::InvalidCertificate(error) => match error {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired { now: now() },
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYet { now: now() },
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Distrust::Name,
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Distrust::Issuer,
                CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Distrust::Purpose,
                CertificateError::Revoked => Distrust::Revoked,
                // A certificate that is its own issuer, and not among the roots.
                other if other.to_string().contains("CaUsedAsEndEntity") => Distrust::Issuer,
                other => Distrust::Other(clean(&other.to_string())),
            },
            TlsError::InvalidMessage(_) => return Self::Tls("what answers there does not speak it".into()),
            other => return Self::Tls(clean(&other.to_string())),
        };
        Self::Distrusted(distrust)
    }
}

/// Words of others on one line and not too many of them.
pub(in crate::network) fn clean(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty()).collect();
    let mut line: String = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(300) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_stay_on_one_line() {
        assert_eq!(clean("1 error occurred:\n\t* permission denied\n\n"), "1 error occurred: * permission denied");
        assert_eq!(clean(&"é".repeat(1_000)).chars().count(), 301);
        assert_eq!(clean("a\u{1b}[31mb"), "a [31mb");
    }
}
