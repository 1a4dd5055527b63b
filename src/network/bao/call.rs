//! One call: what is asked for, what it needs, and whether it may be sent twice.

use serde::Serialize;

use super::error::{BaoError, Capability};
use crate::network::http::Method;
use crate::secret::SecretBytes;

/// Whether a call may be sent again when it is not known what came of it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, or the second time changes nothing.
    Safe,
    /// The second time does it twice.
    Never,
}

/// One call.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// What, behind `v1/`.
    pub(super) path: &'a str,
    pub(super) body: Option<SecretBytes>,
    /// What the token's policies have to permit.
    pub(super) need: Capability,
    pub(super) repeat: Repeat,
    /// The mount it goes to.
    pub(super) mount: &'a str,
    pub(super) with_token: bool,
    /// It is asked of the server as a whole, which answers it in no namespace.
    pub(super) of_server: bool,
    /// The kind of login this is; empty for everything else.
    pub(super) login: &'static str,
    /// Only the server that leads is asked. Others answer reads too, from what they have heard so far, and pass changes on,
    /// perhaps more than once.
    pub(super) at_leader: bool,
}

impl<'a> Call<'a> {
    /// Reads.
    pub(super) const fn read(path: &'a str, mount: &'a str) -> Self {
        let (method, need, repeat) = (Method::Get, Capability::Read, Repeat::Safe);
        Self { method, path, body: None, need, repeat, mount, with_token: true, of_server: false, login: "", at_leader: false }
    }

    /// Reads names.
    pub(super) fn list(path: &'a str, mount: &'a str) -> Self {
        Self { need: Capability::List, ..Self::read(path, mount) }
    }

    /// Lets the server compute something, or set what may be set twice.
    pub(super) fn compute(path: &'a str, mount: &'a str, body: &impl Serialize) -> Result<Self, BaoError> {
        let body = serde_json::to_vec(body).map_err(|_| BaoError::Invalid("the request cannot be written".into()))?;
        let (method, need, repeat) = (Method::Post, Capability::Update, Repeat::Safe);
        let body = Some(SecretBytes::new(body));
        Ok(Self { method, path, body, need, repeat, mount, with_token: true, of_server: false, login: "", at_leader: false })
    }

    /// Changes what must not be changed twice.
    pub(super) fn change(path: &'a str, mount: &'a str, body: &impl Serialize) -> Result<Self, BaoError> {
        Ok(Self { repeat: Repeat::Never, ..Self::compute(path, mount, body)? })
    }

    /// Removes.
    pub(super) fn remove(path: &'a str, mount: &'a str) -> Self {
        let read = Self::read(path, mount);
        Self { method: Method::Delete, need: Capability::Delete, repeat: Repeat::Never, ..read }
    }

    /// The same, asked of the server that leads.
    pub(super) fn of_leader(self) -> Self {
        Self { at_leader: true, ..self }
    }

    /// Its path without what stands behind a question mark.
    pub(super) fn shown_path(&self) -> &str {
        self.path.split('?').next().unwrap_or(self.path)
    }

    /// In words, for an error: a verb with its object.
    pub(super) fn what(&self) -> String {
        match self.need {
            Capability::Delete => format!("remove “{}”", self.shown_path()),
            _ => format!("change “{}”", self.shown_path()),
        }
    }
}
