//! Colour pictures drawn by a generator: what a notebook trains on when the real CIFAR-10 is not at hand.
//!
//! Five shapes, each striped or dotted, make ten classes: a picture shows one of them before a clouded background, with
//! bits of clutter behind it and often a bar across it, under uneven light and with noise in every pixel. Place, size,
//! turn, slant, colours, and the width and direction of the pattern are random. Pictures are 32 by 32 with three
//! channels, bytes from 0 to 255, as in CIFAR-10. **They are not CIFAR-10**: figures of one do not hold for the other.
//!
//! Each class has a background hue that is usual for it, as the sky is behind aeroplanes, and most shapes are brighter
//! than what is behind them. So a model of whole pictures gets some way by colours and templates; but a pattern lies in
//! any place and direction, and what sees it everywhere is a convolution. Accuracy with 49,000 training images and the
//! mean image removed, on 10,000 test images (JAX 0.10 in `f32`; the forest by scikit-learn 1.9.1):
//!
//! | model | accuracy |
//! |---|---|
//! | a random forest that sees the mean colour of each image alone | 0.28 |
//! | 3072-100-100-10 with sigmoids, weights and biases N(0, 1), Adam at 1e-3, batch 100, 10 epochs | 0.33 |
//! | the same with Glorot's weights and dropout of 0.25, Adam at 1e-4, batch 32, 10 epochs | 0.42 |
//! | 3072-100-10 with relu, SGD at 1e-3, decay 0.95, batch 100, 10 epochs | 0.55 |
//! | two 3x3 convolutions (16 and 32 filters) and 100 hidden units, Adam, 20,000 images, 3 epochs | 0.79 |
//!
//! Image `i` of a set is made from `i` alone, and with exactly rounded operations only (`+ - * /`, square roots, no
//! function of a C library): a set is the same, bit for bit, on every machine and for any number of threads, and its
//! first images are the same whatever its size. Training and test images come from different streams.
//!
//! ```
//! use nnlib::data::textures;
//!
//! let train = textures::train_set(100);
//! assert_eq!(format!("{train:?}"), "100 colour images of 32x32, 10 classes");
//! assert_eq!(train.to_nchw_f32().dim(), (100, 3, 32, 32));
//! let class = textures::CLASS_NAMES[usize::from(train.labels()[0])];
//! assert!(class.starts_with("striped ") || class.starts_with("dotted "));
//! ```

mod color;
mod geometry;
mod pattern;
mod scene;
mod shape;

use super::stream::Stream;
use super::{ImageSet, parallel, stream};
use crate::rng::RandomState;
use scene::SIDE;

/// How many training images CIFAR-10 has, and a stand-in for it should have.
pub const TRAIN_LEN: usize = 50_000;
/// How many test images CIFAR-10 has, and a stand-in for it should have.
pub const TEST_LEN: usize = 10_000;

/// What the classes 0 to 9 show.
pub const CLASS_NAMES: [&str; 10] = [
    "striped disc",
    "dotted disc",
    "striped square",
    "dotted square",
    "striped triangle",
    "dotted triangle",
    "striped cross",
    "dotted cross",
    "striped ring",
    "dotted ring",
];

/// Bytes of an image: three planes, red, green and blue.
const IMAGE_LEN: usize = 3 * SIDE * SIDE;

/// The first `count` training images, 3 by 32 by 32, drawn by a generator, labels in random order.
pub fn train_set(count: usize) -> ImageSet {
    draw_set(stream::TEXTURES_TRAIN, count)
}

/// The first `count` test images, from the same distribution as [`train_set`] and a stream of their own.
pub fn test_set(count: usize) -> ImageSet {
    draw_set(stream::TEXTURES_TEST, count)
}

/// `count` images from the same distribution as [`train_set`]: others each time, and the same for the same state of `rng`.
///
/// ```
/// use nnlib::data::textures;
/// use nnlib::rng::RandomState;
///
/// let mut rng = RandomState::new(7);
/// let (some, others) = (textures::generate(20, &mut rng), textures::generate(20, &mut rng));
/// assert_ne!(some, others);
/// assert_eq!(some, textures::generate(20, &mut RandomState::new(7)));
/// ```
pub fn generate(count: usize, rng: &mut RandomState) -> ImageSet {
    draw_set(stream::another_set(rng), count)
}

/// The first `count` images of the set numbered `set`.
fn draw_set(set: u64, count: usize) -> ImageSet {
    let (pixels, labels) = parallel::draw_set(count, IMAGE_LEN, |index, image| draw_image(set, index, image));
    ImageSet::with_channels(pixels, labels, 3, SIDE, SIDE)
}

/// Draws image `index` of a set into `image` and returns its label.
fn draw_image(set: u64, index: usize, image: &mut [u8]) -> u8 {
    let mut stream = Stream::new(set, index as u64);
    let class = stream.below(10) as u8;
    scene::paint(class, &mut stream, image);
    class
}
