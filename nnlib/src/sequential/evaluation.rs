//! Predictions, and how good they are.

use ndarray::{Array1, Array2, Axis};

use crate::grad::Tensor;
use crate::notebook::Progress;

use super::activation_function::ActivationFunction;
use super::forward::{classes, count_right, forward};
use super::history::Scores;
use super::layers::{Pass, batch_shape};
use super::model::{Entry, Sequential};
use super::samples::Samples;
use super::targets::Targets;

/// How many samples are predicted at a time.
const BATCH_SIZE: usize = 256;

impl Sequential {
    /// The outputs for `x`, `(N, M)`: class probabilities where the last layer is a softmax.
    ///
    /// # Panics
    ///
    /// If the samples have another shape than those the model was built for, or the model does not end in rows.
    #[track_caller]
    pub fn predict<'a>(&self, x: impl Into<Samples<'a>>) -> Array2<f32> {
        let x = x.into();
        let (activation, columns) = self.expect_rows("Sequential::predict", &x);
        let mut outputs = Array2::zeros((0, columns));
        self.for_each_batch("prediction", &x, |_, z| {
            let p = activation.apply(z);
            let p = p.value().view().into_dimensionality().expect("the last layer gives rows");
            outputs.append(Axis(0), p).expect("of the same number of columns");
        });
        outputs
    }

    /// The class of each sample of `x`, `(N,)`: that of the largest output, or, where there is but one, 1 above 0.5.
    ///
    /// # Panics
    ///
    /// As [`predict`](Self::predict).
    #[track_caller]
    pub fn predict_classes<'a>(&self, x: impl Into<Samples<'a>>) -> Array1<usize> {
        let x = x.into();
        let (activation, _) = self.expect_rows("Sequential::predict_classes", &x);
        let mut predicted = Vec::with_capacity(x.len());
        self.for_each_batch("prediction", &x, |_, z| predicted.extend(classes(z.value(), activation)));
        predicted.into()
    }

    /// Loss and metrics on the samples `x` with targets `y`, without dropout.
    ///
    /// # Panics
    ///
    /// If the model is not compiled, or `x` or `y` does not fit it.
    #[track_caller]
    pub fn evaluate<'x, 'y>(&self, x: impl Into<Samples<'x>>, y: impl Into<Targets<'y>>) -> Scores {
        let (x, y) = (x.into(), y.into());
        self.compiled("Sequential::evaluate");
        self.expect_rows("Sequential::evaluate", &x);
        self.expect_targets("Sequential::evaluate", ("x", &x), ("y", &y));
        self.scores(&x, &y, "evaluation")
    }

    /// Loss and metrics on samples and targets that fit the model; `name` is what the bar is called.
    pub(super) fn scores(&self, x: &Samples, y: &Targets, name: &str) -> Scores {
        let compiled = self.compiled("Sequential::evaluate");
        let activation = self.last().layer.activation();
        let mut mean = RunningMean::default();
        self.for_each_batch(name, x, |rows, z| {
            let targets = y.batch(rows);
            let loss = compiled.loss.of(&z, activation, &targets).item();
            mean.add(loss, count_right(z.value(), activation, &targets), rows.len());
        });
        mean.scores(compiled.accuracy)
    }

    /// Calls `action` with the numbers of the samples of a batch, and with the last layer's outputs before its activation.
    /// Where this takes long, a bar called `name` is shown.
    fn for_each_batch(&self, name: &str, x: &Samples, mut action: impl FnMut(&[usize], Tensor)) {
        let weights = self.tensors();
        let all: Vec<usize> = (0..x.len()).collect();
        let mut progress = Progress::watch(name, x.len()).unit("sample");
        for rows in all.chunks(BATCH_SIZE) {
            let (z, _) = forward(&self.layers, &weights, Tensor::from(x.batch(rows)), &mut Pass::inference());
            action(rows, z);
            progress.advance(rows.len());
        }
    }

    /// The weights of each layer, in its order.
    pub(super) fn tensors(&self) -> Vec<Vec<Tensor>> {
        self.layers.iter().map(|entry| entry.weights.clone()).collect()
    }

    /// The layer on top of a model that has one.
    pub(super) fn last(&self) -> &Entry {
        self.layers.last().expect("checked by `expect_input`")
    }

    /// The last layer's activation and number of outputs; panics unless the model is built for `x` and ends in rows.
    #[track_caller]
    pub(super) fn expect_rows(&self, function: &str, x: &Samples) -> (ActivationFunction, usize) {
        self.expect_input(function, &x.shape()[1..]);
        let last = self.last();
        let (_, output) = last.shapes.as_ref().expect("checked by `expect_input`");
        match output[..] {
            [columns] => (last.layer.activation(), columns),
            _ => panic!(
                "{function}: the last layer, `{}`, gives {}, expected rows (None, M): end with Flatten or Dense",
                last.name,
                batch_shape(output)
            ),
        }
    }

    /// Panics unless there are samples, and as many targets, of the kind and shape that the loss takes.
    #[track_caller]
    pub(super) fn expect_targets(&self, function: &str, (x_name, x): (&str, &Samples), (y_name, y): (&str, &Targets)) {
        let (_, columns) = self.expect_rows(function, x);
        assert!(
            x.len() == y.len() && !x.is_empty(),
            "{function}: `{x_name}` has {} samples and `{y_name}` {} targets; expected equal numbers, at least 1",
            x.len(),
            y.len()
        );
        let loss = self.compiled(function).loss;
        y.expect_for(loss, &self.last().name, columns, function, y_name);
    }
}

/// Loss and accuracy over samples that come in batches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RunningMean {
    loss: f64,
    right: usize,
    count: usize,
}

impl RunningMean {
    /// Adds a batch of `count` samples, of which `right` are predicted right, with this mean loss.
    pub fn add(&mut self, loss: f32, right: usize, count: usize) {
        self.loss += f64::from(loss) * count as f64;
        self.right += right;
        self.count += count;
    }

    /// The means so far.
    pub fn scores(&self, accuracy: bool) -> Scores {
        let mean = |sum: f64| sum / self.count as f64;
        Scores::new(mean(self.loss), accuracy.then(|| mean(self.right as f64)))
    }
}
