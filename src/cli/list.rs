//! `list`: keys as rows.

use clap::Args;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::{KeyFacts, date_or};
use super::output::{Table, json, say};
use super::session::Session;
use crate::model::query::haystack;
use crate::model::{Query, Time};

#[derive(Args)]
#[command(after_help = "\
FILTER is what the window's search field takes: words, and state: store: algorithm: tag: owner:
purpose: holder: terms, expires<30d, expires>2027-01-01 and is:attention. All must hold. Quotes keep
spaces together: owner:\"Ada Lovelace\".

Examples:
  keystead list
  keystead list state:active tag:prod 'expires<30d'
  keystead list is:attention --json")]
pub(super) struct ListArgs {
    /// Words and terms, all of which must hold
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
}

/// Lists keys by name.
pub(super) fn run(args: &ListArgs, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let now = session.custodian.now();
    let keys = found(args, &session, now)?;
    session.close();
    if common.json {
        json(&keys)?;
        return Ok(End::Done);
    }
    if keys.is_empty() {
        let empty = args.filter.is_empty();
        say(if empty { "There is no key yet. Make one with: keystead generate NAME" } else { "No key fits." });
        return Ok(End::Done);
    }
    let mut table = Table::new(["name", "purpose", "algorithm", "bits", "state", "expires", "store", "owner", "tags"]);
    for key in keys {
        table.row([
            key.name,
            key.purpose.into(),
            key.algorithm.into(),
            key.strength_bits.to_string(),
            key.state.into(),
            date_or(key.expires, "never"),
            key.store,
            key.owner,
            key.tags.join(", "),
        ]);
    }
    table.print()?;
    Ok(End::Done)
}

fn found(args: &ListArgs, session: &Session, now: Time) -> Result<Vec<KeyFacts>, Failure> {
    let zone = &session.custodian.environment().zone;
    let query = Query::parse(&args.filter.join(" "), now, zone).map_err(|error| Failure::wrong_use(format!("{error}.")))?;
    let mut keys: Vec<KeyFacts> = session.custodian.read(|inventory| {
        let fits = |key: &&std::sync::Arc<crate::model::Key>| {
            let text = if query.words.is_empty() { String::new() } else { haystack(key) };
            query.matches(inventory, key, &text, now)
        };
        inventory.keys().iter().filter(fits).filter_map(|key| KeyFacts::current(inventory, key, now)).collect()
    });
    keys.sort_by_cached_key(|key| (key.name.to_lowercase(), key.id));
    Ok(keys)
}
