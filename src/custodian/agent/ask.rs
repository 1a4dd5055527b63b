//! Asking a person before a key signs: by a window of this program, or by the program that OpenSSH's own agent
//! would start.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::model::name::shown;
use crate::model::{Asker, KeyId, SignedFor};

/// So long a person has to answer; then it is refused.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which key is to sign.
    pub key: KeyId,
    /// Its name.
    pub name: Box<str>,
    /// Who asks.
    pub asker: Asker,
    /// What for.
    pub purpose: SignedFor,
}

impl Question {
    /// “deploy for a login as git at github.com”.
    pub fn words(&self) -> String {
        format!("{} for {}", shown(&self.name), self.purpose.words())
    }
}

/// Who asks a person.
pub trait Confirm: Send + Sync {
    /// Asks, and waits at most [`PATIENCE`]; a refusal says why, as a sentence.
    fn ask(&self, question: &Question) -> Result<(), String>;
}

/// Asks by the program of `SSH_ASKPASS`, as `ssh-agent` does. Without one everything is refused.
pub struct Askpass(Option<std::ffi::OsString>);

impl Askpass {
    /// The program that this environment names.
    pub fn of_environment() -> Self {
        Self(std::env::var_os("SSH_ASKPASS").filter(|program| !program.is_empty()))
    }
}

impl Confirm for Askpass {
    fn ask(&self, question: &Question) -> Result<(), String> {
        let Some(program) = &self.0 else {
            return Err("The key asks each time, and there is nobody to ask: SSH_ASKPASS names no program.".into());
        };
        let prompt = format!("Allow {} to use {}?", question.asker.words(), question.words());
        let mut command = Command::new(program);
        command.arg(prompt).env("SSH_ASKPASS_PROMPT", "confirm");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|cause| format!("SSH_ASKPASS could not be started: {cause}."))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match child.try_wait() {
                Ok(Some(_)) => break,
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err("Nobody answered within a minute.".into());
                }
            }
        }
        let output = child.wait_with_output().map_err(|cause| format!("SSH_ASKPASS gave no answer: {cause}."))?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_lowercase();
        // As OpenSSH takes it: success with nothing said, or with “yes”.
        if output.status.success() && (said.is_empty() || said == "yes") { Ok(()) } else { Err("The person refused.".into()) }
    }
}
