//! Several plots in one picture.

use super::chart::{Chart, LegendPosition};
use super::curves::CurvePlot;
use super::drawing::Drawing;
use super::font::Font;
use super::panel::{Margins, Panel};
use super::picture::picture_methods;

/// Size of a plot that is alone, and width of a row of plots, in CSS pixels: what fits a notebook without being scaled.
const ALONE: (u32, u32) = (620, 380);
pub(super) const ROW_WIDTH: u32 = 920;
const LEAST_WIDTH: u32 = 360;

/// Size of a figure, in square CSS pixels, up to which it takes less than 200 MB to draw as PNG.
const LARGEST_AREA: u64 = 4_000_000;

/// Plots in one picture, made by [`side_by_side`] or [`stack`].
#[derive(Clone, Debug)]
pub struct Figure {
    charts: Vec<Chart>,
    /// How many are in a row.
    columns: usize,
}

/// Puts plots beside each other, such as cost and accuracy: 920 pixels wide together, unless they set sizes of their
/// own.
///
/// ```
/// use nnlib::plot::{self, CurvePlot};
///
/// let cost = CurvePlot::new("Cost").curve("train", &[0, 1], &[2.3, 0.3]);
/// let accuracy = CurvePlot::new("Accuracy").curve("train", &[0, 1], &[10.0, 92.0]);
/// let figure = plot::side_by_side(&[&cost, &accuracy]);
/// assert!(figure.to_svg().contains("width=\"920\""));
/// ```
///
/// # Panics
///
/// If there are none, or they make more than four million pixels together.
#[track_caller]
pub fn side_by_side(plots: &[&CurvePlot]) -> Figure {
    let charts = plots.iter().map(|plot| plot.chart.clone()).collect();
    Figure::new("plot::side_by_side", charts, plots.len())
}

/// Puts plots below each other; if they are equally wide, their axes are in line.
///
/// # Panics
///
/// If there are none, or they make more than four million pixels together.
#[track_caller]
pub fn stack(plots: &[&CurvePlot]) -> Figure {
    Figure::new("plot::stack", plots.iter().map(|plot| plot.chart.clone()).collect(), 1)
}

impl Figure {
    /// A figure of `charts` in rows of `columns`.
    #[track_caller]
    pub(super) fn new(function: &str, charts: Vec<Chart>, columns: usize) -> Self {
        assert!(!charts.is_empty(), "{function}: got no plots, expected at least one");
        let figure = Figure { charts, columns };
        let (width, height) = figure.size();
        assert!(
            u64::from(width) * u64::from(height) <= LARGEST_AREA,
            "{function}: got plots that make {width} x {height} pixels together, expected at most {LARGEST_AREA}"
        );
        figure
    }

    /// A figure of one chart.
    pub(super) fn of(chart: &Chart) -> Self {
        Figure { charts: vec![chart.clone()], columns: 1 }
    }

    /// Sets where the legend of each plot is.
    pub fn legend(mut self, position: LegendPosition) -> Self {
        self.charts.iter_mut().for_each(|chart| chart.legend = position);
        self
    }

    pub(super) fn drawing(&self) -> Drawing {
        let font = Font::embedded();
        let mut panels: Vec<_> =
            self.charts.iter().zip(self.sizes()).map(|(chart, size)| Panel::new(chart, &font, size)).collect();
        self.align(&mut panels);

        let summaries: Vec<_> = self.charts.iter().map(Chart::summary).collect();
        let (width, height) = self.size();
        let mut drawing = Drawing::new(width, height, &summaries.join(" "));
        let mut down = 0;
        for row in panels.chunks(self.columns) {
            let mut right = 0;
            for panel in row {
                drawing.append(panel.draw(&font), f64::from(right), f64::from(down));
                right += panel.width;
            }
            down += row.iter().map(|panel| panel.height).max().unwrap_or(0);
        }
        drawing
    }

    /// Gives plots of the same height in a row, and of the same width in a column, margins of the same size, so that
    /// their axes are in line.
    fn align(&self, panels: &mut [Panel]) {
        let shared =
            |panels: &[&mut Panel]| panels.iter().map(|panel| panel.margins).fold(Margins::default(), Margins::max);
        for row in panels.chunks_mut(self.columns) {
            let row: Vec<_> = row.iter_mut().collect();
            let Margins { top, bottom, .. } = shared(&row);
            if row.windows(2).all(|pair| pair[0].height == pair[1].height) {
                row.into_iter().for_each(|panel| panel.margins = Margins { top, bottom, ..panel.margins });
            }
        }
        for column in 0..self.columns {
            let column: Vec<_> = panels.iter_mut().skip(column).step_by(self.columns).collect();
            let Margins { left, right, .. } = shared(&column);
            if column.windows(2).all(|pair| pair[0].width == pair[1].width) {
                column.into_iter().for_each(|panel| panel.margins = Margins { left, right, ..panel.margins });
            }
        }
    }

    /// Width and height of all plots together.
    fn size(&self) -> (u32, u32) {
        let sizes: Vec<_> = self.sizes().collect();
        let rows = sizes.chunks(self.columns).map(|row| {
            let widths = row.iter().map(|&(width, _)| width).sum::<u32>();
            (widths, row.iter().map(|&(_, height)| height).max().unwrap_or(0))
        });
        rows.fold((0, 0), |(width, height), row| (width.max(row.0), height + row.1))
    }

    /// Width and height of each plot.
    fn sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.charts.iter().map(|chart| chart.size.unwrap_or(self.default_size()))
    }

    /// The size of a plot that has not set its own.
    fn default_size(&self) -> (u32, u32) {
        match (self.charts.len(), self.columns) {
            (1, _) => ALONE,
            (_, 1) => (ALONE.0, 300),
            (_, columns) => ((ROW_WIDTH / columns as u32).max(LEAST_WIDTH), 340),
        }
    }
}

picture_methods!(Figure, "figure");
