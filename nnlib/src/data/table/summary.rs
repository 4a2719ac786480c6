//! What is told of a column.

use crate::array::Vector;

/// The names of the numbers of [`of`].
pub const ROWS: [&str; 8] = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"];

/// The numbers of [`ROWS`]; of no values, all but the count are NaN.
pub fn of(column: &Vector) -> Vector {
    let mut sorted: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / count;
    let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
    // Of a single value there is no deviation of a sample.
    let deviation = if sorted.len() > 1 { (squares / (count - 1.0)).sqrt() } else { f64::NAN };
    let [min, lower, median, upper, max] = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| quantile(&sorted, part));
    Vector::from_vec(vec![count, mean, deviation, min, lower, median, upper, max])
}

/// The value below which this `part` of the `sorted` values lies, on the line between the two around that place.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = part * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    // Nothing to go between, be both infinite.
    if below == above { below } else { below + (above - below) * place.fract() }
}
