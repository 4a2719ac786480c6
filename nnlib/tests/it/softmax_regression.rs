//! Tests of `nnlib::models::SoftmaxRegression`: against NumPy's figures, against the formulas, and its messages.
//!
//! `fixtures/softmax_regression/make_fixture.py` made the figures.

use nnlib::data::ImageSet;
use nnlib::metrics::{Evaluation, History};
use nnlib::models::{FullBatch, MiniBatch, SoftmaxGradient, SoftmaxRegression};
use nnlib::ndarray::{Array1, Array2, Axis, array};
use nnlib::optim::LinearDecay;
use nnlib::rng::RandomState;
use serde_json::Value;

const NUM_FEATURES: usize = 49;

/// The fixture's images.
fn images(n: usize, offset: usize) -> ImageSet {
    let pixels = Array2::from_shape_fn((n, NUM_FEATURES), |(row, j)| {
        let i = row + offset;
        ((i * 31 + j * 17 + (i * j) % 251 + 40 * usize::from(i % 10 == j % 10)) % 256) as u8
    });
    let labels = Array1::from_shape_fn(n, |row| ((row + offset) % 10) as u8);
    ImageSet::new(pixels, labels, 7, 7)
}

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/softmax_regression/numpy.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn assert_close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let tolerance = 1e-10 * expected.abs().max(1.0);
        assert!((got - expected).abs() <= tolerance, "entry {index}: {got} is not {expected}");
    }
}

#[track_caller]
fn assert_equals_numpy(name: &str, model: &SoftmaxRegression, history: &History) {
    let expected = &fixture()[name];
    let rows: Vec<Vec<f64>> = expected["history"].as_array().unwrap().iter().map(numbers).collect();
    let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<f64>>();
    assert_close(&history.train_cost, &column(0));
    assert_close(&history.train_accuracy, &column(1));
    assert_close(&history.test_cost, &column(2));
    assert_close(&history.test_accuracy, &column(3));
    assert_close(model.weights.as_slice().unwrap(), &numbers(&expected["weights"]));
    assert_close(model.bias.as_slice().unwrap(), &numbers(&expected["bias"]));
}

const GRADIENTS: [(&str, SoftmaxGradient); 2] =
    [("full", SoftmaxGradient::FullJacobian), ("diagonal", SoftmaxGradient::DiagonalOnly)];

#[test]
fn full_batch_training_equals_numpy() {
    for (name, gradient) in GRADIENTS {
        let mut model = SoftmaxRegression::new(NUM_FEATURES, 10, 0.02, &mut RandomState::new(7));
        let settings = FullBatch { learning_rate: 0.5, num_iterations: 40, gradient, ..FullBatch::default() };
        let history = model.train_full_batch(&images(300, 0), &images(80, 1000), &settings);
        assert_eq!(history.iterations, (1..=40).collect::<Vec<_>>());
        assert_equals_numpy(&format!("full_batch/{name}"), &model, &history);
    }
}

#[test]
fn mini_batch_training_equals_numpy() {
    for (name, gradient) in GRADIENTS {
        let mut rng = RandomState::new(7);
        let mut model = SoftmaxRegression::new(NUM_FEATURES, 10, 0.01, &mut rng);
        let settings = MiniBatch {
            batch_size: 32,
            num_epochs: 4,
            learning_rate: LinearDecay { initial: 0.5, last: 0.05, num_steps: 6 },
            gradient,
            ..MiniBatch::default()
        };
        let history = model.train_mini_batch(&images(300, 0), &images(80, 1000), &settings, &mut rng);
        assert_eq!(history.iterations, (0..36).step_by(5).collect::<Vec<_>>());
        assert_equals_numpy(&format!("mini_batch/{name}"), &model, &history);
    }
}

/// Cost and gradients by the formulas, on whole matrices.
fn naive(
    model: &SoftmaxRegression,
    set: &ImageSet,
    gradient: SoftmaxGradient,
) -> (Evaluation, Array2<f64>, Array1<f64>) {
    let x = set.to_f64();
    let p = model.probabilities(x.view());
    let y = Array2::from_shape_fn(p.dim(), |(i, m)| f64::from(u8::from(usize::from(set.labels()[i]) == m)));
    let n = set.len() as f64;
    let cost = -(&y * &p).sum_axis(Axis(1)).mapv(f64::ln).sum() / n;
    let right = p.rows().into_iter().zip(set.labels()).filter(|(row, label)| {
        let best = (0..row.len()).fold(0, |best, m| if row[m] > row[best] { m } else { best });
        best == usize::from(**label)
    });
    let accuracy = right.count() as f64 / n;
    let dscores = match gradient {
        SoftmaxGradient::FullJacobian => (&p - &y) / n,
        SoftmaxGradient::DiagonalOnly => (&y * &p - &y) / n,
    };
    (Evaluation { cost, accuracy }, x.t().dot(&dscores), dscores.sum_axis(Axis(0)))
}

#[test]
fn one_pass_equals_the_formulas_for_every_size() {
    // Sizes around those of the blocks, tiles, panels and parts that the pass works in.
    let mut rng = RandomState::new(3);
    for (n, side, classes) in
        [(1, 1, 2), (7, 3, 10), (31, 4, 16), (33, 5, 17), (64, 7, 10), (4100, 6, 33), (5000, 3, 10)]
    {
        let features = side * side;
        let pixels =
            Array2::from_shape_vec((n, features), rng.randint(0, 256, n * features).mapv(|v| v as u8).to_vec());
        let labels = rng.randint(0, classes.min(10) as i64, n).mapv(|label| label as u8);
        let set = ImageSet::new(pixels.unwrap(), labels, side, side);
        let mut model = SoftmaxRegression::new(features, classes, 0.5, &mut rng);
        model.bias = rng.randn(classes);
        for (_, gradient) in GRADIENTS {
            let (evaluation, gradients) = model.cost_and_gradients(&set, gradient);
            let (expected, dweights, dbias) = naive(&model, &set, gradient);
            assert_close(&[evaluation.cost, evaluation.accuracy], &[expected.cost, expected.accuracy]);
            assert_close(gradients.dweights.as_slice().unwrap(), dweights.as_slice().unwrap());
            assert_close(gradients.dbias.as_slice().unwrap(), dbias.as_slice().unwrap());
            assert_eq!(model.evaluate(&set), evaluation);
        }
    }
}

#[test]
fn only_the_whole_jacobian_is_the_gradient_of_the_cost() {
    let set = images(60, 5);
    let mut rng = RandomState::new(231);
    let model = SoftmaxRegression::new(NUM_FEATURES, 10, 0.1, &mut rng);
    let h = 1e-5;
    let mut worst = [0.0_f64; 2];
    for feature in (0..NUM_FEATURES).step_by(5) {
        for class in 0..10 {
            let cost_at = |step: f64| {
                let mut moved = model.clone();
                moved.weights[[feature, class]] += step;
                moved.evaluate(&set).cost
            };
            let measured = (cost_at(h) - cost_at(-h)) / (2.0 * h);
            for (worst, (_, gradient)) in worst.iter_mut().zip(GRADIENTS) {
                let computed = model.cost_and_gradients(&set, gradient).1.dweights[[feature, class]];
                *worst = worst.max((computed - measured).abs() / (computed.abs() + measured.abs()));
            }
        }
    }
    assert!(worst[0] < 1e-6, "whole Jacobian: {}", worst[0]);
    assert!(worst[1] > 0.1, "diagonal only: {}", worst[1]);
}

#[test]
fn huge_scores_stay_finite() {
    let weights = Array2::from_shape_fn((49, 10), |(_, class)| 1000.0 * class as f64);
    let model = SoftmaxRegression::from_parameters(weights, Array1::zeros(10));
    let (evaluation, gradients) = model.cost_and_gradients(&images(20, 0), SoftmaxGradient::FullJacobian);
    assert!(evaluation.cost.is_finite() && gradients.dweights.iter().all(|value| value.is_finite()));
}

#[test]
fn training_twice_gives_the_same_bits() {
    let train = || {
        let mut model = SoftmaxRegression::new(NUM_FEATURES, 10, 0.02, &mut RandomState::new(7));
        model.train_full_batch(
            &images(9000, 0),
            &images(80, 0),
            &FullBatch { num_iterations: 3, ..FullBatch::default() },
        );
        model
    };
    assert_eq!(train(), train());
}

#[test]
fn predictions_are_the_highest_scores() {
    let mut weights = Array2::zeros((49, 10));
    weights[[3, 4]] = 1.0;
    let model = SoftmaxRegression::from_parameters(weights, Array1::zeros(10));
    let mut pixels = Array2::zeros((2, 49));
    pixels[[1, 3]] = 200;
    let predicted = model.predict(&ImageSet::new(pixels, array![0, 4], 7, 7));
    assert_eq!(predicted, array![0, 4]);
}

/// The message of the panic in `work`.
fn message(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(work).expect_err("it panics");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap()
}

#[test]
fn misuse_says_what_was_wrong() {
    let model = || SoftmaxRegression::new(49, 10, 0.1, &mut RandomState::new(0));
    assert_eq!(
        message(|| drop(model().scores(Array2::zeros((2, 48)).view()))),
        "SoftmaxRegression::scores: `x` has shape [2, 48], expected [2, 49] (a column for each row of the weights)"
    );
    assert_eq!(
        message(|| drop(SoftmaxRegression::from_parameters(Array2::zeros((3, 4)), Array1::zeros(3)))),
        "SoftmaxRegression: `bias` has shape [3], expected [4] (a bias for each column of `weights`)"
    );
    assert_eq!(
        message(|| drop(SoftmaxRegression::from_parameters(Array2::zeros((3, 1)), Array1::zeros(1)))),
        "SoftmaxRegression: `weights` has shape [3, 1], expected (D, M) with 2 to 256 classes M"
    );
    assert_eq!(
        message(|| {
            SoftmaxRegression::new(784, 10, 0.1, &mut RandomState::new(0)).evaluate(&images(5, 0));
        }),
        "SoftmaxRegression::evaluate: `set` has shape [5, 49], expected [5, 784] (a pixel for each row of the weights)"
    );
    assert_eq!(
        message(|| {
            SoftmaxRegression::new(49, 3, 0.1, &mut RandomState::new(0)).evaluate(&images(5, 0));
        }),
        "SoftmaxRegression::evaluate: `set` has a label 4, expected labels below 3, the columns of the weights"
    );
    let settings = MiniBatch { batch_size: 6, ..MiniBatch::default() };
    assert_eq!(
        message(|| {
            let set = images(5, 0);
            model().train_mini_batch(&set, &set, &settings, &mut RandomState::new(0));
        }),
        "train_mini_batch: `batch_size` is 6, expected 1 to 5, the number of images"
    );
}
