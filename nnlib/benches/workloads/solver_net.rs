//! Networks of `nnlib::models`, in `f64`, which `nnlib::solver` trains with the settings of the notebooks mlp-cifar10 and
//! batchnorm-mlp.

use super::{FIRST_STEPS, FirstSteps, TEST_BATCH, Workload};
use crate::arguments::Options;
use crate::images::Images;
use nnlib::data::cifar10::Split;
use nnlib::data::{Mnist, mnist};
use nnlib::metrics::predicted_classes;
use nnlib::models::{
    Category, FullyConnectedConfig, FullyConnectedNet, ThreeLayerConfig, ThreeLayerNet, TwoLayerConfig, TwoLayerNet,
};
use nnlib::ndarray::ArrayD;
use nnlib::optim::{OptimConfig, sgd, sgd_momentum};
use nnlib::parameters::Parameters;
use nnlib::rng::RandomState;
use nnlib::solver::{ArraySamples, Model, Samples, Solver, SolverSettings, Targets};

pub struct SolverNet {
    model: Box<dyn Model>,
    train: Box<dyn Samples>,
    validation: Box<dyn Samples>,
    test: Box<dyn Samples>,
    solver: Solver,
    rng: RandomState,
}

impl SolverNet {
    pub fn two_layer(options: &Options, images: &Images) -> Self {
        let config = TwoLayerConfig { hidden_dim: options.width(), weight_scale: 1e-3, ..TwoLayerConfig::default() };
        let model = TwoLayerNet::new(&config, &mut RandomState::new(0));
        SolverNet::on_cifar10(Box::new(model), options, images)
    }

    pub fn three_layer(options: &Options, images: &Images) -> Self {
        let width = options.width();
        let config = ThreeLayerConfig { hidden_dim_1: width, hidden_dim_2: width, ..ThreeLayerConfig::default() };
        let model = ThreeLayerNet::new(&config, &mut RandomState::new(0));
        SolverNet::on_cifar10(Box::new(model), options, images)
    }

    /// As mlp-cifar10 trains: 49,000 images less their mean, and 1,000 to validate by.
    fn on_cifar10(model: Box<dyn Model>, options: &Options, images: &Images) -> Self {
        let split = Split::new(&images.train, &images.test, 49_000, 1_000, images.test.len());
        let settings = SolverSettings { lr_decay: 0.95, ..SolverSettings::new(sgd, OptimConfig::new(1e-3)) };
        SolverNet::new(
            model,
            [Box::new(split.train), Box::new(split.validation), Box::new(split.test)],
            settings,
            options,
        )
    }

    /// As batchnorm-mlp trains: 50,000 images less their mean, and 10,000 to validate by.
    pub fn batchnorm(options: &Options, images: &Images) -> Self {
        let config = FullyConnectedConfig {
            reg: 1e-4,
            ..FullyConnectedConfig::new(Category::Classification, &[options.width()], &[true])
        };
        let model = FullyConnectedNet::new(&config, &mut RandomState::new(0));
        let (train, test) = (images.train.clone(), images.test.clone());
        // The split is the same wherever the images came from.
        let data = Mnist { train, test, origin: mnist::Origin::Embedded };
        let split = data.split(50_000, 10_000, images.test.len());
        let mean_image = split.mean_image();
        let samples = |images| Box::new(ArraySamples::centered(images, &mean_image)) as Box<dyn Samples>;
        let sets = [&split.train, &split.validation, &split.test].map(samples);
        let settings = SolverSettings::new(sgd_momentum, OptimConfig::new(1e-2));
        SolverNet::new(Box::new(model), sets, settings, options)
    }

    fn new(
        model: Box<dyn Model>,
        [train, validation, test]: [Box<dyn Samples>; 3],
        settings: SolverSettings,
        options: &Options,
    ) -> Self {
        let settings = SolverSettings { batch_size: options.batch(), num_epochs: 0, verbose: false, ..settings };
        SolverNet { model, train, validation, test, solver: Solver::new(settings), rng: RandomState::new(1) }
    }
}

impl Workload for SolverNet {
    /// With what the solver does after an epoch: accuracy on 1,000 training images, and on all to validate by.
    fn train_epoch(&mut self) -> f64 {
        self.solver.settings.num_epochs += 1;
        let done = self.solver.loss_history.len();
        self.solver.train(self.model.as_mut(), self.train.as_ref(), self.validation.as_ref(), &mut self.rng);
        let losses = &self.solver.loss_history[done..];
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    fn classify_test(&self) -> Vec<usize> {
        let rows: Vec<usize> = (0..self.test.len()).collect();
        let classify = |rows: &[usize]| predicted_classes(&self.model.scores(&self.test.batch(rows).0));
        rows.chunks(TEST_BATCH).flat_map(classify).collect()
    }

    fn parameters(&self) -> Parameters {
        self.model.params().iter().map(|(name, array)| (plain_name(name), array.clone())).collect()
    }

    fn first_steps(&mut self) -> FirstSteps {
        let batch_size = self.solver.settings.batch_size;
        let train = First { samples: self.train.as_ref(), len: FIRST_STEPS * batch_size };
        // Measured on all of these, so that nothing but batches is drawn.
        let settings = SolverSettings { num_epochs: 1, num_train_samples: None, ..self.solver.settings.clone() };
        let mut solver = Solver::new(settings);
        let mut draws = self.rng.clone();
        let batches = (0..FIRST_STEPS).map(|_| draws.choice(train.len, batch_size, true)).collect();
        solver.train(self.model.as_mut(), &train, &train, &mut self.rng);
        FirstSteps { batches, losses: solver.loss_history }
    }
}

/// The first `len` of some samples.
struct First<'a> {
    samples: &'a dyn Samples,
    len: usize,
}

impl Samples for First<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn batch(&self, indices: &[usize]) -> (ArrayD<f64>, Targets) {
        self.samples.batch(indices)
    }
}

/// `theta1` and `W1` as `w1`, `theta1_0` as `b1`.
fn plain_name(name: &str) -> String {
    match name.strip_prefix("theta") {
        Some(number) => number.strip_suffix("_0").map_or_else(|| format!("w{number}"), |number| format!("b{number}")),
        None => name.to_lowercase(),
    }
}
