//! A matrix product whose left factor is read where its numbers lie, by tables of offsets.
//!
//! The windows of images are such a matrix: each row is a window, and no window has to be copied. One kernel serves a
//! convolution and both of its gradients; only the tables differ.
//!
//! A tile of 24 vectors of sums stays in the registers, 6 rows by 4 vectors with AVX-512. For each step it needs four
//! vectors of the right factor and six numbers of the left one, ten loads for 24 multiplications: the multipliers never
//! wait for memory, and the check of a step's bounds runs beside them.

use pulp::{Arch, Simd, WithSimd};

/// Steps that are taken at once: of four vectors each, what they need of the right factor fits the first-level cache.
const STEPS_PER_BLOCK: usize = 128;
/// The longest vector, in `f32`.
const LONGEST_VECTOR: usize = 16;

/// The length of a row of the right factor: `columns`, and zeros up to a whole vector.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LONGEST_VECTOR)
}

/// `out[r] += Σ_k a[rows[r] + steps[k]] b[k]`, where `out[r]` and `b[k]` are rows of `columns` numbers.
pub(super) struct ImplicitGemm<'a> {
    /// The numbers of the left factor; every `rows[r] + steps[k]` is an index.
    pub a: &'a [f32],
    /// Where a row of the left factor starts.
    pub rows: &'a [usize],
    /// How far from there entry `k` lies.
    pub steps: &'a [usize],
    /// `(steps.len(), padded(columns))`; what lies beyond `columns` is not used.
    pub b: &'a [f32],
    pub columns: usize,
    pub out: &'a mut [f32],
    /// Where in `out` a row of the result starts.
    pub out_rows: &'a [usize],
}

impl ImplicitGemm<'_> {
    /// Computes the product, on the calling thread.
    pub fn run(self) {
        if self.rows.is_empty() || self.columns == 0 {
            return;
        }
        assert_eq!(self.rows.len(), self.out_rows.len());
        assert_eq!(self.b.len(), self.steps.len() * padded(self.columns));
        Arch::new().dispatch(self);
    }

    /// Adds the product's columns from vector `vector` on: `VECTORS` whole vectors, or with `TAIL` one that is not whole.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "an iterator would take the address of the sums")]
    fn strip<S: Simd, const ROWS: usize, const VECTORS: usize, const TAIL: bool>(&mut self, simd: S, vector: usize) {
        let stride = padded(self.columns) / S::F32_LANES;
        let (b, _) = S::as_simd_f32s(self.b);
        let reach = self.steps.iter().max().map_or(0, |&step| step + 1);
        let last = self.rows.len() - 1;
        let start = vector * S::F32_LANES;
        let end = (start + VECTORS * S::F32_LANES).min(self.columns);
        for (steps, b) in self.steps.chunks(STEPS_PER_BLOCK).zip(b.chunks(STEPS_PER_BLOCK * stride)) {
            for first in (0..self.rows.len()).step_by(ROWS) {
                // Below the last row, the last tile computes that row again, and does not write it.
                let a: [&[f32]; ROWS] = std::array::from_fn(|r| &self.a[self.rows[(first + r).min(last)]..][..reach]);
                // Indexed by constants alone once the loops are unrolled, and by no loop that can panic: else the sums would
                // not stay in the registers.
                let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
                for (&step, b) in steps.iter().zip(b.chunks_exact(stride)) {
                    let Some((_, b)) = b.split_at_checked(vector) else { break };
                    let Some(b) = b.first_chunk::<VECTORS>() else { break };
                    if step >= reach {
                        break;
                    }
                    for r in 0..ROWS {
                        let a = simd.splat_f32s(a[r][step]);
                        for v in 0..VECTORS {
                            sums[r][v] = simd.mul_add_e_f32s(a, b[v], sums[r][v]);
                        }
                    }
                }
                for r in 0..ROWS {
                    if first + r <= last {
                        let row = self.out_rows[first + r];
                        let out = &mut self.out[row + start..row + end];
                        if TAIL {
                            let before = simd.partial_load_f32s(out);
                            simd.partial_store_f32s(out, simd.add_f32s(before, sums[r][0]));
                        } else {
                            let (out, _) = S::as_mut_simd_f32s(out);
                            for v in 0..VECTORS {
                                out[v] = simd.add_f32s(out[v], sums[r][v]);
                            }
                        }
                    }
                }
            }
        }
    }
}

impl WithSimd for ImplicitGemm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let whole = self.columns / S::F32_LANES;
        let many_registers = S::REGISTER_COUNT >= 32;
        let mut vector = 0;
        while vector < whole {
            vector += match whole - vector {
                4.. if many_registers => {
                    self.strip::<S, 6, 4, false>(simd, vector);
                    4
                }
                2.. => {
                    self.strip::<S, 6, 2, false>(simd, vector);
                    2
                }
                _ => {
                    self.strip::<S, 8, 1, false>(simd, vector);
                    1
                }
            };
        }
        if whole * S::F32_LANES < self.columns {
            self.strip::<S, 8, 1, true>(simd, whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers small enough that every order of summation gives the same.
    fn whole(length: usize) -> Vec<f32> {
        (0..length).map(|index| ((index * 7) % 11) as f32 - 5.0).collect()
    }

    #[test]
    fn a_gathered_product_equals_its_definition() {
        for (rows, inner, columns) in [(1, 1, 1), (5, 3, 10), (13, 9, 32), (7, 20, 50), (6, 4, 64), (9, 2, 100)] {
            // Rows overlap, lie in any order, and are written with gaps.
            let row_table: Vec<usize> = (0..rows).map(|row| row * 5 % 17).collect();
            let steps: Vec<usize> = (0..inner).map(|k| k * k % 23 + k).collect();
            let out_rows: Vec<usize> = (0..rows).map(|row| (rows - 1 - row) * (columns + 3)).collect();
            let a = whole(17 + 23 + inner);
            let b = whole(inner * padded(columns));
            let before = whole(rows * (columns + 3));
            let mut out = before.clone();
            let product = ImplicitGemm {
                a: &a,
                rows: &row_table,
                steps: &steps,
                b: &b,
                columns,
                out: &mut out,
                out_rows: &out_rows,
            };
            product.run();
            let mut expected = before;
            for (row, out_row) in row_table.iter().zip(&out_rows) {
                for column in 0..columns {
                    let terms = steps.iter().enumerate();
                    let sum: f32 = terms.map(|(k, step)| a[row + step] * b[k * padded(columns) + column]).sum();
                    expected[out_row + column] += sum;
                }
            }
            assert_eq!(out, expected, "{rows} rows, {inner} steps, {columns} columns");
        }
    }
}
