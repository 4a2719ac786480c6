//! What training and evaluation report.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use crate::text::number;

/// A loss and metrics, by name: what [`evaluate`](super::Sequential::evaluate) returns.
///
/// Shows itself as a line: `accuracy: 0.9801 - loss: 0.0702`.
#[derive(Clone, PartialEq)]
pub struct Scores {
    values: BTreeMap<&'static str, f64>,
}

impl Scores {
    pub(super) fn new(loss: f64, accuracy: Option<f64>) -> Self {
        let accuracy = accuracy.map(|accuracy| ("accuracy", accuracy));
        Scores { values: accuracy.into_iter().chain([("loss", loss)]).collect() }
    }

    /// The mean loss per sample.
    pub fn loss(&self) -> f64 {
        self["loss"]
    }

    /// The fraction of samples that are predicted right, 0 to 1.
    ///
    /// # Panics
    ///
    /// If the model was compiled without the metric `"accuracy"`.
    #[track_caller]
    pub fn accuracy(&self) -> f64 {
        self["accuracy"]
    }

    /// The value called `name`, if there is one; `scores["loss"]` is the same where it must be there.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.values.iter().map(|(name, value)| (*name, *value))
    }
}

impl Index<&str> for Scores {
    type Output = f64;

    #[track_caller]
    fn index(&self, name: &str) -> &f64 {
        match self.values.get(name) {
            Some(value) => value,
            None => panic!("Scores: there is no `{name}`; there are {:?}", Vec::from_iter(self.values.keys())),
        }
    }
}

/// The values as Keras prints them, such as `accuracy: 0.9801 - loss: 0.0702`.
impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.iter().map(|(name, value)| format!("{name}: {}", number(value))).collect();
        f.write_str(&values.join(" - "))
    }
}

impl fmt::Debug for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Losses and metrics along a training, by name, a value an epoch: what [`fit`](super::Sequential::fit) returns.
///
/// `history["loss"]` and `history["accuracy"]` are means over the batches of the epoch, each measured before its own
/// step and with dropout at work; `history["val_loss"]` and `history["val_accuracy"]` are measured after the epoch.
#[derive(Clone, Default, PartialEq)]
pub struct History {
    /// The numbers of the epochs, 1, 2, …: the x of a curve.
    pub epochs: Vec<usize>,
    values: BTreeMap<String, Vec<f64>>,
}

impl History {
    pub(super) fn push(&mut self, scores: &[(String, f64)]) {
        self.epochs.push(self.epochs.len() + 1);
        for (name, value) in scores {
            self.values.entry(name.clone()).or_default().push(*value);
        }
    }

    /// Makes sure of the names, where there may be no epoch.
    pub(super) fn ensure_names(&mut self, accuracy: bool, validation: bool) {
        let prefixes = if validation { &["", "val_"][..] } else { &[""] };
        let metrics = if accuracy { &["accuracy", "loss"][..] } else { &["loss"] };
        for prefix in prefixes {
            for metric in metrics {
                self.values.entry(format!("{prefix}{metric}")).or_default();
            }
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The values called `name`, one an epoch, if there are any; `history["loss"]` is the same where they must be there.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// How many epochs there were.
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }
}

impl Index<&str> for History {
    type Output = [f64];

    #[track_caller]
    fn index(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Some(values) => values,
            None => panic!("History: there is no `{name}`; there are {:?}", Vec::from_iter(self.names())),
        }
    }
}

/// The last epoch, rather than all of them.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} epochs", self.len())?;
        for (name, values) in &self.values {
            if let Some(last) = values.last() {
                write!(f, " - {name}: {}", number(*last))?;
            }
        }
        Ok(())
    }
}
