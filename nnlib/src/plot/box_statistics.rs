//! The five numbers of a box plot.

/// What a box shows of some values: median, quartiles, whiskers and outliers.
///
/// Quartiles lie between two values where they must, by linear interpolation: quartile `q` of `n` sorted values is at
/// place `q * (n - 1)`, counted from 0 (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996;
/// NumPy's default). The whiskers reach to the farthest values within 1.5 interquartile ranges of the box (Tukey,
/// "Exploratory Data Analysis", 1977), or to the box itself where there are none; outliers lie beyond. These are
/// matplotlib's defaults.
///
/// ```
/// use nnlib::plot::BoxStatistics;
///
/// let statistics = BoxStatistics::of(&[0.1, 0.2, 0.4, 0.5, 2.0]).expect("some values are finite");
/// assert_eq!((statistics.lower_quartile, statistics.median, statistics.upper_quartile), (0.2, 0.4, 0.5));
/// assert_eq!((statistics.lower_whisker, statistics.upper_whisker), (0.1, 0.5));
/// assert_eq!(statistics.outliers, [2.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BoxStatistics {
    /// Least value that is no outlier.
    pub lower_whisker: f64,
    /// A quarter of the values lie below.
    pub lower_quartile: f64,
    /// Half of the values lie below.
    pub median: f64,
    /// Three quarters of the values lie below.
    pub upper_quartile: f64,
    /// Greatest value that is no outlier.
    pub upper_whisker: f64,
    /// All values beyond the whiskers, in ascending order.
    pub outliers: Vec<f64>,
}

/// Length of the longest whisker, in interquartile ranges.
const REACH: f64 = 1.5;

impl BoxStatistics {
    /// The statistics of the finite ones of `values`; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<BoxStatistics> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (&least, &greatest) = (sorted.first()?, sorted.last()?);
        let [lower_quartile, median, upper_quartile] = [0.25, 0.5, 0.75].map(|part| quantile(&sorted, part));
        let reach = REACH * (upper_quartile - lower_quartile);
        let (low, high) = (lower_quartile - reach, upper_quartile + reach);
        let first_inside = sorted.iter().copied().find(|&value| value >= low).unwrap_or(least);
        let last_inside = sorted.iter().copied().rfind(|&value| value <= high).unwrap_or(greatest);
        let (lower_whisker, upper_whisker) = (first_inside.min(lower_quartile), last_inside.max(upper_quartile));
        sorted.retain(|&value| value < lower_whisker || value > upper_whisker);
        Some(BoxStatistics { lower_whisker, lower_quartile, median, upper_quartile, upper_whisker, outliers: sorted })
    }
}

/// The value below which `part` of the `sorted` values lie.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + place.fract() * (above - below)
}
