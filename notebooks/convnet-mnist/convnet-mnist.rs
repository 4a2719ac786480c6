// %% [markdown]
// # From a perceptron to a convolutional network, on MNIST
//
// Two networks that read digits, and what can go wrong with each. In **part 1** you write a multilayer perceptron: its
// prediction, its loss and its training step. Then you make it learn too slowly, too wildly, too little, and too much.
// In **part 2** you stack convolutions, train them with momentum, and measure the result as one should: over several runs.
//
// | question | points | what you do |
// |---|---|---|
// | 1.1 | 1 | `predict`: the forward pass |
// | 1.2 | 1 | `loss`: the cross-entropy |
// | 1.3 | 1 | `update`: a step of mini-batch gradient descent |
// | 1.4 | 0 | train to about 97 %: a check of the three above |
// | 1.5 | 1.5 | three learning rates: too slow, oscillating, diverging |
// | 1.6 | 0.5 | an architecture that underfits |
// | 1.7 | 1 | settings that overfit |
// | 2.1 | 2 | `convnet`: a convolutional network |
// | 2.2 | 3 | a network of your own with at least 99 % test accuracy, measured over five runs |
// | | **11** | |
//
// Run a cell with **Shift + Enter**. Variables and functions stay for the cells below. Where a cell says `todo!`, replace that
// line by your code. You may add cells. After each question a cell checks your work: it prints figures, and stops with a hint
// where one is not as it should be.

// %%
use nnlib::prelude::*;

// %% [markdown]
// ## How long it may take
//
// By default the notebook keeps to a *short* budget: it trains on some of the pictures for a few epochs, so that you can work
// through it in minutes. Every effect below is there, only the figures are lower. With the environment variable `NNLIB_FULL=1`
// it uses all pictures and all epochs; part 2 then takes hours on a laptop.

// %% nbgrader={"grade": false, "grade_id": "budget", "locked": true, "schema_version": 3, "solution": false, "task": false}
let budget = Budget::from_environment();
println!("{budget}");

// %% [markdown]
// ## The data
//
// MNIST: 60,000 pictures of handwritten digits to train on, 10,000 to test on, 28 x 28 pixels each. Without any files the
// notebook draws digits of its own: they are **not** MNIST, only like it in size and difficulty. The line below says which
// of the two you have.

// %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// `count` pictures of a set, drawn at random; the whole set, in its own order, where it has no more.
fn some_of(set: &ImageSet, count: usize) -> ImageSet {
    if count >= set.len() {
        return set.clone();
    }
    set.subset(&RandomState::new(0).choice(set.len(), count, false))
}

let mnist = data::mnist::load()?;
println!("{mnist}");
let is_embedded: bool = mnist.origin == data::mnist::Origin::Embedded;
let (num_train, num_test) = match budget {
    Budget::Short => (8_192, 2_000),
    Budget::Full => (60_000, 10_000),
    Budget::Grade => (1_024, 300),
};
let train: ImageSet = some_of(&mnist.train, num_train);
let test: ImageSet = some_of(&mnist.test, num_test);
println!("here: {} to train on, {} to test on", train.len(), test.len());

// %%
plot::samples_by_class(&train, 4, &[]).title("Training pictures, a column for each digit")

// %% [markdown]
// # Part 1: a multilayer perceptron
//
// ## Tensors
//
// The arrays of this notebook are *tensors* of 32-bit numbers, which remember how they were computed, so that the library can
// differentiate a loss for you. They are used as NumPy's arrays are. `&x` lends a value instead of giving it away: a value that
// was given away is gone.
//
// | in NumPy or JAX | here |
// |---|---|
// | `np.dot(x, w) + b` | `x.dot(w) + b` |
// | `np.tanh(x)` | `x.tanh()` |
// | `x * y`, `x - y`, `0.1 * x`, `-x` | the same; write `&x * &y` to use `x` and `y` again later |
// | `np.sum(x, axis=1)`, `np.mean(x)` | `x.sum_axis(1)`, `x.mean()` |
// | `logsumexp(x, axis=1, keepdims=True)` | `x.logsumexp(1)` |
// | `grad(loss)(params, batch)` | `grad(loss)(params, batch)` |
// | `for w, b in params[:-1]:` | `for (w, b) in &params[..params.len() - 1] { … }` |
// | `for (w, b), (dw, db) in zip(params, grads):` | `for ((w, b), (dw, db)) in params.iter().zip(&grads) { … }` |
// | `results = []`, `results.append(x)` | `let mut results = Vec::new();`, `results.push(x);` |
//
// A function returns the value of its last line, which has no semicolon. A variable that changes is declared `let mut`.

// %% nbgrader={"grade": false, "grade_id": "types", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The parameters of a perceptron: weights `(D, M)` and biases `(M,)` of each layer, from first to last.
type Perceptron = Vec<(Tensor, Tensor)>;
/// Inputs `(N, 784)`, and one-hot targets `(N, 10)`: a 1 in the column of the true class, 0 elsewhere.
type Batch = (Tensor, Tensor);

/// The pictures of `set` with these numbers, as numbers from 0 to 1.
fn make_batch(set: &ImageSet, indices: &[usize]) -> Batch {
    let (inputs, labels) = set.batch_f32(indices);
    (Tensor::from(inputs), Tensor::from(one_hot(&labels, 10)))
}

/// Random parameters for layers of these sizes: all numbers from $N(0, 0.1^2)$.
fn init_random_params(layer_sizes: &[usize], rng: &mut RandomState) -> Perceptron {
    let scale = 0.1;
    let mut params = Vec::new();
    for sizes in layer_sizes.windows(2) {
        let w = Tensor::from(scale * rng.randn((sizes[0], sizes[1])));
        let b = Tensor::from(scale * rng.randn(sizes[1]));
        params.push((w, b));
    }
    params
}

// %% [markdown]
// ## The prediction
//
// A layer takes the *activations* of the layer before it (the first one takes the pictures), computes its *outputs*
//
// $$Z = A W + b,$$
//
// and passes them through a nonlinear function, here $A' = \tanh Z$. The last layer has no $\tanh$: its outputs are the *logits*,
// a number for each class, and the softmax makes probabilities of them. What `predict` returns are the **logarithms** of these
// probabilities,
//
// $$\log f_j(x) = \log \frac{e^{z_j}}{\sum_k e^{z_k}} = z_j - \log \sum_k e^{z_k}.$$
//
// Why the logarithm? $e^{z}$ overflows from $z = 89$ on in 32 bits, and the logarithm of a probability that was rounded to 0 is
// $-\infty$. The *log-sum-exp trick* takes the largest logit $m$ out of the sum, $\log\sum_k e^{z_k} = m + \log\sum_k e^{z_k - m}$:
// then no exponent is above 0. That is how `logsumexp` computes it.
//
// **Question 1.1 (1 point).** Complete `predict`.

// %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Log-probabilities `(N, K)` of `inputs` `(N, D)`.
///
/// All layers but the last: `activations = tanh(activations · w + b)`.
/// The last: `logits = activations · w + b`. Returns `logits - logsumexp(logits)`, row by row.
fn predict(params: &Perceptron, inputs: &Tensor) -> Tensor {
    // BEGIN SOLUTION all layers but the last with tanh, the last without; then normalise each row of logits
    let mut activations = inputs.clone();
    for (w, b) in &params[..params.len() - 1] {
        let outputs = activations.dot(w) + b;
        activations = outputs.tanh();
    }
    let (final_w, final_b) = &params[params.len() - 1];
    let logits = activations.dot(final_w) + final_b;
    &logits - logits.logsumexp(1)
    // END SOLUTION
}

// %% [markdown]
// The next cell compares it with numbers from NumPy, for a tiny network of three layers. The functions in it are used by the
// later checks too.

// %% nbgrader={"grade": false, "grade_id": "check_helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// A matrix of evenly spaced numbers from `low` to `high`, row by row.
fn ramp(low: f64, high: f64, rows: usize, columns: usize) -> Tensor {
    let step = (high - low) / (rows * columns - 1) as f64;
    Tensor::from(Array2::from_shape_fn((rows, columns), |(i, j)| low + step * (i * columns + j) as f64))
}

/// The network of the checks: 3 inputs, two hidden layers of 4, 2 classes.
fn tiny_network() -> Perceptron {
    vec![
        (ramp(-0.9, 0.9, 3, 4), Tensor::from(array![-0.2, -0.1, 0.0, 0.1])),
        (ramp(0.8, -0.7, 4, 4), Tensor::from(array![0.0, 0.1, 0.2, 0.3])),
        (ramp(-1.0, 1.2, 4, 2), Tensor::from(array![0.1, -0.1])),
    ]
}

/// Two samples, the first of class 0, the second of class 1.
fn tiny_batch() -> Batch {
    (ramp(-1.0, 1.0, 2, 3), Tensor::from(array![[1.0, 0.0], [0.0, 1.0]]))
}

/// The largest difference between two tensors; infinite where their shapes differ.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    if a.shape() != b.shape() {
        println!("shapes differ: {:?} and {:?}", a.shape(), b.shape());
        return f64::INFINITY;
    }
    // `max` would pass over what is not a number.
    let larger = |most: f64, d: f64| if d > most || d.is_nan() { d } else { most };
    a.value().iter().zip(b.value()).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, larger)
}

// %% nbgrader={"grade": true, "grade_id": "test_predict", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
println!("Testing predict function:");
let log_probs = predict(&tiny_network(), &tiny_batch().0);
let correct_log_probs = Tensor::from(array![[-0.9259924, -0.50440974], [-0.41841062, -1.07321342]]);
expect_at_most(
    "difference",
    difference(&log_probs, &correct_log_probs),
    1e-6,
    "Is tanh applied after every layer but the last? Are the biases added? Is logsumexp along axis 1?",
);
let sum_of_probabilities = log_probs.exp().sum_axis(1);
expect_at_most(
    "difference of each row's sum from 1",
    difference(&sum_of_probabilities, &Tensor::ones(&[2])),
    1e-6,
    "The logarithms must be those of probabilities: subtract each row's logsumexp from its logits.",
);
let steep_network = vec![(1000.0 * ramp(-1.0, 1.0, 3, 2), Tensor::zeros(&[2]))];
let large_logits = predict(&steep_network, &ramp(-1.0, 1.0, 2, 3));
expect_at_most(
    "entries that are not finite, for logits near 1000",
    large_logits.value().iter().filter(|value| !value.is_finite()).count() as f64,
    0.0,
    "Do not take exponentials of logits yourself: they overflow. `logsumexp` does not.",
);
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, layer_sizes) in [
        ("one_layer", vec![5, 3]),
        ("two_layers", vec![7, 6, 4]),
        ("three_layers", vec![4, 5, 6, 3]),
        ("four_layers", vec![6, 3, 8, 2, 10]),
    ] {
        let num_samples = rng.random_int(2, 9) as usize;
        let params = init_random_params(&layer_sizes, &mut rng);
        let params: Perceptron = params.iter().map(|(w, b)| (8.0 * w, 8.0 * b)).collect();
        let inputs = Tensor::from(rng.randn((num_samples, layer_sizes[0])));
        probe(&format!("predict/{name}"), &predict(&params, &inputs));
    }
    // Logits beyond the range of `exp`, of either sign.
    for (name, shift) in [("positive", 200.0), ("negative", -200.0)] {
        let params = vec![(Tensor::from(rng.randn((4, 3))), shift + Tensor::from(rng.randn(3)))];
        probe(&format!("predict/large_logits/{name}"), &predict(&params, &Tensor::from(rng.randn((5, 4)))));
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ## The loss
//
// Cross-entropy: how surprised the network is by the true classes, on average over the $n$ samples of a batch,
//
// $$\ell(X, Y) = -\frac1n \sum_{i=1}^{n} \sum_{j=1}^{K} y_j^{(i)} \log f_j(x^{(i)})
// = -\frac1n \sum_{i=1}^{n} \sum_{j=1}^{K} y_j^{(i)} \Big( z_j^{(i)} - \log\sum_k e^{z_k^{(i)}} \Big).$$
//
// $y^{(i)}$ is one-hot, so the inner sum merely picks the log-probability of the true class. The outer one is a **mean**: with it,
// the size of the gradient, and so a good learning rate, does not depend on how many samples there are in a batch.
//
// **Question 1.2 (1 point).** Complete `loss`. It calls your `predict`, and returns a tensor that holds one number.

// %% nbgrader={"grade": false, "grade_id": "loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The mean cross-entropy of a batch, a number: `-1/n Σ_i Σ_j y_ij log f_j(x_i)`.
fn loss(params: &Perceptron, batch: &Batch) -> Tensor {
    let (inputs, targets) = batch;
    // BEGIN SOLUTION the mean over the samples of the sum over the classes of targets times predictions, negated
    let log_probs = predict(params, inputs);
    -(targets * log_probs).sum_axis(1).mean()
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
println!("Testing loss function:");
let tiny_loss = loss(&tiny_network(), &tiny_batch());
expect_at_most(
    "difference",
    difference(&tiny_loss, &Tensor::from(0.9996029)),
    1e-6,
    "Is it the negative of a mean over the samples, of a sum over the classes?",
);
// A network that knows nothing gives each of ten classes 1/10, and its loss is ln 10, whatever the size of the batch.
let ignorant: Perceptron = vec![(Tensor::zeros(&[784, 10]), Tensor::zeros(&[10]))];
let ignorant_loss = loss(&ignorant, &make_batch(&train, &[0, 1, 2, 3, 4, 5, 6]));
expect_at_most(
    "difference from ln 10 of a network that knows nothing",
    difference(&ignorant_loss, &Tensor::from(10_f32.ln())),
    1e-5,
    "The mean is over the n samples only: neither a sum over them, nor a mean over n times 10 entries.",
);
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, num_samples, layer_sizes) in
        [("few/one_sample", 1, vec![5, 4, 3]), ("few/six", 6, vec![3, 7, 5]), ("many", 33, vec![4, 6, 5, 10])]
    {
        let num_classes = layer_sizes[layer_sizes.len() - 1];
        let params: Perceptron =
            init_random_params(&layer_sizes, &mut rng).iter().map(|(w, b)| (6.0 * w, 6.0 * b)).collect();
        let inputs = Tensor::from(rng.randn((num_samples, layer_sizes[0])));
        let labels: Array1<usize> = rng.randint(0, num_classes as i64, num_samples).mapv(|label| label as usize);
        let batch: Batch = (inputs, Tensor::from(one_hot(&labels, num_classes)));
        let (value, gradients) = value_and_grad(loss)(&params, &batch);
        probe(&format!("loss/{name}/value"), &value);
        for (index, gradient) in gradients.tensors().into_iter().enumerate() {
            probe(&format!("loss/{name}/gradient_{index}"), gradient);
        }
    }
    // Targets that are not one-hot: the sum must be taken as it is written.
    let params = init_random_params(&[4, 6], &mut rng);
    let batch: Batch = (Tensor::from(rng.randn((5, 4))), Tensor::from(rng.rand((5, 6))));
    probe("loss/soft_targets", &loss(&params, &batch));
    // Log-probabilities far below what `exp` can hold.
    let params = vec![(Tensor::from(300.0 * rng.randn((4, 3))), Tensor::zeros(&[3]))];
    let batch: Batch = (Tensor::from(rng.randn((5, 4))), Tensor::from(one_hot(&array![0, 1, 2, 1, 0], 3)));
    probe("loss/large_logits", &loss(&params, &batch));
}
// END HIDDEN TESTS

// %% [markdown]
// ## The step
//
// Mini-batch stochastic gradient descent: compute the gradient of the loss on one batch, and go a little way against it,
//
// $$w \leftarrow w - \eta \frac{\partial \ell}{\partial w}, \qquad b \leftarrow b - \eta \frac{\partial \ell}{\partial b},$$
//
// where $\eta$ is the learning rate. `grad(loss)` is the function that computes all these derivatives at once: give it parameters
// and a batch, and it returns a list of pairs `(dw, db)`, in the structure of `params`.
//
// **Question 1.3 (1 point).** Complete `update`. A function in Rust does not see the variables of other cells, so the learning
// rate is an argument.

// %% nbgrader={"grade": false, "grade_id": "update", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The parameters after one step of gradient descent on `batch`: `w - learning_rate * dw`, and `b` alike.
fn update(params: &Perceptron, batch: &Batch, learning_rate: f32) -> Perceptron {
    // BEGIN SOLUTION the gradients of the loss, and a step against them in every layer, weights and biases alike
    let grads = grad(loss)(params, batch);
    let mut stepped = Vec::new();
    for ((w, b), (dw, db)) in params.iter().zip(&grads) {
        stepped.push((w - learning_rate * dw, b - learning_rate * db));
    }
    stepped
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_update", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
println!("Testing update function:");
let stepped = update(&tiny_network(), &tiny_batch(), 0.5);
let correct_first_w = Tensor::from(array![
    [-0.8233121, -0.7026188, -0.5958628, -0.4936614],
    [-0.1438956, -0.0412484, 0.0597259, 0.1769130],
    [0.5355208, 0.6201219, 0.7153147, 0.8474875]
]);
let correct_last_b = Tensor::from(array![0.0864425, -0.0864425]);
assert_eq!(stepped.len(), 3, "Return a pair (w, b) for each of the 3 layers.");
expect_at_most(
    "difference of the first weights",
    difference(&stepped[0].0, &correct_first_w),
    1e-6,
    "Is the gradient multiplied by the learning rate and subtracted?",
);
expect_at_most(
    "difference of the last biases",
    difference(&stepped[2].1, &correct_last_b),
    1e-6,
    "The biases take a step too, along their own gradient.",
);
expect_at_most(
    "loss after the step, which was 0.9996",
    f64::from(loss(&stepped, &tiny_batch()).item()),
    0.7200,
    "Against the gradient the loss falls; along it, it rises.",
);
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, learning_rate, layer_sizes) in
        [("one_layer", 0.25, vec![6, 4]), ("two_layers", 0.6, vec![5, 7, 3]), ("three_layers", 1.7, vec![4, 6, 5, 10])]
    {
        let num_classes = layer_sizes[layer_sizes.len() - 1];
        let num_samples = rng.random_int(2, 12) as usize;
        let params: Perceptron =
            init_random_params(&layer_sizes, &mut rng).iter().map(|(w, b)| (5.0 * w, 5.0 * b)).collect();
        let inputs = Tensor::from(rng.randn((num_samples, layer_sizes[0])));
        let labels: Array1<usize> = rng.randint(0, num_classes as i64, num_samples).mapv(|label| label as usize);
        let batch: Batch = (inputs, Tensor::from(one_hot(&labels, num_classes)));
        // A second step, along another gradient.
        let once = update(&params, &batch, learning_rate);
        let twice = update(&once, &batch, learning_rate);
        for (step, stepped) in [("once", &once), ("twice", &twice)] {
            for (index, tensor) in stepped.tensors().into_iter().enumerate() {
                probe(&format!("update/{name}/{step}_{index}"), tensor);
            }
        }
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ## Training
//
// An *epoch* shows the network every training picture once, in a new random order, batch by batch. After each epoch the next
// cell's `train_perceptron` prints how long it took, and the accuracy on both sets: the fraction of pictures whose most probable
// class is the right one.

// %% nbgrader={"grade": false, "grade_id": "train_perceptron", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What a training is made of.
#[derive(Clone, Debug)]
struct MlpSettings {
    /// The number of inputs, of the neurons of each layer, and of the classes.
    layer_sizes: Vec<usize>,
    learning_rate: f32,
    batch_size: usize,
    num_epochs: usize,
}

/// What was measured during a training.
#[derive(Clone, Debug, Default)]
struct Log {
    /// After each epoch; the losses in part 2 only.
    train_accuracy: Vec<f64>,
    test_accuracy: Vec<f64>,
    train_loss: Vec<f64>,
    test_loss: Vec<f64>,
    /// Ten times an epoch, in part 1: the number of steps taken, and the loss on a few pictures.
    steps: Vec<usize>,
    step_loss: Vec<f64>,
}

impl Log {
    /// 0, 1, 2, …
    fn epochs(&self) -> Vec<usize> {
        (0..self.test_accuracy.len()).collect()
    }

    /// Train and test accuracy after the last epoch.
    fn last_accuracies(&self) -> (f64, f64) {
        let last = |values: &Vec<f64>| values.last().copied().unwrap_or(f64::NAN);
        (last(&self.train_accuracy), last(&self.test_accuracy))
    }
}

/// How many of the pictures with these numbers are given their right class.
fn count_right(classes: &Array1<usize>, set: &ImageSet, indices: &[usize]) -> usize {
    let is_right = |(class, index): &(&usize, &usize)| **class == usize::from(set.labels()[**index]);
    classes.iter().zip(indices).filter(is_right).count()
}

/// The fraction of `set` that the network gets right.
fn accuracy(params: &Perceptron, set: &ImageSet) -> f64 {
    let indices: Vec<usize> = (0..set.len()).collect();
    let mut right = 0;
    for some in indices.chunks(1000) {
        let (inputs, _) = make_batch(set, some);
        let predicted = predict(params, &inputs).argmax_axis(1);
        right += count_right(&predicted, set, some);
    }
    right as f64 / set.len() as f64
}

/// Trains a network from random parameters. Seeds are fixed: the same settings give the same result.
fn train_perceptron(train: &ImageSet, test: &ImageSet, settings: &MlpSettings) -> (Perceptron, Log) {
    let mut params = init_random_params(&settings.layer_sizes, &mut RandomState::new(0));
    let mut batches = Batches::new(train.len(), settings.batch_size, RandomState::new(0));
    let few = make_batch(&some_of(train, 128), &(0..train.len().min(128)).collect::<Vec<usize>>());
    let steps_per_epoch = batches.per_epoch();
    let mut log = Log::default();
    // A bar below the cell. After an interrupt (■), the training stops, and what was learned until then is kept.
    let mut bar = Progress::start("training", settings.num_epochs * steps_per_epoch).prints_lines();
    for epoch in 0..settings.num_epochs {
        let started = std::time::Instant::now();
        for step in 0..steps_per_epoch {
            if bar.should_stop() {
                return (params, log);
            }
            if step % steps_per_epoch.div_ceil(10) == 0 {
                log.steps.push(epoch * steps_per_epoch + step);
                log.step_loss.push(f64::from(loss(&params, &few).item()));
            }
            let batch = make_batch(train, &batches.next_batch());
            params = update(&params, &batch, settings.learning_rate);
            bar.step(&[("loss", log.step_loss.last().copied().unwrap_or(f64::NAN))]);
        }
        let seconds = started.elapsed().as_secs_f64();
        let (train_accuracy, test_accuracy) = (accuracy(&params, train), accuracy(&params, test));
        print!("Epoch {epoch} in {seconds:.2} sec: ");
        println!("training set accuracy {train_accuracy:.4}, test set accuracy {test_accuracy:.4}");
        log.train_accuracy.push(train_accuracy);
        log.test_accuracy.push(test_accuracy);
    }
    (params, log)
}

/// The accuracies of a training, epoch by epoch.
fn accuracy_curves(title: &str, log: &Log) -> CurvePlot {
    CurvePlot::new(title)
        .x_label("epoch")
        .y_label("accuracy")
        .marked_curve("train", &log.epochs(), &log.train_accuracy)
        .marked_curve("test", &log.epochs(), &log.test_accuracy)
}

/// The same, and beside it the loss on a few training pictures, ten times an epoch.
fn training_curves(title: &str, log: &Log) -> plot::Figure {
    let losses = CurvePlot::new("Loss on 128 training pictures")
        .x_label("step")
        .y_label("loss")
        .curve("", &log.steps, &log.step_loss)
        .log_y();
    plot::side_by_side(&[&accuracy_curves(title, log).y_range(0.0, 1.0), &losses])
}

// %% [markdown]
// **Question 1.4 (0 points).** Train the network with layers of 784, 1024, 128 and 10 neurons, batches of 128 and a learning rate
// of 0.1. On the real set and with the full budget it reaches about 97 % on the test set; with the short budget, on a seventh of
// the pictures, about 92 %. There is nothing to write: if the accuracy is far lower, look again at the questions above.

// %% nbgrader={"grade": false, "grade_id": "train", "locked": true, "schema_version": 3, "solution": false, "task": false}
let num_epochs: usize = match budget {
    Budget::Short => 6,
    Budget::Full => 10,
    Budget::Grade => 3,
};
let batch_size: usize = if budget == Budget::Grade { 64 } else { 128 };
let layer_sizes: Vec<usize> = vec![784, 1024, 128, 10];
let base_settings = MlpSettings { layer_sizes, learning_rate: 0.1, batch_size, num_epochs };
let (base_params, base_log) = train_perceptron(&train, &test, &base_settings);

// %%
training_curves("Learning rate 0.1", &base_log)

// %% nbgrader={"grade": true, "grade_id": "test_train", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
let base_bound = match budget {
    Budget::Short => 0.90,
    Budget::Full => 0.96,
    Budget::Grade => 0.65,
};
expect_at_least(
    "test set accuracy",
    base_log.last_accuracies().1,
    base_bound,
    "Do the checks of questions 1.1 to 1.3 pass? Then run this notebook from the top.",
);
// BEGIN HIDDEN TESTS
{
    for (index, tensor) in base_params.tensors().into_iter().enumerate() {
        probe(&format!("train/parameter_{index}"), tensor);
    }
}
// END HIDDEN TESTS
// BEGIN VERDICT
/// What the submitted parameters reach on digits that nobody has seen.
fn verdict_train(submitted: &Submitted, rng: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let mut params: Perceptron = Vec::new();
    for (layer, sizes) in [784, 1024, 128, 10].windows(2).enumerate() {
        let w = submitted.array(&format!("train/parameter_{}", 2 * layer), sizes)?;
        let b = submitted.array(&format!("train/parameter_{}", 2 * layer + 1), &sizes[1..])?;
        params.push((Tensor::from(w), Tensor::from(b)));
    }
    Ok(vec![("train/test_accuracy", accuracy(&params, &data::digits::generate(1_000, rng)))])
}
// END VERDICT

// %% [markdown]
// ### A log and a program that do not belong together
//
// This assignment goes back to one whose published log ends at 97.30 % test accuracy. The program printed beside that log says
// batches of 32 and two hidden layers of 1024. With those, the first epochs come out quite differently; with batches of **128** and
// layers `[784, 1024, 128, 10]` the log is met within half a percent at every epoch: so these made it. It is an easy mistake. The
// settings were edited by hand between two runs, and the log was copied from one, the program from the other. Here every
// training takes its settings as an argument, and they are kept beside its log.

// %%
let published_log = [0.9395, 0.9532, 0.9602, 0.9661, 0.9682, 0.9692, 0.9705, 0.9710, 0.9735, 0.9730];
if budget == Budget::Full && !is_embedded {
    println!("epoch  published  here");
    for (epoch, (published, here)) in published_log.iter().zip(&base_log.test_accuracy).enumerate() {
        let remark = if (published - here).abs() <= 0.005 { "" } else { "  differs!" };
        println!("{epoch:5}  {published:9.4}  {here:.4}{remark}");
    }
} else {
    println!("The published log is of the real MNIST at the full budget: nothing to compare with here.");
}

// %% [markdown]
// ## Three wrong learning rates
//
// The learning rate is the first setting to get right. The same network, with everything but the rate unchanged:
//
// * too small a rate goes the right way, and takes very long;
// * a large rate steps across the valley and lands on its other side, again and again: the loss jumps up and down, the accuracy
//   too, and yet they end well;
// * a larger one lands higher up each time, where the gradient is steeper still. The $\tanh$ units end in their flat parts, the
//   network gives all pictures the same class, and its accuracy is that class's share of the set: 0.0980, 0.1135, 0.1009, …
//
// **Question 1.5 (1.5 points: 0.25 for each rate, 0.75 for the report).** Find a rate for each of the three. What counts as slow,
// oscillating and diverging is written down in the next cell, in terms of the loss and the accuracy on the training set.

// %% nbgrader={"grade": false, "grade_id": "behaviours", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// By how much the loss, measured ten times an epoch, was at most above its lowest value until then.
fn largest_rise(log: &Log) -> f64 {
    let mut lowest = f64::INFINITY;
    let mut rise: f64 = 0.0;
    for &loss in &log.step_loss {
        lowest = lowest.min(loss);
        rise = rise.max(loss - lowest);
    }
    rise
}

/// It gets better and better, and ends 3 % or more below the training with rate 0.1.
fn converges_slowly(log: &Log, base: &Log) -> bool {
    let (first, last) = (log.train_accuracy[0], log.last_accuracies().0);
    largest_rise(log) <= 0.05 && last >= first + 0.02 && last <= base.last_accuracies().0 - 0.03
}

/// The loss rises by 0.1 or more on the way, and yet the training ends well.
fn oscillates_and_converges(log: &Log) -> bool {
    largest_rise(log) >= 0.1 && log.last_accuracies().0 >= 0.7
}

/// It ends as one that guesses.
fn diverges(log: &Log) -> bool {
    log.last_accuracies().0 <= 0.25
}

// %% nbgrader={"grade": false, "grade_id": "slow_rate", "locked": false, "schema_version": 3, "solution": true, "task": false}
let slow_rate: f32 =
// BEGIN SOLUTION a learning rate that goes the right way, but far too slowly
0.01
// END SOLUTION
;

// %%
let slow_settings = MlpSettings { learning_rate: slow_rate, ..base_settings.clone() };
let (_, slow_log) = train_perceptron(&train, &test, &slow_settings);

// %%
training_curves(&format!("Slow convergence: learning rate {slow_rate}"), &slow_log)

// %% nbgrader={"grade": true, "grade_id": "test_slow_rate", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
println!("Training accuracy at the end: {:.4}", slow_log.last_accuracies().0);
println!("with rate 0.1:                {:.4}", base_log.last_accuracies().0);
assert!(
    converges_slowly(&slow_log, &base_log),
    "Not slow convergence. Too near to rate 0.1? Take a smaller rate. Hardly any progress? A larger one."
);
// BEGIN HIDDEN TESTS
probe("slow_rate/rate", &slow_rate);
// END HIDDEN TESTS
// BEGIN VERDICT
/// The submitted rate, twice: for the least and the most that a threshold allows. All but the rate is given, so that the log is a
/// function of it, and of the budget that a student worked with; where it is slow is measured, and written in the manifest.
fn verdict_slow_rate(submitted: &Submitted, _: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let rate = submitted.number("slow_rate/rate")?;
    Ok(vec![("slow_rate/rate/least", rate), ("slow_rate/rate/most", rate)])
}
// END VERDICT

// %% nbgrader={"grade": false, "grade_id": "oscillating_rate", "locked": false, "schema_version": 3, "solution": true, "task": false}
let oscillating_rate: f32 =
// BEGIN SOLUTION a learning rate with which the loss jumps up now and then, and yet ends low
match (budget, is_embedded) {
    (Budget::Grade, _) => 0.4,
    (_, true) => 0.6,
    (_, false) => 1.0,
}
// END SOLUTION
;

// %%
let oscillating_settings = MlpSettings { learning_rate: oscillating_rate, ..base_settings.clone() };
let (_, oscillating_log) = train_perceptron(&train, &test, &oscillating_settings);

// %%
training_curves(&format!("Oscillates, converges: learning rate {oscillating_rate}"), &oscillating_log)

// %% nbgrader={"grade": true, "grade_id": "test_oscillating_rate", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
println!("Largest rise of the loss:     {:.4}", largest_rise(&oscillating_log));
println!("with rate 0.1:                {:.4}", largest_rise(&base_log));
println!("Training accuracy at the end: {:.4}", oscillating_log.last_accuracies().0);
assert!(
    oscillates_and_converges(&oscillating_log),
    "No rise of the loss by 0.1? Take a larger rate. Less than 0.7 at the end? A smaller one."
);
// BEGIN HIDDEN TESTS
probe("oscillating_rate/rate", &oscillating_rate);
// END HIDDEN TESTS
// BEGIN VERDICT
/// The submitted rate, as in `verdict_slow_rate`.
fn verdict_oscillating_rate(submitted: &Submitted, _: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let rate = submitted.number("oscillating_rate/rate")?;
    Ok(vec![("oscillating_rate/rate/least", rate), ("oscillating_rate/rate/most", rate)])
}
// END VERDICT

// %% nbgrader={"grade": false, "grade_id": "diverging_rate", "locked": false, "schema_version": 3, "solution": true, "task": false}
let diverging_rate: f32 =
// BEGIN SOLUTION a learning rate with which the network is no better than guessing
2.0
// END SOLUTION
;

// %%
let diverging_settings = MlpSettings { learning_rate: diverging_rate, ..base_settings.clone() };
let (_, diverging_log) = train_perceptron(&train, &test, &diverging_settings);

// %%
training_curves(&format!("Divergence: learning rate {diverging_rate}"), &diverging_log)

// %% nbgrader={"grade": true, "grade_id": "test_diverging_rate", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
println!("Training accuracy at the end: {:.4}", diverging_log.last_accuracies().0);
assert!(diverges(&diverging_log), "It has learned something: take a larger rate.");
// BEGIN HIDDEN TESTS
probe("diverging_rate/rate", &diverging_rate);
// END HIDDEN TESTS
// BEGIN VERDICT
/// The submitted rate, as in `verdict_slow_rate`.
fn verdict_diverging_rate(submitted: &Submitted, _: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let rate = submitted.number("diverging_rate/rate")?;
    Ok(vec![("diverging_rate/rate/least", rate)])
}
// END VERDICT

// %% [markdown]
// All four on one page:

// %%
CurvePlot::new("Test accuracy by learning rate")
    .x_label("epoch")
    .y_label("test accuracy")
    .marked_curve("rate 0.1", &base_log.epochs(), &base_log.test_accuracy)
    .marked_curve(&format!("rate {slow_rate}"), &slow_log.epochs(), &slow_log.test_accuracy)
    .marked_curve(&format!("rate {oscillating_rate}"), &oscillating_log.epochs(), &oscillating_log.test_accuracy)
    .marked_curve(&format!("rate {diverging_rate}"), &diverging_log.epochs(), &diverging_log.test_accuracy)
    .y_range(0.0, 1.0)

// %% [markdown] nbgrader={"grade": true, "grade_id": "report_rates", "locked": false, "points": 0.75, "schema_version": 3, "solution": true, "task": false}
// **Report for 1.5.** Give your three rates, copy the accuracies of each training log, and say in a sentence or two for each what
// they show. Which figure tells you that the diverging network gives all pictures the same class?
//
// <!-- BEGIN SOLUTION -->
// Short budget, embedded digits; accuracies after each epoch:
//
// | rate | set | 0 | 1 | 2 | 3 | 4 | 5 |
// |---|---|---|---|---|---|---|---|
// | 0.01, slow | train | .6254 | .7445 | .7892 | .8142 | .8358 | .8502 |
// | | test | .6250 | .7235 | .7715 | .7980 | .8190 | .8340 |
// | 0.6, oscillates, converges | train | .7822 | .8434 | .9679 | .9689 | .9860 | .9882 |
// | | test | .7715 | .8120 | .9205 | .9205 | .9300 | .9305 |
// | 2, diverges | train | .1046 | .1010 | .1046 | .1010 | .0959 | .1046 |
// | | test | .1020 | .1005 | .1145 | .1005 | .0985 | .1020 |
//
// With 0.01 both accuracies rise in every epoch, and after six of them they are not where rate 0.1 was after the first (.8771). With 0.6
// the loss first rises to five times its initial value, and keeps jumping up; after two slow epochs the accuracy overtakes that of rate 0.1,
// for large steps also go far. With 2 the accuracy stays near one in ten, and takes the same values again and again, such as .1046 on
// the training set: this is the share of one class, so the network gives all pictures that class.
// <!-- END SOLUTION -->

// %% [markdown]
// ## Too little: underfitting
//
// A network *underfits* when it cannot represent what there is to learn: it is bad on the training set too, and no better or worse
// on the test set. More data or more epochs do not help; it needs more neurons.
//
// **Question 1.6 (0.5 points).** Give layer sizes, from 784 to 10, with which the network underfits: at most half of the
// **training** set is right after training, with the rate 0.1 as before.

// %% nbgrader={"grade": false, "grade_id": "underfit_layer_sizes", "locked": false, "schema_version": 3, "solution": true, "task": false}
let underfit_layer_sizes: Vec<usize> =
// BEGIN SOLUTION layer sizes from 784 to 10 that leave the network too little room to tell ten classes apart
vec![784, 1, 1, 10]
// END SOLUTION
;

// %%
// A network so small trains in no time: ten epochs, whatever the budget.
let underfit_settings =
    MlpSettings { layer_sizes: underfit_layer_sizes.clone(), num_epochs: 10, ..base_settings.clone() };
let (_, underfit_log) = train_perceptron(&train, &test, &underfit_settings);

// %%
accuracy_curves(&format!("Underfitting: layers {underfit_layer_sizes:?}"), &underfit_log)
    .y_range(0.0, 1.0)

// %% nbgrader={"grade": true, "grade_id": "test_underfit", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
let underfits: bool = {
    let (train_accuracy, test_accuracy) = underfit_log.last_accuracies();
    expect_at_most("training set accuracy", train_accuracy, 0.5, "Take fewer neurons.");
    expect_at_most(
        "difference of the accuracies",
        (train_accuracy - test_accuracy).abs(),
        0.1,
        "A network that is much better on the training set does not underfit.",
    );
    let sizes = &underfit_layer_sizes;
    assert!(sizes.first() == Some(&784) && sizes.last() == Some(&10), "From 784 to 10, please.");
    train_accuracy <= 0.5 && (train_accuracy - test_accuracy).abs() <= 0.1
};
// BEGIN HIDDEN TESTS
probe("underfit/layer_sizes", &underfit_layer_sizes);
// END HIDDEN TESTS
// BEGIN VERDICT
/// The pictures that are trained on with the grader's budget: those of the notebook.
fn pictures_of_the_grade_budget() -> ImageSet {
    data::digits::train_subset(&RandomState::new(0).choice(data::digits::TRAIN_LEN, 1_024, false))
}

/// The layer sizes that were submitted under this name, from 784 to 10.
fn submitted_sizes(submitted: &Submitted, name: &str, most_parameters: usize) -> Result<Vec<usize>, String> {
    let sizes = submitted.counts(name, 2..=12, 1..=8192)?;
    if (sizes[0], sizes[sizes.len() - 1]) != (784, 10) {
        return Err(format!("`{name}`: expected layers from 784 to 10, found {sizes:?}"));
    }
    let num_parameters: usize = sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
    if num_parameters > most_parameters {
        return Err(format!("`{name}`: expected at most {most_parameters} parameters, found {num_parameters}: {sizes:?}"));
    }
    Ok(sizes)
}

/// What the reference reaches with the submitted layer sizes, trained on the notebook's own pictures.
fn verdict_underfit(submitted: &Submitted, _: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let layer_sizes = submitted_sizes(submitted, "underfit/layer_sizes", 500_000)?;
    let settings = MlpSettings { layer_sizes, learning_rate: 0.1, batch_size: 64, num_epochs: 10 };
    let (_, log) = train_perceptron(&pictures_of_the_grade_budget(), &data::digits::test_set(1_000), &settings);
    let (train_accuracy, test_accuracy) = log.last_accuracies();
    Ok(vec![
        ("underfit/underfits/training_accuracy", train_accuracy),
        ("underfit/underfits/difference", (train_accuracy - test_accuracy).abs()),
    ])
}
// END VERDICT

// %% [markdown]
// Everything that the last layer learns of a picture has to pass through the narrowest layer before it. A single neuron there passes one
// number between -1 and 1, a point on a line. The last layer can cut the line into pieces for a few classes, and the others never
// win. Two neurons pass a point in a square, which already has room for more.
//
// ## Too much: overfitting
//
// A network *overfits* when it learns the training samples by heart, with their errors. To make that easy, and easy to see, we
// mislabel half of the data: `create_outliers` puts the first half of the pictures into another order and leaves the labels where
// they were. One picture in ten keeps its label by chance, so about 55 % of the labels are right. The test set stays as it is.
//
// Note that the result has a **name of its own**. A flag somewhere above that says "with outliers", and stays on, is how the
// original of this assignment went wrong in part 2, as we shall see.

// %% nbgrader={"grade": false, "grade_id": "outliers", "locked": true, "schema_version": 3, "solution": false, "task": false}
let num_noisy: usize = match budget {
    Budget::Short => 4_096,
    Budget::Full => train.len(),
    Budget::Grade => 512,
};
let noisy_train: ImageSet = create_outliers(&train.head(num_noisy), num_noisy / 2);
let mut num_in_place = 0;
for index in 0..num_noisy {
    if noisy_train.image(index) == train.image(index) {
        num_in_place += 1;
    }
}
println!("{num_noisy} pictures; {num_in_place} of them are where they were");

// %%
let shown: Vec<usize> = (0..10).chain(num_noisy - 10..num_noisy).collect();
let shown_set = noisy_train.subset(&shown);
let shown_titles: Vec<String> = shown_set.labels().iter().map(|label| format!("\"{label}\"")).collect();
ImageGrid::from_set(&shown_set)
    .titles(&shown_titles)
    .columns(10)
    .title("Labels: of outliers (above), and right ones (below)")

// %% [markdown]
// **Question 1.7 (1 point: 0.5 for the settings, 0.5 for the report).** Find settings with which the network overfits on
// `noisy_train`: at least 95 % of the training set right, noise included, and at most 75 % of the test set. You may change the
// layers, the learning rate, the batch size and the number of epochs. Give settings for each budget (`match budget { Budget::Short =>
// …, Budget::Full => …, Budget::Grade => … }`), for the number of pictures differs: 4,096, 60,000 and 512. The grader uses the last
// of them, and has a few seconds; `NNLIB_BUDGET=grade` runs the notebook as it does.

// %% nbgrader={"grade": false, "grade_id": "overfit_settings", "locked": false, "schema_version": 3, "solution": true, "task": false}
let overfit_settings: MlpSettings =
// BEGIN SOLUTION for each budget, settings with enough neurons and epochs to learn the noise by heart
match budget {
    Budget::Full => MlpSettings {
        layer_sizes: vec![784, 1024, 1024, 10],
        learning_rate: 0.1,
        batch_size: 128,
        num_epochs: 50,
    },
    Budget::Short => MlpSettings {
        layer_sizes: vec![784, 256, 256, 10],
        learning_rate: 0.1,
        batch_size: 32,
        num_epochs: 36,
    },
    Budget::Grade => MlpSettings {
        layer_sizes: vec![784, 256, 256, 10],
        learning_rate: 0.1,
        batch_size: 16,
        num_epochs: 20,
    },
}
// END SOLUTION
;

// %%
let (_, overfit_log) = train_perceptron(&noisy_train, &test, &overfit_settings);

// %%
accuracy_curves(&format!("Overfitting: layers {:?}", overfit_settings.layer_sizes), &overfit_log)
    .y_range(0.0, 1.0)

// %% nbgrader={"grade": true, "grade_id": "test_overfit", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
let overfits: bool = {
    let (train_accuracy, test_accuracy) = overfit_log.last_accuracies();
    expect_at_least("training set accuracy", train_accuracy, 0.95, "Take more neurons, or more epochs.");
    expect_at_most("test set accuracy", test_accuracy, 0.75, "Is the noise learned by heart?");
    train_accuracy >= 0.95 && test_accuracy <= 0.75
};
// BEGIN HIDDEN TESTS
{
    probe("overfit/layer_sizes", &overfit_settings.layer_sizes);
    probe("overfit/learning_rate", &overfit_settings.learning_rate);
    probe("overfit/batch_size", &overfit_settings.batch_size);
    probe("overfit/num_epochs", &overfit_settings.num_epochs);
}
// END HIDDEN TESTS
// BEGIN VERDICT
/// What the reference reaches on mislabelled pictures with the submitted settings.
fn verdict_overfit(submitted: &Submitted, _: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let settings = MlpSettings {
        layer_sizes: submitted_sizes(submitted, "overfit/layer_sizes", 2_000_000)?,
        learning_rate: submitted.number("overfit/learning_rate")? as f32,
        batch_size: submitted.count("overfit/batch_size", 1..=512)?,
        num_epochs: submitted.count("overfit/num_epochs", 1..=1_000)?,
    };
    // How often a parameter is used for a picture, and moved: three times as often as the reference's settings do.
    let num_parameters: usize = settings.layer_sizes.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let num_steps = settings.num_epochs * 512_usize.div_ceil(settings.batch_size);
    let (uses, moves) = (num_parameters * settings.num_epochs * 512, num_parameters * num_steps);
    if uses > 10_000_000_000 || moves > 700_000_000 || num_steps > 20_000 {
        return Err(format!("expected settings that a grader trains in seconds, found {settings:?}"));
    }
    let noisy = create_outliers(&pictures_of_the_grade_budget().head(512), 256);
    let (_, log) = train_perceptron(&noisy, &data::digits::test_set(300), &settings);
    let (train_accuracy, test_accuracy) = log.last_accuracies();
    Ok(vec![
        ("overfit/overfits/training_accuracy", train_accuracy),
        ("overfit/overfits/test_accuracy", test_accuracy),
    ])
}
// END VERDICT

// %%
let best_epoch = overfit_log.epochs().into_iter().fold(0, |best, epoch| {
    if overfit_log.test_accuracy[epoch] > overfit_log.test_accuracy[best] { epoch } else { best }
});
println!("epoch with the highest test accuracy: {best_epoch}");
println!("test accuracy there:                  {:.4}", overfit_log.test_accuracy[best_epoch]);
println!("training accuracy there:              {:.4}", overfit_log.train_accuracy[best_epoch]);

// %% [markdown] nbgrader={"grade": false, "grade_id": "report_overfit", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": true}
// **Report for 1.7.** Add cells below this one. Give the settings that overfit. At which epoch is the *test* accuracy highest, and how
// accurate is the network on the *training* set there? What do these two figures have to do with the 55 % of the labels that are
// right? What would you have gained by stopping there?

// %% [markdown]
// # Part 2: a convolutional network
//
// ## Layers as values
//
// The second half of the library describes a network as a list of layers. A layer knows how to draw its parameters, given the shape
// of a sample, and how to compute its output. `serial` makes one layer of several:
//
// | layer | samples of shape | become | parameters |
// |---|---|---|---|
// | `dense(m)` | `(d)` | `(m)` | `d * m + m` |
// | `conv(f, (3, 3))` | `(c, h, w)` | `(f, h - 2, w - 2)` | `f * c * 9 + f` |
// | `max_pool((2, 2), (2, 2))` | `(c, h, w)` | `(c, h / 2, w / 2)`, rounded down | none |
// | `relu()` | any | the same | none |
// | `flatten()` | `(c, h, w)` | `(c * h * w)` | none |
//
// A convolution slides each of its `f` filters over the picture, without padding: that is why two rows and two columns are lost.
// `max_pool` keeps the largest of each 2 x 2 pixels. The perceptron of part 1, in these terms (with relu in place of tanh), is:

// %%
use nnlib::serial::{Layer, Mode, Params, conv, dense, dropout, flatten, max_pool, relu, serial};

fn perceptron() -> Layer {
    serial(vec![flatten(), dense(1024), relu(), dense(128), relu(), dense(10)])
}

let (output_shape, perceptron_params) = perceptron().init(&mut RandomState::new(123), &[1, 28, 28]);
println!("{:?}", perceptron());
println!("gives {output_shape:?} for each sample, with {} parameters", perceptron_params.num_entries());

// %% [markdown]
// A dense layer on a flat picture does not know which pixels are neighbours: shuffle the pixels of all pictures alike, and it learns
// as well as before. A convolution looks at 3 x 3 neighbours, with the same few weights everywhere.
//
// **Question 2.1 (2 points).** Complete `convnet`, as these layers, in this order:
//
// 1. a convolution with 32 filters of 3 x 3, relu, max-pooling of 2 x 2 with stride 2;
// 2. a convolution with 64 filters of 3 x 3, relu, another one of the same kind, relu, max-pooling of 2 x 2 with stride 2;
// 3. flatten, a dense layer of 100, relu;
// 4. a dense layer with an output for each of the 10 classes. No softmax: the loss below takes logits.

// %% nbgrader={"grade": false, "grade_id": "convnet", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Pictures `(1, 28, 28)` to logits `(10,)`.
fn convnet() -> Layer {
    // BEGIN SOLUTION a serial of the twelve layers of the list above
    serial(vec![
        conv(32, (3, 3)),
        relu(),
        max_pool((2, 2), (2, 2)),
        conv(64, (3, 3)),
        relu(),
        conv(64, (3, 3)),
        relu(),
        max_pool((2, 2), (2, 2)),
        flatten(),
        dense(100),
        relu(),
        dense(10),
    ])
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_convnet", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
println!("Testing convnet function:");
convnet().expect_output(&[1, 28, 28], &[10]);
let (_, convnet_params) = convnet().init(&mut RandomState::new(123), &[1, 28, 28]);
for tensor in convnet_params.tensors() {
    println!("parameters of shape {:?}", tensor.shape());
}
let num_parameters = convnet_params.num_entries();
println!("number of parameters: {num_parameters}");
assert!(num_parameters <= 159254, "159,254 parameters are expected: is a pooling layer missing?");
assert!(num_parameters >= 159254, "159,254 parameters are expected: is a layer missing or too small?");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, input_shape) in [("grey", [1, 28, 28]), ("oblong", [1, 20, 26]), ("colour", [3, 24, 24])] {
        let (output_shape, params) = convnet().init(&mut rng, &input_shape);
        probe(&format!("convnet/{name}/output_shape"), &output_shape);
        let shapes: Vec<usize> = params.tensors().iter().flat_map(|tensor| tensor.shape().to_vec()).collect();
        probe(&format!("convnet/{name}/parameter_shapes"), &shapes);
        // The same generator draws the same parameters for the same layers; larger biases show whether they are added.
        let params = params.map_tensors(&mut |tensor| if tensor.shape().len() == 1 { tensor + 0.1 } else { tensor.clone() });
        let [channels, height, width] = input_shape;
        let images = Tensor::from(rng.randn((3, channels * height * width))).reshape(&[3, channels, height, width]);
        probe(&format!("convnet/{name}/logits"), &convnet().apply(&params, &images, Mode::Predict));
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ### A misprint that the shapes give away
//
// In the original of this assignment the list of layers was printed with `Dense(100)` at the end, where its program has
// `Dense(10)`. Nothing about such a network is wrong by itself. It has a hundred classes, of which ninety never occur. What does not
// fit are the ten columns of the targets, as the next cell shows. `misprinted.expect_output(&[1, 28, 28], &[10])`, which the
// check above and each training below begin with, stops before anything is computed, and names the layer:
//
// > expect_output: layer 12 of 12, dense(100): gives samples of shape (100,), expected (10,)

// %%
let misprinted = serial(vec![
    conv(32, (3, 3)), relu(), max_pool((2, 2), (2, 2)),
    conv(64, (3, 3)), relu(), conv(64, (3, 3)), relu(), max_pool((2, 2), (2, 2)),
    flatten(), dense(100), relu(), dense(100),
]);
let (misprinted_shape, _) = misprinted.init(&mut RandomState::new(123), &[1, 28, 28]);
let (convnet_shape, _) = convnet().init(&mut RandomState::new(123), &[1, 28, 28]);
println!("a row of targets has shape     {:?}", &make_batch(&train, &[0]).1.shape()[1..]);
println!("the misprinted network gives   {misprinted_shape:?}");
println!("convnet gives                  {convnet_shape:?}");

// %% [markdown]
// ## Training with momentum
//
// The loss is that of part 1, on logits: `log_softmax` is the same as subtracting `logsumexp`. The step is new. *Momentum* keeps a
// running sum $v$ of the gradients, and steps along that:
//
// $$v \leftarrow 0.9\, v + g, \qquad w \leftarrow w - \eta\, v.$$
//
// Directions in which the gradient keeps its sign add up, to ten times the step; those in which it changes to and fro cancel. An
// `Optimizer` has three functions: `init` makes a state of the parameters, `update` makes the next state, and `params` looks into it.
//
// Two settings are there for later: after each epoch the learning rate is multiplied by `decay_rate`, and with `Mode::Train` a
// `dropout` layer, if the network has one, drops some activations.

// %% nbgrader={"grade": false, "grade_id": "train_convnet", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What a training of a convolutional network is made of.
#[derive(Clone, Debug)]
struct ConvSettings {
    learning_rate: f32,
    /// What is left of the learning rate after an epoch: 1.0 leaves it as it is.
    decay_rate: f32,
    /// The weight of the gradients before: 0.9.
    momentum: f32,
    batch_size: usize,
    num_epochs: usize,
    /// Draws the parameters, and the order of the pictures.
    seed: u32,
}

/// Flat pictures `(N, 784)` as pictures of one channel, `(N, 1, 28, 28)`.
fn shape_as_image(batch: Batch) -> Batch {
    let (inputs, targets) = batch;
    (inputs.reshape(&[inputs.shape()[0], 1, 28, 28]), targets)
}

/// The mean cross-entropy of a batch.
fn convnet_loss(net: &Layer, params: &Params, batch: &Batch, mode: Mode) -> Tensor {
    let (images, targets) = batch;
    let log_probs = net.apply(params, images, mode).log_softmax(1);
    -(targets * log_probs).sum_axis(1).mean()
}

/// The class that the network gives each picture of `set`.
fn classify(net: &Layer, params: &Params, set: &ImageSet) -> Array1<usize> {
    let indices: Vec<usize> = (0..set.len()).collect();
    let mut classes = Vec::new();
    for some in indices.chunks(500) {
        let (images, _) = shape_as_image(make_batch(set, some));
        classes.extend(net.apply(params, &images, Mode::Predict).argmax_axis(1));
    }
    Array1::from_vec(classes)
}

/// The loss and the accuracy on `set`.
fn evaluate(net: &Layer, params: &Params, set: &ImageSet) -> (f64, f64) {
    let indices: Vec<usize> = (0..set.len()).collect();
    let mut total_loss = 0.0;
    let mut right = 0;
    for some in indices.chunks(500) {
        let (images, targets) = shape_as_image(make_batch(set, some));
        let log_probs = net.apply(params, &images, Mode::Predict).log_softmax(1);
        let classes = log_probs.argmax_axis(1);
        right += count_right(&classes, set, some);
        total_loss -= f64::from((targets * log_probs).sum().item());
    }
    (total_loss / set.len() as f64, right as f64 / set.len() as f64)
}

/// Trains `net` from random parameters. After each epoch it is measured on the whole test set, and on up
/// to 2000 of the training pictures.
fn train_convnet(net: &Layer, train: &ImageSet, test: &ImageSet, settings: &ConvSettings) -> (Params, Log) {
    net.expect_output(&[1, 28, 28], &[10]);
    let mut rng = RandomState::new(settings.seed);
    let (_, init_params) = net.init(&mut rng, &[1, 28, 28]);
    let mut batches = Batches::new(train.len(), settings.batch_size, rng);
    let steps_per_epoch = batches.per_epoch();
    let step_size = optimizers::StepSize::ExponentialDecay {
        step_size: settings.learning_rate,
        decay_steps: steps_per_epoch as f32,
        decay_rate: settings.decay_rate,
    };
    let optimizer = optimizers::momentum(step_size, settings.momentum);
    let mut state = optimizer.init(init_params);
    let some_of_train = some_of(train, 2000);
    let mut log = Log::default();
    let mut step = 0;
    let mut bar = Progress::start("training", settings.num_epochs * steps_per_epoch).prints_lines();
    for _ in 0..settings.num_epochs {
        for _ in 0..steps_per_epoch {
            if bar.should_stop() {
                return (optimizer.get_params(&state), log);
            }
            let batch = shape_as_image(make_batch(train, &batches.next_batch()));
            let mode = Mode::Train { seed: step as u32 };
            let (loss, grads) = gradient_at(state.params(), |params| convnet_loss(net, params, &batch, mode));
            state = optimizer.update(step, &grads, state);
            step += 1;
            bar.step(&[("loss", f64::from(loss.item()))]);
        }
        let (train_loss, train_accuracy) = evaluate(net, state.params(), &some_of_train);
        let (test_loss, test_accuracy) = evaluate(net, state.params(), test);
        println!("Test set loss, accuracy (%): ({test_loss:.2}, {:.2})", 100.0 * test_accuracy);
        log.train_loss.push(train_loss);
        log.train_accuracy.push(train_accuracy);
        log.test_loss.push(test_loss);
        log.test_accuracy.push(test_accuracy);
    }
    (optimizer.get_params(&state), log)
}

// %% nbgrader={"grade": false, "grade_id": "train_clean", "locked": true, "schema_version": 3, "solution": false, "task": false}
let (num_conv_train, num_conv_test, num_conv_epochs) = match budget {
    Budget::Short => (3_200, 1_000, 3),
    Budget::Full => (train.len(), test.len(), 10),
    Budget::Grade => (160, 100, 1),
};
let conv_train: ImageSet = train.head(num_conv_train);
let conv_test: ImageSet = test.head(num_conv_test);
let conv_settings = ConvSettings {
    learning_rate: 0.01,
    decay_rate: 1.0,
    momentum: 0.9,
    batch_size: if budget == Budget::Grade { 8 } else { 32 },
    num_epochs: num_conv_epochs,
    seed: 123,
};
println!("{} pictures, {} epochs", conv_train.len(), conv_settings.num_epochs);
let (clean_params, clean_log) = train_convnet(&convnet(), &conv_train, &conv_test, &conv_settings);

// %%
accuracy_curves("Convolutional network, momentum 0.9, rate 0.01", &clean_log)

// %% [markdown]
// ### The loss as a witness
//
// The original of this assignment published this log for the network above, trained on all of MNIST for ten epochs:
//
// | epoch | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 |
// |---|---|---|---|---|---|---|---|---|---|---|
// | test loss | 0.84 | 0.75 | 0.70 | 0.71 | 0.66 | 0.65 | 0.71 | 0.71 | 0.67 | 0.72 |
// | test accuracy in % | 96.11 | 97.28 | 97.47 | 97.99 | 98.04 | 98.12 | 98.26 | 97.95 | 98.16 | 98.07 |
//
// The accuracy stays below the 99 % that were asked for, and that was put down to the settings. Look at the loss. A network that is right
// 98 times in 100 and sure of it has a loss below 0.1. This one is right, and never sure. Why?
//
// Because it was taught not to be: the flag for the outliers of question 1.7 was still on. If 55 % of the labels it sees for a kind
// of picture are right, the best that a network can say about the right class is "55 %", and the loss of that answer is $-\ln 0.55$.
// The right class is still the most probable one, so the accuracy barely suffers. (With the few pictures of the short budget it
// suffers more, for there is less to average the noise over.) Train on outliers and compare:

// %% nbgrader={"grade": false, "grade_id": "train_outliers", "locked": true, "schema_version": 3, "solution": false, "task": false}
let conv_noisy: ImageSet = create_outliers(&conv_train, num_conv_train / 2);
println!("-ln 0.55 = {:.2}", -0.55_f64.ln());
let (noisy_params, noisy_log) = train_convnet(&convnet(), &conv_noisy, &conv_test, &conv_settings);

// %%
/// Loss and accuracy on the test set, one training beside the other.
fn clean_and_noisy(clean: &Log, noisy: &Log) -> plot::Figure {
    let epochs = clean.epochs();
    let losses = CurvePlot::new("Test loss")
        .x_label("epoch")
        .y_label("cross-entropy")
        .marked_curve("clean", &epochs, &clean.test_loss)
        .marked_curve("with outliers", &epochs, &noisy.test_loss);
    let accuracies = CurvePlot::new("Test accuracy")
        .x_label("epoch")
        .y_label("accuracy")
        .marked_curve("clean", &epochs, &clean.test_accuracy)
        .marked_curve("with outliers", &epochs, &noisy.test_accuracy);
    plot::side_by_side(&[&losses, &accuracies])
}

clean_and_noisy(&clean_log, &noisy_log)

// %%
/// The mean, over a set, of the probability that the network gives the class it chooses.
fn mean_confidence(net: &Layer, params: &Params, set: &ImageSet) -> f64 {
    let first: Vec<usize> = (0..set.len().min(500)).collect();
    let (images, _) = shape_as_image(make_batch(set, &first));
    let probabilities = net.apply(params, &images, Mode::Predict).log_softmax(1).exp();
    f64::from(probabilities.max_axis(1).mean().item())
}

println!("trained on        test loss  accuracy  mean probability of the chosen class");
for (name, params, log) in
    [("clean labels", &clean_params, &clean_log), ("half outliers", &noisy_params, &noisy_log)]
{
    let test_loss = log.test_loss[log.test_loss.len() - 1];
    let confidence = mean_confidence(&convnet(), params, &conv_test);
    println!("{name:16}  {test_loss:9.3}  {:8.4}  {confidence:.3}", log.last_accuracies().1);
}
if budget != Budget::Grade {
    let last = clean_log.test_loss.len() - 1;
    expect_at_least(
        "loss with outliers, as a multiple of that without",
        noisy_log.test_loss[last] / clean_log.test_loss[last],
        2.5,
        "Does `convnet` pass its check?",
    );
}

// %% [markdown]
// So print the loss beside the accuracy, always. Accuracy asks who comes first; the loss also asks by how much. In the log above, where
// all of MNIST had been trained on, it was the loss alone that knew of the wrong labels.
//
// What is left of mistakes, with clean labels:

// %%
let clean_classes = classify(&convnet(), &clean_params, &conv_test);
plot::wrong_predictions(&conv_test, &clean_classes, 9, &[]).title("What the network gets wrong")

// %% [markdown]
// ## 99 %, and how to measure it
//
// **Question 2.2 (3 points: 1.5 for the network and its settings, 1.5 for the report).** Find a network and settings with which
// the test accuracy is at least 99 % on the real MNIST with the full budget. What you may try, roughly in order of what it gains:
// a learning rate that falls (`decay_rate` below 1), `dropout(0.25)` or so before the last layer, more filters, more epochs.
//
// Give settings for each budget. With the short one there are 1,500 pictures to train on, so the bound of the check below is lower, at
// 85 %; with the grader's there are 400, and the bound is 30 %: hardly more than "it learns", in two or three epochs of small batches.
// What is better on few pictures tends to be better on all of them too, but not always: few steps favour large learning rates.

// %% nbgrader={"grade": false, "grade_id": "my_network", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// A network of your own: pictures `(1, 28, 28)` to logits `(10,)`.
fn my_network() -> Layer {
    // BEGIN SOLUTION a network that reaches 99 % with the settings below
    serial(vec![
        conv(32, (3, 3)),
        relu(),
        max_pool((2, 2), (2, 2)),
        conv(64, (3, 3)),
        relu(),
        conv(64, (3, 3)),
        relu(),
        max_pool((2, 2), (2, 2)),
        flatten(),
        dense(100),
        relu(),
        dense(10),
    ])
    // END SOLUTION
}

// %% nbgrader={"grade": false, "grade_id": "my_settings", "locked": false, "schema_version": 3, "solution": true, "task": false}
let my_settings: ConvSettings =
// BEGIN SOLUTION for each budget: learning rate, its decay, momentum, batch size and number of epochs
match budget {
    Budget::Full => ConvSettings {
        learning_rate: 0.01,
        decay_rate: 0.8,
        momentum: 0.9,
        batch_size: 32,
        num_epochs: 10,
        seed: 0,
    },
    Budget::Short => ConvSettings {
        learning_rate: 0.02,
        decay_rate: 0.5,
        momentum: 0.9,
        batch_size: 32,
        num_epochs: 3,
        seed: 0,
    },
    Budget::Grade => ConvSettings {
        learning_rate: 0.02,
        decay_rate: 0.7,
        momentum: 0.9,
        batch_size: 8,
        num_epochs: 2,
        seed: 0,
    },
}
// END SOLUTION
;

// %% [markdown]
// One training is an anecdote: another seed gives another accuracy. So the network is trained five times, from five seeds, and what
// counts is the mean, together with the standard deviation.

// %% nbgrader={"grade": false, "grade_id": "five_runs", "locked": true, "schema_version": 3, "solution": false, "task": false}
let num_run_train: usize = match budget {
    Budget::Short => 1_500,
    Budget::Full => train.len(),
    Budget::Grade => 400,
};
let num_runs: usize = if budget == Budget::Grade { 2 } else { 5 };
let run_train: ImageSet = train.head(num_run_train);
let run_settings = my_settings.clone();
let runs: Scores = repeat("test accuracy", num_runs, |run| {
    let settings = ConvSettings { seed: run as u32, ..run_settings.clone() };
    let (_, log) = train_convnet(&my_network(), &run_train, &conv_test, &settings);
    log.last_accuracies().1
});
/// Mean and standard deviation, in percent.
fn summary(scores: &Scores) -> String {
    let (mean, std) = (100.0 * scores.mean(), 100.0 * scores.std());
    format!("Accuracy: mean={mean:.3} std={std:.3}, n={}", scores.values.len())
}

println!("{}", summary(&runs));

// %% nbgrader={"grade": true, "grade_id": "test_my_network", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
let my_bound = match budget {
    Budget::Short => 0.85,
    Budget::Full => 0.99,
    Budget::Grade => 0.30,
};
expect_at_least(
    "mean test accuracy of the runs",
    runs.mean(),
    my_bound,
    "Does the loss fall? If it stays at 2.30 or becomes NaN, take a smaller learning rate.",
);
// BEGIN HIDDEN TESTS
{
    // The first of the runs once more, for its parameters.
    let settings = ConvSettings { seed: 0, ..run_settings.clone() };
    let (params, _) = train_convnet(&my_network(), &run_train, &conv_test, &settings);
    probe("my_network/layers", &my_network());
    for (index, tensor) in params.tensors().into_iter().enumerate() {
        probe(&format!("my_network/parameter_{index}"), tensor);
    }
}
// END HIDDEN TESTS
// BEGIN VERDICT
/// What the submitted network reaches, with the submitted parameters, on digits that nobody has seen.
fn verdict_my_network(submitted: &Submitted, rng: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let net = Layer::from_code(&submitted.list("my_network/layers", 1..=1_000)?)
        .map_err(|error| format!("`my_network/layers`: {error}"))?;
    // Before anything is drawn or computed: it must be no larger than what can be trained in seconds.
    let size = net.size(&[1, 28, 28]).map_err(|error| format!("`my_network/layers`: {error}"))?;
    if size.num_parameters > 4_000_000 || size.num_products > 50_000_000 {
        return Err(format!("`my_network/layers`: expected a network that a grader uses in seconds, found {net}: {size:?}"));
    }
    let (output_shape, params) = net.init(&mut RandomState::new(0), &[1, 28, 28]);
    if output_shape != [10] {
        return Err(format!("`my_network/layers`: expected outputs of shape (10,), found {output_shape:?}"));
    }
    let mut arrays = Vec::new();
    for (index, tensor) in params.tensors().into_iter().enumerate() {
        arrays.push(submitted.array(&format!("my_network/parameter_{index}"), tensor.shape())?);
    }
    let mut arrays = arrays.into_iter();
    let params = params.map_tensors(&mut |_| Tensor::from(arrays.next().expect("an array for each tensor")));
    let (_, accuracy) = evaluate(&net, &params, &data::digits::generate(500, rng));
    Ok(vec![("my_network/test_accuracy", accuracy)])
}
// END VERDICT

// %% [markdown]
// ### Cross-validation
//
// Five seeds tell how much chance there is in a training. They say nothing about the choice of the pictures; and whoever tries many
// settings and keeps the best on the **test** set, has fitted that too. *Cross-validation* answers both without touching the test
// set: cut the training set into five parts, train on four, validate on the fifth, and take turns. In the original it was done
// with another library on all 60,000 pictures, and gave 99.033, 99.050, 98.742, 99.183 and 98.700 %.

// %% nbgrader={"grade": false, "grade_id": "five_folds", "locked": true, "schema_version": 3, "solution": false, "task": false}
let (num_folds, num_in_folds) = if budget == Budget::Grade { (2, 120) } else { (5, run_train.len()) };
let mut folds: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
for parts in KFold::new(num_folds).shuffled(1).split(num_in_folds) {
    folds.push((parts.train, parts.test));
}
let mut fold_logs: Vec<Log> = Vec::new();
let fold_scores: Scores = cross_validate("validation accuracy", &folds, |train_part, validation_part| {
    let fold_train = run_train.subset(train_part);
    let fold_validation = run_train.subset(validation_part);
    let (_, log) = train_convnet(&my_network(), &fold_train, &fold_validation, &run_settings);
    let accuracy = log.last_accuracies().1;
    fold_logs.push(log);
    accuracy
});
for score in &fold_scores.values {
    println!("> {:.3}", 100.0 * score);
}
println!("{}", summary(&fold_scores));

// %% [markdown]
// Diagnostic curves: a line for each fold. If the lines of training and validation part, the network begins to overfit; if the folds
// differ much, there are too few pictures to judge by.

// %%
/// Loss and accuracy of all folds, epoch by epoch.
fn diagnostics(logs: &[Log]) -> plot::Figure {
    let epochs = logs[0].epochs();
    let all = |values: fn(&Log) -> &Vec<f64>| -> Vec<Vec<f64>> {
        logs.iter().map(|log| values(log).clone()).collect()
    };
    let losses = CurvePlot::new("Cross-entropy loss")
        .x_label("epoch")
        .y_label("loss")
        .runs("train", &epochs, &all(|log| &log.train_loss))
        .runs("validation", &epochs, &all(|log| &log.test_loss));
    let accuracies = CurvePlot::new("Classification accuracy")
        .x_label("epoch")
        .y_label("accuracy")
        .runs("train", &epochs, &all(|log| &log.train_accuracy))
        .runs("validation", &epochs, &all(|log| &log.test_accuracy));
    plot::stack(&[&losses, &accuracies])
}

diagnostics(&fold_logs)

// %%
/// Fractions in percent.
fn percent(fractions: &[f64]) -> Vec<f64> {
    fractions.iter().map(|fraction| 100.0 * fraction).collect()
}

BoxPlot::new("How much the accuracy scatters")
    .y_label("accuracy in %")
    .add("five runs, test set", &percent(&runs.values))
    .add("five folds, validation", &percent(&fold_scores.values))

// %% [markdown] nbgrader={"grade": true, "grade_id": "report_network", "locked": false, "points": 1.5, "schema_version": 3, "solution": true, "task": false}
// **Report for 2.2.** Give the architecture and the settings (learning rate and its decay, momentum, batch size, number of epochs),
// the test accuracy of each of the five runs, their mean and standard deviation, and the budget and data with which they were measured.
// Is the difference between the best and the worst fold larger than what the seeds explain?
//
// <!-- BEGIN SOLUTION -->
// The network of question 2.1, and the learning rate 0.01 with momentum 0.9 in batches of 32 for 10 epochs; the rate is multiplied by 0.8
// after each epoch, so that the last steps are an eighth as long as the first, and the weights settle.
//
// Short budget (1,500 embedded digits; rate 0.02, halved after each of 3 epochs): 90.4, 89.9, 87.9, 90.6 and 89.5 %, mean 89.66 %, standard
// deviation 0.96 %. Folds: 90.3, 88.0, 91.3, 87.3 and 84.7 %, mean 88.33 %, standard deviation 2.35 %: more than the seeds explain, for each fold
// has 300 other pictures to validate on, and 1,200 to train on.
//
// Full budget, real MNIST, all pictures: 99.14, 99.19, 99.11, 99.17 and 99.16 %, mean 99.15 %, standard deviation 0.03 %. Folds: 98.87, 98.98,
// 98.80, 99.18 and 98.91 %, mean 98.95 %, standard deviation 0.13 %.
// <!-- END SOLUTION -->

// %% [markdown]
// ## What was learned
//
// * Log-probabilities by `logsumexp` neither overflow nor become $-\infty$.
// * A learning rate can be too small, too large and still bearable, and too large. The log tells which.
// * Underfitting shows in the training accuracy, overfitting in the distance between the two.
// * A loss that does not fit its accuracy is a question to be answered: here, wrong labels.
// * An accuracy without a standard deviation is an anecdote.
