//! What cannot be taken back: its dialog says so before.

use egui::Theme;
use egui_kittest::kittest::Queryable as _;

use crate::stage::{self, Window, act, settle};

fn says(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

/// The dialogs of everything that Ctrl+Z does not take back.
#[test]
fn a_dialog_of_what_cannot_be_taken_back_says_so_before() {
    let actions = [
        "New key",
        "Export public key",
        "Make a certificate request",
        "Attach a certificate",
        "Record a hand-over",
        "Rotate",
        "Revoke",
        "Deactivate",
        "Deliveries",
        "Note a backup",
    ];
    for action in actions {
        let mut window = stage::with_key(Theme::Light, "api.example.com");
        if action == "Deliveries" {
            let events = window.state().world.rotated("api.example.com");
            window.state_mut().happened(events);
            settle(&mut window);
        }
        act(&mut window, action);
        assert!(says(&window, "cannot be taken back"), "{action}");
        assert!(!says(&window, "Ctrl Z takes it back"), "{action}");
    }
}

#[test]
fn a_dialog_of_what_ctrl_z_takes_back_says_so_before() {
    for action in ["Edit", "Suspend", "Extend"] {
        let mut window = stage::with_key(Theme::Light, "api.example.com");
        act(&mut window, action);
        assert!(says(&window, "Ctrl Z takes it back"), "{action}");
    }
}
