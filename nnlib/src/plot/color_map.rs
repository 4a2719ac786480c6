//! Colours for numbers.

use super::drawing::Rgb;

/// What stands for a value that is not a number: a colour that is in neither map.
pub(super) const NOT_A_NUMBER: Rgb = [255, 0, 255];

/// From dark blue through white to dark red: the ends, the middles and the centre of ColorBrewer's RdBu (Harrower and
/// Brewer, 2003).
const DIVERGING: [[f64; 3]; 5] =
    [[5.0, 48.0, 97.0], [67.0, 147.0, 195.0], [255.0, 255.0, 255.0], [214.0, 96.0, 77.0], [103.0, 0.0, 31.0]];

/// Steps from one end to the other of the diverging map; even, so that white is one of them. They cannot be told apart,
/// and leave enough of a PNG's palette for text.
const DIVERGING_STEPS: f64 = 160.0;

/// How an [`ImageGrid`](super::ImageGrid) colours its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorMap {
    /// Black for the least value, white for the greatest.
    Grey,
    /// Blue for negative values, white for 0, red for positive ones, as dark as they are far from 0.
    Diverging,
}

impl ColorMap {
    /// The colour (red, green, blue) at a position from 0, the low end, to 1; positions beyond are taken as the nearer
    /// end.
    ///
    /// ```
    /// use nnlib::plot::ColorMap;
    ///
    /// assert_eq!(ColorMap::Grey.color(1.0), [255, 255, 255]);
    /// assert_eq!(ColorMap::Diverging.color(0.5), [255, 255, 255]);
    /// ```
    pub fn color(self, position: f64) -> [u8; 3] {
        if position.is_nan() {
            return NOT_A_NUMBER;
        }
        let position = position.clamp(0.0, 1.0);
        match self {
            ColorMap::Grey => [(position * 255.0).round() as u8; 3],
            ColorMap::Diverging => {
                let position = (position * DIVERGING_STEPS).round() / DIVERGING_STEPS;
                let place = position * (DIVERGING.len() - 1) as f64;
                let below = (place as usize).min(DIVERGING.len() - 2);
                let part = place - below as f64;
                let (low, high) = (DIVERGING[below], DIVERGING[below + 1]);
                std::array::from_fn(|channel| (low[channel] + part * (high[channel] - low[channel])).round() as u8)
            }
        }
    }
}
