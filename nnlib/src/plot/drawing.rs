//! A picture as a list of shapes, in CSS pixels from the upper left corner; `render` turns it into SVG or PNG.

use super::text::one_line;
use std::collections::HashSet;

/// A colour: red, green, blue.
pub(super) type Rgb = [u8; 3];

/// A place in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
}

/// An area of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn center(&self) -> Point {
        Point { x: (self.left + self.right) / 2.0, y: (self.top + self.bottom) / 2.0 }
    }

    /// The area grown by `margin` on every side.
    pub(super) fn grown(&self, margin: f64) -> Rect {
        let Rect { left, top, right, bottom } = *self;
        Rect { left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin }
    }
}

/// Which point of a text its position is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub content: String,
    /// Where the anchor lies, on the baseline.
    pub at: Point,
    pub anchor: Anchor,
    pub size: f64,
    pub color: Rgb,
    /// Reads from bottom to top.
    pub upward: bool,
}

/// What a picture is made of.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A filled rectangle.
    Fill { area: Rect, color: Rgb },
    /// A line through all points, with round ends; a single point is a dot.
    Line { points: Vec<Point>, width: f64, color: Rgb },
    /// A disc around each point.
    Dots { points: Vec<Point>, diameter: f64, color: Rgb },
    /// A line of text.
    Text(Text),
}

/// A picture.
#[derive(Debug)]
pub(super) struct Drawing {
    pub width: u32,
    pub height: u32,
    /// One line that says what is to be seen, for those who cannot see it.
    pub description: String,
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty picture on white.
    pub(super) fn new(width: u32, height: u32, description: &str) -> Self {
        Drawing { width, height, description: one_line(description), shapes: Vec::new() }
    }

    pub(super) fn fill(&mut self, area: Rect, color: Rgb) {
        self.shapes.push(Shape::Fill { area, color });
    }

    pub(super) fn line(&mut self, points: Vec<Point>, width: f64, color: Rgb) {
        self.shapes.push(Shape::Line { points, width, color });
    }

    pub(super) fn dots(&mut self, points: Vec<Point>, diameter: f64, color: Rgb) {
        if !points.is_empty() {
            self.shapes.push(Shape::Dots { points, diameter, color });
        }
    }

    /// Horizontal text.
    pub(super) fn text(&mut self, content: &str, at: Point, anchor: Anchor, size: f64, color: Rgb) {
        self.push_text(Text { content: one_line(content), at, anchor, size, color, upward: false });
    }

    /// Text that reads from bottom to top, centred about `at`.
    pub(super) fn upward_text(&mut self, content: &str, at: Point, size: f64, color: Rgb) {
        self.push_text(Text { content: one_line(content), at, anchor: Anchor::Middle, size, color, upward: true });
    }

    fn push_text(&mut self, text: Text) {
        if !text.content.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// Adds the shapes of `other`, moved right and down.
    pub(super) fn append(&mut self, other: Drawing, right: f64, down: f64) {
        let moved = |point: Point| Point { x: point.x + right, y: point.y + down };
        self.shapes.extend(other.shapes.into_iter().map(|shape| match shape {
            Shape::Fill { area: Rect { left, top, right: far, bottom }, color } => {
                let area = Rect { left: left + right, top: top + down, right: far + right, bottom: bottom + down };
                Shape::Fill { area, color }
            }
            Shape::Line { points, width, color } => {
                Shape::Line { points: points.into_iter().map(moved).collect(), width, color }
            }
            Shape::Dots { points, diameter, color } => {
                Shape::Dots { points: points.into_iter().map(moved).collect(), diameter, color }
            }
            Shape::Text(text) => Shape::Text(Text { at: moved(text.at), ..text }),
        }));
    }

    /// The colours of the shapes, each once.
    pub(super) fn colors(&self) -> HashSet<Rgb> {
        let color = |shape: &Shape| match shape {
            Shape::Fill { color, .. } | Shape::Line { color, .. } | Shape::Dots { color, .. } => *color,
            Shape::Text(text) => text.color,
        };
        self.shapes.iter().map(color).collect()
    }
}
