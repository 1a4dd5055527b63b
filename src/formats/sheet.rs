//! The public facts of keys as pages to be printed: one HTML file that needs nothing else, runs nothing and loads nothing.
//! It is well-formed XML as well, so that any parser can hold it to account.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::{FormatError, openssh, spki};
use crate::model::qr::{Qr, escaped};
use crate::model::time::short_date;
use crate::model::{Key, Time, Version, name, ssh_fingerprint};

/// Codes with more modules than this along a side are too fine to be read from paper.
const FINEST: usize = 117;

/// A4, black on white, one page a key. Nothing is loaded from anywhere.
const STYLE: &str = "
@page { size: A4; margin: 18mm 16mm; }
* { box-sizing: border-box; }
html { background: white; color: black; }
body { margin: 0 auto; max-width: 178mm; font: 10.5pt/1.45 Inter, 'Helvetica Neue', Arial, sans-serif; }
section { break-after: page; padding: 6mm 0; }
section:last-of-type { break-after: auto; }
h1 { margin: 0; font-size: 19pt; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 7mm 0 1.5mm; font-size: 10.5pt; }
p { margin: 0; }
p.lead { margin-bottom: 5mm; }
.top { display: flex; gap: 8mm; align-items: flex-start; }
table { flex: 1; border-collapse: collapse; }
th { width: 34mm; padding: 1.1mm 4mm 1.1mm 0; text-align: left; vertical-align: top; font-weight: normal; }
td { padding: 1.1mm 0; vertical-align: top; overflow-wrap: anywhere; }
tr { border-bottom: 0.2mm solid black; }
figure { margin: 0; width: 52mm; }
figure svg { display: block; width: 52mm; height: 52mm; }
figcaption { font-size: 8.5pt; }
pre, code { font: 9pt/1.5 'JetBrains Mono', 'DejaVu Sans Mono', Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0; padding: 3mm; border: 0.2mm solid black; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; }
footer { margin-top: 7mm; font-size: 8.5pt; }
";

/// A version of a key that is to be printed.
pub struct SheetEntry<'a> {
    /// The key.
    pub key: &'a Key,
    /// Its version.
    pub version: &'a Version,
}

/// The pages, as things stand at an instant. Days are those of a zone.
pub fn html(entries: &[SheetEntry<'_>], now: Time, zone: &TimeZone) -> String {
    let title = match entries {
        [one] => text(&one.key.name),
        many => format!("{} keys", many.len()),
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    for entry in entries {
        section(&mut page, entry, now, zone);
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// The public keys of pages, one for each, in order.
pub(super) fn keys(page: &str) -> Result<Vec<Box<[u8]>>, FormatError> {
    let blocks = page.split("<h2>Public key</h2>\n<pre>").skip(1).map(|rest| rest.split("</pre>").next().unwrap_or_default());
    let one = |block: &str| match &spki::from_pem(block)?[..] {
        [one] => Ok(one.clone()),
        _ => Err(FormatError::Unreadable("sheet")),
    };
    blocks.map(one).collect()
}

/// A text of a person's own, as it is shown and so that it is only text.
fn text(own: &str) -> String {
    escaped(&name::shown(own))
}

fn section(page: &mut String, entry: &SheetEntry<'_>, now: Time, zone: &TimeZone) {
    let SheetEntry { key, version } = entry;
    let pem = spki::to_pem(&version.public_key);
    let line = openssh::line(&version.public_key, &key.name).ok();
    let _ = write!(page, "<section>\n<h1>{}</h1>\n", text(&key.name));
    let _ = writeln!(page, "<p class=\"lead\">Public facts of a key. None of them is secret.</p>\n<div class=\"top\">");
    facts(page, entry, now, zone);
    code(page, version, &pem);
    page.push_str("</div>\n");
    fingerprints(page, version);
    let _ = write!(page, "<h2>Public key</h2>\n<pre>{}</pre>\n", escaped(pem.trim_end()));
    if let Some(line) = line {
        let _ = write!(page, "<h2>Public key for OpenSSH</h2>\n<pre>{}</pre>\n", escaped(line.trim_end()));
    }
    let _ = write!(
        page,
        "<footer>As of {}. Later changes are not on this page: compare the fingerprint before you rely on it.</footer>\n</section>\n",
        short_date(now, zone)
    );
}

fn facts(page: &mut String, SheetEntry { key, version }: &SheetEntry<'_>, now: Time, zone: &TimeZone) {
    let day = |at: Option<Time>, otherwise: &str| at.map_or_else(|| otherwise.to_owned(), |at| short_date(at, zone));
    let owner = if key.owner.is_empty() { "nobody is named".to_owned() } else { text(&key.owner) };
    let strength = version.algorithm.strength_bits();
    let algorithm = format!("{}, {strength}-bit strength", escaped(version.algorithm.name()));
    let rows = [
        ("Purpose", escaped(key.purpose.name())),
        ("State", format!("{}, as of {}", version.state(now).name(), short_date(now, zone))),
        ("Algorithm", algorithm),
        ("Version", version.number.to_string()),
        ("Made", short_date(version.life.created, zone)),
        ("In use from", day(version.life.activates, "not activated")),
        ("In use until", day(version.expires(), "no end is set")),
        ("Owner", owner),
    ];
    page.push_str("<table>\n");
    for (head, value) in rows {
        let _ = writeln!(page, "<tr><th scope=\"row\">{head}</th><td>{value}</td></tr>");
    }
    page.push_str("</table>\n");
}

/// The key itself as a code where it is coarse enough for paper, else its fingerprint.
fn code(page: &mut String, version: &Version, pem: &str) {
    let whole = Qr::of(pem).filter(|code| code.side() <= FINEST).map(|code| (code, "The public key"));
    let print = || Qr::of(&version.spki_sha256.to_string()).map(|code| (code, "The SPKI SHA-256 fingerprint"));
    if let Some((code, caption)) = whole.or_else(print) {
        let svg = code.svg(&format!("QR code: {caption}"));
        let _ = write!(page, "<figure>\n{svg}\n<figcaption>{caption}</figcaption>\n</figure>\n");
    }
}

fn fingerprints(page: &mut String, version: &Version) {
    let digits = version.spki_sha256.to_string();
    let groups: Vec<&str> = (0..digits.len()).step_by(4).filter_map(|at| digits.get(at..at + 4)).collect();
    let _ = write!(page, "<h2>SHA-256 of the public key (SPKI)</h2>\n<p><code>{}</code></p>\n", groups.join(" "));
    if let Some(ssh) = &version.ssh_sha256 {
        let _ = write!(page, "<h2>Fingerprint in OpenSSH</h2>\n<p><code>{}</code></p>\n", escaped(&ssh_fingerprint(ssh)));
    }
}
