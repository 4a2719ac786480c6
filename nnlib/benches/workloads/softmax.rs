//! Softmax regression in `f64` with all images at each step, as the notebook softmax-regression trains it.

use super::{FIRST_STEPS, FirstSteps, Workload};
use crate::images::Images;
use nnlib::models::{FullBatch, SoftmaxRegression};
use nnlib::parameters::Parameters;
use nnlib::rng::RandomState;

pub struct Softmax<'a> {
    images: &'a Images,
    model: SoftmaxRegression,
}

impl<'a> Softmax<'a> {
    pub fn new(images: &'a Images) -> Self {
        Softmax { images, model: SoftmaxRegression::new(784, 10, 0.02, &mut RandomState::new(0)) }
    }
}

impl Workload for Softmax<'_> {
    /// One iteration: cost, accuracy and gradient on all training images, a step, cost and accuracy on the test images.
    fn train_epoch(&mut self) -> f64 {
        let settings = FullBatch { learning_rate: 0.5, num_iterations: 1, ..FullBatch::default() };
        self.model.train_full_batch(&self.images.train, &self.images.test, &settings).train_cost[0]
    }

    fn classify_test(&self) -> Vec<usize> {
        self.model.predict(&self.images.test).into_iter().map(usize::from).collect()
    }

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::new();
        parameters.insert("w1", self.model.weights.clone());
        parameters.insert("b1", self.model.bias.clone());
        parameters
    }

    fn first_steps(&mut self) -> FirstSteps {
        FirstSteps { batches: Vec::new(), losses: (0..FIRST_STEPS).map(|_| self.train_epoch()).collect() }
    }
}
