//! Where and as whom the custodian works.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::CustodianError;
use super::file;
use crate::crypto;
use crate::model::{InstallationId, Time};

/// How long the keychain may take to answer before a person is told.
const KEYCHAIN_WAIT: Duration = Duration::from_secs(30);

/// Everything the custodian takes from the machine, so that tests can give it instead.
#[derive(Clone)]
pub struct Environment {
    /// The inventory folder.
    pub folder: PathBuf,
    /// The platform's state folder of this program.
    pub state_folder: PathBuf,
    /// The machine's clock.
    pub clock: Arc<dyn Fn() -> Time + Send + Sync>,
    /// The person's zone.
    pub zone: TimeZone,
    /// Who acts, as the system names the person.
    pub actor: String,
    /// This installation of the program.
    pub installation: InstallationId,
    /// How long to wait for the keychain, and for a call of a token.
    pub keychain_wait: Duration,
    /// This program, which starts itself again to load modules of tokens.
    pub program: PathBuf,
}

impl Environment {
    /// This machine, this person, now. The folder is the one named, or `KEYSTEAD_INVENTORY`, or
    /// `keystead` in the platform's data folder.
    pub fn of_this_machine(folder: Option<PathBuf>) -> Result<Self, CustodianError> {
        let folder = folder.or_else(|| std::env::var_os("KEYSTEAD_INVENTORY").filter(|path| !path.is_empty()).map(PathBuf::from));
        let projects = directories::ProjectDirs::from("", "", "keystead");
        let folder = folder.or_else(|| projects.as_ref().map(|projects| projects.data_dir().to_owned())).ok_or_else(|| {
            CustodianError::Input("No home folder is known. Name the inventory folder with --inventory DIR.".into())
        })?;
        let state_folder = projects.as_ref().map_or_else(
            || folder.join("state"),
            |projects| projects.state_dir().unwrap_or(projects.data_local_dir()).to_owned(),
        );
        let folder = std::path::absolute(&folder).map_err(|cause| CustodianError::Folder { path: folder, cause })?;
        let installation = installation(&state_folder)?;
        Ok(Self {
            folder,
            state_folder,
            clock: machine_clock(),
            zone: TimeZone::system(),
            actor: actor(),
            installation,
            keychain_wait: KEYCHAIN_WAIT,
            // Where it is not known, its name is looked up when it is needed, and that it is missing is said then.
            program: std::env::current_exe().unwrap_or_else(|_| "keystead".into()),
        })
    }

    /// The machine's clock, not held to any floor.
    pub fn machine_time(&self) -> Time {
        (self.clock)()
    }

    /// The name of the person's zone (IANA), or `UTC`.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

/// The machine's clock.
fn machine_clock() -> Arc<dyn Fn() -> Time + Send + Sync> {
    let shift = test_clock().map_or(0, |start| start.seconds_since(Timestamp::now().into()));
    Arc::new(move || Time::from(Timestamp::now()).plus_seconds(shift))
}

/// Tests would wait months for an expiry; only a debug build can be told another time to start at.
fn test_clock() -> Option<Time> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("KEYSTEAD_TEST_CLOCK").ok()?.parse().ok()
}

/// The id of this installation, made at its first use. Where it cannot be kept, each start counts
/// as an installation of its own; nothing worse follows than a notice.
fn installation(state_folder: &Path) -> Result<InstallationId, CustodianError> {
    let path = state_folder.join("installation");
    let known = || std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    if let Some(id) = known() {
        return Ok(id);
    }
    let id = InstallationId(crypto::random()?);
    if file::private_folder(state_folder).is_ok() {
        // Another start may have been faster: then its id is the one.
        let _ = file::create_private(&path, id.to_string().as_bytes());
    }
    Ok(known().unwrap_or(id))
}

/// The person and the machine: `mira@laptop`.
fn actor() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let person = variable("USER").or_else(|| variable("LOGNAME")).or_else(|| variable("USERNAME")).unwrap_or_else(user_number);
    match machine() {
        Some(machine) => format!("{person}@{machine}"),
        None => person,
    }
}

#[cfg(unix)]
fn user_number() -> String {
    format!("user {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user_number() -> String {
    "unknown user".into()
}

#[cfg(unix)]
fn machine() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(not(unix))]
fn machine() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}
