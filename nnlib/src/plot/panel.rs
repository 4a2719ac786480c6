//! Lays out one chart.

use super::axis::{Axis, Tick};
use super::chart::{Chart, Curve, LegendPosition, NamedBox};
use super::drawing::{Point, Rect, Rgb};
use super::font::Font;
use super::legend::{self, Entry, Legend, Sample};
use super::theme::{INK, LABEL_SIZE, SUBTITLE_LINE, TICK_LINE, TICK_SIZE, TITLE_LINE, TITLE_SIZE};
use super::trace::Trace;

/// From the plot's edge to a label, and from one label to the next.
pub(super) const GAP: f64 = 8.0;
/// Height of an axis label, and of the numbers along the horizontal axis.
const AXIS_LABEL: f64 = 22.0;
const TICK_LABEL: f64 = 18.0;
/// Largest parts of the width and the height that labels take: what is left is for the curves.
const MOST_LEFT: f64 = 0.5;
const MOST_RIGHT: f64 = 0.3;
const MOST_TITLE: f64 = 0.3;
const MOST_LEGEND: f64 = 0.3;
/// Part of the width that the names below the boxes take, and their most lines.
const NAMES: f64 = 0.8;
const MOST_NAME_LINES: usize = 3;

/// The space around the plotting area.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Margins {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Margins {
    /// The larger of each.
    pub(super) fn max(self, other: Margins) -> Margins {
        Margins {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Where a curve ends, its colour, and the text to put there.
pub(super) struct Ending {
    pub x: f64,
    pub y: f64,
    pub color: Rgb,
    pub text: String,
}

/// A chart of a certain size.
pub(super) struct Panel<'a> {
    pub chart: &'a Chart,
    pub width: u32,
    pub height: u32,
    pub margins: Margins,
    pub title: Vec<String>,
    pub subtitle: Vec<String>,
    pub x_axis: Axis,
    pub y_axis: Axis,
    /// All x values are whole numbers, and so are the numbers along the axis.
    whole: bool,
    pub endings: Vec<Ending>,
    pub legend: Legend,
    /// No place in the plotting area is free: the legend is above it.
    pub legend_above: bool,
}

impl<'a> Panel<'a> {
    /// Measures `chart`.
    pub(super) fn new(chart: &'a Chart, font: &Font, (width, height): (u32, u32)) -> Self {
        let y_axis = match chart.y_range {
            Some((low, high)) => Axis::exact(low, high, chart.log_y),
            None => Axis::padded(y_values(chart), chart.log_y),
        };
        let x_axis = match chart.x_range {
            Some((low, high)) => Axis::exact(low, high, false),
            None => Axis::tight(chart.points().map(|(x, _)| x)),
        };
        let shows_legend = chart.legend != LegendPosition::Hidden;
        let mut panel = Panel {
            chart,
            width,
            height,
            margins: Margins::default(),
            title: title_lines(chart, font, width, height),
            subtitle: font.wrap(&chart.subtitle, LABEL_SIZE, f64::from(width) - 2.0 * GAP),
            x_axis,
            y_axis,
            whole: chart.bars.is_empty() && chart.points().all(|(x, _)| x.fract() == 0.0),
            endings: if chart.annotate_final_values { endings(chart, &y_axis) } else { Vec::new() },
            legend: Legend::new(if shows_legend { entries(chart) } else { Vec::new() }, font, f64::from(width) * 0.4),
            legend_above: false,
        };
        panel.margins = panel.measure(font);
        if !panel.legend.is_empty() {
            panel.legend_above = match (chart.legend, panel.legend_box(&panel.area())) {
                (LegendPosition::Above, _) | (_, None) => true,
                (LegendPosition::Best, Some((_, crossings))) => crossings > 0,
                (_, Some(_)) => false,
            };
            panel.margins = panel.measure(font);
        }
        panel
    }

    /// The margins that the labels need.
    fn measure(&self, font: &Font) -> Margins {
        let ends = font.widest(self.endings.iter().map(|ending| ending.text.as_str()), LABEL_SIZE);
        let right = if ends > 0.0 { (ends + 2.0 * GAP).ceil() } else { 3.0 * GAP };
        let right = right.min(MOST_RIGHT * f64::from(self.width));
        let label = |text: &str| if text.is_empty() { 0.0 } else { AXIS_LABEL };
        let name_lines = self.names(font).iter().map(|tick| tick.label.lines().count()).max().unwrap_or(0);
        let more_lines = name_lines.saturating_sub(1) as f64 * TICK_LINE;
        let bottom = GAP + TICK_LABEL + more_lines + label(&self.chart.x_label);
        let mut top = 1.5 * GAP + self.title.len() as f64 * TITLE_LINE + self.subtitle.len() as f64 * SUBTITLE_LINE;
        let left_at = |top: f64| {
            let ticks = self.y_ticks(f64::from(self.height) - top - bottom);
            let numbers = font.widest(ticks.iter().map(|tick| tick.label.as_str()), TICK_SIZE);
            (GAP + label(&self.chart.y_label) + numbers + GAP).ceil().min(MOST_LEFT * f64::from(self.width))
        };
        if self.legend_above {
            let width = f64::from(self.width) - left_at(top) - right;
            top += self.legend.rows_height(width, self.most_legend_rows()) + GAP / 2.0;
        }
        Margins { left: left_at(top), top, right, bottom }
    }

    /// How many rows of a legend there is space for above the plotting area.
    pub(super) fn most_legend_rows(&self) -> usize {
        (MOST_LEGEND * f64::from(self.height) / legend::ROW) as usize
    }

    /// The plotting area.
    pub(super) fn area(&self) -> Rect {
        let Margins { left, top, right, bottom } = self.margins;
        Rect { left, top, right: f64::from(self.width) - right, bottom: f64::from(self.height) - bottom }
    }

    /// As many numbers along a vertical axis of `height` as are easy to read.
    pub(super) fn y_ticks(&self, height: f64) -> Vec<Tick> {
        // The height of a bar is a number of values.
        self.y_axis.ticks(((height / 42.0) as usize).clamp(2, 9), !self.chart.bars.is_empty())
    }

    /// As many numbers along the horizontal axis as fit beside each other, or the names of the boxes, which may have
    /// several lines.
    pub(super) fn x_ticks(&self, width: f64, font: &Font) -> Vec<Tick> {
        if !self.chart.boxes.is_empty() {
            return self.names(font);
        }
        let fits = |ticks: &[Tick]| {
            let widest = font.widest(ticks.iter().map(|tick| tick.label.as_str()), TICK_SIZE) + 1.5 * GAP;
            let places: Vec<_> = ticks.iter().map(|tick| self.x_axis.position(tick.value) * width).collect();
            places.windows(2).all(|pair| pair[1] - pair[0] >= widest)
        };
        let mut tries = (2..=10).rev().map(|count| self.x_axis.ticks(count, self.whole));
        tries.find(|ticks| fits(ticks)).unwrap_or_else(|| self.x_axis.ticks(1, self.whole))
    }

    /// The names of the boxes, each in lines no wider than the space that a box has.
    fn names(&self, font: &Font) -> Vec<Tick> {
        let space = NAMES * f64::from(self.width) / self.chart.boxes.len() as f64 - GAP;
        let name = |(place, named): (i32, &NamedBox)| {
            let mut lines = font.wrap(&named.name, TICK_SIZE, space);
            if lines.len() > MOST_NAME_LINES {
                lines.truncate(MOST_NAME_LINES);
                lines[MOST_NAME_LINES - 1].push('…');
            }
            Tick { value: f64::from(place), label: lines.join("\n") }
        };
        (1..).zip(&self.chart.boxes).map(name).collect()
    }

    /// What of each curve is seen in `area`.
    pub(super) fn traces(&self, area: &Rect) -> Vec<(Rgb, Trace)> {
        let trace = |(curve, color): (&Curve, Rgb)| (color, Trace::new(curve, &self.x_axis, &self.y_axis, area));
        self.chart.colored_curves().map(trace).collect()
    }

    /// Heights of the thresholds that lie in `area`.
    pub(super) fn threshold_heights(&self, area: &Rect) -> Vec<f64> {
        let values = self.chart.thresholds.iter().map(|threshold| threshold.value);
        let positions = values.filter(|&value| self.y_axis.can_show(value)).map(|value| self.y_axis.position(value));
        positions
            .filter(|position| (0.0..=1.0).contains(position))
            .map(|position| (area.bottom - position * area.height()).round())
            .collect()
    }

    /// The place of the legend's box in `area`, and how many pieces of lines it would cover.
    pub(super) fn legend_box(&self, area: &Rect) -> Option<(Rect, usize)> {
        let to_the_right = |x: f64, y: f64| [Point { x, y }, Point { x: area.right, y }];
        let thresholds = self.threshold_heights(area).into_iter().map(|y| to_the_right(area.left, y));
        let endings = self.endings.iter().map(|ending| {
            let x = area.left + self.x_axis.position(ending.x) * area.width();
            to_the_right(x, area.bottom - self.y_axis.position(ending.y) * area.height())
        });
        let straight: Vec<_> = thresholds.chain(endings).collect();
        let traces = self.traces(area);
        let curves = traces.iter().flat_map(|(_, trace)| trace.all_lines());
        let lines: Vec<_> = curves.chain(straight.iter().map(|line| &line[..])).collect();
        self.legend.place(self.chart.legend, area, &lines)
    }
}

/// All that the vertical axis has to show.
fn y_values(chart: &Chart) -> impl Iterator<Item = f64> {
    let curves = chart.points().map(|(_, y)| y);
    let thresholds = chart.thresholds.iter().map(|threshold| threshold.value);
    let bars = chart.bars.iter().flat_map(|bar| [0.0, bar.height]);
    let boxes = chart.boxes.iter().filter_map(|named| named.statistics.as_ref()).flat_map(|statistics| {
        [statistics.lower_whisker, statistics.upper_whisker].into_iter().chain(statistics.outliers.iter().copied())
    });
    curves.chain(thresholds).chain(bars).chain(boxes)
}

/// The title in lines; of a very long one, the beginning.
fn title_lines(chart: &Chart, font: &Font, width: u32, height: u32) -> Vec<String> {
    let mut lines = font.wrap(&chart.title, TITLE_SIZE, f64::from(width) - 4.0 * GAP);
    let most = ((MOST_TITLE * f64::from(height) / TITLE_LINE) as usize).max(1);
    if lines.len() > most {
        lines.truncate(most);
        lines[most - 1].push('…');
    }
    lines
}

/// The last value of each curve of a single run that has one to show.
fn endings(chart: &Chart, y_axis: &Axis) -> Vec<Ending> {
    let ending = |(curve, color): (&Curve, Rgb)| {
        let [points] = &curve.runs[..] else { return None };
        let &(x, y) = points.iter().rev().find(|(x, y)| x.is_finite() && y_axis.can_show(*y))?;
        let mut text = y_axis.describe(y);
        let &(_, last) = points.last()?;
        if !last.is_finite() {
            text += &format!(" → {last}");
        }
        Some(Ending { x, y, color, text })
    };
    chart.colored_curves().filter_map(ending).collect()
}

/// What the legend lists: curves with a label, then thresholds with one.
fn entries(chart: &Chart) -> Vec<Entry> {
    let curve =
        |(curve, color): (&Curve, Rgb)| Entry { label: curve.label.clone(), color, sample: Sample::Curve(curve.style) };
    let thresholds =
        chart.thresholds.iter().map(|line| Entry { label: line.label.clone(), color: INK, sample: Sample::Dashes });
    chart.colored_curves().map(curve).chain(thresholds).filter(|entry| !entry.label.is_empty()).collect()
}
