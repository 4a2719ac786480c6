//! Steps of a product that can be passed over.
//!
//! Where all numbers that a tile reads of the left factor are 0, a step adds nothing to its sums; of batches of handwritten
//! digits, half of the steps are such, forward as well as backward. To find them takes a hundredth of the time of the
//! product, and is done once for all of its parts.

use super::Element;
use super::kernel::{STEPS, TALLEST_WITH_BLANKS, tallest_with_blanks};
use crate::marks::{self, MARKS};
use crate::parallel::map_parts;
use ndarray::{ArrayView2, Axis};
use pulp::{Arch, Simd, WithSimd};

/// Columns of a result that are worth a look at the left factor.
const WORTH_A_LOOK: usize = 64;
/// Only one of so many tiles is looked at, to see whether there is anything to be found.
const GLANCE: usize = 8;
/// The largest share of steps that are not blank with which it is worth while to pass over the others.
const MOST: f64 = 0.875;
/// How long it takes to look at a number, in multiplications.
const LOOK: usize = 8;
/// Tiles that a thread looks at in one go.
const TILES_AT_ONCE: usize = 16;
/// So many numbers of a row are compared with 0 at once.
const AT_ONCE: usize = 16;

/// For each tile of a left factor and each block of steps, which steps are not blank.
pub(super) struct NotBlank {
    /// For each tile and block in turn, room for the steps of a block: how far each is from the last one.
    lists: Vec<u16>,
    /// How many steps are in each list.
    counts: Vec<u16>,
    blocks: usize,
    /// The most rows of a tile.
    pub(super) tallest: usize,
    /// Of the left factor.
    pub(super) shape: (usize, usize),
}

impl NotBlank {
    /// For the left factor `a` of a product with so many columns, numbers of whose rows, or of whose columns, are neighbours.
    /// `None` if few steps are blank, or what is saved would not be worth the look.
    pub(super) fn of<T: Element>(a: ArrayView2<T>, columns: usize) -> Option<Self> {
        if columns < WORTH_A_LOOK || a.is_empty() {
            return None;
        }
        let Sample { tallest, share } = Arch::new().dispatch(Glance { a });
        (share <= MOST).then(|| NotBlank::of_tiles(a, tallest))
    }

    /// Of tiles that are so tall.
    pub(super) fn of_tiles<T: Element>(a: ArrayView2<T>, tallest: usize) -> Self {
        let (rows, depth) = a.dim();
        let (tiles, blocks) = (rows.div_ceil(tallest), depth.div_ceil(STEPS));
        let (lists, counts) = (vec![0; tiles * blocks * STEPS], vec![0; tiles * blocks]);
        let mut not_blank = NotBlank { lists, counts, blocks, tallest, shape: a.dim() };
        let lists = not_blank.lists.chunks_mut(TILES_AT_ONCE * blocks * STEPS);
        let counts = not_blank.counts.chunks_mut(TILES_AT_ONCE * blocks);
        let parts = a.axis_chunks_iter(Axis(0), TILES_AT_ONCE * tallest).zip(lists).zip(counts);
        let parts = parts.map(|((a, lists), counts)| Look { a, tallest, lists, counts }).collect();
        map_parts(parts, a.len() * LOOK, |look| Arch::new().dispatch(look));
        not_blank
    }

    /// Those of the tile that begins with `row`, and of the block that begins with `step`: how far each is from the last. The
    /// kernel counts on it that they are steps of the block.
    #[inline(always)]
    pub(super) fn steps(&self, row: usize, step: usize) -> &[u16] {
        let index = row / self.tallest * self.blocks + step / STEPS;
        &self.lists[index * STEPS..][..usize::from(self.counts[index])]
    }
}

/// A glance at every so manyth tile.
struct Glance<'a, T> {
    a: ArrayView2<'a, T>,
}

/// What it shows.
struct Sample {
    /// How tall tiles are.
    tallest: usize,
    /// The share of steps that are not blank.
    share: f64,
}

impl<T: Element> WithSimd for Glance<'_, T> {
    type Output = Sample;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Sample {
        let tallest = tallest_with_blanks::<S>();
        let (mut num_steps, mut not_blank) = (0, 0);
        for tile in self.a.axis_chunks_iter(Axis(0), tallest).step_by(GLANCE) {
            for block in tile.axis_chunks_iter(Axis(1), STEPS) {
                num_steps += block.ncols();
                not_blank += marks_of(block).into_iter().map(usize::from).sum::<usize>();
            }
        }
        Sample { tallest, share: not_blank as f64 / num_steps as f64 }
    }
}

/// A look at some tiles.
struct Look<'a, T> {
    a: ArrayView2<'a, T>,
    tallest: usize,
    lists: &'a mut [u16],
    counts: &'a mut [u16],
}

impl<T: Element> WithSimd for Look<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Look { a, tallest, lists, counts } = self;
        let mut lists = lists.chunks_exact_mut(STEPS).zip(counts);
        for tile in a.axis_chunks_iter(Axis(0), tallest) {
            for (block, (list, count)) in tile.axis_chunks_iter(Axis(1), STEPS).zip(&mut lists) {
                *count = write_list(&marks_of(block), list);
            }
        }
    }
}

/// A byte for each step of a block of a tile: 1 if it is not blank.
#[inline(always)]
fn marks_of<T: Element>(block: ArrayView2<T>) -> [u8; STEPS] {
    let mut marks = [0; STEPS];
    let (rows, steps) = block.dim();
    if block.strides()[1] == 1 {
        let mut slices: [&[T]; TALLEST_WITH_BLANKS] = [&[]; TALLEST_WITH_BLANKS];
        for (slice, row) in slices.iter_mut().zip(block.rows()) {
            *slice = row.to_slice().expect("neighbours");
        }
        let (whole, rest) = marks[..steps].as_chunks_mut::<AT_ONCE>();
        let first_of_rest = whole.len() * AT_ONCE;
        for (index, marks) in whole.iter_mut().enumerate() {
            // A copy, which stays in a register.
            let mut some = [0; AT_ONCE];
            for slice in &slices[..rows] {
                let numbers = *slice[index * AT_ONCE..].first_chunk::<AT_ONCE>().expect("as many as marks");
                some.iter_mut().zip(numbers).for_each(|(mark, x)| *mark |= u8::from(x != T::ZERO));
            }
            *marks = some;
        }
        for slice in &slices[..rows] {
            rest.iter_mut().zip(&slice[first_of_rest..]).for_each(|(mark, x)| *mark |= u8::from(*x != T::ZERO));
        }
    } else {
        for (mark, column) in marks.iter_mut().zip(block.columns()) {
            let column = column.to_slice().expect("neighbours");
            // With a length that is known when it is compiled, there is no loop.
            *mark = u8::from(match column.first_chunk::<TALLEST_WITH_BLANKS>() {
                Some(column) => column.iter().fold(false, |any, x| any | (*x != T::ZERO)),
                None => column.iter().any(|x| *x != T::ZERO),
            });
        }
    }
    marks
}

/// Writes how far each step that is marked is from the last one; how many there are.
#[inline(always)]
fn write_list(marks: &[u8; STEPS], list: &mut [u16]) -> u16 {
    let (mut count, mut last) = (0, 0);
    for (first, marks) in (0..).step_by(MARKS).zip(marks.as_chunks::<MARKS>().0) {
        for step in marks::marked(marks::from_bytes(marks)) {
            list[count] = (first + step - last) as u16;
            (count, last) = (count + 1, first + step);
        }
    }
    count as u16
}
