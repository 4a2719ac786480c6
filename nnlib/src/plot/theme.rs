//! Colours and sizes that all pictures share. Lengths are CSS pixels.

use super::drawing::Rgb;

/// Curves, in order: the palette of Okabe and Ito (Color Universal Design, 2008), which the colour-blind tell apart.
///
/// Blue and vermillion come first, as they differ most; yellow is left out, as it cannot be seen on white.
pub(super) const CURVES: [Rgb; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [0, 0, 0]];

pub(super) const INK: Rgb = [33, 33, 33];
pub(super) const FAINT_INK: Rgb = [90, 90, 90];
pub(super) const AXIS: Rgb = [120, 120, 120];
pub(super) const GRID: Rgb = [230, 230, 230];
pub(super) const BORDER: Rgb = [200, 200, 200];
pub(super) const PAPER: Rgb = [255, 255, 255];

pub(super) const TITLE_SIZE: f64 = 16.0;
pub(super) const LABEL_SIZE: f64 = 13.0;
pub(super) const TICK_SIZE: f64 = 12.0;
pub(super) const TITLE_LINE: f64 = 21.0;
pub(super) const TICK_LINE: f64 = 15.0;
pub(super) const SUBTITLE_LINE: f64 = 18.0;
pub(super) const CURVE_WIDTH: f64 = 1.75;
/// Diameter of a dot, of one of many, and how many these are.
pub(super) const DOT: f64 = 6.0;
pub(super) const SMALL_DOT: f64 = 3.5;
pub(super) const MANY_DOTS: usize = 300;

/// From the middle of a line of text down to its baseline, in units of its size: half the height of a capital.
pub(super) const HALF_CAPITAL: f64 = 0.357;

/// The colour of curve `index`.
pub(super) fn curve_color(index: usize) -> Rgb {
    CURVES[index % CURVES.len()]
}

/// `color`, dark enough for small text on white.
pub(super) fn text_color(color: Rgb) -> Rgb {
    color.map(|channel| (f64::from(channel) * 0.75) as u8)
}

/// `color`, so pale that curves in full colour can be seen upon it.
pub(super) fn tint(color: Rgb) -> Rgb {
    color.map(|channel| (0.3 * f64::from(channel) + 0.7 * 255.0).round() as u8)
}
