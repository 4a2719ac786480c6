//! Drawing a generated set on all cores.

use std::thread;

use ndarray::{Array1, Array2};

use crate::notebook::Progress;
use crate::parallel::num_threads;

/// Calls `draw(index, image)` for `count` images of `image_len` bytes each, on all cores, and collects the labels that
/// it returns: pixels `(count, image_len)` and labels `(count,)`.
///
/// What is drawn must depend on `index` alone, so that the set is the same however many threads share it.
pub(super) fn draw_set(
    count: usize,
    image_len: usize,
    draw: impl Fn(usize, &mut [u8]) -> u8 + Sync,
) -> (Array2<u8>, Array1<u8>) {
    let mut pixels = vec![0; count * image_len];
    let mut labels = vec![0; count];
    let threads = num_threads();
    let share = count.div_ceil(threads).max(1);
    let mut progress = Progress::watch("drawing images", count).unit("image");
    thread::scope(|scope| {
        let shares = pixels.chunks_mut(share * image_len).zip(labels.chunks_mut(share));
        let mut shares = (0..count).step_by(share).zip(shares);
        let own = shares.next();
        for (first, (pixels, labels)) in shares {
            let draw = &draw;
            scope.spawn(move || draw_share(first, image_len, pixels, labels, draw));
        }
        if let Some((first, (pixels, labels))) = own {
            draw_share(first, image_len, pixels, labels, |index, image| {
                // The other threads are about as far.
                progress.advance(threads.min(count - index * threads));
                draw(index, image)
            });
        }
    });
    let pixels = Array2::from_shape_vec((count, image_len), pixels).expect("as many pixels as were asked for");
    (pixels, Array1::from_vec(labels))
}

/// Draws the images from number `first` on.
fn draw_share(
    first: usize,
    image_len: usize,
    pixels: &mut [u8],
    labels: &mut [u8],
    mut draw: impl FnMut(usize, &mut [u8]) -> u8,
) {
    for (offset, (image, label)) in pixels.chunks_exact_mut(image_len).zip(labels).enumerate() {
        *label = draw(first + offset, image);
    }
}
