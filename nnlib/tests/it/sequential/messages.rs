//! What a public function says when it is misused.

use nnlib::ndarray::{Array1, Array2, Array3, Array4, ArrayD, IxDyn, array};
use nnlib::sequential::optimizers::{Adam, RMSprop, SGD};
use nnlib::sequential::{
    Activation, BatchNormalization, Conv2D, Dense, Dropout, FitOptions, Flatten, MaxPool2D, Samples, Sequential,
    Targets,
};

use super::silent;
use crate::checks::panic_message;

/// A classifier of images of 2x4 pixels into 3 classes.
fn model() -> Sequential {
    let mut model = Sequential::new();
    model.add(Flatten::new().input_shape(&[1, 2, 4])).add(Dense::new(5)).add(Dense::new(3).activation("softmax"));
    model
}

fn compiled(loss: &str) -> Sequential {
    let mut model = model();
    model.compile(loss, "adam", &["accuracy"]);
    model
}

fn images(n: usize) -> Array4<f32> {
    Array4::zeros((n, 1, 2, 4))
}

#[test]
fn names_that_there_are_not() {
    assert_eq!(
        panic_message(|| Dense::new(3).activation("sigmoyd")),
        "Dense::activation: there is no activation `sigmoyd`; there are linear, relu, sigmoid, softmax, tanh"
    );
    assert_eq!(
        panic_message(|| Activation::new("Relu")),
        "Activation::new: there is no activation `Relu`; there are linear, relu, sigmoid, softmax, tanh"
    );
    assert_eq!(
        panic_message(|| Conv2D::new(3, (3, 3)).activation("selu")),
        "Conv2D::activation: there is no activation `selu`; there are linear, relu, sigmoid, softmax, tanh"
    );
    let initializers = "glorot_normal, glorot_uniform, he_normal, he_uniform, zeros";
    assert_eq!(
        panic_message(|| Dense::new(3).kernel_initializer("he uniform")),
        format!("Dense::kernel_initializer: there is no initializer `he uniform`; there are {initializers}")
    );
    assert_eq!(
        panic_message(|| Conv2D::new(3, (3, 3)).kernel_initializer("he")),
        format!("Conv2D::kernel_initializer: there is no initializer `he`; there are {initializers}")
    );
    assert_eq!(
        panic_message(|| Conv2D::new(3, (3, 3)).padding("full")),
        "Conv2D::padding: there is no padding `full`; there are same, valid"
    );
    assert_eq!(
        panic_message(|| MaxPool2D::default().padding("full")),
        "MaxPool2D::padding: there is no padding `full`; there are same, valid"
    );
    assert_eq!(
        panic_message(|| model().compile("categorical crossentropy", "adam", &[])),
        "Sequential::compile: there is no loss `categorical crossentropy`; there are binary_crossentropy, \
         categorical_crossentropy, mean_squared_error, mse, sparse_categorical_crossentropy"
    );
    assert_eq!(
        panic_message(|| model().compile("mse", "adamw", &[])),
        "Sequential::compile: there is no optimizer `adamw`; there are adam, rmsprop, sgd"
    );
    assert_eq!(
        panic_message(|| model().compile("mse", "adam", &["acc"])),
        "Sequential::compile: there is no metric `acc`; there are accuracy"
    );
}

#[test]
fn settings_out_of_range() {
    assert_eq!(
        panic_message(|| Dropout::new(1.0)),
        "Dropout::new: `rate` is 1, expected 0 <= rate < 1: the fraction that is dropped"
    );
    assert_eq!(
        panic_message(|| Dropout::new(f64::NAN)),
        "Dropout::new: `rate` is NaN, expected 0 <= rate < 1: the fraction that is dropped"
    );
    assert_eq!(panic_message(|| Dense::new(0)), "Dense::new: `units` is 0, expected 1 or more");
    assert_eq!(panic_message(|| Conv2D::new(0, (3, 3))), "Conv2D::new: `filters` is 0, expected 1 or more");
    assert_eq!(
        panic_message(|| Conv2D::new(1, (3, 0))),
        "Conv2D::new: `kernel_size` is (3, 0), expected rows and columns of 1 or more"
    );
    assert_eq!(
        panic_message(|| Conv2D::new(1, (3, 3)).strides((0, 0))),
        "Conv2D::strides: `strides` is (0, 0), expected rows and columns of 1 or more"
    );
    assert_eq!(
        panic_message(|| MaxPool2D::new((0, 0))),
        "MaxPool2D::new: `pool_size` is (0, 0), expected rows and columns of 1 or more"
    );
    assert_eq!(
        panic_message(|| MaxPool2D::new((2, 2)).strides((0, 0))),
        "MaxPool2D::strides: `strides` is (0, 0), expected rows and columns of 1 or more"
    );
    assert_eq!(
        panic_message(|| BatchNormalization::new().momentum(1.5)),
        "BatchNormalization::momentum: `momentum` is 1.5, expected 0 <= momentum <= 1"
    );
    assert_eq!(
        panic_message(|| BatchNormalization::new().epsilon(0.0)),
        "BatchNormalization::epsilon: `epsilon` is 0, expected a number above 0"
    );
    assert_eq!(panic_message(|| SGD::new(0.0)), "SGD::new: `learning_rate` is 0, expected a number above 0");
    assert_eq!(
        panic_message(|| SGD::new(0.1).momentum(1.0)),
        "SGD::momentum: `momentum` is 1, expected 0 <= momentum < 1"
    );
    assert_eq!(panic_message(|| RMSprop::new(-1.0)), "RMSprop::new: `learning_rate` is -1, expected a number above 0");
    assert_eq!(panic_message(|| RMSprop::new(0.1).rho(2.0)), "RMSprop::rho: `rho` is 2, expected 0 <= rho < 1");
    assert_eq!(
        panic_message(|| RMSprop::new(0.1).epsilon(0.0)),
        "RMSprop::epsilon: `epsilon` is 0, expected a number above 0"
    );
    assert_eq!(
        panic_message(|| Adam::new(f64::INFINITY)),
        "Adam::new: `learning_rate` is inf, expected a number above 0"
    );
    assert_eq!(panic_message(|| Adam::new(0.1).beta_1(1.0)), "Adam::beta_1: `beta_1` is 1, expected 0 <= beta_1 < 1");
    assert_eq!(
        panic_message(|| Adam::new(0.1).beta_2(-0.5)),
        "Adam::beta_2: `beta_2` is -0.5, expected 0 <= beta_2 < 1"
    );
    assert_eq!(
        panic_message(|| Adam::new(0.1).epsilon(-1.0)),
        "Adam::epsilon: `epsilon` is -1, expected a number above 0"
    );
}

#[test]
fn input_shapes_that_are_none() {
    let why = "expected the shape of one sample, such as [3, 32, 32], without a 0";
    let empty: &[usize] = &[];
    assert_eq!(
        panic_message(|| Flatten::new().input_shape(empty)),
        format!("Flatten::input_shape: `shape` is [], {why}")
    );
    assert_eq!(panic_message(|| Dense::new(1).input_shape(&[0])), format!("Dense::input_shape: `shape` is [0], {why}"));
    assert_eq!(
        panic_message(|| Dropout::new(0.1).input_shape(&[0])),
        format!("Dropout::input_shape: `shape` is [0], {why}")
    );
    assert_eq!(
        panic_message(|| Activation::new("relu").input_shape(&[0])),
        format!("Activation::input_shape: `shape` is [0], {why}")
    );
    assert_eq!(
        panic_message(|| Conv2D::new(1, (3, 3)).input_shape(&[1, 0, 3])),
        format!("Conv2D::input_shape: `shape` is [1, 0, 3], {why}")
    );
    assert_eq!(
        panic_message(|| MaxPool2D::new((2, 2)).input_shape(&[0])),
        format!("MaxPool2D::input_shape: `shape` is [0], {why}")
    );
    assert_eq!(
        panic_message(|| BatchNormalization::new().input_shape(&[0])),
        format!("BatchNormalization::input_shape: `shape` is [0], {why}")
    );
}

#[test]
fn layers_that_do_not_fit_the_one_below() {
    let on = |input: &[usize]| {
        let mut model = Sequential::new();
        model.add(Activation::new("linear").input_shape(input)).add(Dropout::new(0.5));
        model
    };
    assert_eq!(
        panic_message(|| on(&[1, 28, 28]).add(Dense::new(10)).summary()),
        "Sequential::add: layer 2, `dense`, got (None, 1, 28, 28), expected (None, D): put a Flatten layer before it"
    );
    assert_eq!(
        panic_message(|| on(&[784]).add(Conv2D::new(8, (3, 3))).summary()),
        "Sequential::add: layer 2, `conv2d`, got (None, 784), expected images (None, C, H, W)"
    );
    assert_eq!(
        panic_message(|| on(&[1, 2, 9]).add(Conv2D::new(8, (3, 4))).summary()),
        "Sequential::add: layer 2, `conv2d`, got (None, 1, 2, 9), expected images at least as large as its filters, 3x4"
    );
    assert_eq!(
        panic_message(|| on(&[784]).add(MaxPool2D::default()).summary()),
        "Sequential::add: layer 2, `max_pooling2d`, got (None, 784), expected images (None, C, H, W)"
    );
    assert_eq!(
        panic_message(|| on(&[1, 5, 1]).add(MaxPool2D::default()).summary()),
        "Sequential::add: layer 2, `max_pooling2d`, got (None, 1, 5, 1), expected images at least as large as its pool, \
         2x2"
    );
    assert_eq!(
        panic_message(|| on(&[5, 7]).add(BatchNormalization::new()).summary()),
        "Sequential::add: layer 2, `batch_normalization`, got (None, 5, 7), expected rows (None, D) or images \
         (None, C, H, W)"
    );
    assert_eq!(
        panic_message(|| on(&[784]).add(Dense::new(10).input_shape(&[512])).summary()),
        "Sequential::add: layer 2, `dense`, has the input shape (None, 512), but the layer below gives (None, 784); only \
         the first layer needs one"
    );
    assert_eq!(
        panic_message(|| {
            let mut model = Sequential::new();
            model.add(Dense::new(10)).add(Dense::new(10).input_shape(&[512]));
        }),
        "Sequential::add: layer 1, `dense_1`, has the input shape (None, 512), but the layer below gives what is not \
         known yet; only the first layer needs one"
    );
    let mut model = on(&[784]);
    panic_message(|| model.add(Conv2D::new(8, (3, 3))).summary());
    assert_eq!(
        format!("{model:?}"),
        "a sequential model of 2 layers, 0 parameters",
        "the layer that did not fit is gone"
    );
}

#[test]
fn a_model_that_is_not_ready() {
    let x = images(4);
    let y = array![0_usize, 1, 2, 0];
    assert_eq!(
        panic_message(|| model().fit(&x, &y, silent())),
        "Sequential::fit: the model is not compiled; call `compile` with a loss and an optimizer first"
    );
    assert_eq!(
        panic_message(|| model().evaluate(&x, &y)),
        "Sequential::evaluate: the model is not compiled; call `compile` with a loss and an optimizer first"
    );
    assert_eq!(
        panic_message(|| compiled("mse").add(Dense::new(3)).summary()),
        "Sequential::add: the model is compiled; make a new one, and add all its layers first"
    );
    let mut empty = Sequential::new();
    empty.compile("mse", "sgd", &[]);
    assert_eq!(
        panic_message(|| empty.fit(&x, &y, silent())),
        "Sequential::fit: the model has no layers; add some first"
    );
    assert_eq!(panic_message(|| empty.predict(&x)), "Sequential::predict: the model has no layers; add some first");
    assert_eq!(panic_message(|| empty.build(&[1])), "Sequential::build: the model has no layers; add some first");
    let mut unbuilt = Sequential::new();
    unbuilt.add(Dense::new(3));
    let why = "the model has no weights yet: give its first layer an input shape, or call `build` or `fit`";
    assert_eq!(panic_message(|| unbuilt.predict(&x)), format!("Sequential::predict: {why}"));
    assert_eq!(panic_message(|| unbuilt.predict_classes(&x)), format!("Sequential::predict_classes: {why}"));
    assert_eq!(panic_message(|| unbuilt.set_weights(&[])), format!("Sequential::set_weights: {why}"));
    assert_eq!(
        panic_message(|| unbuilt.build(&[1, 2, 4])),
        "Sequential::build: layer 0, `dense`, got (None, 1, 2, 4), expected (None, D): put a Flatten layer before it"
    );
    unbuilt.build(&[8]);
    assert_eq!(
        panic_message(|| unbuilt.build(&[9])),
        "Sequential::build: layer 0, `dense`, got (None, 9), expected (None, 8)"
    );
}

#[test]
fn samples_of_another_shape() {
    let wide = Array4::<f32>::zeros((4, 1, 2, 5));
    let y = array![0_usize, 1, 2, 0];
    let why = "layer 0, `flatten`, got (None, 1, 2, 5), expected (None, 1, 2, 4)";
    let mut model = compiled("sparse_categorical_crossentropy");
    assert_eq!(panic_message(|| model.fit(&wide, &y, silent())), format!("Sequential::fit: {why}"));
    assert_eq!(panic_message(|| model.evaluate(&wide, &y)), format!("Sequential::evaluate: {why}"));
    assert_eq!(panic_message(|| model.predict(&wide)), format!("Sequential::predict: {why}"));
    assert_eq!(panic_message(|| model.predict_classes(&wide)), format!("Sequential::predict_classes: {why}"));
    assert_eq!(
        panic_message(|| model.fit(&images(4), &y, silent().validation_data(&wide, &y))),
        format!("Sequential::fit: {why}")
    );
    assert_eq!(
        panic_message(|| model.fit(&images(3), &y, silent())),
        "Sequential::fit: `x` has 3 samples and `y` 4 targets; expected equal numbers, at least 1"
    );
    assert_eq!(
        panic_message(|| model.fit(&images(0), &Array1::<usize>::zeros(0), silent())),
        "Sequential::fit: `x` has 0 samples and `y` 0 targets; expected equal numbers, at least 1"
    );
    assert_eq!(
        panic_message(|| model.fit(&images(4), &y, silent().validation_data(&images(5), &y))),
        "Sequential::fit: `validation_data.0` has 5 samples and `validation_data.1` 4 targets; expected equal numbers, at \
         least 1"
    );
    let mut deep = Sequential::new();
    deep.add(Conv2D::new(2, (2, 2)).input_shape(&[1, 2, 4]));
    deep.compile("mse", "sgd", &[]);
    let why = "the last layer, `conv2d`, gives (None, 2, 1, 3), expected rows (None, M): end with Flatten or Dense";
    assert_eq!(panic_message(|| deep.predict(&images(4))), format!("Sequential::predict: {why}"));
    assert_eq!(panic_message(|| deep.fit(&images(4), &y, silent())), format!("Sequential::fit: {why}"));
}

#[test]
fn targets_that_the_loss_does_not_take() {
    let x = images(4);
    let fit = |loss: &str, y: Targets| panic_message(|| compiled(loss).fit(&x, y, silent()));
    let (labels, stray) = (array![0_usize, 1, 2, 0], array![0_u8, 1, 3, 0]);
    assert_eq!(
        fit("sparse_categorical_crossentropy", (&stray).into()),
        "Sequential::fit: label 3 at index 2 of `y`, expected classes 0 to 2: the last layer, `dense_1`, has 3 outputs"
    );
    assert_eq!(
        fit("categorical_crossentropy", (&labels).into()),
        "Sequential::fit: `y` holds labels, and categorical_crossentropy expects one-hot rows (N, 3); for labels there is \
         sparse_categorical_crossentropy"
    );
    assert_eq!(
        fit("sparse_categorical_crossentropy", (&Array2::<f32>::zeros((4, 3))).into()),
        "Sequential::fit: `y` is an array of numbers of shape [4, 3], and sparse_categorical_crossentropy expects labels, \
         an Array1<usize>; for one-hot rows there is categorical_crossentropy"
    );
    assert_eq!(
        fit("categorical_crossentropy", (&Array2::<f64>::zeros((4, 10))).into()),
        "Sequential::fit: `y` has shape [4, 10], expected [4, 3]: a column for each output of the last layer, `dense_1`"
    );
    assert_eq!(
        fit("mse", (&labels).into()),
        "Sequential::fit: `y` has shape [4], expected [4, 3]: a column for each output of the last layer, `dense_1`"
    );
    assert_eq!(
        fit("binary_crossentropy", (&Array2::from_elem((4, 3), -1.0)).into()),
        "Sequential::fit: `y` holds -1, and binary_crossentropy expects targets from 0 to 1"
    );
    let model = compiled("sparse_categorical_crossentropy");
    assert_eq!(
        panic_message(|| model.evaluate(&x, &stray)),
        "Sequential::evaluate: label 3 at index 2 of `y`, expected classes 0 to 2: the last layer, `dense_1`, has 3 outputs"
    );
    assert_eq!(
        panic_message(|| Targets::from(&Array3::<f32>::zeros((4, 3, 2))).len()),
        "Targets::from: an array of shape [4, 3, 2], expected rows (N, M) or labels (N,)"
    );
    assert_eq!(
        panic_message(|| Samples::from(&ArrayD::<f32>::zeros(IxDyn(&[]))).len()),
        "Samples::from: a single number, expected an array with an axis of samples"
    );
}

#[test]
fn options_out_of_range() {
    let y = array![0_usize, 1, 2, 0];
    let fit = |options: FitOptions| {
        panic_message(|| compiled("sparse_categorical_crossentropy").fit(&images(4), &y, options))
    };
    assert_eq!(fit(FitOptions { epochs: 0, ..silent() }), "Sequential::fit: `epochs` is 0, expected 1 or more");
    assert_eq!(fit(FitOptions { batch_size: 0, ..silent() }), "Sequential::fit: `batch_size` is 0, expected 1 or more");
    assert_eq!(
        fit(FitOptions { verbose: 3, ..silent() }),
        "Sequential::fit: `verbose` is 3, expected 0 (silent), 1 (lines within an epoch too) or 2 (a line an epoch)"
    );
}

#[test]
fn names_that_are_not_reported() {
    let y = array![0_usize, 1, 2, 0];
    let mut model = model();
    model.compile("sparse_categorical_crossentropy", "adam", &[]);
    let history = model.fit(&images(4), &y, silent());
    assert_eq!(panic_message(|| history["val_loss"].len()), "History: there is no `val_loss`; there are [\"loss\"]");
    assert_eq!(
        panic_message(|| model.evaluate(&images(4), &y).accuracy()),
        "Scores: there is no `accuracy`; there are [\"loss\"]"
    );
}

#[test]
fn weights_that_are_not_the_models() {
    let mut model = Sequential::new();
    model.add(Dense::new(2).input_shape(&[3]));
    let weights = model.weights();
    assert_eq!(
        panic_message(|| model.set_weights(&weights[..1])),
        "Sequential::set_weights: got 1 weights, expected 2: [\"dense/kernel\", \"dense/bias\"]"
    );
    let mut renamed = weights.clone();
    renamed[1].0 = "dense/beta".to_owned();
    assert_eq!(
        panic_message(|| model.set_weights(&renamed)),
        "Sequential::set_weights: weight 1 is `dense/beta`, expected `dense/bias`"
    );
    let mut turned = weights.clone();
    turned[0].1 = ArrayD::zeros(vec![2, 3]);
    assert_eq!(
        panic_message(|| model.set_weights(&turned)),
        "Sequential::set_weights: `dense/kernel` has shape [2, 3], expected [3, 2]"
    );
    assert_eq!(model.weights(), weights);
}

#[test]
fn means_that_do_not_fit() {
    let x = images(4);
    assert_eq!(
        panic_message(|| Samples::from(&x).centered(&array![0.5_f32])),
        "Samples::centered: `mean` has shape [1], expected [1, 2, 4] (that of one sample)"
    );
    let mean = Array3::<f32>::zeros((1, 2, 4));
    assert_eq!(
        panic_message(|| Samples::from(&x).centered(&mean).centered(&mean)),
        "Samples::centered: a mean has been subtracted already"
    );
}
