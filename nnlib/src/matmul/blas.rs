//! What ndarray asks of a BLAS: `x.dot(&w)` and `general_mat_mul` in anyone's code are products of this crate's kernel.
//!
//! With its `blas` feature, ndarray calls functions of the C interface to the Basic Linear Algebra Subprograms (CBLAS), and
//! leaves it to the program to have them. Here are the eight that it calls, by their full definition: products of matrices
//! by the kernel; those with vectors, which take as long as memory does, in the order of summation that ndarray has
//! without BLAS, to the same last bit. A program that is linked with another BLAS besides has two definitions of each name.
//!
//! Arguments that the definition excludes end the program with a message, as in other BLAS libraries.
//!
//! Source: J. J. Dongarra et al., *A Set of Level 3 Basic Linear Algebra Subprograms*, ACM Transactions on Mathematical
//! Software 16 (1990); for names and constants, *BLAS Technical Forum Standard* (2001), appendix B.

use super::{Element, Start, add_product, matmul, multiply_into};
use crate::parallel::{map_parts, threads_for};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, Ix1, Ix2};
use ndarray::{LinalgScalar, ShapeBuilder, StrideShape, Zip, s};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ops::Neg;

/// `CblasRowMajor`: matrices lie row by row.
const BY_ROWS: c_int = 101;
/// `CblasColMajor`: column by column.
const BY_COLUMNS: c_int = 102;
/// `CblasNoTrans`: a matrix is multiplied as it is.
const AS_IT_IS: c_int = 111;
/// `CblasTrans`: it is turned first.
const TURNED: c_int = 112;
/// `CblasConjTrans`: besides, imaginary parts change their sign.
const CONJUGATE: c_int = 113;
/// Parts that each thread gets of a product with a vector.
const PARTS_PER_THREAD: usize = 2;
/// So many rows of a matrix by columns are summed at once: their sums stay in the first-level cache.
const SUMS: usize = 1024;

/// `c = alpha a b + beta c`, with `a` and `b` turned as they are to be multiplied.
struct Product<T> {
    alpha: T,
    a: Place<T>,
    b: Place<T>,
    beta: T,
    c: Place<T>,
}

/// A matrix in memory.
#[derive(Clone, Copy)]
struct Place<T> {
    at: *const T,
    shape: [usize; 2],
    /// From row to row, and from column to column.
    strides: [usize; 2],
    /// Whether imaginary parts change their sign.
    conjugate: bool,
}

impl<T> Place<T> {
    /// The matrix of `shape` that is made of what lies at `at`, rows or columns of which are so far apart.
    fn new(function: &str, layout: c_int, transpose: c_int, shape: [usize; 2], (at, apart): (*const T, c_int)) -> Self {
        let by_rows = match layout {
            BY_ROWS => true,
            BY_COLUMNS => false,
            _ => panic!("{function}: layout is {layout}, expected 101 (by rows) or 102 (by columns)"),
        };
        let turned = match transpose {
            AS_IT_IS => false,
            TURNED | CONJUGATE => true,
            _ => panic!("{function}: transpose is {transpose}, expected 111 (no), 112 (yes) or 113 (and conjugate)"),
        };
        let rows_lie = by_rows != turned;
        let least = shape[usize::from(rows_lie)].max(1);
        let strides = match usize::try_from(apart) {
            Ok(apart) if apart >= least && rows_lie => [apart, 1],
            Ok(apart) if apart >= least => [1, apart],
            _ => panic!("{function}: a leading dimension is {apart}, expected {least} or more"),
        };
        Place { at, shape, strides, conjugate: transpose == CONJUGATE }
    }

    fn turned(self) -> Self {
        let ([rows, columns], [down, right]) = (self.shape, self.strides);
        Place { shape: [columns, rows], strides: [right, down], ..self }
    }

    /// Shape and strides, in units of which an entry takes so many.
    fn in_units(&self, an_entry: usize) -> StrideShape<Ix2> {
        let ([rows, columns], [down, right]) = (self.shape, self.strides);
        (rows, columns).strides((down * an_entry, right * an_entry))
    }

    /// # Safety
    ///
    /// The matrix is there, and nothing writes to it while the view lives.
    unsafe fn view<'a>(&self) -> ArrayView2<'a, T> {
        // SAFETY: the caller's.
        unsafe { ArrayView2::from_shape_ptr(self.in_units(1), self.at) }
    }

    /// # Safety
    ///
    /// The matrix is there, and nothing else reads it or writes to it while the view lives.
    unsafe fn view_mut<'a>(&self) -> ArrayViewMut2<'a, MaybeUninit<T>> {
        // SAFETY: the caller's.
        unsafe { ArrayViewMut2::from_shape_ptr(self.in_units(1), self.at.cast_mut().cast::<MaybeUninit<T>>()) }
    }
}

impl<T> Place<[T; 2]> {
    /// The real parts and the imaginary parts.
    ///
    /// # Safety
    ///
    /// As [`Place::view`].
    unsafe fn parts<'a>(&self) -> [ArrayView2<'a, T>; 2] {
        let at = self.at.cast::<T>();
        // SAFETY: the caller's; parts of an entry are neighbours.
        [0, 1].map(|part| unsafe { ArrayView2::from_shape_ptr(self.in_units(2), at.add(part)) })
    }
}

impl<T: Copy> Product<T> {
    /// From what the functions are given: layout and transpositions, the sizes m, n and k, `alpha` and `beta`, and where `a`,
    /// `b` and `c` are. `None` if there is nothing to compute.
    fn new(
        function: &str,
        [layout, turn_a, turn_b]: [c_int; 3],
        sizes: [c_int; 3],
        [alpha, beta]: [T; 2],
        [a, b, c]: [(*const T, c_int); 3],
    ) -> Option<Self> {
        let [m, n, k] = sizes.map(|size| length(function, size));
        let a = Place::new(function, layout, turn_a, [m, k], a);
        let b = Place::new(function, layout, turn_b, [k, n], b);
        let c = Place::new(function, layout, AS_IT_IS, [m, n], c);
        // The kernel writes row by row.
        let [a, b, c] = if layout == BY_ROWS { [a, b, c] } else { [b.turned(), a.turned(), c.turned()] };
        (m > 0 && n > 0).then_some(Product { alpha, a, b, beta, c })
    }
}

impl<T: Element + LinalgScalar> Product<T> {
    /// # Safety
    ///
    /// The matrices are there, nothing else writes to them or reads `c`, and the numbers of `c` have been written if `beta`
    /// is not 0. `a` and `b` need not be there if `alpha` is 0.
    unsafe fn compute(self) {
        let Product { alpha, a, b, beta, c } = self;
        // SAFETY: the caller's.
        let mut c = unsafe { c.view_mut() };
        if beta == T::ZERO {
            if alpha == T::ONE {
                // SAFETY: the caller's.
                return unsafe { multiply_into(a.view(), b.view(), Start::Nothing, false, c) };
            }
            c.fill(MaybeUninit::new(T::ZERO));
        }
        // SAFETY: they have been written.
        let mut c = unsafe { c.assume_init() };
        if beta != T::ZERO && beta != T::ONE {
            c.map_inplace(|x| *x = beta * *x);
        }
        if alpha != T::ZERO {
            // SAFETY: the caller's.
            unsafe { add_product(alpha, a.view(), b.view(), c) };
        }
    }
}

impl<T: Element + LinalgScalar + Neg<Output = T>> Product<[T; 2]> {
    /// For complex numbers, a real and an imaginary part each.
    ///
    /// # Safety
    ///
    /// The matrices are there, nothing else writes to them or reads `c`, and the numbers of `c` have been written if `beta`
    /// is not 0.
    unsafe fn compute_complex(self) {
        let Product { alpha, a, b, beta, c } = self;
        let sign = |conjugate: bool| if conjugate { -T::ONE } else { T::ONE };
        let (sign_a, sign_b) = (sign(a.conjugate), sign(b.conjugate));
        // SAFETY: the caller's.
        let ([a_real, a_imaginary], [b_real, b_imaginary], c) = unsafe { (a.parts(), b.parts(), c.view_mut()) };
        let mut real = matmul(a_real, b_real);
        add_product(-sign_a * sign_b, a_imaginary, b_imaginary, real.view_mut());
        let mut imaginary = Array2::zeros(real.dim());
        add_product(sign_b, a_real, b_imaginary, imaginary.view_mut());
        add_product(sign_a, a_imaginary, b_real, imaginary.view_mut());
        let times = |[x, y]: [T; 2], [u, v]: [T; 2]| [x * u - y * v, x * v + y * u];
        Zip::from(c).and(&real).and(&imaginary).for_each(|c, &real, &imaginary| {
            let product = times(alpha, [real, imaginary]);
            c.write(if beta == [T::ZERO; 2] {
                product
            } else {
                // SAFETY: it has been written, since `beta` is not 0.
                let before = times(beta, unsafe { c.assume_init() });
                [product[0] + before[0], product[1] + before[1]]
            });
        });
    }
}

/// Sizes are 0 or more.
fn length(function: &str, size: c_int) -> usize {
    usize::try_from(size).unwrap_or_else(|_| panic!("{function}: a size is {size}, expected 0 or more"))
}

/// Shape and stride of a vector, and whether the last number is the first in memory.
fn places(function: &str, length: usize, stride: c_int) -> (StrideShape<Ix1>, bool) {
    assert!(stride != 0, "{function}: the stride of a vector is 0");
    (length.strides(stride.unsigned_abs() as usize), stride < 0)
}

/// # Safety
///
/// The numbers are there, the first in memory at `at`, and nothing writes to them while the view lives.
unsafe fn vector<'a, T>(at: *const T, (shape, is_reversed): (StrideShape<Ix1>, bool)) -> ArrayView1<'a, T> {
    // SAFETY: the caller's.
    let mut vector = unsafe { ArrayView1::from_shape_ptr(shape, at) };
    if is_reversed {
        vector.invert_axis(Axis(0));
    }
    vector
}

/// # Safety
///
/// The numbers are there, the first in memory at `at`, and nothing else reads them or writes to them while the view lives.
unsafe fn vector_mut<'a, T>(
    at: *mut T,
    (shape, is_reversed): (StrideShape<Ix1>, bool),
) -> ArrayViewMut1<'a, MaybeUninit<T>> {
    // SAFETY: the caller's.
    let mut vector = unsafe { ArrayViewMut1::from_shape_ptr(shape, at.cast::<MaybeUninit<T>>()) };
    if is_reversed {
        vector.invert_axis(Axis(0));
    }
    vector
}

/// The sum of products.
fn dot<T: Element + LinalgScalar>(x: ArrayView1<T>, y: ArrayView1<T>) -> T {
    match (x.as_slice(), y.as_slice()) {
        (Some(x), Some(y)) => dot_of_slices(x, y),
        _ => x.iter().zip(y).fold(T::ZERO, |sum, (&x, &y)| sum + x * y),
    }
}

/// The sum of products of numbers that are neighbours in memory, from eight sums, which the compiler makes vectors of.
fn dot_of_slices<T: Element + LinalgScalar>(x: &[T], y: &[T]) -> T {
    let ((x, last_x), (y, last_y)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut sums = [T::ZERO; 8];
    for (x, y) in x.iter().zip(y) {
        for (sum, (&x, &y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum = *sum + x * y;
        }
    }
    let (low, high) = sums.split_at(4);
    let sum = low.iter().zip(high).fold(T::ZERO, |sum, (&low, &high)| sum + (low + high));
    last_x.iter().zip(last_y).fold(sum, |sum, (&x, &y)| sum + x * y)
}

/// `y = alpha a x + beta y`, all of which is written before if `beta` is not 0, on all cores.
fn multiply_vector<T: Element + LinalgScalar>(
    alpha: T,
    a: ArrayView2<T>,
    x: ArrayView1<T>,
    beta: T,
    mut y: ArrayViewMut1<MaybeUninit<T>>,
) {
    // Nothing of `a` or `x` is asked for then, not even whether it is NaN.
    let terms = if alpha == T::ZERO { 0 } else { x.len() };
    let (a, x) = (a.slice(s![.., ..terms]), x.slice(s![..terms]));
    let write = |y: &mut MaybeUninit<T>, sum: T| {
        // SAFETY: it has been written, if `beta` is not 0.
        let sum = if beta == T::ZERO { sum * alpha } else { (unsafe { y.assume_init() }) * beta + sum * alpha };
        y.write(sum);
    };
    let part = |(a, mut y): (ArrayView2<T>, ArrayViewMut1<MaybeUninit<T>>)| {
        if a.strides()[1] == 1 {
            a.rows().into_iter().zip(&mut y).for_each(|(row, y)| write(y, dot(row, x)));
            return;
        }
        let mut sums = vec![T::ZERO; y.len().min(SUMS)];
        for (a, y) in a.axis_chunks_iter(Axis(0), SUMS).zip(y.axis_chunks_iter_mut(Axis(0), SUMS)) {
            let mut sums = ArrayViewMut1::from(&mut sums[..y.len()]);
            sums.fill(T::ZERO);
            a.columns().into_iter().zip(x).for_each(|(column, &x)| sums.scaled_add(x, &column));
            y.into_iter().zip(&sums).for_each(|(y, &sum)| write(y, sum));
        }
    };
    let multiplications = a.len();
    let num_threads = threads_for(multiplications);
    if num_threads == 1 {
        part((a, y));
    } else {
        let rows = y.len().div_ceil(num_threads * PARTS_PER_THREAD).max(1);
        let parts = a.axis_chunks_iter(Axis(0), rows).zip(y.axis_chunks_iter_mut(Axis(0), rows)).collect();
        map_parts(parts, multiplications, part);
    }
}

/// A function for products of matrices of `$entry`, which gets `alpha` and `beta` as `$scalar`.
macro_rules! matrices {
    ($name:ident, $entry:ty, $scalar:ty, |$given:ident| $value:expr, $compute:ident) => {
        /// `c = alpha a b + beta c`: `m` by `k` times `k` by `n` is `m` by `n`.
        ///
        /// # Safety
        ///
        /// The numbers are there, and those of `c` have been written if `beta` is not 0.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            layout: c_int,
            turn_a: c_int,
            turn_b: c_int,
            m: c_int,
            n: c_int,
            k: c_int,
            alpha: $scalar,
            a: *const $entry,
            apart_a: c_int,
            b: *const $entry,
            apart_b: c_int,
            beta: $scalar,
            c: *mut $entry,
            apart_c: c_int,
        ) {
            let matrices = [(a, apart_a), (b, apart_b), (c.cast_const(), apart_c)];
            let constants = [layout, turn_a, turn_b];
            // SAFETY: the caller's.
            unsafe {
                let scalars = [alpha, beta].map(|$given| $value);
                if let Some(product) = Product::new(stringify!($name), constants, [m, n, k], scalars, matrices) {
                    product.$compute();
                }
            }
        }
    };
}

macro_rules! functions {
    ($number:ty, $dot:ident, $matrix_vector:ident, $matrices:ident, $complex_matrices:ident) => {
        /// The sum of products of `n` numbers each of `x` and `y`.
        ///
        /// # Safety
        ///
        /// The numbers are there.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $dot(
            n: c_int,
            x: *const $number,
            step_x: c_int,
            y: *const $number,
            step_y: c_int,
        ) -> $number {
            let name = stringify!($dot);
            let n = length(name, n);
            // SAFETY: the caller's.
            unsafe { dot(vector(x, places(name, n, step_x)), vector(y, places(name, n, step_y))) }
        }

        /// `y = alpha a x + beta y`, where `a` is `m` by `n` before it is turned.
        ///
        /// # Safety
        ///
        /// The numbers are there, and those of `y` have been written if `beta` is not 0.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $matrix_vector(
            layout: c_int,
            turn: c_int,
            m: c_int,
            n: c_int,
            alpha: $number,
            a: *const $number,
            apart: c_int,
            x: *const $number,
            step_x: c_int,
            beta: $number,
            y: *mut $number,
            step_y: c_int,
        ) {
            let name = stringify!($matrix_vector);
            let [m, n] = [m, n].map(|size| length(name, size));
            let shape = if turn == AS_IT_IS { [m, n] } else { [n, m] };
            let a = Place::new(name, layout, turn, shape, (a, apart));
            // SAFETY: the caller's.
            unsafe {
                let x = vector(x, places(name, shape[1], step_x));
                let y = vector_mut(y, places(name, shape[0], step_y));
                multiply_vector(alpha, a.view(), x, beta, y);
            }
        }

        matrices!($matrices, $number, $number, |scalar| scalar, compute);
        matrices!($complex_matrices, [$number; 2], *const [$number; 2], |scalar| *scalar, compute_complex);
    };
}

functions!(f32, cblas_sdot, cblas_sgemv, cblas_sgemm, cblas_cgemm);
functions!(f64, cblas_ddot, cblas_dgemv, cblas_dgemm, cblas_zgemm);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul::tests::whole;
    use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
    use ndarray::{Array1, Order};
    use num_complex::Complex;
    use std::fmt::Debug;

    /// Numbers whose sums depend on the order of summation.
    fn fractions(rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(row, column)| ((row * 37 + column * 101) % 997) as f64 / 997.0 - 0.5)
    }

    /// The same matrix row by row in memory, column by column, and as a part of larger ones.
    fn laid_out<T: Clone>(matrix: &Array2<T>) -> [Array2<T>; 4] {
        let (rows, columns) = matrix.dim();
        let within = |order: Order| {
            let entry = |(row, column): (usize, usize)| matrix[[row % rows, column % columns]].clone();
            let mut larger = Array2::from_shape_fn((rows + 3, columns + 2).set_f(order == Order::F), entry);
            larger.slice_collapse(s![..rows, ..columns]);
            larger
        };
        let by_columns = matrix.t().as_standard_layout().into_owned().reversed_axes();
        [matrix.clone(), by_columns, within(Order::C), within(Order::F)]
    }

    const SHAPES: [(usize, usize, usize); 7] =
        [(1, 8, 1), (1, 1, 9), (9, 1, 1), (5, 9, 7), (33, 40, 20), (100, 300, 10), (70, 17, 130)];

    fn products_are_those_of_whole_numbers<T: LinalgScalar + Debug + PartialEq + From<i16>>() {
        let numbers = |matrix: &Array2<i64>| matrix.mapv(|x| T::from(i16::try_from(x).expect("a small number")));
        for (m, k, n) in SHAPES {
            let [a, b, c] = [whole(m, k), whole(k, n), whole(m, n)];
            let product = a.dot(&b);
            for a in laid_out(&numbers(&a)) {
                for b in laid_out(&numbers(&b)) {
                    assert_eq!(a.dot(&b), numbers(&product), "{m} x {k} x {n}");
                    assert_eq!(b.t().dot(&a.t()), numbers(&product).t(), "{m} x {k} x {n}, turned");
                    for mut out in laid_out(&numbers(&c)) {
                        let strides = out.strides().to_vec();
                        general_mat_mul(T::from(2), &a, &b, T::from(-3), &mut out);
                        assert_eq!(out, numbers(&(&product * 2 - &c * 3)), "{m} x {k} x {n} to {strides:?}");
                        general_mat_mul(T::from(-1), &a, &b, T::from(0), &mut out);
                        assert_eq!(out, numbers(&-&product), "{m} x {k} x {n} to {strides:?}, and no more");
                    }
                }
            }
        }
    }

    #[test]
    fn products() {
        products_are_those_of_whole_numbers::<f32>();
        products_are_those_of_whole_numbers::<f64>();
    }

    #[test]
    fn products_have_the_bits_of_the_kernel() {
        let (a, b) = (fractions(33, 700), fractions(700, 20));
        assert_eq!(a.dot(&b), matmul(a.view(), b.view()));
        let (a, b) = (a.mapv(|x| x as f32), b.mapv(|x| x as f32));
        assert_eq!(a.dot(&b), matmul(a.view(), b.view()));
    }

    #[test]
    fn complex_products() {
        let turn_by = |i: i64| move |x: i64| Complex::new(x, i - x);
        for (m, k, n) in SHAPES {
            let a = whole(m, k).mapv(turn_by(2));
            let b = whole(k, n).mapv(turn_by(-1));
            let numbers = |matrix: &Array2<Complex<i64>>| matrix.mapv(|x| Complex::new(x.re as f64, x.im as f64));
            let product = a.dot(&b);
            for a in laid_out(&numbers(&a)) {
                for b in laid_out(&numbers(&b)) {
                    assert_eq!(a.dot(&b), numbers(&product), "{m} x {k} x {n}");
                    let mut out = numbers(&product);
                    general_mat_mul(Complex::I, &a, &b, Complex::new(2.0, 1.0), &mut out);
                    assert_eq!(out, numbers(&product) * Complex::new(2.0, 2.0), "{m} x {k} x {n}");
                }
            }
        }
    }

    #[test]
    fn conjugates() {
        let a = [[1.0_f32, 2.0], [3.0, -1.0]];
        let (one, zero) = ([1.0_f32, 0.0], [0.0_f32, 0.0]);
        let mut c = [[f32::NAN; 2]; 4];
        // SAFETY: these are matrices of two rows and one column, and of two of each.
        unsafe {
            let (a, c) = (a.as_ptr(), c.as_mut_ptr());
            cblas_cgemm(BY_ROWS, AS_IT_IS, CONJUGATE, 2, 2, 1, &one, a, 1, a, 1, &zero, c, 2);
        }
        assert_eq!(c, [[5.0, 0.0], [1.0, 7.0], [1.0, -7.0], [10.0, 0.0]]);
        // SAFETY: as above.
        unsafe {
            let (a, c) = (a.as_ptr(), c.as_mut_ptr());
            cblas_cgemm(BY_COLUMNS, CONJUGATE, AS_IT_IS, 1, 1, 2, &one, a, 2, a, 2, &zero, c, 1);
        }
        assert_eq!(c[0], [15.0, 0.0]);
    }

    fn complex(x: f64) -> Complex<f64> {
        Complex::new(x, 0.0)
    }

    /// ndarray multiplies complex vectors without BLAS. Where all numbers are real, it adds up what it would add up then.
    #[test]
    fn products_with_vectors_have_the_bits_of_ndarray() {
        for length in [0, 1, 7, 31, 32, 39, 100, 2999] {
            let numbers = fractions(2, length * 3);
            let complex_numbers = numbers.mapv(complex);
            for (step_x, step_y) in [(1, 1), (1, 2), (2, 1), (-1, 1), (-1, -1), (-3, 2)] {
                let (x, y) = (s![0, ..;step_x], s![1, ..;step_y]);
                let product: f64 = first(numbers.slice(x), length).dot(&first(numbers.slice(y), length));
                let expected: Complex<f64> =
                    first(complex_numbers.slice(x), length).dot(&first(complex_numbers.slice(y), length));
                assert_eq!(product, expected.re, "{length} numbers, {step_x} and {step_y} apart");
            }
        }
        for (rows, columns) in [(1, 40), (40, 1), (9, 100), (2100, 33), (700, 800)] {
            let numbers = fractions(2, rows.max(columns) * 2);
            for (a, complex_a) in
                laid_out(&fractions(rows, columns)).iter().zip(laid_out(&fractions(rows, columns).mapv(complex)))
            {
                for step in [1, 2, -1] {
                    let about = format!("{rows} x {columns}, {:?} by {step} apart", a.strides());
                    let (mut y, mut complex_y) = (numbers.clone(), numbers.mapv(complex));
                    let (x, mut y) = y.multi_slice_mut((s![0, ..;step], s![1, ..;step]));
                    let (complex_x, mut complex_y) = complex_y.multi_slice_mut((s![0, ..;step], s![1, ..;step]));
                    let (x, complex_x) = (first(x.view(), columns), first(complex_x.view(), columns));
                    let product: Array1<f64> = a.dot(&x);
                    let expected: Array1<Complex<f64>> = complex_a.dot(&complex_x);
                    assert_eq!(product, expected.mapv(|y| y.re), "{about}");
                    let (mut y, mut complex_y) = (y.slice_mut(s![..rows]), complex_y.slice_mut(s![..rows]));
                    general_mat_vec_mul(0.3, a, &x, -0.7, &mut y);
                    general_mat_vec_mul(complex(0.3), &complex_a, &complex_x, complex(-0.7), &mut complex_y);
                    assert_eq!(y, complex_y.mapv(|y| y.re), "{about}");
                }
            }
        }
    }

    fn first<T>(vector: ArrayView1<T>, length: usize) -> ArrayView1<T> {
        vector.slice_move(s![..length])
    }

    /// What is not asked for is not read: a factor of 0 makes 0 of what is no number. ndarray's own products do read it, and
    /// fail here.
    #[test]
    fn nothing_times_nan() {
        let nan = Array2::from_elem((9, 9), f64::NAN);
        let ones = Array2::<f64>::ones((9, 9));
        let mut c = nan.clone();
        general_mat_mul(1.0, &ones, &ones, 0.0, &mut c);
        assert_eq!(c, &ones * 9.0);
        general_mat_mul(0.0, &nan, &nan, 2.0, &mut c);
        assert_eq!(c, &ones * 18.0);
        let mut y = Array1::from_elem(9, f64::NAN);
        general_mat_vec_mul(1.0, &ones, &ones.row(0), 0.0, &mut y);
        assert_eq!(y, Array1::from_elem(9, 9.0));
        general_mat_vec_mul(0.0, &nan, &nan.row(0), 2.0, &mut y);
        assert_eq!(y, Array1::from_elem(9, 18.0));
    }

    #[test]
    fn products_of_nothing() {
        let mut c = [1.0, 2.0];
        let none = [0.0; 0].as_ptr();
        // SAFETY: there is nothing to read but `c`.
        unsafe {
            cblas_dgemm(BY_ROWS, AS_IT_IS, TURNED, 0, 5, 3, 1.0, none, 3, none, 3, 0.0, c.as_mut_ptr(), 5);
            assert_eq!(c, [1.0, 2.0]);
            cblas_dgemm(BY_COLUMNS, TURNED, AS_IT_IS, 2, 1, 0, 1.0, none, 1, none, 1, 3.0, c.as_mut_ptr(), 2);
            assert_eq!(c, [3.0, 6.0]);
            cblas_dgemv(BY_ROWS, AS_IT_IS, 2, 0, 1.0, none, 1, none, 1, 0.0, c.as_mut_ptr(), 1);
            assert_eq!(c, [0.0, 0.0]);
            assert_eq!(cblas_ddot(0, none, 1, none, -1), 0.0);
        }
    }

    #[test]
    #[should_panic(expected = "cblas_sgemm: a leading dimension is 4, expected 5 or more")]
    fn rows_that_overlap() {
        let none = std::ptr::null();
        Product::<f32>::new("cblas_sgemm", [101, 111, 112], [2, 3, 5], [1.0, 0.0], [(none, 5), (none, 4), (none, 3)]);
    }

    #[test]
    #[should_panic(expected = "cblas_dgemm: layout is 100, expected 101 (by rows) or 102 (by columns)")]
    fn no_such_layout() {
        let none = std::ptr::null();
        Product::<f64>::new("cblas_dgemm", [100, 111, 111], [1, 1, 1], [1.0, 0.0], [(none, 1), (none, 1), (none, 1)]);
    }

    #[test]
    #[should_panic(expected = "cblas_sdot: a size is -1, expected 0 or more")]
    fn fewer_than_none() {
        length("cblas_sdot", -1);
    }
}
