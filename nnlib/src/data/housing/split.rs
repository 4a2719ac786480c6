//! Blocks to train on, to validate by and to test on.

use std::fmt;

use ndarray::{Array1, ArrayD, ArrayView2, Axis};

use super::Housing;
use crate::array::shape_text;
use crate::data::Standardization;
use crate::rng::RandomState;

/// Blocks to train on, to validate by, and to test on.
#[derive(Clone, PartialEq)]
pub struct Split {
    /// The blocks to train on.
    pub train: Samples,
    /// The blocks to validate by.
    pub validation: Samples,
    /// The blocks to test on.
    pub test: Samples,
}

/// Features and targets of some blocks.
#[derive(Clone, PartialEq)]
pub struct Samples {
    /// The features, `(N, 8)`.
    pub x: ArrayD<f64>,
    /// The targets, `(N,)`.
    pub y: Array1<f64>,
}

impl Housing {
    /// Shuffles the blocks by one permutation from `rng`, and takes the first `num_train`, the next `num_validation` and
    /// the next `num_test` of them.
    ///
    /// # Panics
    ///
    /// If there are not as many.
    #[track_caller]
    pub fn split(&self, num_train: usize, num_validation: usize, num_test: usize, rng: &mut RandomState) -> Split {
        let counts = [num_train, num_validation, num_test];
        let total = counts.iter().try_fold(0_usize, |sum, &count| sum.checked_add(count));
        assert!(
            total.is_some_and(|total| total <= self.len()),
            "Housing::split: got {num_train} + {num_validation} + {num_test} blocks, expected at most {} together",
            self.len()
        );
        let order = rng.permutation(self.len());
        let (train, rest) = order.split_at(num_train);
        let (validation, rest) = rest.split_at(num_validation);
        let [train, validation, test] = [train, validation, &rest[..num_test]].map(|indices| self.samples(indices));
        Split { train, validation, test }
    }

    fn samples(&self, indices: &[usize]) -> Samples {
        Samples { x: self.features.select(Axis(0), indices).into_dyn(), y: self.target.select(Axis(0), indices) }
    }
}

impl Split {
    /// The same with all features standardised by the mean and the standard deviation of the features to train on;
    /// targets stay as they are.
    ///
    /// # Panics
    ///
    /// If there are no blocks to train on.
    #[track_caller]
    pub fn standardized(&self) -> Split {
        assert!(!self.train.y.is_empty(), "Split::standardized: there are no blocks to train on, expected at least 1");
        let scale = Standardization::of(self.train.matrix());
        let apply = |samples: &Samples| Samples { x: scale.apply(samples.matrix()).into_dyn(), y: samples.y.clone() };
        Split { train: apply(&self.train), validation: apply(&self.validation), test: apply(&self.test) }
    }
}

impl Samples {
    #[track_caller]
    fn matrix(&self) -> ArrayView2<'_, f64> {
        self.x.view().into_dimensionality().expect("features have two axes")
    }
}

/// The shapes, rather than thousands of numbers.
impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x {}, y {}", shape_text(self.x.shape()), shape_text(self.y.shape()))
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
