//! The first start: where keys can live, in one screen; or an inventory that was copied here.

mod card;

use std::path::PathBuf;

use card::Card;
use egui::{CornerRadius, Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use crate::custodian::link::Request;
use crate::custodian::restore::{Restore, RestoreMode};
use crate::custodian::{CustodianError, KeychainFinding, Outcome, Setup};
use crate::desktop::desk::{Ask, Asks};
use crate::desktop::dialogs::place::expanded;
use crate::desktop::dialogs::restore::Opener;
use crate::desktop::dialogs::{NewPassphrase, Work};
use crate::desktop::icons::Icon;
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{Button, Field, SecretField, SecretText, checkbox};
use crate::model::StoreKind;

/// The screen, with what was chosen and typed.
pub struct FirstRun {
    folder: PathBuf,
    finding: Option<KeychainFinding>,
    kind: Option<StoreKind>,
    new: NewPassphrase,
    copies: bool,
    work: Work,
    recover: Option<Recover>,
    restore: Option<FromBackup>,
}

/// Restoring a backup where there is no inventory yet.
#[derive(Default)]
struct FromBackup {
    opener: Opener,
    passphrase: NewPassphrase,
    /// No keychain here can hold what the backup had in one, or the person wants another passphrase.
    anew: bool,
}

/// Opening an inventory that was copied here.
#[derive(Default)]
struct Recover {
    folder: String,
    secret: SecretText,
}

impl FirstRun {
    /// For an inventory that will lie there.
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            finding: None,
            kind: None,
            new: NewPassphrase::default(),
            copies: true,
            work: Work::Idle,
            recover: None,
            restore: None,
        }
    }

    /// The keychain was tried: it is the default where it works.
    pub fn found(&mut self, finding: KeychainFinding) {
        let works = matches!(finding, KeychainFinding::Works { .. });
        self.kind.get_or_insert(if works { StoreKind::Keychain } else { StoreKind::Files });
        self.finding = Some(finding);
    }

    /// What was asked for ended.
    pub fn finished(&mut self, result: &Result<Outcome, CustodianError>) {
        if let Err(error) = result {
            if let (CustodianError::NewPassphraseNeeded, Some(restore)) = (error, &mut self.restore) {
                restore.anew = true;
            }
            self.work.fail(error);
        }
    }

    /// The system's file dialog answered.
    pub fn picked(&mut self, picked: Picked) {
        if let Some(restore) = &mut self.restore {
            return restore.opener.picked(picked);
        }
        if let (Some(recover), Picked::Path(path)) = (&mut self.recover, picked) {
            recover.folder = path.display().to_string();
        }
    }

    fn kind(&self) -> StoreKind {
        self.kind.unwrap_or(StoreKind::Files)
    }

    fn keychain(&self) -> Option<&str> {
        match &self.finding {
            Some(KeychainFinding::Works { name }) => Some(name),
            _ => None,
        }
    }

    fn refusal(&self) -> Option<&'static str> {
        if let Some(refusal) = self.work.refusal() {
            return Some(refusal);
        }
        match self.kind() {
            _ if self.finding.is_none() => Some("The keychain is being tried."),
            StoreKind::Keychain | StoreKind::FilesByKeychain if self.keychain().is_none() => {
                Some("No keychain works here. Choose files under a passphrase.")
            }
            StoreKind::Keychain if !self.copies => None,
            _ => self.new.refusal(),
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let theme = theme::of(ui);
        let room = ui.available_rect_before_wrap();
        ui.painter().rect_filled(room, 0.0, theme.window);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = (room.width() - 64.0).clamp(560.0, 1024.0);
            let side = ((room.width() - width) / 2.0).max(16.0);
            let top = ((room.height() - 700.0) / 2.0).clamp(16.0, 56.0);
            let margin = Margin { left: side as i8, right: 0, top: top as i8, bottom: 24 };
            Frame::new().inner_margin(Margin { left: 0, ..margin }).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.add_space(side);
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                        self.content_ui(ui, asks);
                    });
                });
            });
        });
    }

    fn content_ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let theme = theme::of(ui);
        ui.horizontal(|ui| {
            logo_ui(ui, 32.0);
            Role::KeyTitle.line(ui, theme.text, "Keystead");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                Role::Small.line(ui, theme.text3, "Nothing is written before you choose");
            });
        });
        ui.add_space(16.0);
        if self.recover.is_some() {
            return self.recover_ui(ui, asks);
        }
        if self.restore.is_some() {
            return self.restore_ui(ui, asks);
        }
        Role::Display.line(ui, theme.text, "Where shall your keys live?");
        Role::Body.label(
            ui,
            theme.text2,
            "The private half of each key goes to one home. You can add others later and move keys between them.",
        );
        ui.add_space(16.0);
        self.cards_ui(ui);
        ui.add_space(8.0);
        self.passphrase_ui(ui);
        if let Work::Failed(sentence) = &self.work {
            Role::Body.label(ui, theme.critical().ink, sentence.clone());
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.set_min_height(32.0);
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
            Icon::Info.paint(ui.painter(), rect.center(), 14.0, theme.text3);
            Role::Small.line(ui, theme.text3, "Also possible later: PKCS#11 tokens, YubiKey, OpenBao.");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let refused = self.refusal();
                let entered = ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::Enter));
                if ui.add(Button::primary("Create inventory").shortcut("Ctrl Enter").refused(refused)).clicked()
                    || refused.is_none() && entered
                {
                    self.create(asks);
                }
                if ui.add(Button::ghost("Open an existing inventory")).clicked() {
                    self.recover = Some(Recover::default());
                    self.work = Work::Idle;
                }
                if ui.add(Button::ghost("Restore from a backup")).clicked() {
                    self.restore = Some(FromBackup::default());
                    self.work = Work::Idle;
                }
            });
        });
        if self.work.is_busy() {
            Role::Small.line(ui, theme.text2, "Making the inventory.");
        }
    }

    fn create(&mut self, asks: &mut Asks) {
        let kind = self.kind();
        let wanted = kind != StoreKind::Keychain || self.copies;
        let passphrase = wanted.then(|| self.new.take());
        let (passphrase, recovery) = if kind == StoreKind::Files { (passphrase, None) } else { (None, passphrase) };
        self.work.begin();
        asks.push(Ask::Request(Request::SetUp(Setup { kind, passphrase, recovery })));
    }

    fn cards_ui(&mut self, ui: &mut Ui) {
        let name = self.keychain().unwrap_or("The keychain").to_owned();
        let tried = match &self.finding {
            None => (None, "Trying the keychain".to_owned()),
            Some(KeychainFinding::Works { name }) => (Some(true), format!("{name} found, verified")),
            Some(KeychainFinding::Fails { reason, .. }) => (Some(false), reason.clone()),
        };
        let by = match tried.0 {
            Some(true) => (Some(true), "Folder writable, keychain verified".to_owned()),
            other => (other, tried.1.clone()),
        };
        let folder = home_shortened(&self.folder);
        let gap = 32.0;
        let wide = ui.available_width() > 800.0;
        let width = if wide { (ui.available_width() - 2.0 * gap) / 3.0 } else { ui.available_width() };
        let cards = [
            Card {
                kind: StoreKind::Keychain,
                icon: Icon::Vault,
                title: "Your OS keychain",
                text: format!("{name} holds one item a key. It opens when you log in, so there is no passphrase to remember."),
                points: [
                    (true, "Nothing to set up"),
                    (true, "Best up to some hundreds of keys"),
                    (false, "Your other programs could ask for them"),
                ],
                status: tried,
                aside: String::new(),
            },
            Card {
                kind: StoreKind::FilesByKeychain,
                icon: Icon::Key,
                title: "Files opened by the keychain",
                text: format!("One encrypted age file a key. A single secret in {name} opens them all."),
                points: [
                    (true, "Fast with 100,000 keys"),
                    (true, "A backup is a copy of one folder"),
                    (false, "Needs a recovery passphrase as well"),
                ],
                status: by,
                aside: String::new(),
            },
            Card {
                kind: StoreKind::Files,
                icon: Icon::Password,
                title: "Files under a passphrase",
                text: "The same encrypted files, opened only by what you type. Depends on nothing but you.".into(),
                points: [
                    (true, "Works on any machine, carries over"),
                    (true, "Any age program can open it"),
                    (false, "A lost passphrase means lost keys"),
                ],
                status: (Some(true), "In your folder".into()),
                aside: folder,
            },
        ];
        let suggested = if self.keychain().is_some() { StoreKind::Keychain } else { StoreKind::Files };
        let mut draw = |ui: &mut Ui| {
            ui.spacing_mut().item_spacing = vec2(gap, 12.0);
            for card in &cards {
                let known = self.finding.is_some().then_some(suggested);
                if card.ui(ui, width, self.kind == Some(card.kind), known == Some(card.kind)) {
                    self.kind = Some(card.kind);
                }
            }
        };
        if wide {
            ui.horizontal_top(draw);
        } else {
            draw(ui);
        }
    }

    fn passphrase_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let kind = self.kind();
        let frame = Frame::new()
            .fill(theme.raised)
            .stroke(Stroke::new(1.0, theme.line))
            .corner_radius(CornerRadius::same(size::RADIUS_DIALOG))
            .inner_margin(Margin::same(20));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            match kind {
                StoreKind::Files | StoreKind::Pkcs11 | StoreKind::OpenBao => self.new.ui(ui, "Passphrase"),
                StoreKind::FilesByKeychain => {
                    Role::Body.label(ui, theme.text2, "A recovery passphrase opens the files should the keychain be lost. It is needed once now, and then only in an emergency.");
                    self.new.ui(ui, "Recovery passphrase");
                }
                StoreKind::Keychain => {
                    checkbox(ui, &mut self.copies, "Keep recovery copies under a recovery passphrase");
                    if self.copies {
                        Role::Body.label(ui, theme.text2, "Each secret is also kept as an encrypted file, so that a lost keychain is no lost key.");
                        self.new.ui(ui, "Recovery passphrase");
                    } else {
                        Role::Body.label(ui, theme.warning().ink, "Should the keychain be lost, the keys are lost. An alert stands until a backup exists.");
                    }
                }
            }
        });
    }

    fn restore_ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let theme = theme::of(ui);
        let Some(restore) = &mut self.restore else { return };
        Role::Display.line(ui, theme.text, "Restore from a backup");
        Role::Body.label(ui, theme.text2, "The inventory of the backup is made anew here, whole or not at all. It opens with the passphrase that it had when the backup was made.");
        ui.add_space(12.0);
        let entered = restore.opener.ui(ui, asks);
        checkbox(ui, &mut restore.anew, "Give it a new passphrase");
        if restore.anew {
            restore.passphrase.ui(ui, "New passphrase");
        }
        if let Work::Failed(sentence) = &self.work {
            Role::Body.label(ui, theme.critical().ink, sentence.clone());
        }
        if self.work.is_busy() {
            Role::Small.line(ui, theme.text2, "Restoring. Everything is checked while it is written.");
        }
        ui.add_space(12.0);
        let mut back = false;
        ui.horizontal(|ui| {
            let missing = restore.opener.refusal().or_else(|| restore.passphrase.refusal().filter(|_| restore.anew));
            let refused = self.work.refusal().or(missing);
            let clicked = ui.add(Button::primary("Restore it").refused(refused)).clicked();
            if (clicked || entered) && refused.is_none() {
                self.work.begin();
                asks.push(Ask::Request(Request::Restore(Restore {
                    file: restore.opener.file(),
                    with: restore.opener.open_with(),
                    mode: RestoreMode::Replace,
                    passphrase: restore.anew.then(|| restore.passphrase.copy()),
                    typed_name: None,
                })));
            }
            back = ui.add(Button::ghost("Back")).clicked();
        });
        if back && !self.work.is_busy() {
            self.restore = None;
            self.work = Work::Idle;
        }
    }

    fn recover_ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let theme = theme::of(ui);
        let Some(recover) = &mut self.recover else { return };
        Role::Display.line(ui, theme.text, "Open an existing inventory");
        Role::Body.label(ui, theme.text2, "A folder copied from another machine or from a backup, and its passphrase or recovery passphrase. It is copied to its place here; the copy you name stays as it is.");
        ui.add_space(12.0);
        let mut back = false;
        ui.horizontal(|ui| {
            Field::new("Folder").mono().width(420.0).show(ui, &mut recover.folder);
            ui.vertical(|ui| {
                ui.add_space(20.0);
                if ui.add(Button::new("Choose").icon(Icon::FolderOpen)).clicked() {
                    asks.push(Ask::Pick(Pick::Folder { title: "Choose the inventory folder".into() }));
                }
            });
        });
        SecretField::new("Passphrase or recovery passphrase").width(420.0).show(ui, &mut recover.secret);
        if let Work::Failed(sentence) = &self.work {
            Role::Body.label(ui, theme.critical().ink, sentence.clone());
        }
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            let missing = recover.folder.trim().is_empty() || recover.secret.is_empty();
            let refused = self.work.refusal().or(missing.then_some("Name the folder and type its passphrase."));
            if ui.add(Button::primary("Open it").refused(refused)).clicked() {
                let (folder, passphrase) = (expanded(recover.folder.trim()), recover.secret.take());
                self.work.begin();
                asks.push(Ask::Request(Request::Recover { folder, passphrase }));
            }
            back = ui.add(Button::ghost("Back")).clicked();
        });
        if back {
            self.recover = None;
            self.work = Work::Idle;
        }
    }
}

/// A path with `~` for the home folder.
fn home_shortened(path: &std::path::Path) -> String {
    let home = std::env::home_dir().filter(|home| home.components().count() > 1);
    match home.and_then(|home| path.strip_prefix(home).ok().map(std::path::Path::to_owned)) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// The mark of the program: a keyhole on a square of the accent.
pub fn logo_ui(ui: &mut Ui, wanted: f32) -> egui::Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(wanted, wanted), Sense::hover());
    paint_logo(ui.painter(), theme, rect);
    response
}

/// Paints the mark of the program.
pub fn paint_logo(painter: &egui::Painter, theme: &Theme, rect: Rect) {
    let unit = rect.width() / 32.0;
    painter.rect_filled(rect, 7.0 * unit, theme.accent);
    let centre = rect.center() - vec2(0.0, 3.0 * unit);
    painter.circle_filled(centre, 5.0 * unit, theme.on_accent);
    let stem = Rect::from_min_max(
        pos2(centre.x - 2.0 * unit, centre.y + 2.0 * unit),
        pos2(centre.x + 2.0 * unit, centre.y + 11.0 * unit),
    );
    painter.rect_filled(stem, unit, theme.on_accent);
}
