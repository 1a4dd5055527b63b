//! The contrast that the palettes promise, computed as WCAG 2.2 section 1.4.3 says.

#[cfg(test)]
mod tests {
    use egui::Color32;

    use crate::desktop::theme::Theme;
    use crate::model::State;

    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn the_formula_knows_black_on_white() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn text_is_readable_wherever_it_lies() {
        for theme in [Theme::light(), Theme::dark()] {
            let grounds = [theme.window, theme.panel, theme.raised, theme.sunken, theme.hover, theme.tag, theme.selected];
            for text in [theme.text, theme.text2, theme.text3] {
                for ground in grounds {
                    assert!(contrast(text, ground) >= 4.5, "dark {}: {text:?} on {ground:?}", theme.dark);
                }
            }
            assert!(contrast(theme.text2, theme.warning().tint) >= 4.5);
            assert!(contrast(theme.accent_text, theme.panel) >= 4.5);
            assert!(contrast(theme.accent_text, theme.selected) >= 4.5);
            for ground in [theme.accent, theme.accent_pressed, theme.danger] {
                assert!(contrast(theme.on_accent, ground) >= 4.5);
            }
        }
    }

    #[test]
    fn states_and_borders_stand_out() {
        for theme in [Theme::light(), Theme::dark()] {
            for state in State::ALL {
                let colours = theme.state(state);
                assert!(contrast(colours.ink, colours.tint) >= 4.5, "{state:?} on its tint");
                assert!(contrast(colours.ink, theme.selected) >= 4.5, "{state:?} on selected");
                assert!(contrast(colours.fill, theme.panel) >= 3.0, "{state:?} bar");
            }
            assert!(contrast(theme.control, theme.panel) >= 3.0);
        }
    }
}
