//! What goes to standard output: collected, and written at once. A reader that went away is no error.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::{FAILED, Failure};

/// What a command prints.
#[derive(Default)]
pub struct Out(Vec<u8>);

impl Out {
    /// One line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.0.extend_from_slice(text.as_ref().as_bytes());
        self.0.push(b'\n');
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Facts as JSON.
    pub fn json(&mut self, facts: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(facts)
            .map_err(|error| Failure { code: FAILED, sentence: format!("The facts could not be written as JSON: {error}.") })?;
        self.line(text);
        Ok(())
    }

    /// Columns under their heads, as wide as they need to be.
    pub fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let widths: Vec<usize> = heads
            .iter()
            .enumerate()
            .map(|(column, head)| {
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).fold(head.width(), usize::max)
            })
            .collect();
        self.row(&heads.iter().map(|head| head.to_uppercase()).collect::<Vec<_>>(), &widths);
        rows.iter().for_each(|row| self.row(row, &widths));
    }

    fn row(&mut self, cells: &[String], widths: &[usize]) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        self.line(line.trim_end());
    }

    /// Writes everything; the exit code, which becomes “failed” where it could not be written.
    pub fn flush(&self, code: u8) -> ExitCode {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(&self.0).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                eprintln!("Standard output could not be written: {error}.");
                FAILED.into()
            }
            _ => code.into(),
        }
    }
}
