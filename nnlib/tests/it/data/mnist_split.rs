//! MNIST in three parts: in order, and around the mean image of the first alone.

use ndarray::{Axis, array};
use nnlib::data::Mnist;
use nnlib::data::mnist::Origin;
use nnlib::solver::{ArraySamples, Samples};

use super::{panic_message, small_set};

fn small() -> Mnist {
    Mnist { train: small_set(12), test: small_set(5), origin: Origin::Embedded }
}

#[test]
fn the_parts_follow_each_other() {
    let (mnist, split) = (small(), small().split(7, 4, 3));
    assert_eq!(split.train, mnist.train.rows(0..7));
    assert_eq!(split.validation, mnist.train.rows(7..11));
    assert_eq!(split.test, mnist.test.rows(0..3));
    assert_eq!(
        format!("{split:?}"),
        "train: 7 images of 4x5, 10 classes\nvalidation: 4 images of 4x5, 10 classes\ntest: 3 images of 4x5, 10 classes"
    );
}

/// Pixel `j` of image `i` is `20 i + j`: on average over images 0 to 6, `60 + j`.
#[test]
fn the_mean_image_is_that_of_the_training_part() {
    let data = small().split(7, 4, 3).normalized();
    assert_eq!((data.x_train.dim(), data.x_validation.dim(), data.x_test.dim()), ((7, 20), (4, 20), (3, 20)));
    assert!(
        (&data.mean_image * 255.0 - ndarray::Array1::from_iter((60..80).map(f64::from)))
            .iter()
            .all(|d| d.abs() < 1e-12)
    );
    assert!(data.x_train.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 1e-14));
    for (x, first) in [(&data.x_train, -60.0), (&data.x_validation, 80.0), (&data.x_test, -60.0)] {
        assert!((x[[0, 0]] * 255.0 - first).abs() < 1e-12);
        assert!((x[[2, 19]] * 255.0 - first - 40.0).abs() < 1e-12);
    }
    assert_eq!(data.y_train, array![0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(data.y_validation, array![7, 8, 9, 0]);
    assert_eq!(data.y_test, array![0, 1, 2]);
    let expected = "x_train [7, 20], labels [7]\nx_validation [4, 20], labels [4]\nx_test [3, 20], labels [3]";
    assert_eq!(format!("{data:?}"), expected);
}

/// Bytes that become numbers batch by batch, and all numbers at once.
#[test]
fn samples_of_images_are_those_of_normalized_numbers() {
    let split = small().split(7, 4, 3);
    let data = split.normalized();
    assert_eq!(split.mean_image(), data.mean_image);
    let from_numbers = ArraySamples::new(data.x_validation.into_dyn(), data.y_validation);
    let from_images = ArraySamples::centered(&split.validation, &data.mean_image);
    assert_eq!(from_images.len(), 4);
    for indices in [&[][..], &[2], &[3, 0, 3]] {
        let ((x, y), (expected_x, expected_y)) = (from_images.batch(indices), from_numbers.batch(indices));
        assert_eq!((x, y.classes()), (expected_x, expected_y.classes()));
    }
    assert_eq!(
        panic_message(|| ArraySamples::centered(&split.test, &array![0.0, 0.5])),
        "ArraySamples::centered: `mean_image` has shape [2], expected [20] (a number for each pixel of an image)"
    );
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    assert_eq!(
        panic_message(|| small().split(9, 4, 3)),
        "Mnist::split: got 9 images to train on and 4 to validate by, expected together at most 12, the training set"
    );
    assert_eq!(
        panic_message(|| small().split(13, 0, 3)),
        "Mnist::split: got 13 images to train on and 0 to validate by, expected together at most 12, the training set"
    );
    assert_eq!(
        panic_message(|| small().split(7, 4, 6)),
        "Mnist::split: got 6 images to test on, expected at most 5, the test set"
    );
    assert_eq!(
        panic_message(|| small().split(0, 4, 3).normalized()),
        "MnistSplit::normalized: `train` has no images, expected at least 1"
    );
    assert_eq!(
        panic_message(|| small().split(0, 4, 3).mean_image()),
        "MnistSplit::mean_image: `train` has no images, expected at least 1"
    );
}
