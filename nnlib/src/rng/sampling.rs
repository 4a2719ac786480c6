//! Orders and samples: shuffling, permutations, choices with and without replacement.

use ndarray::ArrayView1;

use super::RandomState;

/// How far the sum of probabilities may lie from 1: the root of the machine epsilon, as in NumPy.
const SUM_TOLERANCE: f64 = 1.0 / (1u64 << 26) as f64;

impl RandomState {
    /// Puts `items` into a random order, each order as likely as the others, as `np.random.shuffle`.
    ///
    /// The last item changes places with a random one up to itself, then the last but one, and so on (R. Durstenfeld,
    /// *Algorithm 235: Random permutation*, CACM 7, 1964). To shuffle rows, or several arrays alike, draw a
    /// [`permutation`](Self::permutation): from the same state it gives the order that NumPy's shuffle leaves.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.twister.interval(last as u64) as usize;
            items.swap(last, other);
        }
    }

    /// The numbers `0..n` in a random order, as `np.random.permutation(n)`: indices for rows.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    /// use ndarray::{Axis, array};
    ///
    /// let x = array![[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]];
    /// let y = array![0, 1, 2];
    /// let order = RandomState::new(0).permutation(3); // np.random.RandomState(0).permutation(3)
    /// assert_eq!(order, [2, 1, 0]);
    /// let (x, y) = (x.select(Axis(0), &order), y.select(Axis(0), &order)); // still row for row
    /// assert_eq!(x[[0, 0]], 2.0);
    /// assert_eq!(y[0], 2);
    /// ```
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// `size` numbers out of `0..n`, each as likely as the others, as `np.random.choice(n, size, replace)`.
    ///
    /// With `replace` a number may come out more than once; without, all are different. A batch of samples:
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    /// use ndarray::{Array2, Axis};
    ///
    /// let x = Array2::<f64>::zeros((500, 784));
    /// let mut rng = RandomState::new(231);
    /// let batch = rng.choice(x.nrows(), 64, true);
    /// assert_eq!(x.select(Axis(0), &batch).dim(), (64, 784));
    /// ```
    ///
    /// # Panics
    ///
    /// When there are too few numbers to choose from: `size > n` without `replace`, or `n = 0` and `size > 0`.
    #[track_caller]
    pub fn choice(&mut self, n: usize, size: usize, replace: bool) -> Vec<usize> {
        if replace {
            assert!(
                n > 0 || size == 0,
                "RandomState::choice: `n` is 0 and `size` is {size}, expected at least 1 number to choose from"
            );
            (0..size).map(|_| self.twister.interval(n as u64 - 1) as usize).collect()
        } else {
            assert!(
                size <= n,
                "RandomState::choice: `size` is {size} and `n` is {n} without replacement, expected size <= n"
            );
            let mut order = self.permutation(n);
            order.truncate(size);
            order
        }
    }

    /// `size` numbers out of `0..p.len()`, i with probability `p[i]`, as `np.random.choice(n, size, replace, p)`.
    ///
    /// With `replace` each draw is the first i whose cumulative probability exceeds a uniform number. Without, that is
    /// repeated, each time with the numbers already found struck out, until `size` different ones are found.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    /// use ndarray::array;
    ///
    /// let p = array![0.6, 0.0, 0.3, 0.1];
    /// // np.random.RandomState(0).choice(4, 5, p=[0.6, 0.0, 0.3, 0.1])
    /// assert_eq!(RandomState::new(0).choice_weighted(p.view(), 5, true), [0, 2, 2, 0, 0]);
    /// ```
    ///
    /// # Panics
    ///
    /// When a probability is negative or NaN, when they do not sum to 1 within 2⁻²⁶, or when without `replace` fewer
    /// than `size` of them are above 0.
    #[track_caller]
    pub fn choice_weighted(&mut self, p: ArrayView1<'_, f64>, size: usize, replace: bool) -> Vec<usize> {
        for (index, &probability) in p.iter().enumerate() {
            assert!(
                probability >= 0.0,
                "RandomState::choice_weighted: `p[{index}]` is {probability}, expected a probability of 0 or more"
            );
        }
        let sum: f64 = p.iter().sum();
        assert!(
            (sum - 1.0).abs() <= SUM_TOLERANCE,
            "RandomState::choice_weighted: `p` has {} probabilities that sum to {sum}, expected a sum of 1",
            p.len()
        );
        let mut p = p.to_vec();
        if replace {
            let cumulative = cumulative_probabilities(&p);
            return (0..size).map(|_| self.weighted_index(&cumulative)).collect();
        }
        let possible = p.iter().filter(|&&probability| probability > 0.0).count();
        assert!(
            size <= possible,
            "RandomState::choice_weighted: `size` is {size} without replacement and `p` has {possible} probabilities \
             above 0, expected size <= {possible}"
        );
        let mut found = Vec::with_capacity(size);
        while found.len() < size {
            // NumPy draws as many samples as are missing before it strikes out what they found, and so must we.
            let cumulative = cumulative_probabilities(&p);
            for _ in found.len()..size {
                let index = self.weighted_index(&cumulative);
                if p[index] > 0.0 {
                    found.push(index);
                    p[index] = 0.0;
                }
            }
        }
        found
    }

    /// The first index whose cumulative probability exceeds a uniform number.
    fn weighted_index(&mut self, cumulative: &[f64]) -> usize {
        let sample = self.random_sample();
        cumulative.partition_point(|&probability| probability <= sample)
    }
}

/// The sums of the first 1, 2, … of `p`, divided by the last of them, so that they end in exactly 1.
fn cumulative_probabilities(p: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut cumulative: Vec<f64> = Vec::with_capacity(p.len());
    for probability in p {
        sum += probability;
        cumulative.push(sum);
    }
    cumulative.iter_mut().for_each(|partial| *partial /= sum);
    cumulative
}
