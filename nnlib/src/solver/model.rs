//! What can be trained.

use crate::parameters::Parameters;
use ndarray::{Array1, ArrayD, Axis};

/// What a batch's samples should come out as.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The class of each sample, `(N,)`: for classification.
    Classes(Array1<usize>),
    /// The value or values of each sample, `(N,)` or `(N, d_1, ..., d_k)`: for regression.
    Values(ArrayD<f64>),
}

impl Targets {
    /// How many samples there are, N.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len_of(Axis(0)),
        }
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The classes.
    ///
    /// # Panics
    ///
    /// If these are values.
    #[track_caller]
    pub fn classes(&self) -> &Array1<usize> {
        match self {
            Targets::Classes(classes) => classes,
            Targets::Values(_) => panic!("Targets::classes: these are values, expected classes"),
        }
    }

    /// The values.
    ///
    /// # Panics
    ///
    /// If these are classes.
    #[track_caller]
    pub fn values(&self) -> &ArrayD<f64> {
        match self {
            Targets::Values(values) => values,
            Targets::Classes(_) => panic!("Targets::values: these are classes, expected values"),
        }
    }

    /// The targets of the samples with these indices, in this order.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    #[track_caller]
    pub fn select(&self, indices: &[usize]) -> Targets {
        match self {
            Targets::Classes(classes) => Targets::Classes(classes.select(Axis(0), indices)),
            Targets::Values(values) => Targets::Values(values.select(Axis(0), indices)),
        }
    }
}

impl From<Array1<usize>> for Targets {
    fn from(classes: Array1<usize>) -> Self {
        Targets::Classes(classes)
    }
}

impl From<Array1<f64>> for Targets {
    fn from(values: Array1<f64>) -> Self {
        Targets::Values(values.into_dyn())
    }
}

impl From<ArrayD<f64>> for Targets {
    fn from(values: ArrayD<f64>) -> Self {
        Targets::Values(values)
    }
}

/// What a [`Solver`](super::Solver) trains: parameters by name, a loss with its gradients, and scores.
///
/// A linear classifier:
///
/// ```
/// use nnlib::layers::{affine_backward, affine_forward};
/// use nnlib::losses::softmax_loss;
/// use nnlib::ndarray::{Array, ArrayD};
/// use nnlib::parameters::Parameters;
/// use nnlib::solver::{Model, Targets};
///
/// struct Linear {
///     params: Parameters,
/// }
///
/// impl Model for Linear {
///     fn params(&self) -> &Parameters {
///         &self.params
///     }
///     fn params_mut(&mut self) -> &mut Parameters {
///         &mut self.params
///     }
///     fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
///         affine_forward(x, &self.params["W"], &self.params["b"]).0
///     }
///     fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
///         let (scores, cache) = affine_forward(x, &self.params["W"], &self.params["b"]);
///         let (loss, dscores) = softmax_loss(&scores, y.classes());
///         let (_dx, dw, db) = affine_backward(&dscores, &cache);
///         (loss, Parameters::from_iter([("W", dw), ("b", db)]))
///     }
/// }
/// ```
pub trait Model {
    /// The parameters.
    fn params(&self) -> &Parameters;

    /// The parameters, to be changed.
    fn params_mut(&mut self) -> &mut Parameters;

    /// The loss of a batch `x`, `(N, d_1, ..., d_k)`, whose targets are `y`, in training, and its gradient with respect to
    /// every parameter, by the parameters' names.
    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters);

    /// The scores of a batch `x` after training: `(N, C)` for classification, of the targets' size for regression.
    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64>;

    /// What training changes besides the parameters, such as the running averages of batch normalization: nothing, unless
    /// a model says so. It is kept with the best parameters, and written into checkpoints.
    fn buffers(&self) -> Parameters {
        Parameters::new()
    }

    /// Puts back what [`buffers`](Model::buffers) returned; a model that has that needs this.
    fn set_buffers(&mut self, _buffers: &Parameters) {}
}
