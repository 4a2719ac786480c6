//! The hand that writes: a glyph bent, slanted and jittered into the path of a pen.

use super::glyphs::{GLYPHS, Glyph, Stroke};
use super::spline::{Elastic, smooth};
use crate::data::stream::Stream;

/// A place that the pen passes, in pixels from the middle of the digit's box, and half the width of the line there.
#[derive(Clone, Copy)]
pub(super) struct Dab {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

/// The longer side of a digit with its ink, in pixels: MNIST scales its digits to a box of 20 by 20.
const BOX: f32 = 20.0;
/// How much of that the soft edges of the lines take, on both sides together.
const FADE: f32 = 1.0;
/// The width of the glyphs' box over its height.
const ASPECT: f32 = 0.78;

// How far hands differ: standard deviations, lengths in units of the glyph's box. They decide how hard the set is, and
// were tuned together: softmax regression suffers from slant, turn and squeeze, which a small network learns to undo;
// jitter and bend cost a convolutional network too.

/// Of each point of a stroke, for a hand of carelessness 1.
const JITTER: f32 = 0.035;
/// Of the nodes of the elastic displacement, for a hand of carelessness 1.
const BEND: f32 = 0.1;
/// Of the shift of the middle of the digit against its top and its foot.
const WAIST: f32 = 0.07;
/// Of the shift of the top against the foot, and its mean: most hands lean to the right.
const SLANT: f32 = 0.24;
const MEAN_SLANT: f32 = 0.15;
/// Of the width, as a share of it.
const SQUEEZE: f32 = 0.18;
/// Of the tangent of half the angle of rotation.
const TURN: f32 = 0.08;
/// Of the width of the line at the start, middle and end of a stroke, as a share of it.
const PRESSURE: f32 = 0.12;

/// Half the width of the line of the finest and of the broadest pen, in pixels.
const PEN: (f32, f32) = (0.7, 1.8);
/// What is left of that under the lightest pressure, so that no stroke breaks.
const FINEST: f32 = 0.45;

/// Writes `digit` once and returns the path of the pen, stroke by stroke.
pub(super) fn write(digit: usize, stream: &mut Stream) -> Vec<Vec<Dab>> {
    let glyph = choose(GLYPHS[digit], stream);
    // Most writers are neat; a few are not.
    let careless = stream.uniform(0.0, 1.0);
    let carelessness = 0.7 + 1.6 * careless * careless * careless;
    let jitter = JITTER * carelessness;
    let mut strokes: Vec<Vec<[f32; 2]>> = glyph.strokes.iter().map(|stroke| trace(stroke, jitter, stream)).collect();
    let hand = Hand::new(BEND * carelessness, stream);
    for point in strokes.iter_mut().flatten() {
        *point = hand.shape(*point);
    }
    fit(&strokes, stream)
}

/// One of the forms, each as often as its share.
fn choose(forms: &'static [Glyph], stream: &mut Stream) -> &'static Glyph {
    let mut ticket = stream.below(forms.iter().map(|form| form.share).sum());
    for form in forms {
        if ticket < form.share {
            return form;
        }
        ticket -= form.share;
    }
    unreachable!("the ticket is below the sum of the shares")
}

/// The pen's path along a stroke, in units of the box.
///
/// Each point misses its place by about `jitter`, and by much the same as the point before: a hand drifts.
fn trace(stroke: Stroke, jitter: f32, stream: &mut Stream) -> Vec<[f32; 2]> {
    let mut path = Vec::new();
    let mut piece: Vec<[f32; 2]> = Vec::with_capacity(stroke.len());
    let mut drift = [stream.bell(jitter), stream.bell(jitter)];
    for (index, &(x, y)) in stroke.iter().enumerate() {
        if index > 0 && stroke[index - 1] == (x, y) {
            smooth(&piece, &mut path);
            piece.drain(..piece.len() - 1);
        } else {
            piece.push([f32::from(x) / 100.0 + drift[0], f32::from(y) / 100.0 + drift[1]]);
            // 0.6² + 0.8² = 1: the deviation stays the same along the stroke.
            drift = drift.map(|d| 0.6 * d + 0.8 * stream.bell(jitter));
        }
    }
    smooth(&piece, &mut path);
    path
}

/// What one writing does to every point of the glyph.
struct Hand {
    elastic: Elastic,
    waist: [f32; 2],
    slant: f32,
    width: f32,
    cosine: f32,
    sine: f32,
}

impl Hand {
    fn new(bend: f32, stream: &mut Stream) -> Self {
        let elastic = Elastic::new(bend, stream);
        let waist = [stream.bell(WAIST), stream.bell(WAIST)];
        let slant = MEAN_SLANT + stream.bell(SLANT);
        let width = ASPECT * (1.0 + stream.bell(SQUEEZE));
        // A rotation by the tangent of half its angle needs no sine, which differs between C libraries.
        let turn = stream.bell(TURN);
        let norm = 1.0 + turn * turn;
        Hand { elastic, waist, slant, width, cosine: (1.0 - turn * turn) / norm, sine: 2.0 * turn / norm }
    }

    fn shape(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [dx, dy] = self.elastic.displacement(x, y);
        let bulge = 4.0 * y * (1.0 - y);
        let (x, y) = (x + dx + self.waist[0] * bulge - 0.5, y + dy + self.waist[1] * bulge - 0.5);
        let x = self.width * x - self.slant * y;
        [self.cosine * x - self.sine * y, self.sine * x + self.cosine * y]
    }
}

/// Scales the strokes to the box, and gives the line its width.
fn fit(strokes: &[Vec<[f32; 2]>], stream: &mut Stream) -> Vec<Vec<Dab>> {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for point in strokes.iter().flatten() {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let pen = stream.uniform(PEN.0, PEN.1);
    let scale = (BOX - FADE - 2.0 * pen) / (high[0] - low[0]).max(high[1] - low[1]);
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    let mut press = |stroke: &Vec<[f32; 2]>| {
        let [start, midway, end] = [stream.bell(PRESSURE), stream.bell(PRESSURE), stream.bell(PRESSURE)];
        let dab = |(index, &[x, y]): (usize, &[f32; 2])| {
            let t = index as f32 / stroke.len() as f32;
            let pressure = 1.0 + start * (1.0 - t) + end * t + midway * 4.0 * t * (1.0 - t);
            let radius = (pen * pressure).max(FINEST);
            Dab { x: (x - middle[0]) * scale, y: (y - middle[1]) * scale, radius }
        };
        stroke.iter().enumerate().map(dab).collect()
    };
    strokes.iter().map(&mut press).collect()
}
