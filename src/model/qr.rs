//! A text as a QR code (ISO/IEC 18004): its modules, and the picture of them as SVG. Public texts only.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// The white edge that readers need, in modules (ISO/IEC 18004 section 5.3.8).
pub const QUIET: usize = 4;

/// A QR code.
pub struct Qr(QrCode);

impl Qr {
    /// The code of a text, with as much correction as it has room for; `None` where no code holds it.
    pub fn of(text: &str) -> Option<Self> {
        QrCode::encode_text(text, QrCodeEcc::Medium).or_else(|_| QrCode::encode_text(text, QrCodeEcc::Low)).ok().map(Self)
    }

    /// Modules along one side, with the white edge.
    pub fn side(&self) -> usize {
        self.bare() + 2 * QUIET
    }

    fn bare(&self) -> usize {
        usize::try_from(self.0.size()).unwrap_or(0)
    }

    /// Whether the module in this column and row is dark, counted from the white edge.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let at = |place: usize| place.checked_sub(QUIET).and_then(|place| i32::try_from(place).ok()).unwrap_or(-1);
        self.0.get_module(at(column), at(row))
    }

    /// The dark modules as runs: row, first column, and how many.
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for row in 0..self.side() {
            let mut column = 0;
            while column < self.side() {
                let length = (column..self.side()).take_while(|&at| self.is_dark(at, row)).count();
                if length > 0 {
                    runs.push((row, column, length));
                }
                column += length.max(1);
            }
        }
        runs
    }

    /// As SVG: black on white whatever is around it, one unit a module, and without a stroke, which some programs would
    /// draw. `title` is what it says to who cannot see it.
    pub fn svg(&self, title: &str) -> String {
        let side = self.side();
        let mut path = String::new();
        for (row, column, length) in self.runs() {
            let _ = write!(path, "M{column} {row}h{length}v1h-{length}z");
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{size}\" height=\"{size}\" role=\"img\" shape-rendering=\"crispEdges\"><title>{title}</title><path stroke=\"none\" fill=\"white\" d=\"M0 0h{side}v{side}H0z\"/><path stroke=\"none\" fill=\"black\" d=\"{path}\"/></svg>",
            size = side * 4,
            title = escaped(title),
        )
    }
}

/// A text between tags or inside quotes of XML and HTML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_white_and_runs_are_all_that_is_dark() {
        let qr = Qr::of("SHA256:PYX4o9UfGwCwG76hFcLAEkmMS0PtIBtV9MNmVgW16Oc").unwrap();
        let side = qr.side();
        let dark = |column, row| qr.is_dark(column, row);
        assert!((0..side).all(|at| (0..QUIET).all(|edge| !dark(at, edge) && !dark(edge, at) && !dark(side - 1 - edge, at))));
        let counted = (0..side).map(|row| (0..side).filter(|&column| dark(column, row)).count()).sum::<usize>();
        assert_eq!(qr.runs().iter().map(|run| run.2).sum::<usize>(), counted);
        assert!(dark(QUIET, QUIET), "a finder pattern begins in the corner");
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert!(Qr::of(&"a".repeat(2_953)).is_some());
        assert!(Qr::of(&"a".repeat(2_954)).is_none());
    }
}
