//! Files of tensors in the format of safetensors.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nnlib::save::safetensors;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(arrays) = safetensors::decode_f32(bytes, Path::new("file")) {
        let params = safetensors::decode(bytes, Path::new("file")).expect("what is read in f32 is read in f64");
        assert!(params.names().eq(arrays.keys()));
        assert!(params.iter().all(|(name, array)| array.shape() == arrays[name].shape()));
    }
});
