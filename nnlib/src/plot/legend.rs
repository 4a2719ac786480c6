//! The legend of a curve plot, and where it covers nothing.

use super::chart::{CurveStyle, LegendPosition};
use super::drawing::{Anchor, Drawing, Point, Rect, Rgb};
use super::font::Font;
use super::theme::{BORDER, CURVE_WIDTH, DOT, HALF_CAPITAL, INK, LABEL_SIZE, PAPER};
use super::trace::clip_segment;

/// Length of the sample of a line, and the gaps after it and after an entry.
const SAMPLE: f64 = 22.0;
const SAMPLE_GAP: f64 = 7.0;
const ENTRY_GAP: f64 = 18.0;
pub(super) const ROW: f64 = 19.0;
const PADDING: f64 = 7.0;
/// Least distance from the edges of the plot, and from a curve.
const INSET: f64 = 8.0;
const CLEARANCE: f64 = 5.0;

/// What a line in the plot stands for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub label: String,
    pub color: Rgb,
    pub sample: Sample,
}

/// What an entry shows before its label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    Curve(CurveStyle),
    Dashes,
}

/// A list of entries, in a box within the plot or in rows above it.
#[derive(Debug)]
pub(super) struct Legend {
    entries: Vec<Entry>,
    widths: Vec<f64>,
}

impl Legend {
    /// A legend whose labels are cut to `width`.
    pub(super) fn new(entries: Vec<Entry>, font: &Font, width: f64) -> Self {
        let cut = |entry: Entry| Entry { label: font.fit(&entry.label, LABEL_SIZE, width), ..entry };
        let entries: Vec<_> = entries.into_iter().map(cut).collect();
        let widths = entries.iter().map(|entry| SAMPLE + SAMPLE_GAP + font.room(&entry.label, LABEL_SIZE)).collect();
        Legend { entries, widths }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of a box in `plot`: the given corner, or else where it crosses the fewest segments of `lines`. With it,
    /// how many these are. `None` if the box is too large.
    pub(super) fn place(&self, position: LegendPosition, plot: &Rect, lines: &[&[Point]]) -> Option<(Rect, usize)> {
        let width = self.widths.iter().fold(0.0, |widest: f64, &width| widest.max(width)) + 2.0 * PADDING;
        let height = self.entries.len() as f64 * ROW + 2.0 * PADDING - 4.0;
        let space = plot.grown(-INSET);
        if width > space.width() || height > space.height() {
            return None;
        }
        let (left, right) = (space.left, space.right - width);
        let (top, bottom) = (space.top, space.bottom - height);
        let middle = Point { x: (left + right) / 2.0, y: (top + bottom) / 2.0 };
        let corners = [(right, top), (right, bottom), (left, bottom), (left, top)];
        let sides = [(right, middle.y), (middle.x, top), (middle.x, bottom), (left, middle.y)];
        let candidates: Vec<_> = match position {
            LegendPosition::UpperRight => vec![corners[0]],
            LegendPosition::LowerRight => vec![corners[1]],
            LegendPosition::LowerLeft => vec![corners[2]],
            LegendPosition::UpperLeft => vec![corners[3]],
            LegendPosition::Best | LegendPosition::Above | LegendPosition::Hidden => {
                corners.into_iter().chain(sides).collect()
            }
        };
        let boxes = candidates.into_iter().map(|(left, top)| {
            // Whole pixels keep the border crisp.
            let (left, top) = (left.round(), top.round());
            Rect { left, top, right: left + width.ceil(), bottom: top + height.ceil() }
        });
        boxes.map(|place| (place, crossings(&place.grown(CLEARANCE), lines))).min_by_key(|&(_, count)| count)
    }

    /// The entries laid out in at most `most` rows of at most `width`, as far as they fit: for each its row and its
    /// left end.
    fn rows(&self, width: f64, most: usize) -> Vec<(usize, f64)> {
        let (mut row, mut left) = (0, 0.0);
        let mut places = Vec::new();
        for &entry in &self.widths {
            if left > 0.0 && left + entry > width {
                (row, left) = (row + 1, 0.0);
            }
            places.push((row, left));
            left += entry + ENTRY_GAP;
        }
        places.retain(|&(row, _)| row < most);
        places
    }

    /// Height of the legend as at most `most` rows of at most `width`.
    pub(super) fn rows_height(&self, width: f64, most: usize) -> f64 {
        self.rows(width, most).last().map_or(0.0, |&(row, _)| (row + 1) as f64 * ROW)
    }

    /// Draws the legend as rows, the first one's upper left corner at `corner`.
    pub(super) fn draw_rows(&self, drawing: &mut Drawing, corner: Point, width: f64, most: usize) {
        for (entry, (row, left)) in self.entries.iter().zip(self.rows(width, most)) {
            let middle = Point { x: corner.x + left, y: corner.y + (row as f64 + 0.5) * ROW };
            draw_entry(drawing, entry, middle);
        }
    }

    /// Draws the legend as a box in `place`.
    pub(super) fn draw_box(&self, drawing: &mut Drawing, place: &Rect) {
        drawing.fill(*place, BORDER);
        drawing.fill(place.grown(-1.0), PAPER);
        for (row, entry) in self.entries.iter().enumerate() {
            let middle = Point { x: place.left + PADDING, y: place.top + PADDING - 2.0 + (row as f64 + 0.5) * ROW };
            draw_entry(drawing, entry, middle);
        }
    }
}

/// How many segments of `lines` touch `area`.
fn crossings(area: &Rect, lines: &[&[Point]]) -> usize {
    let touches = |from: Point, to: Point| usize::from(clip_segment(from, to, area).is_some());
    let count = |line: &&[Point]| match **line {
        [point] => touches(point, point),
        _ => line.windows(2).map(|ends| touches(ends[0], ends[1])).sum(),
    };
    lines.iter().map(count).sum()
}

/// A sample of the line, centred on `middle`'s height, and the label.
fn draw_entry(drawing: &mut Drawing, entry: &Entry, middle: Point) {
    let end = Point { x: middle.x + SAMPLE, ..middle };
    let has_line = matches!(entry.sample, Sample::Curve(CurveStyle::Line | CurveStyle::Marked));
    let has_dot = matches!(entry.sample, Sample::Curve(CurveStyle::Dots | CurveStyle::Marked));
    if entry.sample == Sample::Dashes {
        draw_dashed(drawing, middle, end.x, entry.color);
    }
    if has_line {
        drawing.line(vec![middle, end], CURVE_WIDTH + 0.5, entry.color);
    }
    if has_dot {
        drawing.dots(vec![Point { x: middle.x + SAMPLE / 2.0, ..middle }], DOT, entry.color);
    }
    let at = Point { x: end.x + SAMPLE_GAP, y: middle.y + HALF_CAPITAL * LABEL_SIZE };
    drawing.text(&entry.label, at, Anchor::Start, LABEL_SIZE, INK);
}

/// A dashed horizontal line from `start` to the right.
pub(super) fn draw_dashed(drawing: &mut Drawing, start: Point, right: f64, color: Rgb) {
    const DASH: f64 = 5.0;
    const GAP: f64 = 3.5;
    let mut left = start.x;
    while left < right {
        let end = (left + DASH).min(right);
        drawing.fill(Rect { left, top: start.y - 0.75, right: end, bottom: start.y + 0.75 }, color);
        left = end + GAP;
    }
}
