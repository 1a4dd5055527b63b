//! One act of the program in a process of its own, watched and disturbed at its system calls.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::process::Command;

use keystead::custodian::{Custodian, NoProgress};
use keystead::model::{RotateSpec, StoreKind};

use crate::lab::{Lab, RECOVERY, export, first, generate, key, passphrase, try_generate};
use crate::support::{Ended, PASSPHRASE, end_of, has, program, skip};

pub use crate::lab::NEW_PASSPHRASE;

/// How many keys are made at once.
pub const MANY: usize = 12;

/// The calls by which anything outside the process is changed, or by which it is held.
const CHANGES: &str = "openat,write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat,unlink,unlinkat,\
    mkdir,mkdirat,ftruncate,fchmod,flock,sendmsg,sendto";

/// What a person does.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Act {
    Generate,
    /// As many as are synced together.
    GenerateMany,
    Export,
    /// A private half in clear, which must lie nowhere but in its place.
    ExportPrivate,
    /// The same, sealed to two recipients.
    Seal,
    ChangePassphrase,
    /// Sets the inventory up.
    Init,
    /// Opens the folder `copied` with the recovery passphrase.
    Recover,
    /// Goes on from a damaged log.
    GoOn,
    /// A new version of a key that someone holds.
    Rotate,
    /// A compromise, with a new version in place of the old.
    Revoke,
    /// At once.
    Destroy,
    /// The private half of a key into the token `hsm`.
    Move,
    /// Keys, a certificate, a public half alone, and the private half of an entry that is here.
    Import,
    /// The whole inventory to one file.
    BackUp,
    /// A backup put in the place of the inventory.
    Replace,
    /// A missing secret brought in out of a backup.
    Merge,
}

impl Act {
    /// It reads the passphrase of a backup from its standard input.
    pub fn uses_backup(self) -> bool {
        matches!(self, Self::BackUp | Self::Replace | Self::Merge)
    }

    /// It works on a key made for it.
    pub fn needs_key(self) -> bool {
        matches!(self, Self::Rotate | Self::Revoke | Self::Destroy | Self::Replace | Self::Merge)
    }
}

/// The n-th call of its kind in a thread, among all or among those on one path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    pub name: String,
    pub number: u32,
    pub path: Option<String>,
    /// Another thread makes such a call too, and would be disturbed with it.
    pub shared: bool,
}

/// An act on an inventory, not started yet.
pub struct Scene<'a> {
    pub lab: &'a Lab,
    pub kind: StoreKind,
    pub act: Act,
    /// Names what is made.
    pub number: u32,
    /// By the built program; otherwise by its library, which goes on after an error.
    pub program: bool,
}

impl Scene<'_> {
    /// The name of the key that is made or exported.
    pub fn name(&self) -> String {
        format!("key-{}", self.number)
    }

    /// The file that is written.
    pub fn target(&self) -> std::path::PathBuf {
        self.lab.path(&format!("{}.pem", self.name()))
    }

    fn started<A: AsRef<OsStr>>(&self, before: &[A]) -> Command {
        let mut command = Command::new(&before[0]);
        if self.program {
            command.args(&before[1..]).arg(program()).args(self.arguments());
            self.lab.at_home(&mut command);
            if self.act == Act::Move {
                command.stdin(std::fs::File::open(self.lab.path("pin")).unwrap());
                command.env("SOFTHSM2_CONF", std::env::current_dir().unwrap().join("softhsm2.conf"));
            }
            if self.act.uses_backup() {
                command.stdin(std::fs::File::open(self.lab.path("recovery")).unwrap());
            }
            return command;
        }
        command.args(&before[1..]).arg(std::env::current_exe().unwrap());
        command.args(["--exact", "faults::calls::act", "--ignored", "--nocapture", "--test-threads=1"]);
        let act = format!("{:?} {:?} {}", self.act, self.kind, self.number);
        command.env("KEYSTEAD_TEST_ACT", act).env("KEYSTEAD_TEST_FOLDER", self.lab.path(""));
        command
    }

    /// The act as it is typed in a shell.
    fn arguments(&self) -> Vec<String> {
        let files = self.kind == StoreKind::Files;
        let passphrase = if files { " --passphrase-file passphrase" } else { "" };
        let name = self.name();
        let line = match self.act {
            Act::Generate => format!("generate {name}{passphrase}"),
            Act::GenerateMany => format!("generate {name} --count {MANY}{passphrase}"),
            Act::Export => format!("export first --format spki-pem --to Jonas --out {name}.pem{passphrase}"),
            Act::ExportPrivate => {
                format!("export first --private --format pkcs8-plain --confirm first --out {name}.pem{passphrase}")
            }
            Act::Seal => format!("seal first --to Ada Bob --out {name}.pem{passphrase}"),
            Act::ChangePassphrase => {
                let old = if files { "passphrase" } else { "recovery" };
                format!("passphrase change --passphrase-file {old} --new-passphrase-file new")
            }
            Act::Init if files => "init --store files --passphrase-file passphrase".to_owned(),
            Act::Init => format!("init --store {} --recovery-passphrase-file recovery", self.kind.id()),
            Act::Recover => "recover copied --passphrase-file recovery".to_owned(),
            Act::Rotate => format!("rotate {name}{passphrase}"),
            Act::Revoke => format!("revoke {name} --reason key-compromise --replace{passphrase}"),
            Act::Destroy => format!("destroy {name} --now --confirm {name}{passphrase}"),
            Act::Move => format!("move {name} --to hsm --pin-fd 0{passphrase}"),
            Act::Import => format!("import of-{name} --json{passphrase}"),
            Act::BackUp => format!("backup --out {name}.age --output-passphrase-fd 0{passphrase}"),
            Act::Replace => "restore base.age --replace --confirm inventory --input-passphrase-fd 0".to_owned(),
            Act::Merge => format!("restore {name}.age --merge --input-passphrase-fd 0{passphrase}"),
            Act::GoOn => unreachable!("only the window goes on from a damaged log"),
        };
        line.split(' ').map(str::to_owned).collect()
    }

    /// Makes what the act works on.
    pub fn prepare(&self) {
        if self.act == Act::Import {
            let custodian = self.lab.open();
            super::import::lay_out(&self.lab.path(&format!("of-{}", self.name())), &custodian, &self.name());
            custodian.close();
        }
        if matches!(self.act, Act::ExportPrivate | Act::Seal) || self.act.uses_backup() {
            let custodian = self.lab.open();
            recipients(&custodian);
            let own = keystead::model::Overrides { exportable: Some(true), ..Default::default() };
            let policies = vec![(key(&custodian, "first").id, own)];
            custodian.run(&keystead::model::Command::SetKeyPolicies(policies), &NoProgress).unwrap();
            custodian.close();
        }
        if self.act.needs_key() {
            let custodian = self.lab.open();
            let made = generate(&custodian, &self.name());
            let at = custodian.now();
            let record = keystead::model::Command::RecordHandOver {
                version: first(made),
                recipient: "Jonas".into(),
                format: keystead::model::Format::OpenSsh,
                at,
            };
            custodian.run(&record, &NoProgress).unwrap();
            custodian.close();
        }
        super::restoring::prepare(self);
    }

    /// The act undisturbed, and the calls it makes that concern the inventory or the keychain.
    pub fn watched(&self) -> Vec<Call> {
        self.watched_at(CHANGES, self.lab.path("").to_str().unwrap().trim_end_matches('/'))
    }

    /// As [`Scene::watched`], with every call there is.
    pub fn watched_all(&self) -> Vec<Call> {
        let mut calls = self.watched_at("all", "");
        calls.retain(|call| !["execve", "exit", "exit_group", "rt_sigreturn", "restart_syscall"].contains(&&*call.name));
        calls
    }

    fn watched_at(&self, which: &str, folder: &str) -> Vec<Call> {
        relevant(&self.trace_of(which), folder)
    }

    /// The changing calls of the act undisturbed, one a line, with the paths behind descriptors.
    pub fn trace(&self) -> String {
        self.trace_of(CHANGES)
    }

    fn trace_of(&self, which: &str) -> String {
        let trace = self.lab.path("trace");
        let before = ["strace", "-f", "-qq", "-y", "-e", &format!("trace={which}"), "-o", trace.to_str().unwrap()];
        let ended = end_of(self.started(&before));
        assert_eq!(ended.code, Some(0), "{}\n{}", ended.text(), ended.stderr);
        let text = String::from_utf8_lossy(&std::fs::read(&trace).unwrap()).into_owned();
        std::fs::remove_file(trace).unwrap();
        text
    }

    /// The act, not watched.
    #[cfg(feature = "pkcs11")]
    pub fn alone(&self) -> Command {
        self.started(&["env"])
    }

    /// The act, disturbed at one call: `signal=KILL`, `error=EIO`.
    pub fn disturbed(&self, call: &Call, how: &str) -> Ended {
        end_of(self.disturbing(call, how))
    }

    /// As [`Scene::disturbed`], not started yet.
    pub fn disturbing(&self, call: &Call, how: &str) -> Command {
        let inject = format!("inject={}:{how}:when={}", call.name, call.number);
        let mut before = vec!["strace", "-f", "-qq", "-e", &inject, "-e", "signal=none", "-o", "/dev/null"];
        if let Some(path) = &call.path {
            before.extend(["-P", path]);
        }
        self.started(&before)
    }
}

/// Two recipients with a key of age's own (of its documents: the identities are known to nobody).
pub fn recipients(custodian: &Custodian) {
    let keys = [
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
    ];
    let add = |(name, key): (&str, &str)| {
        let read = custodian.read_recipient_keys(&[keystead::custodian::import::Source::pasted(key.into())]);
        let keys = read.into_iter().map(|read| read.key.unwrap()).collect();
        (name.to_owned(), keystead::model::RecipientChange::Add { note: None, keys })
    };
    let changes = ["Ada", "Bob"].into_iter().zip(keys).map(add).collect();
    custodian.run(&keystead::model::Command::ChangeRecipients(changes), &NoProgress).unwrap();
}

/// Whether programs can be watched here; a test that needs it is skipped otherwise.
pub fn can_watch(test: &str) -> bool {
    if !has("strace") {
        skip(test, "strace is not installed");
        return false;
    }
    let mut trial = Command::new("strace");
    trial.args(["-f", "-qq", "-o", "/dev/null", "true"]);
    let works = end_of(trial).code == Some(0);
    if !works {
        skip(test, "programs may not be traced here");
    }
    works
}

/// The calls that name the folder or go to a service; all of them when no folder is given.
fn relevant(trace: &str, folder: &str) -> Vec<Call> {
    let calls: Vec<_> = trace.lines().filter_map(parts).collect();
    let mut counts: HashMap<(&str, &str, Option<&str>), u32> = HashMap::new();
    let mut threads: HashMap<(&str, u32), HashSet<&str>> = HashMap::new();
    let mut numbered = Vec::new();
    for (thread, name, arguments) in calls {
        let path = lasting_path(arguments).filter(|path| !folder.is_empty() && path.starts_with(folder));
        let mut count = |path| {
            let number = counts.entry((thread, name, path)).or_default();
            *number += 1;
            *number
        };
        let number = count(None);
        let on_path = path.map(|path| (path, count(Some(path))));
        threads.entry((name, number)).or_default().insert(thread);
        // What is written may speak of the folder; where it is written counts.
        let on_descriptor = arguments.starts_with(|first: char| first.is_ascii_digit());
        let place = if on_descriptor { arguments.split('>').next().unwrap_or_default() } else { arguments };
        let own = !arguments.contains("O_RDONLY") && (place.contains(folder) || name.starts_with("send"));
        if folder.is_empty() || own {
            numbered.push((name, number, on_path));
        }
    }
    let mut found = Vec::new();
    for (name, number, path) in numbered {
        let shared = path.is_none() && threads.get(&(name, number)).is_some_and(|threads| threads.len() > 1);
        let number = path.map_or(number, |(_, on_path)| on_path);
        let call = Call { name: name.to_owned(), number, path: path.map(|(path, _)| path.to_owned()), shared };
        if !found.contains(&call) {
            found.push(call);
        }
    }
    found
}

/// Thread, name and arguments of a line of a trace.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (name, arguments) = rest.trim_start().split_once('(')?;
    (!name.starts_with('<') && !name.contains(' ')).then_some((thread, name, arguments))
}

/// The path behind a descriptor, if the next run has the same.
fn lasting_path(arguments: &str) -> Option<&str> {
    let (number, rest) = arguments.split_once('<')?;
    let path = rest.split('>').next()?;
    let passing = [".keystead-", ".audit-", ".checkpoint-", ".torn-", ".age", "/operations/", "pem"];
    let lasting = number.bytes().all(|byte| byte.is_ascii_digit()) && !passing.iter().any(|part| path.contains(part));
    lasting.then_some(path)
}

/// Not a test: what [`Scene::started`] runs.
#[test]
#[ignore = "run by other tests in a process of its own"]
fn act() {
    let Ok(what) = std::env::var("KEYSTEAD_TEST_ACT") else { return };
    let mut words = what.split(' ');
    let (act, kind, number) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let kind = StoreKind::ALL.into_iter().find(|known| format!("{known:?}") == kind).unwrap();
    let lab = Lab::at(std::env::var_os("KEYSTEAD_TEST_FOLDER").unwrap().into());
    let opened = match act {
        "Init" => lab.try_set_up(kind),
        "Recover" => Custodian::recover(lab.env(), &lab.path("copied"), &passphrase(RECOVERY)),
        _ => lab.try_open(),
    };
    let custodian = match opened {
        Ok(custodian) => custodian,
        Err(error) => {
            println!("error: {error}");
            std::process::exit(4);
        }
    };
    let name = format!("key-{number}");
    let ended = match act {
        "Init" | "Recover" => Ok(()),
        "GoOn" => custodian.accept_history("compared").map(drop),
        "Generate" => try_generate(&custodian, &[&name]).map(drop),
        "GenerateMany" => {
            let many: Vec<String> = (0..MANY).map(|each| format!("{name}-{each}")).collect();
            try_generate(&custodian, &many.iter().map(String::as_str).collect::<Vec<_>>()).map(drop)
        }
        "Rotate" => {
            let spec = RotateSpec::same(key(&custodian, &name).id);
            custodian.run(&keystead::model::Command::Rotate(vec![spec]), &NoProgress).map(drop)
        }
        "Revoke" => {
            let revoke = keystead::model::Command::Revoke {
                versions: vec![first(key(&custodian, &name).id)],
                reason: keystead::model::RevocationReason::KeyCompromise,
                since: None,
                note: String::new(),
                replace: true,
            };
            custodian.run(&revoke, &NoProgress).map(drop)
        }
        "Destroy" => {
            let destroy = keystead::model::Command::Destroy { keys: vec![key(&custodian, &name).id], reason: String::new() };
            custodian.run(&destroy, &NoProgress).map(drop)
        }
        "Import" => super::import::bring_in(&custodian, &lab.path(&format!("of-{name}"))),
        "ExportPrivate" => {
            let leaving = keystead::custodian::PrivateExport {
                versions: vec![first(key(&custodian, "first").id)],
                format: keystead::model::Format::Pkcs8Plain,
                recipient: None,
                path: lab.path(&format!("{name}.pem")),
                replace: false,
                passphrase: None,
                typed_name: Some("first".into()),
            };
            custodian.export_private(&leaving).map(drop)
        }
        "Seal" => {
            let seal = keystead::custodian::Seal {
                versions: vec![first(key(&custodian, "first").id)],
                format: None,
                recipients: vec!["Ada".into(), "Bob".into()],
                path: lab.path(&format!("{name}.pem")),
                replace: false,
            };
            custodian.seal(&seal).map(drop)
        }
        "Export" => export(&custodian, key(&custodian, "first").id, &lab.path(&format!("{name}.pem"))).map(drop),
        _ => {
            let old = if kind == StoreKind::Files { PASSPHRASE } else { RECOVERY };
            custodian.change_passphrase(&passphrase(old), &passphrase(NEW_PASSPHRASE)).map(drop)
        }
    };
    if let Err(error) = ended {
        println!("error: {error}");
        // The program goes on: what comes next is saved, or the log is only read from here on.
        match try_generate(&custodian, &[&format!("after-{number}")]) {
            Ok(_) => println!("next: saved"),
            Err(error) => println!("next: {error}"),
        }
        custodian.close();
        std::process::exit(3);
    }
    custodian.close();
    assert!(custodian.is_unlocked());
}

/// An inventory opened as the act left it.
pub fn reopened(scene: &Scene, passphrases: &[&str]) -> Custodian {
    let custodian = scene.lab.look();
    if scene.kind == StoreKind::Files {
        assert!(passphrases.iter().any(|text| custodian.unlock(Some(passphrase(text))).is_ok()), "nothing opens it");
    } else {
        custodian.unlock(None).unwrap();
    }
    custodian
}
