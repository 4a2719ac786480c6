//! Tests of `nnlib::data`.

mod batches;
mod cifar10;
mod digits;
mod housing;
mod housing_generator;
mod idx;
mod image_products;
mod image_set;
mod mnist;
mod mnist_split;
mod one_hot;
mod outliers;
mod pickle;
mod png_folder;
mod split;
mod standardization;
mod table;
mod textures;

use ndarray::{Array1, Array2};
use nnlib::data::ImageSet;

use super::checks::panic_message;

/// `count` images of 4x5 pixels with all ten labels in turn; pixel `j` of image `i` is `20 i + j`, cut to a byte.
fn small_set(count: usize) -> ImageSet {
    let pixels = Array2::from_shape_fn((count, 20), |(i, j)| (20 * i + j) as u8);
    let labels = Array1::from_shape_fn(count, |i| (i % 10) as u8);
    ImageSet::new(pixels, labels, 4, 5)
}

/// Reproducible bytes for tests that try many cases: the generator of PCG's documentation, its upper half.
struct Dice(u64);

impl Dice {
    /// A number below `bound`.
    fn roll(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as usize % bound
    }

    /// A copy of `bytes` with one to three bytes changed, dropped or inserted.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..=self.roll(3) {
            let place = self.roll(damaged.len());
            match self.roll(4) {
                0 => drop(damaged.remove(place)),
                1 => damaged.insert(place, self.roll(256) as u8),
                _ => damaged[place] ^= 1 + self.roll(255) as u8,
            }
        }
        damaged
    }
}
