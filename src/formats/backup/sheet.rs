//! Sheets of paper for shares: one HTML file each, with nothing that it loads from elsewhere. The lines of the share
//! stand in it as they are typed, so that the file itself can be given in place of them.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::share::Share;
use crate::secret::SecretBytes;

/// What else stands on a sheet.
pub struct About<'a> {
    /// The file of the backup, without its folder.
    pub file: &'a str,
    /// The day on which it was made.
    pub day: &'a str,
    /// The backup's id.
    pub backup: &'a str,
}

/// The name of the file of a share: `share-2-of-5.html`.
pub fn file_name(share: &Share) -> String {
    format!("share-{}-of-{}.html", share.number(), share.made())
}

/// A sheet.
pub fn sheet(share: &Share, about: &About<'_>) -> SecretBytes {
    let (number, needed, made, set) = (share.number(), share.needed(), share.made(), share.set());
    let mut html = Zeroizing::new(String::with_capacity(8 << 10));
    html.push_str(HEAD);
    let _ = write!(
        html,
        "<h1>Share {number} of {made}</h1>\n\
         <p class=\"of\">of the passphrase of a Keystead backup</p>\n\
         <table>\n<tr><th>Set</th><td>{set}</td></tr>\n<tr><th>Needed</th><td>any {needed} of {made} shares of this set</td></tr>\n\
         <tr><th>Backup</th><td>{}, made on {}</td></tr>\n<tr><th>Its id</th><td>{}</td></tr>\n</table>\n<pre>\n",
        escaped(about.file),
        escaped(about.day),
        escaped(about.backup),
    );
    for line in share.lines() {
        html.push_str(&line);
        html.push('\n');
    }
    html.push_str("</pre>\n");
    let _ = write!(
        html,
        "<h2>What this is good for</h2>\n\
         <p>Alone this sheet opens nothing and tells nothing. With {} other{} of the same set it gives the passphrase of the backup. \
         Keep the sheets with different people or in different places, and none of them with the backup.</p>\n\
         <h2>How it is used</h2>\n\
         <p>In Keystead choose “Restore from a backup”, then “Shares”, and type the lines above, each as it stands. \
         The last group of a line tells whether it was typed rightly. The letters I, L and O are read as 1, 1 and 0. \
         In a shell: <code>keystead restore FILE --share SHEET --share SHEET</code></p>\n</body>\n</html>\n",
        needed - 1,
        if needed == 2 { "" } else { "s" },
    );
    SecretBytes::new(std::mem::take(&mut *html).into_bytes())
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"referrer\" content=\"no-referrer\">
<title>Share of a backup</title>
<style>
@page { margin: 20mm }
body { font: 11pt/1.5 sans-serif; color: #000; background: #fff; max-width: 170mm; margin: 10mm auto }
h1 { font-size: 22pt; margin: 0 }
h2 { font-size: 12pt; margin: 8mm 0 1mm }
p { margin: 0 }
.of { color: #444; margin-bottom: 6mm }
th { text-align: left; font-weight: normal; color: #444; padding-right: 8mm; vertical-align: top }
pre { font: 15pt/1.8 monospace; border: 0.4mm solid #000; padding: 4mm 6mm; margin: 6mm 0; break-inside: avoid }
</style>
</head>
<body>
";

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, letter| {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            other => safe.push(other),
        }
        safe
    })
}
