//! Initial weights: bounds, moments, and the same draws from the same seed.

use super::checks::panic_message;
use ndarray::ArrayD;
use nnlib::init::{
    glorot_normal, glorot_std, glorot_uniform, he_normal, he_std, he_uniform, keras_layer, normal, stax_layer,
    truncated_normal,
};
use nnlib::rng::RandomState;

type Draw = fn(&[usize], &mut RandomState) -> ArrayD<f64>;

/// Fan-in and fan-out: 400 and 100; 8 * 5 * 5 and 64 * 5 * 5.
const SHAPES: [(&[usize], f64, f64); 2] = [(&[400, 100], 400.0, 100.0), (&[64, 8, 5, 5], 200.0, 1600.0)];

/// Asserts mean 0 and standard deviation `std`, each to five standard errors of `w.len()` draws.
///
/// The mean's is std / √n; the deviation's is at most std / √(2n), that of a normal distribution, for the uniform and
/// the truncated have lighter tails.
#[track_caller]
fn assert_moments(w: &ArrayD<f64>, std: f64) {
    let n = w.len() as f64;
    let mean = w.mean().unwrap();
    assert!(mean.abs() < 5.0 * std / n.sqrt(), "mean {mean}");
    assert!((w.std(0.0) - std).abs() < 5.0 * std / (2.0 * n).sqrt(), "standard deviation {} for {std}", w.std(0.0));
}

/// Asserts that every number is within ± `limit`, and that some come near.
#[track_caller]
fn assert_fills(w: &ArrayD<f64>, limit: f64) {
    let largest = w.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
    assert!(largest <= limit && largest > 0.99 * limit, "largest {largest} for {limit}");
}

#[test]
fn uniform_weights_fill_their_bounds() {
    for (shape, fan_in, fan_out) in SHAPES {
        let glorot = glorot_uniform(shape, &mut RandomState::new(1));
        assert_eq!(glorot.shape(), shape);
        assert_fills(&glorot, (6.0 / (fan_in + fan_out)).sqrt());
        assert_moments(&glorot, (2.0 / (fan_in + fan_out)).sqrt());
        let he = he_uniform(shape, &mut RandomState::new(2));
        assert_fills(&he, (6.0 / fan_in).sqrt());
        assert_moments(&he, (2.0 / fan_in).sqrt());
    }
}

#[test]
fn normal_weights_are_cut_off_and_keep_their_deviation() {
    for (shape, fan_in, fan_out) in SHAPES {
        for (w, std) in [
            (glorot_normal(shape, &mut RandomState::new(1)), (2.0 / (fan_in + fan_out)).sqrt()),
            (he_normal(shape, &mut RandomState::new(2)), (2.0 / fan_in).sqrt()),
            (truncated_normal(shape, 3.0, &mut RandomState::new(3)), 3.0),
        ] {
            assert_eq!(w.shape(), shape);
            assert_fills(&w, 2.0 * std / 0.879_625_661_034_239_8);
            assert_moments(&w, std);
        }
    }
}

#[test]
fn the_correction_is_that_of_the_truncated_normal_distribution() {
    // 1 - 4 φ(2) / (2 Φ(2) - 1): φ(2) by its formula, 2 Φ(2) - 1 = erf(√2) to the digits of Abramowitz and Stegun.
    let density = (-2.0_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let deviation = (1.0 - 4.0 * density / 0.954_499_736_103_641_6).sqrt();
    // The first draw of a deviation of 1 is the generator's first, stretched by that.
    let first = RandomState::new(0).standard_normal();
    assert!(first.abs() < 2.0);
    let stretched = truncated_normal(&[1], 1.0, &mut RandomState::new(0))[0];
    assert!((stretched - first / deviation).abs() < 1e-14, "{stretched}");
}

#[test]
fn normal_is_numpys() {
    assert_eq!(
        normal(&[3, 4], 0.02, &mut RandomState::new(231)),
        RandomState::new(231).normal(0.0, 0.02, (3, 4)).into_dyn()
    );
    assert_moments(&normal(&[200, 200], 0.02, &mut RandomState::new(4)), 0.02);
    // Nothing is cut off: 4.6 % of 40,000 lie beyond two deviations; one of them is no accident.
    assert!(normal(&[200, 200], 0.02, &mut RandomState::new(4)).iter().any(|w| w.abs() > 0.06));
}

#[test]
fn deviations_are_those_of_the_papers() {
    assert_eq!((glorot_std(&[6, 2]), he_std(&[8, 5])), (0.5, 0.5));
    assert_eq!((glorot_std(&[1, 1, 2, 2]), he_std(&[9, 2, 2, 2])), (0.5, 0.5));
}

#[test]
fn keras_starts_with_glorot_uniform_and_zeros() {
    for (shape, _, _) in SHAPES {
        let (w, b) = keras_layer(shape, &mut RandomState::new(7));
        assert_eq!(w, glorot_uniform(shape, &mut RandomState::new(7)));
        assert_eq!(b, ArrayD::<f64>::zeros(vec![if shape.len() == 2 { 100 } else { 64 }]));
    }
}

#[test]
fn stax_starts_with_glorot_normal_and_small_biases() {
    for (shape, num_outputs, bias_std) in [(SHAPES[0].0, 100, 1e-2), (SHAPES[1].0, 64, 1e-6)] {
        let (w, b) = stax_layer(shape, &mut RandomState::new(7));
        let mut rng = RandomState::new(7);
        assert_eq!(w, glorot_normal(shape, &mut rng));
        assert_eq!(b, normal(&[num_outputs], bias_std, &mut rng));
    }
}

#[test]
fn a_seed_gives_its_weights_again() {
    let draws: [Draw; 4] = [glorot_uniform, glorot_normal, he_uniform, he_normal];
    for draw in draws {
        let draw = |seed| draw(&[20, 30], &mut RandomState::new(seed));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}

#[test]
fn layers_without_inputs_have_no_weights() {
    let draws: [Draw; 4] = [glorot_uniform, glorot_normal, he_uniform, he_normal];
    for draw in draws {
        assert_eq!(draw(&[0, 3], &mut RandomState::new(0)).shape(), [0, 3]);
        assert_eq!(draw(&[0, 0], &mut RandomState::new(0)).shape(), [0, 0]);
    }
}

#[test]
fn other_shapes_and_deviations_are_named() {
    let draws: [(&str, Draw); 4] = [
        ("glorot_uniform", glorot_uniform),
        ("glorot_normal", glorot_normal),
        ("he_uniform", he_uniform),
        ("he_normal", he_normal),
    ];
    let mut rng = RandomState::new(0);
    for (name, draw) in draws {
        let message = panic_message(|| draw(&[5, 4, 3], &mut rng));
        assert_eq!(message, format!("{name}: `shape` is [5, 4, 3], expected (D, M) or (F, C, HH, WW)"));
    }
    for (message, name) in [
        (panic_message(|| glorot_std(&[5])), "glorot_std"),
        (panic_message(|| he_std(&[5])), "he_std"),
        (panic_message(|| keras_layer(&[5], &mut rng)), "keras_layer"),
        (panic_message(|| stax_layer(&[5], &mut rng)), "stax_layer"),
    ] {
        assert_eq!(message, format!("{name}: `shape` is [5], expected (D, M) or (F, C, HH, WW)"));
    }
    for (message, name) in [
        (panic_message(|| normal(&[5], -1.0, &mut rng)), "normal"),
        (panic_message(|| truncated_normal(&[5], -1.0, &mut rng)), "truncated_normal"),
    ] {
        assert_eq!(message, format!("{name}: `std` is -1, expected a standard deviation of 0 or more"));
    }
}
