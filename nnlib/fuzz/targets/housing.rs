//! The file of California housing.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nnlib::data::housing;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(housing) = housing::decode(bytes, Path::new("file")) {
        assert!(!housing.is_empty());
        assert_eq!(housing.features.dim(), (housing.len(), 8));
        assert!(housing.features.iter().chain(&housing.target).all(|value| value.is_finite()));
    }
});
