//! Products of a set of images with matrices, without a copy of the set in floating point.

use super::ImageSet;
use crate::array::{Matrix, expect_shape};
use crate::parallel::map_parts;
use crate::pixel_block::{Aligned, Block, LONGEST_VECTOR};
use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd};

/// Images of a block. Their bytes stay in the second-level cache; with fewer, the sums of the gradient are fetched more often.
const BLOCK: usize = 64;
/// Fewer images than this are not worth a thread.
const ROWS_PER_PART: usize = 1024;
/// A pixel's value in the products.
const SCALE: f64 = 1.0 / 255.0;

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
        let stride = pixels.next_multiple_of(LONGEST_VECTOR);
        let mut by_column = Aligned::zeros(columns * stride);
        for ((pixel, column), weight) in weights.indexed_iter() {
            by_column.values()[column * stride + pixel] = weight * SCALE;
        }
        let mut out = Matrix::zeros((self.len(), columns));
        if columns > 0 && !self.is_empty() {
            let part = ROWS_PER_PART * columns;
            let outs = out.as_slice_mut().expect("made above").chunks_mut(part).enumerate().collect();
            map_parts(outs, self.len() * pixels * columns, |(index, out): (usize, &mut [f64])| {
                let widths = Widths { pixels, stride, columns };
                let images = &self.bytes()[index * ROWS_PER_PART * pixels..][..out.len() / columns * pixels];
                Arch::new().dispatch(Scores { widths, images, weights: by_column.as_slice(), out });
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
        let stride = pixels.next_multiple_of(LONGEST_VECTOR);
        let widths = Widths { pixels, stride, columns };
        let upstream = upstream.as_standard_layout();
        let upstream = upstream.as_slice().expect("in standard layout");
        let parts = match columns {
            0 => Vec::new(),
            _ => upstream.chunks(ROWS_PER_PART * columns).enumerate().collect(),
        };
        let sums = map_parts(parts, self.len() * pixels * columns, |(index, upstream): (usize, &[f64])| {
            let images = &self.bytes()[index * ROWS_PER_PART * pixels..][..upstream.len() / columns * pixels];
            Arch::new().dispatch(WeightGradient { widths, images, upstream })
        });
        let mut total = vec![0.0; columns * stride];
        for part in sums {
            total.iter_mut().zip(part.as_slice()).for_each(|(sum, part)| *sum += part);
        }
        Array2::from_shape_fn((pixels, columns), |(pixel, column)| total[column * stride + pixel] * SCALE)
    }

    fn bytes(&self) -> &[u8] {
        self.pixels().as_slice().expect("an image set is in standard layout")
    }
}

#[derive(Clone, Copy)]
struct Widths {
    /// Of an image.
    pixels: usize,
    /// Of an image, padded to whole vectors.
    stride: usize,
    /// `M`.
    columns: usize,
}

impl Widths {
    /// Calls `f` with each block of images, padded, and with the number of its first image.
    #[inline(always)]
    fn each_block<S: Simd>(self, images: &[u8], mut f: impl FnMut(Block<'_>, usize)) {
        let mut x = vec![0; BLOCK * self.stride];
        for (index, images) in images.chunks(BLOCK * self.pixels).enumerate() {
            for (padded, image) in x.chunks_exact_mut(self.stride).zip(images.chunks_exact(self.pixels)) {
                padded[..self.pixels].copy_from_slice(image);
            }
            let count = images.len() / self.pixels;
            let stride = self.stride / S::F64_LANES;
            f(Block { x: &x, stride, count, num_classes: self.columns }, index * BLOCK);
        }
    }
}

struct Scores<'a> {
    widths: Widths,
    images: &'a [u8],
    weights: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for Scores<'_> {
    type Output = ();

    // A tile and its operands fill the registers: 32 with AVX-512 and NEON, 16 with AVX2.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Scores { widths, images, weights, out } = self;
        let weights = S::as_simd_f64s(weights).0;
        widths.each_block::<S>(
            images,
            #[inline(always)]
            |block, first| {
                let out = &mut out[first * widths.columns..][..block.count * widths.columns];
                match S::F64_LANES {
                    4 => block.score::<S, 2>(simd, weights, out),
                    _ => block.score::<S, 4>(simd, weights, out),
                }
            },
        );
    }
}

struct WeightGradient<'a> {
    widths: Widths,
    images: &'a [u8],
    upstream: &'a [f64],
}

impl WithSimd for WeightGradient<'_> {
    /// `(M, stride)`, for pixels of 0 … 255.
    type Output = Aligned;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Aligned {
        let WeightGradient { widths, images, upstream } = self;
        let mut sums = Aligned::zeros(widths.columns * widths.stride);
        let totals = S::as_mut_simd_f64s(sums.values()).0;
        widths.each_block::<S>(
            images,
            #[inline(always)]
            |block, first| {
                let upstream = &upstream[first * widths.columns..][..block.count * widths.columns];
                match S::F64_LANES {
                    4 => block.accumulate::<S, 2>(simd, upstream, totals),
                    _ => block.accumulate::<S, 4>(simd, upstream, totals),
                }
            },
        );
        sums
    }
}
