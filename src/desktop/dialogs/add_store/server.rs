//! The page on which a key server is described: where it is, what vouches for it, and how one logs in to it. Whether it is
//! so, the custodian finds out by logging in; what it says of that shows below.

use egui::Ui;

use super::name_refusal;
use crate::custodian::Opener;
use crate::custodian::at_stores::{PinState, StoreRequest};
use crate::custodian::new_server::{NewServer, USUAL_MOUNT};
use crate::desktop::desk::View;
use crate::desktop::dialogs::Work;
use crate::desktop::dialogs::file_field::FileField;
use crate::desktop::dialogs::opener_field::OpenerField;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Field, combo};
use crate::model::ServerLogin;

/// How one can log in.
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
enum Way {
    #[default]
    Token,
    AppRole,
    UserPass,
}

impl Way {
    const ALL: [Self; 3] = [Self::Token, Self::AppRole, Self::UserPass];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::AppRole => "AppRole, for machines",
            Self::UserPass => "User and password",
        }
    }

    /// What is typed beside the secret: its label, what may stand there, and what to say while it is missing.
    const fn who(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Token => None,
            Self::AppRole => Some(("Role id", "8c1f4f2e-5a0b-…", "Write the id of the role.")),
            Self::UserPass => Some(("User", "mira", "Write the name of the user.")),
        }
    }

    fn login(self, who: &str) -> ServerLogin {
        match self {
            Self::Token => ServerLogin::Token,
            Self::AppRole => ServerLogin::AppRole { role: who.into() },
            Self::UserPass => ServerLogin::UserPass { user: who.into() },
        }
    }
}

/// What was typed.
pub(super) struct ServerPage {
    name: String,
    addresses: String,
    namespace: String,
    mount: String,
    ca: FileField,
    way: Way,
    who: String,
    secret: OpenerField,
}

impl Default for ServerPage {
    fn default() -> Self {
        Self {
            name: String::new(),
            addresses: String::new(),
            namespace: String::new(),
            mount: USUAL_MOUNT.to_owned(),
            ca: FileField::default(),
            way: Way::default(),
            who: String::new(),
            secret: OpenerField::default(),
        }
    }
}

impl ServerPage {
    fn login(&self) -> ServerLogin {
        self.way.login(self.who.trim())
    }

    /// What is asked for to log in.
    pub(super) fn opener(&self) -> Option<Opener> {
        self.login().opener()
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
            let who = self.way.who().filter(|_| self.who.trim().is_empty());
            who.map(|(_, _, missing)| missing).or_else(|| self.secret.refusal(self.opener(), &PinState::default()))
        };
        missing.map(str::to_owned)
    }

    /// What adds it.
    pub(super) fn wanted(&mut self) -> StoreRequest {
        let opener = self.opener();
        StoreRequest::AddServer(Box::new(NewServer {
            name: self.name.trim().to_owned(),
            addresses: self.addresses.split_whitespace().map(str::to_owned).collect(),
            namespace: Some(self.namespace.trim().to_owned()).filter(|namespace| !namespace.is_empty()),
            mount: self.mount.trim().to_owned(),
            ca: self.ca.path(),
            login: self.login(),
            given: self.secret.take(opener, &PinState::default()),
        }))
    }

    /// The system's file dialog answered.
    pub(super) fn picked(&mut self, picked: Picked) {
        match picked {
            Picked::Path(path) => self.ca.set(&path),
            Picked::NoDialog => self.ca.has_no_dialog(),
            Picked::Paths(_) | Picked::Cancelled => {}
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
        self.ca.ui(ui, "CA file", "Empty: the CAs of this system vouch for it", view);
        self.login_ui(ui, half, work)
    }

    /// How one logs in, and with what.
    fn login_ui(&mut self, ui: &mut Ui, half: f32, work: &Work) -> bool {
        side_by_side(ui, |ui| {
            let names = Way::ALL.map(Way::name);
            if let Some(index) = combo(ui, "Log in by", self.way.name(), &names, half)
                && self.way != Way::ALL[index]
            {
                self.way = Way::ALL[index];
                // A token is no password, and not the same person's either.
                self.secret.clear();
                self.who.clear();
            }
            if let Some((label, hint, _)) = self.way.who() {
                Field::new(label).hint(hint).width(half).show(ui, &mut self.who);
            }
        });
        let opener = self.opener();
        self.secret.ui(ui, opener, &PinState::default(), work)
    }
}

fn side_by_side(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        content(ui);
    });
}
