//! What each misuse says.

use nnlib::grad::{Padding, Tensor, grad, gradient_at, tree_map};
use nnlib::ndarray::array;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of the panic that `f` ends in.
#[track_caller]
fn message<T>(f: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else { panic!("there was no panic") };
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()))
        .expect("text")
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape)
}

#[test]
fn operators_name_both_shapes() {
    let why = "aligned at the last axis, lengths must be equal or 1";
    let (a, b) = (zeros(&[3, 4]), zeros(&[3]));
    assert_eq!(message(|| &a + &b), format!("Tensor + Tensor: the shapes (3, 4) and (3,) do not fit; {why}"));
    assert_eq!(message(|| &a - &b), format!("Tensor - Tensor: the shapes (3, 4) and (3,) do not fit; {why}"));
    assert_eq!(message(|| &b * &a), format!("Tensor * Tensor: the shapes (3,) and (3, 4) do not fit; {why}"));
    assert_eq!(message(|| &a / &b), format!("Tensor / Tensor: the shapes (3, 4) and (3,) do not fit; {why}"));
    assert_eq!(message(|| a.maximum(&b)), format!("maximum: the shapes (3, 4) and (3,) do not fit; {why}"));
}

#[test]
fn products_name_what_was_expected() {
    assert_eq!(
        message(|| zeros(&[5, 12]).dot(&zeros(&[6, 5]))),
        "dot: `w` has shape [6, 5], expected [12, M] (12 columns in `self`, [5, 12])"
    );
    assert_eq!(message(|| zeros(&[5]).dot(&zeros(&[5, 2]))), "dot: `self` has shape [5], expected two axes");
    assert_eq!(message(|| zeros(&[2, 5]).dot(&zeros(&[5]))), "dot: `w` has shape [5], expected two axes");
}

#[test]
fn axes_and_shapes() {
    let x = zeros(&[3, 4]);
    let text = "expected less than 2 for the shape [3, 4]";
    assert_eq!(message(|| x.sum_axis(2)), format!("sum_axis: `axis` is 2, {text}"));
    assert_eq!(message(|| x.mean_axis(3)), format!("mean_axis: `axis` is 3, {text}"));
    assert_eq!(message(|| x.max_axis(2)), format!("max_axis: `axis` is 2, {text}"));
    assert_eq!(message(|| x.logsumexp(2)), format!("logsumexp: `axis` is 2, {text}"));
    assert_eq!(message(|| x.log_softmax(2)), format!("log_softmax: `axis` is 2, {text}"));
    assert_eq!(message(|| x.argmax_axis(2)), format!("argmax_axis: `axis` is 2, {text}"));
    assert_eq!(message(|| zeros(&[3]).argmax_axis(0)), "argmax_axis: `self` has shape [3], expected two axes");
    assert_eq!(message(|| zeros(&[2, 0]).sum_axis(1)), "sum_axis: the axis 1 of [2, 0] is empty");
    assert_eq!(message(|| zeros(&[2, 0]).mean()), "mean: the tensor of shape [2, 0] has no entries");
    assert_eq!(message(|| x.reshape(&[5, 2])), "reshape: [3, 4] has 12 entries, [5, 2] has 10");
    assert_eq!(message(|| x.item()), "item: the tensor has shape (3, 4), expected one number");
}

#[test]
fn labels() {
    let x = zeros(&[2, 3]);
    assert_eq!(message(|| x.pick(&array![0])), "pick: there are 1 `labels` for 2 rows");
    assert_eq!(message(|| x.pick(&array![0, 3])), "pick: label 3 of row 1 is no column; there are 3");
    assert_eq!(message(|| zeros(&[2]).pick(&array![0, 1])), "pick: `self` has shape [2], expected two axes");
}

#[test]
fn images() {
    let (images, filters) = (zeros(&[2, 3, 8, 8]), zeros(&[4, 3, 3, 3]));
    let conv = |images: &Tensor, filters: &Tensor, stride| images.conv2d(filters, stride, Padding::Valid);
    assert_eq!(
        message(|| conv(&zeros(&[2, 64]), &filters, (1, 1))),
        "conv2d: `self` has shape [2, 64], expected four axes, [N, C, H, W]"
    );
    assert_eq!(
        message(|| conv(&images, &zeros(&[4, 3]), (1, 1))),
        "conv2d: `filters` has shape [4, 3], expected four axes, [F, C, HH, WW]"
    );
    assert_eq!(
        message(|| conv(&images, &zeros(&[4, 1, 3, 3]), (1, 1))),
        "conv2d: `filters` has shape [4, 1, 3, 3], expected [F, 3, HH, WW] (3 channels in `self`, [2, 3, 8, 8])"
    );
    assert_eq!(message(|| conv(&images, &filters, (0, 1))), "conv2d: `stride` is (0, 1), expected at least 1");
    assert_eq!(
        message(|| conv(&images, &zeros(&[4, 3, 9, 2]), (1, 1))),
        "conv2d: the window of 9x2 is larger than the images of 8x8"
    );
    assert_eq!(
        message(|| images.max_pool((2, 9), (2, 2), Padding::Valid)),
        "max_pool: the window of 2x9 is larger than the images of 8x8"
    );
    assert_eq!(
        message(|| images.max_pool((2, 0), (2, 2), Padding::Same)),
        "max_pool: the window is (2, 0) pixels, expected at least 1"
    );
    assert_eq!(
        message(|| images.max_pool((2, 2), (2, 0), Padding::Same)),
        "max_pool: `stride` is (2, 0), expected at least 1"
    );
    assert_eq!(
        message(|| zeros(&[8, 8]).max_pool((2, 2), (2, 2), Padding::Same)),
        "max_pool: `self` has shape [8, 8], expected four axes, [N, C, H, W]"
    );
}

#[test]
fn losses() {
    let x = zeros(&[3, 4]);
    let expected = "the loss has shape (3, 4), expected one number: take its `mean()` or `sum()`";
    assert_eq!(message(|| grad(|x: &Tensor, _: &()| x * 2.0)(&x, &())), format!("grad: {expected}"));
    assert_eq!(message(|| gradient_at(&x, |x| x * 2.0)), format!("gradient_at: {expected}"));
}

#[test]
fn calls_within_calls() {
    let x = Tensor::from(2.0);
    let second_order = "gradient_at: a parameter belongs to a call of `grad` around this one; \
                        gradients of gradients are not supported";
    assert_eq!(message(|| gradient_at(&x, |x| gradient_at(x, |x| x * x).1)), second_order);
    let mixed = "Tensor * Tensor: the operands belong to two calls of `grad`, one within the other; \
                 a loss may use its own parameters and constants only";
    assert_eq!(message(|| gradient_at(&x, |x| gradient_at(&Tensor::from(3.0), |y| x * y).1)), mixed);
    let foreign = "grad: the loss does not belong to this call, but to another call of `grad` around it";
    assert_eq!(message(|| gradient_at(&x, |x| gradient_at(&Tensor::from(3.0), |_| x * 1.0).1)), foreign);
}

#[test]
fn trees_of_different_structure() {
    let add = |a: &Tensor, b: &Tensor| a + b;
    assert_eq!(
        message(|| tree_map(add, &vec![zeros(&[2])], &vec![zeros(&[2]), zeros(&[2])])),
        "tree_map: the first tree has 1 tensors, the second has 2"
    );
    assert_eq!(
        message(|| tree_map(add, &vec![zeros(&[2]), zeros(&[2])], &vec![zeros(&[2]), zeros(&[2, 1])])),
        "tree_map: tensor 1 has shape (2,) in the first tree, (2, 1) in the second"
    );
}
