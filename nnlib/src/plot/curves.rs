//! Cost and accuracy curves.

use super::drawing::{Drawing, Rgb};
use super::figure::{self, Figure};
use super::number::significant;
use super::theme::curve_color;
use crate::error::Result;
use std::path::Path;

/// Curves over iterations or epochs, with axes, a legend, and the last value of each curve written at its end.
///
/// The legend lies where it covers no curve, or above the plot where there is no such place.
///
/// Make one as the last expression of a cell to see it. A value that is not finite (or not positive, on a logarithmic
/// axis) is a gap in its curve; a curve that ends in one is labelled so (`0.31 → NaN`), as that is how a training
/// diverges.
///
/// ```
/// use nnlib::plot::CurvePlot;
///
/// let iterations = [0, 100, 200, 300];
/// let plot = CurvePlot::new("Cost versus iterations")
///     .x_label("iteration")
///     .y_label("cost J")
///     .curve("train", &iterations, &[2.3, 0.9, 0.5, 0.31])
///     .curve("test", &iterations, &[2.3, 1.0, 0.6, 0.44]);
/// assert!(plot.to_svg().contains("cost J"));
/// ```
#[derive(Clone, Debug)]
pub struct CurvePlot {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) curves: Vec<Curve>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) y_range: Option<(f64, f64)>,
    pub(super) log_y: bool,
    pub(super) size: Option<(u32, u32)>,
    pub(super) annotate_final_values: bool,
}

/// Points to connect, and what they are.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub label: String,
    pub points: Vec<(f64, f64)>,
}

/// A value to reach, and what it is.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    pub value: f64,
    pub label: String,
}

impl CurvePlot {
    /// A plot without curves, under a title; a line break in the title begins a new line.
    pub fn new(title: &str) -> Self {
        CurvePlot {
            title: title.to_owned(),
            x_label: String::new(),
            y_label: String::new(),
            curves: Vec::new(),
            thresholds: Vec::new(),
            y_range: None,
            log_y: false,
            size: None,
            annotate_final_values: true,
        }
    }

    /// Says what the horizontal axis counts.
    pub fn x_label(mut self, label: &str) -> Self {
        self.x_label = label.to_owned();
        self
    }

    /// Says what the vertical axis measures.
    pub fn y_label(mut self, label: &str) -> Self {
        self.y_label = label.to_owned();
        self
    }

    /// Adds a curve through `(steps[i], values[i])`, for numbers of iterations or epochs, as a training history has
    /// them. An empty `label` keeps it out of the legend.
    ///
    /// Curves of any length are fine: no more is drawn than can be seen. Where many points share a column of pixels, as
    /// those of noisy mini-batches do, the curve is their median, in a paler band from the least to the greatest.
    ///
    /// # Panics
    ///
    /// If `steps` and `values` differ in length.
    #[track_caller]
    pub fn curve(mut self, label: &str, steps: &[usize], values: &[f64]) -> Self {
        expect_same_length("CurvePlot::curve", label, steps.len(), values.len());
        let points = steps.iter().map(|&step| step as f64).zip(values.iter().copied()).collect();
        self.curves.push(Curve { label: label.to_owned(), points });
        self
    }

    /// Adds a curve through `(xs[i], ys[i])`, as [`CurvePlot::curve`] does, where `xs` are not whole numbers.
    ///
    /// # Panics
    ///
    /// If `xs` and `ys` differ in length.
    #[track_caller]
    pub fn curve_at(mut self, label: &str, xs: &[f64], ys: &[f64]) -> Self {
        expect_same_length("CurvePlot::curve_at", label, xs.len(), ys.len());
        let points = xs.iter().copied().zip(ys.iter().copied()).collect();
        self.curves.push(Curve { label: label.to_owned(), points });
        self
    }

    /// Adds a dashed horizontal line at `value`, such as an accuracy to reach. Its label is in the legend.
    ///
    /// # Panics
    ///
    /// If `value` is not finite.
    #[track_caller]
    pub fn threshold(mut self, value: f64, label: &str) -> Self {
        assert!(value.is_finite(), "CurvePlot::threshold: got the value {value}, expected a finite one");
        self.thresholds.push(Threshold { value, label: label.to_owned() });
        self
    }

    /// Shows exactly the values from `low` to `high`, in place of all with a little space around them.
    ///
    /// # Panics
    ///
    /// If the two are not finite numbers in ascending order, or not positive on a logarithmic axis.
    #[track_caller]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        assert!(
            low < high && (high - low).is_finite(),
            "CurvePlot::y_range: got {low} to {high}, expected two finite numbers in ascending order"
        );
        self.y_range = Some((low, high));
        self.expect_positive_range("CurvePlot::y_range");
        self
    }

    /// Spaces the vertical axis by powers of ten; values that are not positive become gaps.
    ///
    /// # Panics
    ///
    /// If a range was set by [`CurvePlot::y_range`] that is not positive.
    #[track_caller]
    pub fn log_y(mut self) -> Self {
        self.log_y = true;
        self.expect_positive_range("CurvePlot::log_y");
        self
    }

    /// Sets the size in CSS pixels; 620 x 380 by default, less in a [`Figure`].
    ///
    /// # Panics
    ///
    /// If it is outside 240 x 180 to 2000 x 2000.
    #[track_caller]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        assert!(
            (240..=2000).contains(&width) && (180..=2000).contains(&height),
            "CurvePlot::size: got {width} x {height} pixels, expected 240 x 180 to 2000 x 2000"
        );
        self.size = Some((width, height));
        self
    }

    /// Whether the last value of each curve is written at its end; it is by default.
    pub fn annotate_final_values(mut self, annotate: bool) -> Self {
        self.annotate_final_values = annotate;
        self
    }

    /// The plot as an SVG document: one line of text.
    pub fn to_svg(&self) -> String {
        self.drawing().to_svg()
    }

    /// The plot as a PNG file, with two pixels to a CSS pixel.
    pub fn to_png(&self) -> Vec<u8> {
        self.drawing().to_png(2)
    }

    /// Writes the plot to `path`, whose extension is `.svg` or `.png`. A file that is there is replaced, never
    /// half-written.
    ///
    /// # Errors
    ///
    /// If the extension is another, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        figure::save(path.as_ref(), || self.drawing())
    }

    /// Shows the plot below the cell, in a notebook.
    pub fn evcxr_display(&self) {
        figure::show(&self.drawing());
    }

    fn drawing(&self) -> Drawing {
        Figure::of(self).drawing()
    }

    /// The plot in a line: `[curve plot: Cost; train 0.31, test 0.44]`.
    pub(super) fn summary(&self) -> String {
        let value = |curve: &Curve| curve.points.last().map_or("empty".to_owned(), |&(_, y)| significant(y, 4));
        let final_value = |curve: &Curve| format!("{} {}", curve.label, value(curve)).trim().to_owned();
        let final_values: Vec<_> = self.curves.iter().map(final_value).collect();
        format!("[curve plot: {}; {}]", self.title, final_values.join(", "))
    }

    /// The curves with the colour of each.
    pub(super) fn colored_curves(&self) -> impl Iterator<Item = (&Curve, Rgb)> {
        self.curves.iter().enumerate().map(|(index, curve)| (curve, curve_color(index)))
    }

    #[track_caller]
    fn expect_positive_range(&self, function: &str) {
        if let (true, Some((low, high))) = (self.log_y, self.y_range) {
            assert!(low > 0.0, "{function}: got {low} to {high} on a logarithmic axis, expected positive numbers");
        }
    }
}

#[track_caller]
fn expect_same_length(function: &str, label: &str, xs: usize, ys: usize) {
    assert!(xs == ys, "{function}: curve `{label}` got {xs} x values and {ys} y values, expected as many of each");
}
