//! The page on which a key server is described: where it is, what vouches for it, and how one logs in to it. Whether it is
//! so, the custodian finds out by logging in; what it says of that shows below.

use egui::Ui;

use super::name_refusal;
use super::way::WayIn;
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::new_server::{NewServer, USUAL_MOUNT};
use crate::desktop::desk::View;
use crate::desktop::dialogs::Work;
use crate::desktop::dialogs::file_field::{Did, FileField};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::Field;

/// The buttons that choose files stand under each other, and “Choose certificate” is the widest.
pub(super) const BUTTON: f32 = 168.0;

/// What was typed.
pub(super) struct ServerPage {
    name: String,
    addresses: String,
    namespace: String,
    mount: String,
    ca: FileField,
    way: WayIn,
}

impl Default for ServerPage {
    fn default() -> Self {
        Self {
            name: String::new(),
            addresses: String::new(),
            namespace: String::new(),
            mount: USUAL_MOUNT.to_owned(),
            ca: FileField::with_button(BUTTON),
            way: WayIn::default(),
        }
    }
}

impl ServerPage {
    /// What it is to be called.
    pub(super) fn name(&self) -> &str {
        self.name.trim()
    }

    /// Stands in the foot of the dialog.
    pub(super) fn note(&self) -> &'static str {
        self.way.note()
    }

    /// Why it cannot be added yet.
    pub(super) fn refusal(&self, view: &View<'_>) -> Option<String> {
        if let Some(refusal) = name_refusal(&self.name, view) {
            return Some(refusal);
        }
        let missing = if self.addresses.trim().is_empty() {
            Some("Write the address of the server.")
        } else if self.mount.trim().is_empty() {
            Some("Say where the transit engine is mounted; usually that is “transit”.")
        } else {
            self.way.refusal()
        };
        missing.map(str::to_owned)
    }

    /// What adds it.
    pub(super) fn wanted(&mut self) -> StoreRequest {
        StoreRequest::AddServer(Box::new(NewServer {
            name: self.name().to_owned(),
            addresses: self.addresses.split_whitespace().map(str::to_owned).collect(),
            namespace: Some(self.namespace.trim().to_owned()).filter(|namespace| !namespace.is_empty()),
            mount: self.mount.trim().to_owned(),
            ca: self.ca.path(),
            login: self.way.login(),
            given: self.way.take(),
        }))
    }

    /// The system's file dialog answered.
    pub(super) fn picked(&mut self, picked: Picked) {
        match self.way.picked(picked) {
            Some(Picked::Path(path)) => self.ca.set(&path),
            Some(Picked::NoDialog) => self.ca.has_no_dialog(),
            Some(Picked::Paths(_) | Picked::Cancelled) | None => {}
        }
    }

    /// Draws it; true when Enter was pressed in the secret.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, work: &Work) -> bool {
        let theme = theme::of(ui);
        let half = (ui.available_width() - 12.0) / 2.0;
        Field::new("Name of the store").hint("team vault").show(ui, &mut self.name);
        let hint = "https://bao.example.com:8200";
        Field::new("Addresses").hint(hint).rows(2).mono().show(ui, &mut self.addresses);
        let several = "One a line, or with blanks between. With several of one cluster it goes on when one of them is away.";
        Role::Small.label(ui, theme.text3, several);
        side_by_side(ui, |ui| {
            Field::new("Mount of the transit engine").hint(USUAL_MOUNT).mono().width(half).show(ui, &mut self.mount);
            Field::new("Namespace").hint("none").mono().width(half).show(ui, &mut self.namespace);
        });
        if self.ca.ui(ui, "CA file", "Empty: the CAs of this system vouch for it", view) == Some(Did::Asked) {
            self.way.asked_elsewhere();
        }
        self.way.ui(ui, half, view, work)
    }
}

/// Two fields in a row.
pub(super) fn side_by_side(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        content(ui);
    });
}
