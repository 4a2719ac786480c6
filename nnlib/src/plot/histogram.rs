//! Histograms: how values are spread, such as the activations of each layer.

use super::axis::Axis;
use super::bins::{choose_bins, count, countable, extent};
use super::chart::Chart;
use super::drawing::Drawing;
use super::figure::{Figure, ROW_WIDTH};
use super::number::significant;
use super::picture::picture_methods;

/// More bars than can be told apart.
const MOST_BINS: usize = 1000;
/// Histograms in a row, and the height of each.
const MOST_IN_A_ROW: usize = 4;
const SMALL_HEIGHT: u32 = 240;

/// Bars for how many values lie in each of several equal intervals, made by [`histogram`].
#[derive(Clone, Debug)]
pub struct Histogram {
    chart: Chart,
}

/// A histogram for each of several groups of values, made by [`histograms`].
#[derive(Clone, Debug)]
pub struct Histograms {
    groups: Vec<Group>,
    x_label: String,
    bins: Option<usize>,
    shared_x: bool,
    shared_y: bool,
}

/// Values to count.
#[derive(Clone, Debug)]
struct Group {
    name: String,
    values: Vec<f64>,
    /// How many values had no place on an axis.
    left_out: usize,
}

/// Counts how many of `values` lie in each of `bins` equal intervals from the least to the greatest of them. An interval
/// holds its lower end, and the last one both, as in NumPy.
///
/// Below the title stand mean and standard deviation of the values. Those that are not finite are left out, and it is
/// said how many.
///
/// ```
/// use nnlib::plot;
///
/// let weights = [-1.0, -0.4, 0.0, 0.1, 0.3, 1.0];
/// let plot = plot::histogram(&weights, 4).title("First-layer weights").x_label("weight");
/// assert!(plot.to_svg().contains("mean 0.000, std 0.614"));
/// ```
///
/// # Panics
///
/// If there are no values, or `bins` is not 1 to 1000.
#[track_caller]
pub fn histogram(values: &[f64], bins: usize) -> Histogram {
    assert!(!values.is_empty(), "plot::histogram: got no values, expected at least one");
    expect_bins("plot::histogram", bins);
    let group = Group::new("", values);
    Histogram { chart: group.chart(extent(&group.values), bins) }
}

impl Histogram {
    /// Sets the title; a line break in it begins a new line.
    pub fn title(mut self, title: &str) -> Self {
        self.chart.title = title.to_owned();
        self
    }

    /// Says what the values are.
    pub fn x_label(mut self, label: &str) -> Self {
        self.chart.x_label = label.to_owned();
        self
    }

    /// Sets the size in CSS pixels; 620 x 380 by default.
    ///
    /// # Panics
    ///
    /// If it is outside 240 x 180 to 2000 x 2000.
    #[track_caller]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.chart.set_size("Histogram::size", width, height);
        self
    }

    fn drawing(&self) -> Drawing {
        Figure::of(&self.chart).drawing()
    }
}

picture_methods!(Histogram, "histogram");

/// Draws a [`histogram`] for each of several named groups of values, up to four in a row: such as the activations of
/// each layer, which show where they vanish or saturate.
///
/// How many bins there are depends on the values, at least 10 and at most 60. Each histogram has axes of its own.
///
/// ```
/// use nnlib::plot;
///
/// let (first, second) = ([-0.9, -0.2, 0.1, 0.8], [-0.1, 0.0, 0.02, 0.1]);
/// let figure = plot::histograms(&[("layer 1", &first), ("layer 2", &second)]).share_x();
/// assert!(figure.to_svg().contains("layer 2"));
/// ```
///
/// # Panics
///
/// If there are no groups, more than 50, or one has no values.
#[track_caller]
pub fn histograms(groups: &[(&str, &[f64])]) -> Histograms {
    let function = "plot::histograms";
    assert!((1..=50).contains(&groups.len()), "{function}: got {} groups, expected 1 to 50", groups.len());
    for (name, values) in groups {
        assert!(!values.is_empty(), "{function}: group `{name}` got no values, expected at least one");
    }
    Histograms {
        groups: groups.iter().map(|(name, values)| Group::new(name, values)).collect(),
        x_label: String::new(),
        bins: None,
        shared_x: false,
        shared_y: false,
    }
}

impl Histograms {
    /// Sets the number of bins of each histogram.
    ///
    /// # Panics
    ///
    /// If it is not 1 to 1000.
    #[track_caller]
    pub fn bins(mut self, bins: usize) -> Self {
        expect_bins("Histograms::bins", bins);
        self.bins = Some(bins);
        self
    }

    /// Says what the values are.
    pub fn x_label(mut self, label: &str) -> Self {
        self.x_label = label.to_owned();
        self
    }

    /// Gives all histograms the same horizontal axis, so that their spreads can be compared.
    pub fn share_x(mut self) -> Self {
        self.shared_x = true;
        self
    }

    /// Gives all histograms the same vertical axis, so that their counts can be compared.
    pub fn share_y(mut self) -> Self {
        self.shared_y = true;
        self
    }

    /// The histograms in rows.
    pub fn figure(&self) -> Figure {
        let extents: Vec<_> = self.groups.iter().map(|group| extent(&group.values)).collect();
        let all = extents.iter().flatten().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let charts = self.groups.iter().zip(extents).map(|(group, own)| {
            let range = if self.shared_x { all } else { own };
            let chosen = || range.map_or(1, |(low, high)| choose_bins(&group.values, low, high));
            group.chart(range, self.bins.unwrap_or_else(chosen))
        });
        let mut charts: Vec<_> = charts.collect();

        // Rows as even as can be: five histograms are three and two.
        let rows = self.groups.len().div_ceil(MOST_IN_A_ROW);
        let columns = self.groups.len().div_ceil(rows);
        let heights = charts.iter().flat_map(|chart| &chart.bars).map(|bar| bar.height);
        let highest = heights.fold(1.0, f64::max);
        for (index, chart) in charts.iter_mut().enumerate() {
            chart.x_label = self.x_label.clone();
            if index % columns > 0 {
                chart.y_label.clear();
            }
            if self.shared_y {
                chart.y_range = Some((0.0, 1.05 * highest));
            }
            if columns > 1 {
                chart.size = Some((ROW_WIDTH / columns as u32, SMALL_HEIGHT));
            }
        }
        Figure::new("Histograms::figure", charts, columns)
    }

    fn drawing(&self) -> Drawing {
        self.figure().drawing()
    }
}

picture_methods!(Histograms, "figure");

impl Group {
    fn new(name: &str, all: &[f64]) -> Self {
        let values = countable(all);
        let left_out = all.len() - values.len();
        Group { name: name.to_owned(), values, left_out }
    }

    /// The histogram, without any bars if no value has a place.
    fn chart(&self, range: Option<(f64, f64)>, bins: usize) -> Chart {
        let mut chart = Chart::new("histogram", &self.name);
        chart.y_label = "count".to_owned();
        chart.x_range = range;
        chart.bars =
            range.filter(|_| !self.values.is_empty()).map_or(Vec::new(), |range| count(&self.values, range, bins));
        let mean_and_deviation = (!self.values.is_empty()).then(|| mean_and_deviation(&self.values));
        let left_out = (self.left_out > 0)
            .then(|| format!("{} of {} not finite", self.left_out, self.left_out + self.values.len()));
        chart.subtitle = mean_and_deviation.into_iter().chain(left_out).collect::<Vec<_>>().join("\n");
        chart
    }
}

/// Mean and standard deviation (that of the values themselves, as `numpy.std` has it) as text.
fn mean_and_deviation(values: &[f64]) -> String {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    let shown_mean = match deviation > 0.0 && deviation.is_finite() {
        true => Axis::exact(-deviation, deviation, false).describe(mean),
        false => significant(mean, 4),
    };
    format!("mean {shown_mean}, std {}", significant(deviation, 3))
}

#[track_caller]
fn expect_bins(function: &str, bins: usize) {
    assert!((1..=MOST_BINS).contains(&bins), "{function}: got {bins} bins, expected 1 to {MOST_BINS}");
}
