//! A key server as a person describes it before it is added: its addresses as typed, the file that vouches for it, and how
//! one logs in. What it is from then on is the model's `KeyServer`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::CustodianError;
use crate::model::{KeyServer, ServerLogin};
use crate::secret::Passphrase;

/// No file of certificates is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Where a transit engine is mounted unless it was moved.
pub const USUAL_MOUNT: &str = "transit";

/// A key server that is to be added. It carries what opens it, so it derives nothing.
pub struct NewServer {
    /// What it is to be called.
    pub name: String,
    /// Its addresses, those of one cluster.
    pub addresses: Vec<String>,
    /// The namespace in which everything lies, if any.
    pub namespace: Option<String>,
    /// Where the transit engine is mounted.
    pub mount: String,
    /// The file with the certificates that vouch for it; those of this system where none is named.
    pub ca: Option<PathBuf>,
    /// How one logs in.
    pub login: ServerLogin,
    /// What is asked for to log in; none where nothing is.
    pub given: Option<Passphrase>,
}

impl NewServer {
    /// What the log is to say of it, and what opens it.
    ///
    /// # Errors
    /// The file that vouches for it cannot be read, or holds something else.
    pub fn read(self) -> Result<(String, KeyServer, Option<Passphrase>), CustodianError> {
        let Self { name, addresses, namespace, mount, ca, login, given } = self;
        let server = KeyServer {
            addresses: addresses.iter().map(|address| address.trim().into()).collect(),
            namespace: namespace.as_deref().map(str::trim).filter(|namespace| !namespace.is_empty()).map(Into::into),
            mount: mount.trim().into(),
            ca: ca.as_deref().map(certificates).transpose()?,
            login,
        };
        Ok((name, server, given))
    }
}

/// The certificates of a file, in PEM. Whether any of them can be read is the connection's business.
fn certificates(path: &Path) -> Result<Box<str>, CustodianError> {
    let wrong = |why: &str| CustodianError::Input(format!("{} {why}", path.display()));
    let unreadable = |cause: std::io::Error| wrong(&format!("cannot be read: {cause}."));
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(wrong("is no file of certificates."));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= LARGEST && text.contains("-----BEGIN "));
    let text = text.ok_or_else(|| wrong("is no file of certificates in PEM."))?;
    if text.contains("PRIVATE KEY") {
        return Err(wrong("holds a private key. Name a file with certificates alone."));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Box<str>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        certificates(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_vouches_for_a_server_is_a_file_of_certificates_alone() {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert_eq!(read(pem.as_bytes()).unwrap().as_ref(), pem);
        assert!(read(b"-----BEGIN PRIVATE KEY-----\n").unwrap_err().contains("holds a private key"));
        assert!(read(b"\x30\x82\x01\xff").unwrap_err().contains("in PEM"));
        assert!(read(b"nothing of the kind\n").unwrap_err().contains("in PEM"));
        assert!(read(pem.repeat(1 << 15).as_bytes()).unwrap_err().contains("in PEM"), "it is too large");
        assert!(certificates(Path::new("/")).unwrap_err().to_string().contains("no file"));
    }
}
