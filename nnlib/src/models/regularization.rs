//! L2 regularization: large weights cost.

use crate::parameters::Parameters;

/// `reg/2 Σ w²` over the named weights, whose derivative `reg w` is added to their gradients.
pub(super) fn l2<S: AsRef<str>>(reg: f64, weights: &[S], params: &Parameters, grads: &mut Parameters) -> f64 {
    if reg == 0.0 {
        return 0.0;
    }
    let mut squares = 0.0;
    for name in weights {
        let w = &params[name.as_ref()];
        let entries = w.flatten();
        squares += entries.dot(&entries);
        grads[name.as_ref()].scaled_add(reg, w);
    }
    0.5 * reg * squares
}
