//! Writing a backup, entry by entry, straight into the age file: nothing of it is anywhere in clear.

use std::io::{Read, Write};

use age::stream::StreamWriter;
use serde::Serialize;

use super::rehearsal::{Rehearsal, Seen};
use super::seal::{self, To};
use super::{BackupError, FOLDER, Head, Manifest, entry};
use crate::model::Time;
use crate::secret::SecretBytes;

/// A tar is written in blocks of so many bytes (POSIX ustar).
const BLOCK: usize = 512;

/// Writes one backup.
pub struct Writer<W: Write> {
    output: StreamWriter<W>,
    made: Time,
    /// Reads along.
    rehearsal: Option<Rehearsal>,
}

impl<W: Write> Writer<W> {
    /// Begins a backup with what stands first. One for recipients is rehearsed while it is written.
    pub fn begin(output: W, to: &To<'_>, head: &Head) -> Result<Self, BackupError> {
        let rehearsal = if matches!(to, To::Recipients(_)) { Some(Rehearsal::begin()?) } else { None };
        let mut writer = Self { output: seal::begin(to, output)?, made: head.made, rehearsal };
        let text = ron(head)?;
        writer.add(entry::FORM, text.as_bytes())?;
        Ok(writer)
    }

    /// The log key, and whatever there is of the identity of the encrypted files.
    pub fn keys(
        &mut self,
        log_key: &SecretBytes,
        identity: Option<&SecretBytes>,
        identity_file: Option<&[u8]>,
        recipient: Option<&SecretBytes>,
    ) -> Result<(), BackupError> {
        self.add(entry::LOG_KEY, log_key.expose())?;
        identity.map_or(Ok(()), |identity| self.add(entry::IDENTITY, identity.expose()))?;
        identity_file.map_or(Ok(()), |file| self.add(entry::IDENTITY_FILE, file))?;
        recipient.map_or(Ok(()), |recipient| self.add(entry::RECIPIENT, recipient.expose()))
    }

    /// Where the log stands.
    pub fn anchor(&mut self, anchor: &[u8]) -> Result<(), BackupError> {
        self.add(entry::ANCHOR, anchor)
    }

    /// The log, of exactly this length.
    pub fn log(&mut self, length: u64, log: &mut dyn Read) -> Result<(), BackupError> {
        self.header(entry::LOG, length)?;
        // The log is in clear where it lies, so that its bytes may pass through an ordinary buffer.
        let (mut left, mut piece) = (length, vec![0; 64 << 10]);
        while left > 0 {
            let wanted = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = log.read(&mut piece[..wanted]).map_err(BackupError::Disk)?;
            if read == 0 {
                break;
            }
            self.put(&piece[..read])?;
            left -= read as u64;
        }
        if left > 0 {
            return Err(BackupError::damaged("the log became shorter while it was read"));
        }
        self.pad(length)
    }

    /// Appearance and columns.
    pub fn settings(&mut self, settings: &[u8]) -> Result<(), BackupError> {
        self.add(entry::SETTINGS, settings)
    }

    /// A secret under the name of its item.
    pub fn secret(&mut self, object: &str, secret: &SecretBytes) -> Result<(), BackupError> {
        self.add(&format!("{}{object}", entry::SECRETS), secret.expose())
    }

    /// Ends it with what stands last. Also what a reader found in it, where it was rehearsed.
    pub fn finish(mut self, manifest: &Manifest) -> Result<(W, Option<Seen>), BackupError> {
        let text = ron(manifest)?;
        self.add(entry::MANIFEST, text.as_bytes())?;
        self.put(&[0; 2 * BLOCK])?;
        let output = self.output.finish().map_err(BackupError::Disk)?;
        Ok((output, self.rehearsal.map(Rehearsal::end).transpose()?))
    }

    /// Everything goes this way, into the file and past the reader.
    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        if let Some(rehearsal) = &self.rehearsal {
            rehearsal.feed(bytes);
        }
        self.output.write_all(bytes).map_err(BackupError::Disk)
    }

    /// Bytes are written as they are: no buffer of a copy keeps a secret.
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        self.header(name, bytes.len() as u64)?;
        self.put(bytes)?;
        self.pad(bytes.len() as u64)
    }

    fn header(&mut self, name: &str, length: u64) -> Result<(), BackupError> {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{FOLDER}{name}")).map_err(BackupError::Disk)?;
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.made.as_second().max(0).cast_unsigned());
        header.set_cksum();
        self.put(header.as_bytes())
    }

    fn pad(&mut self, length: u64) -> Result<(), BackupError> {
        let over = (length % BLOCK as u64) as usize;
        let missing = if over == 0 { 0 } else { BLOCK - over };
        self.put(&[0; BLOCK][..missing])
    }
}

fn ron(facts: &impl Serialize) -> Result<String, BackupError> {
    let pretty = ron::ser::PrettyConfig::new().depth_limit(3);
    ron::ser::to_string_pretty(facts, pretty).map_err(|cause| BackupError::Disk(std::io::Error::other(cause)))
}
