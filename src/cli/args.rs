//! The grammar: commands, and the options that every command takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::passphrase::Source;
use super::{
    agent, alerts, attach, audit, backup, calendar, check, delivery, destroy, dev, discover, docs, edit, export, forecast,
    generate, handover, import, init, list, move_key, notice, policy, recipient, reconcile, restore, revoke, rotate, seal, show,
    sign, store, turn, unwrap, verify,
};
use crate::custodian::Opener;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  found something: alerts, damage in the log
  2  wrong use
  3  failed, also with a wrong passphrase
  4  refused by state or policy
`keystead check` has those of monitoring plug-ins: 0 well, 1 warning, 2 critical, 3 anything else.

KEY is a name or an id. DATE is RFC 3339 (2027-03-15T12:00:00Z), a day (2027-03-15) or a span from
now (90d, 18mo, 1y). Passphrases come from a descriptor, a file or a prompt, never from an argument;
one final newline is dropped.

Examples:
  keystead
  keystead init --store files
  keystead generate shop.example.com --purpose tls-server --expires 90d --tag prod
  keystead request shop.example.com --subject CN=shop.example.com --dns shop.example.com --out shop.csr
  keystead list state:active 'expires<30d'
  keystead rotate shop.example.com --overlap 30d
  keystead delivery list";

/// See every key, make one, hand out its public half.
///
/// Without a command it opens the window.
#[derive(Parser)]
#[command(name = "keystead", version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What every command takes.
#[derive(Args)]
pub(super) struct Common {
    /// The inventory folder [default: that of `KEYSTEAD_INVENTORY`, or keystead in the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(super) inventory: Option<PathBuf>,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
    #[command(flatten)]
    pub(super) openers: OpenerArgs,
    /// Print facts as JSON, by the schemas in assets/schemas
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(super) json: bool,
}

/// Where the passphrase of the inventory comes from; a prompt otherwise.
#[derive(Args)]
pub(super) struct PassphraseArgs {
    /// Read the inventory's passphrase from this file descriptor
    #[arg(long, global = true, value_name = "N", conflicts_with = "passphrase_file", help_heading = "Everywhere")]
    passphrase_fd: Option<u32>,
    /// Read the inventory's passphrase from this file
    #[arg(long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// Where it comes from.
    pub(super) fn source(&self) -> Source<'_> {
        Source { fd: self.passphrase_fd, file: self.passphrase_file.as_ref(), option: "--passphrase" }
    }

    /// A place was named.
    pub(super) fn is_given(&self) -> bool {
        self.passphrase_fd.is_some() || self.passphrase_file.is_some()
    }
}

/// Where what opens tokens and key servers comes from; a prompt otherwise.
#[derive(Args)]
#[cfg_attr(feature = "openbao", expect(clippy::struct_field_names, reason = "they are called as their options"))]
pub(super) struct OpenerArgs {
    /// Read the PIN of a token from this file descriptor, where one is needed
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    pub(super) pin_fd: Option<u32>,
    /// Read the token for a key server from this file descriptor, where one is needed
    #[cfg(feature = "openbao")]
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    token_fd: Option<u32>,
    /// Read the secret id of an AppRole from this file descriptor, where one is needed
    #[cfg(feature = "openbao")]
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    secret_id_fd: Option<u32>,
    /// Read the password at a key server from this file descriptor, where one is needed
    #[cfg(feature = "openbao")]
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    password_fd: Option<u32>,
}

impl OpenerArgs {
    /// The descriptor for each kind that was named.
    pub(super) fn given(&self) -> Vec<(Opener, u32)> {
        let all = [
            (Opener::Pin, self.pin_fd),
            #[cfg(feature = "openbao")]
            (Opener::Token, self.token_fd),
            #[cfg(feature = "openbao")]
            (Opener::SecretId, self.secret_id_fd),
            #[cfg(feature = "openbao")]
            (Opener::Password, self.password_fd),
        ];
        all.into_iter().filter_map(|(opener, fd)| Some((opener, fd?))).collect()
    }
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a new inventory
    Init(init::InitArgs),
    /// Add, look at, log in to, lock and remove the stores in which private halves lie
    Store(store::StoreArgs),
    /// Open a copied inventory folder with its passphrase alone
    Recover(init::RecoverArgs),
    /// Change the passphrase
    Passphrase(init::ChangeArgs),
    /// Make keys
    Generate(Box<generate::GenerateArgs>),
    /// Bring in keys and certificates that lie in files
    Import(import::ImportArgs),
    /// Find keys, certificates and keystores in folders, with their risks
    Discover(discover::DiscoverArgs),
    /// List keys, all or those that fit a filter
    List(list::ListArgs),
    /// Show all that is known of a key
    Show(show::ShowArgs),
    /// Show what wants attention; ends with 1 if something does
    Alerts(alerts::AlertsArgs),
    /// Save the whole inventory to one encrypted file
    Backup(backup::BackupArgs),
    /// Rehearse a backup, or bring it in
    Restore(restore::RestoreArgs),
    /// Verify or show the audit log
    Audit(audit::AuditArgs),
    /// Change name, owner, tags or note of keys
    Edit(edit::EditArgs),
    /// Write public keys to a file
    Export(export::ExportArgs),
    /// Write a certificate request to a file
    Request(Box<export::RequestArgs>),
    /// Take in the certificate of a key
    Attach(attach::AttachArgs),
    /// Have a key server's PKI engine issue a certificate, and take it in
    #[cfg(feature = "openbao")]
    Issue(Box<super::issue::IssueArgs>),
    /// Record or list what was handed over
    Handover(handover::HandoverArgs),
    /// Look at the address book of those who get keys, or change it
    Recipient(recipient::RecipientArgs),
    /// Let a version be used
    #[command(
        after_help = "Examples:\n  keystead activate deploy\n  keystead activate deploy --at 2027-01-01 --reason 'New year'"
    )]
    Activate(turn::TurnArgs),
    /// Hold a version for a while: it verifies and does not sign
    #[command(after_help = "Example:\n  keystead suspend deploy --reason 'The laptop is missing'")]
    Suspend(turn::TurnArgs),
    /// End the suspension of a version
    #[command(after_help = "Example:\n  keystead resume deploy --reason 'The laptop was found'")]
    Resume(turn::TurnArgs),
    /// End the use of a version; its public half goes on verifying
    #[command(after_help = "Examples:\n  keystead deactivate deploy\n  keystead deactivate deploy --at 2027-03-31")]
    Deactivate(turn::TurnArgs),
    /// Give a version a later end
    Extend(turn::ExtendArgs),
    /// Make new versions in place of old ones, or carry out what is due
    Rotate(rotate::RotateArgs),
    /// List or record who got the new version after a rotation
    Delivery(delivery::DeliveryArgs),
    /// Revoke a version, with the reason
    Revoke(revoke::RevokeArgs),
    /// Seal private keys to recipients, whose own tools alone open the file
    Seal(seal::SealArgs),
    /// Wrap a private key under another key of the inventory
    Wrap(seal::WrapArgs),
    /// Make a key of what was wrapped under a key of a token
    Unwrap(unwrap::UnwrapArgs),
    /// Sign a file
    Sign(sign::SignArgs),
    /// Verify a signature over a file: who signed, and in what state the key was
    Verify(verify::VerifyArgs),
    /// Answer as an SSH agent: keys sign where they lie
    Agent(agent::AgentArgs),
    /// Tell the holders of a revoked version, by a signed notice
    Notice(notice::NoticeArgs),
    /// Destroy a key after a waiting time, or at once
    Destroy(destroy::DestroyArgs),
    /// Show or change what holds for the keys of a purpose
    Policy(policy::PolicyArgs),
    /// Show what will come due, by week
    Forecast(forecast::ForecastArgs),
    /// Write the dates that lie ahead as a calendar
    Calendar(calendar::CalendarArgs),
    /// Look at servers: certificates and host keys
    #[cfg(feature = "network")]
    Probe(super::probe::ProbeArgs),
    /// Move the private half of a key to another store
    Move(move_key::MoveArgs),
    /// Hold stores against the inventory: what one has and the other has not
    Reconcile(reconcile::ReconcileArgs),
    /// Check how things stand, for monitoring
    Check(check::CheckArgs),
    /// Print completions for a shell
    Completions(docs::CompletionsArgs),
    /// Print the manual page, or write all of them to a folder
    Man(docs::ManArgs),
    /// Loads a PKCS#11 module for another process of Keystead
    #[cfg(feature = "pkcs11")]
    #[command(hide = true, name = crate::stores::pkcs11::WORKER)]
    Worker(store::WorkerArgs),
    /// For those who work on Keystead itself
    #[command(hide = true)]
    Dev(dev::DevArgs),
}

/// The first word that is no option is `check`, so that even wrong use ends as monitoring expects.
pub(super) fn is_check(arguments: impl Iterator<Item = OsString>) -> bool {
    let takes_value = |word: &OsString| {
        let options =
            ["--inventory", "--passphrase-fd", "--passphrase-file", "--pin-fd", "--token-fd", "--secret-id-fd", "--password-fd"];
        options.iter().any(|option| *word == *option)
    };
    let mut arguments = arguments;
    while let Some(word) = arguments.next() {
        if takes_value(&word) {
            arguments.next();
        } else if !word.to_string_lossy().starts_with('-') {
            return word == "check";
        }
    }
    false
}
