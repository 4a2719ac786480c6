//! Pooling of images.

use super::window::{Padding, Window};
use crate::array::expect_shape;
use ndarray::{Array4, ArrayD, Ix4};

/// What [`max_pool_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct MaxPoolCache {
    /// The shape of the input, `(N, C, H, W)`.
    pub x_shape: [usize; 4],
    /// For each number of the output, the row and column of the image that it came from.
    pub places: Array4<(usize, usize)>,
}

/// Max pooling: the largest number in each window, `(N, C, ⌊(H - HH) / stride⌋ + 1, ⌊(W - WW) / stride⌋ + 1)`.
///
/// `x` is `(N, C, H, W)` and `window` is `(HH, WW)`; each channel is pooled by itself. Rows and columns at the bottom
/// and the right that no window covers are left out. A window with NaN gives NaN.
///
/// ```
/// use nnlib::layers::max_pool_forward;
/// use nnlib::ndarray::array;
///
/// let x = array![[[[1.0, 2.0, 5.0, 0.0], [3.0, 0.0, 0.0, -1.0]]]].into_dyn();
/// let (out, _cache) = max_pool_forward(&x, (2, 2), 2);
/// assert_eq!(out, array![[[[3.0, 5.0]]]].into_dyn());
/// ```
///
/// # Panics
///
/// If `x` is not `(N, C, H, W)`, `window` is larger than the images or has no pixel, or `stride` is 0.
#[track_caller]
pub fn max_pool_forward(x: &ArrayD<f64>, window: (usize, usize), stride: usize) -> (ArrayD<f64>, MaxPoolCache) {
    let Ok(x) = x.view().into_dimensionality::<Ix4>() else {
        panic!("max_pool_forward: `x` has shape {:?}, expected (N, C, H, W)", x.shape());
    };
    let (num_samples, channels, height, width) = x.dim();
    let size = [window.0, window.1];
    let window = Window::new("max_pool_forward", "window", [height, width], size, stride, Padding::Valid);
    let [down, across] = window.places;
    let places = Array4::from_shape_fn((num_samples, channels, down, across), |(n, c, i, j)| {
        let (top, left) = (i * stride, j * stride);
        let mut largest = (top, left);
        for k in top..top + size[0] {
            for l in left..left + size[1] {
                let (pixel, so_far) = (x[[n, c, k, l]], x[[n, c, largest.0, largest.1]]);
                // NaN is larger than all others, and the first NaN stays.
                if pixel > so_far || (pixel.is_nan() && !so_far.is_nan()) {
                    largest = (k, l);
                }
            }
        }
        largest
    });
    let out = Array4::from_shape_fn(places.raw_dim(), |(n, c, i, j)| {
        let (k, l) = places[[n, c, i, j]];
        x[[n, c, k, l]]
    });
    (out.into_dyn(), MaxPoolCache { x_shape: [num_samples, channels, height, width], places })
}

/// The gradient of [`max_pool_forward`]: each number of `dout` goes to the pixel that was the largest of its window.
///
/// Among equals that is the first, row by row. Where windows overlap, gradients add up.
///
/// # Panics
///
/// If `dout` has not the shape of the output.
#[track_caller]
pub fn max_pool_backward(dout: &ArrayD<f64>, cache: &MaxPoolCache) -> ArrayD<f64> {
    expect_shape("max_pool_backward", "dout", dout.shape(), cache.places.shape(), "the shape of the layer's output");
    let mut dx = Array4::zeros(cache.x_shape);
    for (((n, c, _, _), &(k, l)), dout) in cache.places.indexed_iter().zip(dout) {
        dx[[n, c, k, l]] += dout;
    }
    dx.into_dyn()
}
