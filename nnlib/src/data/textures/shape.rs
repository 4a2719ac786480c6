//! The five shapes, as distances to their outline.

use super::geometry::Turn;
use crate::data::stream::Stream;

/// Half the height of a shape, in pixels: from the smallest to the largest.
const SIZE: (f32, f32) = (8.5, 13.0);
/// The standard deviation of the centre from the middle of the picture, in pixels.
const SHIFT: f32 = 2.6;
/// Of the tangent of half the angle of rotation.
const TURN: f32 = 0.09;
/// Of width over height, about 1.
const SQUEEZE: f32 = 0.1;
/// Of the slant.
const SLANT: f32 = 0.1;

/// The shapes in the order of the classes.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Disc,
    Square,
    Triangle,
    Cross,
    Ring,
}

pub(super) const SHAPES: [Shape; 5] = [Shape::Disc, Shape::Square, Shape::Triangle, Shape::Cross, Shape::Ring];

impl Shape {
    /// How far outside the outline `(x, y)` lies, negative inside; about 1 is half the height of the shape, and y
    /// points down. The sizes are chosen for much the same area.
    fn distance(self, x: f32, y: f32) -> f32 {
        let radius = (x * x + y * y).sqrt();
        match self {
            Shape::Disc => radius - 0.92,
            Shape::Square => x.abs().max(y.abs()) - 0.82,
            Shape::Triangle => (y - 0.62).max(0.866 * x.abs() - 0.5 * y - 0.6),
            Shape::Cross => (x.abs().max(y.abs()) - 1.05).max(x.abs().min(y.abs()) - 0.37),
            Shape::Ring => (radius - 0.72).abs() - 0.3,
        }
    }
}

/// A shape somewhere in a picture.
pub(super) struct Placed {
    shape: Shape,
    centre: [f32; 2],
    size: f32,
    turn: Turn,
    width: f32,
    slant: f32,
}

impl Placed {
    /// `shape` at a random place of a picture with sides of `side` pixels.
    pub(super) fn new(shape: Shape, side: f32, stream: &mut Stream) -> Self {
        Placed {
            shape,
            centre: [side / 2.0 + stream.bell(SHIFT), side / 2.0 + stream.bell(SHIFT)],
            size: stream.uniform(SIZE.0, SIZE.1),
            turn: Turn::from_half_tangent(stream.bell(TURN)),
            width: 1.0 + stream.bell(SQUEEZE),
            slant: stream.bell(SLANT),
        }
    }

    /// How much of the pixel with its middle at `(x, y)` the shape covers: 0 to 1.
    pub(super) fn cover(&self, x: f32, y: f32) -> f32 {
        let [x, y] = self.turn.apply(x - self.centre[0], y - self.centre[1]);
        let distance = self.shape.distance((x / self.width + self.slant * y) / self.size, y / self.size);
        (0.5 - distance * self.size).clamp(0.0, 1.0)
    }
}
