//! Curves that grow while a cell runs.

use super::chart::{Curve, CurveStyle};
use super::curves::CurvePlot;
use crate::notebook::{Display, Output};
use std::cell::{Cell, RefCell};
use std::thread;
use std::time::{Duration, Instant};

/// How often the picture is redrawn at most.
const REDRAWING: Duration = Duration::from_millis(500);
/// The largest part of the time since the beginning that is spent on drawing: one in so many.
const LARGEST_PART: u32 = 10;

/// A plot whose curves grow while the cell runs, redrawn in its place.
///
/// It is drawn up to twice a second, and never takes more than a tenth of the time; the last state is drawn by
/// [`finish`](Self::finish), or when the plot is dropped, as at the end of a function. Where there is no kernel that can
/// replace a picture, it is shown once, as the last value of a cell.
///
/// ```
/// use nnlib::plot::{CurvePlot, LivePlot};
///
/// let mut live = LivePlot::new(CurvePlot::new("Accuracy").x_label("epoch").threshold(0.9, "to reach"));
/// for epoch in 1..=20 {
///     let accuracy = 1.0 - 1.0 / (epoch + 1) as f64;
///     live.push("train accuracy", epoch, accuracy);
///     live.push("test accuracy", epoch, accuracy - 0.02);
/// }
/// live.finish();
/// assert!(live.plot().to_svg().contains("test accuracy"));
/// ```
#[derive(Debug)]
pub struct LivePlot {
    plot: CurvePlot,
    pace: Pace,
    /// What it is shown in, once it is.
    display: RefCell<Option<Display>>,
    /// Whether the last picture lacks a point, or a form.
    has_changed: Cell<bool>,
}

impl LivePlot {
    /// The plot whose curves will grow: its title, axes, size and thresholds, and maybe curves that are there already.
    pub fn new(plot: CurvePlot) -> Self {
        LivePlot { plot, pace: Pace::new(Instant::now()), display: RefCell::new(None), has_changed: Cell::new(true) }
    }

    /// Adds a point to the curve called `name`, at a number of iterations or epochs. The first makes the curve.
    pub fn push(&mut self, name: &str, step: usize, value: f64) {
        self.push_at(name, step as f64, value);
    }

    /// As [`push`](Self::push), where `x` is not a whole number.
    pub fn push_at(&mut self, name: &str, x: f64, value: f64) {
        let curves = &mut self.plot.chart.curves;
        let index = curves.iter().position(|curve| curve.label == name).unwrap_or_else(|| {
            curves.push(Curve { label: name.to_owned(), style: CurveStyle::Marked, runs: vec![Vec::new()] });
            curves.len() - 1
        });
        curves[index].runs[0].push((x, value));
        self.has_changed.set(true);
        let now = Instant::now();
        if self.pace.is_due(now) && Display::is_live() {
            let drawing = self.plot.drawing();
            // In one form, as it is soon to be replaced.
            self.show(Output::text(&drawing.description).png(&drawing.to_png(1)));
            self.pace.note_drawing(now, now.elapsed());
        }
    }

    /// Draws the last state, if it is not there yet. More points may follow.
    pub fn finish(&self) {
        let is_empty = self.plot.chart.curves.is_empty();
        if !is_empty && Display::is_live() && self.has_changed.take() {
            self.show(Output::from(&self.plot));
        }
    }

    /// The plot as it stands: to save it, or to show it elsewhere.
    pub fn plot(&self) -> &CurvePlot {
        &self.plot
    }

    /// Shows the plot below the cell, if it is not there already. evcxr calls this for the last value of a cell.
    pub fn evcxr_display(&self) {
        if Display::is_live() { self.finish() } else { self.plot.evcxr_display() }
    }

    fn show(&self, output: Output) {
        match &mut *self.display.borrow_mut() {
            Some(display) => display.update(output),
            display => *display = Some(Display::show(output)),
        }
    }
}

impl Drop for LivePlot {
    fn drop(&mut self) {
        // After a panic, the cell's variables are put back anyway.
        if !thread::panicking() {
            self.finish();
        }
    }
}

/// When the next picture may be drawn.
#[derive(Debug)]
struct Pace {
    started: Instant,
    /// When the last one was drawn, how long that took, and how long all took.
    last: Option<Instant>,
    last_cost: Duration,
    cost: Duration,
}

impl Pace {
    fn new(started: Instant) -> Self {
        Pace { started, last: None, last_cost: Duration::ZERO, cost: Duration::ZERO }
    }

    /// Whether one more drawing, as long as the last, would be neither too soon nor too much.
    fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last.unwrap_or(self.started)) >= REDRAWING
            && (self.cost + self.last_cost) * LARGEST_PART <= now.saturating_duration_since(self.started)
    }

    fn note_drawing(&mut self, at: Instant, cost: Duration) {
        self.last = Some(at);
        self.last_cost = cost;
        self.cost += cost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_takes_no_more_than_a_tenth_of_the_time() {
        let started = Instant::now();
        let at = |milliseconds| started + Duration::from_millis(milliseconds);
        let mut pace = Pace::new(started);
        assert!(!pace.is_due(at(499)) && pace.is_due(at(500)));
        pace.note_drawing(at(500), Duration::from_millis(10));
        assert!(!pace.is_due(at(999)) && pace.is_due(at(1000)));
        pace.note_drawing(at(1000), Duration::from_millis(100));
        // 110 ms are spent, and the next will take 100.
        assert!(!pace.is_due(at(2099)) && pace.is_due(at(2100)));
    }
}
