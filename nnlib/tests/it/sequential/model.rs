//! Weights, names, samples: what a model is before and beside its training.

use nnlib::data::ImageSet;
use nnlib::ndarray::{Array, Array1, Array2, Array3, Array4, ArrayD, array};
use nnlib::sequential::{Conv2D, Dense, Dropout, Flatten, Initializer, Samples, Sequential};

fn dense(initializer: Initializer, inputs: usize, units: usize) -> ArrayD<f32> {
    let mut model = Sequential::new();
    model.add(Dense::new(units).kernel_initializer(initializer).input_shape(&[inputs]));
    model.weights().remove(0).1
}

#[test]
fn layers_and_weights_are_named_as_in_keras() {
    let mut model = Sequential::new();
    model.add(Conv2D::new(2, (3, 3)).input_shape(&[1, 5, 5])).add(Flatten::new());
    model.add(Dense::new(4)).add(Dropout::new(0.5)).add(Dense::new(3));
    let names: Vec<_> = model.weights().into_iter().map(|(name, value)| (name, value.shape().to_vec())).collect();
    let expected: [(&str, &[usize]); 6] = [
        ("conv2d/kernel", &[2, 1, 3, 3]),
        ("conv2d/bias", &[2]),
        ("dense/kernel", &[18, 4]),
        ("dense/bias", &[4]),
        ("dense_1/kernel", &[4, 3]),
        ("dense_1/bias", &[3]),
    ];
    assert_eq!(names, expected.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
    assert_eq!(format!("{model:?}"), "a sequential model of 5 layers, 111 parameters");
}

#[test]
fn weights_come_from_the_seed_whenever_the_input_shape_is_told() {
    let layers = |model: &mut Sequential, first: Dense| {
        model.add(first).add(Dense::new(2));
    };
    let (mut given, mut built, mut other) = (Sequential::new(), Sequential::with_seed(0), Sequential::with_seed(1));
    layers(&mut given, Dense::new(3).input_shape(&[4]));
    layers(&mut built, Dense::new(3));
    layers(&mut other, Dense::new(3).input_shape(&[4]));
    assert!(built.weights().is_empty());
    built.build(&[4]);
    assert_eq!(given.weights(), built.weights());
    assert_ne!(given.weights(), other.weights());
}

#[test]
fn initializers_have_the_spread_of_their_formulas() {
    // A uniform distribution within ± l has standard deviation l / sqrt(3).
    let (inputs, units) = (300, 200);
    let (n, both) = (inputs as f32, (inputs + units) as f32);
    for (initializer, deviation, limit) in [
        (Initializer::GlorotUniform, (2.0 / both).sqrt(), (6.0 / both).sqrt()),
        (Initializer::HeUniform, (2.0 / n).sqrt(), (6.0 / n).sqrt()),
        (Initializer::GlorotNormal, (2.0 / both).sqrt(), (2.0 / both).sqrt() * 2.0 / 0.8796),
        (Initializer::HeNormal, (2.0 / n).sqrt(), (2.0 / n).sqrt() * 2.0 / 0.8796),
    ] {
        let kernel = dense(initializer, inputs, units);
        let largest = kernel.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
        assert!(largest <= limit && largest > 0.99 * limit, "{initializer:?}: {largest} of {limit}");
        assert!((kernel.std(0.0) / deviation - 1.0).abs() < 0.01, "{initializer:?}: {}", kernel.std(0.0));
        assert!(kernel.mean().unwrap().abs() < 0.01 * deviation, "{initializer:?}");
    }
    assert_eq!(dense(Initializer::Zeros, 3, 2), ArrayD::<f32>::zeros(vec![3, 2]));
}

#[test]
fn the_fans_of_a_convolution_count_its_window() {
    let mut model = Sequential::new();
    model.add(Conv2D::new(64, (3, 3)).kernel_initializer("he_uniform").input_shape(&[32, 8, 8]));
    let (_, kernel) = &model.weights()[0];
    let limit = (6.0_f32 / (32.0 * 9.0)).sqrt();
    let largest = kernel.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    assert!(largest <= limit && largest > 0.99 * limit, "{largest} of {limit}");
}

#[test]
fn weights_that_are_taken_and_set_give_the_same_predictions() {
    let new = |seed| {
        let mut model = Sequential::with_seed(seed);
        model.add(Dense::new(4).activation("tanh").input_shape(&[3])).add(Dense::new(2).activation("softmax"));
        model
    };
    let x: Array2<f32> = array![[0.1, 0.2, 0.3], [-1.0, 0.5, 2.0]];
    let (first, mut second) = (new(1), new(2));
    assert_ne!(first.predict(&x), second.predict(&x));
    second.set_weights(&first.weights());
    assert_eq!(first.predict(&x), second.predict(&x));
}

#[test]
fn predictions_do_not_depend_on_the_batches_they_are_made_in() {
    let mut model = Sequential::new();
    model.add(Dense::new(3).activation("softmax").input_shape(&[2]));
    let x = Array::from_shape_fn((600, 2), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0);
    let all = model.predict(&x);
    assert_eq!(all.dim(), (600, 3));
    assert!(all.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
    let row = model.predict(&x.slice(nnlib::ndarray::s![599..600, ..]).to_owned());
    assert!((&row.row(0) - &all.row(599)).iter().all(|difference| difference.abs() < 1e-6));
    let largest = |row: usize| (0..3).max_by(|&a, &b| all[[row, a]].total_cmp(&all[[row, b]])).unwrap();
    assert_eq!(model.predict_classes(&x), Array1::from_shape_fn(600, largest));
    assert_eq!(model.predict(&Array2::<f32>::zeros((0, 2))).dim(), (0, 3));
}

#[test]
fn samples_of_every_type_are_the_same_numbers() {
    let mut model = Sequential::new();
    model.add(Flatten::new().input_shape(&[1, 2, 2])).add(Dense::new(3));
    let bytes = Array4::from_shape_fn((5, 1, 2, 2), |(n, _, i, j)| (50 * n + 20 * i + 7 * j) as u8);
    let doubles = bytes.mapv(|byte| f64::from(byte) / 255.0);
    let floats = doubles.mapv(|value| value as f32);
    let set = ImageSet::new(bytes.to_shape((5, 4)).unwrap().to_owned(), Array1::zeros(5), 2, 2);

    let expected = model.predict(&floats);
    let mut turned = Array4::<f32>::zeros((2, 2, 1, 5)).reversed_axes();
    turned.assign(&floats);
    for (what, samples) in [
        ("f64", Samples::from(&doubles)),
        ("u8", Samples::from(&bytes).scaled(1.0 / 255.0)),
        ("images", Samples::from(&set)),
        ("another order in memory", Samples::from(&turned)),
    ] {
        let got = model.predict(samples);
        assert!((&got - &expected).iter().all(|difference| difference.abs() < 1e-6), "{what}: {got} is not {expected}");
    }
}

#[test]
fn samples_are_centered_after_they_are_scaled() {
    let mut model = Sequential::new();
    model.add(Dense::new(2).input_shape(&[4]));
    model.set_weights(&[
        ("dense/kernel".to_owned(), array![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]].into_dyn()),
        ("dense/bias".to_owned(), array![0.0, 0.0].into_dyn()),
    ]);
    let bytes: Array3<u8> = array![[[10, 20], [30, 40]], [[50, 60], [70, 80]]];
    let mean = array![[0.5_f32, 1.5], [0.0, 0.0]];
    let samples = || Samples::from(&bytes).scaled(0.1).centered(&mean);
    assert_eq!(samples().shape(), [2, 2, 2]);
    assert_eq!(model.predict(samples().flattened()), array![[0.5, 0.5], [4.5, 4.5]]);
    assert_eq!(model.predict(samples().scaled(2.0).flattened()), array![[1.0, 1.0], [9.0, 9.0]]);
}
