//! What the window's import works with between two requests: the sources, the passphrases that were
//! typed so far, and the secrets that were read. Dropped, and so wiped, when the dialog closes, when
//! the inventory locks, and when another import begins.

use super::object::{Ended, Object};
use super::read::{Reading, read};
use super::sources::Source;
use super::store::Choice;
use crate::custodian::core::Custodian;
use crate::custodian::discover::Removal;
use crate::custodian::error::CustodianError;
use crate::custodian::outcome::{Outcome, Progress};
use crate::model::Inventory;
use crate::secret::Passphrase;

/// An import under way.
pub struct Intake {
    sources: Vec<Source>,
    passphrases: Vec<Passphrase>,
    reading: Reading,
}

impl Intake {
    /// Reads sources and compares them with the inventory.
    pub fn begin(sources: Vec<Source>, custodian: &Custodian, progress: &dyn Progress) -> Self {
        let mut intake = Self { reading: read(&sources, &[], progress), sources, passphrases: Vec::new() };
        intake.compare(custodian);
        intake
    }

    /// Reads them again with one more passphrase.
    pub fn again(&mut self, passphrase: Passphrase, custodian: &Custodian, progress: &dyn Progress) {
        self.passphrases.push(passphrase);
        self.reading = read(&self.sources, &self.passphrases, progress);
        self.compare(custodian);
    }

    /// Reads more sources beside them; stopped, what was read before stays as it is.
    pub fn more(&mut self, sources: Vec<Source>, custodian: &Custodian, progress: &dyn Progress) {
        let before = self.sources.len();
        self.sources.extend(sources);
        let reading = read(&self.sources, &self.passphrases, progress);
        if progress.cancelled() {
            self.sources.truncate(before);
            return;
        }
        self.reading = reading;
        self.compare(custodian);
    }

    fn compare(&mut self, custodian: &Custodian) {
        let (inventory, now) = (custodian.read(Inventory::clone), custodian.now());
        self.reading.compare(&inventory, now);
    }

    /// What was found.
    pub fn objects(&self) -> &[Object] {
        &self.reading.objects
    }

    /// How many files were looked into.
    pub fn files(&self) -> u64 {
        self.reading.files
    }

    /// Everything that can be brought in, as it is proposed.
    pub fn choices(&self) -> Vec<Choice> {
        self.reading.choices()
    }

    /// Removes files of what was read, each once all it holds was brought in.
    pub fn remove(&self, paths: &[String], custodian: &Custodian, progress: &dyn Progress) -> Vec<Removal> {
        let mut removals = Vec::with_capacity(paths.len());
        for (path, done) in paths.iter().zip(1..) {
            let removal = if progress.cancelled() {
                let kept = Some("It was cancelled before this one. The file stays where it is.".to_owned());
                Removal { path: path.clone(), kept }
            } else {
                custodian.remove_loose(&self.reading, path)
            };
            removals.push(removal);
            progress.report(done, paths.len() as u64);
        }
        removals
    }

    /// Brings in what was chosen.
    pub fn finish(
        &self,
        choices: &[Choice],
        custodian: &Custodian,
        progress: &dyn Progress,
    ) -> Result<(Outcome, Vec<Ended>), CustodianError> {
        custodian.import(&self.reading, choices, progress)
    }
}
