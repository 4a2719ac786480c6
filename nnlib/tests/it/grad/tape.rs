//! What is recorded, what is not, and how long.

use nnlib::grad::{Tensor, Tree, grad, gradient_at, value_and_grad};
use nnlib::ndarray::{Array2, ArrayD, array};
use std::collections::BTreeMap;

fn number(x: f32) -> Tensor {
    Tensor::from(x)
}

#[test]
fn gradients_have_the_structure_of_the_parameters() {
    type Params = (Tensor, Vec<(Tensor, Option<Tensor>)>, BTreeMap<String, Tensor>, ());
    let named = |x: f32| BTreeMap::from([("b".to_owned(), number(x)), ("a".to_owned(), number(10.0 * x))]);
    let params: Params = (number(2.0), vec![(number(3.0), None), (number(4.0), Some(number(5.0)))], named(6.0), ());
    let loss = |params: &Params, scale: &f32| {
        let (first, list, map, ()) = params;
        let last = list[1].1.as_ref().expect("there");
        *scale * (first * &list[0].0 + list[1].0.square() * last + &map["a"] * 2.0)
    };
    let (value, grads) = value_and_grad(loss)(&params, &10.0);
    assert_eq!(value.item(), 10.0 * (6.0 + 80.0 + 120.0));
    let grads: Vec<f32> = grads.tensors().iter().map(|tensor| tensor.item()).collect();
    assert_eq!(grads, [30.0, 20.0, 400.0, 160.0, 20.0, 0.0], "in order, with zero for what has no effect");
}

#[test]
fn a_tensor_used_twice_gets_both_gradients() {
    let cube = |x: &Tensor, _: &()| (x * x * x).sum();
    let x = Tensor::from(array![1.0, -2.0, 3.0]);
    assert_eq!(grad(cube)(&x, &()), Tensor::from(array![3.0, 12.0, 27.0]));
}

#[test]
fn a_loss_without_parameters_has_gradient_zero() {
    let (value, grad) = gradient_at(&Tensor::ones(&[2, 3]), |_| number(7.0));
    assert_eq!((value.item(), grad), (7.0, Tensor::zeros(&[2, 3])));
}

#[test]
fn detached_tensors_are_constants() {
    let (_, grad) = gradient_at(&number(3.0), |x| x * x.detach());
    assert_eq!(grad.item(), 3.0);
}

#[test]
fn a_gradient_within_another_loss_is_a_constant_of_it() {
    // The inner gradient, 2 * 5, is taken at a constant.
    let (_, outer) = gradient_at(&number(3.0), |x| {
        let (_, inner) = gradient_at(&number(5.0), |y| y * y);
        x * inner
    });
    assert_eq!(outer.item(), 10.0);
}

#[test]
fn tensors_kept_after_the_gradient_are_constants() {
    let mut kept = None;
    gradient_at(&number(3.0), |x| {
        kept = Some(x * 2.0);
        x * 1.0
    });
    let kept = kept.expect("set by the loss");
    let (_, grad) = gradient_at(&number(4.0), |y| y * &kept);
    assert_eq!(grad.item(), 6.0);
    let (_, grad) = gradient_at(&kept, |kept| kept.square());
    assert_eq!(grad.item(), 12.0);
}

#[test]
fn operators_leave_shared_operands_as_they_are() {
    let x = Tensor::from(array![1.0, 2.0]);
    let same = x.clone();
    let y = Tensor::from(array![10.0, 20.0]);
    assert_eq!(same + &y, Tensor::from(array![11.0, 22.0]));
    assert_eq!(&y - x.clone(), Tensor::from(array![9.0, 18.0]));
    assert_eq!(-x.clone() * 2.0, Tensor::from(array![-2.0, -4.0]));
    assert_eq!((x, y), (Tensor::from(array![1.0, 2.0]), Tensor::from(array![10.0, 20.0])));
}

#[test]
fn owned_operands_give_the_same_as_borrowed_ones() {
    let fresh = || (Tensor::from(array![[1.0, 2.0], [3.0, 4.0]]), Tensor::from(array![[5.0], [7.0]]));
    let (a, b) = fresh();
    type Binary = (fn(Tensor, Tensor) -> Tensor, fn(&Tensor, &Tensor) -> Tensor);
    let operators: [Binary; 4] = [
        (|a, b| a + b, |a, b| a + b),
        (|a, b| a - b, |a, b| a - b),
        (|a, b| a * b, |a, b| a * b),
        (|a, b| a / b, |a, b| a / b),
    ];
    for (owned, borrowed) in operators {
        assert_eq!(owned(fresh().0, fresh().1), borrowed(&a, &b));
        assert_eq!(owned(fresh().1, fresh().0), borrowed(&b, &a));
        let by_owned = gradient_at(&fresh(), |(a, b)| owned(a * 1.0, b * 1.0).sum());
        let by_borrowed = gradient_at(&fresh(), |(a, b)| borrowed(a, b).sum());
        assert_eq!(by_owned, by_borrowed);
    }
}

#[test]
fn any_layout_becomes_row_by_row() {
    let matrix = Array2::from_shape_fn((3, 4), |(i, j)| (10 * i + j) as f32);
    let tensor = Tensor::from(matrix.t().to_owned());
    assert_eq!(tensor.value().as_slice().expect("standard layout")[..4], [0.0, 10.0, 20.0, 1.0]);
    let reversed = matrix.clone().reversed_axes();
    assert_eq!(Tensor::from(&reversed), tensor);
    assert_eq!(Tensor::from(reversed), tensor);
    let doubles = matrix.mapv(f64::from).reversed_axes();
    assert_eq!(Tensor::from(&doubles), tensor);
    assert_eq!(Tensor::from(ArrayD::from_elem(vec![2, 0], 1.0)).shape(), [2, 0]);
}

#[test]
fn argmax_takes_the_first_of_equals_and_nan_as_largest() {
    let x = Tensor::from(array![[1.0, 3.0, 3.0], [f32::NAN, 5.0, f32::NAN], [f32::NEG_INFINITY, 0.0, -1.0]]);
    assert_eq!(x.argmax_axis(1), array![1, 0, 1]);
    assert_eq!(x.argmax_axis(0), array![1, 1, 1]);
}

#[test]
fn infinite_logits() {
    let x = Tensor::from(array![[f32::NEG_INFINITY, 0.0], [f32::NEG_INFINITY, f32::NEG_INFINITY]]);
    assert_eq!(x.logsumexp(1), Tensor::from(array![[0.0], [f32::NEG_INFINITY]]));
}

#[test]
fn tensors_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Tensor>();
}

#[test]
fn a_tensor_prints_its_shape_and_numbers() {
    assert_eq!(format!("{:?}", Tensor::from(array![1.0, 2.5])), "Tensor (2,)\n[1, 2.5]");
    assert_eq!(format!("{}", number(2.5)), "2.5");
}
