//! `.npz` files.

use super::archive::{Archive, npy};
use super::{fixture, varied, varied_f32, w1};
use ndarray::{Array, array};
use nnlib::Error;
use nnlib::parameters::Parameters;
use nnlib::save::npz;
use std::fs;

const NUMPY: &[u8] = include_bytes!("../../fixtures/save/numpy.npz");
const COMPRESSED: &[u8] = include_bytes!("../../fixtures/save/compressed.npz");

fn decode(bytes: &[u8]) -> Result<Parameters, String> {
    npz::decode(bytes, "file").map_err(|error| error.to_string())
}

/// The error for an archive with one entry, `W1.npy`, of this content.
fn content_error(content: &[u8]) -> String {
    decode(&Archive::new(content).bytes()).unwrap_err()
}

#[test]
fn what_is_written_is_read_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/model.npz");
    npz::write(&varied(), &path).unwrap();
    let read = npz::read(&path).unwrap();
    assert_eq!(read, varied());
    assert!(read[""][1].is_sign_negative());
    assert!(read.iter().all(|(_, array)| array.is_standard_layout()));
    npz::write_f32(&varied_f32(), &path).unwrap();
    assert_eq!(npz::read_f32(&path).unwrap(), varied_f32());
    npz::write(&Parameters::new(), &path).unwrap();
    assert!(npz::read(&path).unwrap().is_empty());
    // Nothing is left over from writing.
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn nan_keeps_its_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nan.npz");
    let bits = 0x7ff8_0000_dead_beef;
    npz::write(&[("x", array![f64::from_bits(bits)].into_dyn())].into_iter().collect(), &path).unwrap();
    assert_eq!(npz::read(&path).unwrap()["x"][0].to_bits(), bits);
}

#[test]
fn what_numpy_writes_is_read() {
    let mut expected = fixture();
    expected.insert("transposed", w1().reversed_axes());
    expected.insert("big", w1());
    expected.insert("größe", array![1.5]);
    let read = decode(NUMPY).unwrap();
    assert_eq!(read, expected);
    assert!(read["transposed"].is_standard_layout());
}

#[test]
fn what_numpy_compresses_is_read() {
    let mut expected = fixture();
    expected.insert("many", Array::from_elem((20, 50), 0.25));
    assert_eq!(decode(COMPRESSED).unwrap(), expected);
}

#[test]
fn f32_arrays_are_rounded_and_never_made_infinite() {
    let read = npz::decode_f32(NUMPY, "file").unwrap();
    assert_eq!(read["b1"], array![0.1, -2.5].into_dyn());
    assert_eq!(read["W1"][[0, 1]], 0.15);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npz");
    let params = [("x", array![f64::INFINITY, 1e39].into_dyn())].into_iter().collect();
    npz::write(&params, &path).unwrap();
    let expected = format!("{}: expected numbers within the range of f32 in entry `x`, found 1e39", path.display());
    assert_eq!(npz::read_f32(&path).unwrap_err().to_string(), expected);
}

#[test]
fn other_types_are_refused_by_name() {
    let error = decode(include_bytes!("../../fixtures/save/integers.npz")).unwrap_err();
    assert_eq!(error, "file: expected entry `epoch` to be of type f4 or f8 (float32, float64), found type `<i8`");
}

#[test]
fn no_shortened_file_is_read() {
    for bytes in [NUMPY, COMPRESSED] {
        assert!((0..bytes.len()).all(|length| decode(&bytes[..length]).is_err()));
    }
    let message = "file: expected a whole and undamaged ZIP archive, found one that is cut short, or has a comment";
    assert_eq!(decode(&NUMPY[..NUMPY.len() - 1]).unwrap_err(), message);
    assert_eq!(decode(&[NUMPY, b"more"].concat()).unwrap_err(), message);
}

#[test]
fn no_flipped_bit_changes_what_is_read() {
    for bytes in [NUMPY, COMPRESSED] {
        let whole = decode(bytes).unwrap();
        let mut damaged = bytes.to_vec();
        let mut refused = 0;
        for place in 0..bytes.len() {
            for bit in 0..8 {
                damaged[place] ^= 1 << bit;
                match decode(&damaged) {
                    Ok(read) => assert_eq!(read, whole, "bit {bit} of byte {place}"),
                    Err(_) => refused += 1,
                }
                damaged[place] ^= 1 << bit;
            }
        }
        // The others are dates, versions, attributes, and sizes that the directory has again.
        assert!(refused > 5 * bytes.len(), "{refused} of {} bits", 8 * bytes.len());
    }
}

#[test]
fn other_files_are_told_from_archives() {
    let promise = "file: expected a ZIP archive (`.npz`), beginning with `PK`, found ";
    assert_eq!(decode(b"").unwrap_err(), format!("{promise}0 bytes beginning with []"));
    assert_eq!(decode(b"\x93NUMPY\x01\0").unwrap_err(), format!("{promise}8 bytes beginning with [93, 4e, 55, 4d]"));
}

#[test]
fn contradictions_in_an_archive_are_refused() {
    let good =
        || Archive::new(&npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", &1.5_f64.to_le_bytes()));
    assert_eq!(decode(&good().bytes()).unwrap()["W1"], array![1.5].into_dyn());
    let no_entry = "no such entry where the directory says (entry `W1.npy`)";
    let cases = [
        (Archive { local_name: "W2.npy", ..good() }, no_entry),
        (Archive { flags: 1, ..good() }, "encryption, or a feature unknown here (entry `W1.npy`)"),
        (Archive { method: 12, ..good() }, "a compression other than deflation (entry `W1.npy`)"),
        (Archive { crc: 7, ..good() }, "a wrong length or checksum (entry `W1.npy`)"),
        (Archive { size: 5, ..good() }, "a wrong length or checksum (entry `W1.npy`)"),
        (Archive { method: 8, data: vec![0xff; 8], ..good() }, "damaged compressed data (entry `W1.npy`)"),
        (Archive { count: 2, ..good() }, "1 entries instead of 2"),
        (Archive { count: 0, ..good() }, "1 entries instead of 0"),
        (Archive { copies: 2, count: 2, ..good() }, "two entries `W1.npy`"),
    ];
    for (archive, found) in cases {
        let expected = format!("file: expected a whole and undamaged ZIP archive, found {found}");
        assert_eq!(decode(&archive.bytes()).unwrap_err(), expected);
    }
    let other = Archive { name: "README.txt", local_name: "README.txt", ..good() };
    let expected = "file: expected an `.npz` file, with entries `NAME.npy`, found an entry `README.txt`";
    assert_eq!(decode(&other.bytes()).unwrap_err(), expected);
}

#[test]
fn a_compressed_entry_is_inflated_no_further_than_promised() {
    let bomb = Archive { size: 1000, ..Archive::deflated(&vec![0; 50_000_000]) };
    assert!(bomb.data.len() < 100_000);
    let expected =
        "file: expected a whole and undamaged ZIP archive, found a wrong length or checksum (entry `W1.npy`)";
    assert_eq!(decode(&bomb.bytes()).unwrap_err(), expected);
    let liar = Archive { size: u32::MAX, ..Archive::deflated(b"") };
    let expected = "file: expected entries of at most 1073741824 bytes together, found 4294967295";
    assert_eq!(decode(&liar.bytes()).unwrap_err(), expected);
}

#[test]
fn a_shape_is_not_believed_before_its_numbers_are_there() {
    let header = |shape| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    let one = 1.5_f64.to_le_bytes();
    let cases = [
        ("(2, 3)", "48 bytes of numbers in entry `W1` (shape (2, 3)), found 8 bytes"),
        ("()", ""),
        ("(0,)", "0 bytes of numbers in entry `W1` (shape (0,)), found 8 bytes"),
        (
            "(1152921504606846976,)",
            "9223372036854775808 bytes of numbers in entry `W1` (shape (1152921504606846976,)), found 8 bytes",
        ),
        ("(4294967296, 4294967296)", "a shape that fits into memory for entry `W1`, found (4294967296, 4294967296)"),
    ];
    for (shape, expected) in cases {
        match decode(&Archive::new(&npy(&header(shape), &one)).bytes()) {
            Ok(read) => assert_eq!((read["W1"].ndim(), read["W1"].sum()), (0, 1.5)),
            Err(error) => assert_eq!(error, format!("file: expected {expected}")),
        }
    }
    let error = content_error(&npy(&header("(0, 4294967296, 2147483648)"), &[]));
    assert!(error.starts_with("file: expected a shape that fits into memory for entry `W1`, found (0, "), "{error}");
}

#[test]
fn headers_are_read_as_python_would_write_them_and_no_other() {
    let one = 1.5_f64.to_le_bytes();
    for header in [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }     \n",
        "{\"shape\": (1, ), \"fortran_order\":True,\"descr\": \"<f8\"}",
        "{ 'shape' : ( 1, 1 ) , 'descr':'<f8','fortran_order' :False}",
    ] {
        assert_eq!(decode(&Archive::new(&npy(header, &one)).bytes()).unwrap()["W1"].sum(), 1.5);
    }
    for header in [
        "",
        "{}",
        "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
    ] {
        let expected = "file: expected a header of `descr`, `fortran_order` and `shape` in entry `W1`";
        assert_eq!(content_error(&npy(header, &one)), format!("{expected}, found {header:?}"));
    }
    let promise = "file: expected an NPY file of version 1 to 3 as entry `W1`, found ";
    assert_eq!(content_error(b"NUMPY"), format!("{promise}5 bytes"));
    let cut = &npy("{'descr': '<f8'}", &[])[..20];
    assert_eq!(content_error(cut), format!("{promise}20 bytes beginning with [93, 4e, 55, 4d, 50, 59, 01, 00]"));
    let newer = [b"\x93NUMPY\x04\0", &[0; 8][..]].concat();
    assert_eq!(content_error(&newer), format!("{promise}16 bytes beginning with [93, 4e, 55, 4d, 50, 59, 04, 00]"));
}

#[test]
fn a_missing_file_and_an_impossible_place_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.npz");
    let error = npz::read(&missing).unwrap_err();
    assert!(matches!(&error, Error::Io { path, action: "read", .. } if *path == missing), "{error}");
    // A folder in the place of the file: it stays, and nothing is left beside it.
    fs::create_dir(&missing).unwrap();
    let error = npz::write(&fixture(), &missing).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write {}: ", missing.display())), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
