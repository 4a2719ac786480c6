//! A convolutional network and its training against JAX's own stax and optimizers.
//!
//! JAX's side is `fixtures/serial/jax.json`, written by `fixtures/serial/make_fixture.py`.

use crate::grad::{assert_close, tensor};
use nnlib::grad::{Padding, Tensor, Tree, gradient_at};
use nnlib::rng::RandomState;
use nnlib::serial::optimizers::{Optimizer, StepSize, adam, momentum, rmsprop, sgd};
use nnlib::serial::{
    Layer, Mode, Params, conv, conv_with, dense, flatten, log_softmax, max_pool, max_pool_with, relu, serial, tanh,
};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/serial/jax.json")).expect("valid JSON")
}

/// The network of the fixture's program.
fn network() -> Layer {
    serial(vec![
        conv(4, (3, 3)),
        relu(),
        max_pool((2, 2), (2, 2)),
        conv_with(5, (3, 3), (1, 1), Padding::Same),
        tanh(),
        conv(3, (2, 2)),
        relu(),
        max_pool_with((2, 2), (2, 2), Padding::Same),
        flatten(),
        dense(7),
        relu(),
        dense(3),
        log_softmax(),
    ])
}

/// Parameters that were written as a list of weights and biases.
fn params_of(list: &Value) -> Params {
    let (output_shape, like) = network().init(&mut RandomState::new(0), &[2, 12, 10]);
    assert_eq!(output_shape, [3]);
    let mut tensors = list.as_array().expect("a list").iter().map(tensor);
    let params = like.map_tensors(&mut |like| {
        let tensor = tensors.next().expect("as many tensors as parameters");
        assert_eq!(tensor.shape(), like.shape());
        tensor
    });
    assert!(tensors.next().is_none(), "tensors left over");
    params
}

fn loss(params: &Params, images: &Tensor, targets: &Tensor) -> Tensor {
    -(targets * network().apply(params, images, Mode::Predict)).sum_axis(1).mean()
}

/// Asserts that each tensor is near, by its largest entry.
#[track_caller]
fn assert_params_close(what: &str, found: &Params, expected: &Value, tolerance: f32) {
    let expected = params_of(expected);
    for (index, (found, expected)) in found.tensors().into_iter().zip(expected.tensors()).enumerate() {
        assert_close(&format!("{what}, tensor {index}"), found, expected, tolerance);
    }
}

#[test]
fn the_network_of_the_fixture() {
    let fixture = fixture();
    let (params, images, targets) =
        (params_of(&fixture["params"]), tensor(&fixture["images"]), tensor(&fixture["targets"]));
    let log_probs = network().apply(&params, &images, Mode::Predict);
    assert_close("log_probs", &log_probs, &tensor(&fixture["log_probs"]), 2e-6);
    let (value, grads) = gradient_at(&params, |params| loss(params, &images, &targets));
    let expected = fixture["loss"].as_f64().expect("a number") as f32;
    assert!((value.item() - expected).abs() <= 2e-6 * expected, "{value} is not {expected}");
    assert_params_close("gradient", &grads, &fixture["grads"], 5e-6);
}

#[test]
fn steps_of_every_optimizer() {
    let fixture = fixture();
    let (images, targets) = (tensor(&fixture["images"]), tensor(&fixture["targets"]));
    let inverse_time =
        |staircase| sgd(StepSize::InverseTimeDecay { step_size: 0.1, decay_steps: 2.0, decay_rate: 0.5, staircase });
    let exponential = StepSize::ExponentialDecay { step_size: 0.1, decay_steps: 2.0, decay_rate: 0.5 };
    let optimizers: [(&str, Optimizer); 7] = [
        ("sgd", sgd(0.1)),
        ("momentum", momentum(0.05, 0.9)),
        ("rmsprop", rmsprop(0.001, 0.8, 1e-4)),
        ("adam", adam(0.001, 0.8, 0.99, 1e-4)),
        ("sgd exponential", sgd(exponential)),
        ("sgd inverse time", inverse_time(false)),
        ("sgd staircase", inverse_time(true)),
    ];
    assert_eq!(fixture["params_after"].as_object().expect("an object").len(), optimizers.len());
    for (name, optimizer) in optimizers {
        let mut state = optimizer.init(params_of(&fixture["params"]));
        for step in 0..4 {
            let (_, grads) = gradient_at(state.params(), |params| loss(params, &images, &targets));
            state = optimizer.update(step, &grads, state);
            let expected = &fixture["params_after"][name][(step + 1).to_string()];
            if step == 0 || step == 3 {
                let what = format!("{name}, after step {step}");
                assert_params_close(&what, &optimizer.get_params(&state), expected, 1e-5);
            }
        }
    }
}
