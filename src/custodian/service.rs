//! The custodian's end of the link: each request on a thread of its own, reports in order.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::agent::{self, Agent};
use super::at_stores::StoreReport;
use super::core::{Custodian, hold};
use super::discover::{discover, suggestions};
use super::engines::OpenerSource;
use super::environment::Environment;
use super::error::CustodianError;
use super::file;
use super::import::Intake;
use super::keeper::Keeper;
use super::link::{AgentReport, LinkEnd, Report, Request, Ticket};
use super::one_use;
use super::outcome::{NoProgress, Outcome, Progress};
use super::questions::{Questions, purpose_of};
use super::restore::{Restore, RestoreMode, restore};
use super::setup::probe_keychain;
use super::verify_file::Verified;
use crate::model::{Address, Inventory};
use crate::secret::on_wiped_stack;
use crate::stores::StoreError;

/// How often the log is looked at for what others appended.
pub(super) const WATCH: Duration = Duration::from_millis(250);

/// Progress is told at most this often.
const PROGRESS: Duration = Duration::from_millis(100);

/// Called after each report, so that the window draws.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Serves a link until its other end is gone. Returns at once; threads do the work.
pub fn serve(env: Environment, end: LinkEnd, wake: Wake) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("custodian".into()).spawn(move || {
        let LinkEnd { requests, cancels, reports } = end;
        let outbox = Outbox { reports, wake };
        let service = Arc::new(Service {
            env,
            custodian: Mutex::new(None),
            questions: Questions::by(outbox.clone()),
            outbox,
            running: Mutex::new(HashMap::new()),
            intake: Mutex::new(None),
            agent: Mutex::new(None),
        });
        service.open();
        let mut keeper = Keeper::default();
        loop {
            for ticket in cancels.try_iter() {
                service.cancel(ticket);
            }
            match requests.recv_timeout(WATCH) {
                Ok((ticket, request)) => service.clone().start(ticket, request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Some(custodian) = service.custodian() {
                on_wiped_stack(|| keeper.tend(&service.outbox, &custodian));
            }
        }
        on_wiped_stack(|| service.close());
    })
}

/// In a window what opens a store is typed into its dialog, before the store is used. A reader asks by itself, and the window
/// says so.
fn openers_of_a_window(outbox: Outbox) -> OpenerSource {
    Box::new(move |ask| {
        if !ask.at_reader {
            return Err(StoreError::Locked { store: ask.store.clone() }.into());
        }
        outbox.send(Report::Stores { ticket: None, told: StoreReport::AtReader(ask.store.clone()) });
        Ok(None)
    })
}

fn nothing_read() -> CustodianError {
    CustodianError::Input("What was read is no longer at hand. Choose the files again.".into())
}

struct Service {
    env: Environment,
    custodian: Mutex<Option<Arc<Custodian>>>,
    outbox: Outbox,
    running: Mutex<HashMap<Ticket, Arc<AtomicBool>>>,
    intake: Mutex<Option<Intake>>,
    agent: Mutex<Option<Agent>>,
    questions: Arc<Questions>,
}

/// The way to the window.
#[derive(Clone)]
pub(super) struct Outbox {
    reports: Sender<Report>,
    wake: Wake,
}

impl Outbox {
    pub(super) fn send(&self, report: Report) {
        // With the window gone nobody has to be told.
        let _ = self.reports.send(report);
        (self.wake)();
    }
}

/// Looks at servers, where this build does that.
fn look_at(custodian: &Custodian, servers: &[Address], watch: &Watch) -> Result<Outcome, CustodianError> {
    #[cfg(feature = "network")]
    {
        custodian.probe_servers(servers, watch)
    }
    #[cfg(not(feature = "network"))]
    {
        let _ = (custodian, servers, watch);
        Err(CustodianError::Input("This build contacts no server. Install one that does.".into()))
    }
}

/// Progress and cancel of one request.
struct Watch {
    ticket: Ticket,
    outbox: Outbox,
    cancelled: Arc<AtomicBool>,
    told: Mutex<Option<Instant>>,
}

impl Progress for Watch {
    fn report(&self, done: u64, total: u64) {
        let mut told = hold(&self.told);
        if done >= total || told.is_none_or(|told| told.elapsed() >= PROGRESS) {
            *told = Some(Instant::now());
            self.outbox.send(Report::Progress { ticket: self.ticket, done, total });
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Service {
    fn custodian(&self) -> Option<Arc<Custodian>> {
        hold(&self.custodian).clone()
    }

    /// Opens the inventory for looking, before any unlock.
    fn open(&self) {
        if !Custodian::exists(&self.env) {
            self.outbox.send(Report::FirstRun { folder: self.env.folder.clone() });
            return;
        }
        match Custodian::open(self.env.clone()) {
            Ok(custodian) => self.adopt(custodian),
            Err(error) => self.outbox.send(Report::CannotOpen(error)),
        }
    }

    fn adopt(&self, custodian: Custodian) {
        let custodian = Arc::new(custodian);
        let outbox = self.outbox.clone();
        let inventory = custodian.subscribe(Box::new(move |record| outbox.send(Report::Changed(vec![record.clone()]))));
        custodian.ask_openers_of(openers_of_a_window(self.outbox.clone()));
        custodian.ask_each_use_of(self.questions.each_use(Arc::downgrade(&custodian)));
        *hold(&self.custodian) = Some(custodian.clone());
        self.outbox.send(Report::Opened {
            inventory: Box::new(inventory),
            health: Box::new(custodian.health()),
            settings: std::fs::read_to_string(self.settings()).ok(),
        });
        self.verify_in_background(custodian);
    }

    /// The log is verified once the window is up, and again when its key is at hand.
    fn verify_in_background(&self, custodian: Arc<Custodian>) {
        let outbox = self.outbox.clone();
        let _ = std::thread::Builder::new().name("verify".into()).spawn(move || {
            if let Ok(verification) = on_wiped_stack(|| custodian.verify(&NoProgress)) {
                outbox.send(Report::Verified(verification));
                outbox.send(Report::Health(Box::new(custodian.health())));
            }
        });
    }

    fn tell_read(&self, ticket: Ticket, intake: &Intake) {
        self.outbox.send(Report::Read { ticket, objects: intake.objects().into(), files: intake.files() });
    }

    fn settings(&self) -> PathBuf {
        self.env.folder.join("settings.ron")
    }

    fn cancel(&self, ticket: Ticket) {
        if let Some(flag) = hold(&self.running).get(&ticket) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    fn start(self: Arc<Self>, ticket: Ticket, request: Request) {
        let cancelled = Arc::new(AtomicBool::new(false));
        hold(&self.running).insert(ticket, cancelled.clone());
        let service = self.clone();
        let started = std::thread::Builder::new().name(format!("request-{}", ticket.0)).spawn(move || {
            let watch = Watch { ticket, outbox: service.outbox.clone(), cancelled, told: Mutex::new(None) };
            let result = on_wiped_stack(|| service.carry_out(ticket, request, &watch));
            hold(&service.running).remove(&ticket);
            service.outbox.send(Report::Finished { ticket, result });
            if let Some(custodian) = service.custodian() {
                service.outbox.send(Report::Health(Box::new(custodian.health())));
            }
        });
        if let Err(error) = started {
            hold(&self.running).remove(&ticket);
            let result = Err(CustodianError::Input(format!("The system gave no thread: {error}. Nothing was changed.")));
            self.outbox.send(Report::Finished { ticket, result });
        }
    }

    fn carry_out(&self, ticket: Ticket, request: Request, watch: &Watch) -> Result<Outcome, CustodianError> {
        match request {
            Request::ProbeKeychain => {
                self.outbox.send(Report::Keychain(probe_keychain(&self.env)));
                return Ok(Outcome::default());
            }
            Request::SetUp(setup) => {
                let custodian = Custodian::init(self.env.clone(), &setup)?;
                self.adopt(custodian);
                return Ok(Outcome::default());
            }
            Request::Recover { folder, passphrase } => {
                let custodian = Custodian::recover(self.env.clone(), &folder, &passphrase)?;
                self.adopt(custodian);
                return Ok(Outcome::default());
            }
            Request::Restore(wanted) => return self.restore(&wanted, watch),
            Request::SuggestFolders => {
                self.outbox.send(Report::Suggested(suggestions()));
                return Ok(Outcome::default());
            }
            Request::SaveFile { bytes, path, replace } => {
                let written = super::held::Held::of(&path, replace)?.write_public(&bytes)?;
                return Ok(Outcome { written: Some(written), ..Outcome::default() });
            }
            _ => {}
        }
        let custodian = self.custodian().ok_or_else(|| CustodianError::NoInventory(self.env.folder.clone()))?;
        let _for = one_use::purpose(purpose_of(&request));
        self.with_inventory(&custodian, ticket, request, watch)
    }

    /// With an inventory here or without. After a replace the window starts anew from what came in.
    fn restore(&self, wanted: &Restore, watch: &Watch) -> Result<Outcome, CustodianError> {
        let before = self.custodian();
        let restoration = Box::new(restore(&self.env, before.as_deref(), wanted, watch)?);
        if wanted.mode == RestoreMode::Replace {
            if let Some(before) = before {
                before.lock(false);
            }
            self.adopt(Custodian::open(self.env.clone())?);
        }
        Ok(Outcome { restoration: Some(restoration), ..Outcome::default() })
    }

    fn with_inventory(
        &self,
        custodian: &Arc<Custodian>,
        ticket: Ticket,
        request: Request,
        watch: &Watch,
    ) -> Result<Outcome, CustodianError> {
        match request {
            Request::Unlock(passphrase) => {
                custodian.unlock(passphrase)?;
                // Being open matters more than the note of it.
                let _ = custodian.note_unlock();
                self.verify_in_background(custodian.clone());
                Ok(Outcome::default())
            }
            Request::Lock => {
                for flag in hold(&self.running).iter().filter(|(other, _)| **other != ticket).map(|(_, flag)| flag) {
                    flag.store(true, Ordering::Relaxed);
                }
                self.questions.end();
                custodian.lock(true);
                // What was asked in between is asked of nobody.
                self.questions.end();
                *hold(&self.intake) = None;
                Ok(Outcome::default())
            }
            Request::Read(sources) => {
                let intake = Intake::begin(sources, custodian, watch);
                // Whoever locks meanwhile has said stop first, so that nothing that was read stays behind.
                let mut kept = hold(&self.intake);
                if !watch.cancelled() {
                    self.tell_read(ticket, &intake);
                    *kept = Some(intake);
                }
                Ok(Outcome::default())
            }
            Request::ReadAgain(passphrase) => {
                let mut intake = hold(&self.intake);
                let under_way = intake.as_mut().ok_or_else(nothing_read)?;
                under_way.again(passphrase, custodian, watch);
                self.tell_read(ticket, under_way);
                Ok(Outcome::default())
            }
            Request::ReadMore(sources) => {
                let mut intake = hold(&self.intake);
                let under_way = intake.as_mut().ok_or_else(nothing_read)?;
                under_way.more(sources, custodian, watch);
                self.tell_read(ticket, under_way);
                Ok(Outcome::default())
            }
            Request::ReadRecipientKeys(sources) => {
                let keys = custodian.read_recipient_keys(&sources);
                self.outbox.send(Report::RecipientKeys { ticket, keys });
                Ok(Outcome::default())
            }
            Request::PublicTexts(of) => {
                let texts = custodian.public_texts(of)?;
                self.outbox.send(Report::PublicTexts { ticket, texts });
                Ok(Outcome::default())
            }
            Request::Import(choices) => {
                let intake = hold(&self.intake);
                let (outcome, ended) = intake.as_ref().ok_or_else(nothing_read)?.finish(&choices, custodian, watch)?;
                // What was tracked may be here now, and is looked at no more.
                custodian.check_tracked();
                self.outbox.send(Report::Imported { ticket, ended });
                Ok(outcome)
            }
            Request::RemoveRead(paths) => {
                let intake = hold(&self.intake);
                let removals = intake.as_ref().ok_or_else(nothing_read)?.remove(&paths, custodian, watch);
                custodian.check_tracked();
                self.outbox.send(Report::Removed { ticket, removals });
                Ok(Outcome::default())
            }
            Request::Discover(folders) => {
                let (inventory, now) = (custodian.read(Inventory::clone), custodian.now());
                let discovery = discover(&folders, Some(&self.env.folder), &inventory, now, watch);
                self.outbox.send(Report::Discovered { ticket, discovery: Box::new(discovery) });
                Ok(Outcome::default())
            }
            Request::Stores(wanted) => {
                custodian.at_stores(wanted, watch, &|told| self.outbox.send(Report::Stores { ticket: Some(ticket), told }))
            }
            Request::Servers => {
                self.outbox.send(Report::Servers(custodian.server_reports()));
                Ok(Outcome::default())
            }
            Request::Probe(servers) => {
                let result = look_at(custodian, &servers, watch);
                self.outbox.send(Report::Servers(custodian.server_reports()));
                result
            }
            Request::ForgetRead => {
                *hold(&self.intake) = None;
                Ok(Outcome::default())
            }
            Request::ChangePassphrase { old, new } => custodian.change_passphrase(&old, &new),
            Request::MakeRecovery(passphrase) => custodian.make_recovery(&passphrase),
            Request::ExportPrivate(wanted) => custodian.export_private(&wanted),
            Request::Seal(wanted) => custodian.seal(&wanted).map(|(outcome, _)| outcome),
            Request::Wrap(wanted) => custodian.wrap(&wanted).map(|(outcome, _)| outcome),
            Request::CheckValue(version) => {
                let value = custodian.check_value(version)?;
                self.outbox.send(Report::CheckValue { version, value });
                Ok(Outcome::default())
            }
            Request::VerifyFile { file, signature } => {
                let verified = match signature {
                    Some(signature) => {
                        let verdict = custodian.verify_file(&file, &signature, None)?;
                        Verified { file, signature, verdict }
                    }
                    None => custodian.verify_beside(&file)?,
                };
                self.outbox.send(Report::FileVerified { ticket, verified: Box::new(verified) });
                Ok(Outcome::default())
            }
            Request::BackUp(wanted) => custodian.back_up(&wanted, watch),
            Request::Run(command) => custodian.run(&command, watch),
            Request::Verify => {
                let verification = custodian.verify(watch)?;
                self.outbox.send(Report::Verified(verification));
                Ok(Outcome::default())
            }
            Request::AcceptHistory { reason } => {
                let outcome = custodian.accept_history(&reason)?;
                // The inventory is another one now: the window starts from it anew.
                let outbox = self.outbox.clone();
                let inventory = custodian.subscribe(Box::new(move |record| outbox.send(Report::Changed(vec![record.clone()]))));
                self.outbox.send(Report::Opened {
                    inventory: Box::new(inventory),
                    health: Box::new(custodian.health()),
                    settings: std::fs::read_to_string(self.settings()).ok(),
                });
                self.verify_in_background(custodian.clone());
                Ok(outcome)
            }
            Request::History(key) => {
                let entries = custodian.history(key)?;
                self.outbox.send(Report::History { key, entries });
                Ok(Outcome::default())
            }
            Request::Certificates(key) => {
                let found = Arc::new(custodian.certificates(key)?);
                self.outbox.send(Report::Certificates { ticket, found });
                Ok(Outcome::default())
            }
            Request::LogPage { before, search, count } => {
                let (lines, at_start) = custodian.log_page(before, &search, count)?;
                self.outbox.send(Report::LogPage { ticket, lines, at_start });
                Ok(Outcome::default())
            }
            Request::ExportLog { search, csv, path, replace } => custodian.export_log(&search, csv, &path, replace),
            // The window shows the same, so a desktop without notifications is no failure of it.
            Request::TellNews => {
                Ok(Outcome { notice: custodian.tell_news().err().map(|error| error.to_string()), ..Outcome::default() })
            }
            Request::ServeAgent(serve) => {
                self.serve_agent(custodian, serve);
                Ok(Outcome::default())
            }
            Request::AnswerAgent { id, allow } => {
                self.questions.consented(id, allow);
                Ok(Outcome::default())
            }
            Request::AnswerPin { id, answer } => {
                self.questions.answered(id, answer);
                Ok(Outcome::default())
            }
            Request::SaveSettings(text) => {
                let path = self.settings();
                file::replace_private(&path, text.as_bytes()).map_err(|cause| CustodianError::Folder { path, cause })?;
                Ok(Outcome::default())
            }
            // Carried out before an inventory is asked for.
            Request::ProbeKeychain
            | Request::SetUp(_)
            | Request::Recover { .. }
            | Request::Restore(_)
            | Request::SuggestFolders
            | Request::SaveFile { .. } => Ok(Outcome::default()),
        }
    }

    /// Starts or ends the SSH agent, and tells how it is. Ending it waits for nobody who thinks about a question.
    fn serve_agent(&self, custodian: &Arc<Custodian>, serve: bool) {
        self.questions.end_consents();
        let mut agent = hold(&self.agent);
        *agent = None;
        let mut report = AgentReport::Off;
        if serve {
            let outbox = self.outbox.clone();
            let service = agent::Service {
                path: agent::default_place(&self.env),
                chosen: false,
                keys: None,
                confirm: self.questions.clone(),
                tell: Arc::new(move |sentence| outbox.send(Report::AgentRefused(sentence))),
            };
            report = match Agent::start(custodian, service) {
                Ok(started) => AgentReport::On(agent.insert(started).path().to_owned()),
                Err(error) => AgentReport::Trouble(error.to_string()),
            };
        }
        drop(agent);
        self.outbox.send(Report::Agent(report));
    }

    /// The window closes: secrets go, the anchor and the checkpoint are brought up.
    fn close(&self) {
        self.questions.end();
        *hold(&self.agent) = None;
        if let Some(custodian) = self.custodian() {
            custodian.write_checkpoint(true);
            custodian.lock(true);
        }
    }
}
