//! The kernel of products whose left factor is [`Sparse`].
//!
//! A row of the result, eight vectors of it, stays in the registers while rows of the right factor are added to it, each so
//! many times as an entry says: a broadcast and eight loads for eight multiplications. What all rows read is copied first:
//! a *strip* of the right factor, eight vectors wide, whose block of steps fits the first-level cache.
//!
//! Sums have the same bits as those of [`crate::matmul::dense`], which adds up the same numbers in the same order, and
//! products with 0 between them; but for a sum too small for its type, which may be 0 or -0. Where the right factor is not
//! finite, 0 times that is no number: zeros are multiplied there as well.

use super::{BLOCK, Entry, GROUP, Sparse};
use crate::matmul::Element;
use crate::matmul::operands::{LINE, Place, STEPS, Write, copy_strip, each, with_scratch};
use ndarray::{ArrayView2, ArrayViewMut2};
use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};
use std::mem::MaybeUninit;

/// The most vectors of a strip, and of a row of sums: so many that none waits for the one before it.
pub(super) const WIDEST: usize = 8;
/// The most rows whose sums are kept from block to block: they stay in the second-level cache.
const ROWS: usize = 256;

/// `out = a b`, or `out += factor a b`, on the calling thread: `(N, D)` by `(D, M)` gives `(N, M)`. Every number of `out` is
/// written; there is at least one step, D > 0.
///
/// # Panics
///
/// If the shapes do not fit, or numbers of a row of `out` are not neighbours.
pub(in crate::matmul) fn multiply<T: Element>(
    a: &Sparse<T>,
    b: ArrayView2<T>,
    write: Write<T>,
    out: ArrayViewMut2<MaybeUninit<T>>,
) {
    with_arguments(a, b, write, out, |multiply| Arch::new().dispatch(multiply));
}

/// Checks the arguments of [`multiply`], and calls `run` with them and with memory for strips and sums.
fn with_arguments<T: Element>(
    a: &Sparse<T>,
    b: ArrayView2<T>,
    write: Write<T>,
    out: ArrayViewMut2<MaybeUninit<T>>,
    run: impl FnOnce(Multiply<T>),
) {
    let (rows, columns) = out.dim();
    assert!(rows == a.shape.0 && b.dim() == (a.shape.1, columns));
    assert!(out.strides()[1] == 1 || columns <= 1, "numbers of a row are neighbours");
    let (b, out) = (Place::of(b), Place::of_result(out));
    with_scratch((BLOCK + ROWS.min(rows)) * WIDEST * LINE, |scratch| {
        let strip = scratch.cast::<T>();
        // SAFETY: there is room for a strip, and for the sums.
        let sums = unsafe { scratch.add(BLOCK * WIDEST) }.cast::<T>();
        run(Multiply { a, b, write, out, rows, columns, strip, sums });
    });
}

/// The arguments of [`multiply`], checked.
struct Multiply<'a, T> {
    a: &'a Sparse<T>,
    b: Place<T>,
    write: Write<T>,
    out: Place<T>,
    rows: usize,
    columns: usize,
    /// Room for [`BLOCK`] steps of [`WIDEST`] vectors.
    strip: *mut T,
    /// Room for as many rows of as many vectors, up to [`ROWS`].
    sums: *mut T,
}

impl<T: Element> WithSimd for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Strips of much the same width.
        let vectors = self.columns.div_ceil(T::lanes::<S>());
        let strips = vectors.div_ceil(WIDEST);
        // SAFETY: the arguments have been checked.
        unsafe {
            match vectors.div_ceil(strips.max(1)) {
                0 => {}
                1 => self.strips::<S, 1>(simd),
                2 => self.strips::<S, 2>(simd),
                3 => self.strips::<S, 3>(simd),
                4 => self.strips::<S, 4>(simd),
                5 => self.strips::<S, 5>(simd),
                6 => self.strips::<S, 6>(simd),
                7 => self.strips::<S, 7>(simd),
                _ => self.strips::<S, WIDEST>(simd),
            }
        }
    }
}

impl<T: Element> Multiply<'_, T> {
    /// The product, in strips of `WIDTH` vectors.
    #[inline(always)]
    unsafe fn strips<S: Simd, const WIDTH: usize>(&self, simd: S) {
        let Multiply { a, b, write, out, rows, columns, strip, .. } = *self;
        let (width, depth) = (WIDTH * T::lanes::<S>(), a.shape.1);
        // Sums that are over with their first block need not be kept.
        let rows_at_once = if depth <= BLOCK { rows.max(1) } else { ROWS };
        for row in (0..rows).step_by(rows_at_once) {
            let rows = rows_at_once.min(rows - row);
            for start in (0..depth).step_by(STEPS) {
                let end = depth.min(start + STEPS);
                let write = if start == 0 { write } else { write.once_more() };
                for column in (0..columns).step_by(width) {
                    let columns = width.min(columns - column);
                    for step in (start..end).step_by(BLOCK) {
                        let steps = BLOCK.min(end - step);
                        // SAFETY: steps and columns are indices of `b`, rows and columns of `out`.
                        unsafe {
                            let is_finite = fill::<S, T, WIDTH>(simd, b.from(step, column), steps, columns, strip);
                            let (begins, ends) = (step == start, step + steps == end);
                            let (group, out) = (row / GROUP, out.from(row, column));
                            Rows { group, rows, columns, step, steps, is_finite, begins, ends, write, out }
                                .run_alone::<S, WIDTH>(simd, self);
                        }
                    }
                }
            }
        }
    }
}

/// Copies a strip, with zeros beyond its `columns`; whether all of its numbers are finite.
#[inline(always)]
unsafe fn fill<S: Simd, T: Element, const WIDTH: usize>(
    simd: S,
    b: Place<T>,
    steps: usize,
    columns: usize,
    strip: *mut T,
) -> bool {
    let (width, zero) = (WIDTH * T::lanes::<S>(), T::splat(simd, T::ZERO));
    let is_whole = b.strides[1] == 1 && columns == width;
    // 0 times what is finite is 0; else it is no number, and neither is a sum with it.
    let mut zeros = [zero; WIDEST];
    // SAFETY: the caller's: `steps` rows of `columns` numbers, and room for as many whole rows.
    unsafe {
        if !is_whole {
            copy_strip(b, steps, columns, width, strip);
        }
        for step in 0..steps {
            let to = strip.cast::<T::Vector<S>>().add(step * WIDTH);
            let from = if is_whole { b.from(step, 0).at.cast() } else { to };
            each!(INDEX < WIDTH of 8, {
                let vector = from.add(INDEX).read_unaligned();
                zeros[INDEX] = T::multiply_add(simd, vector, zero, zeros[INDEX]);
                to.add(INDEX).write_unaligned(vector);
            });
        }
        let numbers = std::slice::from_raw_parts(zeros.as_ptr().cast::<T>(), width);
        numbers.iter().all(|number| *number == T::ZERO)
    }
}

/// Rows of a result and what there is to do for them with a strip.
struct Rows<T> {
    /// That of the first one.
    group: usize,
    rows: usize,
    columns: usize,
    /// The first step of the strip.
    step: usize,
    steps: usize,
    /// Whether all of its numbers are finite.
    is_finite: bool,
    /// Whether the sums begin with it.
    begins: bool,
    /// Whether they end with it, and become part of the result.
    ends: bool,
    write: Write<T>,
    out: Place<T>,
}

/// [`Rows::add`], with a function of its own to be compiled for each kind of vectors.
struct Add<'a, S, T, const WIDTH: usize>(S, &'a Rows<T>, &'a Multiply<'a, T>);

impl<S: Simd, T: Element, const WIDTH: usize> NullaryFnOnce for Add<'_, S, T, WIDTH> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        // SAFETY: that of `Rows::run_alone`, the one place which makes it.
        unsafe { self.1.add::<S, WIDTH>(self.0, self.2) }
    }
}

impl<T: Element> Rows<T> {
    /// A function of its own: within another, the compiler would run out of registers.
    ///
    /// # Safety
    ///
    /// The rows are there, in the left factor as well as in `out`, and so are the steps and the columns, at most `WIDTH`
    /// vectors, whose strip is filled.
    #[inline(never)]
    unsafe fn run_alone<S: Simd, const WIDTH: usize>(&self, simd: S, product: &Multiply<T>) {
        simd.vectorize(Add::<S, T, WIDTH>(simd, self, product));
    }

    /// Adds what the strip contributes.
    #[inline(always)]
    unsafe fn add<S: Simd, const WIDTH: usize>(&self, simd: S, product: &Multiply<T>) {
        let blocks = product.a.shape.1.div_ceil(BLOCK);
        for (group, first) in (self.group..).zip((0..self.rows).step_by(GROUP)) {
            let lists = &product.a.lists[group * blocks + self.step / BLOCK];
            let counts = &lists.counts[..GROUP.min(self.rows - first)];
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let entries = &product.a.entries[lists.start..][..count];
            // SAFETY: so many have been written.
            let entries = unsafe { entries.assume_init_ref() };
            if self.is_finite {
                // SAFETY: the caller's.
                unsafe { self.add_group::<S, WIDTH>(simd, product, first, entries, counts) };
            } else {
                let (entries, counts) = every_step(entries, counts, self.steps);
                // SAFETY: the caller's.
                unsafe { self.add_group::<S, WIDTH>(simd, product, first, &entries, &counts) };
            }
        }
    }

    /// [`add`](Self::add), for the rows of a group, the first of which is `first`.
    #[inline(always)]
    unsafe fn add_group<S: Simd, const WIDTH: usize>(
        &self,
        simd: S,
        product: &Multiply<T>,
        first: usize,
        mut entries: &[Entry<T>],
        counts: &[u8],
    ) {
        let Rows { columns, begins, ends, write, .. } = *self;
        let strip = product.strip.cast::<T::Vector<S>>();
        for (row, &count) in (first..).zip(counts) {
            let list;
            (list, entries) = entries.split_at(usize::from(count));
            // SAFETY: the caller's. Sums are read once they have been written.
            unsafe {
                let kept = product.sums.cast::<T::Vector<S>>().add(if begins && ends { 0 } else { row * WIDTH });
                let mut sums = [T::splat(simd, T::ZERO); WIDEST];
                if !begins {
                    each!(INDEX < WIDTH of 8, {
                        sums[INDEX] = kept.add(INDEX).read_unaligned();
                    });
                }
                for &Entry { value, step } in list {
                    let (value, right) = (T::splat(simd, value), strip.add(step as usize * WIDTH));
                    each!(INDEX < WIDTH of 8, {
                        sums[INDEX] = T::multiply_add(simd, value, right.add(INDEX).read_unaligned(), sums[INDEX]);
                    });
                }
                if !ends {
                    each!(INDEX < WIDTH of 8, {
                        kept.add(INDEX).write_unaligned(sums[INDEX]);
                    });
                    continue;
                }
                // A row that is not whole is completed apart, so that each number is rounded alike in whichever it falls.
                let is_whole = columns == WIDTH * T::lanes::<S>();
                let out = self.out.from(row, 0).at;
                let to = if is_whole { out.cast::<T::Vector<S>>() } else { kept };
                if let Write::Add(times) = write {
                    if !is_whole {
                        std::ptr::copy_nonoverlapping(out, to.cast::<T>(), columns);
                    }
                    let times = T::splat(simd, times);
                    each!(INDEX < WIDTH of 8, {
                        sums[INDEX] = T::multiply_add(simd, times, sums[INDEX], to.add(INDEX).read_unaligned());
                    });
                }
                each!(INDEX < WIDTH of 8, {
                    to.add(INDEX).write_unaligned(sums[INDEX]);
                });
                if !is_whole {
                    std::ptr::copy_nonoverlapping(to.cast::<T>(), out, columns);
                }
            }
        }
    }
}

/// The lists of a group with an entry for each of so many steps, zeros as well.
#[cold]
fn every_step<T: Element>(mut entries: &[Entry<T>], counts: &[u8], steps: usize) -> (Vec<Entry<T>>, Vec<u8>) {
    let mut all = Vec::with_capacity(counts.len() * steps);
    for &count in counts {
        let list;
        (list, entries) = entries.split_at(usize::from(count));
        let first = all.len();
        all.extend((0..steps as u32).map(|step| Entry { value: T::ZERO, step }));
        list.iter().for_each(|entry| all[first + entry.step as usize] = *entry);
    }
    (all, vec![steps as u8; counts.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul::dense;
    use ndarray::{Array2, Axis, s};
    use pulp::Scalar;

    /// Whole numbers up to 5, of which one in `zeros + 1` is not 0.
    fn whole(rows: usize, columns: usize, zeros: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            let number = row * 37 + column * 101 + row * column;
            if (number / 3).is_multiple_of(zeros + 1) { (number % 11) as f32 - 5.0 } else { 0.0 }
        })
    }

    /// The same with fractions, whose sums are rounded.
    fn fractions(rows: usize, columns: usize, zeros: usize) -> Array2<f32> {
        whole(rows, columns, zeros) * 0.123
    }

    fn product(a: ArrayView2<f32>, b: ArrayView2<f32>, write: Write<f32>) -> Array2<f32> {
        let mut out = Array2::from_elem((a.nrows(), b.ncols()), MaybeUninit::new(0.25));
        dense::multiply(a, b, write, out.view_mut());
        // SAFETY: it was from the start.
        unsafe { out.assume_init() }
    }

    /// Widths of one vector and of several, whole and not; more steps and rows than are added up at once; all of them the
    /// dense kernel's sums, to the last bit.
    fn expect_sums_of_the_dense_kernel(numbers: fn(usize, usize, usize) -> Array2<f32>, run: impl Fn(Multiply<f32>)) {
        let shapes =
            [(1, 1, 1), (5, 70, 3), (17, 64, 33), (40, 65, 100), (300, 130, 37), (33, 600, 140), (16, 20, 300)];
        for ((n, d, m), zeros) in shapes.into_iter().flat_map(|shape| [0, 1, 4, 999].map(|zeros| (shape, zeros))) {
            let (a, b) = (numbers(n, d, zeros), numbers(d, m, 0));
            let (turned_a, turned_b) = (a.t().to_owned(), b.t().to_owned());
            for a in [a.view(), turned_a.t()] {
                for (b, write) in
                    [(b.view(), Write::Set), (turned_b.t(), Write::Add(-0.5)), (b.view(), Write::Add(2.0))]
                {
                    let mut out = Array2::from_elem((n, m), MaybeUninit::new(0.25));
                    with_arguments(&Sparse::of(a), b, write, out.view_mut(), &run);
                    // SAFETY: it was from the start.
                    let out = unsafe { out.assume_init() };
                    let bits = |numbers: Array2<f32>| numbers.mapv(|x| if x == 0.0 { 0 } else { x.to_bits() });
                    assert_eq!(bits(out), bits(product(a, b, write)), "{n} x {d} x {m}, {zeros} zeros");
                }
            }
        }
    }

    #[test]
    fn without_vectors() {
        // The dense kernel multiplies and adds at once, where it can, and rounds once. Nothing is rounded here.
        expect_sums_of_the_dense_kernel(whole, |multiply| multiply.with_simd(Scalar));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn with_vectors_of_every_length_that_there_is() {
        if let Some(avx2) = pulp::x86::V3::try_new() {
            expect_sums_of_the_dense_kernel(fractions, |multiply| Arch::V3(avx2).dispatch(multiply));
        }
        expect_sums_of_the_dense_kernel(fractions, |multiply| Arch::new().dispatch(multiply));
    }

    #[test]
    fn parts_are_the_whole() {
        let (a, b) = (fractions(70, 300, 2), fractions(300, 90, 0));
        let whole = product(a.view(), b.view(), Write::Set);
        for (rows, columns) in [(16, 90), (7, 7), (70, 50)] {
            let parts = a.axis_chunks_iter(Axis(0), rows).zip(whole.axis_chunks_iter(Axis(0), rows));
            for (a, whole) in parts {
                for (column, part) in (0..).step_by(columns).zip(whole.axis_chunks_iter(Axis(1), columns)) {
                    // Rows that do not follow upon one another.
                    let mut out = Array2::from_elem((part.nrows(), 100), MaybeUninit::new(9.0));
                    let b = b.slice(s![.., column..column + part.ncols()]);
                    multiply(&Sparse::of(a), b, Write::Set, out.slice_mut(s![.., ..part.ncols()]));
                    // SAFETY: it was from the start.
                    let out = unsafe { out.assume_init() };
                    assert_eq!(out.slice(s![.., ..part.ncols()]), part);
                    assert!(out.slice(s![.., part.ncols()..]).iter().all(|&x| x == 9.0), "written beyond the end");
                }
            }
        }
    }

    /// Zeros are passed over only where that changes nothing.
    #[test]
    fn zero_times_what_is_not_finite_is_no_number() {
        for (n, d, m) in [(40, 30, 70), (40, 300, 150), (5, 100, 8)] {
            let mut a = fractions(n, d, 3);
            a.column_mut(d - 2).fill(0.0);
            for strange in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut b = fractions(d, m, 0);
                let expected = product(a.view(), b.view(), Write::Set);
                b[[d - 2, m - 3]] = strange;
                let mut out = Array2::from_elem((n, m), MaybeUninit::new(0.0));
                multiply(&Sparse::of(a.view()), b.view(), Write::Set, out.view_mut());
                // SAFETY: it was from the start.
                for ((row, column), x) in unsafe { out.assume_init() }.indexed_iter() {
                    let is_right = if column == m - 3 { x.is_nan() } else { *x == expected[[row, column]] };
                    assert!(is_right, "{strange} in {n} x {d} x {m}: {x} at {row}, {column}");
                }
            }
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_no_zeros() {
        let a = ndarray::array![[0.0, f32::NAN], [f32::INFINITY, 0.0], [-0.0, 0.0]];
        let mut out = Array2::from_elem((3, 1), MaybeUninit::new(0.0));
        multiply(&Sparse::of(a.view()), ndarray::array![[2.0], [-1.0]].view(), Write::Set, out.view_mut());
        // SAFETY: it was from the start.
        let out = unsafe { out.assume_init() };
        assert!(out[[0, 0]].is_nan() && out[[1, 0]] == f32::INFINITY && out[[2, 0]] == 0.0);
    }
}
