//! The kernel of products of dense matrices.
//!
//! A *tile* of the result, 12 rows by two vectors with AVX-512, stays in the registers while the sums run over a block of
//! steps: each step loads two vectors of the right factor and twelve numbers of the left one for 24 multiplications. What
//! many tiles read is copied into a small buffer first: right factors in *strips* two vectors wide, whose block of steps
//! fits the first-level cache, so that all tiles of a column find it there. Rows that are a power of two apart would throw
//! each other out of the cache; copies are not. Where it can, the first tile of a column makes the copy while it computes,
//! so that waiting for memory and multiplying go on at once: with 32 rows, as many as a batch has, copying first would take
//! as long as half of the multiplications.
//!
//! Source: K. Goto and R. van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, ACM Transactions on
//! Mathematical Software 34 (2008).

use super::PARTS_PER_THREAD;
use super::element::Element;
use super::operands::{LINE, Place, STEPS, Write, copy_strip, each, with_scratch};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};
use std::mem::MaybeUninit;

/// Vectors in a row of a tile, and the width of a strip.
const VECTORS: usize = 2;
/// The most rows of a tile.
const TALLEST: usize = 12;
/// Steps of a strip that is the only one: it stays in the second-level cache, and is read from there as fast as it is used.
const STEPS_OF_ONE: usize = 2048;
/// How far apart rows of the left factor lie once they are copied: no power of two.
const ROW_STEP: usize = STEPS + 16;
/// Rows of the left factor that are copied at once: with [`STEPS`], a quarter of the second-level cache. A multiple of
/// every tile's height.
const ROWS: usize = 240;
/// With so few strips, rows of the left factor are read where they lie: copying them takes longer than it saves.
const FEW_STRIPS: usize = 8;
/// With so few steps, a result takes longer to write than its factors to read.
const FEW_STEPS: usize = 128;

/// Rows of a part come in multiples of this, the height of the lowest tile.
const TILE: usize = 4;
/// Columns of a part come in multiples of so many bytes, the width of the widest strip.
const STRIP: usize = 128;

/// How a result of `rows` and `columns` is divided: along which axis, into pieces of which length.
///
/// For either axis, what the slowest thread does is estimated, in cycles of a core for each step of the sums: a row of a
/// strip is computed in one, and 32 bytes of a strip are read in one.
pub(super) fn division<T>(rows: usize, columns: usize, threads: usize) -> (Axis, usize) {
    let strip = STRIP / size_of::<T>();
    let (tiles, strips) = (rows.div_ceil(TILE).max(1), columns.div_ceil(strip).max(1));
    let [tiles_a_part, tiles_a_thread] = pieces(tiles, threads);
    let [strips_a_part, strips_a_thread] = pieces(strips, threads);
    let cycles = |tiles: usize, strips: usize| tiles * TILE * strips + strips * STRIP / 32;
    if cycles(tiles_a_thread, strips) < cycles(tiles, strips_a_thread) {
        (Axis(0), tiles_a_part * TILE)
    } else {
        (Axis(1), strips_a_part * strip)
    }
}

/// For so many units of work: how many go into a part, and how many the slowest thread does then.
fn pieces(units: usize, threads: usize) -> [usize; 2] {
    let choices = (threads..=threads * PARTS_PER_THREAD).rev().map(|num_parts| {
        let part = units.div_ceil(num_parts);
        [part, units.div_ceil(part).div_ceil(threads) * part]
    });
    if threads == 1 { [units, units] } else { choices.min_by_key(|&[_, slowest]| slowest).expect("some choices") }
}

/// `out = a b`, or `out += factor a b`, on the calling thread: `(N, D)` by `(D, M)` gives `(N, M)`. Every number of `out` is
/// written; there is at least one step, D > 0.
///
/// The order in which a sum's terms are added depends on the shapes alone.
///
/// # Panics
///
/// If the shapes do not fit, or neither axis of `a` has stride 1.
pub(super) fn multiply<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    write: Write<T>,
    out: ArrayViewMut2<MaybeUninit<T>>,
) {
    with_arguments(a, b, write, out, |multiply| Arch::new().dispatch(multiply));
}

/// Checks the arguments of [`multiply`], and calls `run` with them and with memory for copies.
fn with_arguments<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    write: Write<T>,
    out: ArrayViewMut2<MaybeUninit<T>>,
    run: impl FnOnce(Multiply<T>),
) {
    let (rows, depth, columns) = (a.nrows(), a.ncols(), b.ncols());
    assert!(b.nrows() == depth && out.dim() == (rows, columns));
    let by_rows = a.strides()[1] == 1 || depth <= 1;
    assert!(by_rows || a.strides()[0] == 1 || rows <= 1, "numbers of a row or of a column are neighbours");
    let bytes = (ROWS * ROW_STEP) * size_of::<T>() + (STEPS_OF_ONE + TALLEST) * VECTORS * LINE;
    with_scratch(bytes, |scratch| {
        let copied_rows = scratch.cast::<T>();
        // SAFETY: the buffer is as long as these parts.
        let strip = unsafe { copied_rows.add(ROWS * ROW_STEP) };
        let tile = unsafe { strip.add(STEPS_OF_ONE * VECTORS * LINE / size_of::<T>()) };
        let (a, b, out) = (Place::of(a), Place::of(b), Place::of_result(out));
        run(Multiply { a, b, out, rows, depth, columns, by_rows, write, copied_rows, strip, tile });
    });
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
    write: Write<T>,
    /// Room for `ROWS * ROW_STEP` numbers.
    copied_rows: *mut T,
    /// Room for a strip of [`STEPS_OF_ONE`] steps.
    strip: *mut T,
    /// Room for a tile.
    tile: *mut T,
}

impl<T: Element> WithSimd for Multiply<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // SAFETY: the arguments have been checked.
        unsafe {
            if self.columns <= width::<S, T>() {
                self.one_strip(simd);
            } else if self.depth <= FEW_STEPS {
                self.few_steps(simd);
            } else {
                self.strips(simd);
            }
        }
    }
}

/// The width of a strip, and of its tiles.
#[inline(always)]
fn width<S: Simd, T: Element>() -> usize {
    VECTORS * T::lanes::<S>()
}

/// The width of a strip of so many columns: a single vector, if they fit into one.
#[inline(always)]
fn width_of<S: Simd, T: Element>(columns: usize) -> usize {
    if columns <= T::lanes::<S>() { T::lanes::<S>() } else { width::<S, T>() }
}

/// The most rows of a tile: what the registers hold.
#[inline(always)]
fn tallest<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { TALLEST } else { 6 }
}

/// The height of the tile that computes so many rows.
#[inline(always)]
fn height<S: Simd>(rows: usize) -> usize {
    match rows {
        0..=4 => 4,
        5..=8 => tallest::<S>().min(8),
        _ => tallest::<S>(),
    }
}

impl<T: Element> Multiply<T> {
    /// The product, strip by strip: what is copied of the left factor serves all of them.
    #[inline(always)]
    unsafe fn strips<S: Simd>(&self, simd: S) {
        let Multiply { a, b, out, rows, depth, columns, by_rows, write, copied_rows, strip, .. } = *self;
        let (tallest, width) = (tallest::<S>(), width::<S, T>());
        let copies = !by_rows || columns > FEW_STRIPS * width;
        for step in (0..depth).step_by(STEPS) {
            let steps = STEPS.min(depth - step);
            let write = if step == 0 { write } else { write.once_more() };
            for row in (0..rows).step_by(ROWS) {
                let rows = ROWS.min(rows - row);
                // SAFETY: rows and steps are indices of `a`. There is room for `ROWS` rows, a multiple of every height.
                let a = unsafe { a.from(row, step) };
                match (by_rows, copies) {
                    (true, true) => unsafe { copy_rows(a, rows, steps, copied_rows) },
                    (false, true) => unsafe { copy_columns(a, rows, steps, tallest, copied_rows) },
                    (_, false) => {}
                }
                for column in (0..columns).step_by(width) {
                    let columns = width.min(columns - column);
                    // SAFETY: steps and columns are indices of `b`, rows and columns of `out`.
                    unsafe {
                        let (b, out) = (b.from(step, column), out.from(row, column));
                        let tile_copies = b.strides[1] == 1 && columns == width;
                        let width = width_of::<S, T>(columns);
                        if !tile_copies {
                            copy_strip(b, steps, columns, width, strip);
                        }
                        for first in (0..rows).step_by(tallest) {
                            let rows = tallest.min(rows - first);
                            let left = match (by_rows, copies) {
                                (_, false) => self.left_of_tile::<S>(a.from(first, 0), rows, steps),
                                (true, _) => Left { at: copied_rows.add(first * ROW_STEP), step: ROW_STEP as isize },
                                (false, _) => Left { at: copied_rows.add(first * steps), step: tallest as isize },
                            };
                            let right = if tile_copies && first == 0 {
                                Right { at: b.at, step: b.strides[0], copy: Some(strip) }
                            } else {
                                Right { at: strip, step: width as isize, copy: None }
                            };
                            let out = out.from(first, 0);
                            self.tile(simd, Tile { steps, left, right, write, out }, rows, columns);
                        }
                    }
                }
            }
        }
    }

    /// The product, where the right factor has so few steps that its strips fit the second-level cache together: in rows of
    /// tiles, so that the result is written as it lies in memory.
    #[inline(always)]
    unsafe fn few_steps<S: Simd>(&self, simd: S) {
        let Multiply { a, b, out, rows, depth, columns, write, strip, .. } = *self;
        let (tallest, width) = (tallest::<S>(), width::<S, T>());
        let columns_at_once = STEPS_OF_ONE / depth * width;
        for column in (0..columns).step_by(columns_at_once) {
            let columns = columns_at_once.min(columns - column);
            // SAFETY: columns are indices of `b` and `out`, rows of `a` and `out`; there is room for so many strips.
            unsafe {
                let (b, out) = (b.from(0, column), out.from(0, column));
                for first in (0..columns).step_by(width) {
                    let columns = width.min(columns - first);
                    copy_strip(b.from(0, first), depth, columns, width_of::<S, T>(columns), strip.add(first * depth));
                }
                for row in (0..rows).step_by(tallest) {
                    let rows = tallest.min(rows - row);
                    let left = self.left_of_tile::<S>(a.from(row, 0), rows, depth);
                    for first in (0..columns).step_by(width) {
                        let columns = width.min(columns - first);
                        let step = width_of::<S, T>(columns) as isize;
                        let right = Right { at: strip.add(first * depth), step, copy: None };
                        let tile = Tile { steps: depth, left, right, write, out: out.from(row, first) };
                        self.tile(simd, tile, rows, columns);
                    }
                }
            }
        }
    }

    /// The product, where there is but one strip. All steps of a tile are taken before the next one: its place in the result
    /// may be slow to get at.
    #[inline(always)]
    unsafe fn one_strip<S: Simd>(&self, simd: S) {
        let Multiply { a, b, out, rows, depth, columns, by_rows, write, strip, .. } = *self;
        let (tallest, width) = (tallest::<S>(), width_of::<S, T>(columns));
        for start in (0..depth).step_by(STEPS_OF_ONE) {
            let end = depth.min(start + STEPS_OF_ONE);
            let write = if start == 0 { write } else { write.once_more() };
            // SAFETY: rows and steps are indices of `a`, steps of `b`, rows of `out`; there is room for so many steps.
            unsafe {
                copy_strip(b.from(start, 0), end - start, columns, width, strip);
                for row in (0..rows).step_by(tallest) {
                    let rows = tallest.min(rows - row);
                    let out = out.from(row, 0);
                    let tile = self.begin::<S>(rows, columns, out, write);
                    let mut write = write;
                    for step in (start..end).step_by(STEPS) {
                        let steps = STEPS.min(end - step);
                        let left = self.left_of_tile::<S>(a.from(row, step), rows, steps);
                        let right = Right { at: strip.add((step - start) * width), step: width as isize, copy: None };
                        Tile { steps, left, right, write, out: tile }.run(simd, rows, columns, by_rows);
                        write = write.once_more();
                    }
                    self.end::<S>(rows, columns, out);
                }
            }
        }
    }

    /// What a tile reads of the left factor where it lies; a copy, if a tile has more rows than there are.
    #[inline(always)]
    unsafe fn left_of_tile<S: Simd>(&self, a: Place<T>, rows: usize, steps: usize) -> Left<T> {
        let (at, tallest) = (self.copied_rows, tallest::<S>());
        // SAFETY: the caller's: `rows` rows of `steps` numbers.
        unsafe {
            match (self.by_rows, rows == height::<S>(rows)) {
                (true, true) => Left { at: a.at, step: a.strides[0] },
                (false, true) => Left { at: a.at, step: a.strides[1] },
                (true, false) => {
                    copy_rows(a, rows, steps, at);
                    Left { at, step: ROW_STEP as isize }
                }
                (false, false) => {
                    copy_columns(a, rows, steps, tallest, at);
                    Left { at, step: tallest as isize }
                }
            }
        }
    }

    /// Computes a tile of `rows` rows and `columns` columns.
    #[inline(always)]
    unsafe fn tile<S: Simd>(&self, simd: S, tile: Tile<T>, rows: usize, columns: usize) {
        // SAFETY: the caller's.
        unsafe {
            let out = self.begin::<S>(rows, columns, tile.out, tile.write);
            Tile { out, ..tile }.run(simd, rows, columns, self.by_rows);
            self.end::<S>(rows, columns, tile.out);
        }
    }

    /// Where a tile is computed: where it belongs if it is whole, else in a place of its own, with what it is added to. So each
    /// number is rounded alike, in whichever tile it falls.
    #[inline(always)]
    unsafe fn begin<S: Simd>(&self, rows: usize, columns: usize, out: Place<T>, write: Write<T>) -> Place<T> {
        if is_whole::<S, T>(rows, columns, out) {
            return out;
        }
        let apart = self.apart::<S>(columns);
        if let Write::Add(_) = write {
            // SAFETY: the caller's: `rows` rows of `columns` numbers in both.
            unsafe { copy_part(out, apart, rows, columns) };
        }
        apart
    }

    /// Brings a tile to where it belongs.
    #[inline(always)]
    unsafe fn end<S: Simd>(&self, rows: usize, columns: usize, out: Place<T>) {
        if !is_whole::<S, T>(rows, columns, out) {
            // SAFETY: the caller's: `rows` rows of `columns` numbers in both.
            unsafe { copy_part(self.apart::<S>(columns), out, rows, columns) };
        }
    }

    /// The place of a tile that is not whole.
    #[inline(always)]
    fn apart<S: Simd>(&self, columns: usize) -> Place<T> {
        Place { at: self.tile, strides: [width_of::<S, T>(columns) as isize, 1] }
    }
}

/// Whether a tile can be written where it belongs.
#[inline(always)]
fn is_whole<S: Simd, T: Element>(rows: usize, columns: usize, out: Place<T>) -> bool {
    rows == height::<S>(rows) && columns == width_of::<S, T>(columns) && out.strides[1] == 1
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
        // SAFETY: the caller's: `steps` columns of `rows` numbers, and room for whole tiles.
        unsafe {
            let (a, to) = (a.from(row, 0), to.add(row * steps));
            // With a length that is known when it is compiled, a copy is a few instructions.
            if some_rows == TALLEST {
                for step in 0..steps {
                    let numbers = a.from(0, step).at.cast::<[T; TALLEST]>().read_unaligned();
                    to.add(step * height).cast::<[T; TALLEST]>().write_unaligned(numbers);
                }
            } else {
                for step in 0..steps {
                    std::ptr::copy_nonoverlapping(a.from(0, step).at, to.add(step * height), some_rows);
                }
            }
        }
    }
}

/// The part of a tile that belongs to the result, from the one to the other.
#[inline(always)]
unsafe fn copy_part<T: Element>(from: Place<T>, to: Place<T>, rows: usize, columns: usize) {
    for column in 0..columns {
        for row in 0..rows {
            // SAFETY: the caller's: `rows` rows of `columns` numbers in both.
            unsafe { *to.from(row, column).at = *from.from(row, column).at };
        }
    }
}

/// What a tile reads of the left factor.
#[derive(Clone, Copy)]
struct Left<T> {
    /// Rows whose numbers are neighbours, or columns.
    at: *const T,
    /// From one row, or column, to the next.
    step: isize,
}

/// What a tile reads of the right factor.
#[derive(Clone, Copy)]
struct Right<T> {
    /// One or two vectors for each step.
    at: *const T,
    /// From one step to the next.
    step: isize,
    /// The strip that they are copied to.
    copy: Option<*mut T>,
}

/// A tile of a result, the pointers to what it is computed from, and to where it goes.
#[derive(Clone, Copy)]
struct Tile<T> {
    steps: usize,
    left: Left<T>,
    right: Right<T>,
    write: Write<T>,
    out: Place<T>,
}

/// [`Tile::compute`] of a tile of `HEIGHT` rows. A reference, since a tile that is handed on is copied, and reading the copy
/// has to wait for the last tile's numbers to be written.
struct Compute<'a, S, T, const HEIGHT: usize, const BY_ROWS: bool, const WIDTH: usize, const COPIES: bool>(
    S,
    &'a Tile<T>,
);

impl<S: Simd, T: Element, const HEIGHT: usize, const BY_ROWS: bool, const WIDTH: usize, const COPIES: bool>
    NullaryFnOnce for Compute<'_, S, T, HEIGHT, BY_ROWS, WIDTH, COPIES>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        // SAFETY: that of `Tile::run`, the one place which makes it.
        unsafe { self.1.compute::<S, HEIGHT, BY_ROWS, WIDTH, COPIES>(self.0) }
    }
}

impl<T: Element> Tile<T> {
    /// Computes `rows` rows and, up to the [`height`] of a tile, some more; likewise `columns`.
    #[inline(always)]
    unsafe fn run<S: Simd>(&self, simd: S, rows: usize, columns: usize, by_rows: bool) {
        let vectors = width_of::<S, T>(columns) / T::lanes::<S>();
        // SAFETY: the caller's.
        unsafe {
            match (height::<S>(rows), by_rows) {
                (4, true) => self.run_of::<S, 4, true>(simd, vectors),
                (4, false) => self.run_of::<S, 4, false>(simd, vectors),
                (6, true) => self.run_of::<S, 6, true>(simd, vectors),
                (6, false) => self.run_of::<S, 6, false>(simd, vectors),
                (8, true) => self.run_of::<S, 8, true>(simd, vectors),
                (8, false) => self.run_of::<S, 8, false>(simd, vectors),
                (_, true) => self.run_of::<S, TALLEST, true>(simd, vectors),
                (_, false) => self.run_of::<S, TALLEST, false>(simd, vectors),
            }
        }
    }

    /// [`run`](Self::run), for a height.
    #[inline(always)]
    unsafe fn run_of<S: Simd, const HEIGHT: usize, const BY_ROWS: bool>(&self, simd: S, vectors: usize) {
        // SAFETY: the caller's.
        unsafe {
            match (vectors, self.right.copy) {
                (1, _) => self.run_alone::<S, HEIGHT, BY_ROWS, 1, false>(simd),
                (_, None) => self.run_alone::<S, HEIGHT, BY_ROWS, VECTORS, false>(simd),
                (_, Some(_)) => self.run_alone::<S, HEIGHT, BY_ROWS, VECTORS, true>(simd),
            }
        }
    }

    /// A function of its own: within another, the compiler would run out of registers.
    #[inline(never)]
    unsafe fn run_alone<S: Simd, const HEIGHT: usize, const BY_ROWS: bool, const WIDTH: usize, const COPIES: bool>(
        &self,
        simd: S,
    ) {
        simd.vectorize(Compute::<S, T, HEIGHT, BY_ROWS, WIDTH, COPIES>(simd, self));
    }

    /// # Safety
    ///
    /// The left factor has `HEIGHT` numbers for each step, the right one and `out` have `WIDTH` whole vectors, one or two;
    /// with `COPIES`, there is a strip to copy to.
    #[inline(always)]
    unsafe fn compute<S: Simd, const HEIGHT: usize, const BY_ROWS: bool, const WIDTH: usize, const COPIES: bool>(
        &self,
        simd: S,
    ) {
        let Tile { steps, left, right, write, out } = *self;
        let (mut a, mut b) = (left.at, right.at);
        let mut copy = right.copy.unwrap_or(std::ptr::null_mut()).cast::<T::Vector<S>>();
        let mut sums = [[T::splat(simd, T::ZERO); VECTORS]; TALLEST];
        // SAFETY: the caller's.
        unsafe {
            for _ in 0..steps {
                let vectors = b.cast::<T::Vector<S>>();
                let right_vectors = [vectors.read_unaligned(), vectors.add(WIDTH - 1).read_unaligned()];
                if COPIES {
                    copy.write_unaligned(right_vectors[0]);
                    copy.add(1).write_unaligned(right_vectors[1]);
                    copy = copy.add(VECTORS);
                }
                each!(ROW < HEIGHT of 12, {
                    let left = T::splat(simd, *a.offset(if BY_ROWS { ROW as isize * left.step } else { ROW as isize }));
                    sums[ROW][0] = T::multiply_add(simd, left, right_vectors[0], sums[ROW][0]);
                    if WIDTH > 1 {
                        sums[ROW][1] = T::multiply_add(simd, left, right_vectors[1], sums[ROW][1]);
                    }
                });
                // No place is read beyond the last step.
                b = b.wrapping_offset(if COPIES { right.step } else { (WIDTH * T::lanes::<S>()) as isize });
                a = a.wrapping_offset(if BY_ROWS { 1 } else { left.step });
            }
            match write {
                Write::Set => {
                    each!(ROW < HEIGHT of 12, {
                        let out = out.from(ROW, 0).at.cast::<T::Vector<S>>();
                        out.write_unaligned(sums[ROW][0]);
                        if WIDTH > 1 {
                            out.add(1).write_unaligned(sums[ROW][1]);
                        }
                    });
                }
                Write::Add(times) => {
                    let times = T::splat(simd, times);
                    each!(ROW < HEIGHT of 12, {
                        let out = out.from(ROW, 0).at.cast::<T::Vector<S>>();
                        out.write_unaligned(T::multiply_add(simd, times, sums[ROW][0], out.read_unaligned()));
                        if WIDTH > 1 {
                            let out = out.add(1);
                            out.write_unaligned(T::multiply_add(simd, times, sums[ROW][1], out.read_unaligned()));
                        }
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul::tests::whole;
    use ndarray::{Array2, Axis};
    use pulp::Scalar;

    fn expect_products(run: impl Fn(Multiply<f32>)) {
        for (n, d, m) in
            [(1, 1, 1), (5, 70, 3), (6, 300, 64), (250, 20, 35), (13, 257, 33), (500, 20, 97), (30, 600, 70)]
        {
            let (a, b) = (whole(n, d), whole(d, m));
            let expected = a.dot(&b).mapv(|x| x as f32 + 1.0);
            let (a, b) = (a.mapv(|x| x as f32), b.mapv(|x| x as f32));
            let turned = a.t().to_owned();
            for a in [a.view(), turned.t()] {
                let mut out = Array2::from_elem((n, m), MaybeUninit::new(1.0));
                with_arguments(a, b.view(), Write::Add(1.0), out.view_mut(), &run);
                // SAFETY: it was from the start.
                assert_eq!(unsafe { out.assume_init() }, expected, "{n} x {d} x {m}");
            }
        }
    }

    /// However a product is divided, each number is the same to the last bit.
    #[test]
    fn parts_are_the_whole() {
        let number = |row: usize, column: usize| ((row * 37 + column * 101) % 997) as f32 / 997.0 - 0.5;
        for (n, d, m) in [(30, 40, 70), (30, 300, 70), (30, 2100, 20)] {
            let (a, b) = (
                Array2::from_shape_fn((n, d), |(row, column)| number(row, column)),
                Array2::from_shape_fn((d, m), |(row, column)| number(column, row)),
            );
            let product = |a: ArrayView2<f32>, b: ArrayView2<f32>| {
                let mut out = Array2::from_elem((a.nrows(), b.ncols()), MaybeUninit::new(0.3));
                multiply(a, b, Write::Add(-0.1), out.view_mut());
                // SAFETY: it was from the start.
                unsafe { out.assume_init() }
            };
            let whole = product(a.view(), b.view());
            for (rows, columns) in [(n, 33), (7, m), (5, 11), (12, 16), (1, 1)] {
                for ((a, whole), row) in
                    a.axis_chunks_iter(Axis(0), rows).zip(whole.axis_chunks_iter(Axis(0), rows)).zip(0..)
                {
                    for (b, whole) in b.axis_chunks_iter(Axis(1), columns).zip(whole.axis_chunks_iter(Axis(1), columns))
                    {
                        assert_eq!(product(a, b), whole, "{n} x {d} x {m}, {rows} x {columns}, part {row}");
                    }
                }
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
