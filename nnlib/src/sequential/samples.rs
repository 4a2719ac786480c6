//! What a model is trained on, and asked about.

use ndarray::{Array, ArrayD, Dimension};

use crate::data::ImageSet;

use super::values::Values;

/// The inputs of a model, `(N, …)`: an array of `f32`, `f64` or `u8`, or an [`ImageSet`].
///
/// It only looks at the caller's array, and turns one batch at a time into `f32`: pixels stay bytes until then. `&x`
/// becomes one wherever it is asked for; write `Samples::from(&x)` to scale or center it first.
///
/// ```
/// use nnlib::ndarray::Array4;
/// use nnlib::sequential::Samples;
///
/// let pixels = Array4::<u8>::zeros((100, 3, 32, 32));
/// let x = Samples::from(&pixels).scaled(1.0 / 255.0).flattened();
/// assert_eq!(x.shape(), [100, 3072]);
/// ```
#[derive(Clone, Debug)]
pub struct Samples<'a> {
    values: Values<'a>,
    scale: f32,
    mean: Option<ArrayD<f32>>,
    shape: Vec<usize>,
}

impl<'a> Samples<'a> {
    fn new(values: Values<'a>) -> Self {
        Samples { shape: values.shape().to_vec(), values, scale: 1.0, mean: None }
    }

    /// Multiplies each number by `scale`: 1/255 turns bytes to numbers from 0 to 1.
    pub fn scaled(self, scale: f32) -> Self {
        Samples { scale: scale * self.scale, mean: self.mean.map(|mean| scale * mean), ..self }
    }

    /// Subtracts `mean`, an array of `f32` or `f64` of the shape of one sample, such as the mean image of the training set.
    ///
    /// After [`scaled`](Self::scaled), it is the mean of the scaled numbers.
    ///
    /// # Panics
    ///
    /// If `mean` has another shape than a sample, or a mean has been subtracted already.
    #[track_caller]
    pub fn centered<A: Copy + Into<f64>, D: Dimension>(self, mean: &Array<A, D>) -> Self {
        let sample = &self.shape[1..];
        assert!(
            mean.shape() == sample,
            "Samples::centered: `mean` has shape {:?}, expected {sample:?} (that of one sample)",
            mean.shape()
        );
        assert!(self.mean.is_none(), "Samples::centered: a mean has been subtracted already");
        let mean = mean.mapv(|value| value.into() as f32).into_dyn();
        Samples { mean: Some(mean.as_standard_layout().into_owned()), ..self }
    }

    /// Writes each sample as one row, `(N, D)`, as a [`Flatten`](super::Flatten) layer does.
    pub fn flattened(self) -> Self {
        let shape = vec![self.shape[0], self.shape[1..].iter().product()];
        Samples { shape, ..self }
    }

    /// The shape, `[N, …]`.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many samples there are, N.
    pub fn len(&self) -> usize {
        self.shape[0]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples with these numbers, as one batch.
    pub(super) fn batch(&self, rows: &[usize]) -> ArrayD<f32> {
        let mut batch = self.values.gather(rows, self.scale);
        let mut shape = self.shape.clone();
        shape[0] = rows.len();
        if let Some(mean) = &self.mean {
            let mean = mean.to_shape(&batch.shape()[1..]).expect("checked when it was given");
            batch -= &mean;
        }
        batch.into_shape_with_order(shape).expect("the batch is contiguous")
    }
}

#[track_caller]
fn expect_rows<T, D: Dimension>(array: &Array<T, D>) {
    assert!(array.ndim() > 0, "Samples::from: a single number, expected an array with an axis of samples");
}

impl<'a, D: Dimension> From<&'a Array<f32, D>> for Samples<'a> {
    #[track_caller]
    fn from(array: &'a Array<f32, D>) -> Self {
        expect_rows(array);
        Samples::new(Values::F32(array.view().into_dyn()))
    }
}

impl<'a, D: Dimension> From<&'a Array<f64, D>> for Samples<'a> {
    #[track_caller]
    fn from(array: &'a Array<f64, D>) -> Self {
        expect_rows(array);
        Samples::new(Values::F64(array.view().into_dyn()))
    }
}

/// Numbers from 0 to 255, as they are.
impl<'a, D: Dimension> From<&'a Array<u8, D>> for Samples<'a> {
    #[track_caller]
    fn from(array: &'a Array<u8, D>) -> Self {
        expect_rows(array);
        Samples::new(Values::U8(array.view().into_dyn()))
    }
}

/// Images as numbers from 0 to 1, `(N, C, H, W)`.
impl<'a> From<&'a ImageSet> for Samples<'a> {
    fn from(images: &'a ImageSet) -> Self {
        let samples = Samples::from(images.pixels()).scaled(1.0 / 255.0);
        Samples { shape: vec![images.len(), images.channels(), images.height(), images.width()], ..samples }
    }
}
