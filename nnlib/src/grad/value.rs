//! The numbers of a tensor, and gradients of weights that are not computed before they are asked for.

#[cfg(any(feature = "sequential", feature = "serial"))]
use crate::matmul::add_product;
use crate::matmul::matmul;
use ndarray::{ArrayD, ArrayView2, Ix2};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The numbers of a tensor; a clone shares them.
#[derive(Clone)]
pub(super) enum Value {
    /// They are there.
    Known(Arc<ArrayD<f32>>),
    /// They are computed when they are first read.
    Product(Arc<Product>),
}

/// `xᵀ dout`, the gradient of a layer's weights.
///
/// An optimizer that takes a step along it, and does nothing else with it, adds the product to the weights while it is
/// computed. With batches of 32, to write it, read it and write the weights takes half as long as to compute it.
pub(super) struct Product {
    x: Arc<ArrayD<f32>>,
    dout: Arc<ArrayD<f32>>,
    /// `(D, M)`.
    shape: [usize; 2],
    numbers: OnceLock<Arc<ArrayD<f32>>>,
}

impl Product {
    fn factors(&self) -> [ArrayView2<'_, f32>; 2] {
        [matrix(&self.x).reversed_axes(), matrix(&self.dout)]
    }

    fn numbers(&self) -> &Arc<ArrayD<f32>> {
        self.numbers.get_or_init(|| {
            let [a, b] = self.factors();
            Arc::new(matmul(a, b).into_dyn())
        })
    }
}

/// `array` as a matrix, which it is.
pub(super) fn matrix(array: &ArrayD<f32>) -> ArrayView2<'_, f32> {
    array.view().into_dimensionality::<Ix2>().expect("two axes")
}

impl Value {
    /// `xᵀ dout`, for `x` of `(N, D)` and `dout` of `(N, M)`.
    pub fn product(x: Arc<ArrayD<f32>>, dout: Arc<ArrayD<f32>>) -> Value {
        let shape = [x.shape()[1], dout.shape()[1]];
        Value::Product(Arc::new(Product { x, dout, shape, numbers: OnceLock::new() }))
    }

    fn numbers(&self) -> &Arc<ArrayD<f32>> {
        match self {
            Value::Known(numbers) => numbers,
            Value::Product(product) => product.numbers(),
        }
    }

    /// The length of each axis; no numbers are computed for it.
    pub fn shape(&self) -> &[usize] {
        match self {
            Value::Known(numbers) => numbers.shape(),
            Value::Product(product) => &product.shape,
        }
    }

    /// The array, to be kept.
    pub fn share(&self) -> Arc<ArrayD<f32>> {
        Arc::clone(self.numbers())
    }

    /// The array, which is in one hand if this value is.
    pub fn into_shared(self) -> Arc<ArrayD<f32>> {
        match self {
            Value::Known(numbers) => numbers,
            // The product, and its hold on the numbers, may end here.
            Value::Product(product) => Arc::clone(product.numbers()),
        }
    }

    /// The array, copied if others hold it too.
    pub fn into_array(self) -> ArrayD<f32> {
        Arc::unwrap_or_clone(self.into_shared())
    }

    /// The array, to be changed; a copy if others hold it too.
    #[cfg(any(feature = "sequential", feature = "serial"))]
    pub fn make_mut(&mut self) -> &mut ArrayD<f32> {
        if let Value::Product(product) = self {
            *self = Value::Known(Arc::clone(product.numbers()));
        }
        match self {
            Value::Known(numbers) => Arc::make_mut(numbers),
            Value::Product(_) => unreachable!("computed above"),
        }
    }

    /// If this is a product that nobody has read: adds it `factor` times to `numbers`, an array of its shape that lies row
    /// by row. Whether it is.
    #[cfg(any(feature = "sequential", feature = "serial"))]
    pub fn add_unread_product(&self, factor: f32, numbers: &mut [f32]) -> bool {
        match self {
            Value::Product(product) if product.numbers.get().is_none() => {
                let [a, b] = product.factors();
                let out = ndarray::ArrayViewMut2::from_shape(product.shape, numbers).expect("an array of this shape");
                add_product(factor, a, b, out);
                true
            }
            _ => false,
        }
    }
}

impl Deref for Value {
    type Target = ArrayD<f32>;

    fn deref(&self) -> &ArrayD<f32> {
        self.numbers()
    }
}

impl From<Arc<ArrayD<f32>>> for Value {
    fn from(numbers: Arc<ArrayD<f32>>) -> Value {
        Value::Known(numbers)
    }
}

impl From<ArrayD<f32>> for Value {
    fn from(numbers: ArrayD<f32>) -> Value {
        Value::Known(Arc::new(numbers))
    }
}
