//! Turns, and the smooth fields of clouds and light.

use crate::data::stream::Stream;

/// A rotation of the plane.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    cosine: f32,
    sine: f32,
}

impl Turn {
    /// The rotation with this tangent of half its angle: no sine is needed, which differs between C libraries.
    pub(super) fn from_half_tangent(tangent: f32) -> Self {
        let norm = 1.0 + tangent * tangent;
        Turn { cosine: (1.0 - tangent * tangent) / norm, sine: 2.0 * tangent / norm }
    }

    /// A rotation by up to a quarter turn either way: every direction that a line can have.
    pub(super) fn any(stream: &mut Stream) -> Self {
        Turn::from_half_tangent(stream.uniform(-1.0, 1.0))
    }

    /// The point `(x, y)` turned about the origin.
    pub(super) fn apply(self, x: f32, y: f32) -> [f32; 2] {
        [self.cosine * x - self.sine * y, self.sine * x + self.cosine * y]
    }
}

/// Cells on each side of a field.
const CELLS: usize = 3;

/// A smooth random function on the unit square, between 0 and 1: values at the nodes of a coarse grid, blended with
/// cubic weights in between.
pub(super) struct Field {
    nodes: [[f32; CELLS + 1]; CELLS + 1],
}

impl Field {
    pub(super) fn new(stream: &mut Stream) -> Self {
        Field { nodes: [(); CELLS + 1].map(|()| [(); CELLS + 1].map(|()| stream.uniform(0.0, 1.0))) }
    }

    /// The value at a place of the unit square.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let (column, across) = cell(x);
        let (row, down) = cell(y);
        let line = |row: usize| {
            let nodes = &self.nodes[row];
            nodes[column] + across * (nodes[column + 1] - nodes[column])
        };
        let (above, below) = (line(row), line(row + 1));
        above + down * (below - above)
    }
}

/// The cell that holds `position`, and the weight of its far end there.
fn cell(position: f32) -> (usize, f32) {
    let scaled = position * CELLS as f32;
    let cell = (scaled as usize).min(CELLS - 1);
    let t = scaled - cell as f32;
    (cell, t * t * (3.0 - 2.0 * t))
}
