//! Lays out one curve plot.

use super::axis::{Axis, Tick};
use super::curves::{Curve, CurvePlot};
use super::drawing::{Point, Rect, Rgb};
use super::font::Font;
use super::legend::{self, Entry, Legend};
use super::theme::{FAINT_INK, LABEL_SIZE, TICK_SIZE, TITLE_LINE, TITLE_SIZE};
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

/// A curve plot of a certain size.
pub(super) struct Panel<'a> {
    pub plot: &'a CurvePlot,
    pub width: u32,
    pub height: u32,
    pub margins: Margins,
    pub title: Vec<String>,
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
    /// Measures `plot`.
    pub(super) fn new(plot: &'a CurvePlot, font: &Font, (width, height): (u32, u32)) -> Self {
        let points = || plot.curves.iter().flat_map(|curve| &curve.points);
        let y_axis = match plot.y_range {
            Some((low, high)) => Axis::exact(low, high, plot.log_y),
            None => {
                let thresholds = plot.thresholds.iter().map(|threshold| threshold.value);
                Axis::padded(points().map(|&(_, y)| y).chain(thresholds), plot.log_y)
            }
        };
        let mut panel = Panel {
            plot,
            width,
            height,
            margins: Margins::default(),
            title: title_lines(plot, font, width, height),
            x_axis: Axis::tight(points().map(|&(x, _)| x)),
            y_axis,
            whole: points().all(|&(x, _)| x.fract() == 0.0),
            endings: if plot.annotate_final_values { endings(plot, &y_axis) } else { Vec::new() },
            legend: Legend::new(entries(plot), font, f64::from(width) * 0.4),
            legend_above: false,
        };
        panel.margins = panel.measure(font);
        if !panel.legend.is_empty() {
            panel.legend_above = panel.legend_box(&panel.area()).is_none_or(|(_, crossings)| crossings > 0);
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
        let bottom = GAP + TICK_LABEL + label(&self.plot.x_label);
        let mut top = 1.5 * GAP + self.title.len() as f64 * TITLE_LINE;
        let left_at = |top: f64| {
            let ticks = self.y_ticks(f64::from(self.height) - top - bottom);
            let numbers = font.widest(ticks.iter().map(|tick| tick.label.as_str()), TICK_SIZE);
            (GAP + label(&self.plot.y_label) + numbers + GAP).ceil().min(MOST_LEFT * f64::from(self.width))
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
        self.y_axis.ticks(((height / 42.0) as usize).clamp(2, 9), false)
    }

    /// As many numbers along the horizontal axis as fit beside each other.
    pub(super) fn x_ticks(&self, width: f64, font: &Font) -> Vec<Tick> {
        let fits = |ticks: &[Tick]| {
            let widest = font.widest(ticks.iter().map(|tick| tick.label.as_str()), TICK_SIZE) + 1.5 * GAP;
            let places: Vec<_> = ticks.iter().map(|tick| self.x_axis.position(tick.value) * width).collect();
            places.windows(2).all(|pair| pair[1] - pair[0] >= widest)
        };
        let mut tries = (2..=10).rev().map(|count| self.x_axis.ticks(count, self.whole));
        tries.find(|ticks| fits(ticks)).unwrap_or_else(|| self.x_axis.ticks(1, self.whole))
    }

    /// What of each curve is seen in `area`.
    pub(super) fn traces(&self, area: &Rect) -> Vec<(Rgb, Trace)> {
        let trace =
            |(curve, color): (&Curve, Rgb)| (color, Trace::new(&curve.points, &self.x_axis, &self.y_axis, area));
        self.plot.colored_curves().map(trace).collect()
    }

    /// Heights of the thresholds that lie in `area`.
    pub(super) fn threshold_heights(&self, area: &Rect) -> Vec<f64> {
        let values = self.plot.thresholds.iter().map(|threshold| threshold.value);
        let positions = values.filter(|&value| self.y_axis.can_show(value)).map(|value| self.y_axis.position(value));
        positions
            .filter(|position| (0.0..=1.0).contains(position))
            .map(|position| (area.bottom - position * area.height()).round())
            .collect()
    }

    /// The best place for the legend in `area`, and how many pieces of lines it would cover.
    pub(super) fn legend_box(&self, area: &Rect) -> Option<(Rect, usize)> {
        let to_the_right = |x: f64, y: f64| [Point { x, y }, Point { x: area.right, y }];
        let thresholds = self.threshold_heights(area).into_iter().map(|y| to_the_right(area.left, y));
        let endings = self.endings.iter().map(|ending| {
            let x = area.left + self.x_axis.position(ending.x) * area.width();
            to_the_right(x, area.bottom - self.y_axis.position(ending.y) * area.height())
        });
        let straight: Vec<_> = thresholds.chain(endings).collect();
        let traces = self.traces(area);
        let curves = traces.iter().flat_map(|(_, trace)| trace.all_lines()).map(Vec::as_slice);
        let lines: Vec<_> = curves.chain(straight.iter().map(|line| &line[..])).collect();
        self.legend.best_box(area, &lines)
    }
}

/// The title in lines; of a very long one, the beginning.
fn title_lines(plot: &CurvePlot, font: &Font, width: u32, height: u32) -> Vec<String> {
    let mut lines = font.wrap(&plot.title, TITLE_SIZE, f64::from(width) - 4.0 * GAP);
    let most = ((MOST_TITLE * f64::from(height) / TITLE_LINE) as usize).max(1);
    if lines.len() > most {
        lines.truncate(most);
        lines[most - 1].push('…');
    }
    lines
}

/// The last value of each curve that has one to show.
fn endings(plot: &CurvePlot, y_axis: &Axis) -> Vec<Ending> {
    let ending = |(curve, color): (&Curve, Rgb)| {
        let &(x, y) = curve.points.iter().rev().find(|(x, y)| x.is_finite() && y_axis.can_show(*y))?;
        let mut text = y_axis.describe(y);
        let &(_, last) = curve.points.last()?;
        if !last.is_finite() {
            text += &format!(" → {last}");
        }
        Some(Ending { x, y, color, text })
    };
    plot.colored_curves().filter_map(ending).collect()
}

/// What the legend lists: curves with a label, then thresholds with one.
fn entries(plot: &CurvePlot) -> Vec<Entry> {
    let curves = plot.colored_curves().map(|(curve, color)| Entry { label: curve.label.clone(), color, dashed: false });
    let thresholds =
        plot.thresholds.iter().map(|line| Entry { label: line.label.clone(), color: FAINT_INK, dashed: true });
    curves.chain(thresholds).filter(|entry| !entry.label.is_empty()).collect()
}
