//! Adding servers: one or many, a line each, and how they are spoken to.

use std::collections::BTreeSet;

use egui::{Context, Ui};

use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Field, Tone, combo};
use crate::model::{Address, Command, Protocol};

/// Lines with something wrong that are named one by one.
const FEW: usize = 4;

/// Adds servers, and looks at them.
#[derive(Default)]
pub struct AddServers {
    text: String,
    protocol: Option<Protocol>,
    /// What was read of which text.
    read: (String, Option<Protocol>, Lines),
    work: Work,
}

/// What was typed, read.
#[derive(Default, PartialEq)]
struct Lines {
    new: Vec<Address>,
    /// Servers that are looked at already, or stand there twice.
    again: usize,
    /// Each line that names no server, by its number, with the reason.
    wrong: Vec<(usize, String)>,
}

impl AddServers {
    fn protocol(&self) -> Protocol {
        self.protocol.unwrap_or(Protocol::Tls)
    }

    /// Reads the text again where it is another one.
    fn read(&mut self, desk: &Desk) {
        if self.read.0 != self.text || self.read.1 != self.protocol {
            let known = desk.inventory.servers().iter().map(|server| server.address.clone()).collect();
            self.read = (self.text.clone(), self.protocol, lines(&self.text, self.protocol(), known));
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let hint = "shop.example.com:443\nmail.example.com:25\nssh://git.example.com";
        Field::new("Servers, one a line").hint(hint).rows(7).mono().show(ui, &mut self.text);
        let sentence = "HOST:PORT, [ADDRESS]:PORT or ssh://HOST. Port 22 means SSH. Nothing but the handshake is sent.";
        Role::Small.label(ui, theme.text3, sentence);
        ui.add_space(4.0);
        let names = Protocol::ALL.map(Protocol::name);
        if let Some(index) = combo(ui, "Protocol", self.protocol().name(), &names, 240.0) {
            self.protocol = Some(Protocol::ALL[index]);
        }
        self.read(view.desk);
        self.wrong_ui(ui);
        self.work.ui(ui, "Adding", view);
    }

    fn wrong_ui(&self, ui: &mut Ui) {
        let lines = &self.read.2;
        if lines.again > 0 {
            let text = match lines.again {
                1 => "1 line names a server that is there already; it stays as it is.".to_owned(),
                count => format!("{count} lines name servers that are there already; they stay as they are."),
            };
            Role::Small.label(ui, theme::of(ui).text2, text);
        }
        for (number, reason) in lines.wrong.iter().take(FEW) {
            let strong = format!("Line {number}.");
            Banner { tone: Tone::Warning, strong: &strong, text: reason, action: None, dismiss: false, rounded: true }.show(ui);
        }
        if lines.wrong.len() > FEW {
            Role::Small.label(ui, theme::of(ui).text2, format!("and {} more lines", lines.wrong.len() - FEW));
        }
    }
}

fn lines(text: &str, protocol: Protocol, mut known: BTreeSet<Address>) -> Lines {
    let mut lines = Lines::default();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match Address::parse(line.trim(), protocol) {
            Ok(address) if known.insert(address.clone()) => lines.new.push(address),
            Ok(_) => lines.again += 1,
            Err(error) => lines.wrong.push((index + 1, error.to_string())),
        }
    }
    lines
}

impl Form for AddServers {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.read(view.desk);
        let lines = &self.read.2;
        let wrong = match (lines.wrong.is_empty(), lines.new.len()) {
            (false, _) => Some("Put right or remove the lines that name no server."),
            (true, 0) if lines.again > 0 => Some("All of them are there already."),
            (true, 0) => Some("Write a server first."),
            (true, _) => None,
        };
        let refused = self.work.refusal().or(wrong);
        let confirm = match lines.new.len() {
            0 | 1 => "Add and probe".to_owned(),
            count => format!("Add and probe {count}"),
        };
        let dialog = Dialog {
            id: "add-servers",
            title: "Add servers",
            note: "Ctrl Z takes it back.",
            confirm: &confirm,
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| self.content_ui(ui, view));
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            let new = self.read.2.new.iter().map(|address| (address.clone(), None)).collect();
            self.work.begin();
            view.asks.push(Ask::Request(Request::Run(Command::AddServers(new))));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Probe(std::mem::take(&mut self.read.2.new)));
            }
            Err(error) => self.work.fail(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_no_server_are_named_by_their_number() {
        let known = BTreeSet::from([Address::parse("a:1", Protocol::Tls).unwrap()]);
        let read = lines("a:1\n\n b:25 \nB:25\nno server\nssh://c\n", Protocol::Smtp, known);
        let new: Vec<_> = read.new.iter().map(|new| (new.to_string(), new.protocol)).collect();
        let wanted = [("a:1", Protocol::Smtp), ("b:25", Protocol::Smtp), ("c:22", Protocol::Ssh)];
        assert_eq!(new, wanted.map(|(place, protocol)| (place.to_owned(), protocol)));
        assert_eq!((read.again, read.wrong.len(), read.wrong[0].0), (1, 1, 5));
    }
}
