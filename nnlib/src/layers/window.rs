//! Where a window stands as it moves over an image: what convolution and pooling share.

use std::ops::Range;

/// What a window that moves over an image does at the image's edges.
///
/// With images of H rows, windows of HH rows and a stride of s, the output has
///
/// ```text
/// Valid    ⌊(H - HH) / s⌋ + 1 rows
/// Same     ⌈H / s⌉ rows, after max((⌈H / s⌉ - 1) s + HH - H, 0) rows of zeros are added:
///          half of them above, the odd one below
/// ```
///
/// and columns likewise.
///
/// Source: TensorFlow, `tf.nn`, "Notes on padding".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// The window stays inside the image.
    #[default]
    Valid,
    /// Zeros are added around the image, so that a stride of 1 keeps its size.
    Same,
}

/// The places of a window on one image.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Rows and columns of the image.
    pub image: [usize; 2],
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// From one place to the next.
    pub stride: usize,
    /// Rows of zeros above the image, and columns left of it.
    pub before: [usize; 2],
    /// How many places there are, down and across: rows and columns of the output.
    pub places: [usize; 2],
}

impl Window {
    /// Panics, on behalf of `function`, where there is no such window or it does not fit; `argument` is what its size
    /// comes from.
    #[track_caller]
    pub(super) fn new(
        function: &str,
        argument: &str,
        image: [usize; 2],
        size: [usize; 2],
        stride: usize,
        padding: Padding,
    ) -> Self {
        assert!(stride > 0, "{function}: `stride` is 0, expected at least 1");
        let [rows, columns] = size;
        assert!(
            rows > 0 && columns > 0,
            "{function}: `{argument}` covers {rows}x{columns} pixels, expected at least 1x1"
        );
        let axes = [0, 1].map(|axis| match padding {
            Padding::Valid => {
                assert!(
                    size[axis] <= image[axis],
                    "{function}: `{argument}` covers {rows}x{columns} pixels, expected at most the {}x{} of `x`",
                    image[0],
                    image[1]
                );
                (0, (image[axis] - size[axis]) / stride + 1)
            }
            Padding::Same => {
                let places = image[axis].div_ceil(stride);
                let reach = places.saturating_sub(1) * stride + size[axis];
                (reach.saturating_sub(image[axis]) / 2, places)
            }
        });
        let (before, places) = (axes.map(|axis| axis.0), axes.map(|axis| axis.1));
        Window { image, size, stride, before, places }
    }

    /// The places, by row (`axis` 0) or column (1), at which row or column `offset` of the window lies on the image and
    /// not on the added zeros.
    pub(super) fn places_inside(&self, axis: usize, offset: usize) -> Range<usize> {
        let first = self.before[axis].saturating_sub(offset).div_ceil(self.stride);
        let end = (self.image[axis] + self.before[axis]).saturating_sub(offset).div_ceil(self.stride);
        first..end.min(self.places[axis]).max(first)
    }

    /// The row (`axis` 0) or column (1) of the image under row or column `offset` of the window at `place`, one of
    /// [`places_inside`](Self::places_inside).
    pub(super) fn pixel(&self, axis: usize, place: usize, offset: usize) -> usize {
        place * self.stride + offset - self.before[axis]
    }
}
