//! The record of a computation, and the walk back along it.

use super::Tensor;
use super::value::Value;
use crate::array::shape_text;
use crate::memory::keep_freed_memory;
use ndarray::ArrayD;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Takes the gradient of a step's output, and adds to those of its inputs.
type Backward = Box<dyn FnOnce(ArrayD<f32>, &mut Gradients) + Send>;

/// The steps of one computation, in order: a parameter is a step without `Backward`.
///
/// A tape is held by the tensors on it and nothing else. A step holds arrays and never tensors, so there are no cycles.
pub(super) struct Tape {
    /// Gone once the gradients have been taken: what is computed from then on is not recorded.
    steps: Mutex<Option<Vec<Option<Backward>>>>,
}

/// Where a tensor came about.
#[derive(Clone)]
pub(super) struct Place {
    tape: Arc<Tape>,
    /// The step whose output the tensor is.
    index: usize,
}

impl Place {
    /// Whether gradients can still be asked for.
    pub(super) fn is_live(&self) -> bool {
        self.tape.lock().is_some()
    }
}

impl Tape {
    /// An empty tape.
    pub(super) fn new() -> Arc<Tape> {
        keep_freed_memory();
        Arc::new(Tape { steps: Mutex::new(Some(Vec::new())) })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Option<Backward>>>> {
        // A step is pushed whole or not at all, so a panic elsewhere leaves nothing half done.
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Tape>, step: Option<Backward>) -> Option<Place> {
        let mut steps = self.lock();
        let steps = steps.as_mut()?;
        steps.push(step);
        Some(Place { tape: Arc::clone(self), index: steps.len() - 1 })
    }

    /// `value` as a parameter: gradients are taken with respect to it.
    pub(super) fn parameter(self: &Arc<Tape>, value: Arc<ArrayD<f32>>) -> Tensor {
        Tensor { value: value.into(), place: self.push(None) }
    }

    /// The gradients of `output`, a number, with respect to the first `num_parameters` steps: `None` for each that it
    /// does not depend on.
    ///
    /// Walks from the last step to the first. Each step is dropped as it is passed, and with it the arrays that it
    /// kept.
    pub(super) fn gradients(self: Arc<Tape>, output: &Tensor, num_parameters: usize) -> Vec<Option<Value>> {
        let mut steps = self.lock().take().expect("a tape is walked once");
        let mut gradients = Gradients { slots: Vec::new() };
        gradients.slots.resize_with(steps.len(), || None);
        if let Some(place) = &output.place {
            let on_this_tape = Arc::ptr_eq(&place.tape, &self);
            assert!(
                on_this_tape,
                "grad: the loss does not belong to this call, but to another call of `grad` around it"
            );
            gradients.add(place.index, ArrayD::ones(output.value.raw_dim()));
        }
        while steps.len() > num_parameters {
            let (step, gradient) = (steps.pop(), gradients.slots.pop());
            if let (Some(Some(backward)), Some(Some(gradient))) = (step, gradient) {
                backward(gradient.into_array(), &mut gradients);
            }
        }
        gradients.slots
    }
}

/// The gradients that the walk back has come to so far.
pub(super) struct Gradients {
    /// One for each step that has not been passed.
    slots: Vec<Option<Value>>,
}

impl Gradients {
    /// Adds to the gradient of step `index`: in place, if something is there already.
    pub(super) fn add(&mut self, index: usize, gradient: impl Into<Value>) {
        let slot = &mut self.slots[index];
        let gradient = gradient.into();
        *slot = Some(match slot.take() {
            Some(sum) => (sum.into_array() + &*gradient).into(),
            None => gradient,
        });
    }
}

/// The tensor `value`, computed by `function` from `inputs`.
///
/// It is a constant if all of them are. Else `backward` is kept; it gets the gradient of `value` and which inputs ask
/// for theirs (the others' entries are `None`).
#[track_caller]
pub(super) fn record<const N: usize>(
    function: &str,
    inputs: [&Option<Place>; N],
    value: Arc<ArrayD<f32>>,
    backward: impl FnOnce(ArrayD<f32>, [Option<usize>; N], &mut Gradients) + Send + 'static,
) -> Tensor {
    let live = inputs.map(|place| place.as_ref().filter(|place| place.is_live()));
    let mut places = live.iter().flatten();
    let Some(first) = places.next() else {
        return Tensor { value: value.into(), place: None };
    };
    assert!(
        places.all(|place| Arc::ptr_eq(&place.tape, &first.tape)),
        "{function}: the operands belong to two calls of `grad`, one within the other; \
         a loss may use its own parameters and constants only"
    );
    let indices = live.map(|place| place.map(|place| place.index));
    let place = first.tape.push(Some(Box::new(move |gradient, gradients| backward(gradient, indices, gradients))));
    Tensor { value: value.into(), place }
}

/// As [`record`], for a function of one tensor: `backward` turns the gradient of `value` into that of `input`.
#[track_caller]
pub(super) fn record_one(
    function: &str,
    input: &Tensor,
    value: Arc<ArrayD<f32>>,
    backward: impl FnOnce(ArrayD<f32>) -> ArrayD<f32> + Send + 'static,
) -> Tensor {
    record(function, [&input.place], value, move |gradient, [index], gradients| {
        if let Some(index) = index {
            gradients.add(index, backward(gradient));
        }
    })
}

/// Panics unless `loss` is one number.
#[track_caller]
pub(super) fn expect_number(function: &str, loss: &Tensor) {
    assert!(
        loss.value.len() == 1,
        "{function}: the loss has shape {}, expected one number: take its `mean()` or `sum()`",
        shape_text(loss.shape())
    );
}
