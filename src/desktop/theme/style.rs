//! How the tokens reach egui's own widgets.

use egui::style::{ScrollStyle, Selection, WidgetVisuals};
use egui::{Color32, Context, CornerRadius, Margin, Shadow, Stroke, Style, TextStyle, ThemePreference, vec2};

use super::{Role, Theme, size};

/// What a person chose.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Appearance {
    /// Light, dark, or as the system says.
    pub mode: ThemePreference,
    /// 1.0 is 100 %.
    pub zoom: f32,
    /// Nothing moves or fades.
    pub reduce_motion: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self { mode: ThemePreference::System, zoom: 1.0, reduce_motion: false }
    }
}

/// Sets fonts' roles, colours, strokes and motion of a context.
pub fn apply(ctx: &Context, appearance: Appearance) {
    ctx.set_theme(appearance.mode);
    ctx.set_zoom_factor(appearance.zoom.clamp(0.5, 3.0));
    for (theme, tokens) in [(egui::Theme::Light, Theme::light()), (egui::Theme::Dark, Theme::dark())] {
        let mut style = (*ctx.style_of(theme)).clone();
        measures(&mut style, appearance.reduce_motion);
        colours(&mut style, tokens);
        style.visuals.text_cursor.blink = !appearance.reduce_motion;
        ctx.set_style_of(theme, style);
    }
}

/// “Reduce motion” is on.
pub fn reduced_motion(ctx: &Context) -> bool {
    ctx.global_style().animation_time <= 0.0
}

/// This long, or no time at all where a person asked for that. Seconds.
pub fn motion(ctx: &Context, seconds: f32) -> f32 {
    if reduced_motion(ctx) { 0.0 } else { seconds }
}

fn measures(style: &mut Style, reduce_motion: bool) {
    style.text_styles = [
        (TextStyle::Small, Role::Small),
        (TextStyle::Body, Role::Body),
        (TextStyle::Button, Role::BodyMedium),
        (TextStyle::Heading, Role::Title),
        (TextStyle::Monospace, Role::Mono),
    ]
    .map(|(name, role)| (name, role.font()))
    .into();
    style.animation_time = if reduce_motion { 0.0 } else { 0.08 };
    style.scroll_animation = egui::style::ScrollAnimation::none();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 4.0);
    spacing.button_padding = vec2(12.0, 5.0);
    spacing.interact_size = vec2(32.0, 28.0);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.icon_width = 16.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = ScrollStyle {
        floating: true,
        bar_width: 6.0,
        floating_width: 6.0,
        floating_allocated_width: 0.0,
        bar_outer_margin: 2.0,
        foreground_color: false,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        dormant_handle_opacity: 1.0,
        active_handle_opacity: 1.0,
        interact_handle_opacity: 1.0,
        ..ScrollStyle::floating()
    };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
}

fn colours(style: &mut Style, theme: &Theme) {
    let visuals = &mut style.visuals;
    *visuals = if theme.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    visuals.override_text_color = None;
    // egui thickens text on dark grounds; with Inter that makes Regular look like Medium.
    visuals.text_options.color_transfer_function = egui::epaint::FontColorTransferFunction::LIGHT_MODE_DEFAULT;
    visuals.weak_text_color = Some(theme.text3);
    visuals.hyperlink_color = theme.accent_text;
    visuals.faint_bg_color = theme.hover;
    visuals.extreme_bg_color = theme.panel;
    visuals.code_bg_color = theme.sunken;
    visuals.warn_fg_color = theme.warning().ink;
    visuals.error_fg_color = theme.critical().ink;
    visuals.panel_fill = theme.panel;
    visuals.window_fill = theme.raised;
    visuals.window_stroke = Stroke::new(1.0, theme.line);
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_DIALOG);
    visuals.menu_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    visuals.window_shadow = shadow(theme, [0, 16], 48, 0.28);
    visuals.popup_shadow = shadow(theme, [0, 8], 24, if theme.dark { 0.5 } else { 0.18 });
    visuals.selection = Selection { bg_fill: theme.selected, stroke: Stroke::new(1.0, theme.accent_text) };
    visuals.text_cursor.stroke = Stroke::new(1.0, theme.text);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(theme.panel, theme.line_soft, theme.text);
    widgets.inactive = widget(theme.raised, theme.line, theme.text2);
    widgets.hovered = widget(theme.tag, theme.line, theme.text);
    widgets.active = widget(theme.tag, theme.control, theme.text);
    widgets.open = widget(theme.tag, theme.line, theme.text);
    // The handle of a scroll bar takes its colour from here.
    widgets.inactive.bg_fill = theme.line;
    widgets.hovered.bg_fill = theme.control;
    widgets.active.bg_fill = theme.control;
}

fn widget(fill: Color32, line: Color32, text: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(size::RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    }
}

impl Theme {
    /// The shadow of a drawer, which lies at the right edge.
    pub fn drawer_shadow(&self) -> Shadow {
        shadow(self, [-8, 0], 32, 0.16)
    }

    /// The shadow of a dialog.
    pub fn dialog_shadow(&self) -> Shadow {
        shadow(self, [0, 16], 48, 0.28)
    }
}

fn shadow(theme: &Theme, offset: [i8; 2], blur: u8, strength: f32) -> Shadow {
    Shadow { offset, blur, spread: 0, color: theme.shadow.gamma_multiply(strength) }
}
