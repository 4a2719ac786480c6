//! A network of any number of layers for images as bytes, trained by mini-batches and measured as it goes.

use crate::data::ImageSet;
use crate::layers::{input_gradient, outputs, parameter_gradients, relu_gradient};
use crate::losses::softmax_loss;
use crate::metrics::{Evaluation, History, predicted_classes};
use crate::notebook::{Progress, make_way};
use crate::parameters::Parameters;
use crate::rng::RandomState;
use crate::solver::{Model, Targets};
use ndarray::{Array1, ArrayD};

/// Images that are scored at a time.
const EVALUATION_BATCH: usize = 500;

/// A classifier of L affine layers with rectifiers between them, for images of bytes.
///
/// ```text
/// q_0 = x    q_l = max(q_{l-1} W_l + b_l, 0)    scores = q_{L-1} W_L + b_L    loss = softmax_loss(scores, y)
/// ```
///
/// The parameters are `W1`, `b1`, ..., `WL`, `bL`, of shapes `(D, M_1)`, `(M_1,)`, ...; pixels are numbers from 0 to 1.
///
/// Source: A. Lindholm, N. Wahlström, F. Lindsten and T. B. Schön, *Machine Learning: A First Course for Engineers and
/// Scientists* (2022), algorithm 6.1.
///
/// ```
/// use nnlib::data::digits;
/// use nnlib::models::{LayeredNet, LayeredTraining};
/// use nnlib::rng::RandomState;
///
/// let (train, test) = (digits::train_set(600), digits::test_set(100));
/// let mut rng = RandomState::new(0);
/// let mut net = LayeredNet::new(&[784, 30, 10], 0.01, &mut rng);
/// let before = net.evaluate(&test);
/// let settings = LayeredTraining { batch_size: 100, num_epochs: 3, ..LayeredTraining::default() };
/// let history = net.train(&train, &test, &settings, &mut rng);
/// assert_eq!(history.iterations, [0, 5, 10, 15]);
/// assert!(net.evaluate(&test).cost < before.cost);
/// ```
#[derive(Clone, Debug)]
pub struct LayeredNet {
    /// The parameters, by the names above.
    pub params: Parameters,
    num_layers: usize,
}

/// Settings of [`LayeredNet::train`].
#[derive(Clone, Debug, PartialEq)]
pub struct LayeredTraining {
    /// How many images a step is taken on. By default 1500.
    pub batch_size: usize,
    /// How often there are `N / batch_size` steps. By default 50.
    pub num_epochs: usize,
    /// How far a step goes along the gradient. By default 0.8.
    pub learning_rate: f64,
    /// The network is measured every so many iterations. By default 5.
    pub evaluate_every: usize,
    /// A line is printed every so many epochs; 0, the default, prints none.
    pub print_every: usize,
}

impl Default for LayeredTraining {
    fn default() -> Self {
        LayeredTraining { batch_size: 1500, num_epochs: 50, learning_rate: 0.8, evaluate_every: 5, print_every: 0 }
    }
}

impl LayeredNet {
    /// A network with layers of these sizes, from the pixels of an image to the classes: `&[784, 100, 10]` has two layers.
    ///
    /// Weights are drawn from a normal distribution with mean 0 and standard deviation `weight_scale`, layer by layer, and
    /// within a layer output by output, so that they equal those of a program that keeps them as `(M, D)` and starts from
    /// the same seed. Biases are 0.
    ///
    /// # Panics
    ///
    /// If there are fewer than two sizes, or one is 0.
    #[track_caller]
    pub fn new(sizes: &[usize], weight_scale: f64, rng: &mut RandomState) -> Self {
        assert!(
            sizes.len() >= 2 && !sizes.contains(&0),
            "LayeredNet::new: `sizes` is {sizes:?}, expected the inputs, the units of each hidden layer, and the classes"
        );
        let mut params = Parameters::new();
        for (layer, sizes) in sizes.windows(2).enumerate() {
            let by_output = rng.normal(0.0, weight_scale, (sizes[1], sizes[0]));
            params.insert(&format!("W{}", layer + 1), by_output.t().as_standard_layout().into_owned());
            params.insert(&format!("b{}", layer + 1), Array1::zeros(sizes[1]));
        }
        LayeredNet { params, num_layers: sizes.len() - 1 }
    }

    /// How many affine layers there are, L.
    pub fn num_layers(&self) -> usize {
        self.num_layers
    }

    /// The scores of a batch `x`, `(N, d_1, ..., d_k)`, as `(N, M)`.
    #[track_caller]
    pub fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        self.forward(x).pop().expect("there is a layer")
    }

    /// The loss of a batch `x` whose classes are `y`, and its gradient with respect to each parameter.
    #[track_caller]
    pub fn loss(&self, x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, Parameters) {
        let (loss, _scores, grads) = self.differentiate(x, y);
        (loss, grads)
    }

    /// Cost and accuracy on `set`.
    ///
    /// # Panics
    ///
    /// If there are no images, or they or their labels do not fit the network.
    #[track_caller]
    pub fn evaluate(&self, set: &ImageSet) -> Evaluation {
        assert!(!set.is_empty(), "LayeredNet::evaluate: the set has no images, expected at least 1");
        let (mut cost, mut right) = (0.0, 0.0);
        for start in (0..set.len()).step_by(EVALUATION_BATCH) {
            let images = set.rows(start..set.len().min(start + EVALUATION_BATCH));
            let y = classes(&images);
            let scores = self.scores(&images.to_f64().into_dyn());
            cost += softmax_loss(&scores, &y).0 * y.len() as f64;
            right += num_right(&scores, &y);
        }
        let count = set.len() as f64;
        Evaluation { cost: cost / count, accuracy: right / count }
    }

    /// Gradient descent with a few images at each step, drawn with replacement.
    ///
    /// An epoch shuffles the images, then takes `N / batch_size` steps (rounded down); each draws its images with
    /// [`RandomState::randint`]. Both draws follow the order of the program that this mirrors, so that the same seed gives
    /// the same batches. Every `evaluate_every`-th iteration is measured, on its batch and on `test`, both before its
    /// step.
    ///
    /// If the cell is interrupted, the training ends after the current step, and says so; the weights and the history so
    /// far stay. See [`notebook`](crate::notebook).
    ///
    /// # Panics
    ///
    /// If the images or labels do not fit the network, or the batch is empty or larger than `train`.
    #[track_caller]
    pub fn train(
        &mut self,
        train: &ImageSet,
        test: &ImageSet,
        settings: &LayeredTraining,
        rng: &mut RandomState,
    ) -> History {
        let LayeredTraining { batch_size, num_epochs, learning_rate, evaluate_every, print_every } = *settings;
        assert!(
            (1..=train.len()).contains(&batch_size),
            "LayeredNet::train: `batch_size` is {batch_size}, expected 1 to {}, the number of images",
            train.len()
        );
        let mut history = History::default();
        let mut iteration = 0;
        let mut progress = Progress::start("training", num_epochs * (train.len() / batch_size)).prints_lines();
        'epochs: for epoch in 1..=num_epochs {
            if progress.should_stop() {
                break;
            }
            progress.detail(&format!("epoch {epoch}/{num_epochs}"));
            let order = rng.permutation(train.len());
            for _ in 0..train.len() / batch_size {
                if progress.should_stop() {
                    break 'epochs;
                }
                let drawn = rng.randint(0, train.len() as i64, batch_size);
                let batch = train.subset(&drawn.iter().map(|&index| order[index as usize]).collect::<Vec<_>>());
                let y = classes(&batch);
                let (cost, scores, grads) = self.differentiate(&batch.to_f64().into_dyn(), &y);
                if iteration % evaluate_every.max(1) == 0 {
                    let accuracy = num_right(&scores, &y) / batch_size as f64;
                    history.push(iteration, Evaluation { cost, accuracy }, self.evaluate(test));
                }
                for (name, w) in self.params.iter_mut() {
                    w.scaled_add(-learning_rate, &grads[name]);
                }
                iteration += 1;
                progress.step(&[("cost", cost)]);
            }
            if print_every > 0 && epoch % print_every == 0 {
                make_way();
                println!("epoch {epoch} / {num_epochs}: {history:?}");
            }
        }
        if let Some(line) = progress.finish("the weights so far are kept") {
            println!("{line}");
        }
        history
    }

    /// Loss, scores and gradients of a batch.
    #[track_caller]
    fn differentiate(&self, x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, ArrayD<f64>, Parameters) {
        let mut outs = self.forward(x);
        let scores = outs.pop().expect("there is a layer");
        let (loss, mut dout) = softmax_loss(&scores, y);
        let mut grads = Parameters::new();
        for layer in (1..=self.num_layers).rev() {
            let hidden = outs.get(layer.wrapping_sub(2));
            let (dw, db) = parameter_gradients(&dout, hidden.unwrap_or(x));
            grads.insert(&format!("W{layer}"), dw);
            grads.insert(&format!("b{layer}"), db);
            if let Some(hidden) = hidden {
                dout = relu_gradient(input_gradient(&dout, self.layer(layer).0, hidden.shape()), hidden);
            }
        }
        (loss, scores, grads)
    }

    /// The output of each layer, the scores last.
    #[track_caller]
    fn forward(&self, x: &ArrayD<f64>) -> Vec<ArrayD<f64>> {
        let mut outs: Vec<ArrayD<f64>> = Vec::new();
        for layer in 1..=self.num_layers {
            let (w, b) = self.layer(layer);
            outs.push(outputs(outs.last().unwrap_or(x), w, b, layer < self.num_layers));
        }
        outs
    }

    /// The parameters of a layer, numbered from 1.
    fn layer(&self, layer: usize) -> (&ArrayD<f64>, &ArrayD<f64>) {
        (&self.params[&format!("W{layer}")], &self.params[&format!("b{layer}")])
    }
}

impl Model for LayeredNet {
    fn params(&self) -> &Parameters {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }

    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        LayeredNet::loss(self, x, y.classes())
    }

    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        LayeredNet::scores(self, x)
    }
}

fn classes(set: &ImageSet) -> Array1<usize> {
    set.labels().mapv(usize::from)
}

fn num_right(scores: &ArrayD<f64>, y: &Array1<usize>) -> f64 {
    predicted_classes(scores).iter().zip(y).filter(|(guess, class)| guess == class).count() as f64
}
