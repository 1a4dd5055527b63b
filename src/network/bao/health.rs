//! How a server is: read without a token.

use serde::Deserialize;

use super::answer;
use super::error::BaoError;
use super::server::Server;
use crate::network::http::{HttpError, Method};

/// Asked so, a sealed, a new and a standby server answer like every other.
const PATH: &str = "sys/health?standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200&drsecondarycode=200";

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// It was set up once.
    #[serde(rename = "initialized")]
    pub initialised: bool,
    /// Its keys are closed.
    pub sealed: bool,
    /// Another one leads.
    #[serde(default)]
    pub standby: bool,
    /// Its version, such as `2.7.2`.
    #[serde(default)]
    pub version: String,
}

impl Server {
    /// How each address of it is, in their order.
    pub fn health_of_all(&self) -> Vec<(String, Result<Health, BaoError>)> {
        (0..self.addresses()).map(|index| (self.name(index), self.health_at(index))).collect()
    }

    /// How the first address that answers is; one that leads or follows rather than one that is sealed.
    pub fn health(&self) -> Result<Health, BaoError> {
        let mut best = None;
        for index in 0..self.addresses() {
            match self.health_at(index) {
                Ok(health) if health.initialised && !health.sealed => return Ok(health),
                found => best = Some(best.filter(Result::is_ok).unwrap_or(found)),
            }
        }
        best.unwrap_or(Err(BaoError::Cancelled))
    }

    pub(super) fn health_at(&self, index: usize) -> Result<Health, BaoError> {
        let address = self.name(index);
        let answer = self.send_to(index, Method::Get, PATH).map_err(|fault| match fault {
            HttpError::Cancelled => BaoError::Cancelled,
            fault @ HttpError::Distrusted(_) => BaoError::Barred { address: address.clone(), fault },
            fault => BaoError::Away(vec![(address.clone(), fault)]),
        })?;
        match answer::judge(&answer, &address) {
            answer::Verdict::Unknown(error) => Err(error),
            _ => answer::read(&answer, &address),
        }
    }
}
