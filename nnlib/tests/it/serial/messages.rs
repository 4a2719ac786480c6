//! What each misuse says: the layer's place in the stack, what it got and what it expected.

use crate::checks::panic_message;
use nnlib::grad::{Padding, Tensor};
use nnlib::rng::RandomState;
use nnlib::serial::optimizers::{momentum, sgd};
use nnlib::serial::{Layer, Mode, conv, conv_with, dense, dropout, flatten, log_softmax, max_pool, relu, serial};

fn init_message(layers: Vec<Layer>, input_shape: &[usize]) -> String {
    panic_message(|| serial(layers).init(&mut RandomState::new(0), input_shape))
}

#[test]
fn what_a_layer_cannot_take() {
    assert_eq!(
        init_message(vec![conv(2, (3, 3)), relu(), dense(10)], &[1, 28, 28]),
        "init: layer 3 of 3, dense(10): got samples of shape (2, 26, 26), expected (D,); flatten them before"
    );
    assert_eq!(
        init_message(vec![flatten(), conv(2, (3, 3))], &[1, 28, 28]),
        "init: layer 2 of 2, conv(2, (3, 3)): got samples of shape (784,), expected (C, H, W)"
    );
    assert_eq!(
        init_message(vec![conv(2, (3, 3)), max_pool((2, 2), (2, 2)), conv(4, (5, 3))], &[1, 8, 8]),
        "init: layer 3 of 3, conv(4, (5, 3)): got samples of shape (2, 3, 3), expected at least 5x3 pixels"
    );
    assert_eq!(
        init_message(vec![max_pool((2, 9), (2, 2))], &[1, 8, 8]),
        "init: layer 1 of 1, max_pool((2, 9), (2, 2)): got samples of shape (1, 8, 8), expected at least 2x9 pixels"
    );
    assert_eq!(
        init_message(vec![max_pool((2, 2), (2, 2))], &[64]),
        "init: layer 1 of 1, max_pool((2, 2), (2, 2)): got samples of shape (64,), expected (C, H, W)"
    );
    assert_eq!(
        init_message(vec![log_softmax()], &[2, 3]),
        "init: layer 1 of 1, log_softmax(): got samples of shape (2, 3), expected (M,)"
    );
    assert_eq!(
        init_message(vec![relu(), serial(vec![flatten(), conv(2, (3, 3))])], &[1, 4, 4]),
        "init: layer 2 of 2, layer 2 of 2, conv(2, (3, 3)): got samples of shape (16,), expected (C, H, W)"
    );
    assert_eq!(
        panic_message(|| dense(3).init(&mut RandomState::new(0), &[2, 2])),
        "init: dense(3): got samples of shape (2, 2), expected (D,); flatten them before"
    );
}

#[test]
fn inputs_that_do_not_fit_the_parameters() {
    let net = serial(vec![conv(2, (3, 3)), flatten(), dense(10)]);
    let (_, params) = net.init(&mut RandomState::new(0), &[1, 6, 6]);
    let apply = |shape: &[usize]| panic_message(|| net.apply(&params, &Tensor::zeros(shape), Mode::Predict));
    assert_eq!(
        apply(&[5, 3, 6, 6]),
        "apply: layer 1 of 3, conv(2, (3, 3)): got samples of shape (3, 6, 6) and parameters w (2, 1, 3, 3), b (2,); \
         these samples need w (2, 3, 3, 3), b (2,)"
    );
    assert_eq!(
        apply(&[5, 1, 7, 6]),
        "apply: layer 3 of 3, dense(10): got samples of shape (40,) and parameters w (32, 10), b (10,); \
         these samples need w (40, 10), b (10,)"
    );
    assert_eq!(apply(&[6, 6]), "apply: layer 1 of 3, conv(2, (3, 3)): got samples of shape (6,), expected (C, H, W)");
    assert_eq!(apply(&[]), "apply: `inputs` is one number, expected a batch of samples, (N, ...)");
}

#[test]
fn parameters_of_another_network() {
    let net = serial(vec![flatten(), dense(2)]);
    let (_, params) = serial(vec![dense(2), flatten()]).init(&mut RandomState::new(0), &[4]);
    assert_eq!(
        panic_message(|| net.apply(&params, &Tensor::zeros(&[1, 4]), Mode::Predict)),
        "apply: layer 1 of 2, flatten(): got parameters (w (4, 2), b (2,)), expected those of another layer"
    );
}

#[test]
fn the_misprinted_last_layer() {
    let net = serial(vec![flatten(), dense(100), relu(), dense(100)]);
    net.expect_output(&[1, 28, 28], &[100]);
    assert_eq!(
        panic_message(|| net.expect_output(&[1, 28, 28], &[10])),
        "expect_output: layer 4 of 4, dense(100): gives samples of shape (100,), expected (10,)"
    );
    // And without the check, where the loss is computed.
    let (_, params) = net.init(&mut RandomState::new(0), &[1, 28, 28]);
    let logits = net.apply(&params, &Tensor::zeros(&[32, 1, 28, 28]), Mode::Predict);
    assert_eq!(
        panic_message(|| Tensor::zeros(&[32, 10]) * logits.log_softmax(1)),
        "Tensor * Tensor: the shapes (32, 10) and (32, 100) do not fit; \
         aligned at the last axis, lengths must be equal or 1"
    );
}

#[test]
fn options() {
    assert_eq!(panic_message(|| dropout(1.0)), "dropout: `rate` is 1, expected 0 or more and less than 1");
    assert_eq!(
        panic_message(|| conv(3, (0, 3))),
        "conv: the window is (0, 3) and the stride (1, 1), expected at least 1"
    );
    assert_eq!(
        panic_message(|| conv_with(3, (3, 3), (1, 0), Padding::Same)),
        "conv: the window is (3, 3) and the stride (1, 0), expected at least 1"
    );
    assert_eq!(
        panic_message(|| max_pool((2, 2), (0, 2))),
        "max_pool: the window is (2, 2) and the stride (0, 2), expected at least 1"
    );
}

#[test]
fn gradients_of_another_network() {
    let optimizer = momentum(0.1, 0.9);
    let state = optimizer.init(vec![Tensor::zeros(&[2, 3])]);
    assert_eq!(
        panic_message(|| optimizer.update(0, &vec![Tensor::zeros(&[3, 2])], state)),
        "update: tensor 0 has shape (2, 3) in the first tree, (3, 2) in the second"
    );
    let state = sgd(0.1).init(vec![Tensor::zeros(&[2])]);
    assert_eq!(
        panic_message(|| sgd(0.1).update(0, &vec![], state)),
        "update: the first tree has 1 tensors, the second has 0"
    );
}
