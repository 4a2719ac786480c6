//! The order of a tensor's numbers in memory.
//!
//! Most tensors lie row by row. Convolution and pooling work on all channels of a pixel at once, and leave their
//! results *channels last*: of `(N, C, H, W)`, the channels of a pixel are neighbours. Functions of each entry keep the
//! order that they find, so a chain of layers turns no image around; what needs rows asks for them here.

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use std::borrow::Cow;

/// Whether `array` has four axes and lies channels last; true also for a single channel row by row, which is the same.
pub(super) fn is_channels_last(array: &ArrayD<f32>) -> bool {
    array.ndim() == 4 && array.view().permuted_axes(IxDyn(&[0, 2, 3, 1])).is_standard_layout()
}

/// The numbers row by row.
pub(super) fn rows(array: &ArrayD<f32>) -> Cow<'_, [f32]> {
    if let Some(numbers) = array.as_slice() {
        return Cow::Borrowed(numbers);
    }
    let numbers = array.as_slice_memory_order().expect("a tensor has no gaps");
    let &[_, channels, height, width] = array.shape() else {
        unreachable!("only images lie otherwise than row by row")
    };
    Cow::Owned(transpose_each(numbers, height * width, channels))
}

/// The numbers of images, `(N, C, H, W)`, channels last.
pub(super) fn channels_last(images: &ArrayD<f32>) -> Cow<'_, [f32]> {
    let numbers = images.as_slice_memory_order().expect("a tensor has no gaps");
    if is_channels_last(images) {
        return Cow::Borrowed(numbers);
    }
    let &[_, channels, height, width] = images.shape() else { unreachable!("images have four axes") };
    Cow::Owned(transpose_each(numbers, channels, height * width))
}

/// The transposes of matrices that follow one another, `(rows, columns)` each.
fn transpose_each(numbers: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = Vec::with_capacity(numbers.len());
    for matrix in numbers.chunks((rows * columns).max(1)) {
        for column in 0..columns {
            transposed.extend(matrix[column..].iter().step_by(columns));
        }
    }
    transposed
}

/// Images of the shape `[N, C, H, W]` from numbers that lie channels last.
pub(super) fn from_channels_last(shape: [usize; 4], numbers: Vec<f32>) -> ArrayD<f32> {
    let [_, channels, height, width] = shape;
    let strides = [channels * height * width, 1, channels * width, channels];
    // An array with nothing in it has no strides to speak of.
    let strides = if numbers.is_empty() { [0; 4] } else { strides };
    ArrayD::from_shape_vec(IxDyn(&shape).strides(IxDyn(&strides)), numbers).expect("as many numbers as the shape says")
}

/// Whether an array of shape `shape` has one number for each of `channels` channels of images.
pub(super) fn is_per_channel(shape: &[usize], channels: usize) -> bool {
    matches!(shape, [own, 1, 1] | [1, own, 1, 1] if *own == channels)
}
