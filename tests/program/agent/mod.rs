//! The SSH agent as OpenSSH's own programs, strangers and a person at Ctrl+C meet it. Everything is real and
//! ends with its test.

mod asking;
pub mod clients;
mod hostile;
mod loading;
mod records;
mod states;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Ended, Home, end_of};

/// A running agent; ended with its test.
pub struct Served {
    child: Child,
    pub socket: PathBuf,
    /// Where what it says beside its line goes.
    said: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts `keystead agent` with these arguments.
    #[track_caller]
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::start_with(home, arguments, |_| {})
    }

    /// The same after the command was changed.
    #[track_caller]
    pub fn start_with(home: &Home, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = home.command(["agent"].iter().chain(arguments));
        command.arg("--passphrase-file").arg(home.path("passphrase")).env_remove("SSH_ASKPASS");
        let said = home.path("agent-said");
        command.stdout(Stdio::piped()).stderr(std::fs::File::create(&said).unwrap());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let socket = line.strip_prefix("SSH_AUTH_SOCK=").and_then(|rest| rest.split_once(';'));
        let Some((socket, _)) = socket else {
            panic!("{line:?}: {}", std::fs::read_to_string(&said).unwrap());
        };
        Self { child, socket: socket.into(), said }
    }

    /// What it said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    /// Waits until it said this.
    #[track_caller]
    pub fn says(&self, wanted: &str) {
        until(&format!("{wanted:?} in {:?}", self.said()), || self.said().contains(wanted));
    }

    /// A command whose agent this is.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SSH_AUTH_SOCK", &self.socket).env_remove("SSH_ASKPASS").stdin(Stdio::null());
        command
    }

    /// What `ssh-add` prints with one option.
    pub fn ssh_add(&self, option: &str) -> Ended {
        let mut command = self.client("ssh-add");
        command.arg(option);
        end_of(command)
    }

    /// A signature by `ssh-keygen` over a file of this text, with the public half in `NAME.pub`.
    pub fn signs(&self, home: &Home, name: &str) -> Ended {
        std::fs::write(home.path("message"), "message").unwrap();
        let _ = std::fs::remove_file(home.path("message.sig"));
        let mut command = self.client("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-n", "file", "-f"]).arg(home.path(&format!("{name}.pub"))).arg(home.path("message"));
        end_of(command)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ends(&mut self) -> Option<i32> {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// Waits for something.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A home with keys of these algorithms, named by them, all set for the agent, and their public halves beside.
pub fn with_keys(algorithms: &[&str]) -> Home {
    let home = Home::with_files();
    for algorithm in algorithms {
        home.open(["generate", algorithm, "--purpose", "ssh", "--algorithm", algorithm]).done();
        home.open(["agent", "set", algorithm]).done();
        public(&home, algorithm);
    }
    home
}

/// Writes the public half of a key to `NAME.pub`.
pub fn public(home: &Home, name: &str) {
    let path = home.path(&format!("{name}.pub"));
    home.open(["export", name, "--format", "openssh", "--replace", "--out", path.to_str().unwrap()]).done();
}

/// Sends bytes and reads one answer; `None` where the connection was ended instead.
pub fn exchange(stream: &mut UnixStream, bytes: &[u8]) -> Option<Vec<u8>> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).ok()?;
    answer(stream)
}

/// Reads one answer.
pub fn answer(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).ok()?;
    let mut body = vec![0; u32::from_be_bytes(head) as usize];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

/// The request for the list of keys.
pub const LIST: &[u8] = &[0, 0, 0, 1, 11];

/// Connects.
pub fn connect(socket: &Path) -> UnixStream {
    UnixStream::connect(socket).unwrap()
}
