//! Tests of `right_predictions`, `wrong_predictions` and `samples_by_class`.

use super::images::{color_of, image_at, pixels};
use super::{is_to_show, panic_message, shown_by};
use nnlib::data::ImageSet;
use nnlib::ndarray::{Array1, Array2, array};
use nnlib::plot::{self, ImageGrid};

const NAMES: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// Images of 10 x 10 pixels that are their index all over, with the classes 0, 1, ..., 9, 0, ...
fn numbered(count: usize, channels: usize) -> ImageSet {
    let pixels = Array2::from_shape_fn((count, channels * 100), |(index, _)| index as u8);
    let labels = Array1::from_shape_fn(count, |index| (index % 10) as u8);
    ImageSet::with_channels(pixels, labels, channels, 10, 10)
}

/// What a cell shows of a grid as text: its title and those of its images.
fn text(test: &str, show: impl FnOnce() -> ImageGrid) -> Option<String> {
    if is_to_show() {
        show().evcxr_display();
        return None;
    }
    Some(shown_by(&format!("plot::galleries::{test}")).last().expect("a text").1.clone())
}

#[test]
fn right_predictions_are_titled_with_both_classes() {
    let mut predicted = numbered(30, 1).class_indices();
    predicted[1] = 7;
    let show = || plot::right_predictions(&numbered(30, 1), &predicted, 4, &[]).title("Right");
    if let Some(text) = text("right_predictions_are_titled_with_both_classes", show) {
        let titles = "predicted 0, class 0, predicted 2, class 2, predicted 3, class 3, predicted 4, class 4";
        assert_eq!(text, format!("[image grid: Right; 4 images of 10 x 10: {titles}]"));
    }
}

#[test]
fn wrong_predictions_are_titled_with_names() {
    let mut predicted = numbered(30, 3).class_indices();
    (predicted[1], predicted[29]) = (7, 0);
    let show = || plot::wrong_predictions(&numbered(30, 3), &predicted, 9, &NAMES);
    if let Some(text) = text("wrong_predictions_are_titled_with_names", show) {
        let titles = "predicted seven class one, predicted zero class nine";
        assert_eq!(text, format!("[image grid: ; 2 images of 10 x 10: {titles}]"));
    }
}

#[test]
fn predictions_show_the_first_images_in_a_square() {
    let predicted = numbered(40, 1).class_indices().mapv(|class| (class + 1) % 10);
    for channels in [1, 3] {
        let grid = plot::wrong_predictions(&numbered(40, channels), &predicted, 9, &[]);
        let untitled = pixels(&grid.titles(&[""; 9]).enlarge(12));
        assert_eq!(untitled.dimensions(), (2 * (3 * 130 + 10), 2 * (3 * 130 + 10)));
        for index in 0..9 {
            let colors = image_at(&untitled, (index / 3, index % 3), (10, 10), 12);
            assert_eq!(color_of(&colors, 5, 5), [index as u8; 3]);
        }
    }
}

#[test]
fn samples_are_in_a_column_under_the_name_of_their_class() {
    for channels in [1, 3] {
        let grid = plot::samples_by_class(&numbered(100, channels), 7, &NAMES).enlarge(8);
        let picture = pixels(&grid);
        // A line of titles is 17 high, and above the first row only.
        assert_eq!(picture.dimensions(), (2 * (10 * 90 + 10), 2 * (7 * 90 + 10 + 17)));
        for (row, column) in [(0, 0), (0, 9), (3, 4), (6, 2)] {
            let color = picture.get_pixel(2 * (10 + column * 90 + 40), 2 * (10 + 17 + row * 90 + 40)).0;
            assert_eq!(color, [(10 * row + column) as u8; 3], "row {row}, column {column}");
        }
        let is_ink = |x: u32, y: u32| picture.get_pixel(x, y).0 == [33, 33, 33];
        for column in 0..10 {
            let left = 2 * (10 + column * 90);
            let count = (left..left + 160).flat_map(|x| (20..54).map(move |y| (x, y))).filter(|&(x, y)| is_ink(x, y));
            assert!(count.count() > 10, "the name of class {column}");
        }
    }
}

#[test]
fn a_class_with_few_samples_has_a_short_column() {
    let set = numbered(25, 1).subset(&[0, 10, 20, 1, 13, 3]);
    let picture = pixels(&plot::samples_by_class(&set, 3, &[]).enlarge(8));
    let center = |row: u32, column: u32| picture.get_pixel(2 * (10 + column * 90 + 40), 2 * (27 + row * 90 + 40)).0;
    assert_eq!([center(0, 0), center(1, 0), center(2, 0)], [[0; 3], [10; 3], [20; 3]]);
    assert_eq!([center(0, 3), center(1, 3), center(2, 3)], [[13; 3], [3; 3], [255; 3]]);
    assert_eq!([center(0, 1), center(1, 1), center(0, 2)], [[1; 3], [255; 3], [255; 3]]);
}

#[test]
fn misuse_is_told() {
    let set = || numbered(20, 1);
    let right = || set().class_indices();
    let cases = [
        (
            panic_message(|| plot::right_predictions(&set(), &array![1, 2], 9, &[])),
            "plot::right_predictions: `predicted` has shape [2], expected [20] (a class for each image of `set`)",
        ),
        (
            panic_message(|| plot::right_predictions(&set(), &right(), 0, &[])),
            "plot::right_predictions: got 0 images to show, expected 1 to 1000",
        ),
        (
            panic_message(|| plot::wrong_predictions(&set(), &right(), 9, &[])),
            "plot::wrong_predictions: none of 20 predictions is wrong, expected at least one",
        ),
        (
            panic_message(|| plot::right_predictions(&set(), &right(), 9, &["cat"])),
            "plot::right_predictions: got 1 class names, expected one for class 1",
        ),
        (
            panic_message(|| plot::samples_by_class(&set().head(0), 7, &[])),
            "plot::samples_by_class: got an empty set, expected at least one image",
        ),
        (
            panic_message(|| plot::samples_by_class(&set(), 0, &[])),
            "plot::samples_by_class: got 0 images a class, expected 1 to 100",
        ),
        (
            panic_message(|| plot::samples_by_class(&set(), 7, &NAMES[..9])),
            "plot::samples_by_class: got 9 class names, expected one for class 9",
        ),
        (
            panic_message(|| plot::samples_by_class(&set(), 7, &[]).columns(5)),
            "ImageGrid::columns: got 5, expected 10, one for each of the titles of columns",
        ),
        (
            panic_message(|| plot::samples_by_class(&set(), 7, &[]).column_titles(&["cat", "dog"])),
            "ImageGrid::columns: got 2, expected 10, one for each of the titles of columns",
        ),
        (
            panic_message(|| ImageGrid::from_set(&set()).column_titles::<&str>(&[])),
            "ImageGrid::column_titles: got no titles, expected one for each column",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
}
