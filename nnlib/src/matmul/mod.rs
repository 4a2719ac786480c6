//! Matrix products: the one place that multiplies matrices, in `f32` for [`crate::grad`] and in `f64` for layers.
//!
//! ndarray's own `dot` uses one core and at most AVX2. The kernels here, [`dense`] and [`sparse`], use the widest instructions
//! that the processor has, and the result is divided among the cores. No sum is divided: the same product gives the same bits
//! every time, by either kernel, for any number of cores; but for the sign of a 0 that is a sum too small for its type. What
//! ndarray multiplies comes here as well, by [`blas`].

mod blas;
mod dense;
mod element;
mod operands;
mod sparse;

pub(crate) use element::Element;

use crate::memory::keep_freed_memory;
use crate::parallel::{map_parts, threads_for};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use operands::Write;
use sparse::Sparse;
use std::mem::MaybeUninit;

/// Parts that each thread gets of a product, so that one that is held up is not waited for long.
const PARTS_PER_THREAD: usize = 2;

/// `a.dot(&b)`: `(N, D)` by `(D, M)` gives `(N, M)`, row by row in memory. Transposed views are as good as others.
///
/// # Panics
///
/// If the columns of `a` are not as many as the rows of `b`; callers check, and name what they multiply.
pub(crate) fn matmul<T: Element>(a: ArrayView2<T>, b: ArrayView2<T>) -> Array2<T> {
    new_array(a, b, Start::Nothing, false)
}

/// `a.dot(&b) + bias`, and with `relu` the larger of each entry and 0; `bias` is `(M,)`.
///
/// # Panics
///
/// As [`matmul`], and if `bias` has not M numbers.
#[cfg_attr(not(any(feature = "grad", feature = "layers")), expect(dead_code, reason = "layers have been left out"))]
pub(crate) fn affine<T: Element>(a: ArrayView2<T>, b: ArrayView2<T>, bias: &[T], relu: bool) -> Array2<T> {
    assert!(bias.len() == b.ncols(), "affine: biases");
    new_array(a, b, Start::Bias(bias), relu)
}

/// `out += factor * a.dot(&b)`, each product added as it is computed.
///
/// # Panics
///
/// As [`matmul`], and if `out` is not `(N, M)`.
pub(crate) fn add_product<T: Element>(factor: T, a: ArrayView2<T>, b: ArrayView2<T>, mut out: ArrayViewMut2<T>) {
    // SAFETY: numbers are written, and nothing else.
    let out = unsafe { out.raw_view_mut().cast::<MaybeUninit<T>>().deref_into_view_mut() };
    multiply_into(a, b, Start::Present(factor), false, out);
}

fn new_array<T: Element>(a: ArrayView2<T>, b: ArrayView2<T>, start: Start<T>, relu: bool) -> Array2<T> {
    keep_freed_memory();
    let mut out = Array2::uninit((a.nrows(), b.ncols()));
    multiply_into(a, b, start, relu, out.view_mut());
    // SAFETY: each number is written.
    unsafe { out.assume_init() }
}

/// What a product is added to.
#[derive(Clone, Copy)]
enum Start<'a, T> {
    /// Nothing is there yet.
    Nothing,
    /// A number for each column.
    Bias(&'a [T]),
    /// The numbers that are there; they get the product so many times.
    Present(T),
}

impl<T> Start<'_, T> {
    /// From column `first` on.
    fn at_column(self, first: usize) -> Self {
        match self {
            Start::Bias(bias) => Start::Bias(&bias[first..]),
            other => other,
        }
    }
}

/// Computes a product, each number of which is written, in parts on all cores.
fn multiply_into<T: Element>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    start: Start<T>,
    relu: bool,
    mut out: ArrayViewMut2<MaybeUninit<T>>,
) {
    let (rows, columns) = (a.nrows(), b.ncols());
    assert_eq!(a.ncols(), b.nrows(), "matmul: {:?} by {:?}", a.dim(), b.dim());
    assert_eq!(out.dim(), (rows, columns), "matmul: the result");
    // A left factor neither of whose axes has neighbours is copied.
    let a = if a.strides().contains(&1) { a.into() } else { a.as_standard_layout() };
    let share = sparse::share_worth_listing(a.view(), b, out.view());
    let multiplications = ((rows * a.ncols() * columns) as f64 * share.unwrap_or(1.0)) as usize;
    let threads = threads_for(multiplications);
    let (axis, length) = match share {
        Some(share) => sparse::division(a.dim(), b, share, threads),
        None => dense::division::<T>(rows, columns, threads),
    };
    let outs = out.axis_chunks_iter_mut(axis, length);
    let lists;
    let parts: Vec<Part<T>> = if axis == Axis(0) {
        let left = |a| if share.is_some() { Left::ToList(a) } else { Left::Dense(a) };
        let factors = a.axis_chunks_iter(axis, length).zip(outs);
        factors.map(|(a, out)| Part { a: left(a), b, start, relu, out }).collect()
    } else {
        lists = share.map(|_| Sparse::of(a.view()));
        let left = || lists.as_ref().map_or(Left::Dense(a.view()), Left::Listed);
        let starts = (0..).step_by(length).map(|first| start.at_column(first));
        let factors = b.axis_chunks_iter(axis, length).zip(outs).zip(starts);
        factors.map(|((b, out), start)| Part { a: left(), b, start, relu, out }).collect()
    };
    map_parts(parts, multiplications, Part::compute);
}

/// The left factor of a part.
enum Left<'a, T> {
    Dense(ArrayView2<'a, T>),
    /// Mostly zeros, of which lists are made for this part alone.
    ToList(ArrayView2<'a, T>),
    /// Mostly zeros, of which lists have been made for all parts.
    Listed(&'a Sparse<T>),
}

/// A part of a product.
struct Part<'a, T> {
    a: Left<'a, T>,
    b: ArrayView2<'a, T>,
    /// A bias has a number for each column, and maybe more.
    start: Start<'a, T>,
    relu: bool,
    out: ArrayViewMut2<'a, MaybeUninit<T>>,
}

impl<T: Element> Part<'_, T> {
    /// Writes each number of `out`.
    fn compute(self) {
        let Part { a, b, start, relu, mut out } = self;
        let write = match start {
            Start::Nothing => Write::Set,
            Start::Bias(bias) => {
                out.rows_mut().into_iter().for_each(|row| {
                    row.into_iter().zip(bias).for_each(|(x, &bias)| {
                        x.write(bias);
                    })
                });
                Write::Add(T::ONE)
            }
            Start::Present(times) => Write::Add(times),
        };
        let ((rows, columns), depth) = (out.dim(), b.nrows());
        if depth == 0 || out.is_empty() {
            if matches!(write, Write::Set) {
                out.fill(MaybeUninit::new(T::ZERO));
            }
        } else {
            match a {
                Left::ToList(a) => sparse::multiply(&Sparse::of(a), b, write, out.view_mut()),
                Left::Listed(a) => sparse::multiply(a, b, write, out.view_mut()),
                // The dense kernel reads rows of a right factor. Turning this one around costs more than turning the product.
                Left::Dense(a)
                    if b.strides()[1] != 1 && b.strides()[0] == 1 && rows * (depth + columns) < depth * columns =>
                {
                    dense::multiply(b.reversed_axes(), a.reversed_axes(), write, out.view_mut().reversed_axes());
                }
                Left::Dense(a) => dense::multiply(a, b, write, out.view_mut()),
            }
        }
        if relu {
            // SAFETY: every number is written.
            let out = unsafe { out.assume_init() };
            out.into_iter().for_each(|x| *x = if *x < T::ZERO { T::ZERO } else { *x });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ndarray::{Array1, LinalgScalar, s};
    use std::fmt::Debug;

    /// Whole numbers small enough that every order of summation gives the same.
    pub(crate) fn whole(rows: usize, columns: usize) -> Array2<i64> {
        Array2::from_shape_fn((rows, columns), |(row, column)| ((row * 7 + column * 3) % 11) as i64 - 5)
    }

    fn products_equal_those_of_whole_numbers<T: Element + LinalgScalar + Debug>(from: impl Fn(i64) -> T) {
        let shapes = [
            (1, 1, 1),
            (1, 784, 10),
            (3, 5, 7),
            (17, 16, 33),
            (100, 3072, 100),
            (128, 784, 256),
            (2000, 9, 32),
            (33, 2000, 64),
            (32, 1024, 1024),
            (300, 520, 290),
        ];
        for (n, d, m) in shapes {
            let (a, b) = (whole(n, d), whole(d, m));
            let expected = a.dot(&b).mapv(&from);
            let (a, b) = (a.mapv(&from), b.mapv(&from));
            let (turned_a, turned_b) = (a.t().to_owned(), b.t().to_owned());
            // What lies column by column in memory.
            let (by_columns_a, by_columns_b) = (turned_a.t(), turned_b.t());
            assert_eq!(matmul(a.view(), b.view()), expected, "{n} x {d} x {m}");
            assert_eq!(matmul(a.view(), by_columns_b), expected, "{n} x {d} x {m}, right factor by columns");
            assert_eq!(matmul(by_columns_a, b.view()), expected, "{n} x {d} x {m}, left factor by columns");
            assert_eq!(matmul(by_columns_a, by_columns_b), expected, "{n} x {d} x {m}, both by columns");
            let bias: Vec<T> = (0..m as i64).map(|index| from(index % 7 - 3)).collect();
            let sums = &expected + &Array1::from(bias.clone());
            assert_eq!(affine(a.view(), b.view(), &bias, false), sums, "{n} x {d} x {m}, with biases");
            let positive = sums.mapv(|x| if x < T::ZERO { T::ZERO } else { x });
            assert_eq!(affine(a.view(), by_columns_b, &bias, true), positive, "{n} x {d} x {m}, with rectifier");
        }
    }

    #[test]
    fn products_of_f32() {
        products_equal_those_of_whole_numbers(|x| x as f32);
    }

    #[test]
    fn products_of_f64() {
        products_equal_those_of_whole_numbers(|x| x as f64);
    }

    #[test]
    fn views_with_gaps_and_reversed_rows() {
        let (a, b) = (whole(40, 60), whole(60, 50));
        let (rows, columns) = (s![..;-2, ..;3], s![..;3, ..;-1]);
        let expected = a.slice(rows).dot(&b.slice(columns)).mapv(|x| x as f32);
        let (a, b) = (a.mapv(|x| x as f32), b.mapv(|x| x as f32));
        assert_eq!(matmul(a.slice(rows), b.slice(columns)), expected);
        let number = ndarray::array![[-5.0]];
        let repeated = number.broadcast((40, 30)).unwrap();
        assert_eq!(matmul(repeated, repeated.t()), Array2::from_elem((40, 40), 25.0 * 30.0));
    }

    /// Zeros are passed over only where that changes nothing.
    #[test]
    fn zero_times_what_is_not_finite_is_no_number() {
        for (n, d, m) in [(40, 30, 70), (40, 300, 70), (400, 20, 300)] {
            let mut a = whole(n, d).mapv(|x| x as f32);
            a.slice_mut(s![.., ..;2]).fill(0.0);
            for strange in [f32::NAN, f32::INFINITY] {
                let mut b = whole(d, m).mapv(|x| x as f32);
                let expected = a.dot(&b);
                b[[d - 2, m - 3]] = strange;
                let product = matmul(a.view(), b.view());
                for ((row, column), &x) in product.indexed_iter() {
                    let is_right = if column == m - 3 { x.is_nan() } else { x == expected[[row, column]] };
                    assert!(is_right, "{strange} in {n} x {d} x {m}: {x} at {row}, {column}");
                }
            }
        }
    }

    /// A left factor that is mostly zeros, in as many parts as it may have, has the same bits as one that is not.
    #[test]
    fn zeros_change_no_bits() {
        let number = |row: usize, column: usize| ((row * 37 + column * 101) % 997) as f32 / 997.0 - 0.5;
        for (n, d, m) in [(128, 784, 200), (1500, 90, 260), (784, 100, 128)] {
            let is_zero = |row: usize, step: usize| !(row * 31 + step * 17 + row * step).is_multiple_of(5);
            let a =
                Array2::from_shape_fn((n, d), |(row, step)| if is_zero(row, step) { 0.0 } else { number(row, step) });
            let b = Array2::from_shape_fn((d, m), |(step, column)| number(column, step));
            let mut expected = Array2::uninit((n, m));
            dense::multiply(a.view(), b.view(), Write::Set, expected.view_mut());
            // SAFETY: all of it is written.
            let expected = unsafe { expected.assume_init() };
            let turned = a.t().to_owned();
            for a in [a.view(), turned.t()] {
                assert!(sparse::share_worth_listing(a, b.view(), Array2::uninit((n, m)).view()).is_some());
                assert_eq!(matmul(a, b.view()), expected, "{n} x {d} x {m}");
            }
        }
    }

    #[test]
    fn products_with_nothing_in_them() {
        let none = |rows, columns| Array2::<f32>::zeros((rows, columns));
        assert_eq!(matmul(none(0, 3).view(), none(3, 2).view()).dim(), (0, 2));
        assert_eq!(matmul(none(2, 0).view(), none(0, 2).view()), Array2::<f32>::zeros((2, 2)));
        assert_eq!(affine(none(1, 0).view(), none(0, 2).view(), &[1.0, -1.0], true), ndarray::array![[1.0, 0.0]]);
    }

    #[test]
    #[should_panic(expected = "matmul: (2, 3) by (4, 5)")]
    fn products_that_do_not_fit() {
        matmul(Array2::<f32>::zeros((2, 3)).view(), Array2::zeros((4, 5)).view());
    }

    #[test]
    fn a_rectifier_keeps_nan() {
        let out = affine(ndarray::array![[f32::NAN]].view(), ndarray::array![[1.0]].view(), &[0.0], true);
        assert!(out[[0, 0]].is_nan());
    }
}
