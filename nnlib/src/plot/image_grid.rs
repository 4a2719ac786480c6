//! Weight templates and digits: images in rows and columns.

use super::color_map::ColorMap;
use super::grid_layout;
use super::inline::{self, Content};
use super::save;
use super::text::escape_attribute;
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::{Array2, ArrayView1, ArrayView2};
use std::path::Path;

/// More images than anyone looks at; beyond it, a whole data set was passed by mistake.
const MOST_IMAGES: usize = 1000;

/// Pixels of all images together, once enlarged, up to which a picture takes a few hundred megabytes to draw.
pub(super) const MOST_PIXELS: usize = 4_000_000;

/// Images in rows and columns, each pixel enlarged to a square, with titles and a colour bar.
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
    pub(super) images: Vec<Array2<f64>>,
    pub(super) title: String,
    pub(super) titles: Vec<String>,
    pub(super) columns: Option<usize>,
    pub(super) enlargement: Option<u32>,
    pub(super) color_map: ColorMap,
    pub(super) scaling: Scaling,
    pub(super) color_bar: Option<bool>,
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
    /// A grid of grey images, each (H, W).
    ///
    /// # Panics
    ///
    /// If there are none, more than 1000, more than four million pixels in all, or if their shapes differ.
    #[track_caller]
    pub fn new(images: &[Array2<f64>]) -> Self {
        ImageGrid::checked("ImageGrid::new", images.len(), || images.to_vec())
    }

    /// A grid of grey images that are the rows of a matrix (N, H * W), as a batch of inputs has them.
    ///
    /// # Panics
    ///
    /// If there are no rows, more than 1000, or they do not hold `height * width` values each.
    #[track_caller]
    pub fn from_rows(rows: ArrayView2<f64>, height: usize, width: usize) -> Self {
        ImageGrid::from_lines("ImageGrid::from_rows", rows, height, width)
    }

    /// A grid of grey images of 0 to 255 that are the rows of a matrix (N, H * W), as data sets have them; 0 is black
    /// and 255 white.
    ///
    /// # Panics
    ///
    /// If there are no rows, more than 1000, or they do not hold `height * width` values each.
    #[track_caller]
    pub fn from_u8(rows: ArrayView2<u8>, height: usize, width: usize) -> Self {
        expect_count("ImageGrid::from_u8", rows.nrows());
        ImageGrid::from_lines("ImageGrid::from_u8", rows.mapv(f64::from).view(), height, width).range(0.0, 255.0)
    }

    /// A grid of the columns of a weight matrix (H * W, M), one for each output: what the output looks for in an image.
    ///
    /// The map is [`ColorMap::Diverging`], so that the sign can be seen, and the scale is the same for all.
    ///
    /// # Panics
    ///
    /// If there are no columns, more than 1000, or they do not hold `height * width` values each.
    #[track_caller]
    pub fn templates(weights: &Array2<f64>, height: usize, width: usize) -> Self {
        ImageGrid::from_lines("ImageGrid::templates", weights.t(), height, width).color_map(ColorMap::Diverging)
    }

    #[track_caller]
    fn from_lines(function: &str, lines: ArrayView2<f64>, height: usize, width: usize) -> Self {
        assert!(
            lines.ncols() == height * width,
            "{function}: got images of {} values, expected {height} * {width} = {}",
            lines.ncols(),
            height * width
        );
        let image =
            |line: ArrayView1<f64>| Array2::from_shape_fn((height, width), |(row, column)| line[row * width + column]);
        ImageGrid::checked(function, lines.nrows(), || lines.outer_iter().map(image).collect())
    }

    #[track_caller]
    fn checked(function: &str, count: usize, images: impl FnOnce() -> Vec<Array2<f64>>) -> Self {
        expect_count(function, count);
        let images = images();
        let shape = images[0].dim();
        for (index, image) in images.iter().enumerate() {
            let got = image.dim();
            assert!(got == shape, "{function}: image {index} has shape {got:?}, expected {shape:?} (that of image 0)");
        }
        let (height, width) = shape;
        let pixels = count * height * width;
        assert!(
            (1..=MOST_PIXELS).contains(&pixels),
            "{function}: got {count} images of {height} x {width} pixels, expected 1 to {MOST_PIXELS} pixels in all"
        );
        ImageGrid {
            images,
            title: String::new(),
            titles: Vec::new(),
            columns: None,
            enlargement: None,
            color_map: ColorMap::Grey,
            scaling: Scaling::Shared,
            color_bar: None,
        }
    }

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

    /// Sets how many images are in a row.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn columns(mut self, columns: usize) -> Self {
        assert!(columns > 0, "ImageGrid::columns: got 0, expected at least 1");
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
        self.images.iter().map(Array2::len).sum()
    }

    /// Sets the colours.
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
    /// that have each their own scale never have one.
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
        let drawing = grid_layout::draw(self);
        let (fine, coarse) = (STANDARD.encode(drawing.to_png(2)), STANDARD.encode(drawing.to_png(1)));
        let (width, height, description) = (drawing.width, drawing.height, escape_attribute(&drawing.description));
        let html = format!(
            "<img src=\"data:image/png;base64,{fine}\" width=\"{width}\" height=\"{height}\" alt=\"{description}\">"
        );
        inline::show(&[
            Content { mime_type: "text/html", text: &html },
            Content { mime_type: "image/png", text: &coarse },
            Content { mime_type: "text/plain", text: &drawing.description },
        ]);
    }

    /// The grid in a line: `[image grid: Templates; 10 images of 28 x 28]`.
    pub(super) fn summary(&self) -> String {
        let (height, width) = self.images[0].dim();
        let titles = if self.titles.is_empty() { String::new() } else { format!(": {}", self.titles.join(", ")) };
        format!("[image grid: {}; {} images of {height} x {width}{titles}]", self.title, self.images.len())
    }
}

#[track_caller]
fn expect_count(function: &str, count: usize) {
    assert!(
        (1..=MOST_IMAGES).contains(&count),
        "{function}: got {count} images, expected 1 to {MOST_IMAGES} (take a part, as in `images.slice(s![..70, ..])`)"
    );
}
