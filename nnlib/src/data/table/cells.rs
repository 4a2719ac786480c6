//! Numbers as the cells of a column: all with the same number of decimals.

/// Decimals of a number that has more.
const PRECISION: usize = 6;

/// The cells of a column with these values: as many decimals as the values need, at least one and at most six, and the
/// scientific notation if some would be too long or lose their digits so.
pub fn of(values: &[f64]) -> Vec<String> {
    let sizes = || values.iter().map(|value| value.abs()).filter(|size| size.is_finite() && *size > 0.0);
    if sizes().any(|size| !(1e-4..1e9).contains(&size)) {
        return values.iter().map(|value| format!("{value:.PRECISION$e}")).collect();
    }
    let longest: Vec<String> = values.iter().map(|value| format!("{value:.PRECISION$}")).collect();
    let zeros = |cell: &String| cell.len() - cell.trim_end_matches('0').len();
    let finite = || longest.iter().zip(values).filter(|(_, value)| value.is_finite());
    let spare = finite().map(|(cell, _)| zeros(cell)).min().unwrap_or(0).min(PRECISION - 1);
    values.iter().map(|value| format!("{value:.decimals$}", decimals = PRECISION - spare)).collect()
}
