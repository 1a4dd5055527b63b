//! `check`: how things stand, for monitoring. It never unlocks anything.
//!
//! Exit codes and the first line of output are those of the monitoring plug-ins' development guidelines.

use clap::Args;
use serde::Serialize;

use super::alerts::{self, AlertFacts};
use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::counted;
use super::output::{json, line, say};
use super::session::Session;
#[cfg(feature = "network")]
use crate::custodian::NoProgress;
use crate::model::{Alert, Urgency, name};

/// How long one server may take.
#[cfg(feature = "network")]
const PROBE_WAIT: std::time::Duration = std::time::Duration::from_secs(3);

#[derive(Args)]
#[command(after_help = "\
Exit codes, as monitoring plug-ins have them:
  0  nothing wants attention
  1  a warning is open
  2  something critical is open
  3  anything else: no inventory, wrong use
With --notify each alert is told once, and again after a week while it is critical; where there is no desktop
that is said, and the exit code stays what it is. With --probe the servers that are remembered are
looked at first, by handshakes alone; without it what was seen last counts. Notices, and alerts that were snoozed or acknowledged, are no reason to warn. Nothing is unlocked.

Examples:
  keystead check
  keystead check --json
  keystead check --notify --probe")]
pub(super) struct CheckArgs {
    /// Show what was not told yet as notifications of the desktop
    #[arg(long)]
    notify: bool,
    /// Look at the servers that are remembered first
    #[arg(long)]
    probe: bool,
}

#[derive(Serialize, Default)]
struct Checked {
    status: &'static str,
    critical: usize,
    warnings: usize,
    notices: usize,
    /// Alerts that a person snoozed or acknowledged.
    quiet: usize,
    /// With --notify: how many alerts were told now; `null` where they could not be.
    told: Option<usize>,
    /// Why nothing is known, if so.
    trouble: Option<String>,
    alerts: Vec<AlertFacts>,
}

/// Looks how things stand. Whatever hinders it is an end of its own.
pub(super) fn run(args: &CheckArgs, common: &Common) -> Ends {
    let checked = look(args, common).unwrap_or_else(|failure| Checked::unknown(failure.sentence));
    if common.json {
        json(&checked)?;
    } else {
        checked.print()?;
    }
    Ok(checked.end())
}

/// What was typed after `check` cannot be understood: that is said where monitoring reads it.
pub(super) fn wrong_use(trouble: &str) -> Ends {
    let first = trouble.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Checked::unknown(first.to_owned()).print()?;
    Ok(End::Failed)
}

fn look(args: &CheckArgs, common: &Common) -> Result<Checked, Failure> {
    let session = Session::open(common)?;
    if args.probe {
        probe(&session);
    }
    session.custodian.check_tracked();
    let all = session.custodian.alerts();
    let open: Vec<&Alert> = all.iter().filter(|alert| alert.is_open()).collect();
    let count = |urgency| open.iter().filter(|alert| alert.urgency == urgency).count();
    let (critical, warnings, notices) = (count(Urgency::Critical), count(Urgency::Warning), count(Urgency::Notice));
    let status = match (critical, warnings) {
        (0, 0) => "ok",
        (0, _) => "warning",
        _ => "critical",
    };
    let quiet = all.len() - open.len();
    let alerts = open.iter().map(|alert| alerts::facts(alert, &session)).collect();
    let told = args.notify.then(|| session.custodian.tell_news().map_err(|trouble| say(&trouble.to_string())).ok()).flatten();
    session.close();
    Ok(Checked { status, critical, warnings, notices, quiet, told, trouble: None, alerts })
}

/// Looks at the servers that are remembered.
#[cfg(feature = "network")]
fn probe(session: &Session) {
    if let Err(cause) = session.custodian.probe_remembered(PROBE_WAIT, &NoProgress) {
        // It counts now, and is looked at again next time.
        say(&format!("What servers showed could not be remembered: {cause}."));
    }
}

#[cfg(not(feature = "network"))]
fn probe(_: &Session) {
    say("This build of Keystead contacts no servers; what was seen last counts.");
}

impl Checked {
    fn unknown(trouble: String) -> Self {
        Self { status: "unknown", trouble: Some(trouble), ..Self::default() }
    }

    fn end(&self) -> End {
        match self.status {
            "ok" => End::Done,
            "warning" => End::Found,
            "critical" => End::Critical,
            _ => End::Failed,
        }
    }

    /// The first line is what a monitoring system shows; after its bar it draws curves.
    fn print(&self) -> Result<(), Failure> {
        let status = self.status.to_uppercase();
        if let Some(trouble) = &self.trouble {
            return line(&format!("KEYSTEAD {status} - {}", plain(trouble)));
        }
        let (critical, warnings, notices) = (self.critical, self.warnings, self.notices);
        let mut said = Vec::new();
        if critical > 0 {
            said.push(format!("{critical} critical"));
        }
        if warnings > 0 {
            said.push(counted(warnings, "warning", "warnings"));
        }
        if said.is_empty() {
            said.push("nothing wants attention".into());
        }
        if notices > 0 {
            said.push(counted(notices, "notice", "notices"));
        }
        line(&format!("KEYSTEAD {status} - {} | critical={critical} warnings={warnings} notices={notices}", said.join(", ")))?;
        for alert in &self.alerts {
            let of = alert.name.as_deref().map(|name| format!("{}: ", plain(name))).unwrap_or_default();
            line(&format!("{}: {of}{}", alert.urgency, plain(&alert.sentence)))?;
        }
        Ok(())
    }
}

/// One line, without the bar that monitoring takes for the start of its figures.
fn plain(text: &str) -> String {
    name::shown(&text.replace('\n', " ").replace('|', "/")).into_owned()
}
