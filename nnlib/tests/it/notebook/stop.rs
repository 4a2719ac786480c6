//! What an interrupt leaves: the weights, histories and scores so far.

use super::{interrupt, kernel_folder, listeners, next_cell, run};
use nnlib::data::{ImageSet, digits};
use nnlib::experiments::{Grid, cross_validate, repeat};
use nnlib::grad::Tensor;
use nnlib::metrics::History;
use nnlib::models::{
    FullBatch, LayeredNet, LayeredTraining, MiniBatch, SoftmaxRegression, TwoLayerConfig, TwoLayerNet,
};
use nnlib::ndarray::{Array1, Array2, ArrayD, Axis};
use nnlib::notebook::{Interruptible, progress};
use nnlib::optim::{OptimConfig, sgd_momentum};
use nnlib::parameters::Parameters;
use nnlib::rng::RandomState;
use nnlib::sequential::layers::{Layer, Pass, Weight};
use nnlib::sequential::optimizers::Adam;
use nnlib::sequential::{Dense, FitOptions, Sequential};
use nnlib::solver::{ArraySamples, Model, Samples, Solver, SolverSettings, Targets, measure};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Which of three numbers is the largest.
fn samples(seed: u32, n: usize) -> (Array2<f64>, Array1<usize>) {
    let x = RandomState::new(seed).randn((n, 3)).into_dimensionality().unwrap();
    let y = x.map_axis(Axis(1), |row| (0..3).fold(0, |best, class| if row[class] > row[best] { class } else { best }));
    (x, y)
}

fn array_samples(seed: u32, n: usize) -> ArraySamples {
    let (x, y) = samples(seed, n);
    ArraySamples::new(x.into_dyn(), y)
}

/// A network whose training is interrupted in step `interrupt_at`.
struct Interrupted {
    net: TwoLayerNet,
    steps: usize,
    interrupt_at: usize,
}

impl Interrupted {
    fn new(interrupt_at: usize) -> Self {
        let sizes = TwoLayerConfig { input_dim: 3, hidden_dim: 8, num_classes: 3, weight_scale: 0.1, reg: 0.0 };
        Interrupted { net: TwoLayerNet::new(&sizes, &mut RandomState::new(1)), steps: 0, interrupt_at }
    }
}

impl Model for Interrupted {
    fn params(&self) -> &Parameters {
        self.net.params()
    }
    fn params_mut(&mut self) -> &mut Parameters {
        self.net.params_mut()
    }
    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        self.net.scores(x)
    }
    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        self.steps += 1;
        if self.steps == self.interrupt_at {
            assert_eq!(listeners(), 1);
            interrupt();
        }
        Model::loss(&mut self.net, x, y)
    }
}

fn settings() -> SolverSettings {
    SolverSettings {
        batch_size: 20,
        num_epochs: 5,
        num_train_samples: Some(50),
        print_every: 0,
        verbose: false,
        ..SolverSettings::new(sgd_momentum, OptimConfig::new(0.05))
    }
}

#[test]
#[ignore = "a cell of the test below"]
fn solver_cell() {
    let (train, val) = (array_samples(2, 400), array_samples(3, 100));
    let mut whole = Solver::new(settings());
    let mut rng = RandomState::new(4);
    let mut uninterrupted = Interrupted::new(0);
    whole.train(&mut uninterrupted, &train, &val, &mut rng);

    // In the middle of the third epoch.
    let mut solver = Solver::new(SolverSettings { verbose: true, ..settings() });
    let mut rng = RandomState::new(4);
    let mut model = Interrupted::new(47);
    solver.train(&mut model, &train, &val, &mut rng);
    assert_eq!((model.steps, solver.epoch()), (47, 2));
    assert_eq!(solver.loss_history, whole.loss_history[..47]);
    assert_eq!(solver.train_acc_history, whole.train_acc_history[..3]);
    assert_eq!(solver.val_acc_history, whole.val_acc_history[..3]);
    let line = "stopped after 47 of 100 iterations; the model has its best weights so far";
    assert_eq!(solver.log.last().unwrap(), line);
    // The weights are those after 47 steps, taken one by one.
    let mut steps = Interrupted::new(0);
    let mut other_rng = RandomState::new(4);
    let mut configs: Vec<OptimConfig> = vec![OptimConfig::new(0.05); 4];
    for step in 1..=47 {
        let (x, y) = train.batch(&other_rng.choice(400, 20, true));
        let (_, grads) = steps.loss(&x, &y);
        for ((name, w), config) in steps.params_mut().iter_mut().zip(&mut configs) {
            *w = sgd_momentum(w, &grads[name], config);
        }
        if [1, 20, 40].contains(&step) {
            other_rng.choice(400, 50, true);
        }
    }
    assert!(measure(&steps, &val) > solver.val_acc_history[2], "the last are the best");
    assert_eq!(model.params(), steps.params());
    assert_eq!((solver.best_val_acc(), rng.state()), (Some(measure(&steps, &val)), other_rng.state()));

    // The request stands: nothing happens.
    solver.train(&mut model, &train, &val, &mut rng);
    assert_eq!((model.steps, model.params(), rng.state()), (47, steps.params(), other_rng.state()));
    let mut fresh = Solver::new(settings());
    fresh.train(&mut model, &train, &val, &mut rng);
    assert_eq!((fresh.loss_history.len(), fresh.best_val_acc(), model.params()), (0, None, steps.params()));

    // In the next cell it goes on, to the end that it would have come to.
    next_cell();
    solver.train(&mut model, &train, &val, &mut rng);
    assert_eq!((solver.epoch(), &solver.loss_history), (5, &whole.loss_history));
    assert_eq!(solver.val_acc_history, whole.val_acc_history);
    assert_eq!(model.params(), uninterrupted.params());
}

#[test]
fn a_solver_that_is_stopped_keeps_its_best_weights_and_goes_on_from_there() {
    let seen = run("stop::solver_cell", true);
    let stopped = "iterations; the model has its best weights so far";
    let lines: Vec<_> = seen.lines.iter().filter(|line| line.starts_with("stopped")).collect();
    assert_eq!(lines, [&format!("stopped after 47 of 100 {stopped}"), &format!("stopped after 47 of 100 {stopped}")]);
    assert!(seen.lines.iter().filter(|line| line.starts_with("(Epoch")).count() == 6, "{:?}", seen.lines);
}

#[test]
#[ignore = "a cell of the test below"]
fn checkpoint_cell() {
    let (train, val) = (array_samples(2, 400), array_samples(3, 100));
    let mut whole = Solver::new(settings());
    let (mut model, mut rng) = (Interrupted::new(0), RandomState::new(4));
    whole.train(&mut model, &train, &val, &mut rng);

    let path = kernel_folder().join("checkpoint.npz");
    let mut solver = Solver::new(settings());
    let (mut model, mut rng) = (Interrupted::new(33), RandomState::new(4));
    solver.train_with_checkpoints(&mut model, &train, &val, &mut rng, &path).unwrap();
    next_cell();
    let (mut model, mut rng) = (Interrupted::new(0), RandomState::new(99));
    let mut solver = Solver::resume(settings(), &path, &mut model, &mut rng).unwrap();
    assert_eq!((solver.epoch(), solver.loss_history.len()), (1, 33));
    solver.train(&mut model, &train, &val, &mut rng);
    assert_eq!((&solver.loss_history, &solver.val_acc_history), (&whole.loss_history, &whole.val_acc_history));
    assert_eq!((solver.best_val_acc(), solver.best_params()), (whole.best_val_acc(), whole.best_params()));
}

#[test]
fn a_checkpoint_of_an_interrupted_epoch_is_gone_on_from_bit_by_bit() {
    run("stop::checkpoint_cell", true);
}

/// A layer that does nothing but interrupt the cell when it is asked for the so-manieth time.
#[derive(Debug)]
struct Interrupter {
    calls: Arc<AtomicUsize>,
    interrupt_at: usize,
}

impl Layer for Interrupter {
    fn kind(&self) -> &'static str {
        "Interrupter"
    }
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(input.to_vec())
    }
    fn weights(&self, _input: &[usize], _rng: &mut RandomState) -> Vec<Weight> {
        Vec::new()
    }
    fn forward(&self, x: &Tensor, _weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.interrupt_at {
            interrupt();
        }
        x.clone()
    }
}

fn sequential(interrupt_at: usize) -> (Sequential, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut model = Sequential::with_seed(5);
    model.add(Dense::new(8).activation("relu").input_shape(&[3]));
    model.add(Interrupter { calls: calls.clone(), interrupt_at }).add(Dense::new(3).activation("softmax"));
    model.compile("sparse_categorical_crossentropy", Adam::new(0.01), &["accuracy"]);
    (model, calls)
}

#[test]
#[ignore = "a cell of the test below"]
fn fit_cell() {
    let (x, y) = samples(2, 100);
    let (x_val, y_val) = samples(3, 30);
    let options = |epochs| FitOptions { epochs, batch_size: 25, shuffle: false, ..FitOptions::default() };
    // Four steps and a validation an epoch: this is the second step of the third, the fourteenth of the first.
    let (mut model, calls) = sequential(12);
    let history = model.fit(&x, &y, options(10).validation_data(&x_val, &y_val));
    assert_eq!((calls.load(Ordering::Relaxed), history.len()), (12, 2));
    // Under the request nothing is trained, so this goes on in another cell.
    next_cell();
    let (mut steps, _) = sequential(0);
    let uninterrupted = steps.fit(&x, &y, FitOptions { verbose: 0, ..options(2).validation_data(&x_val, &y_val) });
    assert_eq!(history, uninterrupted);
    let first_half = (x.slice_axis(Axis(0), (..50).into()).to_owned(), y.slice_axis(Axis(0), (..50).into()).to_owned());
    steps.fit(&first_half.0, &first_half.1, FitOptions { verbose: 0, ..options(1) });
    assert_eq!(model.weights(), steps.weights());

    // During the validation: the epoch is whole.
    let (mut model, calls) = sequential(5);
    let history = model.fit(&x, &y, FitOptions { verbose: 0, ..options(10).validation_data(&x_val, &y_val) });
    assert_eq!((calls.load(Ordering::Relaxed), history["val_loss"].len()), (5, 1));
    // Before the first epoch is done, and before it begins.
    next_cell();
    let (mut model, _) = sequential(1);
    for _ in 0..2 {
        let history = model.fit(&x, &y, options(10));
        assert!(history.is_empty() && history["loss"].is_empty() && history["accuracy"].is_empty());
        assert_eq!(format!("{history:?}"), "after 0 epochs");
    }
}

#[test]
fn a_fit_that_is_stopped_keeps_its_weights_and_the_whole_epochs() {
    let lines = run("stop::fit_cell", true).lines;
    let told = |line: &&String| line.starts_with("Epoch") || line.starts_with("stopped");
    let expected = [
        "Epoch 1/10",
        "Epoch 2/10",
        "Epoch 3/10",
        "stopped after 10 of 40 steps; the weights so far are kept",
        "Epoch 1/10",
        "stopped after 1 of 40 steps; the weights so far are kept",
        "stopped after 0 of 40 steps; the weights so far are kept",
    ];
    assert_eq!(lines.iter().filter(told).collect::<Vec<_>>(), expected);
}

/// Interrupts the cell after a while.
fn interrupt_soon() -> thread::JoinHandle<()> {
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(150));
        interrupt();
    })
}

/// Trains far too long, in steps of all images, until the cell is interrupted; then just as many steps.
fn check_image_training(train: impl Fn(&ImageSet, usize) -> (History, Parameters)) {
    let images = digits::train_set(20);
    let interrupter = interrupt_soon();
    let (history, params) = train(&images, 1_000_000);
    interrupter.join().unwrap();
    next_cell();
    let (again, expected) = train(&images, history.len());
    assert!(history.len() > 1 && history.len() < 1_000_000, "{history:?}");
    assert_eq!((history.iterations, history.test_cost), (again.iterations, again.test_cost));
    assert_eq!(params, expected);
}

#[test]
#[ignore = "a cell of the test below"]
fn image_cell() {
    check_image_training(|images, num_epochs| {
        let mut rng = RandomState::new(0);
        let mut net = LayeredNet::new(&[784, 5, 10], 0.01, &mut rng);
        let settings = LayeredTraining { batch_size: 20, num_epochs, evaluate_every: 1, ..LayeredTraining::default() };
        (net.train(images, images, &settings, &mut rng), net.params)
    });
    let regression = || SoftmaxRegression::new(784, 10, 0.01, &mut RandomState::new(0));
    let params = |model: SoftmaxRegression| {
        Parameters::from_iter([("W", model.weights.into_dyn()), ("b", model.bias.into_dyn())])
    };
    check_image_training(|images, num_epochs| {
        let mut model = regression();
        let settings = MiniBatch { batch_size: 20, num_epochs, evaluate_every: 1, ..MiniBatch::default() };
        (model.train_mini_batch(images, images, &settings, &mut RandomState::new(0)), params(model))
    });
    check_image_training(|images, num_iterations| {
        let mut model = regression();
        let settings = FullBatch { num_iterations, ..FullBatch::default() };
        (model.train_full_batch(images, images, &settings), params(model))
    });
}

#[test]
fn trainings_over_images_keep_weights_and_history() {
    let lines = run("stop::image_cell", true).lines;
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(line.starts_with("stopped after ") && line.ends_with("steps; the weights so far are kept"), "{line}");
    }
}

#[test]
#[ignore = "a cell of the test below"]
fn experiments_cell() {
    let grid = Grid::new().counts("units", &[10, 20, 30, 40]);
    let mut runs = 0;
    let results = grid.search("accuracy", |settings| {
        runs += 1;
        for step in progress("training", 0..10) {
            if settings.count("units") == 30 && step == 4 {
                interrupt();
            }
        }
        settings.count("units") as f64
    });
    assert_eq!((runs, results.trials.len()), (3, 2));
    assert_eq!(results.best().unwrap().score, 20.0);
    // The request stands.
    let results = grid.search("accuracy", |_| unreachable!("no trial begins"));
    assert_eq!((results.trials.len(), results.best()), (0, None));
    assert_eq!(results.to_string(), "accuracy\nBest: none, for no trial was finished");
    results.evcxr_display();
    let scores = cross_validate("accuracy", &[(vec![0], vec![1])], |_, _| unreachable!("no fold begins"));
    assert!(scores.values.is_empty() && scores.mean().is_nan() && scores.std().is_nan());
    next_cell();
    let scores = repeat("accuracy", 3, |run| {
        if run == 1 {
            interrupt();
        }
        0.5
    });
    assert_eq!(scores.values, [0.5]);
}

#[test]
fn experiments_keep_what_was_finished() {
    let lines = run("stop::experiments_cell", true).lines;
    let lines: Vec<_> = lines.iter().filter(|line| !line.contains("EVCXR") && !line.contains("<table>")).collect();
    let expected = [
        "Tested 10: accuracy 10.0000",
        "Tested 20: accuracy 20.0000",
        "stopped after 2 of 4 trials; the scores so far are kept",
        "stopped after 0 of 4 trials; the scores so far are kept",
        "accuracy",
        "Best: none, for no trial was finished",
        "stopped after 0 of 1 fold; the scores so far are kept",
        "Run 1/3: accuracy 0.5000",
        "stopped after 1 of 3 runs; the scores so far are kept",
    ];
    assert_eq!(lines, expected);
}

#[test]
#[ignore = "a cell of the test below"]
fn loop_cell() {
    let mut seen = Vec::new();
    for epoch in progress("epochs", 0..3) {
        for step in progress("steps", 0..3) {
            assert_eq!(listeners(), 2);
            seen.push((epoch, step));
            if (epoch, step) == (1, 1) {
                interrupt();
            }
        }
    }
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]);
    let interrupts = Interruptible::start();
    assert!(!interrupts.stopped() && interrupts.should_stop() && interrupts.stopped());
    assert_eq!(progress("later", 0..3).count(), 0);
}

#[test]
fn loops_end_after_their_current_step_and_later_ones_do_not_begin() {
    let seen = run("stop::loop_cell", true);
    assert!(seen.lines.is_empty() && seen.commands.is_empty(), "{:?}", seen.lines);
    assert!(seen.folder.path().join("stop").exists());
}
