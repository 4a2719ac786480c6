//! The course's two Keras networks at full settings: a small one on CIFAR-10, a large one on MNIST.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run --release -p nnlib --example keras_mlp
//! ```
//!
//! About two minutes on two cores. CIFAR-10 is left out where it is not found; MNIST is then the embedded digits.

use nnlib::data::{Cifar10, Mnist, cifar10, mnist, one_hot};
use nnlib::sequential::optimizers::Adam;
use nnlib::sequential::{Activation, Dense, Dropout, FitOptions, Flatten, Samples, Sequential};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match cifar10::load() {
        Ok(cifar) => train_on_cifar10(&cifar),
        Err(error) => println!("without CIFAR-10: {error}"),
    }
    train_on_mnist(&mnist::load()?);
    Ok(())
}

/// Two hidden layers of 100 sigmoids on centered pixels; validation accuracy near 38 % after 10 epochs.
fn train_on_cifar10(cifar: &Cifar10) {
    let split = cifar.split(49000, 1000, 1000);
    let x = |images| Samples::from(images).scaled(255.0).centered(&split.mean_image);
    let (x_train, x_val) = (x(split.train.images()), x(split.validation.images()));
    let y_train = one_hot(&split.train.images().class_indices(), 10);
    let y_val = one_hot(&split.validation.images().class_indices(), 10);

    let mut model = Sequential::new();
    model.add(Flatten::new().input_shape(&[3, 32, 32]));
    model.add(Dense::new(100).activation("sigmoid"));
    model.add(Dropout::new(0.25));
    model.add(Dense::new(100).activation("sigmoid"));
    model.add(Dense::new(10).activation("softmax"));
    model.compile("categorical_crossentropy", Adam::new(1e-4), &["accuracy"]);
    println!("{}", model.summary());
    let started = Instant::now();
    let options = FitOptions { epochs: 10, ..FitOptions::default() }.validation_data(x_val, &y_val);
    model.fit(x_train, &y_train, options);
    println!("CIFAR-10: {:.0} s\n", started.elapsed().as_secs_f64());
}

/// Three hidden layers of 512 rectifiers; test accuracy near 98 % after 5 epochs.
fn train_on_mnist(mnist: &Mnist) {
    println!("{}", mnist.origin);
    let mut model = Sequential::new();
    model.add(Dense::new(512).input_shape(&[784]));
    model.add(Activation::new("relu")).add(Dropout::new(0.2));
    for _ in 0..2 {
        model.add(Dense::new(512)).add(Activation::new("relu")).add(Dropout::new(0.2));
    }
    model.add(Dense::new(10)).add(Activation::new("softmax"));
    model.compile("sparse_categorical_crossentropy", "adam", &["accuracy"]);
    println!("{}", model.summary());

    let started = Instant::now();
    let x_train = Samples::from(&mnist.train).flattened();
    model.fit(x_train, mnist.train.labels(), FitOptions { epochs: 5, batch_size: 128, ..FitOptions::default() });
    println!("{:.0} s", started.elapsed().as_secs_f64());
    println!("test: {}", model.evaluate(Samples::from(&mnist.test).flattened(), mnist.test.labels()));
}
