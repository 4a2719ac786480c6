//! IDX files: what is written is read, and nothing else is.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use nnlib::Error;
use nnlib::data::idx::{self, IdxImages};
use tempfile::TempDir;

use super::{Dice, small_set};

const NAME: &str = "file";

/// The bytes of a file of `sizes[0]` images, or of labels if that is the only size, with these bytes after the header.
fn idx_bytes(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_be_bytes().to_vec();
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(body);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn images(bytes: &[u8]) -> Result<IdxImages, String> {
    idx::decode_images(bytes, Path::new(NAME)).map_err(|error| error.to_string())
}

fn labels(bytes: &[u8]) -> Result<Vec<u8>, String> {
    idx::decode_labels(bytes, Path::new(NAME)).map(|labels| labels.to_vec()).map_err(|error| error.to_string())
}

fn in_folder(folder: &TempDir, names: [&str; 2]) -> [PathBuf; 2] {
    names.map(|name| folder.path().join(name))
}

#[test]
fn a_set_comes_back_as_it_was_written_plain_and_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(23);
    for names in [["images", "labels"], ["deep/er/images.gz", "labels.GZ"]] {
        let [images, labels] = in_folder(&folder, names);
        idx::write(&set, &images, &labels).unwrap();
        assert_eq!(idx::read(&images, &labels).unwrap(), set);
    }
    let [plain, compressed] = in_folder(&folder, ["images", "deep/er/images.gz"]).map(|path| fs::read(path).unwrap());
    let body: Vec<u8> = set.pixels().iter().copied().collect();
    assert_eq!(plain, idx_bytes(0x803, &[23, 4, 5], &body));
    assert_eq!(compressed[..2], [0x1f, 0x8b]);
    // Nothing is left over from writing.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn writing_replaces_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let [images, labels] = in_folder(&folder, ["images", "labels"]);
    idx::write(&small_set(30), &images, &labels).unwrap();
    idx::write(&small_set(5), &images, &labels).unwrap();
    assert_eq!(idx::read(&images, &labels).unwrap(), small_set(5));
}

#[test]
fn the_first_bytes_tell_gzip_and_not_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, compressed] = in_folder(&folder, ["plain.gz", "compressed"]);
    fs::write(&plain, idx_bytes(0x801, &[3], &[7, 8, 9])).unwrap();
    fs::write(&compressed, gzip(&idx_bytes(0x801, &[3], &[7, 8, 9]))).unwrap();
    for path in [plain, compressed] {
        assert_eq!(idx::read_labels(path).unwrap().to_vec(), [7, 8, 9]);
    }
}

#[test]
fn a_gzip_file_of_several_members_is_one_file() {
    let bytes = idx_bytes(0x801, &[4], &[1, 2, 3, 4]);
    let (front, back) = bytes.split_at(9);
    assert_eq!(labels(&[gzip(front), gzip(back)].concat()).unwrap(), [1, 2, 3, 4]);
}

#[test]
fn sets_without_images_are_files_too() {
    let empty = images(&idx_bytes(0x803, &[0, 28, 28], &[])).unwrap();
    assert_eq!((empty.pixels.dim(), empty.height, empty.width), ((0, 784), 28, 28));
    assert!(labels(&idx_bytes(0x801, &[0], &[])).unwrap().is_empty());
}

#[test]
fn a_wrong_file_is_told_from_a_right_one() {
    let header =
        |length, magic| format!("file: expected an IDX header of {length} bytes, beginning with {magic}, found ");
    let (image_header, label_header) = (header(16, "0x00000803 (images)"), header(8, "0x00000801 (labels)"));
    let cases = [
        (images(b""), format!("{image_header}0 bytes")),
        (images(&[0, 0, 8]), format!("{image_header}3 bytes")),
        (images(&idx_bytes(0x803, &[1, 2], &[])), format!("{image_header}12 bytes")),
        (images(&idx_bytes(0x801, &[1], &[5])), format!("{image_header}0x00000801 (labels)")),
        (images(b"<!DOCTYPE html>"), format!("{image_header}0x3c21444f")),
        (images(&gzip(b"<!DOCTYPE html>")), format!("{image_header}0x3c21444f")),
    ];
    for (result, expected) in cases {
        assert_eq!(result.unwrap_err(), expected);
    }
    let cases = [
        (labels(&[]), format!("{label_header}0 bytes")),
        (labels(&idx_bytes(0x803, &[1, 2, 3], &[])), format!("{label_header}0x00000803 (images)")),
        (
            labels(&idx_bytes(0x801, &[3], &[0, 12, 10])),
            "file: expected labels from 0 to 9, found label 12 at index 1".into(),
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.unwrap_err(), expected);
    }
}

#[test]
fn a_file_of_the_wrong_length_is_told_how_long_it_should_be() {
    let promise = "file: expected 12 bytes after the header (2 images of 2x3), found ";
    assert_eq!(images(&idx_bytes(0x803, &[2, 2, 3], &[0; 11])).unwrap_err(), format!("{promise}11 bytes"));
    assert_eq!(
        images(&idx_bytes(0x803, &[2, 2, 3], &[0; 13])).unwrap_err(),
        format!("{promise}more bytes after those")
    );
    let promise = "file: expected 3 bytes after the header (3 labels), found ";
    assert_eq!(labels(&idx_bytes(0x801, &[3], &[1, 2])).unwrap_err(), format!("{promise}2 bytes"));
    assert_eq!(labels(&idx_bytes(0x801, &[3], &[1, 2, 3, 4])).unwrap_err(), format!("{promise}more bytes after those"));
}

#[test]
fn absurd_sizes_are_refused_and_never_believed() {
    let most = u32::MAX;
    for (sizes, expected) in [
        ([most, 28, 28], "a header that promises at most 1073741824 bytes, found 4294967295 images of 28x28"),
        ([1, 32769, 32768], "images of 1 to 1073741824 pixels, found 32769x32768"),
        ([5, 0, 28], "images of 1 to 1073741824 pixels, found 0x28"),
        ([0, most, most], "images of 1 to 1073741824 pixels, found 4294967295x4294967295"),
    ] {
        let error = images(&idx_bytes(0x803, &sizes, &[0; 40])).unwrap_err();
        assert_eq!(error, format!("file: expected {expected}"));
    }
    let error = labels(&idx_bytes(0x801, &[most], &[0; 40])).unwrap_err();
    let expected = "file: expected a header that promises at most 1073741824 bytes, found 4294967295 labels";
    assert_eq!(error, expected);
    // A gigabyte may be promised; what is missing is noticed without taking the memory first.
    let error = images(&idx_bytes(0x803, &[1, 32768, 32768], &[0; 40])).unwrap_err();
    assert_eq!(error, "file: expected 1073741824 bytes after the header (1 images of 32768x32768), found 40 bytes");
}

#[test]
fn a_gzip_bomb_is_read_no_further_than_its_header_says() {
    let bomb = gzip(&idx_bytes(0x803, &[1, 2, 2], &vec![0; 50_000_000]));
    assert!(bomb.len() < 100_000);
    let expected = "file: expected 4 bytes after the header (1 images of 2x2), found more bytes after those";
    assert_eq!(images(&bomb).unwrap_err(), expected);
}

#[test]
fn a_damaged_gzip_file_is_an_error_even_if_all_pixels_came_out() {
    let whole = gzip(&idx_bytes(0x801, &[3], &[1, 2, 3]));
    assert_eq!(
        labels(&whole[..whole.len() - 4]).unwrap_err(),
        "file: expected a whole gzip file, found one that is cut short"
    );
    let mut wrong_checksum = whole.clone();
    wrong_checksum[whole.len() - 8] ^= 1;
    let error = labels(&wrong_checksum).unwrap_err();
    assert!(error.starts_with("file: expected an undamaged gzip file, found corrupt"), "{error}");
    let trailing = [whole, b"more".to_vec()].concat();
    assert!(labels(&trailing).unwrap_err().contains("gzip file"));
}

#[test]
fn labels_must_be_as_many_as_images() {
    let folder = tempfile::tempdir().unwrap();
    let [images, labels] = in_folder(&folder, ["images", "labels"]);
    idx::write(&small_set(7), &images, folder.path().join("others")).unwrap();
    idx::write(&small_set(6), folder.path().join("others"), &labels).unwrap();
    let expected =
        format!("{}: expected 7 labels, one for each image of {}, found 6 labels", labels.display(), images.display());
    assert_eq!(idx::read(&images, &labels).unwrap_err().to_string(), expected);
}

#[test]
fn a_missing_file_and_an_impossible_place_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let error = idx::read_images(&missing).unwrap_err();
    assert!(matches!(&error, Error::Io { path, action: "read", .. } if *path == missing), "{error}");
    assert!(error.to_string().starts_with(&format!("cannot read {}: ", missing.display())));

    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = idx::write(&small_set(1), file.join("images"), file.join("labels")).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot create {}: ", file.join("images").display())));
    let error = idx::write(&small_set(1), folder.path().join(".."), &file).unwrap_err();
    assert!(error.to_string().starts_with("cannot create "), "{error}");
    // A folder in the place of the file: nothing is left beside it.
    fs::create_dir(folder.path().join("taken")).unwrap();
    let error = idx::write(&small_set(1), folder.path().join("taken"), &file).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn no_shortened_file_is_read() {
    let (image_bytes, label_bytes) = (idx_bytes(0x803, &[3, 4, 5], &[9; 60]), idx_bytes(0x801, &[60], &[9; 60]));
    for bytes in [image_bytes.clone(), gzip(&image_bytes)] {
        assert!(images(&bytes).is_ok());
        assert!((0..bytes.len()).all(|length| images(&bytes[..length]).is_err()));
    }
    for bytes in [label_bytes.clone(), gzip(&label_bytes)] {
        assert!(labels(&bytes).is_ok());
        assert!((0..bytes.len()).all(|length| labels(&bytes[..length]).is_err()));
    }
}

#[test]
fn a_damaged_file_is_refused_or_read_whole() {
    let mut dice = Dice(2);
    let body: Vec<u8> = (0..60).map(|_| dice.roll(10) as u8).collect();
    let (image_bytes, label_bytes) = (idx_bytes(0x803, &[3, 4, 5], &body), idx_bytes(0x801, &[60], &body));
    let whole = images(&image_bytes).unwrap();
    let (image_gzip, label_gzip) = (gzip(&image_bytes), gzip(&label_bytes));
    for _ in 0..20_000 {
        let damaged = dice.damage(&image_bytes);
        if let Ok(read) = images(&damaged) {
            assert_eq!(read.pixels.as_slice().unwrap(), &damaged[16..]);
            assert_eq!(read.pixels.ncols(), read.height * read.width);
        }
        let damaged = dice.damage(&label_bytes);
        if let Ok(read) = labels(&damaged) {
            assert_eq!(read, &damaged[8..]);
            assert!(read.iter().all(|&label| label <= 9));
        }
        // gzip carries a checksum: whatever is still read is what was written.
        if let Ok(read) = images(&dice.damage(&image_gzip)) {
            assert_eq!(read, whole);
        }
        if let Ok(read) = labels(&dice.damage(&label_gzip)) {
            assert_eq!(read, body);
        }
    }
}
