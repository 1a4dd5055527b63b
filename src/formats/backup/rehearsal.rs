//! A rehearsal of a backup while it is written: what goes into the age file is read at the same time, as a restore will
//! read it. Of a backup for recipients nobody here could open the file afterwards.

use std::collections::HashMap;
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use zeroize::Zeroizing;

use super::{BackupError, Manifest, Piece, read};
use crate::crypto::{self, Sha256};
use crate::model::Digest;
use crate::secret::on_wiped_stack;

/// Pieces that wait to be read; a slow reader slows the writer, so memory stays bounded.
const WAITING: usize = 16;

/// What a reader finds in a backup.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// SHA-256 of each secret, by the name of its item.
    pub secrets: HashMap<Box<str>, Digest>,
    /// SHA-256 of the log.
    pub log: Option<Digest>,
    /// What stands last.
    pub manifest: Option<Manifest>,
}

impl Seen {
    /// Takes the next piece and keeps its digest.
    pub fn take(&mut self, piece: Piece<'_>) -> std::io::Result<()> {
        match piece {
            Piece::Secret { object, secret } => {
                self.secrets.insert(object.into(), crypto::sha256(secret.expose()));
            }
            Piece::Log(log) => {
                let (mut hash, mut bytes) = (Sha256::new(), vec![0; 64 << 10]);
                loop {
                    match log.read(&mut bytes)? {
                        0 => break,
                        read => hash.add(&bytes[..read]),
                    }
                }
                self.log = Some(hash.end());
            }
            _ => {}
        }
        Ok(())
    }
}

/// The reader at work.
pub(super) struct Rehearsal {
    feed: SyncSender<Zeroizing<Vec<u8>>>,
    reader: JoinHandle<Result<Seen, BackupError>>,
}

impl Rehearsal {
    pub(super) fn begin() -> Result<Self, BackupError> {
        let (feed, pieces) = sync_channel(WAITING);
        let work = move || on_wiped_stack(|| rehearse(Pieces { coming: pieces, piece: Zeroizing::default(), at: 0 }));
        let reader = std::thread::Builder::new().name("rehearsal".into()).spawn(work).map_err(BackupError::Disk)?;
        Ok(Self { feed, reader })
    }

    /// The reader gets these bytes. Where it stopped, [`Rehearsal::end`] says why.
    pub(super) fn feed(&self, bytes: &[u8]) {
        let _ = self.feed.send(Zeroizing::new(bytes.to_vec()));
    }

    /// What it found, once it has read all of it.
    pub(super) fn end(self) -> Result<Seen, BackupError> {
        drop(self.feed);
        self.reader.join().unwrap_or_else(|_| Err(BackupError::damaged("its reader stopped")))
    }
}

fn rehearse(mut pieces: Pieces) -> Result<Seen, BackupError> {
    let mut seen = Seen::default();
    let trouble = |cause: std::io::Error| BackupError::damaged(cause.to_string());
    let manifest = read::entries(&mut pieces, &trouble, &mut |piece| seen.take(piece).map_err(BackupError::Disk))?;
    std::io::copy(&mut pieces, &mut std::io::sink()).map_err(BackupError::Disk)?;
    Ok(Seen { manifest: Some(manifest), ..seen })
}

/// What was written, piece by piece.
struct Pieces {
    coming: Receiver<Zeroizing<Vec<u8>>>,
    piece: Zeroizing<Vec<u8>>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            let Ok(next) = self.coming.recv() else { return Ok(0) };
            (self.piece, self.at) = (next, 0);
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
