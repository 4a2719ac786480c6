//! What an image grid shows: numbers, bytes, colours, weights, or a data set.

use super::color_map::{ColorMap, NOT_A_NUMBER};
use super::drawing::Rgb;
use super::image_grid::{ImageGrid, Images, MOST_PIXELS, Scaling};
use crate::array::shape_text;
use crate::data::ImageSet;
use ndarray::{Array, Array2, ArrayView1, ArrayView2, Dimension, Ix2};

/// More images than anyone looks at; beyond it, a whole data set was passed by mistake.
const MOST_IMAGES: usize = 1000;

/// Values of a pixel in colour.
const CHANNELS: usize = 3;

impl ImageGrid {
    /// A grid of grey images, each (H, W).
    ///
    /// # Panics
    ///
    /// If there are none, more than 1000, more than four million pixels in all, or if their shapes differ.
    #[track_caller]
    pub fn new(images: &[Array2<f64>]) -> Self {
        expect_count("ImageGrid::new", images.len());
        let shape = images[0].dim();
        for (index, image) in images.iter().enumerate() {
            let got = image.dim();
            assert!(
                got == shape,
                "ImageGrid::new: image {index} has shape {got:?}, expected {shape:?} (that of image 0)"
            );
        }
        expect_pixels("ImageGrid::new", images.len(), shape);
        ImageGrid::of(Images::Values(images.to_vec()))
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

    /// A grid of colour images of 0 to 255 that are the rows of a matrix (N, 3 * H * W), as data sets have them: in each
    /// row all red values, then the green, then the blue ones.
    ///
    /// ```
    /// use nnlib::ndarray::array;
    /// use nnlib::plot::ImageGrid;
    ///
    /// // A red pixel and a white one.
    /// let rows = array![[255, 255, 0, 255, 0, 255]];
    /// assert!(ImageGrid::from_rgb(rows.view(), 1, 2).to_png().starts_with(b"\x89PNG"));
    /// ```
    ///
    /// # Panics
    ///
    /// If there are no rows, more than 1000, or they do not hold `3 * height * width` values each.
    #[track_caller]
    pub fn from_rgb(rows: ArrayView2<u8>, height: usize, width: usize) -> Self {
        ImageGrid::from_planes("ImageGrid::from_rgb", rows.nrows(), rows.ncols(), height, width, |index| {
            let row = rows.row(index);
            rgb_image(height, width, |place| row[place])
        })
    }

    /// A grid of all images of a set, grey or in colour.
    ///
    /// # Panics
    ///
    /// If it is empty, or has more than 1000 images.
    #[track_caller]
    pub fn from_set(set: &ImageSet) -> Self {
        expect_count("ImageGrid::from_set", set.len());
        match set.channels() {
            1 => ImageGrid::from_u8(set.pixels().view(), set.height(), set.width()),
            _ => ImageGrid::from_rgb(set.pixels().view(), set.height(), set.width()),
        }
    }

    /// A grid of the columns of a weight matrix (H * W, M), one for each output: what the output looks for in an image.
    ///
    /// The map is [`ColorMap::Diverging`], so that the sign can be seen, and the scale is the same for all.
    ///
    /// # Panics
    ///
    /// If it is not a matrix, has no columns or more than 1000, or they do not hold `height * width` values each.
    #[track_caller]
    pub fn templates<D: Dimension>(weights: &Array<f64, D>, height: usize, width: usize) -> Self {
        let weights = matrix("ImageGrid::templates", weights);
        ImageGrid::from_lines("ImageGrid::templates", weights.t(), height, width).color_map(ColorMap::Diverging)
    }

    /// A grid of the columns of a weight matrix (3 * H * W, M) for colour images, one for each output.
    ///
    /// Each is shown as an image, with its least value as 0 and its greatest as 255: `255 * (w - min) / (max - min)`, all
    /// three colours alike.
    ///
    /// # Panics
    ///
    /// If it is not a matrix, has no columns or more than 1000, or they do not hold `3 * height * width` values each.
    #[track_caller]
    pub fn color_templates<D: Dimension>(weights: &Array<f64, D>, height: usize, width: usize) -> Self {
        let function = "ImageGrid::color_templates";
        let weights = matrix(function, weights);
        ImageGrid::from_planes(function, weights.ncols(), weights.nrows(), height, width, |index| {
            template_image(weights.column(index), height, width)
        })
    }

    #[track_caller]
    fn from_lines(function: &str, lines: ArrayView2<f64>, height: usize, width: usize) -> Self {
        assert!(
            lines.ncols() == height * width,
            "{function}: got images of {} values, expected {height} * {width} = {}",
            lines.ncols(),
            height * width
        );
        expect_count(function, lines.nrows());
        expect_pixels(function, lines.nrows(), (height, width));
        let image =
            |line: ArrayView1<f64>| Array2::from_shape_fn((height, width), |(row, column)| line[row * width + column]);
        ImageGrid::of(Images::Values(lines.outer_iter().map(image).collect()))
    }

    #[track_caller]
    fn from_planes(
        function: &str,
        count: usize,
        values: usize,
        height: usize,
        width: usize,
        image: impl Fn(usize) -> Array2<Rgb>,
    ) -> Self {
        let expected = CHANNELS * height * width;
        assert!(
            values == expected,
            "{function}: got images of {values} values, expected {CHANNELS} * {height} * {width} = {expected}"
        );
        expect_count(function, count);
        expect_pixels(function, count, (height, width));
        ImageGrid::of(Images::Colors((0..count).map(image).collect()))
    }

    fn of(images: Images) -> Self {
        ImageGrid {
            cells: (0..images.len()).collect(),
            images,
            title: String::new(),
            titles: Vec::new(),
            column_titles: Vec::new(),
            columns: None,
            enlargement: None,
            color_map: ColorMap::Grey,
            scaling: Scaling::Shared,
            color_bar: None,
        }
    }
}

/// The image whose values, plane by plane, are `value(0)`, `value(1)`, ...
fn rgb_image(height: usize, width: usize, value: impl Fn(usize) -> u8) -> Array2<Rgb> {
    let plane = height * width;
    Array2::from_shape_fn((height, width), |(row, column)| {
        std::array::from_fn(|channel| value(channel * plane + row * width + column))
    })
}

/// Weights as an image, its least value black and its greatest white. Weights that are all the same are black.
fn template_image(weights: ArrayView1<f64>, height: usize, width: usize) -> Array2<Rgb> {
    let finite = || weights.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    // Halves, as the difference of two large numbers can overflow.
    let byte = |weight: f64| match low < high {
        true => (255.0 * ((weight / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0))).clamp(0.0, 255.0).round() as u8,
        false => 0,
    };
    let mut image = rgb_image(height, width, |place| byte(weights[place]));
    for (place, _) in weights.iter().enumerate().filter(|(_, weight)| weight.is_nan()) {
        let pixel = place % (height * width);
        image[[pixel / width, pixel % width]] = NOT_A_NUMBER;
    }
    image
}

#[track_caller]
fn matrix<'a, D: Dimension>(function: &str, weights: &'a Array<f64, D>) -> ArrayView2<'a, f64> {
    let shape = shape_text(weights.shape());
    let matrix = weights.view().into_dimensionality::<Ix2>();
    matrix.unwrap_or_else(|_| panic!("{function}: `weights` has shape {shape}, expected a matrix, a column an output"))
}

#[track_caller]
fn expect_count(function: &str, count: usize) {
    assert!(
        (1..=MOST_IMAGES).contains(&count),
        "{function}: got {count} images, expected 1 to {MOST_IMAGES} (take a part, as in `images.slice(s![..70, ..])`)"
    );
}

#[track_caller]
fn expect_pixels(function: &str, count: usize, (height, width): (usize, usize)) {
    let pixels = count * height * width;
    assert!(
        (1..=MOST_PIXELS).contains(&pixels),
        "{function}: got {count} images of {height} x {width} pixels, expected 1 to {MOST_PIXELS} pixels in all"
    );
}
