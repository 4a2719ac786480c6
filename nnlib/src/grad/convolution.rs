//! Convolution of images, as a product of matrices.
//!
//! A window is a row of a matrix, `(N * H' * W', HH * WW * C)`, and the filters are the columns of another; their
//! product is the output. Images lie channels last, so that the numbers of a window are whole rows of memory, and the
//! [product](super::implicit_gemm) reads them where they are: no window is ever copied. With `x` the matrix of windows,
//! `w` that of filters and `dout` the gradient of the output,
//!
//! ```text
//! out = x w          dw = xᵀ dout          dx = dout wᵀ, each number added to the pixel that it was read from
//! ```
//!
//! The third is computed for one pixel of the windows after the other, so that no two windows write to the same place at
//! once.
//!
//! A batch is cut into parts that depend on its length alone, and the parts' filter gradients are added in their order:
//! the result is the same, to the bit, for any number of cores.

use super::Tensor;
use super::implicit_gemm::{ImplicitGemm, padded};
use super::layout::{channels_last, from_channels_last, rows};
use super::reduction::sum_blocks;
use super::tape::record;
use super::tensor::from_vec;
use super::window::{Padding, Windows};
use crate::parallel::{map_parts, samples_per_part};
use pulp::Arch;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Images that are multiplied together: few enough that they and their outputs stay in the second-level cache.
const IMAGES_PER_BLOCK: usize = 8;

impl Tensor {
    /// The images, `(N, C, H, W)`, correlated with `filters`, `(F, C, HH, WW)`: `(N, F, H', W')`.
    ///
    /// ```text
    /// out[n, f, y, x] = Σ_c,i,j self[n, c, y * stride.0 + i - before, x * stride.1 + j - before] filters[f, c, i, j]
    /// ```
    ///
    /// Pixels beyond the edge count as 0. [`Padding`] tells how far windows go there, and so `H'` and `W'`. As in all
    /// of the field, filters are not flipped. A bias of shape `(F, 1, 1)` can be added to the result.
    ///
    /// # Panics
    ///
    /// If `self` or `filters` has not four axes, the channels differ, a stride is 0, or a window is larger than the
    /// images (with [`Padding::Valid`]).
    #[track_caller]
    pub fn conv2d(&self, filters: &Tensor, stride: (usize, usize), padding: Padding) -> Tensor {
        self.convolve(filters, None, false, stride, padding)
    }

    /// [`conv2d`](Self::conv2d), `bias` added to each filter's outputs, `relu` taken of the sum: what a layer does, with
    /// the outputs in cache. `bias` has `F` entries and any shape.
    #[track_caller]
    pub(crate) fn convolve(
        &self,
        filters: &Tensor,
        bias: Option<&Tensor>,
        relu: bool,
        stride: (usize, usize),
        padding: Padding,
    ) -> Tensor {
        let &[num_filters, channels, height, width] = filters.shape() else {
            panic!("conv2d: `filters` has shape {:?}, expected four axes, [F, C, HH, WW]", filters.shape())
        };
        let windows = Windows::new("conv2d", self, (height, width), stride, padding);
        assert!(
            channels == windows.channels,
            "conv2d: `filters` has shape {:?}, expected [F, {}, HH, WW] ({} channels in `self`, {:?})",
            filters.shape(),
            windows.channels,
            windows.channels,
            self.shape()
        );
        let convolution = Convolution { windows, num_filters, relu };
        let shape = [windows.count, num_filters, windows.rows.output, windows.columns.output];
        let biases = bias.map(|bias| rows(&bias.value));
        let out = convolution.forward(&channels_last(&self.value), &rows(&filters.value), biases.as_deref());
        let out = Arc::new(from_channels_last(shape, out));
        let bias_place = bias.and_then(|bias| bias.place.clone());
        let kept_images = filters.place.is_some().then(|| self.value.share());
        let kept_filters = self.place.is_some().then(|| filters.value.share());
        let kept_out = relu.then(|| Arc::clone(&out));
        let image_shape = [windows.count, channels, windows.rows.input, windows.columns.input];
        let filter_shape = filters.shape().to_vec();
        let bias_shape = bias.map_or(Vec::new(), |bias| bias.shape().to_vec());
        let places = [&self.place, &filters.place, &bias_place];
        record("conv2d", places, out, move |dout, [images, filters, bias], gradients| {
            let image_values = kept_images.as_deref().filter(|_| filters.is_some()).map(channels_last);
            let filter_values = kept_filters.as_deref().filter(|_| images.is_some()).map(rows);
            let (dout, out) = (channels_last(&dout), kept_out.as_deref().map(channels_last));
            let given = Given { dout: &dout, out: out.as_deref(), images: image_values.as_deref() };
            let (dimages, dfilters, dbias) = convolution.backward(given, filter_values.as_deref(), bias.is_some());
            if let (Some(filters), Some(dfilters)) = (filters, dfilters) {
                gradients.add(filters, from_vec(&filter_shape, dfilters));
            }
            if let (Some(images), Some(dimages)) = (images, dimages) {
                gradients.add(images, from_channels_last(image_shape, dimages));
            }
            if let (Some(bias), Some(dbias)) = (bias, dbias) {
                gradients.add(bias, from_vec(&bias_shape, dbias));
            }
        })
    }
}

/// Images and outputs lie channels last, filters and their gradients row by row.
#[derive(Clone, Copy)]
struct Convolution {
    windows: Windows,
    num_filters: usize,
    /// Whether the rectifier is taken of the outputs.
    relu: bool,
}

/// What a gradient is computed from: of each field, all images or a part of them.
struct Given<'a> {
    dout: &'a [f32],
    /// The outputs, if the rectifier was taken of them.
    out: Option<&'a [f32]>,
    /// The images, if the gradient of the filters is asked for.
    images: Option<&'a [f32]>,
}

/// Gradients of images, filters and bias, those that were asked for.
type Gradients = (Option<Vec<f32>>, Option<Vec<f32>>, Option<Vec<f32>>);

/// Where the numbers of a block of images lie; images with their padding.
struct Offsets {
    /// For each window of each image, its first number.
    windows: Vec<usize>,
    /// For each number of a window, how far from the first: channel by channel, pixel by pixel.
    taps: Vec<usize>,
    /// Of a matrix with `F` columns, where the rows start: a row for each window, or for each number of a window.
    by_filter: Vec<usize>,
    /// The same of a matrix whose rows are whole vectors, a row for each window.
    by_vector: Vec<usize>,
}

impl Convolution {
    fn multiplications(&self) -> usize {
        self.windows.count * self.num_filters * self.windows.window_len() * self.windows.outputs()
    }

    /// Numbers of an image, of an image with its padding, and of its output.
    fn lengths(&self) -> (usize, usize, usize) {
        let Windows { channels, rows, columns, .. } = self.windows;
        let padded = rows.reached() * columns.reached() * channels;
        (channels * self.windows.pixels(), padded, self.num_filters * self.windows.outputs())
    }

    fn offsets(&self, images: usize) -> Offsets {
        let Windows { channels, rows, columns, .. } = self.windows;
        let (_, image_len, _) = self.lengths();
        let row_len = columns.reached() * channels;
        let window = |window: usize| {
            let (image, y, x) =
                (window / self.windows.outputs(), window / columns.output % rows.output, window % columns.output);
            image * image_len + y * rows.stride * row_len + x * columns.stride * channels
        };
        let tap = |tap: usize| {
            let (i, rest) = (tap / (columns.window * channels), tap % (columns.window * channels));
            i * row_len + rest
        };
        let count = images * self.windows.outputs();
        Offsets {
            windows: (0..count).map(window).collect(),
            taps: (0..self.windows.window_len()).map(tap).collect(),
            by_vector: (0..count).map(|row| row * padded(self.num_filters)).collect(),
            by_filter: (0..count.max(self.windows.window_len())).map(|row| row * self.num_filters).collect(),
        }
    }

    /// Calls `f(filter, channel, pixel, place)` for each entry of the filters, which lies at `place`.
    fn each_weight(&self, mut f: impl FnMut(usize, usize, usize, usize)) {
        let pixels = self.windows.rows.window * self.windows.columns.window;
        let mut place = 0;
        for filter in 0..self.num_filters {
            for channel in 0..self.windows.channels {
                for pixel in 0..pixels {
                    f(filter, channel, pixel, place);
                    place += 1;
                }
            }
        }
    }

    /// Whether windows reach beyond the edges.
    fn is_padded(&self) -> bool {
        let (image_len, padded_len, _) = self.lengths();
        image_len != padded_len
    }

    /// Calls `f(line, padded_line)` with where each line of pixels lies in some images, and in these with padding.
    fn each_line(&self, images: usize, mut f: impl FnMut(Range<usize>, Range<usize>)) {
        let Windows { channels, rows, columns, .. } = self.windows;
        let (line, padded_line) = (columns.input * channels, columns.reached() * channels);
        for image in 0..images {
            for y in 0..rows.input {
                let start = (image * rows.input + y) * line;
                let padded = (image * rows.reached() + rows.before + y) * padded_line + columns.before * channels;
                f(start..start + line, padded..padded + line);
            }
        }
    }

    /// Some images with zeros where windows reach beyond the edges.
    fn pad<'a>(&self, images: &'a [f32]) -> Cow<'a, [f32]> {
        if !self.is_padded() {
            return Cow::Borrowed(images);
        }
        let (image_len, padded_len, _) = self.lengths();
        let count = images.len() / image_len;
        let mut padded = vec![0.0; count * padded_len];
        self.each_line(count, |line, padded_line| padded[padded_line].copy_from_slice(&images[line]));
        Cow::Owned(padded)
    }

    fn forward(&self, images: &[f32], filters: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let (image_len, _, out_len) = self.lengths();
        let mut out = vec![0.0; self.windows.count * out_len];
        if out.is_empty() {
            return out;
        }
        let (filters_per_tap, channels) = (padded(self.num_filters), self.windows.channels);
        let mut by_tap = vec![0.0; self.windows.window_len() * filters_per_tap];
        self.each_weight(|filter, channel, pixel, place| {
            by_tap[(pixel * channels + channel) * filters_per_tap + filter] = filters[place];
        });
        let per_part = samples_per_part(self.windows.count);
        let offsets = self.offsets(per_part.min(IMAGES_PER_BLOCK));
        let parts = out.chunks_mut(per_part * out_len).zip(images.chunks(per_part * image_len.max(1))).collect();
        map_parts(parts, self.multiplications(), |(out, images): (&mut [f32], &[f32])| {
            let blocks = out.chunks_mut(IMAGES_PER_BLOCK * out_len);
            for (out, images) in blocks.zip(images.chunks(IMAGES_PER_BLOCK * image_len)) {
                let count = out.len() / self.num_filters;
                if let Some(bias) = bias {
                    out.chunks_mut(self.num_filters).for_each(|outputs| outputs.copy_from_slice(bias));
                }
                let product = ImplicitGemm {
                    a: &self.pad(images),
                    rows: &offsets.windows[..count],
                    steps: &offsets.taps,
                    b: &by_tap,
                    columns: self.num_filters,
                    out: &mut *out,
                    out_rows: &offsets.by_filter[..count],
                };
                product.run();
                if self.relu {
                    Arch::new().dispatch(
                        #[inline(always)]
                        || out.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
                    );
                }
            }
        });
        out
    }

    /// The gradients of the images if `filters` are given, of the filters if images are, and of the bias if it is asked for.
    fn backward(&self, given: Given, filters: Option<&[f32]>, bias: bool) -> Gradients {
        let (image_len, _, out_len) = self.lengths();
        let (window_len, count, channels) = (self.windows.window_len(), self.windows.count, self.windows.channels);
        let mut dimages = filters.map(|_| vec![0.0; count * image_len]);
        let mut dfilters = given.images.map(|_| vec![0.0; self.num_filters * window_len]);
        let mut dbias = bias.then(|| vec![0.0; self.num_filters]);
        if given.dout.is_empty() {
            return (dimages, dfilters, dbias);
        }
        let per_part = samples_per_part(count);
        let offsets = self.offsets(per_part.min(IMAGES_PER_BLOCK));
        // For each pixel of a window, the matrix (F, C).
        let by_pixel = filters.map(|filters| {
            let mut by_pixel = vec![0.0; window_len / channels * self.num_filters * padded(channels)];
            self.each_weight(|filter, channel, pixel, place| {
                by_pixel[(pixel * self.num_filters + filter) * padded(channels) + channel] = filters[place];
            });
            by_pixel
        });
        let mut dimage_parts = dimages.as_mut().map(|dimages| dimages.chunks_mut(per_part * image_len));
        let parts = (0..count)
            .step_by(per_part)
            .map(|first| {
                let dimages = dimage_parts.as_mut().and_then(Iterator::next);
                (self.some(&given, first..(first + per_part).min(count)), dimages)
            })
            .collect();
        let sums = map_parts(parts, 2 * self.multiplications(), |(given, mut dimages): (Given, Option<&mut [f32]>)| {
            let mut by_tap = given.images.map(|_| vec![0.0; window_len * self.num_filters]);
            let mut dbias = bias.then(|| vec![0.0; self.num_filters]);
            let count = given.dout.len() / out_len;
            for first in (0..count).step_by(IMAGES_PER_BLOCK) {
                let block = first..(first + IMAGES_PER_BLOCK).min(count);
                let given = self.some(&given, block.clone());
                let dout = self.dsums(&given);
                if let Some(dbias) = &mut dbias {
                    let sums = sum_blocks(&dout, 1, dout.len() / padded(self.num_filters), padded(self.num_filters));
                    dbias.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
                }
                if let (Some(images), Some(by_tap)) = (given.images, &mut by_tap) {
                    self.add_filter_gradients(&offsets, images, &dout, by_tap);
                }
                if let (Some(by_pixel), Some(dimages)) = (&by_pixel, &mut dimages) {
                    let dimages = &mut dimages[block.start * image_len..block.end * image_len];
                    self.add_image_gradients(&offsets, by_pixel, &dout, dimages);
                }
            }
            (by_tap, dbias)
        });
        let (filter_sums, bias_sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
        if let Some(dfilters) = &mut dfilters {
            let mut total = vec![0.0; dfilters.len()];
            add_all(&mut total, filter_sums);
            self.each_weight(|filter, channel, pixel, place| {
                dfilters[place] = total[(pixel * channels + channel) * self.num_filters + filter];
            });
        }
        if let Some(dbias) = &mut dbias {
            add_all(dbias, bias_sums);
        }
        (dimages, dfilters, dbias)
    }

    /// What is given of some of the images.
    fn some<'a>(&self, given: &Given<'a>, images: Range<usize>) -> Given<'a> {
        let (image_len, _, out_len) = self.lengths();
        let outputs = images.start * out_len..images.end * out_len;
        Given {
            dout: &given.dout[outputs.clone()],
            out: given.out.map(|out| &out[outputs]),
            images: given.images.map(|all| &all[images.start * image_len..images.end * image_len]),
        }
    }

    /// The gradient before the rectifier, a row for each window, in whole vectors.
    fn dsums<'a>(&self, given: &Given<'a>) -> Cow<'a, [f32]> {
        let Some(out) = given.out else { return whole_vectors(given.dout, self.num_filters) };
        let width = padded(self.num_filters);
        let mut dsums = vec![0.0; out.len() / self.num_filters * width];
        let given = given.dout.chunks(self.num_filters).zip(out.chunks(self.num_filters));
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (dsums, (dout, out)) in dsums.chunks_mut(width).zip(given) {
                    for (dsum, (&dy, &y)) in dsums.iter_mut().zip(dout.iter().zip(out)) {
                        *dsum = if y > 0.0 { dy } else { 0.0 };
                    }
                }
            },
        );
        Cow::Owned(dsums)
    }

    /// Adds those of a block of images to `by_tap`, `(HH * WW * C, F)`.
    fn add_filter_gradients(&self, offsets: &Offsets, images: &[f32], dout: &[f32], by_tap: &mut [f32]) {
        let product = ImplicitGemm {
            a: &self.pad(images),
            rows: &offsets.taps,
            steps: &offsets.windows[..dout.len() / padded(self.num_filters)],
            b: dout,
            columns: self.num_filters,
            out: by_tap,
            out_rows: &offsets.by_filter[..offsets.taps.len()],
        };
        product.run();
    }

    /// Adds those of a block of images to `dimages`, which are zeros.
    fn add_image_gradients(&self, offsets: &Offsets, by_pixel: &[f32], dout: &[f32], dimages: &mut [f32]) {
        let (image_len, padded_len, _) = self.lengths();
        let (images, channels) = (dimages.len() / image_len.max(1), self.windows.channels);
        let mut with_padding = Vec::new();
        let sums = if self.is_padded() {
            with_padding.resize(images * padded_len, 0.0);
            &mut with_padding[..]
        } else {
            &mut *dimages
        };
        let windows = &offsets.windows[..dout.len() / padded(self.num_filters)];
        let steps: Vec<usize> = (0..self.num_filters).collect();
        for (pixel, filters) in by_pixel.chunks(self.num_filters * padded(channels)).enumerate() {
            let pixels: Vec<usize> = windows.iter().map(|window| window + offsets.taps[pixel * channels]).collect();
            let product = ImplicitGemm {
                a: dout,
                rows: &offsets.by_vector[..windows.len()],
                steps: &steps,
                b: filters,
                columns: channels,
                out: sums,
                out_rows: &pixels,
            };
            product.run();
        }
        if self.is_padded() {
            self.each_line(images, |line, padded_line| dimages[line].copy_from_slice(&with_padding[padded_line]));
        }
    }
}

/// Rows of `columns` numbers with zeros up to a whole vector each.
fn whole_vectors(numbers: &[f32], columns: usize) -> Cow<'_, [f32]> {
    if padded(columns) == columns {
        return Cow::Borrowed(numbers);
    }
    let mut whole = vec![0.0; numbers.len() / columns * padded(columns)];
    for (to, from) in whole.chunks_mut(padded(columns)).zip(numbers.chunks(columns)) {
        to[..columns].copy_from_slice(from);
    }
    Cow::Owned(whole)
}

/// Adds those of `parts` that there are, in their order.
fn add_all(total: &mut [f32], parts: Vec<Option<Vec<f32>>>) {
    for part in parts.into_iter().flatten() {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
    }
}
