//! Pictures of what was learned: cost and accuracy curves, weight templates, galleries, activations.
//!
//! | type | picture | shown in a notebook as | saved as |
//! |---|---|---|---|
//! | [`CurvePlot`] | curves, dots or several runs over iterations or epochs | SVG | `.svg`, `.png` |
//! | [`LivePlot`] | curves that grow while a cell runs | PNG, in the end SVG | by [`LivePlot::plot`] |
//! | [`TrainingCurves`] | the losses and accuracies of a training, by [`training_curves()`] | SVG | `.svg`, `.png` |
//! | [`Figure`] | several plots, [`side_by_side`] or in a [`stack`] | SVG | `.svg`, `.png` |
//! | [`BoxPlot`] | how groups of values scatter, such as the accuracies of several runs | SVG | `.svg`, `.png` |
//! | [`Histogram`], [`Histograms`] | how values are spread, by [`histogram()`] and [`histograms`] | SVG | `.svg`, `.png` |
//! | [`ImageGrid`] | grey and colour images, or weights as coloured squares, with titles | PNG | `.png` |
//!
//! Grids of a data set's images are made by [`samples_by_class`], [`right_predictions`] and [`wrong_predictions`].
//!
//! ```
//! use nnlib::plot::{self, LegendPosition};
//!
//! let (losses, train, val) = ([2.31, 1.92, 1.75, 1.66, 1.71, 1.58], [0.11, 0.38, 0.44], [0.10, 0.37, 0.41]);
//! let curves = plot::training_curves(&losses, &train, &val).threshold(0.5).legend(LegendPosition::LowerRight);
//! assert!(curves.to_svg().contains("Training loss"));
//! ```
//!
//! Make one as the last expression of a cell, and it is shown below the cell. Every picture is the same on every
//! machine: nothing is taken from the system, not even a font. (Text in an SVG is set by the viewer's own font, for
//! which there is room.)
//!
//! For other charts there is [`crate::plotters`]: its SVG backend needs no font either.

mod axis;
mod bins;
mod box_plot;
mod box_statistics;
mod chart;
mod color_map;
mod curves;
mod dots;
mod drawing;
mod end_labels;
mod figure;
mod font;
mod gallery;
mod grid_layout;
mod histogram;
mod image_grid;
mod image_sources;
mod legend;
mod live_plot;
mod marks;
mod number;
mod panel;
mod panel_drawing;
mod picture;
mod png;
mod render;
mod save;
mod theme;
mod trace;
mod training_curves;

use crate::{inline, text};

pub use box_plot::BoxPlot;
pub use box_statistics::BoxStatistics;
pub use chart::LegendPosition;
pub use color_map::ColorMap;
pub use curves::CurvePlot;
pub use figure::{Figure, side_by_side, stack};
pub use gallery::{right_predictions, samples_by_class, wrong_predictions};
pub use histogram::{Histogram, Histograms, histogram, histograms};
pub use image_grid::ImageGrid;
pub use live_plot::LivePlot;
pub use training_curves::{TrainingCurves, training_curves};
