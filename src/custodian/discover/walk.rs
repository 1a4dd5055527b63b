//! Every regular file below folders, on a few threads. What hangs (a dead network disk) hangs a thread of
//! its own: whoever waits for the end can stop waiting at any moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::tree::Tree;
use crate::custodian::core::hold;
use crate::custodian::outcome::Progress;

/// No folder is looked into deeper than this.
const DEEPEST: usize = 128;

/// Whoever waits looks so often whether a person cancelled.
const LOOK: Duration = Duration::from_millis(30);

/// Folders of this name hold what programs made or fetched, never what a person keeps.
const MADE: [&str; 6] = ["node_modules", "__pycache__", ".tox", ".terraform", ".gradle", ".npm"];

/// What version control keeps for itself: the folder, and the one above it.
const KEPT: [(&str, &str); 5] =
    [(".git", "objects"), (".git", "lfs"), (".git", "modules"), (".hg", "store"), (".svn", "pristine")];

/// Which files a person does not want to be looked at, from a folder down.
struct Ignored {
    rules: Gitignore,
    above: Option<Arc<Ignored>>,
}

impl Ignored {
    /// The nearest rule has the last word.
    fn holds(&self, path: &Path, is_dir: bool) -> bool {
        let found = self.rules.matched(path, is_dir);
        match &self.above {
            Some(above) if found.is_none() => above.holds(path, is_dir),
            _ => found.is_ignore(),
        }
    }
}

/// A folder to look into.
struct Folder {
    path: PathBuf,
    depth: usize,
    ignored: Option<Arc<Ignored>>,
    tree: Option<Arc<Tree>>,
}

/// A file that was come by.
pub(super) struct Met<'a> {
    pub(super) path: &'a Path,
    pub(super) tree: Option<&'a Arc<Tree>>,
}

/// Told of each folder that cannot be read, and why.
pub(super) type Unread = Box<dyn Fn(&Path, String) + Send + Sync>;

/// What was counted on the way.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) files: AtomicU64,
    pub(super) folders: AtomicU64,
    pub(super) passed_over: AtomicU64,
}

struct Queue {
    folders: Vec<Folder>,
    at_work: usize,
}

struct Walk<F> {
    queue: Mutex<Queue>,
    changed: Condvar,
    stop: AtomicBool,
    counts: Arc<Counts>,
    never: Vec<PathBuf>,
    meet: F,
    unread: Unread,
}

/// Looks into folders and below; `meet` is called for each regular file and `unread` for each folder that
/// cannot be read. `false` when a person cancelled: then this returns at once, and threads still at a file
/// end after it.
pub(super) fn walk<F>(
    folders: &[PathBuf],
    never: Vec<PathBuf>,
    counts: Arc<Counts>,
    progress: &dyn Progress,
    meet: F,
    unread: Unread,
) -> bool
where
    F: Fn(&Met) + Send + Sync + 'static,
{
    let mut first = Vec::new();
    for path in folders.iter().rev() {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        if path.is_dir() {
            let tree = path.parent().and_then(Tree::above).map(Arc::new);
            first.push(Folder { path, depth: 0, ignored: None, tree });
        } else if path.is_file() {
            counts.files.fetch_add(1, Ordering::Relaxed);
            let tree = path.parent().and_then(Tree::above).map(Arc::new);
            meet(&Met { path: &path, tree: tree.as_ref() });
        } else {
            unread(&path, "there is no folder or file".into());
        }
    }
    let queue = Mutex::new(Queue { folders: first, at_work: 0 });
    let walk = Arc::new(Walk { queue, changed: Condvar::new(), stop: AtomicBool::new(false), counts, never, meet, unread });
    let wanted = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let start = |number: usize| {
        let walk = walk.clone();
        std::thread::Builder::new().name(format!("discover-{number}")).spawn(move || walk.work())
    };
    let workers: Vec<_> = (0..wanted).filter_map(|number| start(number).ok()).collect();
    if workers.is_empty() {
        walk.work();
    }
    while workers.iter().any(|worker| !worker.is_finished()) {
        let queue = hold(&walk.queue);
        drop(walk.changed.wait_timeout(queue, LOOK));
        progress.report(walk.counts.files.load(Ordering::Relaxed), 0);
        if progress.cancelled() {
            walk.stop.store(true, Ordering::Relaxed);
            walk.changed.notify_all();
            return false;
        }
    }
    !progress.cancelled()
}

impl<F: Fn(&Met)> Walk<F> {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn work(&self) {
        while let Some(folder) = self.next() {
            // A file that makes a reader stop with a panic does not keep the others waiting.
            let below = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.look(&folder))).unwrap_or_else(|_| {
                (self.unread)(&folder.path, "something in it could not be understood".into());
                Vec::new()
            });
            let mut queue = hold(&self.queue);
            queue.folders.extend(below);
            queue.at_work -= 1;
            drop(queue);
            self.changed.notify_all();
        }
        self.changed.notify_all();
    }

    /// The next folder; `None` when there is none left and nobody can find another.
    fn next(&self) -> Option<Folder> {
        let mut queue = hold(&self.queue);
        loop {
            if self.stopped() {
                return None;
            }
            if let Some(folder) = queue.folders.pop() {
                queue.at_work += 1;
                return Some(folder);
            }
            if queue.at_work == 0 {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Meets the files of a folder; what comes back are the folders in it.
    fn look(&self, folder: &Folder) -> Vec<Folder> {
        let mut below = Vec::new();
        if folder.depth > 0 && self.is_passed_over(&folder.path) {
            self.counts.passed_over.fetch_add(1, Ordering::Relaxed);
            return below;
        }
        if folder.depth >= DEEPEST {
            (self.unread)(&folder.path, format!("it lies deeper than {DEEPEST} folders"));
            return below;
        }
        let entries = match fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            Err(cause) => {
                (self.unread)(&folder.path, format!("it cannot be read: {cause}"));
                return below;
            }
        };
        self.counts.folders.fetch_add(1, Ordering::Relaxed);
        let tree = Tree::at(&folder.path).map(Arc::new).or_else(|| folder.tree.clone());
        let ignored = rules(&folder.path, folder.ignored.as_ref());
        for entry in entries.flatten() {
            if self.stopped() {
                return Vec::new();
            }
            // Links, pipes, sockets and devices are none of these.
            let Ok(kind) = entry.file_type() else { continue };
            if !kind.is_file() && !kind.is_dir() {
                continue;
            }
            let path = entry.path();
            if ignored.as_ref().is_some_and(|ignored| ignored.holds(&path, kind.is_dir())) {
                self.counts.passed_over.fetch_add(1, Ordering::Relaxed);
            } else if kind.is_dir() {
                below.push(Folder { path, depth: folder.depth + 1, ignored: ignored.clone(), tree: tree.clone() });
            } else {
                self.counts.files.fetch_add(1, Ordering::Relaxed);
                (self.meet)(&Met { path: &path, tree: tree.as_ref() });
            }
        }
        below
    }

    fn is_passed_over(&self, path: &Path) -> bool {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let own = name(path);
        MADE.contains(&&*own)
            || KEPT.iter().any(|(above, kept)| own == *kept && path.parent().is_some_and(|parent| name(parent) == *above))
            || self.never.iter().any(|never| never == path)
            || path.join("CACHEDIR.TAG").symlink_metadata().is_ok()
            || is_of_the_kernel(path)
    }
}

/// The rules of a folder over those above it. Read only where it is a regular file: a pipe would block.
fn rules(folder: &Path, above: Option<&Arc<Ignored>>) -> Option<Arc<Ignored>> {
    let path = folder.join(".ignore");
    let text =
        path.symlink_metadata().ok().filter(fs::Metadata::is_file).and_then(|_| crate::custodian::import::load(&path).ok());
    let Some(text) = text else { return above.cloned() };
    let mut builder = GitignoreBuilder::new(folder);
    for line in String::from_utf8_lossy(text.expose()).lines() {
        // A line that is no pattern says nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().map_or_else(|_| above.cloned(), |rules| Some(Arc::new(Ignored { rules, above: above.cloned() })))
}

/// What the kernel shows as files (statfs(2)): reading some of them does something, or never ends.
#[cfg(target_os = "linux")]
fn is_of_the_kernel(path: &Path) -> bool {
    const PROC: u32 = 0x9fa0;
    const SYSFS: u32 = 0x6265_6572;
    const DEVPTS: u32 = 0x1cd1;
    const CGROUP: u32 = 0x0027_e0eb;
    const CGROUP2: u32 = 0x6367_7270;
    const DEBUGFS: u32 = 0x6462_6720;
    const TRACEFS: u32 = 0x7472_6163;
    const SECURITYFS: u32 = 0x7363_6673;
    const BPF: u32 = 0xcafe_4a11;
    let kinds = [PROC, SYSFS, DEVPTS, CGROUP, CGROUP2, DEBUGFS, TRACEFS, SECURITYFS, BPF];
    rustix::fs::statfs(path).is_ok_and(|found| kinds.contains(&(found.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_of_the_kernel(_: &Path) -> bool {
    false
}
