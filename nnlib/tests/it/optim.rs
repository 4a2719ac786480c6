//! Update rules against the same formulas in NumPy, and JAX's momentum.
//!
//! The expected numbers are printed by `fixtures/optim/make_fixture.py`.

use super::checks::{assert_close, linspace, panic_message};
use ndarray::array;
use nnlib::optim::{OptimConfig, UpdateRule, adam, momentum, rmsprop, sgd, sgd_momentum};

/// Asserts that four steps of `rule` end at `expected`.
#[track_caller]
fn assert_four_steps(rule: UpdateRule, expected: [f64; 6]) -> OptimConfig {
    let mut w = linspace(-0.4, 0.6, (2, 3));
    let mut config = OptimConfig::default();
    for rate in [0.1, 0.1, 0.05, 0.01] {
        config.learning_rate = rate;
        let dw = linspace(-0.6, 0.4, (2, 3)) - 0.5 * &w;
        w = rule(&w, &dw, &mut config);
    }
    for (w, expected) in w.iter().zip(expected) {
        assert!((w - expected).abs() < 1e-13, "{w} instead of {expected}");
    }
    config
}

#[test]
fn sgd_takes_the_steps_of_numpy() {
    let expected = [-0.29142975, -0.1185723125, 0.054285125, 0.2271425625, 0.4, 0.5728574375];
    let config = assert_four_steps(sgd, expected);
    assert_eq!((config.velocity, config.cache, config.m, config.t), (None, None, None, 0));
}

#[test]
fn sgd_momentum_takes_the_steps_of_numpy() {
    let expected = [-0.09995925, 0.0250305625, 0.150020375, 0.2750101875, 0.4, 0.5249898125];
    assert_four_steps(sgd_momentum, expected);
}

/// The check of the course text: 4 x 5 numbers on a line each, so that the results are on lines too.
#[test]
fn sgd_momentum_continues_a_velocity() {
    let line = |first, last| linspace(first, last, (4, 5));
    let mut config = OptimConfig { velocity: Some(line(0.6, 0.9)), ..OptimConfig::new(1e-3) };
    let next_w = sgd_momentum(&line(-0.4, 0.6), &line(-0.6, 0.4), &mut config);
    assert_close(&next_w, &line(0.1406, 1.4096), 1e-14);
    assert_close(&config.velocity.unwrap(), &line(0.5406, 0.8096), 1e-14);
    // Two entries as the text prints them.
    assert!((next_w[[0, 1]] - 0.20738947).abs() < 5e-9 && (next_w[[2, 3]] - 1.00886316).abs() < 5e-9);
}

#[test]
fn momentum_takes_the_steps_of_jax() {
    let expected = [-0.20862075, -0.0564655625, 0.095689625, 0.2478448125, 0.4, 0.5521551875];
    assert_four_steps(momentum, expected);
}

#[test]
fn rmsprop_takes_the_steps_of_numpy() {
    let expected = [
        1.9884324633286792,
        2.2220237736698394,
        2.45925268910733,
        2.6965669419591536,
        -0.20273020988685703,
        -1.8965669419591535,
    ];
    assert_four_steps(rmsprop, expected);
}

#[test]
fn adam_takes_the_steps_of_numpy() {
    let expected = [
        -0.1396221835659523,
        0.060325210997343455,
        0.26004140173597035,
        0.4583844897132173,
        0.3605971255478063,
        0.3416155102867826,
    ];
    let config = assert_four_steps(adam, expected);
    assert_eq!(config.t, 4);
}

#[test]
fn both_forms_of_momentum_take_the_same_steps_at_a_constant_rate() {
    let (mut ours, mut jax) = (OptimConfig::new(0.125), OptimConfig::new(0.125));
    let (mut w, mut v) = (linspace(-1.0, 1.0, (2, 3)), linspace(-1.0, 1.0, (2, 3)));
    for _ in 0..20 {
        w = sgd_momentum(&w, &(2.0 * &w), &mut ours);
        v = momentum(&v, &(2.0 * &v), &mut jax);
    }
    assert!((&w - &v).iter().all(|difference| difference.abs() < 1e-14));
    // Without momentum, both are SGD.
    for rule in [sgd_momentum, momentum] {
        let mut config = OptimConfig { momentum: 0.0, ..OptimConfig::new(0.5) };
        assert_eq!(rule(&w, &v, &mut config), sgd(&w, &v, &mut config));
    }
}

#[test]
fn a_power_beyond_i32_is_no_trouble() {
    let mut config = OptimConfig { t: u64::from(u32::MAX), ..OptimConfig::default() };
    assert!(adam(&linspace(0.0, 1.0, (2, 3)), &linspace(1.0, 2.0, (2, 3)), &mut config).iter().all(|w| w.is_finite()));
}

#[test]
fn wrong_shapes_are_named() {
    let (w, dw) = (linspace(0.0, 1.0, (2, 3)), array![1.0, 2.0].into_dyn());
    let rules: [(&str, UpdateRule); 5] =
        [("sgd", sgd), ("sgd_momentum", sgd_momentum), ("momentum", momentum), ("rmsprop", rmsprop), ("adam", adam)];
    for (name, rule) in rules {
        let message = panic_message(|| rule(&w, &dw, &mut OptimConfig::default()));
        assert_eq!(message, format!("{name}: `dw` has shape [2], expected [2, 3] (the shape of `w`)"));
    }
    for (name, rule, memory) in [
        ("sgd_momentum", sgd_momentum as UpdateRule, "velocity"),
        ("momentum", momentum, "velocity"),
        ("rmsprop", rmsprop, "cache"),
        ("adam", adam, "m"),
    ] {
        let of_another = Some(dw.clone());
        let (velocity, cache, m) = (of_another.clone(), of_another.clone(), of_another);
        let mut config = OptimConfig { velocity, cache, m, ..OptimConfig::default() };
        let expected = "[2, 3] (the shape of `w`: each parameter has a config of its own)";
        let message = panic_message(|| rule(&w, &w, &mut config));
        assert_eq!(message, format!("{name}: `config.{memory}` has shape [2], expected {expected}"));
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let w = linspace(0.0, 1.0, (2, 3));
    let out = OptimConfig { momentum: 1.5, decay_rate: -0.1, beta2: 1.0, ..OptimConfig::default() };
    for (rule, message) in [
        (sgd_momentum as UpdateRule, "sgd_momentum: `config.momentum` is 1.5, expected 0 to 1"),
        (momentum, "momentum: `config.momentum` is 1.5, expected 0 to 1"),
        (rmsprop, "rmsprop: `config.decay_rate` is -0.1, expected 0 to 1"),
        (adam, "adam: `config.beta2` is 1, expected 0 to below 1"),
    ] {
        assert_eq!(panic_message(|| rule(&w, &w, &mut out.clone())), message);
    }
}
