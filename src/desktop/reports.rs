//! What the custodian reports, taken in.

use super::app::{App, Dialog, Phase, Wait};
use super::desk::{AgentView, Ask, View};
use super::dialogs::{AgentQuestion, PinForUse, Question};
use super::main_window::MainWindow;
use super::screens::first_run::FirstRun;
use super::settings::Settings;
use super::undo;
use super::widgets::Tone;
use crate::custodian::at_stores::StoreReport;
use crate::custodian::link::{Report, Request, Ticket};
use crate::custodian::{CustodianError, Health, HistoryEntry, LockState, Outcome};
use crate::model::Inventory;

impl App {
    /// Takes in one report.
    pub(super) fn take_report(&mut self, report: Report) {
        match report {
            Report::FirstRun { folder } => {
                self.phase = Phase::FirstRun(Box::new(FirstRun::at(folder)));
                self.link.send(Request::ProbeKeychain);
            }
            Report::Keychain(finding) => {
                if let Phase::FirstRun(screen) = &mut self.phase {
                    screen.found(finding);
                }
            }
            Report::Opened { inventory, health, settings } => self.opened(*inventory, *health, settings.as_deref()),
            Report::CannotOpen(error) => self.phase = Phase::Broken(error.to_string()),
            Report::Changed(records) => {
                let focus = self.focus();
                if let Some(main) = self.main() {
                    main.fold(&records);
                }
                if let Some(id) = focus {
                    self.ask_history(id);
                }
            }
            Report::Health(health) => self.take_health(*health),
            Report::Progress { ticket, done, total } => {
                if let Some(main) = self.main() {
                    main.discover.progress(ticket, done);
                    main.servers.progress(ticket, done);
                }
                if self.dialog.as_ref().is_some_and(|dialog| dialog.ticket == Some(ticket)) {
                    self.with_dialog(|form, _| form.progress(done, total));
                }
            }
            Report::Finished { ticket, result } => self.finished(ticket, &result),
            Report::History { key, entries } => self.take_history(key, entries),
            Report::Certificates { ticket, found } => {
                if let Some(main) = self.main() {
                    main.desk.certificates.take(ticket, found);
                }
            }
            Report::CheckValue { version, value } => {
                if let Some(main) = self.main() {
                    main.desk.check_value = value.map(|value| (version, value));
                }
            }
            Report::LogPage { lines, at_start, .. } => {
                if let Some(main) = self.main() {
                    main.log.take(lines, at_start);
                }
            }
            Report::Read { objects, files, .. } => self.with_dialog(|form, view| form.read(&objects, files, view)),
            Report::PublicTexts { texts, .. } => self.with_dialog(|form, view| form.public_texts(texts, view)),
            Report::RecipientKeys { keys, .. } => self.with_dialog(|form, view| form.keys_read(keys, view)),
            Report::FileVerified { verified, .. } => self.with_dialog(|form, view| form.verified(&verified, view)),
            Report::Discovered { discovery, .. } => {
                if let Some(main) = self.main() {
                    main.discover.take(*discovery);
                }
            }
            Report::Suggested(folders) => {
                if let Some(main) = self.main() {
                    main.discover.suggested(folders);
                }
            }
            Report::Removed { removals, .. } => self.with_dialog(|form, view| form.removed(&removals, view)),
            Report::Servers(reports) => {
                if let Some(main) = self.main() {
                    main.servers.take(reports);
                }
            }
            Report::Stores { ticket, told } => self.take_stores(ticket, told),
            Report::Agent(state) => {
                if let Some(main) = self.main() {
                    main.desk.agent = AgentView { state, refused: None };
                }
            }
            Report::AgentAsks { id, question } => {
                self.questions.push(Question::Agent(AgentQuestion::new(id, question, (self.clock)())));
            }
            // Asked just before it was locked, it is answered by nobody.
            Report::PinAsked { .. } if self.is_hidden() => {}
            Report::PinAsked { id, question } => {
                self.questions.push(Question::Pin(PinForUse::new(id, question, (self.clock)())));
            }
            Report::PinSettled(id) => self.questions.retain(|question| !question.is_pin(id)),
            Report::AgentRefused(sentence) => {
                if let Some(main) = self.main() {
                    main.desk.agent.refused = Some(sentence);
                }
            }
            Report::Imported { ended, .. } => self.with_dialog(|form, view| form.imported(&ended, view)),
            Report::Verified(verification) => {
                if let Some(main) = self.main() {
                    let mut health = main.desk.health.clone();
                    health.verification = Some(verification);
                    main.set_health(health);
                    main.log.verified();
                }
            }
        }
    }

    fn take_stores(&mut self, ticket: Option<Ticket>, told: StoreReport) {
        match told {
            StoreReport::Health(health) => {
                let Some(main) = self.main() else { return };
                main.desk.stores.take(ticket, *health, main.desk.now);
                main.desk.generation += 1;
            }
            StoreReport::AtReader(store) => {
                let text = format!("Enter the PIN of {} at its reader.", crate::model::name::shown(&store));
                self.asks.push(Ask::Tell(Tone::Info, text));
            }
            told => self.with_dialog(|form, view| form.stores_told(told, view)),
        }
    }

    fn opened(&mut self, inventory: Inventory, health: Health, settings: Option<&str>) {
        let first = !matches!(self.phase, Phase::Main(_));
        if first && let Some(text) = settings {
            let (settings, trouble) = Settings::parse(text);
            self.settings = settings;
            if let Some(trouble) = trouble {
                self.asks.push(Ask::Tell(Tone::Warning, trouble));
            }
        }
        for notice in &health.notices {
            self.asks.push(Ask::Tell(Tone::Info, notice.clone()));
        }
        let new = MainWindow::new(inventory, health, (self.clock)(), self.zone.clone(), &self.settings);
        match &mut self.phase {
            // The inventory is another one now; where the person was stays.
            Phase::Main(main) => {
                let (screen, locked) = (main.screen, main.locked.take());
                let agent = std::mem::take(&mut main.desk.agent);
                **main = new;
                (main.screen, main.locked) = (screen, locked);
                main.desk.agent = agent;
                main.refresh_context();
            }
            phase => *phase = Phase::Main(Box::new(new)),
        }
        if first && self.settings.ssh_agent {
            self.serve_agent(true);
        }
    }

    fn take_health(&mut self, health: Health) {
        let unlocked = health.lock == LockState::Unlocked;
        let told: Vec<String> = match self.main() {
            Some(main) => {
                let known = main.desk.health.notices.clone();
                health.notices.iter().filter(|notice| !known.contains(notice)).cloned().collect()
            }
            None => Vec::new(),
        };
        for notice in told {
            self.asks.push(Ask::Tell(Tone::Info, notice));
        }
        if let Some(main) = self.main() {
            main.set_health(health);
            if !unlocked {
                main.desk.check_value = None;
                main.desk.stores.forget();
            }
            main.refresh_context();
        }
        if unlocked && let Some(ask) = self.then.take() {
            self.asks.push(ask);
        }
    }

    fn focus(&mut self) -> Option<crate::model::KeyId> {
        self.main().and_then(|main| main.desk.selection.last().copied())
    }

    /// Answers come in any order: one for a key that is no longer shown, or one that was read before
    /// the one at hand, changes nothing. A history only grows.
    fn take_history(&mut self, key: crate::model::KeyId, entries: Vec<HistoryEntry>) {
        let focus = self.focus();
        let Some(main) = self.main().filter(|_| focus == Some(key)) else { return };
        let known = main.desk.history.as_ref().filter(|(known, _)| *known == key).map_or(0, |(_, known)| known.len());
        if entries.len() >= known {
            main.desk.history = Some((key, entries));
        }
    }

    /// The history of the key in the inspector is read off the window's thread.
    pub(super) fn ask_history(&mut self, key: crate::model::KeyId) {
        let ticket = self.link.send(Request::History(key));
        self.waiting.insert(ticket, Wait::Quiet);
    }

    /// The certificates of the key in the inspector are looked at off the window's thread, once for each
    /// key, and again when other ones came or a date passed.
    pub(super) fn ask_certificates(&mut self) {
        let ticket = self.link.next_ticket();
        let Some(main) = self.main() else { return };
        let Some(key) = main.desk.focus().cloned() else { return };
        if main.desk.certificates.wants(&key, ticket, main.desk.now) {
            self.link.send(Request::Certificates(key.id));
            self.waiting.insert(ticket, Wait::Quiet);
        }
    }

    fn finished(&mut self, ticket: Ticket, result: &Result<Outcome, CustodianError>) {
        let wait = self.waiting.remove(&ticket);
        if let Some(main) = self.main() {
            main.discover.finished(ticket);
            if result.is_err() {
                main.desk.certificates.failed(ticket);
            }
            main.servers.finished(ticket);
            main.desk.stores.finished(ticket);
        }
        match wait {
            Some(Wait::Form) => self.form_finished(ticket, result),
            Some(Wait::Run(inverse, told)) => {
                if let Ok(outcome) = result
                    && let Some(inverse) = inverse.and_then(|inverse| undo::without(*inverse, &outcome.refused))
                    && let Some(main) = self.main()
                {
                    main.undo.push(inverse);
                    main.refresh_context();
                }
                if result.is_ok()
                    && let Some(told) = told
                {
                    self.asks.push(Ask::Tell(Tone::Good, told));
                }
                self.form_finished(ticket, result);
            }
            Some(Wait::Undo) => {
                let told = match result {
                    Ok(outcome) => match outcome.refused.first() {
                        Some((_, reason)) => Ask::Tell(Tone::Warning, format!("Not all could be taken back: {reason}.")),
                        None => Ask::Tell(Tone::Good, "Taken back.".into()),
                    },
                    Err(error) => Ask::Tell(Tone::Critical, error.to_string()),
                };
                self.asks.push(told);
            }
            Some(Wait::Seek) => {
                let told = match result {
                    Ok(outcome) => {
                        let keys = outcome.keys.len();
                        let plain = if keys == 1 { "1 key is tracked.".to_owned() } else { format!("{keys} keys are tracked.") };
                        Ask::Tell(Tone::Info, outcome.notice.clone().unwrap_or(plain))
                    }
                    Err(error) => Ask::Tell(Tone::Critical, error.to_string()),
                };
                self.asks.push(told);
            }
            Some(Wait::Probe) => {
                let told = match result {
                    Ok(outcome) => Ask::Tell(Tone::Info, outcome.notice.clone().unwrap_or_default()),
                    Err(error) => Ask::Tell(Tone::Critical, error.to_string()),
                };
                self.asks.push(told);
            }
            Some(Wait::Unlock) => {
                if let Err(error) = result {
                    self.then = None;
                    self.asks.push(Ask::Tell(Tone::Critical, error.to_string()));
                }
            }
            Some(Wait::Verify) => {
                if let Some(main) = self.main() {
                    main.log.verified();
                    let health = main.desk.health.verification.clone();
                    let told = match (result, health) {
                        (Err(error), _) => Ask::Tell(Tone::Critical, error.to_string()),
                        (Ok(_), Some(found)) => match found.damage {
                            Some(damage) => Ask::Tell(Tone::Critical, damage),
                            None => Ask::Tell(Tone::Good, format!("{} records verified.", found.records)),
                        },
                        (Ok(_), None) => return,
                    };
                    self.asks.push(told);
                }
            }
            Some(Wait::Quiet) | None => {
                if let Err(error) = result {
                    self.asks.push(Ask::Tell(Tone::Critical, error.to_string()));
                }
            }
        }
    }

    fn form_finished(&mut self, ticket: Ticket, result: &Result<Outcome, CustodianError>) {
        if let Phase::FirstRun(screen) = &mut self.phase {
            screen.finished(result);
            return;
        }
        if let Some(main) = self.main()
            && let Some(form) = &mut main.locked
        {
            match result {
                Ok(_) => {
                    main.locked = None;
                    main.refresh_context();
                }
                Err(error) => form.failed(error),
            }
            return;
        }
        self.edit_finished(ticket, result);
    }

    /// Tells the dialog that waits for it; without one, failures are told at the foot.
    fn edit_finished(&mut self, ticket: Ticket, result: &Result<Outcome, CustodianError>) {
        match &mut self.dialog {
            Some(Dialog { ticket: waiting, .. }) if *waiting == Some(ticket) => {
                *waiting = None;
                self.with_dialog(|form, view: &mut View<'_>| form.finished(result, view));
            }
            _ => {
                if let Err(error) = result {
                    // Whoever closed its dialog has wanted that.
                    let wanted = matches!(error, CustodianError::Cancelled);
                    let tone = if wanted { Tone::Info } else { Tone::Critical };
                    self.asks.push(Ask::Tell(tone, error.to_string()));
                }
            }
        }
    }
}
