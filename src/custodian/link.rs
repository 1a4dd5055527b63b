//! How the desktop talks to the custodian: requests go one way, reports come back, and no frame
//! ever waits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use super::agent::Question;
use super::at_stores::{StoreReport, StoreRequest};
use super::backup::NewBackup;
use super::discover::{Discovery, Removal};
use super::error::CustodianError;
use super::import::{Choice, Ended, Object, Source};
use super::outcome::{Health, HistoryEntry, KeychainFinding, LogLine, Outcome, Setup, Verification};
use super::private_export::PrivateExport;
use super::probe::ServerReport;
use super::questions::{PinAnswer, PinQuestion};
use super::recipients::ReadKey;
use super::restore::Restore;
use super::seal::Seal;
use super::verify_file::Verified;
use super::wrap::Wrap;
use crate::model::{Address, Command, Format, Inventory, KeyCertificates, KeyId, Record, VersionRef};
use crate::secret::Passphrase;

/// Names one request, so that its progress and its end can be told.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What the desktop asks for. It carries passphrases, so it derives nothing.
pub enum Request {
    /// Prove the keychain by writing, reading and deleting an item.
    ProbeKeychain,
    /// Set up a new inventory.
    SetUp(Setup),
    /// Open an inventory that was copied here, with its recovery passphrase.
    Recover {
        /// The copied folder.
        folder: PathBuf,
        /// Its passphrase.
        passphrase: Passphrase,
    },
    /// Open the home store; keychain homes need no passphrase.
    Unlock(Option<Passphrase>),
    /// Drop every secret.
    Lock,
    /// Put the home store under another passphrase.
    ChangePassphrase {
        /// The one that opens now.
        old: Passphrase,
        /// The one that is to open.
        new: Passphrase,
    },
    /// Make recovery copies under a passphrase.
    MakeRecovery(Passphrase),
    /// Write private halves to a file.
    ExportPrivate(PrivateExport),
    /// Seal private halves to recipients.
    Seal(Seal),
    /// Wrap a private half under another key.
    Wrap(Wrap),
    /// Work out the key check value of a symmetric key.
    CheckValue(VersionRef),
    /// Make a backup.
    BackUp(NewBackup),
    /// Look at a backup, rehearse it, or bring it in.
    Restore(Restore),
    /// A command of the model.
    Run(Command),
    /// Verify the signature of a file: the one named, or the one that lies beside it.
    VerifyFile {
        /// What was signed.
        file: PathBuf,
        /// The signature, if one was named.
        signature: Option<PathBuf>,
    },
    /// Read files for an import; what is found comes back, the secrets stay with the custodian.
    Read(Vec<Source>),
    /// Read them again with one more passphrase.
    ReadAgain(Passphrase),
    /// Read more files beside them.
    ReadMore(Vec<Source>),
    /// Read the public keys of a recipient; nothing is kept of them.
    ReadRecipientKeys(Vec<Source>),
    /// The public half of a version as texts: in PEM, and as a line of OpenSSH where there is one.
    PublicTexts(VersionRef),
    /// Bring in what was chosen of what was read.
    Import(Vec<Choice>),
    /// Remove these files of what was read, each once all it holds was brought in and read back.
    RemoveRead(Vec<String>),
    /// Look through folders for keys; changes nothing.
    Discover(Vec<PathBuf>),
    /// Which folders of this machine are worth looking through.
    SuggestFolders,
    /// Say what was seen of the servers that are looked at.
    Servers,
    /// Look at these servers.
    Probe(Vec<Address>),
    /// Something about stores.
    Stores(StoreRequest),
    /// Drop what was read: its dialog was closed.
    ForgetRead,
    /// Verify the whole log.
    Verify,
    /// Go on from a log that is not whole.
    AcceptHistory {
        /// Why.
        reason: String,
    },
    /// The history of a key in sentences, newest first.
    History(KeyId),
    /// The certificates of a key, shown whole: their chains, and what the system's roots say of them.
    Certificates(KeyId),
    /// A page of the log, newest first.
    LogPage {
        /// Records before this offset; `None` for the newest.
        before: Option<u64>,
        /// Only records in whose sentences, actor or number this text appears.
        search: String,
        /// At most so many.
        count: usize,
    },
    /// Save the log, or what of it fits a search.
    ExportLog {
        /// As in `LogPage`.
        search: String,
        /// CSV, otherwise RON.
        csv: bool,
        /// The file.
        path: PathBuf,
        /// The person agreed to replace what is there.
        replace: bool,
    },
    /// Save something that a screen drew or listed (a timeline, a CSV).
    SaveFile {
        /// What.
        bytes: Vec<u8>,
        /// The file.
        path: PathBuf,
        /// The person agreed to replace what is there.
        replace: bool,
    },
    /// Show alerts that were not told yet as notifications of the desktop.
    TellNews,
    /// Write `settings.ron`.
    SaveSettings(String),
    /// Serve the SSH agent, or no longer.
    ServeAgent(bool),
    /// A person answered a question of the SSH agent.
    AnswerAgent {
        /// Which question.
        id: u64,
        /// It may sign, this once.
        allow: bool,
    },
    /// A person answered for one use of a key that wants its PIN each time.
    AnswerPin {
        /// Which question.
        id: u64,
        /// What.
        answer: PinAnswer,
    },
}

/// How the SSH agent of a window is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AgentReport {
    /// It does not serve.
    #[default]
    Off,
    /// It answers there.
    On(PathBuf),
    /// It was to serve and cannot; why, as a sentence.
    Trouble(String),
}

/// What comes back.
#[derive(Debug)]
pub enum Report {
    /// No inventory exists yet.
    FirstRun {
        /// Where it will lie.
        folder: PathBuf,
    },
    /// The keychain was tried.
    Keychain(KeychainFinding),
    /// The inventory is there to be looked at.
    Opened {
        /// All of it; its keys are shared.
        inventory: Box<Inventory>,
        /// How the parts are.
        health: Box<Health>,
        /// The text of `settings.ron`, if there is one.
        settings: Option<String>,
    },
    /// The inventory cannot be opened at all.
    CannotOpen(CustodianError),
    /// Records were appended, by this window or anyone else, in order and each once; fold them in.
    Changed(Vec<Arc<Record>>),
    /// How the parts are now.
    Health(Box<Health>),
    /// Long work goes on.
    Progress {
        /// Whose.
        ticket: Ticket,
        /// So many are done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// A request ended.
    Finished {
        /// Which.
        ticket: Ticket,
        /// How.
        result: Result<Outcome, CustodianError>,
    },
    /// A signature over a file was verified.
    FileVerified {
        /// Whose request it was.
        ticket: Ticket,
        /// What came of it.
        verified: Box<Verified>,
    },
    /// The history of a key.
    History {
        /// Which key.
        key: KeyId,
        /// Newest first.
        entries: Vec<HistoryEntry>,
    },
    /// The certificates of a key.
    Certificates {
        /// The ticket of the request.
        ticket: Ticket,
        /// They.
        found: Arc<KeyCertificates>,
    },
    /// The key check value of a symmetric key.
    CheckValue {
        /// Which version.
        version: VersionRef,
        /// Six hexadecimal digits; `None` where it has none.
        value: Option<String>,
    },
    /// A page of the log.
    LogPage {
        /// The ticket of the request.
        ticket: Ticket,
        /// Newest first.
        lines: Vec<LogLine>,
        /// Nothing lies before.
        at_start: bool,
    },
    /// Files were read for an import.
    Read {
        /// The ticket of the request.
        ticket: Ticket,
        /// What was found.
        objects: Arc<[Object]>,
        /// How many files were looked into.
        files: u64,
    },
    /// Public keys of a recipient were read.
    RecipientKeys {
        /// The ticket of the request.
        ticket: Ticket,
        /// One for each source.
        keys: Vec<ReadKey>,
    },
    /// The public half of a version as texts.
    PublicTexts {
        /// The ticket of the request.
        ticket: Ticket,
        /// Each with its form.
        texts: Vec<(Format, String)>,
    },
    /// How each object of an import ended, in the order in which they were found.
    Imported {
        /// The ticket of the request.
        ticket: Ticket,
        /// One for each object.
        ended: Vec<Ended>,
    },
    /// Folders were looked through.
    Discovered {
        /// The ticket of the request.
        ticket: Ticket,
        /// What was found.
        discovery: Box<Discovery>,
    },
    /// Folders of this machine in which keys usually lie.
    Suggested(Vec<PathBuf>),
    /// What was seen of the servers that are looked at; those that nobody looked at yet are left out.
    Servers(Vec<ServerReport>),
    /// Something about stores.
    Stores {
        /// The ticket of the request; none where nobody asked.
        ticket: Option<Ticket>,
        /// What.
        told: StoreReport,
    },
    /// What became of files that were to be removed.
    Removed {
        /// The ticket of the request.
        ticket: Ticket,
        /// One for each.
        removals: Vec<Removal>,
    },
    /// How the SSH agent is now.
    Agent(AgentReport),
    /// The SSH agent asks whether a key may sign; after [`PATIENCE`](super::agent::PATIENCE) it takes no for an answer.
    AgentAsks {
        /// Names the question.
        id: u64,
        /// What it asks.
        question: Question,
    },
    /// The SSH agent refused something; what, as a sentence.
    AgentRefused(String),
    /// A key wants the PIN of its token for one use; after [`PIN_PATIENCE`](super::questions::PIN_PATIENCE) it is not used.
    PinAsked {
        /// Names the question.
        id: u64,
        /// What it asks.
        question: PinQuestion,
    },
    /// Such a question needs no answer any more, whatever it was.
    PinSettled(u64),
    /// The log was verified.
    Verified(Verification),
}

/// The desktop's end of the line.
pub struct Link {
    requests: Sender<(Ticket, Request)>,
    cancels: Sender<Ticket>,
    reports: Receiver<Report>,
    next: u64,
}

/// The custodian's end of the line.
pub struct LinkEnd {
    /// What is asked.
    pub requests: Receiver<(Ticket, Request)>,
    /// What is to be stopped.
    pub cancels: Receiver<Ticket>,
    /// Where answers go.
    pub reports: Sender<Report>,
}

/// Both ends of a new line.
pub fn pair() -> (Link, LinkEnd) {
    let (requests, request_end) = std::sync::mpsc::channel();
    let (cancels, cancel_end) = std::sync::mpsc::channel();
    let (report_end, reports) = std::sync::mpsc::channel();
    (Link { requests, cancels, reports, next: 0 }, LinkEnd { requests: request_end, cancels: cancel_end, reports: report_end })
}

impl Link {
    /// The ticket that the next request will have.
    pub const fn next_ticket(&self) -> Ticket {
        Ticket(self.next + 1)
    }

    /// Asks for something.
    pub fn send(&mut self, request: Request) -> Ticket {
        self.next += 1;
        let ticket = Ticket(self.next);
        // With the other end gone the window is about to close.
        let _ = self.requests.send((ticket, request));
        ticket
    }

    /// Asks for something to stop at its next item.
    pub fn cancel(&self, ticket: Ticket) {
        let _ = self.cancels.send(ticket);
    }

    /// The next answer, if one is there.
    pub fn poll(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }
}
