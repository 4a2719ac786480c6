//! The hand that writes: a glyph bent, slanted and jittered into the path of a pen.

use super::glyphs::{GLYPHS, Stroke};
use super::stream::Stream;

/// A place that the pen passes, in pixels, and half the width of the line there.
#[derive(Clone, Copy)]
pub(super) struct Dab {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

/// The longer side of a digit, as in MNIST: digits fit a box of 20 by 20 pixels.
const BOX: f32 = 20.0;

/// Writes `digit` once: for each stroke the path of the pen, somewhere near the origin.
pub(super) fn write(digit: usize, stream: &mut Stream) -> Vec<Vec<Dab>> {
    let p = super::params();
    let forms = GLYPHS[digit];
    let mut ticket = stream.below(100);
    let mut chosen = &forms[0];
    for form in forms {
        chosen = form;
        if ticket < form.share {
            break;
        }
        ticket -= form.share;
    }
    // Most writers are neat; a few are not.
    let carelessness = {
        let u = stream.uniform(0.0, 1.0);
        p[0] + p[1] * u * u * u
    };
    let jitter = p[2] * carelessness;
    let mut strokes: Vec<Vec<[f32; 2]>> = chosen.strokes.iter().map(|s| trace(s, jitter, stream)).collect();

    let elastic = Elastic::new(p[3] * carelessness, stream);
    let waist_y = stream.bell(p[4]);
    let waist_x = stream.bell(p[4]);
    let slant = p[5] + stream.bell(p[6]);
    let squeeze = 1.0 + stream.bell(p[7]);
    let turn = stream.bell(p[8]); // tan(angle / 2)
    let (cosine, sine) = ((1.0 - turn * turn) / (1.0 + turn * turn), 2.0 * turn / (1.0 + turn * turn));
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for point in strokes.iter_mut().flatten() {
        let [x, y] = *point;
        let [ex, ey] = elastic.at(x, y);
        let (x, y) = (x + ex + waist_x * 4.0 * y * (1.0 - y), y + ey + waist_y * 4.0 * y * (1.0 - y));
        let (x, y) = (x - 0.5, y - 0.5);
        let (x, y) = (x * squeeze * p[16] - slant * y, y);
        let (x, y) = (cosine * x - sine * y, sine * x + cosine * y);
        *point = [x, y];
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let radius = { let u = stream.uniform(0.0, 1.0); p[9] + (p[10] - p[9]) * u };
    let extent = (high[0] - low[0]).max(high[1] - low[1]);
    let scale = (BOX - 2.0 * radius) / extent * (1.0 - stream.uniform(0.0, p[11]));
    strokes
        .iter()
        .map(|stroke| {
            let count = stroke.len() as f32;
            let (start, end, middle) = (stream.bell(p[12]), stream.bell(p[12]), stream.bell(p[12]));
            stroke
                .iter()
                .enumerate()
                .map(|(i, &[x, y])| {
                    let t = i as f32 / count;
                    let pressure = 1.0 + start * (1.0 - t) + end * t + middle * 4.0 * t * (1.0 - t);
                    Dab { x: (x - (low[0]+high[0])/2.0) * scale, y: (y - (low[1]+high[1])/2.0) * scale, radius: (radius * pressure).max(0.45) }
                })
                .collect()
        })
        .collect()
}

/// The pen's path through the points of a stroke (in units of the box), each moved by about `jitter`.
fn trace(stroke: Stroke, jitter: f32, stream: &mut Stream) -> Vec<[f32; 2]> {
    let mut path = Vec::with_capacity(64);
    let mut piece: Vec<[f32; 2]> = Vec::with_capacity(stroke.len());
    let mut drift = [stream.bell(jitter), stream.bell(jitter)];
    for (index, &(x, y)) in stroke.iter().enumerate() {
        if index > 0 && stroke[index - 1] == (x, y) {
            let corner = piece[piece.len() - 1];
            smooth(&piece, &mut path);
            piece.clear();
            piece.push(corner);
        } else {
            piece.push([f32::from(x) / 100.0 + drift[0], f32::from(y) / 100.0 + drift[1]]);
            drift = drift.map(|d| 0.6 * d + 0.8 * stream.bell(jitter));
        }
    }
    smooth(&piece, &mut path);
    path
}

/// Appends a Catmull-Rom spline through `points` to `path`.
fn smooth(points: &[[f32; 2]], path: &mut Vec<[f32; 2]>) {
    const STEPS: usize = 5;
    for i in 0..points.len() - 1 {
        let b = points[i];
        let c = points[i + 1];
        let a = if i > 0 { points[i - 1] } else { [2.0 * b[0] - c[0], 2.0 * b[1] - c[1]] };
        let d = if i + 2 < points.len() { points[i + 2] } else { [2.0 * c[0] - b[0], 2.0 * c[1] - b[1]] };
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            path.push([0, 1].map(|axis| {
                let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            }));
        }
    }
    path.push(points[points.len() - 1]);
}

/// A smooth random displacement of the plane: cubic B-splines over a coarse grid.
struct Elastic {
    nodes: [[[f32; 2]; 5]; 5],
}

impl Elastic {
    fn new(deviation: f32, stream: &mut Stream) -> Self {
        let mut nodes = [[[0.0; 2]; 5]; 5];
        for node in nodes.iter_mut().flatten().flatten() {
            *node = stream.bell(deviation);
        }
        Elastic { nodes }
    }

    fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let (column, across) = cell(x);
        let (row, down) = cell(y);
        let mut sum = [0.0; 2];
        for (i, wy) in down.iter().enumerate() {
            for (j, wx) in across.iter().enumerate() {
                let node = self.nodes[row + i][column + j];
                sum[0] += wy * wx * node[0];
                sum[1] += wy * wx * node[1];
            }
        }
        sum
    }
}

/// The first of the four grid lines that act at `position`, and their weights.
fn cell(position: f32) -> (usize, [f32; 4]) {
    let position = (position * 2.0).clamp(0.0, 2.0);
    let index = if position >= 1.0 { 1 } else { 0 };
    let t = position - index as f32;
    let s = 1.0 - t;
    let weights = [
        s * s * s / 6.0,
        (4.0 + t * t * (3.0 * t - 6.0)) / 6.0,
        (4.0 + s * s * (3.0 * s - 6.0)) / 6.0,
        t * t * t / 6.0,
    ];
    (index, weights)
}
