//! The largest entry of each window.

use super::Tensor;
use super::layout::{channels_last, from_channels_last};
use super::tape::record_one;
use super::window::{Padding, Windows};
use crate::parallel::{map_parts, samples_per_part};
use pulp::Arch;
use std::ops::Range;
use std::sync::Arc;

impl Tensor {
    /// The largest entry of each window of each channel: `(N, C, H, W)` gives `(N, C, H', W')`.
    ///
    /// Of equally large entries, the first of the window gets the gradient. Windows reach beyond the edge with
    /// [`Padding::Same`]; only what lies within the image counts.
    ///
    /// # Panics
    ///
    /// If the tensor has not four axes, a window's side or a stride is 0, or a window is larger than the images (with
    /// [`Padding::Valid`]).
    ///
    /// ```
    /// use nnlib::grad::{Padding, Tensor};
    /// use nnlib::ndarray::array;
    ///
    /// let image = Tensor::from(array![[[[1.0, 2.0, 5.0], [4.0, 3.0, 6.0]]]]);
    /// assert_eq!(image.max_pool((2, 2), (1, 1), Padding::Valid), Tensor::from(array![[[[4.0, 6.0]]]]));
    /// ```
    #[track_caller]
    pub fn max_pool(&self, window: (usize, usize), stride: (usize, usize), padding: Padding) -> Tensor {
        let windows = Windows::new("max_pool", self, window, stride, padding);
        let out_shape = [windows.count, windows.channels, windows.rows.output, windows.columns.output];
        let image_shape = [windows.count, windows.channels, windows.rows.input, windows.columns.input];
        let (largest, places) = pool(&channels_last(&self.value), &windows);
        let out = Arc::new(from_channels_last(out_shape, largest));
        record_one("max_pool", self, out, move |dout| {
            from_channels_last(image_shape, unpool(&channels_last(&dout), &places, &windows))
        })
    }
}

/// The largest entry of each window, and which pixel of the window it is; all channels last.
fn pool(images: &[f32], windows: &Windows) -> (Vec<f32>, Vec<u32>) {
    let (image_len, out_len) = (windows.channels * windows.pixels(), windows.channels * windows.outputs());
    let mut largest = vec![f32::NEG_INFINITY; windows.count * out_len];
    let mut places = vec![0; largest.len()];
    if largest.is_empty() {
        return (largest, places);
    }
    let per_part = samples_per_part(windows.count);
    let outs = largest.chunks_mut(per_part * out_len).zip(places.chunks_mut(per_part * out_len));
    let parts = outs.zip(images.chunks(per_part * image_len)).collect();
    let comparisons = windows.count * windows.window_len() * windows.outputs();
    map_parts(parts, comparisons, |((largest, places), images): ((&mut [f32], &mut [u32]), &[f32])| {
        let outs = largest.chunks_mut(out_len).zip(places.chunks_mut(out_len));
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for ((largest, places), image) in outs.zip(images.chunks(image_len)) {
                    each_pixel(windows, |place, pixel, output| {
                        let outs = largest[output.clone()].iter_mut().zip(&mut places[output]);
                        for ((largest, own_place), &pixel) in outs.zip(&image[pixel]) {
                            // Without a branch.
                            let larger = pixel > *largest || pixel.is_nan();
                            *own_place = if larger { place } else { *own_place };
                            *largest = if larger { pixel } else { *largest };
                        }
                    });
                }
            },
        );
    });
    (largest, places)
}

/// The gradient of the images: each entry of `dout` at the pixel that was the largest.
fn unpool(dout: &[f32], places: &[u32], windows: &Windows) -> Vec<f32> {
    let (image_len, out_len) = (windows.channels * windows.pixels(), windows.channels * windows.outputs());
    let mut dimages = vec![0.0; windows.count * image_len];
    if dout.is_empty() {
        return dimages;
    }
    let per_part = samples_per_part(windows.count);
    let given = dout.chunks(per_part * out_len).zip(places.chunks(per_part * out_len));
    let parts = dimages.chunks_mut(per_part * image_len).zip(given).collect();
    let comparisons = windows.count * windows.window_len() * windows.outputs();
    map_parts(parts, comparisons, |(dimages, (dout, places)): (&mut [f32], (&[f32], &[u32]))| {
        let given = dout.chunks(out_len).zip(places.chunks(out_len));
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (dimage, (dout, places)) in dimages.chunks_mut(image_len).zip(given) {
                    each_pixel(windows, |place, pixel, output| {
                        let given = dout[output.clone()].iter().zip(&places[output]);
                        for (dpixel, (&dout, &largest)) in dimage[pixel].iter_mut().zip(given) {
                            *dpixel += if largest == place { dout } else { 0.0 };
                        }
                    });
                }
            },
        );
    });
    dimages
}

/// Calls `f(place, pixel, output)` for each pixel of each window that lies in the image, a window's pixels in their order:
/// its place in the window, and where the channels of the pixel and of the window's output lie.
#[inline(always)]
fn each_pixel(windows: &Windows, mut f: impl FnMut(u32, Range<usize>, Range<usize>)) {
    let Windows { channels, rows, columns, .. } = *windows;
    for i in 0..rows.window {
        for y in rows.inside(i) {
            let line = rows.pixel(y, i) * columns.input;
            for j in 0..columns.window {
                for x in columns.inside(j) {
                    let pixel = (line + columns.pixel(x, j)) * channels;
                    let output = (y * columns.output + x) * channels;
                    f((i * columns.window + j) as u32, pixel..pixel + channels, output..output + channels);
                }
            }
        }
    }
}
