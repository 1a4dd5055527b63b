//! The table itself: a row for each action.

use super::turn::Step;
use super::{Action, Entry, Needs, Shortcut};
use crate::model::Turn;

#[expect(clippy::unnecessary_wraps, reason = "so that the table reads as a table")]
const fn ctrl(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut { ctrl: true, shift: false, key })
}

#[expect(clippy::unnecessary_wraps, reason = "so that the table reads as a table")]
const fn ctrl_shift(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut { ctrl: true, shift: true, key })
}

const fn entry(
    action: Action,
    name: &'static str,
    icon: &'static str,
    shortcut: Option<Shortcut>,
    needs: Needs,
    tooltip: &'static str,
) -> Entry {
    Entry { action, name, icon, shortcut, tooltip, needs }
}

const fn turn(turn: Turn) -> Needs {
    Needs::Step(Step::Turn(turn))
}

/// Every action, in the order the palette shows them.
pub const TABLE: &[Entry] = {
    use Action as A;
    use Needs as N;
    &[
        entry(A::NewKey, "New key", "plus", ctrl("N"), N::Change, "Make a key for a purpose."),
        entry(
            A::MakeMany,
            "Make many keys",
            "list-plus",
            ctrl_shift("N"),
            N::Change,
            "Make keys from a list of names or a pattern.",
        ),
        entry(A::Import, "Import", "sign-in", ctrl("I"), N::Change, "Bring in keys and certificates that lie in files."),
        entry(A::ExportPublic, "Export public key", "export", ctrl("E"), N::Selection, "Save public halves to a file."),
        entry(
            A::ExportPrivate,
            "Export private key",
            "export",
            ctrl_shift("X"),
            N::ChangeSelection,
            "Save private halves to a file, under a passphrase.",
        ),
        entry(
            A::MakeRequest,
            "Make a certificate request",
            "certificate",
            ctrl("R"),
            N::OneProvesPossession,
            "Save a PKCS#10 request to a file.",
        ),
        entry(
            A::AttachCertificate,
            "Attach a certificate",
            "seal-check",
            ctrl_shift("A"),
            N::ChangeOne,
            "Take in the certificate that came back.",
        ),
        entry(
            A::ShowCertificate,
            "Show the certificate",
            "certificate",
            ctrl_shift("I"),
            N::OneCertified,
            "See it whole: names, usages, chain, trust and fingerprints.",
        ),
        entry(
            A::RecordHandOver,
            "Record a hand-over",
            "paper-plane",
            ctrl_shift("H"),
            N::ChangeOne,
            "Note what was given to someone elsewhere.",
        ),
        entry(
            A::EditKeys,
            "Edit",
            "pencil",
            Some(Shortcut { ctrl: false, shift: false, key: "F2" }),
            N::ChangeSelection,
            "Change name, owner, tags, warnings or note.",
        ),
        entry(
            A::KeyPolicy,
            "Policy of the key",
            "list-checks",
            ctrl_shift("P"),
            N::ChangeSelection,
            "Give keys figures of their own, or their purpose's again.",
        ),
        entry(A::Activate, "Activate", "play", None, turn(Turn::Activate), "Let the key be used from now or from a date."),
        entry(A::Suspend, "Suspend", "pause", ctrl_shift("S"), turn(Turn::Suspend), "Hold the key for a while."),
        entry(A::Resume, "Resume", "play", ctrl_shift("U"), turn(Turn::Resume), "Let a suspended key be used again."),
        entry(A::Deactivate, "Deactivate", "square", None, turn(Turn::Deactivate), "End the use of the key, for good."),
        entry(A::Extend, "Extend", "calendar", ctrl_shift("E"), turn(Turn::Extend), "Move the expiry of the key."),
        entry(A::Rotate, "Rotate", "rotate", ctrl("T"), N::Step(Step::Rotate), "Make a new version in place of the current one."),
        entry(
            A::Revoke,
            "Revoke",
            "prohibit",
            ctrl_shift("R"),
            N::Step(Step::Revoke),
            "Take the key out of use, with a reason to tell.",
        ),
        entry(
            A::Destroy,
            "Destroy",
            "trash",
            Some(Shortcut { ctrl: false, shift: false, key: "Delete" }),
            N::Step(Step::Destroy),
            "Remove the private half for good.",
        ),
        entry(A::KeepKey, "Keep the key", "undo", None, N::Step(Step::Keep), "Cancel the planned destruction."),
        entry(
            A::Deliveries,
            "Deliveries",
            "paper-plane",
            ctrl_shift("L"),
            N::Step(Step::Deliveries),
            "See who still has to get the new version.",
        ),
        entry(
            A::SpreadRotations,
            "Spread rotations",
            "calendar",
            None,
            N::Change,
            "Let rotations of busy weeks come earlier, in calmer ones.",
        ),
        entry(
            A::TellHolders,
            "Tell holders",
            "paper-plane",
            ctrl_shift("T"),
            N::Step(Step::Tell),
            "Save the notice of a revocation, and tick off who was told.",
        ),
        entry(
            A::CopyFingerprint,
            "Copy SPKI fingerprint",
            "copy",
            ctrl_shift("C"),
            N::One,
            "Copy the SHA-256 of the public key.",
        ),
        entry(A::CopySshFingerprint, "Copy SSH fingerprint", "copy", None, N::One, "Copy what ssh-keygen -l shows."),
        entry(A::CopyPublicKey, "Copy public key", "copy", None, N::One, "Copy the public half as PEM."),
        entry(A::Undo, "Undo", "undo", ctrl("Z"), N::UndoStack, "Take back the last edit."),
        entry(A::Search, "Search", "magnifier", ctrl("F"), N::Inventory, "Find keys by name, owner, tag or fingerprint."),
        entry(A::Palette, "Commands", "command", ctrl("K"), N::Nothing, "Find any command by its name."),
        entry(A::SelectAll, "Select all", "check-square", ctrl("A"), N::Inventory, "Select every key shown."),
        entry(A::Lock, "Lock", "lock", ctrl("L"), N::Inventory, "Drop every secret from memory and hide the content."),
        entry(A::Unlock, "Unlock", "lock-open", None, N::Locked, "Open the home store."),
        entry(A::ShowInventory, "Inventory", "key", ctrl("1"), N::Inventory, "See every key."),
        entry(A::ShowTimeline, "Timeline", "timeline", ctrl("2"), N::Inventory, "See when keys start and end."),
        entry(A::ShowAlerts, "Alerts", "bell", ctrl("3"), N::Inventory, "See what needs attention."),
        entry(A::ShowHandOvers, "Hand-overs", "paper-plane", ctrl("4"), N::Inventory, "See who holds what."),
        entry(A::ShowLog, "Audit log", "scroll", ctrl("5"), N::Inventory, "See everything that was done."),
        entry(A::ShowStores, "Stores", "vault", ctrl("6"), N::Inventory, "See where keys lie."),
        entry(
            A::Discover,
            "Discover",
            "folder-open",
            None,
            N::Inventory,
            "Find keys, certificates and keystores that lie in folders, with their risks.",
        ),
        entry(
            A::ShowPolicies,
            "Policies",
            "list-checks",
            ctrl("7"),
            N::Inventory,
            "See and set what holds for the keys of each purpose.",
        ),
        entry(
            A::ShowServers,
            "Servers",
            "plugs-connected",
            ctrl("8"),
            N::Inventory,
            "See what servers show, and which of your keys stands where.",
        ),
        entry(A::AddServers, "Add servers", "plus", None, N::Change, "Look at servers from now on, one or many."),
        entry(A::ProbeServers, "Probe all servers", "rotate", None, N::Inventory, "Look at every server now."),
        entry(A::ShowSettings, "Settings", "gear", ctrl("Comma"), N::Nothing, "Appearance, lock, passphrase, folder."),
        entry(A::VerifyLog, "Verify the log", "shield-check", None, N::Inventory, "Check every record of the audit log."),
        entry(A::ExportLog, "Export the log", "download", None, N::Inventory, "Save the log as CSV or RON."),
        entry(A::SaveTimeline, "Save the timeline", "download", None, N::Inventory, "Save the timeline as SVG or PNG."),
        entry(A::ExportHandOvers, "Export the hand-overs", "download", None, N::Inventory, "Save the hand-overs as CSV."),
        entry(
            A::ChangePassphrase,
            "Change the passphrase",
            "password",
            None,
            N::Change,
            "Put the home store under another passphrase.",
        ),
        entry(
            A::MakeRecovery,
            "Make recovery copies",
            "lifebuoy",
            None,
            N::Change,
            "Keep a copy of each secret under a recovery passphrase.",
        ),
        entry(
            A::ChooseNoticeKey,
            "Choose the notice key",
            "signature",
            None,
            N::Change,
            "Say which key signs notices of revocation.",
        ),
        entry(A::BackUp, "Back up", "archive", ctrl_shift("B"), N::Change, "Save the whole inventory to one encrypted file."),
        entry(
            A::Restore,
            "Restore from a backup",
            "lifebuoy",
            ctrl_shift("O"),
            N::Inventory,
            "Rehearse a backup, merge it, or put it in the place of this inventory.",
        ),
        entry(A::NoteBackup, "Note a backup", "archive", None, N::Change, "Note that the folder was copied to a safe place."),
        entry(
            A::AcceptHistory,
            "Go on from a damaged log",
            "warning",
            None,
            N::DamagedLog,
            "Go on from the last good record, on record.",
        ),
        entry(A::CorrectClock, "Correct the clock", "clock", None, N::Change, "Set the floor of the clock to now, on record."),
        entry(A::SwitchTheme, "Switch light and dark", "moon", ctrl_shift("D"), N::Nothing, "Light, dark, or as the system."),
        entry(A::ZoomIn, "Larger", "zoom-in", ctrl("Plus"), N::Nothing, "Show everything larger."),
        entry(A::ZoomOut, "Smaller", "zoom-out", ctrl("Minus"), N::Nothing, "Show everything smaller."),
        entry(A::ZoomReset, "Usual size", "magnifier", ctrl("0"), N::Nothing, "Show everything as large as shipped."),
        entry(
            A::ShowShortcuts,
            "Shortcuts",
            "keyboard",
            Some(Shortcut { ctrl: false, shift: false, key: "F1" }),
            N::Nothing,
            "Show every shortcut.",
        ),
        entry(A::Quit, "Quit", "x", ctrl("Q"), N::Nothing, "Close the window."),
    ]
};
