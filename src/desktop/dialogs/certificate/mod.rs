//! A certificate shown whole: what the system's roots say of it, its chain, and all that each certificate of
//! the chain says. Chosen from those of every version, the replaced ones too.

mod chain;
mod lines;
mod validity;

use std::sync::Arc;

use egui::{Context, Ui};

use self::lines::{Lines, line_ui};
use super::Form;
use super::save::{Save, What};
use crate::custodian::{CustodianError, Outcome, certificate};
use crate::desktop::certificates::Told;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Lead, Tone, bare_combo, section_header};
use crate::model::name::shown;
use crate::model::whole::{Concern, Place};
use crate::model::{Digest, Key, KeyCertificates, KeyId, Trust, WholeCertificate};

/// Shows the certificates of a key.
pub struct ShowCertificate {
    key: KeyId,
    /// Of which version, and which one.
    chosen: (u32, Digest),
    /// The certificate of the chain that shows in detail.
    link: usize,
    lines: Lines,
}

impl ShowCertificate {
    /// The certificate of the current version, or else of the newest that has one.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let current = key.current(view.desk.now);
        let mut versions = current.into_iter().chain(key.versions.iter().rev());
        let chosen = versions.find_map(|version| Some((version.number, version.certificate.as_ref()?.sha256)))?;
        Some(Self::at(key.id, chosen, 0))
    }

    /// This certificate of a key, with one of its chain in detail.
    fn at(key: KeyId, chosen: (u32, Digest), link: usize) -> Self {
        Self { key, chosen, link, lines: Lines::default() }
    }

    fn whole<'a>(&self, found: &'a KeyCertificates) -> Option<&'a WholeCertificate> {
        let is_chosen = |one: &&WholeCertificate| (one.version, one.facts.sha256) == self.chosen;
        found.all.iter().find(is_chosen).or_else(|| found.all.first())
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &View<'_>, key: &Key, found: &Arc<KeyCertificates>) {
        let Some(whole) = self.whole(found) else { return };
        self.link = self.link.min(whole.links.len() - 1);
        self.lines.prepare(view.desk, found, whole, self.link);
        if found.all.len() > 1 {
            self.choice_ui(ui, found);
        }
        banners_ui(ui, view, whole);
        section_header(ui, "Chain", Some(whole.links.len()), None);
        if let Some(link) = chain::ui(ui, whole, &self.lines, self.link) {
            self.link = link;
        }
        ui.add_space(4.0);
        let Some(link) = whole.links.get(self.link) else { return };
        match &link.read {
            Ok(read) => {
                // The leaf's own concerns stand above.
                if link.place != Place::Leaf {
                    concerns_ui(ui, view, &read.concerns(view.desk.now));
                }
                validity::ui(ui, view, key, &read.facts);
            }
            Err(why) => _ = banner(Tone::Critical, why, "Save it to look at its bytes, or get its file again.").show(ui),
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for line in self.lines.of_link() {
                line_ui(ui, line);
            }
        });
    }

    /// Which certificate, where there are several.
    fn choice_ui(&mut self, ui: &mut Ui, found: &KeyCertificates) {
        let names: Vec<&str> = self.lines.certificates.iter().map(String::as_str).collect();
        let at = found.all.iter().position(|one| (one.version, one.facts.sha256) == self.chosen).unwrap_or(0);
        let chosen = names.get(at).copied().unwrap_or_default();
        if let Some(one) = bare_combo(ui, "Certificate", chosen, &names, f32::INFINITY).and_then(|at| found.all.get(at)) {
            (self.chosen, self.link) = ((one.version, one.facts.sha256), 0);
        }
    }

    fn answered(&self, answer: DialogAnswer, view: &mut View<'_>, key: &Key, whole: Option<&WholeCertificate>) {
        let link = whole.and_then(|whole| Some((whole, whole.links.get(self.link)?)));
        match (answer, link) {
            (DialogAnswer::Extra, Some((_, link))) => {
                view.asks.push(Ask::Copy(certificate::pem(&link.der)));
                view.asks.push(Ask::Tell(Tone::Good, "The certificate is copied as PEM.".into()));
            }
            (DialogAnswer::Confirm, Some((whole, link))) => {
                let name = match &link.read {
                    Ok(read) if link.place != Place::Leaf => shown(read.facts.common_name()).into_owned(),
                    _ => shown(&key.name).into_owned(),
                };
                let after = &whole.links[self.link..];
                let chain = after.iter().filter(|link| link.place != Place::Beside && link.place != Place::Root);
                let what = What::Certificate {
                    name,
                    pem: certificate::pem(&link.der).into_bytes(),
                    chain: chain.map(|link| certificate::pem(&link.der)).collect::<String>().into_bytes(),
                    der: link.der.to_vec(),
                };
                let (key, chosen, at) = (self.key, self.chosen, self.link);
                view.asks.open(Save::of(what).back_to(move || Box::new(Self::at(key, chosen, at))));
            }
            (DialogAnswer::Cancel, _) => view.asks.push(Ask::Close),
            _ => {}
        }
    }
}

/// “Trusted by this system”, or why not, then what else wants attention.
fn banners_ui(ui: &mut Ui, view: &View<'_>, whole: &WholeCertificate) {
    let concerns = whole.links.first().and_then(|link| link.read.as_ref().ok()).map(|read| read.concerns(view.desk.now));
    let concerns = concerns.unwrap_or_default();
    // A date that is past says more than that nothing is trusted after it.
    let dated = concerns.iter().any(|one| matches!(one, Concern::Expired(_) | Concern::NotYet(_)));
    if !(dated && matches!(whole.trust, Some(Trust::Expired | Trust::NotYet))) {
        let tone = match &whole.trust {
            Some(Trust::Trusted) => Tone::Good,
            None | Some(Trust::NoRoots | Trust::Authority) => Tone::Info,
            Some(_) => Tone::Warning,
        };
        let sentence = whole.trust_sentence();
        let (strong, text) = sentence.split_once(": ").map_or((sentence.as_str(), ""), |(strong, text)| (strong, text));
        let strong = if text.is_empty() { strong.to_owned() } else { format!("{strong}:") };
        banner(tone, &strong, text).show(ui);
    }
    concerns_ui(ui, view, &concerns);
}

fn concerns_ui(ui: &mut Ui, view: &View<'_>, concerns: &[Concern]) {
    for concern in concerns {
        let (tone, strong, text) = match concern {
            Concern::Expired(end) => {
                let strong = format!("Expired on {}, {}.", view.desk.date(*end), view.desk.when(*end));
                (Tone::Critical, strong, "Nobody who checks dates accepts it. Request a new one and attach it.")
            }
            Concern::NotYet(start) => {
                let strong = format!("Not valid until {}, {}.", view.desk.date(*start), view.desk.when(*start));
                (Tone::Warning, strong, "Nobody who checks dates accepts it before.")
            }
            Concern::WeakSignature(algorithm) => {
                let text = "Others can make a second certificate with the same signature. Have it issued anew.";
                (Tone::Warning, format!("Weak signature: {algorithm}."), text)
            }
            Concern::WeakKey(algorithm) => {
                (Tone::Warning, format!("Weak key: {algorithm}."), "It has less than 112 bits of strength. Replace it.")
            }
        };
        banner(tone, &strong, text).show(ui);
    }
}

const fn banner<'a>(tone: Tone, strong: &'a str, text: &'a str) -> Banner<'a> {
    Banner { tone, strong, text, action: None, dismiss: false, rounded: true }
}

/// “Version 3, attached on 28 May 2026”.
fn facts(view: &View<'_>, whole: Option<&WholeCertificate>, version: u32) -> String {
    let since = whole.and_then(|whole| whole.since).map(|at| format!(", attached on {}", view.desk.date(at)));
    let replaced = if whole.is_some_and(|whole| whole.replaced) { ", replaced since" } else { "" };
    format!("Version {version}{}{replaced}", since.unwrap_or_default())
}

impl Form for ShowCertificate {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(key) = view.desk.inventory.key(self.key).cloned() else { return view.asks.push(Ask::Close) };
        let (found, refused) = match view.desk.certificates.of(self.key) {
            Told::Found(found) => (Some(found.clone()), None),
            Told::Awaited => (None, Some("The chain is still being checked.")),
            Told::Failed => (None, Some("The chain could not be checked.")),
        };
        let whole = found.as_ref().and_then(|found| self.whole(found));
        let version = whole.map_or(self.chosen.0, |whole| whole.version);
        let title = format!("Certificate of {}", shown(&key.name));
        let facts = facts(view, whole, version);
        let state = key.version(version).map(|version| version.state(view.desk.now));
        let dialog = Dialog {
            id: "certificate",
            title: &title,
            width: size::DIALOG_WIDE,
            cancel: "Close",
            confirm: "Save as",
            lead: Some(Lead { icon: Icon::Certificate, state, facts: &facts }),
            extra: found.is_some().then_some((Icon::Copy, "Copy PEM")),
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| match &found {
            Some(found) => self.content_ui(ui, view, &key, found),
            None => _ = Role::Body.label(ui, theme::of(ui).text3, refused.unwrap_or_default()),
        });
        if let Some(answer) = answer {
            let whole = found.as_ref().and_then(|found| self.whole(found));
            self.answered(answer, view, &key, whole);
        }
    }

    fn finished(&mut self, _: &Result<Outcome, CustodianError>, _: &mut View<'_>) {}
}
