//! Convolution of images.

use super::window::{Padding, Window};
use crate::array::expect_shape;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Array4, ArrayD, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Ix4, s};
use std::ops::Range;

/// What [`conv_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct ConvCache {
    /// The input, `(N, C, H, W)`.
    pub x: Array4<f64>,
    /// The filters, `(F, C, HH, WW)`.
    pub w: Array4<f64>,
    window: Window,
}

/// Convolution: each filter moves over each image, and gives at each place the sum of products, plus its bias.
///
/// ```text
/// out[n, f, i, j] = b[f] + Σ_c Σ_p Σ_q w[f, c, p, q] x[n, c, i s + p - top, j s + q - left]
/// ```
///
/// `x` is `(N, C, H, W)`, `w` is `(F, C, HH, WW)`, `b` is `(F,)`; `s` is `stride`, and pixels beyond the image are 0.
/// How large `out` is, and `top` and `left`, is told at [`Padding`]. Filters are not flipped: in signal processing's
/// words this is a correlation, as it is in TensorFlow, PyTorch and JAX.
///
/// It is computed as a matrix product: all windows of an image are laid side by side as columns ("im2col"), and the
/// filters are the rows on their left. Source: K. Chellapilla, S. Puri and P. Simard, *High Performance Convolutional
/// Neural Networks for Document Processing* (2006).
///
/// ```
/// use nnlib::layers::{Padding, conv_forward};
/// use nnlib::ndarray::array;
///
/// let x = array![[[[1.0, 2.0, 4.0], [0.0, 0.0, 1.0]]]].into_dyn();
/// let w = array![[[[-1.0, 1.0]]]].into_dyn(); // how much brighter the right neighbour is
/// let b = array![10.0].into_dyn();
/// let (out, _cache) = conv_forward(&x, &w, &b, 1, Padding::Valid);
/// assert_eq!(out, array![[[[11.0, 12.0], [10.0, 11.0]]]].into_dyn());
/// ```
///
/// # Panics
///
/// If the shapes do not fit each other, `stride` is 0, or, with [`Padding::Valid`], the filters are larger than the
/// images.
#[track_caller]
pub fn conv_forward(
    x: &ArrayD<f64>,
    w: &ArrayD<f64>,
    b: &ArrayD<f64>,
    stride: usize,
    padding: Padding,
) -> (ArrayD<f64>, ConvCache) {
    assert!(x.ndim() == 4, "conv_forward: `x` has shape {:?}, expected (N, C, H, W)", x.shape());
    let channels = x.shape()[1];
    assert!(
        w.ndim() == 4 && w.shape()[1] == channels,
        "conv_forward: `w` has shape {:?}, expected [F, {channels}, HH, WW] (C is {channels} from `x`)",
        w.shape()
    );
    expect_shape("conv_forward", "b", b.shape(), &[w.shape()[0]], "a bias for each filter of `w`");
    let (x, w) = (four_axes(x), four_axes(w));
    let (num_samples, _, height, width) = x.dim();
    let (num_filters, _, rows, columns) = w.dim();
    let window = Window::new("conv_forward", "w", [height, width], [rows, columns], stride, padding);

    let [down, across] = window.places;
    let mut out = Array4::zeros((num_samples, num_filters, down, across));
    let filters = as_rows(&w);
    let mut columns = window.columns(channels);
    for (image, mut out) in x.outer_iter().zip(out.outer_iter_mut()) {
        window.fill_columns(image, &mut columns);
        let mut out = out.view_mut().into_shape_with_order((num_filters, down * across)).expect("a new array");
        out.assign(&b.view().insert_axis(Axis(1)));
        general_mat_mul(1.0, &filters, &columns, 1.0, &mut out);
    }
    (out.into_dyn(), ConvCache { x, w, window })
}

/// The gradients of [`conv_forward`], `(dx, dw, db)`, from `dout`, which has the shape of its output.
///
/// ```text
/// dx[n, c, k, l] = Σ w[f, c, p, q] dout[n, f, i, j]     over all f, i, j, p, q with i s + p - top = k
///                                                                             and j s + q - left = l
/// dw[f, c, p, q] = Σ_n Σ_i Σ_j dout[n, f, i, j] x[n, c, i s + p - top, j s + q - left]
/// db[f]          = Σ_n Σ_i Σ_j dout[n, f, i, j]
/// ```
///
/// # Panics
///
/// If `dout` has not the shape of the output.
#[track_caller]
pub fn conv_backward(dout: &ArrayD<f64>, cache: &ConvCache) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    let ConvCache { x, w, window } = cache;
    let (num_samples, channels, ..) = x.dim();
    let num_filters = w.dim().0;
    let [down, across] = window.places;
    let expected = [num_samples, num_filters, down, across];
    expect_shape("conv_backward", "dout", dout.shape(), &expected, "the shape of the layer's output");

    let dout = four_axes(dout);
    let filters = as_rows(w);
    let (mut dx, mut dw, mut db) =
        (Array4::zeros(x.raw_dim()), Array2::zeros(filters.raw_dim()), Array1::zeros(num_filters));
    let mut columns = window.columns(channels);
    let mut dcolumns = window.columns(channels);
    for ((image, dimage), dout) in x.outer_iter().zip(dx.outer_iter_mut()).zip(dout.outer_iter()) {
        let dout = dout.into_shape_with_order((num_filters, down * across)).expect("row by row, from `four_axes`");
        window.fill_columns(image, &mut columns);
        general_mat_mul(1.0, &dout, &columns.t(), 1.0, &mut dw);
        general_mat_mul(1.0, &filters.t(), &dout, 0.0, &mut dcolumns);
        window.add_columns(&dcolumns, dimage);
        db += &dout.sum_axis(Axis(1));
    }
    let dw = dw.into_shape_with_order(w.raw_dim()).expect("`w`, with its last axes as one");
    (dx.into_dyn(), dw.into_dyn(), db.into_dyn())
}

/// `array`, which has four axes, row by row in memory.
fn four_axes(array: &ArrayD<f64>) -> Array4<f64> {
    let array = array.view().into_dimensionality::<Ix4>().expect("callers have checked that there are four axes");
    array.as_standard_layout().into_owned()
}

/// Filters, `(F, C, HH, WW)`, as `(F, C * HH * WW)`.
fn as_rows(w: &Array4<f64>) -> ArrayView2<'_, f64> {
    let (num_filters, channels, rows, columns) = w.dim();
    w.view().into_shape_with_order((num_filters, channels * rows * columns)).expect("row by row, from `four_axes`")
}

impl Window {
    /// Room for all windows of an image: a row for each pixel of the window, a column for each of its places.
    fn columns(&self, channels: usize) -> Array2<f64> {
        let [[rows, columns], [down, across]] = [self.size, self.places];
        Array2::zeros((channels * rows * columns, down * across))
    }

    /// Lays the windows of `image`, `(C, H, W)`, side by side; `columns` holds zeros, or another image's.
    fn fill_columns(&self, image: ArrayView3<f64>, columns: &mut Array2<f64>) {
        // What lies beyond the image is 0 from the beginning, and never written.
        self.for_each_run(image.dim().0, |run| {
            let pixels = image.slice(s![run.channel, run.k, run.first..=run.last; self.stride as isize]);
            columns.slice_mut(s![run.row, run.places]).assign(&pixels);
        });
    }

    /// Adds each column to the pixels that it came from.
    fn add_columns(&self, columns: &Array2<f64>, mut image: ArrayViewMut3<f64>) {
        self.for_each_run(image.dim().0, |run| {
            let mut pixels = image.slice_mut(s![run.channel, run.k, run.first..=run.last; self.stride as isize]);
            pixels += &columns.slice(s![run.row, run.places]);
        });
    }

    /// Calls `visit` with every run of [`columns`](Self::columns): together they hold all that is not an added zero.
    fn for_each_run(&self, channels: usize, mut visit: impl FnMut(Run)) {
        let ([rows, columns], across) = (self.size, self.places[1]);
        for row in 0..channels * rows * columns {
            let (channel, p, q) = (row / (rows * columns), row / columns % rows, row % columns);
            let inside = self.places_inside(1, q);
            if inside.is_empty() {
                continue;
            }
            let (first, last) = (self.pixel(1, inside.start, q), self.pixel(1, inside.end - 1, q));
            for i in self.places_inside(0, p) {
                let places = i * across + inside.start..i * across + inside.end;
                visit(Run { row, places, channel, k: self.pixel(0, i, p), first, last });
            }
        }
    }
}

/// Neighbours in a row of [`columns`](Window::columns), and the pixels of one row of an image that they are equal to.
struct Run {
    row: usize,
    places: Range<usize>,
    channel: usize,
    /// The row of the image.
    k: usize,
    /// The first column of the image; the others follow at the distance of a stride.
    first: usize,
    last: usize,
}
