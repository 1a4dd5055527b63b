//! The grammar of the command line. Scripts rely on it: words are added, never changed.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

use crate::model::Purpose;

use super::words::{AlgorithmWord, FormatWord, PurposeWord, RequestFormatWord, StoreWord};

const EXAMPLES: &str = "Examples:
  keystead                                           open the window
  keystead init --store files                        make an inventory of encrypted files
  keystead generate api.example.com --purpose tls-server
  keystead request api.example.com --subject CN=api.example.com --dns api.example.com --out api.csr
  keystead list expires<30d
  keystead export deploy --format openssh --to build-server --out deploy.pub

Exit codes: 0 done, 1 found something, 2 wrong use, 3 failed, 4 refused by state or policy.";

/// One inventory of every cryptographic key: its state, its expiry and who holds it. Without a
/// command the window opens.
#[derive(Parser)]
#[command(name = "keystead", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do; the window opens without one.
    #[command(subcommand)]
    pub command: Option<Cmd>,
}

/// What holds for every command.
#[derive(Args)]
pub struct Common {
    /// The inventory folder; otherwise the one `KEYSTEAD_INVENTORY` names, or `keystead` in the data folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub inventory: Option<PathBuf>,
    /// Read the passphrase from this open file descriptor; one final newline is dropped.
    #[arg(long, global = true, value_name = "N", conflicts_with = "passphrase_file")]
    pub passphrase_fd: Option<u32>,
    /// Read the passphrase from this file; one final newline is dropped.
    #[arg(long, global = true, value_name = "PATH")]
    pub passphrase_file: Option<PathBuf>,
    /// Print facts as JSON (assets/schemas).
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Subcommand)]
pub enum Cmd {
    /// Make a new inventory.
    Init(Init),
    /// The stores in which private halves lie.
    #[command(subcommand)]
    Store(StoreCmd),
    /// Open a copied inventory folder with its passphrase alone.
    Recover {
        /// The copied folder.
        dir: PathBuf,
    },
    /// The passphrase of the home store.
    #[command(subcommand)]
    Passphrase(PassphraseCmd),
    /// Make keys.
    Generate(Generate),
    /// List the keys that fit a filter.
    List {
        /// What the search field takes: words, and terms such as `state:active`, `tag:prod`, `expires<30d`, `is:attention`; all must hold.
        filter: Vec<String>,
    },
    /// Show everything known of a key.
    Show {
        /// The key: a name or an id.
        key: String,
        /// This version instead of the current one.
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
    },
    /// List what wants attention, most urgent first; exit code 1 if anything does.
    Alerts,
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCmd),
    /// Change what describes keys.
    Edit(Edit),
    /// Save public halves.
    Export(Export),
    /// Make a certificate request (PKCS#10).
    Request(MakeRequest),
    /// Attach the certificate that came back.
    Attach {
        /// The key: a name or an id.
        key: String,
        /// The certificate, PEM or DER.
        certificate: PathBuf,
        /// This version instead of the current one.
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
    },
    /// Who holds what.
    #[command(subcommand)]
    Handover(HandoverCmd),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
    /// For measuring and testing.
    #[command(subcommand, hide = true)]
    Dev(DevCmd),
}

/// Make a new inventory.
#[derive(Args)]
pub struct Init {
    /// Where private halves are to lie.
    #[arg(long, value_enum)]
    pub store: StoreWord,
    /// Keychain homes: read the recovery passphrase from this open file descriptor.
    #[arg(long, value_name = "N", conflicts_with = "recovery_passphrase_file")]
    pub recovery_passphrase_fd: Option<u32>,
    /// Keychain homes: read the recovery passphrase from this file.
    #[arg(long, value_name = "PATH")]
    pub recovery_passphrase_file: Option<PathBuf>,
    /// Keys in the keychain: keep no recovery copies. An alert stands until a backup exists.
    #[arg(long)]
    pub no_recovery: bool,
}

/// The stores.
#[derive(Subcommand)]
pub enum StoreCmd {
    /// List them with their kind and how many keys they hold.
    List,
}

/// The passphrase.
#[derive(Subcommand)]
pub enum PassphraseCmd {
    /// Put the home store under another passphrase; the old one opens until the new one was proven.
    Change {
        /// Read the new passphrase from this open file descriptor.
        #[arg(long, value_name = "N", conflicts_with = "new_passphrase_file")]
        new_passphrase_fd: Option<u32>,
        /// Read the new passphrase from this file.
        #[arg(long, value_name = "PATH")]
        new_passphrase_file: Option<PathBuf>,
    },
}

/// Make keys.
#[derive(Args)]
#[command(group = ArgGroup::new("many").args(["count", "names_file"]))]
pub struct Generate {
    /// The name; with --count the pattern of the names, in which `{n}` or `{n:3}` stands for the number.
    #[arg(required_unless_present = "names_file")]
    pub name: Option<String>,
    /// What it is for; sets algorithm, cryptoperiod and warning times unless they are given.
    #[arg(long, value_enum, default_value_t = PurposeWord(Purpose::Custom), value_name = "P")]
    pub purpose: PurposeWord,
    /// The algorithm.
    #[arg(long, value_enum, value_name = "A")]
    pub algorithm: Option<AlgorithmWord>,
    /// The end of its cryptoperiod: RFC 3339, 2027-03-15, a span like 90d, or `never`.
    #[arg(long, value_name = "DATE")]
    pub expires: Option<String>,
    /// A tag; may be given several times.
    #[arg(long = "tag", value_name = "T")]
    pub tags: Vec<String>,
    /// Who answers for it.
    #[arg(long, value_name = "O", default_value = "")]
    pub owner: String,
    /// Days before expiry at which to warn: 30,14,7.
    #[arg(long, value_name = "DAYS", value_delimiter = ',')]
    pub warn_days: Option<Vec<u32>>,
    /// The store, by its name or kind; otherwise the home store.
    #[arg(long, value_name = "S")]
    pub store: Option<String>,
    /// Make so many, with numbered names.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: Option<u32>,
    /// Make one for each line of this file.
    #[arg(long, value_name = "FILE")]
    pub names_file: Option<PathBuf>,
}

/// The audit log.
#[derive(Subcommand)]
pub enum AuditCmd {
    /// Verify every record; exit code 1 if the log is not whole.
    Verify,
    /// Show the records, newest first.
    Show {
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 100)]
        last: usize,
        /// Only records in whose sentences, actor or number this text appears.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
    },
}

/// Change what describes keys.
#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "owner", "add_tags", "remove_tags", "note", "warn_days"]))]
pub struct Edit {
    /// The keys: names or ids.
    #[arg(required = true, value_name = "KEY")]
    pub keys: Vec<String>,
    /// Its new name; for a single key.
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// Who answers for them.
    #[arg(long, value_name = "O")]
    pub owner: Option<String>,
    /// A tag to add; may be given several times.
    #[arg(long = "add-tag", value_name = "T")]
    pub add_tags: Vec<String>,
    /// A tag to remove; may be given several times.
    #[arg(long = "remove-tag", value_name = "T")]
    pub remove_tags: Vec<String>,
    /// The note; never for secrets.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Days before expiry at which to warn: 30,14,7.
    #[arg(long, value_name = "DAYS", value_delimiter = ',')]
    pub warn_days: Option<Vec<u32>>,
}

/// Save public halves.
#[derive(Args)]
pub struct Export {
    /// The keys: names or ids. Several become one PEM, one OpenSSH file or one JWK set.
    #[arg(required = true, value_name = "KEY")]
    pub keys: Vec<String>,
    /// This version instead of the current one; for a single key.
    #[arg(long, value_name = "N")]
    pub key_version: Option<u32>,
    /// The form.
    #[arg(long, value_enum)]
    pub format: FormatWord,
    /// Where it goes, and for whom.
    #[command(flatten)]
    pub to: Destination,
}

/// Make a certificate request.
#[derive(Args)]
pub struct MakeRequest {
    /// The key: a name or an id.
    pub key: String,
    /// This version instead of the current one.
    #[arg(long, value_name = "N")]
    pub key_version: Option<u32>,
    /// The distinguished name (RFC 4514), such as `CN=a.example,O=X`; the one of the last request otherwise.
    #[arg(long, value_name = "DN")]
    pub subject: Option<String>,
    /// A DNS name; may be given several times, as the others below.
    #[arg(long, value_name = "N")]
    pub dns: Vec<String>,
    /// An IP address.
    #[arg(long, value_name = "A")]
    pub ip: Vec<String>,
    /// An email address.
    #[arg(long, value_name = "E")]
    pub email: Vec<String>,
    /// A uniform resource identifier.
    #[arg(long, value_name = "U")]
    pub uri: Vec<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = RequestFormatWord::Pem)]
    pub format: RequestFormatWord,
    /// Where it goes, and for whom.
    #[command(flatten)]
    pub to: Destination,
}

/// Where something is written, and for whom.
#[derive(Args)]
pub struct Destination {
    /// For whom; recorded as a hand-over.
    #[arg(long, value_name = "RECIPIENT")]
    pub to: Option<String>,
    /// The file, or `-` for standard output.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file if it exists, without asking.
    #[arg(long)]
    pub replace: bool,
}

/// Who holds what.
#[derive(Subcommand)]
pub enum HandoverCmd {
    /// Record a hand-over that was made elsewhere.
    Record {
        /// The key: a name or an id.
        key: String,
        /// This version instead of the current one.
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
        /// To whom.
        #[arg(long, value_name = "RECIPIENT")]
        to: String,
        /// What was given: spki-pem, spki-der, openssh, jwk, request-pem, request-der or certificate.
        #[arg(long, value_name = "F")]
        format: String,
        /// When: RFC 3339 or 2027-03-15; now otherwise.
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
    },
    /// List hand-overs, of a key or to a recipient.
    List {
        /// A key (name or id) or a recipient; everything otherwise.
        #[arg(value_name = "KEY|RECIPIENT")]
        of: Option<String>,
    },
}

/// For measuring and testing.
#[derive(Subcommand)]
pub enum DevCmd {
    /// Fill the inventory with synthetic keys.
    Fill {
        /// How many.
        count: u32,
        /// With real Ed25519 and P-256 secrets in the home store.
        #[arg(long)]
        with_secrets: bool,
    },
    /// Run one benchmark.
    Bench {
        /// Which.
        name: String,
    },
}
