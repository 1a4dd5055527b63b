//! The question before a signature of the SSH agent: which key, which program, what for. Without an answer it is
//! refused; and what was typed for another dialog does not answer it.

use std::time::{Duration, Instant};

use egui::{Context, Ui};

use crate::custodian::agent::{PATIENCE, Question};
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Lead, key_value};
use crate::model::name::shown;
use crate::model::{SignedFor, Time};

/// A person reads before they answer: keys pressed sooner were meant for something else.
const READING: Duration = Duration::from_millis(500);

/// A question that waits for its answer.
pub struct AgentQuestion {
    id: u64,
    question: Question,
    /// When it was asked, by the window's clock.
    asked: Time,
    shown: Option<Instant>,
    announced: bool,
}

impl AgentQuestion {
    /// As the custodian asks it.
    pub fn new(id: u64, question: Question, asked: Time) -> Self {
        Self { id, question, asked, shown: None, announced: false }
    }

    /// The system shows that the window waits for its person, be it behind others. It does not come to the front: what is
    /// being typed elsewhere is no answer.
    pub fn announce(&mut self, ctx: &Context) {
        if !std::mem::replace(&mut self.announced, true) {
            ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(egui::UserAttentionType::Critical));
        }
    }

    /// Draws it, and asks for the answer once there is one; true when it has ended.
    pub fn ui(&mut self, ctx: &Context, view: &mut View<'_>, now: Time) -> bool {
        let left = PATIENCE.as_secs().cast_signed() - now.seconds_since(self.asked);
        ctx.request_repaint_after(Duration::from_millis(500));
        let since = *self.shown.get_or_insert_with(Instant::now);
        let title = format!("Use {}?", shown(&self.question.name));
        let note = format!("Refused by itself in {} s.", left.max(0));
        let key = view.desk.inventory.key(self.question.key);
        let version = key.and_then(|key| key.current(view.desk.now));
        let facts = version.map(|version| version.algorithm.name().to_owned()).unwrap_or_default();
        let lead = Lead { icon: Icon::Terminal, state: version.map(|version| version.state(view.desk.now)), facts: &facts };
        let dialog = Dialog {
            id: "agent-question",
            title: &title,
            note: &note,
            cancel: "Refuse",
            confirm: "Allow once",
            lead: Some(lead),
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.facts_ui(ui);
        });
        let allow = match answer {
            Some(DialogAnswer::Confirm) if since.elapsed() >= READING => true,
            Some(DialogAnswer::Cancel) if since.elapsed() >= READING => false,
            _ if left <= 0 => return true,
            _ => return false,
        };
        view.asks.push(Ask::Look(Request::AnswerAgent { id: self.id, allow }));
        true
    }

    fn facts_ui(&self, ui: &mut Ui) {
        let sentence = "A program asks the SSH agent for a signature. Allow it if you started it just now.";
        Role::Body.label(ui, theme::of(ui).text2, sentence);
        ui.add_space(4.0);
        key_value(ui, "Program", &self.question.asker.words(), "", false, None);
        let file = shown(&self.question.asker.program);
        if file.contains('/') {
            key_value(ui, "Its file", &file, "", true, None);
        }
        match &self.question.purpose {
            SignedFor::Login { user, host } => {
                key_value(ui, "For", &format!("a login as {}", shown(user)), "", false, None);
                let host = host.as_deref().map_or_else(|| "not told".into(), |host| shown(host).into_owned());
                key_value(ui, "Host", &host, "", host.starts_with("SHA256:"), None);
            }
            other => {
                key_value(ui, "For", &other.words(), "", false, None);
            }
        }
    }
}
