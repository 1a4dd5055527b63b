//! Subjects and alternative names as a person types them, and file names that any system takes.

use egui::{Ui, vec2};

use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Field, bare_tag_editor, paint};
use crate::model::RequestProfile;

/// The parts of a subject that have a field of their own; anything else is typed as RFC 4514 text.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    common_name: String,
    organization: String,
    country: String,
    /// A subject with other parts, as text.
    raw: Option<String>,
}

impl Subject {
    /// The subject of a host or person.
    pub fn named(name: &str) -> Self {
        Self { common_name: name.to_owned(), ..Self::default() }
    }

    /// Takes a subject apart, if it has only parts with fields.
    pub fn read(text: &str) -> Self {
        let mut subject = Self::default();
        for part in parts(text) {
            let slot = match part.split_once('=') {
                Some(("CN", value)) if subject.common_name.is_empty() => (&mut subject.common_name, value),
                Some(("O", value)) if subject.organization.is_empty() => (&mut subject.organization, value),
                Some(("C", value)) if subject.country.is_empty() => (&mut subject.country, value),
                _ => return Self { raw: Some(text.to_owned()), ..Self::default() },
            };
            *slot.0 = unescaped(slot.1);
        }
        subject
    }

    /// As RFC 4514 text.
    pub fn text(&self) -> String {
        if let Some(raw) = &self.raw {
            return raw.trim().to_owned();
        }
        let parts = [("CN", &self.common_name), ("O", &self.organization), ("C", &self.country)];
        let parts = parts.into_iter().filter(|(_, value)| !value.trim().is_empty());
        parts.map(|(kind, value)| format!("{kind}={}", escaped(value.trim()))).collect::<Vec<_>>().join(",")
    }

    /// Draws its fields in one row.
    fn ui(&mut self, ui: &mut Ui) {
        if let Some(raw) = &mut self.raw {
            Field::new("Subject").bare().mono().hint("CN=a.example,O=Example").show(ui, raw);
            return;
        }
        let width = ui.available_width();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            Field::new("Common name").bare().prefix("CN").width(width * 0.46).show(ui, &mut self.common_name);
            Field::new("Organization").bare().prefix("O").width(width * 0.36).show(ui, &mut self.organization);
            Field::new("Country").bare().prefix("C").width(width * 0.18 - 16.0).show(ui, &mut self.country);
        });
    }
}

/// Parts between commas that are not escaped.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            ',' if !escaped => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
        escaped = letter == '\\' && !escaped;
    }
    parts.push(part);
    parts.retain(|part| !part.trim().is_empty());
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// RFC 4514 section 2.4.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (at, letter) in value.char_indices() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (letter == '#' && at == 0) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

fn unescaped(value: &str) -> String {
    let mut letters = value.chars();
    let mut text = String::with_capacity(value.len());
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}

/// Alternative names as chips: “DNS a.example”. What is typed is known by its form.
#[derive(Debug, Clone, Default)]
pub struct AlsoValidFor {
    names: Vec<String>,
    typed: String,
}

impl AlsoValidFor {
    /// One DNS name, where the text can be one.
    pub fn of_host(name: &str) -> Self {
        let host = name.contains('.') && name.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-*".contains(letter));
        Self { names: if host { vec![format!("DNS {name}")] } else { Vec::new() }, typed: String::new() }
    }

    /// The names of a profile.
    pub fn read(profile: &RequestProfile) -> Self {
        let kinds = [("DNS", &profile.dns), ("IP", &profile.ips), ("Email", &profile.emails), ("URI", &profile.uris)];
        let names = kinds.iter().flat_map(|(kind, names)| names.iter().map(move |name| format!("{kind} {name}"))).collect();
        Self { names, typed: String::new() }
    }

    /// Puts them into a profile.
    pub fn put(&self, profile: &mut RequestProfile) {
        let of = |kind: &str| -> Vec<String> {
            self.names.iter().filter_map(|name| name.strip_prefix(kind)?.strip_prefix(' ').map(str::to_owned)).collect()
        };
        (profile.dns, profile.ips, profile.emails, profile.uris) = (of("DNS"), of("IP"), of("Email"), of("URI"));
    }

    /// Draws them.
    fn ui(&mut self, ui: &mut Ui) {
        let hint = "Add a host, address, e-mail or URI";
        if bare_tag_editor(ui, "Also valid for", &mut self.names, &mut self.typed, hint, true) {
            for name in &mut self.names {
                if !["DNS ", "IP ", "Email ", "URI "].iter().any(|kind| name.starts_with(kind)) {
                    *name = format!("{} {name}", kind_of(name));
                }
            }
        }
    }
}

fn kind_of(name: &str) -> &'static str {
    match name {
        name if name.contains("://") || name.starts_with("urn:") || name.starts_with("spiffe:") => "URI",
        name if name.contains('@') => "Email",
        name if name.parse::<std::net::IpAddr>().is_ok() => "IP",
        _ => "DNS",
    }
}

/// Something with its label at the left, as forms of several lines have it.
pub fn labelled(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (rect, _) = ui.allocate_exact_size(vec2(88.0, size::CONTROL), egui::Sense::hover());
        let words = paint::galley_cut(ui.painter(), Role::SmallMedium, theme::of(ui).text2, label, rect.width() - 8.0);
        paint::place(ui.painter(), words, rect.left(), rect.center().y);
        ui.vertical(content);
    });
}

/// The fields of a request: subject, other names, and what it will be used for.
pub fn request_fields_ui(ui: &mut Ui, subject: &mut Subject, names: &mut AlsoValidFor, usages: &str) {
    let theme = theme::of(ui);
    labelled(ui, "Subject", |ui| subject.ui(ui));
    labelled(ui, "Also valid for", |ui| names.ui(ui));
    labelled(ui, "Used for", |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(size::CONTROL);
            ui.spacing_mut().item_spacing.x = 4.0;
            Role::Body.line(ui, theme.text, usages);
            Role::Body.line(ui, theme.text3, "set by the purpose");
        });
    });
}

/// A file name that any system takes, made of a key's name.
pub fn file_name(name: &str, extension: &str) -> String {
    let safe = |letter: char| if letter.is_alphanumeric() || "._-@".contains(letter) { letter } else { '-' };
    let stem: String = name.chars().map(safe).take(80).collect();
    let stem = stem.trim_matches(['.', '-']);
    let stem = if stem.is_empty() { "key" } else { stem };
    if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_its_fields() {
        for text in ["CN=a.example,O=X", r"CN=a\,b,O=Ex\+ample,C=DE", "CN=a,OU=B", "O=X"] {
            assert_eq!(Subject::read(text).text(), text);
        }
    }

    #[test]
    fn names_are_known_by_their_form() {
        let kinds = ["a.example", "192.0.2.1", "2001:db8::1", "ada@example.org", "spiffe://a/b"].map(kind_of);
        assert_eq!(kinds, ["DNS", "IP", "IP", "Email", "URI"]);
    }

    #[test]
    fn a_file_name_stays_in_its_folder() {
        assert_eq!(file_name("../../etc/passwd", "pem"), "etc-passwd.pem");
        assert_eq!(file_name("..", "pem"), "key.pem");
    }
}
