//! Counts values in bins, for histograms.

use super::axis::{can_show, is_constant};
use super::chart::Bar;

/// Bounds of the number of bins that [`choose_bins`] finds: fewer show no shape, and more only noise.
const LEAST_CHOSEN: f64 = 10.0;
const MOST_CHOSEN: f64 = 60.0;

/// Below this, the width of a bin would have too few digits left.
const LEAST_EXTENT: f64 = 1e-300;

/// Those of `values` that have a place on an axis.
pub(super) fn countable(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|&value| can_show(value, false)).collect()
}

/// The least and the greatest of some countable values, or where they are one, some space around it.
pub(super) fn extent(values: &[f64]) -> Option<(f64, f64)> {
    let &first = values.first()?;
    let (low, high) = values.iter().fold((first, first), |(low, high), &value| (value.min(low), value.max(high)));
    if is_constant(low, high) || high - low < LEAST_EXTENT {
        let space = 0.5 * low.abs().max(1.0);
        return Some((low - space, high + space));
    }
    Some((low, high))
}

/// A number of bins that shows how countable `values` are spread between `low` and `high`.
///
/// The width of a bin is the smaller one of two rules', as for `bins="auto"` in NumPy: that of Sturges (1926), which
/// makes `log2(n) + 1` bins, and that of Freedman and Diaconis (1981), twice the interquartile range over the cube root
/// of `n`, which makes more of many values.
pub(super) fn choose_bins(values: &[f64], low: f64, high: f64) -> usize {
    let count = values.len().max(1) as f64;
    let sturges = count.log2() + 1.0;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |part: usize| sorted.get(part * sorted.len() / 4).copied().unwrap_or(0.0);
    let width = 2.0 * (quartile(3) - quartile(1)) / count.cbrt();
    let freedman_diaconis = if width > 0.0 { (high - low) / width } else { 0.0 };
    sturges.max(freedman_diaconis).ceil().clamp(LEAST_CHOSEN, MOST_CHOSEN) as usize
}

/// How many of `values` lie in each of `bins` equal intervals from `low` to `high`: an interval holds its lower end, and
/// the last one both, as in NumPy.
pub(super) fn count(values: &[f64], (low, high): (f64, f64), bins: usize) -> Vec<Bar> {
    let edge = |index: usize| if index == bins { high } else { low + index as f64 * ((high - low) / bins as f64) };
    let mut counts = vec![0_usize; bins];
    for &value in values {
        let place = (value - low) / (high - low) * bins as f64;
        let index = (place as usize).min(bins - 1);
        // The quotient may be rounded across an edge.
        let index = match index {
            _ if value < edge(index) && index > 0 => index - 1,
            _ if value >= edge(index + 1) && index + 1 < bins => index + 1,
            _ => index,
        };
        counts[index] += 1;
    }
    let bar = |(index, count)| Bar { left: edge(index), right: edge(index + 1), height: count as f64 };
    counts.into_iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(values: &[f64], range: (f64, f64), bins: usize) -> Vec<f64> {
        count(values, range, bins).iter().map(|bar| bar.height).collect()
    }

    #[test]
    fn a_bin_holds_its_lower_end_and_the_last_both() {
        // numpy.histogram(values, bins=4, range=(0, 1))[0]
        assert_eq!(counts(&[0.0, 0.25, 0.5, 0.75, 1.0], (0.0, 1.0), 4), [1.0, 1.0, 1.0, 2.0]);
        // Each edge opens its own bin, though not every quotient is exact: numpy.histogram(edges, bins=n)[0].
        for bins in [3, 7, 10, 49] {
            let edges: Vec<_> = count(&[], (0.1, 0.7), bins).iter().map(|bar| bar.left).collect();
            assert_eq!(counts(&edges, (0.1, 0.7), bins), vec![1.0; bins], "{bins}");
        }
    }

    #[test]
    fn edges_divide_the_range() {
        let bars = count(&[], (-1.0, 1.0), 4);
        let edges: Vec<_> = bars.iter().map(|bar| (bar.left, bar.right)).collect();
        assert_eq!(edges, [(-1.0, -0.5), (-0.5, 0.0), (0.0, 0.5), (0.5, 1.0)]);
    }

    #[test]
    fn constants_have_a_range() {
        for value in [0.0, 1e-8, -1e6, 1e299] {
            let (low, high) = extent(&[value; 3]).expect("there are values");
            assert!(low < value && value < high, "{value}");
            assert_eq!(counts(&[value; 3], (low, high), 5), [0.0, 0.0, 3.0, 0.0, 0.0], "{value}");
        }
        assert_eq!(extent(&countable(&[f64::NAN, f64::INFINITY])), None);
    }

    #[test]
    fn many_values_get_more_bins() {
        let ramp = |count: usize| (0..count).map(|i| i as f64 / count as f64).collect::<Vec<_>>();
        let chosen = [1, 10, 1000, 10_000, 1_000_000].map(|count| choose_bins(&ramp(count), 0.0, 1.0));
        assert_eq!(chosen, [10, 10, 11, 22, 60]);
        assert_eq!(choose_bins(&[2.0; 1000], 1.0, 3.0), 11, "without any spread");
    }
}
