//! Flattening, between layers of images and layers of rows.

use crate::array::expect_shape;
use ndarray::ArrayD;

/// What [`flatten_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct FlattenCache {
    /// The shape of the input, `(N, d_1, ..., d_k)`.
    pub x_shape: Vec<usize>,
}

/// Each sample as a row: `(N, d_1, ..., d_k)` becomes `(N, d_1 * ... * d_k)`, the last axis fastest.
///
/// ```
/// use nnlib::layers::flatten_forward;
/// use nnlib::ndarray::array;
///
/// let x = array![[[1.0, 2.0], [3.0, 4.0]]].into_dyn();
/// let (out, _cache) = flatten_forward(&x);
/// assert_eq!(out, array![[1.0, 2.0, 3.0, 4.0]].into_dyn());
/// ```
///
/// # Panics
///
/// If `x` has no axis of samples.
#[track_caller]
pub fn flatten_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, FlattenCache) {
    let Some((&num_samples, sizes)) = x.shape().split_first() else {
        panic!("flatten_forward: `x` has shape [], expected (N, d_1, ..., d_k)");
    };
    let rows = x.to_shape(vec![num_samples, sizes.iter().product()]).expect("rows hold as many numbers as `x`");
    (rows.into_owned(), FlattenCache { x_shape: x.shape().to_vec() })
}

/// The gradient of [`flatten_forward`]: `dout`, `(N, D)`, in the shape of the input.
///
/// # Panics
///
/// If `dout` has not the shape of the output.
#[track_caller]
pub fn flatten_backward(dout: &ArrayD<f64>, cache: &FlattenCache) -> ArrayD<f64> {
    let shape = &cache.x_shape;
    let expected = [shape[0], shape[1..].iter().product()];
    expect_shape("flatten_backward", "dout", dout.shape(), &expected, "the shape of the layer's output");
    dout.to_shape(shape.as_slice()).expect("`dout` holds as many numbers as the input").into_owned()
}
