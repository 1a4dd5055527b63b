//! Tooltips: one function hangs them, so that none ever hangs over a dialog.

use crate::expect_none;
use crate::source::{Token, rust_files, tokens};

/// The room of that function.
const ROOM: &str = "src/desktop/widgets/tooltip.rs";

/// egui's own ways, used elsewhere.
fn hung_elsewhere(path: &str, text: &str) -> Vec<String> {
    if path == ROOM {
        return Vec::new();
    }
    let tokens = tokens(text);
    let ways = tokens.iter().enumerate().filter_map(|(at, token)| match token {
        Token::Word(name) if name == "Tooltip" && tokens.get(at + 1) == Some(&Token::Path) => Some(name),
        Token::Word(name) => {
            let shows = ["on_hover_", "on_disabled_hover_", "show_tooltip_"].iter().any(|start| name.starts_with(start));
            let hangs = ["_text", "_ui", "_pointer"].iter().any(|end| name.ends_with(end));
            (shows && hangs).then_some(name)
        }
        _ => None,
    });
    ways.map(|way| format!("{path}: {way}")).collect()
}

#[test]
fn tooltips_are_hung_by_one_function() {
    let found: Vec<String> = rust_files(&["src"]).iter().flat_map(|file| hung_elsewhere(&file.path, &file.text)).collect();
    expect_none(&found);
}

#[test]
fn a_tooltip_hung_elsewhere_is_found() {
    for text in
        ["r.on_hover_text(name)", "r.on_disabled_hover_ui(f)", "r.on_hover_ui_at_pointer(f)", "egui::Tooltip::for_enabled(&r)"]
    {
        assert_eq!(hung_elsewhere("src/desktop/table.rs", text).len(), 1, "{text}");
        expect_none(&hung_elsewhere(ROOM, text));
    }
    expect_none(&hung_elsewhere(
        "src/desktop/table.rs",
        "Order::Tooltip; r.on_hover_cursor(hand); r.tooltip(name); // on_hover_text(name)",
    ));
}
