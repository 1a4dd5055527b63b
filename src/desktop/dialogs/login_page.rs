//! What shows while a login waits for a person in the browser: at which page, for how long still, and how to get there where
//! no browser opened it. The waiting itself is the custodian's.

use egui::{Align, Context, Frame, Margin, Sense, Ui, WidgetInfo, vec2};

use crate::custodian::LoginPage;
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Tone, Tooltips, paint, progress_of};
use crate::model::Time;
use crate::model::name::shown;

/// The page of a login that waits, if one does.
#[derive(Default)]
pub struct AtPage {
    page: Option<Page>,
}

struct Page {
    url: String,
    begun: Time,
    /// The login waits until then.
    until: Time,
    /// A browser opened it, or why none did; nothing until that is known.
    opened: Option<Result<(), String>>,
    /// As it is now it was not on the screen yet.
    fresh: bool,
}

impl AtPage {
    /// Takes in what the custodian says of the page for this store.
    pub fn told(&mut self, told: StoreReport, store: &str, now: Time) {
        match told {
            StoreReport::Page(LoginPage { store: of, url, left }) if of == store => {
                let until = now.plus_seconds(i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
                self.page = Some(Page { url, begun: now, until, opened: None, fresh: true });
            }
            StoreReport::Browser { url, opened } => {
                if let Some(page) = self.page.as_mut().filter(|page| page.url == url) {
                    page.opened = Some(opened);
                    page.fresh = true;
                }
            }
            _ => {}
        }
    }

    /// The login has ended.
    pub fn ended(&mut self) {
        self.page = None;
    }

    /// Draws it; false where there is no page to show.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        let Some(page) = &mut self.page else { return false };
        let drawn = ui.scope(|ui| page.ui(ui, view)).response;
        if std::mem::replace(&mut page.fresh, false) {
            drawn.scroll_to_me(Some(Align::Max));
        }
        true
    }
}

impl Page {
    fn ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        ticks(ui.ctx());
        let (whole, left) = (self.until.seconds_since(self.begun), self.until.seconds_since(view.desk.now).max(0));
        let share = if whole > 0 { left as f32 / whole as f32 } else { 0.0 };
        if progress_of(ui, "Waiting until you have logged in in the browser", &left_in_words(left), share) {
            view.asks.push(Ask::Cancel);
        }
        address_ui(ui, &self.url);
        if let Some(Err(why)) = &self.opened {
            let text = format!("{why}. Copy the address, and open it in a browser of this machine.");
            let strong = "No browser shows the page.";
            Banner { tone: Tone::Warning, strong, text: &text, action: None, dismiss: false, rounded: true }.show(ui);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if ui.add(Button::new("Copy the address").small().icon(Icon::Copy)).clicked() {
                view.asks.push(Ask::Copy(self.url.clone()));
                view.asks.push(Ask::Tell(Tone::Good, "The address of the page is copied.".into()));
            }
            let again = if matches!(self.opened, Some(Err(_))) { "Try to open it" } else { "Open it again" };
            let busy = self.opened.is_none().then_some("It is being opened.");
            if ui.add(Button::new(again).small().icon(Icon::OpenOutside).refused(busy)).clicked() {
                view.asks.push(Ask::Look(Request::Stores(StoreRequest::OpenPage(self.url.clone()))));
            }
            if matches!(self.opened, Some(Ok(()))) {
                Role::Small.line(ui, theme::of(ui).text3, "It was opened in your browser.");
            }
        });
    }
}

/// The seconds go on where nothing else moves.
fn ticks(ctx: &Context) {
    ctx.request_repaint_after(std::time::Duration::from_millis(500));
}

/// The address in one line, its beginning first: it says which server the page is of.
fn address_ui(ui: &mut Ui, url: &str) {
    let theme = theme::of(ui);
    let frame = Frame::new().fill(theme.sunken).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(12, 6));
    frame.show(ui, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("Page: {}", shown(url))));
        Icon::Globe.paint(ui.painter(), rect.left_center() + vec2(7.0, 0.0), size::ICON_DETAIL, theme.text2);
        let text = paint::galley_cut(ui.painter(), Role::Mono, theme.text, &shown(url), rect.width() - 22.0);
        paint::place(ui.painter(), text, rect.left() + 22.0, rect.center().y);
        response.tooltip(shown(url));
    });
}

/// “4 min 12 s left”.
fn left_in_words(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s left"),
        (minutes, seconds) => format!("{minutes} min {seconds} s left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_minutes_and_seconds() {
        assert_eq!([0, 59, 60, 299].map(left_in_words), ["0 s left", "59 s left", "1 min 0 s left", "4 min 59 s left"]);
    }
}
