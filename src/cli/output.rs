//! What goes to the terminal: tables, JSON, bytes, and sentences beside them.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use serde::Serialize;

use super::end::Failure;
use crate::model::name;

/// Says something to the person, beside the output. With nobody there to read it nothing is lost.
pub(super) fn say(sentence: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{sentence}");
}

/// Prints bytes. A reader that has had enough (`head`) is no failure.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(cause) => Err(Failure::failed(format!("Standard output cannot be written: {cause}."))),
    }
}

/// Prints a line of text.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    print(format!("{text}\n").as_bytes())
}

/// Prints facts as JSON, a line for each.
pub(super) fn json(facts: &impl Serialize) -> Result<(), Failure> {
    written(serde_json::to_vec_pretty(facts))
}

/// Prints facts as JSON in one line.
pub(super) fn compact(facts: &impl Serialize) -> Result<(), Failure> {
    written(serde_json::to_vec(facts))
}

fn written(text: serde_json::Result<Vec<u8>>) -> Result<(), Failure> {
    let mut text = text.map_err(|cause| Failure::failed(format!("The facts cannot be written as JSON: {cause}.")))?;
    text.push(b'\n');
    print(&text)
}

/// Columns of text, each as wide as its widest cell.
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with these heads.
    pub(super) fn new(heads: [&str; N]) -> Self {
        Self { rows: vec![heads.map(str::to_uppercase)] }
    }

    /// Adds a row. What a name may hold is escaped, so that none can drive the terminal.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| name::shown(&cell).into_owned()));
    }

    /// Prints it.
    pub(super) fn print(&self) -> Result<(), Failure> {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            for (cell, width) in row.iter().zip(widths) {
                let _ = write!(text, "{cell:width$}  ");
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        print(text.as_bytes())
    }
}
