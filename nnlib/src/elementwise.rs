//! The same of each entry of large arrays, in vectors and over all cores.

use crate::memory::{keep_freed_memory, prefetch};
use crate::parallel::map_parts;
#[cfg(any(feature = "grad", feature = "models", feature = "optim"))]
use ndarray::ArrayD;
#[cfg(any(feature = "grad", feature = "optim"))]
use ndarray::Zip;
use pulp::Arch;
use std::mem::MaybeUninit;

/// Numbers of a part: few enough that those of three arrays stay in the second-level cache.
const PART: usize = 1 << 14;
/// What reading and writing a number costs, in multiplications of a product.
const COST: usize = 8;

/// Changes entries of `N` arrays, all of one length, in place: `f` gets theirs and that of `given`.
#[cfg(any(feature = "grad", feature = "models", feature = "optim"))]
#[inline(always)]
pub(crate) fn change_all<T: Send, G: Copy + Sync, const N: usize>(
    changed: [&mut [T]; N],
    given: &[G],
    f: impl Fn([&mut T; N], G) + Copy + Sync,
) {
    let mut chunks = changed.map(|numbers| numbers.chunks_mut(PART));
    let parts = given.chunks(PART).map(|given| {
        let changed = chunks.each_mut().map(|chunks| chunks.next().expect("arrays of one length"));
        (changed, given)
    });
    map_parts(parts.collect(), COST * given.len(), |(changed, given): ([&mut [T]; N], &[G])| {
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

/// `f` of each pair of entries of two arrays of one length.
#[cfg(any(feature = "grad", feature = "optim"))]
#[inline(always)]
pub(crate) fn combine<A: Copy + Sync, B: Copy + Sync, T: Send>(
    a: &[A],
    b: &[B],
    f: impl Fn(A, B) -> T + Copy + Sync,
) -> Vec<T> {
    assert_eq!(a.len(), b.len(), "arrays of one length");
    collect_parts(a.len(), PART, |start, slots| {
        let end = start + slots.len();
        write_pairs(slots, &a[start..end], &b[start..end], f);
    })
}

/// `f` of each pair of entries of two arrays of one shape.
#[cfg(any(feature = "grad", feature = "optim"))]
#[inline(always)]
pub(crate) fn combine_arrays<A: Copy + Sync, B: Copy + Sync, T: Send>(
    a: &ArrayD<A>,
    b: &ArrayD<B>,
    f: impl Fn(A, B) -> T + Copy + Sync,
) -> ArrayD<T> {
    match (a.as_slice(), b.as_slice()) {
        (Some(row_by_row_a), Some(row_by_row_b)) => {
            let entries = combine(row_by_row_a, row_by_row_b, f);
            ArrayD::from_shape_vec(a.raw_dim(), entries).expect("as many entries as before")
        }
        _ => Zip::from(a).and(b).map_collect(|&a, &b| f(a, b)),
    }
}

/// `f` of each entry of an array.
#[cfg(feature = "grad")]
#[inline(always)]
pub(crate) fn convert_array<A: Copy + Sync, T: Send>(a: &ArrayD<A>, f: impl Fn(A) -> T + Copy + Sync) -> ArrayD<T> {
    combine_arrays(a, a, |entry, _| f(entry))
}

/// Changes each entry of `a` in place: `f` gets it and that of `b`, an array of the same shape.
#[cfg(any(feature = "grad", feature = "models", feature = "optim"))]
#[inline(always)]
pub(crate) fn change_array<A: Copy + Send, B: Copy + Sync>(
    a: &mut ArrayD<A>,
    b: &ArrayD<B>,
    f: impl Fn(A, B) -> A + Copy + Sync,
) {
    match (a.as_slice_mut(), b.as_slice()) {
        (Some(a), Some(b)) => change_all([a], b, |[a], b| *a = f(*a, b)),
        _ => a.zip_mut_with(b, |a, &b| *a = f(*a, b)),
    }
}

/// `f` of each pair of entries of `count` pairs of rows, `pair(0)` and so on, each `length` long. The first of a pair may lie
/// anywhere: all cores wait for them at once.
#[inline(always)]
pub(crate) fn combine_rows<'a, A: Copy + Sync + 'a, B: Copy + Sync + 'a, T: Send>(
    [count, length]: [usize; 2],
    pair: impl Fn(usize) -> (&'a [A], &'a [B]) + Sync,
    f: impl Fn(A, B) -> T + Copy + Sync,
) -> Vec<T> {
    let rows_per_part = (PART / length.max(1)).max(1);
    collect_parts(count * length, rows_per_part * length, |start, slots| {
        (start / length..(start + slots.len()) / length).for_each(|row| prefetch(pair(row).0));
        for (row, slots) in slots.chunks_exact_mut(length).enumerate() {
            let (a, b) = pair(start / length + row);
            write_pairs(slots, a, b, f);
        }
    })
}

/// `f` of each entry of `count` rows, as [`combine_rows`] does for pairs.
#[inline(always)]
pub(crate) fn convert_rows<'a, A: Copy + Sync + 'a, T: Send>(
    shape: [usize; 2],
    row: impl Fn(usize) -> &'a [A] + Sync,
    f: impl Fn(A) -> T + Copy + Sync,
) -> Vec<T> {
    combine_rows(shape, |index| (row(index), row(index)), |entry, _| f(entry))
}

/// Writes each slot.
#[inline(always)]
fn write_pairs<A: Copy, B: Copy, T>(slots: &mut [MaybeUninit<T>], a: &[A], b: &[B], f: impl Fn(A, B) -> T + Copy) {
    assert!(a.len() == slots.len() && b.len() == slots.len(), "a row for each row");
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((slot, &a), &b) in slots.iter_mut().zip(a).zip(b) {
                slot.write(f(a, b));
            }
        },
    );
}

/// `length` entries, which `write` writes in parts of `part_length`; it gets the number of a part's first entry.
#[inline(always)]
fn collect_parts<T: Send>(
    length: usize,
    part_length: usize,
    write: impl Fn(usize, &mut [MaybeUninit<T>]) + Sync,
) -> Vec<T> {
    keep_freed_memory();
    let mut entries = Vec::with_capacity(length);
    if length > 0 {
        let slots = &mut entries.spare_capacity_mut()[..length];
        let parts = (0..).step_by(part_length).zip(slots.chunks_mut(part_length)).collect();
        map_parts(parts, COST * length, |(start, slots): (usize, &mut [MaybeUninit<T>])| write(start, slots));
        // SAFETY: each of the callers above writes each slot.
        #[allow(unsafe_code)]
        unsafe {
            entries.set_len(length);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_any_number_of_entries() {
        for length in [0, 1, 7, PART, 5 * PART + 3] {
            let (a, b): (Vec<u8>, Vec<f64>) = (0..length).map(|index| (index as u8, index as f64)).unzip();
            let expected: Vec<f64> = (0..length).map(|index| f64::from(index as u8) - 2.0 * index as f64).collect();
            assert_eq!(combine(&a, &b, |a, b| f64::from(a) - 2.0 * b), expected);
            let mut changed = b.clone();
            change_all([&mut changed], &a, |[b], a| *b = f64::from(a) - 2.0 * *b);
            assert_eq!(changed, expected);
        }
    }

    #[test]
    fn rows_from_anywhere() {
        let numbers: Vec<u32> = (0..3 * PART as u32).collect();
        for [count, length] in [[0, 5], [5, 0], [1, 1], [1000, 100], [3, PART + 1]] {
            let start = |row: usize| row * 7 % 50;
            let row = |row: usize| &numbers[start(row)..][..length];
            let sums = combine_rows([count, length], |index| (row(index), row(0)), |a, b| a + b);
            let expected = (0..count).flat_map(|row| (0..length).map(move |column| (start(row) + 2 * column) as u32));
            assert_eq!(sums, expected.collect::<Vec<_>>(), "{count} rows of {length}");
        }
    }

    #[test]
    #[should_panic(expected = "a row for each row")]
    fn a_row_that_is_too_short() {
        combine_rows([2, 3], |_| (&[1, 2, 3][..], &[1, 2][..]), |a: i32, b: i32| a + b);
    }
}
