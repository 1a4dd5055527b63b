//! The card of one store.

use egui::{Align, Layout, Ui, vec2};

use super::card;
use super::facts::{Facts, named};
use super::health::{Seen, chip};
use crate::actions::Action;
use crate::custodian::LockState;
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::link::Request;
use crate::custodian::store::Absence;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{LogIn, ReconcileStores, RemoveStore};
use crate::desktop::icons::Icon;
use crate::desktop::rows::Narrow;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Button, Tone, icon_tile, key_value, key_values, link, state_chip};
use crate::model::StoreKind;

/// Labels of facts are this wide, and so begin what stands beside them.
const LABEL: f32 = 96.0;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, view: &mut View<'_>, facts: &Facts) {
    card(ui, |ui| {
        head_ui(ui, facts);
        ui.add_space(4.0);
        key_value(ui, "Health", facts.seen.word(), facts.seen.means(facts.home), false, None);
        holds_ui(ui, view, facts);
        if let Some(makes) = &facts.makes {
            key_values(ui, "Makes", makes);
        }
        if let Some(wraps) = &facts.wraps {
            key_value(ui, "Wraps by", wraps, "", false, None);
        }
        if let Some((when, took)) = &facts.contact {
            key_value(ui, "Last contact", when, took, false, None);
        }
        if let Some(token) = &facts.store.token {
            let label = crate::model::name::shown(&token.label).into_owned();
            let serial = format!("serial number {}", crate::model::name::shown(&token.serial));
            key_value(ui, "Token", &label, &serial, false, None);
            key_value(ui, "Module", &token.module, "", true, None);
        }
        if let Some(trouble) = &facts.trouble {
            let tone = if facts.seen == Seen::Away(Absence::Failing) { Tone::Critical } else { Tone::Warning };
            Banner { tone, strong: "", text: trouble, action: None, dismiss: false, rounded: true }.show(ui);
        }
        if let Some(pin) = facts.pin.as_ref().filter(|pin| !pin.tries.is_empty()) {
            let (tone, strong, text) = if pin.is_locked {
                (Tone::Critical, pin.tries, no_login(Seen::PinLocked).unwrap_or_default())
            } else {
                (Tone::Warning, "", pin.tries)
            };
            Banner { tone, strong, text, action: None, dismiss: false, rounded: true }.show(ui);
        }
        ui.add_space(4.0);
        if facts.home {
            home_buttons(ui, view);
        } else {
            buttons(ui, view, facts);
        }
        Role::Small.label(ui, theme::of(ui).text3, opened_by(facts.store.kind));
    });
}

fn head_ui(ui: &mut Ui, facts: &Facts) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        icon_tile(ui, Icon::of_store(facts.store.kind), 36.0);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - 104.0);
            Role::KeyTitle.line(ui, theme.text, named(&facts.store));
            Role::Small.line(ui, theme.text2, facts.kind.clone());
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| chip(ui, facts.seen));
    });
}

/// How many keys in which states.
fn holds_ui(ui: &mut Ui, view: &mut View<'_>, facts: &Facts) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        let keys = if facts.keys == 1 { "1 key".to_owned() } else { format!("{} keys", facts.keys) };
        ui.allocate_ui(vec2(LABEL + 56.0, 24.0), |ui| key_value(ui, "Holds", &keys, "", false, None));
        for (state, count) in &facts.states {
            state_chip(ui, *state);
            Role::SmallMedium.line(ui, theme.text2, count.to_string());
        }
        if facts.keys > 0 && link(ui, "Show them", Some(Icon::ArrowRight)).clicked() {
            view.asks.push(Ask::Narrow(Narrow { stores: vec![facts.store.name.to_string()], ..Narrow::default() }));
            view.asks.act(Action::ShowInventory);
        }
    });
}

fn home_buttons(ui: &mut Ui, view: &mut View<'_>) {
    let (action, text, icon) = match view.desk.health.lock {
        LockState::Locked => (Action::Unlock, "Unlock", Icon::LockOpen),
        LockState::Unlocked => (Action::Lock, "Lock", Icon::Lock),
    };
    if ui.add(Button::new(text).small().icon(icon)).clicked() {
        view.asks.act(action);
    }
}

/// Log in or lock, look again, reconcile, remove.
fn buttons(ui: &mut Ui, view: &mut View<'_>, facts: &Facts) {
    let name = facts.store.name.to_string();
    let changes = view.desk.context.can_change().err();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if facts.seen == Seen::Open {
            if ui.add(Button::new("Log out").small().icon(Icon::SignOut)).clicked() {
                view.asks.push(Ask::Look(Request::Stores(StoreRequest::Lock(name.clone()))));
            }
        } else {
            let refused = no_login(facts.seen);
            if ui.add(Button::new("Log in").small().icon(Icon::SignIn).refused(refused)).clicked() {
                view.asks.open(LogIn::to(&facts.store));
            }
        }
        let asked = view.desk.stores.is_asked(&name).then_some("It is being asked.");
        if ui.add(Button::new("Reconnect").small().icon(Icon::Rotate).refused(asked)).clicked() {
            view.asks.push(Ask::LookAtStores(Some(name.clone())));
        }
        let closed = (facts.seen != Seen::Open).then_some("Its keys are not open. Log in first.");
        if ui.add(Button::new("Reconcile").small().icon(Icon::Checklist).refused(closed)).clicked() {
            view.asks.open(ReconcileStores::of(Some(name.clone())));
            view.asks.push(Ask::Request(Request::Stores(StoreRequest::Reconcile(Some(name)))));
        }
        let stays = changes.as_deref().or(facts.stays.as_deref());
        if ui.add(Button::new("Remove").small().icon(Icon::Trash).refused(stays)).clicked() {
            view.asks.open(RemoveStore::of(&facts.store));
        }
    });
}

const fn no_login(seen: Seen) -> Option<&'static str> {
    match seen {
        // What failed once may come back with a new worker.
        Seen::Open | Seen::Locked | Seen::Away(Absence::Hanging | Absence::Failing) => None,
        Seen::PinLocked => Some("Its PIN is locked. Its security officer can set a new one (with a smart card: the PUK)."),
        Seen::Away(Absence::Gone) => Some("It is away. Plug it in and reconnect."),
        Seen::Away(Absence::Replaced) => Some("Another token is in its place. Plug in its own and reconnect."),
        Seen::Unknown => Some("Unlock the inventory first."),
        Seen::Asked => Some("It has not answered yet."),
    }
}

const fn opened_by(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keychain => "One item a key. Any program of yours on this desktop could ask for it.",
        StoreKind::FilesByKeychain => "One encrypted age file a key; the keychain holds what opens them.",
        StoreKind::Files => "One encrypted age file a key, opened by your passphrase alone.",
        StoreKind::Pkcs11 => "Its keys are made in the token and never leave it.",
        StoreKind::OpenBao => "Its keys are made at the server and stay there, unless the server was told that they may leave.",
    }
}
