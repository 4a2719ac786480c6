//! Convolution of images, as a product of matrices.
//!
//! The windows of an image become the columns of a matrix, `(C * HH * WW, windows)`, and the filters are the rows of
//! another, `(F, C * HH * WW)`; their product is the output. The matrix of windows is made anew in the backward pass:
//! an image's fits the cache, a batch's would not, and copying takes far less time than multiplying.
//!
//! A batch is cut into parts that depend on its length alone, and the parts' filter gradients are added in their order:
//! the result is the same, to the bit, for any number of cores.

use super::Tensor;
use super::tape::record;
use super::tensor::{from_vec, slice};
use super::window::{Axis, Padding, Windows};
use crate::matmul::matmul_into;
use crate::parallel::{map_parts, samples_per_part};
use ndarray::ArrayView2;
use std::sync::Arc;

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
        let convolution = Convolution { windows, num_filters };
        let shape = [windows.count, num_filters, windows.rows.output, windows.columns.output];
        let out = convolution.forward(self.as_slice(), filters.as_slice());
        let kept_images = filters.place.is_some().then(|| Arc::clone(&self.value));
        let kept_filters = self.place.is_some().then(|| Arc::clone(&filters.value));
        let (image_shape, filter_shape) = (self.shape().to_vec(), filters.shape().to_vec());
        let out = Arc::new(from_vec(&shape, out));
        record("conv2d", [&self.place, &filters.place], out, move |dout, [images, filters], gradients| {
            let image_values = kept_images.filter(|_| filters.is_some());
            let filter_values = kept_filters.filter(|_| images.is_some());
            let values = (image_values.as_deref().map(slice), filter_values.as_deref().map(slice));
            let (dimages, dfilters) = convolution.backward(slice(&dout), values.0, values.1);
            if let (Some(filters), Some(dfilters)) = (filters, dfilters) {
                gradients.add(filters, from_vec(&filter_shape, dfilters));
            }
            if let (Some(images), Some(dimages)) = (images, dimages) {
                gradients.add(images, from_vec(&image_shape, dimages));
            }
        })
    }
}

#[derive(Clone, Copy)]
struct Convolution {
    windows: Windows,
    num_filters: usize,
}

impl Convolution {
    fn multiplications(&self) -> usize {
        self.windows.count * self.num_filters * self.windows.window_len() * self.windows.outputs()
    }

    /// Entries of an image, and of its output.
    fn lengths(&self) -> (usize, usize) {
        (self.windows.channels * self.windows.pixels(), self.num_filters * self.windows.outputs())
    }

    fn matrix<'a>(&self, numbers: &'a [f32], rows: usize) -> ArrayView2<'a, f32> {
        let columns = numbers.len() / rows;
        ArrayView2::from_shape((rows, columns), numbers).expect("whole rows")
    }

    fn forward(&self, images: &[f32], filters: &[f32]) -> Vec<f32> {
        let (image_len, out_len) = self.lengths();
        let per_part = samples_per_part(self.windows.count);
        let mut out = vec![0.0; self.windows.count * out_len];
        if out.is_empty() {
            return out;
        }
        let filters = self.matrix(filters, self.num_filters);
        let parts = out.chunks_mut(per_part * out_len).zip(images.chunks(per_part * image_len.max(1))).collect();
        map_parts(parts, self.multiplications(), |(out, images): (&mut [f32], &[f32])| {
            let mut unfolded = vec![0.0; self.windows.window_len() * self.windows.outputs()];
            for (out, image) in out.chunks_mut(out_len).zip(images.chunks(image_len)) {
                self.unfold(image, &mut unfolded);
                let unfolded = self.matrix(&unfolded, self.windows.window_len());
                matmul_into(filters, unfolded, out, false);
            }
        });
        out
    }

    /// The gradients of `images` if `filters` are given, and of `filters` if `images` are.
    fn backward(
        &self,
        dout: &[f32],
        images: Option<&[f32]>,
        filters: Option<&[f32]>,
    ) -> (Option<Vec<f32>>, Option<Vec<f32>>) {
        let (image_len, out_len) = self.lengths();
        let (window_len, count) = (self.windows.window_len(), self.windows.count);
        let mut dimages = filters.map(|_| vec![0.0; count * image_len]);
        let mut dfilters = images.map(|_| vec![0.0; self.num_filters * window_len]);
        if dout.is_empty() {
            return (dimages, dfilters);
        }
        let per_part = samples_per_part(count);
        let filters = filters.map(|filters| self.matrix(filters, self.num_filters));
        let mut dimage_parts = dimages.as_mut().map(|dimages| dimages.chunks_mut(per_part * image_len));
        let mut image_parts = images.map(|images| images.chunks(per_part * image_len));
        let parts = dout
            .chunks(per_part * out_len)
            .map(|dout| {
                let dimages = dimage_parts.as_mut().and_then(Iterator::next);
                (dout, image_parts.as_mut().and_then(Iterator::next), dimages)
            })
            .collect();
        let sums = map_parts(parts, 2 * self.multiplications(), |(dout, images, mut dimages): Part| {
            let mut unfolded = vec![0.0; window_len * self.windows.outputs()];
            let mut dfilters = images.map(|_| vec![0.0; self.num_filters * window_len]);
            for (index, dout) in dout.chunks(out_len).enumerate() {
                let dout = self.matrix(dout, self.num_filters);
                let image = index * image_len..(index + 1) * image_len;
                if let (Some(images), Some(dfilters)) = (images, &mut dfilters) {
                    self.unfold(&images[image.clone()], &mut unfolded);
                    let unfolded = self.matrix(&unfolded, window_len);
                    matmul_into(dout, unfolded.reversed_axes(), dfilters, true);
                }
                if let (Some(filters), Some(dimages)) = (filters, &mut dimages) {
                    matmul_into(filters.reversed_axes(), dout, &mut unfolded, false);
                    self.fold(&unfolded, &mut dimages[image]);
                }
            }
            dfilters
        });
        if let Some(dfilters) = &mut dfilters {
            for part in sums.into_iter().flatten() {
                dfilters.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
        (dimages, dfilters)
    }

    /// The windows of `image` as the columns of a matrix: a row holds one entry of every window.
    fn unfold(&self, image: &[f32], unfolded: &mut [f32]) {
        let Windows { rows, columns, .. } = self.windows;
        self.each_row(|channel, i, j, row| {
            let image = &image[channel * self.windows.pixels()..][..self.windows.pixels()];
            let unfolded = &mut unfolded[row * self.windows.outputs()..][..self.windows.outputs()];
            let (inside_rows, inside) = (rows.inside(i), columns.inside(j));
            for (y, line) in unfolded.chunks_mut(columns.output).enumerate() {
                if !inside_rows.contains(&y) || inside.is_empty() {
                    line.fill(0.0);
                    continue;
                }
                line[..inside.start].fill(0.0);
                line[inside.end..].fill(0.0);
                let pixels = &image[rows.pixel(y, i) * columns.input + columns.pixel(inside.start, j)..];
                let line = &mut line[inside.clone()];
                if columns.stride == 1 {
                    line.copy_from_slice(&pixels[..line.len()]);
                } else {
                    line.iter_mut().zip(pixels.iter().step_by(columns.stride)).for_each(|(to, from)| *to = *from);
                }
            }
        });
    }

    /// Adds each entry of the matrix of windows to the pixel it was copied from.
    fn fold(&self, unfolded: &[f32], image: &mut [f32]) {
        let Windows { rows, columns, .. } = self.windows;
        self.each_row(|channel, i, j, row| {
            let image = &mut image[channel * self.windows.pixels()..][..self.windows.pixels()];
            let unfolded = &unfolded[row * self.windows.outputs()..][..self.windows.outputs()];
            let inside = columns.inside(j);
            if inside.is_empty() {
                return;
            }
            for y in rows.inside(i) {
                let line = &unfolded[y * columns.output..][inside.clone()];
                let pixels = &mut image[rows.pixel(y, i) * columns.input + columns.pixel(inside.start, j)..];
                if columns.stride == 1 {
                    pixels.iter_mut().zip(line).for_each(|(to, from)| *to += from);
                } else {
                    pixels.iter_mut().step_by(columns.stride).zip(line).for_each(|(to, from)| *to += from);
                }
            }
        });
    }

    /// Calls `f(channel, i, j, row)` for each row of the matrix of windows: pixel `(i, j)` of a window, in a channel.
    fn each_row(&self, mut f: impl FnMut(usize, usize, usize, usize)) {
        let Windows { rows: Axis { window: height, .. }, columns: Axis { window: width, .. }, .. } = self.windows;
        for row in 0..self.windows.window_len() {
            f(row / (height * width), row / width % height, row % width, row);
        }
    }
}

/// Output gradients of some images, these images, and room for their gradients.
type Part<'a> = (&'a [f32], Option<&'a [f32]>, Option<&'a mut [f32]>);
