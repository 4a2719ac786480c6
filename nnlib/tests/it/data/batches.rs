//! Mini-batches: NumPy's permutations in pieces, and pixels as numbers.

use ndarray::{Array1, Array2, array};
use nnlib::data::{Batches, ImageSet};
use nnlib::rng::RandomState;

use super::{panic_message, small_set};

/// `rng = np.random.RandomState(0)`, and then `rng.permutation(10)` twice in pieces of 4, with NumPy 2.4.6.
#[test]
fn batches_are_numpys_permutations_in_pieces_and_go_on_over_epochs() {
    let mut batches = Batches::new(10, 4, RandomState::new(0));
    assert_eq!(batches.per_epoch(), 3);
    let expected: [&[usize]; 6] = [&[2, 8, 4, 9], &[1, 6, 7, 3], &[0, 5], &[3, 5, 1, 2], &[9, 8, 0, 6], &[7, 4]];
    for batch in expected {
        assert_eq!(batches.next_batch(), batch);
    }
    let again: Vec<Vec<usize>> = Batches::new(10, 4, RandomState::new(0)).take(6).collect();
    assert_eq!(again, expected);
    assert_eq!(format!("{batches:?}"), "batches of 4 of 10 samples, 3 an epoch");
}

#[test]
fn every_sample_comes_once_an_epoch_whatever_the_size_of_a_batch() {
    for batch_size in [1, 3, 7, 8, 100] {
        let mut batches = Batches::new(7, batch_size, RandomState::new(5));
        let mut orders = RandomState::new(5);
        for _epoch in 0..3 {
            let number = batches.per_epoch();
            let epoch: Vec<usize> = batches.by_ref().take(number).flatten().collect();
            assert_eq!(epoch, orders.permutation(7));
        }
    }
}

#[test]
fn pixels_of_a_batch_are_scaled_to_one_and_keep_their_labels() {
    let set = ImageSet::new(array![[0, 51, 255], [1, 2, 3], [7, 0, 0]], array![9, 0, 4], 1, 3);
    let expected: Array2<f64> = array![[7.0 / 255.0, 0.0, 0.0], [0.0, 0.2, 1.0], [7.0 / 255.0, 0.0, 0.0]];
    let (x, y) = set.batch_f64(&[2, 0, 2]);
    assert_eq!((x, y), (expected.clone(), array![4_usize, 9, 4]));
    let (x, y) = set.batch_f32(&[2, 0, 2]);
    assert_eq!((x, y), (expected.mapv(|value| value as f32), array![4_usize, 9, 4]));
    let (x, y) = set.batch_f32(&[]);
    assert_eq!((x.dim(), y), ((0, 3), Array1::zeros(0)));
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    assert_eq!(
        panic_message(|| Batches::new(0, 3, RandomState::new(0))),
        "Batches::new: `num_samples` is 0 and `batch_size` is 3, expected at least 1 each"
    );
    assert_eq!(
        panic_message(|| Batches::new(5, 0, RandomState::new(0))),
        "Batches::new: `num_samples` is 5 and `batch_size` is 0, expected at least 1 each"
    );
    let set = small_set(3);
    assert_eq!(panic_message(|| set.batch_f32(&[0, 3])), "ImageSet::batch_f32: there is no image 3 among 3");
    assert_eq!(panic_message(|| set.batch_f64(&[5])), "ImageSet::batch_f64: there is no image 5 among 3");
}
