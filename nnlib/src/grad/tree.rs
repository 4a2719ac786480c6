//! Tensors in tuples, lists and maps.

use super::Tensor;
use crate::array::shape_text;
use std::collections::BTreeMap;

/// Parameters of a model, in whatever structure suits it: JAX's pytree.
///
/// A tensor is a tree; so are tuples of up to four trees, `Vec`, `Option`, `BTreeMap<String, _>` of trees, and `()`.
/// The tensors come in order: of a tuple or list from first to last, of a map by name.
///
/// ```
/// use nnlib::grad::{Tensor, Tree};
///
/// let params = vec![(Tensor::zeros(&[784, 10]), Tensor::zeros(&[10]))];
/// assert_eq!(params.tensors().len(), 2);
/// assert_eq!(params.num_entries(), 7850);
/// let ones = params.map_tensors(&mut |tensor| tensor + 1.0);
/// assert_eq!(ones[0].1, Tensor::ones(&[10]));
/// ```
pub trait Tree: Sized {
    /// The same structure, with `f` of each tensor, in order.
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self;

    /// Hands each tensor to `f`, in order.
    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor));

    /// Hands each tensor to `f`, in order, to be changed in place.
    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor));

    /// The tensors, in order.
    fn tensors(&self) -> Vec<&Tensor> {
        let mut tensors = Vec::new();
        self.visit_tensors(&mut |tensor| tensors.push(tensor));
        tensors
    }

    /// How many numbers there are in all tensors together.
    fn num_entries(&self) -> usize {
        self.tensors().iter().map(|tensor| tensor.value().len()).sum()
    }
}

/// `f` of each pair of tensors of two trees of one structure, in order: JAX's `tree_map` of two trees.
///
/// # Panics
///
/// If the trees have not the same number of tensors with the same shapes.
///
/// ```
/// use nnlib::grad::{Tensor, tree_map};
///
/// let (params, grads) = (vec![Tensor::ones(&[2])], vec![Tensor::ones(&[2])]);
/// let stepped = tree_map(|x, dx| x - 0.5 * dx, &params, &grads);
/// assert_eq!(stepped[0], 0.5 * Tensor::ones(&[2]));
/// ```
#[track_caller]
pub fn tree_map<P: Tree>(mut f: impl FnMut(&Tensor, &Tensor) -> Tensor, a: &P, b: &P) -> P {
    expect_same_shapes("tree_map", a, b);
    let mut others = b.tensors().into_iter();
    a.map_tensors(&mut |tensor| f(tensor, others.next().expect("as many tensors in both")))
}

/// Panics unless two trees hold tensors of the same shapes.
#[track_caller]
pub(crate) fn expect_same_shapes<P: Tree>(function: &str, a: &P, b: &P) {
    let (a, b) = (a.tensors(), b.tensors());
    assert!(a.len() == b.len(), "{function}: the first tree has {} tensors, the second has {}", a.len(), b.len());
    for (index, (a, b)) in a.iter().zip(&b).enumerate() {
        let (a, b) = (a.shape(), b.shape());
        assert!(
            a == b,
            "{function}: tensor {index} has shape {} in the first tree, {} in the second",
            shape_text(a),
            shape_text(b)
        );
    }
}

impl Tree for Tensor {
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        f(self)
    }

    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
        f(self);
    }

    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
        f(self);
    }
}

impl<T: Tree> Tree for Vec<T> {
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        self.iter().map(|tree| tree.map_tensors(f)).collect()
    }

    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
        self.iter().for_each(|tree| tree.visit_tensors(f));
    }

    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
        self.iter_mut().for_each(|tree| tree.visit_tensors_mut(f));
    }
}

impl<T: Tree> Tree for Option<T> {
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        self.as_ref().map(|tree| tree.map_tensors(f))
    }

    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
        self.iter().for_each(|tree| tree.visit_tensors(f));
    }

    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
        self.iter_mut().for_each(|tree| tree.visit_tensors_mut(f));
    }
}

impl<T: Tree> Tree for BTreeMap<String, T> {
    fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        self.iter().map(|(name, tree)| (name.clone(), tree.map_tensors(f))).collect()
    }

    fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
        self.values().for_each(|tree| tree.visit_tensors(f));
    }

    fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
        self.values_mut().for_each(|tree| tree.visit_tensors_mut(f));
    }
}

macro_rules! tuple_tree {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Tree),*> Tree for ($($name,)*) {
            fn map_tensors(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
                ($(self.$index.map_tensors(f),)*)
            }

            fn visit_tensors<'a>(&'a self, f: &mut dyn FnMut(&'a Tensor)) {
                $(self.$index.visit_tensors(f);)*
            }

            fn visit_tensors_mut(&mut self, f: &mut dyn FnMut(&mut Tensor)) {
                $(self.$index.visit_tensors_mut(f);)*
            }
        }
    };
}

/// No parameters.
impl Tree for () {
    fn map_tensors(&self, _f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {}

    fn visit_tensors<'a>(&'a self, _f: &mut dyn FnMut(&'a Tensor)) {}

    fn visit_tensors_mut(&mut self, _f: &mut dyn FnMut(&mut Tensor)) {}
}

tuple_tree!(A 0);
tuple_tree!(A 0, B 1);
tuple_tree!(A 0, B 1, C 2);
tuple_tree!(A 0, B 1, C 2, D 3);
