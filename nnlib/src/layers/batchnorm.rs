//! Batch normalization.

use super::Mode;
use super::matrices::{as_matrix, as_vector, column_sums};
use crate::array::expect_shape;
use ndarray::ArrayD;

/// Settings and running averages of one batch normalization.
///
/// ```
/// use nnlib::layers::{BatchNormParam, Mode};
///
/// let mut bn_param = BatchNormParam::default(); // to train, with eps 1e-5 and momentum 0.9
/// bn_param.mode = Mode::Test;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNormParam {
    /// Whether to normalize by the batch's own statistics or by the running averages. By default [`Mode::Train`].
    pub mode: Mode,
    /// Added to the variance, so that nothing is divided by 0. By default 1e-5.
    pub eps: f64,
    /// The weight of the *old* average when a batch is averaged in, 0 to 1. By default 0.9.
    pub momentum: f64,
    /// The running average of the batches' means, `(D,)`; `None`, before the first batch, stands for zeros.
    pub running_mean: Option<ArrayD<f64>>,
    /// The running average of the batches' variances, `(D,)`; `None`, before the first batch, stands for zeros.
    pub running_var: Option<ArrayD<f64>>,
}

impl Default for BatchNormParam {
    fn default() -> Self {
        BatchNormParam { mode: Mode::Train, eps: 1e-5, momentum: 0.9, running_mean: None, running_var: None }
    }
}

/// What [`batchnorm_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct BatchNormCache {
    /// The normalized input, `(N, D)`.
    pub normalized: ArrayD<f64>,
    /// What the input was multiplied by to normalize it, `1 / sqrt(variance + eps)`, `(D,)`.
    pub inverse_std: ArrayD<f64>,
    /// The scale, `(D,)`.
    pub gamma: ArrayD<f64>,
    /// How the input was normalized.
    pub mode: Mode,
}

/// Normalizes each column of `x`, `(N, D)`, then scales it by `gamma` and shifts it by `beta`, both `(D,)`.
///
/// ```text
/// μ = 1/N Σ_n x_n    σ² = 1/N Σ_n (x_n - μ)²    over the batch, in Mode::Train
/// out = gamma (x - μ) / sqrt(σ² + eps) + beta
/// running = momentum running + (1 - momentum) batch      of μ and of σ², in Mode::Train
/// ```
///
/// In [`Mode::Test`] the running averages take the place of μ and σ², and stay as they are.
///
/// Source: S. Ioffe and C. Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal
/// Covariate Shift* (2015), algorithm 1; like the course texts, and unlike the paper, the running variance averages the
/// variances as they are, without the factor N / (N - 1).
///
/// ```
/// use nnlib::layers::{BatchNormParam, batchnorm_forward};
/// use nnlib::ndarray::array;
///
/// let x = array![[1.0], [3.0]].into_dyn();
/// let (gamma, beta) = (array![2.0].into_dyn(), array![10.0].into_dyn());
/// let (out, _cache) = batchnorm_forward(&x, &gamma, &beta, &mut BatchNormParam::default());
/// assert!((&out - &array![[8.0], [12.0]]).iter().all(|difference| difference.abs() < 1e-4));
/// ```
///
/// # Panics
///
/// If the shapes do not fit each other, there is no sample to train on, `eps` is negative or `momentum` is not from 0
/// to 1.
#[track_caller]
pub fn batchnorm_forward(
    x: &ArrayD<f64>,
    gamma: &ArrayD<f64>,
    beta: &ArrayD<f64>,
    bn_param: &mut BatchNormParam,
) -> (ArrayD<f64>, BatchNormCache) {
    let BatchNormParam { mode, eps, momentum, running_mean, running_var } = bn_param;
    check(x, gamma, beta, *eps, *momentum);
    let features = gamma.raw_dim();
    let running_mean = running_mean.get_or_insert_with(|| ArrayD::zeros(features.clone()));
    let running_var = running_var.get_or_insert_with(|| ArrayD::zeros(features));
    let why = "a number for each column of `x`";
    expect_shape("batchnorm_forward", "running_mean", running_mean.shape(), gamma.shape(), why);
    expect_shape("batchnorm_forward", "running_var", running_var.shape(), gamma.shape(), why);

    // Matrices and vectors rather than arrays of any rank, which take longer to go through than these few numbers to add.
    let (x, gamma_row, beta_row) = (as_matrix(x), as_vector(gamma), as_vector(beta));
    let (centered, var) = match mode {
        Mode::Train => {
            assert!(
                x.nrows() > 0,
                "batchnorm_forward: `x` has shape {:?}, expected (N, D) with at least one sample to train on",
                x.shape()
            );
            let num_samples = x.nrows() as f64;
            let mean = column_sums(x) / num_samples;
            let centered = &x - &mean;
            let var = column_sums((&centered * &centered).view()) / num_samples;
            *running_mean = *momentum * &*running_mean + (1.0 - *momentum) * mean;
            *running_var = *momentum * &*running_var + (1.0 - *momentum) * &var;
            (centered, var)
        }
        Mode::Test => (&x - &as_vector(running_mean), as_vector(running_var).to_owned()),
    };
    let inverse_std = var.mapv(|var| 1.0 / (var + *eps).sqrt());
    let normalized = centered * &inverse_std;
    let out = &normalized * &gamma_row + beta_row;
    let cache = BatchNormCache {
        normalized: normalized.into_dyn(),
        inverse_std: inverse_std.into_dyn(),
        gamma: gamma.clone(),
        mode: *mode,
    };
    (out.into_dyn(), cache)
}

/// The gradients of [`batchnorm_forward`], `(dx, dgamma, dbeta)`, from `dout`, `(N, D)`.
///
/// With x̂ the normalized input, and sums and means over the N samples of the batch:
///
/// ```text
/// dgamma = Σ dout x̂
/// dbeta  = Σ dout
/// dx     = gamma / sqrt(σ² + eps) (dout - mean(dout) - x̂ mean(dout x̂))    in Mode::Train
/// dx     = gamma / sqrt(σ² + eps) dout                                    in Mode::Test
/// ```
///
/// When training, every sample has its part in μ and σ², and through these in all other samples; hence the two means.
///
/// # Panics
///
/// If `dout` has not the shape of `x`.
#[track_caller]
pub fn batchnorm_backward(dout: &ArrayD<f64>, cache: &BatchNormCache) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    let BatchNormCache { normalized, inverse_std, gamma, mode } = cache;
    expect_shape("batchnorm_backward", "dout", dout.shape(), normalized.shape(), "the shape of `x`");
    let (dout, normalized) = (as_matrix(dout), as_matrix(normalized));
    let scale = &as_vector(gamma) * &as_vector(inverse_std);
    let dgamma = column_sums((&dout * &normalized).view());
    let dbeta = column_sums(dout);
    let dx = match mode {
        Mode::Train => {
            let num_samples = dout.nrows() as f64;
            let centered = &dout - &(&dbeta / num_samples);
            (centered - &normalized * &(&dgamma / num_samples)) * scale
        }
        Mode::Test => &dout * &scale,
    };
    (dx.into_dyn(), dgamma.into_dyn(), dbeta.into_dyn())
}

#[track_caller]
fn check(x: &ArrayD<f64>, gamma: &ArrayD<f64>, beta: &ArrayD<f64>, eps: f64, momentum: f64) {
    let function = "batchnorm_forward";
    assert!(x.ndim() == 2, "{function}: `x` has shape {:?}, expected (N, D)", x.shape());
    let num_features = x.shape()[1];
    expect_shape(function, "gamma", gamma.shape(), &[num_features], "a scale for each column of `x`");
    expect_shape(function, "beta", beta.shape(), &[num_features], "a shift for each column of `x`");
    assert!(eps >= 0.0, "{function}: `eps` is {eps}, expected 0 or more");
    assert!(
        (0.0..=1.0).contains(&momentum),
        "{function}: `momentum` is {momentum}, expected 0 to 1 (the weight of the old average)"
    );
}
