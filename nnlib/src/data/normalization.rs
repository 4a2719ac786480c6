//! Features around their mean, in units of their deviation.

use ndarray::{Array1, Array2, Axis};

use crate::array::expect_shape;

/// A shift and a scale for each feature, measured on the training samples and applied to all others alike:
/// `x' = (x - mean) / deviation`.
///
/// Validation and test samples must not be measured: a model would know something of what it is tested on.
///
/// ```
/// use nnlib::data::Normalization;
/// use nnlib::ndarray::array;
///
/// let train = array![[1.0, 5.0], [3.0, 5.0]];
/// let scale = Normalization::standard(&train);
/// assert_eq!(scale.apply(&train), array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scale.apply(&array![[4.0, 6.0]]), array![[2.0, 1.0]]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    /// What is subtracted from each feature, `(D,)`.
    pub mean: Array1<f64>,
    /// What each feature is then divided by, `(D,)`.
    pub deviation: Array1<f64>,
}

impl Normalization {
    /// Mean 0 for each feature of `train`, `(N, D)`, and no division: what images need, whose pixels have one unit.
    /// Pixels at the border of MNIST are all 0 and have no deviation to divide by.
    ///
    /// # Panics
    ///
    /// If there are no samples.
    #[track_caller]
    pub fn mean_only(train: &Array2<f64>) -> Self {
        let mean = mean_of("Normalization::mean_only", train);
        Normalization { deviation: Array1::ones(mean.len()), mean }
    }

    /// Mean 0 and standard deviation 1 (divided by `N`) for each feature of `train`, `(N, D)`, as scikit-learn's
    /// `StandardScaler`: what features of different units need. A feature that never varies is not divided.
    ///
    /// # Panics
    ///
    /// If there are no samples.
    #[track_caller]
    pub fn standard(train: &Array2<f64>) -> Self {
        let mean = mean_of("Normalization::standard", train);
        let deviation = train.columns().into_iter().zip(&mean).map(|(column, mean)| {
            // The rounded mean of equal numbers can miss them by a bit, and the deviation would be that bit.
            if column.iter().all(|value| *value == column[0]) {
                return 1.0;
            }
            let squares: f64 = column.iter().map(|value| (value - mean) * (value - mean)).sum();
            (squares / column.len() as f64).sqrt()
        });
        Normalization { deviation: deviation.collect(), mean }
    }

    /// `(x - mean) / deviation` for samples `x`, `(N, D)`.
    ///
    /// # Panics
    ///
    /// If `x` has another number of features.
    #[track_caller]
    pub fn apply(&self, x: &Array2<f64>) -> Array2<f64> {
        let expected = [x.nrows(), self.mean.len()];
        expect_shape("Normalization::apply", "x", x.shape(), &expected, "N samples of the features that were measured");
        (x - &self.mean) / &self.deviation
    }
}

#[track_caller]
fn mean_of(function: &str, train: &Array2<f64>) -> Array1<f64> {
    train.mean_axis(Axis(0)).unwrap_or_else(|| panic!("{function}: `train` has no samples, expected at least 1"))
}
