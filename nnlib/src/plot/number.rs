//! Numbers as a reader expects them: no `0.30000000000000004`, no `-0`.

/// `value` with `decimals` digits after the point.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

/// `value` with `digits` significant digits; powers of ten only where plain digits would be long (below 1e-4, from 1e7
/// on).
pub(super) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { "0".to_owned() } else { format!("{value}") };
    }
    let scientific = format!("{value:.*e}", digits - 1);
    match exponent(&scientific) {
        exponent @ -4..=6 => fixed(value, usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0)),
        _ => short_scientific(&scientific),
    }
}

/// The exponent in Rust's scientific notation, which always has one.
fn exponent(scientific: &str) -> i32 {
    scientific.rsplit_once('e').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0)
}

/// `1.50e6` as `1.5e6`.
pub(super) fn short_scientific(scientific: &str) -> String {
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => scientific.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_rounds_and_has_no_negative_zero() {
        assert_eq!(fixed(0.1 + 0.2, 1), "0.3");
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(fixed(-0.01, 2), "-0.01");
        assert_eq!(fixed(2.0, 0), "2");
    }

    #[test]
    fn significant_keeps_its_digits_at_every_size() {
        let cases = [
            (2.345_678, "2.346"),
            (91.874, "91.87"),
            (24_000.0, "24000"),
            (0.000_312_345, "0.0003123"),
            (0.000_031_2, "3.12e-5"),
            (1.5e7, "1.5e7"),
            (-1e300, "-1e300"),
            (0.0, "0"),
            (-0.0, "0"),
            (9.9999, "10.00"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(significant(value, 4), expected, "{value:e}");
        }
    }
}
