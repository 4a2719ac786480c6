//! Optimizers with Keras's formulas and defaults.
//!
//! Each holds its settings; what it remembers from step to step is with the model. g is the gradient of the batch's
//! mean loss with respect to a weight w, t the number of the step, from 1.

mod adam;
mod rmsprop;
mod sgd;

use crate::grad::Tensor;

use super::names::{Choice, Named};

pub use adam::Adam;
pub use rmsprop::RMSprop;
pub use sgd::SGD;

/// One of the optimizers; in Keras's words `"adam"`, `"rmsprop"`, `"sgd"` with their defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Adaptive moments.
    Adam(Adam),
    /// Gradients over their running root mean square.
    RMSprop(RMSprop),
    /// Gradient descent, with or without momentum.
    SGD(SGD),
}

impl Optimizer {
    /// How many arrays it remembers for each weight.
    fn num_slots(&self) -> usize {
        match self {
            Optimizer::Adam(_) => 2,
            Optimizer::RMSprop(_) => 1,
            Optimizer::SGD(sgd) => usize::from(sgd.momentum > 0.0),
        }
    }
}

impl Named for Optimizer {
    const KIND: &'static str = "optimizer";
    const ALL: &'static [(&'static str, Self)] = &[
        ("adam", Optimizer::Adam(Adam::DEFAULT)),
        ("rmsprop", Optimizer::RMSprop(RMSprop::DEFAULT)),
        ("sgd", Optimizer::SGD(SGD::DEFAULT)),
    ];
}

impl Choice<Optimizer> for Adam {
    fn choose(self, _place: &str) -> Optimizer {
        Optimizer::Adam(self)
    }
}

impl Choice<Optimizer> for RMSprop {
    fn choose(self, _place: &str) -> Optimizer {
        Optimizer::RMSprop(self)
    }
}

impl Choice<Optimizer> for SGD {
    fn choose(self, _place: &str) -> Optimizer {
        Optimizer::SGD(self)
    }
}

/// An optimizer at work on the weights of one model.
#[derive(Clone, Debug)]
pub(super) struct Stepper {
    optimizer: Optimizer,
    /// How many steps have been taken.
    steps: i32,
    /// What the optimizer remembers: for each weight its velocity, or its first and second moment.
    slots: Vec<Vec<Vec<f32>>>,
}

impl Stepper {
    pub fn new(optimizer: Optimizer) -> Self {
        Stepper { optimizer, steps: 0, slots: Vec::new() }
    }

    /// Moves each weight one step against its gradient; the weights are the same ones, in the same order, in every step.
    pub fn step<'a>(&mut self, weights: impl Iterator<Item = (&'a mut Tensor, Tensor)>) {
        self.steps += 1;
        for (index, (weight, gradient)) in weights.enumerate() {
            if index == self.slots.len() {
                self.slots.push(vec![vec![0.0; weight.value().len()]; self.optimizer.num_slots()]);
            }
            self.move_weight(weight, &gradient, index);
        }
    }

    fn move_weight(&mut self, weight: &mut Tensor, gradient: &Tensor, index: usize) {
        match (&self.optimizer, self.slots[index].as_mut_slice()) {
            (Optimizer::Adam(adam), [m, v]) => adam.step(self.steps, weight.numbers_mut(), &gradient.numbers(), m, v),
            (Optimizer::RMSprop(rmsprop), [v]) => rmsprop.step(weight.numbers_mut(), &gradient.numbers(), v),
            (Optimizer::SGD(sgd), [velocity]) => {
                sgd.step_with_momentum(weight.numbers_mut(), &gradient.numbers(), velocity);
            }
            (Optimizer::SGD(sgd), _) => sgd.step(weight, gradient),
            (_, slots) => unreachable!("{} slots, but `num_slots` says how many", slots.len()),
        }
    }

    /// How many numbers Keras counts as the optimizer's: one for each it remembers, the step number and the learning
    /// rate; `None` before the first step, when there are none yet.
    pub fn num_parameters(&self) -> Option<usize> {
        let remembered: usize = self.slots.iter().flatten().map(Vec::len).sum();
        (self.steps > 0).then_some(remembered + 2)
    }
}

/// Panics unless `value` is a number above 0.
#[track_caller]
fn expect_positive(function: &str, argument: &str, value: f64) {
    assert!(value > 0.0 && value.is_finite(), "{function}: `{argument}` is {value}, expected a number above 0");
}

/// Panics unless `value` is at least 0 and below 1.
#[track_caller]
fn expect_fraction(function: &str, argument: &str, value: f64) {
    assert!((0.0..1.0).contains(&value), "{function}: `{argument}` is {value}, expected 0 <= {argument} < 1");
}
