//! From a loss to its gradient.

use super::tape::{Tape, expect_number};
use super::{Tensor, Tree};

/// A function of parameters and a batch that returns gradients, in the structure of the parameters.
pub type GradFn<P, B> = Box<dyn Fn(&P, &B) -> P>;
/// A function of parameters and a batch that returns a loss and its gradients, in the structure of the parameters.
pub type ValueAndGradFn<P, B> = Box<dyn Fn(&P, &B) -> (Tensor, P)>;

/// The function that computes the gradient of `loss` with respect to its first argument, as `jax.grad`.
///
/// The gradients are constants in the structure of the parameters: gradients of gradients are not to be had. One is
/// zero where the loss does not depend on a parameter.
///
/// # Panics
///
/// The returned function panics if the loss is not one number, or if a parameter comes from a call of `grad` around
/// this one.
///
/// ```
/// use nnlib::grad::{Tensor, grad};
///
/// fn loss(x: &Tensor, target: &Tensor) -> Tensor {
///     (x - target).square().sum()
/// }
/// let (x, target) = (Tensor::from(3.0), Tensor::from(1.0));
/// assert_eq!(grad(loss)(&x, &target).item(), 4.0);
/// ```
pub fn grad<P: Tree + 'static, B: 'static>(loss: impl Fn(&P, &B) -> Tensor + 'static) -> GradFn<P, B> {
    Box::new(move |params, batch| differentiate("grad", params, |params| loss(params, batch)).1)
}

/// The function that computes `loss` and its gradient with respect to its first argument, as `jax.value_and_grad`.
///
/// # Panics
///
/// As [`grad()`].
pub fn value_and_grad<P: Tree + 'static, B: 'static>(
    loss: impl Fn(&P, &B) -> Tensor + 'static,
) -> ValueAndGradFn<P, B> {
    Box::new(move |params, batch| differentiate("value_and_grad", params, |params| loss(params, batch)))
}

/// The loss at `params` and its gradient there, for once: the loss may borrow, and may keep results of its own.
///
/// # Panics
///
/// As [`grad()`].
///
/// ```
/// use nnlib::grad::{Tensor, gradient_at};
/// use nnlib::ndarray::array;
///
/// let w = Tensor::from(array![[1.0], [2.0]]);
/// let x = Tensor::from(array![[3.0, 4.0]]);
/// let mut scores = None;
/// let (loss, dw) = gradient_at(&w, |w| {
///     let y = x.dot(w);
///     scores = Some(y.detach());
///     y.sum()
/// });
/// assert_eq!((loss.item(), dw), (11.0, Tensor::from(array![[3.0], [4.0]])));
/// assert_eq!(scores.expect("set by the loss").item(), 11.0);
/// ```
#[track_caller]
pub fn gradient_at<P: Tree>(params: &P, loss: impl FnOnce(&P) -> Tensor) -> (Tensor, P) {
    differentiate("gradient_at", params, loss)
}

#[track_caller]
fn differentiate<P: Tree>(function: &str, params: &P, loss: impl FnOnce(&P) -> Tensor) -> (Tensor, P) {
    let tape = Tape::new();
    let mut num_parameters = 0;
    let on_tape = params.map_tensors(&mut |tensor| {
        assert!(
            tensor.place.as_ref().is_none_or(|place| !place.is_live()),
            "{function}: a parameter belongs to a call of `grad` around this one; \
             gradients of gradients are not supported"
        );
        num_parameters += 1;
        tape.parameter(tensor.value.share())
    });
    let loss = loss(&on_tape);
    expect_number(function, &loss);
    // What the parameters share with the tape goes first, so that their memory is free for whoever owns `params`.
    drop(on_tape);
    let mut gradients = tape.gradients(&loss, num_parameters).into_iter();
    let gradients = params.map_tensors(&mut |tensor| match gradients.next().flatten() {
        Some(value) => Tensor { value, place: None },
        None => Tensor::zeros(tensor.shape()),
    });
    (loss.detach(), gradients)
}
