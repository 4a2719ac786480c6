//! The two-layer network: affine, rectifier, affine, softmax.

use super::regularization::l2;
use crate::layers::{input_gradient, outputs, parameter_gradients, relu_gradient};
use crate::losses::softmax_loss;
use crate::parameters::Parameters;
use crate::rng::RandomState;
use crate::solver::{Model, Targets};
use ndarray::{Array1, ArrayD};

/// The sizes of a [`TwoLayerNet`], and how it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoLayerConfig {
    /// D, the numbers of a sample. By default 3072, an image of CIFAR-10.
    pub input_dim: usize,
    /// H, the units of the hidden layer. By default 100.
    pub hidden_dim: usize,
    /// C, the classes. By default 10.
    pub num_classes: usize,
    /// The standard deviation of the first weights. By default 0.001.
    pub weight_scale: f64,
    /// The strength of the L2 regularization. By default 0.
    pub reg: f64,
}

impl Default for TwoLayerConfig {
    fn default() -> Self {
        TwoLayerConfig { input_dim: 3 * 32 * 32, hidden_dim: 100, num_classes: 10, weight_scale: 1e-3, reg: 0.0 }
    }
}

/// A classifier of two affine layers with a rectifier between them.
///
/// ```text
/// scores = max(x theta1 + theta1_0, 0) theta2 + theta2_0
/// loss   = softmax_loss(scores, y) + reg/2 (Σ theta1² + Σ theta2²)
/// ```
///
/// | parameter | shape |
/// |---|---|
/// | `theta1`, `theta1_0` | `(D, H)`, `(H,)` |
/// | `theta2`, `theta2_0` | `(H, C)`, `(C,)` |
///
/// ```
/// use nnlib::models::{TwoLayerConfig, TwoLayerNet};
/// use nnlib::ndarray::array;
/// use nnlib::rng::RandomState;
///
/// let mut rng = RandomState::new(231);
/// let sizes = TwoLayerConfig { input_dim: 4, hidden_dim: 5, num_classes: 3, ..TwoLayerConfig::default() };
/// let net = TwoLayerNet::new(&sizes, &mut rng);
/// let x = rng.randn((2, 4)).into_dyn();
/// assert_eq!(net.scores(&x).shape(), [2, 3]);
/// let (loss, grads) = net.loss(&x, &array![0, 2]);
/// assert!((loss - 3.0_f64.ln()).abs() < 1e-4);
/// assert_eq!(format!("{grads:?}"), "theta1 (4, 5), theta1_0 (5,), theta2 (5, 3), theta2_0 (3,)");
/// ```
#[derive(Clone, Debug)]
pub struct TwoLayerNet {
    /// The parameters, by the names above.
    pub params: Parameters,
    /// The strength of the L2 regularization.
    pub reg: f64,
}

impl TwoLayerNet {
    /// Weights from a normal distribution with mean 0, `theta1` drawn before `theta2`, and biases of 0.
    pub fn new(config: &TwoLayerConfig, rng: &mut RandomState) -> Self {
        let TwoLayerConfig { input_dim, hidden_dim, num_classes, weight_scale, reg } = *config;
        let mut params = Parameters::new();
        params.insert("theta1", rng.normal(0.0, weight_scale, (input_dim, hidden_dim)));
        params.insert("theta1_0", Array1::zeros(hidden_dim));
        params.insert("theta2", rng.normal(0.0, weight_scale, (hidden_dim, num_classes)));
        params.insert("theta2_0", Array1::zeros(num_classes));
        TwoLayerNet { params, reg }
    }

    /// The scores of a batch `x`, `(N, d_1, ..., d_k)`, as `(N, C)`.
    #[track_caller]
    pub fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        let hidden = outputs(x, &self.params["theta1"], &self.params["theta1_0"], true);
        outputs(&hidden, &self.params["theta2"], &self.params["theta2_0"], false)
    }

    /// The loss of a batch `x` whose classes are `y`, and its gradient with respect to each parameter.
    #[track_caller]
    pub fn loss(&self, x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, Parameters) {
        let hidden = outputs(x, &self.params["theta1"], &self.params["theta1_0"], true);
        let scores = outputs(&hidden, &self.params["theta2"], &self.params["theta2_0"], false);

        let (data_loss, dscores) = softmax_loss(&scores, y);
        let (dtheta2, dtheta2_0) = parameter_gradients(&dscores, &hidden);
        let dhidden = input_gradient(&dscores, &self.params["theta2"], hidden.shape());
        let (dtheta1, dtheta1_0) = parameter_gradients(&relu_gradient(dhidden, &hidden), x);

        let mut grads = Parameters::from_iter([
            ("theta1", dtheta1),
            ("theta1_0", dtheta1_0),
            ("theta2", dtheta2),
            ("theta2_0", dtheta2_0),
        ]);
        let loss = data_loss + l2(self.reg, &["theta1", "theta2"], &self.params, &mut grads);
        (loss, grads)
    }
}

impl Model for TwoLayerNet {
    fn params(&self) -> &Parameters {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }

    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        TwoLayerNet::loss(self, x, y.classes())
    }

    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        TwoLayerNet::scores(self, x)
    }
}
