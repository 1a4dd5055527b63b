//! Colours are tokens of the theme: nowhere else is one written down.

use crate::expect_none;
use crate::source::{Token, rust_files, tokens};

/// No colours: the absence of paint, and egui's mark for "the widget decides".
const NO_COLOUR: [&str; 2] = ["TRANSPARENT", "PLACEHOLDER"];

/// What a file must not do with colours, in the words that it used.
fn written_colours(path: &str, text: &str) -> Vec<String> {
    if !path.starts_with("src/desktop") || path.starts_with("src/desktop/theme") {
        return Vec::new();
    }
    let tokens = tokens(text);
    let constructed = tokens.windows(3).filter_map(|three| match three {
        [Token::Word(kind), Token::Path, Token::Word(name)]
            if matches!(kind.as_str(), "Color32" | "Rgba" | "Hsva") && !NO_COLOUR.contains(&name.as_str()) =>
        {
            Some(format!("{path}: {kind}::{name}"))
        }
        _ => None,
    });
    let written = tokens.iter().filter_map(|token| match token {
        Token::Text(text) if is_hex_colour(text) => Some(format!("{path}: \"{text}\"")),
        Token::Word(name) if name == "hex_color" => Some(format!("{path}: {name}!")),
        _ => None,
    });
    constructed.chain(written).collect()
}

fn is_hex_colour(text: &str) -> bool {
    text.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        digits == 6 || digits == 8
    })
}

#[test]
fn colours_come_from_the_theme() {
    let found: Vec<String> = rust_files(&["src"]).iter().flat_map(|file| written_colours(&file.path, &file.text)).collect();
    expect_none(&found);
}

#[test]
fn a_colour_written_elsewhere_is_found() {
    for text in [
        "let c = egui::Color32::from_rgb(1, 2, 3);",
        "Color32::RED",
        "f(\"fill='#D3D8E0'\")",
        "hex_color!(x)",
        "Rgba::from_black_alpha(0.3)",
    ] {
        assert_eq!(written_colours("src/desktop/table.rs", text).len(), 1, "{text}");
        expect_none(&written_colours("src/desktop/theme/light.rs", text));
    }
    expect_none(&written_colours(
        "src/desktop/table.rs",
        "Color32::TRANSPARENT; // Color32::RED\nfn f(c: Color32) -> Color32 {}",
    ));
}
