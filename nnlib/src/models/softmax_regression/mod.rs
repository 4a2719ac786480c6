//! Softmax regression: a linear model of each class's log odds, and the softmax of them.
//!
//! For a sample $x$ of $D$ pixels, scaled to 0 … 1, weights $W$ `(D, M)` and biases $b$ `(M,)`:
//!
//! ```text
//! z = x W + b                      scores
//! p_m = exp(z_m) / Σ_l exp(z_l)    probabilities
//! J = -1/N Σ_i ln p_{i, y_i}       cost: the mean cross-entropy
//! dJ/dz = (p - y) / N              y is one-hot
//! ```
//!
//! Training runs over images as bytes, without a copy of the set in floating point; `pass.rs` of the source says how.

mod pass;
mod training;

pub use training::{FullBatch, MiniBatch};

use crate::array::{Matrix, Vector, expect_shape};
use crate::data::ImageSet;
use crate::matmul::matmul;
use crate::metrics::Evaluation;
use crate::rng::RandomState;
use ndarray::{Array1, ArrayView2, Axis};
use pass::{Pass, Rows};
use std::fmt;

/// What is taken for the gradient of the cost with respect to the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoftmaxGradient {
    /// `(p - y) / N`: every score has its part in every probability. The right one.
    FullJacobian,
    /// `(y p - y) / N`: as if a class's probability depended on its own score alone, that is with the diagonal of the
    /// softmax's Jacobian only. A common mistake, kept to be compared with: it trains, and stops learning early.
    DiagonalOnly,
}

/// The gradient of the cost, with the shapes of the parameters.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// `dJ/dW`, `(D, M)`.
    pub dweights: Matrix,
    /// `dJ/db`, `(M,)`.
    pub dbias: Vector,
}

/// Weights and biases of a softmax regression.
///
/// ```
/// use nnlib::data::digits;
/// use nnlib::models::{FullBatch, SoftmaxRegression};
/// use nnlib::rng::RandomState;
///
/// let (train, test) = (digits::train_set(500), digits::test_set(100));
/// let mut model = SoftmaxRegression::new(784, 10, 0.01, &mut RandomState::new(0));
/// let before = model.evaluate(&test);
/// let settings = FullBatch { learning_rate: 0.5, num_iterations: 20, ..FullBatch::default() };
/// model.train_full_batch(&train, &test, &settings);
/// assert!(model.evaluate(&test).cost < before.cost);
/// ```
#[derive(Clone, PartialEq)]
pub struct SoftmaxRegression {
    /// `W`, `(D, M)`: a column a class.
    pub weights: Matrix,
    /// `b`, `(M,)`.
    pub bias: Vector,
}

impl SoftmaxRegression {
    /// Weights from a normal distribution with mean 0 and standard deviation `weight_scale`, biases of 0.
    ///
    /// The weights are drawn class by class, so that they equal those of a program that keeps them as `(M, D)` and
    /// starts from the same seed.
    #[track_caller]
    pub fn new(num_features: usize, num_classes: usize, weight_scale: f64, rng: &mut RandomState) -> Self {
        let by_class = rng.normal(0.0, weight_scale, (num_classes, num_features));
        SoftmaxRegression::from_parameters(by_class.t().as_standard_layout().into_owned(), Array1::zeros(num_classes))
    }

    /// A model with these `weights`, `(D, M)`, and `bias`, `(M,)`.
    ///
    /// # Panics
    ///
    /// If the shapes do not fit each other, or there are fewer than 2 or more than 256 classes.
    #[track_caller]
    pub fn from_parameters(weights: Matrix, bias: Vector) -> Self {
        let num_classes = weights.ncols();
        assert!(
            (2..=256).contains(&num_classes),
            "SoftmaxRegression: `weights` has shape {:?}, expected (D, M) with 2 to 256 classes M",
            weights.shape()
        );
        expect_shape("SoftmaxRegression", "bias", bias.shape(), &[num_classes], "a bias for each column of `weights`");
        SoftmaxRegression { weights, bias }
    }

    /// `D`: how many pixels a sample has.
    pub fn num_features(&self) -> usize {
        self.weights.nrows()
    }

    /// `M`: how many classes there are.
    pub fn num_classes(&self) -> usize {
        self.weights.ncols()
    }

    /// The scores of samples `x`, `(N, D)`, as `(N, M)`.
    #[track_caller]
    pub fn scores(&self, x: ArrayView2<f64>) -> Matrix {
        let expected = [x.nrows(), self.num_features()];
        expect_shape("SoftmaxRegression::scores", "x", x.shape(), &expected, "a column for each row of the weights");
        matmul(x, self.weights.view()) + &self.bias
    }

    /// The probabilities of each class for samples `x`, `(N, D)`, as `(N, M)`; each row sums to 1.
    #[track_caller]
    pub fn probabilities(&self, x: ArrayView2<f64>) -> Matrix {
        let mut scores = self.scores(x);
        for mut row in scores.rows_mut() {
            let max = row.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
            row.mapv_inplace(|score| (score - max).exp());
            let sum = row.sum();
            row /= sum;
        }
        scores
    }

    /// The class with the highest score for each image, `(N,)`.
    #[track_caller]
    pub fn predict(&self, set: &ImageSet) -> Array1<u8> {
        // The bytes are widened block by block, and not all at once.
        let scores = set.dot(&self.weights) + &self.bias;
        scores.map_axis(Axis(1), |row| {
            let mut best = 0;
            for (class, score) in row.iter().enumerate() {
                if *score > row[best] {
                    best = class;
                }
            }
            best as u8
        })
    }

    /// Cost and accuracy on `set`.
    #[track_caller]
    pub fn evaluate(&self, set: &ImageSet) -> Evaluation {
        self.check(set, "SoftmaxRegression::evaluate");
        Pass::new(self).evaluate(&Rows::all(set))
    }

    /// Cost, accuracy and gradients on `set`, in one pass over it.
    #[track_caller]
    pub fn cost_and_gradients(&self, set: &ImageSet, gradient: SoftmaxGradient) -> (Evaluation, Gradients) {
        self.check(set, "SoftmaxRegression::cost_and_gradients");
        Pass::new(self).differentiate(&Rows::all(set), gradient)
    }

    fn step(&mut self, gradients: &Gradients, learning_rate: f64) {
        self.weights.scaled_add(-learning_rate, &gradients.dweights);
        self.bias.scaled_add(-learning_rate, &gradients.dbias);
    }

    #[track_caller]
    fn check(&self, set: &ImageSet, function: &str) {
        assert!(!set.is_empty(), "{function}: the set has no images, expected at least 1");
        let expected = [set.len(), self.num_features()];
        expect_shape(function, "set", set.pixels().shape(), &expected, "a pixel for each row of the weights");
        let largest = set.labels().iter().max().copied().unwrap_or(0);
        assert!(
            usize::from(largest) < self.num_classes(),
            "{function}: `set` has a label {largest}, expected labels below {}, the columns of the weights",
            self.num_classes()
        );
    }
}

/// The sizes, rather than thousands of weights.
impl fmt::Debug for SoftmaxRegression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftmaxRegression of {} features, {} classes", self.num_features(), self.num_classes())
    }
}
