//! Tests of grids of colour images and colour templates.

use super::images::{color_of, image_at, pixels};
use super::panic_message;
use nnlib::data::ImageSet;
use nnlib::ndarray::{Array1, Array2, Array3, array};
use nnlib::plot::ImageGrid;

#[test]
fn rows_hold_red_then_green_then_blue() {
    // Images of 1 x 2 pixels: red and yellow; then two greys.
    let rows = array![[255_u8, 250, 0, 240, 0, 7], [9, 8, 9, 8, 9, 8]];
    let picture = pixels(&ImageGrid::from_rgb(rows.view(), 1, 2).columns(2).enlarge(4));
    let first = image_at(&picture, (0, 0), (1, 2), 4);
    assert_eq!([color_of(&first, 0, 0), color_of(&first, 0, 1)], [[255, 0, 0], [250, 240, 7]]);
    let second = image_at(&picture, (0, 1), (1, 2), 4);
    assert_eq!([color_of(&second, 0, 0), color_of(&second, 0, 1)], [[9; 3], [8; 3]]);
}

#[test]
fn every_one_of_thousands_of_colours_is_exact() {
    let rows = Array2::from_shape_fn((4, 3 * 32 * 32), |(image, place)| ((image * 977 + place * 7919) % 256) as u8);
    let picture = pixels(&ImageGrid::from_rgb(rows.view(), 32, 32).columns(2).enlarge(2));
    for image in 0..4 {
        let colors = image_at(&picture, (image as u32 / 2, image as u32 % 2), (32, 32), 2);
        let expected = Array3::from_shape_fn((32, 32, 3), |(row, column, channel)| {
            rows[[image, channel * 1024 + row * 32 + column]]
        });
        assert_eq!(colors, expected, "image {image}");
    }
}

#[test]
fn a_set_is_shown_by_its_channels() {
    let grey = ImageSet::new(array![[0_u8, 100, 200, 255]], array![1], 2, 2);
    let colors = image_at(&pixels(&ImageGrid::from_set(&grey).enlarge(4)), (0, 0), (2, 2), 4);
    assert_eq!([color_of(&colors, 0, 1), color_of(&colors, 1, 1)], [[100; 3], [255; 3]]);
    let set = ImageSet::with_channels(array![[1_u8, 2, 3]], array![1], 3, 1, 1);
    let colors = image_at(&pixels(&ImageGrid::from_set(&set).enlarge(4)), (0, 0), (1, 1), 4);
    assert_eq!(color_of(&colors, 0, 0), [1, 2, 3]);
}

#[test]
fn colour_templates_run_from_0_to_255_each() {
    // Two outputs that look at one pixel row of two: 255 * (w - min) / (max - min).
    let weights = array![[-1.0, 0.0], [0.0, 0.0], [1.0, 1e-8], [0.6, 0.0], [-0.2, 0.0], [0.2, 5e-9]];
    let grid = ImageGrid::color_templates(&weights, 1, 2).columns(2).enlarge(4);
    let picture = pixels(&grid);
    let first = image_at(&picture, (0, 0), (1, 2), 4);
    assert_eq!([color_of(&first, 0, 0), color_of(&first, 0, 1)], [[0, 255, 102], [128, 204, 153]]);
    let second = image_at(&picture, (0, 1), (1, 2), 4);
    assert_eq!([color_of(&second, 0, 0), color_of(&second, 0, 1)], [[0, 255, 0], [0, 0, 128]]);
    let dynamic = ImageGrid::color_templates(&weights.into_dyn(), 1, 2).columns(2).enlarge(4);
    assert_eq!(dynamic.to_png(), grid.to_png());
}

#[test]
fn weights_that_are_equal_or_not_finite_have_a_colour() {
    let weights = array![
        [7.0, f64::NAN, f64::INFINITY, -f64::MAX],
        [7.0, 0.0, f64::NEG_INFINITY, 0.0],
        [7.0, 1.0, 0.0, f64::MAX]
    ];
    let picture = pixels(&ImageGrid::color_templates(&weights, 1, 1).columns(4).enlarge(4));
    let colors = [0, 1, 2, 3].map(|column| color_of(&image_at(&picture, (0, column), (1, 1), 4), 0, 0));
    assert_eq!(colors, [[0; 3], [255, 0, 255], [0; 3], [0, 128, 255]]);
}

#[test]
fn misuse_is_told() {
    let cases = [
        (
            panic_message(|| ImageGrid::from_rgb(Array2::zeros((2, 1024)).view(), 32, 32)),
            "ImageGrid::from_rgb: got images of 1024 values, expected 3 * 32 * 32 = 3072".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::color_templates(&Array2::zeros((784, 10)), 28, 28)),
            "ImageGrid::color_templates: got images of 784 values, expected 3 * 28 * 28 = 2352".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::color_templates(&Array1::zeros(3072), 32, 32)),
            "ImageGrid::color_templates: `weights` has shape (3072,), expected a matrix, a column an output".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::templates(&Array3::zeros((2, 3, 4)), 3, 4)),
            "ImageGrid::templates: `weights` has shape (2, 3, 4), expected a matrix, a column an output".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::from_set(&ImageSet::new(Array2::zeros((0, 4)), array![], 2, 2))),
            "ImageGrid::from_set: got 0 images, expected 1 to 1000 (take a part, as in `images.slice(s![..70, ..])`)"
                .to_owned(),
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
}
