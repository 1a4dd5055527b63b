//! How one logs in to a key server that is to be added: by what, what is typed or chosen for it, and what will happen.

use egui::Ui;

use super::server::{BUTTON, side_by_side};
use crate::custodian::Opener;
use crate::custodian::at_stores::PinState;
use crate::desktop::desk::View;
use crate::desktop::dialogs::Work;
use crate::desktop::dialogs::file_field::{Did, FileField};
use crate::desktop::dialogs::opener_field::{OpenerField, used_once};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Field, combo};
use crate::model::ServerLogin;
use crate::secret::Passphrase;

/// Width of the field for a port.
const PORT: f32 = 104.0;

/// By what one logs in.
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
enum Way {
    #[default]
    Token,
    AppRole,
    UserPass,
    Browser,
    Certificate,
}

impl Way {
    const ALL: [Self; 5] = [Self::Token, Self::AppRole, Self::UserPass, Self::Browser, Self::Certificate];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::AppRole => "AppRole, for machines",
            Self::UserPass => "User and password",
            Self::Browser => "Browser (OIDC)",
            Self::Certificate => "TLS certificate",
        }
    }

    /// What is typed beside it: its label, what may stand there, and what to say while it is missing.
    const fn who(self) -> Option<(&'static str, &'static str, Option<&'static str>)> {
        match self {
            Self::Token => None,
            Self::AppRole => Some(("Role id", "8c1f4f2e-5a0b-…", Some("Write the id of the role."))),
            Self::UserPass => Some(("User", "mira", Some("Write the name of the user."))),
            Self::Browser => Some(("Role", "the server's default", None)),
            Self::Certificate => Some(("Role", "the one that fits the certificate", None)),
        }
    }
}

/// What was chosen and typed.
pub(super) struct WayIn {
    way: Way,
    who: String,
    port: String,
    certificate: FileField,
    key: FileField,
    /// The system's file dialog was asked for the key.
    choosing_key: Option<bool>,
    secret: OpenerField,
}

impl Default for WayIn {
    fn default() -> Self {
        Self {
            way: Way::default(),
            who: String::new(),
            port: ServerLogin::BROWSER_PORT.to_string(),
            certificate: FileField::with_button(BUTTON),
            key: FileField::with_button(BUTTON),
            choosing_key: None,
            secret: OpenerField::default(),
        }
    }
}

impl WayIn {
    /// The port of this machine to which the browser comes back; none while what is typed is no port.
    fn port(&self) -> Option<u16> {
        self.port.trim().parse().ok().filter(|port| *port > 0)
    }

    /// What the log is to say of it.
    pub(super) fn login(&self) -> ServerLogin {
        let who = self.who.trim();
        let role = (!who.is_empty()).then(|| who.into());
        match self.way {
            Way::Token => ServerLogin::Token,
            Way::AppRole => ServerLogin::AppRole { role: who.into() },
            Way::UserPass => ServerLogin::UserPass { user: who.into() },
            Way::Browser => ServerLogin::Browser { role, port: self.port().unwrap_or(ServerLogin::BROWSER_PORT) },
            Way::Certificate => ServerLogin::Certificate { certificate: path(&self.certificate), key: path(&self.key), role },
        }
    }

    /// What is asked for to log in.
    fn opener(&self) -> Option<Opener> {
        match self.way {
            Way::Token => Some(Opener::Token),
            Way::AppRole => Some(Opener::SecretId),
            Way::UserPass => Some(Opener::Password),
            Way::Browser | Way::Certificate => None,
        }
    }

    /// Stands in the foot of the dialog.
    pub(super) fn note(&self) -> &'static str {
        match self.way {
            Way::Browser => "A page opens in your browser.",
            Way::Certificate => "Both files stay where they are.",
            _ => used_once(self.opener()),
        }
    }

    /// Why nobody can log in so yet.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        let missing = self.way.who().filter(|_| self.who.trim().is_empty()).and_then(|(_, _, missing)| missing);
        let beside = match self.way {
            Way::Browser if self.port().is_none() => Some("The callback port is a number from 1 to 65535; usually it is 8250."),
            Way::Certificate => self.files_refusal(),
            _ => None,
        };
        missing.or(beside).or_else(|| self.secret.refusal(self.opener(), &PinState::default()))
    }

    fn files_refusal(&self) -> Option<&'static str> {
        let whole = |file: &FileField| file.path().is_some_and(|path| path.is_absolute());
        if self.certificate.is_empty() {
            Some("Choose the file of the certificate.")
        } else if self.key.is_empty() {
            Some("Choose the file of its private key.")
        } else {
            // It is read at each login, wherever the program is started then.
            (!whole(&self.certificate) || !whole(&self.key)).then_some("Write the whole path of both files.")
        }
    }

    /// Takes what opens it; nothing where nothing is typed.
    pub(super) fn take(&mut self) -> Option<Passphrase> {
        self.secret.take(self.opener(), &PinState::default())
    }

    /// The system's file dialog answered; given back where it was not asked from here.
    pub(super) fn picked(&mut self, picked: Picked) -> Option<Picked> {
        let Some(key) = self.choosing_key.take() else { return Some(picked) };
        let field = if key { &mut self.key } else { &mut self.certificate };
        match picked {
            Picked::Path(path) => field.set(&path),
            Picked::NoDialog => field.has_no_dialog(),
            Picked::Paths(_) | Picked::Cancelled => {}
        }
        None
    }

    /// The file dialog that is open was asked for something else.
    pub(super) fn asked_elsewhere(&mut self) {
        self.choosing_key = None;
    }

    /// Draws it; true when Enter was pressed in the secret.
    pub(super) fn ui(&mut self, ui: &mut Ui, half: f32, view: &mut View<'_>, work: &Work) -> bool {
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
            let browser = self.way == Way::Browser;
            if let Some((label, hint, _)) = self.way.who() {
                let width = if browser { half - PORT - 12.0 } else { half };
                Field::new(label).hint(hint).width(width).show(ui, &mut self.who);
            }
            if browser {
                Field::new("Callback port").mono().width(PORT).show(ui, &mut self.port);
            }
        });
        match self.way {
            Way::Browser => self.browser_ui(ui),
            Way::Certificate => self.certificate_ui(ui, view),
            _ => {}
        }
        let opener = self.opener();
        self.secret.ui(ui, opener, &PinState::default(), work)
    }

    fn browser_ui(&self, ui: &mut Ui) {
        let port = self.port().unwrap_or(ServerLogin::BROWSER_PORT);
        let sentence = format!(
            "A page opens in your browser and you log in there; it then leads back to http://localhost:{port}/oidc/callback, which the role has to permit."
        );
        Role::Small.label(ui, theme::of(ui).text3, sentence);
    }

    fn certificate_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if self.certificate.ui(ui, "Certificate", "PEM, with what vouches for it", view) == Some(Did::Asked) {
            self.choosing_key = Some(false);
        }
        if self.key.ui(ui, "Private key", "PEM, the key of that certificate", view) == Some(Did::Asked) {
            self.choosing_key = Some(true);
        }
        let sentence = "Both files are read at each login. Keystead keeps where they lie, and nothing of the key.";
        Role::Small.label(ui, theme::of(ui).text3, sentence);
    }
}

fn path(file: &FileField) -> Box<str> {
    file.path().unwrap_or_default().display().to_string().into()
}
