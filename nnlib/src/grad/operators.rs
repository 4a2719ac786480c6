//! `+ - * /` and the minus sign.

use super::Tensor;
use super::broadcast::{into_sum_to, sum_to, zip, zip_into, zip_shared};
use super::layout::rows;
use super::tape::{record, record_one};
use super::tensor::{from_vec, standard_layout};
use crate::elementwise::convert_array;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

#[track_caller]
fn add(a: Tensor, b: Tensor) -> Tensor {
    let (a_shape, b_shape) = (a.shape().to_vec(), b.shape().to_vec());
    let value = zip_shared("Tensor + Tensor", a.value.into_shared(), b.value.into_shared(), |a, b| a + b);
    record("Tensor + Tensor", [&a.place, &b.place], Arc::new(value), move |gradient, [a, b], gradients| {
        if let Some(b) = b {
            gradients.add(b, sum_to(&gradient, &b_shape));
        }
        if let Some(a) = a {
            gradients.add(a, into_sum_to(gradient, &a_shape));
        }
    })
}

#[track_caller]
fn subtract(a: Tensor, b: Tensor) -> Tensor {
    let (a_shape, b_shape) = (a.shape().to_vec(), b.shape().to_vec());
    let value = zip_shared("Tensor - Tensor", a.value.into_shared(), b.value.into_shared(), |a, b| a - b);
    record("Tensor - Tensor", [&a.place, &b.place], Arc::new(value), move |gradient, [a, b], gradients| {
        if let Some(b) = b {
            gradients.add(b, -sum_to(&gradient, &b_shape));
        }
        if let Some(a) = a {
            gradients.add(a, into_sum_to(gradient, &a_shape));
        }
    })
}

#[track_caller]
fn multiply(a: Tensor, b: Tensor) -> Tensor {
    let (a_shape, b_shape) = (a.shape().to_vec(), b.shape().to_vec());
    // A factor is kept if the other one asks for its gradient; one that nobody keeps can give its memory to the result.
    let kept_a = b.place.is_some().then(|| a.value.share());
    let kept_b = a.place.is_some().then(|| b.value.share());
    let value = zip_shared("Tensor * Tensor", a.value.into_shared(), b.value.into_shared(), |a, b| a * b);
    record("Tensor * Tensor", [&a.place, &b.place], Arc::new(value), move |gradient, [a, b], gradients| {
        if let (Some(b), Some(kept_a)) = (b, kept_a) {
            gradients.add(b, into_sum_to(zip(&gradient, &kept_a, |gradient, a| gradient * a), &b_shape));
        }
        if let (Some(a), Some(kept_b)) = (a, kept_b) {
            gradients.add(a, into_sum_to(zip_into(gradient, &kept_b, |gradient, b| gradient * b), &a_shape));
        }
    })
}

#[track_caller]
fn divide(a: Tensor, b: Tensor) -> Tensor {
    let (a_shape, b_shape) = (a.shape().to_vec(), b.shape().to_vec());
    let divisor = (a.place.is_some() || b.place.is_some()).then(|| b.value.share());
    let value = Arc::new(zip_shared("Tensor / Tensor", a.value.into_shared(), b.value.into_shared(), |a, b| a / b));
    let quotient = b.place.is_some().then(|| Arc::clone(&value));
    record("Tensor / Tensor", [&a.place, &b.place], value, move |gradient, [a, b], gradients| {
        let divisor = divisor.expect("kept where an operand is on the tape");
        let gradient = zip_into(gradient, &divisor, |gradient, b| gradient / b);
        if let (Some(b), Some(quotient)) = (b, quotient) {
            gradients
                .add(b, into_sum_to(zip(&gradient, &quotient, |gradient, quotient| -gradient * quotient), &b_shape));
        }
        if let Some(a) = a {
            gradients.add(a, into_sum_to(gradient, &a_shape));
        }
    })
}

/// `f` of each entry, where the derivative of `f` is the number `slope`.
fn linear(function: &'static str, x: Tensor, f: impl Fn(f32) -> f32 + Copy + Sync, slope: f32) -> Tensor {
    let Tensor { value, place } = x;
    let value = match Arc::try_unwrap(value.into_shared()) {
        Ok(own) => own.mapv_into(f),
        Err(shared) => convert_array(&shared, f),
    };
    record(function, [&place], Arc::new(value), move |gradient, [index], gradients| {
        if let Some(index) = index {
            gradients.add(index, if slope == 1.0 { gradient } else { gradient * slope });
        }
    })
}

/// An operator for each pair of owned and borrowed operands.
macro_rules! tensor_operator {
    ($operator:ident, $method:ident, $function:ident) => {
        tensor_operator!($operator, $method, $function, Tensor, Tensor, |a| a, |b| b);
        tensor_operator!($operator, $method, $function, Tensor, &Tensor, |a| a, |b| b.clone());
        tensor_operator!($operator, $method, $function, &Tensor, Tensor, |a| a.clone(), |b| b);
        tensor_operator!($operator, $method, $function, &Tensor, &Tensor, |a| a.clone(), |b| b.clone());
    };
    ($operator:ident, $method:ident, $function:ident, $a:ty, $b:ty, |$x:ident| $own_a:expr, |$y:ident| $own_b:expr) => {
        impl $operator<$b> for $a {
            type Output = Tensor;

            #[track_caller]
            fn $method(self, other: $b) -> Tensor {
                let ($x, $y) = (self, other);
                $function($own_a, $own_b)
            }
        }
    };
}

tensor_operator!(Add, add, add);
tensor_operator!(Sub, sub, subtract);
tensor_operator!(Mul, mul, multiply);
tensor_operator!(Div, div, divide);

/// An operator with a number on either side, for owned and borrowed tensors.
macro_rules! number_operator {
    ($operator:ident, $method:ident, |$x:ident, $number:ident| $right:expr, $left:expr) => {
        impl $operator<f32> for Tensor {
            type Output = Tensor;

            fn $method(self, $number: f32) -> Tensor {
                let $x = self;
                $right
            }
        }

        impl $operator<f32> for &Tensor {
            type Output = Tensor;

            fn $method(self, $number: f32) -> Tensor {
                $operator::$method(self.clone(), $number)
            }
        }

        impl $operator<Tensor> for f32 {
            type Output = Tensor;

            fn $method(self, $x: Tensor) -> Tensor {
                let $number = self;
                $left
            }
        }

        impl $operator<&Tensor> for f32 {
            type Output = Tensor;

            fn $method(self, x: &Tensor) -> Tensor {
                $operator::$method(self, x.clone())
            }
        }
    };
}

number_operator!(
    Add,
    add,
    |x, number| linear("Tensor + f32", x, |x| x + number, 1.0),
    linear("f32 + Tensor", x, |x| number + x, 1.0)
);
number_operator!(
    Sub,
    sub,
    |x, number| linear("Tensor - f32", x, |x| x - number, 1.0),
    linear("f32 - Tensor", x, |x| number - x, -1.0)
);
number_operator!(
    Mul,
    mul,
    |x, number| linear("Tensor * f32", x, |x| x * number, number),
    linear("f32 * Tensor", x, |x| number * x, number)
);
number_operator!(
    Div,
    div,
    |x, number| linear("Tensor / f32", x, |x| x / number, 1.0 / number),
    Tensor::from(number) / x
);

impl Neg for Tensor {
    type Output = Tensor;

    fn neg(self) -> Tensor {
        linear("-Tensor", self, |x| -x, -1.0)
    }
}

impl Neg for &Tensor {
    type Output = Tensor;

    fn neg(self) -> Tensor {
        -self.clone()
    }
}

impl Tensor {
    /// The larger of each pair of entries, as `jnp.maximum`; the gradient of two equal ones is shared equally.
    ///
    /// # Panics
    ///
    /// If the shapes do not broadcast.
    #[track_caller]
    pub fn maximum(&self, other: &Tensor) -> Tensor {
        // How much of an entry's gradient goes to the first of the two.
        let larger = |x: f32, y: f32| match x.partial_cmp(&y) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => 0.5,
            _ => 0.0,
        };
        let (a, b) = (self.value.share(), other.value.share());
        let larger_of = |x: f32, y: f32| if x.is_nan() || y.is_nan() { f32::NAN } else { x.max(y) };
        let value = zip_shared("maximum", Arc::clone(&a), Arc::clone(&b), larger_of);
        record("maximum", [&self.place, &other.place], Arc::new(value), move |gradient, [to_a, to_b], gradients| {
            let share = zip(&a, &b, larger);
            if let Some(index) = to_b {
                let to_b = zip(&gradient, &share, |gradient, share| gradient * (1.0 - share));
                gradients.add(index, into_sum_to(to_b, b.shape()));
            }
            if let Some(index) = to_a {
                let to_a = zip_into(gradient, &share, |gradient, share| gradient * share);
                gradients.add(index, into_sum_to(to_a, a.shape()));
            }
        })
    }

    /// The same numbers in the shape `shape`, row by row.
    ///
    /// # Panics
    ///
    /// If `shape` has another number of entries.
    ///
    /// ```
    /// use nnlib::grad::Tensor;
    ///
    /// let images = Tensor::zeros(&[32, 1, 28, 28]);
    /// assert_eq!(images.reshape(&[32, 784]).shape(), [32, 784]);
    /// ```
    #[track_caller]
    pub fn reshape(&self, shape: &[usize]) -> Tensor {
        let old = self.shape().to_vec();
        let (found, asked) = (self.value.len(), shape.iter().product::<usize>());
        assert!(found == asked, "reshape: {old:?} has {found} entries, {shape:?} has {asked}");
        let value = from_vec(shape, rows(&self.value).into_owned());
        record_one("reshape", self, Arc::new(value), move |gradient| {
            standard_layout(gradient).into_shape_with_order(old).expect("as many entries as before")
        })
    }
}
