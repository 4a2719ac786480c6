//! Draws one chart, as laid out.

use super::chart::NamedBox;
use super::drawing::{Anchor, Drawing, Point, Rect};
use super::end_labels::spread;
use super::font::Font;
use super::legend::draw_dashed;
use super::panel::{GAP, Panel};
use super::theme::{
    AXIS, CURVE_WIDTH, FAINT_INK, GRID, HALF_CAPITAL, INK, LABEL_SIZE, SUBTITLE_LINE, TICK_LINE, TICK_SIZE, TITLE_LINE,
    TITLE_SIZE, text_color, tint,
};
use std::cmp::Reverse;

/// Least distance of two labels at the ends of curves.
const END_LABEL: f64 = 16.0;

impl Panel<'_> {
    /// Draws the chart with the margins as they are now.
    pub(super) fn draw(&self, font: &Font) -> Drawing {
        let area = self.area();
        let mut drawing = Drawing::new(self.width, self.height, "");
        self.draw_axes(&mut drawing, &area, font);
        for y in self.threshold_heights(&area) {
            draw_dashed(&mut drawing, Point { x: area.left, y }, area.right, INK);
        }
        self.draw_bars(&mut drawing, &area);
        self.draw_boxes(&mut drawing, &area);

        let mut traces = self.traces(&area);
        // A dense curve would hide a sparse one.
        traces.sort_by_key(|(_, trace)| Reverse(trace.len()));
        let has_values = |named: &NamedBox| named.statistics.is_some();
        let shows_others = !self.chart.bars.is_empty() || self.chart.boxes.iter().any(has_values);
        if !shows_others && traces.iter().all(|(_, trace)| trace.len() == 0) {
            // A threshold alone would be in the middle.
            let at = Point { x: area.center().x, y: area.top + 0.3 * area.height() };
            drawing.text("no values to show", at, Anchor::Middle, LABEL_SIZE, FAINT_INK);
        }
        for (color, trace) in &mut traces {
            for line in std::mem::take(&mut trace.band) {
                drawing.line(line, CURVE_WIDTH, tint(*color));
            }
        }
        for (color, trace) in traces {
            for line in trace.lines {
                let width = if line.len() == 1 { 2.5 * CURVE_WIDTH } else { CURVE_WIDTH };
                drawing.line(line, width, color);
            }
            drawing.dots(trace.dots, trace.dot_diameter, color);
        }
        self.draw_endings(&mut drawing, &area, font);
        self.draw_legend(&mut drawing, &area);
        drawing
    }

    fn draw_axes(&self, drawing: &mut Drawing, area: &Rect, font: &Font) {
        let middle = area.center();
        for (row, line) in self.title.iter().enumerate() {
            let x = middle_within(middle.x, font.room(line, TITLE_SIZE), self.width);
            let y = GAP + TITLE_SIZE + row as f64 * TITLE_LINE;
            drawing.text(line, Point { x, y }, Anchor::Middle, TITLE_SIZE, INK);
        }
        for (row, line) in self.subtitle.iter().enumerate() {
            let x = middle_within(middle.x, font.room(line, LABEL_SIZE), self.width);
            let y = GAP + self.title.len() as f64 * TITLE_LINE + LABEL_SIZE + row as f64 * SUBTITLE_LINE;
            drawing.text(line, Point { x, y }, Anchor::Middle, LABEL_SIZE, FAINT_INK);
        }

        for tick in self.y_ticks(area.height()) {
            let y = (area.bottom - self.y_axis.position(tick.value) * area.height()).round();
            drawing.fill(Rect { left: area.left, top: y, right: area.right, bottom: y + 1.0 }, GRID);
            let at = Point { x: area.left - GAP, y: y + 0.5 + HALF_CAPITAL * TICK_SIZE };
            drawing.text(&tick.label, at, Anchor::End, TICK_SIZE, FAINT_INK);
        }
        for tick in self.x_ticks(area.width(), font) {
            let x = (area.left + self.x_axis.position(tick.value) * area.width()).round();
            if self.chart.boxes.is_empty() {
                drawing.fill(Rect { left: x, top: area.top, right: x + 1.0, bottom: area.bottom }, GRID);
            }
            for (row, line) in tick.label.lines().enumerate() {
                let at = Point { x: x + 0.5, y: area.bottom + GAP + TICK_SIZE + row as f64 * TICK_LINE };
                drawing.text(line, at, Anchor::Middle, TICK_SIZE, FAINT_INK);
            }
        }
        let (left, bottom) = (area.left.round(), area.bottom.round());
        drawing.fill(Rect { left, right: left + 1.0, top: area.top, bottom }, AXIS);
        drawing.fill(Rect { left, right: area.right, top: bottom, bottom: bottom + 1.0 }, AXIS);

        let x_label = font.fit(&self.chart.x_label, LABEL_SIZE, f64::from(self.width) - 2.0 * GAP);
        let x = middle_within(middle.x, font.room(&x_label, LABEL_SIZE), self.width);
        drawing.text(&x_label, Point { x, y: f64::from(self.height) - GAP }, Anchor::Middle, LABEL_SIZE, INK);
        let y_label = font.fit(&self.chart.y_label, LABEL_SIZE, f64::from(self.height) - 2.0 * GAP);
        let y = middle_within(middle.y, font.room(&y_label, LABEL_SIZE), self.height);
        drawing.upward_text(&y_label, Point { x: GAP + LABEL_SIZE, y }, LABEL_SIZE, INK);
    }

    /// Writes the last values beside the plotting area, each tied to its curve where it had to move.
    fn draw_endings(&self, drawing: &mut Drawing, area: &Rect, font: &Font) {
        let positions = self.endings.iter().map(|ending| self.y_axis.position(ending.y));
        let shown: Vec<_> = positions.clone().map(|position| (0.0..=1.0).contains(&position)).collect();
        let wanted: Vec<_> = positions.map(|position| area.bottom - position.clamp(0.0, 1.0) * area.height()).collect();
        let places = spread(&wanted, END_LABEL, area.top, area.bottom);
        for (index, ending) in self.endings.iter().enumerate() {
            let (from, to) = (wanted[index], places[index]);
            let x = area.left + self.x_axis.position(ending.x) * area.width();
            if shown[index] {
                drawing.line(vec![Point { x, y: from }], 3.0 * CURVE_WIDTH, ending.color);
            }
            if shown[index] && ((from - to).abs() > 2.0 || x < area.right - 2.0) {
                let knee = Point { x: x.max(area.right), y: from };
                let end = Point { x: area.right + GAP - 2.0, y: to };
                drawing.line(vec![Point { x, y: from }, knee, end], 0.5, ending.color);
            }
            let at = Point { x: area.right + GAP, y: to + HALF_CAPITAL * LABEL_SIZE };
            let text = font.fit(&ending.text, LABEL_SIZE, f64::from(self.width) - at.x);
            drawing.text(&text, at, Anchor::Start, LABEL_SIZE, text_color(ending.color));
        }
    }

    fn draw_legend(&self, drawing: &mut Drawing, area: &Rect) {
        if self.legend_above {
            let (width, most) = (area.width(), self.most_legend_rows());
            let top = area.top - GAP / 2.0 - self.legend.rows_height(width, most);
            self.legend.draw_rows(drawing, Point { x: area.left, y: top }, width, most);
        } else if let Some((place, _)) = self.legend_box(area).filter(|_| !self.legend.is_empty()) {
            self.legend.draw_box(drawing, &place);
        }
    }
}

/// Where to centre a text: at `wanted`, that is over the plotting area, unless it would be cut off there.
fn middle_within(wanted: f64, room: f64, extent: u32) -> f64 {
    let half = room / 2.0 + GAP;
    wanted.min(f64::from(extent) - half).max(half)
}
