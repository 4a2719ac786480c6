//! The kernel of all matrix products, and the one file of nnlib that multiplies with unsafe code.
//!
//! A *tile* of the result, 12 rows by two vectors with AVX-512, stays in the registers while the sums run over a block of
//! steps: each step loads two vectors of the right factor and twelve numbers of the left one for 24 multiplications. What
//! a tile reads is copied into a small buffer first, unless it lies well where it is: right factors in *strips* two
//! vectors wide, whose block of steps fits the first-level cache, so that all tiles of a column find it there. Rows that are
//! a power of two apart would throw each other out of the cache; copies are not.
//!
//! Source: K. Goto and R. van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, ACM Transactions on
//! Mathematical Software 34 (2008).

use super::element::Element;
use ndarray::{ArrayView2, ArrayViewMut2};
use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};
use std::cell::RefCell;
use std::mem::MaybeUninit;

/// Vectors in a row of a tile, and the width of a strip.
const VECTORS: usize = 2;
/// The most rows of a tile.
const TALLEST: usize = 12;
/// The longest vector, in bytes.
const LINE: usize = 64;
/// Steps of a block: of a strip they take half of a first-level cache of 48 KiB or more, at any length of vectors.
const STEPS: usize = 256;
/// How far apart rows of the left factor lie once they are copied: no power of two.
const ROW_STEP: usize = STEPS + 16;
/// Rows of the left factor that are copied at once: with [`STEPS`], a quarter of the second-level cache. A multiple of
/// every tile's height.
const ROWS: usize = 240;
/// Up to so many steps, a left factor that lies column by column is read where it is.
const FEW_STEPS: usize = 64;

/// Memory for copies, at the start of a cache line, so that no vector lies in two.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    _bytes: [u8; LINE],
}

thread_local! {
    /// Kept from product to product: training allocates nothing in its products but their results.
    static SCRATCH: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// What is done with a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// It is written.
    Set,
    /// It is added to what is there, all of which has been written before.
    Add,
}

/// `out = a b`, or `out += a b`, on the calling thread: `(N, D)` by `(D, M)` gives `(N, M)`. Every number of `out` is
/// written; there is at least one step, D > 0.
///
/// The order in which a sum's terms are added depends on `D` alone.
///
/// # Panics
///
/// If the shapes do not fit, or neither axis of `a` has stride 1.
pub(super) fn multiply<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    write: Write,
    out: ArrayViewMut2<MaybeUninit<T>>,
) {
    with_arguments(a, b, write, out, |multiply| Arch::new().dispatch(multiply));
}

/// Checks the arguments of [`multiply`], and calls `run` with them and with memory for copies.
fn with_arguments<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    write: Write,
    mut out: ArrayViewMut2<MaybeUninit<T>>,
    run: impl FnOnce(Multiply<T>),
) {
    let (rows, depth, columns) = (a.nrows(), a.ncols(), b.ncols());
    assert!(b.nrows() == depth && out.dim() == (rows, columns));
    let by_rows = a.strides()[1] == 1 || depth <= 1;
    assert!(by_rows || a.strides()[0] == 1 || rows <= 1, "numbers of a row or of a column are neighbours");
    let out = Place { at: out.as_mut_ptr().cast::<T>(), strides: [out.strides()[0], out.strides()[1]] };
    SCRATCH.with_borrow_mut(|scratch| {
        let bytes = (ROWS * ROW_STEP) * size_of::<T>() + (STEPS + TALLEST) * VECTORS * LINE;
        scratch.resize((bytes / LINE).max(scratch.len()), Line { _bytes: [0; LINE] });
        let copied_rows = scratch.as_mut_ptr().cast::<T>();
        // SAFETY: the buffer is as long as these parts.
        let strip = unsafe { copied_rows.add(ROWS * ROW_STEP) };
        let tile = unsafe { strip.add(STEPS * VECTORS * LINE / size_of::<T>()) };
        let a = Place { at: a.as_ptr().cast_mut(), strides: [a.strides()[0], a.strides()[1]] };
        let b = Place { at: b.as_ptr().cast_mut(), strides: [b.strides()[0], b.strides()[1]] };
        run(Multiply { a, b, out, rows, depth, columns, by_rows, write, copied_rows, strip, tile });
    });
}

/// A matrix in memory.
#[derive(Clone, Copy)]
struct Place<T> {
    at: *mut T,
    strides: [isize; 2],
}

impl<T> Place<T> {
    /// The matrix from entry `[row, column]` on, which is one of its entries.
    #[inline(always)]
    unsafe fn from(self, row: usize, column: usize) -> Place<T> {
        let [down, right] = self.strides;
        // SAFETY: the caller's.
        Place { at: unsafe { self.at.offset(row as isize * down + column as isize * right) }, ..self }
    }
}

/// The arguments of [`multiply`], checked.
struct Multiply<T> {
    a: Place<T>,
    b: Place<T>,
    out: Place<T>,
    rows: usize,
    depth: usize,
    columns: usize,
    /// Whether numbers of a row of `a` are neighbours; else those of a column are.
    by_rows: bool,
    write: Write,
    /// Room for `ROWS * ROW_STEP` numbers.
    copied_rows: *mut T,
    /// Room for a block of steps of two vectors.
    strip: *mut T,
    /// Room for a tile.
    tile: *mut T,
}

impl<T: Element> WithSimd for Multiply<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Multiply { a, b, out, rows, depth, columns, by_rows, write, copied_rows, strip, .. } = self;
        let width = VECTORS * T::lanes::<S>();
        // What one strip alone needs of the left factor is copied tile by tile, and read from the first-level cache.
        let rows_at_once = if columns <= width { tallest::<S>() } else { ROWS };
        let copies = by_rows || depth > FEW_STEPS;
        for step in (0..depth).step_by(STEPS) {
            let steps = STEPS.min(depth - step);
            let write = if step == 0 { write } else { Write::Add };
            for row in (0..rows).step_by(rows_at_once) {
                let some_rows = rows_at_once.min(rows - row);
                // SAFETY: rows and steps are indices of `a`. There is room for `ROWS` rows, a multiple of every height.
                let a = unsafe { a.from(row, step) };
                match (by_rows, copies) {
                    (true, _) => unsafe { copy_rows(a, some_rows, steps, copied_rows) },
                    (false, true) => unsafe { copy_columns(a, some_rows, steps, tallest::<S>(), copied_rows) },
                    (false, false) => {}
                }
                for column in (0..columns).step_by(width) {
                    let some_columns = width.min(columns - column);
                    // SAFETY: steps and columns are indices of `b`, rows and columns of `out`.
                    unsafe {
                        copy_strip(b.from(step, column), steps, some_columns, width, strip);
                        let out = out.from(row, column);
                        self.strip_of_tiles(simd, a, copies, [some_rows, steps, some_columns], write, out);
                    }
                }
            }
        }
    }
}

/// The most rows of a tile: what the registers hold.
#[inline(always)]
fn tallest<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { TALLEST } else { 6 }
}

impl<T: Element> Multiply<T> {
    /// Some rows times the strip that has been copied; `a` and `out` begin at the first of them.
    #[inline(always)]
    unsafe fn strip_of_tiles<S: Simd>(
        &self,
        simd: S,
        a: Place<T>,
        copied: bool,
        [rows, steps, columns]: [usize; 3],
        write: Write,
        out: Place<T>,
    ) {
        let Multiply { by_rows, copied_rows, strip, tile, .. } = *self;
        let (tallest, width) = (tallest::<S>(), VECTORS * T::lanes::<S>());
        for row in (0..rows).step_by(tallest) {
            let some_rows = tallest.min(rows - row);
            let height = if some_rows <= 4 {
                4
            } else if some_rows <= 8 {
                tallest.min(8)
            } else {
                tallest
            };
            // SAFETY: what has been copied has whole tiles, and what lies in `a` is read if a tile is whole.
            unsafe {
                let (a, step) = match (by_rows, copied, some_rows == height) {
                    (true, ..) => (copied_rows.add(row * ROW_STEP), 1),
                    (false, true, _) => (copied_rows.add(row * steps), tallest as isize),
                    (false, false, true) => (a.from(row, 0).at, a.strides[1]),
                    (false, false, false) => {
                        copy_columns(a.from(row, 0), some_rows, steps, tallest, copied_rows);
                        (copied_rows, tallest as isize)
                    }
                };
                let out = out.from(row, 0);
                let whole = some_rows == height && columns == width && out.strides[1] == 1;
                if whole {
                    Tile { steps, a, step, b: strip, write, out: out.at, out_step: out.strides[0] }
                        .run(simd, height, by_rows);
                } else {
                    Tile { steps, a, step, b: strip, write: Write::Set, out: tile, out_step: width as isize }
                        .run(simd, height, by_rows);
                    copy_out(tile, width, write, out, some_rows, columns);
                }
            }
        }
    }
}

/// Rows of a left factor, [`ROW_STEP`] apart.
#[inline(always)]
unsafe fn copy_rows<T: Element>(a: Place<T>, rows: usize, steps: usize, to: *mut T) {
    for row in 0..rows {
        // SAFETY: the caller's: `rows` rows of `steps` numbers, and room for as many.
        unsafe { std::ptr::copy_nonoverlapping(a.from(row, 0).at, to.add(row * ROW_STEP), steps) }
    }
}

/// Columns of a left factor, tile by tile: for each step the `height` numbers of a tile's rows. The last tile is filled up
/// with whatever is there.
#[inline(always)]
unsafe fn copy_columns<T: Element>(a: Place<T>, rows: usize, steps: usize, height: usize, to: *mut T) {
    for row in (0..rows).step_by(height) {
        let some_rows = height.min(rows - row);
        for step in 0..steps {
            // SAFETY: the caller's: `steps` columns of `rows` numbers, and room for whole tiles.
            unsafe {
                let to = to.add(row * steps + step * height);
                std::ptr::copy_nonoverlapping(a.from(row, step).at, to, some_rows);
            }
        }
    }
}

/// A strip of a right factor, `width` numbers a step, zeros beyond its `columns`.
#[inline(always)]
unsafe fn copy_strip<T: Element>(b: Place<T>, steps: usize, columns: usize, width: usize, to: *mut T) {
    // SAFETY: the caller's: `steps` rows of `columns` numbers, and room for `steps` of `width`.
    unsafe {
        if columns < width {
            std::slice::from_raw_parts_mut(to, steps * width).fill(T::ZERO);
        }
        if b.strides[1] == 1 && columns == width {
            // With a length that is known when it is compiled, a copy is a few instructions.
            match width * size_of::<T>() / LINE {
                2 => copy_lines::<T, 2>(b, steps, to),
                1 => copy_lines::<T, 1>(b, steps, to),
                _ => (0..steps).for_each(|step| {
                    std::ptr::copy_nonoverlapping(b.from(step, 0).at, to.add(step * width), width);
                }),
            }
        } else {
            for column in 0..columns {
                for step in 0..steps {
                    *to.add(step * width + column) = *b.from(step, column).at;
                }
            }
        }
    }
}

/// Rows of `LINES` cache lines each, which need not begin at one.
#[inline(always)]
unsafe fn copy_lines<T: Element, const LINES: usize>(b: Place<T>, steps: usize, to: *mut T) {
    for step in 0..steps {
        // SAFETY: the caller's.
        unsafe {
            let row = b.from(step, 0).at.cast::<[[u8; LINE]; LINES]>().read_unaligned();
            to.cast::<[[u8; LINE]; LINES]>().add(step).write_unaligned(row);
        }
    }
}

/// The part of a tile that belongs to the result.
#[inline(always)]
unsafe fn copy_out<T: Element>(tile: *const T, width: usize, write: Write, out: Place<T>, rows: usize, columns: usize) {
    for column in 0..columns {
        for row in 0..rows {
            // SAFETY: the caller's: `rows` rows of `columns` numbers in both.
            unsafe {
                let (sum, out) = (*tile.add(row * width + column), out.from(row, column).at);
                *out = if write == Write::Add { *out + sum } else { sum };
            }
        }
    }
}

/// A tile of a result, the pointers to what it is computed from, and to where it goes.
#[derive(Clone, Copy)]
struct Tile<T> {
    steps: usize,
    /// The left factor: rows [`ROW_STEP`] apart, or with rows side by side and `step` from one step to the next.
    a: *const T,
    step: isize,
    /// A strip of the right factor.
    b: *const T,
    write: Write,
    out: *mut T,
    out_step: isize,
}

/// [`Tile::compute`] of a tile of `HEIGHT` rows, as a function of its own: within another, the compiler would run out of
/// registers.
struct Compute<S, T, const HEIGHT: usize, const BY_ROWS: bool>(S, Tile<T>);

impl<S: Simd, T: Element, const HEIGHT: usize, const BY_ROWS: bool> NullaryFnOnce for Compute<S, T, HEIGHT, BY_ROWS> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        // SAFETY: that of `Tile::run`, the one place which makes it.
        unsafe { self.1.compute::<S, HEIGHT, BY_ROWS>(self.0) }
    }
}

/// The block with `$row` as each constant below `$height`: an array that is indexed by constants alone stays in registers.
macro_rules! each_row {
    ($row:ident < $height:ident, $block:block) => { each_row!(@ $row $height $block 0 1 2 3 4 5 6 7 8 9 10 11) };
    (@ $row:ident $height:ident $block:block $($number:literal)*) => {
        $({
            const $row: usize = $number;
            if $row < $height $block
        })*
    };
}

impl<T: Element> Tile<T> {
    /// Computes `height` rows.
    #[inline(always)]
    unsafe fn run<S: Simd>(self, simd: S, height: usize, by_rows: bool) {
        match (height, by_rows) {
            (4, true) => simd.vectorize(Compute::<S, T, 4, true>(simd, self)),
            (4, false) => simd.vectorize(Compute::<S, T, 4, false>(simd, self)),
            (6, true) => simd.vectorize(Compute::<S, T, 6, true>(simd, self)),
            (6, false) => simd.vectorize(Compute::<S, T, 6, false>(simd, self)),
            (8, true) => simd.vectorize(Compute::<S, T, 8, true>(simd, self)),
            (8, false) => simd.vectorize(Compute::<S, T, 8, false>(simd, self)),
            (_, true) => simd.vectorize(Compute::<S, T, TALLEST, true>(simd, self)),
            (_, false) => simd.vectorize(Compute::<S, T, TALLEST, false>(simd, self)),
        }
    }

    /// # Safety
    ///
    /// The left factor has `HEIGHT` numbers for each step, the right one and `out` have two whole vectors.
    #[inline(always)]
    unsafe fn compute<S: Simd, const HEIGHT: usize, const BY_ROWS: bool>(self, simd: S) {
        let Tile { steps, mut a, step, b, write, out, out_step } = self;
        let mut b = b.cast::<T::Vector<S>>();
        let mut sums = [[T::splat(simd, T::ZERO); VECTORS]; TALLEST];
        // SAFETY: the caller's.
        unsafe {
            for _ in 0..steps {
                let right = [b.read_unaligned(), b.add(1).read_unaligned()];
                each_row!(ROW < HEIGHT, {
                    let left = T::splat(simd, *a.add(if BY_ROWS { ROW * ROW_STEP } else { ROW }));
                    sums[ROW][0] = T::multiply_add(simd, left, right[0], sums[ROW][0]);
                    sums[ROW][1] = T::multiply_add(simd, left, right[1], sums[ROW][1]);
                });
                b = b.add(VECTORS);
                a = a.offset(if BY_ROWS { 1 } else { step });
            }
            if write == Write::Add {
                each_row!(ROW < HEIGHT, {
                    let out = out.offset(ROW as isize * out_step).cast::<T::Vector<S>>();
                    out.write_unaligned(T::sum(simd, out.read_unaligned(), sums[ROW][0]));
                    out.add(1).write_unaligned(T::sum(simd, out.add(1).read_unaligned(), sums[ROW][1]));
                });
            } else {
                each_row!(ROW < HEIGHT, {
                    let out = out.offset(ROW as isize * out_step).cast::<T::Vector<S>>();
                    out.write_unaligned(sums[ROW][0]);
                    out.add(1).write_unaligned(sums[ROW][1]);
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use pulp::Scalar;

    /// Whole numbers small enough that every order of summation gives the same.
    fn whole(rows: usize, columns: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(row, column)| ((row * 7 + column * 3) % 11) as f32 - 5.0)
    }

    fn expect_products(run: impl Fn(Multiply<f32>)) {
        for (n, d, m) in [(1, 1, 1), (5, 70, 3), (6, 300, 64), (250, 20, 35), (13, 257, 33)] {
            let (a, b) = (whole(n, d), whole(d, m));
            let turned = a.t().to_owned();
            for a in [a.view(), turned.t()] {
                let mut out = Array2::from_elem((n, m), MaybeUninit::new(1.0));
                with_arguments(a, b.view(), Write::Add, out.view_mut(), &run);
                // SAFETY: it was from the start.
                assert_eq!(unsafe { out.assume_init() }, a.dot(&b) + 1.0, "{n} x {d} x {m}");
            }
        }
    }

    #[test]
    fn without_vectors() {
        expect_products(|multiply| multiply.with_simd(Scalar));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn with_vectors_of_every_length_that_there_is() {
        if let Some(avx2) = pulp::x86::V3::try_new() {
            expect_products(|multiply| Arch::V3(avx2).dispatch(multiply));
        }
        expect_products(|multiply| Arch::new().dispatch(multiply));
    }
}
