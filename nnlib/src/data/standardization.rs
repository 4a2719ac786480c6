//! Inputs brought to mean 0 and standard deviation 1.

use ndarray::{ArrayView1, ArrayView2, Axis, Zip};

use crate::array::{Matrix, Vector, expect_shape};

/// The mean and the standard deviation of each column of a matrix, to bring other rows to the same scale.
///
/// They are those of the *training* rows, for validation and test rows too: what a model may know of these is nothing.
///
/// ```
/// use nnlib::data::Standardization;
/// use nnlib::ndarray::array;
///
/// let train = array![[1.0, 10.0], [3.0, 10.0]];
/// let scale = Standardization::of(train.view());
/// assert_eq!(scale.apply(train.view()), array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scale.apply(array![[4.0, 12.0]].view()), array![[2.0, 2.0]]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Standardization {
    /// The mean of each column, `(D,)`.
    pub mean: Vector,
    /// The standard deviation of each column, `(D,)`: the square root of the mean squared distance from the mean. A column
    /// of equal values has 1 here, so that it becomes 0 and not NaN.
    pub deviation: Vector,
}

impl Standardization {
    /// Measures the columns of `x`, `(N, D)`.
    ///
    /// # Panics
    ///
    /// If `x` has no rows.
    #[track_caller]
    pub fn of(x: ArrayView2<f64>) -> Self {
        let mean = x.mean_axis(Axis(0)).expect("Standardization::of: `x` has no rows, expected at least 1");
        let squares = (&x - &mean).mapv(|distance| distance * distance);
        let variance = squares.mean_axis(Axis(0)).expect("`x` has rows");
        // The mean of equal numbers need not be that number, and the variance then is not 0 but rounding.
        let is_constant = |column: ArrayView1<f64>| column.iter().all(|&entry| entry == column[0]);
        let deviation =
            Zip::from(x.columns()).and(&variance).map_collect(|column, &variance| match is_constant(column) {
                true => 1.0,
                false => variance.sqrt(),
            });
        Standardization { mean, deviation }
    }

    /// `(x - mean) / deviation`, column by column, of `x`, `(N, D)`.
    ///
    /// # Panics
    ///
    /// If `x` has another number of columns.
    #[track_caller]
    pub fn apply(&self, x: ArrayView2<f64>) -> Matrix {
        let expected = [x.nrows(), self.mean.len()];
        expect_shape("Standardization::apply", "x", x.shape(), &expected, "a column for each that was measured");
        (&x - &self.mean) / &self.deviation
    }
}
