//! Labelled images, grey or in colour.

use std::fmt;
use std::ops::Range;

use ndarray::{Array1, Array2, Array3, Array4, Axis, Slice};

use crate::array::{Matrix, expect_shape};
use crate::elementwise::combine_rows;

/// How many classes there are: MNIST and CIFAR-10 both have ten.
const NUM_CLASSES: usize = 10;

/// `N` images of one size, each with the class of what it shows: grey, such as digits, or in colour.
///
/// Pixels stay bytes, 0 for black to 255 for white: MNIST takes 47 MB so, and eight times that as `f64`. Convert what
/// is needed, when it is needed: `set.rows(0..150).to_f64()`.
///
/// An image is a row of [`pixels`](ImageSet::pixels), one channel plane after the other (red, green, blue), each plane
/// row by row: the order of (N, C, H, W), so that flat images become images by a change of shape alone.
///
/// ```
/// use nnlib::data::ImageSet;
/// use nnlib::ndarray::{Array1, Array2};
///
/// let set = ImageSet::with_channels(Array2::zeros((50, 3 * 32 * 32)), Array1::zeros(50), 3, 32, 32);
/// assert_eq!(format!("{set:?}"), "50 colour images of 32x32, 10 classes");
/// assert_eq!(set.rows(0..20).to_nchw_f32().dim(), (20, 3, 32, 32));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ImageSet {
    pixels: Array2<u8>,
    labels: Array1<u8>,
    channels: usize,
    height: usize,
    width: usize,
}

impl ImageSet {
    /// The set of grey images with these `pixels`, `(N, height * width)`, each image row by row, and these `labels`,
    /// `(N,)`.
    ///
    /// # Panics
    ///
    /// If the shapes do not fit each other, or a label is not one of 0 to 9.
    #[track_caller]
    pub fn new(pixels: Array2<u8>, labels: Array1<u8>, height: usize, width: usize) -> Self {
        let why = format!("N images of {height}x{width} pixels, a row each");
        ImageSet::checked("ImageSet::new", why, pixels, labels, [1, height, width])
    }

    /// The set of images with these `pixels`, `(N, channels * height * width)`, each image plane by plane and each plane
    /// row by row, and these `labels`, `(N,)`. Grey images have 1 channel, colour images 3: red, green, blue.
    ///
    /// # Panics
    ///
    /// If `channels` is neither 1 nor 3, if the shapes do not fit each other, or if a label is not one of 0 to 9.
    #[track_caller]
    pub fn with_channels(pixels: Array2<u8>, labels: Array1<u8>, channels: usize, height: usize, width: usize) -> Self {
        let function = "ImageSet::with_channels";
        assert!(
            channels == 1 || channels == 3,
            "{function}: got {channels} channels, expected 1 (grey) or 3 (red, green, blue)"
        );
        let why = format!("N images of {channels}x{height}x{width} values, a row each");
        ImageSet::checked(function, why, pixels, labels, [channels, height, width])
    }

    #[track_caller]
    fn checked(function: &str, why: String, pixels: Array2<u8>, labels: Array1<u8>, size: [usize; 3]) -> Self {
        let count = pixels.nrows();
        let [channels, height, width] = size;
        expect_shape(function, "pixels", pixels.shape(), &[count, channels * height * width], &why);
        expect_shape(function, "labels", labels.shape(), &[count], "a label for each row of `pixels`");
        if let Some(index) = stray_label(labels.iter()) {
            panic!("{function}: label {} at index {index}, expected labels from 0 to 9", labels[index]);
        }
        // Row by row in memory, whatever the caller's layout: `image` and the writers rely on it.
        let pixels = if pixels.is_standard_layout() { pixels } else { pixels.as_standard_layout().into_owned() };
        ImageSet { pixels, labels, channels, height, width }
    }

    /// How many images there are, `N`.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Values of each pixel: 1 in grey images, 3 (red, green, blue) in colour images.
    pub fn channels(&self) -> usize {
        self.channels
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

    /// All pixels, `(N, channels * height * width)`: an image a row, itself plane by plane and each plane row by row; 0 is
    /// black, 255 is white.
    pub fn pixels(&self) -> &Array2<u8> {
        &self.pixels
    }

    /// `f` of each pixel of the images with these indices, and of its place in `mean_image`, which has no gaps: image by
    /// image, on all cores.
    pub(crate) fn with_mean_image(
        &self,
        indices: &[usize],
        mean_image: &Array1<f64>,
        f: impl Fn(u8, f64) -> f64 + Copy + Sync,
    ) -> Vec<f64> {
        let mean = mean_image.as_slice().expect("without gaps");
        let row = |row: usize| (self.pixels.row(indices[row]).to_slice().expect("row by row"), mean);
        combine_rows([indices.len(), mean.len()], row, f)
    }

    /// All labels, `(N,)`: the class of what each image shows.
    pub fn labels(&self) -> &Array1<u8> {
        &self.labels
    }

    /// The labels as indices, `(N,)`, which is how losses take them.
    pub fn class_indices(&self) -> Array1<usize> {
        self.labels.mapv(usize::from)
    }

    /// Grey image `index`, `(height, width)`.
    ///
    /// # Panics
    ///
    /// If there is no such image, or the images have colours: [`planes`](ImageSet::planes) has them.
    #[track_caller]
    pub fn image(&self, index: usize) -> Array2<u8> {
        assert!(
            self.channels == 1,
            "ImageSet::image: the images have {} channels, expected 1 (`planes` takes all)",
            self.channels
        );
        self.image_values("ImageSet::image", index).remove_axis(Axis(0))
    }

    /// Image `index` with all its channels, `(channels, height, width)`.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[track_caller]
    pub fn planes(&self, index: usize) -> Array3<u8> {
        self.image_values("ImageSet::planes", index)
    }

    #[track_caller]
    fn image_values(&self, function: &str, index: usize) -> Array3<u8> {
        assert!(index < self.len(), "{function}: there is no image {index} among {}", self.len());
        let size = (self.channels, self.height, self.width);
        self.pixels.row(index).to_owned().into_shape_with_order(size).expect("a row holds an image of the set's size")
    }

    /// All pixels as numbers from 0 to 1, `(N, channels * height * width)`: each byte divided by 255.
    pub fn to_f64(&self) -> Matrix {
        self.pixels.mapv(|pixel| f64::from(pixel) / 255.0)
    }

    /// All pixels as numbers from 0 to 1, `(N, channels, height, width)`: each byte divided by 255.
    pub fn to_nchw_f64(&self) -> Array4<f64> {
        self.nchw(self.to_f64())
    }

    /// As [`to_nchw_f64`](ImageSet::to_nchw_f64) in single precision: each the nearest `f32` to its byte divided by 255.
    pub fn to_nchw_f32(&self) -> Array4<f32> {
        self.nchw(self.pixels.mapv(|pixel| f32::from(pixel) / 255.0))
    }

    fn nchw<T>(&self, rows: Array2<T>) -> Array4<T> {
        let shape = (self.len(), self.channels, self.height, self.width);
        rows.into_shape_with_order(shape).expect("a row holds an image of the set's size")
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

/// The index of the first label that is not one of 0 to 9.
pub(super) fn stray_label<'a>(mut labels: impl Iterator<Item = &'a u8>) -> Option<usize> {
    labels.position(|&label| usize::from(label) >= NUM_CLASSES)
}

impl fmt::Display for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.channels == 1 { "images" } else { "colour images" };
        write!(f, "{} {kind} of {}x{}, {NUM_CLASSES} classes", self.len(), self.height, self.width)
    }
}

/// One line, not 47 million pixels: this is what a notebook shows.
impl fmt::Debug for ImageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
