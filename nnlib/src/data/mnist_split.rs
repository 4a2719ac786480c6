//! MNIST in three parts, and as numbers around the mean image.

use std::fmt;

use ndarray::{Array1, Array2};

use super::{ImageSet, Mnist};

/// Images to train on, to validate by and to test on.
#[derive(Clone, PartialEq, Eq)]
pub struct MnistSplit {
    /// The first images of the training set.
    pub train: ImageSet,
    /// Those that follow in the training set.
    pub validation: ImageSet,
    /// The first images of the test set.
    pub test: ImageSet,
}

/// The pixels of a [`MnistSplit`] as numbers less the mean image of the training part, and the labels.
#[derive(Clone, PartialEq)]
pub struct NormalizedMnist {
    /// Images to train on, `(N, D)`.
    pub x_train: Array2<f64>,
    /// Their labels, `(N,)`.
    pub y_train: Array1<usize>,
    /// Images to validate by, `(N, D)`.
    pub x_validation: Array2<f64>,
    /// Their labels, `(N,)`.
    pub y_validation: Array1<usize>,
    /// Images to test on, `(N, D)`.
    pub x_test: Array2<f64>,
    /// Their labels, `(N,)`.
    pub y_test: Array1<usize>,
    /// What was subtracted, `(D,)`: the mean of the images to train on, in units of 0 to 1.
    pub mean_image: Array1<f64>,
}

impl Mnist {
    /// The first `num_train` training images, the next `num_validation`, and the first `num_test` test images, in the
    /// order of the set: 50000, 10000 and 10000 of MNIST.
    ///
    /// ```
    /// use nnlib::data::{Mnist, digits, mnist::Origin};
    ///
    /// let digits =
    ///     Mnist { train: digits::train_set(60), test: digits::test_set(10), origin: Origin::Embedded };
    /// let split = digits.split(50, 10, 10);
    /// assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (50, 10, 10));
    /// let data = split.normalized();
    /// assert_eq!((data.x_train.dim(), data.y_train.dim()), ((50, 784), 50));
    /// ```
    ///
    /// # Panics
    ///
    /// If there are not as many images.
    #[track_caller]
    pub fn split(&self, num_train: usize, num_validation: usize, num_test: usize) -> MnistSplit {
        assert!(
            num_train <= self.train.len() && num_validation <= self.train.len() - num_train,
            "Mnist::split: got {num_train} images to train on and {num_validation} to validate by, expected together at \
             most {}, the training set",
            self.train.len()
        );
        assert!(
            num_test <= self.test.len(),
            "Mnist::split: got {num_test} images to test on, expected at most {}, the test set",
            self.test.len()
        );
        MnistSplit {
            train: self.train.head(num_train),
            validation: self.train.rows(num_train..num_train + num_validation),
            test: self.test.head(num_test),
        }
    }
}

impl MnistSplit {
    /// The mean of the images to train on, `(D,)`, in units of 0 to 1: what [`normalized`](Self::normalized) subtracts.
    ///
    /// # Panics
    ///
    /// If there are none.
    #[track_caller]
    pub fn mean_image(&self) -> Array1<f64> {
        self.mean_image_for("MnistSplit::mean_image")
    }

    #[track_caller]
    fn mean_image_for(&self, function: &str) -> Array1<f64> {
        let train = &self.train;
        assert!(!train.is_empty(), "{function}: `train` has no images, expected at least 1");
        let mut sums = Array1::<f64>::zeros(train.pixels().ncols());
        for row in train.pixels().rows() {
            sums.zip_mut_with(&row, |sum, &pixel| *sum += f64::from(pixel) / 255.0);
        }
        sums / train.len() as f64
    }

    /// Pixels divided by 255, less the mean image of the training part; nothing is divided by a deviation, because many
    /// pixels at the border are 0 in every image and have none. 440 MB for all of MNIST; to a solver,
    /// [`ArraySamples::centered`](crate::solver::ArraySamples::centered) gives the same numbers a batch at a time.
    ///
    /// # Panics
    ///
    /// If there are no images to train on.
    #[track_caller]
    pub fn normalized(&self) -> NormalizedMnist {
        let mean_image = self.mean_image_for("MnistSplit::normalized");
        NormalizedMnist {
            x_train: self.train.to_f64() - &mean_image,
            y_train: self.train.class_indices(),
            x_validation: self.validation.to_f64() - &mean_image,
            y_validation: self.validation.class_indices(),
            x_test: self.test.to_f64() - &mean_image,
            y_test: self.test.class_indices(),
            mean_image,
        }
    }
}

/// The sizes of the parts: this is what a notebook shows.
impl fmt::Debug for MnistSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "train: {}", self.train)?;
        writeln!(f, "validation: {}", self.validation)?;
        write!(f, "test: {}", self.test)
    }
}

/// The shapes, not 47 million numbers.
impl fmt::Debug for NormalizedMnist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("x_train", &self.x_train, &self.y_train),
            ("x_validation", &self.x_validation, &self.y_validation),
            ("x_test", &self.x_test, &self.y_test),
        ];
        for (index, (name, x, y)) in parts.into_iter().enumerate() {
            let end = if index < 2 { "\n" } else { "" };
            write!(f, "{name} {:?}, labels {:?}{end}", x.shape(), y.shape())?;
        }
        Ok(())
    }
}
