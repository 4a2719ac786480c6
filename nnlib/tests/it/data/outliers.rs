//! `create_outliers`: images move, labels stay.

use ndarray::Array2;
use nnlib::data::{ImageSet, create_outliers, digits};

use super::{panic_message, small_set};

/// `np.random.RandomState(0).permutation(6)`, with NumPy 2.4.6.
const ORDER: [usize; 6] = [5, 2, 1, 3, 0, 4];

#[test]
fn the_first_images_take_the_order_of_numpys_permutation() {
    let clean = small_set(9);
    let noisy = create_outliers(&clean, 6);
    assert_eq!(noisy.labels(), clean.labels());
    for (index, &source) in ORDER.iter().enumerate() {
        assert_eq!(noisy.image(index), clean.image(source));
    }
    assert_eq!(noisy.rows(6..9), clean.rows(6..9));
    assert_eq!(create_outliers(&clean, 0), clean);
    assert_eq!(create_outliers(&clean, 9).labels(), clean.labels());
}

#[test]
fn colour_images_move_with_all_their_channels() {
    let pixels = Array2::from_shape_fn((6, 12), |(i, j)| (12 * i + j) as u8);
    let clean = ImageSet::with_channels(pixels, small_set(6).labels().clone(), 3, 2, 2);
    let noisy = create_outliers(&clean, 6);
    assert_eq!(noisy.channels(), 3);
    assert_eq!(noisy.planes(0), clean.planes(ORDER[0]));
}

#[test]
fn one_outlier_in_ten_keeps_its_right_label() {
    let clean = digits::train_set(4000);
    let noisy = create_outliers(&clean, 2000);
    // What an outlier truly shows is the label of the image that moved there.
    let order = nnlib::rng::RandomState::new(0).permutation(2000);
    let right = (0..2000).filter(|&index| clean.labels()[order[index]] == noisy.labels()[index]).count();
    // Binomial with mean 200 and deviation 13.
    assert!((140..260).contains(&right), "{right} of 2000");
}

#[test]
fn more_outliers_than_images_are_refused() {
    assert_eq!(
        panic_message(|| create_outliers(&small_set(3), 4)),
        "create_outliers: `num_outliers` is 4, expected at most 3, the images of `set`"
    );
}
