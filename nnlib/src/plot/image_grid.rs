//! Weight templates, digits and photographs: images in rows and columns.

use super::color_map::ColorMap;
use super::drawing::Rgb;
use super::grid_layout;
use super::inline::{self, Content};
use super::save;
use super::text::escape_attribute;
use crate::error::Result;
use crate::notebook::Output;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::Array2;
use std::path::Path;

/// Pixels of all images together, once enlarged, up to which a picture takes a few hundred megabytes to draw.
pub(super) const MOST_PIXELS: usize = 4_000_000;

/// Images in rows and columns, each pixel enlarged to a square, with titles and a colour bar.
///
/// A colour map gives colours to numbers; images that have colours of their own keep them.
///
/// Make one as the last expression of a cell to see it.
///
/// ```
/// use nnlib::ndarray::Array2;
/// use nnlib::plot::ImageGrid;
///
/// let weights = Array2::from_shape_fn((784, 10), |(pixel, class)| pixel as f64 / 784.0 - class as f64 / 10.0);
/// let names: Vec<String> = (0..10).map(|class| format!("class {class}")).collect();
/// let grid = ImageGrid::templates(&weights, 28, 28).columns(5).titles(&names).title("What each class looks for");
/// assert!(grid.to_png().starts_with(b"\x89PNG"));
/// ```
#[derive(Clone, Debug)]
pub struct ImageGrid {
    pub(super) images: Images,
    /// The place of each image, counted row by row; there may be gaps.
    pub(super) cells: Vec<usize>,
    pub(super) title: String,
    pub(super) titles: Vec<String>,
    pub(super) column_titles: Vec<String>,
    pub(super) columns: Option<usize>,
    pub(super) enlargement: Option<u32>,
    pub(super) color_map: ColorMap,
    pub(super) scaling: Scaling,
    pub(super) color_bar: Option<bool>,
}

/// Images of one size, at least one.
#[derive(Clone, Debug)]
pub(super) enum Images {
    /// Numbers, which a colour map gives colours.
    Values(Vec<Array2<f64>>),
    Colors(Vec<Array2<Rgb>>),
}

impl Images {
    pub(super) fn len(&self) -> usize {
        match self {
            Images::Values(images) => images.len(),
            Images::Colors(images) => images.len(),
        }
    }

    /// Height and width of each image.
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            Images::Values(images) => images[0].dim(),
            Images::Colors(images) => images[0].dim(),
        }
    }
}

/// Which values the ends of the colour map stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scaling {
    /// The least and the greatest value of all images.
    Shared,
    /// Those of each image.
    EachImage,
    /// These.
    Fixed(f64, f64),
}

impl ImageGrid {
    /// Sets a title over the whole grid; a line break in it begins a new line.
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// Sets a title over each image, such as its class; a line break in it begins a new line.
    ///
    /// # Panics
    ///
    /// If there are not as many as images.
    #[track_caller]
    pub fn titles<S: AsRef<str>>(mut self, titles: &[S]) -> Self {
        let (got, expected) = (titles.len(), self.images.len());
        assert!(got == expected, "ImageGrid::titles: got {got} titles, expected {expected}, one for each image");
        self.titles = titles.iter().map(|title| title.as_ref().to_owned()).collect();
        self
    }

    /// Sets a title over each column, and with it how many images are in a row.
    ///
    /// # Panics
    ///
    /// If there are no titles, or not as many as were set before.
    #[track_caller]
    pub fn column_titles<S: AsRef<str>>(self, titles: &[S]) -> Self {
        assert!(!titles.is_empty(), "ImageGrid::column_titles: got no titles, expected one for each column");
        let mut grid = self.columns(titles.len());
        grid.column_titles = titles.iter().map(|title| title.as_ref().to_owned()).collect();
        grid
    }

    /// Sets how many images are in a row.
    ///
    /// # Panics
    ///
    /// If it is 0, or not as many as the titles that [`ImageGrid::column_titles`] set.
    #[track_caller]
    pub fn columns(mut self, columns: usize) -> Self {
        assert!(columns > 0, "ImageGrid::columns: got 0, expected at least 1");
        let titled = self.column_titles.len();
        assert!(
            titled == 0 || titled == columns,
            "ImageGrid::columns: got {columns}, expected {titled}, one for each of the titles of columns"
        );
        self.columns = Some(columns);
        self
    }

    /// Sets the side in CSS pixels of the square that each pixel becomes; by default what makes the grid fill a
    /// notebook's width.
    ///
    /// # Panics
    ///
    /// If it is not 1 to 32, or makes the images larger than four million pixels in all.
    #[track_caller]
    pub fn enlarge(mut self, factor: u32) -> Self {
        assert!((1..=32).contains(&factor), "ImageGrid::enlarge: got {factor}, expected 1 to 32");
        let pixels = self.pixel_count() * (factor * factor) as usize;
        assert!(
            pixels <= MOST_PIXELS,
            "ImageGrid::enlarge: got {factor}, which makes {pixels} pixels, expected at most {MOST_PIXELS}"
        );
        self.enlargement = Some(factor);
        self
    }

    /// How many pixels all images have together, before they are enlarged.
    pub(super) fn pixel_count(&self) -> usize {
        let (height, width) = self.images.size();
        self.images.len() * height * width
    }

    /// Sets the colours of numbers.
    pub fn color_map(mut self, color_map: ColorMap) -> Self {
        self.color_map = color_map;
        self
    }

    /// Sets the values that the ends of the colour map stand for, in place of the least and greatest of all images.
    ///
    /// [`ColorMap::Diverging`] is symmetric: it takes the one of the two that is farther from 0, with both signs.
    ///
    /// # Panics
    ///
    /// If the two are not finite numbers in ascending order.
    #[track_caller]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        assert!(
            low < high && (high - low).is_finite(),
            "ImageGrid::range: got {low} to {high}, expected two finite numbers in ascending order"
        );
        self.scaling = Scaling::Fixed(low, high);
        self
    }

    /// Gives each image a scale of its own, from its least to its greatest value.
    pub fn scale_each_image(mut self) -> Self {
        self.scaling = Scaling::EachImage;
        self
    }

    /// Whether a bar tells which colour stands for which value; by default, it does for [`ColorMap::Diverging`]. Images
    /// that have each their own scale, or colours of their own, never have one.
    pub fn color_bar(mut self, show: bool) -> Self {
        self.color_bar = Some(show);
        self
    }

    /// The grid as a PNG file, with two pixels to a CSS pixel.
    pub fn to_png(&self) -> Vec<u8> {
        grid_layout::draw(self).to_png(2)
    }

    /// Writes the grid to `path`, whose extension is `.png`. A file that is there is replaced, never half-written.
    ///
    /// # Errors
    ///
    /// If the extension is another, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save::save(path.as_ref(), &["png"], |_| self.to_png())
    }

    /// Shows the grid below the cell, in a notebook.
    ///
    /// A PNG alone would be shown at the size of its pixels: twice too large if it is to be crisp on screens of high
    /// density, as a cell cannot send the metadata that says otherwise. HTML can say it, and front ends prefer HTML.
    /// The PNG beside it, for all else (export to PDF, pages of feedback), has one pixel to a CSS pixel, so that it is
    /// right without being told. Ten templates of 28 x 28 take about 50 KB in a notebook, both together.
    pub fn evcxr_display(&self) {
        let Forms { html, png, text } = self.forms();
        inline::show(&[
            Content { mime_type: "text/html", text: &html },
            Content { mime_type: "image/png", text: &STANDARD.encode(png) },
            Content { mime_type: "text/plain", text: &text },
        ]);
    }

    fn forms(&self) -> Forms {
        let drawing = grid_layout::draw(self);
        let (fine, png) = (STANDARD.encode(drawing.to_png(2)), drawing.to_png(1));
        let (width, height, description) = (drawing.width, drawing.height, escape_attribute(&drawing.description));
        let html = format!(
            "<img src=\"data:image/png;base64,{fine}\" width=\"{width}\" height=\"{height}\" alt=\"{description}\">"
        );
        Forms { html, png, text: drawing.description }
    }

    /// The grid in a line: `[image grid: Templates; 10 images of 28 x 28]`.
    pub(super) fn summary(&self) -> String {
        let (height, width) = self.images.size();
        let titles = [&self.column_titles[..], &self.titles[..]].concat().join(", ");
        let titles = if titles.is_empty() { titles } else { format!(": {titles}") };
        format!("[image grid: {}; {} images of {height} x {width}{titles}]", self.title, self.images.len())
    }
}

/// A grid in all the forms in which it is shown.
struct Forms {
    html: String,
    png: Vec<u8>,
    text: String,
}

/// The grid, for a [`Display`](crate::notebook::Display).
impl From<&ImageGrid> for Output {
    fn from(grid: &ImageGrid) -> Self {
        let Forms { html, png, text } = grid.forms();
        Output::text(text).html(html).png(&png)
    }
}
