//! What can have happened. The audit log is a list of these; the inventory is their replay.

use serde::{Deserialize, Serialize};

use super::agent::{AgentUse, Asker, SignedFor};
use super::alert::Quiet;
use super::backup::Backup;
use super::certificate::{CertificateFacts, RequestProfile};
use super::handover::Format;
use super::ids::{BackupId, Digest, InstallationId, InventoryId, KeyId, OperationId};
use super::intent::{Edit, Intent, NewKey, VersionRef};
use super::issued::Issuer;
use super::origin::{Held, Identity};
use super::policy::{Overrides, Policy};
use super::purpose::Purpose;
use super::recipient::Recipient;
use super::revocation::RevocationReason;
use super::server::{Address, Sighting};
use super::signature::SignatureForm;
use super::store::Store;
use super::time::Time;
use super::transition::Transition;

/// The form of a record that this program writes, and the newest it reads.
pub const RECORD_VERSION: u16 = 1;

/// Events that happened together: one line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The form of the record.
    pub v: u16,
    /// Counted from 1 without gaps.
    pub seq: u64,
    /// When, never before the record ahead of it (but after a `ClockCorrected`).
    pub time: Time,
    /// Who, as the system names the person.
    pub actor: String,
    /// On which installation of the program.
    pub installation: InstallationId,
    /// Of which inventory.
    pub inventory: InventoryId,
    /// What.
    pub events: Vec<Event>,
    /// Where its line begins in the log, in bytes; known to the reader, not written.
    #[serde(skip)]
    pub offset: u64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The first event of every log.
    InventoryCreated {
        /// The name of the store chosen first.
        home: Box<str>,
    },
    /// A store can be used from here on.
    StoreAdded(Store),
    /// What was in a store now lies in another kind of store under the same name, as after a recovery, or its token
    /// has another serial number or module.
    StoreMoved(Store),
    /// A store in which no key lies any more is not used from here on.
    StoreRemoved {
        /// Its name.
        name: Box<str>,
    },
    /// A token that is no store was made anew: whatever was in it is gone.
    TokenInitialised {
        /// Its label.
        label: Box<str>,
        /// Its serial number.
        serial: Box<str>,
        /// Its label before, where it was not blank.
        before: Option<Box<str>>,
    },
    /// An operation is about to touch a store or to write a file outside.
    Begun {
        /// Named anew for each.
        operation: OperationId,
        /// All that is needed to complete or undo it.
        intent: Intent,
    },
    /// The operation did all it said, read back and compared.
    Done {
        /// Which.
        operation: OperationId,
    },
    /// The operation did nothing, or what it did was undone.
    Failed {
        /// Which.
        operation: OperationId,
        /// Why.
        reason: String,
    },
    /// Keys whose private halves are not in any store of this inventory are known from here on.
    KeysNoted {
        /// All that is known of them.
        keys: Vec<NewKey>,
    },
    /// The private half of a version lies elsewhere than was known: in another file, in a file that
    /// changed, or no longer in one that is watched.
    HeldChanged {
        /// Of which version; its private half is in no store of this inventory.
        version: VersionRef,
        /// Where it is from here on; never here.
        held: Held,
    },
    /// The tracked file of a version was opened: which key it is, is known from here on.
    VersionIdentified {
        /// Which version; it had no public half so far.
        version: VersionRef,
        /// What it is.
        identity: Box<Identity>,
    },
    /// What describes a key was changed.
    KeyEdited {
        /// Which key.
        key: KeyId,
        /// The new values.
        edit: Edit,
    },
    /// Public halves were written to a file without naming a recipient.
    Exported {
        /// Which versions.
        versions: Vec<VersionRef>,
        /// In which form.
        format: Format,
    },
    /// Something was given to a recipient.
    HandedOver {
        /// What.
        version: VersionRef,
        /// To whom.
        recipient: Box<str>,
        /// In which form.
        format: Format,
        /// When.
        at: Time,
        /// Made outside this program and only recorded here.
        elsewhere: bool,
    },
    /// A certificate request was made.
    Requested {
        /// Of which version.
        version: VersionRef,
        /// With this subject, these names and usages.
        profile: Box<RequestProfile>,
    },
    /// The certificate of a version came back.
    CertificateAttached {
        /// Of which version.
        version: VersionRef,
        /// What it says.
        certificate: Box<CertificateFacts>,
        /// The key server that issued it; `None` for one that a person brought.
        #[serde(default)]
        issuer: Option<Box<Issuer>>,
    },
    /// The server that issued a certificate of a version says that it is revoked.
    CertificateRevoked {
        /// Of which version.
        version: VersionRef,
        /// Which certificate.
        issuer: Box<Issuer>,
        /// Since when, by the server's clock.
        at: Time,
    },
    /// The life of a version took a turn.
    Transitioned {
        /// Of which version.
        version: VersionRef,
        /// Which turn.
        transition: Transition,
        /// Why, in the person's words; may be empty.
        reason: String,
    },
    /// A version was revoked: it is compromised or deactivated from then on.
    Revoked {
        /// Which version.
        version: VersionRef,
        /// Why.
        reason: RevocationReason,
        /// Compromised since, as far as is known.
        since: Option<Time>,
        /// More about it, in the person's words; may be empty.
        note: String,
    },
    /// A file was signed.
    Signed {
        /// With which version.
        version: VersionRef,
        /// In which form.
        form: SignatureForm,
        /// SHA-256 of the file.
        file: Digest,
        /// SHA-256 of the signature, as it lies beside the file.
        signature: Digest,
    },
    /// The SSH agent offers a key from here on, or no longer.
    AgentSet {
        /// Which key.
        key: KeyId,
        /// How; `None` for no longer.
        usage: Option<AgentUse>,
    },
    /// The SSH agent signed.
    AgentSigned {
        /// With which version.
        version: VersionRef,
        /// Who asked.
        asker: Asker,
        /// What for.
        purpose: SignedFor,
    },
    /// A holder was told of a revocation.
    NoticeSent {
        /// Of which version.
        version: VersionRef,
        /// Who was told.
        recipient: Box<str>,
    },
    /// Revocation notices are signed with this key from here on.
    NoticeKeyChosen {
        /// Which key; `None` for one that is made for the next notice.
        key: Option<KeyId>,
    },
    /// A holder no longer needs a key, so that nothing is due to it.
    DeliveryDropped {
        /// Which key.
        key: KeyId,
        /// Who.
        recipient: Box<str>,
        /// Why, in the person's words; may be empty.
        reason: String,
    },
    /// Every key of a purpose has another policy from here on.
    PolicySet {
        /// Which purpose.
        purpose: Purpose,
        /// The whole policy.
        policy: Box<Policy>,
    },
    /// A key has figures of its own instead of its purpose's.
    KeyPolicySet {
        /// Which key.
        key: KeyId,
        /// All of them; empty when it has the purpose's again.
        overrides: Box<Overrides>,
    },
    /// An alert is not to be shown among the open ones.
    AlertQuieted {
        /// Of which key; `None` for one of the inventory as a whole.
        key: Option<KeyId>,
        /// Which alert.
        quiet: Quiet,
    },
    /// A quieted alert is to be shown again.
    AlertReopened {
        /// Of which key.
        key: Option<KeyId>,
        /// What about: the word of its kind.
        kind: Box<str>,
        /// Which of several of its kind, such as a server.
        #[serde(default)]
        subject: Box<str>,
    },
    /// A server is looked at from here on.
    ServerAdded {
        /// Which.
        address: Address,
    },
    /// A server is not looked at any more.
    ServerRemoved {
        /// Which.
        address: Address,
    },
    /// A person looked at a server that is remembered; what it shows later is held against this.
    ServerSeen {
        /// What was found.
        sighting: Box<Sighting>,
    },
    /// A recipient is in the address book from here on, or is there with other facts: those of this name are replaced whole.
    RecipientSet {
        /// All that is known of it.
        recipient: Box<Recipient>,
    },
    /// A recipient is not in the address book any more; what was given to it stays on record.
    RecipientRemoved {
        /// Its name.
        name: Box<str>,
    },
    /// What was due was looked for and carried out, without anybody asking.
    DueRun {
        /// Versions that were made.
        rotated: u32,
        /// Versions whose waiting time was over and that were destroyed.
        destroyed: u32,
        /// Keys that wait, and for what.
        waiting: u32,
    },
    /// Secrets were opened.
    Unlocked,
    /// Secrets were dropped from memory.
    Locked,
    /// The home store's passphrase was changed.
    PassphraseChanged,
    /// Recovery copies under a recovery passphrase exist from here on.
    RecoveryMade,
    /// A person chose to have no recovery copies.
    RecoveryDeclined,
    /// The inventory was saved elsewhere as a whole.
    BackupMade {
        /// Where, in the person's words.
        place: String,
        /// What is known of it; `None` where a person only noted a copy of the folder.
        #[serde(default)]
        backup: Option<Box<Backup>>,
    },
    /// A backup is written beside its place, read back and compared; it is about to be moved there.
    BackupSealed {
        /// The operation that makes it.
        operation: OperationId,
        /// All that is known of it, with its digest.
        backup: Box<Backup>,
    },
    /// A backup that something was merged from, and that was not known here so far.
    BackupKnown {
        /// What is known of it; its `covers` counts the records of this log.
        backup: Box<Backup>,
    },
    /// From so many days on a backup is called old.
    BackupAgeSet {
        /// Days, at least one.
        days: u32,
    },
    /// A backup was opened, and everything in it was as it should be.
    BackupRehearsed {
        /// Which.
        backup: BackupId,
    },
    /// This inventory came out of a backup. What was there before was put aside.
    Restored {
        /// The backup.
        backup: Box<Backup>,
        /// The record that the anchor named of the log that was put aside.
        anchored: Option<u64>,
        /// Versions whose private half was in a store when the backup was made, and is not in the backup.
        absent: Vec<VersionRef>,
    },
    /// A person set the floor of the clock back.
    ClockCorrected {
        /// The floor before.
        from: Time,
        /// The floor after.
        to: Time,
        /// Why.
        reason: String,
    },
    /// A person went on from a log that was damaged, cut or older than its anchor.
    HistoryAccepted {
        /// The last record that was good.
        found: u64,
        /// The record that the anchor names, if there was an anchor.
        anchored: Option<u64>,
        /// Why.
        reason: String,
    },
    /// A folder that another installation wrote last goes on here.
    TakenOver {
        /// That installation.
        from: InstallationId,
    },
}

impl Event {
    /// Somebody asked for it. The others come by themselves, also where nobody looks at the clock.
    pub const fn is_asked_for(&self) -> bool {
        !matches!(
            self,
            Self::Unlocked
                | Self::Locked
                | Self::DueRun { .. }
                | Self::TakenOver { .. }
                | Self::AgentSigned { .. }
                | Self::Done { .. }
                | Self::Failed { .. }
                | Self::Begun { intent: Intent::Rotate { by_itself: true, .. }, .. }
        )
    }
}
