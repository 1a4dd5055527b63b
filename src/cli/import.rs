//! `import`: what lies in files and folders, brought in.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::counted;
use super::output::{Table, json, line, say};
use super::passphrase::several_from_descriptor;
use super::progress::Watch;
use super::session::{Session, environment};
use crate::custodian::discover::{OLD_BLOCKS, Removal};
use crate::custodian::import::{Beside, Ended, Object, PASTED, Reading, Source, Verdict, read};
use crate::custodian::{Custodian, CustodianError, Progress as _};
use crate::model::name::shown;
use crate::model::{Digest, Inventory, Time};
use crate::secret::{Passphrase, SecretBytes};

#[derive(Args)]
#[command(after_help = "\
Files are recognised by what is in them: private keys (PKCS#1, SEC 1, PKCS#8, OpenSSH, PuTTY), keystores
(PKCS#12, JKS, JCEKS), JSON Web Keys, age identities, public keys, certificates, requests. Folders are
read with all below them; links in them are not followed. A certificate joins its key; a public key or
certificate without its private half becomes an entry that is held elsewhere. Nothing is half brought
in: each key is stored, read back and compared. The files stay where they are.

Passphrases of the files come on --input-passphrase-fd, one a line; each is tried on each. What cannot
be read is refused with the reason, and the rest is brought in; the exit code is then 4.

With --remove-files a file that holds private keys is removed once all it holds was brought in, read back
from its store and compared, and nothing else stands in it; otherwise it stays, and why is said. What goes
with it (comments, members that describe a JSON Web Key) is said by --dry-run --remove-files. A disk that
copies on write or keeps a journal may hold its old blocks for a while.

Examples:
  keystead import ~/.ssh --dry-run
  keystead import server.p12 --input-passphrase-fd 3 3<passphrases
  keystead import fullchain.pem privkey.pem --json
  keystead import ~/.ssh/id_ed25519 --remove-files
  pass show old-key | keystead import -")]
pub(super) struct ImportArgs {
    /// Files and folders; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read passphrases of the files from this file descriptor, one a line
    #[arg(long, value_name = "N")]
    input_passphrase_fd: Option<u32>,
    /// Show what would be brought in, and bring in nothing; needs no inventory
    #[arg(long)]
    dry_run: bool,
    /// Remove each file whose private keys were brought in, read back and compared
    #[arg(long)]
    remove_files: bool,
}

/// One object that was found.
#[derive(Serialize)]
struct ObjectFacts<'a> {
    path: &'a str,
    place: String,
    kind: &'static str,
    algorithm: Option<String>,
    outcome: &'static str,
    reason: &'a str,
    name: Option<&'a str>,
    spki_sha256: Option<Digest>,
    /// Its file was removed.
    removed: bool,
    /// Why its file stays, though it was to be removed.
    stays: Option<&'a str>,
}

/// Brings in what the paths hold.
pub(super) fn run(args: &ImportArgs, common: &Common) -> Ends {
    let passphrases = match args.input_passphrase_fd {
        Some(number) => several_from_descriptor(number, "--input-passphrase")?,
        None => Vec::new(),
    };
    let sources = args.sources()?;
    if args.dry_run {
        return rehearse(&sources, &passphrases, args.remove_files, common);
    }
    let session = Session::work(common)?;
    let watch = Watch::begin("Brought in");
    let mut reading = read(&sources, &passphrases, &watch);
    let now = session.custodian.now();
    // The inventory is read while nothing else can be appended, so a copy is compared.
    let inventory = session.custodian.read(Inventory::clone);
    reading.compare(&inventory, now);
    let (outcome, ended) = session.custodian.import(&reading, &reading.choices(), &watch)?;
    let removals = if args.remove_files && outcome.cancelled.is_none() {
        let paths = files_of(&reading).into_iter().take_while(|_| !watch.cancelled());
        paths.map(|path| session.custodian.remove_loose(&reading, path)).collect()
    } else {
        Vec::new()
    };
    session.close();
    show(&reading, &ended, &removals, common)?;
    if let Some((done, total)) = outcome.cancelled {
        say(&format!("Cancelled: {done} of {total} were brought in."));
    }
    say_removed(&removals);
    Ok(if removals.iter().any(|removal| removal.kept.is_some()) { End::Refused } else { end(&ended) })
}

/// The files that hold private keys, each once.
fn files_of(reading: &Reading) -> Vec<&str> {
    let mut paths: Vec<&str> = reading.objects.iter().filter(|object| object.is_private()).map(|object| &*object.path).collect();
    paths.retain(|path| *path != PASTED);
    paths.dedup();
    paths
}

fn say_removed(removals: &[Removal]) {
    let (stayed, removed): (Vec<&Removal>, Vec<&Removal>) = removals.iter().partition(|removal| removal.kept.is_some());
    if !removed.is_empty() {
        say(&format!("Removed: {}. {OLD_BLOCKS}", counted(removed.len(), "file", "files")));
    }
    for removal in stayed {
        say(&format!("{}: {}", shown(&removal.path), shown(removal.kept.as_deref().unwrap_or_default())));
    }
}

/// What would go with a file that is removed, or keeps it.
fn say_beside(reading: &Reading) {
    for object in &reading.objects {
        match &object.beside {
            Beside::NotKept(what) => say(&format!("{}: {what}", shown(&object.path))),
            Beside::Other(why) => say(&format!("{}: {why} The file would stay.", shown(&object.path))),
            Beside::Nothing => {}
        }
    }
}

/// Shows what would become of each object.
fn rehearse(sources: &[Source], passphrases: &[Passphrase], remove: bool, common: &Common) -> Ends {
    let mut reading = read(sources, passphrases, &Watch::begin("Read"));
    let environment = environment(common)?;
    let now: Time = (environment.clock)();
    match Custodian::open(environment) {
        Ok(custodian) => {
            let inventory = custodian.read(Inventory::clone);
            reading.compare(&inventory, now);
        }
        Err(CustodianError::NoInventory(_)) => reading.compare(&Inventory::default(), now),
        Err(error) => return Err(error.into()),
    }
    let ended: Vec<Ended> = reading.objects.iter().map(would_end).collect();
    show(&reading, &ended, &[], common)?;
    if remove {
        say_beside(&reading);
    }
    if !common.json {
        say("Nothing was brought in: this was a rehearsal.");
    }
    Ok(end(&ended))
}

fn would_end(object: &Object) -> Ended {
    let (outcome, reason) = match &object.verdict {
        Verdict::New => ("imported", object.warnings.join(" ")),
        Verdict::NewElsewhere => ("imported", "Its private half is held elsewhere.".into()),
        Verdict::Completes(_) => ("imported", "It joins the entry that was held elsewhere.".into()),
        Verdict::Certifies(_) => ("imported", "It is the certificate of its key.".into()),
        Verdict::Present { why, .. } => ("present", why.clone()),
        Verdict::Refused(reason) => ("refused", reason.clone()),
    };
    let name = object.verdict.acts().then(|| object.name.clone());
    Ended { outcome, reason, name, key: None }
}

/// What was refused is the gravest end.
fn end(ended: &[Ended]) -> End {
    if ended.iter().any(|one| one.outcome == "refused") { End::Refused } else { End::Done }
}

fn show(reading: &Reading, ended: &[Ended], removals: &[Removal], common: &Common) -> Result<(), Failure> {
    let of = |object: &Object| removals.iter().find(|removal| removal.path == object.path);
    let both = reading.objects.iter().zip(ended);
    let facts: Vec<ObjectFacts> = both.map(|(object, ended)| facts(object, ended, of(object))).collect();
    if common.json {
        return json(&facts);
    }
    if facts.is_empty() {
        return line("Nothing that is known lies there.");
    }
    let mut table = Table::new(["Outcome", "Kind", "Algorithm", "Name", "Where"]);
    for (one, object) in facts.iter().zip(&reading.objects) {
        let place = format!("{} ({})", one.path, object.place);
        let (algorithm, name) = (one.algorithm.clone().unwrap_or_default(), one.name.unwrap_or_default().to_owned());
        table.row([one.outcome.to_owned(), object.kind.name().to_owned(), algorithm, name, place]);
    }
    table.print()?;
    for one in facts.iter().filter(|one| !one.reason.is_empty()) {
        say(&format!("{} ({}): {}", shown(one.path), one.place, shown(one.reason)));
    }
    Ok(())
}

fn facts<'a>(object: &'a Object, ended: &'a Ended, removal: Option<&'a Removal>) -> ObjectFacts<'a> {
    ObjectFacts {
        path: &object.path,
        place: object.place.to_string(),
        kind: object.kind.id(),
        algorithm: object.algorithm.map(|algorithm| algorithm.id().to_string()),
        outcome: ended.outcome,
        reason: &ended.reason,
        name: ended.name.as_deref(),
        spki_sha256: object.spki_sha256,
        removed: removal.is_some_and(|removal| removal.kept.is_none()),
        stays: removal.and_then(|removal| removal.kept.as_deref()),
    }
}

impl ImportArgs {
    fn sources(&self) -> Result<Vec<Source>, Failure> {
        let from = |path: &PathBuf| {
            if path.as_os_str() == "-" {
                return standard_input().map(Source::Pasted);
            }
            Ok(Source::Path(path.clone()))
        };
        self.paths.iter().map(from).collect()
    }
}

/// What comes on standard input, up to the size of a file.
pub(super) fn standard_input() -> Result<SecretBytes, Failure> {
    use std::io::Read as _;
    let limit = crate::custodian::import::LARGEST;
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(1 << 20));
    let read = std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|cause| Failure::failed(format!("Standard input cannot be read: {cause}.")))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::wrong_use(format!("Standard input holds more than {limit} bytes.")));
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}
