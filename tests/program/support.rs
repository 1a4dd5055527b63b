//! The program under test, in a home of its own that is thrown away.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Opens every inventory that these tests make; strong enough for zxcvbn, and worth nothing.
pub const PASSPHRASE: &str = "seven-quiet-otters-paint-the-harbour-green";

/// A person's home folder with the program in it.
pub struct Home {
    folder: TempDir,
    /// Where the program's clock starts, if not at the machine's.
    clock: RefCell<Option<String>>,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said beside that.
    pub stderr: String,
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), clock: RefCell::default() };
        std::fs::write(home.path("passphrase"), PASSPHRASE).unwrap();
        home
    }

    /// A home with an inventory of encrypted files.
    pub fn with_files() -> Self {
        let home = Self::new();
        home.open(["init", "--store", "files"]).done();
        home
    }

    /// The home itself.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The inventory folder.
    pub fn inventory(&self) -> PathBuf {
        self.path("inventory")
    }

    /// The program with these arguments, not started yet.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program());
        self.at_home(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a command this home: nothing it starts may find, or write to, the person's own folders.
    pub fn at_home(&self, command: &mut Command) {
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(variable);
        }
        command
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("KEYSTEAD_INVENTORY", self.inventory())
            .env("TZ", "UTC")
            .env("KEYSTEAD_TEST_WORK_FACTOR", "4")
            .stdin(Stdio::null());
        if let Some(clock) = &*self.clock.borrow() {
            command.env("KEYSTEAD_TEST_CLOCK", clock);
        }
    }

    /// From here on the program starts at this instant.
    pub fn set_clock(&self, instant: &str) {
        *self.clock.borrow_mut() = Some(instant.to_owned());
    }

    /// From here on the program goes by the machine's clock.
    pub fn set_clock_right(&self) {
        *self.clock.borrow_mut() = None;
    }

    /// Runs the program to its end, without a passphrase.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        end_of(self.command(arguments))
    }

    /// Runs the program to its end, with the passphrase.
    pub fn open<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        let mut command = self.command(arguments);
        command.arg("--passphrase-file").arg(self.path("passphrase"));
        end_of(command)
    }
}

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_keystead"))
}

/// Runs a command to its end.
pub fn end_of(mut command: Command) -> Ended {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    Ended { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
}

impl Ended {
    /// It ended with this exit code.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.text(), self.stderr);
        self
    }

    /// It did all it was asked.
    #[track_caller]
    pub fn done(self) -> Self {
        self.with(0)
    }

    /// What it printed, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Whether a command is there.
pub fn has(tool: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()))
}

/// Says that a test cannot run here, and why; packaging/test lists it.
pub fn skip(name: &str, reason: &str) {
    eprintln!("skipped: {name}: {reason}");
    if let Some(list) = std::env::var_os("KEYSTEAD_SKIPPED")
        && let Ok(mut list) = std::fs::File::options().append(true).create(true).open(list)
    {
        let _ = writeln!(list, "{name}: {reason}");
    }
}
