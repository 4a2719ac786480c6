//! A matrix product whose left factor is read where its numbers lie, by tables of offsets.
//!
//! The windows of images are such a matrix: each row is a window, and no window has to be copied. One kernel serves a
//! convolution and both of its gradients; only the tables differ.
//!
//! A tile of 24 vectors of sums stays in the registers, 6 rows by 4 vectors with AVX-512. For each step it needs four
//! vectors of the right factor and six numbers of the left one, ten loads for 24 multiplications: the multipliers never
//! wait for memory as long as the right factor is in the second-level cache. The compiler's bounds checks run beside
//! them for free.

use pulp::{Arch, Simd, WithSimd};

/// The longest vector, in `f32`.
const LONGEST_VECTOR: usize = 16;

/// The length of a row of the right factor: `columns`, and zeros up to a whole vector.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LONGEST_VECTOR)
}

/// `out[r] = Σ_k a[rows[r] + steps[k]] b[k]`, where `out[r]` and `b[k]` are rows of `columns` numbers.
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
    /// Whether the product is added to what is in `out`.
    pub add: bool,
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

    /// The product's columns from vector `vector` on, `VECTORS` of them.
    #[inline(always)]
    fn strip<S: Simd, const ROWS: usize, const VECTORS: usize>(&mut self, simd: S, vector: usize) {
        let stride = padded(self.columns) / S::F32_LANES;
        let (b, _) = S::as_simd_f32s(self.b);
        let reach = self.steps.iter().max().map_or(0, |&step| step + 1);
        let last = self.rows.len() - 1;
        let columns = vector * S::F32_LANES..((vector + VECTORS) * S::F32_LANES).min(self.columns);
        for first in (0..self.rows.len()).step_by(ROWS) {
            // Below the last row, the last tile computes that row again, and does not write it.
            let row = |r: usize| (first + r).min(last);
            let a: [&[f32]; ROWS] = std::array::from_fn(|r| &self.a[self.rows[row(r)]..][..reach]);
            // Indexed by constants alone, once the loops are unrolled: else the sums would live in memory.
            let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
            if self.add {
                for r in 0..ROWS {
                    let (whole, rest) = S::as_simd_f32s(&self.out[self.out_rows[row(r)]..][columns.clone()]);
                    for v in 0..VECTORS {
                        sums[r][v] = if v < whole.len() { whole[v] } else { simd.partial_load_f32s(rest) };
                    }
                }
            }
            for (&step, b) in self.steps.iter().zip(b.chunks_exact(stride)) {
                // Neither happens; but a panic in here would keep the sums from the registers.
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
                if first + r > last {
                    continue;
                }
                let (whole, rest) = S::as_mut_simd_f32s(&mut self.out[self.out_rows[row(r)]..][columns.clone()]);
                for v in 0..VECTORS {
                    if v < whole.len() {
                        whole[v] = sums[r][v];
                    } else {
                        simd.partial_store_f32s(rest, sums[r][v]);
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
        let vectors = self.columns.div_ceil(S::F32_LANES);
        let many_registers = S::REGISTER_COUNT >= 32;
        let mut vector = 0;
        while vector < vectors {
            vector += match vectors - vector {
                4.. if many_registers => {
                    self.strip::<S, 6, 4>(simd, vector);
                    4
                }
                3 if many_registers => {
                    self.strip::<S, 8, 3>(simd, vector);
                    3
                }
                2.. => {
                    self.strip::<S, 6, 2>(simd, vector);
                    2
                }
                _ => {
                    self.strip::<S, 8, 1>(simd, vector);
                    1
                }
            };
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
            for add in [false, true] {
                let mut out = before.clone();
                let product = ImplicitGemm {
                    a: &a,
                    rows: &row_table,
                    steps: &steps,
                    b: &b,
                    columns,
                    out: &mut out,
                    out_rows: &out_rows,
                    add,
                };
                product.run();
                let mut expected = before.clone();
                for (row, start) in row_table.iter().zip(&out_rows) {
                    for column in 0..columns {
                        let terms = steps.iter().enumerate();
                        let sum: f32 = terms.map(|(k, step)| a[row + step] * b[k * padded(columns) + column]).sum();
                        let entry = &mut expected[start + column];
                        *entry = if add { *entry + sum } else { sum };
                    }
                }
                assert_eq!(out, expected, "{rows} rows, {inner} steps, {columns} columns, add {add}");
            }
        }
    }
}
