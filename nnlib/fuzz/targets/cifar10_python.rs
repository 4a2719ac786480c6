//! The Python batches of CIFAR-10 and the names of its classes: pickles.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nnlib::data::cifar10;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = cifar10::decode_python_batch(bytes, Path::new("file")) {
        assert_eq!(set.pixels().dim(), (set.labels().len(), 3 * 32 * 32));
        assert!(set.labels().iter().all(|&label| label <= 9));
    }
    if let Ok(names) = cifar10::decode_python_names(bytes, Path::new("file")) {
        assert_eq!(names.len(), 10);
    }
});
