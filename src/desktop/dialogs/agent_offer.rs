//! Which keys the SSH agent offers: whether, whether it asks each time, and for how long.

use egui::{Context, Ui};

use super::{Form, Work};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{AgentState, Ask, View};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, BannerAnswer, Dialog, DialogAnswer, Tone, bare_combo, checkbox, radio_row};
use crate::model::name::shown;
use crate::model::{AgentUse, Command, KeyId};

/// Lifetimes offered, in seconds; `None` without an end.
const LIFETIMES: [(Option<u32>, &str); 6] = [
    (None, "Without an end"),
    (Some(900), "15 minutes"),
    (Some(3_600), "1 hour"),
    (Some(4 * 3_600), "4 hours"),
    (Some(8 * 3_600), "8 hours"),
    (Some(86_400), "1 day"),
];

/// Offers keys to the SSH agent, or no longer.
pub struct OfferToAgent {
    keys: Vec<KeyId>,
    names: Vec<String>,
    /// Those that cannot be offered, each with why.
    refused: Vec<String>,
    /// One of them is offered already, so that it can be taken back.
    offered: bool,
    offer: bool,
    usage: AgentUse,
    work: Work,
}

impl OfferToAgent {
    /// Of these keys; what can be offered is, the rest is told.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Self {
        let inventory = &view.desk.inventory;
        let found: Vec<_> = keys.iter().filter_map(|id| inventory.key(*id)).collect();
        let (mut able, mut names, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for key in &found {
            match inventory.may_serve(key, view.desk.now) {
                Ok(_) => {
                    able.push(key.id);
                    names.push(shown(&key.name).into_owned());
                }
                Err(_) if key.agent.is_some() => {
                    able.push(key.id);
                    names.push(shown(&key.name).into_owned());
                }
                Err(rule) => refused.push(CustodianError::from(rule).to_string()),
            }
        }
        let before = found.iter().find_map(|key| key.agent);
        Self {
            keys: able,
            names,
            refused,
            offered: before.is_some(),
            offer: true,
            usage: before.map(|offer| offer.usage).unwrap_or_default(),
            work: Work::Idle,
        }
    }

    fn whom(&self) -> String {
        match &self.names[..] {
            [name] => name.clone(),
            many => format!("{} keys", many.len()),
        }
    }

    fn usage_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        checkbox(ui, &mut self.usage.confirm, "Ask before each signature");
        Role::Small.line(ui, theme.text3, "A dialog says which program asks, and for what. Without an answer it is refused.");
        ui.add_space(4.0);
        Role::SmallMedium.line(ui, theme.text2, "For how long");
        let words = LIFETIMES.map(|(_, word)| word);
        let own = self.usage.words();
        let chosen = LIFETIMES.iter().find(|(seconds, _)| *seconds == self.usage.lifetime_seconds);
        let chosen = chosen.map_or_else(|| own.rsplit(", for ").next().unwrap_or_default(), |(_, word)| *word);
        if let Some(index) = bare_combo(ui, "For how long", chosen, &words, 240.0) {
            self.usage.lifetime_seconds = LIFETIMES[index].0;
        }
        let sentence = "It counts from the start of the agent, from each unlock, and from now.";
        Role::Small.line(ui, theme.text3, sentence);
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let sentence = "ssh, Git and others sign with it, and it stays in its store. It is offered while the inventory is unlocked and the key is active.";
        Role::Body.label(ui, theme::of(ui).text2, sentence);
        for text in &self.refused {
            Banner { tone: Tone::Warning, strong: "Not offered.", text, action: None, dismiss: false, rounded: true }.show(ui);
        }
        if self.keys.is_empty() {
            return;
        }
        if self.offered {
            if radio_row(ui, self.offer, false, "Offer it", "A lifetime begins anew").clicked() {
                self.offer = true;
            }
            if radio_row(ui, !self.offer, false, "Offer it no more", "What was signed stays on record").clicked() {
                self.offer = false;
            }
            ui.add_space(4.0);
        }
        if self.offer {
            self.usage_ui(ui);
        }
        off_ui(ui, view);
    }

    fn told(&self) -> String {
        let whom = self.whom();
        if self.offer {
            format!("The SSH agent offers {whom}: {}.", self.usage.words())
        } else {
            format!("The SSH agent offers {whom} no more.")
        }
    }
}

impl Form for OfferToAgent {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let none = self.keys.is_empty().then(|| self.refused.first().cloned().unwrap_or_default());
        let refused = self.work.refusal().map(str::to_owned).or(none);
        let title = if self.keys.is_empty() {
            "Offer to the SSH agent".to_owned()
        } else {
            format!("Offer {} to the SSH agent", self.whom())
        };
        let confirm = if self.offer { "Offer" } else { "Offer no more" };
        let dialog = Dialog {
            id: "agent-offer",
            title: &title,
            note: "Each signature goes on record.",
            confirm,
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.content_ui(ui, view);
            self.work.ui(ui, "Writing", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused.as_deref()) {
            self.work.begin();
            let usage = self.offer.then_some(self.usage);
            view.asks.push(Ask::Request(Request::Run(Command::SetAgent { keys: self.keys.clone(), usage })));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Err(error) => self.work.fail(error),
            Ok(outcome) => {
                let told = match outcome.refused.first() {
                    Some((_, reason)) => Ask::Tell(Tone::Warning, format!("Not all could be offered: {reason}.")),
                    None => Ask::Tell(Tone::Good, self.told()),
                };
                view.asks.push(told);
                view.asks.push(Ask::Close);
            }
        }
    }
}

/// An offer that nobody can take up is told.
fn off_ui(ui: &mut Ui, view: &mut View<'_>) {
    if !matches!(view.desk.agent.state, AgentState::Off) {
        return;
    }
    let banner = Banner {
        tone: Tone::Info,
        strong: "The SSH agent is off.",
        text: "Turn it on in the settings.",
        action: Some("Settings"),
        dismiss: false,
        rounded: true,
    };
    if banner.show(ui) == Some(BannerAnswer::Action) {
        view.asks.push(Ask::Close);
        view.asks.act(Action::ShowSettings);
    }
}
