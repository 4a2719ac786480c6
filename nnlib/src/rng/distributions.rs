//! Arrays of independent draws: uniform, normal, whole numbers.

use ndarray::{Array, IntoDimension};

use super::RandomState;

impl RandomState {
    /// An array of numbers uniform in [0, 1), as `np.random.rand`.
    ///
    /// A `shape` of `50` gives a vector, `(50, 10)` a matrix.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    /// use ndarray::array;
    ///
    /// let mut rng = RandomState::new(0);
    /// // np.random.RandomState(0).rand(1, 2)
    /// assert_eq!(rng.rand((1, 2)), array![[0.5488135039273248, 0.7151893663724195]]);
    /// ```
    pub fn rand<S: IntoDimension>(&mut self, shape: S) -> Array<f64, S::Dim> {
        filled(shape, |values| self.fill_uniform(0.0, 1.0, values))
    }

    /// An array of numbers uniform between `low` and `high`, as `np.random.uniform`.
    ///
    /// Each is low + (high - low) u with u of [`random_sample`](Self::random_sample), so `low` may come out and `high`
    /// only by rounding. As in NumPy `low` may exceed `high`.
    ///
    /// # Panics
    ///
    /// When high - low is not finite.
    #[track_caller]
    pub fn uniform<S: IntoDimension>(&mut self, low: f64, high: f64, shape: S) -> Array<f64, S::Dim> {
        assert!(
            (high - low).is_finite(),
            "RandomState::uniform: `low` is {low} and `high` is {high}, expected high - low to be finite"
        );
        filled(shape, |values| self.fill_uniform(low, high, values))
    }

    /// An array of the standard normal distribution, mean 0 and variance 1, as `np.random.randn`.
    ///
    /// A `shape` of `50` gives a vector, `(50, 10)` a matrix. How the numbers are made is told at
    /// [`standard_normal`](Self::standard_normal).
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    ///
    /// let mut rng = RandomState::new(231);
    /// let w = 0.01 * rng.randn((3072, 10));
    /// assert_eq!(w.dim(), (3072, 10));
    /// ```
    pub fn randn<S: IntoDimension>(&mut self, shape: S) -> Array<f64, S::Dim> {
        filled(shape, |values| self.fill_normal(0.0, 1.0, values))
    }

    /// An array of the normal distribution with mean `loc` and standard deviation `scale`, as `np.random.normal`.
    ///
    /// Each is loc + scale z with z of [`standard_normal`](Self::standard_normal).
    ///
    /// # Panics
    ///
    /// When `scale` is negative or NaN.
    #[track_caller]
    pub fn normal<S: IntoDimension>(&mut self, loc: f64, scale: f64, shape: S) -> Array<f64, S::Dim> {
        assert!(scale >= 0.0, "RandomState::normal: `scale` is {scale}, expected a standard deviation of 0 or more");
        filled(shape, |values| self.fill_normal(loc, scale, values))
    }

    /// An array of whole numbers uniform in `low..high`, as `np.random.randint(low, high, shape)`.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    /// use ndarray::array;
    ///
    /// let mut rng = RandomState::new(0);
    /// // np.random.RandomState(0).randint(0, 10, 5)
    /// let y = rng.randint(0, 10, 5);
    /// assert_eq!(y, array![5, 0, 3, 3, 7]);
    /// let labels = y.mapv(|label| label as usize); // class numbers index arrays
    /// assert_eq!(labels[4], 7);
    /// ```
    ///
    /// # Panics
    ///
    /// Unless `low < high`.
    #[track_caller]
    pub fn randint<S: IntoDimension>(&mut self, low: i64, high: i64, shape: S) -> Array<i64, S::Dim> {
        assert!(
            low < high,
            "RandomState::randint: `low` is {low} and `high` is {high}, expected low < high (`high` is exclusive)"
        );
        filled(shape, |values| self.fill_int(low, high, values))
    }

    fn fill_uniform(&mut self, low: f64, high: f64, values: &mut [f64]) {
        let range = high - low;
        values.fill_with(|| low + range * self.random_sample());
    }

    fn fill_normal(&mut self, loc: f64, scale: f64, values: &mut [f64]) {
        values.fill_with(|| loc + scale * self.standard_normal());
    }

    fn fill_int(&mut self, low: i64, high: i64, values: &mut [i64]) {
        values.fill_with(|| self.int_in(low, high));
    }
}

/// An array of `shape` that `fill` has written row by row.
///
/// Only this thin part is generic, and so compiled again by each program that names another shape.
fn filled<T: Copy + Default, S: IntoDimension>(shape: S, fill: impl FnOnce(&mut [T])) -> Array<T, S::Dim> {
    let mut array = Array::from_elem(shape.into_dimension(), T::default());
    fill(array.as_slice_mut().expect("a new array is contiguous"));
    array
}
