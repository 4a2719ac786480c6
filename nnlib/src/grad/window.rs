//! Windows that slide over images: the geometry that convolution and pooling share.

use super::Tensor;

/// How far windows reach beyond the edge of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Not at all: an axis of `H` pixels gives `(H - window) / stride + 1`, rounded down.
    Valid,
    /// So far that `H` pixels give `H / stride`, rounded up. Of an odd number of pixels beyond the edges, the one more
    /// lies below or to the right. Source: the padding `SAME` of XLA and TensorFlow.
    Same,
}

/// The windows along one axis of an image.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    /// Pixels of the image.
    pub input: usize,
    /// Pixels of a window.
    pub window: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Pixels that the first window starts before the image.
    pub before: usize,
    /// How many windows there are.
    pub output: usize,
}

impl Axis {
    /// `None` if there is no room for a window.
    fn new(input: usize, window: usize, stride: usize, padding: Padding) -> Option<Axis> {
        let (before, output) = match padding {
            Padding::Valid => (0, input.checked_sub(window)? / stride + 1),
            Padding::Same => {
                let output = input.div_ceil(stride);
                let reach = output.saturating_sub(1) * stride + window;
                (reach.saturating_sub(input) / 2, output)
            }
        };
        Some(Axis { input, window, stride, before, output })
    }

    /// The windows, as a range of their numbers, whose pixel `offset` lies within the image.
    pub fn inside(&self, offset: usize) -> std::ops::Range<usize> {
        let start = self.before.saturating_sub(offset).div_ceil(self.stride);
        let end = (self.input + self.before).saturating_sub(offset).div_ceil(self.stride);
        let end = end.min(self.output);
        start.min(end)..end
    }

    /// Pixels of the image with as many beside it as windows reach, `before` of them in front.
    pub fn reached(&self) -> usize {
        let reach = self.output.saturating_sub(1) * self.stride + self.window;
        reach.max(self.before + self.input)
    }

    /// Which pixel of the image is pixel `offset` of window `number`; it must lie within.
    pub fn pixel(&self, number: usize, offset: usize) -> usize {
        number * self.stride + offset - self.before
    }
}

/// The windows over a batch of images.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    /// `N`.
    pub count: usize,
    /// `C`.
    pub channels: usize,
    pub rows: Axis,
    pub columns: Axis,
}

impl Windows {
    /// The windows over `images`, `(N, C, H, W)`.
    #[track_caller]
    pub fn new(
        function: &str,
        images: &Tensor,
        window: (usize, usize),
        stride: (usize, usize),
        padding: Padding,
    ) -> Windows {
        let shape = images.shape();
        let &[count, channels, height, width] = shape else {
            panic!("{function}: `self` has shape {shape:?}, expected four axes, [N, C, H, W]")
        };
        assert!(stride.0 > 0 && stride.1 > 0, "{function}: `stride` is {stride:?}, expected at least 1");
        assert!(window.0 > 0 && window.1 > 0, "{function}: the window is {window:?} pixels, expected at least 1");
        let rows = Axis::new(height, window.0, stride.0, padding);
        let columns = Axis::new(width, window.1, stride.1, padding);
        let (Some(rows), Some(columns)) = (rows, columns) else {
            let (hh, ww) = window;
            panic!("{function}: the window of {hh}x{ww} is larger than the images of {height}x{width}")
        };
        Windows { count, channels, rows, columns }
    }

    /// Pixels of a channel of an image.
    pub fn pixels(&self) -> usize {
        self.rows.input * self.columns.input
    }

    /// Windows of a channel of an image.
    pub fn outputs(&self) -> usize {
        self.rows.output * self.columns.output
    }

    /// Entries of a window, over all channels.
    pub fn window_len(&self) -> usize {
        self.channels * self.rows.window * self.columns.window
    }
}

/// The shape that `windows` of one axis leave of `input` pixels; `None` if there is no room.
pub(crate) fn output_len(input: usize, window: usize, stride: usize, padding: Padding) -> Option<usize> {
    Axis::new(input, window, stride, padding).map(|axis| axis.output)
}
