//! Records of probes, as a process that ran other people's code may leave them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nnlib::probe::{Submitted, records};

fuzz_target!(|bytes: &[u8]| {
    let read: Vec<_> = records(bytes).map_while(Result::ok).collect();
    let written: Vec<u8> =
        read.iter().flat_map(|record| record.to_bytes().expect("what is read is in bounds")).collect();
    assert!(bytes.starts_with(&written), "what is read is what was written");
    let submitted = Submitted::read(bytes);
    assert!(read.iter().all(|record| submitted.names().any(|name| name == record.name)));
});
