//! How good a model is, and how it became so.

use ndarray::{Array1, ArrayD, ArrayView1, Axis};
use std::fmt;

/// Cost and accuracy of a model on a set of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// The mean loss per sample.
    pub cost: f64,
    /// The fraction of samples, 0 to 1, whose class is predicted right.
    pub accuracy: f64,
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cost {:.4}, accuracy {:.2} %", self.cost, 100.0 * self.accuracy)
    }
}

/// The fraction of `predicted` that equals `labels`, both `(N,)`.
///
/// # Panics
///
/// If the lengths differ, or there is no sample: the accuracy of nothing is no number.
///
/// ```
/// use nnlib::metrics::accuracy;
/// use nnlib::ndarray::array;
///
/// assert_eq!(accuracy(array![7_u8, 2, 1, 0].view(), array![7_u8, 2, 1, 9].view()), 0.75);
/// ```
#[track_caller]
pub fn accuracy(predicted: ArrayView1<u8>, labels: ArrayView1<u8>) -> f64 {
    assert!(
        predicted.len() == labels.len() && !labels.is_empty(),
        "accuracy: `predicted` has {} entries and `labels` {}; expected equal numbers, at least 1",
        predicted.len(),
        labels.len()
    );
    let right = predicted.iter().zip(labels).filter(|(predicted, label)| predicted == label).count();
    right as f64 / labels.len() as f64
}

/// The class with the highest score for each row of `scores`, `(N, C)`: `np.argmax(scores, axis=1)`.
///
/// The first of equal scores is taken, and NaN counts as the highest.
///
/// # Panics
///
/// If `scores` has not two axes, or no class.
///
/// ```
/// use nnlib::metrics::predicted_classes;
/// use nnlib::ndarray::array;
///
/// let scores = array![[0.1, 0.7, 0.2], [0.4, 0.2, 0.4]].into_dyn();
/// assert_eq!(predicted_classes(&scores), array![1, 0]);
/// ```
#[track_caller]
pub fn predicted_classes(scores: &ArrayD<f64>) -> Array1<usize> {
    assert!(
        scores.ndim() == 2 && scores.shape()[1] > 0,
        "predicted_classes: `scores` has shape {:?}, expected (N, C) with at least one class",
        scores.shape()
    );
    let highest = |row: ndarray::ArrayViewD<f64>| {
        let mut best = (0, f64::NEG_INFINITY);
        for (class, &score) in row.iter().enumerate() {
            if score > best.1 || (score.is_nan() && !best.1.is_nan()) {
                best = (class, score);
            }
        }
        best.0
    };
    scores.axis_iter(Axis(0)).map(highest).collect()
}

/// Prints `name: value`, and panics with the hint unless `value` is at most `bound`: the check after a question.
///
/// NaN is more than any bound.
///
/// ```
/// use nnlib::metrics::expect_at_most;
///
/// // Prints "dx error: 3.2e-12".
/// expect_at_most("dx error", 3.2e-12, 1e-8, "the gradient passes where x > 0");
/// ```
#[track_caller]
pub fn expect_at_most(name: &str, value: f64, bound: f64, hint: &str) {
    println!("{name}: {}", figure(value));
    assert!(value <= bound, "{name} is {}, expected at most {}. {hint}", figure(value), figure(bound));
}

/// Prints `name: value`, and panics with the hint unless `value` is at least `bound`: the check after a training.
///
/// NaN is less than any bound.
///
/// ```
/// use nnlib::metrics::expect_at_least;
///
/// // Prints "validation accuracy: 0.512".
/// expect_at_least("validation accuracy", 0.512, 0.5, "has the loss gone down?");
/// ```
#[track_caller]
pub fn expect_at_least(name: &str, value: f64, bound: f64, hint: &str) {
    println!("{name}: {}", figure(value));
    assert!(value >= bound, "{name} is {}, expected at least {}. {hint}", figure(value), figure(bound));
}

/// A number of any size in a few digits: `0.5123`, `3.276e-12`, `0`.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || !size.is_finite() => format!("{value}"),
        size if (1e-3..1e6).contains(&size) => {
            let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
            let text = format!("{value:.decimals$}");
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        _ => format!("{value:.3e}"),
    }
}

/// Cost and accuracy along a training, a row a measurement.
#[derive(Clone, Default)]
pub struct History {
    /// How many steps had been taken when the row was measured.
    pub iterations: Vec<usize>,
    /// Mean loss on the training samples of the step.
    pub train_cost: Vec<f64>,
    /// Accuracy on the training samples of the step, 0 to 1.
    pub train_accuracy: Vec<f64>,
    /// Mean loss on the whole test set.
    pub test_cost: Vec<f64>,
    /// Accuracy on the whole test set, 0 to 1.
    pub test_accuracy: Vec<f64>,
}

impl History {
    /// Adds a row.
    pub fn push(&mut self, iteration: usize, train: Evaluation, test: Evaluation) {
        self.iterations.push(iteration);
        self.train_cost.push(train.cost);
        self.train_accuracy.push(train.accuracy);
        self.test_cost.push(test.cost);
        self.test_accuracy.push(test.accuracy);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.iterations.len()
    }

    /// Whether nothing has been measured.
    pub fn is_empty(&self) -> bool {
        self.iterations.is_empty()
    }

    /// The last row's measurement on the training samples.
    pub fn last_train(&self) -> Option<Evaluation> {
        Some(Evaluation { cost: *self.train_cost.last()?, accuracy: *self.train_accuracy.last()? })
    }

    /// The last row's measurement on the test set.
    pub fn last_test(&self) -> Option<Evaluation> {
        Some(Evaluation { cost: *self.test_cost.last()?, accuracy: *self.test_accuracy.last()? })
    }

    /// The iteration at which the test cost was lowest.
    pub fn iteration_of_lowest_test_cost(&self) -> Option<usize> {
        let (index, _) = self.test_cost.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
        Some(self.iterations[index])
    }
}

/// The last row, rather than thousands of numbers.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.iterations.last(), self.last_train(), self.last_test()) {
            (Some(iteration), Some(train), Some(test)) => {
                write!(f, "after {iteration} iterations: train {train}; test {test}")
            }
            _ => write!(f, "an empty history"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    #[should_panic(expected = "accuracy: `predicted` has 2 entries and `labels` 3; expected equal numbers, at least 1")]
    fn accuracy_of_different_lengths() {
        accuracy(array![1, 2].view(), array![1, 2, 3].view());
    }

    #[test]
    #[should_panic(expected = "at least 1")]
    fn accuracy_of_nothing() {
        accuracy(array![].view(), array![].view());
    }

    #[test]
    fn predicted_classes_of_ties_and_nan() {
        let (nan, low) = (f64::NAN, f64::NEG_INFINITY);
        let scores = array![[low, low, low], [3.0, nan, 4.0], [nan, 5.0, nan], [1.0, 2.0, 2.0]].into_dyn();
        assert_eq!(predicted_classes(&scores), array![0, 1, 0, 1]);
    }

    #[test]
    #[should_panic(expected = "predicted_classes: `scores` has shape [3], expected (N, C) with at least one class")]
    fn predicted_classes_of_one_axis() {
        predicted_classes(&array![1.0, 2.0, 3.0].into_dyn());
    }

    #[test]
    fn a_history_knows_its_last_and_its_lowest_row() {
        let mut history = History::default();
        assert_eq!(format!("{history:?}"), "an empty history");
        for (iteration, cost) in [(0, 2.0), (5, 0.5), (10, 0.75)] {
            let test = Evaluation { cost, accuracy: 0.9 };
            history.push(iteration, Evaluation { cost: 1.0, accuracy: 0.8 }, test);
        }
        assert_eq!(history.iteration_of_lowest_test_cost(), Some(5));
        assert_eq!(
            format!("{history:?}"),
            "after 10 iterations: train cost 1.0000, accuracy 80.00 %; test cost 0.7500, accuracy 90.00 %"
        );
    }
}
