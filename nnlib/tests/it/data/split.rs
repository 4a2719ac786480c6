//! Splits: the same samples as scikit-learn's, and what is refused.
//!
//! scikit-learn's side is `fixtures/split/scikit_learn.json`, written by `fixtures/split/make_fixture.py`.

use nnlib::data::{KFold, Parts, train_test_split};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::panic_message;

fn entries(function: &str) -> Vec<Value> {
    let fixture: Value = serde_json::from_str(include_str!("../../fixtures/split/scikit_learn.json")).unwrap();
    fixture[function].as_array().unwrap().clone()
}

fn size(entry: &Value, key: &str) -> usize {
    entry[key].as_u64().unwrap() as usize
}

fn indices(list: &Value) -> Vec<usize> {
    list.as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as usize).collect()
}

/// Compares with the indices themselves where the fixture holds them, and with their digest always.
#[track_caller]
fn assert_equal(folds: &[Parts], entry: &Value) {
    if let Some(expected) = entry["parts"].as_array() {
        let expected: Vec<Parts> = expected
            .iter()
            .map(|parts| Parts { train: indices(&parts["train"]), test: indices(&parts["test"]) })
            .collect();
        assert_eq!(folds, expected);
    }
    let mut hasher = Sha256::new();
    for index in folds.iter().flat_map(|fold| fold.train.iter().chain(&fold.test)) {
        hasher.update((*index as u64).to_le_bytes());
    }
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, entry["sha256"], "{} samples", entry["num_samples"]);
}

#[test]
fn train_test_split_equals_scikit_learn() {
    let entries = entries("train_test_split");
    assert_eq!(entries.len(), 6);
    for entry in &entries {
        let fraction = entry["test_fraction"].as_f64().unwrap();
        let parts = train_test_split(size(entry, "num_samples"), fraction, size(entry, "random_state") as u32);
        assert_equal(&[parts], entry);
    }
}

#[test]
fn k_fold_equals_scikit_learn() {
    let entries = entries("KFold");
    assert_eq!(entries.len(), 7);
    for entry in &entries {
        let folds = KFold::new(size(entry, "num_splits"));
        let folds = match entry["random_state"].as_u64() {
            Some(seed) => folds.shuffled(seed as u32),
            None => folds,
        };
        assert_equal(&folds.split(size(entry, "num_samples")), entry);
    }
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    for fraction in [0.0, 1.0, -0.5, f64::NAN] {
        assert_eq!(
            panic_message(|| train_test_split(10, fraction, 0)),
            format!("train_test_split: `test_fraction` is {fraction}, expected a number between 0 and 1")
        );
    }
    assert_eq!(
        panic_message(|| train_test_split(1, 0.5, 0)),
        "train_test_split: `num_samples` is 1 and 1 of them are to be tested on, expected at least 1 left to train on"
    );
    // Of no samples, none is left either.
    assert!(panic_message(|| train_test_split(0, 0.5, 0)).starts_with("train_test_split: `num_samples` is 0"));
    assert_eq!(panic_message(|| KFold::new(1)), "KFold::new: `num_splits` is 1, expected at least 2");
    assert_eq!(
        panic_message(|| KFold::new(5).split(4)),
        "KFold::split: `num_samples` is 4, expected at least 5, a sample for each fold"
    );
}
