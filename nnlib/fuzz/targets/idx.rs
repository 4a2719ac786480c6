//! IDX files of images and of labels, plain and compressed.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nnlib::data::idx;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(images) = idx::decode_images(bytes, Path::new("file")) {
        assert_eq!(images.pixels.ncols(), images.height * images.width);
    }
    if let Ok(labels) = idx::decode_labels(bytes, Path::new("file")) {
        assert!(labels.iter().all(|&label| label <= 9));
    }
});
