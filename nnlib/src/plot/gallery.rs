//! Images of a data set with their classes: samples, and what a classifier made of them.

use super::image_grid::ImageGrid;
use crate::array::expect_shape;
use crate::data::ImageSet;
use ndarray::Array1;

/// The first `count` images of `set` that are predicted right, three in a row for nine, each titled
/// `predicted 3, class 3`. Fewer, where there are not as many.
///
/// `predicted` holds a class for each image of the set. `class_names` are shown in place of the numbers, unless it is
/// empty: `&[]`.
///
/// ```
/// use nnlib::data::ImageSet;
/// use nnlib::ndarray::{Array2, array};
/// use nnlib::plot;
///
/// let set = ImageSet::new(Array2::zeros((3, 4)), array![7, 1, 2], 2, 2);
/// let predicted = array![7, 0, 2];
/// let right = plot::right_predictions(&set, &predicted, 9, &[]);
/// let wrong = plot::wrong_predictions(&set, &predicted, 9, &[]).title("What it gets wrong");
/// ```
///
/// # Panics
///
/// If no image is predicted right, `count` is 0 or more than 1000, `predicted` is not as long as the set, or a class has
/// no name.
#[track_caller]
pub fn right_predictions(set: &ImageSet, predicted: &Array1<usize>, count: usize, class_names: &[&str]) -> ImageGrid {
    predictions("plot::right_predictions", set, predicted, count, class_names, true)
}

/// The first `count` images of `set` that are predicted wrong, each titled `predicted 3, class 5`, as
/// [`right_predictions`] does.
///
/// # Panics
///
/// If no image is predicted wrong, `count` is 0 or more than 1000, `predicted` is not as long as the set, or a class has
/// no name.
#[track_caller]
pub fn wrong_predictions(set: &ImageSet, predicted: &Array1<usize>, count: usize, class_names: &[&str]) -> ImageGrid {
    predictions("plot::wrong_predictions", set, predicted, count, class_names, false)
}

#[track_caller]
fn predictions(
    function: &str,
    set: &ImageSet,
    predicted: &Array1<usize>,
    count: usize,
    class_names: &[&str],
    right: bool,
) -> ImageGrid {
    expect_shape(function, "predicted", predicted.shape(), &[set.len()], "a class for each image of `set`");
    expect_count(function, count);
    let class = |index: usize| usize::from(set.labels()[index]);
    let chosen: Vec<_> =
        (0..set.len()).filter(|&index| (predicted[index] == class(index)) == right).take(count).collect();
    let wanted = if right { "right" } else { "wrong" };
    assert!(!chosen.is_empty(), "{function}: none of {} predictions is {wanted}, expected at least one", set.len());

    // Names take a line each, as most are too long for one line.
    let parting = if class_names.is_empty() { ", " } else { "\n" };
    let title = |&index: &usize| {
        let [predicted, class] = [predicted[index], class(index)].map(|class| class_name(function, class, class_names));
        format!("predicted {predicted}{parting}class {class}")
    };
    let titles: Vec<_> = chosen.iter().map(title).collect();
    let columns = (chosen.len() as f64).sqrt().ceil() as usize;
    ImageGrid::from_set(&set.subset(&chosen)).titles(&titles).columns(columns)
}

/// The first `count` images of each class of `set`, a column a class, with its name on top. A column ends early where
/// the class has fewer.
///
/// For other images than the first ones, shuffle the set: `set.subset(&indices)`. `class_names` are shown in place of
/// the numbers, unless it is empty: `&[]`.
///
/// ```
/// use nnlib::data::ImageSet;
/// use nnlib::ndarray::{Array1, Array2};
/// use nnlib::plot;
///
/// let labels = Array1::from_shape_fn(100, |index| (index % 10) as u8);
/// let set = ImageSet::new(Array2::zeros((100, 4)), labels, 2, 2);
/// let grid = plot::samples_by_class(&set, 7, &[]);
/// ```
///
/// # Panics
///
/// If the set is empty, `count` is 0 or more than 100, or a class has no name.
#[track_caller]
pub fn samples_by_class(set: &ImageSet, count: usize, class_names: &[&str]) -> ImageGrid {
    let function = "plot::samples_by_class";
    assert!(!set.is_empty(), "{function}: got an empty set, expected at least one image");
    assert!((1..=100).contains(&count), "{function}: got {count} images a class, expected 1 to 100");
    let num_classes = set.num_classes();
    let (mut chosen, mut cells) = (Vec::new(), Vec::new());
    let mut found = vec![0; num_classes];
    for (index, &label) in set.labels().iter().enumerate() {
        let class = usize::from(label);
        if found[class] < count {
            chosen.push(index);
            cells.push(found[class] * num_classes + class);
            found[class] += 1;
        }
    }
    let names: Vec<_> = (0..num_classes).map(|class| class_name(function, class, class_names)).collect();
    let mut grid = ImageGrid::from_set(&set.subset(&chosen)).column_titles(&names);
    grid.cells = cells;
    grid
}

/// The name of a class, or its number where classes have no names.
#[track_caller]
fn class_name(function: &str, class: usize, class_names: &[&str]) -> String {
    match class_names.get(class) {
        Some(&name) => name.to_owned(),
        None if class_names.is_empty() => class.to_string(),
        None => panic!("{function}: got {} class names, expected one for class {class}", class_names.len()),
    }
}

#[track_caller]
fn expect_count(function: &str, count: usize) {
    assert!((1..=1000).contains(&count), "{function}: got {count} images to show, expected 1 to 1000");
}
