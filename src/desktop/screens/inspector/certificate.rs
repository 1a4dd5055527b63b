//! The certificate of the selected key in short, with what the system's roots say of it; or its last request.

use egui::{Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::actions::Action;
use crate::desktop::certificates::Told;
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{key_value, section_header};
use crate::model::name::shown;
use crate::model::{CertificateFacts, Key, RequestProfile, Trust, Version, WholeCertificate};

/// Draws the certificate, or the request that was made last.
pub(super) fn certificate_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
    match (&version.certificate, &version.request) {
        (Some(certificate), _) => {
            if section_header(ui, "Certificate", None, Some("Show whole")) {
                view.asks.act(Action::ShowCertificate);
            }
            trust_ui(ui, view, key, version.number);
            facts_ui(ui, view, certificate);
        }
        (None, Some(request)) => request_ui(ui, request),
        (None, None) => {}
    }
}

fn request_ui(ui: &mut Ui, request: &RequestProfile) {
    section_header(ui, "Last request", None, None);
    key_value(ui, "Subject", &shown(&request.subject), "", false, None);
    if !request.dns.is_empty() {
        key_value(ui, "DNS names", &shown(&request.dns.join(", ")), "", false, None);
    }
}

/// Trust and issuers come from the custodian; until they are there a line holds their place.
fn trust_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: u32) {
    match view.desk.certificates.of(key.id) {
        Told::Awaited => line_ui(ui, Icon::Hourglass, theme::of(ui).text3, "Checking the chain"),
        Told::Failed => line_ui(ui, Icon::Question, theme::of(ui).text3, "The chain could not be checked."),
        Told::Found(found) => {
            let of_version = |one: &&WholeCertificate| one.version == version && !one.replaced;
            let Some(whole) = found.all.iter().find(of_version) else { return };
            verdict_ui(ui, whole);
            let issuers: Vec<String> = whole
                .issuers()
                .map(|link| match &link.read {
                    Ok(read) => shown(read.facts.common_name()).into_owned(),
                    Err(_) => "unreadable".to_owned(),
                })
                .collect();
            if !issuers.is_empty() {
                key_value(ui, "Chain", &issuers.join(" \u{2190} "), "", false, None);
            }
        }
    }
}

/// The sentence on trust, with the icon and the ink of its tone.
pub fn verdict_ui(ui: &mut Ui, whole: &WholeCertificate) {
    let theme = theme::of(ui);
    let (icon, ink) = match &whole.trust {
        Some(Trust::Trusted) => (Icon::ShieldCheck, theme.good().ink),
        None | Some(Trust::NoRoots | Trust::Authority) => (Icon::Question, theme.text3),
        Some(_) => (Icon::ShieldWarning, theme.warning().ink),
    };
    line_ui(ui, icon, ink, &whole.trust_sentence());
}

/// An icon and a sentence that wraps, in the width of the section.
fn line_ui(ui: &mut Ui, icon: Icon, ink: egui::Color32, sentence: &str) {
    let mut job = Role::job(&[(Role::Small, theme::of(ui).text, sentence)]);
    job.wrap.max_width = ui.available_width() - 22.0;
    let words = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), words.size().y + 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, sentence));
    icon.paint(ui.painter(), pos2(rect.left() + 7.0, rect.top() + 12.0), size::ICON_DETAIL, ink);
    ui.painter().galley(pos2(rect.left() + 22.0, rect.top() + 4.0), words, ink);
}

fn facts_ui(ui: &mut Ui, view: &View<'_>, certificate: &CertificateFacts) {
    key_value(ui, "Subject", &shown(&certificate.subject), "", false, None);
    key_value(ui, "Issuer", &shown(&certificate.issuer), "", false, None);
    let until = view.desk.date(certificate.not_after);
    key_value(ui, "Valid until", &until, &view.desk.when(certificate.not_after), false, None);
    key_value(ui, "Valid from", &view.desk.date(certificate.not_before), "", false, None);
    if !certificate.names.is_empty() {
        let names = certificate.names.join(", ");
        key_value(ui, "Names", &shown(&names), "", false, Some(&names));
    }
    if !certificate.usages.is_empty() {
        key_value(ui, "Usages", &shown(&certificate.usages.join(", ")), "", false, None);
    }
    key_value(ui, "Serial", &certificate.serial, "", true, Some(&certificate.serial));
    let digest = certificate.sha256.to_string();
    let short = format!("{} … {}", &digest[..8], &digest[digest.len() - 8..]);
    key_value(ui, "SHA-256", &short, "", true, Some(&digest));
}
