//! One pass over images: scores, cost and gradient of a block of images while the block is in cache.
//!
//! The pixels stay bytes, an eighth of what `f64` takes; a block of 64 images is used for the scores and, right after, for
//! the gradient. So an iteration reads the set once, and is bound by arithmetic and not by memory.
//!
//! The images are dealt out to threads in parts whose number depends on the number of images alone, and the parts' sums
//! are added in their order: the result is the same, to the bit, for any number of threads.

use super::{Gradients, SoftmaxGradient, SoftmaxRegression};
use crate::data::ImageSet;
use crate::memory::keep_freed_memory;
use crate::metrics::Evaluation;
use crate::parallel::map_parts;
use crate::pixel_block::{BLOCK, Block, ByGroup, ROWS_PER_PART, SCALE, in_groups};
use ndarray::Array1;
use pulp::{Arch, Simd, WithSimd};

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
    weights: ByGroup,
}

impl<'a> Pass<'a> {
    /// Copies the weights of `model`.
    pub fn new(model: &'a SoftmaxRegression) -> Self {
        Pass { model, weights: ByGroup::new(&model.weights, SCALE) }
    }

    /// Cost and accuracy on `rows`.
    pub fn evaluate(&self, rows: &Rows) -> Evaluation {
        self.sum(rows, None).evaluation(rows.len())
    }

    /// Cost, accuracy and gradients on `rows`.
    pub fn differentiate(&self, rows: &Rows, gradient: SoftmaxGradient) -> (Evaluation, Gradients) {
        let sums = self.sum(rows, Some(gradient));
        let per_sample = 1.0 / rows.len() as f64;
        let dweights = sums.dweights.to_matrix(self.model.num_features(), per_sample * SCALE);
        let dbias = Array1::from_shape_fn(self.model.num_classes(), |class| sums.dbias[class] * per_sample);
        (sums.evaluation(rows.len()), Gradients { dweights, dbias })
    }

    /// The sums over all rows, in parts.
    fn sum(&self, rows: &Rows, gradient: Option<SoftmaxGradient>) -> Sums {
        keep_freed_memory();
        let num_parts = rows.len().div_ceil(ROWS_PER_PART).max(1);
        let bounds = |part: usize| (part * rows.len() / num_parts, (part + 1) * rows.len() / num_parts);
        let multiplications = rows.len() * self.model.num_features() * self.model.num_classes();
        let sums = map_parts((0..num_parts).map(bounds).collect(), multiplications, |(start, end)| {
            Arch::new().dispatch(PartSum { pass: self, rows, start, end, gradient })
        });
        sums.into_iter().reduce(Sums::add).expect("there is at least one part")
    }
}

/// Sums over samples, not yet divided by their number.
struct Sums {
    loss: f64,
    num_right: usize,
    /// For pixels of 0 … 255; of no pixels when no gradient is asked for.
    dweights: ByGroup,
    /// `(M,)`.
    dbias: Vec<f64>,
}

impl Sums {
    fn add(mut self, other: Sums) -> Sums {
        self.loss += other.loss;
        self.num_right += other.num_right;
        self.dweights.add(&other.dweights);
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
    pass: &'a Pass<'a>,
    rows: &'a Rows<'a>,
    start: usize,
    end: usize,
    gradient: Option<SoftmaxGradient>,
}

impl WithSimd for PartSum<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let PartSum { pass, rows, start, end, gradient } = self;
        let num_classes = pass.model.num_classes();
        let mut buffer = Vec::new();
        let mut scores = vec![0.0; BLOCK * num_classes];
        let mut sums = Sums {
            loss: 0.0,
            num_right: 0,
            dweights: ByGroup::zeros(if gradient.is_some() { rows.num_features } else { 0 }, num_classes),
            dbias: vec![0.0; num_classes],
        };
        let images = in_groups(rows.num_features, (start..end).map(|row| rows.row(row).0), &mut buffer);
        let mut labels = (start..end).map(|row| rows.row(row).1);
        for block in Block::each(&images, num_classes) {
            block.score(simd, &pass.weights, &mut scores);
            let of_images = scores.chunks_exact_mut(num_classes).take(block.len());
            for (scores, label) in of_images.zip(&mut labels) {
                softmax_row(scores, pass.model, usize::from(label), gradient, &mut sums);
            }
            if gradient.is_some() {
                block.accumulate(simd, &scores, &mut sums.dweights);
            }
        }
        sums
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
        scores[class] += bias;
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
