//! `export --format sheet`: a page to be printed, held to account by parsers of others.

use super::{place, tool};
use crate::support::{Home, has, skip};

/// What a page must not be led by.
const HOSTILE: &str = "<script>alert(1)</script>&amp;\"'></h1><img src=x onerror=alert(2)>-----BEGIN PUBLIC KEY-----";

/// Reads a page as XML, says what is in it and fails on whatever runs or loads something.
const READER: &str = r#"
import json, sys, xml.etree.ElementTree as tree
page = open(sys.argv[1], encoding="utf-8").read()
root = tree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
plain = lambda tag: tag.rsplit("}")[-1]
allowed = {"html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "p", "div", "table", "tr", "th", "td",
           "figure", "figcaption", "svg", "path", "pre", "code", "footer"}
for node in root.iter():
    assert plain(node.tag) in allowed, node.tag
    for name in node.attrib:
        assert plain(name) not in {"href", "src", "action", "srcset", "background"} and not name.lower().startswith("on"), name
assert "url(" not in page and "@import" not in page and "default-src 'none'" in page
text = lambda tag: ["".join(node.itertext()) for node in root.iter() if plain(node.tag) == tag]
paths = [node.attrib["d"] for node in root.iter() if plain(node.tag) == "path" and node.attrib["fill"] == "black"]
sides = [int(node.attrib["viewBox"].split()[2]) for node in root.iter() if plain(node.tag) == "svg"]
for number, (path, side) in enumerate(zip(paths, sides)):
    pixels = bytearray(b"\xff" * (side * 4) ** 2)
    for run in path.split("M")[1:]:
        place, length = run.split("h")[0], int(run.split("h")[1].split("v")[0])
        column, row = map(int, place.split())
        for y in range(row * 4, row * 4 + 4):
            start = y * side * 4 + column * 4
            pixels[start:start + length * 4] = bytes(length * 4)
    open(f"{sys.argv[1]}.{number}.pgm", "wb").write(b"P5 %d %d 255\n" % (side * 4, side * 4) + pixels)
print(json.dumps({"h1": text("h1"), "pre": text("pre"), "td": text("td"), "code": text("code"), "codes": len(paths)}))
"#;

/// What a page holds, by the system's own Python.
fn read(home: &Home, file: &str) -> serde_json::Value {
    std::fs::write(home.path("reader.py"), READER).unwrap();
    serde_json::from_str(&tool(home, "/usr/bin/python3", ["reader.py", file])).unwrap()
}

fn sheet(home: &Home, keys: &[&str], file: &str) -> serde_json::Value {
    let arguments = ["export", "--format", "sheet", "--out"];
    let file = place(home, file);
    home.open(arguments.into_iter().chain([file.as_str()]).chain(keys.iter().copied())).done();
    read(home, &file)
}

/// What the codes of a page say to an independent reader.
fn codes(home: &Home, file: &str, count: usize) -> Option<Vec<String>> {
    if !has("zbarimg") {
        skip("the QR codes of sheets", "zbarimg is not here");
        return None;
    }
    let one = |number| {
        let picture = home.path(&format!("{file}.{number}.pgm"));
        let said = std::process::Command::new("zbarimg").args(["--nodbus", "--raw", "-q"]).arg(picture).output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim_end().to_owned()
    };
    Some((0..count).map(one).collect())
}

#[test]
fn a_page_holds_the_public_facts_and_a_code_of_the_key() {
    let home = Home::with_files();
    home.open(["generate", "deploy", "--purpose", "ssh", "--owner", "Release team"]).done();
    let found = sheet(&home, &["deploy"], "deploy.html");
    let pem = home.run(["export", "deploy", "--format", "spki-pem", "--out", "-"]).done().text();
    let line = home.run(["export", "deploy", "--format", "openssh", "--out", "-"]).done().text();
    assert_eq!(found["h1"], serde_json::json!(["deploy"]));
    assert_eq!(found["pre"], serde_json::json!([pem.trim_end(), line.trim_end()]));
    let facts = found["td"].to_string();
    for word in ["SSH", "Active, as of", "Ed25519", "Release team"] {
        assert!(facts.contains(word), "{word}: {facts}");
    }
    std::fs::write(home.path("pem"), &pem).unwrap();
    tool(&home, "openssl", ["pkey", "-pubin", "-in", "pem", "-outform", "DER", "-out", "der"]);
    let digest = found["code"][0].as_str().unwrap().replace(' ', "");
    assert!(tool(&home, "openssl", ["dgst", "-sha256", "der"]).contains(&digest), "{digest}");
    std::fs::write(home.path("line"), &line).unwrap();
    assert!(tool(&home, "ssh-keygen", ["-lf", "line"]).contains(found["code"][1].as_str().unwrap()));
    if let Some(codes) = codes(&home, "deploy.html", 1) {
        assert_eq!(codes, [pem.trim_end()]);
    }
}

#[test]
fn hostile_names_stay_text() {
    let home = Home::with_files();
    home.open(["generate", "--owner", "</td><script src=//evil.example></script>", HOSTILE]).done();
    let found = sheet(&home, &[HOSTILE], "hostile.html");
    assert_eq!(found["h1"], serde_json::json!([HOSTILE]));
    assert!(found["td"].to_string().contains("</td><script src=//evil.example></script>"));
    home.open(["generate", "turned\u{202e}lmth.\u{1}exe"]).done();
    let found = sheet(&home, &["turned\u{202e}lmth.\u{1}exe"], "turned.html");
    let name = found["h1"][0].as_str().unwrap();
    assert!(!name.contains(['\u{202e}', '\u{1}']) && name.starts_with("turned"), "{name}");
}

#[test]
fn several_keys_have_a_page_each_and_a_large_one_has_the_code_of_its_fingerprint() {
    let home = Home::with_files();
    home.open(["generate", "rsa", "--algorithm", "rsa3072"]).done();
    home.open(["generate", "post-quantum", "--algorithm", "ml-dsa-87"]).done();
    let found = sheet(&home, &["rsa", "post-quantum"], "both.html");
    assert_eq!((&found["h1"], found["codes"].as_u64()), (&serde_json::json!(["rsa", "post-quantum"]), Some(2)));
    let Some(codes) = codes(&home, "both.html", 2) else { return };
    assert!(codes[0].starts_with("-----BEGIN PUBLIC KEY-----"), "{codes:?}");
    assert_eq!(codes[1], found["code"].as_array().unwrap().last().unwrap().as_str().unwrap().replace(' ', ""));
}

#[test]
fn a_page_is_put_on_record_and_with_a_recipient_is_a_hand_over() {
    let home = Home::with_files();
    home.open(["generate", "deploy"]).done();
    home.open(["export", "deploy", "--format", "sheet", "--out", &place(&home, "a.html"), "--to", "Notary"]).done();
    let given = super::looked(&home, "handover-list", ["handover", "list"]);
    assert_eq!((given[0]["format"].as_str(), given[0]["recipient"].as_str()), (Some("sheet"), Some("Notary")));
    home.open(["export", "deploy", "--format", "sheet", "--out", &place(&home, "a.html")]).with(4);
    home.open(["export", "deploy", "--private", "--format", "sheet", "--out", &place(&home, "b.html")]).with(2);
}
