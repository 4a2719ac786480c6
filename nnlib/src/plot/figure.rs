//! Several curve plots in one picture.

use super::curves::CurvePlot;
use super::drawing::Drawing;
use super::font::Font;
use super::inline::{self, Content};
use super::panel::{Margins, Panel};
use super::save;
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// Size of a plot that is alone, and width of a row of plots, in CSS pixels: what fits a notebook without being scaled.
const ALONE: (u32, u32) = (620, 380);
const ROW_WIDTH: u32 = 920;
const LEAST_WIDTH: u32 = 360;

/// Size of a figure, in square CSS pixels, up to which it takes less than 200 MB to draw as PNG.
const LARGEST_AREA: u64 = 4_000_000;

/// Plots in one picture, made by [`side_by_side`] or [`stack`].
#[derive(Clone, Debug)]
pub struct Figure {
    plots: Vec<CurvePlot>,
    arrangement: Arrangement,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Arrangement {
    SideBySide,
    Stacked,
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
    Figure::new("plot::side_by_side", plots, Arrangement::SideBySide)
}

/// Puts plots below each other; if they are equally wide, their axes are in line.
///
/// # Panics
///
/// If there are none, or they make more than four million pixels together.
#[track_caller]
pub fn stack(plots: &[&CurvePlot]) -> Figure {
    Figure::new("plot::stack", plots, Arrangement::Stacked)
}

impl Figure {
    #[track_caller]
    fn new(function: &str, plots: &[&CurvePlot], arrangement: Arrangement) -> Self {
        assert!(!plots.is_empty(), "{function}: got no plots, expected at least one");
        let figure = Figure { plots: plots.iter().map(|&plot| plot.clone()).collect(), arrangement };
        let (width, height) = figure.size();
        assert!(
            u64::from(width) * u64::from(height) <= LARGEST_AREA,
            "{function}: got plots that make {width} x {height} pixels together, expected at most {LARGEST_AREA}"
        );
        figure
    }

    /// A figure of one plot.
    pub(super) fn of(plot: &CurvePlot) -> Self {
        Figure { plots: vec![plot.clone()], arrangement: Arrangement::Stacked }
    }

    /// The figure as an SVG document: one line of text.
    pub fn to_svg(&self) -> String {
        self.drawing().to_svg()
    }

    /// The figure as a PNG file, with two pixels to a CSS pixel.
    pub fn to_png(&self) -> Vec<u8> {
        self.drawing().to_png(2)
    }

    /// Writes the figure to `path`, whose extension is `.svg` or `.png`. A file that is there is replaced, never
    /// half-written.
    ///
    /// # Errors
    ///
    /// If the extension is another, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save(path.as_ref(), || self.drawing())
    }

    /// Shows the figure below the cell, in a notebook.
    pub fn evcxr_display(&self) {
        show(&self.drawing());
    }

    pub(super) fn drawing(&self) -> Drawing {
        let font = Font::embedded();
        let mut panels: Vec<_> =
            self.plots.iter().zip(self.sizes()).map(|(plot, size)| Panel::new(plot, &font, size)).collect();
        self.align(&mut panels);

        let summaries: Vec<_> = self.plots.iter().map(CurvePlot::summary).collect();
        let (width, height) = self.size();
        let mut drawing = Drawing::new(width, height, &summaries.join(" "));
        let (mut right, mut down) = (0, 0);
        for panel in &panels {
            drawing.append(panel.draw(&font), f64::from(right), f64::from(down));
            match self.arrangement {
                Arrangement::SideBySide => right += panel.width,
                Arrangement::Stacked => down += panel.height,
            }
        }
        drawing
    }

    /// Gives plots of the same size margins of the same size, so that their axes are in line.
    fn align(&self, panels: &mut [Panel]) {
        let alike = match self.arrangement {
            Arrangement::SideBySide => panels.windows(2).all(|pair| pair[0].height == pair[1].height),
            Arrangement::Stacked => panels.windows(2).all(|pair| pair[0].width == pair[1].width),
        };
        let shared = panels.iter().map(|panel| panel.margins).fold(Margins::default(), Margins::max);
        for Panel { margins, .. } in panels.iter_mut().filter(|_| alike) {
            *margins = match self.arrangement {
                Arrangement::SideBySide => Margins { top: shared.top, bottom: shared.bottom, ..*margins },
                Arrangement::Stacked => Margins { left: shared.left, right: shared.right, ..*margins },
            };
        }
    }

    /// Width and height of all plots together.
    fn size(&self) -> (u32, u32) {
        self.sizes()
            .reduce(|(width, height), next| match self.arrangement {
                Arrangement::SideBySide => (width + next.0, height.max(next.1)),
                Arrangement::Stacked => (width.max(next.0), height + next.1),
            })
            .unwrap_or(ALONE)
    }

    /// Width and height of each plot.
    fn sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.plots.iter().map(|plot| plot.size.unwrap_or(self.default_size()))
    }

    /// The size of a plot that has not set its own.
    fn default_size(&self) -> (u32, u32) {
        match (self.arrangement, self.plots.len()) {
            (_, 1) => ALONE,
            (Arrangement::SideBySide, count) => ((ROW_WIDTH / count as u32).max(LEAST_WIDTH), 340),
            (Arrangement::Stacked, _) => (ALONE.0, 300),
        }
    }
}

/// Writes a drawing of curves to `path`.
pub(super) fn save(path: &Path, draw: impl FnOnce() -> Drawing) -> Result<()> {
    save::save(path, &["svg", "png"], |extension| match extension {
        "svg" => draw().to_svg().into_bytes(),
        _ => draw().to_png(2),
    })
}

/// Shows a drawing of curves below the cell: as SVG, which is crisp on every screen. The PNG beside it is for what
/// takes no SVG from strangers, such as pages of feedback and notebooks not yet trusted, and small, as every notebook
/// carries it along.
pub(super) fn show(drawing: &Drawing) {
    inline::show(&[
        Content { mime_type: "image/svg+xml", text: &drawing.to_svg() },
        Content { mime_type: "image/png", text: &STANDARD.encode(drawing.to_png(1)) },
        Content { mime_type: "text/plain", text: &drawing.description },
    ]);
}
