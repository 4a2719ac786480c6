//! A picture: background, clutter, the shape, what hides part of it, light and noise.

use super::color::{self, Color, mix};
use super::geometry::{Field, Turn};
use super::pattern::Pattern;
use super::shape::{Placed, SHAPES};
use crate::data::stream::Stream;

/// The side of a picture in pixels.
pub(super) const SIDE: usize = 32;

// How hard the set is; tuned together with the sizes in `shape` and `pattern`. Hues and brightness help a model of whole
// pictures, which the shift of shapes hinders; clutter, bars and noise hinder every model.

/// How often a background has a colour that is usual for its class, and how far its hue then strays, in turns.
const USUAL: f32 = 0.8;
const STRAY: f32 = 0.07;
/// How often the shape is brighter than its background, rather than darker.
const BRIGHTER: f32 = 0.85;
/// The most pieces of clutter.
const CLUTTER: u32 = 3;
/// How often a bar hides part of the shape.
const HIDDEN: f32 = 0.5;
/// The standard deviation of the noise.
const NOISE: f32 = 0.05;

/// Paints a picture of `class` into `image`: three planes of `SIDE * SIDE` bytes, row by row.
pub(super) fn paint(class: u8, stream: &mut Stream, image: &mut [u8]) {
    let scene = Scene::new(class, stream);
    let (red, others) = image.split_at_mut(SIDE * SIDE);
    let (green, blue) = others.split_at_mut(SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let color = scene.at(column as f32 + 0.5, row as f32 + 0.5);
            // The cast cuts off at 0 and 255, and one half more makes it round.
            let [r, g, b] = color.map(|value| ((value + stream.bell(NOISE)) * 255.0 + 0.5) as u8);
            let place = row * SIDE + column;
            (red[place], green[place], blue[place]) = (r, g, b);
        }
    }
}

/// What there is to see.
struct Scene {
    background: [Color; 2],
    clouds: Field,
    clutter: Vec<Bar>,
    shape: Placed,
    paint: [Color; 2],
    pattern: Pattern,
    hiding: Option<Bar>,
    light: [f32; 3],
}

impl Scene {
    fn new(class: u8, stream: &mut Stream) -> Self {
        let shape = Placed::new(SHAPES[usize::from(class / 2)], SIDE as f32, stream);
        let pattern = if class.is_multiple_of(2) { Pattern::stripes(stream) } else { Pattern::dots(stream) };

        let brighter = stream.uniform(0.0, 1.0) < BRIGHTER;
        let (behind, before) = if brighter { ((0.15, 0.6), (0.65, 1.0)) } else { ((0.55, 1.0), (0.15, 0.5)) };
        let usual = stream.uniform(0.0, 1.0) < USUAL;
        let hue = if usual { f32::from(class) / 10.0 + stream.bell(STRAY) } else { stream.uniform(0.0, 1.0) };
        let background = [stream.bell(STRAY), stream.bell(STRAY)].map(|stray| {
            let saturation = stream.uniform(0.4, 0.95);
            color::from_hue(hue + stray, saturation, stream.uniform(behind.0, behind.1))
        });
        let main = color::any(before.0, before.1, stream);
        // The colour of the pattern: that of the shape, much darker or much brighter.
        let other = if brighter { mix(main, [0.0; 3], 0.75) } else { mix(main, [1.0; 3], 0.65) };

        let clutter = (0..stream.below(CLUTTER + 1)).map(|_| Bar::anywhere(stream)).collect();
        let hiding = (stream.uniform(0.0, 1.0) < HIDDEN).then(|| Bar::anywhere(stream));
        let light = [stream.uniform(0.75, 1.1), stream.bell(0.12), stream.bell(0.12)];
        Scene { background, clouds: Field::new(stream), clutter, shape, paint: [main, other], pattern, hiding, light }
    }

    /// The colour at `(x, y)`, in pixels.
    fn at(&self, x: f32, y: f32) -> Color {
        let (u, v) = (x / SIDE as f32, y / SIDE as f32);
        let mut color = mix(self.background[0], self.background[1], self.clouds.at(u, v));
        for bar in &self.clutter {
            color = bar.over(color, x, y);
        }
        let cover = self.shape.cover(x, y);
        if cover > 0.0 {
            let surface = mix(self.paint[0], self.paint[1], self.pattern.cover(x, y));
            color = mix(color, surface, cover);
        }
        if let Some(bar) = &self.hiding {
            color = bar.over(color, x, y);
        }
        let light = self.light[0] + self.light[1] * (2.0 * u - 1.0) + self.light[2] * (2.0 * v - 1.0);
        color.map(|value| value * light)
    }
}

/// A plain bar of random length.
struct Bar {
    centre: [f32; 2],
    turn: Turn,
    half_width: f32,
    half_length: f32,
    color: Color,
}

impl Bar {
    fn anywhere(stream: &mut Stream) -> Self {
        Bar {
            centre: [stream.uniform(0.0, SIDE as f32), stream.uniform(0.0, SIDE as f32)],
            turn: Turn::any(stream),
            half_width: stream.uniform(0.8, 2.2),
            half_length: stream.uniform(3.0, 14.0),
            color: color::any(0.2, 1.0, stream),
        }
    }

    /// The colour at `(x, y)` where `below` is what lies beneath the bar.
    fn over(&self, below: Color, x: f32, y: f32) -> Color {
        let [along, across] = self.turn.apply(x - self.centre[0], y - self.centre[1]);
        let distance = (across.abs() - self.half_width).max(along.abs() - self.half_length);
        mix(below, self.color, (0.5 - distance).clamp(0.0, 1.0))
    }
}
