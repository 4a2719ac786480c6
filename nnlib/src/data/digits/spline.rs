//! Smooth curves and smooth displacements, by cubic polynomials alone.

use crate::data::stream::Stream;

/// How many straight pieces stand for the curve between two points.
const STEPS: usize = 5;

/// Appends to `path` the curve through `points`, a Catmull-Rom spline.
pub(super) fn smooth(points: &[[f32; 2]], path: &mut Vec<[f32; 2]>) {
    let last = points.len() - 1;
    for i in 0..last {
        let (b, c) = (points[i], points[i + 1]);
        let a = if i > 0 { points[i - 1] } else { beyond(c, b) };
        let d = if i + 1 < last { points[i + 2] } else { beyond(b, c) };
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            path.push([0, 1].map(|axis| {
                let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            }));
        }
    }
    path.push(points[last]);
}

/// The point as far beyond `to` as `from` lies before it.
fn beyond(from: [f32; 2], to: [f32; 2]) -> [f32; 2] {
    [2.0 * to[0] - from[0], 2.0 * to[1] - from[1]]
}

/// Cells on each side of the grid that carries the displacement.
const CELLS: usize = 2;
/// Grid nodes on each side: a cubic B-spline reaches one node beyond its cell on either side.
const NODES: usize = CELLS + 3;

/// A smooth random displacement of the unit square: uniform cubic B-splines over a coarse grid of random nodes.
pub(super) struct Elastic {
    nodes: [[[f32; 2]; NODES]; NODES],
}

impl Elastic {
    /// Nodes displaced by about `deviation` in x and in y.
    pub(super) fn new(deviation: f32, stream: &mut Stream) -> Self {
        let mut nodes = [[[0.0; 2]; NODES]; NODES];
        for coordinate in nodes.iter_mut().flatten().flatten() {
            *coordinate = stream.bell(deviation);
        }
        Elastic { nodes }
    }

    /// The displacement at a place; outside the unit square that of the nearest place inside.
    pub(super) fn displacement(&self, x: f32, y: f32) -> [f32; 2] {
        let (column, across) = basis(x);
        let (row, down) = basis(y);
        let mut sum = [0.0; 2];
        for (nodes, wy) in self.nodes[row..].iter().zip(down) {
            for (node, wx) in nodes[column..].iter().zip(across) {
                sum[0] += wy * wx * node[0];
                sum[1] += wy * wx * node[1];
            }
        }
        sum
    }
}

/// The first of the four nodes that act at `position`, and the weights of the four.
fn basis(position: f32) -> (usize, [f32; 4]) {
    let scaled = (position * CELLS as f32).clamp(0.0, CELLS as f32);
    let cell = (scaled as usize).min(CELLS - 1);
    let t = scaled - cell as f32;
    let s = 1.0 - t;
    let weights = [
        s * s * s / 6.0,
        (4.0 + t * t * (3.0 * t - 6.0)) / 6.0,
        (4.0 + s * s * (3.0 * s - 6.0)) / 6.0,
        t * t * t / 6.0,
    ];
    (cell, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_meets_its_points_and_straight_lines_stay_straight() {
        let points = [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]];
        let mut path = Vec::new();
        smooth(&points, &mut path);
        assert_eq!(path.len(), 2 * STEPS + 1);
        assert_eq!([path[0], path[STEPS], path[2 * STEPS]], points);
        assert!(path.iter().all(|[x, y]| (y - 2.0 * x).abs() < 1e-6));
    }

    #[test]
    fn the_weights_of_a_b_spline_add_up_to_one() {
        for position in [-0.5, 0.0, 0.3, 0.5, 0.99, 1.0, 1.5] {
            let (cell, weights) = basis(position);
            assert!(cell < CELLS);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6, "at {position}: {weights:?}");
        }
    }
}
