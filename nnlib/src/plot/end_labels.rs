//! Keeps the labels at the ends of the curves from lying on each other.

/// Places near `wanted`, at least `spacing` apart and within `low..=high`: those with the least sum of squared moves.
///
/// With the spacing taken off, places in order must not decrease: an isotonic regression, solved by pooling adjacent
/// violators (Best and Chakravarti, "Active set algorithms for isotonic regression", 1990). Where there is too little
/// space, the spacing shrinks.
pub(super) fn spread(wanted: &[f64], spacing: f64, low: f64, high: f64) -> Vec<f64> {
    let gaps = wanted.len().saturating_sub(1) as f64;
    let spacing = if gaps * spacing > high - low { (high - low) / gaps } else { spacing };
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));

    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (rank, &index) in order.iter().enumerate() {
        let mut pool = (wanted[index] - rank as f64 * spacing, 1);
        while let Some(&(mean, count)) = pools.last().filter(|(mean, _)| *mean > pool.0) {
            pools.pop();
            let total = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / total as f64, total);
        }
        pools.push(pool);
    }

    let mut places = vec![0.0; wanted.len()];
    let levels = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    for ((rank, &index), level) in order.iter().enumerate().zip(levels) {
        places[index] = level.min(high - gaps * spacing).max(low) + rank as f64 * spacing;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(spread(&[50.0, 10.0], 15.0, 0.0, 100.0), [50.0, 10.0]);
        assert!(spread(&[], 15.0, 0.0, 100.0).is_empty());
    }

    #[test]
    fn labels_that_touch_move_equally() {
        assert_eq!(spread(&[50.0, 51.0], 15.0, 0.0, 100.0), [43.0, 58.0]);
        assert_eq!(spread(&[51.0, 50.0, 90.0], 15.0, 0.0, 100.0), [58.0, 43.0, 90.0]);
    }

    #[test]
    fn labels_stay_within_the_bounds() {
        assert_eq!(spread(&[99.0, 99.0, 99.0], 15.0, 0.0, 100.0), [70.0, 85.0, 100.0]);
        assert_eq!(spread(&[-5.0, 0.0], 15.0, 0.0, 100.0), [0.0, 15.0]);
        assert_eq!(spread(&[1.0; 5], 40.0, 0.0, 100.0), [0.0, 25.0, 50.0, 75.0, 100.0]);
    }
}
