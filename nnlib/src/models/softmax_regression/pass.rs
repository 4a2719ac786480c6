//! One pass over images: scores, cost and gradient of a block of images while the block is in cache.
//!
//! The pixels stay bytes in memory, an eighth of what `f64` takes; a block of 32 images is widened into a buffer, used
//! for the scores and, right after, for the gradient. So an iteration reads the set once, and is bound by arithmetic and
//! not by memory.
//!
//! Pixels are the lanes of the vectors, in both products: the scores sum over them, and the gradient has one value for
//! each. Rows are padded with zeros to whole vectors, which changes no sum. The inner loops keep a tile of 20 vectors of
//! sums in registers, 5 classes by 4 images or by 4 vectors of pixels: ten classes are two tiles, and no lane is idle.
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

/// Images whose pixels are widened at once.
const BLOCK: usize = 32;
/// Classes in a tile of sums.
const CLASSES: usize = 5;
/// The longest vector, in `f64`; rows are padded to whole ones.
const LONGEST_VECTOR: usize = 8;
/// Fewer images than this are not worth a thread.
const ROWS_PER_PART: usize = 1024;
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
pub struct Pass<'a> {
    model: &'a SoftmaxRegression,
    /// Pixels of an image, padded to whole vectors.
    stride: usize,
    /// `(M, stride)`: a row a class.
    weights: Aligned,
}

impl<'a> Pass<'a> {
    /// Copies the weights of `model`.
    pub fn new(model: &'a SoftmaxRegression) -> Self {
        let stride = model.num_features().next_multiple_of(LONGEST_VECTOR);
        let mut weights = Aligned::zeros(model.num_classes() * stride);
        let rows = weights.values();
        for ((feature, class), weight) in model.weights.indexed_iter() {
            rows[class * stride + feature] = *weight;
        }
        Pass { model, stride, weights }
    }

    /// Cost and accuracy on `rows`.
    pub fn evaluate(&self, rows: &Rows) -> Evaluation {
        self.sum(rows, None).evaluation(rows.len())
    }

    /// Cost, accuracy and gradients on `rows`.
    pub fn differentiate(&self, rows: &Rows, gradient: SoftmaxGradient) -> (Evaluation, Gradients) {
        let sums = self.sum(rows, Some(gradient));
        let per_sample = 1.0 / rows.len() as f64;
        let shape = (self.model.num_features(), self.model.num_classes());
        let dweights: Matrix = Array2::from_shape_fn(shape, |(feature, class)| {
            sums.dweights[class * self.stride + feature] * per_sample * SCALE
        });
        let dbias = Array1::from_shape_fn(self.model.num_classes(), |class| sums.dbias[class] * per_sample);
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
            let others: Vec<_> = (1..num_threads).map(|_| scope.spawn(work)).collect();
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
    /// `(M,)`.
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

/// Zeros that begin at a cache line: a vector that lies across two lines takes two accesses.
struct Aligned {
    buffer: Vec<f64>,
    start: usize,
    len: usize,
}

impl Aligned {
    fn zeros(len: usize) -> Self {
        let buffer = vec![0.0; len + LONGEST_VECTOR];
        // Where there is no answer, only speed is lost.
        let start = buffer.as_ptr().align_offset(LONGEST_VECTOR * size_of::<f64>()).min(LONGEST_VECTOR);
        Aligned { buffer, start, len }
    }

    fn as_slice(&self) -> &[f64] {
        &self.buffer[self.start..][..self.len]
    }

    fn values(&mut self) -> &mut [f64] {
        &mut self.buffer[self.start..][..self.len]
    }
}

/// The sums over the rows from `start` to before `end`, with the widest vectors of this machine.
struct PartSum<'a> {
    pass: &'a Pass<'a>,
    rows: &'a Rows<'a>,
    start: usize,
    end: usize,
    gradient: Option<SoftmaxGradient>,
}

impl WithSimd for PartSum<'_> {
    type Output = Sums;

    // A tile and its operands fill the registers: 32 with AVX-512 and NEON, 16 with AVX2.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        match S::F64_LANES {
            4 => self.run::<S, 2>(simd),
            _ => self.run::<S, 4>(simd),
        }
    }
}

impl PartSum<'_> {
    /// `SIDE`: images, or vectors of pixels, in a tile.
    #[inline(always)]
    fn run<S: Simd, const SIDE: usize>(self, simd: S) -> Sums {
        let PartSum { pass, rows, start, end, gradient } = self;
        let num_classes = pass.model.num_classes();
        let (weights, _) = S::as_simd_f64s(pass.weights.as_slice());
        let mut x = Aligned::zeros(BLOCK * pass.stride);
        let x = x.values();
        let mut scores = vec![0.0; BLOCK * num_classes];
        let mut sums = Sums {
            loss: 0.0,
            num_right: 0,
            dweights: vec![0.0; if gradient.is_some() { num_classes * pass.stride } else { 0 }],
            dbias: vec![0.0; num_classes],
        };
        for first in (start..end).step_by(BLOCK) {
            let count = BLOCK.min(end - first);
            for (row, wide) in x.chunks_exact_mut(pass.stride).enumerate().take(count) {
                for (wide, &pixel) in wide.iter_mut().zip(rows.row(first + row).0) {
                    *wide = f64::from(pixel);
                }
            }
            let block = Block { x: S::as_simd_f64s(x).0, stride: pass.stride / S::F64_LANES, count, num_classes };
            block.score::<S, SIDE>(simd, weights, &mut scores);
            for (row, scores) in scores.chunks_exact_mut(num_classes).enumerate().take(count) {
                let label = usize::from(rows.row(first + row).1);
                softmax_row(scores, pass.model, label, gradient, &mut sums);
            }
            if gradient.is_some() {
                block.accumulate::<S, SIDE>(simd, &scores, S::as_mut_simd_f64s(&mut sums.dweights).0);
            }
        }
        sums
    }
}

/// A block of images in vectors of pixels, 0 … 255.
struct Block<'a, V> {
    /// `(count, stride)`.
    x: &'a [V],
    stride: usize,
    count: usize,
    num_classes: usize,
}

impl<V: Copy> Block<'_, V> {
    /// `scores = x weightsᵀ`, `(count, M)`, without the biases.
    #[inline(always)]
    fn score<S: Simd<f64s = V>, const SIDE: usize>(&self, simd: S, weights: &[V], scores: &mut [f64]) {
        let mut class = 0;
        // The weights of a tile's classes stay in the first cache while all images pass by.
        while class + CLASSES <= self.num_classes {
            self.score_classes::<S, SIDE, CLASSES>(simd, weights, class, scores);
            class += CLASSES;
        }
        for class in class..self.num_classes {
            self.score_classes::<S, SIDE, 1>(simd, weights, class, scores);
        }
    }

    #[inline(always)]
    fn score_classes<S: Simd<f64s = V>, const SIDE: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[V],
        class: usize,
        scores: &mut [f64],
    ) {
        let mut row = 0;
        while row + SIDE <= self.count {
            self.score_tile::<S, SIDE, CLASSES>(simd, weights, row, class, scores);
            row += SIDE;
        }
        for row in row..self.count {
            self.score_tile::<S, 1, CLASSES>(simd, weights, row, class, scores);
        }
    }

    #[inline(always)]
    fn score_tile<S: Simd<f64s = V>, const ROWS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[V],
        row: usize,
        class: usize,
        scores: &mut [f64],
    ) {
        let stride = self.stride;
        let x: [&[V]; ROWS] = std::array::from_fn(|r| &self.x[(row + r) * stride..][..stride]);
        let w: [&[V]; CLASSES] = std::array::from_fn(|c| &weights[(class + c) * stride..][..stride]);
        let mut sums = [[simd.splat_f64s(0.0); CLASSES]; ROWS];
        for k in 0..stride {
            for r in 0..ROWS {
                for c in 0..CLASSES {
                    sums[r][c] = simd.mul_add_e_f64s(x[r][k], w[c][k], sums[r][c]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                scores[(row + r) * self.num_classes + class + c] = simd.reduce_sum_f64s(*sum);
            }
        }
    }

    /// `dweights += dscoresᵀ x`, `(M, stride)`.
    #[inline(always)]
    fn accumulate<S: Simd<f64s = V>, const SIDE: usize>(&self, simd: S, dscores: &[f64], dweights: &mut [V]) {
        let mut vector = 0;
        // The pixels of a tile are read for the first of its classes, and are in the first cache for the rest.
        while vector + SIDE <= self.stride {
            self.accumulate_vectors::<S, SIDE>(simd, dscores, vector, dweights);
            vector += SIDE;
        }
        for vector in vector..self.stride {
            self.accumulate_vectors::<S, 1>(simd, dscores, vector, dweights);
        }
    }

    #[inline(always)]
    fn accumulate_vectors<S: Simd<f64s = V>, const VECTORS: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        dweights: &mut [V],
    ) {
        let mut class = 0;
        while class + CLASSES <= self.num_classes {
            self.accumulate_tile::<S, VECTORS, CLASSES>(simd, dscores, vector, class, dweights);
            class += CLASSES;
        }
        for class in class..self.num_classes {
            self.accumulate_tile::<S, VECTORS, 1>(simd, dscores, vector, class, dweights);
        }
    }

    #[inline(always)]
    fn accumulate_tile<S: Simd<f64s = V>, const VECTORS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        class: usize,
        dweights: &mut [V],
    ) {
        let mut sums: [[V; VECTORS]; CLASSES] =
            std::array::from_fn(|c| std::array::from_fn(|v| dweights[(class + c) * self.stride + vector + v]));
        for row in 0..self.count {
            let x = &self.x[row * self.stride + vector..][..VECTORS];
            let dscores = &dscores[row * self.num_classes + class..][..CLASSES];
            for c in 0..CLASSES {
                let dscore = simd.splat_f64s(dscores[c]);
                for v in 0..VECTORS {
                    sums[c][v] = simd.mul_add_e_f64s(dscore, x[v], sums[c][v]);
                }
            }
        }
        for (c, sums) in sums.iter().enumerate() {
            dweights[(class + c) * self.stride + vector..][..VECTORS].copy_from_slice(sums);
        }
    }
}

/// Turns the scores of one image into their gradient, and adds its loss.
///
/// The largest score is subtracted before the exponential, which neither overflows then nor changes the result.
#[inline(always)]
fn softmax_row(
    scores: &mut [f64],
    model: &SoftmaxRegression,
    label: usize,
    gradient: Option<SoftmaxGradient>,
    sums: &mut Sums,
) {
    let mut best = 0;
    for (class, bias) in model.bias.iter().enumerate() {
        scores[class] = scores[class] * SCALE + bias;
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
}
