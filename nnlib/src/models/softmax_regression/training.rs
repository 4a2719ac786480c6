//! Gradient descent, with all samples at each step or with a few.

use super::pass::{Pass, Rows};
use super::{SoftmaxGradient, SoftmaxRegression};
use crate::data::ImageSet;
use crate::metrics::{Evaluation, History};
use crate::notebook::{Progress, make_way};
use crate::optim::LinearDecay;
use crate::rng::RandomState;

/// Settings of [`SoftmaxRegression::train_full_batch`].
#[derive(Clone, Debug)]
pub struct FullBatch {
    /// How far a step goes along the gradient.
    pub learning_rate: f64,
    /// How many steps are taken.
    pub num_iterations: usize,
    /// Which gradient is followed.
    pub gradient: SoftmaxGradient,
    /// A line is printed every so many iterations; 0 prints none.
    pub print_every: usize,
}

impl Default for FullBatch {
    fn default() -> Self {
        FullBatch { learning_rate: 0.5, num_iterations: 1000, gradient: SoftmaxGradient::FullJacobian, print_every: 0 }
    }
}

/// Settings of [`SoftmaxRegression::train_mini_batch`].
#[derive(Clone, Debug)]
pub struct MiniBatch {
    /// How many samples a step is taken on.
    pub batch_size: usize,
    /// How often there are `N / batch_size` steps.
    pub num_epochs: usize,
    /// The learning rate of each step of an epoch; it starts anew with each.
    pub learning_rate: LinearDecay,
    /// Which gradient is followed.
    pub gradient: SoftmaxGradient,
    /// The model is measured every so many iterations.
    pub evaluate_every: usize,
    /// A line is printed every so many epochs; 0 prints none.
    pub print_every: usize,
}

impl Default for MiniBatch {
    fn default() -> Self {
        MiniBatch {
            batch_size: 100,
            num_epochs: 10,
            learning_rate: LinearDecay::constant(0.1),
            gradient: SoftmaxGradient::FullJacobian,
            evaluate_every: 5,
            print_every: 0,
        }
    }
}

/// If the cell is interrupted, a training ends after the current step, and says so; the weights and the history so far
/// stay. See [`notebook`](crate::notebook).
impl SoftmaxRegression {
    /// Gradient descent with the gradient of all samples at each step.
    ///
    /// Every iteration is measured: on `train` before its step, at no cost, since the gradient needs the same scores; on
    /// `test` after it. So the history has a row an iteration.
    ///
    /// # Panics
    ///
    /// If the images or labels do not fit the model.
    #[track_caller]
    pub fn train_full_batch(&mut self, train: &ImageSet, test: &ImageSet, settings: &FullBatch) -> History {
        self.check(train, "train_full_batch");
        self.check(test, "train_full_batch");
        let mut history = History::default();
        let mut progress = Progress::start("training", settings.num_iterations).prints_lines();
        for iteration in 1..=settings.num_iterations {
            if progress.should_stop() {
                break;
            }
            let (evaluation, gradients) = Pass::new(self).differentiate(&Rows::all(train), settings.gradient);
            self.step(&gradients, settings.learning_rate);
            let tested = Pass::new(self).evaluate(&Rows::all(test));
            history.push(iteration, evaluation, tested);
            if settings.print_every > 0 && iteration % settings.print_every == 0 {
                print_row("iteration", iteration, settings.num_iterations, evaluation, tested);
            }
            progress.step(&[("cost", evaluation.cost), ("accuracy", evaluation.accuracy)]);
        }
        if let Some(line) = progress.finish("the weights so far are kept") {
            println!("{line}");
        }
        history
    }

    /// Gradient descent with a few samples at each step, drawn with replacement.
    ///
    /// An epoch shuffles the samples, then takes `N / batch_size` steps (rounded down); each draws its samples with
    /// [`RandomState::randint`]. Both draws follow the order of the program that this mirrors, so that the same seed
    /// gives the same batches. Every `evaluate_every`-th iteration is measured, on its batch before the step and on
    /// `test` after it.
    ///
    /// # Panics
    ///
    /// If the images or labels do not fit the model, or the batch is empty or larger than `train`.
    #[track_caller]
    pub fn train_mini_batch(
        &mut self,
        train: &ImageSet,
        test: &ImageSet,
        settings: &MiniBatch,
        rng: &mut RandomState,
    ) -> History {
        self.check(train, "train_mini_batch");
        self.check(test, "train_mini_batch");
        assert!(
            (1..=train.len()).contains(&settings.batch_size),
            "train_mini_batch: `batch_size` is {}, expected 1 to {}, the number of images",
            settings.batch_size,
            train.len()
        );
        let steps = train.len() / settings.batch_size;
        let evaluate_every = settings.evaluate_every.max(1);
        let mut history = History::default();
        let mut order: Vec<usize> = Vec::new();
        let mut iteration = 0;
        let mut progress = Progress::start("training", settings.num_epochs * steps).prints_lines();
        'epochs: for epoch in 1..=settings.num_epochs {
            if progress.should_stop() {
                break;
            }
            progress.detail(&format!("epoch {epoch}/{}", settings.num_epochs));
            order.clear();
            order.extend(0..train.len());
            rng.shuffle(&mut order);
            for step in 0..steps {
                if progress.should_stop() {
                    break 'epochs;
                }
                let drawn = rng.randint(0, train.len() as i64, settings.batch_size);
                let batch: Vec<usize> = drawn.iter().map(|&index| order[index as usize]).collect();
                let (evaluation, gradients) =
                    Pass::new(self).differentiate(&Rows::some(train, &batch), settings.gradient);
                self.step(&gradients, settings.learning_rate.rate(step));
                if iteration % evaluate_every == 0 {
                    history.push(iteration, evaluation, Pass::new(self).evaluate(&Rows::all(test)));
                }
                iteration += 1;
                progress.step(&[("cost", evaluation.cost), ("accuracy", evaluation.accuracy)]);
            }
            if settings.print_every > 0
                && epoch % settings.print_every == 0
                && let (Some(evaluation), Some(tested)) = (history.last_train(), history.last_test())
            {
                print_row("epoch", epoch, settings.num_epochs, evaluation, tested);
            }
        }
        if let Some(line) = progress.finish("the weights so far are kept") {
            println!("{line}");
        }
        history
    }
}

fn print_row(unit: &str, number: usize, total: usize, train: Evaluation, test: Evaluation) {
    make_way();
    println!("{unit} {number} / {total}: train {train}; test {test}");
}
