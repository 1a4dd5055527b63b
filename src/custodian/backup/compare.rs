//! Reading a backup back: what is on the disk is what was to be written.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Sealed, Written};
use crate::crypto::{self, Sha256};
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::held::Begun;
use crate::custodian::outcome::Progress;
use crate::formats::backup::{self as format, Opener, Piece};
use crate::model::Digest;
use crate::secret::Passphrase;

/// SHA-256 of a file, a piece at a time.
pub(in crate::custodian) fn digest_of(path: &Path) -> std::io::Result<Digest> {
    digest(File::open(path)?)
}

fn digest(mut file: File) -> std::io::Result<Digest> {
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hash.end()),
            read => hash.add(&piece[..read]),
        }
    }
}

/// What is on the disk opens again and is what was to be written. Of one for recipients nobody here has the identity, so
/// only its bytes are compared.
pub(super) fn compare(
    begun: &Begun<'_>,
    path: &Path,
    sealed: &Sealed,
    written: &Written,
    total: u64,
    progress: &dyn Progress,
) -> Result<(), CustodianError> {
    let unread = |cause: std::io::Error| file::not_written(path, &cause);
    if begun.reopened().and_then(digest).map_err(unread)? != written.sha256 {
        return Err(CustodianError::ReadBack(path.to_owned()));
    }
    let Sealed::Passphrase(passphrase, _) = sealed else { return Ok(()) };
    let opener = Opener::Passphrase(Passphrase::new(passphrase.expose().to_owned()));
    let (mut same, mut seen) = (true, 0);
    let found = format::read(begun.reopened().map_err(unread)?, &opener, &mut |piece| {
        match piece {
            Piece::Secret { object, secret } => {
                same &= written.secrets.get(&*object) == Some(&crypto::sha256(secret.expose()));
                seen += 1;
                progress.report(total / 2 + seen / 2, total);
                if progress.cancelled() {
                    return Err(CustodianError::Cancelled);
                }
            }
            Piece::Log(log) => {
                let mut hashing = Hashing { inner: log, hash: Sha256::new() };
                std::io::copy(&mut hashing, &mut std::io::sink()).map_err(unread)?;
                same &= Some(hashing.hash.end()) == written.log;
            }
            _ => {}
        }
        Ok::<_, CustodianError>(())
    });
    progress.report(total, total);
    match found {
        Ok(manifest) if same && Some(&manifest) == written.manifest.as_ref() => Ok(()),
        Err(error @ CustodianError::Cancelled) => Err(error),
        _ => Err(CustodianError::ReadBack(path.to_owned())),
    }
}

/// A writer that keeps the digest of what went through it.
pub(super) struct Hashed<W> {
    pub(super) inner: W,
    pub(super) hash: Sha256,
}

impl<W: std::io::Write> std::io::Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.add(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// A reader that keeps the digest of what went through it.
pub(super) struct Hashing<R> {
    pub(super) inner: R,
    pub(super) hash: Sha256,
}

impl<R: std::io::Read> std::io::Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.add(&buffer[..read]);
        Ok(read)
    }
}
