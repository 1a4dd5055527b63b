//! A share that is unmounted while something is written to it: nothing lands in the folder beneath, and nothing is on
//! record as handed over.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keystead::custodian::NoProgress;
use keystead::model::{Overrides, StoreKind};

use super::calls::can_watch;
use super::disk::on_a_small_disk;
use crate::lab::{Lab, assert_verified, generate};
use crate::support::{Ended, end_of, program};

/// The share.
fn share() -> PathBuf {
    Path::new(&std::env::var_os("HOME").unwrap()).join("disk")
}

fn run(line: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    end_of(command).done();
}

/// When it goes away.
#[derive(Debug, Copy, Clone)]
enum Moment {
    /// It is on record that it begins, and nothing is written.
    Begun,
    /// It was written beside its place.
    Written,
    /// It is in its place.
    Placed,
}

impl Moment {
    /// Which call is held up for two seconds, so that it happens just then.
    fn inject(self) -> &'static str {
        match self {
            Self::Begun => "inject=fdatasync,fsync:delay_exit=2000000:when=1",
            Self::Written => "inject=renameat,renameat2,linkat:delay_enter=2000000",
            Self::Placed => "inject=renameat,renameat2,linkat:delay_exit=2000000",
        }
    }

    fn has_come(self, log: &Path, before: &str, target: &Path) -> bool {
        let beside = || {
            let entries = std::fs::read_dir(share()).unwrap().flatten();
            entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".keystead-"))
        };
        match self {
            Self::Begun => {
                let now = std::fs::read_to_string(log).unwrap();
                now[before.len()..].contains("Begun") || now[before.len()..].contains("Signed")
            }
            Self::Written => beside(),
            Self::Placed => target.exists(),
        }
    }
}

/// Runs a command that writes `out` on the share, which goes away in the middle.
fn losing_the_share(lab: &Lab, line: &str, moment: Moment) -> Ended {
    let (log, out) = (lab.file("audit.ron"), share().join("out"));
    let before = std::fs::read_to_string(&log).unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", moment.inject(), "-e", "signal=none", "-o", "/dev/null"]);
    if matches!(moment, Moment::Begun) {
        command.args(["-P", log.to_str().unwrap()]);
    }
    command.arg(program()).args(line.split(' ')).arg("--out").arg(&out).args(["--passphrase-file", "passphrase"]);
    lab.at_home(&mut command);
    command.stdin(std::fs::File::open(lab.path("recovery")).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    while !moment.has_come(&log, &before, &out) {
        assert!(Instant::now() < end, "{moment:?} did not come in {line}");
        std::thread::sleep(Duration::from_millis(5));
    }
    run(r#"umount -l "$HOME/disk""#);
    let ended = child.wait_with_output().unwrap();
    Ended { code: ended.status.code(), stdout: ended.stdout, stderr: String::from_utf8_lossy(&ended.stderr).into_owned() }
}

fn assert_nothing_left(lab: &Lab, line: &str, moment: Moment, ended: &Ended, added: &str) {
    let said = format!("{moment:?}, {line}: {:?} {}", ended.code, ended.stderr);
    assert_ne!(ended.code, Some(0), "{said}");
    assert!(ended.stderr.contains("went away meanwhile") && ended.stderr.contains("the file is not there"), "{said}");
    for done in ["Done", "HandedOver", "BackupMade"] {
        assert!(!added.contains(done), "{said}: {added}");
    }
    let beneath: Vec<_> = std::fs::read_dir(share()).unwrap().collect();
    assert!(beneath.is_empty(), "{said}: {beneath:?}");
    let custodian = lab.open();
    custodian.read(|inventory| assert!(inventory.open_operations().is_empty(), "{said}"));
    assert_verified(&custodian);
    custodian.close();
}

#[test]
fn share_unmounted_while_it_is_written_to() {
    let test = "share_unmounted_while_it_is_written_to";
    if !can_watch(test) {
        return;
    }
    on_a_small_disk(test, || {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let key = generate(&custodian, "first");
        let own = Overrides { exportable: Some(true), ..Overrides::default() };
        custodian.run(&keystead::model::Command::SetKeyPolicies(vec![(key, own)]), &NoProgress).unwrap();
        super::calls::recipients(&custodian);
        custodian.close();
        for line in [
            "export first --format spki-pem --to Jonas",
            "export first --private --format pkcs8-plain --confirm first",
            "seal first --to Ada Bob",
            "sign first passphrase --format sshsig",
            "backup --output-passphrase-fd 0",
            "backup --output-passphrase-fd 0 --shares 2/3",
        ] {
            for moment in [Moment::Begun, Moment::Written, Moment::Placed] {
                let before = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
                let ended = losing_the_share(&lab, line, moment);
                let after = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
                assert_nothing_left(&lab, line, moment, &ended, &after[before.len()..]);
                run(r#"mount -t tmpfs -o size=256k,mode=700 none "$HOME/disk""#);
            }
        }
    });
}
