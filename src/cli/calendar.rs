//! `calendar`: the dates that lie ahead, for the calendar a person looks at anyway.

use clap::Args;

use super::args::Common;
use super::end::Ends;
use super::export::{Place, report};
use super::session::Session;

#[derive(Args)]
#[command(after_help = "\
Every date of the next two years, as iCalendar (RFC 5545), with reminders at each key's warning times. Read in
again, the same date replaces itself.

Example:
  keystead calendar --out keys.ics --replace")]
pub(super) struct CalendarArgs {
    #[command(flatten)]
    place: Place,
}

/// Writes the calendar. It needs no unlock.
pub(super) fn run(args: &CalendarArgs, common: &Common) -> Ends {
    let target = args.place.target(common)?;
    let session = Session::look(common)?;
    let outcome = session.custodian.export_calendar(&target)?;
    session.close();
    report(&outcome, common)
}
