//! Axes: the range shown, and round numbers along it.

use super::number::{fixed, short_scientific, significant};

/// Values beyond this are as good as infinite: the length of an axis must itself be finite.
const LARGEST: f64 = 1e300;

/// Space left beyond the data, as a part of the range.
const PADDING: f64 = 0.05;

/// A range of values, evenly spaced either as they are or by their logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// A value to mark, and its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

impl Axis {
    /// Exactly from `low` to `high`, which are finite and differ; both positive if `logarithmic`.
    pub(super) fn exact(low: f64, high: f64, logarithmic: bool) -> Self {
        Axis { low, high, logarithmic }
    }

    /// The range of `values` without any space beyond them; those that cannot be shown are left out.
    pub(super) fn tight(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = Axis::extent(values, false).unwrap_or((0.0, 1.0));
        if is_constant(low, high) {
            return Axis::exact(low - 0.5, high + 0.5, false);
        }
        Axis::exact(low, high, false)
    }

    /// The range of `values` with some space above and below, but none below 0 for values that never are.
    pub(super) fn padded(values: impl Iterator<Item = f64>, logarithmic: bool) -> Self {
        match Axis::extent(values, logarithmic) {
            Some((low, high)) if logarithmic => {
                let (low, high) = if is_constant(low, high) { (low / 2.0, high * 2.0) } else { (low, high) };
                let padding = (high / low).powf(PADDING);
                Axis::exact(low / padding, high * padding, true)
            }
            Some((low, high)) if is_constant(low, high) => {
                let padding = if low == 0.0 { 1.0 } else { low.abs() / 10.0 };
                Axis::exact(low - padding, high + padding, false)
            }
            Some((low, high)) => {
                let padding = (high - low) * PADDING;
                let below = if low >= 0.0 { (low - padding).max(0.0) } else { low - padding };
                Axis::exact(below, high + padding, false)
            }
            None => Axis::exact(if logarithmic { 0.1 } else { 0.0 }, 1.0, logarithmic),
        }
    }

    /// Least and greatest of the `values` that can be shown.
    fn extent(values: impl Iterator<Item = f64>, logarithmic: bool) -> Option<(f64, f64)> {
        values.filter(|&value| can_show(value, logarithmic)).fold(None, |extent, value| {
            let (low, high) = extent.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
    }

    /// Whether `value` has a place, on the axis or beyond its ends.
    pub(super) fn can_show(&self, value: f64) -> bool {
        can_show(value, self.logarithmic)
    }

    /// Where `value` lies: 0 at the low end, 1 at the high end.
    pub(super) fn position(&self, value: f64) -> f64 {
        if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// A value on this axis as text, to about a thousandth of its length.
    pub(super) fn describe(&self, value: f64) -> String {
        let span = self.high - self.low;
        if self.logarithmic || !(1e-5..1e7).contains(&span) || value.abs() >= 1e7 {
            return significant(value, if self.logarithmic { 3 } else { 4 });
        }
        fixed(value, (3.0 - span.log10()).ceil().max(0.0) as usize)
    }

    /// At most about `count` round values along the axis; whole numbers only, if `whole`.
    pub(super) fn ticks(&self, count: usize, whole: bool) -> Vec<Tick> {
        if self.logarithmic {
            let ticks = self.logarithmic_ticks(count);
            if ticks.len() >= 2 {
                return ticks;
            }
        }
        self.linear_ticks(count, whole)
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn linear_ticks(&self, count: usize, whole: bool) -> Vec<Tick> {
        let least = (self.high - self.low) / count.max(1) as f64;
        let least = if whole { least.max(1.0) } else { least };
        // The power of ten comes from the decimal text, as `log10` can be off by one next to a power.
        let text = format!("{least:e}");
        let power: i32 = text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
        let step_of = |digit: u32, power: i32| decimal(f64::from(digit), power);
        let (digit, power) = [(1, power), (2, power), (5, power), (1, power + 1)]
            .into_iter()
            .find(|&(digit, power)| step_of(digit, power) >= least * (1.0 - 1e-9))
            .unwrap_or((1, power + 1));
        let step = step_of(digit, power);

        let largest = self.low.abs().max(self.high.abs());
        let decimals = usize::try_from(-power).unwrap_or(0);
        let plain = largest < 1e7 && (decimals <= 6 || largest >= 1e-2);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let tick = |multiple: i64| {
            let value = decimal(multiple as f64 * f64::from(digit), power);
            let label = if value == 0.0 {
                "0".to_owned()
            } else if plain {
                fixed(value, decimals)
            } else {
                short_scientific(&format!("{value:.12e}"))
            };
            Tick { value, label }
        };
        (first..=last).map(tick).collect()
    }

    /// Powers of ten, or where they are few, 1, 2 and 5 times each.
    fn logarithmic_ticks(&self, count: usize) -> Vec<Tick> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        let decades = usize::try_from(last - first).unwrap_or(0);
        let digits: &[u32] = if decades * 3 <= count.max(6) { &[1, 2, 5] } else { &[1] };
        let stride = decades.div_ceil(count.max(1)).max(1);
        let inside = self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9);
        (first..=last)
            .step_by(stride)
            .flat_map(|power| digits.iter().map(move |&digit| decimal(f64::from(digit), power)))
            .filter(|value| inside.contains(value))
            .map(|value| Tick { value, label: significant(value, 1) })
            .collect()
    }
}

pub(super) fn can_show(value: f64, logarithmic: bool) -> bool {
    value.abs() <= LARGEST && (!logarithmic || value >= 1.0 / LARGEST)
}

/// Whether nothing could be told apart between `low` and `high`.
pub(super) fn is_constant(low: f64, high: f64) -> bool {
    high - low <= 1e-12 * low.abs().max(high.abs())
}

/// The number nearest to `digits` times ten to the `power`; a product of two floats can miss it by a rounding error.
fn decimal(digits: f64, power: i32) -> f64 {
    format!("{digits}e{power}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis, count: usize, whole: bool) -> Vec<String> {
        axis.ticks(count, whole).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Axis::exact(0.0, 0.93, false), 5, false), ["0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(
            labels(Axis::exact(-0.31, 0.31, false), 7, false),
            ["-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"]
        );
        assert_eq!(labels(Axis::exact(0.0, 24_000.0, false), 6, true), ["0", "5000", "10000", "15000", "20000"]);
        assert_eq!(labels(Axis::exact(0.0, 3.0, false), 10, true), ["0", "1", "2", "3"]);
        assert_eq!(labels(Axis::exact(0.0, 3e-7, false), 3, false), ["0", "1e-7", "2e-7", "3e-7"]);
        assert_eq!(labels(Axis::exact(0.0, 3e8, false), 3, false), ["0", "1e8", "2e8", "3e8"]);
        assert_eq!(labels(Axis::exact(0.999_9, 1.000_1, false), 2, false), ["0.9999", "1.0000", "1.0001"]);
        assert_eq!(labels(Axis::exact(1e-3, 20.0, true), 6, false), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(Axis::exact(0.4, 3.0, true), 6, false), ["0.5", "1", "2"]);
        assert_eq!(labels(Axis::exact(1.1, 1.9, true), 4, false), ["1.2", "1.4", "1.6", "1.8"]);
        assert_eq!(labels(Axis::exact(1e-9, 1.0, true), 5, false), ["1e-9", "1e-7", "1e-5", "0.001", "0.1"]);
    }

    #[test]
    fn padding_stays_at_or_above_zero_for_values_that_do() {
        let axis = Axis::padded([0.0, 10.0].into_iter(), false);
        assert_eq!((axis.low, axis.high), (0.0, 10.5));
        let axis = Axis::padded([-1.0, 1.0].into_iter(), false);
        assert!(axis.low < -1.0 && axis.high > 1.0);
    }

    #[test]
    fn constants_and_nothing_give_a_range_all_the_same() {
        for values in [vec![], vec![0.0], vec![3.0, 3.0], vec![-1e300, 1e300], vec![f64::NAN, f64::INFINITY]] {
            for axis in [Axis::padded(values.iter().copied(), false), Axis::tight(values.iter().copied())] {
                assert!(axis.low < axis.high && (axis.high - axis.low).is_finite(), "{values:?}: {axis:?}");
                assert!(!axis.ticks(5, false).is_empty(), "{values:?}: {axis:?}");
            }
            let axis = Axis::padded(values.iter().copied(), true);
            assert!(0.0 < axis.low && axis.low < axis.high, "{values:?}: {axis:?}");
        }
    }
}
