//! `forecast`: what will come due under today's policies, by week.

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::facts::counted;
use super::output::{Table, json, say};
use super::session::Session;
use crate::model::{DueKind, Forecast, Inventory, KeyId, Time, name};

/// No forecast looks further ahead, in months.
const MOST_MONTHS: i64 = 120;

#[derive(Args)]
#[command(after_help = "\
Each week is counted from now. A busy week brings more than twice what a week brings on average, and at least
three; rotations that could come earlier, so that it becomes a usual one, are proposed.

Examples:
  keystead forecast
  keystead forecast --months 24 --json")]
pub(super) struct ForecastArgs {
    /// How many months ahead
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u16).range(1..=MOST_MONTHS))]
    months: u16,
}

#[derive(Serialize)]
struct Ahead {
    from: Time,
    weeks: Vec<Week>,
    spread: Vec<Earlier>,
}

#[derive(Serialize)]
struct Week {
    from: Time,
    rotation: u32,
    expiry: u32,
    certificate: u32,
    activation: u32,
    destruction: u32,
    busy: bool,
}

/// A rotation that could come earlier.
#[derive(Serialize)]
struct Earlier {
    key: KeyId,
    name: String,
    from: Time,
    to: Time,
}

/// Looks ahead.
pub(super) fn run(args: &ForecastArgs, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let now = session.custodian.now();
    let ahead = session.custodian.read(|inventory| Ahead::of(inventory, now, weeks(args.months)));
    session.close();
    if common.json {
        json(&ahead)?;
        return Ok(End::Done);
    }
    ahead.print()
}

/// The weeks of so many months, a begun one counted as one.
fn weeks(months: u16) -> u16 {
    // A month of the Gregorian calendar has 4.348 weeks on average.
    (u32::from(months) * 4_348).div_ceil(1_000) as u16
}

impl Ahead {
    fn of(inventory: &Inventory, now: Time, weeks: u16) -> Self {
        let forecast = Forecast::new(inventory, now, weeks);
        let busy = forecast.busy();
        let week = |number: usize| Week {
            from: forecast.week(number),
            rotation: forecast.of(number, DueKind::Rotation),
            expiry: forecast.of(number, DueKind::Expiry),
            certificate: forecast.of(number, DueKind::Certificate),
            activation: forecast.of(number, DueKind::Activation),
            destruction: forecast.of(number, DueKind::Destruction),
            busy: busy.contains(&number),
        };
        let moves = forecast.spread(inventory, now).into_iter();
        let spread = moves.filter_map(|found| {
            let key = inventory.at(found.index)?;
            Some(Earlier { key: key.id, name: key.name.to_string(), from: found.from, to: found.to })
        });
        Self { from: now, weeks: (0..forecast.len()).map(week).collect(), spread: spread.collect() }
    }

    fn print(&self) -> Ends {
        let mut table = Table::new(["week from", "rotation", "expiry", "certificate", "activation", "destruction", ""]);
        let mut some = false;
        for week in &self.weeks {
            let counts = [week.rotation, week.expiry, week.certificate, week.activation, week.destruction];
            if counts.iter().any(|&count| count > 0) {
                some = true;
                let [rotation, expiry, certificate, activation, destruction] = counts.map(|count| count.to_string());
                let mark = if week.busy { "busy" } else { "" };
                table.row([week.from.to_string(), rotation, expiry, certificate, activation, destruction, mark.into()]);
            }
        }
        if !some {
            say(&format!("Nothing comes due in {}.", counted(self.weeks.len(), "week", "weeks")));
            return Ok(End::Done);
        }
        table.print()?;
        if !self.spread.is_empty() {
            say("Rotations that could come earlier, so that busy weeks become usual ones:");
        }
        for earlier in &self.spread {
            say(&format!("  {}: on {} instead of {}", name::shown(&earlier.name), earlier.to, earlier.from));
        }
        Ok(End::Done)
    }
}
