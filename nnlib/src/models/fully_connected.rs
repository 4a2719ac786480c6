//! Fully connected networks of any depth, with or without batch normalization, for classes or for values.

use super::regularization::l2;
use crate::layers::{
    BatchNormCache, BatchNormParam, Mode, batchnorm_backward, batchnorm_forward, input_gradient, outputs,
    parameter_gradients, relu_forward, relu_gradient,
};
use crate::losses::{mse_loss, softmax_loss};
use crate::parameters::Parameters;
use crate::rng::RandomState;
use crate::solver::{Model, Targets};
use ndarray::{Array1, ArrayD};

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// To tell classes: the loss is [`softmax_loss`].
    Classification,
    /// To predict values: the loss is [`mse_loss`].
    Regression,
}

/// The sizes of a [`FullyConnectedNet`], and how it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct FullyConnectedConfig {
    /// What it is for.
    pub category: Category,
    /// The units of each hidden layer.
    pub hidden_dims: Vec<usize>,
    /// For each hidden layer, whether its scores are normalized before they are rectified.
    pub normalization: Vec<bool>,
    /// D, the numbers of a sample. By default 784, an image of MNIST.
    pub input_dim: usize,
    /// C, the classes or the values a sample. By default 10.
    pub output_dim: usize,
    /// The strength of the L2 regularization. By default 0.
    pub reg: f64,
    /// The standard deviation of the first weights. By default 0.01.
    pub weight_scale: f64,
}

impl FullyConnectedConfig {
    /// The default sizes, with these hidden layers.
    pub fn new(category: Category, hidden_dims: &[usize], normalization: &[bool]) -> Self {
        FullyConnectedConfig {
            category,
            hidden_dims: hidden_dims.to_vec(),
            normalization: normalization.to_vec(),
            input_dim: 784,
            output_dim: 10,
            reg: 0.0,
            weight_scale: 1e-2,
        }
    }
}

/// A fully connected network of L layers.
///
/// ```text
/// {affine - [batch normalization] - rectifier} x (L - 1) - affine - softmax or mean squared error
/// ```
///
/// | parameter | shape | where |
/// |---|---|---|
/// | `W1`, `b1`, ..., `WL`, `bL` | `(D, H_1)`, `(H_1,)`, ..., `(H_{L-1}, C)`, `(C,)` | each layer |
/// | `gamma1`, `beta1`, ... | `(H_1,)`, ... | the hidden layers that are normalized |
///
/// The weights alone are regularized: `reg/2 Σ W²`.
///
/// ```
/// use nnlib::models::{Category, FullyConnectedConfig, FullyConnectedNet};
/// use nnlib::ndarray::array;
/// use nnlib::rng::RandomState;
/// use nnlib::solver::Targets;
///
/// let mut rng = RandomState::new(231);
/// let config = FullyConnectedConfig {
///     input_dim: 4,
///     output_dim: 3,
///     ..FullyConnectedConfig::new(Category::Classification, &[5, 6], &[false, true])
/// };
/// let mut net = FullyConnectedNet::new(&config, &mut rng);
/// assert_eq!(
///     format!("{:?}", net.params),
///     "W1 (4, 5), W2 (5, 6), W3 (6, 3), b1 (5,), b2 (6,), b3 (3,), beta2 (6,), gamma2 (6,)"
/// );
/// let x = rng.randn((2, 4)).into_dyn();
/// let (loss, _grads) = net.loss(&x, &Targets::Classes(array![0, 2]));
/// assert!((loss - 3.0_f64.ln()).abs() < 0.1);
/// ```
#[derive(Clone, Debug)]
pub struct FullyConnectedNet {
    /// The parameters, by the names above.
    pub params: Parameters,
    /// The strength of the L2 regularization.
    pub reg: f64,
    /// For each hidden layer, its batch normalization, if it has one.
    pub bn_params: Vec<Option<BatchNormParam>>,
    category: Category,
}

/// What the backward pass of a hidden layer needs.
struct Hidden {
    /// Its outputs.
    out: ArrayD<f64>,
    /// Of its batch normalization, if it has one.
    batchnorm: Option<BatchNormCache>,
}

impl FullyConnectedNet {
    /// Weights from a normal distribution with mean 0, drawn in the order of their numbers; biases and shifts of 0, and
    /// scales of 1.
    ///
    /// # Panics
    ///
    /// If there is not a flag in `normalization` for each hidden layer, or a size is 0.
    #[track_caller]
    pub fn new(config: &FullyConnectedConfig, rng: &mut RandomState) -> Self {
        let FullyConnectedConfig { category, hidden_dims, normalization, input_dim, output_dim, reg, weight_scale } =
            config;
        assert!(
            normalization.len() == hidden_dims.len(),
            "FullyConnectedNet::new: `normalization` has {} flags, expected {}, one for each of `hidden_dims`",
            normalization.len(),
            hidden_dims.len()
        );
        let dims: Vec<usize> = [&[*input_dim], hidden_dims.as_slice(), &[*output_dim]].concat();
        assert!(
            !dims.contains(&0),
            "FullyConnectedNet::new: the sizes from `input_dim` to `output_dim` are {dims:?}, expected none of 0"
        );
        let mut params = Parameters::new();
        for (layer, dims) in dims.windows(2).enumerate() {
            params.insert(&weight_name(layer), rng.normal(0.0, *weight_scale, (dims[0], dims[1])));
            params.insert(&bias_name(layer), Array1::zeros(dims[1]));
        }
        let mut bn_params = Vec::new();
        for (layer, (&normalized, &dim)) in normalization.iter().zip(hidden_dims).enumerate() {
            bn_params.push(normalized.then(|| BatchNormParam {
                running_mean: Some(ArrayD::zeros(vec![dim])),
                running_var: Some(ArrayD::zeros(vec![dim])),
                ..BatchNormParam::default()
            }));
            if normalized {
                params.insert(&gamma_name(layer), Array1::ones(dim));
                params.insert(&beta_name(layer), Array1::zeros(dim));
            }
        }
        FullyConnectedNet { params, reg: *reg, bn_params, category: *category }
    }

    /// What the network is for.
    pub fn category(&self) -> Category {
        self.category
    }

    /// How many affine layers there are, L.
    pub fn num_layers(&self) -> usize {
        self.bn_params.len() + 1
    }

    /// The scores or predicted values of a batch `x`, `(N, d_1, ..., d_k)`, after training, as `(N, C)`.
    ///
    /// Batch normalization goes by its running averages.
    #[track_caller]
    pub fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        forward(&self.params, &mut self.bn_params.clone(), x, Mode::Test).0
    }

    /// The loss of a batch `x` whose targets are `y`, in training, and its gradient with respect to each parameter.
    ///
    /// For regression, `y` are N values, or as many for each sample as there are outputs. Batch normalization goes by the
    /// batch, which is averaged into the running averages.
    ///
    /// # Panics
    ///
    /// If the targets are not of the network's category, or do not fit the scores.
    #[track_caller]
    pub fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        let (scores, hidden) = forward(&self.params, &mut self.bn_params, x, Mode::Train);
        let (data_loss, mut dout) = self.data_loss(&scores, y);

        let mut grads = Parameters::new();
        let last = self.num_layers() - 1;
        for layer in (0..=last).rev() {
            let below = layer.checked_sub(1).map(|below| &hidden[below]);
            let (dw, db) = parameter_gradients(&dout, below.map_or(x, |below| &below.out));
            grads.insert(&weight_name(layer), dw);
            grads.insert(&bias_name(layer), db);
            let Some(Hidden { out, batchnorm }) = below else { break };
            dout = relu_gradient(input_gradient(&dout, &self.params[&weight_name(layer)], out.shape()), out);
            if let Some(cache) = batchnorm {
                let (dx, dgamma, dbeta) = batchnorm_backward(&dout, cache);
                grads.insert(&gamma_name(layer - 1), dgamma);
                grads.insert(&beta_name(layer - 1), dbeta);
                dout = dx;
            }
        }
        let weights: Vec<String> = (0..=last).map(weight_name).collect();
        let loss = data_loss + l2(self.reg, &weights, &self.params, &mut grads);
        (loss, grads)
    }

    #[track_caller]
    fn data_loss(&self, scores: &ArrayD<f64>, y: &Targets) -> (f64, ArrayD<f64>) {
        match (self.category, y) {
            (Category::Classification, Targets::Classes(classes)) => softmax_loss(scores, classes),
            (Category::Regression, Targets::Values(values)) => {
                let fits = values.ndim() > 0 && values.shape()[0] == scores.shape()[0] && values.len() == scores.len();
                assert!(
                    fits,
                    "FullyConnectedNet::loss: `y` has shape {:?}, expected {:?}, the shape of the predictions",
                    values.shape(),
                    scores.shape()
                );
                // N values are as good as N rows of one.
                let values = values.to_shape(scores.shape()).expect("the sizes are compared above");
                mse_loss(scores, &values.into_owned())
            }
            (Category::Classification, Targets::Values(_)) => {
                panic!("FullyConnectedNet::loss: `y` has values, expected classes, for classification")
            }
            (Category::Regression, Targets::Classes(_)) => {
                panic!("FullyConnectedNet::loss: `y` has classes, expected values, for regression")
            }
        }
    }
}

/// The forward pass: the scores, and what the backward pass needs of each hidden layer.
#[track_caller]
fn forward(
    params: &Parameters,
    bn_params: &mut [Option<BatchNormParam>],
    x: &ArrayD<f64>,
    mode: Mode,
) -> (ArrayD<f64>, Vec<Hidden>) {
    let mut hidden: Vec<Hidden> = Vec::new();
    let last = bn_params.len();
    for (layer, bn_param) in bn_params.iter_mut().enumerate() {
        let x = hidden.last().map_or(x, |below| &below.out);
        let (w, b) = (&params[&weight_name(layer)], &params[&bias_name(layer)]);
        let next = match bn_param {
            None => Hidden { out: outputs(x, w, b, true), batchnorm: None },
            Some(bn_param) => {
                bn_param.mode = mode;
                let (gamma, beta) = (&params[&gamma_name(layer)], &params[&beta_name(layer)]);
                let (normalized, cache) = batchnorm_forward(&outputs(x, w, b, false), gamma, beta, bn_param);
                Hidden { out: relu_forward(&normalized).0, batchnorm: Some(cache) }
            }
        };
        hidden.push(next);
    }
    let x = hidden.last().map_or(x, |below| &below.out);
    (outputs(x, &params[&weight_name(last)], &params[&bias_name(last)], false), hidden)
}

impl Model for FullyConnectedNet {
    fn params(&self) -> &Parameters {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }

    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        FullyConnectedNet::loss(self, x, y)
    }

    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        FullyConnectedNet::scores(self, x)
    }

    /// The running averages, as `running_mean1`, `running_var1` and so on.
    fn buffers(&self) -> Parameters {
        let mut buffers = Parameters::new();
        for (layer, bn_param) in self.bn_params.iter().enumerate() {
            if let Some(BatchNormParam { running_mean: Some(mean), running_var: Some(var), .. }) = bn_param {
                buffers.insert(&format!("running_mean{}", layer + 1), mean.clone());
                buffers.insert(&format!("running_var{}", layer + 1), var.clone());
            }
        }
        buffers
    }

    fn set_buffers(&mut self, buffers: &Parameters) {
        for (layer, bn_param) in self.bn_params.iter_mut().enumerate() {
            if let Some(bn_param) = bn_param {
                bn_param.running_mean = buffers.get(&format!("running_mean{}", layer + 1)).cloned();
                bn_param.running_var = buffers.get(&format!("running_var{}", layer + 1)).cloned();
            }
        }
    }
}

fn weight_name(layer: usize) -> String {
    format!("W{}", layer + 1)
}

fn bias_name(layer: usize) -> String {
    format!("b{}", layer + 1)
}

fn gamma_name(layer: usize) -> String {
    format!("gamma{}", layer + 1)
}

fn beta_name(layer: usize) -> String {
    format!("beta{}", layer + 1)
}
