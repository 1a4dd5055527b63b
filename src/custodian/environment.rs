//! Where and as whom the custodian works.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::model::{InstallationId, Time};

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
    /// How long to wait for the keychain.
    pub keychain_wait: Duration,
}
