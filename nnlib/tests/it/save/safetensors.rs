//! `.safetensors` files.

use super::{fixture, varied, varied_f32};
use ndarray::{Array, array};
use nnlib::parameters::Parameters;
use nnlib::save::safetensors;
use std::fs;

const PACKAGE: &[u8] = include_bytes!("../../fixtures/save/numpy.safetensors");

fn decode(bytes: &[u8]) -> Result<Parameters, String> {
    safetensors::decode(bytes, "file").map_err(|error| error.to_string())
}

/// A file with this header before `data`.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn what_is_written_is_read_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    safetensors::write(&varied(), &path).unwrap();
    let read = safetensors::read(&path).unwrap();
    assert_eq!(read, varied());
    assert!(read[""][1].is_sign_negative());
    safetensors::write_f32(&varied_f32(), &path).unwrap();
    assert_eq!(safetensors::read_f32(&path).unwrap(), varied_f32());
    safetensors::write(&Parameters::new(), &path).unwrap();
    assert!(safetensors::read(&path).unwrap().is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_the_python_package_writes_is_read() {
    assert_eq!(decode(PACKAGE).unwrap(), fixture());
    let read = safetensors::decode_f32(PACKAGE, "file").unwrap();
    assert_eq!((read["b1"].clone(), read["W1"][[0, 1]]), (array![0.1, -2.5].into_dyn(), 0.15));
}

#[test]
fn other_types_and_names_are_refused() {
    let error = decode(include_bytes!("../../fixtures/save/integers.safetensors")).unwrap_err();
    assert_eq!(error, "file: expected entry `epoch` to be of type F32 or F64, found type I64");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut params = Parameters::new();
    params.insert("__metadata__", Array::zeros(3));
    let error = safetensors::write(&params, &path).unwrap_err().to_string();
    let expected =
        "expected a name other than `__metadata__`, which safetensors keeps for itself, found an array of that name";
    assert_eq!(error, format!("{}: {expected}", path.display()));
    assert!(!path.exists());
}

#[test]
fn no_shortened_or_lengthened_file_is_read() {
    assert!((0..PACKAGE.len()).all(|length| decode(&PACKAGE[..length]).is_err()));
    let expected = "file: expected a whole safetensors file, found incomplete metadata, file not fully covered";
    assert_eq!(decode(&[PACKAGE, &[0]].concat()).unwrap_err(), expected);
    assert_eq!(decode(b"").unwrap_err(), "file: expected a whole safetensors file, found header too small");
}

#[test]
fn a_file_with_a_flipped_bit_is_refused_or_has_all_its_numbers() {
    let numbers = |params: &Parameters| params.iter().map(|(_, array)| array.len()).sum::<usize>();
    let whole = decode(PACKAGE).unwrap();
    let mut damaged = PACKAGE.to_vec();
    for place in 0..PACKAGE.len() {
        for bit in 0..8 {
            damaged[place] ^= 1 << bit;
            if let Ok(read) = decode(&damaged) {
                assert_eq!((read.len(), numbers(&read)), (whole.len(), numbers(&whole)), "bit {bit} of byte {place}");
            }
            damaged[place] ^= 1 << bit;
        }
    }
}

#[test]
fn sizes_are_not_believed_before_the_bytes_are_there() {
    let tensor =
        |shape: &str, end: u64| format!(r#"{{"W1":{{"dtype":"F64","shape":{shape},"data_offsets":[0,{end}]}}}}"#);
    assert_eq!(decode(&file(&tensor("[1]", 8), &1.5_f64.to_le_bytes())).unwrap()["W1"], array![1.5].into_dyn());
    let cases = [
        ("[2]", 8, "invalid shape, data type, or offset for tensor"),
        ("[1152921504606846976]", 1 << 63, "overflow"),
        ("[4294967296, 4294967296]", 8, "overflow"),
        ("[2]", 16, "file not fully covered"),
    ];
    for (shape, end, found) in cases {
        let error = decode(&file(&tensor(shape, end), &[0; 8])).unwrap_err();
        assert!(error.starts_with("file: expected a whole safetensors file, found "), "{error}");
        assert!(error.contains(found), "{error}");
    }
    let error = decode(&file(&tensor("[0, 4294967296, 2147483648]", 0), &[])).unwrap_err();
    assert!(error.starts_with("file: expected a shape that fits into memory for entry `W1`, found (0, "), "{error}");
    let error = decode(&[&u64::MAX.to_le_bytes()[..], b"{}"].concat()).unwrap_err();
    assert_eq!(error, "file: expected a whole safetensors file, found header too large");
}
