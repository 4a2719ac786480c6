//! The generator that a program holds: seeding, copying, and single draws.

use std::fmt;

use super::mersenne_twister::MersenneTwister;

/// NumPy's `np.random.RandomState`, draw for draw.
///
/// The same seed and the same calls in the same order give NumPy's numbers; the table of calls is in the
/// [module's doc](crate::rng). A clone draws the same numbers again, which is how to save a state and go back to it.
///
/// ```
/// use nnlib::rng::RandomState;
///
/// let mut rng = RandomState::new(0);
/// assert_eq!(rng.random_sample(), 0.5488135039273248); // np.random.RandomState(0).rand()
///
/// let mut again = rng.clone();
/// assert_eq!(rng.randn((2, 3)), again.randn((2, 3)));
/// ```
#[derive(Clone)]
pub struct RandomState {
    /// The source of random words.
    pub(super) twister: MersenneTwister,
    /// Normals come in pairs; this is the second of a pair of which only the first was drawn.
    pub(super) spare_normal: Option<f64>,
}

impl RandomState {
    /// The generator at the start of the stream that `seed` names, as `np.random.RandomState(seed)`.
    ///
    /// `seed` goes through NumPy's legacy seeding for whole numbers, `init_genrand` of the MT19937 authors (2002).
    pub fn new(seed: u32) -> Self {
        Self { twister: MersenneTwister::new(seed), spare_normal: None }
    }

    /// Starts over from `seed`, as `np.random.seed(seed)`: what was drawn before has no effect any more.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    ///
    /// let mut rng = RandomState::new(1);
    /// rng.standard_normal();
    /// rng.seed(231);
    /// assert_eq!(rng.randn(4), RandomState::new(231).randn(4));
    /// ```
    pub fn seed(&mut self, seed: u32) {
        *self = Self::new(seed);
    }

    /// One number uniform in [0, 1), as `np.random.random_sample()`: a multiple of 2⁻⁵³.
    pub fn random_sample(&mut self) -> f64 {
        self.twister.next_f64()
    }

    /// One number of the standard normal distribution, mean 0 and variance 1, as `np.random.standard_normal()`.
    ///
    /// Two numbers are made at a time, from a point (x₁, x₂) uniform in the unit disk with r² = x₁² + x₂²:
    /// x₂ √(-2 ln r² / r²) is returned and the same with x₁ is kept for the next normal draw, whichever function makes
    /// it. Other draws in between leave it alone.
    ///
    /// Source: G. Marsaglia and T. A. Bray, *A convenient method for generating normal variables*, SIAM Review 6
    /// (1964). The last bit depends on the platform's `ln`: see the [module's doc](crate::rng#how-equal-is-equal).
    pub fn standard_normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let x1 = 2.0 * self.twister.next_f64() - 1.0;
            let x2 = 2.0 * self.twister.next_f64() - 1.0;
            let squared_radius = x1 * x1 + x2 * x2;
            if squared_radius < 1.0 && squared_radius != 0.0 {
                let factor = (-2.0 * squared_radius.ln() / squared_radius).sqrt();
                self.spare_normal = Some(factor * x1);
                return factor * x2;
            }
        }
    }

    /// One whole number uniform in `low..high`, as `np.random.randint(low, high)`.
    ///
    /// # Panics
    ///
    /// Unless `low < high`.
    #[track_caller]
    pub fn random_int(&mut self, low: i64, high: i64) -> i64 {
        assert!(
            low < high,
            "RandomState::random_int: `low` is {low} and `high` is {high}, expected low < high (`high` is exclusive)"
        );
        self.int_in(low, high)
    }

    /// `f` of each of the next `count` words, whole numbers uniform in 0..2³².
    #[cfg(feature = "sequential")]
    pub(crate) fn convert_words<T>(&mut self, count: usize, f: impl Fn(u32) -> T) -> Vec<T> {
        let mut values = Vec::with_capacity(count);
        while values.len() < count {
            values.extend(self.twister.next_words(count - values.len()).iter().map(|&word| f(word)));
        }
        values
    }

    /// One whole number uniform in `low..high`, which is not empty.
    pub(super) fn int_in(&mut self, low: i64, high: i64) -> i64 {
        low.wrapping_add_unsigned(self.twister.interval(high.abs_diff(low) - 1))
    }
}

/// Short, so that a notebook does not print 624 words of state.
impl fmt::Debug for RandomState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomState(MT19937)")
    }
}
