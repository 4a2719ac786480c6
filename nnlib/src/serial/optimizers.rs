//! Optimizers as JAX has them: `init`, `update`, `get_params`.
//!
//! An [`Optimizer`] is a rule; what it remembers from step to step, parameters included, is a value of its own, the
//! [`OptimizerState`]:
//!
//! ```
//! use nnlib::grad::{Tensor, grad};
//! use nnlib::serial::optimizers;
//!
//! // The least x² that there is.
//! let grad_of_loss = grad(|x: &Tensor, _: &()| x.square().sum());
//! let optimizer = optimizers::momentum(0.1, 0.9);
//! let mut state = optimizer.init(Tensor::from(1.0));
//! for step in 0..300 {
//!     let grads = grad_of_loss(state.params(), &());
//!     state = optimizer.update(step, &grads, state);
//! }
//! assert!(optimizer.get_params(&state).item().abs() < 1e-4);
//! ```
//!
//! Source: JAX, `jax.example_libraries.optimizers`.

use crate::elementwise::change_all;
use crate::grad::{Tensor, Tree, expect_same_shapes};

/// A rule that turns gradients into steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizer {
    rule: Rule,
    step_size: StepSize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Sgd,
    Momentum { mass: f32 },
    RmsProp { gamma: f32, eps: f32 },
    Adam { b1: f32, b2: f32, eps: f32 },
}

/// How far a step goes, by its number `i` from 0. A number is a constant step size: `sgd(0.1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepSize {
    /// The same always.
    Constant(f32),
    /// `step_size * decay_rate ^ (i / decay_steps)`.
    ExponentialDecay {
        /// At step 0.
        step_size: f32,
        /// After how many steps `decay_rate` has been reached.
        decay_steps: f32,
        /// The factor for `decay_steps` steps.
        decay_rate: f32,
    },
    /// `step_size / (1 + decay_rate * i / decay_steps)`; `i / decay_steps` rounded down if `staircase`.
    InverseTimeDecay {
        /// At step 0.
        step_size: f32,
        /// How many steps `decay_rate` is for.
        decay_steps: f32,
        /// By how much the divisor grows in `decay_steps` steps.
        decay_rate: f32,
        /// Whether it grows only after whole `decay_steps`.
        staircase: bool,
    },
}

impl StepSize {
    /// The size of step `i`.
    pub fn at(&self, i: usize) -> f32 {
        let i = i as f32;
        match *self {
            StepSize::Constant(step_size) => step_size,
            StepSize::ExponentialDecay { step_size, decay_steps, decay_rate } => {
                step_size * decay_rate.powf(i / decay_steps)
            }
            StepSize::InverseTimeDecay { step_size, decay_steps, decay_rate, staircase } => {
                let intervals = if staircase { (i / decay_steps).floor() } else { i / decay_steps };
                step_size / (1.0 + decay_rate * intervals)
            }
        }
    }
}

impl From<f32> for StepSize {
    fn from(step_size: f32) -> StepSize {
        StepSize::Constant(step_size)
    }
}

/// Gradient descent: `x -= step_size * g`.
pub fn sgd(step_size: impl Into<StepSize>) -> Optimizer {
    Optimizer { rule: Rule::Sgd, step_size: step_size.into() }
}

/// Gradient descent with momentum: `v = mass * v + g`, `x -= step_size * v`.
///
/// Source: I. Sutskever et al., *On the Importance of Initialization and Momentum in Deep Learning*, ICML 2013, section
/// 2; as in JAX, the step size is applied outside of `v`.
pub fn momentum(step_size: impl Into<StepSize>, mass: f32) -> Optimizer {
    Optimizer { rule: Rule::Momentum { mass }, step_size: step_size.into() }
}

/// RMSProp: `s = gamma * s + (1 - gamma) * g²`, `x -= step_size * g / sqrt(s + eps)`. JAX's defaults are `gamma` 0.9
/// and `eps` 1e-8.
///
/// Source: T. Tieleman and G. Hinton, *Neural Networks for Machine Learning*, lecture 6e (2012).
pub fn rmsprop(step_size: impl Into<StepSize>, gamma: f32, eps: f32) -> Optimizer {
    Optimizer { rule: Rule::RmsProp { gamma, eps }, step_size: step_size.into() }
}

/// Adam: `m = b1 * m + (1 - b1) * g`, `v = b2 * v + (1 - b2) * g²`, and with `m' = m / (1 - b1^(i + 1))` and
/// `v' = v / (1 - b2^(i + 1))`, `x -= step_size * m' / (sqrt(v') + eps)`. JAX's defaults are `b1` 0.9, `b2` 0.999 and
/// `eps` 1e-8.
///
/// Source: D. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015, algorithm 1.
pub fn adam(step_size: impl Into<StepSize>, b1: f32, b2: f32, eps: f32) -> Optimizer {
    Optimizer { rule: Rule::Adam { b1, b2, eps }, step_size: step_size.into() }
}

/// Parameters, and what an [`Optimizer`] remembers of earlier gradients.
#[derive(Clone, Debug)]
pub struct OptimizerState<P> {
    params: P,
    /// For each tensor of `params`, the numbers that the rule remembers: velocity, or moments.
    memory: Vec<Vec<Vec<f32>>>,
}

impl<P> OptimizerState<P> {
    /// The parameters as they are now.
    pub fn params(&self) -> &P {
        &self.params
    }
}

impl Optimizer {
    /// The state before the first step.
    pub fn init<P: Tree>(&self, params: P) -> OptimizerState<P> {
        let arrays = match self.rule {
            Rule::Sgd => 0,
            Rule::Momentum { .. } | Rule::RmsProp { .. } => 1,
            Rule::Adam { .. } => 2,
        };
        let zeros = |tensor: &Tensor| vec![vec![0.0; tensor.value().len()]; arrays];
        let memory = params.tensors().into_iter().map(zeros).collect();
        OptimizerState { params, memory }
    }

    /// The state after step `i`, counted from 0, along `grads`.
    ///
    /// # Panics
    ///
    /// If `grads` has not the structure and the shapes of the parameters.
    #[track_caller]
    pub fn update<P: Tree>(&self, i: usize, grads: &P, state: OptimizerState<P>) -> OptimizerState<P> {
        let OptimizerState { mut params, mut memory } = state;
        expect_same_shapes("update", &params, grads);
        let mut rest = grads.tensors().into_iter().zip(&mut memory);
        params.visit_tensors_mut(&mut |x| {
            let (gradient, memory) = rest.next().expect("as many gradients and memories as parameters");
            self.step(i, x, gradient, memory);
        });
        OptimizerState { params, memory }
    }

    /// The parameters, to be kept; see also [`OptimizerState::params`].
    pub fn get_params<P: Clone>(&self, state: &OptimizerState<P>) -> P {
        state.params.clone()
    }

    /// Step `i` of one tensor, in place.
    fn step(&self, i: usize, x: &mut Tensor, gradient: &Tensor, memory: &mut [Vec<f32>]) {
        let step_size = self.step_size.at(i);
        match (self.rule, memory) {
            (Rule::Sgd, _) => x.add_scaled(-step_size, gradient),
            (Rule::Momentum { mass }, [velocity]) => {
                change_all([x.numbers_mut(), velocity], &gradient.numbers(), |[x, v], g| {
                    *v = mass * *v + g;
                    *x -= step_size * *v;
                })
            }
            (Rule::RmsProp { gamma, eps }, [mean_square]) => {
                change_all([x.numbers_mut(), mean_square], &gradient.numbers(), |[x, s], g| {
                    *s = gamma * *s + (1.0 - gamma) * g * g;
                    *x -= step_size * g / (*s + eps).sqrt();
                })
            }
            (Rule::Adam { b1, b2, eps }, [first, second]) => {
                let power = i as i32 + 1;
                let (correct_first, correct_second) = (1.0 / (1.0 - b1.powi(power)), 1.0 / (1.0 - b2.powi(power)));
                change_all([x.numbers_mut(), first, second], &gradient.numbers(), |[x, m, v], g| {
                    *m = b1 * *m + (1.0 - b1) * g;
                    *v = b2 * *v + (1.0 - b2) * g * g;
                    *x -= step_size * *m * correct_first / ((*v * correct_second).sqrt() + eps);
                });
            }
            _ => unreachable!("`init` gives each rule its arrays"),
        }
    }
}
