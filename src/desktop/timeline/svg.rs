//! The timeline as an SVG picture: what the screen shows, with every lane, for reports and walls.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::ahead::Week;
use super::histogram::Ends;
use super::lanes::{GROUP, LANE, Lanes, Line};
use super::plan::{Mark, Paint, Piece, Plan};
use super::scale::Scale;
use crate::model::name::shown;
use crate::model::time::short_date;
use crate::model::{DueKind, Inventory, Key, State, Time};

const LABEL: f32 = 216.0;
const HISTOGRAM: f32 = 88.0;
const AXIS: f32 = 28.0;
const TITLE: f32 = 44.0;

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
    /// What comes due, in the order of [`DueKind::ALL`].
    pub kinds: [String; DueKind::ALL.len()],
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
    /// The weeks ahead, where the histogram shows them instead of the ends.
    pub weeks: Option<&'a [Week]>,
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
        match self.weeks {
            Some(weeks) => self.forecast(&mut svg, colours, weeks),
            None => self.histogram(&mut svg, colours),
        }
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

    /// The weeks ahead, each stacked by kind.
    fn forecast(&self, svg: &mut String, colours: &Colours, weeks: &[Week]) {
        let most = weeks.iter().map(|week| week.counts.iter().sum::<u32>()).max().unwrap_or(1).max(1);
        for week in weeks {
            let (from, to) = (self.scale.x(week.from), self.scale.x(week.to));
            if to < 0.0 || from > self.width {
                continue;
            }
            let (from, to) = (from.max(0.0), to.min(self.width));
            let mut bottom = TITLE + HISTOGRAM;
            for (fill, count) in colours.kinds.iter().zip(week.counts).filter(|(_, count)| *count > 0) {
                let tall = (HISTOGRAM - 20.0) * count as f32 / most as f32;
                bottom -= tall;
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{bottom:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" fill=\"{fill}\"><title>{}</title></rect>",
                    LABEL + from + 1.0,
                    (to - from - 2.0).max(1.0),
                    escape(&week.spoken)
                );
            }
            if week.busy {
                let _ = writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
                    LABEL + f32::midpoint(from, to),
                    bottom - 4.0,
                    colours.accent,
                    week.work
                );
            }
        }
    }

    fn lane(&self, svg: &mut String, colours: &Colours, y: f32, key: &Key) {
        let name: String = shown(&key.name).chars().take(30).collect();
        let _ = writeln!(svg, "<text x=\"16\" y=\"{}\" fill=\"{}\">{}</text>", y + 18.0, colours.text, escape(&name));
        let Some(plan) = Plan::of(key, &self.inventory.policy_of(key), self.now, self.zone) else { return };
        let _ = writeln!(svg, "<g><title>{}</title>", escape(&plan.spoken));
        for piece in &plan.pieces {
            self.piece(svg, colours, y, piece);
        }
        let good = (colours.state)(State::Active).0;
        for overlap in &plan.overlaps {
            if let Some((from, to)) = self.span(overlap.from, Some(overlap.to)) {
                let edge = if overlap.planned { String::new() } else { format!(" stroke=\"{good}\"") };
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\" fill=\"{good}\" fill-opacity=\"0.2\"{edge}/>",
                    LABEL + from,
                    y + 1.5,
                    (to - from).max(2.0),
                    LANE - 3.5
                );
            }
        }
        for mark in &plan.marks {
            self.mark(svg, colours, y, *mark);
        }
        svg.push_str("</g>\n");
    }

    /// A span within the picture; none where nothing of it shows.
    fn span(&self, from: Time, to: Option<Time>) -> Option<(f32, f32)> {
        let from = self.scale.x(from).max(0.0);
        let to = to.map_or(self.width, |to| self.scale.x(to)).min(self.width);
        (to > from).then_some((from, to))
    }

    fn piece(&self, svg: &mut String, colours: &Colours, y: f32, piece: &Piece) {
        let Some((from, to)) = self.span(piece.from, piece.to) else { return };
        let (above, below) = piece.row.span();
        let good = (colours.state)(State::Active).0;
        let fill = match piece.paint {
            Paint::Warning => "fill=\"url(#warning)\"".to_owned(),
            Paint::State(State::Active) => format!("fill=\"{good}\""),
            Paint::State(state) => format!("fill=\"url(#{})\"", state.id()),
            Paint::Planned => format!("fill=\"{}\" stroke=\"{good}\" stroke-dasharray=\"4 3\"", colours.panel),
        };
        let _ = writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\" {fill}/>",
            LABEL + from,
            y + above,
            to - from,
            below - above
        );
    }

    fn mark(&self, svg: &mut String, colours: &Colours, y: f32, mark: Mark) {
        let place = |at: Time| Some(self.scale.x(at)).filter(|x| (0.0..self.width).contains(x)).map(|x| LABEL + x);
        match mark {
            Mark::Activation(at, row) => {
                let (above, below) = row.span();
                if let Some(x) = place(at) {
                    let (x, middle, ink) = (x + 6.0, y + f32::midpoint(above, below), (colours.state)(State::PreActive).0);
                    let _ = writeln!(svg, "<path d=\"M{x:.1} {:.1}l6 3.5l-6 3.5z\" fill=\"{ink}\"/>", middle - 3.5);
                }
            }
            Mark::Certificate(at, row) => {
                let (above, below) = row.span();
                if let Some(x) = place(at) {
                    let (top, ink) = (y + f32::midpoint(above, below) - 4.5, (colours.state)(State::Suspended).0);
                    let _ = writeln!(svg, "<path d=\"M{x:.1} {top:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z\" fill=\"{ink}\"/>");
                }
            }
            Mark::Destruction(due, row) => {
                let (above, below) = row.span();
                let ink = (colours.state)(State::Destroyed).0;
                let due = due.max(self.now);
                if let Some((from, to)) = self.span(self.now, Some(due)) {
                    let under = y + below + 2.5;
                    let _ = writeln!(
                        svg,
                        "<path d=\"M{:.1} {under:.1}H{:.1}\" stroke=\"{ink}\" stroke-dasharray=\"1.5 1.5\"/>",
                        LABEL + from,
                        LABEL + to
                    );
                }
                if let Some(x) = place(due) {
                    let (left, top) = (x - 4.0, y + f32::midpoint(above, below) - 4.0);
                    let _ =
                        writeln!(svg, "<path d=\"M{left:.1} {top:.1}l8 8m-8 0l8 -8\" stroke=\"{ink}\" stroke-width=\"1.5\"/>");
                }
            }
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
