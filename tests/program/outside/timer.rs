//! The timer that looks after the keys, installed into a home of its own: what is written, what is asked
//! of systemd and launchd, and that removing leaves nothing.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, Home, end_of, has, skip};

const PYTHON: &str = "/usr/bin/python3";

/// A person's home with tools that note how they were called.
struct Desk {
    home: Home,
    path: String,
}

impl Desk {
    fn new() -> Self {
        let home = Home::new();
        std::fs::create_dir(home.path("bin")).unwrap();
        let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
        let desk = Self { home, path };
        desk.tool("systemctl", "");
        desk
    }

    /// Puts a program first in the path: it notes its arguments, then does this.
    fn tool(&self, name: &str, script: &str) {
        let calls = self.home.path("calls");
        let text = format!("#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >>'{}'\n{script}\n", calls.display());
        executable(&self.home.path("bin").join(name), &text);
    }

    /// A program to be run by the timer, in a folder whose name is hard to quote.
    fn program(&self, folder: &str) -> PathBuf {
        let folder = self.home.path(folder);
        std::fs::create_dir_all(&folder).unwrap();
        executable(&folder.join("keystead"), "#!/bin/sh\n");
        folder.join("keystead")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/timer"));
        self.home.at_home(&mut command);
        command.env("PATH", &self.path).env("CARGO_TARGET_DIR", self.home.path("built")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        end_of(self.command(arguments))
    }

    /// How the tools were called since the last time.
    fn calls(&self) -> Vec<String> {
        let file = self.home.path("calls");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let _ = std::fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }

    fn unit(&self, name: &str) -> PathBuf {
        self.home.path("config/systemd/user").join(name)
    }

    fn agent(&self) -> PathBuf {
        self.home.path("Library/LaunchAgents/org.keystead.check.plist")
    }
}

fn executable(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a line of Python makes of a file, read from the JSON that it prints.
fn python(script: &str, file: &Path) -> Value {
    let mut command = Command::new(PYTHON);
    command.args(["-c", script]).arg(file);
    end_of(command).done().json()
}

#[test]
#[cfg(target_os = "linux")]
fn the_timer_is_installed_and_leaves_nothing_behind() {
    let desk = Desk::new();
    let program = desk.program("my tools 100% é $HOME; & (new)");
    std::fs::create_dir_all(desk.unit("")).unwrap();
    std::fs::write(desk.unit("other.timer"), "").unwrap();
    let said = desk.run(&["install", program.to_str().unwrap()]).done().text();
    let units = [desk.unit("keystead-check.service"), desk.unit("keystead-check.timer")];
    for unit in &units {
        assert!(said.contains(&format!("Wrote {}\n", unit.display())), "{said}");
    }
    assert_eq!(
        desk.calls(),
        [
            "systemctl --user show-environment",
            "systemctl --user daemon-reload",
            "systemctl --user enable --now keystead-check.timer"
        ]
    );
    let service = std::fs::read_to_string(&units[0]).unwrap();
    let written = program.to_str().unwrap().replace('%', "%%");
    assert!(
        service.contains(&format!("\nExecStart=-\"{written}\" check --notify --probe\nExecStart=\"{written}\" rotate --due\n")),
        "{service}"
    );
    let inventory = desk.home.inventory();
    assert!(service.contains(&format!("\nEnvironment=\"KEYSTEAD_INVENTORY={}\"\n", inventory.display())), "{service}");
    assert!(!service.contains('@'), "{service}");
    assert!(std::fs::read_to_string(&units[1]).unwrap().contains("\nPersistent=true\n"));
    verify(&desk, &units);

    desk.run(&["status"]).done();
    let said = desk.run(&["remove"]).done().text();
    let removed: Vec<&str> = said.lines().collect();
    assert_eq!(removed, [format!("Removed {}", units[1].display()), format!("Removed {}", units[0].display())]);
    assert!(desk.calls().contains(&"systemctl --user disable --now keystead-check.timer".to_owned()));
    let left: Vec<_> = std::fs::read_dir(desk.unit("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["other.timer"]);
    desk.run(&["status"]).with(1);
    assert_eq!(desk.run(&["remove"]).done().text(), "", "nothing is left to remove");
}

/// systemd itself finds nothing wrong with the units, and would find a program that is not there.
#[cfg(target_os = "linux")]
fn verify(desk: &Desk, units: &[PathBuf]) {
    if !has("systemd-analyze") {
        return skip("timer_units", "systemd-analyze is not installed");
    }
    let verified = |units: &[PathBuf]| {
        let mut command = Command::new("systemd-analyze");
        desk.home.at_home(&mut command);
        command.args(["--user", "verify", "--man=no"]).args(units);
        end_of(command)
    };
    let ended = verified(units).done();
    assert_eq!(ended.stderr, "");
    // It looks for the first command only, and not for one that may fail.
    let strict = std::fs::read_to_string(&units[0]).unwrap().replace("ExecStart=-", "ExecStart=");
    let path = desk.home.path("strict.service");
    std::fs::write(&path, &strict).unwrap();
    verified(std::slice::from_ref(&path)).done();
    std::fs::write(&path, strict.replace("/keystead\"", "/nowhere\"")).unwrap();
    assert_ne!(verified(&[path]).code, Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn the_usual_inventory_is_looked_after_where_none_is_named() {
    let desk = Desk::new();
    let program = desk.program("a");
    let mut command = desk.command(&["install", program.to_str().unwrap()]);
    command.env_remove("KEYSTEAD_INVENTORY");
    end_of(command).done();
    let service = std::fs::read_to_string(desk.unit("keystead-check.service")).unwrap();
    assert!(!service.contains("INVENTORY"), "{service}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_program_is_found() {
    let desk = Desk::new();
    let installed = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.current_dir(desk.home.path(""));
        end_of(command).done();
        let service = std::fs::read_to_string(desk.unit("keystead-check.service")).unwrap();
        let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=\"")).unwrap();
        line.split('"').next().unwrap().to_owned()
    };
    let said = desk.run(&["install"]).with(1).stderr;
    assert!(said.contains("no keystead was found"), "{said}");
    let built = desk.program("built/release");
    assert_eq!(Path::new(&installed(&["install"])), built);
    let in_path = desk.program("bin");
    assert_eq!(Path::new(&installed(&["install"])), in_path);
    let named = desk.program("named here");
    assert_eq!(Path::new(&installed(&["install", "named here/keystead"])), named);
    let said = desk.run(&["install", "/no/such/program"]).with(1).stderr;
    assert!(said.contains("/no/such/program is no program that can be run"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_installed_is_said_and_leaves_nothing() {
    let desk = Desk::new();
    let program = desk.program("a").to_str().unwrap().to_owned();
    for wrong in [&[][..], &["begin"], &["install", "a", "b"], &["remove", "a"]] {
        desk.run(wrong).with(2);
    }
    let quoted = desk.program("Mira's \"tools\"");
    let said = desk.run(&["install", quoted.to_str().unwrap()]).with(1).stderr;
    assert!(said.contains("a quote or a backslash"), "{said}");
    let broken = desk.program("two\nlines");
    desk.run(&["install", broken.to_str().unwrap()]).with(1);

    desk.tool("systemctl", "case $* in *enable*) exit 1 ;; esac");
    let said = desk.run(&["install", &program]).with(1).stderr;
    assert!(said.contains("systemctl could not start the timer"), "{said}");
    desk.tool("systemctl", "exit 1");
    let said = desk.run(&["install", &program]).with(3).stderr;
    assert!(said.contains("systemctl --user does not answer") && said.contains("Nothing was installed"), "{said}");
    assert!(!desk.unit("keystead-check.timer").exists() && !desk.unit("keystead-check.service").exists());

    // A system with everything else, but no systemd.
    std::fs::remove_file(desk.home.path("bin/systemctl")).unwrap();
    for tool in ["sh", "dirname", "uname", "sed", "awk", "mkdir", "mv", "rm", "tr"] {
        symlink(Path::new("/usr/bin").join(tool), desk.home.path("bin").join(tool)).unwrap();
    }
    let mut command = desk.command(&["install", &program]);
    command.env("PATH", desk.home.path("bin"));
    let said = end_of(command).with(3).stderr;
    assert!(said.contains("systemctl is not here"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_timer_is_removed_also_where_systemd_does_not_answer() {
    let desk = Desk::new();
    let program = desk.program("a");
    desk.run(&["install", program.to_str().unwrap()]).done();
    let wants = desk.unit("timers.target.wants");
    std::fs::create_dir(&wants).unwrap();
    symlink(desk.unit("keystead-check.timer"), wants.join("keystead-check.timer")).unwrap();
    desk.tool("systemctl", "exit 1");
    desk.run(&["status"]).with(3);
    assert_eq!(desk.run(&["remove"]).done().text().lines().count(), 3);
    assert!(std::fs::read_dir(wants).unwrap().next().is_none());
}

#[test]
fn the_agent_of_macos_is_installed_and_leaves_nothing_behind() {
    if !Path::new(PYTHON).exists() {
        return skip("the_agent_of_macos_is_installed_and_leaves_nothing_behind", "python3 is not installed");
    }
    let desk = Desk::new();
    desk.tool("uname", "echo Darwin");
    desk.tool("launchctl", "case $1 in bootout) exit 3 ;; esac");
    let program = desk.program("R&D <\"tools\"> it's $HOME");
    let said = desk.run(&["install", program.to_str().unwrap()]).done().text();
    assert!(said.contains(&format!("Wrote {}\n", desk.agent().display())), "{said}");
    let agent = desk.agent().display().to_string();
    let started = |call: &String| call.starts_with("launchctl bootstrap gui/") && call.ends_with(&agent);
    assert!(desk.calls().iter().any(started));
    let script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let agent = python(script, &desk.agent());
    assert_eq!(agent["Label"], "org.keystead.check");
    assert_eq!(agent["StartCalendarInterval"], serde_json::json!({"Hour": 8, "Minute": 0}));
    assert_eq!(agent["RunAtLoad"], true);
    assert_eq!(agent["EnvironmentVariables"]["KEYSTEAD_INVENTORY"], desk.home.inventory().to_str().unwrap());
    assert_eq!(agent["ProgramArguments"][3], program.to_str().unwrap());

    // What launchd would run, without the wait.
    executable(&program, "#!/bin/sh\necho \"$*\"\ncase $1 in check) exit 2 ;; esac\n");
    let script = agent["ProgramArguments"][2].as_str().unwrap().strip_prefix("sleep 180; ").unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).arg(&program);
    assert_eq!(end_of(command).done().text(), "check --notify --probe\nrotate --due\n");

    desk.run(&["status"]).done();
    assert_eq!(desk.run(&["remove"]).done().text(), format!("Removed {}\n", desk.agent().display()));
    assert!(!desk.agent().exists());
    desk.run(&["status"]).with(1);

    desk.tool("launchctl", "exit 5");
    desk.run(&["install", program.to_str().unwrap()]).with(1);
    assert!(!desk.agent().exists());
}

#[test]
fn the_task_of_windows_says_the_same() {
    if !Path::new(PYTHON).exists() {
        return skip("the_task_of_windows_says_the_same", "python3 is not installed");
    }
    let script = "
import json, sys
from xml.etree import ElementTree
root = ElementTree.parse(sys.argv[1]).getroot()
space = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
assert root.tag == space + 'Task', root.tag
text = lambda name: [found.text for found in root.iter(space + name)]
print(json.dumps({name: text(name) for name in ['Command', 'Arguments', 'StartBoundary', 'StartWhenAvailable', 'Delay', 'UserId']}))
";
    let task = python(script, &Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/timer.d/keystead-check.xml"));
    let expected = serde_json::json!({
        "Command": ["\"@KEYSTEAD@\"", "\"@KEYSTEAD@\""],
        "Arguments": ["check --notify --probe", "rotate --due"],
        "StartBoundary": ["2026-01-01T08:00:00"],
        "StartWhenAvailable": ["true"],
        "Delay": ["PT5M"],
        "UserId": ["@USER@", "@USER@"],
    });
    assert_eq!(task, expected);
}
