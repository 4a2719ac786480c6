//! `fit`: what it repeats, what it reports, and that it learns.

use nnlib::ndarray::{Array1, Array2, Array4, array};
use nnlib::rng::RandomState;
use nnlib::sequential::layers::{Layer, Pass, Weight};
use nnlib::sequential::optimizers::{Adam, SGD};
use nnlib::sequential::{
    Activation, BatchNormalization, Conv2D, Dense, Dropout, FitOptions, Flatten, MaxPool2D, Sequential,
};

use super::silent;

/// Points in a square, and whether they lie in a circle.
fn circle(seed: u32, n: usize) -> (Array2<f64>, Array1<usize>) {
    let x = RandomState::new(seed).uniform(-1.0, 1.0, (n, 2));
    let y = x.outer_iter().map(|p| usize::from(p[0] * p[0] + p[1] * p[1] < 0.5)).collect();
    (x, y)
}

fn classifier(seed: u32, dropout: f64) -> Sequential {
    let mut model = Sequential::with_seed(seed);
    model.add(Dense::new(32).activation("relu").input_shape(&[2])).add(Dropout::new(dropout));
    model.add(Dense::new(2).activation("softmax"));
    model.compile("sparse_categorical_crossentropy", Adam::new(0.02), &["accuracy"]);
    model
}

#[test]
fn a_network_learns_what_a_line_cannot_tell() {
    let ((x, y), (x_test, y_test)) = (circle(0, 600), circle(1, 300));
    let mut model = classifier(0, 0.1);
    let options = FitOptions { epochs: 20, ..silent() }.validation_data(&x_test, &y_test);
    let history = model.fit(&x, &y, options);
    assert_eq!(history.epochs, Vec::from_iter(1..=20));
    assert_eq!(history.names().collect::<Vec<_>>(), ["accuracy", "loss", "val_accuracy", "val_loss"]);
    assert!(history["val_loss"][19] < 0.5 * history["val_loss"][0], "{history:?}");
    let scores = model.evaluate(&x_test, &y_test);
    assert!(scores.accuracy() > 0.95, "{scores}");
    assert_eq!((scores.loss(), scores["accuracy"]), (history["val_loss"][19], history["val_accuracy"][19]));
    let right = model.predict_classes(&x_test).iter().zip(&y_test).filter(|(got, label)| got == label).count();
    assert_eq!(right as f64 / 300.0, scores.accuracy());
}

#[test]
fn a_convnet_learns_where_a_stroke_runs() {
    // A bright line, from left to right or from top to bottom.
    let y = Array1::from_shape_fn(200, |n| n % 2);
    let x = Array4::from_shape_fn((200, 1, 8, 8), |(n, _, i, j)| if [i, j][y[n]] == n / 2 % 8 { 200_u8 } else { 10 });
    let mut model = Sequential::new();
    model.add(Conv2D::new(4, (3, 3)).activation("relu").kernel_initializer("he_uniform").padding("same"));
    model.add(MaxPool2D::new((2, 2))).add(BatchNormalization::new()).add(Flatten::new());
    model.add(Dense::new(2)).add(Activation::new("softmax"));
    model.compile("sparse_categorical_crossentropy", SGD::new(0.05).momentum(0.9), &["accuracy"]);
    let x = nnlib::sequential::Samples::from(&x).scaled(1.0 / 255.0);
    model.fit(x.clone(), &y, FitOptions { epochs: 40, ..silent() });
    assert_eq!(model.evaluate(x, &y).accuracy(), 1.0);
}

#[test]
fn runs_repeat_exactly_and_differ_by_their_seed() {
    let (x, y) = circle(0, 100);
    let run = |seed| {
        let mut model = classifier(seed, 0.5);
        let history = model.fit(&x, &y, FitOptions { epochs: 2, ..silent() });
        (history, model.weights())
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn a_second_fit_goes_on_where_the_first_ended() {
    let (x, y) = circle(0, 100);
    let (mut twice, mut once) = (classifier(0, 0.5), classifier(0, 0.5));
    twice.fit(&x, &y, silent());
    twice.fit(&x, &y, silent());
    once.fit(&x, &y, FitOptions { epochs: 2, ..silent() });
    assert_eq!(twice.weights(), once.weights());
}

#[test]
fn shuffling_changes_the_order_of_the_batches_and_not_the_samples() {
    let (x, y) = circle(0, 100);
    let run = |shuffle, batch_size| {
        let mut model = classifier(0, 0.0);
        model.fit(&x, &y, FitOptions { shuffle, batch_size, ..silent() });
        model.weights()
    };
    assert_ne!(run(true, 10), run(false, 10));
    // All samples in one batch: their order does not matter, but for rounding.
    for ((name, shuffled), (_, ordered)) in run(true, 100).iter().zip(run(false, 100)) {
        assert!((shuffled - &ordered).iter().all(|difference| difference.abs() < 1e-5), "{name}");
    }
}

#[test]
fn dropout_drops_its_rate_keeps_the_mean_and_is_not_there_in_prediction() {
    let layer = Dropout::new(0.25);
    let x = nnlib::grad::Tensor::from(Array2::<f32>::ones((200, 100)));
    let mut rng = RandomState::new(0);
    let dropped = layer.forward(&x, &[], &mut Pass::training(&mut rng));
    let zeros = dropped.value().iter().filter(|&&value| value == 0.0).count();
    // Five standard deviations of a binomial distribution of 20000 draws.
    assert!((zeros as f64 - 5000.0).abs() < 5.0 * (20000.0_f64 * 0.25 * 0.75).sqrt(), "{zeros}");
    assert!(dropped.value().iter().all(|&value| value == 0.0 || value == 4.0 / 3.0));
    let again = layer.forward(&x, &[], &mut Pass::training(&mut rng));
    assert_ne!(again.value(), dropped.value());
    assert_eq!(layer.forward(&x, &[], &mut Pass::inference()).value(), x.value());
}

#[test]
fn training_figures_are_means_over_the_samples_of_the_epoch() {
    // A rate so small that the weights stay as good as they are: then each batch is measured with the same weights.
    let (x, y) = circle(0, 50);
    let mut model = Sequential::new();
    model.add(Dense::new(2).activation("softmax").input_shape(&[2]));
    model.compile("sparse_categorical_crossentropy", SGD::new(1e-30), &["accuracy"]);
    let history = model.fit(&x, &y, FitOptions { batch_size: 48, ..silent() });
    let scores = model.evaluate(&x, &y);
    assert!((history["loss"][0] - scores.loss()).abs() < 1e-6);
    assert_eq!(history["accuracy"][0], scores.accuracy());
}

#[test]
fn what_training_reports_shows_itself() {
    let (x, y) = circle(0, 20);
    let mut model = Sequential::new();
    model.add(Dense::new(2).activation("softmax").input_shape(&[2]));
    let kernel = ("dense/kernel".to_owned(), Array2::zeros((2, 2)).into_dyn());
    model.set_weights(&[kernel, ("dense/bias".to_owned(), array![0.0, 0.0].into_dyn())]);
    model.compile("sparse_categorical_crossentropy", SGD::new(1e-30), &[]);
    assert_eq!(model.evaluate(&x, &y).to_string(), "loss: 0.6931");
    assert_eq!(format!("{:?}", model.fit(&x, &y, silent())), "after 1 epochs - loss: 0.6931");
}

/// A layer as a user of the library may write it: multiplies each feature by a weight of its own.
#[derive(Debug)]
struct Scale;

impl Layer for Scale {
    fn kind(&self) -> &'static str {
        "Scale"
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(input.to_vec())
    }

    fn weights(&self, input: &[usize], _rng: &mut RandomState) -> Vec<Weight> {
        vec![Weight { name: "factor", value: nnlib::ndarray::ArrayD::ones(input), trainable: true }]
    }

    fn forward(
        &self,
        x: &nnlib::grad::Tensor,
        weights: &[nnlib::grad::Tensor],
        _pass: &mut Pass,
    ) -> nnlib::grad::Tensor {
        x * &weights[0]
    }
}

#[test]
fn a_layer_of_ones_own_is_trained_like_the_others() {
    let x: Array2<f32> = array![[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-2.0, 1.0]];
    let y = &x * &array![3.0, -2.0];
    let mut model = Sequential::new();
    model.add(Scale);
    model.compile("mse", SGD::new(0.1), &[]);
    model.fit(&x, &y, FitOptions { epochs: 100, ..silent() });
    let (name, factor) = &model.weights()[0];
    assert_eq!(name, "scale/factor");
    assert!((factor - &array![3.0, -2.0].into_dyn()).iter().all(|difference| difference.abs() < 1e-3), "{factor}");
}
