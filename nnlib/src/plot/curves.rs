//! Cost and accuracy curves.

use super::chart::{Chart, Curve, CurveStyle, LegendPosition, Threshold};
use super::drawing::Drawing;
use super::figure::Figure;
use super::picture::picture_methods;

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
    pub(super) chart: Chart,
}

impl CurvePlot {
    /// A plot without curves, under a title; a line break in the title begins a new line.
    pub fn new(title: &str) -> Self {
        CurvePlot { chart: Chart::new("curve plot", title) }
    }

    /// Says what the horizontal axis counts.
    pub fn x_label(mut self, label: &str) -> Self {
        self.chart.x_label = label.to_owned();
        self
    }

    /// Says what the vertical axis measures.
    pub fn y_label(mut self, label: &str) -> Self {
        self.chart.y_label = label.to_owned();
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
    pub fn curve(self, label: &str, steps: &[usize], values: &[f64]) -> Self {
        self.with_steps("CurvePlot::curve", label, CurveStyle::Line, steps, &[values])
    }

    /// Adds a curve through `(xs[i], ys[i])`, as [`CurvePlot::curve`] does, where `xs` are not whole numbers.
    ///
    /// # Panics
    ///
    /// If `xs` and `ys` differ in length.
    #[track_caller]
    pub fn curve_at(self, label: &str, xs: &[f64], ys: &[f64]) -> Self {
        self.with_curve("CurvePlot::curve_at", label, CurveStyle::Line, xs, &[ys])
    }

    /// Adds a curve as [`CurvePlot::curve`] does, with a dot at each point, as suits the few values of a training's
    /// epochs. Where the points are too dense to be told apart, there are no dots.
    ///
    /// # Panics
    ///
    /// If `steps` and `values` differ in length.
    #[track_caller]
    pub fn marked_curve(self, label: &str, steps: &[usize], values: &[f64]) -> Self {
        self.with_steps("CurvePlot::marked_curve", label, CurveStyle::Marked, steps, &[values])
    }

    /// Adds a dot at each `(steps[i], values[i])`, and no line, as suits the noisy losses of mini-batches.
    ///
    /// Any number of dots is fine: those that others cover are left out.
    ///
    /// # Panics
    ///
    /// If `steps` and `values` differ in length.
    #[track_caller]
    pub fn dots(self, label: &str, steps: &[usize], values: &[f64]) -> Self {
        self.with_steps("CurvePlot::dots", label, CurveStyle::Dots, steps, &[values])
    }

    /// Adds a curve for each of several runs, such as the folds of a cross-validation: all in one colour, with one entry
    /// in the legend, and without their last values.
    ///
    /// ```
    /// use nnlib::plot::CurvePlot;
    ///
    /// let (train, test) = ([vec![0.2, 0.1], vec![0.3, 0.1]], [vec![0.2, 0.15], vec![0.4, 0.2]]);
    /// let plot = CurvePlot::new("Cross-entropy loss").runs("train", &[1, 2], &train).runs("test", &[1, 2], &test);
    /// assert_eq!(plot.to_svg().matches(">train<").count(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// If there are no runs, or one differs in length from `steps`.
    #[track_caller]
    pub fn runs(self, label: &str, steps: &[usize], runs: &[Vec<f64>]) -> Self {
        assert!(!runs.is_empty(), "CurvePlot::runs: `{label}` got no runs, expected at least one");
        let runs: Vec<_> = runs.iter().map(Vec::as_slice).collect();
        self.with_steps("CurvePlot::runs", label, CurveStyle::Line, steps, &runs)
    }

    #[track_caller]
    fn with_steps(self, function: &str, label: &str, style: CurveStyle, steps: &[usize], runs: &[&[f64]]) -> Self {
        let xs: Vec<_> = steps.iter().map(|&step| step as f64).collect();
        self.with_curve(function, label, style, &xs, runs)
    }

    #[track_caller]
    fn with_curve(mut self, function: &str, label: &str, style: CurveStyle, xs: &[f64], runs: &[&[f64]]) -> Self {
        for ys in runs {
            let (xs, ys) = (xs.len(), ys.len());
            assert!(
                xs == ys,
                "{function}: curve `{label}` got {xs} x values and {ys} y values, expected as many of each"
            );
        }
        let points = |ys: &&[f64]| xs.iter().copied().zip(ys.iter().copied()).collect();
        self.chart.curves.push(Curve { label: label.to_owned(), style, runs: runs.iter().map(points).collect() });
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
        self.chart.thresholds.push(Threshold { value, label: label.to_owned() });
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
        self.chart.y_range = Some((low, high));
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
        self.chart.log_y = true;
        self.expect_positive_range("CurvePlot::log_y");
        self
    }

    /// Sets where the legend is.
    pub fn legend(mut self, position: LegendPosition) -> Self {
        self.chart.legend = position;
        self
    }

    /// Sets the size in CSS pixels; 620 x 380 by default, less in a [`Figure`].
    ///
    /// # Panics
    ///
    /// If it is outside 240 x 180 to 2000 x 2000.
    #[track_caller]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.chart.set_size("CurvePlot::size", width, height);
        self
    }

    /// Whether the last value of each curve is written at its end; it is by default.
    pub fn annotate_final_values(mut self, annotate: bool) -> Self {
        self.chart.annotate_final_values = annotate;
        self
    }

    pub(super) fn drawing(&self) -> Drawing {
        Figure::of(&self.chart).drawing()
    }

    #[track_caller]
    fn expect_positive_range(&self, function: &str) {
        if let (true, Some((low, high))) = (self.chart.log_y, self.chart.y_range) {
            assert!(low > 0.0, "{function}: got {low} to {high} on a logarithmic axis, expected positive numbers");
        }
    }
}

picture_methods!(CurvePlot, "plot");
