//! The two plots that tell how a training went.

use super::chart::LegendPosition;
use super::curves::CurvePlot;
use super::drawing::Drawing;
use super::figure::{Figure, stack};
use super::picture::picture_methods;

/// How a training went, made by [`training_curves`]: the loss of each iteration, and below it accuracy or error after
/// each epoch.
#[derive(Clone, Debug)]
pub struct TrainingCurves {
    losses: CurvePlot,
    train_history: Vec<f64>,
    val_history: Vec<f64>,
    metric: String,
    threshold: Option<f64>,
    legend: LegendPosition,
}

/// Plots the histories of a training: the loss of each mini-batch as dots over iterations, and the accuracies on the
/// training and the validation set over epochs.
///
/// Iterations count from 0, and so do epochs: value 0 of an accuracy is that of before the first epoch.
///
/// ```
/// use nnlib::plot;
///
/// let (losses, train, val) = ([2.3, 2.1, 1.9, 1.8], [0.1, 0.3, 0.5], [0.1, 0.3, 0.4]);
/// let curves = plot::training_curves(&losses, &train, &val).threshold(0.5);
/// assert!(curves.to_svg().contains("Training loss"));
/// ```
///
/// # Panics
///
/// If a history is empty, or those of training and validation differ in length.
#[track_caller]
pub fn training_curves(loss_history: &[f64], train_history: &[f64], val_history: &[f64]) -> TrainingCurves {
    let histories = [("loss", loss_history), ("train", train_history), ("val", val_history)];
    for (name, history) in histories {
        assert!(!history.is_empty(), "plot::training_curves: `{name}_history` is empty, expected at least one value");
    }
    let (train, val) = (train_history.len(), val_history.len());
    assert!(
        train == val,
        "plot::training_curves: got {train} values in `train_history` and {val} in `val_history`, expected as many of \
         each"
    );
    let iterations: Vec<usize> = (0..loss_history.len()).collect();
    TrainingCurves {
        losses: CurvePlot::new("Training loss").x_label("Iteration").dots("", &iterations, loss_history),
        train_history: train_history.to_vec(),
        val_history: val_history.to_vec(),
        metric: "Accuracy".to_owned(),
        threshold: None,
        legend: LegendPosition::Best,
    }
}

impl TrainingCurves {
    /// Adds a dashed line at the accuracy, or error, to reach.
    ///
    /// # Panics
    ///
    /// If `value` is not finite.
    #[track_caller]
    pub fn threshold(mut self, value: f64) -> Self {
        assert!(value.is_finite(), "TrainingCurves::threshold: got the value {value}, expected a finite one");
        self.threshold = Some(value);
        self
    }

    /// Says that the second plot shows root-mean-square errors.
    pub fn regression(self) -> Self {
        self.metric("RMS Error")
    }

    /// Says what the second plot shows, as its title; "Accuracy" by default.
    pub fn metric(mut self, title: &str) -> Self {
        self.metric = title.to_owned();
        self
    }

    /// Sets where the legend of the second plot is; by default where it covers nothing, which is the lower right corner
    /// for accuracies that rise.
    pub fn legend(mut self, position: LegendPosition) -> Self {
        self.legend = position;
        self
    }

    /// The two plots, one below the other.
    pub fn figure(&self) -> Figure {
        let epochs: Vec<usize> = (0..self.train_history.len()).collect();
        let metric = CurvePlot::new(&self.metric)
            .x_label("Epoch")
            .marked_curve("train", &epochs, &self.train_history)
            .marked_curve("val", &epochs, &self.val_history)
            .legend(self.legend);
        let metric = self.threshold.into_iter().fold(metric, |plot, value| plot.threshold(value, ""));
        stack(&[&self.losses, &metric])
    }

    fn drawing(&self) -> Drawing {
        self.figure().drawing()
    }
}

picture_methods!(TrainingCurves, "figure");
