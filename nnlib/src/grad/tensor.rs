//! The array that everything in this module is about.

use super::layout::{is_channels_last, rows};
use super::tape::Place;
use super::value::Value;
use crate::array::shape_text;
#[cfg(any(feature = "sequential", feature = "serial"))]
use crate::elementwise::change_all;
use ndarray::{Array, ArrayD, ArrayView2, Dimension, Ix2};
#[cfg(feature = "serial")]
use ndarray::{Axis, concatenate};
use std::borrow::Cow;
use std::fmt;

/// An array of `f32` of any rank, which knows how it was computed while a gradient is being taken.
///
/// A tensor is a constant, until [`grad`](super::grad()) or its like hands it to a loss as a parameter: then it, and
/// all that is computed from it, remembers how. The same code therefore computes a loss and evaluates a model, and
/// evaluation costs nothing extra. A clone shares the numbers and is cheap; no method changes a tensor.
///
/// Operators `+ - * /` take tensors, references to tensors and `f32` on either side, and broadcast as NumPy does:
/// shapes are aligned at their last axes, and an axis of length 1 is repeated. Where an operand is owned, its memory is
/// used for the result.
///
/// ```
/// use nnlib::grad::Tensor;
/// use nnlib::ndarray::array;
///
/// let x = Tensor::from(array![[1.0, 2.0], [3.0, 4.0]]);
/// let y = 2.0 * &x + Tensor::from(array![10.0, 20.0]);
/// assert_eq!(y, Tensor::from(array![[12.0, 24.0], [16.0, 28.0]]));
/// assert_eq!(y.sum().item(), 80.0);
/// ```
#[derive(Clone)]
pub struct Tensor {
    /// Row by row, or channels last: see `layout`.
    pub(super) value: Value,
    /// `None` for a constant.
    pub(super) place: Option<Place>,
}

impl Tensor {
    /// A constant that takes `value` over, which lies row by row or channels last.
    pub(super) fn constant(value: ArrayD<f32>) -> Tensor {
        debug_assert!(value.is_standard_layout() || is_channels_last(&value));
        Tensor { value: value.into(), place: None }
    }

    /// A constant of zeros.
    pub fn zeros(shape: &[usize]) -> Tensor {
        Tensor::constant(ArrayD::zeros(shape))
    }

    /// A constant of ones.
    pub fn ones(shape: &[usize]) -> Tensor {
        Tensor::constant(ArrayD::ones(shape))
    }

    /// The numbers. Images that convolution or pooling has made lie channels last in memory, all else row by row.
    pub fn value(&self) -> &ArrayD<f32> {
        &self.value
    }

    /// The length of each axis; `[]` for a number.
    pub fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    /// The number that a tensor of one entry holds.
    ///
    /// # Panics
    ///
    /// If there is not exactly one entry.
    #[track_caller]
    pub fn item(&self) -> f32 {
        let shape = shape_text(self.shape());
        assert!(self.value.len() == 1, "item: the tensor has shape {shape}, expected one number");
        self.value.iter().next().copied().expect("one entry")
    }

    /// The same numbers as a constant: no gradient flows through it, as `jax.lax.stop_gradient`.
    pub fn detach(&self) -> Tensor {
        Tensor { value: self.value.clone(), place: None }
    }

    /// Whether what is computed from it is remembered, because a gradient is being taken.
    #[cfg(feature = "serial")]
    pub(crate) fn is_recorded(&self) -> bool {
        self.place.as_ref().is_some_and(Place::is_live)
    }

    /// The samples of a batch, up to `count` at a time, as constants.
    #[cfg(feature = "serial")]
    pub(crate) fn samples_at_once(&self, count: usize) -> impl Iterator<Item = Tensor> {
        self.value.axis_chunks_iter(Axis(0), count).map(|samples| Tensor::constant(samples.to_owned()))
    }

    /// Batches as one batch.
    #[cfg(feature = "serial")]
    pub(crate) fn one_after_the_other(batches: &[Tensor]) -> Tensor {
        let views: Vec<_> = batches.iter().map(|batch| batch.value.view()).collect();
        concatenate(Axis(0), &views).expect("samples of one shape").into()
    }

    /// The numbers row by row, to be changed; in place, unless another tensor shares them.
    ///
    /// The tensor becomes a constant: it is no longer what it was computed as.
    #[cfg(any(feature = "sequential", feature = "serial"))]
    pub(crate) fn numbers_mut(&mut self) -> &mut [f32] {
        self.place = None;
        let value = self.value.make_mut();
        if !value.is_standard_layout() {
            *value = value.as_standard_layout().into_owned();
        }
        value.as_slice_mut().expect("row by row")
    }

    /// The numbers row by row.
    #[cfg(any(feature = "sequential", feature = "serial"))]
    pub(crate) fn numbers(&self) -> Cow<'_, [f32]> {
        rows(&self.value)
    }

    /// Adds `factor * gradient`, a tensor of this shape, in place, unless another tensor shares the numbers. The tensor
    /// becomes a constant.
    ///
    /// A gradient of weights that nobody has read is multiplied out into the sum, and never written.
    #[cfg(any(feature = "sequential", feature = "serial"))]
    pub(crate) fn add_scaled(&mut self, factor: f32, gradient: &Tensor) {
        let numbers = self.numbers_mut();
        if !gradient.value.add_unread_product(factor, numbers) {
            change_all([numbers], &gradient.numbers(), |[x], g| *x += factor * g);
        }
    }

    /// The numbers as a matrix.
    #[track_caller]
    pub(super) fn matrix(&self, function: &str, argument: &str) -> ArrayView2<'_, f32> {
        match self.value.view().into_dimensionality::<Ix2>() {
            Ok(matrix) => matrix,
            Err(_) => panic!("{function}: `{argument}` has shape {:?}, expected two axes", self.shape()),
        }
    }

    /// Panics unless there is an axis `axis`.
    #[track_caller]
    pub(super) fn expect_axis(&self, function: &str, axis: usize) {
        let shape = self.shape();
        let rank = shape.len();
        assert!(axis < rank, "{function}: `axis` is {axis}, expected less than {rank} for the shape {shape:?}");
    }
}

/// An array of these numbers.
pub(super) fn from_vec(shape: &[usize], numbers: Vec<f32>) -> ArrayD<f32> {
    ArrayD::from_shape_vec(shape, numbers).expect("as many numbers as the shape has entries")
}

/// `array` row by row in memory.
pub(super) fn standard_layout(array: ArrayD<f32>) -> ArrayD<f32> {
    if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() }
}

impl<D: Dimension> From<Array<f32, D>> for Tensor {
    fn from(array: Array<f32, D>) -> Tensor {
        Tensor::constant(standard_layout(array.into_dyn()))
    }
}

/// Rounds to `f32`.
impl<D: Dimension> From<Array<f64, D>> for Tensor {
    fn from(array: Array<f64, D>) -> Tensor {
        Tensor::from(&array)
    }
}

impl<D: Dimension> From<&Array<f32, D>> for Tensor {
    fn from(array: &Array<f32, D>) -> Tensor {
        Tensor::constant(array.as_standard_layout().into_owned().into_dyn())
    }
}

/// Rounds to `f32`.
impl<D: Dimension> From<&Array<f64, D>> for Tensor {
    fn from(array: &Array<f64, D>) -> Tensor {
        Tensor::constant(standard_layout(array.mapv(|number| number as f32).into_dyn()))
    }
}

impl From<f32> for Tensor {
    fn from(number: f32) -> Tensor {
        Tensor::constant(ArrayD::from_elem(&[] as &[usize], number))
    }
}

/// Compares shapes and numbers.
impl PartialEq for Tensor {
    fn eq(&self, other: &Tensor) -> bool {
        *self.value == *other.value
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.value, f)
    }
}

/// Shape and numbers; of many numbers, the first and last.
impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor {}\n{}", shape_text(self.shape()), *self.value)
    }
}
