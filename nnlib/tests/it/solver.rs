//! Tests of `nnlib::solver`: against NumPy's figures and log lines, checkpoints, and its messages.
//!
//! `fixtures/solver/make_fixture.py` made the figures.

use super::checks::panic_message;
use nnlib::data::ImageSet;
use nnlib::models::{Category, FullyConnectedConfig, FullyConnectedNet, TwoLayerConfig, TwoLayerNet};
use nnlib::ndarray::{Array1, Array2, ArrayD, Axis, array};
use nnlib::optim::{OptimConfig, UpdateRule, adam, rmsprop, sgd, sgd_momentum};
use nnlib::parameters::Parameters;
use nnlib::rng::RandomState;
use nnlib::save::npz;
use nnlib::solver::{ArraySamples, Model, Samples, Solver, SolverSettings, Targets, measure};
use serde_json::Value;

/// The fixture's samples.
fn grid(n: usize, d: usize, offset: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, d), |(row, j)| {
        let (i, j) = ((row + offset) as f64, j as f64);
        (0.37 * i + 1.3 * j + 0.11 * i * j).sin()
    })
}

fn classes(n: usize, offset: usize) -> ArraySamples {
    let x = grid(n, 12, offset);
    let y = x.map_axis(Axis(1), |row| {
        let score = |class: usize| row[class] + row[4 + class] * row[8 + class];
        (1..4).fold(0, |best, class| if score(class) > score(best) { class } else { best })
    });
    ArraySamples::new(x.into_dyn(), y)
}

fn values(n: usize, offset: usize) -> ArraySamples {
    let x = grid(n, 6, offset);
    let y = x.map_axis(Axis(1), |row| row[0] * row[1] + row[2].abs() - 0.5 * row[3]);
    ArraySamples::new(x.into_dyn(), y.into_dyn())
}

fn quiet(update_rule: UpdateRule, learning_rate: f64) -> SolverSettings {
    SolverSettings { verbose: false, ..SolverSettings::new(update_rule, OptimConfig::new(learning_rate)) }
}

#[track_caller]
fn assert_close<'a>(got: impl IntoIterator<Item = &'a f64>, expected: &Value) {
    let got: Vec<f64> = got.into_iter().copied().collect();
    let expected: Vec<f64> = expected.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{got} is not {expected}");
    }
}

#[track_caller]
fn assert_equals_numpy(expected: &Value, solver: &Solver, model: &dyn Model, rng: &mut RandomState) {
    let lines: Vec<&str> = expected["log"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(solver.log, lines);
    assert_close(&solver.loss_history, &expected["loss"]);
    assert_close(&solver.train_acc_history, &expected["train"]);
    assert_close(&solver.val_acc_history, &expected["val"]);
    assert_eq!(model.params().len(), expected["params"].as_object().unwrap().len());
    for (name, array) in model.params().iter() {
        assert_close(array, &expected["params"][name]);
    }
    // As many numbers were drawn.
    assert_close(&[rng.random_sample()], &serde_json::json!([expected["next"]]));
}

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/solver/numpy.json")).unwrap()
}

#[test]
fn classification_equals_numpy() {
    let mut rng = RandomState::new(231);
    let sizes = TwoLayerConfig { input_dim: 12, hidden_dim: 16, num_classes: 4, weight_scale: 0.1, reg: 1e-3 };
    let mut net = TwoLayerNet::new(&sizes, &mut rng);
    let mut solver =
        Solver::new(SolverSettings { lr_decay: 0.9, num_epochs: 4, batch_size: 60, print_every: 7, ..quiet(sgd, 0.5) });
    solver.train(&mut net, &classes(1205, 0), &classes(130, 5000), &mut rng);
    assert_equals_numpy(&fixture()["classes"], &solver, &net, &mut rng);
    assert_eq!(format!("{solver:?}"), "Solver after 4 of 4 epochs, best validation 0.753846");
}

fn regression_net(rng: &mut RandomState) -> FullyConnectedNet {
    let config = FullyConnectedConfig {
        input_dim: 6,
        output_dim: 1,
        reg: 1e-4,
        weight_scale: 0.3,
        ..FullyConnectedConfig::new(Category::Regression, &[10, 8], &[true, false])
    };
    FullyConnectedNet::new(&config, rng)
}

#[test]
fn regression_equals_numpy() {
    let mut rng = RandomState::new(7);
    let mut net = regression_net(&mut rng);
    let mut solver =
        Solver::new(SolverSettings { num_epochs: 6, batch_size: 50, print_every: 4, ..quiet(sgd_momentum, 0.02) });
    solver.train(&mut net, &values(330, 0), &values(120, 5000), &mut rng);
    assert_equals_numpy(&fixture()["values"], &solver, &net, &mut rng);
    assert_eq!(measure(&net, &values(120, 5000)), solver.best_val_acc().unwrap());
}

/// A model without a gradient whose score is its one parameter, and whose parameter counts the steps through its rule.
struct Counter {
    params: Parameters,
    buffer: f64,
}

impl Counter {
    fn new() -> Self {
        Counter { params: Parameters::from_iter([("w", array![0.0].into_dyn())]), buffer: 0.0 }
    }
}

impl Model for Counter {
    fn params(&self) -> &Parameters {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }
    fn loss(&mut self, _x: &ArrayD<f64>, _y: &Targets) -> (f64, Parameters) {
        self.buffer += 100.0;
        (0.5, Parameters::from_iter([("w", array![1.0].into_dyn())]))
    }
    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        ArrayD::from_elem(vec![x.shape()[0]], self.params["w"][0])
    }
    fn buffers(&self) -> Parameters {
        Parameters::from_iter([("buffer", array![self.buffer].into_dyn())])
    }
    fn set_buffers(&mut self, buffers: &Parameters) {
        self.buffer = buffers["buffer"][0];
    }
}

/// Ten samples that should all come out as `value`.
fn constant(value: f64) -> ArraySamples {
    ArraySamples::new(ArrayD::zeros(vec![10, 1]), Array1::from_elem(10, value).into_dyn())
}

fn count(w: &ArrayD<f64>, dw: &ArrayD<f64>, _: &mut OptimConfig) -> ArrayD<f64> {
    w + dw
}

#[test]
fn the_model_gets_back_the_parameters_and_buffers_of_its_best() {
    let mut model = Counter::new();
    let mut solver = Solver::new(SolverSettings { batch_size: 10, num_epochs: 7, ..quiet(count, 1.0) });
    // A step an epoch; after 3, the score is exactly what it should be.
    solver.train(&mut model, &constant(3.0), &constant(3.0), &mut RandomState::new(0));
    assert_eq!(solver.val_acc_history, [2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!((model.params["w"][0], model.buffer), (3.0, 300.0));
    assert_eq!((solver.best_val_acc(), &solver.best_params().unwrap()["w"]), (Some(0.0), &array![3.0].into_dyn()));
    assert_eq!(solver.epoch(), 7);

    // It is done, and goes on only for more epochs.
    let mut rng = RandomState::new(0);
    solver.train(&mut model, &constant(3.0), &constant(3.0), &mut rng);
    assert_eq!((solver.epoch(), rng.state()), (7, RandomState::new(0).state()));
    solver.settings.num_epochs = 8;
    solver.train(&mut model, &constant(3.0), &constant(3.0), &mut rng);
    assert_eq!((solver.epoch(), solver.loss_history.len()), (8, 8));
}

#[test]
fn what_is_no_number_is_never_the_best() {
    fn spoil(w: &ArrayD<f64>, _: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
        config.t += 1;
        if config.t == 2 { w.clone() + 1.0 } else { w * f64::NAN }
    }
    let mut model = Counter::new();
    let mut solver = Solver::new(SolverSettings { batch_size: 10, num_epochs: 3, ..quiet(spoil, 1.0) });
    model.params["w"][0] = f64::NAN;
    solver.train(&mut model, &constant(3.0), &constant(3.0), &mut RandomState::new(0));
    assert!(solver.best_val_acc().unwrap().is_nan());

    fn heal(_: &ArrayD<f64>, _: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
        config.t += 1;
        array![if config.t == 2 { 1.0 } else { f64::NAN }].into_dyn()
    }
    let mut solver = Solver::new(SolverSettings { batch_size: 10, num_epochs: 3, ..quiet(heal, 1.0) });
    solver.train(&mut model, &constant(3.0), &constant(3.0), &mut RandomState::new(0));
    assert_eq!((solver.best_val_acc(), model.params["w"][0]), (Some(2.0), 1.0));
}

#[test]
fn defaults_and_steps_are_those_of_the_course() {
    let settings = SolverSettings::new(sgd, OptimConfig::default());
    assert_eq!((settings.batch_size, settings.num_epochs, settings.print_every), (100, 10, 10));
    assert_eq!((settings.num_train_samples, settings.num_val_samples), (Some(1000), None));
    assert_eq!((settings.lr_decay, settings.verbose, settings.optim_config.learning_rate), (1.0, true, 1e-2));

    // A batch may be larger than the set: an epoch is one step then. Nothing is printed of the loss.
    let mut solver = Solver::new(SolverSettings { num_epochs: 2, print_every: 0, ..quiet(count, 1.0) });
    solver.train(&mut Counter::new(), &constant(3.0), &constant(3.0), &mut RandomState::new(0));
    let lines = [
        "(Epoch 1 / 2) train rms: 2.000000; val_rms: 2.000000",
        "(Epoch 2 / 2) train rms: 1.000000; val_rms: 1.000000",
    ];
    assert_eq!((solver.loss_history.len(), solver.log.as_slice()), (2, lines.map(str::to_owned).as_slice()));
}

#[test]
fn images_come_as_numbers_from_0_to_1() {
    let set = ImageSet::new(array![[0, 255], [51, 102]], array![7, 3], 1, 2);
    let (x, y) = set.batch(&[1, 0, 1]);
    assert_eq!(x, array![[0.2, 0.4], [0.0, 1.0], [0.2, 0.4]].into_dyn());
    assert_eq!(y, Targets::Classes(array![3, 7, 3]));
    assert_eq!(Samples::len(&set), 2);
}

#[test]
fn values_of_any_rank_are_targets() {
    let targets = Targets::from(array![[1.0, 2.0], [3.0, 4.0]].into_dyn());
    assert_eq!((targets.len(), targets.is_empty()), (2, false));
    assert_eq!(targets.select(&[1]).values(), array![[3.0, 4.0]].into_dyn());
    assert!(Targets::from(Array1::<usize>::zeros(0)).is_empty());
}

/// Trains for 6 epochs, once in one go and once cut off after 3; all must be the same, to the bit.
#[test]
fn a_resumed_training_equals_one_that_was_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rule) in [("sgd", sgd as UpdateRule), ("momentum", sgd_momentum), ("rmsprop", rmsprop), ("adam", adam)] {
        let path = folder.path().join(format!("{name}.npz"));
        let (train, val) = (values(330, 0), values(120, 5000));
        let settings = SolverSettings {
            num_epochs: 6,
            batch_size: 50,
            lr_decay: 0.8,
            num_train_samples: Some(100),
            ..quiet(rule, 0.01)
        };

        let mut rng = RandomState::new(7);
        let mut net = regression_net(&mut rng);
        let mut whole = Solver::new(settings.clone());
        whole.train(&mut net, &train, &val, &mut rng);

        let mut first_rng = RandomState::new(7);
        let mut first_net = regression_net(&mut first_rng);
        let mut first = Solver::new(SolverSettings { num_epochs: 3, ..settings.clone() });
        first.train_with_checkpoints(&mut first_net, &train, &val, &mut first_rng, &path).unwrap();

        let mut second_rng = RandomState::new(99);
        let mut second_net = regression_net(&mut second_rng);
        let mut second = Solver::resume(settings, &path, &mut second_net, &mut second_rng).unwrap();
        assert_eq!((second.epoch(), second.loss_history.len()), (3, 18));
        second.train_with_checkpoints(&mut second_net, &train, &val, &mut second_rng, &path).unwrap();

        assert_eq!(second.loss_history, whole.loss_history);
        assert_eq!(second.train_acc_history, whole.train_acc_history);
        assert_eq!(second.val_acc_history, whole.val_acc_history);
        assert_eq!((&second_net.params, second_net.buffers()), (&net.params, net.buffers()));
        assert_eq!(second_rng.state(), rng.state());
        assert_eq!(second.best_val_acc(), whole.best_val_acc());
    }
}

/// A checkpoint of a counter after two epochs, with a spare normal in the generator.
fn checkpoint(path: &std::path::Path) -> RandomState {
    let mut rng = RandomState::new(5);
    rng.standard_normal();
    let mut solver = Solver::new(SolverSettings { batch_size: 10, num_epochs: 2, ..quiet(count, 1.0) });
    solver.train_with_checkpoints(&mut Counter::new(), &constant(1.0), &constant(1.0), &mut rng, path).unwrap();
    rng
}

#[test]
fn a_checkpoint_holds_the_spare_normal_and_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter.npz");
    let mut rng = checkpoint(&path);
    let (mut model, mut restored) = (Counter::new(), RandomState::new(0));
    let settings = SolverSettings { batch_size: 10, num_epochs: 2, ..quiet(count, 1.0) };
    let mut solver = Solver::resume(settings, &path, &mut model, &mut restored).unwrap();
    assert!(rng.state().spare_normal.is_some());
    assert_eq!(restored.state(), rng.state());
    assert_eq!(restored.standard_normal(), rng.standard_normal());
    // Where it stood; its best was an epoch earlier, and comes back when the training ends.
    assert_eq!((model.params["w"][0], model.buffer, solver.best_val_acc()), (2.0, 200.0, Some(0.0)));
    solver.train(&mut model, &constant(1.0), &constant(1.0), &mut restored);
    assert_eq!((model.params["w"][0], model.buffer), (1.0, 100.0));
}

#[test]
fn a_checkpoint_that_does_not_fit_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter.npz");
    checkpoint(&path);
    let good = npz::read(&path).unwrap();
    let resume = |entries: &Parameters| {
        npz::write(entries, &path).unwrap();
        let (mut model, mut rng) = (Counter::new(), RandomState::new(0));
        let result = Solver::resume(quiet(count, 1.0), &path, &mut model, &mut rng);
        if result.is_err() {
            assert_eq!((model.params["w"][0], model.buffer, rng.state()), (0.0, 0.0, RandomState::new(0).state()));
        }
        let message = result.map(|_| ()).map_err(|error| error.to_string());
        message.map_err(|message| message.replace(&path.display().to_string(), "FILE"))
    };
    assert_eq!(resume(&good), Ok(()));

    let without = |name: &str| {
        let rest = good.iter().filter(|(other, _)| *other != name);
        rest.map(|(name, array)| (name.to_owned(), array.clone())).collect::<Parameters>()
    };
    for name in ["epoch", "history/loss", "history/train_acc", "history/val_acc", "rng/key", "rng/position"] {
        let expected = format!("FILE: expected a checkpoint with an entry `{name}`, found none");
        assert_eq!(resume(&without(name)), Err(expected));
    }
    assert_eq!(resume(&without("params/w")), Err("FILE: expected `params` of this model, w (1,), found ".to_owned()));
    assert_eq!(
        resume(&without("best/buffers/buffer")),
        Err("FILE: expected `best/buffers` of this model, buffer (1,), found ".to_owned())
    );

    let with = |name: &str, array: ArrayD<f64>| {
        let mut entries = good.clone();
        entries.insert(name, array);
        entries
    };
    let cases = [
        ("params/w", array![1.0, 2.0].into_dyn(), "`params` of this model, w (1,), found w (2,)"),
        ("best/params/v", array![1.0].into_dyn(), "`best/params` of this model, w (1,), found v (1,), w (1,)"),
        ("buffers/buffer", array![[1.0]].into_dyn(), "`buffers` of this model, buffer (1,), found buffer (1, 1)"),
        ("epoch", array![1.5].into_dyn(), "whole numbers from 0 to 9007199254740992 in `epoch`, found 1.5"),
        ("epoch", array![-1.0].into_dyn(), "whole numbers from 0 to 9007199254740992 in `epoch`, found -1"),
        ("epoch", array![1.0, 2.0].into_dyn(), "one number in `epoch`, found 2"),
        ("history/loss", array![[1.0]].into_dyn(), "`history/loss` with one axis, found shape [1, 1]"),
        ("optim/w/settings", array![1.0].into_dyn(), "7 numbers in `optim/w/settings`, found 1"),
        ("optim/w/m", array![1.0, 2.0].into_dyn(), "`optim/w/m` with the parameter's shape [1], found [2]"),
        ("rng/key", array![1.0].into_dyn(), "624 numbers in `rng/key`, found 1"),
        ("rng/position", array![625.0].into_dyn(), "whole numbers from 0 to 624 in `rng/position`, found 625"),
        ("rng/position", array![f64::NAN].into_dyn(), "whole numbers from 0 to 624 in `rng/position`, found NaN"),
        ("rng/spare_normal", array![1.0, 2.0].into_dyn(), "at most one number in `rng/spare_normal`, found 2"),
    ];
    for (name, array, message) in cases {
        assert_eq!(resume(&with(name, array)), Err(format!("FILE: expected {message}")));
    }
    let mut key = good["rng/key"].clone();
    key[3] = 4_294_967_296.0;
    assert_eq!(
        resume(&with("rng/key", key)),
        Err("FILE: expected whole numbers from 0 to 4294967295 in `rng/key`, found 4294967296".to_owned())
    );
}

#[test]
fn a_checkpoint_that_cannot_be_written_stops_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let mut solver = Solver::new(SolverSettings { batch_size: 10, num_epochs: 2, ..quiet(count, 1.0) });
    let (mut model, data) = (Counter::new(), constant(1.0));
    let result = solver.train_with_checkpoints(&mut model, &data, &data, &mut RandomState::new(0), folder.path());
    let message = result.unwrap_err().to_string();
    assert!(message.contains(&folder.path().display().to_string()), "{message}");
    assert_eq!(solver.epoch(), 1);
}

#[test]
fn misuse_says_what_was_wrong() {
    let new = |settings: SolverSettings| panic_message(|| Solver::new(settings));
    assert_eq!(
        new(SolverSettings { batch_size: 0, ..quiet(sgd, 1.0) }),
        "Solver::new: `batch_size` is 0, expected at least 1"
    );
    assert_eq!(
        new(SolverSettings { num_train_samples: Some(0), ..quiet(sgd, 1.0) }),
        "Solver::new: `num_train_samples` is 0, expected at least 1, or None for all"
    );
    assert_eq!(
        new(SolverSettings { num_val_samples: Some(0), ..quiet(sgd, 1.0) }),
        "Solver::new: `num_val_samples` is 0, expected at least 1, or None for all"
    );

    let nothing = ArraySamples::new(ArrayD::zeros(vec![0, 1]), Array1::<usize>::zeros(0));
    let train = |rule: UpdateRule, train: &dyn Samples, val: &dyn Samples| {
        let mut rng = RandomState::new(0);
        panic_message(|| Solver::new(quiet(rule, 1.0)).train(&mut Counter::new(), train, val, &mut rng))
    };
    let some = constant(1.0);
    let expected = |name| format!("Solver::train: `{name}` has no samples, expected at least 1");
    assert_eq!(train(count, &nothing, &some), expected("train"));
    assert_eq!(train(count, &some, &nothing), expected("val"));
    assert_eq!(
        panic_message(|| measure(&Counter::new(), &nothing)),
        "measure: `data` has no samples, expected at least 1"
    );
    assert_eq!(
        train(|_, _, _| array![1.0, 2.0].into_dyn(), &some, &some),
        "Solver::train: `w` has shape [2], expected [1] (what the update rule must return)"
    );
    let labelled = ArraySamples::new(ArrayD::zeros(vec![10, 1]), Array1::from_elem(10, 3));
    assert_eq!(
        train(count, &labelled, &labelled),
        "measure: the scores have shape [10], expected [10, C] (a row a sample)"
    );
    let pairs = ArraySamples::new(ArrayD::zeros(vec![10, 1]), ArrayD::zeros(vec![10, 2]));
    assert_eq!(
        train(count, &pairs, &pairs),
        "measure: the scores have shape [10], expected [10, 2] (the shape of the targets)"
    );

    struct Wrong(Counter, Parameters);
    impl Model for Wrong {
        fn params(&self) -> &Parameters {
            &self.0.params
        }
        fn params_mut(&mut self) -> &mut Parameters {
            &mut self.0.params
        }
        fn loss(&mut self, _x: &ArrayD<f64>, _y: &Targets) -> (f64, Parameters) {
            (0.0, self.1.clone())
        }
        fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
            self.0.scores(x)
        }
    }
    let wrong = |grads: Parameters| {
        let mut model = Wrong(Counter::new(), grads);
        panic_message(|| Solver::new(quiet(count, 1.0)).train(&mut model, &some, &some, &mut RandomState::new(0)))
    };
    assert_eq!(
        wrong(Parameters::new()),
        "Solver::train: the model's gradients are [], expected [\"w\"], one for each parameter"
    );
    assert_eq!(
        wrong(Parameters::from_iter([("w", array![[1.0]].into_dyn())])),
        "Solver::train: `w` has shape [1, 1], expected [1] (a gradient of its parameter's shape)"
    );

    assert_eq!(
        panic_message(|| ArraySamples::new(ArrayD::zeros(vec![3, 2]), array![1_usize, 2])),
        "ArraySamples::new: `y` has shape [2], expected [3] (a target for each sample of `x`)"
    );
    assert_eq!(
        panic_message(|| ArraySamples::new(ArrayD::zeros(vec![]), array![1_usize])),
        "ArraySamples::new: `x` has shape [], expected (N, d_1, ..., d_k)"
    );
    let (labels, numbers) = (Targets::from(array![1_usize]), Targets::from(array![1.0].into_dyn()));
    assert_eq!(panic_message(|| labels.values().len()), "Targets::values: these are classes, expected values");
    assert_eq!(panic_message(|| numbers.classes().len()), "Targets::classes: these are values, expected classes");
}
