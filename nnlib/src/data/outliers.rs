//! Wrong labels on purpose.

use ndarray::{Axis, Slice};

use super::ImageSet;
use crate::rng::RandomState;

/// The set with the first `num_outliers` images in another order, `RandomState(0).permutation(num_outliers)`, and all
/// labels where they were: an image among them keeps its right label only by chance.
///
/// `image[i] := image[order[i]]` for `i < num_outliers`. Of MNIST's 60000 training images, 30000 outliers leave about 1
/// in 10 of the first half with its right label, that is 55 % of the set. A network that fits them all has learned noise
/// by heart.
///
/// ```
/// use nnlib::data::{create_outliers, digits};
///
/// let clean = digits::train_set(100);
/// let noisy = create_outliers(&clean, 50);
/// assert_eq!(noisy.labels(), clean.labels());
/// assert_ne!(noisy.head(50), clean.head(50));
/// assert_eq!(noisy.rows(50..100), clean.rows(50..100));
/// ```
///
/// # Panics
///
/// If the set has fewer images.
#[track_caller]
pub fn create_outliers(set: &ImageSet, num_outliers: usize) -> ImageSet {
    assert!(
        num_outliers <= set.len(),
        "create_outliers: `num_outliers` is {num_outliers}, expected at most {}, the images of `set`",
        set.len()
    );
    let order = RandomState::new(0).permutation(num_outliers);
    let mut pixels = set.pixels().clone();
    pixels.slice_axis_mut(Axis(0), Slice::from(..num_outliers)).assign(&set.pixels().select(Axis(0), &order));
    ImageSet::with_channels(pixels, set.labels().clone(), set.channels(), set.height(), set.width())
}
