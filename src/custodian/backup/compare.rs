//! Reading a backup back: what is on the disk is what was to be written.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Sealed, Written};
use crate::crypto::Sha256;
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::outcome::Progress;
use crate::formats::backup::{self as format, Opener, Seen};
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

/// What is on the disk is what was to be written, byte for byte, and a reader finds in it what went in. Of one for
/// recipients nobody here has the identity, so the reader was at work while it was written. `reopen` opens the file anew
/// by the folder that is held, whatever the path leads to by now.
pub(super) fn compare(
    reopen: impl Fn() -> std::io::Result<File>,
    path: &Path,
    sealed: &Sealed,
    written: &Written,
    total: u64,
    progress: &dyn Progress,
) -> Result<(), CustodianError> {
    let unread = |cause: std::io::Error| file::not_written(path, &cause);
    if reopen().and_then(digest).map_err(unread)? != written.sha256 {
        return Err(CustodianError::ReadBack(path.to_owned()));
    }
    let seen = match sealed {
        Sealed::Recipients(_) => return same(written.rehearsed.as_ref(), written, path),
        Sealed::Passphrase(passphrase, _) => read_back(&reopen().map_err(unread)?, passphrase, path, total, progress),
    };
    progress.report(total, total);
    match seen {
        Ok(seen) => same(Some(&seen), written, path),
        Err(error @ CustodianError::Cancelled) => Err(error),
        Err(_) => Err(CustodianError::ReadBack(path.to_owned())),
    }
}

fn same(seen: Option<&Seen>, written: &Written, path: &Path) -> Result<(), CustodianError> {
    if seen == Some(&written.parts) { Ok(()) } else { Err(CustodianError::ReadBack(path.to_owned())) }
}

/// What a reader finds in the file on the disk.
fn read_back(
    file: &File,
    passphrase: &Passphrase,
    path: &Path,
    total: u64,
    progress: &dyn Progress,
) -> Result<Seen, CustodianError> {
    let opener = Opener::Passphrase(Passphrase::new(passphrase.expose().to_owned()));
    let mut seen = Seen::default();
    let manifest = format::read(file, &opener, &mut |piece| {
        seen.take(piece).map_err(|cause| file::not_written(path, &cause))?;
        progress.report(total / 2 + seen.secrets.len() as u64 / 2, total);
        if progress.cancelled() { Err(CustodianError::Cancelled) } else { Ok(()) }
    })?;
    Ok(Seen { manifest: Some(manifest), ..seen })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto;
    use crate::custodian::outcome::NoProgress;
    use crate::formats::backup::{Head, Manifest, To, Writer};
    use crate::model::{Backup, BackupId, InventoryId, RecipientKey, RecipientKeyKind, StoreKind, Time};
    use crate::secret::SecretBytes;

    const SECRET: &[u8] = b"a secret of some length";

    fn recipients() -> Sealed {
        let key = RecipientKey {
            kind: RecipientKeyKind::AgeX25519,
            encoded: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p".into(),
            sha256: Digest([1; 32]),
            begins: None,
            expires: None,
            service_id: "".into(),
            confirmed: None,
        };
        Sealed::Recipients(vec![("Ada".into(), key)])
    }

    fn backup() -> Backup {
        Backup {
            id: BackupId([1; 16]),
            at: Time::from_second(1),
            place: "usb".into(),
            covers: 1,
            except: Vec::new(),
            recipients: Vec::new(),
            shares: None,
            sha256: None,
            rehearsed: None,
        }
    }

    /// A backup of one secret, as it is written, in a file of its own.
    fn written(sealed: &Sealed) -> (tempfile::NamedTempFile, Written) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let head = Head {
            form: format::FORM,
            program: "0".into(),
            backup: BackupId([1; 16]),
            inventory: InventoryId([2; 16]),
            home: StoreKind::Files,
            made: Time::from_second(1),
            seq: 1,
            hash: Digest([3; 32]),
        };
        let to: To<'_> = sealed.to();
        let mut writer = Writer::begin(Hashed { inner: file.as_file(), hash: Sha256::new() }, &to, &head).unwrap();
        writer.keys(&SecretBytes::new(vec![4; 32]), None, None, None).unwrap();
        writer.log(9, &mut &b"the log.\n"[..]).unwrap();
        writer.secret("item", &SecretBytes::new(SECRET.to_vec())).unwrap();
        let listed = format::Listed {
            key: crate::model::KeyId([5; 16]),
            name: "one".into(),
            version: 1,
            object: "item".into(),
            known_by: Digest([6; 32]),
        };
        let manifest = Manifest { backup: backup(), holds: vec![listed], lacks: Vec::new() };
        let (output, rehearsed) = writer.finish(&manifest).unwrap();
        let parts = Seen {
            secrets: [("item".into(), crypto::sha256(SECRET))].into(),
            log: Some(crypto::sha256(b"the log.\n")),
            manifest: Some(manifest),
        };
        let sha256 = output.hash.end();
        (file, Written { parts, rehearsed, sha256 })
    }

    fn compared(sealed: &Sealed, file: &Path, written: &Written) -> Result<(), CustodianError> {
        compare(|| File::open(file), file, sealed, written, 1, &NoProgress)
    }

    fn both() -> [Sealed; 2] {
        [Sealed::Passphrase(Passphrase::new("seven quiet otters".into()), Vec::new()), recipients()]
    }

    #[test]
    fn a_byte_that_differs_on_the_disk_is_found_wherever_it_is() {
        for sealed in both() {
            let (file, written) = written(&sealed);
            compared(&sealed, file.path(), &written).unwrap();
            let bytes = std::fs::read(file.path()).unwrap();
            for at in (0..bytes.len()).step_by(bytes.len() / 40).chain([bytes.len() - 1]) {
                let mut other = bytes.clone();
                other[at] ^= 1;
                std::fs::write(file.path(), other).unwrap();
                assert!(matches!(compared(&sealed, file.path(), &written), Err(CustodianError::ReadBack(_))), "{at}");
            }
            std::fs::write(file.path(), &bytes[..bytes.len() - 1]).unwrap();
            assert!(matches!(compared(&sealed, file.path(), &written), Err(CustodianError::ReadBack(_))));
        }
    }

    #[test]
    fn what_went_in_wrong_is_found_also_where_nobody_here_can_open_it() {
        for sealed in both() {
            let (file, mut written) = written(&sealed);
            written.parts.secrets.insert("item".into(), crypto::sha256(b"another"));
            assert!(matches!(compared(&sealed, file.path(), &written), Err(CustodianError::ReadBack(_))));
            written.parts.secrets.insert("item".into(), crypto::sha256(SECRET));
            compared(&sealed, file.path(), &written).unwrap();
            written.parts.secrets.insert("missing".into(), crypto::sha256(SECRET));
            assert!(matches!(compared(&sealed, file.path(), &written), Err(CustodianError::ReadBack(_))));
            written.parts.secrets.remove("missing");
            written.parts.log = Some(crypto::sha256(b"another log"));
            assert!(matches!(compared(&sealed, file.path(), &written), Err(CustodianError::ReadBack(_))));
        }
    }
}
