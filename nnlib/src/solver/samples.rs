//! Where a solver takes its batches from.

use super::Targets;
use crate::array::expect_shape;
use crate::data::ImageSet;
use crate::data::cifar10::CenteredImages;
use crate::elementwise::convert_rows;
use ndarray::{Array1, ArrayD, Axis};

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
    x: Inputs,
    y: Targets,
}

#[derive(Clone, Debug)]
enum Inputs {
    Numbers(ArrayD<f64>),
    /// Pixels, and what is subtracted of them once they are numbers.
    Images {
        images: ImageSet,
        mean_image: Array1<f64>,
    },
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
        ArraySamples { x: Inputs::Numbers(x), y }
    }

    /// Images as rows, `(N, D)`: pixels from 0 to 1, less those of `mean_image`, `(D,)`; the targets are the images' classes.
    ///
    /// Pixels stay bytes, and become numbers batch by batch: 50,000 images of MNIST take 40 MB, rather than 310.
    ///
    /// ```
    /// use nnlib::data::digits;
    /// use nnlib::ndarray::Array1;
    /// use nnlib::solver::{ArraySamples, Samples};
    ///
    /// let images = digits::train_set(10);
    /// let samples = ArraySamples::centered(&images, &Array1::from_elem(784, 0.1));
    /// let (x, _classes) = samples.batch(&[3]);
    /// assert_eq!(x.shape(), [1, 784]);
    /// assert_eq!(x[[0, 0]], f64::from(images.pixels()[[3, 0]]) / 255.0 - 0.1);
    /// ```
    ///
    /// # Panics
    ///
    /// If `mean_image` has not a number for each pixel.
    #[track_caller]
    pub fn centered(images: &ImageSet, mean_image: &Array1<f64>) -> Self {
        let why = "a number for each pixel of an image";
        let num_pixels = images.pixels().ncols();
        expect_shape("ArraySamples::centered", "mean_image", mean_image.shape(), &[num_pixels], why);
        let mean_image = mean_image.as_standard_layout().into_owned();
        let y = Targets::Classes(images.class_indices());
        ArraySamples { x: Inputs::Images { images: images.clone(), mean_image }, y }
    }
}

impl Samples for ArraySamples {
    fn len(&self) -> usize {
        self.y.len()
    }

    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets) {
        let x = match &self.x {
            Inputs::Numbers(x) => gather(x, indices),
            Inputs::Images { images, mean_image } => centered(images, mean_image, indices),
        };
        (x, self.y.select(indices))
    }
}

/// The samples of `x` with these indices. They lie far apart in memory: all cores wait for it at once.
fn gather(x: &ArrayD<f64>, indices: &[usize]) -> ArrayD<f64> {
    let Some(numbers) = x.as_slice() else { return x.select(Axis(0), indices) };
    let mut shape = x.shape().to_vec();
    let length: usize = shape[1..].iter().product();
    shape[0] = indices.len();
    let row = |row: usize| &numbers[indices[row] * length..][..length];
    let gathered = convert_rows([indices.len(), length], row, |number| number);
    ArrayD::from_shape_vec(shape, gathered).expect("as many numbers as the shape says")
}

/// The images with these indices, as numbers.
fn centered(images: &ImageSet, mean_image: &Array1<f64>, indices: &[usize]) -> ArrayD<f64> {
    let x = images.with_mean_image(indices, mean_image, |pixel, mean| f64::from(pixel) / 255.0 - mean);
    ArrayD::from_shape_vec([indices.len(), mean_image.len()].as_slice(), x).expect("as many numbers as the shape says")
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
