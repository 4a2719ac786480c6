//! Where a solver takes its batches from.

use super::Targets;
use crate::array::expect_shape;
use crate::data::ImageSet;
use crate::data::cifar10::CenteredImages;
use crate::elementwise::combine_rows;
use ndarray::{ArrayD, Axis};

/// A set of samples that hands out batches, so that a set of bytes need never be in memory in floating point as a whole.
pub trait Samples {
    /// How many samples there are.
    fn len(&self) -> usize;

    /// The samples with these indices, in this order, `(N, d_1, ..., d_k)`, and their targets. An index may occur twice.
    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets);

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Samples and targets as arrays.
///
/// ```
/// use nnlib::ndarray::{Array, array};
/// use nnlib::solver::{ArraySamples, Samples};
///
/// let set = ArraySamples::new(Array::eye(3).into_dyn(), array![7_usize, 8, 9]);
/// let (x, y) = set.batch(&[2, 0]);
/// assert_eq!(x, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]].into_dyn());
/// assert_eq!(y.classes(), array![9, 7]);
/// ```
#[derive(Clone, Debug)]
pub struct ArraySamples {
    x: ArrayD<f64>,
    y: Targets,
}

impl ArraySamples {
    /// Samples `x`, `(N, d_1, ..., d_k)`, with N targets: classes or values.
    ///
    /// # Panics
    ///
    /// If there are not as many targets as samples.
    #[track_caller]
    pub fn new(x: ArrayD<f64>, y: impl Into<Targets>) -> Self {
        let y = y.into();
        assert!(x.ndim() > 0, "ArraySamples::new: `x` has shape [], expected (N, d_1, ..., d_k)");
        expect_shape("ArraySamples::new", "y", &[y.len()], &x.shape()[..1], "a target for each sample of `x`");
        ArraySamples { x, y }
    }
}

impl Samples for ArraySamples {
    fn len(&self) -> usize {
        self.y.len()
    }

    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets) {
        (gather(&self.x, indices), self.y.select(indices))
    }
}

/// The samples of `x` with these indices. They lie far apart in memory: all cores wait for it at once.
fn gather(x: &ArrayD<f64>, indices: &[usize]) -> ArrayD<f64> {
    let Some(numbers) = x.as_slice() else { return x.select(Axis(0), indices) };
    let mut shape = x.shape().to_vec();
    let length: usize = shape[1..].iter().product();
    shape[0] = indices.len();
    let row = |row: usize| &numbers[indices[row] * length..][..length];
    let gathered = combine_rows([indices.len(), length], |index| (row(index), row(index)), |number, _| number);
    ArrayD::from_shape_vec(shape, gathered).expect("as many numbers as the shape says")
}

/// Pixels as numbers from 0 to 1, `(N, D)`.
impl Samples for ImageSet {
    fn len(&self) -> usize {
        ImageSet::len(self)
    }

    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets) {
        let images = self.subset(indices);
        (images.to_f64().into_dyn(), Targets::Classes(images.labels().mapv(usize::from)))
    }
}

/// Pixels less the mean image, `(N, C, H, W)`, as the assignments train on them.
impl Samples for CenteredImages {
    fn len(&self) -> usize {
        CenteredImages::len(self)
    }

    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets) {
        let (x, y) = CenteredImages::batch(self, indices);
        (x, Targets::Classes(y))
    }
}
