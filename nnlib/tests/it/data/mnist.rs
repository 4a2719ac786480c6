//! Where MNIST is found, and what is said about it.

use std::fs;
use std::path::Path;

use nnlib::data::mnist::{self, Mnist, Origin};
use nnlib::data::{Places, idx, png_folder};
use nnlib::{Error, Result};

use super::small_set;

const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Writes a training set of 30 images and a test set of 20 under these names.
fn write_files(folder: &Path, names: [&str; 4]) {
    let [train_images, train_labels, test_images, test_labels] = names.map(|name| folder.join(name));
    idx::write(&small_set(30), train_images, train_labels).unwrap();
    idx::write(&small_set(20), test_images, test_labels).unwrap();
}

fn message(result: Result<Mnist>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn the_four_files_are_found_under_each_of_their_names() {
    let names = [
        FILES.map(str::to_owned),
        FILES.map(|name| format!("{name}.gz")),
        FILES.map(|name| name.replace("-idx", ".idx")),
        FILES.map(|name| name.replace("-idx", ".idx") + ".gz"),
    ];
    for names in names {
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), names.each_ref().map(String::as_str));
        let mnist = mnist::load_from(folder.path()).unwrap();
        assert_eq!((mnist.train, mnist.test), (small_set(30), small_set(20)));
        assert_eq!(mnist.origin, Origin::Idx(folder.path().to_owned()));
    }
}

#[test]
fn png_folders_are_found_under_each_of_their_names() {
    for [train, test] in [["Train", "Test"], ["train", "test"], ["training", "testing"], ["Training", "TEST"]] {
        let folder = tempfile::tempdir().unwrap();
        png_folder::write(&small_set(30), folder.path().join(train)).unwrap();
        png_folder::write(&small_set(20), folder.path().join(test)).unwrap();
        fs::write(folder.path().join("README"), b"beside them anything may lie").unwrap();
        let mnist = mnist::load_from(folder.path()).unwrap();
        assert_eq!(mnist.train.class_counts(), [3; 10]);
        assert_eq!(mnist.test.class_counts(), [2; 10]);
        let said = format!("MNIST from the PNG folders in {} (30 + 20 images)", folder.path().display());
        assert_eq!(mnist.to_string(), said);
        assert_eq!(mnist.origin, Origin::PngFolder(folder.path().to_owned()));
    }
}

#[test]
fn what_was_loaded_is_said_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), FILES);
    let mnist = mnist::load_from(folder.path()).unwrap();
    let said = format!("MNIST from {} (30 + 20 images)", folder.path().display());
    assert_eq!(mnist.to_string(), said);
    assert_eq!(format!("{mnist:?}"), said);
    // The embedded set is announced so that nobody mistakes it, whatever its size.
    let embedded = Mnist { origin: Origin::Embedded, ..mnist };
    assert_eq!(
        format!("{embedded:?}"),
        "embedded digits, drawn by a generator: NOT the real MNIST (30 + 20 images).\n\
         For the real set, put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz \
         and t10k-labels-idx1-ubyte.gz into $NNLIB_DATA/mnist."
    );
}

#[test]
fn each_missing_file_is_named() {
    for (index, missing) in FILES.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), FILES);
        fs::remove_file(folder.path().join(missing)).unwrap();
        let dotted = ["train-images.idx3", "train-labels.idx1", "t10k-images.idx3", "t10k-labels.idx1"][index];
        let expected = format!(
            "{}: expected the file {missing} (or {missing}.gz, {dotted}-ubyte, {dotted}-ubyte.gz), \
             found only others of the four MNIST files",
            folder.path().display()
        );
        assert_eq!(message(mnist::load_from(folder.path())), expected);
    }
}

#[test]
fn a_folder_without_the_set_is_told_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = mnist::load_from(folder.path()).unwrap_err();
    let wanted = FILES.into_iter().chain(["Train", "Test"]).map(|name| folder.path().join(name));
    assert!(matches!(&error, Error::NotFound { searched, .. } if searched.iter().cloned().eq(wanted)));
    assert!(error.to_string().starts_with("MNIST was not found; looked at "));
    assert!(error.to_string().ends_with(
        "Put the four files there, plain or with .gz, \
         or the folders Train and Test with a folder of PNG files for each digit."
    ));
    let missing = folder.path().join("missing");
    assert!(message(mnist::load_from(&missing)).starts_with(&format!("cannot list {}: ", missing.display())));
}

#[test]
fn one_png_folder_needs_the_other_and_only_one_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let say = |expected: &str| format!("{}: expected {expected}", folder.path().display());
    fs::create_dir(folder.path().join("Test")).unwrap();
    assert_eq!(message(mnist::load_from(folder.path())), say("a folder Train, found only Test"));
    fs::create_dir(folder.path().join("training")).unwrap();
    fs::remove_dir(folder.path().join("Test")).unwrap();
    assert_eq!(message(mnist::load_from(folder.path())), say("a folder Test, found only Train"));
    fs::create_dir(folder.path().join("Train")).unwrap();
    assert_eq!(message(mnist::load_from(folder.path())), say("one folder Train, found both Train and training"));
}

#[test]
fn training_and_test_images_are_there_and_of_one_size() {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), FILES);
    let [_, _, images, labels] = FILES.map(|name| folder.path().join(name));
    idx::write(&small_set(0), &images, &labels).unwrap();
    let say = |expected: &str| format!("{}: expected {expected}", folder.path().display());
    assert_eq!(message(mnist::load_from(folder.path())), say("test images, found none"));
    let set = small_set(5);
    let turned = nnlib::data::ImageSet::new(set.pixels().clone(), set.labels().clone(), 5, 4);
    idx::write(&turned, &images, &labels).unwrap();
    let expected = say("test images of 4x5 as the training images, found 5x4");
    assert_eq!(message(mnist::load_from(folder.path())), expected);
}

#[test]
fn places_are_looked_at_in_order() {
    let [root, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let places = Places { data_root: Some(root.path().to_owned()), cache: Some(cache.path().to_owned()) };
    let folders = [root.path().join("mnist"), cache.path().join("mnist")];
    assert_eq!(places.folders("mnist"), folders);
    let origin = || mnist::load_in(&places).map(|mnist| mnist.origin);
    let found = || -> Vec<_> {
        mnist::locate_in(&places)
            .into_iter()
            .map(|place| (place.folder, place.found.map_err(|e| e.to_string())))
            .collect()
    };
    let [first, second] = folders.clone();

    // A root without the set falls through to the next, and at last to the embedded digits.
    assert_eq!(found(), [(first.clone(), Ok(None)), (second.clone(), Ok(None))]);
    assert_eq!(origin().unwrap(), Origin::Embedded);
    assert_eq!(mnist::locate_in(&Places::default()).len(), 0);

    write_files(&second, FILES);
    assert_eq!(origin().unwrap(), Origin::Idx(second.clone()));
    assert_eq!(found()[1], (second.clone(), Ok(Some(Origin::Idx(second.clone())))));

    // A folder that exists but is broken is an error, though a good one comes after it.
    fs::create_dir(&first).unwrap();
    assert!(matches!(origin(), Err(Error::NotFound { .. })));
    assert!(found()[0].1.as_ref().unwrap_err().starts_with("MNIST was not found"));
    assert!(found()[1].1.is_ok());
    write_files(&first, FILES);
    fs::write(first.join(FILES[2]), b"cut").unwrap();
    assert!(origin().unwrap_err().to_string().starts_with(&first.join(FILES[2]).display().to_string()));

    write_files(&first, FILES);
    assert_eq!(origin().unwrap(), Origin::Idx(first));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_an_error_and_no_reason_for_stand_ins() {
    let root = tempfile::tempdir().unwrap();
    let places = Places { data_root: Some(root.path().to_owned()), cache: None };
    let link = root.path().join("mnist");
    std::os::unix::fs::symlink(root.path().join("unplugged"), &link).unwrap();
    assert!(message(mnist::load_in(&places)).starts_with(&format!("cannot list {}: ", link.display())));
    // So is a root that is no folder.
    let file = root.path().join("file");
    fs::write(&file, b"").unwrap();
    let places = Places { data_root: Some(file.clone()), cache: None };
    assert!(
        message(mnist::load_in(&places)).starts_with(&format!("cannot look at {}: ", file.join("mnist").display()))
    );
}

/// Where `NNLIB_DATA` names a data root with MNIST in it, that is the real set.
#[test]
fn the_real_set_is_what_it_is_known_to_be() {
    let Some(root) = Places::from_environment().data_root.filter(|root| root.join("mnist").exists()) else {
        return;
    };
    let mnist = mnist::load().unwrap();
    let said = format!("MNIST from {} (60000 + 10000 images)", root.join("mnist").display());
    assert_eq!(mnist.to_string(), said);
    assert_eq!(format!("{:?}", mnist.train), "60000 images of 28x28, 10 classes");
    assert_eq!(mnist.train.class_counts(), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(mnist.test.class_counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    assert_eq!(mnist.train.head(10).labels().to_vec(), [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(mnist.test.head(10).labels().to_vec(), [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);

    let folder = tempfile::tempdir().unwrap();
    let part = mnist.test.head(1000);
    png_folder::write(&part, folder.path().join("Test")).unwrap();
    let read = png_folder::read(folder.path().join("Test")).unwrap();
    let mut order: Vec<usize> = (0..1000).collect();
    order.sort_by_key(|&index| part.labels()[index]);
    assert_eq!(read, part.subset(&order));
}
