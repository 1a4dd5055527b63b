//! What was found as a tree: files, the objects in each, the risks of each object; what shows of it, and
//! where the keyboard is.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use super::words;
use crate::custodian::discover::{Discovery, Finding};
use crate::model::name::shown;

/// What shows.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub(super) enum Show {
    /// Every file, and what could not be read.
    #[default]
    All,
    /// Files with this risk.
    Risk(&'static str),
    /// What could not be read.
    Unread,
}

/// A line of what shows.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A file.
    File(usize),
    /// An object, by its finding.
    Object(usize),
    /// A risk of a finding.
    Risk(usize, usize),
    /// What could not be read.
    Unread(usize),
}

/// A file with what lies in it.
pub(super) struct File {
    /// As it was found.
    pub(super) path: String,
    /// Its name, to be shown.
    pub(super) name: String,
    /// Its folder, to be shown.
    pub(super) folder: String,
    /// Its findings.
    pub(super) findings: Range<usize>,
    /// What it holds, in words.
    pub(super) holds: String,
    /// The ids of all its risks, in the order of gravity that the filters have.
    pub(super) risks: Vec<&'static str>,
    /// A private key lies in it.
    pub(super) private: bool,
    /// Its name is no text, so that it cannot be named in a record.
    pub(super) nameless: bool,
}

/// What was found, and what a person does with it.
pub(super) struct Found {
    /// As the custodian found it.
    pub(super) discovery: Discovery,
    /// Grouped by file, in the order of their paths.
    pub(super) files: Vec<File>,
    /// Which show.
    pub(super) show: Show,
    /// What shows, from top to bottom.
    pub(super) rows: Vec<Row>,
    /// Paths of files whose objects show.
    open: BTreeSet<String>,
    /// Paths of files that are chosen.
    pub(super) chosen: BTreeSet<String>,
    /// The row that takes keys.
    pub(super) cursor: usize,
    /// The cursor moved: it takes the keyboard, and scrolls into sight.
    pub(super) reveal: bool,
    /// The keyboard is in a row.
    pub(super) has_keyboard: bool,
    /// Frames that are still to be drawn until egui leaves arrows to the row that took the keyboard.
    pub(super) settling: u8,
}

impl Found {
    /// Of what was found; what was open, chosen and filtered `before` stays so.
    pub(super) fn of(discovery: Discovery, before: Option<Self>) -> Self {
        let files = files(&discovery.findings);
        let (open, chosen, show) = before.map(|before| (before.open, before.chosen, before.show)).unwrap_or_default();
        let there = |paths: BTreeSet<String>| {
            let known: BTreeSet<&str> = files.iter().map(|file| &*file.path).collect();
            paths.into_iter().filter(|path| known.contains(&**path)).collect()
        };
        let (open, chosen) = (there(open), there(chosen));
        let mut found = Self {
            discovery,
            files,
            show,
            rows: Vec::new(),
            open,
            chosen,
            cursor: 0,
            reveal: true,
            has_keyboard: false,
            settling: 0,
        };
        if found.count(show) == 0 {
            found.show = Show::All;
        }
        found.lay_out();
        found
    }

    /// How many files, or places that could not be read, a filter passes.
    pub(super) fn count(&self, show: Show) -> usize {
        match show {
            Show::Unread => self.discovery.unread.len(),
            show => self.files.iter().filter(|file| passes(file, show)).count(),
        }
    }

    /// Shows others.
    pub(super) fn filter(&mut self, show: Show) {
        self.show = show;
        self.lay_out();
        (self.cursor, self.reveal) = (0, false);
    }

    /// A file is open.
    pub(super) fn is_open(&self, file: usize) -> bool {
        self.open.contains(&self.files[file].path)
    }

    /// Opens or closes a file; the cursor stays on it.
    pub(super) fn set_open(&mut self, file: usize, open: bool) {
        let path = self.files[file].path.clone();
        if open {
            self.open.insert(path)
        } else {
            self.open.remove(&path)
        };
        self.lay_out();
        self.cursor = self.rows.iter().position(|row| *row == Row::File(file)).unwrap_or(0);
        self.reveal = true;
    }

    /// Opens or closes all that show.
    pub(super) fn set_all_open(&mut self, open: bool) {
        self.open = if open { self.files.iter().map(|file| file.path.clone()).collect() } else { BTreeSet::new() };
        self.lay_out();
        self.cursor = 0;
    }

    /// Any file is open.
    pub(super) fn any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The file that a row belongs to.
    pub(super) fn file_of(&self, row: Row) -> Option<usize> {
        match row {
            Row::File(file) => Some(file),
            Row::Object(finding) | Row::Risk(finding, _) => self.files.iter().position(|file| file.findings.contains(&finding)),
            Row::Unread(_) => None,
        }
    }

    /// Chooses or leaves a file.
    pub(super) fn choose(&mut self, file: usize, on: bool) {
        let File { path, nameless, .. } = &self.files[file];
        if on && !nameless {
            self.chosen.insert(path.clone());
        } else {
            self.chosen.remove(path);
        }
    }

    /// Chooses or leaves all that show.
    pub(super) fn choose_all(&mut self, on: bool) {
        for file in (0..self.files.len()).filter(|&file| passes(&self.files[file], self.show)).collect::<Vec<_>>() {
            self.choose(file, on);
        }
    }

    /// The chosen files that hold private keys.
    pub(super) fn private(&self) -> Vec<&str> {
        let private = self.files.iter().filter(|file| file.private && self.chosen.contains(&file.path));
        private.map(|file| &*file.path).collect()
    }

    /// The row that a key press at the cursor leads to: into a file, or out of it.
    pub(super) fn turn(&mut self, inwards: bool) {
        let Some(&row) = self.rows.get(self.cursor) else { return };
        let Some(file) = self.file_of(row) else { return };
        match (row, inwards, self.is_open(file)) {
            (Row::File(_), true, false) => self.set_open(file, true),
            (Row::File(_), true, true) => self.go(self.cursor + 1),
            (_, false, true) => self.set_open(file, false),
            _ => {}
        }
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: usize) {
        self.cursor = to.min(self.rows.len().saturating_sub(1));
        self.reveal = true;
    }

    fn lay_out(&mut self) {
        self.rows.clear();
        if self.show != Show::Unread {
            for (index, file) in self.files.iter().enumerate().filter(|(_, file)| passes(file, self.show)) {
                self.rows.push(Row::File(index));
                if self.open.contains(&file.path) {
                    for finding in file.findings.clone() {
                        self.rows.push(Row::Object(finding));
                        let risks = self.discovery.findings[finding].risks.len();
                        self.rows.extend((0..risks).map(|risk| Row::Risk(finding, risk)));
                    }
                }
            }
        }
        if matches!(self.show, Show::All | Show::Unread) {
            self.rows.extend((0..self.discovery.unread.len()).map(Row::Unread));
        }
    }
}

fn passes(file: &File, show: Show) -> bool {
    match show {
        Show::All => true,
        Show::Risk(id) => file.risks.contains(&id),
        Show::Unread => false,
    }
}

/// Findings come by path, so each file is a range of them.
fn files(findings: &[Finding]) -> Vec<File> {
    let mut files = Vec::new();
    let mut from = 0;
    while let Some(first) = findings.get(from) {
        let length = findings[from..].iter().take_while(|one| one.object.path == first.object.path).count();
        files.push(file(&first.object.path, from..from + length, &findings[from..from + length]));
        from += length;
    }
    files
}

fn file(path: &str, range: Range<usize>, findings: &[Finding]) -> File {
    let whole = Path::new(path);
    // What stands for bytes that are no text is told as such: few typefaces have it.
    let told = |text: &str| shown(text).replace(char::REPLACEMENT_CHARACTER, "\\u{fffd}");
    let part = |part: Option<&std::ffi::OsStr>| told(&part.map(|part| part.to_string_lossy()).unwrap_or_default());
    let mut risks: Vec<&'static str> = findings.iter().flat_map(|one| &one.risks).map(|risk| risk.id()).collect();
    risks.sort_unstable_by_key(|id| words::order(id));
    risks.dedup();
    File {
        name: part(whole.file_name()),
        folder: part(whole.parent().map(Path::as_os_str)),
        findings: range,
        holds: words::holds(findings),
        risks,
        private: findings.iter().any(|one| one.object.is_private()),
        nameless: path.contains(char::REPLACEMENT_CHARACTER),
        path: path.to_owned(),
    }
}
