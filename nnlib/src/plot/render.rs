//! Turns a [`Drawing`] into SVG or PNG, through plotters' two backends.
//!
//! plotters counts in whole pixels. To place curves and letters finer than that, everything is drawn [`UNITS`] times as
//! large: an SVG says so in its `viewBox`, and a PNG is averaged down, which also smooths its edges.

use super::drawing::{Anchor, Drawing, Point, Rect, Rgb, Shape, Text};
use super::font::{FAMILY, Font};
use super::png;
use super::text::escape_attribute;
use super::theme::PAPER;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontTransform};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind};
use std::convert::Infallible;

/// What a CSS pixel is divided into.
const UNITS: u32 = 4;

/// plotters places the top of a text this far above its baseline, in units of its size.
const TOP: f64 = 0.76;

/// plotters counts the size of a text larger than CSS by this factor.
const SIZE_FACTOR: f64 = 1.24;

type DrawResult<B> = Result<(), DrawingErrorKind<<B as DrawingBackend>::ErrorType>>;

impl Drawing {
    /// The picture as a one-line SVG document.
    pub(super) fn to_svg(&self) -> String {
        let is_dots = |shape: &Shape| matches!(shape, Shape::Dots { .. });
        let mut content = self.svg_elements(&[self.paper()]);
        for shapes in self.shapes.chunk_by(|a, b| !is_dots(a) && !is_dots(b)) {
            content += &match shapes {
                [Shape::Dots { points, diameter, color }] => dots_path(points, &Pen::new(*color, *diameter)),
                _ => self.svg_elements(shapes),
            };
        }
        let Drawing { width, height, .. } = *self;
        let ((units_x, units_y), label) = (self.size_in_units(), escape_attribute(&self.description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {units_x} {units_y}\" style=\"max-width:100%;height:auto\" stroke-linejoin=\"round\" \
             stroke-linecap=\"round\" role=\"img\" aria-label=\"{label}\">{content}</svg>"
        )
    }

    /// The SVG elements of `shapes`, on one line.
    ///
    /// plotters' own first tag is left out: it has neither round joints (noisy curves would be all spikes) nor a size
    /// other than its units. So are its line breaks: they would put a text on a line of its own, where a notebook could
    /// mistake it for the end of the content.
    fn svg_elements(&self, shapes: &[Shape]) -> String {
        let mut document = String::new();
        let mut backend = SVGBackend::with_string(&mut document, self.size_in_units());
        paint(shapes, &mut backend, |backend, path, pen| backend.draw_path(path.iter().copied(), pen))
            .expect("an SVG in memory takes every shape");
        drop(backend);
        let start = document.find('>').map_or(0, |end| end + 1);
        let end = document.rfind("</svg>").unwrap_or(document.len());
        document[start..end].replace('\n', "")
    }

    /// The picture as a PNG file with `density` pixels to a CSS pixel: 1, or 2 for screens of high density.
    pub(super) fn to_png(&self, density: u32) -> Vec<u8> {
        let (width, height) = self.size_in_units();
        let mut pixels = vec![0; 3 * width as usize * height as usize];
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        paint(&[self.paper()], &mut backend, stroke_segments)
            .and_then(|()| paint(&self.shapes, &mut backend, stroke_segments))
            .expect("a bitmap in memory takes every shape");
        drop(backend);
        let pixels = average(&pixels, width as usize, (UNITS / density) as usize);
        png::encode(&pixels, self.width * density, density, &self.colors())
    }

    /// What everything is drawn on.
    fn paper(&self) -> Shape {
        let area = Rect { left: 0.0, top: 0.0, right: f64::from(self.width), bottom: f64::from(self.height) };
        Shape::Fill { area, color: PAPER }
    }

    fn size_in_units(&self) -> (u32, u32) {
        (self.width * UNITS, self.height * UNITS)
    }
}

/// Draws every shape, lines by `stroke`.
fn paint<B: DrawingBackend>(
    shapes: &[Shape],
    backend: &mut B,
    stroke: fn(&mut B, &[BackendCoord], &Pen) -> DrawResult<B>,
) -> DrawResult<B> {
    let font = Font::embedded();
    for shape in shapes {
        match shape {
            Shape::Fill { area, color } => {
                let corners = (units(area.left, area.top), units(area.right, area.bottom));
                backend.draw_rect(corners.0, corners.1, &Pen::new(*color, 0.0), true)?;
            }
            Shape::Line { points, width, color } => {
                let mut path: Vec<_> = points.iter().map(|point| units(point.x, point.y)).collect();
                if let [point] = path[..] {
                    path.push(point);
                }
                stroke(backend, &path, &Pen::new(*color, *width))?;
            }
            Shape::Dots { points, diameter, color } => {
                let pen = Pen::new(*color, *diameter);
                let mut places = points.iter().map(|point| units(point.x, point.y));
                places.try_for_each(|place| backend.draw_circle(place, pen.width / 2, &pen, true))?;
            }
            Shape::Text(text) => {
                let Point { x, y } = text.at;
                let up = TOP * text.size;
                let place = if text.upward { units(x - up, y) } else { units(x, y - up) };
                backend.draw_text(&text.content, &Lettering { text, font: &font }, place)?;
            }
        }
    }
    backend.present()
}

/// All dots as one SVG element, a few bytes each: lines of no length, with round ends.
fn dots_path(points: &[Point], pen: &Pen) -> String {
    let mut data = String::new();
    let mut last = (0, 0);
    for point in points {
        let (x, y) = units(point.x, point.y);
        // Relative places are short; `M` begins the first, where there is nothing to be relative to.
        let command = if data.is_empty() { 'M' } else { 'm' };
        data += &format!("{command}{},{}h0", x - last.0, y - last.1);
        last = (x, y);
    }
    let (Pen { width, .. }, (red, green, blue)) = (pen, pen.color.rgb);
    format!("<path fill=\"none\" stroke=\"#{red:02X}{green:02X}{blue:02X}\" stroke-width=\"{width}\" d=\"{data}\"/>")
}

/// A place in plotters' whole pixels.
fn units(x: f64, y: f64) -> BackendCoord {
    ((x * f64::from(UNITS)).round() as i32, (y * f64::from(UNITS)).round() as i32)
}

/// Draws a path segment by segment with a disc at each point.
///
/// plotters' own wide path is a single polygon, which has holes wherever a noisy curve crosses itself.
fn stroke_segments<B: DrawingBackend>(backend: &mut B, path: &[BackendCoord], pen: &Pen) -> DrawResult<B> {
    for &point in path {
        backend.draw_circle(point, pen.width / 2, pen, true)?;
    }
    path.windows(2).filter(|ends| ends[0] != ends[1]).try_for_each(|ends| backend.draw_path(ends.iter().copied(), pen))
}

/// The mean colour of each square of `side` by `side` pixels.
fn average(pixels: &[u8], width: usize, side: usize) -> Vec<u8> {
    let count = (side * side) as u32;
    let mut averaged = Vec::with_capacity(pixels.len() / (side * side));
    let mut sums = vec![0_u32; 3 * (width / side)];
    for rows in pixels.chunks_exact(3 * width * side) {
        sums.fill(0);
        for row in rows.chunks_exact(3 * width) {
            for (sum, square) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * side)) {
                for pixel in square.chunks_exact(3) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, &channel)| *sum += u32::from(channel));
                }
            }
        }
        averaged.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    averaged
}

/// A colour, and the width of a line in units.
struct Pen {
    color: BackendColor,
    width: u32,
}

impl Pen {
    fn new([red, green, blue]: Rgb, width: f64) -> Self {
        Pen {
            color: BackendColor { alpha: 1.0, rgb: (red, green, blue) },
            width: (width * f64::from(UNITS)).round() as u32,
        }
    }
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// A text and the font to set it in.
struct Lettering<'a> {
    text: &'a Text,
    font: &'a Font,
}

impl Lettering<'_> {
    fn size_in_units(&self) -> f64 {
        self.text.size * f64::from(UNITS)
    }
}

impl BackendTextStyle for Lettering<'_> {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        Pen::new(self.text.color, 0.0).color
    }

    fn size(&self) -> f64 {
        self.size_in_units() * SIZE_FACTOR
    }

    fn transform(&self) -> FontTransform {
        if self.text.upward { FontTransform::Rotate270 } else { FontTransform::None }
    }

    fn anchor(&self) -> Pos {
        let across = match self.text.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        Pos::new(across, VPos::Top)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Infallible> {
        let size = self.size_in_units();
        Ok(((0, 0), (self.font.width(text, size).round() as i32, size.round() as i32)))
    }

    fn draw<E, D: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        (left, top): BackendCoord,
        mut draw: D,
    ) -> Result<Result<(), E>, Infallible> {
        let (size, color) = (self.size_in_units(), self.color());
        Ok(self.font.rasterize(text, size, TOP * size, |x, y, coverage| draw(left + x, top + y, color.mix(coverage))))
    }
}
