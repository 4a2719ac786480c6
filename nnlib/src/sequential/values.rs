//! Numbers of the caller's, of whatever type, as batches of `f32`.

use crate::elementwise::convert_rows;
use ndarray::{ArrayD, ArrayViewD, Axis};

/// Samples, or one target for each of them: a view of the caller's array, row after row along the first axis.
#[derive(Clone, Debug)]
pub(super) enum Values<'a> {
    F32(ArrayViewD<'a, f32>),
    F64(ArrayViewD<'a, f64>),
    U8(ArrayViewD<'a, u8>),
}

impl Values<'_> {
    pub fn shape(&self) -> &[usize] {
        match self {
            Values::F32(values) => values.shape(),
            Values::F64(values) => values.shape(),
            Values::U8(values) => values.shape(),
        }
    }

    /// The given rows, each number multiplied by `scale`.
    pub fn gather(&self, rows: &[usize], scale: f32) -> ArrayD<f32> {
        match self {
            Values::F32(values) => gather(values, rows, |value| scale * value),
            Values::F64(values) => gather(values, rows, |value| (f64::from(scale) * value) as f32),
            Values::U8(values) => gather(values, rows, |value| scale * f32::from(value)),
        }
    }
}

fn gather<T: Copy + Sync>(
    values: &ArrayViewD<T>,
    rows: &[usize],
    convert: impl Fn(T) -> f32 + Copy + Sync,
) -> ArrayD<f32> {
    let mut shape = values.shape().to_vec();
    shape[0] = rows.len();
    let batch = match values.as_slice() {
        Some(values) => {
            let length: usize = shape[1..].iter().product();
            let row = |row: usize| &values[rows[row] * length..][..length];
            convert_rows([rows.len(), length], row, convert)
        }
        None => {
            let rows = rows.iter().map(|&row| values.index_axis(Axis(0), row));
            rows.flat_map(|row| row.into_iter().copied().map(convert)).collect()
        }
    };
    ArrayD::from_shape_vec(shape, batch).expect("the rows fill the batch")
}
