//! Inside the worker: a token is made anew. `C_InitToken` destroys whatever is in it; who may ask for that is decided
//! long before.

use cryptoki::session::UserType;

use super::protocol::Fault;
use super::session::{Session, auth_pin};
use crate::secret::SecretBytes;

impl Session {
    /// How many objects everybody may see in the token of a slot. Private ones are not among them.
    pub(super) fn count(&mut self, slot: u64) -> Result<u64, Fault> {
        self.open(slot)?;
        let found = self.session()?.find_objects(&[]).map(|found| found.len() as u64);
        // A token with a session open is not made anew (`CKR_SESSION_EXISTS`).
        self.open = None;
        Ok(found?)
    }

    /// Makes the token of a slot anew under a label, and logs in as its security officer.
    pub(super) fn init_token(&mut self, slot: u64, label: &str, so_pin: &SecretBytes) -> Result<(), Fault> {
        self.open = None;
        let slots = self.module.get_slots_with_token()?;
        let found = slots.into_iter().find(|known| known.id() == slot).ok_or(Fault::Away)?;
        let so_pin = auth_pin(so_pin)?;
        self.module.init_token(found, &so_pin, label)?;
        let session = self.module.open_rw_session(found).map_err(anew)?;
        session.login(UserType::So, Some(&so_pin)).map_err(anew)?;
        self.slot = Some(found);
        self.open = Some(session);
        Ok(())
    }

    /// Gives the token its user's PIN, and logs out.
    pub(super) fn init_pin(&mut self, pin: &SecretBytes) -> Result<(), Fault> {
        let session = self.session()?;
        session.init_pin(&auth_pin(pin)?)?;
        // The session ends either way, and with it the login.
        let _ = session.logout();
        self.open = None;
        Ok(())
    }
}

/// A failure after the token was made anew is told apart from one before.
fn anew(error: cryptoki::error::Error) -> Fault {
    match Fault::from(error) {
        Fault::Other { call, answer } => Fault::Half(format!("{call} answered {answer}")),
        fault => Fault::Half(format!("{fault:?}")),
    }
}
