//! Gradients against central differences, for losses made of many operations.

use nnlib::grad::{Padding, Tensor, Tree, gradient_at, tree_map};
use nnlib::ndarray::array;
use nnlib::rng::RandomState;

/// The step of the differences. A loss near 1 is rounded to 6e-8, so a slope to 6e-8 / H; the formula itself is wrong
/// by H² / 6 times the third derivative along the direction. Both are far below the tolerance.
const H: f32 = 1e-2;
/// Of the length of the gradient: the direction has length 1.
const TOLERANCE: f32 = 1e-3;

fn normal(rng: &mut RandomState, shape: &[usize]) -> Tensor {
    Tensor::from(rng.randn(shape))
}

fn inner<P: Tree>(a: &P, b: &P) -> f32 {
    let pairs = a.tensors().into_iter().zip(b.tensors());
    pairs.map(|(a, b)| (a * b).sum().item()).sum()
}

/// Compares the slope of `loss` along random directions with that which its gradient gives.
#[track_caller]
fn assert_slopes<P: Tree>(params: &P, loss: impl Fn(&P) -> Tensor) {
    let (_, grads) = gradient_at(params, &loss);
    let length = inner(&grads, &grads).sqrt();
    assert!(length > 0.01, "the gradient is too small to be checked");
    let mut rng = RandomState::new(5);
    for _ in 0..10 {
        let direction = params.map_tensors(&mut |tensor| normal(&mut rng, tensor.shape()));
        let norm = inner(&direction, &direction).sqrt();
        let direction = direction.map_tensors(&mut |tensor| tensor / norm);
        let at = |step: f32| loss(&tree_map(|x, v| x + step * v, params, &direction)).item();
        let slope = (at(H) - at(-H)) / (2.0 * H);
        let expected = inner(&grads, &direction);
        assert!((slope - expected).abs() <= TOLERANCE * length, "the slope is {slope}, by the gradient {expected}");
    }
}

#[test]
fn a_perceptron() {
    let mut rng = RandomState::new(0);
    let params = vec![
        (normal(&mut rng, &[6, 5]), normal(&mut rng, &[5])),
        (normal(&mut rng, &[5, 4]), normal(&mut rng, &[4])),
        (normal(&mut rng, &[4, 3]), normal(&mut rng, &[3])),
    ];
    let inputs = normal(&mut rng, &[7, 6]);
    assert_slopes(&params, |params| {
        let hidden = (inputs.dot(&params[0].0) + &params[0].1).tanh();
        let hidden = (hidden.dot(&params[1].0) + &params[1].1).sigmoid();
        let logits = hidden.dot(&params[2].0) + &params[2].1;
        -logits.log_softmax(1).pick(&array![0, 1, 2, 0, 1, 2, 0]).mean()
    });
}

#[test]
fn convolutions() {
    let mut rng = RandomState::new(1);
    let params = (normal(&mut rng, &[3, 2, 3, 2]), normal(&mut rng, &[3, 1, 1]), normal(&mut rng, &[2, 3, 2, 2]));
    let images = normal(&mut rng, &[3, 2, 6, 5]);
    assert_slopes(&params, |(first, bias, second)| {
        let hidden = (images.conv2d(first, (1, 1), Padding::Same) + bias).tanh();
        hidden.conv2d(second, (2, 1), Padding::Valid).square().mean().sqrt()
    });
}

#[test]
fn quotients_powers_and_reductions() {
    let mut rng = RandomState::new(2);
    let params = (normal(&mut rng, &[4, 5]), normal(&mut rng, &[4, 1]));
    assert_slopes(&params, |(x, y)| {
        let positive = x.square() + 1.0;
        let quotient = y / &positive - 2.0 / positive.powf(1.5);
        let sums = (&quotient - quotient.mean_axis(0)).exp().sum_axis(1).ln();
        (sums.reshape(&[2, 2]).transpose() * 0.3).logsumexp(0).sum()
    });
}
