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
mod color_map;
mod curves;
mod drawing;
mod end_labels;
mod figure;
mod font;
mod grid_layout;
mod image_grid;
mod legend;
mod number;
mod panel;
mod panel_drawing;
mod png;
mod render;
mod save;
mod theme;
mod trace;

use crate::{inline, text};

pub use color_map::ColorMap;
pub use curves::CurvePlot;
pub use figure::{Figure, side_by_side, stack};
pub use image_grid::ImageGrid;
