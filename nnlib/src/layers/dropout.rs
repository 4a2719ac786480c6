//! Dropout.

use super::Mode;
use crate::array::expect_shape;
use crate::rng::RandomState;
use ndarray::ArrayD;

/// What [`dropout_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct DropoutCache {
    /// The shape of the input.
    pub x_shape: Vec<usize>,
    /// What each number was multiplied by, 0 or `1 / (1 - rate)`; `None`, after a pass in [`Mode::Test`], stands for
    /// ones.
    pub mask: Option<ArrayD<f64>>,
}

/// Inverted dropout: in [`Mode::Train`], each number is set to 0 with probability `rate`, and the others grow to keep
/// the mean.
///
/// ```text
/// out = x mask,    mask = 1 / (1 - rate) where u < 1 - rate, else 0,    u uniform in [0, 1)     in Mode::Train
/// out = x                                                                                      in Mode::Test
/// ```
///
/// `rate` is the fraction that is *dropped*, as in Keras; some course texts pass the fraction that is kept. `u` is
/// drawn from `rng` as by `np.random.rand(*x.shape)`; [`Mode::Test`] draws nothing.
///
/// Source: N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, JMLR 15 (2014),
/// with the scaling of section 10 done in training.
///
/// ```
/// use nnlib::layers::{Mode, dropout_forward};
/// use nnlib::ndarray::Array;
/// use nnlib::rng::RandomState;
///
/// let x = Array::ones((50, 20)).into_dyn();
/// let (out, _cache) = dropout_forward(&x, 0.75, Mode::Train, &mut RandomState::new(0));
/// assert!(out.iter().all(|&out| out == 0.0 || out == 4.0));
/// ```
///
/// # Panics
///
/// If `rate` is not from 0 to below 1.
#[track_caller]
pub fn dropout_forward(x: &ArrayD<f64>, rate: f64, mode: Mode, rng: &mut RandomState) -> (ArrayD<f64>, DropoutCache) {
    assert!(
        (0.0..1.0).contains(&rate),
        "dropout_forward: `rate` is {rate}, expected 0 to below 1, the fraction dropped"
    );
    let mask = match mode {
        Mode::Train => {
            let keep = 1.0 - rate;
            Some(rng.rand(x.raw_dim()).mapv_into(|u| if u < keep { 1.0 / keep } else { 0.0 }))
        }
        Mode::Test => None,
    };
    (masked(x, mask.as_ref()), DropoutCache { x_shape: x.shape().to_vec(), mask })
}

/// The gradient of [`dropout_forward`]: `dx = dout mask`.
///
/// # Panics
///
/// If `dout` has not the shape of `x`.
#[track_caller]
pub fn dropout_backward(dout: &ArrayD<f64>, cache: &DropoutCache) -> ArrayD<f64> {
    expect_shape("dropout_backward", "dout", dout.shape(), &cache.x_shape, "the shape of `x`");
    masked(dout, cache.mask.as_ref())
}

fn masked(array: &ArrayD<f64>, mask: Option<&ArrayD<f64>>) -> ArrayD<f64> {
    mask.map_or_else(|| array.clone(), |mask| array * mask)
}
