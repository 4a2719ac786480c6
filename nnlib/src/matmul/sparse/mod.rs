//! Left factors that are mostly zeros.
//!
//! Of what a rectifier lets through, half is 0 or more, of what dropout leaves of that, three quarters, and of the picture of a
//! digit four fifths are background. Of such a factor, each row becomes a list of the numbers that are not 0, and [`kernel`]
//! multiplies these alone. To make the lists takes a tenth to a sixth of the time
//! of the product.

mod kernel;

use kernel::WIDEST;
pub(super) use kernel::multiply;

use super::operands::LINE;
use super::{Element, PARTS_PER_THREAD};
use crate::marks::{self, MARKS};
use crate::parallel::{map_parts, threads_for};
use ndarray::{ArrayView2, Axis};
use pulp::{Arch, Simd, WithSimd};
use std::mem::MaybeUninit;

/// Rows whose lists lie together, block by block.
const GROUP: usize = 16;
/// Steps of a block, whose strip takes two thirds of a first-level cache of 48 KiB, or less. They divide the steps that are
/// added up at once.
const BLOCK: usize = MARKS;
/// Fewer cache lines of a result's row are not worth a look at the left factor.
const FEWEST_LINES: usize = 4;
/// To see how many zeros there are, one row, or column, of so many is looked at, and of it one block of so many.
const GLANCE: usize = 8;
/// What it takes to begin with lists, in cycles: to wait for all cores once more.
const TO_BEGIN: f64 = 15_000.0;
/// The most numbers of which lists are made at once, with those of whole groups: the lists take twice their memory, or less.
const MOST_LISTED: usize = 1 << 20;
/// How long it takes to look at a number, in multiplications.
const LOOK: usize = 8;

/// A number that is not 0, and its step in the block.
#[derive(Clone, Copy)]
struct Entry<T> {
    value: T,
    step: u32,
}

/// Where the lists of a group and block are.
#[derive(Clone, Copy)]
struct Lists {
    /// The first entry of the first row.
    start: usize,
    /// How many entries each row has.
    counts: [u8; GROUP],
}

/// The numbers of a left factor that are not 0.
pub(super) struct Sparse<T> {
    /// For each group room for all of its numbers; in it, for each block and each row in turn, the entries that there are.
    entries: Box<[MaybeUninit<Entry<T>>]>,
    /// For each group and each block in turn.
    lists: Box<[Lists]>,
    shape: (usize, usize),
}

impl<T: Element> Sparse<T> {
    /// Of `a`, numbers of whose rows, or of whose columns, are neighbours.
    pub(super) fn of(a: ArrayView2<T>) -> Self {
        let (rows, depth) = a.dim();
        let (groups, blocks) = (rows.div_ceil(GROUP), depth.div_ceil(BLOCK));
        let room = GROUP * depth;
        let mut entries = Box::new_uninit_slice(groups * room);
        let mut lists = vec![Lists { start: 0, counts: [0; GROUP] }; groups * blocks].into_boxed_slice();
        if !a.is_empty() {
            let work = a.len() * LOOK;
            let groups = groups.div_ceil(threads_for(work) * PARTS_PER_THREAD);
            let parts = a.axis_chunks_iter(Axis(0), groups * GROUP).zip(entries.chunks_mut(groups * room));
            let parts = parts.zip(lists.chunks_mut(groups * blocks)).zip((0..).step_by(groups * room));
            let parts = parts.map(|(((a, entries), lists), start)| Find { a, start, entries, lists }).collect();
            map_parts(parts, work, |find| Arch::new().dispatch(find));
        }
        Sparse { entries, lists, shape: a.dim() }
    }
}

/// What copying a cache line of the right factor takes, in cycles.
fn copying<T>(b: ArrayView2<T>) -> f64 {
    if b.strides()[1] == 1 { 3.0 } else { 0.9 * (LINE / size_of::<T>()) as f64 }
}

/// What finding the entries of a number takes, in cycles, for the share of them that is not 0.
fn finding(share: f64) -> f64 {
    0.75 + 2.5 * share
}

/// The share of numbers of `a` that are not 0, if `a b` is sooner computed from lists of these than from all of them; by a
/// glance at some, the same ones each time. Numbers of rows, or of columns, of `a` are neighbours.
///
/// Estimated in cycles of a core with vectors of 64 bytes, by what was measured.
pub(super) fn share_worth_listing<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    out: ArrayView2<MaybeUninit<T>>,
) -> Option<f64> {
    let ((rows, columns), depth) = (out.dim(), b.nrows());
    let is_little = a.is_empty() || columns * size_of::<T>() < FEWEST_LINES * LINE;
    if is_little || GROUP * depth > MOST_LISTED || out.strides()[1] != 1 {
        return None;
    }
    let lines = (columns * size_of::<T>()).div_ceil(LINE);
    let sums = 35.0 * (rows * depth.div_ceil(BLOCK) * lines.div_ceil(WIDEST)) as f64;
    let copies = copying(b) * (depth * lines) as f64;
    let [dense, entries] = [0.57, 0.8].map(|cycles_a_line| cycles_a_line * (rows * depth * lines) as f64);
    let cycles = |share: f64| entries * share + finding(share) * (rows * depth) as f64 + copies + sums + TO_BEGIN;
    if cycles(0.0) >= dense {
        return None;
    }
    let share = Arch::new().dispatch(Glance { a });
    (cycles(share) < dense).then_some(share)
}

/// How the result of `a b` is divided, where a share of the numbers of `a` is not 0: along which axis, into pieces of which
/// length; a group of `a` has no more numbers than are listed at once. Parts by rows make their own lists, and copy all of the
/// right factor; parts by columns wait for lists of all rows, of which other cores have made some.
pub(super) fn division<T>(
    (rows, depth): (usize, usize),
    b: ArrayView2<T>,
    share: f64,
    threads: usize,
) -> (Axis, usize) {
    let line = LINE / size_of::<T>();
    let (groups, lines) = (rows.div_ceil(GROUP), b.ncols().div_ceil(line));
    // What the slowest thread does, in cycles of a core.
    let product = |rows: usize, lines: usize, parts: usize| {
        let strips = parts * lines.div_ceil(WIDEST);
        let (lines, rows) = (parts * lines, rows as f64);
        0.5 * rows * depth as f64 * share * (lines + strips) as f64 + copying(b) * (depth * lines) as f64
    };
    let finding = |rows: usize| finding(share) * (rows * depth) as f64;
    let lists_of_others = 2500.0 + share * (rows * depth) as f64;
    // Now and then a thread is held up, and the others take over what it has not begun.
    let held_up = |cycles: f64, parts: usize| cycles * (1.0 + 0.06 / parts as f64);
    let choices = (threads..=threads * PARTS_PER_THREAD).rev().flat_map(|num_parts| {
        let length = groups.div_ceil(num_parts).min(MOST_LISTED / (GROUP * depth));
        let parts = groups.div_ceil(length).div_ceil(threads);
        let by_rows = product(length * GROUP, lines, parts) + finding(parts * length * GROUP);
        let by_rows = (held_up(by_rows, parts), Axis(0), length * GROUP);
        let length = lines.div_ceil(num_parts);
        let parts = lines.div_ceil(length).div_ceil(threads);
        let by_columns = product(rows, length, parts) + finding(rows.div_ceil(threads)) + lists_of_others;
        let by_columns = if groups * GROUP * depth <= MOST_LISTED { held_up(by_columns, parts) } else { f64::INFINITY };
        [by_rows, (by_columns, Axis(1), length * line)]
    });
    let (_, axis, length) = choices.min_by(|a, b| a.0.total_cmp(&b.0)).expect("some choices");
    (axis, length)
}

/// A glance at some numbers, and the share of them that are not 0.
struct Glance<'a, T> {
    a: ArrayView2<'a, T>,
}

impl<T: Element> WithSimd for Glance<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let across = if self.a.strides()[1] == 1 { Axis(0) } else { Axis(1) };
        let (mut seen, mut not_zero) = (0, 0);
        for (index, line) in self.a.axis_iter(across).step_by(GLANCE).enumerate() {
            // Not the same place of each line: of a picture, it might be the margin.
            let chunks = line.to_slice().expect("neighbours").chunks(BLOCK);
            let each = chunks.len().min(GLANCE);
            for numbers in chunks.skip(index % each).step_by(each) {
                seen += numbers.len();
                not_zero += numbers.iter().map(|x| u32::from(*x != T::ZERO)).sum::<u32>() as usize;
            }
        }
        not_zero as f64 / seen as f64
    }
}

/// Some groups whose lists are made.
struct Find<'a, T> {
    a: ArrayView2<'a, T>,
    /// The number of their first entry.
    start: usize,
    entries: &'a mut [MaybeUninit<Entry<T>>],
    lists: &'a mut [Lists],
}

impl<T: Element> WithSimd for Find<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Find { a, start, entries, lists } = self;
        let room = GROUP * a.ncols();
        let groups = a.axis_chunks_iter(Axis(0), GROUP).zip(entries.chunks_mut(room)).zip((start..).step_by(room));
        for (((a, entries), start), lists) in groups.zip(lists.chunks_mut(a.ncols().div_ceil(BLOCK))) {
            let mut count = 0;
            for (block, lists) in a.axis_chunks_iter(Axis(1), BLOCK).zip(lists) {
                lists.start = start + count;
                if block.strides()[1] == 1 {
                    for (row, list) in block.rows().into_iter().zip(&mut lists.counts) {
                        let row = row.to_slice().expect("neighbours");
                        let marks = marks_of(row);
                        let values = marks::marked(marks).map(|step| (step, row[step]));
                        *list = write_list(marks, values, &mut entries[count..]);
                        count += usize::from(*list);
                    }
                } else {
                    let columns = Columns::of(block);
                    for ((row, &marks), list) in columns.marks.iter().enumerate().zip(&mut lists.counts) {
                        let values = marks::marked(marks).map(|step| (step, columns.numbers[step][row]));
                        *list = write_list(marks, values, &mut entries[count..]);
                        count += usize::from(*list);
                    }
                }
            }
        }
    }
}

/// Writes the entries of a row; how many there are.
#[inline(always)]
fn write_list<T>(marks: u64, values: impl Iterator<Item = (usize, T)>, entries: &mut [MaybeUninit<Entry<T>>]) -> u8 {
    let count = marks.count_ones();
    for ((step, value), entry) in values.zip(&mut entries[..count as usize]) {
        entry.write(Entry { value, step: step as u32 });
    }
    count as u8
}

/// Which of up to [`BLOCK`] numbers are not 0.
#[inline(always)]
fn marks_of<T: Element>(numbers: &[T]) -> u64 {
    let mut bytes = [0; BLOCK];
    match numbers.first_chunk::<BLOCK>() {
        Some(numbers) => bytes.iter_mut().zip(numbers).for_each(|(byte, x)| *byte = u8::from(*x != T::ZERO)),
        None => bytes.iter_mut().zip(numbers).for_each(|(byte, x)| *byte = u8::from(*x != T::ZERO)),
    }
    marks::from_bytes(&bytes)
}

/// A block of a group, numbers of whose columns are neighbours.
struct Columns<T> {
    /// For each row which numbers are not 0.
    marks: [u64; GROUP],
    /// A copy: columns that are a power of two apart would throw each other out of the cache before all of their rows have
    /// been read.
    numbers: [[T; GROUP]; BLOCK],
}

impl<T: Element> Columns<T> {
    #[inline(always)]
    fn of(block: ArrayView2<T>) -> Self {
        /// Marks of so many steps fit into a number, and those of all rows into a vector.
        const HALF: usize = u32::BITS as usize;
        let mut numbers = [[T::ZERO; GROUP]; BLOCK];
        let mut halves = [[0; GROUP]; BLOCK / HALF];
        let copies = numbers.as_chunks_mut::<HALF>().0;
        for ((marks, steps), copies) in halves.iter_mut().zip(block.axis_chunks_iter(Axis(1), HALF)).zip(copies) {
            // Apart, so that they stay in a register.
            let mut some = [0; GROUP];
            for ((step, column), copy) in steps.columns().into_iter().enumerate().zip(copies) {
                let column = column.to_slice().expect("neighbours");
                match column.first_chunk::<GROUP>() {
                    Some(column) => *copy = *column,
                    None => copy[..column.len()].copy_from_slice(column),
                }
                some.iter_mut().zip(*copy).for_each(|(marks, x)| *marks |= u32::from(x != T::ZERO) << step);
            }
            *marks = some;
        }
        let [early, late] = halves;
        let marks = std::array::from_fn(|row| u64::from(early[row]) | u64::from(late[row]) << HALF);
        Columns { marks, numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};

    /// Numbers of which about a share of `share` is not 0, without any order.
    fn numbers<T: Element>(rows: usize, columns: usize, share: f64) -> Array2<T> {
        let mut state = 1_u64;
        Array2::from_shape_fn((rows, columns), |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if (state >> 32) as f64 <= share * 2.0_f64.powi(32) { T::ONE } else { T::ZERO }
        })
    }

    fn is_worth_listing<T: Element>(n: usize, d: usize, m: usize, share: f64) -> [bool; 2] {
        let (a, b, out) = (numbers::<T>(n, d, share), numbers(d, m, 1.0), Array2::uninit((n, m)));
        let turned = a.t().to_owned();
        [a.view(), turned.t()].map(|a| share_worth_listing(a, b.view(), out.view()).is_some())
    }

    #[test]
    fn lists_are_made_of_factors_that_are_mostly_zeros() {
        for (n, d, m) in [(128, 784, 512), (784, 128, 512), (32, 1024, 1024), (1024, 32, 1024), (5000, 784, 256)] {
            assert_eq!(is_worth_listing::<f32>(n, d, m, 0.2), [true; 2], "{n} x {d} x {m}");
            assert_eq!(is_worth_listing::<f64>(n, d, m, 0.2), [true; 2], "{n} x {d} x {m}");
            assert_eq!(is_worth_listing::<f32>(n, d, m, 0.7), [false; 2], "{n} x {d} x {m}");
        }
        // Too small, too narrow, nothing to be seen.
        for (n, d, m) in [(10, 10, 100), (1000, 1000, 10), (0, 100, 100), (100, 0, 100)] {
            assert_eq!(is_worth_listing::<f32>(n, d, m, 0.0), [false; 2], "{n} x {d} x {m}");
        }
        // Columns of nothing, which take no memory; their lists would.
        let (nothing, b) = (Array2::<f32>::zeros((64, 1)), ndarray::array![[1.0]]);
        let (nothing, b) = (nothing.broadcast((64, 1 << 28)).unwrap(), b.broadcast((1 << 28, 64)).unwrap());
        assert!(share_worth_listing(nothing, b, Array2::uninit((64, 64)).view()).is_none());
        let (a, b) = (numbers::<f32>(128, 784, 0.1), numbers(784, 512, 1.0));
        let out = Array2::uninit((512, 128));
        assert!(share_worth_listing(a.view(), b.view(), out.t()).is_none(), "a result by columns");
    }

    #[test]
    fn pictures_with_margins_are_not_taken_for_blank() {
        let mut a = Array2::<f32>::ones((64, 28 * 28));
        a.slice_mut(s![.., ..100]).fill(0.0);
        a.slice_mut(s![.., -100..]).fill(0.0);
        let share = Arch::new().dispatch(Glance { a: a.view() });
        assert!((0.6..0.9).contains(&share), "{share}");
    }

    #[test]
    fn lists_hold_the_numbers_that_are_not_0() {
        for (rows, depth) in [(1, 1), (16, 64), (40, 130), (17, 200), (3, 63)] {
            let a = numbers::<f64>(rows, depth, 0.3);
            let a =
                Array2::from_shape_fn((rows, depth), |(row, step)| a[[row, step]] * (row * depth + step + 1) as f64);
            let turned = a.t().to_owned();
            for sparse in [Sparse::of(a.view()), Sparse::of(turned.t())] {
                let mut found = Array2::zeros((rows, depth));
                let blocks = depth.div_ceil(BLOCK);
                for (index, lists) in sparse.lists.iter().enumerate() {
                    let mut next = lists.start;
                    for (row, &count) in (index / blocks * GROUP..).zip(&lists.counts) {
                        let list = &sparse.entries[next..next + usize::from(count)];
                        next += usize::from(count);
                        // SAFETY: as many have been written as are counted.
                        for entry in unsafe { list.assume_init_ref() } {
                            found[[row, index % blocks * BLOCK + entry.step as usize]] = entry.value;
                        }
                    }
                }
                assert_eq!(found, a);
            }
        }
    }

    #[test]
    fn few_rows_are_divided_by_columns_and_many_by_rows() {
        for threads in [1, 2, 3, 16] {
            for (rows, depth, columns) in
                [(1, 64, 64), (17, 65, 100), (128, 784, 512), (70_000, 784, 256), (5000, 200, 90_000)]
            {
                let b = Array2::<f32>::zeros((depth, columns));
                let (axis, length) = division((rows, depth), b.view(), 0.2, threads);
                assert!(length > 0 && (axis == Axis(1) || length.is_multiple_of(GROUP)));
                let listed = if axis == Axis(0) { length } else { rows.next_multiple_of(GROUP) };
                assert!(listed * depth <= MOST_LISTED, "too much memory");
            }
        }
        // Weights that are copied by halves, and a gradient that takes less long to copy than lists to be fetched.
        let weights = Array2::<f32>::zeros((1024, 1024));
        assert_eq!(division((32, 1024), weights.view(), 0.4, 2), (Axis(1), 256));
        let upstream = Array2::<f32>::zeros((32, 1024));
        assert_eq!(division((1024, 32), upstream.view(), 0.4, 2), (Axis(0), 256));
    }
}
