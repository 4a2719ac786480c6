//! Embedded digits (tuning copy).
#![allow(missing_docs)]
mod glyphs;
mod hand;
mod ink;
mod stream;
use stream::Stream;

pub(crate) fn params() -> &'static [f32] {
    static P: std::sync::OnceLock<Vec<f32>> = std::sync::OnceLock::new();
    P.get_or_init(|| std::env::var("DIGITS").unwrap().split_whitespace().map(|s| s.parse().unwrap()).collect())
}

pub fn raw(set: u64, n: usize) -> (Vec<u8>, Vec<u8>) {
    let mut pixels = vec![0u8; n * 784];
    let mut labels = vec![0u8; n];
    let half = n.div_ceil(2);
    std::thread::scope(|scope| {
        for (block, (p, l)) in pixels.chunks_mut(half * 784).zip(labels.chunks_mut(half)).enumerate() {
            scope.spawn(move || {
                for (i, (image, label)) in p.chunks_mut(784).zip(l).enumerate() {
                    let mut stream = Stream::new(set, (block * half + i) as u64);
                    let digit = stream.below(10) as usize;
                    *label = digit as u8;
                    let strokes = hand::write(digit, &mut stream);
                    ink::print(&strokes, &mut stream, image);
                }
            });
        }
    });
    (pixels, labels)
}
