//! Two arrays of different shapes, entry by entry; and the sum that undoes it for gradients.

use super::layout::{is_channels_last, is_per_channel, rows};
use super::reduction::sum_blocks;
use super::tensor::{from_vec, standard_layout};
use crate::array::shape_text;
use crate::elementwise::{change_array, combine_arrays};
use ndarray::{ArrayD, Zip};
use std::sync::Arc;

/// The shape of `a + b`, as NumPy has it; `None` if the shapes do not fit.
fn broadcast_shape(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut shape = long.to_vec();
    for (length, &other) in shape[long.len() - short.len()..].iter_mut().zip(short) {
        match (*length, other) {
            (own, other) if own == other => {}
            (1, other) => *length = other,
            (_, 1) => {}
            _ => return None,
        }
    }
    Some(shape)
}

/// `f` of each pair of entries, in the memory of `a` or `b` if it has the shape of the result and nobody else holds it.
#[track_caller]
pub(super) fn zip_shared(
    function: &str,
    a: Arc<ArrayD<f32>>,
    b: Arc<ArrayD<f32>>,
    f: impl Fn(f32, f32) -> f32 + Copy + Sync,
) -> ArrayD<f32> {
    let Some(shape) = broadcast_shape(a.shape(), b.shape()) else {
        let (a, b) = (shape_text(a.shape()), shape_text(b.shape()));
        panic!("{function}: the shapes {a} and {b} do not fit; aligned at the last axis, lengths must be equal or 1")
    };
    let a = match reuse(a, &shape) {
        Ok(a) => return zip_into(a, &b, f),
        Err(a) => a,
    };
    match reuse(b, &shape) {
        Ok(b) => zip_into(b, &a, |b, a| f(a, b)),
        Err(b) => zip(&a, &b, f),
    }
}

fn reuse(array: Arc<ArrayD<f32>>, shape: &[usize]) -> Result<ArrayD<f32>, Arc<ArrayD<f32>>> {
    if array.shape() == shape { Arc::try_unwrap(array) } else { Err(array) }
}

/// `f` of each pair of entries; the shapes fit.
pub(super) fn zip(a: &ArrayD<f32>, b: &ArrayD<f32>, f: impl Fn(f32, f32) -> f32 + Copy + Sync) -> ArrayD<f32> {
    if a.shape() == b.shape() {
        return combine_arrays(a, b, f);
    }
    let shape = broadcast_shape(a.shape(), b.shape()).expect("shapes that have been broadcast before");
    let a = a.broadcast(shape.as_slice()).expect("a shape that both broadcast to");
    let b = b.broadcast(shape.as_slice()).expect("a shape that both broadcast to");
    standard_layout(Zip::from(a).and(b).map_collect(|&a, &b| f(a, b)))
}

/// `f` of each pair of entries, in the memory of `a`, whose shape is that of the result.
pub(super) fn zip_into(mut a: ArrayD<f32>, b: &ArrayD<f32>, f: impl Fn(f32, f32) -> f32 + Copy + Sync) -> ArrayD<f32> {
    match channels(&a, b.shape()) {
        Some(channels) => {
            let b = rows(b);
            let pixels = a.as_slice_memory_order_mut().expect("channels last").chunks_mut(channels);
            pixels.for_each(|pixel| pixel.iter_mut().zip(&*b).for_each(|(a, &b)| *a = f(*a, b)));
        }
        None if a.shape() == b.shape() => change_array(&mut a, b, f),
        None => a.zip_mut_with(b, |a, &b| *a = f(*a, b)),
    }
    a
}

/// `C`, if `images` lie channels last and `shape` is that of an array with a number for each channel.
fn channels(images: &ArrayD<f32>, shape: &[usize]) -> Option<usize> {
    let &[_, channels, ..] = images.shape() else { return None };
    let fits = channels > 0 && is_per_channel(shape, channels) && is_channels_last(images);
    fits.then_some(channels)
}

/// The sum of `gradient` over the axes along which an array of shape `shape` was repeated.
pub(super) fn sum_to(gradient: &ArrayD<f32>, shape: &[usize]) -> ArrayD<f32> {
    if gradient.shape() == shape { gradient.clone() } else { sum_repeated(gradient, shape) }
}

/// As [`sum_to`], without a copy where nothing was repeated.
pub(super) fn into_sum_to(gradient: ArrayD<f32>, shape: &[usize]) -> ArrayD<f32> {
    if gradient.shape() == shape { gradient } else { sum_repeated(&gradient, shape) }
}

fn sum_repeated(gradient: &ArrayD<f32>, shape: &[usize]) -> ArrayD<f32> {
    let lengths = gradient.shape();
    if let Some(channels) = channels(gradient, shape) {
        let numbers = gradient.as_slice_memory_order().expect("channels last");
        return from_vec(shape, sum_blocks(numbers, 1, numbers.len() / channels, channels));
    }
    let gradient = &rows(gradient);
    let missing = lengths.len() - shape.len();
    let repeated = |axis: usize| lengths[axis] != 1 && (axis < missing || shape[axis - missing] == 1);
    // From the last axis to the first, neighbouring axes of one kind at once: so the first sum, of the whole gradient,
    // is the only one that is long.
    let mut sums: Option<Vec<f32>> = None;
    let (mut inner, mut end) = (1, lengths.len());
    while end > 0 {
        let summed = repeated(end - 1);
        let start = (0..end).rev().take_while(|&axis| repeated(axis) == summed).last().unwrap_or(end - 1);
        let length: usize = lengths[start..end].iter().product();
        if summed {
            let outer = lengths[..start].iter().product();
            sums = Some(sum_blocks(sums.as_deref().unwrap_or(gradient), outer, length, inner));
        } else {
            inner *= length;
        }
        end = start;
    }
    from_vec(shape, sums.unwrap_or_else(|| gradient.to_vec()))
}
