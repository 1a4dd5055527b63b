//! Measures in points: a grid of 4.

/// Gaps between things, from tight to wide.
pub const GAPS: [f32; 6] = [4.0, 8.0, 12.0, 16.0, 24.0, 32.0];
/// From the edge of a panel to what it holds.
pub const PANEL_INSET: f32 = 16.0;
/// From the edge of a dialog to what it holds.
pub const DIALOG_INSET: f32 = 24.0;
/// Corner of a tag.
pub const RADIUS_TAG: u8 = 4;
/// Corner of a button or field.
pub const RADIUS: u8 = 6;
/// Corner of a card or menu.
pub const RADIUS_CARD: u8 = 8;
/// Corner of a dialog.
pub const RADIUS_DIALOG: u8 = 12;
/// Corner of a chip: half its height or more.
pub const RADIUS_CHIP: u8 = 255;
/// Height of the bar at the top of the window.
pub const TOP_BAR: f32 = 52.0;
/// Height of the row of filters.
pub const FILTER_ROW: f32 = 44.0;
/// Height of a banner.
pub const BANNER: f32 = 36.0;
/// Height of a table row.
pub const ROW: f32 = 32.0;
/// Height of a table row in a compact table.
pub const ROW_COMPACT: f32 = 28.0;
/// Height of the column heads.
pub const COLUMN_HEAD: f32 = 28.0;
/// Height of the line at the foot of the window.
pub const FOOTER: f32 = 28.0;
/// Height of buttons and fields.
pub const CONTROL: f32 = 32.0;
/// Height of small buttons and filter chips.
pub const CONTROL_SMALL: f32 = 28.0;
/// Height of a chip.
pub const CHIP: f32 = 20.0;
/// Height of a lane of the timeline.
pub const LANE: f32 = 28.0;
/// Height of a bar in a lane.
pub const LANE_BAR: f32 = 12.0;
/// Height of the head of a group.
pub const GROUP_HEAD: f32 = 24.0;
/// Height of an alert.
pub const ALERT: f32 = 56.0;
/// Height of the histogram.
pub const HISTOGRAM: f32 = 88.0;
/// Width of the rail with words.
pub const RAIL: f32 = 168.0;
/// Width of the rail with icons only.
pub const RAIL_ICONS: f32 = 56.0;
/// Width of the inspector.
pub const INSPECTOR: f32 = 336.0;
/// Width of the side of the alerts.
pub const ALERT_SIDE: f32 = 304.0;
/// Width of the label of a lane.
pub const LANE_LABEL: f32 = 216.0;
/// Width of a dialog.
pub const DIALOG: f32 = 560.0;
/// Width of a wide dialog.
pub const DIALOG_WIDE: f32 = 720.0;
/// From this window width on: rail, table and inspector side by side.
pub const WIDE: f32 = 1200.0;
/// Below this window width owner and tags fold away.
pub const NARROW: f32 = 900.0;
/// An icon in a row or button.
pub const ICON: f32 = 16.0;
/// An icon in a card.
pub const ICON_CARD: f32 = 20.0;
/// An icon in a detail.
pub const ICON_DETAIL: f32 = 14.0;
