//! Digits drawn by a generator: what a notebook trains on when the real MNIST is not at hand.
//!
//! Ten digits, each in the forms that people use, as strokes of a pen; each image is one form with its points
//! jittered, bent by a smooth random field, squeezed, slanted, turned, drawn with a pen of random width and pressure,
//! scaled to a box of 20 by 20 pixels and centred by its centre of mass in 28 by 28, as MNIST was made (LeCun, Bottou,
//! Bengio, Haffner: *Gradient-based learning applied to document recognition*, 1998, section III-A). Pixels are 0 on
//! paper and 255 in full ink.
//!
//! How hard the set is, beside the real one, in test accuracy. The first two rows are from the example
//! `softmax_regression` of this crate, the others from JAX 0.10 in `f32`:
//!
//! | model | embedded | MNIST |
//! |---|---|---|
//! | softmax regression, full batch, learning rate 0.5, 1000 iterations | 91.1 % | 92.1 % |
//! | the same, learning rate 0.03, 3000 iterations | 88.6 % | 90.7 % |
//! | 784-100-10 with relu, Adam, 10 epochs | 97.6 % | 98.0 % |
//! | two 3x3 convolutions (16 and 32 filters) and 100 hidden units, Adam, 5 epochs | 99.2 % | 99.1 % |
//!
//! Image `i` of a set is made from `i` alone, and with exactly rounded operations only (`+ - * /`, square roots, no
//! function of a C library): a set is the same, bit for bit, on every machine and for any number of threads, and its
//! first images are the same whatever its size. Training and test images come from different streams.

mod glyphs;
mod hand;
mod ink;
mod spline;

use super::stream::Stream;
use super::{ImageSet, parallel, stream};
use crate::rng::RandomState;
use ink::SIDE;

/// How many training images [`mnist::embedded`](super::mnist::embedded) makes: as many as MNIST has.
pub const TRAIN_LEN: usize = 60_000;
/// How many test images [`mnist::embedded`](super::mnist::embedded) makes: as many as MNIST has.
pub const TEST_LEN: usize = 10_000;

/// The first `count` training images, 28 by 28, labels in random order.
///
/// ```
/// use nnlib::data::digits;
///
/// let train = digits::train_set(1000);
/// assert_eq!(train.pixels().dim(), (1000, 784));
/// assert_eq!(train.head(10), digits::train_set(10));
/// ```
pub fn train_set(count: usize) -> ImageSet {
    draw_set(stream::DIGITS_TRAIN, count)
}

/// The training images with these numbers, drawn without the others: `train_set(count).subset(indices)`.
///
/// ```
/// use nnlib::data::digits;
///
/// assert_eq!(digits::train_subset(&[7, 0, 7]), digits::train_set(10).subset(&[7, 0, 7]));
/// ```
pub fn train_subset(indices: &[usize]) -> ImageSet {
    draw_some(stream::DIGITS_TRAIN, indices)
}

/// The first `count` test images, from the same distribution as [`train_set`] and a stream of their own.
pub fn test_set(count: usize) -> ImageSet {
    draw_set(stream::DIGITS_TEST, count)
}

/// The test images with these numbers, drawn without the others: `test_set(count).subset(indices)`.
pub fn test_subset(indices: &[usize]) -> ImageSet {
    draw_some(stream::DIGITS_TEST, indices)
}

/// `count` images from the same distribution as [`train_set`]: others each time, and the same for the same state of `rng`.
///
/// ```
/// use nnlib::data::digits;
/// use nnlib::rng::RandomState;
///
/// let mut rng = RandomState::new(7);
/// let (some, others) = (digits::generate(20, &mut rng), digits::generate(20, &mut rng));
/// assert_ne!(some, others);
/// assert_eq!(some, digits::generate(20, &mut RandomState::new(7)));
/// ```
pub fn generate(count: usize, rng: &mut RandomState) -> ImageSet {
    draw_set(stream::another_set(rng), count)
}

/// The first `count` images of the set numbered `set`.
fn draw_set(set: u64, count: usize) -> ImageSet {
    let (pixels, labels) = parallel::draw_set(count, SIDE * SIDE, |index, image| draw_image(set, index, image));
    ImageSet::new(pixels, labels, SIDE, SIDE)
}

/// The images with these numbers of the set numbered `set`.
fn draw_some(set: u64, indices: &[usize]) -> ImageSet {
    let draw = |index: usize, image: &mut [u8]| draw_image(set, indices[index], image);
    let (pixels, labels) = parallel::draw_set(indices.len(), SIDE * SIDE, draw);
    ImageSet::new(pixels, labels, SIDE, SIDE)
}

/// Draws image `index` of a set into `image` and returns its label.
fn draw_image(set: u64, index: usize, image: &mut [u8]) -> u8 {
    let mut stream = Stream::new(set, index as u64);
    let digit = stream.below(10);
    let strokes = hand::write(digit as usize, &mut stream);
    ink::print(&strokes, &mut stream, image);
    digit as u8
}
