// %% [markdown]
// # Softmax regression, from the formula to the picture
//
// A linear model looks at a picture of a digit and says which of the ten it is. In this notebook you
//
// 1. write down the model, its cost and its gradient, and test each before it is used;
// 2. meet a gradient that is *wrong*, that trains all the same, and that a three-line check gives away;
// 3. train with all pictures at each step, and watch cost, accuracy and the learned weights;
// 4. train with a few pictures at each step, and a learning rate that falls;
// 5. put layers before the linear model, and pass what it can do.
//
// There are 9 questions, worth 20 points. A cell to fill in says `todo!`: replace that by your code, and run the cell with
// **Shift + Enter**. The cell below it tests your answer and gives a hint if it is not right yet. Variables and functions stay for
// the cells below. If Rust is new to you, the primer `notebooks/README.md` has all of it that is needed here.

// %%
use nnlib::prelude::*;

// %% [markdown]
// ## The data
//
// Pictures of handwritten digits, 28 x 28 pixels, a byte each: 0 is the paper, 255 the ink. A picture is *flattened*, row by
// row, into a vector of $D = 784$ numbers from 0 to 1; a set of $N$ pictures is a matrix with a row for each.
//
// The digits come from the folder that `NNLIB_DATA` names: `mnist/Train/7/*.png` and so on, a folder of PNG files for each digit, or
// the four files in which MNIST is published. Without any, the notebook draws its own digits. They are no replacement for the real
// MNIST, only like it in size and difficulty. The line below says which of the two you have.

// %% nbgrader={"grade": false, "grade_id": "load_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
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
// How long may this take? By default the notebook keeps to a small budget: two minutes altogether, with a part of the pictures. Start
// Jupyter with the environment variable `NNLIB_FULL=1` for the full settings: all pictures, 3000 iterations, 300 epochs.

// %% nbgrader={"grade": false, "grade_id": "budget", "locked": true, "schema_version": 3, "solution": false, "task": false}
let budget = Budget::from_environment();
println!("{budget}");
// Part 1: pictures to train and to test on, and how many steps are taken.
let (num_train, num_test, num_iterations): (usize, usize, usize) = match budget {
    Budget::Short => (6_000, 1_500, 1500),
    Budget::Full => (train.len(), test.len(), 3000),
    Budget::Grade => (1_000, 500, 150),
};
// Part 2: how often there are as many steps as batches in the training set.
let num_epochs: usize = match budget {
    Budget::Short => 30,
    Budget::Full => 300,
    Budget::Grade => 1,
};
let mut rng = RandomState::new(0);
let part_train = train.subset(&rng.choice(train.len(), num_train.min(train.len()), false));
let part_test = test.subset(&rng.choice(test.len(), num_test.min(test.len()), false));
println!("part 1: {part_train:?}, {num_iterations} iterations");

// %% [markdown]
// ## The model
//
// For picture $i$ and class $m$, a linear model gives the *score*
//
// $$z_{im} = \sum_{j=1}^{D} x_{ij}\, w_{jm} + b_m \qquad\text{or, for all pictures at once,}\qquad Z = X W + b,$$
//
// with weights $W$ of shape `(784, 10)`, a column for each class, and a bias $b_m$ for each class. Here it is, with small random
// numbers from $N(0, \sigma)$ for weights, and biases of 0. `set.dot(&w)` is the product of a set's pixels with a matrix; it reads the
// pixels as the bytes they are.

// %% nbgrader={"grade": false, "grade_id": "linear_model", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// Weights, `(784, 10)`, and biases, `(10,)`.
#[derive(Clone)]
struct Linear {
    weights: Matrix,
    bias: Vector,
}

impl Linear {
    /// Weights drawn from a normal distribution with this standard deviation, biases of 0.
    fn new(weight_scale: f64, rng: &mut RandomState) -> Linear {
        let by_class = rng.normal(0.0, weight_scale, (10, 784));
        Linear { weights: by_class.reversed_axes(), bias: Vector::zeros(10) }
    }

    /// `X W + b`: the scores of each picture, `(N, 10)`.
    fn scores(&self, set: &ImageSet) -> Matrix {
        set.dot(&self.weights) + &self.bias
    }
}

// %% [markdown]
// **Question 1 (2 points).** The *softmax* turns the ten scores of a picture into ten probabilities:
//
// $$p_{im} = \frac{e^{z_{im}}}{\sum_{l=1}^{M} e^{z_{il}}}.$$
//
// Taken literally, the formula breaks: $e^{1000}$ is more than a 64-bit number can hold. But a constant added to all scores of a
// picture cancels between numerator and denominator, so the largest score of the row can be subtracted first. Then the largest
// exponent is $e^0 = 1$, and the sum is at least 1. Write `softmax` so.
//
// Useful: `scores.clone()`; `for mut row in p.rows_mut()` visits the rows; `row.fold(start, |so_far, &value| ...)` goes through a row;
// `row.mapv_inplace(|value| ...)` changes each entry; `row.sum()`; `row /= number`.

// %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Probabilities `(N, M)` from scores `(N, M)`: each row sums to 1.
fn softmax(scores: &Matrix) -> Matrix {
    // BEGIN SOLUTION the probabilities of each row, with the row's largest score subtracted before the exponential
    let mut p = scores.clone();
    for mut row in p.rows_mut() {
        let max = row.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
        row.mapv_inplace(|score| (score - max).exp());
        let sum = row.sum();
        row /= sum;
    }
    p
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_softmax", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
println!("Testing softmax:");
let p = softmax(&array![[1.0, 2.0, 3.0], [1000.0, 1001.0, 1002.0]]);
println!("{p:.4}");
assert!(p.iter().all(|value| value.is_finite()), "a score of 1000 must not overflow: subtract the row's largest score");
let expected = array![0.09003057317038046, 0.24472847105479764, 0.6652409557748218];
expect_at_most(
    "difference",
    (&p - &expected).iter().fold(0.0, |max: f64, d| max.max(d.abs())),
    1e-12,
    "Each row is exp(score) divided by the sum over its own row, not over a column or the whole matrix.",
);
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    probe("softmax/ordinary/few", &softmax(&rng.randn((3, 10))));
    probe("softmax/ordinary/square", &softmax(&(3.0 * rng.randn((4, 4)))));
    probe("softmax/ordinary/one_row", &softmax(&(5.0 * rng.randn((1, 4)))));
    // Beyond the range of `exp`, on either side, and both in one matrix.
    probe("softmax/large/positive", &softmax(&(9.0 * rng.randn((6, 3)) + 900.0)));
    probe("softmax/large/negative", &softmax(&(rng.randn((2, 5)) - 900.0)));
    let apart = rng.randn((3, 4)) + &array![[1000.0], [0.0], [-1000.0]];
    probe("softmax/large/rows_apart", &softmax(&apart));
}
// END HIDDEN TESTS

// %% [markdown]
// **Question 2 (2 points).** Let $y_i$ be the true class of picture $i$, and $\tilde y_{im}$ its *one-hot* form: 1 where $m = y_i$,
// else 0. The loss of a picture is how surprised the model is by the truth, and the cost is the mean loss:
//
// $$L_i = -\sum_{m} \tilde y_{im} \ln p_{im} = \ln\Big(\sum_l e^{z_{il}}\Big) - z_{i y_i}, \qquad J = \frac1N \sum_i L_i.$$
//
// The second form of $L_i$ never takes the logarithm of a probability that was rounded to 0; with the largest score $z^*$ of the row,
// $\ln \sum_l e^{z_l} = z^* + \ln \sum_l e^{z_l - z^*}$, it does not overflow either. Write `cost` so.
//
// A model that knows nothing gives every class $1/10$, so its cost is $\ln 10 \approx 2.3026$: a good number to remember, since every
// training starts near it.
//
// Useful: `for (z, y) in scores.rows().into_iter().zip(one_hot.rows())` visits the rows of both; `z.dot(&y)` is the sum of products;
// `z.mapv(|value| ...)` makes a new row; `.ln()`; `scores.nrows() as f64`.

// %% nbgrader={"grade": false, "grade_id": "cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Mean cross-entropy of scores `(N, M)` for one-hot labels `(N, M)`.
fn cost(scores: &Matrix, one_hot: &Matrix) -> f64 {
    // BEGIN SOLUTION the mean over all rows of ln(sum of exp(scores)) - score of the true class
    let mut total = 0.0;
    for (z, y) in scores.rows().into_iter().zip(one_hot.rows()) {
        let max = z.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
        let log_sum = z.mapv(|score| (score - max).exp()).sum().ln() + max;
        total += log_sum - z.dot(&y);
    }
    total / scores.nrows() as f64
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_cost", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
println!("Testing cost:");
let y = part_test.head(50).one_hot();
let ignorant = cost(&Matrix::zeros((50, 10)), &y);
println!("a model that knows nothing: {ignorant:.6}, ln 10 = {:.6}", 10_f64.ln());
expect_at_most("difference", (ignorant - 10_f64.ln()).abs(), 1e-12, "The cost is a mean: divide by the number of rows.");
let sure = cost(&(1000.0 * &y), &y);
expect_at_most("cost of a model that is sure and right", sure, 1e-12, "exp(1000) overflows: subtract the row's largest score first.");
let mistaken = cost(&(-1000.0 * &y), &y);
expect_at_most(
    "difference for a model that is sure and wrong",
    (mistaken - 1000.0 - 9_f64.ln()).abs(),
    1e-9,
    "ln(p) of a p that was rounded to 0 is infinite: use the second form of the loss.",
);
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, rows, columns, scale, shift) in [
        ("ordinary/few", 7, 10, 1.0, 0.0),
        ("ordinary/square", 4, 4, 3.0, 0.0),
        ("ordinary/one_row", 1, 3, 5.0, 0.0),
        ("large/positive", 5, 4, 9.0, 900.0),
        ("large/negative", 5, 4, 2.0, -900.0),
        ("large/mistaken", 12, 4, 800.0, 0.0),
    ] {
        let labels = rng.randint(0, columns as i64, rows).mapv(|label| label as usize);
        let scores = scale * rng.randn((rows, columns)) + shift;
        probe(&format!("cost/{name}"), &cost(&scores, &one_hot_f64(&labels, columns)));
    }
}
// END HIDDEN TESTS

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

// %% nbgrader={"grade": false, "grade_id": "gradient_diagonal", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// `dJ/dZ` with the diagonal of the Jacobian only.
fn gradient_diagonal(scores: &Matrix, one_hot: &Matrix) -> Matrix {
    (one_hot * &softmax(scores) - one_hot) / scores.nrows() as f64
}

// %% [markdown]
// **Question 3 (3 points).** But raising one score lowers every *other* probability, through the denominator they share. Put both cases
// into
//
// $$\frac{\partial L}{\partial z_l} = -\sum_m \frac{\tilde y_m}{p_m}\frac{\partial p_m}{\partial z_l},$$
//
// use $\sum_m \tilde y_m = 1$, and you get a formula shorter than the wrong one. Write it as `gradient_full`, for the mean over all
// pictures.

// %% nbgrader={"grade": false, "grade_id": "gradient_full", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// `dJ/dZ`, `(N, M)`, with the whole Jacobian of the softmax.
fn gradient_full(scores: &Matrix, one_hot: &Matrix) -> Matrix {
    // BEGIN SOLUTION the gradient of the mean cross-entropy with respect to the scores
    (softmax(scores) - one_hot) / scores.nrows() as f64
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_gradient_full", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
println!("Testing gradient_full:");
let dz = gradient_full(&array![[0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, -2.0]], &array![[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]);
println!("{dz:.4}");
let row_sums = dz.sum_axis(Axis(1)).mapv(f64::abs).sum();
expect_at_most("sums of the rows", row_sums, 1e-12, "The probabilities of a row sum to 1, and so do its one-hot labels: what is their difference?");
expect_at_most("difference at equal scores", (dz[[0, 0]] - 0.125).abs(), 1e-12, "Each of 4 classes has p = 1/4, and the cost is a mean over 2 rows.");
assert!(dz[[0, 1]] < 0.0, "raising the score of the true class lowers the cost, so its gradient is negative: check the sign");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, rows, columns, scale, shift) in [
        ("ordinary/few", 5, 10, 1.0, 0.0),
        ("ordinary/square", 4, 4, 2.0, 0.0),
        ("ordinary/one_row", 1, 3, 3.0, 0.0),
        ("large/positive", 9, 4, 3.0, 900.0),
        ("large/negative", 3, 5, 2.0, -900.0),
    ] {
        let labels = rng.randint(0, columns as i64, rows).mapv(|label| label as usize);
        let scores = scale * rng.randn((rows, columns)) + shift;
        probe(&format!("gradient_full/{name}"), &gradient_full(&scores, &one_hot_f64(&labels, columns)));
    }
}
// END HIDDEN TESTS

// %% [markdown]
// For the true class, both gradients say $p - 1$. For the nine others, the wrong one says 0, where the right one says $p_l$: it never
// learns to push a wrong class *down*.
//
// ### The check that tells them apart
//
// **Question 4 (2 points).** A derivative is a limit of quotients, so it can be measured without knowing any calculus: change one score
// a little to either side and see what the cost does,
//
// $$\frac{\partial J}{\partial z_{im}} \approx \frac{J(z_{im} + h) - J(z_{im} - h)}{2h}, \qquad h = 10^{-5}.$$
//
// Write `numerical_gradient`, which measures every entry so. Put each score back before you go on to the next.

// %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// `dJ/dZ`, `(N, M)`, measured by central differences with step `h`.
fn numerical_gradient(scores: &Matrix, one_hot: &Matrix, h: f64) -> Matrix {
    // BEGIN SOLUTION for each entry, (cost with the entry plus h - cost with the entry minus h) / (2 h)
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
    // END SOLUTION
}

// %% [markdown]
// The relative error $|a - b| / (|a| + |b|)$ of a correct gradient is about $10^{-7}$ or less, for it is limited by rounding only. A
// mistake shows as an error near 1. `rel_error` finds the largest of all entries.

// %% nbgrader={"grade": true, "grade_id": "test_numerical_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
println!("Testing numerical_gradient:");
let mut rng = RandomState::new(231);
let z = rng.randn((50, 10));
let measured = numerical_gradient(&z, &y, 1e-5);
let error_full = rel_error(&gradient_full(&z, &y).into_dyn(), &measured.clone().into_dyn());
let error_diagonal = rel_error(&gradient_diagonal(&z, &y).into_dyn(), &measured.clone().into_dyn());
expect_at_most(
    "largest relative error, whole Jacobian",
    error_full,
    1e-6,
    "Is the difference divided by 2 h, and each score put back before the next is changed?",
);
expect_at_least("largest relative error, diagonal only", error_diagonal, 0.5, "The wrong gradient must not pass.");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    // So coarse that what rounding leaves of a difference does not matter, and that a difference to one side only shows.
    for (name, rows, columns, h) in [("fine", 4, 5, 0.01), ("coarse", 3, 3, 0.5)] {
        let labels = rng.randint(0, columns as i64, rows).mapv(|label| label as usize);
        let gradient = numerical_gradient(&rng.randn((rows, columns)), &one_hot_f64(&labels, columns), h);
        probe(&format!("numerical_gradient/{name}"), &gradient);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ## Part 1: all pictures at each step
//
// Each iteration computes the gradient on the whole training set and takes a step of length $\gamma$, the *learning rate*:
//
// $$W \leftarrow W - \gamma\, \frac{\partial J}{\partial W}, \qquad b \leftarrow b - \gamma\, \frac{\partial J}{\partial b}.$$
//
// **Question 5 (3 points).** Write `step`. It takes the gradient with respect to the scores as an argument, `gradient`: a function, which you
// call as `gradient(&scores, targets)`. So the same `step` follows the right one and the wrong one.
//
// Useful: `set.t_dot(&dscores)` is $X^\top$ times a matrix; `m.sum_axis(Axis(0))` sums over the rows; `w.scaled_add(factor, &other)` adds
// `factor * other` to `w` in place; `measure(&scores, targets)`, below, gives cost and accuracy.

// %% nbgrader={"grade": false, "grade_id": "measure", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// A function from scores and one-hot labels to `dJ/dZ`.
type ScoreGradient = fn(&Matrix, &Matrix) -> Matrix;

/// Cost and accuracy of scores `(N, M)` for one-hot labels `(N, M)`.
fn measure(scores: &Matrix, targets: &Matrix) -> Evaluation {
    let guessed = metrics::predicted_classes(&scores.clone().into_dyn());
    let right = guessed.iter().enumerate().filter(|&(i, &class)| targets[[i, class]] == 1.0).count();
    Evaluation { cost: cost(scores, targets), accuracy: right as f64 / scores.nrows() as f64 }
}

// %% nbgrader={"grade": false, "grade_id": "step", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Takes one step along the gradient on all pictures of `set`; returns cost and accuracy as they were before it.
fn step(model: &mut Linear, set: &ImageSet, targets: &Matrix, learning_rate: f64, gradient: ScoreGradient) -> Evaluation {
    // BEGIN SOLUTION scores, their gradient, the gradients of weights and bias, and the step; then what `measure` says of the scores
    let scores = model.scores(set);
    let dscores = gradient(&scores, targets);
    model.weights.scaled_add(-learning_rate, &set.t_dot(&dscores));
    model.bias.scaled_add(-learning_rate, &dscores.sum_axis(Axis(0)));
    measure(&scores, targets)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_step", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
println!("Testing step:");
let few = part_train.head(200);
let mut model = Linear::new(0.02, &mut RandomState::new(3));
let (start_weights, start_bias) = (model.weights.clone(), model.bias.clone());
let before = step(&mut model, &few, &few.one_hot(), 0.1, gradient_full);
println!("before the step: {before}");
let dscores = gradient_full(&(few.to_f64().dot(&start_weights) + &start_bias), &few.one_hot());
let dweights = few.to_f64().t().dot(&dscores);
let taken = (&start_weights - &model.weights) / 0.1;
expect_at_most(
    "dW error",
    (&taken - &dweights).iter().fold(0.0, |max: f64, d| max.max(d.abs())),
    1e-10,
    "dJ/dW is the transposed pixels times dJ/dZ, and the step goes against it.",
);
let taken = (&start_bias - &model.bias) / 0.1;
expect_at_most(
    "db error",
    (&taken - &dscores.sum_axis(Axis(0))).iter().fold(0.0, |max: f64, d| max.max(d.abs())),
    1e-10,
    "dJ/db is the sum of dJ/dZ over the pictures.",
);
let after = measure(&model.scores(&few), &few.one_hot());
println!("after it:        {after}");
assert!(after.cost < before.cost, "a small step along the gradient lowers the cost; what `step` returns is measured before it");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let pictures = |rng: &mut RandomState, count: usize| {
        let pixels = rng.randint(0, 256, count * 784).mapv(|pixel| pixel as u8);
        let labels = rng.randint(0, 10, count).mapv(|label| label as u8);
        ImageSet::new(pixels.into_shape_with_order((count, 784)).unwrap(), labels, 28, 28)
    };
    // The step follows the gradient that it is given, the wrong one too.
    for (name, count, rate, gradient) in [
        ("right_gradient/few", 7, 0.3, gradient_full as ScoreGradient),
        ("right_gradient/many", 64, 1.5, gradient_full),
        ("wrong_gradient/one", 1, 0.05, gradient_diagonal),
        ("wrong_gradient/many", 20, 0.7, gradient_diagonal),
    ] {
        let set = pictures(&mut rng, count);
        let mut model = Linear::new(0.1, &mut rng);
        model.bias = rng.randn(10);
        let before = step(&mut model, &set, &set.one_hot(), rate, gradient);
        probe(&format!("step/{name}/cost"), &before.cost);
        probe(&format!("step/{name}/accuracy"), &before.accuracy);
        probe(&format!("step/{name}/weights"), &model.weights);
        probe(&format!("step/{name}/bias"), &model.bias);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// First the **wrong** gradient, with three learning rates. Every step is measured: on the training pictures before it, on the test
// pictures after it.

// %%
fn percent(fractions: &[f64]) -> Vec<f64> {
    fractions.iter().map(|fraction| 100.0 * fraction).collect()
}

/// Cost and accuracy on the test set side by side, a curve a training, from one of its measurements on.
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

/// A fresh model, trained on all pictures of `train` at each step.
fn train_with(
    rate: f64,
    num_iterations: usize,
    gradient: ScoreGradient,
    train: &ImageSet,
    test: &ImageSet,
) -> (Linear, History) {
    let mut model = Linear::new(0.02, &mut RandomState::new(0));
    let (targets, test_targets) = (train.one_hot(), test.one_hot());
    let mut history = History::default();
    for iteration in 1..=num_iterations {
        let before = step(&mut model, train, &targets, rate, gradient);
        history.push(iteration, before, measure(&model.scores(test), &test_targets));
    }
    let lowest = history.iteration_of_lowest_test_cost().unwrap_or(0);
    println!("rate {rate:<4}: test {}; lowest cost at iteration {lowest}", measure(&model.scores(test), &test_targets));
    (model, history)
}

// %%
let (wrong_1, wrong_history_1) = train_with(0.01, num_iterations, gradient_diagonal, &part_train, &part_test);
let (wrong_2, wrong_history_2) = train_with(0.02, num_iterations, gradient_diagonal, &part_train, &part_test);
let (wrong_3, wrong_history_3) = train_with(0.03, num_iterations, gradient_diagonal, &part_train, &part_test);

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
let (right_1, right_history_1) = train_with(0.01, num_iterations, gradient_full, &part_train, &part_test);
let (right_2, right_history_2) = train_with(0.02, num_iterations, gradient_full, &part_train, &part_test);
let (right_3, right_history_3) = train_with(0.03, num_iterations, gradient_full, &part_train, &part_test);

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
println!("steps that raised the training cost at rate 0.03: wrong gradient {wrong_rises}, right gradient {right_rises}");
assert_eq!(right_rises, 0, "small steps along the true gradient only go down");
let gain = right_history_3.test_accuracy.last().unwrap() - wrong_history_3.test_accuracy.last().unwrap();
println!("the right gradient is better by {:.1} points", 100.0 * gain);

// %% [markdown]
// **Question 6 (1 point).** The wrong gradient is no gradient of anything, and yet the model learns. In two or three sentences: what do its
// steps do to the score of the true class, what to the scores of the others, and why does the cost rise in the end?

// %% [markdown] nbgrader={"grade": true, "grade_id": "why_it_learns", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
// <!-- BEGIN SOLUTION -->
// Its steps raise the score of the true class, as they should, by $1 - p$; the scores of all other classes are left alone. Raising the
// right score is enough to get many pictures right. But a class is pushed up by its own pictures only, and by no picture pushed down:
// what many digits have in common raises all their classes together, until pictures near a border fall on the wrong side, more and more
// surely, and the cost of those outweighs what is gained on the others.
// <!-- END SOLUTION -->

// %% [markdown]
// With the right gradient the rate may be much larger. At 0.5, the model reaches in a few hundred iterations what it would not
// have reached in thousands before; on the real MNIST, with the full settings, it passes 92 %.

// %%
let (best, best_history) = train_with(0.5, num_iterations, gradient_full, &part_train, &part_test);
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
fn templates(model: &Linear, title: &str) -> ImageGrid {
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
// step's own batch, and on the test pictures. The step is your own: a batch is a set of pictures like any other.

// %%
/// The pictures of each step of an epoch: shuffled, then drawn with replacement.
fn draw_batches(count: usize, batch_size: usize, rng: &mut RandomState) -> Vec<Vec<usize>> {
    let order = rng.permutation(count);
    let mut draw = || -> Vec<usize> {
        let drawn = rng.randint(0, count as i64, batch_size);
        drawn.iter().map(|&index| order[index as usize]).collect()
    };
    (0..count / batch_size).map(|_| draw()).collect()
}

/// A fresh model, trained on `batch_size` pictures at each step.
fn train_batches(
    batch_size: usize,
    num_epochs: usize,
    gradient: ScoreGradient,
    train: &ImageSet,
    test: &ImageSet,
) -> (Linear, History) {
    let num_steps = (train.len() / batch_size).saturating_sub(5).max(1);
    let schedule = LinearDecay { initial: 0.01, last: 0.0001, num_steps };
    let mut rng = RandomState::new(0);
    let mut model = Linear::new(0.01, &mut rng);
    let (targets, test_targets) = (train.one_hot(), test.one_hot());
    let mut history = History::default();
    let mut iteration = 0;
    for _epoch in 0..num_epochs {
        for (number, batch) in draw_batches(train.len(), batch_size, &mut rng).iter().enumerate() {
            let targets = targets.select(Axis(0), batch);
            let before = step(&mut model, &train.subset(batch), &targets, schedule.rate(number), gradient);
            if iteration % 5 == 0 {
                history.push(iteration, before, measure(&model.scores(test), &test_targets));
            }
            iteration += 1;
        }
    }
    println!("batches of {batch_size:<4}: test {}", measure(&model.scores(test), &test_targets));
    (model, history)
}

// %%
println!("right gradient");
let (batch_150, history_150) = train_batches(150, num_epochs, gradient_full, &train, &part_test);
let (batch_1500, history_1500) = train_batches(1500, num_epochs, gradient_full, &train, &part_test);
println!("wrong gradient");
let (wrong_150, wrong_history_150) = train_batches(150, num_epochs, gradient_diagonal, &train, &part_test);
let (wrong_1500, wrong_history_1500) = train_batches(1500, num_epochs, gradient_diagonal, &train, &part_test);

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
// ### What the model gets wrong
//
// A linear model has one template a class. Where people write a digit in two ways, the template is a compromise, and some
// pictures fall between two of them.

// %%
println!("on all {} test pictures: {}", test.len(), measure(&best.scores(&test), &test.one_hot()));
let predicted = metrics::predicted_classes(&best.scores(&test).into_dyn());
let mistakes: Vec<usize> =
    (0..test.len()).filter(|&i| predicted[i] != usize::from(test.labels()[i])).take(20).collect();
let titles: Vec<String> = mistakes.iter().map(|&i| format!("{} as {}", test.labels()[i], predicted[i])).collect();
gallery(&test.subset(&mistakes), &titles, "Twenty mistakes: a digit, and what it was taken for")

// %% [markdown]
// ## Part 3: layers before the linear model
//
// A linear model can only weigh pixels. If another layer comes before it, the linear model weighs what that layer has found: strokes,
// corners, curves. Layer $l$ of $L$ takes the *activations* $a^{(l-1)}$ of the layer before, with $a^{(0)} = x$ the pixels:
//
// $$z^{(l)} = a^{(l-1)} W^{(l)} + b^{(l)}, \qquad a^{(l)} = \max(0, z^{(l)}) \quad (l < L), \qquad \text{scores} = z^{(L)}.$$
//
// Without the *rectifier* $\max(0, \cdot)$, all layers together would be linear again, and no better than one.

// %% nbgrader={"grade": false, "grade_id": "layered_net", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The weights, `(inputs, units)`, and the biases, `(units,)`, of each layer.
#[derive(Clone)]
struct LayeredModel {
    weights: Vec<Matrix>,
    biases: Vec<Vector>,
}

impl LayeredModel {
    /// Layers of these sizes: `&[784, 100, 10]` has two. Weights from a normal distribution, biases of 0.
    fn new(sizes: &[usize], weight_scale: f64, rng: &mut RandomState) -> LayeredModel {
        let mut draw = |pair: &[usize]| rng.normal(0.0, weight_scale, (pair[1], pair[0])).reversed_axes();
        LayeredModel {
            weights: sizes.windows(2).map(|pair| draw(pair).as_standard_layout().into_owned()).collect(),
            biases: sizes[1..].iter().map(|&units| Vector::zeros(units)).collect(),
        }
    }
}

// %% [markdown]
// **Question 7 (3 points).** Write `forward`: the activations of every layer, from the input itself to the scores. The backward pass will need
// them all. Mind that the last layer has no rectifier.
//
// Useful: `let mut activations = vec![x.clone()];`, `activations.push(...)`, `activations[layer]`; `a.dot(w) + b`; `z.mapv(|z| ...)`;
// `z.max(0.0)` for a number `z`.

// %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The input `x`, `(N, D)`, the output of each hidden layer after its rectifier, and the scores, `(N, M)`: L + 1 matrices.
fn forward(model: &LayeredModel, x: &Matrix) -> Vec<Matrix> {
    // BEGIN SOLUTION a list that begins with x; for each layer, a . W + b, rectified except in the last
    let num_layers = model.weights.len();
    let mut activations = vec![x.clone()];
    for layer in 0..num_layers {
        let z = activations[layer].dot(&model.weights[layer]) + &model.biases[layer];
        activations.push(if layer + 1 < num_layers { z.mapv(|z| z.max(0.0)) } else { z });
    }
    activations
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
println!("Testing forward:");
let tiny = LayeredModel {
    weights: vec![array![[1.0, -1.0], [2.0, 1.0]], array![[1.0, 0.0, 2.0], [-3.0, 1.0, 1.0]]],
    biases: vec![array![0.5, -0.5], array![0.0, 1.0, -20.0]],
};
let activations = forward(&tiny, &array![[1.0, 2.0], [-1.0, 0.25]]);
assert_eq!(activations.len(), 3, "the input, one hidden layer, and the scores");
println!("hidden layer: {:.2}\nscores: {:.2}", activations[1], activations[2]);
let hidden_error = (&activations[1] - &array![[5.5, 0.5], [0.0, 0.75]]).mapv(f64::abs).sum();
expect_at_most("hidden layer, difference", hidden_error, 1e-12, "The rectifier comes after the bias is added.");
let scores_error = (&activations[2] - &array![[4.0, 1.5, -8.5], [-2.25, 1.75, -19.25]]).mapv(f64::abs).sum();
expect_at_most("scores, difference", scores_error, 1e-12, "Scores may be negative: the last layer has no rectifier.");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, rows, sizes) in [
        ("shallow/one_layer", 3, vec![4, 3]),
        ("shallow/two_layers", 5, vec![6, 7, 4]),
        ("deep/four_layers", 2, vec![5, 4, 6, 3, 2]),
        ("deep/square", 4, vec![4, 4, 4, 4]),
    ] {
        let mut model = LayeredModel::new(&sizes, 1.0, &mut rng);
        model.biases = sizes[1..].iter().map(|&units| rng.randn(units)).collect();
        let activations = forward(&model, &rng.randn((rows, sizes[0])));
        probe(&format!("forward/{name}_count"), &activations.len());
        for (number, activation) in activations.iter().enumerate() {
            probe(&format!("forward/{name}_{number}"), activation);
        }
    }
}
// END HIDDEN TESTS

// %% [markdown]
// **Question 8 (3 points).** Write `backward`. The gradient travels from the scores to the input. At layer $l$, with
// $\delta^{(l)} = \partial J / \partial z^{(l)}$:
//
// $$\frac{\partial J}{\partial W^{(l)}} = a^{(l-1)\top} \delta^{(l)}, \qquad \frac{\partial J}{\partial b^{(l)}} = \sum_i \delta^{(l)}_i, \qquad
// \frac{\partial J}{\partial a^{(l-1)}} = \delta^{(l)} W^{(l)\top},$$
//
// and through the rectifier of the layer before, a gradient passes where its output is positive and nowhere else:
// $\delta^{(l-1)} = \partial J / \partial a^{(l-1)}$ where $a^{(l-1)} > 0$, else 0.
//
// Useful: `for layer in (0..num_layers).rev()` counts down; `a.t().dot(&d)`; `d.dot(&w.t())`; `list.insert(0, item)` puts something at the
// front; `&gradient * &a.mapv(|a| if a > 0.0 { 1.0 } else { 0.0 })`.

// %% nbgrader={"grade": false, "grade_id": "backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The gradients of all weights and of all biases, layer by layer, from `dscores`, `(N, M)`, and what `forward` gave.
fn backward(model: &LayeredModel, activations: &[Matrix], dscores: &Matrix) -> (Vec<Matrix>, Vec<Vector>) {
    // BEGIN SOLUTION from the last layer to the first: dW, db, and the gradient that goes on to the layer before
    let (mut dweights, mut dbiases) = (Vec::new(), Vec::new());
    let mut delta = dscores.clone();
    for layer in (0..model.weights.len()).rev() {
        dweights.insert(0, activations[layer].t().dot(&delta));
        dbiases.insert(0, delta.sum_axis(Axis(0)));
        if layer > 0 {
            let passes = activations[layer].mapv(|a| if a > 0.0 { 1.0 } else { 0.0 });
            delta = delta.dot(&model.weights[layer].t()) * passes;
        }
    }
    (dweights, dbiases)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
println!("Testing backward:");
let mut rng = RandomState::new(231);
let mut small = LayeredModel::new(&[6, 5, 4, 3], 1.0, &mut rng);
// With biases of 0, a picture that lights no unit of a layer would put the next exactly on the rectifier's kink.
small.biases = vec![rng.randn(5), rng.randn(4), rng.randn(3)];
let (x, targets) = (rng.randn((8, 6)), one_hot_f64(&array![0, 1, 2, 0, 1, 2, 0, 1], 3));
let activations = forward(&small, &x);
let (dweights, dbiases) = backward(&small, &activations, &gradient_full(&activations[3], &targets));
assert_eq!((dweights.len(), dbiases.len()), (3, 3), "a gradient for each of the three layers, the first layer's first");
for layer in 0..3 {
    // The cost as a function of one layer's weights, or biases, the rest being fixed.
    let cost_of_weights = |w: &ArrayD<f64>| {
        let mut changed = small.clone();
        changed.weights[layer] = w.clone().into_dimensionality().unwrap();
        cost(&forward(&changed, &x)[3], &targets)
    };
    let measured = eval_numerical_gradient(cost_of_weights, &small.weights[layer].clone().into_dyn(), 1e-5);
    let error = rel_error(&dweights[layer].clone().into_dyn(), &measured);
    expect_at_most(&format!("dW{} error", layer + 1), error, 1e-6, "Is the gradient stopped where the rectifier's output is 0?");
    let cost_of_bias = |b: &ArrayD<f64>| {
        let mut changed = small.clone();
        changed.biases[layer] = b.clone().into_dimensionality().unwrap();
        cost(&forward(&changed, &x)[3], &targets)
    };
    let measured = eval_numerical_gradient(cost_of_bias, &small.biases[layer].clone().into_dyn(), 1e-5);
    let error = rel_error(&dbiases[layer].clone().into_dyn(), &measured);
    expect_at_most(&format!("db{} error", layer + 1), error, 1e-6, "db is the sum of the layer's gradient over the pictures.");
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    for (name, rows, sizes) in [
        ("shallow/one_layer", 3, vec![4, 3]),
        ("shallow/two_layers", 5, vec![6, 7, 4]),
        ("deep/four_layers", 2, vec![5, 4, 6, 3, 2]),
        ("deep/square", 4, vec![4, 4, 4, 4]),
    ] {
        let model = LayeredModel::new(&sizes, 1.0, &mut rng);
        // Made here, so that this question is judged by itself: outputs of rectifiers, some of them 0, and scores.
        let mut activations: Vec<Matrix> = sizes.iter().map(|&units| rng.randn((rows, units))).collect();
        for hidden in &mut activations[1..sizes.len() - 1] {
            hidden.mapv_inplace(|a| a.max(0.0));
        }
        let dscores = rng.randn((rows, sizes[sizes.len() - 1]));
        let (dweights, dbiases) = backward(&model, &activations, &dscores);
        probe(&format!("backward/{name}_count"), &vec![dweights.len(), dbiases.len()]);
        for (number, (dw, db)) in dweights.iter().zip(&dbiases).enumerate() {
            probe(&format!("backward/{name}_dw_{number}"), dw);
            probe(&format!("backward/{name}_db_{number}"), db);
        }
    }
}
// END HIDDEN TESTS

// %% [markdown]
// Two networks: one with 100 hidden units, and one with three hidden layers of 100. Rate 0.8, weights from $N(0, 0.01)$, measured every
// fifth step. With the full settings, an epoch has 40 steps of 1500 pictures, and there are 50; the small budget takes as many steps on
// fewer pictures.

// %%
/// A fresh network, trained with batches.
fn train_layers(
    sizes: &[usize],
    batch_size: usize,
    num_epochs: usize,
    train: &ImageSet,
    test: &ImageSet,
) -> (LayeredModel, History) {
    let mut rng = RandomState::new(0);
    let mut model = LayeredModel::new(sizes, 0.01, &mut rng);
    let (test_x, test_targets) = (test.to_f64(), test.one_hot());
    let last = sizes.len() - 1;
    let mut history = History::default();
    let mut iteration = 0;
    for _epoch in 0..num_epochs {
        for batch in draw_batches(train.len(), batch_size, &mut rng) {
            let pictures = train.subset(&batch);
            let (x, targets) = (pictures.to_f64(), pictures.one_hot());
            let activations = forward(&model, &x);
            if iteration % 5 == 0 {
                let tested = measure(&forward(&model, &test_x)[last], &test_targets);
                history.push(iteration, measure(&activations[last], &targets), tested);
            }
            let (dweights, dbiases) = backward(&model, &activations, &gradient_full(&activations[last], &targets));
            for layer in 0..last {
                model.weights[layer].scaled_add(-0.8, &dweights[layer]);
                model.biases[layer].scaled_add(-0.8, &dbiases[layer]);
            }
            iteration += 1;
        }
    }
    println!("{last} layers, {iteration} steps: test {}", measure(&forward(&model, &test_x)[last], &test_targets));
    (model, history)
}

let (layer_train, layer_batch, two_layer_epochs, four_layer_epochs): (ImageSet, usize, usize, usize) = match budget {
    Budget::Short => (train.subset(&RandomState::new(2).choice(train.len(), train.len().min(12_000), false)), 300, 20, 50),
    Budget::Full => (train.clone(), 1500, 50, 50),
    Budget::Grade => (part_train.clone(), 100, 5, 1),
};
let (two_layers, two_history) = train_layers(&[784, 100, 10], layer_batch, two_layer_epochs, &layer_train, &part_test);
let (four_layers, four_history) =
    train_layers(&[784, 100, 100, 100, 10], layer_batch, four_layer_epochs, &layer_train, &part_test);

// %%
fn both_curves(title: &str, history: &History) -> plot::Figure {
    let cost = CurvePlot::new(&format!("Cost, {title}"))
        .x_label("iteration")
        .y_label("cost J")
        .curve("train (batch)", &history.iterations, &history.train_cost)
        .curve("test", &history.iterations, &history.test_cost);
    let accuracy = CurvePlot::new(&format!("Accuracy, {title}"))
        .x_label("iteration")
        .y_label("accuracy in %")
        .curve("train (batch)", &history.iterations, &percent(&history.train_accuracy))
        .curve("test", &history.iterations, &percent(&history.test_accuracy));
    plot::side_by_side(&[&cost, &accuracy])
}

both_curves("two layers", &two_history)

// %%
both_curves("four layers", &four_history)

// %% [markdown]
// One hidden layer is enough to leave the linear model far behind. The deep network does not even start: for hundreds of steps its cost
// stays at $\ln 10$, the cost of knowing nothing. Its weights are so small that after four layers hardly anything of the picture is
// left, and of the gradient, on its way back, neither.

// %% [markdown] nbgrader={"grade": false, "grade_id": "explore_initial_weights", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": true}
// **Question 9 (1 point).** In cells of your own below: train the four layers again with a larger standard deviation of the initial weights,
// such as $\sqrt{2 / D}$ with $D$ the inputs of each layer, and plot its cost beside the one above. How many steps does the plateau last now?
// Say in one sentence why.

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
// Last, templates once more. Those of the most accurate linear model, after the large rate 0.5, look *less* like digits
// than any above: its weights also tell apart rare cases, pixel by pixel.

// %%
templates(&best, "Weight templates, right gradient, rate 0.5")

// %% [markdown]
// And those of the model that took the fewest and smallest steps, in batches of 1500: less accurate, and the clearest picture of
// what the model looks for.

// %%
templates(&batch_1500, "Weight templates, right gradient, batches of 1500")
