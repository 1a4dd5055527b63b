//! What every screen reads, and how it asks for something. No screen changes this by itself.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::certificates::Certificates;
use super::dialogs::Form;
use super::known_stores::KnownStores;
use super::pick::Pick;
use super::rows::{Column, Narrow, Rows};
use super::settings::Settings;
use super::widgets::Tone;
use crate::actions::{Action, Context};
use crate::custodian::link::{Request, Ticket};
use crate::custodian::{Health, HistoryEntry};
use crate::model::time::{short_date, short_span};
use crate::model::{Address, AlertList, Command, Inventory, Key, KeyId, Time, VersionRef};
use crate::secret::Passphrase;

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
    /// What holds for the keys of each purpose.
    Policies,
    /// What lies in folders.
    Discover,
    /// What servers show.
    Servers,
    /// Who gets keys.
    Recipients,
    /// What can be set.
    Settings,
}

/// The SSH agent of this window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentView {
    /// How it is.
    pub state: AgentState,
    /// What it refused last, as a sentence.
    pub refused: Option<String>,
}

pub use crate::custodian::link::AgentReport as AgentState;

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
    pub alerts: AlertList,
    /// The selected keys, the one with the focus last.
    pub selection: Vec<KeyId>,
    /// What decides which actions are enabled.
    pub context: Context,
    /// Goes up whenever anything here changed, so that screens can keep what they computed.
    pub generation: u64,
    /// The history of the key in the inspector, newest first, once it was read.
    pub history: Option<(KeyId, Vec<HistoryEntry>)>,
    /// The key check value that was asked for last; forgotten when the inventory is locked.
    pub check_value: Option<(VersionRef, String)>,
    /// The SSH agent of this window.
    pub agent: AgentView,
    /// What the custodian told of certificates.
    pub certificates: Certificates,
    /// What the custodian told of stores.
    pub stores: KnownStores,
    /// What is in the search field.
    pub search: String,
    /// Why the search cannot be understood.
    pub search_error: Option<String>,
}

impl Desk {
    /// The key with the focus.
    pub fn focus(&self) -> Option<&Arc<Key>> {
        self.inventory.key(*self.selection.last()?)
    }

    /// A date as screens show it.
    pub fn date(&self, time: Time) -> String {
        short_date(time, &self.zone)
    }

    /// The day of the year alone, where the year is plain.
    pub fn day(&self, time: Time) -> String {
        let (day, today) = (time.date(&self.zone), self.now.date(&self.zone));
        if day.year() == today.year() { day.strftime("%-d %b").to_string() } else { self.date(time) }
    }

    /// “in 19 d”, “4 d ago”.
    pub fn when(&self, time: Time) -> String {
        let seconds = time.seconds_since(self.now);
        if seconds < 0 { format!("{} ago", short_span(seconds)) } else { format!("in {}", short_span(seconds)) }
    }
}

impl Desk {
    /// “< 1 h ago”, “4 d ago”: how long something lies back.
    pub fn ago(&self, time: Time) -> String {
        if self.now.seconds_since(time) < 3_600 { "< 1 h ago".into() } else { self.when(time) }
    }
}

/// What a screen is drawn from, and where it asks.
pub struct View<'a> {
    /// What every screen reads.
    pub desk: &'a Desk,
    /// The rows that pass the filters, in order.
    pub rows: &'a Rows,
    /// What a person set.
    pub settings: &'a Settings,
    /// Where it asks for something.
    pub asks: &'a mut Asks,
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
    /// Put this into the search field.
    Search(String),
    /// Show only these rows.
    Narrow(Narrow),
    /// Sort by a column; again turns it round.
    Sort(Column),
    /// Run a command without any dialog, and say this once it is done.
    Run(Command, String),
    /// Have the custodian do something; its end comes back to the dialog that is open.
    Request(Request),
    /// Have the custodian look something up; its answer comes back to the screen that shows it.
    Look(Request),
    /// Have the custodian do something for the screen of discoveries; progress and end come back to it.
    Seek(Request),
    /// Have the custodian look at servers; progress and end come back to their screen.
    Probe(Vec<Address>),
    /// Show the server at this place, `HOST:PORT`.
    ShowServer(String),
    /// Have the custodian ask how stores are: the one named, or all.
    LookAtStores(Option<String>),
    /// Stop something that was asked for.
    Stop(Ticket),
    /// Stop what the dialog asked for.
    Cancel,
    /// Open the system's file dialog; its answer comes back to the dialog that is open.
    Pick(Pick),
    /// Open a dialog.
    Open(Box<dyn Form>),
    /// Open a dialog over the one that is open, which comes back after it as it was.
    Over(Box<dyn Form>),
    /// Close the dialog that is open.
    Close,
    /// Copy text that is no secret.
    Copy(String),
    /// Copy a secret: marked to be skipped by clipboard managers, and cleared after a countdown.
    CopySecret(Passphrase),
    /// Say something in passing, at the foot of the window.
    Tell(Tone, String),
    /// Set what can be set.
    Set(Settings),
    /// Take a picture of a part of the window, in points, and give it to the dialog that is open.
    Picture(egui::Rect),
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

    /// Asks for a dialog.
    pub fn open(&mut self, form: impl Form + 'static) {
        self.0.push(Ask::Open(Box::new(form)));
    }

    /// Asks for a dialog over the one that is open, which comes back after it.
    pub fn over(&mut self, form: impl Form + 'static) {
        self.0.push(Ask::Over(Box::new(form)));
    }

    /// Nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything asked, in order; empties the list.
    pub fn take(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.0)
    }
}
