//! Lays out and draws an image grid.

use super::color_map::ColorMap;
use super::drawing::{Anchor, Drawing, Point, Rect, Rgb};
use super::font::Font;
use super::image_grid::{ImageGrid, Images, MOST_PIXELS, Scaling};
use super::number::significant;
use super::theme::{BORDER, FAINT_INK, HALF_CAPITAL, INK, LABEL_SIZE, TICK_SIZE, TITLE_LINE, TITLE_SIZE};
use ndarray::Array2;

/// Width that the images are enlarged to fill, and the largest that a small image becomes.
const WIDTH: usize = 650;
const LARGEST_IMAGE: usize = 128;
/// Around the picture, and between the images.
const MARGIN: f64 = 10.0;
const GAP: f64 = 10.0;
/// A line of an image's title, and the widest that a title makes its column.
const TITLE_ROW: f64 = 17.0;
const WIDEST_TITLE: f64 = 150.0;
const BAR_WIDTH: f64 = 14.0;
const TALLEST_BAR: f64 = 240.0;
/// Rectangles that a colour bar is made of; odd, so that one is the centre.
const BAR_STEPS: u32 = 81;

/// Values that the ends of a colour map stand for.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// The range of `images`, symmetric if the colours are.
    fn of(images: &[Array2<f64>], color_map: ColorMap) -> Self {
        let finite = images.iter().flatten().copied().filter(|value| value.is_finite());
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let range = if low > high { Range { low: 0.0, high: 0.0 } } else { Range { low, high } };
        range.suited_to(color_map)
    }

    fn suited_to(self, color_map: ColorMap) -> Self {
        match color_map {
            ColorMap::Grey => self,
            ColorMap::Diverging => {
                let bound = self.low.abs().max(self.high.abs());
                // All is 0: any scale shows it.
                let bound = if bound == 0.0 { 1.0 } else { bound };
                Range { low: -bound, high: bound }
            }
        }
    }

    /// Where `value` lies: 0 at the low end, 1 at the high end. Values that are all the same are at the low end.
    fn position(&self, value: f64) -> f64 {
        if self.low == self.high && !value.is_nan() {
            return 0.0;
        }
        // Halves, as the difference of two large numbers can overflow.
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }

    /// The numbers beside a colour bar, each with its position: both ends and the middle.
    fn numbers(self) -> Vec<(f64, String)> {
        let middle = self.low / 2.0 + self.high / 2.0;
        [(0.0, self.low), (0.5, middle), (1.0, self.high)]
            .map(|(position, value)| (position, significant(value, 3)))
            .into()
    }
}

/// Draws `grid`.
pub(super) fn draw(grid: &ImageGrid) -> Drawing {
    let font = Font::embedded();
    let shared = match (&grid.images, grid.scaling) {
        (Images::Values(images), Scaling::Shared) => Some(Range::of(images, grid.color_map)),
        (Images::Values(_), Scaling::Fixed(low, high)) => Some(Range { low, high }.suited_to(grid.color_map)),
        (Images::Values(_), Scaling::EachImage) | (Images::Colors(_), _) => None,
    };
    let bar = shared.filter(|_| grid.color_bar.unwrap_or(grid.color_map == ColorMap::Diverging));
    let layout = Layout::new(grid, bar, &font);
    let mut drawing = Drawing::new(layout.width, layout.height, &grid.summary());

    for (row, line) in layout.title.iter().enumerate() {
        let at = Point { x: f64::from(layout.width) / 2.0, y: MARGIN + TITLE_SIZE + row as f64 * TITLE_LINE };
        drawing.text(line, at, Anchor::Middle, TITLE_SIZE, INK);
    }
    for (column, title) in grid.column_titles.iter().enumerate() {
        let top = layout.corner.y - layout.column_titles_height;
        let cell = Rect { top, ..layout.cell(column) };
        draw_title(&mut drawing, title, &cell, layout.column_titles_height, &font);
    }
    for (index, &cell) in grid.cells.iter().enumerate() {
        let cell = layout.cell(cell);
        if let Some(title) = grid.titles.get(index) {
            draw_title(&mut drawing, title, &cell, layout.titles_height, &font);
        }
        draw_image(&mut drawing, &colors(grid, index, shared), layout.image_area(&cell));
    }
    if let Some(range) = bar {
        draw_bar(&mut drawing, range, grid.color_map, &layout);
    }
    drawing
}

/// Sizes, in whole CSS pixels: only so are all squares of an image equal.
struct Layout {
    width: u32,
    height: u32,
    title: Vec<String>,
    columns: usize,
    /// Upper left corner of the first cell, and lower end of the last.
    corner: Point,
    bottom: f64,
    image_width: f64,
    image_height: f64,
    cell_width: f64,
    titles_height: f64,
    column_titles_height: f64,
    bar_left: f64,
}

impl Layout {
    fn new(grid: &ImageGrid, bar: Option<Range>, font: &Font) -> Self {
        let count = grid.cells.iter().max().map_or(1, |last| last + 1);
        let columns = grid.columns.unwrap_or_else(|| (2.0 * count as f64).sqrt().ceil() as usize);
        let columns = columns.min(count).max(grid.column_titles.len());
        let rows = count.div_ceil(columns);
        let (pixel_rows, pixel_columns) = grid.images.size();
        let factor = grid.enlargement.map_or_else(|| default_enlargement(grid, columns), f64::from);
        let (image_width, image_height) = (pixel_columns as f64 * factor, pixel_rows as f64 * factor);

        let titles = grid.titles.iter().chain(&grid.column_titles).flat_map(|title| title.lines());
        let cell_width = font.widest(titles, LABEL_SIZE).min(WIDEST_TITLE).max(image_width).ceil();
        let titles_height = height_of(&grid.titles);
        let column_titles_height = height_of(&grid.column_titles);
        let across = columns as f64 * (cell_width + GAP) - GAP;
        let down = rows as f64 * (titles_height + image_height + GAP) - GAP;

        let numbers = bar.map(Range::numbers).unwrap_or_default();
        let numbers_width = font.widest(numbers.iter().map(|(_, text)| text.as_str()), TICK_SIZE).ceil();
        let bar_width = if bar.is_some() { 2.0 * GAP + BAR_WIDTH + GAP + numbers_width } else { 0.0 };
        let title_width = font.widest(grid.title.lines(), TITLE_SIZE).min(WIDTH as f64);
        let width = 2.0 * MARGIN + (across + bar_width).max(title_width).ceil();
        let title = font.wrap(&grid.title, TITLE_SIZE, width - 2.0 * MARGIN);
        let top = MARGIN + title.len() as f64 * TITLE_LINE + if title.is_empty() { 0.0 } else { GAP / 2.0 };
        let top = top + column_titles_height;
        let left = ((width - across - bar_width) / 2.0).floor();
        Layout {
            width: width as u32,
            height: (top + down + MARGIN) as u32,
            title,
            columns,
            corner: Point { x: left, y: top },
            bottom: top + down,
            image_width,
            image_height,
            cell_width,
            titles_height,
            column_titles_height,
            bar_left: left + across + 2.0 * GAP,
        }
    }

    /// The place of image `index` with its title.
    fn cell(&self, index: usize) -> Rect {
        let (row, column) = ((index / self.columns) as f64, (index % self.columns) as f64);
        let height = self.titles_height + self.image_height;
        let left = self.corner.x + column * (self.cell_width + GAP);
        let top = self.corner.y + row * (height + GAP);
        Rect { left, top, right: left + self.cell_width, bottom: top + height }
    }

    /// The place of the image in `cell`.
    fn image_area(&self, cell: &Rect) -> Rect {
        let left = cell.left + ((self.cell_width - self.image_width) / 2.0).floor();
        Rect { left, top: cell.top + self.titles_height, right: left + self.image_width, bottom: cell.bottom }
    }
}

/// The largest whole factor at which the grid is not too wide or too large, and an image not needlessly large.
fn default_enlargement(grid: &ImageGrid, columns: usize) -> f64 {
    let (rows_of_pixels, columns_of_pixels) = grid.images.size();
    let by_width = WIDTH / (columns * columns_of_pixels);
    let by_size = LARGEST_IMAGE / rows_of_pixels.max(columns_of_pixels);
    let by_area = (MOST_PIXELS / grid.pixel_count()).isqrt();
    by_width.min(by_size).min(by_area).max(1) as f64
}

/// Height of a row of titles.
fn height_of(titles: &[String]) -> f64 {
    titles.iter().map(|title| title.lines().count()).max().unwrap_or(0) as f64 * TITLE_ROW
}

/// Writes the lines of a title within the uppermost `height` of `cell`, the last one at its lower end.
fn draw_title(drawing: &mut Drawing, title: &str, cell: &Rect, height: f64, font: &Font) {
    for (from_last, line) in title.lines().rev().enumerate() {
        let line = font.fit(line, LABEL_SIZE, cell.width() + GAP / 2.0);
        let at = Point { x: cell.center().x, y: cell.top + height - 5.0 - from_last as f64 * TITLE_ROW };
        drawing.text(&line, at, Anchor::Middle, LABEL_SIZE, INK);
    }
}

/// The colours of an image, by a range of its own where none is `shared`.
fn colors(grid: &ImageGrid, index: usize, shared: Option<Range>) -> Array2<Rgb> {
    match &grid.images {
        Images::Colors(images) => images[index].clone(),
        Images::Values(images) => {
            let range = shared.unwrap_or_else(|| Range::of(&images[index..=index], grid.color_map));
            images[index].mapv(|value| grid.color_map.color(range.position(value)))
        }
    }
}

/// Draws each pixel as a square, and a border around them all.
fn draw_image(drawing: &mut Drawing, image: &Array2<Rgb>, area: Rect) {
    drawing.fill(area.grown(1.0), BORDER);
    let side = area.width() / image.ncols() as f64;
    for ((row, column), &color) in image.indexed_iter() {
        let (left, top) = (area.left + column as f64 * side, area.top + row as f64 * side);
        drawing.fill(Rect { left, top, right: left + side, bottom: top + side }, color);
    }
}

/// Draws the colours from the high end down to the low end, with the values of both ends and the middle.
fn draw_bar(drawing: &mut Drawing, range: Range, color_map: ColorMap, layout: &Layout) {
    let top = layout.cell(0).top + layout.titles_height;
    let bottom = layout.bottom.min(top + TALLEST_BAR);
    let bar = Rect { left: layout.bar_left, top, right: layout.bar_left + BAR_WIDTH, bottom };
    drawing.fill(bar.grown(1.0), BORDER);
    let step = bar.height() / f64::from(BAR_STEPS);
    for index in 0..BAR_STEPS {
        let top = bar.top + f64::from(index) * step;
        let position = 1.0 - f64::from(index) / f64::from(BAR_STEPS - 1);
        drawing.fill(Rect { top, bottom: top + step, ..bar }, color_map.color(position));
    }
    for (position, number) in range.numbers() {
        let y = bar.bottom - position * bar.height();
        drawing.fill(Rect { left: bar.right + 1.0, top: y - 0.5, right: bar.right + 5.0, bottom: y + 0.5 }, BORDER);
        let at = Point { x: bar.right + GAP, y: y + HALF_CAPITAL * TICK_SIZE };
        drawing.text(&number, at, Anchor::Start, TICK_SIZE, FAINT_INK);
    }
}
