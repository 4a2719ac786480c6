//! The largest entry of each window.

use super::Tensor;
use super::tape::record_one;
use super::tensor::{from_vec, slice};
use super::window::{Padding, Windows};
use crate::parallel::{map_parts, samples_per_part};
use ndarray::ArrayD;
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
        let (largest, places) = pool(self.as_slice(), &windows);
        let out = from_vec(&[windows.count, windows.channels, windows.rows.output, windows.columns.output], largest);
        let shape = self.shape().to_vec();
        record_one("max_pool", self, Arc::new(out), move |dout| {
            let mut dimages = ArrayD::zeros(shape);
            let all = dimages.as_slice_mut().expect("zeros are in standard layout");
            for (image, (dout, places)) in
                slice(&dout).chunks(windows.outputs().max(1)).zip(places.chunks(windows.outputs().max(1))).enumerate()
            {
                let dimage = &mut all[image * windows.pixels()..][..windows.pixels()];
                for (&place, dout) in places.iter().zip(dout) {
                    dimage[place as usize] += dout;
                }
            }
            dimages
        })
    }
}

/// The largest entry of each window, and which pixel of its channel it is.
fn pool(images: &[f32], windows: &Windows) -> (Vec<f32>, Vec<u32>) {
    let (pixels, outputs) = (windows.pixels(), windows.outputs());
    let mut largest = vec![f32::NEG_INFINITY; windows.count * windows.channels * outputs];
    let mut places = vec![0; largest.len()];
    if largest.is_empty() {
        return (largest, places);
    }
    let per_part = samples_per_part(windows.count) * windows.channels;
    let outs = largest.chunks_mut(per_part * outputs).zip(places.chunks_mut(per_part * outputs));
    let parts = outs.zip(images.chunks(per_part * pixels)).collect();
    let comparisons = windows.count * windows.window_len() * outputs;
    map_parts(parts, comparisons, |((largest, places), images): ((&mut [f32], &mut [u32]), &[f32])| {
        let outs = largest.chunks_mut(outputs).zip(places.chunks_mut(outputs));
        for ((largest, places), image) in outs.zip(images.chunks(pixels)) {
            pool_channel(image, windows, largest, places);
        }
    });
    (largest, places)
}

/// As [`pool`], for one channel of one image. Takes the pixels of all windows in turn: a comparison without a branch.
fn pool_channel(image: &[f32], windows: &Windows, largest: &mut [f32], places: &mut [u32]) {
    let (rows, columns) = (&windows.rows, &windows.columns);
    for i in 0..rows.window {
        for y in rows.inside(i) {
            let line = rows.pixel(y, i) * columns.input;
            for j in 0..columns.window {
                let inside = columns.inside(j);
                if inside.is_empty() {
                    continue;
                }
                let first = line + columns.pixel(inside.start, j);
                let outs = y * columns.output + inside.start..y * columns.output + inside.end;
                let outs = largest[outs.clone()].iter_mut().zip(&mut places[outs]);
                let pixels = image[first..].iter().step_by(columns.stride);
                for ((index, &pixel), (largest, place)) in pixels.enumerate().zip(outs) {
                    let larger = pixel > *largest || pixel.is_nan();
                    *place = if larger { (first + index * columns.stride) as u32 } else { *place };
                    *largest = if larger { pixel } else { *largest };
                }
            }
        }
    }
}
