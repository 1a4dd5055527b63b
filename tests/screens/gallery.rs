//! Every widget in both appearances and at two scales.

use egui::{Event, Rect, Theme, Ui, pos2, vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use keystead::desktop::icons::Icon;
use keystead::desktop::theme::{self, Role, size};
use keystead::desktop::widgets::{self, *};
use keystead::model::State;

use crate::harness;

fn everywhere(name: &str, area: [f32; 2], mut ui: impl FnMut(&mut Ui)) {
    let mut results = SnapshotResults::new();
    for appearance in [Theme::Light, Theme::Dark] {
        for scale in [1.0, 2.0] {
            results.extend(harness::snapshot(name, area, appearance, scale, &mut ui));
        }
    }
}

#[test]
fn buttons_and_chips() {
    everywhere("buttons", [720.0, 340.0], |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 12.0);
        ui.horizontal(|ui| {
            ui.add(Button::primary("New key").icon(Icon::Plus).shortcut("Ctrl N"));
            ui.add(Button::new("Export").chevron());
            ui.add(Button::new("Save picture").icon(Icon::Export));
            ui.add(Button::danger("Destroy now").icon(Icon::Trash));
            ui.add(Button::ghost("Make many").icon(Icon::ListPlus));
        });
        ui.horizontal(|ui| {
            ui.add(Button::primary("Rotate now").small().icon(Icon::Rotate));
            ui.add(Button::new("Open key").small());
            ui.add(Button::new("Destroy now").icon(Icon::Trash).refused(Some("Type the name first.")));
            icon_button(ui, Icon::More, "More");
            icon_button(ui, Icon::Close, "Close");
            link(ui, "Review", Some(Icon::ArrowRight));
            kbd(ui, "Ctrl K");
            badge(ui, 9);
        });
        ui.horizontal(|ui| {
            filter_chip(ui, "All", Some(64), true);
            filter_chip(ui, "Needs attention", Some(9), false);
            menu_chip(ui, "State", false);
            menu_chip(ui, "Store", true);
            tag(ui, "prod");
        });
        ui.horizontal_wrapped(|ui| {
            for state in State::ALL {
                state_chip(ui, state);
            }
        });
        ui.horizontal(|ui| {
            let mut on = true;
            checkbox(ui, &mut on, "Make a certificate request at the same time");
            on = false;
            checkbox(ui, &mut on, "Off");
            switch(ui, &mut on, "Off switch");
            on = true;
            switch(ui, &mut on, "On switch");
        });
        progress(ui, "Making keys", 240, 1000);
    });
}

#[test]
fn fields_and_cards() {
    everywhere("fields", [720.0, 450.0], |ui| {
        ui.spacing_mut().item_spacing = vec2(12.0, 12.0);
        ui.horizontal(|ui| {
            choice_card(ui, vec2(162.0, 72.0), Icon::Globe, "TLS server", "Web and API hosts", true);
            choice_card(ui, vec2(162.0, 72.0), Icon::IdCard, "TLS client", "Services, devices", false);
        });
        ui.horizontal_top(|ui| {
            Field::new("Name").width(240.0).show(ui, &mut "shop.example.com".to_owned());
            combo(ui, "Owner", "Mira", &["Mira", "Jonas"], 152.0);
            Field::new("Subject").prefix("CN").error(Some("This name is taken.")).width(200.0).show(ui, &mut "shop".to_owned());
        });
        ui.horizontal_top(|ui| {
            date_field(ui, Field::new("Use until").width(200.0), &mut "90d".to_owned(), &Ok("12 Dec 2026".to_owned()));
            SecretField::new("Passphrase").width(200.0).show(ui, &mut SecretText::default());
            Field::new("Note").rows(2).hint("Why").width(200.0).show(ui, &mut String::new());
        });
        tag_editor(ui, "Tags", &mut vec!["prod".into(), "edge".into()], &mut String::new(), "Add a tag", false);
        search_field(ui, egui::Id::unique("search"), &mut String::new(), "Search name, owner, tag", "Ctrl F", 392.0);
        radio_row(ui, true, false, "After 7 days, as your policy says", "Until the end of Mon 30 Nov 2026 one click cancels it.");
    });
}

#[test]
fn states_and_bars() {
    everywhere("states", [720.0, 330.0], |ui| {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(704.0, 200.0), egui::Sense::hover());
        for (row, state) in State::ALL.into_iter().enumerate() {
            let y = rect.top() + 14.0 + row as f32 * 28.0;
            paint_state(ui.painter(), theme, pos2(rect.left() + 8.0, y), state, theme.panel, f32::INFINITY);
            let lane = Rect::from_min_size(pos2(rect.left() + 180.0, y - 6.0), vec2(240.0, size::LANE_BAR));
            paint_bar(ui.painter(), theme, lane, BarKind::Of(state));
            let cell = Rect::from_min_size(pos2(rect.left() + 450.0, y - 16.0), vec2(120.0, 32.0));
            let (warning, expired) = (state == State::Active, state == State::Deactivated);
            let period = PeriodCell { date: "12 Dec 2026", span: "19 d", left: 0.4, state, warning, expired, long: false };
            paint_period(ui.painter(), theme, cell, period);
        }
        let stripe = Rect::from_min_size(rect.min + vec2(360.0, 36.0), vec2(60.0, size::LANE_BAR));
        paint_warning(ui.painter(), theme, stripe);
        let planned = Rect::from_min_size(rect.min + vec2(590.0, 8.0), vec2(100.0, size::LANE_BAR));
        paint_bar(ui.painter(), theme, planned, BarKind::Planned);
        for (index, urgency) in [Urgency::Now, Urgency::Soon, Urgency::Later].into_iter().enumerate() {
            paint_urgency(ui.painter(), theme, rect.min + vec2(600.0 + 30.0 * index as f32, 60.0), urgency);
        }
        let step = |state, detail, warning| LifeStep { state, detail, warning };
        let steps = [
            step(State::PreActive, "24 May", false),
            step(State::Active, "since 26 May", false),
            step(State::Deactivated, "12 Dec, 19 d", true),
            step(State::Destroyed, "by policy", false),
        ];
        ui.scope(|ui| {
            ui.set_max_width(304.0);
            life_line(ui, &steps, 1, 0.92);
            key_value(ui, "SPKI SHA-256", "9f2c41d0 … 5e1308c4", "", true, Some("9f2c41d0"));
            section_header(ui, "Hand-overs", Some(3), Some("Record"));
        });
    });
}

#[test]
fn banners_and_empty_states() {
    everywhere("banners", [720.0, 330.0], |ui| {
        for (tone, rounded) in [(Tone::Warning, false), (Tone::Critical, false), (Tone::Info, true), (Tone::Good, true)] {
            let (strong, text) = ("3 keys need you this week.", "The nearest, cdn.example.com, expired 4 days ago.");
            Banner { tone, strong, text, action: Some("Review"), dismiss: true, rounded }.show(ui);
        }
        empty_state(ui, Icon::Key, "No keys yet. Make the first one, or import those you have.", Some("New key"));
    });
}

#[test]
fn a_dialog() {
    everywhere("dialog", [800.0, 400.0], |ui| {
        let dialog = Dialog {
            id: "new",
            title: "New key",
            width: size::DIALOG,
            note: "The private half never leaves the store unless you export it.",
            cancel: "Cancel",
            confirm: "Create key",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        };
        dialog.show(ui.ctx(), |ui| {
            Field::new("Name").show(ui, &mut "shop.example.com".to_owned());
            let text = theme::of(ui).text2;
            Role::Body.label(ui, text, "ECDSA P-256, valid 200 days, warn 30 days before.");
        });
    });
}

#[test]
fn a_typed_passphrase_is_drawn_as_dots_and_told_to_nobody() {
    let mut secret = SecretText::default();
    let mut typed_elsewhere = false;
    let mut harness = harness::piece([300.0, 80.0], Theme::Light, 1.0, |ui| {
        widgets::SecretField::new("Passphrase").show(ui, &mut secret);
        typed_elsewhere |= ui.input(|input| {
            input.events.iter().chain(&input.raw.events).any(|event| matches!(event, Event::Text(_) | Event::Paste(_)))
        });
    });
    harness.get_by_role_and_label(egui::Role::PasswordInput, "Passphrase").focus();
    harness.run();
    harness.event(Event::Text("correct ".into()));
    harness.event(Event::Paste("horse".into()));
    harness.run();
    let node = harness.get_by_role(egui::Role::PasswordInput);
    assert_eq!(node.value(), None);
    harness.snapshot("secret-light@1x");
    drop(harness);
    assert!(!typed_elsewhere);
    assert_eq!(secret.take().expose(), "correct horse");
}
