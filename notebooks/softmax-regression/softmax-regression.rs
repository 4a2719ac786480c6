// %% [markdown]
// # Softmax regression, from the formula to the picture
//
// A linear model looks at a picture of a digit and says which of the ten it is. In this notebook you
//
// 1. write down the model, its cost and its gradient, and test each in code before it is used;
// 2. meet a gradient that is *wrong*, that trains all the same, and that a three-line check gives away;
// 3. train with all pictures at each step, and watch cost, accuracy and the learned weights;
// 4. train with a few pictures at each step, and a learning rate that falls.
//
// Run a cell with **Shift + Enter**. Variables and functions stay for the cells below.

// %%
use nnlib::prelude::*;

// %% [markdown]
// ## The data
//
// Pictures of handwritten digits, 28 x 28 pixels, a byte each: 0 is the paper, 255 the ink. A picture is *flattened*, row by
// row, into a vector of $p = 784$ numbers; a set of $n$ pictures is a matrix with a row for each.
//
// Without any files, the notebook draws its own digits. They are no replacement for the real MNIST, only like it in size and
// difficulty. The line below says which of the two you have.

// %%
let mnist = data::mnist::load()?;
println!("{}", mnist.origin);
let (train, test) = (mnist.train, mnist.test);
println!("train: {train:?}\ntest:  {test:?}");

// %%
/// Pictures of a set in rows of ten, each under its title.
fn gallery(set: &ImageSet, titles: &[String], title: &str) -> ImageGrid {
    ImageGrid::from_u8(set.pixels().view(), 28, 28).titles(titles).columns(10).title(title)
}

// Some sets come sorted by digit, so twenty are drawn at random.
let twenty = train.subset(&RandomState::new(1).choice(train.len(), 20, false));
let labels: Vec<String> = twenty.labels().iter().map(|label| label.to_string()).collect();
gallery(&twenty, &labels, "Twenty training pictures and their labels")

// %% [markdown]
// How long may this take? By default the notebook keeps to a small budget, about a minute of training: part 1 uses 8,000
// training pictures, drawn at random, and measures on 2,000 test pictures. Start Jupyter with the environment variable `NNLIB_FULL=1` for
// the full settings: all pictures, 3000 iterations, 300 epochs.

// %%
let full = std::env::var("NNLIB_FULL").is_ok_and(|value| value == "1");
let num_iterations: usize = if full { 3000 } else { 1500 };
let num_epochs: usize = if full { 300 } else { 30 };
let mut rng = RandomState::new(0);
let part_train = if full { train.clone() } else { train.subset(&rng.choice(train.len(), 8_000, false)) };
let part_test = if full { test.clone() } else { test.subset(&rng.choice(test.len(), 2_000, false)) };
println!("part 1: {part_train:?}; {num_iterations} iterations");

// %% [markdown]
// ## The model
//
// For picture $i$ and class $m$, a linear model gives the *score*
//
// $$z_{im} = \sum_{j=1}^{p} x_{ij}\, w_{jm} + b_m \qquad\text{or, for all pictures at once,}\qquad Z = X W + b,$$
//
// with weights $W$ of shape `(784, 10)`, a column for each class, and a bias $b_m$ for each class. The *softmax* turns the ten
// scores of a picture into ten probabilities:
//
// $$p_{im} = \frac{e^{z_{im}}}{\sum_{l=1}^{M} e^{z_{il}}}.$$
//
// Taken literally, the formula breaks: $e^{1000}$ is more than a 64-bit number can hold. But a constant added to all scores of a
// picture cancels between numerator and denominator, so the largest score can be subtracted first. Then the largest exponent
// is $e^0 = 1$, and the sum is at least 1.

// %%
/// Probabilities `(n, M)` from scores `(n, M)`.
fn softmax(scores: &Matrix) -> Matrix {
    let mut p = scores.clone();
    for mut row in p.rows_mut() {
        let max = row.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
        row.mapv_inplace(|score| (score - max).exp());
        let sum = row.sum();
        row /= sum;
    }
    p
}

// %%
let p = softmax(&array![[1.0, 2.0, 3.0], [1000.0, 1001.0, 1002.0]]);
println!("{p:.4}");
assert!(p.iter().all(|value| value.is_finite()), "a score of 1000 must not overflow");
assert!((p.sum() - 2.0).abs() < 1e-12, "the probabilities of a picture sum to 1");
let difference = &p.row(0) - &p.row(1);
assert!(difference.iter().all(|d| d.abs() < 1e-12), "a constant added to all scores changes nothing");

// %% [markdown]
// ## The cost
//
// Let $y_i$ be the true class of picture $i$, and $\tilde y_{im}$ its *one-hot* form: 1 where $m = y_i$, else 0. The loss of a
// picture is how surprised the model is by the truth, and the cost is the mean loss:
//
// $$L_i = -\sum_{m} \tilde y_{im} \ln p_{im} = \ln\Big(\sum_l e^{z_{il}}\Big) - z_{i y_i}, \qquad J = \frac1n \sum_i L_i.$$
//
// The second form of $L_i$ never takes the logarithm of a probability that was rounded to 0. A model that knows nothing gives
// every class $1/10$, so its cost is $\ln 10 \approx 2.3026$: a good number to remember, since every training starts near it.

// %%
/// Mean cross-entropy of scores `(n, M)` for one-hot labels `(n, M)`.
fn cost(scores: &Matrix, one_hot: &Matrix) -> f64 {
    let mut total = 0.0;
    for (z, y) in scores.rows().into_iter().zip(one_hot.rows()) {
        let max = z.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
        let log_sum = z.mapv(|score| (score - max).exp()).sum().ln() + max;
        total += log_sum - z.dot(&y);
    }
    total / scores.nrows() as f64
}

// %%
let y = part_test.head(50).one_hot();
let ignorant = cost(&Matrix::zeros((50, 10)), &y);
println!("cost of a model that knows nothing: {ignorant:.6}, ln 10 = {:.6}", 10_f64.ln());
assert!((ignorant - 10_f64.ln()).abs() < 1e-12);

// %% [markdown]
// ## The gradient, and a tempting mistake
//
// Gradient descent needs $\partial J / \partial z_{im}$; the rest follows from the chain rule, since $z$ is linear in $W$ and $b$:
//
// $$\frac{\partial J}{\partial W} = X^\top \frac{\partial J}{\partial Z}, \qquad \frac{\partial J}{\partial b_m} = \sum_i \frac{\partial J}{\partial z_{im}}.$$
//
// For the softmax itself, the quotient rule gives two cases:
//
// $$\frac{\partial p_{m}}{\partial z_{l}} = \begin{cases} p_m (1 - p_m) & l = m,\\ -\,p_m\, p_l & l \ne m.\end{cases}$$
//
// It is easy to stop after the first. If a class's probability depended on its own score alone, then
//
// $$\frac{\partial L}{\partial z_m} = -\frac{\tilde y_m}{p_m}\; p_m (1 - p_m) = \tilde y_m p_m - \tilde y_m \qquad\text{(diagonal only: wrong)}.$$
//
// But raising one score lowers every *other* probability, through the denominator they share. With both cases, and
// $\sum_m \tilde y_m = 1$,
//
// $$\frac{\partial L}{\partial z_l} = -\sum_m \frac{\tilde y_m}{p_m}\frac{\partial p_m}{\partial z_l} = -\tilde y_l (1 - p_l) + \sum_{m \ne l} \tilde y_m p_l = p_l - \tilde y_l \qquad\text{(right)}.$$
//
// The two agree for the true class. For the nine others, the wrong one says 0, where the right one says $p_l$: it never learns to
// push a wrong class *down*.

// %%
/// `dJ/dZ` with the whole Jacobian of the softmax.
fn gradient_full(scores: &Matrix, one_hot: &Matrix) -> Matrix {
    (softmax(scores) - one_hot) / scores.nrows() as f64
}

/// `dJ/dZ` with the diagonal of the Jacobian only.
fn gradient_diagonal(scores: &Matrix, one_hot: &Matrix) -> Matrix {
    (one_hot * &softmax(scores) - one_hot) / scores.nrows() as f64
}

// %% [markdown]
// ### The check that tells them apart
//
// A derivative is a limit of quotients, so it can be measured without knowing any calculus: change one score a little to either
// side and see what the cost does,
//
// $$\frac{\partial J}{\partial z_{im}} \approx \frac{J(z_{im} + h) - J(z_{im} - h)}{2h}, \qquad h = 10^{-5}.$$
//
// The relative error $|a - b| / (|a| + |b|)$ of a correct gradient is about $10^{-7}$ or less, for it is limited by rounding only.
// A mistake shows as an error near 1.

// %%
fn numerical_gradient(scores: &Matrix, one_hot: &Matrix) -> Matrix {
    let h = 1e-5;
    let mut gradient = Matrix::zeros(scores.dim());
    let mut z = scores.clone();
    for i in 0..z.nrows() {
        for m in 0..z.ncols() {
            let before = z[[i, m]];
            z[[i, m]] = before + h;
            let above = cost(&z, one_hot);
            z[[i, m]] = before - h;
            let below = cost(&z, one_hot);
            z[[i, m]] = before;
            gradient[[i, m]] = (above - below) / (2.0 * h);
        }
    }
    gradient
}

fn relative_error(a: &Matrix, b: &Matrix) -> f64 {
    let error = |(a, b): (&f64, &f64)| (a - b).abs() / (a.abs() + b.abs()).max(1e-8);
    a.iter().zip(b).map(error).fold(0.0, f64::max)
}

// %%
let mut rng = RandomState::new(231);
let z = rng.randn((50, 10));
let measured = numerical_gradient(&z, &y);
let error_full = relative_error(&gradient_full(&z, &y), &measured);
let error_diagonal = relative_error(&gradient_diagonal(&z, &y), &measured);
println!("largest relative error, whole Jacobian: {error_full:.1e}");
println!("largest relative error, diagonal only:  {error_diagonal:.1e}");
assert!(error_full < 1e-6, "the right gradient agrees with the measured one");
assert!(error_diagonal > 0.5, "the wrong one does not, and by far");

// %% [markdown]
// `nnlib` has the same model, made fast: it reads the pictures as bytes, and computes scores, cost and gradient in one pass. It
// knows both gradients. Before we rely on it, it must agree with the functions above.

// %%
let few = part_train.head(500);
let model = SoftmaxRegression::new(784, 10, 0.02, &mut rng);
let scores = model.scores(few.to_f64().view());
let one_hot = few.one_hot();
println!("cost here {:.12}, in nnlib {:.12}", cost(&scores, &one_hot), model.evaluate(&few).cost);
for (gradient, dscores) in [
    (SoftmaxGradient::FullJacobian, gradient_full(&scores, &one_hot)),
    (SoftmaxGradient::DiagonalOnly, gradient_diagonal(&scores, &one_hot)),
] {
    let (_, gradients) = model.cost_and_gradients(&few, gradient);
    let dweights = few.to_f64().t().dot(&dscores);
    let difference = (&gradients.dweights - &dweights).iter().fold(0.0, |max: f64, d| max.max(d.abs()));
    println!("{gradient:?}: the gradients of the weights differ by {difference:.1e} at most");
    assert!(difference < 1e-12);
}

// %% [markdown]
// ## Part 1: all pictures at each step
//
// Each iteration computes the gradient $g$ on the whole training set and takes a step of length $\gamma$, the *learning rate*:
//
// $$W \leftarrow W - \gamma\, \frac{\partial J}{\partial W}, \qquad b \leftarrow b - \gamma\, \frac{\partial J}{\partial b}.$$
//
// Weights start as small random numbers from $N(0, 0.02)$, biases at 0. First the **wrong** gradient, with three learning rates.

// %%
fn percent(fractions: &[f64]) -> Vec<f64> {
    fractions.iter().map(|fraction| 100.0 * fraction).collect()
}

/// Cost and accuracy on the test set side by side, a curve a training, from one of its iterations on.
fn curves(title: &str, trainings: &[(&str, &History)], from: usize) -> plot::Figure {
    let mut cost = CurvePlot::new(&format!("Test cost, {title}")).y_label("cost J");
    let mut accuracy = CurvePlot::new(&format!("Test accuracy, {title}")).y_label("accuracy in %");
    for (label, history) in trainings {
        let iterations = &history.iterations[from..];
        cost = cost.curve(label, iterations, &history.test_cost[from..]);
        accuracy = accuracy.curve(label, iterations, &percent(&history.test_accuracy[from..]));
    }
    plot::side_by_side(&[&cost.x_label("iteration"), &accuracy.x_label("iteration")])
}

/// A fresh model, trained on all pictures of part 1 at each step.
fn train_with(
    rate: f64,
    num_iterations: usize,
    gradient: SoftmaxGradient,
    train: &ImageSet,
    test: &ImageSet,
) -> (SoftmaxRegression, History) {
    let mut model = SoftmaxRegression::new(784, 10, 0.02, &mut RandomState::new(0));
    let settings = FullBatch { learning_rate: rate, num_iterations, gradient, ..FullBatch::default() };
    let history = model.train_full_batch(train, test, &settings);
    let lowest = history.iteration_of_lowest_test_cost().unwrap_or(0);
    println!("rate {rate:<4} {gradient:?}: test {}; lowest cost at iteration {lowest}", model.evaluate(test));
    (model, history)
}

// %%
let wrong = SoftmaxGradient::DiagonalOnly;
let (wrong_1, wrong_history_1) = train_with(0.01, num_iterations, wrong, &part_train, &part_test);
let (wrong_2, wrong_history_2) = train_with(0.02, num_iterations, wrong, &part_train, &part_test);
let (wrong_3, wrong_history_3) = train_with(0.03, num_iterations, wrong, &part_train, &part_test);

// %%
curves("wrong gradient", &[
    ("rate 0.01", &wrong_history_1),
    ("rate 0.02", &wrong_history_2),
    ("rate 0.03", &wrong_history_3),
], 0)

// %% [markdown]
// It does learn, and to about 80 % at that. But look closer, at the same two curves after the first half.

// %%
let half = num_iterations / 2;
curves("wrong gradient", &[("rate 0.02", &wrong_history_2), ("rate 0.03", &wrong_history_3)], half)

// %% [markdown]
// At rate 0.03 the cost has passed a minimum and **rises again**. The training cost does the same, as the cell after the next
// counts: the very quantity that gradient descent is meant to lower. A step along the true gradient, if it is small enough,
// never raises the training cost; so such a curve alone proves that something is wrong. Now the right gradient, everything else
// unchanged.

// %%
let right = SoftmaxGradient::FullJacobian;
let (right_1, right_history_1) = train_with(0.01, num_iterations, right, &part_train, &part_test);
let (right_2, right_history_2) = train_with(0.02, num_iterations, right, &part_train, &part_test);
let (right_3, right_history_3) = train_with(0.03, num_iterations, right, &part_train, &part_test);

// %%
curves("right gradient", &[
    ("rate 0.01", &right_history_1),
    ("rate 0.02", &right_history_2),
    ("rate 0.03", &right_history_3),
], 0)

// %%
/// How many steps raised the cost.
fn count_rises(costs: &[f64]) -> usize {
    costs.windows(2).filter(|pair| pair[1] > pair[0]).count()
}

let wrong_rises = count_rises(&wrong_history_3.train_cost);
let right_rises = count_rises(&right_history_3.train_cost);
println!("steps that raised the training cost at rate 0.03:");
println!("wrong gradient {wrong_rises}, right gradient {right_rises}");
assert!(wrong_rises > 0);
assert_eq!(right_rises, 0, "small steps along the true gradient only go down");
let gain = right_history_3.test_accuracy.last().unwrap() - wrong_history_3.test_accuracy.last().unwrap();
println!("the right gradient is better by {:.1} points", 100.0 * gain);
assert!(gain > 0.01);

// %% [markdown]
// With the right gradient the rate may be much larger. At 0.5, the model reaches in a few hundred iterations what it would not
// have reached in thousands before; on the real MNIST, with the full settings, it passes 92 %.

// %%
let (best, best_history) = train_with(0.5, num_iterations, right, &part_train, &part_test);
let cost_plot = CurvePlot::new("Cost, right gradient, rate 0.5")
    .x_label("iteration")
    .y_label("cost J")
    .curve("train", &best_history.iterations, &best_history.train_cost)
    .curve("test", &best_history.iterations, &best_history.test_cost);
let accuracy_plot = CurvePlot::new("Accuracy, right gradient, rate 0.5")
    .x_label("iteration")
    .y_label("accuracy in %")
    .curve("train", &best_history.iterations, &percent(&best_history.train_accuracy))
    .curve("test", &best_history.iterations, &percent(&best_history.test_accuracy));
plot::side_by_side(&[&cost_plot, &accuracy_plot])

// %% [markdown]
// ### What the weights look like
//
// A column of $W$ has as many numbers as a picture has pixels, so it can be drawn as one: the *template* that a class compares a
// picture with. Red pixels speak for the class, blue ones against it, white ones say nothing. First the weights that the wrong
// gradient has learned, then the right ones.

// %%
/// The ten templates of a model, each under its digit.
fn templates(model: &SoftmaxRegression, title: &str) -> ImageGrid {
    let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    ImageGrid::templates(&model.weights, 28, 28).titles(&digits).columns(5).title(title)
}

templates(&wrong_3, "Weight templates, wrong gradient, rate 0.03")

// %%
templates(&right_3, "Weight templates, right gradient, rate 0.03")

// %% [markdown]
// The wrong gradient has drawn, for each class, little more than the average picture of that class: easy to read, and nearly all
// red, since nothing ever told a class where there must be *no* ink. The right one knows both: a 0 wants a ring of ink **and** an
// empty middle, a 1 wants ink in the middle and none beside it. That is where its better accuracy comes from.
//
// ## Part 2: a few pictures at each step
//
// The gradient on a random handful of pictures points, on average, the same way as the gradient on all of them, and costs a
// fraction. That is *stochastic gradient descent*: noisier, and much cheaper a step. To settle down in the noise, the learning
// rate falls along a line, from $\gamma_0$ to 1 % of it, and then stays:
//
// $$\gamma_t = \Big(1 - \frac t\tau\Big)\gamma_0 + \frac t\tau\, \gamma_\tau \quad (t < \tau), \qquad \gamma_t = \gamma_\tau \quad (t \ge \tau).$$
//
// We start again from $\gamma_0 = 0.01$ in each epoch, with $\tau$ five steps short of the epoch's end, and weights from
// $N(0, 0.01)$. Steps are cheap, so this part uses all training pictures. Cost and accuracy are measured every fifth step: on the
// step's own batch, and on the test pictures.

// %%
/// A fresh model, trained on `batch_size` pictures at each step.
fn train_batches(
    batch_size: usize,
    num_epochs: usize,
    gradient: SoftmaxGradient,
    train: &ImageSet,
    test: &ImageSet,
) -> (SoftmaxRegression, History) {
    let steps = train.len() / batch_size;
    let settings = MiniBatch {
        batch_size,
        num_epochs,
        learning_rate: LinearDecay { initial: 0.01, last: 0.0001, num_steps: steps.saturating_sub(5).max(1) },
        gradient,
        evaluate_every: 5,
        ..MiniBatch::default()
    };
    let mut rng = RandomState::new(0);
    let mut model = SoftmaxRegression::new(784, 10, 0.01, &mut rng);
    let history = model.train_mini_batch(train, test, &settings, &mut rng);
    println!("batches of {batch_size:<4} {gradient:?}: test {}", model.evaluate(test));
    (model, history)
}

// %%
let (batch_150, history_150) = train_batches(150, num_epochs, right, &train, &part_test);
let (batch_1500, history_1500) = train_batches(1500, num_epochs, right, &train, &part_test);
let (wrong_150, wrong_history_150) = train_batches(150, num_epochs, wrong, &train, &part_test);
let (wrong_1500, wrong_history_1500) = train_batches(1500, num_epochs, wrong, &train, &part_test);

// %% [markdown]
// The same number of epochs is ten times as many steps for the smaller batches, so they get further. The price is visible below:
// the cost of a batch of 150 jumps about, since each batch is another handful of pictures.

// %%
fn batch_plot(title: &str, history: &History) -> CurvePlot {
    CurvePlot::new(title)
        .x_label("iteration")
        .y_label("cost J")
        .curve("train (batch)", &history.iterations, &history.train_cost)
        .curve("test", &history.iterations, &history.test_cost)
}

plot::side_by_side(&[&batch_plot("Batches of 150", &history_150), &batch_plot("Batches of 1500", &history_1500)])

// %%
curves("mini-batches", &[
    ("150", &history_150),
    ("1500", &history_1500),
    ("150, wrong", &wrong_history_150),
    ("1500, wrong", &wrong_history_1500),
], 0)

// %% [markdown]
// ## What the model gets wrong
//
// A linear model has one template a class. Where people write a digit in two ways, the template is a compromise, and some
// pictures fall between two of them.

// %%
let predicted = best.predict(&test);
let mistakes: Vec<usize> = (0..test.len()).filter(|&i| predicted[i] != test.labels()[i]).take(20).collect();
let titles: Vec<String> = mistakes.iter().map(|&i| format!("{} as {}", test.labels()[i], predicted[i])).collect();
println!("on all {} test pictures: {}", test.len(), best.evaluate(&test));
gallery(&test.subset(&mistakes), &titles, "Twenty mistakes: a digit, and what it was taken for")

// %% [markdown]
// ## What was learned
//
// | | wrong gradient | right gradient |
// |---|---|---|
// | gradient check | relative error near 1 | below $10^{-6}$ |
// | training cost at rate 0.03 | falls, then rises | only falls |
// | templates | where ink may be | where ink must be, and where there must be none |
//
// A program that runs, and learns something, can still be wrong. The gradient check takes a second; use it on everything you
// differentiate by hand.
//
// Last, templates once more. Those of the most accurate model, after 1500 steps of the large rate 0.5, look *less* like digits
// than any above: its weights also tell apart rare cases, pixel by pixel.

// %%
templates(&best, "Weight templates, right gradient, rate 0.5")

// %% [markdown]
// And those of the model that took the fewest and smallest steps, in batches of 1500: less accurate, and the clearest picture of
// what the model looks for.

// %%
templates(&batch_1500, "Weight templates, right gradient, batches of 1500")
