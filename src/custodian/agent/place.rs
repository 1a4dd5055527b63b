//! Where the agent answers: its socket, in a folder that only its owner may enter.

use std::path::PathBuf;

use crate::custodian::environment::Environment;

/// Where the agent answers unless another place is named: `keystead/agent.sock` in the runtime folder of the login, or
/// `agent/agent.sock` in the state folder where the system has none; on Windows a pipe.
#[cfg(not(windows))]
pub fn default_place(env: &Environment) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = runtime.map_or_else(|| env.state_folder.join("agent"), |folder| folder.join("keystead"));
    folder.join("agent.sock")
}

/// Where the agent answers unless another place is named.
#[cfg(windows)]
pub fn default_place(_: &Environment) -> PathBuf {
    PathBuf::from(r"\\.\pipe\keystead-ssh-agent")
}

#[cfg(unix)]
pub(super) use socket::Socket;

#[cfg(unix)]
mod socket {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};

    use crate::custodian::agent::AgentError;
    use crate::stores::private_folder;

    /// Bytes of a path in `sockaddr_un`, without the NUL at its end.
    const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

    /// What a mode gives to others than the owner.
    const OTHERS: u32 = 0o077;

    /// What is put in front of the socket's name until it is in its place: a folder of six random letters.
    const BEFORE: usize = "/.a123456/s".len();

    /// A socket in its place, removed when it is dropped.
    pub(in crate::custodian::agent) struct Socket {
        pub(in crate::custodian::agent) listener: UnixListener,
        path: PathBuf,
        file: (u64, u64),
    }

    impl Socket {
        /// Makes the socket. A folder of ours is made, and has to be closed to others; for one that a person chose
        /// the person answers. What is left of an agent that is gone is replaced; an agent that answers is not.
        pub(in crate::custodian::agent) fn open(path: &Path, chosen: bool) -> Result<Self, AgentError> {
            let unopened = |cause| AgentError::Unopened { path: path.to_owned(), cause };
            let path = std::path::absolute(path).map_err(unopened)?;
            let folder = path.parent().ok_or_else(|| unopened(ErrorKind::InvalidInput.into()))?;
            if path.as_os_str().len().max(folder.as_os_str().len() + BEFORE) > LONGEST {
                return Err(AgentError::TooLong { path, most: LONGEST });
            }
            if !chosen {
                private_folder(folder).map_err(unopened)?;
                closed(folder)?;
            }
            free(&path)?;
            // Nobody may connect before its permissions are right: it is made in a folder of its own and moved.
            let unopened = |cause| AgentError::Unopened { path: path.clone(), cause };
            let before = tempfile::Builder::new().prefix(".a").tempdir_in(folder).map_err(unopened)?;
            let own = before.path().join("s");
            let listener = UnixListener::bind(&own).map_err(unopened)?;
            fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).map_err(unopened)?;
            let made = fs::symlink_metadata(&own).map_err(unopened)?;
            listener.set_nonblocking(true).map_err(unopened)?;
            fs::rename(&own, &path).map_err(unopened)?;
            Ok(Self { listener, path: path.clone(), file: (made.dev(), made.ino()) })
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            // Another agent may have taken the place; what is its is left.
            let ours = |found: fs::Metadata| (found.dev(), found.ino()) == self.file;
            if fs::symlink_metadata(&self.path).is_ok_and(ours) {
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    /// Others may not enter a folder, and it is ours.
    fn closed(folder: &Path) -> Result<(), AgentError> {
        let found = fs::metadata(folder).map_err(|cause| AgentError::Unopened { path: folder.to_owned(), cause })?;
        let others = found.mode() & OTHERS;
        let ours = found.uid() == rustix::process::geteuid().as_raw() && others == 0;
        if ours { Ok(()) } else { Err(AgentError::OpenFolder(folder.to_owned())) }
    }

    /// Nothing lies there, or a socket at which nobody answers.
    fn free(path: &Path) -> Result<(), AgentError> {
        match fs::symlink_metadata(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(AgentError::Unopened { path: path.to_owned(), cause }),
            Ok(found) if !found.file_type().is_socket() => Err(AgentError::NotASocket(path.to_owned())),
            Ok(_) => match UnixStream::connect(path) {
                Err(cause) if matches!(cause.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) => Ok(()),
                Err(cause) => Err(AgentError::Unopened { path: path.to_owned(), cause }),
                Ok(_) => Err(AgentError::InUse(path.to_owned())),
            },
        }
    }
}
