//! What a plot with axes shows, before it has a size: the data behind every public type but the image grid.

use super::box_statistics::BoxStatistics;
use super::drawing::Rgb;
use super::number::significant;
use super::theme::curve_color;

/// A plot with axes.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What it is called in its summary.
    kind: &'static str,
    pub title: String,
    /// In smaller letters below the title.
    pub subtitle: String,
    pub x_label: String,
    pub y_label: String,
    pub curves: Vec<Curve>,
    pub bars: Vec<Bar>,
    pub boxes: Vec<NamedBox>,
    pub thresholds: Vec<Threshold>,
    pub x_range: Option<(f64, f64)>,
    pub y_range: Option<(f64, f64)>,
    pub log_y: bool,
    pub size: Option<(u32, u32)>,
    pub annotate_final_values: bool,
    pub legend: LegendPosition,
}

/// One quantity: its points in a run, or in each of several.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub label: String,
    pub style: CurveStyle,
    pub runs: Vec<Vec<(f64, f64)>>,
}

/// How the points of a curve are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CurveStyle {
    Line,
    Dots,
    /// A line with a dot at each point.
    Marked,
}

/// A bar of a histogram, from the horizontal axis up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub left: f64,
    pub right: f64,
    pub height: f64,
}

/// A box of a box plot; without statistics where there are no finite values.
#[derive(Clone, Debug)]
pub(super) struct NamedBox {
    pub name: String,
    pub statistics: Option<BoxStatistics>,
}

/// A value to reach, and what it is.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    pub value: f64,
    pub label: String,
}

/// Where the legend of a plot is.
///
/// A legend that is larger than the plotting area is above it, whatever its position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LegendPosition {
    /// Where it covers no curve, or above the plot where there is no such place.
    #[default]
    Best,
    /// In the upper right corner of the plotting area, whatever it covers.
    UpperRight,
    /// In the lower right corner.
    LowerRight,
    /// In the lower left corner.
    LowerLeft,
    /// In the upper left corner.
    UpperLeft,
    /// Above the plotting area.
    Above,
    /// Nowhere.
    Hidden,
}

impl Chart {
    /// A chart of nothing, under a title.
    pub(super) fn new(kind: &'static str, title: &str) -> Self {
        Chart {
            kind,
            title: title.to_owned(),
            subtitle: String::new(),
            x_label: String::new(),
            y_label: String::new(),
            curves: Vec::new(),
            bars: Vec::new(),
            boxes: Vec::new(),
            thresholds: Vec::new(),
            x_range: None,
            y_range: None,
            log_y: false,
            size: None,
            annotate_final_values: true,
            legend: LegendPosition::Best,
        }
    }

    /// Sets the size; panics where it is one that no chart can be drawn in, or too large to be drawn.
    #[track_caller]
    pub(super) fn set_size(&mut self, function: &str, width: u32, height: u32) {
        assert!(
            (240..=2000).contains(&width) && (180..=2000).contains(&height),
            "{function}: got {width} x {height} pixels, expected 240 x 180 to 2000 x 2000"
        );
        self.size = Some((width, height));
    }

    /// The curves with the colour of each.
    pub(super) fn colored_curves(&self) -> impl Iterator<Item = (&Curve, Rgb)> {
        self.curves.iter().enumerate().map(|(index, curve)| (curve, curve_color(index)))
    }

    /// All points of all curves.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.curves.iter().flat_map(|curve| curve.runs.iter().flatten().copied())
    }

    /// The chart in a line: `[curve plot: Cost; train 0.31, test 0.44]`.
    pub(super) fn summary(&self) -> String {
        let note = (!self.subtitle.is_empty()).then(|| self.subtitle.replace('\n', ", "));
        let boxes = self.boxes.iter().map(NamedBox::summary);
        let values: Vec<_> = note.into_iter().chain(boxes).chain(self.curves.iter().map(Curve::summary)).collect();
        format!("[{}: {}; {}]", self.kind, self.title, values.join(", "))
    }
}

impl Curve {
    /// The label, and the last value, or the least and the greatest of the runs' last values.
    fn summary(&self) -> String {
        let last_values: Vec<f64> = self.runs.iter().filter_map(|run| run.last()).map(|&(_, y)| y).collect();
        let shown = |value: f64| significant(value, 4);
        let values = match last_values[..] {
            [] => "empty".to_owned(),
            [value] => shown(value),
            _ => {
                let least = last_values.iter().copied().fold(f64::NAN, f64::min);
                let greatest = last_values.iter().copied().fold(f64::NAN, f64::max);
                format!("{} to {} in {} runs", shown(least), shown(greatest), last_values.len())
            }
        };
        format!("{} {values}", self.label).trim().to_owned()
    }
}

impl NamedBox {
    fn summary(&self) -> String {
        let median = self.statistics.as_ref().map(|statistics| format!("median {}", significant(statistics.median, 4)));
        format!("{} {}", self.name.replace('\n', " "), median.unwrap_or("no values".to_owned())).trim().to_owned()
    }
}
