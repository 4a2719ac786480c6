//! Leaves out the dots that others cover: a training's thousands of losses look the same, in a fraction of the space.

use super::drawing::Point;

/// Cells to a CSS pixel in which it is judged whether a dot is covered: the pixels of a screen of high density.
const FINENESS: f64 = 2.0;

/// Those of `dots`, discs of one `diameter` in an area of a few thousand pixels, that are not wholly covered by others,
/// in order. They cover the same cells as all.
pub(super) fn visible(dots: &[Point], diameter: f64) -> Vec<Point> {
    let bounds = dots.iter().map(cell).fold((i32::MAX, i32::MAX, i32::MIN, i32::MIN), |bounds, (x, y)| {
        (bounds.0.min(x), bounds.1.min(y), bounds.2.max(x), bounds.3.max(y))
    });
    let (left, top, right, bottom) = bounds;
    if left > right {
        return Vec::new();
    }
    let disc = disc(diameter);
    let reach = (diameter * FINENESS / 2.0).ceil() as i32;
    let stride = (right - left + 2 * reach + 1) as usize;
    let index = |(x, y): (i32, i32)| (y - top + reach) as usize * stride + (x - left + reach) as usize;
    let covered = |dot: &Point| {
        let (x, y) = cell(dot);
        disc.iter().map(move |&(dx, dy)| index((x + dx, y + dy)))
    };

    // Of several dots in one cell, the first stands for all. So a cell is covered at most as often as a disc has cells.
    let mut taken = vec![false; stride * (bottom - top + 2 * reach + 1) as usize];
    let mut counts = vec![0_u16; taken.len()];
    let mut kept: Vec<Point> = Vec::new();
    for dot in dots {
        if !std::mem::replace(&mut taken[index(cell(dot))], true) {
            covered(dot).for_each(|place| counts[place] += 1);
            kept.push(*dot);
        }
    }
    kept.retain(|dot| {
        let is_seen = covered(dot).any(|place| counts[place] == 1);
        if !is_seen {
            covered(dot).for_each(|place| counts[place] -= 1);
        }
        is_seen
    });
    kept
}

/// The cell that holds the centre of `dot`.
fn cell(dot: &Point) -> (i32, i32) {
    ((dot.x * FINENESS).floor() as i32, (dot.y * FINENESS).floor() as i32)
}

/// The cells of a disc around the cell (0, 0).
fn disc(diameter: f64) -> Vec<(i32, i32)> {
    let radius = diameter * FINENESS / 2.0;
    let reach = radius as i32;
    let cells = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
    cells.filter(|&(dx, dy)| f64::from(dx * dx + dy * dy) <= radius * radius).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn noise(count: u32, width: f64, height: f64) -> Vec<Point> {
        let part = |seed: u32, factor: u32| f64::from(seed.wrapping_mul(factor) >> 8) / f64::from(1_u32 << 24);
        let point = |i: u32| Point { x: width * part(i, 2_654_435_761), y: height * part(i + 1, 2_246_822_519) };
        (0..count).map(point).collect()
    }

    fn cells_of(dots: &[Point], diameter: f64) -> HashSet<(i32, i32)> {
        let cells = |dot: &Point| {
            let (x, y) = cell(dot);
            disc(diameter).into_iter().map(move |(dx, dy)| (x + dx, y + dy))
        };
        dots.iter().flat_map(cells).collect()
    }

    #[test]
    fn fewer_dots_cover_the_same() {
        for (count, most) in [(20, 20), (10_000, 6000), (200_000, 9000)] {
            let dots = noise(count, 500.0, 60.0);
            let kept = visible(&dots, 4.0);
            assert!(kept.len() <= most, "{} of {count}", kept.len());
            assert_eq!(cells_of(&kept, 4.0), cells_of(&dots, 4.0), "{count}");
        }
    }

    #[test]
    fn dots_that_are_apart_stay_in_order() {
        let dots: Vec<_> = [30.0, 10.0, 20.0].map(|x| Point { x, y: -5.0 }).into();
        assert_eq!(visible(&dots, 6.0), dots);
        assert_eq!(visible(&[dots[0], dots[0], dots[0]], 6.0), [dots[0]]);
        assert!(visible(&[], 6.0).is_empty());
    }
}
