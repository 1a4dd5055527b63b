//! Verifying: hashes and MACs of every line, without parsing any.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::chain::{self, LogKeys};
use super::error::{Damage, DamageKind, LogError};
use super::{FILE, Head};
use crate::model::Digest;
use crate::secret::on_wiped_stack;

/// Lines are verified in pieces of about so many bytes, one piece a core.
const PIECE: usize = 4 << 20;

/// A log that is whole.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Verified {
    /// So many records.
    pub records: u64,
    /// Their size.
    pub bytes: u64,
    /// The MACs were checked too.
    pub authenticated: bool,
    /// The last record.
    pub head: Head,
}

/// A log that could not be verified, or is not whole.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not whole.
    #[error("{0}")]
    Damage(Damage),
    /// It could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A person cancelled.
    #[error("Cancelled.")]
    Cancelled,
}

/// Where one line lies in a piece, and the hash of the line before.
struct Span {
    from: usize,
    to: usize,
    previous: Digest,
}

/// Verifies the log of a folder. A last line without newline is being written, or torn: it is no
/// damage and not counted. `go_on` is told bytes done and in all, and ends the work with `false`.
pub fn verify(folder: &Path, keys: Option<&LogKeys>, mut go_on: impl FnMut(u64, u64) -> bool) -> Result<Verified, VerifyError> {
    let path = folder.join(FILE);
    let unreadable = |cause| LogError::Unreadable { path: path.clone(), cause };
    let mut file = File::open(&path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut head, mut done) = (Head::default(), 0_u64);
    let mut buffer = Vec::with_capacity(PIECE * cores * 2);
    loop {
        let kept = buffer.len();
        let wanted = (PIECE * cores) as u64;
        let read = file.by_ref().take(wanted).read_to_end(&mut buffer).map_err(unreadable)?;
        let whole = memchr::memrchr(b'\n', &buffer[kept..]).map_or(0, |at| kept + at + 1);
        if whole > 0 {
            head = check(&buffer[..whole], &head, done, keys, cores).map_err(VerifyError::Damage)?;
            done += whole as u64;
            buffer.drain(..whole);
        }
        if !go_on(done, total) {
            return Err(VerifyError::Cancelled);
        }
        if read == 0 {
            break;
        }
    }
    Ok(Verified { records: head.seq, bytes: done, authenticated: keys.is_some(), head })
}

/// Checks whole lines that follow a head; the new head.
pub(super) fn check(bytes: &[u8], head: &Head, offset: u64, keys: Option<&LogKeys>, cores: usize) -> Result<Head, Damage> {
    let (spans, last, broken) = spans(bytes, head.hash);
    let share = spans.len().div_ceil(cores.max(1)).max(1);
    let first_bad = std::thread::scope(|scope| {
        let workers: Vec<_> = spans
            .chunks(share)
            .enumerate()
            .map(|(number, part)| {
                let work = move || part.iter().position(|span| wrong(bytes, span, keys).is_some()).map(|at| number * share + at);
                if spans.len() < 64 { Err(work()) } else { Ok(scope.spawn(move || on_wiped_stack(work))) }
            })
            .collect();
        let found = workers.into_iter().filter_map(|worker| match worker {
            Ok(worker) => worker.join().unwrap_or(Some(0)),
            Err(found) => found,
        });
        found.min()
    });
    let damage = |at: usize, from: usize, kind| Damage { seq: head.seq + at as u64 + 1, offset: offset + from as u64, kind };
    if let Some(at) = first_bad {
        let span = &spans[at];
        return Err(damage(at, span.from, wrong(bytes, span, keys).unwrap_or(DamageKind::Malformed)));
    }
    if let Some(from) = broken {
        return Err(damage(spans.len(), from, DamageKind::Malformed));
    }
    Ok(Head { seq: head.seq + spans.len() as u64, hash: last })
}

/// Every line up to one without a trailer, the hash the last one states, and where that one is.
fn spans(bytes: &[u8], first: Digest) -> (Vec<Span>, Digest, Option<usize>) {
    let (mut spans, mut previous, mut from) = (Vec::new(), first, 0);
    for to in memchr::memchr_iter(b'\n', bytes) {
        let Some(line) = chain::split(&bytes[from..to]) else { return (spans, previous, Some(from)) };
        spans.push(Span { from, to, previous });
        previous = line.hash;
        from = to + 1;
    }
    (spans, previous, None)
}

fn wrong(bytes: &[u8], span: &Span, keys: Option<&LogKeys>) -> Option<DamageKind> {
    let Some(line) = chain::split(&bytes[span.from..span.to]) else { return Some(DamageKind::Malformed) };
    if chain::link(&span.previous, line.body) != line.hash {
        return Some(DamageKind::Hash);
    }
    let forged = keys.is_some_and(|keys| !chain::same(&keys.line_mac(line.covered), line.mac.as_bytes()));
    forged.then_some(DamageKind::Mac)
}

/// Reads a file whole; an absent one is empty.
pub(super) fn read_whole(path: &Path) -> std::io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}
