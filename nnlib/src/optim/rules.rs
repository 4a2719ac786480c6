//! Update rules: from a parameter and its gradient to the next parameter.

use super::OptimConfig;
use crate::array::expect_shape;
use crate::elementwise::{change_array, combine_arrays};
use ndarray::{ArrayD, Zip};

/// Stochastic gradient descent: a step against the gradient.
///
/// ```text
/// w ← w - learning_rate dw
/// ```
///
/// Source: H. Robbins and S. Monro, *A Stochastic Approximation Method*, The Annals of Mathematical Statistics 22
/// (1951).
///
/// ```
/// use nnlib::ndarray::array;
/// use nnlib::optim::{OptimConfig, sgd};
///
/// let (w, dw) = (array![1.0, 2.0].into_dyn(), array![0.5, -1.0].into_dyn());
/// assert_eq!(sgd(&w, &dw, &mut OptimConfig::new(0.5)), array![0.75, 2.5].into_dyn());
/// ```
///
/// # Panics
///
/// If `dw` has not the shape of `w`.
#[track_caller]
pub fn sgd(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    expect_shape("sgd", "dw", dw.shape(), w.shape(), "the shape of `w`");
    let rate = config.learning_rate;
    combine_arrays(w, dw, |w, dw| w - rate * dw)
}

/// SGD with momentum: the velocity is a decaying sum of *steps*, each at the learning rate of its time.
///
/// ```text
/// v ← momentum v - learning_rate dw
/// w ← w + v
/// ```
///
/// `v` is `config.velocity`, from zeros. With a learning rate that changes, this is not [`momentum`].
///
/// Source: I. Sutskever et al., *On the Importance of Initialization and Momentum in Deep Learning*, ICML 2013,
/// equations 1 and 2.
///
/// # Panics
///
/// If `dw` or `config.velocity` has not the shape of `w`, or `config.momentum` is not in `0..=1`.
#[track_caller]
pub fn sgd_momentum(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    expect_shape("sgd_momentum", "dw", dw.shape(), w.shape(), "the shape of `w`");
    expect_fraction("sgd_momentum", "momentum", config.momentum);
    let (rate, momentum) = (config.learning_rate, config.momentum);
    let velocity = memory("sgd_momentum", "velocity", &mut config.velocity, w);
    change_array(velocity, dw, |v, dw| momentum * v - rate * dw);
    combine_arrays(w, velocity, |w, v| w + v)
}

/// SGD with momentum as JAX's `optimizers.momentum`: the velocity is a decaying sum of *gradients*.
///
/// ```text
/// v ← momentum v + dw
/// w ← w - learning_rate v
/// ```
///
/// `v` is `config.velocity`, from zeros. At a constant learning rate this takes the steps of [`sgd_momentum`], with a
/// velocity of another sign and scale; a rate that falls slows past gradients down as well.
///
/// Source: JAX, `jax.example_libraries.optimizers.momentum`.
///
/// # Panics
///
/// If `dw` or `config.velocity` has not the shape of `w`, or `config.momentum` is not in `0..=1`.
#[track_caller]
pub fn momentum(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    expect_shape("momentum", "dw", dw.shape(), w.shape(), "the shape of `w`");
    expect_fraction("momentum", "momentum", config.momentum);
    let (rate, momentum) = (config.learning_rate, config.momentum);
    let velocity = memory("momentum", "velocity", &mut config.velocity, w);
    change_array(velocity, dw, |v, dw| momentum * v + dw);
    combine_arrays(w, velocity, |w, v| w - rate * v)
}

/// RMSProp: each number's step is divided by the root of a moving average of its squared gradients.
///
/// ```text
/// c ← decay_rate c + (1 - decay_rate) dw²
/// w ← w - learning_rate dw / (√c + epsilon)
/// ```
///
/// `c` is `config.cache`, from zeros. TensorFlow and JAX have epsilon under the root.
///
/// Source: G. Hinton, *Neural Networks for Machine Learning*, lecture 6e (2012).
///
/// # Panics
///
/// If `dw` or `config.cache` has not the shape of `w`, or `config.decay_rate` is not in `0..=1`.
#[track_caller]
pub fn rmsprop(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    expect_shape("rmsprop", "dw", dw.shape(), w.shape(), "the shape of `w`");
    expect_fraction("rmsprop", "decay_rate", config.decay_rate);
    let (rate, decay, epsilon) = (config.learning_rate, config.decay_rate, config.epsilon);
    let cache = memory("rmsprop", "cache", &mut config.cache, w);
    Zip::from(w).and(dw).and(cache).map_collect(|&w, &dw, cache| {
        *cache = decay * *cache + (1.0 - decay) * dw * dw;
        w - rate * dw / (cache.sqrt() + epsilon)
    })
}

/// Adam: momentum and RMSProp, both averages corrected for their start from zero.
///
/// ```text
/// t ← t + 1
/// m ← beta1 m + (1 - beta1) dw
/// v ← beta2 v + (1 - beta2) dw²
/// w ← w - learning_rate (m / (1 - beta1ᵗ)) / (√(v / (1 - beta2ᵗ)) + epsilon)
/// ```
///
/// `m`, `v` and `t` are those of `config`, from zeros. The first step of every number is `learning_rate`, but for
/// epsilon: 0.001 is a usual rate.
///
/// Source: D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015, algorithm 1.
///
/// ```
/// use nnlib::ndarray::array;
/// use nnlib::optim::{OptimConfig, adam};
///
/// let mut config = OptimConfig::new(1e-3);
/// let next_w = adam(&array![1.0, 1.0].into_dyn(), &array![1e-4, -50.0].into_dyn(), &mut config);
/// assert!((&next_w - &array![0.999, 1.001]).iter().all(|difference| difference.abs() < 1e-6));
/// assert_eq!(config.t, 1);
/// ```
///
/// # Panics
///
/// If `dw`, `config.m` or `config.v` has not the shape of `w`, or `config.beta1` or `config.beta2` is not in `0..1`,
/// where 1 would divide by 0.
#[track_caller]
pub fn adam(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    expect_shape("adam", "dw", dw.shape(), w.shape(), "the shape of `w`");
    let (rate, beta1, beta2, epsilon) = (config.learning_rate, config.beta1, config.beta2, config.epsilon);
    for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
        assert!((0.0..1.0).contains(&beta), "adam: `config.{name}` is {beta}, expected 0 to below 1");
    }
    let m = memory("adam", "m", &mut config.m, w);
    let v = memory("adam", "v", &mut config.v, w);
    config.t += 1;
    // A power beyond i32 is 0 long before.
    let t = i32::try_from(config.t).unwrap_or(i32::MAX);
    let (correction1, correction2) = (1.0 - beta1.powi(t), 1.0 - beta2.powi(t));
    Zip::from(w).and(dw).and(m).and(v).map_collect(|&w, &dw, m, v| {
        *m = beta1 * *m + (1.0 - beta1) * dw;
        *v = beta2 * *v + (1.0 - beta2) * dw * dw;
        w - rate * (*m / correction1) / ((*v / correction2).sqrt() + epsilon)
    })
}

/// What `function` remembers as `config.name`: zeros at first, and always of the shape of `w`.
#[track_caller]
fn memory<'a>(
    function: &str,
    name: &str,
    remembered: &'a mut Option<ArrayD<f64>>,
    w: &ArrayD<f64>,
) -> &'a mut ArrayD<f64> {
    let array = remembered.get_or_insert_with(|| ArrayD::zeros(w.raw_dim()));
    expect_shape(
        function,
        &format!("config.{name}"),
        array.shape(),
        w.shape(),
        "the shape of `w`: each parameter has a config of its own",
    );
    array
}

#[track_caller]
fn expect_fraction(function: &str, name: &str, fraction: f64) {
    assert!((0.0..=1.0).contains(&fraction), "{function}: `config.{name}` is {fraction}, expected 0 to 1");
}
