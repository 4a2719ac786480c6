//! Every operation and the course's perceptron against JAX.
//!
//! JAX's side is `fixtures/grad/jax.json`, written by `fixtures/grad/make_fixture.py`.

use super::{assert_close, tensor};
use nnlib::grad::{Padding, Tensor, gradient_at, tree_map, value_and_grad};
use nnlib::ndarray::array;
use nnlib::rng::RandomState;
use serde_json::Value;

/// Of the largest entry: some ten roundings of an `f32`.
const TOLERANCE: f32 = 1e-6;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/grad/jax.json")).expect("valid JSON")
}

/// The operation of this name in the fixture's program.
fn operation(name: &str, x: &[Tensor]) -> Tensor {
    let conv = |stride, padding| x[0].conv2d(&x[1], stride, padding);
    let pool = |window, stride, padding| x[0].max_pool(window, stride, padding);
    match name.split(' ').next().expect("a word") {
        "add" => &x[0] + &x[1],
        "subtract" => &x[0] - &x[1],
        "multiply" => &x[0] * &x[1],
        "divide" => &x[0] / &x[1],
        "maximum" => x[0].maximum(&x[1]),
        "numbers" => (2.0 - 3.0 * &x[0]) / 4.0 + 1.5 - &x[0] * 0.25,
        "number" => 2.0 / &x[0],
        "negative" => -&x[0],
        "twice" => &x[0] * &x[0] + &x[0],
        "tanh" => x[0].tanh(),
        "relu" => x[0].relu(),
        "sigmoid" => x[0].sigmoid(),
        "exp" => x[0].exp(),
        "ln" => x[0].ln(),
        "sqrt" => x[0].sqrt(),
        "square" => x[0].square(),
        "powf" => x[0].powf(2.5),
        "sum" => x[0].sum(),
        "mean" => x[0].mean(),
        "pick" => x[0].pick(&array![2, 0, 1, 2, 1]),
        "reshape" => x[0].reshape(&[6, 2]),
        "transpose" => x[0].transpose(),
        _ => match name {
            "sum_axis 0" => x[0].sum_axis(0),
            "sum_axis 1" => x[0].sum_axis(1),
            "sum_axis 2" => x[0].sum_axis(2),
            "mean_axis 0" => x[0].mean_axis(0),
            "mean_axis 1" => x[0].mean_axis(1),
            "max_axis 0" => x[0].max_axis(0),
            "max_axis 1 ties" => x[0].max_axis(1),
            "logsumexp 0" => x[0].logsumexp(0),
            "logsumexp 1" => x[0].logsumexp(1),
            "log_softmax 0" => x[0].log_softmax(0),
            "log_softmax 1" => x[0].log_softmax(1),
            "dot" => x[0].dot(&x[1]),
            "dot transposed" => x[0].transpose().dot(&x[1]),
            "conv2d valid" | "conv2d whole image" | "conv2d 19 images" => conv((1, 1), Padding::Valid),
            "conv2d same" | "conv2d same, window larger than images" => conv((1, 1), Padding::Same),
            "conv2d valid stride 2x3" => conv((2, 3), Padding::Valid),
            "conv2d same stride 2x3" => conv((2, 3), Padding::Same),
            "conv2d same stride 3, window 1" => conv((3, 3), Padding::Same),
            "max_pool valid 2" => pool((2, 2), (2, 2), Padding::Valid),
            "max_pool same 2" => pool((2, 2), (2, 2), Padding::Same),
            "max_pool valid 3x2 stride 1x2" => pool((3, 2), (1, 2), Padding::Valid),
            "max_pool same 3 stride 2" => pool((3, 3), (2, 2), Padding::Same),
            "max_pool ties" => pool((2, 2), (1, 1), Padding::Valid),
            _ => panic!("the fixture has an operation {name} that is not tested"),
        },
    }
}

#[test]
fn values_and_gradients_of_every_operation() {
    let fixture = fixture();
    let cases = fixture["operations"].as_array().expect("a list");
    assert_eq!(cases.len(), 61, "operations in the fixture");
    for case in cases {
        let name = case["name"].as_str().expect("a string");
        let tensors =
            |part: &str| -> Vec<Tensor> { case[part].as_array().expect("a list").iter().map(tensor).collect() };
        let (inputs, weights) = (tensors("inputs"), tensor(&case["weights"]));
        assert_close(name, &operation(name, &inputs), &tensor(&case["value"]), TOLERANCE);
        let (_, grads) = gradient_at(&inputs, |inputs| (operation(name, inputs) * &weights).sum());
        for (index, (grad, expected)) in grads.iter().zip(tensors("grads")).enumerate() {
            assert_close(&format!("{name}, gradient {index}"), grad, &expected, TOLERANCE);
            // The same with the other operands constant.
            let (_, alone) = gradient_at(&inputs[index], |input| {
                let mut inputs = inputs.clone();
                inputs[index] = input.clone();
                (operation(name, &inputs) * &weights).sum()
            });
            assert_close(&format!("{name}, gradient {index} alone"), &alone, &expected, TOLERANCE);
        }
    }
}

/// As a student writes it.
fn predict(params: &[(Tensor, Tensor)], inputs: &Tensor) -> Tensor {
    let mut activations = inputs.clone();
    for (w, b) in &params[..params.len() - 1] {
        let outputs = activations.dot(w) + b;
        activations = outputs.tanh();
    }
    let (w, b) = &params[params.len() - 1];
    let logits = activations.dot(w) + b;
    &logits - logits.logsumexp(1)
}

// A loss takes what `value_and_grad` is given the gradient of: the vector itself.
#[allow(clippy::ptr_arg)]
fn loss(params: &Vec<(Tensor, Tensor)>, batch: &(Tensor, Tensor)) -> Tensor {
    let (inputs, targets) = batch;
    -(targets * predict(params, inputs)).sum_axis(1).mean()
}

fn init_random_params(layer_sizes: &[usize], rng: &mut RandomState) -> Vec<(Tensor, Tensor)> {
    let scale = 0.1;
    let pairs = layer_sizes.windows(2);
    pairs.map(|s| (Tensor::from(scale * rng.randn((s[0], s[1]))), Tensor::from(scale * rng.randn(s[1])))).collect()
}

#[test]
fn the_perceptron_of_the_course() {
    let fixture = &fixture()["perceptron"];
    let batch = (tensor(&fixture["inputs"]), tensor(&fixture["targets"]));
    let mut params = init_random_params(&[12, 16, 8, 4], &mut RandomState::new(0));

    let value_and_grad_of_loss = value_and_grad(loss);
    let (value, grads) = value_and_grad_of_loss(&params, &batch);
    let expected = fixture["loss"].as_f64().expect("a number") as f32;
    assert_close("loss", &value, &Tensor::from(expected), 1e-6);
    for (layer, (dw, db)) in grads.iter().enumerate() {
        assert_close(&format!("dw of layer {layer}"), dw, &tensor(&fixture["grads"][layer][0]), 1e-5);
        assert_close(&format!("db of layer {layer}"), db, &tensor(&fixture["grads"][layer][1]), 1e-5);
    }

    let learning_rate = 0.5;
    for step in 0..20 {
        let (_, grads) = value_and_grad_of_loss(&params, &batch);
        // The update in a student's way, and by `tree_map`.
        params = if step % 2 == 0 {
            let pairs = params.iter().zip(&grads);
            pairs.map(|((w, b), (dw, db))| (w - learning_rate * dw, b - learning_rate * db)).collect()
        } else {
            tree_map(|x, dx| x - learning_rate * dx, &params, &grads)
        };
    }
    for (layer, (w, b)) in params.iter().enumerate() {
        let expected = &fixture["params_after_20_steps"][layer];
        assert_close(&format!("w of layer {layer}"), w, &tensor(&expected[0]), 1e-5);
        assert_close(&format!("b of layer {layer}"), b, &tensor(&expected[1]), 1e-5);
    }
    assert_close("predictions", &predict(&params, &batch.0), &tensor(&fixture["predictions"]), 1e-5);
}
