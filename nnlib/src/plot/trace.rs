//! What of a curve is drawn: its points in the picture, without those that cannot be shown or seen.

use super::axis::Axis;
use super::chart::{Curve, CurveStyle};
use super::dots::visible;
use super::drawing::{Point, Rect};
use super::theme::{DOT, MANY_DOTS, SMALL_DOT};

/// Points to a column of pixels from which on a curve is drawn as a band: fewer can be told apart.
const DENSE: usize = 4;

/// A curve as connected lines, broken where a value is not finite.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The curve, or where it is dense, the median of each column of pixels.
    pub lines: Vec<Vec<Point>>,
    /// Where the curve is dense, all that it covers: noise that would hide other curves if it were drawn in full
    /// colour.
    pub band: Vec<Vec<Point>>,
    /// Marks at the points.
    pub dots: Vec<Point>,
    pub dot_diameter: f64,
}

impl Trace {
    /// What of `curve` is seen in `area`.
    pub(super) fn new(curve: &Curve, x_axis: &Axis, y_axis: &Axis, area: &Rect) -> Self {
        let mut trace = Trace::default();
        for run in &curve.runs {
            for part in run.split(|&(x, y)| !(x_axis.can_show(x) && y_axis.can_show(y))) {
                let place = |&(x, y): &(f64, f64)| Point {
                    x: area.left + x_axis.position(x) * area.width(),
                    y: area.bottom - y_axis.position(y) * area.height(),
                };
                trace.add(&part.iter().map(place).collect::<Vec<_>>(), curve.style, area);
            }
        }
        trace.dot_diameter = if trace.dots.len() > MANY_DOTS { SMALL_DOT } else { DOT };
        trace.dots = visible(&trace.dots, trace.dot_diameter);
        trace
    }

    /// Adds what is seen of an unbroken part of a curve.
    fn add(&mut self, places: &[Point], style: CurveStyle, area: &Rect) {
        let dots = places.iter().copied().filter(|&place| inside(place, area));
        if style == CurveStyle::Dots {
            self.dots.extend(dots);
            return;
        }
        let columns: Vec<_> = places.chunk_by(|a, b| a.x.floor() == b.x.floor()).collect();
        let covered: Vec<_> = columns.iter().flat_map(|column| extremes(column)).collect();
        if places.len() >= DENSE * columns.len() && columns.len() > 1 {
            let medians: Vec<_> = columns.iter().map(|column| median(column)).collect();
            self.band.extend(clip(&covered, area));
            self.lines.extend(clip(&medians, area));
        } else {
            self.lines.extend(clip(&covered, area));
            if style == CurveStyle::Marked {
                self.dots.extend(dots);
            }
        }
    }

    /// All that is drawn, as lines; a dot is a line of one point.
    pub(super) fn all_lines(&self) -> impl Iterator<Item = &[Point]> {
        self.band.iter().chain(&self.lines).map(Vec::as_slice).chain(self.dots.chunks(1))
    }

    /// How many points are drawn.
    pub(super) fn len(&self) -> usize {
        self.all_lines().map(<[Point]>::len).sum()
    }
}

/// The first, the lowest, the highest and the last point of a column of pixels, in order: drawn, they cover what all
/// cover.
fn extremes(column: &[Point]) -> Vec<Point> {
    let by_height = |a: &usize, b: &usize| column[*a].y.total_cmp(&column[*b].y);
    let lowest = (0..column.len()).min_by(by_height).unwrap_or(0);
    let highest = (0..column.len()).max_by(by_height).unwrap_or(0);
    let mut indices = vec![0, lowest.min(highest), lowest.max(highest), column.len() - 1];
    indices.dedup();
    indices.into_iter().map(|index| column[index]).collect()
}

/// The middle of a column of pixels, and the median height of its points.
fn median(column: &[Point]) -> Point {
    let mut heights: Vec<_> = column.iter().map(|point| point.y).collect();
    let middle = heights.len() / 2;
    let (_, y, _) = heights.select_nth_unstable_by(middle, f64::total_cmp);
    Point { x: (column[0].x + column[column.len() - 1].x) / 2.0, y: *y }
}

/// The parts of a line through `points` that lie in `area`.
fn clip(points: &[Point], area: &Rect) -> Vec<Vec<Point>> {
    if let [point] = *points {
        return if inside(point, area) { vec![vec![point]] } else { Vec::new() };
    }
    let mut parts: Vec<Vec<Point>> = Vec::new();
    for ends in points.windows(2) {
        if let Some((from, to)) = clip_segment(ends[0], ends[1], area) {
            match parts.last_mut() {
                Some(part) if part.last() == Some(&from) => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
    }
    parts
}

/// Whether `point` lies in `area`; a hair beyond counts, as rounding puts the ends of a range there.
fn inside(point: Point, area: &Rect) -> bool {
    let area = area.grown(1e-6);
    (area.left..=area.right).contains(&point.x) && (area.top..=area.bottom).contains(&point.y)
}

/// The part of a line segment that lies in `area` (Liang and Barsky, "A new concept and method for line clipping",
/// 1984).
pub(super) fn clip_segment(from: Point, to: Point, area: &Rect) -> Option<(Point, Point)> {
    if inside(from, area) && inside(to, area) {
        return Some((from, to));
    }
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let edges =
        [(-dx, from.x - area.left), (dx, area.right - from.x), (-dy, from.y - area.top), (dy, area.bottom - from.y)];
    for (toward, distance) in edges {
        if toward < 0.0 {
            enter = enter.max(distance / toward);
        } else if toward > 0.0 {
            leave = leave.min(distance / toward);
        } else if distance < 0.0 {
            return None;
        }
    }
    let at = |part: f64| Point { x: from.x + part * dx, y: from.y + part * dy };
    let start = if enter > 0.0 { at(enter) } else { from };
    let end = if leave < 1.0 { at(leave) } else { to };
    (enter <= leave).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    fn unit_axes() -> (Axis, Axis) {
        (Axis::exact(0.0, 10.0, false), Axis::exact(0.0, 10.0, false))
    }

    fn lines(points: &[(f64, f64)]) -> Vec<Vec<Point>> {
        trace(points, CurveStyle::Line).lines
    }

    fn trace(points: &[(f64, f64)], style: CurveStyle) -> Trace {
        let (x_axis, y_axis) = unit_axes();
        let curve = Curve { label: String::new(), style, runs: vec![points.to_vec()] };
        Trace::new(&curve, &x_axis, &y_axis, &AREA)
    }

    #[test]
    fn lines_break_where_a_value_is_missing() {
        let points =
            [(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 3.0), (4.0, f64::INFINITY), (5.0, 1.0), (6.0, 1.0)];
        let lines = lines(&points);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2]);
        assert_eq!(lines[0], [Point { x: 0.0, y: 9.0 }, Point { x: 1.0, y: 8.0 }]);
    }

    #[test]
    fn lines_end_at_the_edge_of_the_area() {
        let (left, right) = (Point { x: 0.0, y: 5.0 }, Point { x: 4.0, y: 5.0 });
        assert_eq!(
            lines(&[(0.0, 5.0), (2.0, 15.0), (4.0, 5.0)]),
            [[left, Point { x: 1.0, y: 0.0 }], [Point { x: 3.0, y: 0.0 }, right]]
        );
        assert!(lines(&[(0.0, 12.0), (4.0, 13.0)]).is_empty());
        assert_eq!(lines(&[(2.0, -5e299), (2.0, 5e299)]).len(), 1);
        assert!(lines(&[]).is_empty());
    }

    #[test]
    fn a_dense_curve_is_its_median_in_a_band() {
        let points: Vec<_> = (0..2000).map(|i| (f64::from(i) / 1000.0, f64::from(i % 7))).collect();
        let trace = trace(&points, CurveStyle::Line);
        let heights = |lines: &[Vec<Point>]| lines.concat().iter().map(|point| 10.0 - point.y).collect::<Vec<_>>();
        // The columns are 0, 1, ..., 5 and, as 1000 = 142 * 7 + 6, 6, 0, ..., 4.
        assert_eq!(heights(&trace.band), [0.0, 6.0, 0.0, 5.0, 6.0, 0.0, 4.0]);
        assert_eq!(heights(&trace.lines), [3.0, 3.0]);
        assert_eq!(trace.len(), 9);
    }

    #[test]
    fn dots_are_at_the_points_that_are_seen() {
        let points = [(0.0, 1.0), (5.0, f64::NAN), (8.0, 12.0), (10.0, 10.0)];
        let places = [Point { x: 0.0, y: 9.0 }, Point { x: 10.0, y: 0.0 }];
        let dots = trace(&points, CurveStyle::Dots);
        assert_eq!((dots.dots, dots.lines), (places.into(), vec![]));
        let marked = trace(&points, CurveStyle::Marked);
        assert_eq!((marked.dots, marked.lines.len()), (places.into(), 2));
    }

    #[test]
    fn a_dense_marked_curve_has_no_marks() {
        let points: Vec<_> = (0..2000).map(|i| (f64::from(i) / 1000.0, f64::from(i % 7))).collect();
        assert!(trace(&points, CurveStyle::Marked).dots.is_empty());
    }
}
