//! How good a model is: accuracy, or root mean squared error.

use super::{Model, Samples, Targets};
use crate::metrics::predicted_classes;

/// Samples that are scored at a time.
const BATCH_SIZE: usize = 100;

/// The accuracy of `model` on all of `data`, 0 to 1, if its targets are classes; if they are values, the root mean
/// squared error of the scores.
///
/// # Panics
///
/// If there are no samples, or the scores do not fit the targets.
#[track_caller]
pub fn measure(model: &dyn Model, data: &dyn Samples) -> f64 {
    let indices: Vec<usize> = (0..data.len()).collect();
    measure_some(model, data, &indices)
}

/// As [`measure`], on the samples with these indices.
#[track_caller]
pub(super) fn measure_some(model: &dyn Model, data: &dyn Samples, indices: &[usize]) -> f64 {
    assert!(!indices.is_empty(), "measure: `data` has no samples, expected at least 1");
    let mut right = 0;
    let mut squares = 0.0;
    let mut num_values = 0;
    for part in indices.chunks(BATCH_SIZE) {
        let (x, y) = data.batch(part);
        let scores = model.scores(&x);
        match y {
            Targets::Classes(classes) => {
                assert!(
                    scores.ndim() == 2 && scores.shape()[0] == classes.len(),
                    "measure: the scores have shape {:?}, expected [{}, C] (a row a sample)",
                    scores.shape(),
                    classes.len()
                );
                right +=
                    predicted_classes(&scores).iter().zip(&classes).filter(|(guess, class)| guess == class).count();
            }
            Targets::Values(values) => {
                assert!(
                    scores.len() == values.len(),
                    "measure: the scores have shape {:?}, expected {:?} (the shape of the targets)",
                    scores.shape(),
                    values.shape()
                );
                squares += scores.iter().zip(&values).map(|(score, value)| (score - value).powi(2)).sum::<f64>();
                num_values += values.len();
            }
        }
    }
    if num_values > 0 { (squares / num_values as f64).sqrt() } else { right as f64 / indices.len() as f64 }
}

/// What [`measure`] gives for a set, and which of two is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Accuracy,
    RmsError,
}

impl Measure {
    /// Of a set with these targets.
    pub(super) fn of(targets: &Targets) -> Self {
        match targets {
            Targets::Classes(_) => Measure::Accuracy,
            Targets::Values(_) => Measure::RmsError,
        }
    }

    /// Its name in a line of the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Measure::Accuracy => "acc",
            Measure::RmsError => "rms",
        }
    }

    /// Whether `new` is better than `old`; any number is better than NaN.
    pub(super) fn is_better(self, new: f64, old: f64) -> bool {
        match self {
            Measure::Accuracy => new > old || (old.is_nan() && !new.is_nan()),
            Measure::RmsError => new < old || (old.is_nan() && !new.is_nan()),
        }
    }
}
