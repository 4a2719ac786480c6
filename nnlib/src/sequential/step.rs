//! One training step.

use crate::grad::{Tensor, gradient_at};

use super::forward::{count_right, forward};
use super::layers::Pass;
use super::model::Sequential;
use super::targets::Batch;

impl Sequential {
    /// Takes one training step on the batch `x`; returns the mean loss before it, and how many samples were predicted
    /// right.
    ///
    /// The model is built and compiled, and `targets` fit it.
    pub(super) fn step(&mut self, x: Tensor, targets: &Batch) -> (f32, usize) {
        let weights = self.tensors();
        let Sequential { layers, rng, compiled } = self;
        let compiled = compiled.as_mut().expect("checked by `fit`");
        let activation = layers.last().expect("checked by `fit`").layer.activation();

        let (mut right, mut updates) = (0, Vec::new());
        let (loss, gradients) = gradient_at(&weights, |weights| {
            let (z, asked) = forward(layers, weights, x, &mut Pass::training(rng));
            updates = asked;
            if compiled.accuracy {
                right = count_right(z.value(), activation, targets);
            }
            compiled.loss.of(&z, activation, targets)
        });
        drop(weights);

        let pairs = layers.iter_mut().zip(gradients).flat_map(|(entry, gradients)| {
            let pairs = entry.keys.iter().zip(entry.weights.iter_mut().zip(gradients));
            pairs.filter(|((_, trainable), _)| *trainable).map(|(_, pair)| pair)
        });
        compiled.stepper.step(pairs);
        for (layer, weight, value) in updates {
            layers[layer].weights[weight] = value.into();
        }
        (loss.item(), right)
    }
}
