//! What every screen reads, and how it asks for something. No screen changes this by itself.

use jiff::tz::TimeZone;

use crate::actions::{Action, Context};
use crate::custodian::Health;
use crate::custodian::link::Request;
use crate::model::{Alert, Edit, Inventory, KeyId, Time};

/// The screens of the rail.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// Every key in a table, with the inspector.
    #[default]
    Inventory,
    /// Every key as a lane.
    Timeline,
    /// What needs attention.
    Alerts,
    /// Who holds what.
    HandOvers,
    /// What was done.
    Log,
    /// Where keys lie.
    Stores,
    /// What can be set.
    Settings,
}

/// What every screen reads.
pub struct Desk {
    /// Every key. Replays what the custodian reports.
    pub inventory: Inventory,
    /// Now, as of this frame, held to the floor of the clock.
    pub now: Time,
    /// The person's zone.
    pub zone: TimeZone,
    /// How the parts are.
    pub health: Health,
    /// Sorted by urgency; kept up to date when keys change or time passes.
    pub alerts: Vec<Alert>,
    /// The selected keys, the one with the focus last.
    pub selection: Vec<KeyId>,
    /// What decides which actions are enabled.
    pub context: Context,
    /// Goes up whenever anything here changed, so that screens can keep what they computed.
    pub generation: u64,
}

/// Something a screen asks for. It may carry a passphrase, so it derives nothing.
pub enum Ask {
    /// Do what the table of actions says.
    Do(Action),
    /// Show a screen.
    Go(Screen),
    /// Show a key in the inventory, with its inspector.
    ShowKey(KeyId),
    /// Select these keys.
    Select(Vec<KeyId>),
    /// Put this into the search field and show the inventory.
    Search(String),
    /// Edit keys, as one step that can be taken back.
    Edit(Vec<(KeyId, Edit)>),
    /// Have the custodian do something; the ticket's end comes back to the dialog that is open.
    Request(Box<Request>),
    /// Copy text that is no secret.
    Copy(String),
    /// Say something in passing, at the foot of the window.
    Tell(String),
    /// Close the dialog that is open.
    CloseDialog,
}

/// What screens asked for during a frame.
#[derive(Default)]
pub struct Asks(Vec<Ask>);

impl Asks {
    /// Asks for something.
    pub fn push(&mut self, ask: Ask) {
        self.0.push(ask);
    }

    /// Asks for an action of the table.
    pub fn act(&mut self, action: Action) {
        self.0.push(Ask::Do(action));
    }

    /// Everything asked, in order; empties the list.
    pub fn take(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.0)
    }
}
