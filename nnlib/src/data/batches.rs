//! Mini-batches of shuffled samples, epoch after epoch.

use std::fmt;

use ndarray::{Array1, Array2};

use super::ImageSet;
use crate::rng::RandomState;

/// Mini-batches without end: the numbers of the samples of one batch after the other.
///
/// Each epoch draws `order = rng.permutation(num_samples)` and hands it out in pieces of `batch_size`; the last piece of
/// an epoch is shorter when `batch_size` does not divide `num_samples`. Every sample comes once an epoch. From
/// `RandomState::new(0)` these are the batches of `np.random.RandomState(0).permutation(num_samples)`, call by call.
///
/// ```
/// use nnlib::data::{Batches, digits, one_hot};
/// use nnlib::rng::RandomState;
///
/// let train = digits::train_set(100);
/// let mut batches = Batches::new(train.len(), 32, RandomState::new(0));
/// for _epoch in 0..2 {
///     for _ in 0..batches.per_epoch() {
///         let (x, y) = train.batch_f32(&batches.next_batch());
///         let targets = one_hot(&y, 10);
///         assert_eq!(x.nrows(), targets.nrows());
///     }
/// }
/// assert_eq!(batches.per_epoch(), 4); // 32 + 32 + 32 + 4
/// ```
#[derive(Clone)]
pub struct Batches {
    num_samples: usize,
    batch_size: usize,
    rng: RandomState,
    /// The order of the present epoch; empty before the first.
    order: Vec<usize>,
    /// How many of `order` have been handed out.
    position: usize,
}

impl Batches {
    /// Batches of `batch_size` of the samples `0..num_samples`, in orders that `rng` draws.
    ///
    /// # Panics
    ///
    /// If there are no samples, or `batch_size` is 0.
    #[track_caller]
    pub fn new(num_samples: usize, batch_size: usize, rng: RandomState) -> Self {
        assert!(
            num_samples > 0 && batch_size > 0,
            "Batches::new: `num_samples` is {num_samples} and `batch_size` is {batch_size}, expected at least 1 each"
        );
        Batches { num_samples, batch_size, rng, order: Vec::new(), position: 0 }
    }

    /// How many batches make an epoch: `num_samples / batch_size`, rounded up.
    pub fn per_epoch(&self) -> usize {
        self.num_samples.div_ceil(self.batch_size)
    }

    /// The numbers of the samples of the next batch; after the last batch of an epoch, the first of the next.
    pub fn next_batch(&mut self) -> Vec<usize> {
        if self.position == self.order.len() {
            self.order = self.rng.permutation(self.num_samples);
            self.position = 0;
        }
        let end = (self.position + self.batch_size).min(self.num_samples);
        let batch = self.order[self.position..end].to_vec();
        self.position = end;
        batch
    }
}

/// As [`Batches::next_batch`], for ever: `for batch in batches.by_ref().take(100)`.
impl Iterator for Batches {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        Some(self.next_batch())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

/// One line, not the order of all samples.
impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, samples, number) = (self.batch_size, self.num_samples, self.per_epoch());
        write!(f, "batches of {size} of {samples} samples, {number} an epoch")
    }
}

/// Mini-batches of images: pixels stay bytes until they are needed.
impl ImageSet {
    /// The images with these indices, in this order, `(B, C * H * W)`, as numbers from 0 to 1, and their labels, `(B,)`.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[track_caller]
    pub fn batch_f32(&self, indices: &[usize]) -> (Array2<f32>, Array1<usize>) {
        self.expect_images("ImageSet::batch_f32", indices);
        let batch = self.subset(indices);
        (batch.pixels().mapv(|pixel| f32::from(pixel) / 255.0), batch.class_indices())
    }

    /// As [`batch_f32`](ImageSet::batch_f32), in `f64`.
    ///
    /// # Panics
    ///
    /// As [`batch_f32`](ImageSet::batch_f32).
    #[track_caller]
    pub fn batch_f64(&self, indices: &[usize]) -> (Array2<f64>, Array1<usize>) {
        self.expect_images("ImageSet::batch_f64", indices);
        let batch = self.subset(indices);
        (batch.to_f64(), batch.class_indices())
    }

    #[track_caller]
    fn expect_images(&self, function: &str, indices: &[usize]) {
        if let Some(index) = indices.iter().find(|&&index| index >= self.len()) {
            panic!("{function}: there is no image {index} among {}", self.len());
        }
    }
}
