//! Against Keras 3: outputs, losses, steps, histories.

use nnlib::ndarray::{Array2, ArrayD, Axis, Slice, array};
use nnlib::sequential::optimizers::{Adam, Optimizer, RMSprop, SGD};
use nnlib::sequential::{
    Activation, BatchNormalization, Conv2D, Dense, Dropout, FitOptions, Flatten, MaxPool2D, Sequential, Targets,
};
use serde_json::Value;

use super::{array, fixture, labels, numbers, silent, weights};

/// Equal to 1e-5, relative to the largest entry: `f32` sums in another order.
#[track_caller]
fn assert_close(what: &str, got: &ArrayD<f32>, expected: &ArrayD<f32>) {
    assert_eq!(got.shape(), expected.shape(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= 1e-5 * largest, "{what}, entry {index}: {got} is not {expected}");
    }
}

#[track_caller]
fn assert_close_numbers(what: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= 1e-5 * expected.abs(), "{what}: {got} is not {expected}");
    }
}

#[track_caller]
fn assert_weights(what: &str, model: &Sequential, expected: &[(String, ArrayD<f32>)]) {
    for ((name, got), (expected_name, expected)) in model.weights().iter().zip(expected) {
        assert_eq!(name, expected_name, "{what}");
        assert_close(&format!("{what}: {name}"), got, expected);
    }
    assert_eq!(model.weights().len(), expected.len(), "{what}");
}

/// The model of a case of the fixture, with its weights.
fn model(case: &Value, start: &str, add_layers: impl FnOnce(&mut Sequential)) -> Sequential {
    let mut model = Sequential::new();
    add_layers(&mut model);
    model.build(&array(&case["x"]).shape()[1..]);
    model.set_weights(&weights(&case[start]));
    model
}

#[test]
fn every_layer_gives_the_outputs_of_keras() {
    let cases = &fixture()["forward"];
    let mut compared = 0;
    let mut compare = |name: &str, add_layers: &dyn Fn(&mut Sequential)| {
        let model = model(&cases[name], "weights", add_layers);
        let y = model.predict(&array(&cases[name]["x"]));
        assert_close(name, &y.into_dyn(), &array(&cases[name]["y"]));
        compared += 1;
    };
    for activation in ["linear", "relu", "sigmoid", "softmax", "tanh"] {
        compare(&format!("dense_{activation}"), &|model| {
            model.add(Dense::new(5).activation(activation));
        });
    }
    for (padding, stride) in [("valid", 1), ("valid", 2), ("same", 1), ("same", 2)] {
        compare(&format!("conv2d_{padding}_{stride}"), &|model| {
            model
                .add(Conv2D::new(4, (3, 2)).strides((stride, stride)).padding(padding).activation("relu"))
                .add(Flatten::new());
        });
    }
    compare("max_pool2d_2", &|model| {
        model.add(MaxPool2D::default()).add(Flatten::new());
    });
    compare("max_pool2d_3_by_1", &|model| {
        model.add(MaxPool2D::new((3, 3)).strides((1, 1))).add(Flatten::new());
    });
    compare("max_pool2d_same", &|model| {
        model.add(MaxPool2D::new((3, 2)).strides((2, 1)).padding("same")).add(Flatten::new());
    });
    compare("batch_normalization_rows", &|model| {
        model.add(BatchNormalization::new());
    });
    compare("batch_normalization_images", &|model| {
        model.add(BatchNormalization::new()).add(Flatten::new());
    });
    compare("dropout", &|model| {
        model.add(Dropout::new(0.5)).add(Dense::new(2));
    });
    assert_eq!(compared, cases.as_object().unwrap().len(), "the fixture has cases that are not compared");
}

#[test]
fn losses_of_given_predictions_are_those_of_keras() {
    for case in fixture()["losses"].as_array().unwrap() {
        let loss = case["loss"].as_str().unwrap();
        let predictions = array(&case["predictions"]);
        let mut model = Sequential::new();
        model.add(Activation::new("linear").input_shape(&predictions.shape()[1..]));
        model.compile(loss, "sgd", &[]);
        let scores = if loss == "sparse_categorical_crossentropy" {
            model.evaluate(&predictions, &labels(&case["targets"]["values"]))
        } else {
            model.evaluate(&predictions, &array(&case["targets"]))
        };
        assert_close_numbers(loss, &[scores.loss()], &[case["value"].as_f64().unwrap()]);
        assert_eq!(scores.get("accuracy"), None);
    }
}

#[test]
fn three_steps_of_each_optimizer_are_those_of_keras() {
    let case = &fixture()["optimizers"];
    let optimizers = [
        ("sgd", Optimizer::SGD(SGD::new(0.1))),
        ("sgd_momentum", Optimizer::SGD(SGD::new(0.1).momentum(0.9))),
        ("sgd_nesterov", Optimizer::SGD(SGD::new(0.1).momentum(0.9).nesterov())),
        ("rmsprop", Optimizer::RMSprop(RMSprop::new(0.01))),
        ("adam", Optimizer::Adam(Adam::new(0.01))),
    ];
    assert_eq!(case["after"].as_object().unwrap().len(), optimizers.len());
    for (name, optimizer) in optimizers {
        let mut model = model(case, "start", |model| {
            model.add(Dense::new(5).activation("tanh")).add(Dense::new(3).activation("softmax"));
        });
        model.compile("sparse_categorical_crossentropy", optimizer, &[]);
        let names: Vec<String> = model.weights().into_iter().map(|(name, _)| name).collect();
        for (step, after) in case["after"][name].as_array().unwrap().iter().enumerate() {
            let options = FitOptions { batch_size: 8, ..silent() };
            model.fit(&array(&case["x"]), &labels(&case["labels"]), options);
            let expected: Vec<_> = names.iter().cloned().zip(after.as_array().unwrap().iter().map(array)).collect();
            assert_weights(&format!("{name}, step {}", step + 1), &model, &expected);
        }
    }
}

/// Trains two epochs on the first 10 samples in batches of 4, validated on the rest, and compares all there is.
fn compare_net(name: &str, add_layers: impl FnOnce(&mut Sequential)) {
    let case = &fixture()["nets"][name];
    let loss = case["loss"].as_str().unwrap();
    let mut model = model(case, "start", add_layers);
    model.compile(loss, SGD::new(0.05), &["accuracy"]);

    let (x, targets) = (array(&case["x"]), array(&case["targets"]));
    let part = |array: &ArrayD<f32>, range: Slice| array.slice_axis(Axis(0), range).to_owned();
    let (x_train, x_val) = (part(&x, Slice::from(..10)), part(&x, Slice::from(10..)));
    let options = FitOptions { epochs: 2, batch_size: 4, shuffle: false, ..silent() };
    let (history, scores) = if loss == "sparse_categorical_crossentropy" {
        let labels = labels(&case["targets"]["values"]);
        let part = |range: Slice| labels.slice_axis(Axis(0), range).to_owned();
        let (y_train, y_val) = (part(Slice::from(..10)), part(Slice::from(10..)));
        let history = model.fit(&x_train, &y_train, options.validation_data(&x_val, &y_val));
        (history, model.evaluate(&x, &labels))
    } else {
        let (y_train, y_val) = (part(&targets, Slice::from(..10)), part(&targets, Slice::from(10..)));
        let history = model.fit(&x_train, &y_train, options.validation_data(&x_val, &y_val));
        (history, model.evaluate(&x, &targets))
    };

    let expected = case["history"].as_object().unwrap();
    assert_eq!(history.names().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, values) in expected {
        assert_close_numbers(&format!("{name}, {key}"), &history[key], &numbers(values));
    }
    assert_weights(name, &model, &weights(&case["end"]));
    for (key, value) in case["scores"].as_object().unwrap() {
        assert_close_numbers(&format!("{name}, {key}"), &[scores[key]], &[value.as_f64().unwrap()]);
    }
}

#[test]
fn a_convnet_trains_as_in_keras() {
    compare_net("convnet", |model| {
        model.add(Conv2D::new(4, (3, 3)).activation("relu").padding("same")).add(MaxPool2D::new((2, 2)));
        model.add(Conv2D::new(3, (2, 2))).add(BatchNormalization::new()).add(Activation::new("relu"));
        model.add(Flatten::new()).add(Dense::new(3).activation("softmax"));
    });
}

#[test]
fn batch_normalisation_trains_as_in_keras() {
    compare_net("batch_norm_mlp", |model| {
        model.add(Flatten::new()).add(Dense::new(5)).add(BatchNormalization::new()).add(Activation::new("sigmoid"));
        model.add(Dense::new(3)).add(Activation::new("softmax"));
    });
}

#[test]
fn a_binary_classifier_trains_as_in_keras() {
    compare_net("binary", |model| {
        model.add(Dense::new(4).activation("relu")).add(Dense::new(1).activation("sigmoid"));
    });
}

#[test]
fn regression_trains_as_in_keras() {
    compare_net("regression", |model| {
        model.add(Dense::new(4).activation("tanh")).add(Dense::new(2));
    });
}

#[test]
fn crossentropy_after_another_activation_trains_as_in_keras() {
    compare_net("probabilities", |model| {
        model.add(Dense::new(4).activation("tanh")).add(Dense::new(3).activation("sigmoid"));
    });
}

#[test]
fn labels_serve_as_the_column_of_a_binary_classifier() {
    let x: Array2<f32> = array![[0.5, -1.0], [2.0, 0.25], [-0.5, 1.0]];
    let mut model = Sequential::new();
    model.add(Dense::new(1).activation("sigmoid").input_shape(&[2]));
    model.compile("binary_crossentropy", "adam", &["accuracy"]);
    let scores = model.evaluate(&x, &array![1_usize, 0, 1]);
    assert_eq!(scores, model.evaluate(&x, &array![[1.0_f32], [0.0], [1.0]]));
    assert_eq!(scores, model.evaluate(&x, &array![1.0, 0.0, 1.0]));
    assert_eq!(Targets::from(&array![1.0, 0.0, 1.0]).shape(), [3]);
}
