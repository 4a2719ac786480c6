//! CIFAR-10: its two forms, where it is found, and how it is split.

use std::fs;
use std::path::Path;

use ndarray::{Array1, Array2, Axis, s};
use nnlib::data::cifar10::{self, CLASS_NAMES, Cifar10, Origin, Split};
use nnlib::data::{ImageSet, Places};
use nnlib::{Error, Result};

use super::{Dice, panic_message};

const BATCHES: [&str; 6] =
    ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
const PYTHON_BATCH: &[u8] = include_bytes!("../../fixtures/cifar10/batch-python2");
const PYTHON_META: &[u8] = include_bytes!("../../fixtures/cifar10/meta-python2");

/// The bytes of a binary batch: picture `i` has label `i % 10`, and its value `j` is `first + i + j`, cut to a byte.
fn binary_batch(count: usize, first: usize) -> Vec<u8> {
    let row = |i: usize| [(i % 10) as u8].into_iter().chain((0..3072).map(move |j| (first + i + j) as u8));
    (0..count).flat_map(row).collect()
}

/// Six binary batches of three pictures.
fn write_binary(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (index, name) in BATCHES.iter().enumerate() {
        fs::write(folder.join(format!("{name}.bin")), binary_batch(3, 50 * index)).unwrap();
    }
    fs::write(folder.join("batches.meta.txt"), CLASS_NAMES.join("\n") + "\n\n").unwrap();
}

/// Six Python batches of two pictures.
fn write_python(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    BATCHES.iter().for_each(|name| fs::write(folder.join(name), PYTHON_BATCH).unwrap());
    fs::write(folder.join("batches.meta"), PYTHON_META).unwrap();
}

fn message(result: Result<Cifar10>) -> String {
    result.unwrap_err().to_string()
}

fn decode(bytes: &[u8]) -> Result<ImageSet, String> {
    cifar10::decode_binary_batch(bytes, Path::new("file")).map_err(|error| error.to_string())
}

#[test]
fn a_binary_batch_is_a_label_and_three_planes_a_row() {
    let set = decode(&binary_batch(12, 0)).unwrap();
    assert_eq!(set.to_string(), "12 colour images of 32x32, 10 classes");
    assert_eq!(set.labels().to_vec(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    let planes = set.planes(5);
    // Value j of the row is in plane j / 1024, line j / 32 % 32, column j % 32.
    let value = |plane: usize, line: usize, column: usize| (5 + 1024 * plane + 32 * line + column) as u8;
    assert!(planes.indexed_iter().all(|((plane, line, column), &pixel)| pixel == value(plane, line, column)));
    assert!(decode(&[]).unwrap().is_empty());
}

#[test]
fn a_binary_batch_of_another_length_or_with_other_labels_is_refused() {
    let whole = binary_batch(2, 0);
    let expected = "file: expected rows of 3073 bytes (a label and 3 planes of 32x32), found ";
    for length in 0..whole.len() {
        match decode(&whole[..length]) {
            Ok(set) => assert_eq!(length, 3073 * set.len()),
            Err(error) => assert_eq!(error, format!("{expected}{} rows and {} bytes", length / 3073, length % 3073)),
        }
    }
    let mut stray = whole.clone();
    stray[3073] = 10;
    assert_eq!(decode(&stray).unwrap_err(), "file: expected labels from 0 to 9, found label 10 in row 1, at byte 3073");
    let mut dice = Dice(9);
    for _ in 0..500 {
        let damaged = dice.damage(&whole);
        if let Ok(set) = decode(&damaged) {
            assert_eq!(set.len() * 3073, damaged.len());
        }
    }
}

#[test]
fn binary_names_are_ten_lines() {
    let names =
        |bytes: &[u8]| cifar10::decode_binary_names(bytes, Path::new("file")).map_err(|error| error.to_string());
    assert_eq!(names((CLASS_NAMES.join("\r\n") + "\r\n").as_bytes()).unwrap(), CLASS_NAMES);
    assert_eq!(names(b"one\ntwo\n").unwrap_err(), "file: expected the names of 10 classes, a line each, found 2 lines");
    assert_eq!(names(b"ab\xff").unwrap_err(), "file: expected text in UTF-8, found other bytes at byte 2");
}

#[test]
fn both_forms_are_found_in_their_folder_and_in_one_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let (python, binary) = (folder.path().join("cifar-10-batches-py"), folder.path().join("cifar-10-batches-bin"));
    write_binary(&binary);
    for place in [&binary, folder.path()] {
        let cifar = cifar10::load_from(place).unwrap();
        assert_eq!(cifar.origin, Origin::Binary(binary.clone()));
        assert_eq!((cifar.train.len(), cifar.test.len()), (15, 3));
        let said = format!("CIFAR-10 from the binary batches in {} (15 + 3 images)", binary.display());
        assert_eq!((cifar.to_string(), format!("{cifar:?}")), (said.clone(), said));
        assert_eq!(cifar.class_names, CLASS_NAMES);
        // The batches come one after the other.
        for batch in 0..5 {
            let expected = decode(&binary_batch(3, 50 * batch)).unwrap();
            assert_eq!(cifar.train.rows(3 * batch..3 * batch + 3), expected);
        }
        assert_eq!(cifar.test, decode(&binary_batch(3, 250)).unwrap());
    }
    write_python(&python);
    for place in [&python, folder.path()] {
        let cifar = cifar10::load_from(place).unwrap();
        assert_eq!(cifar.origin, Origin::Python(python.clone()));
        let said = format!("CIFAR-10 from the Python batches in {} (10 + 2 images)", python.display());
        assert_eq!(cifar.to_string(), said);
        assert_eq!(cifar.train.rows(8..10), cifar.test);
        assert_eq!(cifar.class_names, CLASS_NAMES);
    }
}

#[test]
fn names_of_the_classes_come_from_the_file_if_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    write_binary(folder.path());
    let names = || cifar10::load_from(folder.path()).map(|cifar| cifar.class_names);
    let meta = folder.path().join("batches.meta.txt");
    fs::write(&meta, "a b c d e f g h i j".replace(' ', "\n")).unwrap();
    assert_eq!(names().unwrap()[9], "j");
    fs::write(&meta, "a").unwrap();
    let expected = format!("{}: expected the names of 10 classes, a line each, found 1 lines", meta.display());
    assert_eq!(names().unwrap_err().to_string(), expected);
    fs::remove_file(&meta).unwrap();
    assert_eq!(names().unwrap(), CLASS_NAMES);
}

#[test]
fn an_incomplete_set_is_told_what_it_lacks() {
    for (index, missing) in BATCHES.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        write_binary(folder.path());
        let missing = folder.path().join(format!("{missing}.bin"));
        fs::remove_file(&missing).unwrap();
        let other = folder.path().join(format!("{}.bin", BATCHES[if index == 0 { 1 } else { 0 }]));
        let expected = format!(
            "{}: expected the file {}, found only others of the six batches, such as {}",
            folder.path().display(),
            missing.display(),
            other.display()
        );
        assert_eq!(message(cifar10::load_from(folder.path())), expected);
    }
    let folder = tempfile::tempdir().unwrap();
    let error = cifar10::load_from(folder.path()).unwrap_err();
    assert!(matches!(&error, Error::NotFound { searched, .. } if searched.len() == 4), "{error}");
    assert!(error.to_string().starts_with("CIFAR-10 was not found; looked at "));
    let missing = folder.path().join("missing");
    assert!(message(cifar10::load_from(&missing)).starts_with(&format!("cannot list {}: ", missing.display())));
}

#[test]
fn a_half_written_set_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    write_binary(folder.path());
    for name in [BATCHES[3], BATCHES[5]] {
        let path = folder.path().join(format!("{name}.bin"));
        // A whole number of rows, as a full disk may leave it.
        fs::write(&path, binary_batch(2, 0)).unwrap();
        let expected = format!("{}: expected 3 pictures, as in data_batch_1, found 2", path.display());
        assert_eq!(message(cifar10::load_from(folder.path())), expected);
        fs::write(&path, binary_batch(3, 0)).unwrap();
    }
    for name in BATCHES {
        fs::write(folder.path().join(format!("{name}.bin")), b"").unwrap();
    }
    let expected = format!("{}: expected training images, found none", folder.path().display());
    assert_eq!(message(cifar10::load_from(folder.path())), expected);

    let folder = tempfile::tempdir().unwrap();
    write_python(folder.path());
    let (batch, meta) = (folder.path().join(BATCHES[0]), folder.path().join("batches.meta"));
    let at = PYTHON_META.windows(2).position(|pair| pair == b"K\x02").unwrap();
    let mut three = PYTHON_META.to_vec();
    three[at + 1] = 3;
    fs::write(&meta, three).unwrap();
    let expected = format!("{}: expected 3 pictures, as {} says, found 2", batch.display(), meta.display());
    assert_eq!(message(cifar10::load_from(folder.path())), expected);
}

#[test]
fn places_are_looked_at_in_order() {
    let [root, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let places = Places { data_root: Some(root.path().to_owned()), cache: Some(cache.path().to_owned()) };
    let names = ["cifar-10-batches-py", "cifar-10-batches-bin", "cifar10"];
    let folders: Vec<_> =
        [&root, &cache].into_iter().flat_map(|root| names.map(|name| root.path().join(name))).collect();
    let found = || -> Vec<_> {
        let places = cifar10::locate_in(&places).into_iter();
        places.map(|place| (place.folder, place.found.map_err(|error| error.to_string()))).collect()
    };
    assert!(found().into_iter().eq(folders.iter().map(|folder| (folder.clone(), Ok(None)))));
    let embedded = cifar10::load_in(&places).unwrap();
    assert_eq!(
        embedded.to_string(),
        "embedded pictures, drawn by a generator: NOT the real CIFAR-10 (50000 + 10000 images).\n\
         For the real set, unpack cifar-10-python.tar.gz or cifar-10-binary.tar.gz in $NNLIB_DATA."
    );
    assert_eq!(embedded.class_names[0], nnlib::data::textures::CLASS_NAMES[0]);
    let origin = || cifar10::load_in(&places).map(|cifar| cifar.origin);

    // The later a place is in order, the earlier it is filled.
    for (index, folder) in folders.iter().enumerate().rev() {
        let origin_of = if index % 3 == 0 { Origin::Python } else { Origin::Binary };
        if index % 3 == 0 {
            write_python(folder)
        } else {
            write_binary(folder)
        }
        assert_eq!(origin().unwrap(), origin_of(folder.clone()));
        assert_eq!(found()[index], (folder.clone(), Ok(Some(origin_of(folder.clone())))));
    }
    // A folder that exists but is broken is an error, though good ones come after it.
    fs::write(folders[0].join("data_batch_2"), b"cut").unwrap();
    assert!(message(cifar10::load_in(&places)).starts_with(&folders[0].join("data_batch_2").display().to_string()));
}

#[test]
fn a_split_is_less_the_mean_of_its_training_images() {
    let folder = tempfile::tempdir().unwrap();
    write_binary(folder.path());
    let cifar = cifar10::load_from(folder.path()).unwrap();
    let split = cifar.split(9, 4, 2);
    assert_eq!([split.train.len(), split.validation.len(), split.test.len()], [9, 4, 2]);
    assert_eq!(split.mean_image.dim(), (3, 32, 32));
    let pixels = cifar.train.pixels().mapv(f64::from);
    let mean = pixels.slice(s![..9, ..]).mean_axis(Axis(0)).unwrap();
    assert_eq!(split.mean_image.flatten(), mean);

    let (x, y) = split.train.all();
    assert_eq!(x.shape(), [9, 3, 32, 32]);
    assert_eq!(y.to_vec(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    assert!(x.mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-12));
    let (x, y) = split.validation.all();
    assert_eq!(y.to_vec(), [0, 1, 2, 0]);
    let expected = &pixels.slice(s![9..13, ..]) - &mean;
    assert_eq!(x, expected.into_shape_with_order((4, 3, 32, 32)).unwrap().into_dyn());
    assert_eq!(split.test.images(), &cifar.test.head(2));

    let (batch, labels) = split.validation.batch(&[3, 0, 3]);
    assert_eq!(batch, x.select(Axis(0), &[3, 0, 3]));
    assert_eq!(labels.to_vec(), [0, 0, 0]);
    assert_eq!(split.validation.rows(1..3).0, x.select(Axis(0), &[1, 2]));
    assert!(!split.train.is_empty() && cifar.split(1, 0, 0).test.is_empty());
    assert_eq!(
        format!("{split:?}"),
        "train: 9 colour images of 32x32, 10 classes, less a mean image\n\
         validation: 4 colour images of 32x32, 10 classes, less a mean image\n\
         test: 2 colour images of 32x32, 10 classes, less a mean image"
    );
}

#[test]
fn an_impossible_split_is_told() {
    let set = |count, width| ImageSet::new(Array2::zeros((count, 6)), Array1::zeros(count), 6 / width, width);
    let split = |counts: [usize; 3]| Split::new(&set(10, 2), &set(5, 2), counts[0], counts[1], counts[2]);
    let expected = |train, validation| {
        format!(
            "Split::new: got {train} images to train on and {validation} to validate by, expected at least 1 and \
             together at most 10, the training set"
        )
    };
    assert_eq!(panic_message(|| split([0, 1, 1])), expected(0, 1));
    assert_eq!(panic_message(|| split([8, 3, 1])), expected(8, 3));
    assert_eq!(panic_message(|| split([usize::MAX, 3, 1])), expected(usize::MAX, 3));
    assert_eq!(
        panic_message(|| split([1, 1, 6])),
        "Split::new: got 6 images to test on, expected at most 5, the test set"
    );
    assert_eq!(
        panic_message(|| Split::new(&set(10, 2), &set(5, 3), 1, 1, 1)),
        "Split::new: the test images have shape [1, 2, 3], expected [1, 3, 2] (that of the training images)"
    );
    let cifar = Cifar10 {
        train: set(10, 2),
        test: set(5, 2),
        class_names: Vec::new(),
        origin: Origin::Python("nowhere".into()),
    };
    assert!(panic_message(|| cifar.split(11, 0, 0)).starts_with("Cifar10::split: got 11 images to train on"));
    let train = split([3, 1, 1]).train;
    assert_eq!(panic_message(|| train.batch(&[0, 3])), "CenteredImages::batch: there is no image 3 among 3");
    assert_eq!(panic_message(|| train.rows(2..4)), "CenteredImages::rows: no range 2..4 in a set of 3 images");
}

/// Where `NNLIB_DATA` names a data root with CIFAR-10 in it, both forms hold the same pictures, a thousand a class.
#[test]
fn the_real_set_is_the_same_in_both_forms() {
    let Some(root) = Places::from_environment().data_root else { return };
    let folders = ["cifar-10-batches-py", "cifar-10-batches-bin"].map(|name| root.join(name));
    if !folders.iter().all(|folder| folder.exists()) {
        return;
    }
    let [python, binary] = folders.map(|folder| cifar10::load_from(folder).unwrap());
    assert_eq!(python.train.class_counts(), [5000; 10]);
    assert_eq!(python.test.class_counts(), [1000; 10]);
    assert_eq!(python.class_names, CLASS_NAMES);
    assert!(python.train == binary.train && python.test == binary.test);
    let split = python.split(49000, 1000, 1000);
    let (x, y) = split.train.rows(0..100);
    assert_eq!((x.shape(), y.len()), (&[100, 3, 32, 32][..], 100));
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (49000, 1000, 1000));
}
