//! Chance in a network, drawn from a seed.

use crate::grad::Tensor;
use crate::rng::RandomState;

/// `x` with a fraction `rate` of its entries 0 and the rest divided by `1 - rate`, both by `seed`.
pub(super) fn drop_some(x: Tensor, rate: f64, seed: u32) -> Tensor {
    let kept = 1.0 / (1.0 - rate);
    let chance = RandomState::new(seed).rand(x.shape());
    x * Tensor::from(chance.mapv(|chance| if chance < rate { 0.0 } else { kept }))
}

/// A seed for layer `index` of a stack that has `seed`.
///
/// The finalizer of SplitMix64, so that neighbouring seeds and layers have nothing in common. Source: G. Steele, D. Lea
/// and C. Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014, figure 16.
pub(super) fn child_seed(seed: u32, index: usize) -> u32 {
    let mut z = (u64::from(seed) << 32 | index as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 32) as u32
}
