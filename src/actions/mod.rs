//! The one table of what a person can do: name, icon, shortcut, tooltip, and when it is enabled.
//!
//! Menus, buttons, the palette and the shortcuts page are fed from here. It names no egui type.

mod table;
mod turn;

pub use table::TABLE;

use crate::model::{Life, State, Time, Use};
use turn::Step;

/// Something a person can do in the window.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Open the dialog that makes one key.
    NewKey,
    /// Open the dialog that makes many keys.
    MakeMany,
    /// Open the dialog that brings in what lies in files.
    Import,
    /// Save public halves of the selected keys.
    ExportPublic,
    /// Save private halves of the selected keys, under a passphrase.
    ExportPrivate,
    /// Seal private halves of the selected keys to recipients of the address book.
    SealToRecipients,
    /// Wrap the private half of the selected key under another key.
    WrapKey,
    /// Have the SSH agent offer the selected keys, or no longer.
    OfferToAgent,
    /// Make a certificate request for the selected key.
    MakeRequest,
    /// Attach a certificate to the selected key.
    AttachCertificate,
    /// See the certificate of the selected key whole.
    ShowCertificate,
    /// Sign a file with the selected key, or with one that is chosen.
    SignFile,
    /// Verify a signature over a file.
    VerifyFile,
    /// Record a hand-over made elsewhere.
    RecordHandOver,
    /// Edit what describes the selected keys.
    EditKeys,
    /// Give the selected keys policy figures of their own.
    KeyPolicy,
    /// Let the selected keys be used.
    Activate,
    /// Hold the selected keys for a while.
    Suspend,
    /// Hold them no more.
    Resume,
    /// End the use of the selected keys.
    Deactivate,
    /// Move the expiry of the selected keys.
    Extend,
    /// Make new versions in place of the current ones.
    Rotate,
    /// Revoke the selected keys.
    Revoke,
    /// Destroy the private halves of the selected keys.
    Destroy,
    /// Cancel a planned destruction.
    KeepKey,
    /// See who still has to get the new version.
    Deliveries,
    /// Let rotations of busy weeks come earlier.
    SpreadRotations,
    /// Save the notice of a revocation, and tick off who was told.
    TellHolders,
    /// Copy the SPKI SHA-256 fingerprint.
    CopyFingerprint,
    /// Copy the SSH fingerprint.
    CopySshFingerprint,
    /// Copy the public key as PEM.
    CopyPublicKey,
    /// See the public key or a fingerprint as a QR code.
    ShowQr,
    /// Save a page with the public facts, to be printed.
    SaveSheet,
    /// Take back the last edit.
    Undo,
    /// Put the cursor into the search field.
    Search,
    /// Open the palette of all commands.
    Palette,
    /// Select every key shown.
    SelectAll,
    /// Drop every secret and hide the content.
    Lock,
    /// Open the home store.
    Unlock,
    /// Go to the inventory.
    ShowInventory,
    /// Go to the timeline.
    ShowTimeline,
    /// Go to the alerts.
    ShowAlerts,
    /// Go to the hand-overs.
    ShowHandOvers,
    /// Go to the audit log.
    ShowLog,
    /// Go to the stores.
    ShowStores,
    /// Add a store beside the home store.
    AddStore,
    /// Ask every store how it is.
    Reconnect,
    /// Hold every store against the inventory.
    Reconcile,
    /// Move the private half of the selected key to another store.
    MoveKey,
    /// Find keys that lie in folders.
    Discover,
    /// Go to the policies.
    ShowPolicies,
    /// Go to the servers.
    ShowServers,
    /// Look at servers from here on.
    AddServers,
    /// Look at every server now.
    ProbeServers,
    /// Go to the address book.
    ShowRecipients,
    /// Put somebody into the address book.
    AddRecipient,
    /// Go to the settings.
    ShowSettings,
    /// Check every record of the log.
    VerifyLog,
    /// Save the log to a file.
    ExportLog,
    /// Save the timeline as a picture.
    SaveTimeline,
    /// Save the hand-overs as CSV.
    ExportHandOvers,
    /// Put the home store under another passphrase.
    ChangePassphrase,
    /// Make recovery copies.
    MakeRecovery,
    /// Choose the key that signs notices of revocation.
    ChooseNoticeKey,
    /// Save the whole inventory to one encrypted file.
    BackUp,
    /// Rehearse a backup, or bring it in.
    Restore,
    /// Note that the folder was copied to a safe place.
    NoteBackup,
    /// Go on from a log that is not whole.
    AcceptHistory,
    /// Set the floor of the clock to now.
    CorrectClock,
    /// Light, dark, or as the system.
    SwitchTheme,
    /// Everything larger.
    ZoomIn,
    /// Everything smaller.
    ZoomOut,
    /// Everything as large as shipped.
    ZoomReset,
    /// Show every shortcut.
    ShowShortcuts,
    /// Close the window.
    Quit,
}

/// A key with its modifiers. `Ctrl` is the platform's command key.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub struct Shortcut {
    /// With Ctrl (Command on macOS).
    pub ctrl: bool,
    /// With Shift.
    pub shift: bool,
    /// The key's name: `N`, `F1`, `Plus`, `Comma`.
    pub key: &'static str,
}

/// What is known of an action.
#[derive(Debug, Copy, Clone)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its name as menus and the palette show it.
    pub name: &'static str,
    /// The name of its icon in the icon table.
    pub icon: &'static str,
    /// Its shortcut.
    pub shortcut: Option<Shortcut>,
    /// What it does, in one sentence.
    pub tooltip: &'static str,
    /// What it needs.
    needs: Needs,
}

/// What an action needs to be enabled.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// An inventory that is open to be looked at.
    Inventory,
    /// An inventory that can be changed.
    Change,
    /// At least one selected key.
    Selection,
    /// At least one selected key, and an inventory that can be changed.
    ChangeSelection,
    /// Exactly one selected key.
    One,
    /// Exactly one selected key that may prove possession.
    OneProvesPossession,
    /// Exactly one selected key that has a certificate.
    OneCertified,
    /// Exactly one selected key, and an inventory that can be changed.
    ChangeOne,
    /// At least one selected key whose life can take this step.
    Step(Step),
    /// A change to take back.
    UndoStack,
    Locked,
    DamagedLog,
}

/// What the window knows when it asks whether an action is enabled.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named")]
pub struct Context {
    /// An inventory is open to be looked at.
    pub has_inventory: bool,
    /// Secrets can be used.
    pub unlocked: bool,
    /// Locked, but its content shows: what needs secrets may ask to unlock first.
    pub can_unlock: bool,
    /// The log can only be read.
    pub read_only: bool,
    /// The states of the selected keys, at most a hundred of them.
    pub selected: Vec<State>,
    /// The name of the selected key, if it is one.
    pub selected_name: Option<String>,
    /// The lives of their current versions.
    pub lives: Vec<Life>,
    /// The private half of the selected key is not here.
    pub elsewhere: bool,
    /// Now.
    pub now: Time,
    /// A destruction of one of them is planned.
    pub planned: bool,
    /// Something of one of them is or was to be delivered.
    pub deliveries: bool,
    /// A version of one of them was revoked.
    pub revoked: bool,
    /// A version of one of them has a certificate.
    pub certified: bool,
    /// A change can be taken back.
    pub can_undo: bool,
}

impl Context {
    /// Whether the inventory can be changed; if not, why, as a sentence.
    pub fn can_change(&self) -> Result<(), String> {
        match self {
            Self { read_only: true, .. } => Err("The log is not whole, so the inventory is open for reading only.".into()),
            Self { unlocked: false, can_unlock: false, .. } => Err("The inventory is locked.".into()),
            _ => Ok(()),
        }
    }
}

impl Action {
    /// What is known of it.
    pub fn entry(self) -> &'static Entry {
        // Every action stands in the table; a test proves it.
        TABLE.iter().find(|entry| entry.action == self).unwrap_or(&TABLE[0])
    }
}

impl Shortcut {
    /// As screens show it: “Ctrl Shift N”.
    pub fn text(self) -> String {
        let key = match self.key {
            "Comma" => ",",
            "Plus" => "+",
            "Minus" => "-",
            key => key,
        };
        let ctrl = if cfg!(target_os = "macos") { "Cmd " } else { "Ctrl " };
        format!("{}{}{key}", if self.ctrl { ctrl } else { "" }, if self.shift { "Shift " } else { "" })
    }
}

impl Entry {
    /// It changes the inventory, so the home store must be open.
    pub fn changes(&self) -> bool {
        matches!(
            self.needs,
            Needs::Change
                | Needs::ChangeSelection
                | Needs::ChangeOne
                | Needs::OneProvesPossession
                | Needs::Step(_)
                | Needs::UndoStack
                | Needs::DamagedLog
        )
    }

    /// Whether it is enabled; if not, why, as a sentence.
    pub fn enabled(&self, context: &Context) -> Result<(), String> {
        let no = |reason: &str| Err(reason.to_owned());
        if self.needs != Needs::Nothing && !context.has_inventory {
            return no("There is no inventory yet.");
        }
        let change = || context.can_change();
        let one = || match context.selected.len() {
            0 => no("Select a key first."),
            1 => Ok(()),
            _ => no("Select a single key."),
        };
        match self.needs {
            Needs::Selection | Needs::ChangeSelection if context.selected.is_empty() => no("Select a key first."),
            Needs::UndoStack if !context.can_undo => no("There is nothing to take back."),
            Needs::Change | Needs::ChangeSelection | Needs::UndoStack => change(),
            Needs::One => one(),
            Needs::ChangeOne => one().and_then(|()| change()),
            Needs::OneCertified => one().and_then(|()| {
                let name = context.selected_name.as_deref().unwrap_or("The key");
                let none = format!("{name} has no certificate. Attach the one that came back.");
                context.certified.then_some(()).ok_or(none)
            }),
            Needs::OneProvesPossession => one().and_then(|()| change()).and_then(|()| match context.selected.first() {
                Some(state) if !state.permits(Use::ProvePossession) => {
                    let name = context.selected_name.as_deref().unwrap_or("The key");
                    Err(format!("{name} cannot prove possession: it is {}.", state.id()))
                }
                _ if context.elsewhere => {
                    let name = context.selected_name.as_deref().unwrap_or("The key");
                    Err(format!("{name} cannot sign a request: its private half is not here."))
                }
                _ => Ok(()),
            }),
            Needs::Step(step) => step.possible(context).and_then(|()| change()),
            Needs::Locked if context.unlocked => no("The inventory is open already."),
            Needs::DamagedLog if !context.read_only => no("The log is whole."),
            Needs::Nothing | Needs::Inventory | Needs::Selection | Needs::Locked | Needs::DamagedLog => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_actions_share_a_shortcut_or_a_name() {
        let mut shortcuts = HashSet::new();
        let mut names = HashSet::new();
        for entry in TABLE {
            assert_eq!(entry.action.entry().name, entry.name);
            assert!(names.insert(entry.name), "{} twice", entry.name);
            if let Some(shortcut) = entry.shortcut {
                assert!(shortcuts.insert(shortcut), "{} clashes", entry.name);
            }
        }
    }

    #[test]
    fn a_certificate_is_shown_where_there_is_one() {
        let selected = vec![State::Deactivated];
        let mut context = Context { has_inventory: true, selected, selected_name: Some("api".into()), ..Context::default() };
        let asked = |context: &Context| Action::ShowCertificate.entry().enabled(context);
        assert_eq!(asked(&context), Err("api has no certificate. Attach the one that came back.".into()));
        context.certified = true;
        assert_eq!(asked(&context), Ok(()), "looking needs no unlock");
        context.selected.push(State::Active);
        assert_eq!(asked(&context), Err("Select a single key.".into()));
    }

    #[test]
    fn a_request_needs_a_state_that_may_prove_possession() {
        let mut context = Context {
            has_inventory: true,
            unlocked: true,
            selected: vec![State::Active],
            selected_name: Some("api".into()),
            ..Context::default()
        };
        let entry = Action::MakeRequest.entry();
        assert_eq!(entry.enabled(&context), Ok(()));
        context.elsewhere = true;
        assert_eq!(entry.enabled(&context), Err("api cannot sign a request: its private half is not here.".into()));
        context.selected = vec![State::Deactivated];
        assert_eq!(entry.enabled(&context), Err("api cannot prove possession: it is deactivated.".into()));
    }
}
