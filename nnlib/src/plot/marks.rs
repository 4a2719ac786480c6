//! Draws the bars of a histogram and the boxes of a box plot.

use super::box_statistics::BoxStatistics;
use super::dots::visible;
use super::drawing::{Drawing, Point, Rect};
use super::panel::Panel;
use super::theme::{CURVE_WIDTH, CURVES, DOT, INK, PAPER, curve_color, tint};

/// Part of the space between two boxes that a box takes, and its greatest width.
const BOX_PART: f64 = 0.5;
const WIDEST_BOX: f64 = 70.0;
/// Mean width of the bars from which on they are parted.
const PARTED: f64 = 6.0;

impl Panel<'_> {
    pub(super) fn draw_bars(&self, drawing: &mut Drawing, area: &Rect) {
        let bottom = area.bottom.round();
        let mean_width = area.width() / self.chart.bars.len() as f64;
        let gap = if mean_width >= PARTED { 1.0 } else { 0.0 };
        for bar in self.chart.bars.iter().filter(|bar| bar.height > 0.0) {
            let [left, right] = [bar.left, bar.right].map(|x| area.left + self.x_axis.position(x) * area.width());
            // Whole pixels keep the gaps between bars even, if not the bars.
            let (left, right) = (left.round(), right.round());
            // However low, a bar that stands for a value is seen.
            let top = self.height_of(bar.height, area).min(bottom - 1.0);
            drawing.fill(Rect { left, top, right: (right - gap).max(left + 0.5), bottom }, CURVES[0]);
        }
    }

    pub(super) fn draw_boxes(&self, drawing: &mut Drawing, area: &Rect) {
        let width = (BOX_PART * area.width() / self.chart.boxes.len() as f64).min(WIDEST_BOX);
        for (place, named) in (1..).zip(&self.chart.boxes) {
            let middle = (area.left + self.x_axis.position(f64::from(place)) * area.width()).round();
            if let Some(statistics) = &named.statistics {
                self.draw_box(drawing, area, statistics, middle, (width / 2.0).round());
            }
        }
    }

    /// Draws a box, whose quartiles are its lower and upper edge, with its median, whiskers and outliers.
    fn draw_box(&self, drawing: &mut Drawing, area: &Rect, statistics: &BoxStatistics, middle: f64, half: f64) {
        let color = CURVES[0];
        let y = |value: f64| self.height_of(value, area);
        let across = |drawing: &mut Drawing, value: f64, half: f64, color| {
            let [left, right] = [middle - half, middle + half].map(|x| Point { x, y: y(value) });
            drawing.line(vec![left, right], CURVE_WIDTH, color);
        };
        let (low, high) = (y(statistics.lower_quartile), y(statistics.upper_quartile));
        for (quartile, whisker) in [(low, statistics.lower_whisker), (high, statistics.upper_whisker)] {
            let ends = [quartile, y(whisker)].map(|y| Point { x: middle, y });
            drawing.line(ends.into(), 1.0, INK);
            across(drawing, whisker, half / 2.0, INK);
        }
        let (left, right) = (middle - half, middle + half);
        drawing.fill(Rect { left, top: high, right, bottom: low }, tint(color));
        let corners = [(left, low), (left, high), (right, high), (right, low), (left, low)];
        drawing.line(corners.map(|(x, y)| Point { x, y }).into(), CURVE_WIDTH, color);
        across(drawing, statistics.median, half, curve_color(1));

        let outliers: Vec<_> = statistics.outliers.iter().map(|&value| Point { x: middle, y: y(value) }).collect();
        let outliers = visible(&outliers, DOT);
        drawing.dots(outliers.clone(), DOT, color);
        drawing.dots(outliers, DOT - 2.5, PAPER);
    }

    /// Where `value` is in `area`.
    fn height_of(&self, value: f64, area: &Rect) -> f64 {
        area.bottom - self.y_axis.position(value) * area.height()
    }
}
