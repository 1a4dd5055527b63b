//! The words of a certificate, made when another one is chosen or a day passes, and never in a frame.

use std::sync::Arc;

use egui::{Rect, Role as Access, Sense, Ui, WidgetInfo, vec2};

use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{icon_button, paint, section_header};
use crate::model::name::shown;
use crate::model::whole::{Link, Place};
use crate::model::{CertificateDetails, Digest, KeyCertificates, WholeCertificate};

/// The width of the column of labels.
const LABELS: f32 = 136.0;

/// A line of the details.
pub(super) enum Line {
    /// Over a group of facts.
    Head(&'static str),
    /// What it says about one thing.
    Fact { label: &'static str, value: String, mono: bool, copy: Option<String> },
}

/// What stands in the list of the chain.
pub(super) struct LinkLine {
    pub(super) name: String,
    pub(super) place: &'static str,
    pub(super) dates: String,
    pub(super) over: bool,
    pub(super) spoken: String,
}

/// What the words were made from.
#[derive(PartialEq)]
struct Made {
    found: usize,
    chosen: (u32, Digest),
    link: usize,
    hour: i64,
}

/// The words that show.
#[derive(Default)]
pub(super) struct Lines {
    made: Option<Made>,
    /// “Version 3, until 12 Dec 2026”, one for each certificate of the key.
    pub(super) certificates: Vec<String>,
    pub(super) links: Vec<LinkLine>,
    details: Vec<Line>,
}

impl Lines {
    /// Makes the words anew where they are of something else.
    pub(super) fn prepare(&mut self, desk: &Desk, found: &Arc<KeyCertificates>, whole: &WholeCertificate, link: usize) {
        let made = Made {
            found: Arc::as_ptr(found).addr(),
            chosen: (whole.version, whole.facts.sha256),
            link,
            hour: desk.now.as_second().div_euclid(3_600),
        };
        if self.made.as_ref() == Some(&made) {
            return;
        }
        self.certificates = found.all.iter().map(|one| of_certificate(desk, one)).collect();
        self.links = whole.links.iter().map(|link| of_link(desk, link)).collect();
        self.details = whole.links.get(link).map(details).unwrap_or_default();
        self.made = Some(made);
    }

    /// What the chosen certificate of the chain says.
    pub(super) fn of_link(&self) -> &[Line] {
        &self.details
    }
}

fn of_certificate(desk: &Desk, one: &WholeCertificate) -> String {
    let replaced = if one.replaced { ", replaced" } else { "" };
    let digest = one.facts.sha256.to_string();
    format!("Version {}, until {}{replaced}, SHA-256 {} …", one.version, desk.date(one.facts.not_after), &digest[..8])
}

fn of_link(desk: &Desk, link: &Link) -> LinkLine {
    let place = match link.place {
        Place::Leaf => "",
        Place::Issuer => "issuer",
        Place::Root => "root of this system",
        Place::OwnIssuer => "vouches for itself, unknown to this system",
        Place::Beside => "beside it, not in its chain",
    };
    let (name, dates, over) = match &link.read {
        Ok(read) => {
            let end = read.facts.not_after;
            (shown(read.facts.common_name()).into_owned(), format!("until {}", desk.date(end)), end < desk.now)
        }
        Err(_) => ("Damaged certificate".to_owned(), format!("{} bytes", link.der.len()), false),
    };
    let words = [name.as_str(), place, &dates];
    let spoken = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    LinkLine { name, place, dates, over, spoken }
}

fn details(link: &Link) -> Vec<Line> {
    match &link.read {
        Ok(read) => [of_whom, of_use, of_signature, of_places, of_prints].into_iter().flat_map(|group| group(read)).collect(),
        Err(_) => Vec::new(),
    }
}

/// A fact, where there is one.
fn fact(label: &'static str, value: &str) -> Option<Line> {
    (!value.is_empty()).then(|| Line::Fact { label, value: shown(value).into_owned(), mono: false, copy: None })
}

/// Bytes in hexadecimal that a person compares or copies.
fn bytes(label: &'static str, value: &str) -> Option<Line> {
    (!value.is_empty()).then(|| Line::Fact { label, value: value.to_owned(), mono: true, copy: Some(value.to_owned()) })
}

fn of_whom(read: &CertificateDetails) -> Vec<Line> {
    let facts = &read.facts;
    let lines = [
        fact("Subject", &facts.subject),
        fact("Issuer", if read.is_own_issuer() { "Itself" } else { &facts.issuer }),
        bytes("Serial", &facts.serial),
        fact("Names", &read.names.join(", ")),
    ];
    lines.into_iter().flatten().collect()
}

fn of_use(read: &CertificateDetails) -> Vec<Line> {
    let authority = match (read.facts.authority, read.path_length) {
        (false, _) => "No: it issues no certificates".to_owned(),
        (true, None) => "Yes".to_owned(),
        (true, Some(0)) => "Yes, with no authority below it".to_owned(),
        (true, Some(1)) => "Yes, with 1 authority below it".to_owned(),
        (true, Some(most)) => format!("Yes, with up to {most} authorities below it"),
    };
    let lines = [
        fact("Key usage", &read.usages.join(", ")),
        fact("Extended usage", &read.purposes.join(", ")),
        fact("Authority", &authority),
        fact("Policies", &read.policies.join(", ")),
        fact("Critical", &read.critical.join(", ")),
        fact("Other extensions", &read.others.join(", ")),
    ];
    std::iter::once(Line::Head("Use")).chain(lines.into_iter().flatten()).collect()
}

fn of_signature(read: &CertificateDetails) -> Vec<Line> {
    let key = match read.key_bits {
        0 => read.key.clone(),
        bits => format!("{}, {bits}-bit strength", read.key),
    };
    let lines = [
        fact("Key", &key),
        fact("Signature", &read.signature),
        bytes("Key identifier", read.subject_key.as_deref().unwrap_or_default()),
        bytes("Issuer's key", read.issuer_key.as_deref().unwrap_or_default()),
    ];
    std::iter::once(Line::Head("Key and signature")).chain(lines.into_iter().flatten()).collect()
}

fn of_places(read: &CertificateDetails) -> Vec<Line> {
    let lines = [
        fact("OCSP", &read.ocsp.join(", ")),
        fact("Issuer's certificate", &read.issuer_at.join(", ")),
        fact("Revocation lists", &read.revocation_lists.join(", ")),
    ];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    if lines.is_empty() { lines } else { std::iter::once(Line::Head("Where to ask")).chain(lines).collect() }
}

fn of_prints(read: &CertificateDetails) -> Vec<Line> {
    let lines = [
        bytes("SHA-256", &read.facts.sha256.to_string()),
        bytes("SHA-1", &read.sha1),
        bytes("SPKI SHA-256", &read.spki_sha256.to_string()),
    ];
    std::iter::once(Line::Head("Fingerprints")).chain(lines.into_iter().flatten()).collect()
}

/// Draws a line; values wrap, for they are shown whole.
pub(super) fn line_ui(ui: &mut Ui, line: &Line) {
    let theme = theme::of(ui);
    let Line::Fact { label, value, mono, copy } = line else {
        if let Line::Head(head) = line {
            ui.add_space(6.0);
            section_header(ui, head, None, None);
        }
        return;
    };
    let role = if *mono { Role::Mono } else { Role::Body };
    let mut job = Role::job(&[(role, theme.text, value)]);
    job.wrap.max_width = ui.available_width() - LABELS - 32.0;
    // Addresses and fingerprints have no spaces to break at.
    job.wrap.break_anywhere = *mono;
    let words = ui.painter().layout_job(job);
    // Both kinds of text stand in the middle of a row of 24.
    let inset = if *mono { 4.0 } else { 2.0 };
    let height = words.size().y + 2.0 * inset;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{label}: {value}")));
    let name = paint::galley_cut(ui.painter(), Role::Small, theme.text3, label, LABELS - 8.0);
    paint::place(ui.painter(), name, rect.left(), rect.top() + 12.0);
    ui.painter().galley(egui::pos2(rect.left() + LABELS, rect.top() + inset), words, theme.text);
    if let Some(copy) = copy {
        let at = Rect::from_center_size(egui::pos2(rect.right() - 14.0, rect.top() + 12.0), vec2(28.0, 24.0));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at));
        if icon_button(&mut child, Icon::Copy, &format!("Copy {label}")).clicked() {
            ui.ctx().copy_text(copy.clone());
        }
    }
}
