//! The typefaces that are shipped, and the families they are known by.
//!
//! Behind them eframe's `system_fonts` looks for what they lack, so that a name in any script is readable.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

/// Inter Medium: names, buttons, labels.
pub const MEDIUM: &str = "Inter Medium";
/// Inter `SemiBold`: titles, section heads.
pub const SEMIBOLD: &str = "Inter SemiBold";
/// Phosphor Regular.
pub const ICONS: &str = "Phosphor";
/// Phosphor Fill.
pub const ICONS_FILL: &str = "Phosphor Fill";
const REGULAR: &str = "Inter";
const MONO: &str = "JetBrains Mono";

/// A family of that name.
pub fn family(name: &'static str) -> FontFamily {
    FontFamily::Name(name.into())
}

/// The shipped typefaces, and nothing of egui's own.
pub fn definitions() -> FontDefinitions {
    let files: [(&str, &'static [u8]); 6] = [
        (REGULAR, include_bytes!("../../assets/fonts/Inter-Regular.ttf")),
        (MEDIUM, include_bytes!("../../assets/fonts/Inter-Medium.ttf")),
        (SEMIBOLD, include_bytes!("../../assets/fonts/Inter-SemiBold.ttf")),
        (MONO, include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        (ICONS, include_bytes!("../../assets/fonts/Phosphor.ttf")),
        (ICONS_FILL, include_bytes!("../../assets/fonts/Phosphor-Fill.ttf")),
    ];
    let font_data = files.into_iter().map(|(name, bytes)| (name.to_owned(), Arc::new(FontData::from_static(bytes)))).collect();
    let chain = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let families = BTreeMap::from([
        (FontFamily::Proportional, chain(&[REGULAR])),
        (FontFamily::Monospace, chain(&[MONO, REGULAR])),
        (family(MEDIUM), chain(&[MEDIUM, REGULAR])),
        (family(SEMIBOLD), chain(&[SEMIBOLD, REGULAR])),
        (family(ICONS), chain(&[ICONS])),
        (family(ICONS_FILL), chain(&[ICONS_FILL])),
    ]);
    FontDefinitions { font_data, families }
}

/// Gives a context the shipped typefaces; once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}
