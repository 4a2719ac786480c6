//! Initial parameters, dropout, and networks of networks.

use nnlib::grad::{Tensor, Tree, gradient_at};
use nnlib::init::stax_layer;
use nnlib::ndarray::{Axis, array};
use nnlib::rng::RandomState;
use nnlib::serial::optimizers::{StepSize, sgd};
use nnlib::serial::{
    Mode, Params, conv, dense, dropout, elementwise, flatten, log_softmax, max_pool, relu, serial, sigmoid, tanh,
};

#[test]
fn layers_draw_one_after_the_other() {
    let net = serial(vec![conv(3, (2, 2)), relu(), flatten(), dense(4)]);
    let (output_shape, params) = net.init(&mut RandomState::new(7), &[2, 4, 3]);
    let mut rng = RandomState::new(7);
    let mut layer = |shape: &[usize]| {
        let (w, b) = stax_layer(shape, &mut rng);
        Params::Affine { w: Tensor::from(w), b: Tensor::from(b) }
    };
    let expected = vec![layer(&[3, 2, 2, 2]), Params::None, Params::None, layer(&[18, 4])];
    assert_eq!(output_shape, [4]);
    assert_eq!(params, Params::Serial(expected));
}

#[test]
fn a_stack_within_a_stack_computes_the_same() {
    let images = Tensor::from(RandomState::new(1).randn((3, 1, 6, 6)));
    let flat = serial(vec![conv(2, (3, 3)), relu(), max_pool((2, 2), (2, 2)), flatten(), dense(5), log_softmax()]);
    let nested = serial(vec![
        serial(vec![conv(2, (3, 3)), relu()]),
        serial(vec![max_pool((2, 2), (2, 2)), flatten(), dense(5)]),
        serial(vec![]),
        log_softmax(),
    ]);
    let (_, flat_params) = flat.init(&mut RandomState::new(2), &[1, 6, 6]);
    let (_, nested_params) = nested.init(&mut RandomState::new(2), &[1, 6, 6]);
    let outputs = flat.apply(&flat_params, &images, Mode::Predict);
    assert_eq!(nested.apply(&nested_params, &images, Mode::Predict), outputs);
    assert_eq!(outputs.shape(), [3, 5]);
}

/// A large batch is predicted in parts, in the same numbers as its samples by themselves, and in one piece where a gradient is
/// taken. Its images may lie channels last, as a convolution leaves them.
#[test]
fn a_large_batch_is_its_samples() {
    let mut rng = RandomState::new(4);
    let images = Tensor::from(rng.randn((150, 1, 30, 30)));
    let images = conv(2, (3, 3)).apply(&conv(2, (3, 3)).init(&mut rng, &[1, 30, 30]).1, &images, Mode::Predict);
    let features = serial(vec![conv(40, (3, 3)), relu(), max_pool((2, 2), (2, 2))]);
    for net in [features.clone(), serial(vec![features, flatten(), dense(3)])] {
        let (shape, params) = net.init(&mut rng, &[2, 28, 28]);
        let outputs = net.apply(&params, &images, Mode::Predict);
        assert_eq!(outputs.shape(), [&[150], shape.as_slice()].concat());
        for index in [0, 70, 149] {
            let image = images.value().select(Axis(0), &[index]);
            let output = net.apply(&params, &Tensor::from(image), Mode::Predict);
            assert_eq!(*output.value(), outputs.value().select(Axis(0), &[index]));
        }
        let (loss, _) = gradient_at(&params, |params| net.apply(params, &images, Mode::Predict).square().mean());
        assert!((loss.item() - outputs.square().mean().item()).abs() < 1e-6 * loss.item());
    }
}

#[test]
fn functions_of_each_entry() {
    let x = Tensor::from(array![[-1.0, 0.5], [2.0, 0.0]]);
    let apply = |layer: nnlib::serial::Layer| layer.apply(&Params::None, &x, Mode::Predict);
    assert_eq!(apply(relu()), x.relu());
    assert_eq!(apply(tanh()), x.tanh());
    assert_eq!(apply(sigmoid()), x.sigmoid());
    assert_eq!(apply(log_softmax()), x.log_softmax(1));
    assert_eq!(apply(elementwise("square", Tensor::square)), &x * &x);
}

#[test]
fn dropout_keeps_the_mean_and_its_seed() {
    let x = Tensor::ones(&[200, 500]);
    let layer = dropout(0.25);
    let train = |seed| layer.apply(&Params::None, &x, Mode::Train { seed });
    assert_eq!(layer.apply(&Params::None, &x, Mode::Predict), x);
    let dropped = train(3);
    assert_eq!(dropped, train(3));
    assert_ne!(dropped, train(4));
    let kept = 1.0 / 0.75_f32;
    assert!(dropped.value().iter().all(|&entry| entry == 0.0 || entry == kept));
    // Of 100000 entries a quarter, to five standard deviations of sqrt(100000 * 3 / 16) = 137.
    let zeros = dropped.value().iter().filter(|&&entry| entry == 0.0).count();
    assert!(zeros.abs_diff(25_000) < 685, "{zeros} entries are zero");
    // What is dropped has no gradient.
    let (_, dx) = gradient_at(&x, |x| layer.apply(&Params::None, x, Mode::Train { seed: 3 }).sum());
    assert_eq!(dx, dropped);
}

#[test]
fn dropout_layers_of_a_stack_drop_different_entries() {
    let x = Tensor::ones(&[1, 1000]);
    let net = serial(vec![dropout(0.5), dropout(0.5)]);
    let (_, params) = net.init(&mut RandomState::new(0), &[1000]);
    let outputs = net.apply(&params, &x, Mode::Train { seed: 0 });
    // A quarter is left, to five standard deviations of sqrt(1000 * 3 / 16) = 13.7; were they the same, it would be
    // half.
    let left = outputs.value().iter().filter(|&&entry| entry == 4.0).count();
    assert!(left.abs_diff(250) < 69, "{left} entries are left");
}

#[test]
fn a_network_says_what_it_is() {
    let net = serial(vec![conv(32, (3, 3)), relu(), max_pool((2, 2), (2, 2)), flatten(), dropout(0.5), dense(10)]);
    let text = "serial([conv(32, (3, 3)), relu(), max_pool((2, 2), (2, 2)), flatten(), dropout(0.5), dense(10)])";
    assert_eq!(format!("{net:?}"), text);
}

#[test]
fn step_sizes() {
    let exponential = StepSize::ExponentialDecay { step_size: 8.0, decay_steps: 2.0, decay_rate: 0.25 };
    assert_eq!([0, 1, 2, 4].map(|i| exponential.at(i)), [8.0, 4.0, 2.0, 0.5]);
    let inverse =
        |staircase| StepSize::InverseTimeDecay { step_size: 6.0, decay_steps: 2.0, decay_rate: 1.0, staircase };
    assert_eq!([0, 1, 2, 4].map(|i| inverse(false).at(i)), [6.0, 4.0, 3.0, 2.0]);
    assert_eq!([0, 1, 2, 3, 4].map(|i| inverse(true).at(i)), [6.0, 6.0, 3.0, 3.0, 2.0]);
    assert_eq!(StepSize::from(0.5).at(99), 0.5);
}

/// A gradient of weights is not computed before it is read: a step along one that nobody has read is that along one that was.
#[test]
fn a_step_along_gradients_that_nobody_has_read() {
    let mut rng = RandomState::new(6);
    let net = serial(vec![dense(40), relu(), dense(10)]);
    let (_, params) = net.init(&mut rng, &[300]);
    let images = Tensor::from(rng.randn((20, 300)));
    // The first weights are used twice: two products add up.
    let loss = |params: &Params| {
        let Params::Serial(layers) = params else { unreachable!("a stack") };
        let Params::Affine { w, .. } = &layers[0] else { unreachable!("a dense layer") };
        net.apply(params, &images, Mode::Predict).square().mean() + (&images * 0.5).dot(w).square().mean()
    };
    let (_, unread) = gradient_at(&params, loss);
    let (_, read) = gradient_at(&params, loss);
    let copy = unread.clone();
    assert!(read.tensors().into_iter().all(|gradient| gradient.value().iter().all(|number| number.is_finite())));
    let optimizer = sgd(0.1);
    let step = |gradients| optimizer.get_params(&optimizer.update(0, gradients, optimizer.init(params.clone())));
    let (after_unread, after_read) = (step(&unread), step(&read));
    for (a, b) in after_unread.tensors().into_iter().zip(after_read.tensors()) {
        assert!((a - b).value().iter().all(|difference| difference.abs() < 1e-6));
    }
    // The step has taken nothing away.
    assert_eq!(copy, read);
    assert_eq!(unread, read);
}
