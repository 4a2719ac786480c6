//! Pictures of what was learned: cost and accuracy curves, weight templates, digits.
//!
//! | type | picture | shown in a notebook as | saved as |
//! |---|---|---|---|
//! | [`CurvePlot`] | curves over iterations or epochs | SVG | `.svg`, `.png` |
//! | [`Figure`] | several of them, [`side_by_side`] or in a [`stack`] | SVG | `.svg`, `.png` |
//! | [`ImageGrid`] | grey images or weights as coloured squares, with titles | PNG | `.png` |
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
mod inline;
mod legend;
mod marks;
mod number;
mod panel;
mod panel_drawing;
mod picture;
mod png;
mod render;
mod save;
mod text;
mod theme;
mod trace;
mod training_curves;

pub use box_plot::BoxPlot;
pub use box_statistics::BoxStatistics;
pub use chart::LegendPosition;
pub use color_map::ColorMap;
pub use curves::CurvePlot;
pub use figure::{Figure, side_by_side, stack};
pub use gallery::{right_predictions, samples_by_class, wrong_predictions};
pub use histogram::{Histogram, Histograms, histogram, histograms};
pub use image_grid::ImageGrid;
pub use training_curves::{TrainingCurves, training_curves};
