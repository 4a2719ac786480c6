//! Training.

use super::evaluation::RunningMean;
use super::history::{History, Scores};
use super::model::Sequential;
use super::progress::{Progress, print_line};
use super::samples::Samples;
use super::targets::Targets;
use crate::notebook;

/// How [`Sequential::fit`] goes about it, with Keras's defaults.
///
/// ```
/// use nnlib::sequential::FitOptions;
///
/// let options = FitOptions { epochs: 10, batch_size: 128, ..FitOptions::default() };
/// assert_eq!(options.verbose, 1);
/// ```
#[derive(Clone, Debug)]
pub struct FitOptions<'a> {
    /// How many times all samples are gone through: 1.
    pub epochs: usize,
    /// How many samples there are in a step: 32. The last batch of an epoch has those that are left.
    pub batch_size: usize,
    /// Samples and targets to measure after each epoch; see [`validation_data`](Self::validation_data).
    pub validation_data: Option<(Samples<'a>, Targets<'a>)>,
    /// What is printed: nothing at 0; at 1, the default, a line an epoch, and one every two seconds within it; at 2 a line
    /// an epoch. In our own kernel, a bar takes the place of the lines within an epoch; at 0 it is shown only within
    /// another, such as that of a grid search.
    pub verbose: usize,
    /// Whether each epoch takes the samples in a new random order: so it does unless it is told otherwise.
    pub shuffle: bool,
}

impl Default for FitOptions<'_> {
    fn default() -> Self {
        FitOptions { epochs: 1, batch_size: 32, validation_data: None, verbose: 1, shuffle: true }
    }
}

impl<'a> FitOptions<'a> {
    /// These options, with samples and targets to measure after each epoch:
    /// `FitOptions { epochs: 10, ..FitOptions::default() }.validation_data(&x_val, &y_val)`.
    pub fn validation_data(self, x: impl Into<Samples<'a>>, y: impl Into<Targets<'a>>) -> Self {
        FitOptions { validation_data: Some((x.into(), y.into())), ..self }
    }

    #[track_caller]
    fn expect_valid(&self) {
        assert!(self.epochs > 0, "Sequential::fit: `epochs` is 0, expected 1 or more");
        assert!(self.batch_size > 0, "Sequential::fit: `batch_size` is 0, expected 1 or more");
        assert!(
            self.verbose <= 2,
            "Sequential::fit: `verbose` is {}, expected 0 (silent), 1 (lines within an epoch too) or 2 (a line an epoch)",
            self.verbose
        );
    }
}

impl Sequential {
    /// Trains the model on samples `x` with targets `y`, and reports loss and metrics of each epoch.
    ///
    /// Prints lines as Keras does; see [`FitOptions::verbose`]. The training figures are running means over the batches
    /// of the epoch, each measured before its own step and with dropout at work, and weighted by its size: they lag
    /// behind the validation figures, which are measured after the epoch. A second `fit` goes on where the first ended.
    ///
    /// If the cell is interrupted, the training ends after the current step, and says so. The model keeps the weights so
    /// far; the history has the whole epochs, which may be none: then `history["loss"]` is empty. See
    /// [`notebook`].
    ///
    /// # Panics
    ///
    /// If the model is not compiled, if `x`, `y` or the validation data do not fit the model or each other, or if an
    /// option is out of range.
    #[track_caller]
    pub fn fit<'x, 'y>(
        &mut self,
        x: impl Into<Samples<'x>>,
        y: impl Into<Targets<'y>>,
        options: FitOptions<'_>,
    ) -> History {
        self.fit_samples(&x.into(), &y.into(), &options)
    }

    #[track_caller]
    fn fit_samples(&mut self, x: &Samples, y: &Targets, options: &FitOptions) -> History {
        options.expect_valid();
        let accuracy = self.compiled("Sequential::fit").accuracy;
        self.build_for("Sequential::fit", &x.shape()[1..]);
        self.expect_targets("Sequential::fit", ("x", x), ("y", y));
        if let Some((x, y)) = &options.validation_data {
            self.expect_targets("Sequential::fit", ("validation_data.0", x), ("validation_data.1", y));
        }
        let num_steps = x.len().div_ceil(options.batch_size);
        let mut bar = notebook::Progress::start("training", options.epochs * num_steps).prints_lines();
        if options.verbose == 0 {
            bar = bar.silent();
        }
        let mut history = History::default();
        'epochs: for epoch in 1..=options.epochs {
            if bar.should_stop() {
                break;
            }
            bar.detail(&format!("epoch {epoch}/{}", options.epochs));
            let mut progress = Progress::start(options.verbose, epoch, options.epochs, num_steps);
            let order = if options.shuffle { self.rng.permutation(x.len()) } else { (0..x.len()).collect() };
            let mut mean = RunningMean::default();
            for (step, rows) in order.chunks(options.batch_size).enumerate() {
                if bar.should_stop() {
                    break 'epochs;
                }
                let (loss, right) = self.step(x.batch(rows).into(), &y.batch(rows));
                mean.add(loss, right, rows.len());
                progress.step(step + 1, &mut bar, || named("", &mean.scores(accuracy)));
            }
            let mut scores = named("", &mean.scores(accuracy));
            if let Some((x, y)) = &options.validation_data {
                scores.extend(named("val_", &self.scores(x, y, "validation")));
            }
            progress.finish(&scores);
            history.push(&scores);
        }
        if let Some(line) = bar.finish("the weights so far are kept") {
            history.ensure_names(accuracy, options.validation_data.is_some());
            if options.verbose > 0 {
                print_line(&line);
            }
        }
        history
    }
}

/// The scores as pairs, their names after `prefix`.
fn named(prefix: &str, scores: &Scores) -> Vec<(String, f64)> {
    scores.iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect()
}
