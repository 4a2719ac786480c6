//! Reads the SVG that pictures are.

use roxmltree::{Document, Node};

/// Units of the `viewBox` to a CSS pixel.
const UNITS: f64 = 4.0;

/// A text in an SVG, and the ends of its baseline in CSS pixels, reckoned with letters half an em wide.
#[derive(Debug)]
pub struct SvgText {
    pub content: String,
    pub left: f64,
    pub right: f64,
    pub y: f64,
    pub upward: bool,
}

pub fn number(node: &Node, attribute: &str) -> f64 {
    node.attribute(attribute).and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no {attribute} in {node:?}"))
}

pub fn texts(svg: &str) -> Vec<SvgText> {
    let document = Document::parse(svg).expect("the SVG is well-formed");
    let text = |node: Node| {
        let content = node.text().unwrap_or_default().to_owned();
        let width = 0.5 * content.chars().count() as f64 * number(&node, "font-size") / UNITS;
        let x = number(&node, "x") / UNITS;
        let left = match node.attribute("text-anchor") {
            Some("start") => x,
            Some("middle") => x - width / 2.0,
            _ => x - width,
        };
        let upward = node.attribute("transform").is_some();
        SvgText { content, left, right: left + width, y: number(&node, "y") / UNITS, upward }
    };
    document.descendants().filter(|node| node.has_tag_name("text")).map(text).collect()
}

pub fn contents(svg: &str) -> Vec<String> {
    texts(svg).into_iter().map(|text| text.content).collect()
}

/// The points of each line, in CSS pixels, with its colour.
pub fn lines(svg: &str) -> Vec<(String, Vec<(f64, f64)>)> {
    let document = Document::parse(svg).expect("the SVG is well-formed");
    let line = |node: Node| {
        let pairs = node.attribute("points").unwrap_or_default().split_whitespace();
        let point = |pair: &str| {
            let (x, y) = pair.split_once(',').expect("a pair of numbers");
            let css = |text: &str| text.parse::<f64>().expect("a number") / UNITS;
            (css(x), css(y))
        };
        (node.attribute("stroke").unwrap_or_default().to_owned(), pairs.map(point).collect())
    };
    document.descendants().filter(|node| node.has_tag_name("polyline")).map(line).collect()
}

/// Left, top, right and bottom of the legend's box, in CSS pixels.
pub fn legend_box(svg: &str) -> Option<[f64; 4]> {
    fills(svg, "#C8C8C8").first().copied()
}

/// Dots of one colour: the colour, their diameter and their places, in CSS pixels.
pub type Dots = (String, f64, Vec<(f64, f64)>);

/// Each layer of dots.
pub fn dots(svg: &str) -> Vec<Dots> {
    let document = Document::parse(svg).expect("the SVG is well-formed");
    let layer = |node: Node| {
        let mut last = (0.0, 0.0);
        let data = node.attribute("d").expect("a path has data");
        assert!(data.starts_with('M') && data.ends_with("h0"), "{data}");
        let place = |part: &str| {
            let (x, y) = part[1..].split_once(',').expect("a pair of numbers");
            let [x, y] = [x, y].map(|text| text.parse::<f64>().expect("a number") / UNITS);
            last = (last.0 + x, last.1 + y);
            last
        };
        let places = data.split_terminator("h0").map(place).collect();
        (node.attribute("stroke").unwrap_or_default().to_owned(), number(&node, "stroke-width") / UNITS, places)
    };
    document.descendants().filter(|node| node.has_tag_name("path")).map(layer).collect()
}

/// Left, top, right and bottom of each filled rectangle of a colour, in CSS pixels.
pub fn fills(svg: &str, color: &str) -> Vec<[f64; 4]> {
    let document = Document::parse(svg).expect("the SVG is well-formed");
    let area = |node: Node| {
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|attribute| number(&node, attribute) / UNITS);
        [x, y, x + width, y + height]
    };
    let nodes = document.descendants().filter(|node| node.has_tag_name("rect"));
    nodes.filter(|node| node.attribute("fill") == Some(color)).map(area).collect()
}

/// What turns heights in the picture into values: the line through two numbers along a vertical axis, given by their
/// texts.
pub fn y_scale(svg: &str, low: &str, high: &str) -> impl Fn(f64) -> f64 {
    let texts = texts(svg);
    let at = |label: &str| texts.iter().find(|text| text.content == label).unwrap_or_else(|| panic!("no {label}")).y;
    let value = |label: &str| label.parse::<f64>().expect("a number");
    // From the top of a text to the middle of its capitals, less half of the grid line there.
    let down = (0.76 - 0.357) * 12.0 - 0.5;
    let (low, low_y, high, high_y) = (value(low), at(low) + down, value(high), at(high) + down);
    move |y| low + (y - low_y) * (high - low) / (high_y - low_y)
}
