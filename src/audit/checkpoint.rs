//! The replayed inventory in a compact form, so that a start need not replay. It names the place
//! in the log it stands on, has a digest against damage and a MAC against change, and may be
//! deleted at any time.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chain::{self, LogKeys, TRAILER};
use super::log::{Head, sync_folder};
use super::verify::read_whole;
use crate::model::{Digest, Inventory};

const FILE: &str = "checkpoint";
const MAGIC: &[u8; 8] = b"keystcpc";
const HEADER: usize = MAGIC.len() + 32 + 32;

/// What a checkpoint says.
#[derive(Serialize, Deserialize)]
struct Body<I> {
    seq: u64,
    offset: u64,
    hash: Digest,
    inventory: I,
}

/// A checkpoint that fits its log.
pub(super) struct Checkpoint {
    pub(super) inventory: Inventory,
    pub(super) offset: u64,
    pub(super) head: Head,
}

/// What came of looking for a checkpoint.
pub(super) enum Loaded {
    Fits(Box<Checkpoint>),
    /// There is one, and it is damaged or stands on another log.
    Unusable,
    None,
}

/// Loads the checkpoint of a folder if it is undamaged and stands on this log.
pub(super) fn load(folder: &Path, log: &File) -> Loaded {
    let Ok(bytes) = read_whole(&folder.join(FILE)) else { return Loaded::Unusable };
    if bytes.is_empty() {
        return Loaded::None;
    }
    let Some(payload) = payload(&bytes) else { return Loaded::Unusable };
    let Ok(body) = postcard::from_bytes::<Body<Inventory>>(payload) else { return Loaded::Unusable };
    let head = Head { seq: body.seq, hash: body.hash };
    if head_at(log, body.offset).is_none_or(|found| found.hash != head.hash) || body.inventory.seq() != head.seq {
        return Loaded::Unusable;
    }
    let mut inventory = body.inventory;
    inventory.reindex();
    Loaded::Fits(Box::new(Checkpoint { inventory, offset: body.offset, head }))
}

/// What follows the header, if the digest over it is right.
fn payload(bytes: &[u8]) -> Option<&[u8]> {
    let (header, payload) = bytes.split_at_checked(HEADER)?;
    let (magic, rest) = header.split_at_checked(MAGIC.len())?;
    (magic == MAGIC && chain::digest(payload).as_bytes() == rest.get(..32)?).then_some(payload)
}

/// The hash that the line ending at an offset states.
pub(super) fn head_at(mut log: &File, offset: u64) -> Option<Head> {
    let from = offset.checked_sub(TRAILER as u64 + 1)?;
    let mut trailer = vec![0; TRAILER + 1];
    log.seek(SeekFrom::Start(from)).ok()?;
    log.read_exact(&mut trailer).ok()?;
    let line = trailer.strip_suffix(b"\n")?;
    chain::split(line).map(|line| Head { seq: 0, hash: line.hash })
}

/// The checkpoint on disk was written with the log key.
pub(super) fn is_authentic(folder: &Path, keys: &LogKeys) -> bool {
    let Ok(bytes) = read_whole(&folder.join(FILE)) else { return false };
    let stated = bytes.get(MAGIC.len() + 32..HEADER).unwrap_or_default();
    payload(&bytes).is_some_and(|payload| chain::same(&keys.checkpoint_mac(&[payload]), stated))
}

/// Writes the checkpoint whole, or leaves the one before.
pub(super) fn write(folder: &Path, inventory: &Inventory, offset: u64, head: Head, keys: &LogKeys) -> std::io::Result<()> {
    let body = Body { seq: head.seq, offset, hash: head.hash, inventory };
    let payload = postcard::to_stdvec(&body).map_err(std::io::Error::other)?;
    let mut temporary = tempfile::Builder::new().prefix(".checkpoint-").tempfile_in(folder)?;
    temporary.write_all(MAGIC)?;
    temporary.write_all(chain::digest(&payload).as_bytes())?;
    temporary.write_all(&keys.checkpoint_mac(&[&payload]))?;
    temporary.write_all(&payload)?;
    temporary.as_file().sync_all()?;
    temporary.persist(folder.join(FILE)).map_err(|failed| failed.error)?;
    sync_folder(folder)
}
