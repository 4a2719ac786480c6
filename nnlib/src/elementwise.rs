//! The same of each entry of large arrays, in vectors and over all cores.

use crate::parallel::map_parts;
use pulp::Arch;

/// Numbers of a part: few enough that those of three arrays stay in the second-level cache.
const PART: usize = 1 << 14;
/// What reading and writing a number costs, in multiplications of a product.
const COST: usize = 8;

/// Changes entries of `N` arrays, all of one length, in place: `f` gets theirs and that of `given`.
#[inline(always)]
pub(crate) fn change_all<const N: usize>(
    changed: [&mut [f32]; N],
    given: &[f32],
    f: impl Fn([&mut f32; N], f32) + Copy + Sync,
) {
    let mut chunks = changed.map(|numbers| numbers.chunks_mut(PART));
    let parts = given.chunks(PART).map(|given| {
        let changed = chunks.each_mut().map(|chunks| chunks.next().expect("arrays of one length"));
        (changed, given)
    });
    map_parts(parts.collect(), COST * given.len(), |(changed, given): ([&mut [f32]; N], &[f32])| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let mut changed = changed.map(|numbers| &mut numbers[..given.len()]);
                for (index, &given) in given.iter().enumerate() {
                    f(changed.each_mut().map(|numbers| &mut numbers[index]), given);
                }
            },
        );
    });
}
