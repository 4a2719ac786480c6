//! One pass over images: scores, cost and gradient of a block of images while the block is in cache.
//!
//! The pixels stay bytes in memory, an eighth of what `f64` takes; a block of 32 images is widened into a buffer, used
//! for the scores and, right after, for the gradient. So an iteration reads the set once, and is bound by arithmetic and
//! not by memory.
//!
//! Classes are padded to panels of 16, so that a class is a lane of a vector: weights lie as `(D, panel)`, scores and
//! their gradients as `(block, panel)`. The inner loops keep a tile of 16 vectors or so in registers.
//!
//! The images are dealt out to threads in parts whose number depends on the number of images alone, and the parts' sums
//! are added in their order: the result is the same, to the bit, for any number of threads.

use super::{Gradients, SoftmaxGradient, SoftmaxRegression};
use crate::array::Matrix;
use crate::data::ImageSet;
use crate::metrics::Evaluation;
use ndarray::{Array1, Array2};
use pulp::{Arch, Simd, WithSimd};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Classes in a panel.
const PANEL: usize = 16;
/// Images whose pixels are widened at once.
const BLOCK: usize = 32;
/// Pixels whose gradients are summed at once: a cache line of `f64`.
const TILE: usize = 8;
/// Fewer images than this are not worth a thread.
const ROWS_PER_PART: usize = 2048;
/// A pixel's value in the sums.
const SCALE: f64 = 1.0 / 255.0;

/// Some of the images of a set.
pub struct Rows<'a> {
    pixels: &'a [u8],
    labels: &'a [u8],
    num_features: usize,
    /// Which images, or all in their order.
    selection: Option<&'a [usize]>,
}

impl<'a> Rows<'a> {
    /// All images of `set`.
    pub fn all(set: &'a ImageSet) -> Self {
        let pixels = set.pixels();
        Rows {
            pixels: pixels.as_slice().expect("an image set is in standard layout"),
            labels: set.labels().as_slice().expect("an image set is in standard layout"),
            num_features: pixels.ncols(),
            selection: None,
        }
    }

    /// The images of `set` at these indices.
    pub fn some(set: &'a ImageSet, selection: &'a [usize]) -> Self {
        Rows { selection: Some(selection), ..Rows::all(set) }
    }

    fn len(&self) -> usize {
        self.selection.map_or(self.labels.len(), <[usize]>::len)
    }

    fn row(&self, position: usize) -> (&[u8], u8) {
        let index = self.selection.map_or(position, |selection| selection[position]);
        (&self.pixels[index * self.num_features..][..self.num_features], self.labels[index])
    }
}

/// A model's parameters, laid out for passes.
pub struct Pass {
    num_features: usize,
    num_classes: usize,
    /// Panels of `(D, PANEL)`, one behind the other; lanes without a class are 0.
    weights: Vec<f64>,
    /// `(panels * PANEL,)`.
    bias: Vec<f64>,
}

impl Pass {
    /// Copies the parameters of `model`.
    pub fn new(model: &SoftmaxRegression) -> Self {
        let (num_features, num_classes) = model.weights.dim();
        let num_panels = num_classes.div_ceil(PANEL);
        let mut weights = vec![0.0; num_panels * num_features * PANEL];
        for ((feature, class), weight) in model.weights.indexed_iter() {
            weights[((class / PANEL) * num_features + feature) * PANEL + class % PANEL] = *weight;
        }
        let mut bias = vec![0.0; num_panels * PANEL];
        for (lane, value) in bias.iter_mut().zip(&model.bias) {
            *lane = *value;
        }
        Pass { num_features, num_classes, weights, bias }
    }

    /// Cost and accuracy on `rows`.
    pub fn evaluate(&self, rows: &Rows) -> Evaluation {
        self.sum(rows, None).evaluation(rows.len())
    }

    /// Cost, accuracy and gradients on `rows`.
    pub fn differentiate(&self, rows: &Rows, gradient: SoftmaxGradient) -> (Evaluation, Gradients) {
        let sums = self.sum(rows, Some(gradient));
        let per_sample = 1.0 / rows.len() as f64;
        let dweights: Matrix = Array2::from_shape_fn((self.num_features, self.num_classes), |(feature, class)| {
            sums.dweights[((class / PANEL) * self.num_features + feature) * PANEL + class % PANEL] * per_sample * SCALE
        });
        let dbias = Array1::from_shape_fn(self.num_classes, |class| sums.dbias[class] * per_sample);
        (sums.evaluation(rows.len()), Gradients { dweights, dbias })
    }

    /// The sums over all rows, in parts.
    fn sum(&self, rows: &Rows, gradient: Option<SoftmaxGradient>) -> Sums {
        let num_parts = rows.len().div_ceil(ROWS_PER_PART).max(1);
        let num_threads = std::thread::available_parallelism().map_or(1, usize::from).min(num_parts);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= num_parts {
                    return done;
                }
                let start = part * rows.len() / num_parts;
                let end = (part + 1) * rows.len() / num_parts;
                done.push((part, Arch::new().dispatch(PartSum { pass: self, rows, start, end, gradient })));
            }
        };
        let mut parts = std::thread::scope(|scope| {
            let others: Vec<_> = (1..num_threads).map(|_| scope.spawn(&work)).collect();
            let mut parts = work();
            for thread in others {
                parts.extend(thread.join().expect("a sum of finite products does not panic"));
            }
            parts
        });
        parts.sort_by_key(|(part, _)| *part);
        parts.into_iter().map(|(_, sums)| sums).reduce(Sums::add).expect("there is at least one part")
    }
}

/// Sums over samples, not yet divided by their number.
struct Sums {
    loss: f64,
    num_right: usize,
    /// In the layout of [`Pass::weights`], for pixels of 0 … 255; empty when no gradient is asked for.
    dweights: Vec<f64>,
    /// In the layout of [`Pass::bias`].
    dbias: Vec<f64>,
}

impl Sums {
    fn add(mut self, other: Sums) -> Sums {
        self.loss += other.loss;
        self.num_right += other.num_right;
        for (sum, part) in self.dweights.iter_mut().zip(&other.dweights) {
            *sum += part;
        }
        for (sum, part) in self.dbias.iter_mut().zip(&other.dbias) {
            *sum += part;
        }
        self
    }

    fn evaluation(&self, num_samples: usize) -> Evaluation {
        let num_samples = num_samples as f64;
        Evaluation { cost: self.loss / num_samples, accuracy: self.num_right as f64 / num_samples }
    }
}

/// The sums over the rows from `start` to before `end`, with the widest vectors of this machine.
struct PartSum<'a> {
    pass: &'a Pass,
    rows: &'a Rows<'a>,
    start: usize,
    end: usize,
    gradient: Option<SoftmaxGradient>,
}

impl WithSimd for PartSum<'_> {
    type Output = Sums;

    // The tiles are as large as the registers of each kind of machine allow: 32 vectors of 8 with AVX-512, 16 of 4 with
    // AVX2, 32 of 2 with NEON.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        match S::F64_LANES {
            8 => self.run::<S, 2, 8>(simd),
            4 => self.run::<S, 4, 2>(simd),
            2 => self.run::<S, 8, 2>(simd),
            1 => self.run::<S, 16, 1>(simd),
            lanes => unreachable!("vectors of {lanes} f64 are not known"),
        }
    }
}

impl PartSum<'_> {
    /// `VECTORS` make up a panel; `ROWS` images are scored at once.
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const ROWS: usize>(self, simd: S) -> Sums {
        let PartSum { pass, rows, start, end, gradient } = self;
        let width = pass.bias.len();
        let num_features = pass.num_features;
        let mut x = vec![0.0; BLOCK * num_features];
        let mut scores = vec![0.0; BLOCK * width];
        let mut labels = [0_u8; BLOCK];
        let mut sums = Sums {
            loss: 0.0,
            num_right: 0,
            dweights: vec![0.0; if gradient.is_some() { pass.weights.len() } else { 0 }],
            dbias: vec![0.0; width],
        };
        let mut position = start;
        while position < end {
            let count = BLOCK.min(end - position);
            for (offset, label) in labels.iter_mut().enumerate().take(count) {
                let (pixels, row_label) = rows.row(position + offset);
                *label = row_label;
                let wide = &mut x[offset * num_features..][..num_features];
                for (wide, &pixel) in wide.iter_mut().zip(pixels) {
                    *wide = f64::from(pixel);
                }
            }
            for panel in 0..width / PANEL {
                let weights = &pass.weights[panel * num_features * PANEL..][..num_features * PANEL];
                let mut row = 0;
                while row + ROWS <= count {
                    score::<S, VECTORS, ROWS>(simd, &x, weights, num_features, row, &mut scores, width, panel);
                    row += ROWS;
                }
                for row in row..count {
                    score::<S, VECTORS, 1>(simd, &x, weights, num_features, row, &mut scores, width, panel);
                }
            }
            for row in 0..count {
                let scores = &mut scores[row * width..][..width];
                let label = usize::from(labels[row]);
                softmax_row(scores, &pass.bias, pass.num_classes, label, gradient, &mut sums);
            }
            if gradient.is_some() {
                for panel in 0..width / PANEL {
                    let dweights = &mut sums.dweights[panel * num_features * PANEL..][..num_features * PANEL];
                    let mut feature = 0;
                    while feature + TILE <= num_features {
                        accumulate::<S, VECTORS, TILE>(simd, &x, &scores, num_features, feature, count, dweights, width, panel);
                        feature += TILE;
                    }
                    for feature in feature..num_features {
                        accumulate::<S, VECTORS, 1>(simd, &x, &scores, num_features, feature, count, dweights, width, panel);
                    }
                }
            }
            position += count;
        }
        sums
    }
}

/// Scores of `ROWS` images from `row` on, without bias, for the classes of one panel; pixels of 0 … 255.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the operands of a matrix product, and where each begins")]
fn score<S: Simd, const VECTORS: usize, const ROWS: usize>(
    simd: S,
    x: &[f64],
    weights: &[f64],
    num_features: usize,
    row: usize,
    scores: &mut [f64],
    width: usize,
    panel: usize,
) {
    let images: [&[f64]; ROWS] = std::array::from_fn(|r| &x[(row + r) * num_features..][..num_features]);
    let (weights, _) = S::as_simd_f64s(weights);
    let mut sums = [[simd.splat_f64s(0.0); VECTORS]; ROWS];
    for (feature, weights) in weights.chunks_exact(VECTORS).enumerate() {
        for r in 0..ROWS {
            let pixel = simd.splat_f64s(images[r][feature]);
            for v in 0..VECTORS {
                sums[r][v] = simd.mul_add_e_f64s(pixel, weights[v], sums[r][v]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let target = &mut scores[(row + r) * width + panel * PANEL..][..PANEL];
        let (target, _) = S::as_mut_simd_f64s(target);
        target.copy_from_slice(sums);
    }
}

/// Adds to the gradients of `FEATURES` pixels from `feature` on, for one panel, what the block's images give.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the operands of a matrix product, and where each begins")]
fn accumulate<S: Simd, const VECTORS: usize, const FEATURES: usize>(
    simd: S,
    x: &[f64],
    dscores: &[f64],
    num_features: usize,
    feature: usize,
    count: usize,
    dweights: &mut [f64],
    width: usize,
    panel: usize,
) {
    let (dweights, _) = S::as_mut_simd_f64s(&mut dweights[feature * PANEL..][..FEATURES * PANEL]);
    let mut sums = [[simd.splat_f64s(0.0); VECTORS]; FEATURES];
    for (f, sums) in sums.iter_mut().enumerate() {
        sums.copy_from_slice(&dweights[f * VECTORS..][..VECTORS]);
    }
    for row in 0..count {
        let pixels = &x[row * num_features + feature..][..FEATURES];
        let (dscore, _) = S::as_simd_f64s(&dscores[row * width + panel * PANEL..][..PANEL]);
        for f in 0..FEATURES {
            let pixel = simd.splat_f64s(pixels[f]);
            for v in 0..VECTORS {
                sums[f][v] = simd.mul_add_e_f64s(pixel, dscore[v], sums[f][v]);
            }
        }
    }
    for (f, sums) in sums.iter().enumerate() {
        dweights[f * VECTORS..][..VECTORS].copy_from_slice(sums);
    }
}

/// Turns the scores of one image into their gradient, and adds its loss.
///
/// The largest score is subtracted before the exponential, which neither overflows then nor changes the result.
#[inline(always)]
fn softmax_row(
    scores: &mut [f64],
    bias: &[f64],
    num_classes: usize,
    label: usize,
    gradient: Option<SoftmaxGradient>,
    sums: &mut Sums,
) {
    let (scores, padding) = scores.split_at_mut(num_classes);
    let mut best = 0;
    for class in 0..num_classes {
        scores[class] = scores[class] * SCALE + bias[class];
        if scores[class] > scores[best] {
            best = class;
        }
    }
    let max = scores[best];
    let score_of_label = scores[label] - max;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - max).exp();
        sum += *score;
    }
    sums.loss += sum.ln() - score_of_label;
    sums.num_right += usize::from(best == label);
    let Some(gradient) = gradient else { return };
    for (class, score) in scores.iter_mut().enumerate() {
        let target = if class == label { 1.0 } else { 0.0 };
        let probability = *score / sum;
        *score = match gradient {
            SoftmaxGradient::FullJacobian => probability - target,
            SoftmaxGradient::DiagonalOnly => target * probability - target,
        };
        sums.dbias[class] += *score;
    }
    // Lanes without a class: their weights are 0, and so must their gradients be.
    padding.fill(0.0);
}
