//! The files that signatures are made over: read in pieces, never blocked by a pipe or a device.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::crypto::{Hasher, SignatureHash};
use crate::formats::signature::{Message, SignatureError};

/// The largest file for a form that has to hold it whole, in bytes.
const WHOLE: u64 = 256 * 1024 * 1024;

/// No signature is larger, also with a long chain of certificates in it.
const SIGNATURE: u64 = 16 * 1024 * 1024;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// A regular file that is signed, or whose signature is verified.
pub(super) struct SignedFile {
    path: PathBuf,
}

impl SignedFile {
    /// The file, if there is one that can be read.
    pub(super) fn open(path: &Path) -> Result<Self, SignatureError> {
        let signed = Self { path: path.to_owned() };
        signed.file().map(|_| signed)
    }

    fn unread(&self, reason: &str) -> SignatureError {
        SignatureError::Unread(format!("{} {reason}.", self.path.display()))
    }

    fn failed(&self, cause: &std::io::Error) -> SignatureError {
        self.unread(&format!("cannot be read: {cause}"))
    }

    /// Its handle and its length.
    fn file(&self) -> Result<(File, u64), SignatureError> {
        let mut options = File::options();
        options.read(true);
        // Opening a pipe without a writer would wait for ever.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        // Asked before it is opened too: opening some devices already does something.
        let regular = |found: std::fs::Metadata| match found.is_file() {
            true => Ok(found.len()),
            false if found.is_dir() => Err(self.unread("is a folder. Name a file in it")),
            false => Err(self.unread("is not a regular file (a pipe or a device). Name a file")),
        };
        std::fs::metadata(&self.path).map_err(|cause| self.failed(&cause)).and_then(regular)?;
        let file = options.open(&self.path).map_err(|cause| self.failed(&cause))?;
        let length = file.metadata().map_err(|cause| self.failed(&cause)).and_then(regular)?;
        Ok((file, length))
    }

    /// Whether another path is the same file.
    pub(super) fn is_at(&self, other: &Path) -> bool {
        match (self.path.canonicalize(), other.canonicalize()) {
            (Ok(own), Ok(other)) => own == other,
            _ => false,
        }
    }

    fn held(&self, limit: u64, what: &str) -> Result<Vec<u8>, SignatureError> {
        let (file, length) = self.file()?;
        let too_large = || self.unread(&format!("has more than {} MiB, {what}", limit >> 20));
        if length > limit {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|cause| self.failed(&cause))?;
        if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
    }

    /// The signature that a file is.
    pub(super) fn signature(path: &Path) -> Result<Vec<u8>, SignatureError> {
        Self { path: path.to_owned() }.held(SIGNATURE, "which no signature has")
    }
}

impl Message for SignedFile {
    fn digest(&self, hash: SignatureHash) -> Result<Vec<u8>, SignatureError> {
        let (mut file, _) = self.file()?;
        let mut hasher = Hasher::new(hash);
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(hasher.finish()),
                Ok(read) => hasher.update(piece.get(..read).unwrap_or_default()),
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.failed(&cause)),
            }
        }
    }

    fn whole(&self) -> Result<Vec<u8>, SignatureError> {
        self.held(WHOLE, "and this form and key need it in memory as a whole. Choose the OpenSSH form or CMS for it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_read_in_pieces_and_never_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        File::create(&path).unwrap().set_len(WHOLE + 1).unwrap();
        let file = SignedFile::open(&path).unwrap();
        let refused = file.whole().unwrap_err().to_string();
        assert!(refused.contains("has more than 256 MiB, and this form and key need it in memory"), "{refused}");
        assert_eq!(file.digest(SignatureHash::Sha256).unwrap().len(), 32);
        assert!(SignedFile::signature(&path).unwrap_err().to_string().contains("16 MiB, which no signature has"));
    }
}
