//! Colours: hue, saturation and brightness to red, green and blue.

use crate::data::stream::Stream;

/// Red, green and blue, 0 to 1 each.
pub(super) type Color = [f32; 3];

/// The colour with these `hue` (in turns: 0 red, 1/3 green, 2/3 blue), `saturation` and `brightness` (0 to 1).
pub(super) fn from_hue(hue: f32, saturation: f32, brightness: f32) -> Color {
    let sixths = (hue - hue.floor()) * 6.0;
    [5.0, 3.0, 1.0].map(|offset: f32| {
        let k = (offset + sixths) % 6.0;
        brightness * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
    })
}

/// A colour of any hue with a brightness between `low` and `high`.
pub(super) fn any(low: f32, high: f32, stream: &mut Stream) -> Color {
    let saturation = stream.uniform(0.2, 0.9);
    from_hue(stream.uniform(0.0, 1.0), saturation, stream.uniform(low, high))
}

/// The colour `share` of the way from `from` to `to`.
pub(super) fn mix(from: Color, to: Color, share: f32) -> Color {
    [0, 1, 2].map(|channel| from[channel] + share * (to[channel] - from[channel]))
}
