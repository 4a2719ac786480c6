//! Training, validation and test images around the mean image.

use std::fmt;
use std::ops::Range;

use ndarray::{Array1, Array3, ArrayD, Axis};

use super::Cifar10;
use crate::data::ImageSet;

/// Images to train on, to validate by, and to test on, each less the mean of the images to train on.
///
/// ```
/// use nnlib::data::ImageSet;
/// use nnlib::data::cifar10::Split;
/// use nnlib::ndarray::{Array1, Array2};
///
/// let pixels = Array2::from_shape_fn((20, 12), |(image, _)| 10 * image as u8);
/// let set = ImageSet::with_channels(pixels, Array1::zeros(20), 3, 2, 2);
/// let split = Split::new(&set, &set, 15, 5, 3);
/// assert_eq!(split.mean_image[[0, 0, 0]], 70.0);
/// let (x, y) = split.validation.all();
/// assert_eq!((x.shape(), y.len()), (&[5, 3, 2, 2][..], 5));
/// assert_eq!(x[[0, 0, 0, 0]], 150.0 - 70.0);
/// ```
#[derive(Clone)]
pub struct Split {
    /// The first images of the training set.
    pub train: CenteredImages,
    /// Those that follow in the training set.
    pub validation: CenteredImages,
    /// The first images of the test set.
    pub test: CenteredImages,
    /// The mean of the images to train on, `(C, H, W)`, in the units of the pixels: 0 to 255.
    pub mean_image: Array3<f64>,
}

/// Images that are handed out less a mean image, as `f64` in the units of the pixels: a pixel of 0 … 255 becomes one of
/// −255 … 255.
///
/// They stay bytes until then: the 49000 images of CIFAR-10 that the assignment trains on take 150 MB so, and 1.2 GB as
/// `f64`.
#[derive(Clone)]
pub struct CenteredImages {
    images: ImageSet,
    /// As flat as a row of `images`.
    mean_image: Array1<f64>,
}

impl Cifar10 {
    /// The first `num_train` training images to train on, the next `num_validation` to validate by, and the first
    /// `num_test` test images to test on, all less the mean of the images to train on.
    ///
    /// # Panics
    ///
    /// If there are not as many images, or none to train on.
    #[track_caller]
    pub fn split(&self, num_train: usize, num_validation: usize, num_test: usize) -> Split {
        Split::checked("Cifar10::split", [&self.train, &self.test], [num_train, num_validation, num_test])
    }
}

impl Split {
    /// As [`Cifar10::split`], of any training set and test set.
    ///
    /// # Panics
    ///
    /// If there are not as many images, or none to train on, or if the two sets' images differ in size.
    #[track_caller]
    pub fn new(train: &ImageSet, test: &ImageSet, num_train: usize, num_validation: usize, num_test: usize) -> Self {
        Split::checked("Split::new", [train, test], [num_train, num_validation, num_test])
    }

    #[track_caller]
    fn checked(function: &str, sets: [&ImageSet; 2], counts: [usize; 3]) -> Self {
        let [train, test] = sets;
        let [num_train, num_validation, num_test] = counts;
        let fits = num_validation <= train.len() && num_train <= train.len() - num_validation;
        assert!(
            num_train > 0 && fits,
            "{function}: got {num_train} images to train on and {num_validation} to validate by, expected at least 1 and \
             together at most {}, the training set",
            train.len()
        );
        assert!(
            num_test <= test.len(),
            "{function}: got {num_test} images to test on, expected at most {}, the test set",
            test.len()
        );
        let size = |set: &ImageSet| [set.channels(), set.height(), set.width()];
        assert!(
            size(train) == size(test),
            "{function}: the test images have shape {:?}, expected {:?} (that of the training images)",
            size(test),
            size(train)
        );
        let validation = train.rows(num_train..num_train + num_validation);
        let train = train.rows(0..num_train);
        let mean_image = mean_image(&train);
        let centered = |images| CenteredImages { images, mean_image: mean_image.clone() };
        let shape = (train.channels(), train.height(), train.width());
        Split {
            validation: centered(validation),
            test: centered(test.head(num_test)),
            mean_image: mean_image
                .clone()
                .into_shape_with_order(shape)
                .expect("a row holds an image of the set's size"),
            train: centered(train),
        }
    }
}

impl CenteredImages {
    /// How many images there are, `N`.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The images as they are, with nothing subtracted.
    pub fn images(&self) -> &ImageSet {
        &self.images
    }

    /// The images with these indices, in this order, `(B, C, H, W)`, and their labels, `(B,)`: a mini-batch.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[track_caller]
    pub fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Array1<usize>) {
        if let Some(index) = indices.iter().find(|&&index| index >= self.len()) {
            panic!("CenteredImages::batch: there is no image {index} among {}", self.len());
        }
        self.convert(indices)
    }

    /// The images of a range and their labels.
    ///
    /// # Panics
    ///
    /// If the range reaches beyond the last image, or ends before it starts.
    #[track_caller]
    pub fn rows(&self, range: Range<usize>) -> (ArrayD<f64>, Array1<usize>) {
        let fits = range.start <= range.end && range.end <= self.len();
        assert!(fits, "CenteredImages::rows: no range {range:?} in a set of {} images", self.len());
        self.convert(&range.collect::<Vec<_>>())
    }

    /// All images, `(N, C, H, W)`, and their labels, `(N,)`: 24 KB an image of CIFAR-10, so 1.2 GB for 49000.
    pub fn all(&self) -> (ArrayD<f64>, Array1<usize>) {
        self.convert(&(0..self.len()).collect::<Vec<_>>())
    }

    fn convert(&self, indices: &[usize]) -> (ArrayD<f64>, Array1<usize>) {
        let images = &self.images;
        let x = images.with_mean_image(indices, &self.mean_image, |pixel, mean| f64::from(pixel) - mean);
        let shape = [indices.len(), images.channels(), images.height(), images.width()];
        let x = ArrayD::from_shape_vec(shape.as_slice(), x).expect("a row holds an image of the set's size");
        (x, indices.iter().map(|&index| usize::from(images.labels()[index])).collect())
    }
}

/// The mean of each column of pixels. The sums of up to 2^53 / 255 bytes are whole numbers that `f64` holds exactly.
fn mean_image(images: &ImageSet) -> Array1<f64> {
    let mut sums = Array1::<u64>::zeros(images.pixels().ncols());
    for row in images.pixels().axis_iter(Axis(0)) {
        sums.zip_mut_with(&row, |sum, &pixel| *sum += u64::from(pixel));
    }
    sums.mapv(|sum| sum as f64 / images.len() as f64)
}

impl fmt::Debug for CenteredImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, less a mean image", self.images)
    }
}

/// The shapes, as a notebook shows them.
impl fmt::Debug for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "train: {:?}", self.train)?;
        writeln!(f, "validation: {:?}", self.validation)?;
        write!(f, "test: {:?}", self.test)
    }
}
