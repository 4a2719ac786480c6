//! Labelled grey images.

use std::fmt;
use std::ops::Range;

use ndarray::{Array1, Array2, Axis, Slice};

use crate::array::{Matrix, expect_shape};

/// How many classes there are: the digits 0 to 9.
const NUM_CLASSES: usize = 10;

/// `N` grey images of one size, each with the digit that it shows.
///
/// Pixels stay bytes, 0 for black to 255 for white: MNIST takes 47 MB so, and eight times that as `f64`. Convert what
/// is needed, when it is needed: `set.rows(0..150).to_f64()`.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageSet {
    pixels: Array2<u8>,
    labels: Array1<u8>,
    height: usize,
    width: usize,
}

impl ImageSet {
    /// The set with these `pixels`, `(N, height * width)`, each image row by row, and these `labels`, `(N,)`.
    ///
    /// # Panics
    ///
    /// If the shapes do not fit each other, or a label is not a digit from 0 to 9.
    #[track_caller]
    pub fn new(pixels: Array2<u8>, labels: Array1<u8>, height: usize, width: usize) -> Self {
        let count = pixels.nrows();
        let why = format!("N images of {height}x{width} pixels, a row each");
        expect_shape("ImageSet::new", "pixels", pixels.shape(), &[count, height * width], &why);
        expect_shape("ImageSet::new", "labels", labels.shape(), &[count], "a label for each row of `pixels`");
        if let Some(index) = stray_label(labels.iter()) {
            panic!("ImageSet::new: label {} at index {index}, expected digits from 0 to 9", labels[index]);
        }
        // Row by row in memory, whatever the caller's layout: `image` and the writers rely on it.
        let pixels = if pixels.is_standard_layout() { pixels } else { pixels.as_standard_layout().into_owned() };
        ImageSet { pixels, labels, height, width }
    }

    /// How many images there are, `N`.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Rows of pixels of each image.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns of pixels of each image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many classes there are: 10, whether or not each of them occurs.
    pub fn num_classes(&self) -> usize {
        NUM_CLASSES
    }

    /// All pixels, `(N, height * width)`: an image a row, itself row by row; 0 is black, 255 is white.
    pub fn pixels(&self) -> &Array2<u8> {
        &self.pixels
    }

    /// All labels, `(N,)`: the digit that each image shows.
    pub fn labels(&self) -> &Array1<u8> {
        &self.labels
    }

    /// Image `index`, `(height, width)`.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[track_caller]
    pub fn image(&self, index: usize) -> Array2<u8> {
        assert!(index < self.len(), "ImageSet::image: there is no image {index} among {}", self.len());
        let row = self.pixels.row(index).to_owned();
        row.into_shape_with_order((self.height, self.width)).expect("a row holds height * width pixels")
    }

    /// All pixels as numbers from 0 to 1, `(N, height * width)`: each byte divided by 255.
    pub fn to_f64(&self) -> Matrix {
        self.pixels.mapv(|pixel| f64::from(pixel) / 255.0)
    }

    /// The labels as rows of a unit matrix, `(N, 10)`: 1 in the column of the label, 0 elsewhere.
    pub fn one_hot(&self) -> Matrix {
        let mut one_hot = Matrix::zeros((self.len(), NUM_CLASSES));
        for (mut row, &label) in one_hot.rows_mut().into_iter().zip(&self.labels) {
            row[usize::from(label)] = 1.0;
        }
        one_hot
    }

    /// The images with these indices, in this order; an index may occur more than once.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[track_caller]
    pub fn subset(&self, indices: &[usize]) -> ImageSet {
        if let Some(index) = indices.iter().find(|&&index| index >= self.len()) {
            panic!("ImageSet::subset: there is no image {index} among {}", self.len());
        }
        ImageSet { pixels: self.pixels.select(Axis(0), indices), labels: self.labels.select(Axis(0), indices), ..*self }
    }

    /// The images of a range, such as the mini-batch `rows(0..150)`.
    ///
    /// # Panics
    ///
    /// If the range reaches beyond the last image, or ends before it starts.
    #[track_caller]
    pub fn rows(&self, range: Range<usize>) -> ImageSet {
        let fits = range.start <= range.end && range.end <= self.len();
        assert!(fits, "ImageSet::rows: no range {range:?} in a set of {} images", self.len());
        ImageSet {
            pixels: self.pixels.slice_axis(Axis(0), Slice::from(range.clone())).to_owned(),
            labels: self.labels.slice_axis(Axis(0), Slice::from(range)).to_owned(),
            ..*self
        }
    }

    /// The first `count` images.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[track_caller]
    pub fn head(&self, count: usize) -> ImageSet {
        assert!(count <= self.len(), "ImageSet::head: {count} images of a set of {}", self.len());
        self.rows(0..count)
    }

    /// How many images there are of each class.
    pub fn class_counts(&self) -> [usize; 10] {
        let mut counts = [0; NUM_CLASSES];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

/// The index of the first label that is not a digit from 0 to 9.
pub(super) fn stray_label<'a>(mut labels: impl Iterator<Item = &'a u8>) -> Option<usize> {
    labels.position(|&label| usize::from(label) >= NUM_CLASSES)
}

impl fmt::Display for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} images of {}x{}, {NUM_CLASSES} classes", self.len(), self.height, self.width)
    }
}

/// One line, not 47 million pixels: this is what a notebook shows.
impl fmt::Debug for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
