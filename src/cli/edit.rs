//! `edit`: what describes keys.

use clap::Args;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{json, line};
use super::select;
use super::session::Session;
use crate::custodian::NoProgress;
use crate::model::{Command, Edit, Key, KeyId};

#[derive(Args)]
#[command(after_help = "\
One record for all keys, one event each. An empty owner or note clears it.

Examples:
  keystead edit shop.example.com --owner Mira --add-tag prod --remove-tag staging
  keystead edit web-1 web-2 web-3 --note 'Moved to the new cluster'")]
pub(super) struct EditArgs {
    /// Names or ids
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// A new name, for one key
    #[arg(long, value_name = "N")]
    name: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "O")]
    owner: Option<String>,
    /// Add a tag; may be given several times
    #[arg(long = "add-tag", value_name = "T")]
    add_tags: Vec<String>,
    /// Remove a tag; may be given several times
    #[arg(long = "remove-tag", value_name = "T")]
    remove_tags: Vec<String>,
    /// A note, never for secrets
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Edits keys.
pub(super) fn run(args: &EditArgs, common: &Common) -> Ends {
    if args.name.is_some() && args.keys.len() > 1 {
        return Err(Failure::wrong_use("A name is for one key. Name one KEY, or leave --name out."));
    }
    if !args.changes_something() {
        return Err(Failure::wrong_use("Say what is to change: --name, --owner, --add-tag, --remove-tag or --note."));
    }
    let session = Session::work(common)?;
    let mut edits: Vec<(KeyId, Edit)> = Vec::with_capacity(args.keys.len());
    for wanted in &args.keys {
        let key = select::key(&session.custodian, wanted)?;
        if edits.iter().all(|(known, _)| *known != key.id) {
            edits.push((key.id, args.edit_of(&key)));
        }
    }
    let outcome = session.custodian.run(&Command::Edit(edits), &NoProgress)?;
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        let count = outcome.keys.len();
        line(&if count == 1 { "Changed 1 key.".to_owned() } else { format!("Changed {count} keys.") })?;
    }
    Ok(End::Done)
}

impl EditArgs {
    fn changes_something(&self) -> bool {
        let retagged = !self.add_tags.is_empty() || !self.remove_tags.is_empty();
        retagged || self.name.is_some() || self.owner.is_some() || self.note.is_some()
    }

    fn edit_of(&self, key: &Key) -> Edit {
        let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
        let retagged = !self.add_tags.is_empty() || !self.remove_tags.is_empty();
        let removed = |tag: &str| self.remove_tags.iter().any(|gone| *crate::model::name::normal(gone) == *tag);
        let tags = || {
            let kept = key.tags.iter().filter(|tag| !removed(tag)).cloned();
            kept.chain(self.add_tags.iter().map(|tag| tag.as_str().into())).collect()
        };
        Edit {
            name: boxed(&self.name),
            owner: boxed(&self.owner),
            tags: retagged.then(tags),
            warn_days: None,
            note: boxed(&self.note),
        }
    }
}
