//! The binary batches of CIFAR-10 and the names of its classes.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nnlib::data::cifar10;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = cifar10::decode_binary_batch(bytes, Path::new("file")) {
        assert_eq!(set.len() * (1 + 3 * 32 * 32), bytes.len());
        assert!(set.labels().iter().all(|&label| label <= 9));
    }
    if let Ok(names) = cifar10::decode_binary_names(bytes, Path::new("file")) {
        assert_eq!(names.len(), 10);
    }
});
