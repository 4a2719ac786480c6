//! The networks that are trained.

mod dropout_mlp;
mod serial_net;
mod softmax;
mod solver_net;

use crate::arguments::Options;
use crate::images::Images;
use dropout_mlp::DropoutMlp;
use nnlib::parameters::Parameters;
use serial_net::SerialNet;
use softmax::Softmax;
use solver_net::SolverNet;
use std::fmt;
use std::str::FromStr;

/// Images that are classified at a time.
const TEST_BATCH: usize = 1000;
/// How many steps a peer is compared in.
const FIRST_STEPS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Mlp,
    Convnet,
    DropoutMlp,
    TwoLayer,
    ThreeLayer,
    BatchNorm,
    Softmax,
}

impl Kind {
    const ALL: [(&'static str, Kind); 7] = [
        ("mlp", Kind::Mlp),
        ("convnet", Kind::Convnet),
        ("dropout-mlp", Kind::DropoutMlp),
        ("two-layer", Kind::TwoLayer),
        ("three-layer", Kind::ThreeLayer),
        ("batchnorm", Kind::BatchNorm),
        ("softmax", Kind::Softmax),
    ];

    /// How many epochs it is trained for; an epoch of softmax regression is a single step.
    pub fn epochs(self) -> usize {
        if self == Kind::Softmax { 8 } else { 3 }
    }

    /// Images a step; `None` where a step takes all of them.
    pub fn batch(self) -> Option<usize> {
        match self {
            Kind::Mlp | Kind::Convnet => Some(32),
            Kind::DropoutMlp => Some(128),
            Kind::TwoLayer | Kind::ThreeLayer | Kind::BatchNorm => Some(100),
            Kind::Softmax => None,
        }
    }

    /// Units of each hidden layer; `None` where there is nothing to choose.
    pub fn width(self) -> Option<usize> {
        match self {
            Kind::Mlp => Some(1024),
            Kind::DropoutMlp => Some(512),
            Kind::TwoLayer | Kind::ThreeLayer => Some(100),
            Kind::BatchNorm => Some(20),
            Kind::Convnet | Kind::Softmax => None,
        }
    }

    /// Whether an epoch may end after some of its steps: where the loop over them is not the library's.
    pub fn can_stop_early(self) -> bool {
        matches!(self, Kind::Mlp | Kind::Convnet)
    }

    /// How many images there are to train and to test on.
    pub fn num_images(self) -> [usize; 2] {
        if self.is_in_colour() { [50_000, 10_000] } else { [60_000, 10_000] }
    }

    /// Whether it trains on CIFAR-10, rather than MNIST.
    pub fn is_in_colour(self) -> bool {
        matches!(self, Kind::TwoLayer | Kind::ThreeLayer)
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Kind, String> {
        let names = Kind::ALL.map(|(name, _)| name).join(", ");
        let found = Kind::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, kind)| kind).ok_or_else(|| format!("{name}: expected one of {names}"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Kind::ALL.into_iter().find(|(_, kind)| kind == self);
        f.write_str(found.expect("every kind has a name").0)
    }
}

/// A training, epoch by epoch.
pub trait Workload {
    /// Trains for an epoch; returns the mean loss of its steps.
    fn train_epoch(&mut self) -> f64;

    /// What part of a whole epoch [`train_epoch`](Workload::train_epoch) is.
    fn part_of_epoch(&self) -> f64 {
        1.0
    }

    /// The class of each test image.
    fn classify_test(&self) -> Vec<usize>;

    /// The parameters as they are now: `w1`, `b1`, `w2` and so on.
    fn parameters(&self) -> Parameters;

    /// Takes the first steps of a new training, without dropout.
    fn first_steps(&mut self) -> FirstSteps;
}

/// What a peer must come out with from the same parameters.
pub struct FirstSteps {
    /// The numbers of the images of each step; none where a step takes all of them.
    pub batches: Vec<Vec<usize>>,
    /// The loss before each step.
    pub losses: Vec<f64>,
}

/// The training that `options` ask for, before its first step.
pub fn new<'a>(options: &Options, images: &'a Images) -> Box<dyn Workload + 'a> {
    match options.workload {
        Kind::Mlp => Box::new(SerialNet::mlp(options, images)),
        Kind::Convnet => Box::new(SerialNet::convnet(options, images)),
        Kind::DropoutMlp => Box::new(DropoutMlp::new(options, images)),
        Kind::TwoLayer => Box::new(SolverNet::two_layer(options, images)),
        Kind::ThreeLayer => Box::new(SolverNet::three_layer(options, images)),
        Kind::BatchNorm => Box::new(SolverNet::batchnorm(options, images)),
        Kind::Softmax => Box::new(Softmax::new(images)),
    }
}

/// The numbers of images one after the other, for the first steps.
fn batches_in_order(batch: usize) -> Vec<Vec<usize>> {
    (0..FIRST_STEPS).map(|step| (step * batch..(step + 1) * batch).collect()).collect()
}
