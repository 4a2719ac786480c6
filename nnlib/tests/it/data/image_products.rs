//! Products of images with matrices.

use crate::checks::panic_message;
use nnlib::array::Matrix;
use nnlib::data::{ImageSet, digits};
use nnlib::ndarray::{Array1, Array2};
use nnlib::rng::RandomState;

fn close(a: &Matrix, b: &Matrix) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-11 * (1.0 + b.abs()))
}

/// Sizes around those of blocks, vectors, tiles and parts.
#[test]
fn products_equal_those_of_the_widened_set() {
    let mut rng = RandomState::new(0);
    for (count, height, width, columns) in [
        (1, 1, 1, 1),
        (31, 3, 5, 2),
        (33, 4, 8, 10),
        (1024, 2, 4, 5),
        (1025, 7, 7, 11),
        (2100, 5, 5, 3),
        (5, 28, 28, 10),
        (67, 28, 28, 16),
    ] {
        // Some groups of pixels are blank, as most of a digit's are.
        let ink = |(i, j): (usize, usize)| ((i * 31 + j * 17) % 256) as u8 * u8::from((i + j / 8) % 3 == 0);
        let pixels = Array2::from_shape_fn((count, height * width), ink);
        let images = ImageSet::new(pixels, Array1::zeros(count), height, width);
        let weights = rng.randn((height * width, columns));
        let upstream = rng.randn((count, columns));
        assert!(close(&images.dot(&weights), &images.to_f64().dot(&weights)), "dot {count} {height} {width} {columns}");
        let expected = images.to_f64().t().dot(&upstream);
        assert!(close(&images.t_dot(&upstream), &expected), "t_dot {count} {height} {width} {columns}");
        // Columns that do not lie one after the other in memory.
        let transposed = upstream.t().as_standard_layout().into_owned().reversed_axes();
        assert_eq!(images.t_dot(&transposed), images.t_dot(&upstream));
    }
}

/// Blank pixels are passed over only where that changes nothing.
#[test]
fn zero_times_what_is_not_finite_is_no_number() {
    let images = digits::train_set(70);
    assert!(images.pixels().column(0).iter().all(|&pixel| pixel == 0), "corners of digits are blank");
    for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut weights = Matrix::ones((784, 12));
        weights[[0, 11]] = strange;
        let scores = images.dot(&weights);
        assert!(scores.column(11).iter().all(|score| score.is_nan()), "{strange} in a column of the weights");
        assert!(scores.iter().filter(|score| score.is_nan()).count() == 70, "{strange} in one column");
        let mut upstream = Matrix::ones((70, 12));
        upstream[[69, 11]] = strange;
        let dweights = images.t_dot(&upstream);
        assert!(dweights[[0, 11]].is_nan(), "{strange} in a row of the gradient");
        assert!(dweights.column(10).iter().all(|gradient| gradient.is_finite()), "{strange} in one column");
    }
}

#[test]
fn nothing_times_something() {
    let images = digits::train_set(10);
    assert_eq!(images.dot(&Matrix::zeros((784, 0))).dim(), (10, 0));
    assert_eq!(images.t_dot(&Matrix::zeros((10, 0))).dim(), (784, 0));
    assert_eq!(images.head(0).dot(&Matrix::ones((784, 3))).dim(), (0, 3));
    assert_eq!(images.head(0).t_dot(&Matrix::ones((0, 3))), Matrix::zeros((784, 3)));
}

#[test]
fn shapes_that_do_not_fit() {
    let images = digits::train_set(10);
    assert_eq!(
        panic_message(|| images.dot(&Matrix::zeros((10, 784)))),
        "ImageSet::dot: `weights` has shape [10, 784], expected [784, 784] (a row for each pixel of an image)"
    );
    assert_eq!(
        panic_message(|| images.t_dot(&Matrix::zeros((784, 10)))),
        "ImageSet::t_dot: `upstream` has shape [784, 10], expected [10, 10] (a row for each image)"
    );
}
