//! Box plots: how runs scatter.

use super::bins::countable;
use super::box_statistics::BoxStatistics;
use super::chart::{Chart, NamedBox};
use super::drawing::Drawing;
use super::figure::Figure;
use super::picture::picture_methods;

/// Boxes that show how groups of values scatter, such as the accuracies of several runs: median, quartiles, whiskers and
/// outliers as [`BoxStatistics`] has them.
///
/// Values that are not finite are left out, and the name of the box says how many. Long names are broken into up to three lines.
///
/// ```
/// use nnlib::plot::BoxPlot;
///
/// let plot = BoxPlot::new("Five-fold cross-validation")
///     .y_label("accuracy in %")
///     .add("baseline", &[99.033, 99.050, 98.742, 99.183, 98.700]);
/// assert!(plot.to_svg().contains("baseline"));
/// ```
#[derive(Clone, Debug)]
pub struct BoxPlot {
    chart: Chart,
}

impl BoxPlot {
    /// A plot without boxes, under a title; a line break in the title begins a new line.
    pub fn new(title: &str) -> Self {
        BoxPlot { chart: Chart::new("box plot", title) }
    }

    /// Adds a box of `values` to the right of the others, with its name below it.
    ///
    /// # Panics
    ///
    /// If there are no values.
    #[track_caller]
    pub fn add(mut self, name: &str, values: &[f64]) -> Self {
        assert!(!values.is_empty(), "BoxPlot::add: box `{name}` got no values, expected at least one");
        let shown = countable(values);
        let left_out = values.len() - shown.len();
        let note = if left_out == 0 { String::new() } else { format!("\n({left_out} not finite)") };
        let name = format!("{name}{note}").trim().to_owned();
        self.chart.boxes.push(NamedBox { name, statistics: BoxStatistics::of(&shown) });
        self.chart.x_range = Some((0.5, self.chart.boxes.len() as f64 + 0.5));
        self
    }

    /// Says what the boxes are of.
    pub fn x_label(mut self, label: &str) -> Self {
        self.chart.x_label = label.to_owned();
        self
    }

    /// Says what the vertical axis measures.
    pub fn y_label(mut self, label: &str) -> Self {
        self.chart.y_label = label.to_owned();
        self
    }

    /// Sets the size in CSS pixels; 620 x 380 by default.
    ///
    /// # Panics
    ///
    /// If it is outside 240 x 180 to 2000 x 2000.
    #[track_caller]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.chart.set_size("BoxPlot::size", width, height);
        self
    }

    fn drawing(&self) -> Drawing {
        Figure::of(&self.chart).drawing()
    }
}

picture_methods!(BoxPlot, "plot");
