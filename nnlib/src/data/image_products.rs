//! Products of a set of images with matrices, without a copy of the set in floating point.

use super::ImageSet;
use crate::array::{Matrix, expect_shape};
use crate::parallel::map_parts;
use crate::pixel_block::{Block, ByGroup, ROWS_PER_PART, SCALE, in_groups};
use pulp::{Arch, Simd, WithSimd};

impl ImageSet {
    /// `self.to_f64().dot(weights)`: weights `(D, M)`, for `D` pixels an image from 0 to 1, give `(N, M)`.
    ///
    /// Without the copy that [`to_f64`](ImageSet::to_f64) makes, and with all cores: at ten columns about ten times as
    /// fast. The result does not depend on the number of cores.
    ///
    /// # Panics
    ///
    /// If `weights` has not a row for each pixel.
    ///
    /// ```
    /// use nnlib::data::digits;
    /// use nnlib::rng::RandomState;
    ///
    /// let (images, mut rng) = (digits::train_set(100), RandomState::new(0));
    /// let weights = rng.randn((784, 10));
    /// let scores = images.dot(&weights);
    /// let difference = scores - images.to_f64().dot(&weights);
    /// assert!(difference.iter().all(|d| d.abs() < 1e-12));
    /// ```
    #[track_caller]
    pub fn dot(&self, weights: &Matrix) -> Matrix {
        let (pixels, columns) = (self.pixels().ncols(), weights.ncols());
        let expected = [pixels, columns];
        expect_shape("ImageSet::dot", "weights", weights.shape(), &expected, "a row for each pixel of an image");
        let weights = ByGroup::new(weights, SCALE);
        let mut out = Matrix::zeros((self.len(), columns));
        if columns > 0 && !self.is_empty() {
            let part = ROWS_PER_PART * columns;
            let outs = out.as_slice_mut().expect("made above").chunks_mut(part).enumerate().collect();
            map_parts(outs, self.len() * pixels * columns, |(index, out): (usize, &mut [f64])| {
                let images = &self.bytes()[index * ROWS_PER_PART * pixels..][..out.len() / columns * pixels];
                Arch::new().dispatch(Scores { images: Images { images, pixels, columns }, weights: &weights, out });
            });
        }
        out
    }

    /// `self.to_f64().t().dot(upstream)`: upstream gradients `(N, M)` give those of weights, `(D, M)`.
    ///
    /// The backward pass of [`dot`](ImageSet::dot), and as fast.
    ///
    /// # Panics
    ///
    /// If `upstream` has not a row for each image.
    ///
    /// ```
    /// use nnlib::data::digits;
    /// use nnlib::rng::RandomState;
    ///
    /// let (images, mut rng) = (digits::train_set(100), RandomState::new(0));
    /// let dscores = rng.randn((100, 10));
    /// let dweights = images.t_dot(&dscores);
    /// let difference = dweights - images.to_f64().t().dot(&dscores);
    /// assert!(difference.iter().all(|d| d.abs() < 1e-12));
    /// ```
    #[track_caller]
    pub fn t_dot(&self, upstream: &Matrix) -> Matrix {
        let (pixels, columns) = (self.pixels().ncols(), upstream.ncols());
        let expected = [self.len(), columns];
        expect_shape("ImageSet::t_dot", "upstream", upstream.shape(), &expected, "a row for each image");
        let upstream = upstream.as_standard_layout();
        let upstream = upstream.as_slice().expect("in standard layout");
        let parts = match columns {
            0 => Vec::new(),
            _ => upstream.chunks(ROWS_PER_PART * columns).enumerate().collect(),
        };
        let sums = map_parts(parts, self.len() * pixels * columns, |(index, upstream): (usize, &[f64])| {
            let images = &self.bytes()[index * ROWS_PER_PART * pixels..][..upstream.len() / columns * pixels];
            Arch::new().dispatch(WeightGradient { images: Images { images, pixels, columns }, upstream })
        });
        let mut total = ByGroup::zeros(pixels, columns);
        sums.iter().for_each(|part| total.add(part));
        total.to_matrix(pixels, SCALE)
    }

    fn bytes(&self) -> &[u8] {
        self.pixels().as_slice().expect("an image set is in standard layout")
    }
}

#[derive(Clone, Copy)]
struct Images<'a> {
    images: &'a [u8],
    /// Of an image.
    pixels: usize,
    /// `M`.
    columns: usize,
}

impl Images<'_> {
    /// Calls `f` with each block of images, and with its numbers of `numbers`, of which an image has `columns`.
    #[inline(always)]
    fn each_block(self, mut f: impl FnMut(Block, std::ops::Range<usize>)) {
        let mut buffer = Vec::new();
        let images = in_groups(self.pixels, self.images.chunks_exact(self.pixels), &mut buffer);
        let mut end = 0;
        for block in Block::each(&images, self.columns) {
            let start = end;
            end += block.len() * self.columns;
            f(block, start..end);
        }
    }
}

struct Scores<'a> {
    images: Images<'a>,
    weights: &'a ByGroup,
    out: &'a mut [f64],
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Scores { images, weights, out } = self;
        images.each_block(
            #[inline(always)]
            |block, numbers| block.score(simd, weights, &mut out[numbers]),
        );
    }
}

struct WeightGradient<'a> {
    images: Images<'a>,
    upstream: &'a [f64],
}

impl WithSimd for WeightGradient<'_> {
    /// For pixels of 0 … 255.
    type Output = ByGroup;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> ByGroup {
        let WeightGradient { images, upstream } = self;
        let mut sums = ByGroup::zeros(images.pixels, images.columns);
        images.each_block(
            #[inline(always)]
            |block, numbers| block.accumulate(simd, &upstream[numbers], &mut sums),
        );
        sums
    }
}
