//! The parameters of a layer, or of a whole network.

use crate::array::shape_text;
use crate::grad::{Tensor, Tree};
use std::fmt;

/// What [`Layer::init`](super::Layer::init) draws: the parameters of one layer, or of a stack of layers.
#[derive(Clone, PartialEq)]
pub enum Params {
    /// A layer without parameters.
    None,
    /// A `dense` or `conv` layer.
    Affine {
        /// Weights `(D, M)`, or filters `(F, C, HH, WW)`.
        w: Tensor,
        /// Biases `(M,)` or `(F,)`.
        b: Tensor,
    },
    /// A stack of layers: an entry each, from the input to the output.
    Serial(Vec<Params>),
}

impl Tree for Params {
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        match self {
            Params::None => Params::None,
            Params::Affine { w, b } => Params::Affine { w: f(w), b: f(b) },
            Params::Serial(layers) => Params::Serial(layers.map_tensors(f)),
        }
    }

    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
        match self {
            Params::None => {}
            Params::Affine { w, b } => {
                f(w);
                f(b);
            }
            Params::Serial(layers) => layers.visit_tensors(f),
        }
    }

    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
        match self {
            Params::None => {}
            Params::Affine { w, b } => {
                f(w);
                f(b);
            }
            Params::Serial(layers) => layers.visit_tensors_mut(f),
        }
    }
}

/// Shapes, rather than thousands of numbers.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Params::None => write!(f, "()"),
            Params::Affine { w, b } => write!(f, "(w {}, b {})", shape_text(w.shape()), shape_text(b.shape())),
            Params::Serial(layers) => f.debug_list().entries(layers).finish(),
        }
    }
}
