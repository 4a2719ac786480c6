//! Matrix products in `f32`: the one place that multiplies matrices for [`crate::grad`], and the one with unsafe code.
//!
//! ndarray's own `dot` uses one core and at most AVX2. The kernels here pick the widest instructions that the processor has, and the
//! rows of the result are divided among the cores. How they are divided depends on the shapes and the number of cores alone, and no
//! sum is divided: the same product gives the same bits every time.

use gemm_common::Parallelism;
use ndarray::{Array2, ArrayView2};
use std::sync::LazyLock;

/// Below this many multiplications, starting a thread (some 20 microseconds) costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 21;

static NUM_THREADS: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, |n| n.get()));

/// `a.dot(&b)`: `(N, D)` by `(D, M)` gives `(N, M)`, row by row in memory. Transposed views are as good as others.
///
/// # Panics
///
/// If the columns of `a` are not as many as the rows of `b`; callers check, and name what they multiply.
pub(crate) fn matmul(a: ArrayView2<f32>, b: ArrayView2<f32>) -> Array2<f32> {
    let work = a.nrows() * a.ncols() * b.ncols();
    product(a, b, (work / WORTH_A_THREAD).clamp(1, *NUM_THREADS))
}

fn product(a: ArrayView2<f32>, b: ArrayView2<f32>, num_threads: usize) -> Array2<f32> {
    let (rows, columns) = (a.nrows(), b.ncols());
    assert_eq!(a.ncols(), b.nrows(), "matmul: {:?} by {:?}", a.dim(), b.dim());
    let mut out = Array2::zeros((rows, columns));
    if out.is_empty() || a.ncols() == 0 {
        return out;
    }
    // Whole blocks of 16 rows, as the kernels work on.
    let part = rows.div_ceil(num_threads).next_multiple_of(16);
    let out_rows = out.as_slice_mut().expect("made above").chunks_mut(part * columns);
    let mut parts = a.axis_chunks_iter(ndarray::Axis(0), part).zip(out_rows);
    let first = parts.next();
    std::thread::scope(|scope| {
        for (a, out) in parts {
            scope.spawn(move || multiply_into(a, b, out));
        }
        if let Some((a, out)) = first {
            multiply_into(a, b, out);
        }
    });
    out
}

/// Writes the product to `out`, row by row.
fn multiply_into(a: ArrayView2<f32>, b: ArrayView2<f32>, out: &mut [f32]) {
    let (rows, inner, columns) = (a.nrows(), a.ncols(), b.ncols());
    assert!(b.nrows() == inner && out.len() == rows * columns);
    // SAFETY: `a` and `b` are valid for reads at every index below their dimensions with the strides given, and `out`, which is borrowed
    // mutably and so overlaps neither, is valid for writes at `row * columns + column`; the dimensions are checked above.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            a.as_ptr(),
            a.strides()[1],
            a.strides()[0],
            b.as_ptr(),
            b.strides()[1],
            b.strides()[0],
            // What is in `out` would count this often if it were added to.
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;

    /// Whole numbers small enough that every order of summation gives the same.
    fn whole(rows: usize, columns: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(row, column)| ((row * 7 + column * 3) % 11) as f32 - 5.0)
    }

    #[test]
    fn products_equal_those_of_ndarray() {
        for (n, d, m) in
            [(1, 1, 1), (1, 784, 10), (3, 5, 7), (17, 16, 33), (128, 784, 256), (2000, 9, 32), (33, 2000, 64)]
        {
            let (a, b) = (whole(n, d), whole(d, m));
            let expected = a.dot(&b);
            assert_eq!(matmul(a.view(), b.view()), expected);
            assert_eq!(matmul(a.t().to_owned().t(), b.t().to_owned().t()), expected, "column by column");
            assert_eq!(product(a.view(), b.view(), 3), expected, "three threads");
        }
    }

    #[test]
    fn views_with_gaps_and_reversed_rows() {
        let (a, b) = (whole(40, 60), whole(60, 50));
        let (a, b) = (a.slice(s![..;-2, ..;3]), b.slice(s![..;3, ..;-1]));
        assert_eq!(matmul(a, b), a.dot(&b));
    }

    #[test]
    fn products_with_nothing_in_them() {
        assert_eq!(matmul(whole(0, 3).view(), whole(3, 2).view()).dim(), (0, 2));
        assert_eq!(matmul(whole(2, 0).view(), whole(0, 2).view()), Array2::<f32>::zeros((2, 2)));
    }

    #[test]
    #[should_panic(expected = "matmul: (2, 3) by (4, 5)")]
    fn products_that_do_not_fit() {
        matmul(whole(2, 3).view(), whole(4, 5).view());
    }
}
