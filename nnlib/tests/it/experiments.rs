//! Grid search, cross-validation and repeated runs.

use super::checks::panic_message;
use nnlib::experiments::{Grid, Value, cross_validate, repeat};

/// The grid of 24 that a multilayer perceptron on MNIST is searched over.
fn perceptron_grid() -> Grid {
    Grid::new()
        .numbers("learning_rate", &[0.001, 0.01, 0.1])
        .counts("units", &[256, 512])
        .numbers("dropout", &[0.2, 0.5])
        .words("activation", &["relu", "tanh"])
}

#[test]
fn combinations_come_in_the_order_of_nested_loops() {
    let mut expected = Vec::new();
    for learning_rate in ["0.001", "0.01", "0.1"] {
        for units in [256, 512] {
            for dropout in [0.2, 0.5] {
                for activation in ["relu", "tanh"] {
                    expected.push(format!("{learning_rate}, {units}, {dropout}, {activation}"));
                }
            }
        }
    }
    let combinations = perceptron_grid().combinations();
    assert_eq!(combinations.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    let last = &combinations[23];
    assert_eq!((last.number("learning_rate"), last.count("units"), last.word("activation")), (0.1, 512, "tanh"));
    assert_eq!(*last.value("dropout"), Value::Number(0.5));
    assert_eq!(
        last.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["learning_rate", "units", "dropout", "activation"]
    );
}

#[test]
fn every_combination_is_run_once_and_the_highest_wins() {
    let mut calls = Vec::new();
    let results = perceptron_grid().search("validation accuracy", |settings| {
        calls.push(settings.clone());
        if settings.to_string() == "0.01, 512, 0.2, tanh" { 0.98 } else { 0.97 }
    });
    assert_eq!(calls, perceptron_grid().combinations());
    assert_eq!(
        results.trials.iter().map(|trial| &trial.settings).collect::<Vec<_>>(),
        calls.iter().collect::<Vec<_>>()
    );
    let best = results.best().unwrap();
    assert_eq!((best.settings.to_string().as_str(), best.score), ("0.01, 512, 0.2, tanh", 0.98));
}

#[test]
fn nan_never_wins_and_is_listed() {
    let scores = |scores: [f64; 4], grid: Grid| {
        grid.counts("units", &[0, 1, 2, 3]).search("loss", |settings| scores[settings.count("units")])
    };
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    let winner = |results: &nnlib::experiments::GridResults| results.best().map(|trial| trial.settings.count("units"));
    // First, last and between; and the first among equals.
    assert_eq!(winner(&scores([nan, 0.5, nan, 0.25], Grid::new())), Some(1));
    assert_eq!(winner(&scores([0.5, nan, 0.75, nan], Grid::new())), Some(2));
    assert_eq!(winner(&scores([0.5, 0.75, 0.75, -nan], Grid::new())), Some(1));
    assert_eq!(winner(&scores([nan, -infinite, nan, nan], Grid::new())), Some(1));
    assert_eq!(winner(&scores([nan, 0.5, nan, 0.25], Grid::new().lowest_wins())), Some(3));
    assert_eq!(winner(&scores([-nan, infinite, infinite, nan], Grid::new().lowest_wins())), Some(1));
    let results = scores([nan; 4], Grid::new());
    assert_eq!(results.best(), None);
    let expected = "units  loss\n0      NaN\n1      NaN\n2      NaN\n3      NaN\nBest: none, for no loss is a number";
    assert_eq!(results.to_string(), expected);
}

#[test]
fn results_are_a_table() {
    let grid = Grid::new().numbers("learning_rate", &[1e-5, 0.0, 3.0]).words("activation", &["relu"]).lowest_wins();
    let results = grid.search("loss", |settings| settings.number("learning_rate") + 0.12346);
    let expected = "\
learning_rate  activation  loss
1e-5           relu        0.1235
0              relu        0.1235  *
3              relu        3.1235
Best: 0, relu: loss 0.1235";
    assert_eq!(results.to_string(), expected);
}

#[test]
fn mean_and_standard_deviation_are_numpys() {
    // np.mean and np.std of [99.033, 99.050, 98.742, 99.183, 98.700]
    let accuracies = [99.033, 99.050, 98.742, 99.183, 98.700];
    let scores = repeat("accuracy", 5, |run| accuracies[run]);
    assert_eq!(scores.values, accuracies);
    assert!((scores.mean() - 98.9416).abs() < 1e-12, "{}", scores.mean());
    assert!((scores.std() - 0.1879304126531945).abs() < 1e-12, "{}", scores.std());
    let expected = "accuracy: mean 98.9416, standard deviation 0.1879 (population, n = 5)";
    assert_eq!(scores.to_string(), expected);
    assert_eq!(repeat("accuracy", 1, |_| 0.5).std(), 0.0);
    let scores = repeat("accuracy", 3, |run| if run == 1 { f64::NAN } else { 0.5 });
    assert_eq!(scores.to_string(), "accuracy: mean NaN, standard deviation NaN (population, n = 3)");
}

#[test]
fn each_fold_is_run_once() {
    let folds = [(vec![3, 4, 5], vec![0, 1, 2]), (vec![0, 1, 2], vec![3, 4, 5])];
    let mut calls = Vec::new();
    let scores = cross_validate("accuracy", &folds, |train, validation| {
        calls.push((train.to_vec(), validation.to_vec()));
        train[0] as f64
    });
    assert_eq!(calls, folds);
    assert_eq!((scores.name.as_str(), scores.values.as_slice()), ("accuracy", &[3.0, 0.0][..]));
}

#[test]
fn a_closure_that_panics_ends_the_experiment() {
    let mut calls = 0;
    let message = panic_message(|| {
        perceptron_grid().search("accuracy", |_| {
            calls += 1;
            assert!(calls < 3, "the third");
            0.5
        })
    });
    assert_eq!((message.as_str(), calls), ("the third", 3));
}

#[test]
fn misuse_is_named() {
    let settings = &perceptron_grid().combinations()[0];
    for (message, expected) in [
        (
            panic_message(|| settings.number("rate")),
            "Settings::number: there is no `rate`; there are [\"learning_rate\", \"units\", \"dropout\", \
             \"activation\"]",
        ),
        (panic_message(|| settings.number("units")), "Settings::number: `units` is 256, a count, expected a number"),
        (panic_message(|| settings.count("dropout")), "Settings::count: `dropout` is 0.2, a number, expected a count"),
        (panic_message(|| settings.word("units")), "Settings::word: `units` is 256, a count, expected a word"),
        (
            panic_message(|| settings.count("activation")),
            "Settings::count: `activation` is relu, a word, expected a count",
        ),
        (
            panic_message(|| Grid::new().counts("units", &[])),
            "Grid::counts: `units` has no values, expected at least one",
        ),
        (
            panic_message(|| perceptron_grid().words("units", &["few"])),
            "Grid::words: there is a list `units` already, expected another name",
        ),
        (
            panic_message(|| Grid::new().search("accuracy", |_| 0.0)),
            "Grid::search: there are no settings, expected at least one list",
        ),
        (panic_message(|| repeat("accuracy", 0, |_| 0.0)), "repeat: `num_runs` is 0, expected at least 1"),
        (
            panic_message(|| cross_validate("accuracy", &[], |_, _| 0.0)),
            "cross_validate: `folds` is empty, expected at least 1 fold",
        ),
        (
            panic_message(|| cross_validate("accuracy", &[(vec![1], vec![0]), (vec![], vec![1, 2])], |_, _| 0.0)),
            "cross_validate: `folds[1]` has 0 samples to train on and 2 to validate on, expected at least 1 each",
        ),
        (
            panic_message(|| cross_validate("accuracy", &[(vec![7, 8, 9], vec![1, 8])], |_, _| 0.0)),
            "cross_validate: `folds[0]` has sample 8 in both parts, expected no sample to be in both",
        ),
    ] {
        assert_eq!(message, expected);
    }
}
