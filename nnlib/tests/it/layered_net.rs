//! Tests of `nnlib::models::LayeredNet`: against NumPy's figures, and its messages.
//!
//! `fixtures/layered_net/make_fixture.py` made the figures.

use super::checks::panic_message;
use nnlib::data::ImageSet;
use nnlib::gradient_check::check_gradients;
use nnlib::models::{LayeredNet, LayeredTraining};
use nnlib::ndarray::{Array1, Array2, ArrayD};
use nnlib::rng::RandomState;
use serde_json::Value;

/// The fixture's images.
fn images(n: usize, offset: usize) -> ImageSet {
    let pixels = Array2::from_shape_fn((n, 49), |(row, j)| {
        let i = row + offset;
        ((i * 31 + j * 17 + (i * j) % 251 + 40 * usize::from(i % 10 == j % 10)) % 256) as u8
    });
    let labels = Array1::from_shape_fn(n, |row| ((row + offset) % 10) as u8);
    ImageSet::new(pixels, labels, 7, 7)
}

#[track_caller]
fn assert_close<'a>(got: impl IntoIterator<Item = &'a f64>, expected: impl IntoIterator<Item = &'a Value>) {
    let got: Vec<f64> = got.into_iter().copied().collect();
    let expected: Vec<f64> = expected.into_iter().map(|number| number.as_f64().unwrap()).collect();
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{got} is not {expected}");
    }
}

#[test]
fn training_equals_numpy() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/layered_net/numpy.json")).unwrap();
    for (name, sizes) in [("two layers", vec![49, 12, 10]), ("four layers", vec![49, 9, 8, 7, 10])] {
        let expected = &fixture[name];
        let mut rng = RandomState::new(7);
        let mut net = LayeredNet::new(&sizes, 0.3, &mut rng);
        assert_eq!(net.num_layers(), sizes.len() - 1);
        let settings =
            LayeredTraining { batch_size: 32, num_epochs: 4, learning_rate: 0.3, ..LayeredTraining::default() };
        let history = net.train(&images(300, 0), &images(80, 1000), &settings, &mut rng);

        assert_eq!(history.iterations, (0..36).step_by(5).collect::<Vec<_>>());
        let rows = expected["history"].as_array().unwrap();
        let column = |index: usize| rows.iter().map(move |row| &row[index]);
        assert_close(&history.train_cost, column(0));
        assert_close(&history.train_accuracy, column(1));
        assert_close(&history.test_cost, column(2));
        assert_close(&history.test_accuracy, column(3));
        for layer in 0..net.num_layers() {
            let array = |what: &str| expected[what][layer].as_array().unwrap();
            assert_close(&net.params[&format!("W{}", layer + 1)], array("weights"));
            assert_close(&net.params[&format!("b{}", layer + 1)], array("biases"));
        }
    }
}

#[test]
fn the_defaults_are_those_of_the_course() {
    let settings = LayeredTraining::default();
    assert_eq!((settings.batch_size, settings.num_epochs, settings.learning_rate), (1500, 50, 0.8));
    assert_eq!((settings.evaluate_every, settings.print_every), (5, 0));
}

#[test]
fn gradients() {
    let mut rng = RandomState::new(3);
    for sizes in [vec![5, 4], vec![5, 6, 4], vec![5, 6, 3, 4]] {
        let net = LayeredNet::new(&sizes, 0.5, &mut rng);
        let x = rng.randn((8, 5)).into_dyn();
        let y = rng.randint(0, 4, 8).mapv(|label| label as usize);
        let mut moved = net.clone();
        let report = check_gradients(
            |params| {
                moved.params.clone_from(params);
                moved.loss(&x, &y)
            },
            &net.params,
            1e-5,
        );
        assert!(report.max_error() < 1e-6, "{sizes:?}\n{report}");
    }
}

/// More images than are scored at a time, and not a multiple.
#[test]
fn an_evaluation_is_of_all_images() {
    let net = LayeredNet::new(&[49, 8, 10], 0.5, &mut RandomState::new(1));
    let set = images(1203, 0);
    let whole = net.evaluate(&set);
    let parts: Vec<_> = [0..1, 1..700, 700..1203].map(|part| (part.len() as f64, net.evaluate(&set.rows(part)))).into();
    let mean = |of: fn(&nnlib::metrics::Evaluation) -> f64| {
        parts.iter().map(|(count, part)| count * of(part)).sum::<f64>() / 1203.0
    };
    assert!((whole.cost - mean(|part| part.cost)).abs() < 1e-12);
    assert!((whole.accuracy - mean(|part| part.accuracy)).abs() < 1e-12);
}

#[test]
fn misuse_says_what_was_wrong() {
    let new = |sizes: &[usize]| panic_message(|| LayeredNet::new(sizes, 0.1, &mut RandomState::new(0)));
    let expected = "expected the inputs, the units of each hidden layer, and the classes";
    assert_eq!(new(&[784]), format!("LayeredNet::new: `sizes` is [784], {expected}"));
    assert_eq!(new(&[784, 0, 10]), format!("LayeredNet::new: `sizes` is [784, 0, 10], {expected}"));

    let net = || LayeredNet::new(&[49, 10], 0.1, &mut RandomState::new(0));
    let train = |batch_size: usize| {
        let settings = LayeredTraining { batch_size, ..LayeredTraining::default() };
        panic_message(|| net().train(&images(5, 0), &images(5, 0), &settings, &mut RandomState::new(0)))
    };
    for batch_size in [0, 6] {
        let expected = "expected 1 to 5, the number of images";
        assert_eq!(train(batch_size), format!("LayeredNet::train: `batch_size` is {batch_size}, {expected}"));
    }
    assert_eq!(
        panic_message(|| net().evaluate(&images(0, 0))),
        "LayeredNet::evaluate: the set has no images, expected at least 1"
    );
    assert_eq!(
        panic_message(|| net().scores(&ArrayD::zeros(vec![2, 48]))),
        "affine_forward: `w` has shape [49, 10], expected [48, M] (D is 48 from `x`)"
    );
}
