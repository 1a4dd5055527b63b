//! What was acknowledged survives a power cut: by the time an act has ended, every file that it
//! wrote and every folder in which a name changed was synced after the last change.

use std::collections::BTreeSet;

use keystead::model::StoreKind;

use super::calls::{Act, Scene, can_watch};
use crate::alone::alone;
use crate::lab::{Lab, generate};

/// What a power cut could still take.
#[derive(Default)]
struct AtRisk {
    bytes: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl AtRisk {
    /// Follows one call of a trace in which file descriptors show their paths.
    fn follow(&mut self, name: &str, arguments: &str) {
        let on = described(arguments);
        let paths = quoted(arguments);
        match (name, on, &paths[..]) {
            ("write" | "pwrite64" | "ftruncate", Some(path), _) => drop(self.bytes.insert(path)),
            ("fsync" | "fdatasync", Some(path), _) => {
                self.bytes.remove(&path);
                self.names.remove(&path);
            }
            ("syncfs", ..) => *self = Self::default(),
            ("openat", _, [path, ..]) if arguments.contains("O_EXCL") => self.renamed(path),
            ("mkdir" | "mkdirat" | "unlink" | "unlinkat", _, [path, ..]) => {
                self.bytes.remove(path);
                self.renamed(path);
            }
            ("rename" | "renameat" | "renameat2" | "link" | "linkat", _, [from, to, ..]) => {
                if self.bytes.remove(from) {
                    self.bytes.insert(to.clone());
                }
                self.renamed(to);
            }
            _ => {}
        }
    }

    fn renamed(&mut self, path: &str) {
        self.names.extend(path.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
    }
}

/// The path behind the descriptor that a call is made on.
fn described(arguments: &str) -> Option<String> {
    let (number, rest) = arguments.split_once('<')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| rest.split('>').next().unwrap_or_default().to_owned())
}

fn quoted(arguments: &str) -> Vec<String> {
    arguments.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn at_risk(trace: &str) -> AtRisk {
    let mut found = AtRisk::default();
    for line in trace.lines() {
        let call = line.split_once(' ').and_then(|(_, rest)| rest.trim_start().split_once('('));
        // A call that failed changed nothing.
        if let Some((name, arguments)) = call.filter(|(_, arguments)| !arguments.contains(" = -1 ")) {
            found.follow(name, arguments);
        }
    }
    found
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    alone(|| {
        if !can_watch("what_was_acknowledged_survives_a_power_cut") {
            return;
        }
        for act in [Act::Init, Act::Generate, Act::GenerateMany, Act::Export, Act::ChangePassphrase, Act::Import, Act::GoOn] {
            let lab = Lab::new();
            if act != Act::Init {
                generate(&lab.set_up(StoreKind::Files), "first");
            }
            if act == Act::GoOn {
                let text = std::fs::read_to_string(lab.file("audit.ron")).unwrap().replacen("first", "furst", 1);
                std::fs::write(lab.file("audit.ron"), text).unwrap();
            }
            let scene = Scene { lab: &lab, kind: StoreKind::Files, act, number: 1, program: act != Act::GoOn };
            scene.prepare();
            let trace = scene.trace();
            let (folder, found) = (lab.path("").to_str().unwrap().to_owned(), at_risk(&trace));
            // Who is at work is told by locks, which end with a power cut anyway.
            let own = |path: &&String| {
                let rest = path.strip_prefix(&folder).or((**path == folder.trim_end_matches('/')).then_some(""));
                rest.is_some_and(|rest| !rest.contains("operations") && !rest.ends_with("lock"))
            };
            let bytes: Vec<_> = found.bytes.iter().filter(own).collect();
            let names: Vec<_> = found.names.iter().filter(own).collect();
            assert!(bytes.is_empty(), "{act:?}: {bytes:?} was not synced after it was written");
            assert!(names.is_empty(), "{act:?}: {names:?} was not synced after a name in it changed");
            assert!(trace.contains("fsync("), "{trace}");
        }
    });
}
