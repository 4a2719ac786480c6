//! The three-layer network: affine, rectifier, affine, rectifier, affine, softmax.

use super::regularization::l2;
use crate::layers::{input_gradient, outputs, parameter_gradients, relu_gradient};
use crate::losses::softmax_loss;
use crate::parameters::Parameters;
use crate::rng::RandomState;
use crate::solver::{Model, Targets};
use ndarray::{Array1, ArrayD};

/// The sizes of a [`ThreeLayerNet`], and how it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreeLayerConfig {
    /// D, the numbers of a sample. By default 3072, an image of CIFAR-10.
    pub input_dim: usize,
    /// H1, the units of the first hidden layer. By default 100.
    pub hidden_dim_1: usize,
    /// H2, the units of the second hidden layer. By default 100.
    pub hidden_dim_2: usize,
    /// C, the classes. By default 10.
    pub num_classes: usize,
    /// The standard deviation of the first weights. By default 0.01.
    pub weight_scale: f64,
    /// The strength of the L2 regularization. By default 0.
    pub reg: f64,
}

impl Default for ThreeLayerConfig {
    fn default() -> Self {
        ThreeLayerConfig {
            input_dim: 3 * 32 * 32,
            hidden_dim_1: 100,
            hidden_dim_2: 100,
            num_classes: 10,
            weight_scale: 1e-2,
            reg: 0.0,
        }
    }
}

/// A classifier of three affine layers with rectifiers between them.
///
/// ```text
/// h1     = max(x theta1 + theta1_0, 0)
/// h2     = max(h1 theta2 + theta2_0, 0)
/// scores = h2 theta3 + theta3_0
/// loss   = softmax_loss(scores, y) + reg/2 (Σ theta1² + Σ theta2² + Σ theta3²)
/// ```
///
/// | parameter | shape |
/// |---|---|
/// | `theta1`, `theta1_0` | `(D, H1)`, `(H1,)` |
/// | `theta2`, `theta2_0` | `(H1, H2)`, `(H2,)` |
/// | `theta3`, `theta3_0` | `(H2, C)`, `(C,)` |
///
/// ```
/// use nnlib::models::{ThreeLayerConfig, ThreeLayerNet};
/// use nnlib::rng::RandomState;
///
/// let net = ThreeLayerNet::new(&ThreeLayerConfig::default(), &mut RandomState::new(231));
/// assert_eq!(net.params["theta2"].shape(), [100, 100]);
/// ```
#[derive(Clone, Debug)]
pub struct ThreeLayerNet {
    /// The parameters, by the names above.
    pub params: Parameters,
    /// The strength of the L2 regularization.
    pub reg: f64,
}

impl ThreeLayerNet {
    /// Weights from a normal distribution with mean 0, drawn in the order of their numbers, and biases of 0.
    pub fn new(config: &ThreeLayerConfig, rng: &mut RandomState) -> Self {
        let ThreeLayerConfig { input_dim, hidden_dim_1, hidden_dim_2, num_classes, weight_scale, reg } = *config;
        let mut params = Parameters::new();
        params.insert("theta1", rng.normal(0.0, weight_scale, (input_dim, hidden_dim_1)));
        params.insert("theta1_0", Array1::zeros(hidden_dim_1));
        params.insert("theta2", rng.normal(0.0, weight_scale, (hidden_dim_1, hidden_dim_2)));
        params.insert("theta2_0", Array1::zeros(hidden_dim_2));
        params.insert("theta3", rng.normal(0.0, weight_scale, (hidden_dim_2, num_classes)));
        params.insert("theta3_0", Array1::zeros(num_classes));
        ThreeLayerNet { params, reg }
    }

    /// The scores of a batch `x`, `(N, d_1, ..., d_k)`, as `(N, C)`.
    #[track_caller]
    pub fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        let hidden1 = outputs(x, &self.params["theta1"], &self.params["theta1_0"], true);
        let hidden2 = outputs(&hidden1, &self.params["theta2"], &self.params["theta2_0"], true);
        outputs(&hidden2, &self.params["theta3"], &self.params["theta3_0"], false)
    }

    /// The loss of a batch `x` whose classes are `y`, and its gradient with respect to each parameter.
    #[track_caller]
    pub fn loss(&self, x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, Parameters) {
        let hidden1 = outputs(x, &self.params["theta1"], &self.params["theta1_0"], true);
        let hidden2 = outputs(&hidden1, &self.params["theta2"], &self.params["theta2_0"], true);
        let scores = outputs(&hidden2, &self.params["theta3"], &self.params["theta3_0"], false);

        let (data_loss, dscores) = softmax_loss(&scores, y);
        let (dtheta3, dtheta3_0) = parameter_gradients(&dscores, &hidden2);
        let dhidden2 = input_gradient(&dscores, &self.params["theta3"], hidden2.shape());
        let dhidden2 = relu_gradient(dhidden2, &hidden2);
        let (dtheta2, dtheta2_0) = parameter_gradients(&dhidden2, &hidden1);
        let dhidden1 = input_gradient(&dhidden2, &self.params["theta2"], hidden1.shape());
        let (dtheta1, dtheta1_0) = parameter_gradients(&relu_gradient(dhidden1, &hidden1), x);

        let mut grads = Parameters::from_iter([
            ("theta1", dtheta1),
            ("theta1_0", dtheta1_0),
            ("theta2", dtheta2),
            ("theta2_0", dtheta2_0),
            ("theta3", dtheta3),
            ("theta3_0", dtheta3_0),
        ]);
        let loss = data_loss + l2(self.reg, &["theta1", "theta2", "theta3"], &self.params, &mut grads);
        (loss, grads)
    }
}

impl Model for ThreeLayerNet {
    fn params(&self) -> &Parameters {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }

    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        ThreeLayerNet::loss(self, x, y.classes())
    }

    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        ThreeLayerNet::scores(self, x)
    }
}
