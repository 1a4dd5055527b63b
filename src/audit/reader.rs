//! Reading records again: by offset, from the end, or all.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::FILE;
use super::chain;
use super::error::{DamageKind, LogError};
use crate::model::event::RECORD_VERSION;
use crate::model::{ApplyError, Digest, Record};

const CHUNK: u64 = 256 << 10;

/// A look at a log up to a length, with a file handle of its own.
pub struct Reader {
    file: File,
    path: PathBuf,
    length: u64,
}

/// What every record has, in any form.
#[derive(Deserialize)]
struct Form {
    v: u16,
}

/// Reads a record from a body.
pub(super) fn parse(body: &[u8], seq: u64, offset: u64) -> Result<Record, DamageKind> {
    let text = std::str::from_utf8(body).map_err(|_| DamageKind::Malformed)?;
    let mut whole = String::with_capacity(text.len() + 1);
    whole.push_str(text);
    whole.push(')');
    match ron::from_str::<Record>(&whole) {
        Ok(mut record) => {
            record.offset = offset;
            Ok(record)
        }
        Err(_) => match ron::from_str::<Form>(&whole) {
            Ok(Form { v }) if v > RECORD_VERSION => Err(DamageKind::Rule(ApplyError::Newer { seq, found: v })),
            _ => Err(DamageKind::Malformed),
        },
    }
}

impl Reader {
    pub(super) fn open(folder: &Path, length: u64) -> Result<Self, LogError> {
        let path = folder.join(FILE);
        match File::open(&path) {
            Ok(file) => Ok(Self { file, path, length }),
            Err(cause) => Err(LogError::Unreadable { path, cause }),
        }
    }

    fn unreadable(&self, cause: std::io::Error) -> LogError {
        LogError::Unreadable { path: self.path.clone(), cause }
    }

    /// Its length and all its bytes, from the first on.
    pub fn into_bytes(mut self) -> Result<(u64, std::io::Take<File>), LogError> {
        self.file.seek(SeekFrom::Start(0)).map_err(|cause| self.unreadable(cause))?;
        Ok((self.length, self.file.take(self.length)))
    }

    /// The bytes between two offsets.
    pub(super) fn bytes(&self, from: u64, to: u64) -> Result<Vec<u8>, LogError> {
        let mut bytes = Vec::with_capacity(to.saturating_sub(from) as usize);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.take(to.saturating_sub(from)).read_to_end(&mut bytes))
            .map_err(|cause| self.unreadable(cause))?;
        Ok(bytes)
    }

    /// The records whose lines begin at these offsets; one that cannot be read is left out.
    pub fn records_at(&self, offsets: &[u64]) -> Result<Vec<Record>, LogError> {
        let mut offsets = offsets.to_vec();
        offsets.sort_unstable();
        offsets.dedup();
        let mut records = Vec::with_capacity(offsets.len());
        for offset in offsets {
            let mut line = Vec::new();
            let mut file = &self.file;
            file.seek(SeekFrom::Start(offset)).map_err(|cause| self.unreadable(cause))?;
            let limit = self.length.saturating_sub(offset);
            BufReader::with_capacity(16 << 10, file.take(limit))
                .read_until(b'\n', &mut line)
                .map_err(|cause| self.unreadable(cause))?;
            records.extend(record(line.strip_suffix(b"\n").unwrap_or(&line), offset));
        }
        Ok(records)
    }

    /// At most `count` records that begin before an offset, newest first.
    pub fn tail(&self, before: Option<u64>, count: usize) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        self.lines_back(before.unwrap_or(self.length).min(self.length), |line, offset| {
            records.extend(record(line, offset));
            records.len() < count
        })?;
        Ok(records)
    }

    /// The hash of the line that many before the last.
    pub(super) fn hash_back(&self, lines: u64) -> Result<Option<Digest>, LogError> {
        let (mut left, mut hash) = (lines, None);
        self.lines_back(self.length, |line, _| {
            if left == 0 {
                hash = chain::split(line).map(|line| line.hash);
                return false;
            }
            left -= 1;
            true
        })?;
        Ok(hash)
    }

    /// Calls with each whole line that ends at or before an offset, the last one first.
    fn lines_back(&self, end: u64, mut each: impl FnMut(&[u8], u64) -> bool) -> Result<(), LogError> {
        let (mut start, mut held) = (end, Vec::new());
        while start > 0 {
            let from = start.saturating_sub(CHUNK.max(held.len() as u64));
            let mut bytes = self.bytes(from, start)?;
            bytes.append(&mut held);
            // The first line of a piece may begin before it, but at the start of the file.
            let mut to = bytes.len();
            while let Some(body_end) = to.checked_sub(1) {
                let begin = match memchr::memrchr(b'\n', &bytes[..body_end]) {
                    Some(at) => at + 1,
                    None if from == 0 => 0,
                    None => break,
                };
                if !each(&bytes[begin..body_end], from + begin as u64) {
                    return Ok(());
                }
                to = begin;
            }
            bytes.truncate(to);
            held = bytes;
            start = from;
        }
        Ok(())
    }

    /// Calls with each record and its line, oldest first, until `each` says `false`.
    pub fn for_each(&self, mut each: impl FnMut(&Record, &str) -> bool) -> Result<(), LogError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(|cause| self.unreadable(cause))?;
        let mut lines = BufReader::with_capacity(CHUNK as usize, file.take(self.length));
        let (mut line, mut offset) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line).map_err(|cause| self.unreadable(cause))?;
            if read == 0 {
                return Ok(());
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            if let (Some(record), Ok(text)) = (record(text, offset), std::str::from_utf8(text))
                && !each(&record, text)
            {
                return Ok(());
            }
            offset += read as u64;
        }
    }
}

fn record(line: &[u8], offset: u64) -> Option<Record> {
    let line = chain::split(line)?;
    parse(line.body, 0, offset).ok()
}
