//! Dependencies point one way: desktop, cli → actions, custodian → stores → network → audit, formats → crypto →
//! model, secret. Every path from one room into another is read, in `use` lines and in the text.

use crate::expect_none;
use crate::source::{Token, rust_files, tokens};

/// Each room with its floor: a room may use the rooms of the floors below its own, and no neighbour.
const FLOORS: [(&str, u8); 11] = [
    ("desktop", 6),
    ("cli", 6),
    ("actions", 5),
    ("custodian", 5),
    ("stores", 4),
    ("network", 3),
    ("audit", 2),
    ("formats", 2),
    ("crypto", 1),
    ("model", 0),
    ("secret", 0),
];

/// What the desktop does not touch although it lies below: it reads the model and talks to the custodian.
const NOT_FOR_THE_DESKTOP: [&str; 5] = ["network", "stores", "crypto", "formats", "audit"];

/// The network asks servers, and knows neither where secrets lie nor what was done.
const NOT_FOR_THE_NETWORK: [&str; 2] = ["stores", "audit"];

/// A store may lie at a server. It reads no format and knows no log.
const NOT_FOR_THE_STORES: [&str; 2] = ["audit", "formats"];

/// Crates that only certain rooms may name, with those rooms.
const CRATES: [(&str, &[&str]); 16] = [
    ("cryptoki", &["stores"]),
    ("rustls", &["network"]),
    ("ureq", &["network"]),
    ("egui", &["desktop"]),
    ("eframe", &["desktop"]),
    ("egui_extras", &["desktop"]),
    ("ed25519_dalek", &["crypto"]),
    ("p256", &["crypto"]),
    ("p384", &["crypto"]),
    ("rsa", &["crypto"]),
    ("ml_dsa", &["crypto"]),
    ("p521", &["crypto"]),
    ("k256", &["crypto"]),
    ("ml_kem", &["crypto"]),
    ("keyring", &["stores"]),
    ("rfd", &["desktop"]),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn permitted(from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    let below = floor(from).zip(floor(to)).is_some_and(|(from, to)| to < from);
    let barred = match from {
        "desktop" => &NOT_FOR_THE_DESKTOP[..],
        "network" => &NOT_FOR_THE_NETWORK[..],
        "stores" => &NOT_FOR_THE_STORES[..],
        _ => &[],
    };
    below && !barred.contains(&to)
}

/// The room a file belongs to; `None` for `main.rs` and `lib.rs`, which join the rooms.
fn room_of(path: &str) -> Option<&str> {
    let first = path.strip_prefix("src/")?.split('/').next()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (room != "main" && room != "lib").then_some(room)
}

/// How many modules deep a file's own module lies: 1 for `src/model/mod.rs`, 2 for `src/model/key.rs`.
fn depth_of(path: &str) -> usize {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').filter(|part| *part != "mod").count()
}

/// The rooms that a text uses, as written from the root: `crate::room`, `super::super::room`, in groups too.
fn rooms_used(path: &str, tokens: &[Token]) -> Vec<String> {
    let mut used = Vec::new();
    let mut depth = depth_of(path);
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Mark('{') => {
                let module = at >= 2 && tokens[at - 2].word() == Some("mod");
                depth += usize::from(module);
                braces.push(module);
            }
            Token::Mark('}') => depth -= usize::from(braces.pop() == Some(true)),
            Token::Word(word) if word == "crate" || word == "super" => {
                let climbed = climb(&tokens[at..]);
                if climbed > 0 && (word == "crate" || climbed == depth) {
                    names_at(tokens, at + 2 * climbed, &mut used);
                }
                at += 2 * climbed + usize::from(climbed == 0);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    used
}

/// How many modules a path climbs that begins here: 2 in `super::super::x`, 0 in `pub(crate)`.
fn climb(tokens: &[Token]) -> usize {
    let step = |pair: &&[Token]| matches!(pair[0].word(), Some("crate" | "super")) && pair.get(1) == Some(&Token::Path);
    tokens.chunks(2).take_while(step).count()
}

/// The name at this place, or, where a group opens, the first name of each of its members.
fn names_at(tokens: &[Token], at: usize, used: &mut Vec<String>) {
    match tokens.get(at) {
        Some(Token::Word(name)) => used.push(name.clone()),
        Some(Token::Mark('{')) => {
            let (mut depth, mut first) = (0, true);
            for token in &tokens[at..] {
                match token {
                    Token::Mark('{') => depth += 1,
                    Token::Mark('}') => depth -= 1,
                    Token::Mark(',') if depth == 1 => first = true,
                    Token::Word(name) if depth == 1 && first => {
                        used.push(name.clone());
                        first = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        }
        _ => {}
    }
}

/// The arrows of a file that point where they must not.
fn wrong_arrows(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let tokens = tokens(text);
    let mut wrong: Vec<String> = rooms_used(path, &tokens)
        .into_iter()
        .filter(|to| floor(to).is_some() && !permitted(room, to))
        .map(|to| format!("{path}: {room} → {to}"))
        .collect();
    for (name, rooms) in CRATES {
        let begins = |at: usize| tokens[at].word() == Some(name) && tokens.get(at + 1) == Some(&Token::Path);
        let named = (0..tokens.len()).any(|at| begins(at) && (at == 0 || tokens[at - 1] != Token::Path));
        if named && !rooms.contains(&room) {
            wrong.push(format!("{path}: {room} names the crate {name}, which is for {}", rooms.join(", ")));
        }
    }
    if room == "desktop" && tokens.iter().any(|token| token.word() == Some("SecretBytes")) {
        wrong.push(format!("{path}: desktop → SecretBytes; of secrets it knows only the passphrase that is typed"));
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn dependencies_point_one_way() {
    let files = rust_files(&["src"]);
    assert!(files.len() > 10, "the source was not found");
    let wrong: Vec<String> = files.iter().flat_map(|file| wrong_arrows(&file.path, &file.text)).collect();
    expect_none(&wrong);
}

#[test]
fn every_room_has_a_floor() {
    let files = rust_files(&["src"]);
    let unknown: Vec<String> = files
        .iter()
        .filter_map(|file| room_of(&file.path))
        .filter(|room| floor(room).is_none())
        .map(|room| format!("src/{room} is not in the map of the house"))
        .collect();
    expect_none(&unknown);
}

#[test]
fn arrows_that_point_elsewhere_are_found() {
    let cases = [
        ("src/desktop/table.rs", "use crate::stores::KeyStore;", "desktop → stores"),
        ("src/desktop/table.rs", "use crate::{model::Key, audit::{Log, crypto}};", "desktop → audit"),
        ("src/desktop/table.rs", "fn f() { crate::crypto::sign(); }", "desktop → crypto"),
        ("src/desktop/dialogs/a.rs", "use super::super::super::formats::jwk;", "desktop → formats"),
        ("src/desktop/lock.rs", "use crate::secret::{Passphrase, SecretBytes};", "desktop → SecretBytes"),
        ("src/model/key.rs", "mod tests { use super::super::super::secret; }", "model → secret"),
        ("src/model/mod.rs", "pub use super::custodian::Command;", "model → custodian"),
        ("src/cli/mod.rs", "use crate::desktop::run;", "cli → desktop"),
        ("src/stores/files.rs", "use crate::audit::Log;", "stores → audit"),
        ("src/stores/openbao/mod.rs", "use crate::formats::spki;", "stores → formats"),
        ("src/stores/openbao/mod.rs", "use ureq::Agent;", "stores names the crate ureq"),
        ("src/network/ssh.rs", "use crate::stores::Home;", "network → stores"),
        ("src/desktop/app.rs", "use crate::network::look;", "desktop → network"),
        ("src/cli/probe.rs", "use rustls::Error;", "cli names the crate rustls"),
        ("src/actions.rs", "use egui::Key;", "actions names the crate egui"),
        ("src/custodian/sign.rs", "use p256::ecdsa::SigningKey;", "custodian names the crate p256"),
    ];
    for (path, text, arrow) in cases {
        let wrong = wrong_arrows(path, text);
        assert!(wrong.len() == 1 && wrong[0].contains(arrow), "{text}: {wrong:?}");
    }
}

#[test]
fn arrows_that_point_down_are_let_through() {
    let cases = [
        ("src/desktop/table.rs", "use crate::{actions, custodian::Command, model::{Key, audit}, secret::Passphrase};"),
        ("src/custodian/mod.rs", "use crate::audit::Log; mod tests { use super::audit; }"),
        ("src/stores/files.rs", "// crate::audit\nuse super::error; use crate::crypto; const S: &str = \"crate::desktop\";"),
        ("src/stores/openbao/mod.rs", "use crate::network::bao::Server;"),
        ("src/custodian/make.rs", "pub(crate) use crate::crypto::rsa::generate; pub(super) fn f() {}"),
        ("src/main.rs", "use keystead::desktop; use crate::desktop;"),
    ];
    for (path, text) in cases {
        expect_none(&wrong_arrows(path, text));
    }
}
