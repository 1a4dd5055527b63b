//! What is tracked where it lies: listed with how each file is now, and tracked no more.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::args::Common;
use crate::cli::end::{End, Ends, Failure};
use crate::cli::facts::{Done, counted};
use crate::cli::output::{Table, json, line, say};
use crate::cli::session::Session;
use crate::custodian::NoProgress;
use crate::custodian::discover::{TrackedFile, look, tracked_files};
use crate::model::alert::FileTrouble;
use crate::model::name::shown;
use crate::model::{Command, Digest, Inventory, KeyId, VersionRef};

/// One private half that is tracked.
#[derive(Serialize)]
struct TrackedFacts {
    path: String,
    sha256: Digest,
    id: KeyId,
    name: String,
    version: u32,
    /// `unchanged`, `changed` or `gone`.
    status: &'static str,
    /// What is wrong, and what to do.
    sentence: Option<String>,
}

/// Lists what is tracked; ends with 1 when a file changed or is gone.
pub(super) fn list(common: &Common) -> Ends {
    let session = Session::look(common)?;
    let tracked = session.custodian.read(tracked_files);
    let troubles = look(&tracked);
    let facts: Vec<TrackedFacts> = session
        .custodian
        .read(|inventory| tracked.iter().zip(troubles).map(|(file, trouble)| facts(file, trouble, inventory)).collect());
    session.close();
    if common.json {
        json(&facts)?;
    } else if facts.is_empty() {
        line("No file is tracked.")?;
    } else {
        let mut table = Table::new(["Status", "Key", "File"]);
        for one in &facts {
            table.row([one.status.to_owned(), one.name.clone(), one.path.clone()]);
        }
        table.print()?;
        facts.iter().filter_map(|one| one.sentence.as_deref()).for_each(say);
    }
    Ok(if facts.iter().any(|one| one.sentence.is_some()) { End::Found } else { End::Done })
}

fn facts(file: &TrackedFile, trouble: Option<FileTrouble>, inventory: &Inventory) -> TrackedFacts {
    let (status, sentence) = match trouble {
        None => ("unchanged", None),
        Some(FileTrouble::Changed(told)) => ("changed", Some(told.trouble)),
        Some(FileTrouble::Gone(told)) => ("gone", Some(told.trouble)),
    };
    let VersionRef { key, version } = file.version;
    let name = inventory.key(key).map(|key| key.name.to_string()).unwrap_or_default();
    TrackedFacts { path: file.path.to_string(), sha256: file.sha256, id: key, name, version, status, sentence }
}

/// Tracks files no more: all of them or none.
pub(super) fn stop(paths: &[PathBuf], common: &Common) -> Ends {
    let session = Session::work(common)?;
    let tracked = session.custodian.read(tracked_files);
    let mut versions = Vec::new();
    for path in paths {
        // As it is listed, or as it is named from this folder.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let named = |file: &&TrackedFile| [path, &whole].iter().any(|path| path.to_str() == Some(&*file.path));
        let before = versions.len();
        versions.extend(tracked.iter().filter(named).map(|file| file.version));
        if versions.len() == before {
            let path = path.to_string_lossy();
            return Err(Failure::wrong_use(format!(
                "{} is not tracked. Nothing was changed. `keystead discover --tracked` lists what is.",
                shown(&path)
            )));
        }
    }
    versions.sort_unstable();
    versions.dedup();
    let outcome = session.custodian.run(&Command::StopTracking(versions), &NoProgress)?;
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        line(&format!("Tracked no more: {}. The files were not touched.", counted(outcome.keys.len(), "key", "keys")))?;
    }
    Ok(End::Done)
}
