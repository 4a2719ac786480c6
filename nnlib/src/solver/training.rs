//! The loop of a training.

use super::measure::{Measure, measure, measure_some};
use super::{Best, Model, Samples, Solver, SolverSettings, Targets};
use crate::Result;
use crate::array::expect_shape;
use crate::notebook::{Progress, make_way};
use crate::rng::RandomState;
use std::path::Path;

impl Solver {
    /// Trains until all epochs are done or the training is to stop, with a checkpoint after each epoch if there is a
    /// path for it, and gives the model back its best.
    #[track_caller]
    pub(super) fn run(
        &mut self,
        model: &mut dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        rng: &mut RandomState,
        checkpoint: Option<&Path>,
    ) -> Result<()> {
        self.check(train, val);
        let num_done = self.loss_history.len();
        let mut progress = self.progress(train);
        let save = |solver: &Solver, model: &dyn Model, rng: &RandomState| {
            checkpoint.map_or(Ok(()), |path| solver.save_checkpoint(path, model, rng))
        };
        while self.train_epoch(model, train, val, rng, &mut progress) {
            save(self, model, rng)?;
        }
        if let Some(line) = progress.finish("the model has its best weights so far") {
            if self.step > 0 && self.loss_history.len() > num_done {
                save(self, model, rng)?;
                // What is drawn here must not change how the training may go on.
                let val_acc = measure_sample(model, val, self.settings.num_val_samples, &mut rng.clone());
                self.keep_if_best(model, val_acc, Measure::of(&val.batch(&[0]).1));
            }
            self.say(line);
        }
        self.put_back_best(model);
        Ok(())
    }

    /// A bar for the steps that are left.
    fn progress(&self, train: &dyn Samples) -> Progress {
        let done = self.epoch * self.iterations_per_epoch(train) + self.step;
        let progress = Progress::start("training", self.num_iterations(train)).after(done);
        let progress = progress.unit("iteration").prints_lines();
        if self.settings.verbose { progress } else { progress.silent() }
    }

    fn iterations_per_epoch(&self, train: &dyn Samples) -> usize {
        (train.len() / self.settings.batch_size).max(1)
    }

    fn num_iterations(&self, train: &dyn Samples) -> usize {
        self.settings.num_epochs * self.iterations_per_epoch(train)
    }

    /// One epoch, or what is left of one. Returns whether it was trained to its end: not if all are done, or if the
    /// training is to stop.
    #[track_caller]
    fn train_epoch(
        &mut self,
        model: &mut dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        rng: &mut RandomState,
        progress: &mut Progress,
    ) -> bool {
        if self.epoch >= self.settings.num_epochs {
            return false;
        }
        progress.detail(&format!("epoch {}/{}", self.epoch + 1, self.settings.num_epochs));
        let (iterations_per_epoch, num_iterations) = (self.iterations_per_epoch(train), self.num_iterations(train));
        // Settings and samples may be others than at the interrupt; an epoch has a last step all the same.
        for step in (self.step + 1).min(iterations_per_epoch)..=iterations_per_epoch {
            if progress.should_stop() {
                return false;
            }
            let (loss, targets) = self.step(model, train, rng);
            let iteration = self.loss_history.len();
            let print_every = self.settings.print_every;
            if print_every > 0 && (iteration - 1).is_multiple_of(print_every) {
                self.say(format!("(Iteration {iteration} / {num_iterations}) loss: {loss:.6}"));
            }
            progress.step(&[("loss", loss)]);
            self.step = step;
            if step == iterations_per_epoch {
                (self.epoch, self.step) = (self.epoch + 1, 0);
                for config in self.optim_configs.values_mut() {
                    config.learning_rate *= self.settings.lr_decay;
                }
            }
            if iteration == 1 || step == iterations_per_epoch {
                self.measure(model, train, val, Measure::of(&targets), rng);
            }
        }
        true
    }

    /// One step on one batch; returns its loss, and its targets.
    #[track_caller]
    fn step(&mut self, model: &mut dyn Model, train: &dyn Samples, rng: &mut RandomState) -> (f64, Targets) {
        let (x, y) = train.batch(&rng.choice(train.len(), self.settings.batch_size, true));
        let (loss, grads) = model.loss(&x, &y);
        self.loss_history.push(loss);
        let params = model.params_mut();
        assert!(
            grads.names().eq(params.names()),
            "Solver::train: the model's gradients are {:?}, expected {:?}, one for each parameter",
            grads.names().collect::<Vec<_>>(),
            params.names().collect::<Vec<_>>()
        );
        for (name, w) in params.iter_mut() {
            let dw = &grads[name];
            expect_shape("Solver::train", name, dw.shape(), w.shape(), "a gradient of its parameter's shape");
            if !self.optim_configs.contains_key(name) {
                self.optim_configs.insert(name.to_owned(), self.settings.optim_config.clone());
            }
            let config = self.optim_configs.get_mut(name).expect("put there above");
            let next_w = (self.settings.update_rule)(w, dw, config);
            expect_shape("Solver::train", name, next_w.shape(), w.shape(), "what the update rule must return");
            *w = next_w;
        }
        (loss, y)
    }

    /// Measures the model, and keeps it if it is the best.
    #[track_caller]
    fn measure(
        &mut self,
        model: &dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        measure: Measure,
        rng: &mut RandomState,
    ) {
        let train_acc = measure_sample(model, train, self.settings.num_train_samples, rng);
        let val_acc = measure_sample(model, val, self.settings.num_val_samples, rng);
        self.train_acc_history.push(train_acc);
        self.val_acc_history.push(val_acc);
        let (epoch, num_epochs, name) = (self.epoch, self.settings.num_epochs, measure.name());
        self.say(format!("(Epoch {epoch} / {num_epochs}) train {name}: {train_acc:.6}; val_{name}: {val_acc:.6}"));
        self.keep_if_best(model, val_acc, measure);
    }

    fn keep_if_best(&mut self, model: &dyn Model, val_acc: f64, measure: Measure) {
        if self.best.as_ref().is_none_or(|best| measure.is_better(val_acc, best.val_acc)) {
            self.best = Some(Best { val_acc, params: model.params().clone(), buffers: model.buffers() });
        }
    }

    #[track_caller]
    fn check(&self, train: &dyn Samples, val: &dyn Samples) {
        let SolverSettings { batch_size, num_train_samples, num_val_samples, .. } = self.settings;
        for (name, data) in [("train", train), ("val", val)] {
            assert!(!data.is_empty(), "Solver::train: `{name}` has no samples, expected at least 1");
        }
        assert!(batch_size > 0, "Solver::train: `batch_size` is 0, expected at least 1");
        for (name, count) in [("num_train_samples", num_train_samples), ("num_val_samples", num_val_samples)] {
            assert!(count != Some(0), "Solver::train: `{name}` is 0, expected at least 1, or None for all");
        }
    }

    fn put_back_best(&self, model: &mut dyn Model) {
        if let Some(best) = &self.best {
            model.params_mut().clone_from(&best.params);
            model.set_buffers(&best.buffers);
        }
    }

    fn say(&mut self, line: String) {
        if self.settings.verbose {
            make_way();
            println!("{line}");
        }
        self.log.push(line);
    }
}

/// Measures the model on so many samples, drawn anew; on all if `count` is `None` or there are no more.
#[track_caller]
fn measure_sample(model: &dyn Model, data: &dyn Samples, count: Option<usize>, rng: &mut RandomState) -> f64 {
    match count {
        Some(count) if count < data.len() => measure_some(model, data, &rng.choice(data.len(), count, true)),
        _ => measure(model, data),
    }
}
