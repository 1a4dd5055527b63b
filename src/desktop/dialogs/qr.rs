//! The public key or a fingerprint of a key as a QR code, to be read by a camera or saved as a picture.

use egui::{ColorImage, Context, Mesh, Rect, Role as Access, Sense, Shape, Ui, WidgetInfo, pos2, vec2};

use super::{Form, Save, What};
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::png;
use crate::desktop::theme::{self, QR_DARK, QR_LIGHT, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone, radio_line};
use crate::model::name::shown;
use crate::model::{Format, Key, Qr, Time, VersionRef, ssh_fingerprint};

/// The side of the code on the screen, in points.
const SIDE: f32 = 360.0;

/// Pixels a module has in a saved picture.
const PIXELS: usize = 8;

/// Something that can be shown as a code.
#[derive(Clone)]
struct Choice {
    title: &'static str,
    hint: String,
    text: String,
}

/// Shows a key as a QR code.
#[derive(Clone)]
pub struct ShowQr {
    name: String,
    choices: Vec<Choice>,
    chosen: usize,
    /// The code of what is chosen, as runs of dark modules; `None` where it is too long for one.
    drawn: Option<Drawn>,
    trouble: Option<String>,
}

#[derive(Clone)]
struct Drawn {
    of: usize,
    side: usize,
    runs: Vec<(usize, usize, usize)>,
}

impl ShowQr {
    /// The version that shows.
    pub fn version(key: &Key, now: Time) -> Option<VersionRef> {
        key.current(now).map(|version| VersionRef { key: key.id, version: version.number })
    }

    /// The current version of a key. Its public key comes from the custodian.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let version = key.current(view.desk.now)?;
        let spki = version.spki()?.to_string();
        let mut choices = vec![Choice { title: "SPKI fingerprint", hint: "SHA-256 of the public key".into(), text: spki }];
        if let Some(ssh) = &version.ssh_sha256 {
            let text = ssh_fingerprint(ssh);
            choices.push(Choice { title: "SSH fingerprint", hint: "As ssh-keygen -l shows it".into(), text });
        }
        let mut dialog = Self { name: shown(&key.name).into_owned(), choices, chosen: 0, drawn: None, trouble: None };
        dialog.draw();
        Some(dialog)
    }

    /// The code is made once for each choice, and not in a frame.
    fn draw(&mut self) {
        let code = self.choices.get(self.chosen).and_then(|choice| Qr::of(&choice.text));
        self.drawn = code.map(|code| Drawn { of: self.chosen, side: code.side(), runs: code.runs() });
    }

    fn choose(&mut self, chosen: usize) {
        self.chosen = chosen;
        self.draw();
    }

    fn content_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 24.0;
            let spoken = self.choices.get(self.chosen).map(|choice| choice.title).unwrap_or_default();
            if let Some(drawn) = &self.drawn {
                code_ui(ui, drawn, spoken);
            } else {
                let (rect, _) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::hover());
                let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(24.0)));
                let sentence = "This key is longer than a QR code can hold. Show its fingerprint.";
                Role::Body.label(&mut child, theme.text2, sentence);
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                Role::Small.label(ui, theme.text2, "Nothing of it is secret.");
                ui.add_space(8.0);
                let mut clicked = None;
                for (number, choice) in self.choices.iter().enumerate() {
                    if radio_line(ui, self.chosen == number, false, choice.title, "").clicked() {
                        clicked = Some(number);
                    }
                }
                if let Some(number) = clicked {
                    self.choose(number);
                }
                ui.add_space(8.0);
                if let Some(choice) = self.choices.get(self.chosen) {
                    Role::Small.label(ui, theme.text3, &choice.hint);
                    ui.add_space(4.0);
                    Role::Mono.label(ui, theme.text2, short(&choice.text));
                }
                if let Some(trouble) = &self.trouble {
                    ui.add_space(8.0);
                    Role::Small.label(ui, theme.critical().ink, trouble);
                }
            });
        });
    }

    /// The dialog that saves what shows.
    fn save(&self) -> Result<Save, String> {
        let choice = self.choices.get(self.chosen).ok_or("There is nothing to save.")?;
        let code = Qr::of(&choice.text).ok_or("This key is longer than a QR code can hold.")?;
        let what = What::QrCode {
            name: format!("{}-qr", self.name),
            svg: code.svg(&format!("{}: {}", self.name, choice.title)).into_bytes(),
            png: png::encode(&picture(&code))?,
        };
        let again = self.clone();
        Ok(Save::of(what).back_to(move || Box::new(again.clone())))
    }
}

/// The beginning and the end of a long text.
fn short(text: &str) -> String {
    const MOST: usize = 96;
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= MOST {
        return text.to_owned();
    }
    letters[..MOST / 2].iter().chain(&[' ', '…', ' ']).chain(&letters[letters.len() - MOST / 2..]).collect()
}

/// Draws a code, black on white in both appearances, each module a whole number of pixels.
fn code_ui(ui: &mut Ui, drawn: &Drawn, spoken: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Image, true, format!("QR code: {spoken}")));
    ui.painter().rect_filled(rect, f32::from(size::RADIUS), QR_LIGHT);
    let pixel = 1.0 / ui.ctx().pixels_per_point();
    let module = (SIDE / drawn.side as f32 / pixel).floor().max(1.0) * pixel;
    let inset = (SIDE - module * drawn.side as f32) / 2.0;
    let round = |at: f32| (at / pixel).round() * pixel;
    let (left, top) = (round(rect.left() + inset), round(rect.top() + inset));
    let mut mesh = Mesh::default();
    for &(row, column, length) in &drawn.runs {
        let from = pos2(left + column as f32 * module, top + row as f32 * module);
        mesh.add_colored_rect(Rect::from_min_size(from, vec2(length as f32 * module, module)), QR_DARK);
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// A code as a picture.
fn picture(code: &Qr) -> ColorImage {
    let side = code.side() * PIXELS;
    let mut image = ColorImage::filled([side, side], QR_LIGHT);
    for (at, pixel) in image.pixels.iter_mut().enumerate() {
        if code.is_dark(at % side / PIXELS, at / side / PIXELS) {
            *pixel = QR_DARK;
        }
    }
    image
}

impl Form for ShowQr {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let title = format!("QR code of {}", self.name);
        let refused = self.drawn.is_none().then_some("There is no code to save.");
        let dialog = Dialog {
            id: "qr",
            title: &title,
            width: size::DIALOG_WIDE,
            cancel: "Close",
            confirm: "Save picture",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| self.content_ui(ui));
        debug_assert!(self.drawn.as_ref().is_none_or(|drawn| drawn.of == self.chosen), "the code is that of the choice");
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            match self.save() {
                Ok(save) => view.asks.push(Ask::Open(Box::new(save))),
                Err(reason) => view.asks.push(Ask::Tell(Tone::Warning, reason)),
            }
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        self.trouble = result.as_ref().err().map(ToString::to_string);
    }

    fn public_texts(&mut self, texts: Vec<(Format, String)>, _: &mut View<'_>) {
        let choices = texts.into_iter().map(|(format, text)| match format {
            Format::OpenSsh => Choice { title: "OpenSSH line", hint: "For authorized_keys and Git services".into(), text },
            _ => Choice { title: "Public key, PEM", hint: "SubjectPublicKeyInfo, for most programs".into(), text },
        });
        // The fingerprints go behind what the camera of another machine wants most.
        let mut all: Vec<Choice> = choices.filter(|choice| Qr::of(&choice.text).is_some()).collect();
        all.append(&mut self.choices);
        self.choices = all;
        self.choose(0);
    }
}
