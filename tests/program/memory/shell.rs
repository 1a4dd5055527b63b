//! The same for commands: each is held at its last word, when nothing secret is needed any more.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::planted::{EXPORT_WORD, FILE_WORD, Garden};
use super::scan::{Find, Scanner};
use super::{all_secrets, look_at_files, memory_is_open, names};
use crate::support::{Home, PASSPHRASE, program};

/// What a pipe holds (pipe(7)).
const PIPE: usize = 64 << 10;

/// A command that waits with its first word on standard output, because nobody reads it.
pub(super) struct Held {
    child: Child,
    reader: std::io::PipeReader,
}

impl Held {
    /// Starts it with three passphrases on descriptors: of the home on 7, of what is read on 8, of what is written
    /// on 9; nothing ever comes on 6.
    pub(super) fn start(home: &Home, garden: &Garden, arguments: &[&str]) -> Self {
        Self::start_with(home, garden, &[arguments, &["--passphrase-fd", "7"]].concat(), |_| {})
    }

    /// The same where the home is opened otherwise, after the command was changed.
    pub(super) fn start_with(home: &Home, garden: &Garden, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(&vec![b'\n'; PIPE]).unwrap();
        for (name, word) in [("home", PASSPHRASE), ("file", FILE_WORD), ("export", EXPORT_WORD)] {
            std::fs::write(garden.path(name), word).unwrap();
        }
        let words = garden.folder().display();
        let script = format!(
            "mkfifo {words}/never 2>/dev/null; exec 6<>{words}/never 7<{words}/home 8<{words}/file 9<{words}/export; exec \"$0\" \"$@\""
        );
        let mut command = Command::new("sh");
        home.at_home(&mut command);
        let _ = std::fs::create_dir(home.path("temporary"));
        command.env("TMPDIR", home.path("temporary"));
        change(&mut command);
        command.args(["-c", &script]).arg(program()).args(arguments).stdout(writer).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap(), reader }
    }

    /// Waits until a secret is seen in its memory, and ends it.
    pub(super) fn see(mut self, scanner: &Scanner, secret: &str) {
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let mut finds = Vec::new();
            let seen = scanner.process(self.child.id(), &mut finds);
            if seen.is_ok() && names(&finds).contains(secret) {
                break;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{secret} was not seen: {ended:?}, {finds:?}");
        }
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
    }

    /// Waits until it writes to standard output, and looks through its memory.
    pub(super) fn look(mut self, scanner: &Scanner) -> Vec<Find> {
        let end = Instant::now() + Duration::from_mins(1);
        let call = format!("/proc/{}/syscall", self.child.id());
        loop {
            let now = std::fs::read_to_string(&call).unwrap_or_default();
            let mut words = now.split_ascii_whitespace();
            // `write` is 1 on x86-64 and 64 on ARM64.
            if matches!(words.next(), Some("1" | "64")) && words.next() == Some("0x1") {
                break;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "it did not come to its last word: {ended:?}, {now}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut finds = Vec::new();
        scanner.process(self.child.id(), &mut finds).unwrap();
        std::io::copy(&mut self.reader, &mut std::io::sink()).unwrap();
        let ended = self.child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        finds
    }
}

pub(super) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Commands by the secrets that go through them, in an order in which they work.
pub(super) fn commands(garden: &Garden, out: &dyn Fn(&str) -> String) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut command = |words: &[&str]| commands.push(words.iter().map(|word| (*word).to_owned()).collect());
    for file in ["ec.pem", "ed.pem", "rsa.pem", "aes.jwk"] {
        command(&["import", &text(&garden.path(file)), "--input-passphrase-fd", "8"]);
    }
    command(&["policy", "set", "--key", "aes", "exportable=yes"]);
    for (key, formats) in [
        ("ec", &["pkcs8", "pkcs12", "pkcs12-legacy", "jwe"][..]),
        ("ed", &["pkcs8", "openssh", "ppk", "jwe"]),
        ("rsa", &["pkcs8", "pkcs12", "openssh", "ppk", "jwe"]),
    ] {
        command(&["policy", "set", "--key", key, "exportable=yes"]);
        for format in formats {
            let out = out(&format!("{key}-{format}"));
            command(&["export", key, "--private", "--format", format, "--output-passphrase-fd", "9", "--out", &out]);
        }
    }
    for key in ["ec", "ed", "rsa"] {
        command(&["sign", key, &text(&garden.path("ed.pem")), "--format", "sshsig", "--out", &out(&format!("{key}.sig"))]);
    }
    let (under_words, shared, sealed) = (out("words.backup"), out("shared.backup"), out("sealed.backup"));
    command(&["backup", "--output-passphrase-fd", "9", "--out", &under_words]);
    command(&["backup", "--output-passphrase-fd", "9", "--shares", "2/3", "--out", &shared]);
    command(&["recipient", "add", "Ada", "--key", ADA]);
    command(&["backup", "--to", "Ada", "--out", &sealed]);
    command(&["seal", "ed", "aes", "--to", "Ada", "--out", &out("sealed")]);
    for mode in ["--rehearse", "--merge"] {
        command(&["restore", &under_words, mode, "--input-passphrase-fd", "9"]);
    }
    commands
}

/// A key of age's own documents; its identity is known to nobody.
const ADA: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

#[test]
fn a_command_keeps_no_secret_when_it_says_that_it_is_done() {
    if !memory_is_open("a_command") {
        return;
    }
    let (home, garden) = (Home::with_files(), Garden::new());
    let scanner = Scanner::new(&all_secrets(&home.inventory(), &garden));
    let mut kept = Vec::new();
    let mut commands = commands(&garden, &|name| text(&home.path(name)));
    commands.push(["passphrase", "change", "--new-passphrase-fd", "9"].map(str::to_owned).to_vec());
    for command in commands {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        let finds = Held::start(&home, &garden, &words).look(&scanner);
        if !finds.is_empty() {
            eprintln!("{words:?}: {:?}\n{finds:#?}", names(&finds));
            kept.push((command, names(&finds).into_iter().map(str::to_owned).collect::<Vec<_>>()));
        }
    }
    assert!(kept.is_empty(), "{kept:#?}");
    look_at_files(&scanner, &home);
}

#[test]
fn the_secrets_of_a_command_in_the_middle_of_its_work_are_seen() {
    if !memory_is_open("a_command_at_work") {
        return;
    }
    let (home, garden) = (Home::with_files(), Garden::new());
    let scanner = Scanner::new(&all_secrets(&home.inventory(), &garden));
    home.open(["generate", "ed", "--purpose", "ssh"]).done();
    home.open(["policy", "set", "--key", "ed", "exportable=yes"]).done();
    // It asks a pipe for the passphrase of the file, and nobody writes into it.
    let out = text(&home.path("never"));
    let mut command = vec!["export", "ed", "--private", "--format", "openssh", "--out", &out];
    command.extend(["--output-passphrase-fd", "6"]);
    Held::start(&home, &garden, &command).see(&scanner, "scalar of the age identity");
    Held::start(&home, &garden, &command).see(&scanner, "log key");
}
