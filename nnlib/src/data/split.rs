//! Which samples to train on and which to keep back: at random, or each in turn.
//!
//! Both ways draw from [`RandomState`] as scikit-learn does, so the same seed gives the same samples:
//!
//! | scikit-learn | here |
//! |---|---|
//! | `train_test_split(np.arange(n), test_size=0.2, random_state=7)` | `train_test_split(n, 0.2, 7)` |
//! | `KFold(5).split(x)` | `KFold::new(5).split(n)` |
//! | `KFold(5, shuffle=True, random_state=1).split(x)` | `KFold::new(5).shuffled(1).split(n)` |
//!
//! ```
//! use nnlib::data::{KFold, digits, train_test_split};
//!
//! let set = digits::train_set(50);
//! let parts = train_test_split(set.len(), 0.2, 7);
//! let (train, validation) = (set.subset(&parts.train), set.subset(&parts.test));
//! assert_eq!((train.len(), validation.len()), (40, 10));
//!
//! for fold in KFold::new(5).shuffled(1).split(set.len()) {
//!     assert_eq!((fold.train.len(), fold.test.len()), (40, 10));
//! }
//! ```

use crate::rng::RandomState;

/// The numbers of the samples to train on and of those to test on: each sample is in one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The samples to train on.
    pub train: Vec<usize>,
    /// The samples that are kept back, to validate by or to test on.
    pub test: Vec<usize>,
}

/// Splits the samples `0..num_samples` at random, as scikit-learn's `train_test_split`.
///
/// With `order = RandomState(random_state).permutation(num_samples)` and `k` = ⌈`test_fraction` · `num_samples`⌉, the
/// first `k` of `order` are for testing and the others for training, both in the order in which they were drawn.
///
/// # Panics
///
/// Unless 0 < `test_fraction` < 1 and at least one sample is left to train on.
#[track_caller]
pub fn train_test_split(num_samples: usize, test_fraction: f64, random_state: u32) -> Parts {
    assert!(
        test_fraction > 0.0 && test_fraction < 1.0,
        "train_test_split: `test_fraction` is {test_fraction}, expected a number between 0 and 1"
    );
    let num_test = (test_fraction * num_samples as f64).ceil() as usize;
    assert!(
        num_test < num_samples,
        "train_test_split: `num_samples` is {num_samples} and {num_test} of them are to be tested on, expected at least \
         1 left to train on"
    );
    let mut test = RandomState::new(random_state).permutation(num_samples);
    let train = test.split_off(num_test);
    Parts { train, test }
}

/// Cross-validation: `num_splits` folds, each of which is tested on once, as scikit-learn's `KFold`.
///
/// The samples, in order or shuffled, are cut into `num_splits` folds; the first `num_samples % num_splits` folds have
/// one sample more than the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KFold {
    num_splits: usize,
    random_state: Option<u32>,
}

impl KFold {
    /// Folds of neighbouring samples, in order.
    ///
    /// # Panics
    ///
    /// Unless `num_splits` is at least 2: with one fold there is nothing to train on.
    #[track_caller]
    pub fn new(num_splits: usize) -> Self {
        assert!(num_splits >= 2, "KFold::new: `num_splits` is {num_splits}, expected at least 2");
        KFold { num_splits, random_state: None }
    }

    /// Folds of samples drawn at random from `RandomState(random_state)`, each still in ascending order.
    pub fn shuffled(self, random_state: u32) -> Self {
        KFold { random_state: Some(random_state), ..self }
    }

    /// The parts of `num_samples` samples, one for each fold; the numbers in each part ascend.
    ///
    /// # Panics
    ///
    /// If there are fewer samples than folds.
    #[track_caller]
    pub fn split(&self, num_samples: usize) -> Vec<Parts> {
        assert!(
            num_samples >= self.num_splits,
            "KFold::split: `num_samples` is {num_samples}, expected at least {}, a sample for each fold",
            self.num_splits
        );
        let order = match self.random_state {
            Some(seed) => RandomState::new(seed).permutation(num_samples),
            None => (0..num_samples).collect(),
        };
        let (size, larger) = (num_samples / self.num_splits, num_samples % self.num_splits);
        let mut rest = order.as_slice();
        let folds = (0..self.num_splits).map(|fold| {
            let (test, others) = rest.split_at(size + usize::from(fold < larger));
            rest = others;
            let mut is_test = vec![false; num_samples];
            test.iter().for_each(|&sample| is_test[sample] = true);
            let (test, train) = (0..num_samples).partition(|&sample| is_test[sample]);
            Parts { train, test }
        });
        folds.collect()
    }
}
