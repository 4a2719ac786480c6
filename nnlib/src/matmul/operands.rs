//! What both kernels share: where matrices lie, what is done with a product, memory for copies, and strips of right factors.

use super::Element;
use ndarray::{ArrayView2, ArrayViewMut2};
use std::cell::RefCell;
use std::mem::MaybeUninit;

/// The longest vector, in bytes.
pub(super) const LINE: usize = 64;
/// So many steps are added up at once, and the sums of all such blocks then: the kernels give the same bits. A strip of the dense
/// kernel with so many takes two thirds of a first-level cache of 48 KiB, or less with shorter vectors.
pub(super) const STEPS: usize = 256;

/// The block with `$index` as each constant below `$end`, which is at most 8 or 12: an array that is indexed by constants alone
/// stays in registers.
macro_rules! each {
    ($index:ident < $end:ident of 8, $block:block) => { each!(@ $index $end $block 0 1 2 3 4 5 6 7) };
    ($index:ident < $end:ident of 12, $block:block) => { each!(@ $index $end $block 0 1 2 3 4 5 6 7 8 9 10 11) };
    (@ $index:ident $end:ident $block:block $($number:literal)*) => {
        $({
            const $index: usize = $number;
            if $index < $end $block
        })*
    };
}
pub(super) use each;

/// Memory for copies, at the start of a cache line, so that no vector lies in two.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line {
    _bytes: [u8; LINE],
}

thread_local! {
    /// Kept from product to product.
    static SCRATCH: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Calls `run` with room for so many bytes, for copies and for sums.
pub(super) fn with_scratch(bytes: usize, run: impl FnOnce(*mut Line)) {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.resize(bytes.div_ceil(LINE).max(scratch.len()), Line { _bytes: [0; LINE] });
        run(scratch.as_mut_ptr());
    });
}

/// What is done with a product.
#[derive(Clone, Copy)]
pub(super) enum Write<T> {
    /// It is written.
    Set,
    /// So many times it is added to what is there, all of which has been written before.
    Add(T),
}

impl<T: Element> Write<T> {
    /// What is done with the sums over further steps.
    #[inline(always)]
    pub(super) fn once_more(self) -> Write<T> {
        match self {
            Write::Set => Write::Add(T::ONE),
            add => add,
        }
    }
}

/// A matrix in memory.
#[derive(Clone, Copy)]
pub(super) struct Place<T> {
    pub(super) at: *mut T,
    pub(super) strides: [isize; 2],
}

impl<T> Place<T> {
    /// That of a matrix, which is read alone.
    pub(super) fn of(matrix: ArrayView2<T>) -> Self {
        Place { at: matrix.as_ptr().cast_mut(), strides: [matrix.strides()[0], matrix.strides()[1]] }
    }

    /// That of a result.
    pub(super) fn of_result(mut out: ArrayViewMut2<MaybeUninit<T>>) -> Self {
        Place { at: out.as_mut_ptr().cast::<T>(), strides: [out.strides()[0], out.strides()[1]] }
    }

    /// The matrix from entry `[row, column]` on, which is one of its entries.
    #[inline(always)]
    pub(super) unsafe fn from(self, row: usize, column: usize) -> Place<T> {
        let [down, right] = self.strides;
        // SAFETY: the caller's.
        Place { at: unsafe { self.at.offset(row as isize * down + column as isize * right) }, ..self }
    }
}

/// A strip of a right factor, `width` numbers a step, zeros beyond its `columns`.
#[inline(always)]
pub(super) unsafe fn copy_strip<T: Element>(b: Place<T>, steps: usize, columns: usize, width: usize, to: *mut T) {
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
            // Eight columns at a time, which the compiler brings together in a vector before it writes them.
            let whole = columns / 8 * 8;
            for column in (0..whole).step_by(8) {
                let columns: [*mut T; 8] = std::array::from_fn(|index| b.from(0, column + index).at);
                for step in 0..steps {
                    let numbers = columns.map(|column| *column.offset(step as isize * b.strides[0]));
                    to.add(step * width + column).cast::<[T; 8]>().write_unaligned(numbers);
                }
            }
            for column in whole..columns {
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
