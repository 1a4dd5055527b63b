//! Looking back: verification, history, pages of the log. None of it needs an unlock.

use std::fmt::Write as _;
use std::path::Path;

use super::core::Custodian;
use super::error::CustodianError;
use super::held::Held;
use super::outcome::{HistoryEntry, LogLine, Outcome, Progress, Verification};
use crate::audit;
use crate::model::sentence::sentences;
use crate::model::story::{Happening, story};
use crate::model::{Event, Inventory, KeyId, Record};

/// Sentences of one record that a page shows; a group of hundreds is one sentence anyway.
const MOST_SENTENCES: usize = 20;

impl Custodian {
    /// Verifies every record of the log: hashes, and the MAC where the inventory is unlocked.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Verification, CustodianError> {
        let keys = self.desk().keys.clone();
        let verified = audit::verify(&self.env.folder, keys.as_deref(), |done, total| {
            progress.report(done, total);
            !progress.cancelled()
        });
        let at = self.env.machine_time();
        let verification = match verified {
            Ok(found) => {
                // Whole, it can still be shorter than what was noted outside, or another log.
                let damage = self.troubles().conditions.log.clone();
                Verification { records: found.records, bytes: found.bytes, authenticated: found.authenticated, at, damage }
            }
            Err(audit::VerifyError::Cancelled) => return Err(CustodianError::Cancelled),
            Err(audit::VerifyError::Log(error)) => return Err(error.into()),
            Err(audit::VerifyError::Damage(damage)) => {
                let mut troubles = self.troubles();
                troubles.conditions.log = Some(damage.to_string());
                troubles.good_until = Some(damage.seq.saturating_sub(1));
                troubles.read_only = true;
                Verification {
                    records: damage.seq.saturating_sub(1),
                    bytes: damage.offset,
                    authenticated: keys.is_some(),
                    at,
                    damage: Some(damage.to_string()),
                }
            }
        };
        self.troubles().verification = Some(verification.clone());
        Ok(verification)
    }

    /// The history of a key in sentences, newest first.
    pub fn history(&self, id: KeyId) -> Result<Vec<HistoryEntry>, CustodianError> {
        let offsets = self.read(|inventory| inventory.key(id).map(|key| key.history.clone()).unwrap_or_default());
        let reader = self.desk().log.reader()?;
        let records = reader.records_at(&offsets)?;
        Ok(self.read(|inventory| {
            let story = story(&records, id, inventory, inventory.clock(self.env.machine_time()), &self.env.zone);
            let entry = |happening: Happening| HistoryEntry { time: happening.time, sentence: happening.sentence };
            story.into_iter().rev().map(entry).collect()
        }))
    }

    /// A page of the log, newest first: records before an offset that fit a search, and whether
    /// nothing lies before them.
    pub fn log_page(&self, before: Option<u64>, search: &str, count: usize) -> Result<(Vec<LogLine>, bool), CustodianError> {
        let reader = self.desk().log.reader()?;
        let wanted = search.to_lowercase();
        let (mut lines, mut before) = (Vec::new(), before);
        loop {
            let page = reader.tail(before, count.max(64))?;
            let Some(first) = page.last() else { return Ok((lines, true)) };
            before = Some(first.offset);
            let at_start = first.offset == 0;
            self.read(|inventory| {
                for line in page.iter().map(|record| line(record, inventory)).filter(|line| fits(line, &wanted)) {
                    lines.push(line);
                }
            });
            if lines.len() >= count || at_start {
                let more = lines.len() > count;
                lines.truncate(count);
                return Ok((lines, at_start && !more));
            }
        }
    }

    /// Saves what of the log fits a search, oldest first, as CSV or as the log's own lines.
    pub fn export_log(&self, search: &str, csv: bool, path: &Path, replace: bool) -> Result<Outcome, CustodianError> {
        let held = Held::of(path, replace)?;
        let reader = self.desk().log.reader()?;
        let wanted = search.to_lowercase();
        let mut text = String::from(if csv { "sequence,time,actor,what\r\n" } else { "" });
        reader.for_each(|record, raw| {
            let line = self.read(|inventory| line(record, inventory));
            if fits(&line, &wanted) {
                if csv {
                    let what = line.sentences.join(" ");
                    let _ = write!(text, "{},{},{},{}\r\n", line.seq, line.time, field(&line.actor), field(&what));
                } else {
                    text.push_str(raw);
                    text.push('\n');
                }
            }
            true
        })?;
        let written = held.write_public(text.as_bytes())?;
        Ok(Outcome { written: Some(written), ..Outcome::default() })
    }

    /// Goes on from a log that is not whole, on record. The old file is kept beside it.
    pub fn accept_history(&self, reason: &str) -> Result<Outcome, CustodianError> {
        if reason.trim().is_empty() {
            return Err(CustodianError::Input("Say why this log is to be gone on from; the reason stays on record.".into()));
        }
        let anchored = self.read_anchor().ok().flatten().map(|anchor| anchor.seq);
        let mut desk = self.desk();
        let keys = desk.keys.clone().ok_or(CustodianError::Locked)?;
        let now = self.env.machine_time();
        let (record, kept) = desk.accept_history(&keys, now, &self.env, reason.trim(), anchored)?;
        drop(desk);
        self.trust_again();
        self.note_recovered_home()?;
        self.write_anchor();
        let notice = format!("Went on from record {}. The log as it was is kept as {}.", record.seq - 1, kept.display());
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    fn trust_again(&self) {
        let mut troubles = self.troubles();
        troubles.conditions.log = None;
        troubles.read_only = false;
        troubles.good_until = None;
        troubles.verification = None;
    }
}

fn line(record: &Record, inventory: &Inventory) -> LogLine {
    let mut sentences = sentences(record, inventory, None);
    if sentences.len() > MOST_SENTENCES {
        let rest = sentences.len() - MOST_SENTENCES;
        sentences.truncate(MOST_SENTENCES);
        sentences.push(format!("And {rest} more."));
    }
    LogLine {
        seq: record.seq,
        offset: record.offset,
        time: record.time,
        actor: record.actor.clone(),
        sentences,
        keys: record.events.iter().flat_map(Event::keys).take(MOST_SENTENCES).collect(),
    }
}

fn fits(line: &LogLine, wanted: &str) -> bool {
    wanted.is_empty()
        || line.actor.to_lowercase().contains(wanted)
        || line.seq.to_string() == wanted
        || line.sentences.iter().any(|sentence| sentence.to_lowercase().contains(wanted))
}

/// A CSV field (RFC 4180) that no spreadsheet takes for a formula.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
