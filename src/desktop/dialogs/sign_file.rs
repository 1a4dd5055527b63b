//! Signing a file: which file, by which key, in which form, and where the signature goes; then what others need to
//! verify it.

use std::path::{Path, PathBuf};

use egui::{Context, Frame, Margin, Ui};

use super::file_field::{Did, FileField, dropped};
use super::place::expanded;
use super::signers::Signers;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, FILE_NAMESPACE, HowToVerify, Outcome, how_to_verify};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, BannerAnswer, Button, Dialog, DialogAnswer, Field, Tone, radio_line};
use crate::model::name::shown;
use crate::model::{Command, SignatureForm, Target};

/// Signs a file.
pub struct SignFile {
    file: FileField,
    signers: Signers,
    form: SignatureForm,
    namespace: String,
    /// Where the signature goes; beside the file until something else is typed.
    out: String,
    own_out: bool,
    exists: Option<PathBuf>,
    work: Work,
    signed: Option<Signed>,
}

/// What was made.
struct Signed {
    told: String,
    how: HowToVerify,
}

/// What a form is good for.
const fn hint(form: SignatureForm) -> &'static str {
    match form {
        SignatureForm::SshSig => "For anybody with ssh-keygen, and for Git",
        SignatureForm::Cms => "With its certificate, for documents and mail",
        SignatureForm::Raw => "Nothing but the signature, for OpenSSL and devices",
        SignatureForm::Jws => "For web programs",
    }
}

/// Its words on a radio.
const fn title(form: SignatureForm) -> &'static str {
    match form {
        SignatureForm::SshSig => "OpenSSH",
        SignatureForm::Cms => "CMS",
        SignatureForm::Raw => "Raw",
        SignatureForm::Jws => "JSON Web Signature",
    }
}

impl SignFile {
    /// With the selected key, where one is selected and may sign.
    pub fn with(view: &View<'_>) -> Self {
        let mut form = Self {
            file: FileField::default(),
            signers: Signers::of(view),
            form: SignatureForm::SshSig,
            namespace: FILE_NAMESPACE.into(),
            out: String::new(),
            own_out: false,
            exists: None,
            work: Work::Idle,
            signed: None,
        };
        form.suit();
        form
    }

    /// The usual form of the chosen key: OpenSSH's, or what it can do instead.
    fn suit(&mut self) {
        if self.form == SignatureForm::SshSig && self.form_refusal().is_some() {
            self.form = SignatureForm::Raw;
        }
        self.place();
    }

    /// The signature lies beside its file, under the usual ending.
    fn place(&mut self) {
        self.exists = None;
        if self.own_out {
            return;
        }
        self.out = self.file.path().map_or_else(String::new, |path| {
            let mut name = path.into_os_string();
            name.push(format!(".{}", self.form.extension()));
            PathBuf::from(name).display().to_string()
        });
    }

    fn take(&mut self, path: &Path) {
        self.file.set(path);
        self.place();
    }

    /// Why the chosen key has no signature in the chosen form.
    fn form_refusal(&self) -> Option<String> {
        let signer = self.signers.chosen()?;
        match self.form {
            SignatureForm::SshSig if !signer.algorithm.has_openssh_form() => {
                Some(format!("OpenSSH has no form for {}. Choose another form.", signer.algorithm.name()))
            }
            SignatureForm::Cms if !signer.certified => {
                Some(format!("CMS needs a certificate, and {} has none. Attach it first, or choose another form.", signer.name))
            }
            _ => None,
        }
    }

    fn refusal(&self) -> Option<String> {
        let own = |reason: &str| Some(reason.to_owned());
        if self.signed.is_some() {
            return None;
        }
        if let Some(busy) = self.work.refusal() {
            return own(busy);
        }
        if self.file.is_empty() {
            return own("Choose the file to sign.");
        }
        if self.signers.chosen().is_none() {
            return own("Choose the key that signs.");
        }
        if self.form == SignatureForm::SshSig && self.namespace.trim().is_empty() {
            return own("Type what the signature is made for, such as file.");
        }
        let nowhere = self.out.trim().is_empty().then(|| "Type where the signature goes.".to_owned());
        self.form_refusal().or(nowhere)
    }

    fn send(&mut self, replace: bool, view: &mut View<'_>) {
        let (Some(file), Some(signer)) = (self.file.path(), self.signers.chosen()) else { return };
        let namespace = (self.form == SignatureForm::SshSig).then(|| self.namespace.trim().to_owned());
        let target = Target::File { path: expanded(self.out.trim()), replace };
        let command = Command::Sign { version: signer.version, file, form: self.form, namespace, target };
        self.work.begin();
        self.exists = None;
        view.asks.push(Ask::Request(Request::Run(command)));
    }

    fn forms_ui(&mut self, ui: &mut Ui) {
        let before = self.form;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for form in SignatureForm::ALL {
                if radio_line(ui, self.form == form, false, title(form), hint(form)).clicked() {
                    self.form = form;
                }
            }
        });
        if before != self.form {
            self.place();
        }
        if let Some(reason) = self.form_refusal() {
            Role::Small.label(ui, theme::of(ui).warning().ink, reason);
        }
    }

    /// Draws the form; true when a person agrees to replace what stands there.
    fn form_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        ui.spacing_mut().item_spacing.y = 10.0;
        if self.file.ui(ui, "File", "Choose it, type its path, or drop it here", view) == Some(Did::Changed) {
            self.place();
        }
        if self.signers.ui(ui, view) {
            self.suit();
        }
        self.forms_ui(ui);
        if self.form == SignatureForm::SshSig {
            let hint = "What the signature is for: file, git, or a word of yours";
            Field::new("Namespace").hint(hint).show(ui, &mut self.namespace);
        }
        if Field::new("Save the signature to").mono().show(ui, &mut self.out).changed() {
            self.own_out = !self.out.trim().is_empty();
            self.exists = None;
        }
        let mut agreed = false;
        if let Some(path) = &self.exists {
            let strong = format!("{} exists already.", path.display());
            let banner = Banner {
                tone: Tone::Warning,
                strong: &strong,
                text: "Nothing was written.",
                action: Some("Replace it"),
                dismiss: false,
                rounded: true,
            };
            agreed = banner.show(ui) == Some(BannerAnswer::Action);
        }
        self.work.ui(ui, "Signing", view);
        agreed
    }
}

/// Where the signature is, and what is sent with it.
fn signed_ui(ui: &mut Ui, signed: &Signed, view: &mut View<'_>) {
    let theme = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 10.0;
    let strong = "Signed and verified.";
    Banner { tone: Tone::Good, strong, text: &signed.told, action: None, dismiss: false, rounded: true }.show(ui);
    ui.horizontal(|ui| {
        Role::SmallStrong.line(ui, theme.text2, "How others verify it");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::ghost("Copy the command").small().icon(Icon::Copy)).clicked() {
                view.asks.push(Ask::Copy(signed.how.command.clone()));
            }
        });
    });
    let frame = Frame::new().fill(theme.sunken).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let mut job = Role::job(&[(Role::Mono, theme.text, &signed.how.command)]);
        // A long key breaks where it has to, so that all of it can be read.
        job.wrap.break_anywhere = true;
        ui.add(egui::Label::new(job).wrap());
    });
    if !signed.how.needs.is_empty() {
        Role::Small.label(ui, theme.text3, signed.how.needs);
    }
}

impl Form for SignFile {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        if self.signed.is_none()
            && !self.work.is_busy()
            && let Some(path) = dropped(ctx).into_iter().next()
        {
            self.take(&path);
        }
        let refused = self.refusal();
        let done = self.signed.is_some();
        let dialog = Dialog {
            id: "sign-file",
            title: if done { "The file is signed" } else { "Sign a file" },
            note: if done { "" } else { "It is put on record. The file stays as it is." },
            cancel: if done { "" } else { "Cancel" },
            confirm: if done { "Done" } else { "Sign" },
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, agreed) = dialog.show(ctx, |ui| match &self.signed {
            Some(signed) => {
                signed_ui(ui, signed, view);
                false
            }
            None => self.form_ui(ui, view),
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            _ if agreed => self.send(true, view),
            _ if !DialogAnswer::confirms(answer, refused.as_deref()) => {}
            _ if done => view.asks.push(Ask::Close),
            _ => self.send(false, view),
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        self.work = Work::Idle;
        match result {
            Ok(outcome) => {
                let (Some(file), Some(signer)) = (self.file.path(), self.signers.chosen()) else { return };
                let Some(version) =
                    view.desk.inventory.key(signer.version.key).and_then(|key| key.version(signer.version.version))
                else {
                    return;
                };
                let out = outcome.written.clone().unwrap_or_else(|| expanded(self.out.trim()));
                let how = how_to_verify(&signer.name, version, self.form, self.namespace.trim(), &file, &out);
                let told = format!("{} by {} lies at {}", capital(self.form.name()), signer.name, shown(&out.to_string_lossy()));
                self.signed = Some(Signed { told, how });
            }
            Err(CustodianError::Exists(path)) => self.exists = Some(path.clone()),
            Err(error) => self.work.fail(error),
        }
    }

    fn picked(&mut self, picked: Picked, _view: &mut View<'_>) {
        match picked {
            Picked::Path(path) => self.take(&path),
            Picked::NoDialog => self.file.has_no_dialog(),
            Picked::Cancelled | Picked::Paths(_) => {}
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
