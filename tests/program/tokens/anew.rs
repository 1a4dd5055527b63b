//! Initialising a token from a shell: a blank one, one that is in use, and all that keeps a key from being lost by it.

use std::process::Command;

use super::super::shell::schema;
use super::super::support::{Ended, Home, end_of};
use super::shell::Desk;
use super::{MODULE, PIN, function};

const SO_PIN: &str = "12345678";

/// The number of the slot that holds a blank token.
fn blank_slot(desk: &Desk) -> String {
    let mut command = Command::new("pkcs11-tool");
    command.args(["--module", MODULE, "--list-slots"]);
    let text = end_of(desk.hsm.configured(command)).text();
    let block = text.split("Slot ").find(|block| block.contains("uninitialized")).unwrap();
    let id = block.split_once("(0x").unwrap().1.split_once(')').unwrap().0;
    u64::from_str_radix(id, 16).unwrap().to_string()
}

/// `store init-token` with these PINs on descriptors 3 and 4.
pub fn with_pins(home: &Home, so_pin: &str, pin: &str, arguments: &[&str]) -> Command {
    std::fs::write(home.path("so-pin"), so_pin).unwrap();
    std::fs::write(home.path("new-pin"), pin).unwrap();
    let program = home.command(["store", "init-token", "--so-pin-fd", "3", "--pin-fd", "4"]);
    let mut shell = Command::new("sh");
    home.at_home(&mut shell);
    shell.args(["-c", r#"exec "$@" 3<"$HOME/so-pin" 4<"$HOME/new-pin""#, "sh"]);
    shell.arg(program.get_program()).args(program.get_args()).args(arguments);
    shell.arg("--passphrase-file").arg(home.path("passphrase"));
    shell
}

fn initialise(desk: &Desk, module: &str, so_pin: &str, pin: &str, arguments: &[&str]) -> Ended {
    let arguments = [&["--module", module][..], arguments].concat();
    end_of(desk.hsm.configured(with_pins(&desk.home, so_pin, pin, &arguments)))
}

fn is_usable(desk: &Desk, name: &str, label: &str) {
    std::fs::write(desk.home.path("pin"), "9999-new").unwrap();
    desk.open(&["store", "add", "pkcs11", name, "--module", MODULE, "--token", label]).done();
    desk.open(&["generate", name, "--algorithm", "p256", "--store", name]).done();
    let csr = desk.place(&format!("{name}.csr"));
    desk.open(&["request", name, "--subject", "CN=a.example", "--out", &csr]).done();
    assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"));
}

#[test]
fn a_blank_token_is_initialised_and_can_be_used() {
    let Some(desk) = Desk::new("a_blank_token_is_initialised_and_can_be_used") else { return };
    let slot = blank_slot(&desk);
    let made = initialise(&desk, MODULE, SO_PIN, "9999-new", &["--slot", &slot, "--label", "Mira’s", "--json"]).done().json();
    schema::check("store-init-token", &made);
    assert_eq!((&made["label"], &made["before"]), (&"Mira’s".into(), &serde_json::Value::Null));
    let mut command = Command::new("pkcs11-tool");
    command.args(["--module", MODULE, "--list-token-slots"]);
    let listed = end_of(desk.hsm.configured(command)).text();
    assert!(listed.contains("token label        : Mira’s") && listed.contains(made["serial"].as_str().unwrap()), "{listed}");
    is_usable(&desk, "mira", "Mira’s");
    let told = desk.run(&["audit", "show"], None).done().text();
    assert!(told.contains("initialised the token “Mira’s” with the serial number"), "{told}");
    // The security officer's PIN is the one that was given.
    let mut command = Command::new("pkcs11-tool");
    command.args(["--module", MODULE, "--token-label", "Mira’s", "--login", "--login-type", "so", "--so-pin", SO_PIN]);
    command.args(["--init-pin", "--new-pin", PIN]);
    assert_eq!(end_of(desk.hsm.configured(command)).code, Some(0));
}

#[test]
fn a_token_in_use_is_made_anew_only_under_its_typed_label() {
    let Some(desk) = Desk::new("a_token_in_use_is_made_anew_only_under_its_typed_label") else { return };
    desk.hsm.tool(&["--keypairgen", "--key-type", "EC:secp384r1", "--id", "0a0b", "--label", "theirs"]);
    let there = || desk.hsm.tool(&["--list-objects"]).matches("0a0b").count();
    let wanted = ["--token", "office", "--label", "new"];
    let refused = initialise(&desk, MODULE, SO_PIN, "9999-new", &wanted).with(4);
    assert!(refused.stderr.contains("The token “office” is in use: 1 object in it shows without a PIN"), "{}", refused.stderr);
    let other = initialise(&desk, MODULE, SO_PIN, "9999-new", &[&wanted[..], &["--confirm-label", "Office"]].concat()).with(4);
    assert!(other.stderr.contains("Nothing was changed"), "{}", other.stderr);
    assert_eq!(there(), 2);
    let confirmed = [&wanted[..], &["--confirm-label", "office", "--json"]].concat();
    let wrong = initialise(&desk, MODULE, "87654321", "9999-new", &confirmed).with(3);
    assert!(wrong.stderr.contains("PIN of the security officer is wrong. It was tried once"), "{}", wrong.stderr);
    assert_eq!(there(), 2, "a wrong PIN destroys nothing");
    let made = initialise(&desk, MODULE, SO_PIN, "9999-new", &confirmed).done().json();
    assert_eq!(made["before"], "office");
    is_usable(&desk, "mine", "new");
    assert!(desk.run(&["audit", "show"], None).done().text().contains("It was called “office”, and whatever was in it is gone"));
}

#[test]
fn a_store_of_the_inventory_is_never_made_anew() {
    let Some(desk) = Desk::added("a_store_of_the_inventory_is_never_made_anew") else { return };
    desk.open(&["generate", "signer", "--algorithm", "p256", "--store", "hsm"]).done();
    let wanted = ["--token", "office", "--label", "new", "--confirm-label", "office"];
    let refused = initialise(&desk, MODULE, SO_PIN, "9999-new", &wanted).with(4);
    assert!(refused.stderr.contains("That token is the store hsm of this inventory"), "{}", refused.stderr);
    // Nor where its driver gives it another serial number, or its label was changed behind our back.
    for (name, at, text) in [("serial", 80, "NEW-DRIVER-0001 "), ("label", 0, "other                           ")] {
        let body = format!("unsigned long r = real(a, b); memcpy(b + {at}, \"{text}\", {}); return r;", text.len());
        let module = desk.hsm.module_with(name, function::GET_TOKEN_INFO, &body);
        let label = if name == "label" { "other" } else { "office" };
        let slot = ["--token", label, "--label", "new", "--confirm-label", label];
        let refused = initialise(&desk, &module, SO_PIN, "9999-new", &slot);
        assert!(matches!(refused.code, Some(3 | 4)), "{name}: {}", refused.stderr);
    }
    let csr = desk.place("signer.csr");
    desk.open(&["request", "signer", "--subject", "CN=a.example", "--out", &csr]).done();
    assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"));
}

#[test]
fn what_cannot_be_is_said_before_anything_is_destroyed() {
    let Some(desk) = Desk::new("what_cannot_be_is_said_before_anything_is_destroyed") else { return };
    desk.hsm.tool(&["--keypairgen", "--key-type", "EC:secp384r1", "--id", "0a0b"]);
    let with = |module: &str, pin: &str, label: &str| {
        let wanted = ["--token", "office", "--label", label, "--confirm-label", "office"];
        initialise(&desk, module, SO_PIN, pin, &wanted).with(3).stderr
    };
    let long = with(MODULE, "9999-new", "seventeen umlauts ääääääää");
    assert!(long.contains("1 to 32 bytes") && long.contains("34 bytes"), "{long}");
    let short = with(MODULE, "123", "new");
    assert!(short.contains("takes PINs of 4 to 255 bytes, and that of its user is none"), "{short}");
    let flags = "unsigned long r = real(a, b); *(unsigned long *)(b + 96) |= 0x100; return r;";
    let pad = desk.hsm.module_with("pad", function::GET_TOKEN_INFO, flags);
    let pad = with(&pad, "9999-new", "new");
    assert!(pad.contains("office takes its PINs at its own reader") && pad.contains("with the tool that came with it"), "{pad}");
    let none = initialise(&desk, MODULE, SO_PIN, "9999-new", &["--slot", "77", "--label", "new"]).with(3).stderr;
    assert!(none.contains("“office” in slot ") && none.contains(" that was never initialised"), "{none}");
    let nobody = desk.run(&["store", "init-token", "--module", MODULE, "--slot", &blank_slot(&desk), "--label", "a"], None);
    assert!(nobody.with(2).stderr.contains("Give it with --so-pin-fd N"));
    assert_eq!(desk.hsm.tool(&["--list-objects"]).matches("0a0b").count(), 2);
}

#[test]
fn a_token_whose_pin_could_not_be_set_is_told_apart_and_can_be_initialised_again() {
    let Some(desk) = Desk::new("a_token_whose_pin_could_not_be_set_is_told_apart_and_can_be_initialised_again") else { return };
    let module = desk.hsm.module_with("half", function::INIT_PIN, "return 0x30;");
    let half = initialise(&desk, &module, SO_PIN, "9999-new", &["--slot", &blank_slot(&desk), "--label", "half"]).with(3);
    assert!(half.stderr.contains("is empty and called “half” now, but its PIN could not be set: "), "{}", half.stderr);
    let add = desk.open(&["store", "add", "pkcs11", "a", "--module", MODULE, "--token", "half"]).with(3);
    assert!(add.stderr.contains("is not initialised: it has no PIN for its user yet"), "{}", add.stderr);
    let wanted = ["--token", "half", "--label", "whole", "--confirm-label", "half"];
    initialise(&desk, MODULE, SO_PIN, "9999-new", &wanted).done();
    is_usable(&desk, "whole", "whole");
}
