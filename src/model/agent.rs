//! What the log says of the SSH agent: which keys it offers and how, and who asked it for a signature.
//! Sockets and messages are not here.

use serde::{Deserialize, Serialize};

use super::name::shown;
use super::time::Time;

/// How the SSH agent may use a key.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentUse {
    /// A person is asked before each signature.
    pub confirm: bool,
    /// So long after the start of the agent, an unlock or a renewal it is offered; `None` without an end.
    pub lifetime_seconds: Option<u32>,
}

/// A key that the SSH agent offers.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// How.
    pub usage: AgentUse,
    /// When a person said so last: a lifetime begins anew there.
    pub since: Time,
}

impl AgentUse {
    /// Still offered: the lifetime, counted from the later of two beginnings, is not over.
    pub fn lasts(&self, started: Time, renewed: Time, now: Time) -> bool {
        let end = self.lifetime_seconds.map(|seconds| started.max(renewed).plus_seconds(seconds.into()));
        end.is_none_or(|end| now < end)
    }

    /// “asks each time, for 8 h”.
    pub fn words(&self) -> String {
        let asks = if self.confirm { "asks each time" } else { "without asking" };
        match self.lifetime_seconds {
            Some(seconds) => format!("{asks}, for {}", span(seconds)),
            None => asks.to_owned(),
        }
    }
}

/// “90 s”, “15 min”, “8 h”, “2 d”: the largest unit that divides it.
fn span(seconds: u32) -> String {
    match seconds {
        0 => "0 s".into(),
        whole if whole.is_multiple_of(86_400) => format!("{} d", whole / 86_400),
        whole if whole.is_multiple_of(3_600) => format!("{} h", whole / 3_600),
        whole if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        seconds => format!("{seconds} s"),
    }
}

/// The process that asked the agent, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// Its number.
    pub pid: Option<u32>,
    /// Its program file, or the name the system has for it; empty where that cannot be told.
    pub program: Box<str>,
}

impl Asker {
    /// “ssh (process 4711)”, “an unknown process”.
    pub fn words(&self) -> String {
        let name = self.program.rsplit('/').next().unwrap_or_default();
        match (name, self.pid) {
            ("", None) => "an unknown process".into(),
            ("", Some(pid)) => format!("process {pid}"),
            (name, None) => shown(name).into_owned(),
            (name, Some(pid)) => format!("{} (process {pid})", shown(name)),
        }
    }
}

/// What the agent signed, as far as it shows in the data itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedFor {
    /// A login (RFC 4252 section 7).
    Login {
        /// As whom.
        user: Box<str>,
        /// To which host: its address where a server of the inventory has that host key, otherwise the
        /// fingerprint of the key; `None` where the client did not say (`session-bind@openssh.com`).
        host: Option<Box<str>>,
    },
    /// A file or message (PROTOCOL.sshsig).
    File {
        /// What the signature is for.
        namespace: Box<str>,
    },
    /// Something else.
    #[default]
    Data,
}

impl SignedFor {
    /// “a login as git at github.com”.
    pub fn words(&self) -> String {
        match self {
            Self::Login { user, host: Some(host) } => format!("a login as {} at {}", shown(user), shown(host)),
            Self::Login { user, host: None } => format!("a login as {}, host not told", shown(user)),
            Self::File { namespace } => format!("a file or message (namespace {})", shown(namespace)),
            Self::Data => "data of another kind".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_counts_from_the_later_of_start_and_renewal() {
        let usage = AgentUse { confirm: false, lifetime_seconds: Some(100) };
        let at = Time::from_second;
        assert!(usage.lasts(at(1_000), at(0), at(1_099)));
        assert!(!usage.lasts(at(1_000), at(0), at(1_100)));
        assert!(usage.lasts(at(1_000), at(1_050), at(1_149)), "renewed");
        assert!(AgentUse::default().lasts(at(0), at(0), at(1 << 40)));
    }

    #[test]
    fn words_are_for_people() {
        assert_eq!(AgentUse { confirm: true, lifetime_seconds: Some(8 * 3_600) }.words(), "asks each time, for 8 h");
        assert_eq!(Asker { pid: Some(7), program: "/usr/bin/ssh".into() }.words(), "ssh (process 7)");
        assert_eq!(Asker::default().words(), "an unknown process");
    }
}
