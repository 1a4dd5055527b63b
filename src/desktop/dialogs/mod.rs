//! Dialogs: one file each. A dialog keeps what was typed, asks for what is to be done, and is told
//! how it ended.

mod add_servers;
mod add_store;
mod agent_offer;
mod agent_question;
mod attach;
mod back_up;
mod batch;
mod certificate;
mod confirm;
mod deliveries;
mod destroy;
mod edit;
mod export;
mod export_private;
mod file_field;
mod hand_over;
mod holder_row;
mod import;
mod key_policy;
mod log_in;
mod login_page;
mod move_key;
mod names;
mod new_key;
mod notice;
mod notice_key;
mod opener_field;
mod passphrase;
mod pin_for_use;
pub mod place;
mod qr;
mod question;
mod quiet;
mod recipient;
mod reconcile;
mod recovery;
mod remove_store;
mod request;
pub mod restore;
mod revoke;
mod rotate;
mod save;
mod seal;
mod shortcuts;
mod sign_file;
mod signers;
mod spread;
mod turn;
mod typed_name;
mod unlock;
mod verify_file;
mod whom;
mod work;
mod wrap;

pub use add_servers::AddServers;
pub use add_store::AddStore;
pub use agent_offer::OfferToAgent;
pub use agent_question::AgentQuestion;
pub use attach::Attach;
pub use back_up::BackUp;
pub use certificate::ShowCertificate;
pub use confirm::Confirm;
pub use deliveries::{Deliveries, deliveries_ui, untold};
pub use destroy::{DestroyKeys, keep};
pub use edit::EditKeys;
pub use export::ExportPublic;
pub use export_private::ExportPrivate;
pub use hand_over::RecordHandOver;
pub use import::{FromFolders, ImportKeys, dropped};
pub use key_policy::KeyPolicy;
pub use log_in::LogIn;
pub use move_key::MoveKey;
pub use new_key::NewKey;
pub use notice::TellHolders;
pub use notice_key::NoticeKey;
pub use passphrase::{ChangePassphrase, NewPassphrase};
pub use pin_for_use::PinForUse;
pub use qr::ShowQr;
pub use question::Question;
pub use quiet::Quieten;
pub use recipient::{ConfirmKey, EditRecipient, RemoveRecipient};
pub use reconcile::ReconcileStores;
pub use recovery::MakeRecovery;
pub use remove_store::RemoveStore;
pub use request::MakeRequest;
pub use restore::RestoreBackup;
pub use revoke::RevokeKeys;
pub use rotate::RotateKeys;
pub use save::{Save, What};
pub use seal::SealKeys;
pub use shortcuts::Shortcuts;
pub use sign_file::SignFile;
pub use spread::SpreadRotations;
pub use turn::TurnKeys;
pub use unlock::{Unlock, UnlockForm, lock_screen_ui};
pub use verify_file::VerifyFile;
pub use whom::whom_ui;
pub use work::Work;
pub use wrap::WrapKey;

pub use place::expanded;

use egui::Context;

use super::desk::View;
use super::pick::Picked;
use crate::custodian::at_stores::StoreReport;
use crate::custodian::discover::Removal;
use crate::custodian::import::{Ended, Object};
use crate::custodian::recipients::ReadKey;
use crate::custodian::{CustodianError, Outcome, Verified};
use crate::model::Format;

/// A dialog.
pub trait Form {
    /// Draws it.
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>);

    /// What it asked for ended.
    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>);

    /// What it asked for goes on.
    fn progress(&mut self, _done: u64, _total: u64) {}

    /// The system's file dialog answered.
    fn picked(&mut self, _picked: Picked, _view: &mut View<'_>) {}

    /// Files were read for an import that it asked for.
    fn read(&mut self, _objects: &std::sync::Arc<[Object]>, _files: u64, _view: &mut View<'_>) {}

    /// Public keys of a recipient were read.
    fn keys_read(&mut self, _keys: Vec<ReadKey>, _view: &mut View<'_>) {}

    /// The public half of a key as texts.
    fn public_texts(&mut self, _texts: Vec<(Format, String)>, _view: &mut View<'_>) {}

    /// Something about stores that it asked for.
    fn stores_told(&mut self, _told: StoreReport, _view: &mut View<'_>) {}

    /// A signature that it asked to verify was verified.
    fn verified(&mut self, _verified: &Verified, _view: &mut View<'_>) {}

    /// How each object of an import ended.
    fn imported(&mut self, _ended: &[Ended], _view: &mut View<'_>) {}

    /// What became of files that were to be removed after an import.
    fn removed(&mut self, _removals: &[Removal], _view: &mut View<'_>) {}

    /// A picture of the window that it asked for.
    fn pictured(&mut self, _png: Vec<u8>, _view: &mut View<'_>) {}
}
