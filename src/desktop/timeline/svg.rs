//! The timeline as an SVG picture: what the screen shows, with every lane, for reports and walls.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::histogram::Ends;
use super::lanes::{GROUP, LANE, Lanes, Line, Paint, pieces};
use super::scale::Scale;
use crate::model::name::shown;
use crate::model::time::{short_date, short_span};
use crate::model::{Inventory, Key, State, Time};

const LABEL: f32 = 216.0;
const HISTOGRAM: f32 = 88.0;
const AXIS: f32 = 28.0;
const TITLE: f32 = 44.0;
const BAR: f32 = 12.0;

/// At most so many lanes: a picture with more is of no use to anyone.
pub const MOST_LINES: usize = 5_000;

/// The colours of a picture as `#rrggbb`, taken from the theme.
pub struct Colours {
    /// Behind everything.
    pub panel: String,
    /// Behind heads of groups.
    pub window: String,
    /// Separators.
    pub line: String,
    /// Names.
    pub text: String,
    /// Labels.
    pub text_2: String,
    /// Today.
    pub accent: String,
    /// Bars of the histogram.
    pub meter: String,
    /// The end of an active bar.
    pub warning: String,
    /// Fill and tint of a state's bar.
    pub state: fn(State) -> (String, String),
}

/// What is to be drawn.
pub struct Picture<'a> {
    /// The keys.
    pub inventory: &'a Inventory,
    /// Which of them, in groups.
    pub lanes: &'a Lanes,
    /// When they end.
    pub ends: &'a Ends,
    /// From when to when, on `width`.
    pub scale: Scale,
    /// The width of the part with bars, in points.
    pub width: f32,
    /// Today.
    pub now: Time,
    /// The person's zone.
    pub zone: &'a TimeZone,
}

impl Picture<'_> {
    /// The picture as SVG 1.1.
    pub fn svg(&self, colours: &Colours) -> String {
        let lines = &self.lanes.lines()[..self.lanes.lines().len().min(MOST_LINES)];
        let top = TITLE + HISTOGRAM + AXIS;
        let height = top + self.lanes.top(lines.len());
        let (whole, font) = (LABEL + self.width, "font-family=\"Inter, sans-serif\"");
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"{height}\" viewBox=\"0 0 {whole} {height}\" {font} font-size=\"12\">\n\
             <title>Keystead timeline, {}</title>\n",
            short_date(self.now, self.zone)
        );
        svg.push_str(&patterns(colours));
        let _ = writeln!(svg, "<rect width=\"{whole}\" height=\"{height}\" fill=\"{}\"/>", colours.panel);
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"27\" font-size=\"15\" font-weight=\"600\" fill=\"{}\">Timeline, {}</text>",
            colours.text,
            short_date(self.now, self.zone)
        );
        self.axis(&mut svg, colours, height);
        self.histogram(&mut svg, colours);
        for (number, line) in lines.iter().enumerate() {
            let y = top + self.lanes.top(number);
            match line {
                Line::Group { name, count, .. } => self.group(&mut svg, colours, y, name, *count),
                Line::Lane(index) => {
                    if let Some(key) = self.inventory.at(*index) {
                        self.lane(&mut svg, colours, y, key);
                    }
                }
            }
        }
        self.today(&mut svg, colours, height);
        svg.push_str("</svg>\n");
        svg
    }

    fn axis(&self, svg: &mut String, colours: &Colours, height: f32) {
        for tick in self.scale.ticks(self.width, self.zone) {
            let x = self.scale.x(tick.time);
            if (0.0..self.width).contains(&x) {
                let (x, y) = (LABEL + x, TITLE + HISTOGRAM + 18.0);
                let weight = if tick.major { 600 } else { 400 };
                let _ = writeln!(
                    svg,
                    "<path d=\"M{x:.1} {TITLE}V{height}\" stroke=\"{}\"/><text x=\"{:.1}\" y=\"{y}\" font-size=\"11\" font-weight=\"{weight}\" fill=\"{}\">{}</text>",
                    colours.line,
                    x + 6.0,
                    colours.text_2,
                    escape(&tick.label)
                );
            }
        }
    }

    fn histogram(&self, svg: &mut String, colours: &Colours) {
        let buckets = self.ends.buckets(&self.scale, self.width, self.zone);
        let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1).max(1);
        let bottom = TITLE + HISTOGRAM;
        for bucket in buckets {
            let (from, to) = (self.scale.x(bucket.from).max(0.0), self.scale.x(bucket.to).min(self.width));
            let tall = (HISTOGRAM - 20.0) * bucket.count as f32 / most as f32;
            let wide = (to - from - 2.0).max(1.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" rx=\"2\" fill=\"{}\"><title>{} from {}</title></rect>",
                LABEL + from + 1.0,
                bottom - tall,
                colours.meter,
                bucket.count,
                short_date(bucket.from, self.zone)
            );
        }
    }

    fn group(&self, svg: &mut String, colours: &Colours, y: f32, name: &str, count: u32) {
        let _ = writeln!(
            svg,
            "<rect y=\"{y}\" width=\"{}\" height=\"{GROUP}\" fill=\"{}\"/><text x=\"16\" y=\"{}\" font-weight=\"600\" fill=\"{}\">{} {count}</text>",
            LABEL + self.width,
            colours.window,
            y + 16.0,
            colours.text_2,
            escape(&shown(name))
        );
    }

    fn lane(&self, svg: &mut String, colours: &Colours, y: f32, key: &Key) {
        let name: String = shown(&key.name).chars().take(30).collect();
        let _ = writeln!(svg, "<text x=\"16\" y=\"{}\" fill=\"{}\">{}</text>", y + 18.0, colours.text, escape(&name));
        for version in &key.versions {
            for piece in pieces(key, version, self.now) {
                let from = self.scale.x(piece.from).max(0.0);
                let to = piece.to.map_or(self.width, |to| self.scale.x(to)).min(self.width);
                if to > from {
                    let fill = match piece.paint {
                        Paint::Warning => "url(#warning)".to_owned(),
                        Paint::State(State::Active) => (colours.state)(State::Active).0,
                        Paint::State(state) => format!("url(#{})", state.id()),
                    };
                    let words = self.words(key, piece.to);
                    let _ = writeln!(
                        svg,
                        "<rect x=\"{:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"3\" fill=\"{fill}\"><title>{}</title></rect>",
                        LABEL + from,
                        y + (LANE - BAR) / 2.0,
                        to - from,
                        escape(&words)
                    );
                }
            }
        }
    }

    /// A bar in words, as screen readers and tooltips say it.
    fn words(&self, key: &Key, to: Option<Time>) -> String {
        let state = key.state(self.now).name().to_lowercase();
        match to {
            Some(end) if end > self.now => {
                let left = short_span(end.seconds_since(self.now));
                format!("{}, {state}, until {}, {left} left", shown(&key.name), short_date(end, self.zone))
            }
            Some(end) => format!("{}, {state}, ended {}", shown(&key.name), short_date(end, self.zone)),
            None => format!("{}, {state}, without an end", shown(&key.name)),
        }
    }

    fn today(&self, svg: &mut String, colours: &Colours, height: f32) {
        let x = self.scale.x(self.now);
        if (0.0..self.width).contains(&x) {
            let _ = writeln!(
                svg,
                "<path d=\"M{:.1} {TITLE}V{height}\" stroke=\"{}\" stroke-width=\"2\"/>",
                LABEL + x,
                colours.accent
            );
        }
    }
}

/// The patterns of the states, so that a picture printed in grey still tells them apart.
fn patterns(colours: &Colours) -> String {
    let mut svg = String::from("<defs>\n");
    let mut add = |id: &str, under: &str, marks: &str| {
        let _ = writeln!(
            svg,
            "<pattern id=\"{id}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" fill=\"{under}\"/>{marks}</pattern>"
        );
    };
    let slash = |colour: &str| format!("<path d=\"M-1 1L1 -1M0 6L6 0M5 7L7 5\" stroke=\"{colour}\" stroke-width=\"2\"/>");
    let backslash = |colour: &str| format!("<path d=\"M-1 5L1 7M0 0L6 6M5 -1L7 1\" stroke=\"{colour}\" stroke-width=\"1\"/>");
    for state in State::ALL {
        let (fill, tint) = (colours.state)(state);
        let marks = match state {
            State::Active => String::new(),
            State::PreActive => format!("<path d=\"M0 3H3\" stroke=\"{fill}\"/>"),
            State::Suspended => slash(&fill),
            State::Deactivated => format!("<circle cx=\"3\" cy=\"3\" r=\"1\" fill=\"{fill}\"/>"),
            State::Compromised => format!("{}{}", slash(&fill), backslash(&fill)),
            State::Destroyed => format!("<path d=\"M0 3H6\" stroke=\"{fill}\"/>"),
            State::DestroyedCompromised => format!("<path d=\"M1 1L5 5M5 1L1 5\" stroke=\"{fill}\"/>"),
        };
        add(state.id(), if state == State::Active { &fill } else { &tint }, &marks);
    }
    add("warning", &(colours.state)(State::Active).0, &slash(&colours.warning));
    svg.push_str("</defs>\n");
    svg
}

/// Text for XML: the five characters that mean something, and no others that XML forbids.
fn escape(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            letter => out.push(letter),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_picture() {
        assert_eq!(escape("<script>&\"'\u{7}"), "&lt;script&gt;&amp;&quot;&apos;");
    }
}
