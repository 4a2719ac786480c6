//! `ImageSet`: shapes, conversions, messages.

use ndarray::{Array1, Array2, ShapeBuilder, array, s};
use nnlib::data::{ImageSet, idx, png_folder};

use super::{panic_message, small_set};

#[test]
fn it_knows_its_sizes_and_shows_them_in_one_line() {
    let set = small_set(12);
    assert_eq!((set.len(), set.height(), set.width(), set.num_classes()), (12, 4, 5, 10));
    assert!(!set.is_empty() && set.head(0).is_empty());
    assert_eq!(format!("{set:?}"), "12 images of 4x5, 10 classes");
    assert_eq!(set.to_string(), "12 images of 4x5, 10 classes");
    assert_eq!(set.class_counts(), [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn an_image_is_its_row_line_by_line() {
    let set = small_set(3);
    let expected = array![[20, 21, 22, 23, 24], [25, 26, 27, 28, 29], [30, 31, 32, 33, 34], [35, 36, 37, 38, 39]];
    assert_eq!(set.image(1), expected);
}

#[test]
fn pixels_are_scaled_to_one_and_labels_become_unit_rows() {
    let set = ImageSet::new(array![[0, 51, 255], [1, 2, 3]], array![9, 0], 1, 3);
    let expected = array![[0.0, 0.2, 1.0], [1.0 / 255.0, 2.0 / 255.0, 3.0 / 255.0]];
    assert_eq!(set.to_f64(), expected);
    let mut one_hot = Array2::zeros((2, 10));
    one_hot[[0, 9]] = 1.0;
    one_hot[[1, 0]] = 1.0;
    assert_eq!(set.one_hot(), one_hot);
}

#[test]
fn colour_images_are_red_green_and_blue_planes() {
    let pixels = Array2::from_shape_fn((2, 60), |(image, value)| (100 * image + value) as u8);
    let set = ImageSet::with_channels(pixels.clone(), array![3, 9], 3, 4, 5);
    assert_eq!((set.channels(), set.height(), set.width()), (3, 4, 5));
    assert_eq!(set.to_string(), "2 colour images of 4x5, 10 classes");
    assert_eq!(set.class_indices(), array![3_usize, 9]);
    let planes = set.planes(1);
    assert_eq!(planes.dim(), (3, 4, 5));
    assert_eq!([planes[[0, 0, 0]], planes[[0, 1, 0]], planes[[2, 3, 4]]], [100, 105, 159]);

    let (double, single) = (set.to_nchw_f64(), set.to_nchw_f32());
    assert_eq!((double.dim(), single.dim()), ((2, 3, 4, 5), (2, 3, 4, 5)));
    assert_eq!(double[[1, 2, 3, 4]], 159.0 / 255.0);
    assert!(double.iter().zip(&single).all(|(&double, &single)| double as f32 == single));
    assert_eq!(set.to_f64().into_shape_with_order((2, 3, 4, 5)).unwrap(), double);

    // Parts keep their channels; a set of another shape with the same bytes is another set.
    assert_eq!(set.rows(1..2).planes(0), planes);
    assert_eq!(set.subset(&[1, 1]).channels(), 3);
    assert_ne!(ImageSet::new(pixels.clone(), array![3, 9], 12, 5), set);
    assert_eq!(
        ImageSet::with_channels(pixels.clone(), array![3, 9], 1, 12, 5),
        ImageSet::new(pixels, array![3, 9], 12, 5)
    );
}

#[test]
fn formats_of_grey_images_take_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let set = ImageSet::with_channels(Array2::zeros((1, 12)), array![0], 3, 2, 2);
    let path = folder.path().join("images");
    let expected =
        format!("{}: expected a set of grey images to write there, found images of 3 channels", path.display());
    assert_eq!(idx::write(&set, &path, folder.path().join("labels")).unwrap_err().to_string(), expected);
    assert_eq!(png_folder::write(&set, &path).unwrap_err().to_string(), expected);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn parts_keep_pixels_and_labels_together() {
    let set = small_set(12);
    let part = set.subset(&[11, 0, 11]);
    assert_eq!(part.labels(), &array![1, 0, 1]);
    assert_eq!(part.image(0), set.image(11));
    assert_eq!(part.image(1), set.image(0));
    assert_eq!(set.rows(3..5), set.subset(&[3, 4]));
    assert_eq!(set.head(2), set.rows(0..2));
    assert_eq!(set.rows(12..12).len(), 0);
    assert_eq!((part.height(), part.width()), (4, 5));
}

#[test]
fn column_major_pixels_are_taken_as_the_same_images() {
    let set = small_set(3);
    let mut column_major = Array2::zeros((3, 20).f());
    column_major.assign(set.pixels());
    assert_eq!(column_major.slice(s![1, ..]), set.pixels().slice(s![1, ..]));
    let again = ImageSet::new(column_major, set.labels().clone(), 4, 5);
    assert_eq!(again, set);
    assert_eq!(again.image(2), set.image(2));
    assert!(again.pixels().is_standard_layout());
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    let pixels = || Array2::<u8>::zeros((2, 20));
    assert_eq!(
        panic_message(|| ImageSet::new(pixels(), array![1, 2], 4, 4)),
        "ImageSet::new: `pixels` has shape [2, 20], expected [2, 16] (N images of 4x4 pixels, a row each)"
    );
    assert_eq!(
        panic_message(|| ImageSet::new(pixels(), array![1], 4, 5)),
        "ImageSet::new: `labels` has shape [1], expected [2] (a label for each row of `pixels`)"
    );
    assert_eq!(
        panic_message(|| ImageSet::new(pixels(), Array1::from_vec(vec![1, 10]), 4, 5)),
        "ImageSet::new: label 10 at index 1, expected labels from 0 to 9"
    );
    let colours = || Array2::<u8>::zeros((2, 60));
    let with_channels = |channels| ImageSet::with_channels(colours(), array![1, 2], channels, 4, 5);
    assert_eq!(
        panic_message(|| with_channels(2)),
        "ImageSet::with_channels: got 2 channels, expected 1 (grey) or 3 (red, green, blue)"
    );
    assert_eq!(
        panic_message(|| with_channels(1)),
        "ImageSet::with_channels: `pixels` has shape [2, 60], expected [2, 20] (N images of 1x4x5 values, a row each)"
    );
    assert_eq!(
        panic_message(|| with_channels(3).image(0)),
        "ImageSet::image: the images have 3 channels, expected 1 (`planes` takes all)"
    );
    assert_eq!(panic_message(|| with_channels(3).planes(2)), "ImageSet::planes: there is no image 2 among 2");
    assert_eq!(panic_message(|| small_set(3).image(3)), "ImageSet::image: there is no image 3 among 3");
    assert_eq!(panic_message(|| small_set(3).subset(&[0, 7])), "ImageSet::subset: there is no image 7 among 3");
    assert_eq!(panic_message(|| small_set(3).rows(2..4)), "ImageSet::rows: no range 2..4 in a set of 3 images");
    assert_eq!(panic_message(|| small_set(3).head(4)), "ImageSet::head: 4 images of a set of 3");
}
