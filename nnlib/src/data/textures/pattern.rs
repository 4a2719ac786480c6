//! Stripes and dots.

use super::geometry::Turn;
use crate::data::stream::Stream;

/// How far it is from one stripe or row of dots to the next, in pixels.
const STRIPE_PERIOD: (f32, f32) = (4.0, 6.5);
const DOT_PERIOD: (f32, f32) = (4.0, 6.0);
/// The share of the period that a stripe takes, and the radius of a dot over its period.
const STRIPE_SHARE: (f32, f32) = (0.35, 0.55);
const DOT_SHARE: (f32, f32) = (0.28, 0.38);

/// A pattern that covers the plane.
pub(super) enum Pattern {
    /// Parallel stripes.
    Stripes(Grid),
    /// Round dots on a square grid.
    Dots(Grid),
}

/// Where the stripes or dots lie.
pub(super) struct Grid {
    turn: Turn,
    period: f32,
    offset: [f32; 2],
    /// Half the width of a stripe, or the radius of a dot, in pixels.
    radius: f32,
}

impl Pattern {
    /// Stripes in a random direction.
    pub(super) fn stripes(stream: &mut Stream) -> Self {
        Pattern::Stripes(Grid::new(STRIPE_PERIOD, (STRIPE_SHARE.0 / 2.0, STRIPE_SHARE.1 / 2.0), stream))
    }

    /// Dots on a grid in a random direction.
    pub(super) fn dots(stream: &mut Stream) -> Self {
        Pattern::Dots(Grid::new(DOT_PERIOD, DOT_SHARE, stream))
    }

    /// How much of the place `(x, y)`, in pixels, the pattern covers: 0 to 1.
    pub(super) fn cover(&self, x: f32, y: f32) -> f32 {
        match self {
            Pattern::Stripes(grid) => {
                let [across, _] = grid.offset_from_nearest(x, y);
                (grid.radius - across.abs() + 0.5).clamp(0.0, 1.0)
            }
            Pattern::Dots(grid) => {
                let [across, along] = grid.offset_from_nearest(x, y);
                let distance = (across * across + along * along).sqrt();
                (grid.radius - distance + 0.5).clamp(0.0, 1.0)
            }
        }
    }
}

impl Grid {
    fn new(period: (f32, f32), share: (f32, f32), stream: &mut Stream) -> Self {
        let turn = Turn::any(stream);
        let period = stream.uniform(period.0, period.1);
        let offset = [stream.uniform(0.0, 1.0), stream.uniform(0.0, 1.0)];
        Grid { turn, period, offset, radius: period * stream.uniform(share.0, share.1) }
    }

    /// The way from the nearest node of the grid to `(x, y)`, in pixels along the axes of the grid.
    fn offset_from_nearest(&self, x: f32, y: f32) -> [f32; 2] {
        let turned = self.turn.apply(x, y);
        [0, 1].map(|axis| {
            let cells = turned[axis] / self.period + self.offset[axis];
            (cells - cells.floor() - 0.5) * self.period
        })
    }
}
