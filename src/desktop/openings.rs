//! Actions of the table that open a dialog.

use egui::Context;

use super::app::{App, Phase};
use super::desk::{Ask, Screen, View};
use super::dialogs::{
    AddServers, AddStore, Attach, BackUp, ChangePassphrase, Confirm, Deliveries, DestroyKeys, EditKeys, EditRecipient,
    ExportPrivate, ExportPublic, Form, ImportKeys, KeyPolicy, MakeRecovery, MakeRequest, MoveKey, NewKey, NoticeKey,
    OfferToAgent, ReconcileStores, RecordHandOver, RestoreBackup, RevokeKeys, RotateKeys, Save, SealKeys, Shortcuts,
    ShowCertificate, ShowQr, SignFile, TellHolders, TurnKeys, VerifyFile, What, WrapKey, keep,
};
use super::theme::Theme;
use crate::actions::Action;
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::link::Request;

impl App {
    /// Actions that open a dialog.
    pub(super) fn act_in_dialog(&mut self, ctx: &Context, action: Action) {
        let Some(main) = self.main() else { return };
        let (folder, trouble) = (main.desk.health.folder.clone(), main.desk.health.conditions.log.clone());
        let good_until = main.desk.health.good_until;
        match action {
            Action::NewKey | Action::MakeMany => {
                if main.desk.inventory.stores().len() > 1 {
                    self.asks.push(Ask::LookAtStores(None));
                }
                self.show_from(|view| Some(NewKey::start(action == Action::MakeMany, view)));
            }
            Action::AddServers => {
                main.screen = Screen::Servers;
                self.show(AddServers::default());
            }
            Action::AddStore => {
                main.screen = Screen::Stores;
                self.show(AddStore::default());
                self.asks.push(Ask::Look(Request::Stores(StoreRequest::Modules)));
            }
            Action::Reconcile => {
                self.show(ReconcileStores::of(None));
                self.asks.push(Ask::Request(Request::Stores(StoreRequest::Reconcile(None))));
            }
            Action::MoveKey => {
                self.show_from(|view| MoveKey::of(view.desk.focus()?, view));
                self.asks.push(Ask::LookAtStores(None));
            }
            Action::AddRecipient => {
                main.screen = Screen::Recipients;
                self.show(EditRecipient::new());
            }
            Action::Import => self.show_from(|view| Some(ImportKeys::start(view))),
            Action::ExportPublic => self.show_from(|view| Some(ExportPublic::of(&view.desk.selection, view))),
            Action::SaveSheet => self.show_from(|view| Some(ExportPublic::sheet(&view.desk.selection, view))),
            Action::ShowQr => {
                if let Some(of) = main.desk.focus().and_then(|key| ShowQr::version(key, main.desk.now)) {
                    self.show_from(|view| ShowQr::of(view.desk.focus()?, view));
                    self.asks.push(Ask::Request(Request::PublicTexts(of)));
                }
            }
            Action::SignFile => self.show_from(|view| Some(SignFile::with(view))),
            Action::VerifyFile => self.show(VerifyFile::default()),
            Action::ExportPrivate => self.show_from(|view| ExportPrivate::of(&view.desk.selection, view)),
            Action::SealToRecipients => self.show_from(|view| SealKeys::of(&view.desk.selection, view)),
            Action::WrapKey => self.show_from(|view| WrapKey::of(view.desk.focus()?, view)),
            Action::OfferToAgent => self.show_from(|view| Some(OfferToAgent::of(&view.desk.selection, view))),
            Action::MakeRequest => self.show_from(|view| MakeRequest::of(view.desk.focus()?, view)),
            Action::AttachCertificate => self.show_from(|view| Attach::to(view.desk.focus()?, view)),
            Action::ShowCertificate => self.show_from(|view| ShowCertificate::of(view.desk.focus()?, view)),
            Action::RecordHandOver => self.show_from(|view| RecordHandOver::of(view.desk.focus()?, view)),
            Action::EditKeys => self.show_from(|view| EditKeys::of(&view.desk.selection, view)),
            Action::Activate | Action::Suspend | Action::Resume | Action::Deactivate | Action::Extend => {
                self.show_from(|view| TurnKeys::of(action, &view.desk.selection, view));
            }
            Action::KeyPolicy => self.show_from(|view| KeyPolicy::of(&view.desk.selection, view)),
            Action::Rotate => self.show_from(|view| RotateKeys::of(&view.desk.selection, view)),
            Action::Revoke => self.show_from(|view| RevokeKeys::of(&view.desk.selection, view)),
            Action::Destroy => self.show_from(|view| DestroyKeys::of(&view.desk.selection, view)),
            Action::SpreadRotations => {
                let Phase::Main(main) = &mut self.phase else { return };
                let view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
                if let Some(form) = main.timeline.spread(&view) {
                    self.show(form);
                }
            }
            Action::Deliveries => self.show_from(|view| Deliveries::of(view.desk.focus()?, view)),
            Action::TellHolders => self.show_from(|view| TellHolders::of_key(view.desk.focus()?)),
            Action::ChooseNoticeKey => self.show_from(|view| Some(NoticeKey::of(view))),
            Action::KeepKey => {
                let Phase::Main(main) = &self.phase else { return };
                if let Some((command, told)) = keep(&main.desk.selection, &main.desk.inventory) {
                    self.run(command, told);
                }
            }
            Action::ChangePassphrase => self.show(ChangePassphrase::default()),
            Action::MakeRecovery => self.show(MakeRecovery::default()),
            Action::BackUp => self.show_from(|view| Some(BackUp::start(view))),
            Action::Restore => self.show(RestoreBackup::default()),
            Action::NoteBackup => self.show(Confirm::backup(&folder)),
            Action::AcceptHistory => self.show(Confirm::history(trouble.as_deref().unwrap_or_default(), good_until)),
            Action::CorrectClock => {
                let floor = main.desk.date(main.desk.inventory.floor());
                let machine = (self.clock)();
                let machine = self.main().map(|main| main.desk.date(machine)).unwrap_or_default();
                self.show(Confirm::clock(&floor, &machine));
            }
            Action::ShowShortcuts => self.show(Shortcuts),
            Action::ExportLog => {
                self.show_from(|view| Some(Save::of(What::Log { search: view.desk.search.trim().to_owned() })));
            }
            Action::SaveTimeline | Action::ExportHandOvers => {
                let theme = if ctx.global_style().visuals.dark_mode { Theme::dark() } else { Theme::light() };
                let Phase::Main(main) = &mut self.phase else { return };
                let view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
                let save = match action {
                    Action::SaveTimeline => main.timeline.save(theme, &view),
                    _ => Some(main.hand_overs.save(&view)),
                };
                match save {
                    Some(save) => self.show(save),
                    // It was never drawn: show it first.
                    None => self.asks.push(Ask::Go(Screen::Timeline)),
                }
            }
            _ => {}
        }
    }

    /// A dialog made from what shows now.
    pub(super) fn show_from<F: Form + 'static>(&mut self, make: impl FnOnce(&View<'_>) -> Option<F>) {
        let Phase::Main(main) = &self.phase else { return };
        let view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
        if let Some(form) = make(&view) {
            self.show(form);
        }
    }

    pub(super) fn show(&mut self, form: impl Form + 'static) {
        self.open(Box::new(form));
    }
}
