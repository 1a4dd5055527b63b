//! `move`: the private half of a key to another store.

use clap::Args;

use super::args::Common;
use super::end::{End, Ends};
use super::facts::Done;
use super::output::{json, line};
use super::select;
use super::session::Session;

#[derive(Args)]
#[command(after_help = "\
It is proven in its new place before the old copy is destroyed. That it once existed outside of a token stays on record; where
that is not good enough, make a new version there: keystead rotate KEY --store STORE.

Example:
  keystead move release-key --to hsm --pin-fd 3 3<pin.txt")]
pub(super) struct MoveArgs {
    /// A name or id
    key: String,
    /// The store
    #[arg(long, value_name = "STORE")]
    to: String,
}

/// Moves a key.
pub(super) fn run(args: &MoveArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let key = select::key(&session.custodian, &args.key)?.id;
    let outcome = session.custodian.move_key(key, &args.to)?;
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else if let Some(notice) = &outcome.notice {
        line(notice)?;
    }
    Ok(End::Done)
}
