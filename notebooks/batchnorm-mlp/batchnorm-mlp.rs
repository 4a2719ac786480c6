// %% [markdown]
// # Fully connected networks and batch normalization
//
// In this assignment you build a neural network out of layers, each with a forward and a backward pass that you write yourself:
//
// 1. the affine layer, the rectifier and the sigmoid, and a sandwich of two of them;
// 2. batch normalization, in training and after it, and its gradient;
// 3. two losses: one for classes, one for numbers;
// 4. `FullyConnectedNet`, with any number of hidden layers, each normalized or not;
// 5. gradient descent with momentum;
// 6. a network that reads digits;
// 7. a network that estimates what houses are worth.
//
// Two sections show mistakes that are easily made here, and the checks that give them away. There are 25 points.

// %% [markdown] nbgrader={"grade": false, "grade_id": "rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
// ## Rules
//
// - **Add no cells and remove none.** Your code goes where it says `todo!(...)`, in place of that line. What is around it (the
//   first line of a function, the closing brace) stays.
// - **Loops (`for`, `while`, `loop`) are allowed only inside `FullyConnectedNet`.** Everywhere else, work on whole arrays. That is
//   shorter, closer to the formulas, and faster.
// - A function may call those that you wrote before it.
//
// A check follows each question. It prints an error, and stops with a hint if the error is too large. The checks that you see
// are examples; the grading uses other numbers and other shapes.

// %%
use nnlib::prelude::*;
use nnlib::solver::measure;

let budget = Budget::from_environment();
println!("{budget}");

// %% [markdown]
// ## Arrays in Rust, for those who know NumPy
//
// Every array of this notebook is an `ArrayD<f64>`: 64-bit numbers with any number of axes. `reshape`, `matmul` and `transpose`
// are given, in the cell below.
//
// | NumPy | here |
// |---|---|
// | `x.shape[0]` | `x.shape()[0]` |
// | `x.reshape(n, d)` | `reshape(&x, &[n, d])` |
// | `a.dot(b)` | `matmul(&a, &b)` |
// | `a.T` | `transpose(&a)` |
// | `x + y`, `x * y`, `2 * x` | `&x + &y`, `&x * &y`, `2.0 * &x` |
// | `x.sum(axis=0)` | `x.sum_axis(Axis(0))` |
// | `x.mean(axis=0)`, `x.var(axis=0)` | `x.mean_axis(Axis(0)).unwrap()`, `x.var_axis(Axis(0), 0.0)` |
// | `x.max(axis=1)` | `x.fold_axis(Axis(1), f64::NEG_INFINITY, \|a, b\| a.max(*b))` |
// | `keepdims=True`, `s[:, np.newaxis]` | `s.insert_axis(Axis(1))` |
// | `np.sqrt(x)`, `np.exp(x)` | `x.mapv(f64::sqrt)`, `x.mapv(f64::exp)` |
// | any function of each number | `x.mapv(\|value\| value * value + 1.0)` |
// | `np.where(x > 5, 1, x)` | `x.mapv(\|value\| if value > 5.0 { 1.0 } else { value })` |
// | `x[i, j]` | `x[[i, j]]` |
// | `np.zeros(m)`, `np.ones(m)` | `ArrayD::zeros(vec![m])`, `ArrayD::ones(vec![m])` |
// | a table by a rule | `Array2::from_shape_fn((n, c), \|(i, j)\| ...).into_dyn()` |
// | `len(y)` as a number to divide by | `y.len() as f64` |
//
// `&x` *lends* an array: it is still there afterwards. Without `&`, the array is handed over and gone, so write `&` whenever you
// use it again. A parameter that is declared as `x: &ArrayD<f64>` is lent already: `x + y` is then right without any `&`. `let`
// names a value; `let mut` names one that changes. The last line of a function, without a semicolon, is what it returns, and
// `(a, b)` returns two things at once.

// %% nbgrader={"grade": false, "grade_id": "helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
use nnlib::ndarray::Ix2;

/// The same numbers in another shape, row by row: `x.reshape(shape)`.
#[track_caller]
fn reshape(x: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    match x.to_shape(shape) {
        Ok(reshaped) => reshaped.to_owned(),
        Err(_) => panic!("reshape: {:?} and {shape:?} have different numbers of entries", x.shape()),
    }
}

/// The product of two matrices, `(N, D)` and `(D, M)`: `a.dot(b)`.
#[track_caller]
fn matmul(a: &ArrayD<f64>, b: &ArrayD<f64>) -> ArrayD<f64> {
    let fits = a.ndim() == 2 && b.ndim() == 2 && a.shape()[1] == b.shape()[0];
    assert!(fits, "matmul: shapes {:?} and {:?}, expected [N, D] and [D, M]", a.shape(), b.shape());
    let a = a.view().into_dimensionality::<Ix2>().unwrap();
    let b = b.view().into_dimensionality::<Ix2>().unwrap();
    a.dot(&b).into_dyn()
}

/// Rows as columns: `x.T`.
fn transpose(x: &ArrayD<f64>) -> ArrayD<f64> {
    x.t().to_owned()
}

/// Numbers from `start` to `end` at equal distances: `np.linspace(start, end, num=...).reshape(shape)`.
fn linspace(start: f64, end: f64, shape: &[usize]) -> ArrayD<f64> {
    reshape(&Array::linspace(start, end, shape.iter().product()).into_dyn(), shape)
}

/// Prints mean and standard deviation of each column.
fn print_mean_std(x: &ArrayD<f64>) {
    println!("  means: {:.8}", x.mean_axis(Axis(0)).unwrap());
    println!("  stds:  {:.8}", x.std_axis(Axis(0), 0.0));
}

// %% [markdown]
// # 1. Layers
//
// A layer is two functions. The *forward* pass computes the output, and puts what its derivative will need into a cache:
//
//     fn layer_forward(x, w) -> (out, cache)
//
// The *backward* pass gets `dout`, the derivative of the loss $L$ with respect to the layer's output, and that cache. By the
// chain rule it returns the derivatives with respect to everything that went in:
//
//     fn layer_backward(dout, cache) -> (dx, dw)
//
// The derivative of one number with respect to an array has the array's shape: `dx` that of `x`, `dw` that of `w`. When shapes
// match, half of the work is done.
//
// ## Affine layer: forward
//
// For $N$ samples and $M$ outputs,
//
// $$\mathrm{out} = X W + b, \qquad X: (N, D),\quad W: (D, M),\quad b: (M,).$$
//
// A sample may come in any shape, such as the rows and columns of a picture: $x$ is then $(N, d_1, \dots, d_k)$, and each sample
// is flattened to a row of $D = d_1 \cdots d_k$ numbers first.
//
// **Question 1.1 (1 point).** Write `affine_forward`.

// %% nbgrader={"grade": false, "grade_id": "affine_cache", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What `affine_backward` needs: the inputs of `affine_forward`.
#[derive(Clone)]
struct AffineCache {
    x: ArrayD<f64>,
    w: ArrayD<f64>,
    b: ArrayD<f64>,
}

// %% nbgrader={"grade": false, "grade_id": "affine_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The affine layer, `out = X W + b`.
///
/// - `x`: inputs, `(N, d_1, ..., d_k)`; each sample is flattened to a row of `D = d_1 * ... * d_k`
///   numbers
/// - `w`: weights, `(D, M)`
/// - `b`: biases, `(M,)`
///
/// Returns `out`, `(N, M)`, and the cache: `AffineCache { x: x.clone(), w: w.clone(), b: b.clone() }`,
/// with `x` in its own shape.
fn affine_forward(x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>) -> (ArrayD<f64>, AffineCache) {
    // BEGIN SOLUTION flatten each sample to a row, then out = X W + b; the cache keeps the three inputs
    let rows = reshape(x, &[x.shape()[0], w.shape()[0]]);
    let out = matmul(&rows, w) + b;
    (out, AffineCache { x: x.clone(), w: w.clone(), b: b.clone() })
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_affine_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let x = linspace(-0.1, 0.5, &[2, 4, 5, 6]);
    let w = linspace(-0.2, 0.3, &[4 * 5 * 6, 3]);
    let b = linspace(-0.3, 0.1, &[3]);
    let (out, _) = affine_forward(&x, &w, &b);
    let correct =
        array![[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]].into_dyn();

    // The error is around 1e-9.
    println!("Testing affine_forward function:");
    let hint = "Is each sample one row, are the weights on the right, and is b added to every row?";
    expect_at_most("difference", rel_error(&out, &correct), 1e-8, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(2, 6) as usize;
    let (x, w, b) = (rng.randn(vec![n, 2, 3]), rng.randn(vec![6, 4]), rng.randn(vec![4]));
    let (out, cache) = affine_forward(&x, &w, &b);
    probe("affine_forward/pictures/out", &out);
    probe("affine_forward/pictures/cache_x", &cache.x);
    probe("affine_forward/pictures/cache_w", &cache.w);
    probe("affine_forward/pictures/cache_b", &cache.b);
    // Square weights, where no shape tells of a transpose; flat samples; a single one; a single output.
    let (x, w, b) = (rng.randn(vec![5, 3]), rng.randn(vec![3, 3]), rng.randn(vec![3]));
    probe("affine_forward/square/out", &affine_forward(&x, &w, &b).0);
    let (x, w, b) = (rng.randn(vec![1, 2, 2, 2]), rng.randn(vec![8, 1]), rng.randn(vec![1]));
    probe("affine_forward/one_sample/out", &affine_forward(&x, &w, &b).0);
}
// END HIDDEN TESTS

// %% [markdown]
// ## Affine layer: backward
//
// **Question 1.2 (1 point).** Write `affine_backward`. Follow one number: $\mathrm{out}_{nm} = \sum_d x_{nd} w_{dm} + b_m$.
// Which entries of the output does $w_{dm}$ reach, and how strongly? Which does $x_{nd}$ reach, and which $b_m$? Sum over these.
// Remember that `dx` has the shape in which `x` came.
//
// The check compares with *numerical* gradients, which need no calculus: each entry is moved a little to either side, and the
// change of the output is measured.

// %% nbgrader={"grade": false, "grade_id": "affine_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The gradients of the affine layer.
///
/// - `dout`: the derivative of the loss with respect to the output, `(N, M)`
/// - `cache`: what `affine_forward` returned, with `cache.x`, `cache.w` and `cache.b`
///
/// Returns `dx`, `(N, d_1, ..., d_k)`, `dw`, `(D, M)`, and `db`, `(M,)`.
fn affine_backward(dout: &ArrayD<f64>, cache: &AffineCache) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION the products that give dx (in the shape of x), dw and db
    let rows = reshape(&cache.x, &[cache.x.shape()[0], cache.w.shape()[0]]);
    let dx = reshape(&matmul(dout, &transpose(&cache.w)), cache.x.shape());
    let dw = matmul(&transpose(&rows), dout);
    let db = dout.sum_axis(Axis(0));
    (dx, dw, db)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_affine_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![10, 2, 3]);
    let w = rng.randn(vec![6, 5]);
    let b = rng.randn(vec![5]);
    let dout = rng.randn(vec![10, 5]);
    let dx_num = eval_numerical_gradient_array(|x| affine_forward(x, &w, &b).0, &x, &dout, 1e-5);
    let dw_num = eval_numerical_gradient_array(|w| affine_forward(&x, w, &b).0, &w, &dout, 1e-5);
    let db_num = eval_numerical_gradient_array(|b| affine_forward(&x, &w, b).0, &b, &dout, 1e-5);
    let (_, cache) = affine_forward(&x, &w, &b);
    let (dx, dw, db) = affine_backward(&dout, &cache);

    // The errors are around 1e-10.
    println!("Testing affine_backward function:");
    let hint = "dx is dout times W with its rows as columns, in the shape of x.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-8, hint);
    let hint = "dw pairs each input with each output, summed over samples.";
    expect_at_most("dw error", rel_error(&dw_num, &dw), 1e-8, hint);
    let hint = "b is added to every row: db sums over the rows.";
    expect_at_most("db error", rel_error(&db_num, &db), 1e-8, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(2, 6) as usize;
    for (case, shape, d, m) in [("pictures", vec![n, 3, 2], 6, 4), ("square", vec![3, 3], 3, 3)] {
        let dout = rng.randn(vec![shape[0], m]);
        let (x, w, b) = (rng.randn(shape), rng.randn(vec![d, m]), rng.randn(vec![m]));
        // The cache is made here, so that this question is judged by itself.
        let (dx, dw, db) = affine_backward(&dout, &AffineCache { x, w, b });
        probe(&format!("affine_backward/{case}/dx"), &dx);
        probe(&format!("affine_backward/{case}/dw"), &dw);
        probe(&format!("affine_backward/{case}/db"), &db);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ## Rectifier (ReLU)
//
// $$\mathrm{out} = \max(x, 0)$$
//
// for each number by itself. Affine layers alone would not need to be stacked: two in a row are one affine layer again. The
// rectifier between them is what makes depth worth something. Where $x > 0$ it passes the gradient unchanged; where $x \le 0$,
// nothing passes. (At $x = 0$ the function has a corner; we say 0 there.)
//
// **Question 1.3 (0.5 points).** Write `relu_forward`. The cache is the input itself.

// %% nbgrader={"grade": false, "grade_id": "relu_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The rectifier, `max(x, 0)`, of an array of any shape.
///
/// Returns `out`, in the shape of `x`, and the cache, `x`.
fn relu_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION the positive part of each number, and the input
    (x.mapv(|value| if value > 0.0 { value } else { 0.0 }), x.clone())
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_relu_forward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
{
    let x = linspace(-0.5, 0.5, &[3, 4]);
    let (out, _) = relu_forward(&x);
    let correct = array![
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.04545455, 0.13636364],
        [0.22727273, 0.31818182, 0.40909091, 0.5]
    ];

    // The error is around 5e-8: the numbers above have eight decimals.
    println!("Testing relu_forward function:");
    let hint = "Negative numbers become 0, others stay.";
    expect_at_most("difference", rel_error(&out, &correct.into_dyn()), 1e-7, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let x = rng.randn(vec![3, 4, 2]);
    let (out, cache) = relu_forward(&x);
    probe("relu_forward/small/out", &out);
    probe("relu_forward/small/cache", &cache);
    let large = 1e3 * (rng.randn(vec![7]) + &array![-3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0]);
    probe("relu_forward/large/out", &relu_forward(&large.into_dyn()).0);
}
// END HIDDEN TESTS

// %% [markdown]
// **Question 1.4 (0.5 points).** Write `relu_backward`.

// %% nbgrader={"grade": false, "grade_id": "relu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The gradient of the rectifier: `dout` where `x > 0`, else 0.
///
/// - `dout`: the derivative with respect to the output, in any shape
/// - `x`: the cache, which is the input, in the same shape
fn relu_backward(dout: &ArrayD<f64>, x: &ArrayD<f64>) -> ArrayD<f64> {
    // BEGIN SOLUTION dout where the input was positive, 0 elsewhere
    dout * &x.mapv(|value| if value > 0.0 { 1.0 } else { 0.0 })
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_relu_backward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![10, 10]);
    let dout = rng.randn(vec![10, 10]);
    let dx_num = eval_numerical_gradient_array(|x| relu_forward(x).0, &x, &dout, 1e-5);
    let dx = relu_backward(&dout, &relu_forward(&x).1);

    // The error is around 1e-12.
    println!("Testing relu_backward function:");
    let hint = "It is the sign of the input that decides, not that of dout.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-8, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (x, dout) = (rng.randn(vec![4, 3, 2]), rng.randn(vec![4, 3, 2]));
    probe("relu_backward/random/dx", &relu_backward(&dout, &x));
    // Zeros of both signs among the inputs: nothing passes there.
    let x = array![-1.0, -0.0, 0.0, 1e-300, 2.0].into_dyn();
    probe("relu_backward/at_zero/dx", &relu_backward(&rng.randn(vec![5]), &x));
}
// END HIDDEN TESTS

// %% [markdown]
// ## Sigmoid
//
// $$\mathrm{out} = \sigma(x) = \frac{1}{1 + e^{-x}}$$
//
// It maps all numbers into 0 to 1, steeply around 0 and hardly at all far from it. Our network will use rectifiers; the sigmoid
// is here to compare. Its derivative can be written with the sigmoid itself, and is never more than $1/4$: a gradient that
// passes ten of them has shrunk a million times.
//
// **Question 1.5 (0.5 points).** Write `sigmoid_forward`. It must give a number for any $x$, also for 1000 and for -1000.

// %% nbgrader={"grade": false, "grade_id": "sigmoid_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The sigmoid, `1 / (1 + exp(-x))`, of an array of any shape.
///
/// Returns `out`, in the shape of `x`, and the cache, `x`.
fn sigmoid_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION the sigmoid of each number, and the input
    (x.mapv(|value| 1.0 / (1.0 + (-value).exp())), x.clone())
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_sigmoid_forward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
{
    let x = linspace(-6.0, 6.0, &[3, 4]);
    let (out, _) = sigmoid_forward(&x);
    let correct = array![
        [0.00247262, 0.00732514, 0.0214955, 0.06138311],
        [0.16296047, 0.36691963, 0.63308037, 0.83703953],
        [0.93861689, 0.9785045, 0.99267486, 0.99752738]
    ];

    // The error is around 6e-7.
    println!("Testing sigmoid_forward function:");
    let hint = "Mind the sign in the exponent: large inputs give numbers near 1.";
    expect_at_most("difference", rel_error(&out, &correct.into_dyn()), 1e-6, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (out, cache) = sigmoid_forward(&(3.0 * rng.randn(vec![3, 2, 4])));
    probe("sigmoid_forward/near/out", &out);
    probe("sigmoid_forward/near/cache", &cache);
    let (out, _) = sigmoid_forward(&array![-1000.0, -30.0, -1.0, 0.0, 2.0, 30.0, 1000.0].into_dyn());
    probe("sigmoid_forward/far_out/out", &out);
}
// END HIDDEN TESTS

// %% [markdown]
// **Question 1.6 (0.5 points).** Write `sigmoid_backward`. Derive $\sigma'(x)$, and write it with $\sigma(x)$.

// %% nbgrader={"grade": false, "grade_id": "sigmoid_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The gradient of the sigmoid.
///
/// - `dout`: the derivative with respect to the output, in any shape
/// - `x`: the cache, which is the input, in the same shape
fn sigmoid_backward(dout: &ArrayD<f64>, x: &ArrayD<f64>) -> ArrayD<f64> {
    // BEGIN SOLUTION dout times the derivative of the sigmoid at x
    let (out, _) = sigmoid_forward(x);
    dout * &out.mapv(|value| value * (1.0 - value))
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_sigmoid_backward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![10, 10]);
    let dout = rng.randn(vec![10, 10]);
    let dx_num = eval_numerical_gradient_array(|x| sigmoid_forward(x).0, &x, &dout, 1e-5);
    let dx = sigmoid_backward(&dout, &sigmoid_forward(&x).1);

    // The error is around 3e-11.
    println!("Testing sigmoid_backward function:");
    let hint = "The cache holds the input x, not the sigmoid of it.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-8, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (x, dout) = (2.0 * rng.randn(vec![4, 3, 2]), rng.randn(vec![4, 3, 2]));
    probe("sigmoid_backward/near/dx", &sigmoid_backward(&dout, &x));
    let x = array![-1000.0, -2.0, 0.0, 1.0, 1000.0].into_dyn();
    probe("sigmoid_backward/far_out/dx", &sigmoid_backward(&rng.randn(vec![5]), &x));
}
// END HIDDEN TESTS

// %% [markdown]
// ## A sandwich
//
// Some layers nearly always come together, such as an affine layer and a rectifier. A *sandwich* is one layer made of them: its
// forward pass calls theirs one after the other, its backward pass calls theirs in the opposite order, and its cache holds their
// caches.
//
// **Question 1.7 (1 point).** Write `affine_relu_forward` and `affine_relu_backward`.

// %% nbgrader={"grade": false, "grade_id": "affine_relu_cache", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The caches of both layers of the sandwich.
#[derive(Clone)]
struct AffineReluCache {
    affine: AffineCache,
    relu: ArrayD<f64>,
}

// %% nbgrader={"grade": false, "grade_id": "affine_relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// An affine layer, then a rectifier.
///
/// - `x`: inputs, `(N, d_1, ..., d_k)`
/// - `w`, `b`: weights `(D, M)` and biases `(M,)` of the affine layer
///
/// Returns `out`, `(N, M)`, and the caches: `AffineReluCache { affine: ..., relu: ... }`.
fn affine_relu_forward(
    x: &ArrayD<f64>,
    w: &ArrayD<f64>,
    b: &ArrayD<f64>,
) -> (ArrayD<f64>, AffineReluCache) {
    // BEGIN SOLUTION the affine layer, then the rectifier of its output; keep both caches
    let (scores, affine) = affine_forward(x, w, b);
    let (out, relu) = relu_forward(&scores);
    (out, AffineReluCache { affine, relu })
    // END SOLUTION
}

/// The gradients of the sandwich: `dx`, `dw` and `db`.
fn affine_relu_backward(
    dout: &ArrayD<f64>,
    cache: &AffineReluCache,
) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION back through the rectifier, then through the affine layer
    affine_backward(&relu_backward(dout, &cache.relu), &cache.affine)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_affine_relu", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![2, 3, 4]);
    let w = rng.randn(vec![12, 10]);
    let b = rng.randn(vec![10]);
    let dout = rng.randn(vec![2, 10]);
    let (_, cache) = affine_relu_forward(&x, &w, &b);
    let (dx, dw, db) = affine_relu_backward(&dout, &cache);
    let dx_num = eval_numerical_gradient_array(|x| affine_relu_forward(x, &w, &b).0, &x, &dout, 1e-5);
    let dw_num = eval_numerical_gradient_array(|w| affine_relu_forward(&x, w, &b).0, &w, &dout, 1e-5);
    let db_num = eval_numerical_gradient_array(|b| affine_relu_forward(&x, &w, b).0, &b, &dout, 1e-5);

    // The errors are around 1e-10.
    println!("Testing affine_relu_forward and affine_relu_backward:");
    let hint = "The last layer of the forward pass is the first of the backward pass.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-8, hint);
    expect_at_most("dw error", rel_error(&dw_num, &dw), 1e-8, hint);
    expect_at_most("db error", rel_error(&db_num, &db), 1e-8, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (x, w, b) = (rng.randn(vec![5, 2, 2]), rng.randn(vec![4, 3]), rng.randn(vec![3]));
    let (out, cache) = affine_relu_forward(&x, &w, &b);
    probe("affine_relu/forward/out", &out);
    let (dx, dw, db) = affine_relu_backward(&rng.randn(vec![5, 3]), &cache);
    probe("affine_relu/backward/dx", &dx);
    probe("affine_relu/backward/dw", &dw);
    probe("affine_relu/backward/db", &db);
}
// END HIDDEN TESTS

// %% [markdown]
// # 2. Batch normalization
//
// Layers learn best when their inputs are of a moderate size, around 0. For the first layer we can see to that before the
// training; for a deeper one we cannot, since its inputs change with every step of the layers below it. Batch normalization puts
// it right again at each step: it brings every column of a mini-batch to mean 0 and standard deviation 1, and then lets the
// network choose a scale $\gamma$ and a shift $\beta$ of its own.
//
// ## Forward, in training and after it
//
// In **training**, for each column of $x$, $(N, D)$,
//
// $$\mu = \frac1N \sum_{k=1}^N x_k, \qquad v = \frac1N \sum_{k=1}^N (x_k - \mu)^2, \qquad \sigma = \sqrt{v + \epsilon},$$
//
// $$y_i = \frac{x_i - \mu}{\sigma}, \qquad \mathrm{out}_i = \gamma\, y_i + \beta.$$
//
// $\epsilon$ is a small number that keeps a column of equal entries from a division by 0. Note where it stands: *under* the
// root, added to the variance once.
//
// What a sample comes out as now depends on the others of its batch. **After training** that is not wanted: a picture should be
// recognized by itself. So each training pass also updates running averages, with the momentum $m$,
//
// $$\mu_\mathrm{run} \leftarrow m\, \mu_\mathrm{run} + (1 - m)\, \mu, \qquad
// v_\mathrm{run} \leftarrow m\, v_\mathrm{run} + (1 - m)\, v,$$
//
// and after training these take the place of $\mu$ and $v$, and stay as they are.

// %% nbgrader={"grade": false, "grade_id": "batchnorm_types", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Normalize by the batch, and update the running averages.
    Train,
    /// Normalize by the running averages, and leave them alone.
    Test,
}

/// Settings and running averages of one normalization.
#[derive(Clone, Debug)]
struct BatchNormParam {
    mode: Mode,
    /// Added to the variance.
    eps: f64,
    /// The weight of the old average when a new one is made.
    momentum: f64,
    /// The running average of the means, `(D,)`.
    running_mean: ArrayD<f64>,
    /// The running average of the variances, `(D,)`.
    running_var: ArrayD<f64>,
}

impl BatchNormParam {
    /// The usual settings, for training, for this many columns; the averages start at 0.
    fn new(num_features: usize) -> BatchNormParam {
        let zeros: ArrayD<f64> = ArrayD::zeros(vec![num_features]);
        BatchNormParam {
            mode: Mode::Train,
            eps: 1e-5,
            momentum: 0.9,
            running_mean: zeros.clone(),
            running_var: zeros,
        }
    }
}

/// What `batchnorm_backward` needs.
#[derive(Clone)]
struct BatchNormCache {
    /// The normalized inputs y, `(N, D)`.
    normalized: ArrayD<f64>,
    /// 1 / sigma, `(D,)`.
    inverse_std: ArrayD<f64>,
    /// The scale, `(D,)`.
    gamma: ArrayD<f64>,
}

// %% [markdown]
// **Question 2.1 (2 points: 1.5 for training, 0.5 for after it).** Write `batchnorm_forward` for both modes. `match
// bn_param.mode { Mode::Train => ..., Mode::Test => ... }` tells them apart; `bn_param.running_mean = ...;` stores a new
// average. In both modes, the cache holds what the output was computed from.

// %% nbgrader={"grade": false, "grade_id": "batchnorm_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Batch normalization of `x`, `(N, D)`, column by column.
///
/// - `gamma`, `beta`: scale and shift, `(D,)`
/// - `bn_param`: settings and running averages; a pass in `Mode::Train` updates the averages, one in
///   `Mode::Test` uses them
///
/// The variance is that of the batch, divided by N (not by N - 1).
///
/// Returns `out`, `(N, D)`, and the cache:
/// `BatchNormCache { normalized: ..., inverse_std: ..., gamma: gamma.clone() }`.
fn batchnorm_forward(
    x: &ArrayD<f64>,
    gamma: &ArrayD<f64>,
    beta: &ArrayD<f64>,
    bn_param: &mut BatchNormParam,
) -> (ArrayD<f64>, BatchNormCache) {
    // BEGIN SOLUTION mean and variance of the batch, or the running averages; normalize, scale and shift
    let (mean, var) = match bn_param.mode {
        Mode::Train => {
            let mean = x.mean_axis(Axis(0)).unwrap();
            let var = x.var_axis(Axis(0), 0.0);
            let momentum = bn_param.momentum;
            bn_param.running_mean = momentum * &bn_param.running_mean + (1.0 - momentum) * &mean;
            bn_param.running_var = momentum * &bn_param.running_var + (1.0 - momentum) * &var;
            (mean, var)
        }
        Mode::Test => (bn_param.running_mean.clone(), bn_param.running_var.clone()),
    };
    let eps = bn_param.eps;
    let inverse_std = var.mapv(|var| 1.0 / (var + eps).sqrt());
    let normalized = (x - &mean) * &inverse_std;
    let out = gamma * &normalized + beta;
    (out, BatchNormCache { normalized, inverse_std, gamma: gamma.clone() })
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_batchnorm_forward_train", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
{
    // What enters the normalization: the scores of a network of two layers.
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![200, 50]);
    let w1 = rng.randn(vec![50, 60]);
    let w2 = rng.randn(vec![60, 3]);
    let a = matmul(&matmul(&x, &w1).mapv(|value: f64| value.max(0.0)), &w2);
    println!("Before batch normalization:");
    print_mean_std(&a);

    let (gamma, beta) = (ArrayD::ones(vec![3]), ArrayD::zeros(vec![3]));
    let mut bn_param = BatchNormParam::new(3);
    let (out, _) = batchnorm_forward(&a, &gamma, &beta, &mut bn_param);
    println!("After batch normalization (gamma = 1, beta = 0):");
    print_mean_std(&out);
    let mean = out.mean_axis(Axis(0)).unwrap();
    let std = out.std_axis(Axis(0), 0.0);
    let hint = "Is the mean that of each column, over the samples?";
    expect_at_most("means from 0", mean.mapv(f64::abs).sum(), 1e-12, hint);
    let hint = "Is it divided by the standard deviation of each column, the root of (variance + eps)?";
    expect_at_most("stds from 1", rel_error(&std, &ArrayD::ones(vec![3])), 1e-7, hint);

    let (gamma, beta) = (array![1.0, 2.0, 3.0].into_dyn(), array![11.0, 12.0, 13.0].into_dyn());
    let (out, _) = batchnorm_forward(&a, &gamma, &beta, &mut BatchNormParam::new(3));
    println!("After batch normalization (gamma = {gamma}, beta = {beta}):");
    print_mean_std(&out);
    let mean = out.mean_axis(Axis(0)).unwrap();
    let std = out.std_axis(Axis(0), 0.0);
    let hint = "Each normalized column is multiplied by its gamma, then its beta is added.";
    expect_at_most("means from beta", rel_error(&mean, &beta), 1e-12, hint);
    expect_at_most("stds from gamma", rel_error(&std, &gamma), 1e-7, hint);

    // One pass has been averaged in: a tenth of the batch's own mean and variance.
    let hint = "After a pass, an average is momentum * the old + (1 - momentum) * that of the batch.";
    let running_mean = 0.1 * a.mean_axis(Axis(0)).unwrap();
    let running_var = 0.1 * a.var_axis(Axis(0), 0.0);
    expect_at_most("running_mean", rel_error(&bn_param.running_mean, &running_mean), 1e-10, hint);
    expect_at_most("running_var", rel_error(&bn_param.running_var, &running_var), 1e-10, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(3, 8) as usize;
    let (gamma, beta) = (rng.randn(vec![4]), rng.randn(vec![4]));
    // A large eps and another momentum: an eps in the wrong place, or an average of N - 1, shows.
    let mut bn_param = BatchNormParam { eps: 0.3, momentum: 0.7, ..BatchNormParam::new(4) };
    let x = 2.0 * rng.randn(vec![n, 4]) + 1.5;
    let (out, cache) = batchnorm_forward(&x, &gamma, &beta, &mut bn_param);
    probe("batchnorm_forward/output/out", &out);
    probe("batchnorm_forward/output/normalized", &cache.normalized);
    probe("batchnorm_forward/output/inverse_std", &cache.inverse_std);
    probe("batchnorm_forward/output/gamma", &cache.gamma);
    probe("batchnorm_forward/averages/mean_1", &bn_param.running_mean);
    probe("batchnorm_forward/averages/var_1", &bn_param.running_var);
    batchnorm_forward(&(3.0 * rng.randn(vec![n, 4])), &gamma, &beta, &mut bn_param);
    probe("batchnorm_forward/averages/mean_2", &bn_param.running_mean);
    probe("batchnorm_forward/averages/var_2", &bn_param.running_var);
    // Columns of equal entries, and a batch of one.
    let equal = ArrayD::from_elem(vec![3, 4], 5.0);
    let (out, _) = batchnorm_forward(&equal, &gamma, &beta, &mut BatchNormParam::new(4));
    probe("batchnorm_forward/output/constant", &out);
    let (out, _) = batchnorm_forward(&rng.randn(vec![1, 4]), &gamma, &beta, &mut BatchNormParam::new(4));
    probe("batchnorm_forward/output/one_sample", &out);
}
// END HIDDEN TESTS

// %% [markdown]
// After fifty batches, the averages have settled. Another batch, in `Mode::Test`, then comes out with means near 0 and
// deviations near 1, but not exactly so.

// %% nbgrader={"grade": true, "grade_id": "test_batchnorm_forward_test", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let w1 = rng.randn(vec![50, 60]);
    let w2 = rng.randn(vec![60, 3]);
    let (gamma, beta) = (ArrayD::ones(vec![3]), ArrayD::zeros(vec![3]));
    let mut bn_param = BatchNormParam::new(3);
    for _ in 0..50 {
        let x = rng.randn(vec![200, 50]);
        let a = matmul(&matmul(&x, &w1).mapv(|value: f64| value.max(0.0)), &w2);
        batchnorm_forward(&a, &gamma, &beta, &mut bn_param);
    }
    bn_param.mode = Mode::Test;
    let x = rng.randn(vec![200, 50]);
    let a = matmul(&matmul(&x, &w1).mapv(|value: f64| value.max(0.0)), &w2);
    let (out, _) = batchnorm_forward(&a, &gamma, &beta, &mut bn_param);
    println!("After batch normalization (test time):");
    print_mean_std(&out);

    let means = array![-0.03927354, -0.04349152, -0.10452688].into_dyn();
    let stds = array![1.01531428, 1.01238373, 0.97819988].into_dyn();
    let hint = "In Mode::Test, the running averages take the place of the batch's mean and variance.";
    expect_at_most("means error", rel_error(&out.mean_axis(Axis(0)).unwrap(), &means), 1e-6, hint);
    expect_at_most("stds error", rel_error(&out.std_axis(Axis(0), 0.0), &stds), 1e-7, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let mut bn_param = BatchNormParam {
        mode: Mode::Test,
        eps: 0.2,
        momentum: 0.8,
        running_mean: rng.randn(vec![3]),
        running_var: rng.rand(vec![3]) + 0.1,
    };
    let (gamma, beta) = (rng.randn(vec![3]), rng.randn(vec![3]));
    for (batch, n) in [("many", 4), ("one", 1)] {
        let (out, cache) = batchnorm_forward(&rng.randn(vec![n, 3]), &gamma, &beta, &mut bn_param);
        probe(&format!("batchnorm_forward_test/output/{batch}"), &out);
        probe(&format!("batchnorm_forward_test/output/{batch}_normalized"), &cache.normalized);
        probe(&format!("batchnorm_forward_test/output/{batch}_inverse_std"), &cache.inverse_std);
        probe(&format!("batchnorm_forward_test/output/{batch}_gamma"), &cache.gamma);
    }
    // Unchanged by it.
    probe("batchnorm_forward_test/output/running_mean", &bn_param.running_mean);
    probe("batchnorm_forward_test/output/running_var", &bn_param.running_var);
}
// END HIDDEN TESTS

// %% [markdown]
// ## Backward
//
// $x_i$ reaches the output on three paths: directly, through the mean $\mu$, and through the deviation $\sigma$, which itself
// contains $\mu$. Draw the graph
//
//     x ------------> x - mu ----> y = (x - mu) / sigma ----> out = gamma y + beta
//     |---> mu ---------^                         ^
//     '---> v ---> sigma = sqrt(v + eps) ---------'
//
// and go back along it: $\partial L / \partial y$ first, then $\partial L / \partial \sigma$ and $\partial L / \partial \mu$
// (each a sum over the batch, since all $N$ samples use the same $\sigma$ and $\mu$), and last $\partial L / \partial x_i$, the
// sum of what arrives on the three paths. Simplify each step before you go on: with $\partial \sigma / \partial x_i = y_i / N$
// and $\sum_i y_i = 0$, little remains. In the end `dx` is a short formula of $y$, $1/\sigma$, $\gamma$ and two sums over the
// batch.
//
// **Question 2.2 (2 points).** Write `batchnorm_backward`, for a pass in training.

// %% nbgrader={"grade": false, "grade_id": "batchnorm_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The gradients of batch normalization in training.
///
/// - `dout`: the derivative with respect to the output, `(N, D)`
/// - `cache`: what `batchnorm_forward` returned
///
/// Returns `dx`, `(N, D)`, `dgamma`, `(D,)`, and `dbeta`, `(D,)`.
fn batchnorm_backward(
    dout: &ArrayD<f64>,
    cache: &BatchNormCache,
) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION dgamma and dbeta as sums over the batch; dx as the sum of the three paths
    let num_samples = dout.shape()[0] as f64;
    let dgamma = (dout * &cache.normalized).sum_axis(Axis(0));
    let dbeta = dout.sum_axis(Axis(0));
    let through_mean = &dbeta / num_samples;
    let through_std = &cache.normalized * &(&dgamma / num_samples);
    let dx = (dout - &through_mean - &through_std) * &(&cache.gamma * &cache.inverse_std);
    (dx, dgamma, dbeta)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_batchnorm_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = 5.0 * rng.randn(vec![4, 5]) + 12.0;
    let gamma = rng.randn(vec![5]);
    let beta = rng.randn(vec![5]);
    let dout = rng.randn(vec![4, 5]);
    let forward = |x: &ArrayD<f64>, gamma: &ArrayD<f64>, beta: &ArrayD<f64>| {
        batchnorm_forward(x, gamma, beta, &mut BatchNormParam::new(5))
    };
    let dx_num = eval_numerical_gradient_array(|x| forward(x, &gamma, &beta).0, &x, &dout, 1e-5);
    let dgamma_num =
        eval_numerical_gradient_array(|gamma| forward(&x, gamma, &beta).0, &gamma, &dout, 1e-5);
    let dbeta_num = eval_numerical_gradient_array(|beta| forward(&x, &gamma, beta).0, &beta, &dout, 1e-5);
    let (_, cache) = forward(&x, &gamma, &beta);
    let (dx, dgamma, dbeta) = batchnorm_backward(&dout, &cache);

    // The errors are between 1e-13 and 1e-8.
    println!("Testing batchnorm_backward function:");
    let hint =
        "Near 1: a path is missing, through the mean or the deviation. Near 4e-6: eps is counted twice.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-8, hint);
    let hint = "gamma multiplies the normalized inputs, in every row.";
    expect_at_most("dgamma error", rel_error(&dgamma_num, &dgamma), 1e-8, hint);
    expect_at_most("dbeta error", rel_error(&dbeta_num, &dbeta), 1e-8, "beta is added to every row.");
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(3, 8) as usize;
    // Of columns that vary, with a large eps; and of columns that hardly vary: their variance is of the size of eps.
    for (case, x, eps) in [
        ("wide", 2.0 * rng.randn(vec![n, 3]) - 1.0, 0.5),
        ("narrow", 0.003 * rng.randn(vec![5, 3]) + 7.0, 1e-5),
    ] {
        let (gamma, dout) = (rng.randn(vec![3]), rng.randn(x.shape().to_vec()));
        // The cache is made here, so that this question is judged by itself.
        let inverse_std = x.var_axis(Axis(0), 0.0).mapv(|var: f64| 1.0 / (var + eps).sqrt());
        let normalized = (&x - &x.mean_axis(Axis(0)).unwrap()) * &inverse_std;
        let cache = BatchNormCache { normalized, inverse_std, gamma };
        let (dx, dgamma, dbeta) = batchnorm_backward(&dout, &cache);
        probe(&format!("batchnorm_backward/{case}/dx"), &dx);
        probe(&format!("batchnorm_backward/{case}/dgamma"), &dgamma);
        probe(&format!("batchnorm_backward/{case}/dbeta"), &dbeta);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// ## A mistake worth knowing: eps counted twice
//
// $\partial \sigma / \partial v = 1 / (2 \sqrt{v + \epsilon}) = 1 / (2\sigma)$. Whoever has stored $s = v + \epsilon$ and later,
// out of habit, writes $1 / (2\sqrt{s + \epsilon})$ has added $\epsilon$ a second time. That is easily overlooked: on the check
// above the error is about $4 \cdot 10^{-6}$, which looks like rounding. But the right formula comes out at $10^{-9}$ or so, and
// that is the yardstick: an error a thousand times larger than that of a correct program is a mistake. On columns that hardly
// vary, where $v$ is of the size of $\epsilon$, the same mistake is no longer small. Units of a network whose weights start at
// 0.05 can be such columns.

// %% nbgrader={"grade": false, "grade_id": "eps_twice", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What `batchnorm_backward` would return as `dx`, were `eps` added a second time on the path through the
/// deviation. Wrong.
fn batchnorm_backward_eps_twice(dout: &ArrayD<f64>, cache: &BatchNormCache, eps: f64) -> ArrayD<f64> {
    let (right, _, _) = batchnorm_backward(dout, cache);
    // What arrives on the other paths: with the deviation held fast, the output is linear in x, and its
    // numerical gradient is exact with any step.
    let scale = &cache.gamma * &cache.inverse_std;
    let deviation_held = |x: &ArrayD<f64>| (x - &x.mean_axis(Axis(0)).unwrap()) * &scale;
    let others = eval_numerical_gradient_array(deviation_held, &cache.normalized, dout, 1.0);
    // sigma / sqrt(sigma^2 + eps): 1, if eps were not added again.
    let too_small = cache.inverse_std.mapv(|inverse| 1.0 / (1.0 + eps * inverse * inverse).sqrt());
    (right - &others) * &too_small + &others
}

/// The errors of both gradients, of a batch like that of the check, of columns with about this deviation.
fn compare_gradients(deviation: f64) -> (f64, f64) {
    let mut rng = RandomState::new(231);
    let x = deviation * rng.randn(vec![4, 5]) + 12.0;
    let (gamma, beta, dout) = (rng.randn(vec![5]), rng.randn(vec![5]), rng.randn(vec![4, 5]));
    let forward = |x: &ArrayD<f64>| batchnorm_forward(x, &gamma, &beta, &mut BatchNormParam::new(5));
    // A step that is small beside the deviation.
    let h = 2e-6 * deviation;
    let dx_num = eval_numerical_gradient_array(|x| forward(x).0, &x, &dout, h);
    let (_, cache) = forward(&x);
    let right = rel_error(&dx_num, &batchnorm_backward(&dout, &cache).0);
    (right, rel_error(&dx_num, &batchnorm_backward_eps_twice(&dout, &cache, 1e-5)))
}

{
    println!("dx error           right    eps twice    (the check's bound is 1e-8)");
    let (right, twice) = compare_gradients(5.0);
    println!("deviation 5      {right:.1e}    {twice:.1e}");
    assert!(twice > 1e-6, "the mistake must show");
    let (right, twice) = compare_gradients(0.005);
    println!("deviation 0.005  {right:.1e}    {twice:.1e}");
    assert!(twice > 1e-2, "the mistake must show");
}

// %% [markdown]
// ## The sandwich of the network
//
// The network's hidden layers are an affine layer, then the normalization, then the rectifier, **in this order**. The affine
// layer's outputs are what is normalized.
//
// **Question 2.3 (1 point).** Write `affine_batchnorm_relu_forward` and `affine_batchnorm_relu_backward`.

// %% nbgrader={"grade": false, "grade_id": "affine_batchnorm_relu_cache", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The caches of the three layers of the sandwich.
#[derive(Clone)]
struct AffineBatchNormReluCache {
    affine: AffineCache,
    batchnorm: BatchNormCache,
    relu: ArrayD<f64>,
}

// %% nbgrader={"grade": false, "grade_id": "affine_batchnorm_relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// An affine layer, then batch normalization, then a rectifier.
///
/// - `x`: inputs, `(N, d_1, ..., d_k)`
/// - `w`, `b`: weights `(D, M)` and biases `(M,)` of the affine layer
/// - `gamma`, `beta`, `bn_param`: scale, shift, `(M,)`, and the settings of the normalization
///
/// Returns `out`, `(N, M)`, and the three caches.
fn affine_batchnorm_relu_forward(
    x: &ArrayD<f64>,
    w: &ArrayD<f64>,
    b: &ArrayD<f64>,
    gamma: &ArrayD<f64>,
    beta: &ArrayD<f64>,
    bn_param: &mut BatchNormParam,
) -> (ArrayD<f64>, AffineBatchNormReluCache) {
    // BEGIN SOLUTION the three layers, one after the other; keep their caches
    let (scores, affine) = affine_forward(x, w, b);
    let (normalized, batchnorm) = batchnorm_forward(&scores, gamma, beta, bn_param);
    let (out, relu) = relu_forward(&normalized);
    (out, AffineBatchNormReluCache { affine, batchnorm, relu })
    // END SOLUTION
}

/// The gradients of the sandwich: `dx`, `dw`, `db`, `dgamma` and `dbeta`.
fn affine_batchnorm_relu_backward(
    dout: &ArrayD<f64>,
    cache: &AffineBatchNormReluCache,
) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    // BEGIN SOLUTION back through the three layers; return all five gradients
    let dnormalized = relu_backward(dout, &cache.relu);
    let (dscores, dgamma, dbeta) = batchnorm_backward(&dnormalized, &cache.batchnorm);
    let (dx, dw, db) = affine_backward(&dscores, &cache.affine);
    (dx, dw, db, dgamma, dbeta)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_affine_batchnorm_relu", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![6, 3, 4]);
    let (w, b) = (rng.randn(vec![12, 5]), rng.randn(vec![5]));
    let (gamma, beta) = (rng.randn(vec![5]), rng.randn(vec![5]));
    let dout = rng.randn(vec![6, 5]);
    let forward = |x: &ArrayD<f64>, w: &ArrayD<f64>, gamma: &ArrayD<f64>, beta: &ArrayD<f64>| {
        affine_batchnorm_relu_forward(x, w, &b, gamma, beta, &mut BatchNormParam::new(5))
    };
    let (out, cache) = forward(&x, &w, &gamma, &beta);
    let (dx, dw, db, dgamma, dbeta) = affine_batchnorm_relu_backward(&dout, &cache);
    let dx_num = eval_numerical_gradient_array(|x| forward(x, &w, &gamma, &beta).0, &x, &dout, 1e-5);
    let dw_num = eval_numerical_gradient_array(|w| forward(&x, w, &gamma, &beta).0, &w, &dout, 1e-5);
    let dgamma_num =
        eval_numerical_gradient_array(|gamma| forward(&x, &w, gamma, &beta).0, &gamma, &dout, 1e-5);
    let dbeta_num =
        eval_numerical_gradient_array(|beta| forward(&x, &w, &gamma, beta).0, &beta, &dout, 1e-5);

    println!("Testing affine_batchnorm_relu_forward and affine_batchnorm_relu_backward:");
    let smallest = out.fold(0.0, |smallest: f64, value| smallest.min(*value));
    expect_at_least("smallest output", smallest, 0.0, "The rectifier comes last.");
    let hint = "Backward, the order is rectifier, normalization, affine layer.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-7, hint);
    expect_at_most("dw error", rel_error(&dw_num, &dw), 1e-7, hint);
    expect_at_most("dgamma error", rel_error(&dgamma_num, &dgamma), 1e-7, hint);
    expect_at_most("dbeta error", rel_error(&dbeta_num, &dbeta), 1e-7, hint);
    // A bias that is subtracted again with the mean has no effect: see question 4.4.
    expect_at_most("db from 0", db.mapv(f64::abs).sum(), 1e-12, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (x, w, b) = (rng.randn(vec![7, 2, 2]), rng.randn(vec![4, 3]), rng.randn(vec![3]));
    let (gamma, beta) = (rng.randn(vec![3]), rng.randn(vec![3]));
    let mut bn_param = BatchNormParam { eps: 0.1, ..BatchNormParam::new(3) };
    let (out, cache) = affine_batchnorm_relu_forward(&x, &w, &b, &gamma, &beta, &mut bn_param);
    probe("affine_batchnorm_relu/forward/out", &out);
    probe("affine_batchnorm_relu/forward/running_mean", &bn_param.running_mean);
    probe("affine_batchnorm_relu/forward/running_var", &bn_param.running_var);
    let (dx, dw, db, dgamma, dbeta) = affine_batchnorm_relu_backward(&rng.randn(vec![7, 3]), &cache);
    probe("affine_batchnorm_relu/backward/dx", &dx);
    probe("affine_batchnorm_relu/backward/dw", &dw);
    // It is 0 but for rounding.
    probe("affine_batchnorm_relu/backward/db_is_zero", &db.mapv(|value: f64| value.abs() < 1e-9));
    probe("affine_batchnorm_relu/backward/dgamma", &dgamma);
    probe("affine_batchnorm_relu/backward/dbeta", &dbeta);
}
// END HIDDEN TESTS

// %% [markdown]
// # 3. Losses
//
// A loss says how wrong the outputs $x$ of a network are, in one number: the mean over the $N$ samples of the batch. It also
// returns the gradient with respect to $x$, with which the backward pass begins. The mean divides by $N$; so does the gradient.
//
// ## Softmax, for classes
//
// $x$ holds a score for each of $C$ classes, $(N, C)$. The softmax turns the scores of a sample into probabilities, and the loss
// is the mean of minus the logarithm of the probability of the right class $y_n$:
//
// $$p_{nc} = \frac{e^{x_{nc}}}{\sum_k e^{x_{nk}}}, \qquad
// L = -\frac1N \sum_n \ln p_{n, y_n} = -\frac1N \sum_n \Big( x_{n,y_n} - \ln \sum_k e^{x_{nk}} \Big).$$
//
// $e^{1000}$ is too large for any number type here. A constant that is added to all scores of a sample cancels: subtract the
// sample's largest score first. And compute $\ln p$ as in the second form, not as the logarithm of a $p$ that may have been
// rounded to 0. A table with 1 at the right classes and 0 elsewhere, $(N, C)$, picks them without a loop:
// `Array2::from_shape_fn((n, c), |(i, j)| if y[i] == j { 1.0 } else { 0.0 }).into_dyn()`.
//
// **Question 3.1 (1 point).** Write `softmax_loss`.

// %% nbgrader={"grade": false, "grade_id": "softmax_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The mean cross-entropy of scores.
///
/// - `x`: scores, `(N, C)`, of any size
/// - `y`: the right class of each sample, `(N,)`, from 0 to C - 1
///
/// Returns the loss, and its gradient with respect to `x`, `(N, C)`.
fn softmax_loss(x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, ArrayD<f64>) {
    // BEGIN SOLUTION logarithms of probabilities, of scores less each sample's largest; loss and gradient
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let max = x.fold_axis(Axis(1), f64::NEG_INFINITY, |max, score| max.max(*score)).insert_axis(Axis(1));
    let shifted = x - &max;
    let log_sum = shifted.mapv(f64::exp).sum_axis(Axis(1)).mapv(f64::ln).insert_axis(Axis(1));
    let log_probabilities = shifted - &log_sum;
    let right = Array2::from_shape_fn((n, c), |(i, j)| if y[i] == j { 1.0 } else { 0.0 }).into_dyn();
    let loss = -(&right * &log_probabilities).sum() / n as f64;
    let dx = (log_probabilities.mapv(f64::exp) - &right) / n as f64;
    (loss, dx)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_softmax_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = 0.001 * rng.randn(vec![50, 10]);
    let y = rng.randint(0, 10, 50).mapv(|class| class as usize);
    let dx_num = eval_numerical_gradient(|x| softmax_loss(x, &y).0, &x, 1e-5);
    let (loss, dx) = softmax_loss(&x, &y);

    // The loss is near ln 10 = 2.3026: ten classes are as likely as each other. The error is around 1e-8.
    println!("Testing softmax_loss:");
    println!("loss: {loss}");
    let hint = "Is it minus the logarithm, of the right class, and the mean over samples?";
    expect_at_most("difference from 2.302545844500738", (loss - 2.302545844500738).abs(), 1e-12, hint);
    let hint = "The gradient of a mean has the factor 1/N too.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-7, hint);
    let (loss, _) = softmax_loss(&array![[1000.0, 0.0], [0.0, 1000.0]].into_dyn(), &array![1, 1]);
    let hint = "Subtract the largest score of each sample, and take no logarithm of 0.";
    expect_at_most("difference from 500, with scores of 1000", (loss - 500.0).abs(), 1e-9, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let (n, c) = (rng.random_int(3, 9) as usize, rng.random_int(2, 6) as usize);
    let x = 2.0 * rng.randn(vec![n, c]);
    let y = rng.randint(0, c as i64, n).mapv(|class| class as usize);
    // Every class once as the right one; a single sample.
    let every: Array1<usize> = array![3, 2, 1, 0];
    for (case, x, y) in [
        ("ordinary/many", x, y),
        ("ordinary/every", rng.randn(vec![4, 4]), every.clone()),
        ("ordinary/one", rng.randn(vec![1, 3]), array![2]),
        ("large/positive", 3.0 * rng.randn(vec![4, 4]) + 900.0, every.clone()),
        ("large/negative", rng.randn(vec![4, 4]) - 2000.0, every.clone()),
    ] {
        let (loss, dx) = softmax_loss(&x, &y);
        probe(&format!("softmax_loss/{case}_loss"), &loss);
        probe(&format!("softmax_loss/{case}_dx"), &dx);
    }
    // Scores so far apart that some probabilities are rounded to 0.
    let (loss, _) = softmax_loss(&(700.0 * rng.randn(vec![4, 4])), &every);
    probe("softmax_loss/large/apart_loss", &loss);
}
// END HIDDEN TESTS

// %% [markdown]
// ## Mean squared error, for numbers
//
// $$L = \frac1N \sum_n (x_n - y_n)^2$$
//
// **Question 3.2 (1 point).** Write `mse_loss`.

// %% nbgrader={"grade": false, "grade_id": "mse_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The mean squared error of predictions.
///
/// - `x`: predictions, `(N,)` or `(N, 1)`
/// - `y`: what they should be, in the same shape
///
/// Returns the loss, and its gradient with respect to `x`, in the shape of `x`.
fn mse_loss(x: &ArrayD<f64>, y: &ArrayD<f64>) -> (f64, ArrayD<f64>) {
    // BEGIN SOLUTION the mean of the squared differences, and its derivative
    let n = x.shape()[0] as f64;
    let difference = x - y;
    let loss = (&difference * &difference).sum() / n;
    (loss, 2.0 * difference / n)
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_mse_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![50]);
    let y = rng.randn(vec![50]);
    let dx_num = eval_numerical_gradient(|x| mse_loss(x, &y).0, &x, 1e-5);
    let (loss, dx) = mse_loss(&x, &y);

    // The error is around 3e-9.
    println!("Testing mse_loss:");
    println!("loss: {loss}");
    let hint = "The mean of the squares: no factor of 1/2 here.";
    expect_at_most("difference from 1.8672282748726519", (loss - 1.8672282748726519).abs(), 1e-12, hint);
    let hint = "The derivative of a square has a factor of 2, that of a mean one of 1/N.";
    expect_at_most("dx error", rel_error(&dx_num, &dx), 1e-7, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(2, 9) as usize;
    for (case, shape) in [("flat", vec![n]), ("column", vec![7, 1])] {
        let (loss, dx) = mse_loss(&rng.randn(shape.clone()), &(3.0 * rng.randn(shape)));
        probe(&format!("mse_loss/{case}/loss"), &loss);
        probe(&format!("mse_loss/{case}/dx"), &dx);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// # 4. A fully connected network of any depth
//
// For $L$ layers, of which $L - 1$ are hidden, the network is
//
//     {affine - [batch normalization] - rectifier} x (L - 1) - affine - softmax or mean squared error
//
// The brackets mean: where the layer's flag in `normalization` is true. Each flag counts for its own layer.
//
// Its parameters have names, with a number that counts layers from 1:
//
// | name | shape | starts as |
// |---|---|---|
// | `W1`, `W2`, ... | `(D, M)`, from the previous layer's size to this one's | normal numbers with standard deviation `weight_scale` |
// | `b1`, `b2`, ... | `(M,)` | 0 |
// | `gamma1`, ..., only of normalized layers | `(M,)`: the size of the layer's **output** | 1 |
// | `beta1`, ..., only of normalized layers | `(M,)` | 0 |
//
// They are kept in `Parameters`, a table of arrays by name: `params["W1"]` is the array, `params[&format!("W{layer}")]` that of
// the number in `layer`, and `params.insert("b1", ArrayD::zeros(vec![20]))` puts one in.
//
// The loss has a second part, the *regularization*, which keeps weights small:
//
// $$L = L_\mathrm{data} + \frac{r}{2} \sum_l \sum_{ij} \big(W^{(l)}_{ij}\big)^2,$$
//
// with the strength $r$ = `reg`. It is of all weights $W$, the last layer's too, and of nothing else. The factor $1/2$ makes its
// gradient simply $r\,W$.

// %% nbgrader={"grade": false, "grade_id": "network_types", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Category {
    /// Classes, with the softmax loss.
    Classification,
    /// Numbers, with the mean squared error.
    Regression,
}

/// How a network is built.
#[derive(Clone, Debug)]
struct FullyConnectedConfig {
    category: Category,
    /// The size of each hidden layer.
    hidden_dims: Vec<usize>,
    /// For each hidden layer, whether its affine layer is followed by batch normalization.
    normalization: Vec<bool>,
    /// How many numbers a sample has.
    input_dim: usize,
    /// How many classes there are; 1 for regression.
    output_dim: usize,
    /// The strength of the regularization.
    reg: f64,
    /// The standard deviation of the initial weights.
    weight_scale: f64,
}

impl FullyConnectedConfig {
    /// For pictures of 784 pixels and ten classes. Other values are set so:
    /// `FullyConnectedConfig { input_dim: 8, ..FullyConnectedConfig::new(...) }`.
    fn new(category: Category, hidden_dims: &[usize], normalization: &[bool]) -> FullyConnectedConfig {
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

/// The cache of a hidden layer, of one kind or the other.
#[derive(Clone)]
enum HiddenCache {
    Plain(AffineReluCache),
    Normalized(AffineBatchNormReluCache),
}

// %% [markdown]
// **Questions 4.1 (1 point), 4.2 (2 points) and 4.3 (2 points).** Write the three functions of `FullyConnectedNet` that are
// missing. The rest is given: it makes the network a `Model`, which is what nnlib's `Solver` trains. Loops are welcome here.
//
// - `new` makes the parameters (4.1). Draw the weights layer by layer, first to last.
// - `forward` computes the scores, with the sandwiches of parts 1 and 2. `bn_params[layer - 1]` is `Some(...)` for a hidden layer
//   that is normalized, else `None`:
//
//         match &mut self.bn_params[layer - 1] {
//             Some(bn_param) => { ... }
//             None => { ... }
//         }
//
//   Set `bn_param.mode` to the mode of the pass. The last layer is affine alone.
// - `loss` runs a forward pass in training, computes the loss with its regularization, and goes back through the layers, last to
//   first. A cache says itself which kind it is:
//
//         match &caches[layer - 1] {
//             HiddenCache::Plain(cache) => { ... }
//             HiddenCache::Normalized(cache) => { ... }
//         }

// %% nbgrader={"grade": false, "grade_id": "FullyConnectedNet", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// A network of affine layers with rectifiers between them, normalized where that is asked for.
#[derive(Clone)]
struct FullyConnectedNet {
    category: Category,
    /// How many affine layers there are: one more than hidden layers.
    num_layers: usize,
    reg: f64,
    /// `W1`, `b1`, and `gamma1`, `beta1` where layer 1 is normalized, and so on.
    params: Parameters,
    /// For each hidden layer, settings and running averages of its normalization, if it is normalized.
    bn_params: Vec<Option<BatchNormParam>>,
}

impl FullyConnectedNet {
    /// A network with its initial parameters.
    ///
    /// Weights are `rng.normal(0.0, config.weight_scale, vec![d, m])`, drawn from the first layer to the
    /// last; nothing else is drawn.
    fn new(config: &FullyConnectedConfig, rng: &mut RandomState) -> FullyConnectedNet {
        // BEGIN SOLUTION all parameters by name, and a BatchNormParam for each normalized hidden layer
        let mut dims = vec![config.input_dim];
        dims.extend(&config.hidden_dims);
        dims.push(config.output_dim);
        let num_layers = config.hidden_dims.len() + 1;
        let mut params = Parameters::new();
        let mut bn_params = Vec::new();
        for layer in 1..=num_layers {
            let (d, m) = (dims[layer - 1], dims[layer]);
            params.insert(&format!("W{layer}"), rng.normal(0.0, config.weight_scale, vec![d, m]));
            params.insert(&format!("b{layer}"), Vector::zeros(m));
            if layer == num_layers {
                continue;
            }
            if config.normalization[layer - 1] {
                params.insert(&format!("gamma{layer}"), Vector::ones(m));
                params.insert(&format!("beta{layer}"), Vector::zeros(m));
                bn_params.push(Some(BatchNormParam::new(m)));
            } else {
                bn_params.push(None);
            }
        }
        FullyConnectedNet {
            category: config.category,
            num_layers,
            reg: config.reg,
            params,
            bn_params,
        }
        // END SOLUTION
    }

    /// The scores of `x`, `(N, d_1, ..., d_k)`: `(N, C)` for classification, `(N, 1)` for regression.
    ///
    /// Also returns the caches of the hidden layers, first to last, and that of the last affine layer.
    fn forward(&mut self, x: &ArrayD<f64>, mode: Mode) -> (ArrayD<f64>, Vec<HiddenCache>, AffineCache) {
        // BEGIN SOLUTION through the sandwich of each hidden layer, then the last affine layer
        let mut caches = Vec::new();
        let mut hidden = x.clone();
        for layer in 1..self.num_layers {
            let w = &self.params[&format!("W{layer}")];
            let b = &self.params[&format!("b{layer}")];
            match &mut self.bn_params[layer - 1] {
                Some(bn_param) => {
                    bn_param.mode = mode;
                    let gamma = &self.params[&format!("gamma{layer}")];
                    let beta = &self.params[&format!("beta{layer}")];
                    let (out, cache) =
                        affine_batchnorm_relu_forward(&hidden, w, b, gamma, beta, bn_param);
                    hidden = out;
                    caches.push(HiddenCache::Normalized(cache));
                }
                None => {
                    let (out, cache) = affine_relu_forward(&hidden, w, b);
                    hidden = out;
                    caches.push(HiddenCache::Plain(cache));
                }
            }
        }
        let last = self.num_layers;
        let (scores, cache) =
            affine_forward(&hidden, &self.params[&format!("W{last}")], &self.params[&format!("b{last}")]);
        (scores, caches, cache)
        // END SOLUTION
    }
}

impl Model for FullyConnectedNet {
    /// The loss of a batch in training, and its gradient with respect to each parameter, by their names.
    ///
    /// - `x`: samples, `(N, d_1, ..., d_k)`
    /// - `y`: for classification, `y.classes()` are the right classes, `(N,)`; for regression,
    ///   `y.values()` are the right values, `(N,)`: reshape them to the shape of the scores
    fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
        // BEGIN SOLUTION a forward pass in training; loss and gradients, last layer first; regularization
        let (scores, caches, last_cache) = self.forward(x, Mode::Train);
        let (data_loss, dscores) = match self.category {
            Category::Classification => softmax_loss(&scores, y.classes()),
            Category::Regression => mse_loss(&scores, &reshape(y.values(), scores.shape())),
        };
        let mut loss = data_loss;
        let mut grads = Parameters::new();
        let last = self.num_layers;
        let (mut dhidden, dw, db) = affine_backward(&dscores, &last_cache);
        grads.insert(&format!("W{last}"), dw);
        grads.insert(&format!("b{last}"), db);
        for layer in (1..last).rev() {
            let (dx, dw, db) = match &caches[layer - 1] {
                HiddenCache::Plain(cache) => affine_relu_backward(&dhidden, cache),
                HiddenCache::Normalized(cache) => {
                    let (dx, dw, db, dgamma, dbeta) = affine_batchnorm_relu_backward(&dhidden, cache);
                    grads.insert(&format!("gamma{layer}"), dgamma);
                    grads.insert(&format!("beta{layer}"), dbeta);
                    (dx, dw, db)
                }
            };
            grads.insert(&format!("W{layer}"), dw);
            grads.insert(&format!("b{layer}"), db);
            dhidden = dx;
        }
        for layer in 1..=last {
            let name = format!("W{layer}");
            let w = &self.params[&name];
            loss += 0.5 * self.reg * (w * w).sum();
            grads[&name] += &(self.reg * w);
        }
        (loss, grads)
        // END SOLUTION
    }

    // Given: what nnlib's Solver needs besides.

    /// The scores after training: a forward pass of a copy, so that nothing of the network changes.
    fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
        self.clone().forward(x, Mode::Test).0
    }

    fn params(&self) -> &Parameters {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Parameters {
        &mut self.params
    }

    /// The running averages, which belong to the trained network as much as its parameters.
    fn buffers(&self) -> Parameters {
        let mut buffers = Parameters::new();
        for (index, bn_param) in self.bn_params.iter().enumerate() {
            if let Some(bn_param) = bn_param {
                buffers.insert(&format!("running_mean{}", index + 1), bn_param.running_mean.clone());
                buffers.insert(&format!("running_var{}", index + 1), bn_param.running_var.clone());
            }
        }
        buffers
    }

    fn set_buffers(&mut self, buffers: &Parameters) {
        for (index, bn_param) in self.bn_params.iter_mut().enumerate() {
            if let Some(bn_param) = bn_param {
                bn_param.running_mean = buffers[&format!("running_mean{}", index + 1)].clone();
                bn_param.running_var = buffers[&format!("running_var{}", index + 1)].clone();
            }
        }
    }
}

// %% [markdown]
// First the parameters (question 4.1), of a network with the second of three hidden layers not normalized.

// %% nbgrader={"grade": true, "grade_id": "test_net_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let config = FullyConnectedConfig {
        input_dim: 12,
        output_dim: 4,
        weight_scale: 0.05,
        ..FullyConnectedConfig::new(Category::Classification, &[40, 30, 20], &[true, false, true])
    };
    let net = FullyConnectedNet::new(&config, &mut RandomState::new(231));
    println!("Testing FullyConnectedNet::new:");
    println!("{:?}", net.params);
    let names: Vec<&str> = net.params.names().collect();
    let expected = ["W1", "W2", "W3", "W4", "b1", "b2", "b3", "b4", "beta1", "beta3", "gamma1", "gamma3"];
    assert_eq!(names, expected, "A hidden layer has gamma and beta where its own flag is true.");
    assert_eq!(
        net.params["W2"].shape(),
        [40, 30],
        "Weights go from the previous layer's size to this one's."
    );
    assert_eq!(net.params["gamma1"].shape(), [40], "What is normalized is the affine layer's output.");
    assert!(net.params["gamma3"].iter().all(|value| *value == 1.0), "Scales start at 1.");
    assert!(net.params["beta3"].iter().all(|value| *value == 0.0), "Shifts start at 0.");
    assert!(net.params["b4"].iter().all(|value| *value == 0.0), "Biases start at 0.");
    let deviation = net.params["W1"].std(0.0);
    let hint = "weight_scale is the standard deviation.";
    expect_at_most("std of W1 from weight_scale", (deviation - 0.05).abs(), 0.005, hint);
    let flags: Vec<bool> = net.bn_params.iter().map(|bn_param| bn_param.is_some()).collect();
    assert_eq!(
        flags,
        [true, false, true],
        "bn_params: an entry a hidden layer, Some(...) where it is normalized."
    );
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let hidden = rng.random_int(2, 7) as usize;
    for (case, input_dim, output_dim, hidden_dims, flags) in [
        ("first_plain", 6, 3, vec![hidden, 5], vec![false, true]),
        ("first_normalized", 5, 2, vec![4, hidden, 3], vec![true, true, false]),
        // No hidden layer at all: a linear model.
        ("linear", 4, 1, vec![], vec![]),
    ] {
        let config = FullyConnectedConfig {
            input_dim,
            output_dim,
            weight_scale: 0.3,
            ..FullyConnectedConfig::new(Category::Classification, &hidden_dims, &flags)
        };
        let net = FullyConnectedNet::new(&config, &mut rng);
        probe(&format!("net_parameters/{case}/count"), &net.params.len());
        for (name, value) in net.params.iter() {
            probe(&format!("net_parameters/{case}/{name}"), value);
        }
        let is_normalized: Vec<bool> = net.bn_params.iter().map(|bn_param| bn_param.is_some()).collect();
        probe(&format!("net_parameters/{case}/num_layers"), &is_normalized.len());
        for (index, flag) in is_normalized.iter().enumerate() {
            probe(&format!("net_parameters/{case}/is_normalized_{index}"), flag);
        }
    }
}
// END HIDDEN TESTS

// %% [markdown]
// Now loss and gradients without normalization (question 4.2). The initial losses are known exactly. The gradient check takes a
// batch of two samples first, then a larger one, drawn so that no input of a rectifier is near its corner, where numerical
// gradients are off. The table shows for each parameter the entry with the largest error.

// %% nbgrader={"grade": false, "grade_id": "check_net", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// Compares the gradients that a network computes with numerical ones.
fn check_net(net: &FullyConnectedNet, x: &ArrayD<f64>, y: &Targets) -> GradientReport {
    let mut moved = net.clone();
    let loss_at = |params: &Parameters| {
        moved.params = params.clone();
        moved.loss(x, y)
    };
    let report = check_gradients(loss_at, &net.params, 1e-5);
    println!("{report}");
    report
}

/// The network and the batch of the first check: two samples, 15 numbers each, ten classes.
fn first_check(normalization: &[bool], reg: f64, rng: &mut RandomState) -> FullyConnectedNet {
    let config = FullyConnectedConfig {
        input_dim: 15,
        output_dim: 10,
        reg,
        weight_scale: 5e-2,
        ..FullyConnectedConfig::new(Category::Classification, &[20, 30], normalization)
    };
    FullyConnectedNet::new(&config, rng)
}

/// Random classes from 0 to 9.
fn random_classes(rng: &mut RandomState, count: usize) -> Targets {
    Targets::Classes(rng.randint(0, 10, count).mapv(|class| class as usize))
}

// %% nbgrader={"grade": true, "grade_id": "test_net_plain", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![2, 15]);
    let y = random_classes(&mut rng, 2);
    for (reg, expected) in [(0.0, 2.3004790897684924), (3.14, 7.052114776533016)] {
        println!("Running check with reg = {reg}");
        let mut net = first_check(&[false, false], reg, &mut rng);
        let (loss, _) = net.loss(&x, &y);
        println!("Initial loss: {loss}");
        let hint =
            "At reg = 0: is something normalized, though its flag is false? At 3.14: the regularization.";
        expect_at_most(&format!("difference from {expected}"), (loss - expected).abs(), 1e-11, hint);
        // With two samples, some gradients are as small as rounding errors: W may be off by 1e-4.
        let hint =
            "The gradients go back through the layers in the opposite order, each with its own cache.";
        let report = check_net(&net, &x, &y);
        let error = |name: &str| report.row(name).rel_error;
        expect_at_most("largest error of W", error("W1").max(error("W2")).max(error("W3")), 1e-4, hint);
        expect_at_most("largest error of b", error("b1").max(error("b2")).max(error("b3")), 1e-6, hint);
    }

    println!("Running check with 20 samples");
    let mut rng = RandomState::new(3);
    let x = rng.randn(vec![20, 15]);
    let y = random_classes(&mut rng, 20);
    let config = FullyConnectedConfig {
        input_dim: 15,
        reg: 0.1,
        weight_scale: 0.5,
        ..FullyConnectedConfig::new(Category::Classification, &[20, 30], &[false, false])
    };
    let report = check_net(&FullyConnectedNet::new(&config, &mut rng), &x, &y);
    let hint = "The gradient of the regularization is reg * W, for every W.";
    expect_at_most("largest error", report.max_error(), 1e-6, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(3, 7) as usize;
    let config = FullyConnectedConfig {
        input_dim: 6,
        output_dim: 3,
        reg: 0.7,
        weight_scale: 0.4,
        ..FullyConnectedConfig::new(Category::Classification, &[5, 4, 4], &[false, false, false])
    };
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    // Parameters of our own, biases too, so that this question is judged by itself.
    for (_, value) in net.params.iter_mut() {
        *value = 0.6 * rng.randn(value.shape().to_vec());
    }
    let x = rng.randn(vec![n, 2, 3]);
    let y = Targets::Classes(rng.randint(0, 3, n).mapv(|class| class as usize));
    probe("net_plain/scores", &net.scores(&x));
    let (loss, grads) = net.loss(&x, &y);
    probe("net_plain/loss", &loss);
    for (name, value) in grads.iter() {
        probe(&format!("net_plain/gradients/d{name}"), value);
    }
}
// END HIDDEN TESTS

// %% [markdown]
// And with normalization (question 4.3), with flags that differ, and for regression.

// %% nbgrader={"grade": true, "grade_id": "test_net_normalized", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![2, 15]);
    let y = random_classes(&mut rng, 2);
    for (reg, expected) in [(0.0, 2.2611955101340957), (3.14, 6.996533220108303)] {
        println!("Running check with reg = {reg}");
        let mut net = first_check(&[true, true], reg, &mut rng);
        let (loss, _) = net.loss(&x, &y);
        println!("Initial loss: {loss}");
        let hint =
            "Affine, normalization, rectifier, in this order. Of the parameters, only W is regularized.";
        expect_at_most(&format!("difference from {expected}"), (loss - expected).abs(), 1e-11, hint);
        let hint = "Which of the caches belongs to which layer?";
        let report = check_net(&net, &x, &y);
        let error = |name: &str| report.row(name).rel_error;
        // Normalizing two nearly equal numbers is nearly a step: there, the numerical gradient is off.
        expect_at_most("largest error of W", error("W1").max(error("W2")).max(error("W3")), 1.5e-4, hint);
        let of_scales = error("gamma1").max(error("gamma2")).max(error("beta1")).max(error("beta2"));
        expect_at_most("largest error of gamma, beta and b3", of_scales.max(error("b3")), 1e-6, hint);
        // b1 and b2 have no effect (question 4.4): nothing but rounding errors to be compared.
        let analytic = |name: &str| report.row(name).analytic.abs();
        expect_at_most("largest of db1 and db2", analytic("b1").max(analytic("b2")), 1e-12, hint);
    }

    println!("Running check with 20 samples");
    let mut rng = RandomState::new(31);
    let x = rng.randn(vec![20, 15]);
    let y = random_classes(&mut rng, 20);
    let config = FullyConnectedConfig {
        input_dim: 15,
        reg: 0.1,
        weight_scale: 0.5,
        ..FullyConnectedConfig::new(Category::Classification, &[20, 30], &[true, true])
    };
    let report = check_net(&FullyConnectedNet::new(&config, &mut rng), &x, &y);
    let compared = report.rows.iter().filter(|row| !["b1", "b2"].contains(&row.name.as_str()));
    let largest = compared.map(|row| row.rel_error).fold(0.0, f64::max);
    expect_at_most("largest error", largest, 1e-6, "Away from corners, every parameter agrees to 1e-6.");

    println!("Running check of a regression");
    let mut rng = RandomState::new(35);
    let x = rng.randn(vec![20, 15]);
    let y = Targets::Values(rng.randn(vec![20]));
    let config = FullyConnectedConfig {
        input_dim: 15,
        output_dim: 1,
        reg: 0.1,
        weight_scale: 0.5,
        ..FullyConnectedConfig::new(Category::Regression, &[20, 30], &[true, true])
    };
    let report = check_net(&FullyConnectedNet::new(&config, &mut rng), &x, &y);
    let compared = report.rows.iter().filter(|row| !["b1", "b2"].contains(&row.name.as_str()));
    let largest = compared.map(|row| row.rel_error).fold(0.0, f64::max);
    expect_at_most(
        "largest error",
        largest,
        1e-6,
        "Are the values reshaped to (N, 1), and is the loss mse_loss?",
    );

    // A trained network treats each sample by itself.
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    net.loss(&x, &y);
    let first = net.scores(&x.slice_axis(Axis(0), (0..1).into()).to_owned());
    let all = net.scores(&x);
    let hint = "Set bn_param.mode to the mode of the pass: scores are computed in Mode::Test.";
    expect_at_most("score alone and among others", (first[[0, 0]] - all[[0, 0]]).abs(), 1e-12, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    let n = rng.random_int(4, 8) as usize;
    for (case, category, output_dim, flags) in [
        ("first", Category::Classification, 3, [true, false]),
        ("second", Category::Classification, 3, [false, true]),
        ("regression", Category::Regression, 1, [true, true]),
    ] {
        let config = FullyConnectedConfig {
            input_dim: 6,
            output_dim,
            reg: 0.3,
            ..FullyConnectedConfig::new(category, &[5, 4], &flags)
        };
        let mut net = FullyConnectedNet::new(&config, &mut rng);
        for (_, value) in net.params.iter_mut() {
            *value = 0.6 * rng.randn(value.shape().to_vec());
        }
        let x = rng.randn(vec![n, 6]);
        let y = match category {
            Category::Classification => {
                Targets::Classes(rng.randint(0, 3, n).mapv(|class| class as usize))
            }
            Category::Regression => Targets::Values(rng.randn(vec![n])),
        };
        let (loss, grads) = net.loss(&x, &y);
        probe(&format!("net_normalized/{case}/loss"), &loss);
        for (name, value) in grads.iter() {
            // The gradient of a bias before a normalization is 0 but for rounding.
            let is_zero = (name == "b1" && flags[0]) || (name == "b2" && flags[1]);
            let rounding = if is_zero { 1e-9 } else { 0.0 };
            let value = value.mapv(|value| if value.abs() < rounding { 0.0 } else { value });
            probe(&format!("net_normalized/{case}/d{name}"), &value);
        }
        for (name, value) in net.buffers().iter() {
            probe(&format!("net_normalized/{case}/{name}"), value);
        }
        // Scores go by the running averages, and change nothing.
        probe(&format!("net_normalized/{case}/scores"), &net.scores(&x));
        probe(&format!("net_normalized/{case}/scores_again"), &net.scores(&x));
    }
}
// END HIDDEN TESTS

// %% [markdown]
// In the tables above, the relative errors of `b1` and `b2` mean nothing where these layers are normalized: both gradients are
// so small that only rounding is compared. That is no accident.

// %% [markdown] nbgrader={"grade": true, "grade_id": "bias_before_normalization", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
// **Question 4.4 (1 point).** Why is the gradient of a bias 0 when batch normalization follows its affine layer? Which parameter
// does its work instead? What would change if the normalization came *before* the affine layer?
//
// <!-- BEGIN SOLUTION -->
// The bias adds the same number to a whole column, and so to the column's mean. The normalization subtracts that mean, and the
// variance does not see a shift at all: the output does not depend on the bias, so its gradient is 0 in exact arithmetic, and
// rounding errors otherwise. Its work is done by beta, which is added *after* the normalization.
//
// If the normalization came first, the affine layer's output would go into the rectifier as it is: the bias would have an effect and
// a gradient. But then what is normalized are the inputs of the layer (the features of the data, or the rectified numbers of the
// previous layer), and nothing keeps the rectifier's own inputs at a moderate size.
// <!-- END SOLUTION -->

// %% [markdown]
// ## Another mistake worth knowing: the wrong order, and a flag that nobody reads
//
// Here is a network that normalizes *before* each affine layer, and does so whether or not the flag is set. Its gamma and beta
// have the size of the layer's input. It runs, it even learns, and its initial losses look plausible: 2.33 where 2.30 is right.
// Two things give it away. Its loss is *exactly* the same with the flags true and false. And it is not the known number: 2.33
// for 2.30 is no rounding.
//
// If eps is also counted twice in its backward pass, the gradient check fails too, by far: on a batch of two, many hidden units
// hardly vary.

// %% nbgrader={"grade": false, "grade_id": "wrong_order", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The loss of a network that is normalized in the wrong place, and its gradient with respect to W1; the
/// flags are ignored.
fn wrong_order(
    net: &FullyConnectedNet,
    x: &ArrayD<f64>,
    y: &Targets,
    eps_twice: bool,
) -> (f64, ArrayD<f64>) {
    let (ones_1, zeros_1) = (ArrayD::ones(vec![15]), ArrayD::zeros(vec![15]));
    let (ones_2, zeros_2) = (ArrayD::ones(vec![20]), ArrayD::zeros(vec![20]));
    let p = &net.params;
    let (x_1, _) = batchnorm_forward(x, &ones_1, &zeros_1, &mut BatchNormParam::new(15));
    let (hidden_1, cache_1) = affine_relu_forward(&x_1, &p["W1"], &p["b1"]);
    let (x_2, bn_cache_2) = batchnorm_forward(&hidden_1, &ones_2, &zeros_2, &mut BatchNormParam::new(20));
    let (hidden_2, cache_2) = affine_relu_forward(&x_2, &p["W2"], &p["b2"]);
    let (scores, cache_3) = affine_forward(&hidden_2, &p["W3"], &p["b3"]);
    let (data_loss, dscores) = softmax_loss(&scores, y.classes());

    let (dhidden_2, _, _) = affine_backward(&dscores, &cache_3);
    let (dx_2, _, _) = affine_relu_backward(&dhidden_2, &cache_2);
    let dhidden_1 = match eps_twice {
        true => batchnorm_backward_eps_twice(&dx_2, &bn_cache_2, 1e-5),
        false => batchnorm_backward(&dx_2, &bn_cache_2).0,
    };
    let (_, dw1, _) = affine_relu_backward(&dhidden_1, &cache_1);
    let squares = ["W1", "W2", "W3"].iter().map(|name| p[name].mapv(|w| w * w).sum()).sum::<f64>();
    (data_loss + 0.5 * net.reg * squares, dw1 + &(net.reg * &p["W1"]))
}

{
    let mut rng = RandomState::new(231);
    let x = rng.randn(vec![2, 15]);
    let y = random_classes(&mut rng, 2);
    for (reg, plain, normalized) in
        [(0.0, 2.3004790897684924, 2.2611955101340957), (3.14, 7.052114776533016, 6.996533220108303)]
    {
        // The flags make no difference to what follows.
        let net = first_check(&[false, false], reg, &mut rng);
        let (loss, dw1) = wrong_order(&net, &x, &y, true);
        let (_, dw1_once) = wrong_order(&net, &x, &y, false);
        let mut moved = net.clone();
        let loss_at = |w1: &ArrayD<f64>| {
            moved.params["W1"].assign(w1);
            wrong_order(&moved, &x, &y, false).0
        };
        let dw1_num = eval_numerical_gradient(loss_at, &net.params["W1"], 1e-5);
        println!("reg = {reg}");
        println!("  wrong order, flags true or false: loss {loss}");
        println!("  right order: {plain} without, {normalized} with normalization");
        let error = (loss - plain).abs().min((loss - normalized).abs());
        println!("  off by {error:.1e} at least, where the check allows 1e-11");
        let (once, twice) = (rel_error(&dw1_num, &dw1_once), rel_error(&dw1_num, &dw1));
        println!(
            "  error of W1: {once:.1e}; with eps counted twice {twice:.4}, where the check allows 1e-4"
        );
        assert!(error > 1e-3 && twice > 0.1, "the mistakes must show");
    }
}

// %% [markdown]
// # 5. Gradient descent with momentum
//
// Plain gradient descent forgets each gradient as soon as the step is taken. With *momentum*, a velocity $v$ of the parameter's
// shape remembers them: it is slowed down by the factor $\mu$ = `momentum` at each step and pushed against the gradient $g$, and
// the parameter moves with it:
//
// $$v \leftarrow \mu\, v - \eta\, g, \qquad w \leftarrow w + v,$$
//
// with the learning rate $\eta$. Where gradients agree from step to step, $v$ grows up to $1/(1-\mu)$ steps; where they change
// sign, it stays small. $\mu = 0$ is plain gradient descent.
//
// `OptimConfig` holds `learning_rate`, `momentum` (0.9 unless it is set) and `velocity`, which is `None` before the first step:
// `match &config.velocity { Some(velocity) => ..., None => ... }`. A step that has no velocity yet starts from zeros,
// `ArrayD::zeros(w.raw_dim())`. It ends with `config.velocity = Some(...)`.
//
// **Question 5.1 (1 point).** Write `sgd_momentum`.

// %% nbgrader={"grade": false, "grade_id": "sgd_momentum", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// A step of stochastic gradient descent with momentum.
///
/// - `w`: a parameter, of any shape
/// - `dw`: the gradient of the loss with respect to it, in the same shape
/// - `config`: `learning_rate`, `momentum`, and `velocity`, which this step replaces by the new one
///
/// Returns the next `w`.
fn sgd_momentum(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
    // BEGIN SOLUTION the new velocity, from the old one or zeros, stored in config; w moved by it
    let old = match &config.velocity {
        Some(velocity) => velocity.clone(),
        None => ArrayD::zeros(w.raw_dim()),
    };
    let velocity = config.momentum * &old - config.learning_rate * dw;
    let next_w = w + &velocity;
    config.velocity = Some(velocity);
    next_w
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_sgd_momentum", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
{
    let w = linspace(-0.4, 0.6, &[4, 5]);
    let dw = linspace(-0.6, 0.4, &[4, 5]);
    let velocity = linspace(0.6, 0.9, &[4, 5]);
    let mut config = OptimConfig { velocity: Some(velocity), ..OptimConfig::new(1e-3) };
    let next_w = sgd_momentum(&w, &dw, &mut config);
    let expected_next_w = array![
        [0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789],
        [0.47454737, 0.54133684, 0.60812632, 0.67491579, 0.74170526],
        [0.80849474, 0.87528421, 0.94207368, 1.00886316, 1.07565263],
        [1.14244211, 1.20923158, 1.27602105, 1.34281053, 1.4096]
    ];
    let expected_velocity = array![
        [0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158],
        [0.61138947, 0.62554737, 0.63970526, 0.65386316, 0.66802105],
        [0.68217895, 0.69633684, 0.71049474, 0.72465263, 0.73881053],
        [0.75296842, 0.76712632, 0.78128421, 0.79544211, 0.8096]
    ];

    // The errors are around 1e-8.
    println!("Testing sgd_momentum:");
    let hint = "The parameter moves by the new velocity, with its sign.";
    expect_at_most("next_w error", rel_error(&next_w, &expected_next_w.into_dyn()), 1e-7, hint);
    let stored = config.velocity.expect("The new velocity is to be stored in config.velocity.");
    let hint =
        "The old velocity is multiplied by momentum, the gradient by the learning rate, and subtracted.";
    expect_at_most("velocity error", rel_error(&stored, &expected_velocity.into_dyn()), 1e-7, hint);
    // The first step has no velocity: it is that of plain gradient descent.
    let first = sgd_momentum(&w, &dw, &mut OptimConfig::new(0.1));
    let hint = "None stands for a velocity of zeros.";
    expect_at_most("first step error", rel_error(&first, &(&w - &(0.1 * &dw))), 1e-12, hint);
}
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    // From rest, through three steps with one config.
    let mut config = OptimConfig { momentum: 0.6, ..OptimConfig::new(0.05) };
    let mut w = rng.randn(vec![3, 4]);
    for step in 1..=3 {
        w = sgd_momentum(&w, &rng.randn(vec![3, 4]), &mut config);
        probe(&format!("sgd_momentum/from_rest/w_{step}"), &w);
        if let Some(velocity) = &config.velocity {
            probe(&format!("sgd_momentum/from_rest/velocity_{step}"), velocity);
        }
    }
    // With a velocity, and with none of it kept.
    for momentum in [0.8, 0.0] {
        let velocity = Some(rng.randn(vec![5]));
        let mut config = OptimConfig { momentum, velocity, ..OptimConfig::new(0.5) };
        let w = sgd_momentum(&rng.randn(vec![5]), &rng.randn(vec![5]), &mut config);
        probe(&format!("sgd_momentum/moving/w_{momentum}"), &w);
        if let Some(velocity) = &config.velocity {
            probe(&format!("sgd_momentum/moving/velocity_{momentum}"), velocity);
        }
    }
}
// END HIDDEN TESTS

// %% [markdown]
// # 6. MNIST
//
// 70,000 pictures of handwritten digits, 28 x 28 pixels each, in three parts: pictures to train on, pictures to validate by (to
// choose settings), and pictures to test on (once, at the end). Without the files of MNIST, the notebook takes digits that it
// draws itself, like the real ones in size and difficulty. The first line below says which of the two you have.

// %% nbgrader={"grade": false, "grade_id": "mnist_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
let mnist = data::mnist::load()?;
println!("{mnist}");
let mnist_sizes: [usize; 3] = match budget {
    Budget::Full => [50_000, 10_000, 10_000],
    Budget::Short => [20_000, 5_000, 5_000],
    Budget::Grade => [10_000, 2_000, 2_000],
};
let mnist_split = mnist.split(mnist_sizes[0], mnist_sizes[1], mnist_sizes[2]);
println!("Train data shape:        {:?}", mnist_split.train.pixels().shape());
println!("Train labels shape:      {:?}", mnist_split.train.labels().shape());
println!("Validation data shape:   {:?}", mnist_split.validation.pixels().shape());
println!("Validation labels shape: {:?}", mnist_split.validation.labels().shape());
println!("Test data shape:         {:?}", mnist_split.test.pixels().shape());
println!("Test labels shape:       {:?}", mnist_split.test.labels().shape());

// %% [markdown]
// Seven pictures of each class, drawn at random:

// %%
let some = RandomState::new(0).choice(mnist_split.train.len(), 1000, false);
let some = mnist_split.train.subset(&some);
plot::samples_by_class(&some, 7, &[]).title("Seven training pictures of each digit")

// %% [markdown]
// Pixels become numbers from 0 to 1, less the *mean picture of the training part*. Inputs around 0 suit the first layer as well
// as normalized ones suit the others. The pictures to validate by and to test on lose the same mean picture, not their own: what
// a network may know of them beforehand is nothing. In memory the pictures stay bytes; those of a batch become numbers when it is
// drawn.

// %% nbgrader={"grade": false, "grade_id": "mnist_samples", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// Samples for the solver, to train on, to validate by and to test on, all less the mean of the first.
fn normalized_samples(split: &data::MnistSplit) -> (ArraySamples, ArraySamples, ArraySamples) {
    let mean_image = split.mean_image();
    let samples = |images: &data::ImageSet| ArraySamples::centered(images, &mean_image);
    (samples(&split.train), samples(&split.validation), samples(&split.test))
}

let (mnist_train, mnist_validation, mnist_test): (ArraySamples, ArraySamples, ArraySamples) =
    normalized_samples(&mnist_split);

// %% [markdown]
// ## Does normalization help?
//
// A small experiment before you choose. Two networks with five hidden layers of 50 units, which differ only in the flags, start
// from the same weights (standard deviation 0.02) and see the same batches of 2,000 pictures.

// %% nbgrader={"grade": false, "grade_id": "does_it_help", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// The losses of the steps of a short training, with or without normalization.
fn losses_of_deep_net(
    normalized: bool,
    train: &ArraySamples,
    validation: &ArraySamples,
    num_epochs: usize,
) -> Vec<f64> {
    let config = FullyConnectedConfig {
        weight_scale: 2e-2,
        ..FullyConnectedConfig::new(Category::Classification, &[50; 5], &[normalized; 5])
    };
    let mut rng = RandomState::new(0);
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    let settings = SolverSettings {
        num_epochs,
        num_val_samples: Some(500),
        verbose: false,
        ..SolverSettings::new(sgd_momentum, OptimConfig::new(1e-2))
    };
    let mut solver = Solver::new(settings);
    solver.train(&mut net, train, validation, &mut rng);
    println!("normalized: {normalized:<5}  validation accuracy {:.3}", solver.best_val_acc().unwrap());
    solver.loss_history
}

let deep_epochs: usize = if budget == Budget::Grade { 1 } else { 10 };
let few: ArraySamples = {
    let (x, y) = mnist_train.batch(&Vec::from_iter(0..2000));
    ArraySamples::new(x, y.classes().clone())
};
let plain_losses: Vec<f64> = losses_of_deep_net(false, &few, &mnist_validation, deep_epochs);
let normalized_losses: Vec<f64> = losses_of_deep_net(true, &few, &mnist_validation, deep_epochs);
let deep_steps: Vec<usize> = Vec::from_iter(0..plain_losses.len());
CurvePlot::new("Five hidden layers, from small weights")
    .x_label("iteration")
    .y_label("training loss")
    .curve("plain", &deep_steps, &plain_losses)
    .curve("normalized", &deep_steps, &normalized_losses)

// %% [markdown]
// ## Train a good model
//
// `Solver` trains a `Model`. It draws a random batch at each step, calls the network's `loss`, and moves each parameter by an
// update rule: yours. After each epoch it measures the accuracy, and in the end it puts the best parameters on the validation
// set back into the network. Its settings, with what they are by default:
//
//     SolverSettings {
//         lr_decay: 1.0,          // what the learning rate is multiplied by after each epoch
//         batch_size: 100,
//         num_epochs: 10,
//         print_every: 10,        // prints the loss every so many steps; 0: never
//         ..SolverSettings::new(sgd_momentum, OptimConfig::new(learning_rate))
//     }
//
// A training is then `let mut solver = Solver::new(settings);` and `solver.train(&mut net, train, validation, &mut rng);`.
//
// **Question 6.1 (2 points).** Write `train_on_mnist`: choose a network and settings, train the network for at most `num_epochs`
// epochs, and return it with its solver. With the full settings and the real MNIST it must reach 95 % of the validation set. One
// hidden layer of 20 units is enough.

// %% nbgrader={"grade": false, "grade_id": "train_on_mnist", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// A network that reads digits, trained with your `sgd_momentum`, and its solver.
fn train_on_mnist(
    train: &ArraySamples,
    validation: &ArraySamples,
    num_epochs: usize,
) -> (FullyConnectedNet, Solver) {
    // BEGIN SOLUTION a net, and a solver with your settings; train, and return (net, solver)
    let config = FullyConnectedConfig {
        reg: 1e-4,
        ..FullyConnectedConfig::new(Category::Classification, &[20], &[true])
    };
    let mut rng = RandomState::new(0);
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    let settings = SolverSettings {
        num_epochs,
        print_every: 100,
        ..SolverSettings::new(sgd_momentum, OptimConfig::new(1e-2))
    };
    let mut solver = Solver::new(settings);
    solver.train(&mut net, train, validation, &mut rng);
    (net, solver)
    // END SOLUTION
}

// %% nbgrader={"grade": false, "grade_id": "mnist_training", "locked": true, "schema_version": 3, "solution": false, "task": false}
let mnist_epochs: usize = match budget {
    Budget::Full | Budget::Short => 10,
    Budget::Grade => 8,
};
let (mnist_best_model, mnist_solver): (FullyConnectedNet, Solver) =
    train_on_mnist(&mnist_train, &mnist_validation, mnist_epochs);

// %%
plot::training_curves(
    &mnist_solver.loss_history,
    &mnist_solver.train_acc_history,
    &mnist_solver.val_acc_history,
)
.threshold(0.8)
.legend(LegendPosition::LowerRight)

// %% [markdown]
// ## Test your model

// %% nbgrader={"grade": true, "grade_id": "test_train_on_mnist", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
let mnist_is_real = mnist.origin != data::mnist::Origin::Embedded;
{
    let validation_accuracy = measure(&mnist_best_model, &mnist_validation);
    let test_accuracy = measure(&mnist_best_model, &mnist_test);
    println!("Test set accuracy: {test_accuracy}");
    let bound = match (budget, mnist_is_real) {
        (Budget::Full, true) => 0.95,
        (Budget::Full, false) => 0.93,
        (Budget::Short, _) => 0.91,
        (Budget::Grade, _) => 0.85,
    };
    let hint = "Has the loss gone down? Is it still falling? Try learning rates a factor of three apart.";
    expect_at_least("Validation set accuracy", validation_accuracy, bound, hint);
}
// BEGIN HIDDEN TESTS
{
    for (name, value) in mnist_best_model.params.iter() {
        probe(&format!("mnist_best_model/{name}"), value);
    }
    for (name, value) in mnist_best_model.buffers().iter() {
        probe(&format!("mnist_best_model/{name}"), value);
    }
    for (index, bn_param) in mnist_best_model.bn_params.iter().enumerate() {
        if let Some(bn_param) = bn_param {
            probe(&format!("mnist_best_model/eps{}", index + 1), &bn_param.eps);
        }
    }
}
// END HIDDEN TESTS
// BEGIN VERDICT
/// The network whose parameters and running averages were submitted under names that begin with `question`, in whatever
/// sizes it has; its first layer takes `input_dim` numbers and its last gives `output_dim`.
fn submitted_net(
    submitted: &Submitted,
    question: &str,
    category: Category,
    input_dim: usize,
    output_dim: usize,
) -> Result<FullyConnectedNet, String> {
    let name = |of: &str, layer: usize| format!("{question}/{of}{layer}");
    let is_there = |name: &str| submitted.names().any(|known| known == name);
    let num_layers = (1..=50).take_while(|&layer| is_there(&name("W", layer))).count();
    if num_layers == 0 {
        return Err(format!("`{}`: expected the weights of the first layer, found nothing", name("W", 1)));
    }
    let mut params = Parameters::new();
    let mut bn_params = Vec::new();
    let mut inputs = input_dim;
    for layer in 1..=num_layers {
        // A hidden layer has as many units as its weights have columns.
        let units = match submitted.shape(&name("W", layer))? {
            &[_, units] if layer < num_layers && units > 0 => units,
            _ => output_dim,
        };
        params.insert(&format!("W{layer}"), submitted.array(&name("W", layer), &[inputs, units])?);
        params.insert(&format!("b{layer}"), submitted.array(&name("b", layer), &[units])?);
        inputs = units;
        if layer == num_layers {
            break;
        }
        if !is_there(&name("gamma", layer)) {
            bn_params.push(None);
            continue;
        }
        params.insert(&format!("gamma{layer}"), submitted.array(&name("gamma", layer), &[units])?);
        params.insert(&format!("beta{layer}"), submitted.array(&name("beta", layer), &[units])?);
        let (eps, running_var) =
            (submitted.number(&name("eps", layer))?, submitted.array(&name("running_var", layer), &[units])?);
        if !(eps > 0.0 && running_var.iter().all(|&var| var >= 0.0)) {
            return Err(format!("`{}`: expected variances of 0 or more, and eps above 0", name("running_var", layer)));
        }
        let running_mean = submitted.array(&name("running_mean", layer), &[units])?;
        bn_params.push(Some(BatchNormParam { eps, running_mean, running_var, ..BatchNormParam::new(units) }));
    }
    Ok(FullyConnectedNet { category, num_layers, reg: 0.0, params, bn_params })
}

/// What the submitted network reaches on digits that nobody has seen.
fn verdict_mnist_best_model(
    submitted: &Submitted,
    rng: &mut RandomState,
) -> Result<Vec<(&'static str, f64)>, String> {
    let net = submitted_net(submitted, "mnist_best_model", Category::Classification, 784, 10)?;
    // Less the mean of the pictures that are trained on with the grader's budget: the first of the embedded set are the
    // same, however many there are.
    let (seen, unseen) = (data::digits::train_set(10_000), data::digits::generate(1_000, rng));
    let count = seen.pixels().nrows() as f64;
    let mean_image = seen.pixels().map_axis(Axis(0), |pixels| pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>());
    let x = unseen.to_f64() - mean_image / (255.0 * count);
    let samples = ArraySamples::new(x.into_dyn(), unseen.class_indices());
    Ok(vec![("mnist_best_model/validation_accuracy", measure(&net, &samples))])
}
// END VERDICT

// %% [markdown] nbgrader={"grade": true, "grade_id": "mnist_report", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
// **Question 6.2 (1 point).** Report what you tried for question 6.1: settings, and the validation accuracy of each. What do the
// curves say: is the training finished, is the network overfitting? And in the experiment with five hidden layers: why does the
// plain network's loss stay where it is for so long?
//
// <!-- BEGIN SOLUTION -->
// One hidden layer of 20 units, regularization 1e-4, momentum 0.9, batches of 100, 10 epochs. With all 50,000 pictures of the real
// set, the best validation accuracy was 0.9589 with normalization and learning rate 0.01, 0.9534 without normalization, and 0.9637
// with normalization and rate 0.1, where it went up and down from epoch to epoch (0.9598 at the end).
//
// The loss falls steeply in the first epoch and slowly from then on, and the accuracies still creep upwards at the end, so a few
// more epochs would help a little. Training and validation accuracy lie a point or so apart: with 20 hidden units and that many
// pictures there is little overfitting; it is the size of the layer that limits the network. (With fewer pictures, the distance
// grows.)
//
// Five layers: with weights of standard deviation 0.02, each plain layer makes the numbers that pass it about ten times smaller, so
// the scores are nearly 0, whatever the picture, and the loss is ln 10. The gradients that come back shrink in the same way, so that
// the layers hardly move. Normalization brings the numbers of each layer back to size 1, whatever the size of the weights.
// <!-- END SOLUTION -->

// %% [markdown]
// # 7. California housing
//
// 20,640 blocks of the census of 1990: eight numbers about each, and the median value of its houses in units of 100,000 dollars,
// which is to be estimated. The table is from StatLib; without its file, the notebook takes a table that it makes itself.

// %% nbgrader={"grade": false, "grade_id": "housing_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
let housing = data::housing::load()?;
println!("{housing}");
println!("{}", housing.table().head(5));

// %% [markdown]
// In the real file, neighbours stand together, county after county. Whoever takes the first 15,640 of them to train on, and the
// last to test on, trains on one part of California and tests on another. So the blocks are shuffled first. Then each feature is
// *standardized*: less its mean, divided by its standard deviation, both of the training blocks.

// %% nbgrader={"grade": false, "grade_id": "housing_samples", "locked": true, "schema_version": 3, "solution": false, "task": false}
let housing_split = housing.split(15_640, 2_500, 2_500, &mut RandomState::new(0)).standardized();
println!("Train data shape:               {:?}", housing_split.train.x.shape());
println!("Train target values shape:      {:?}", housing_split.train.y.shape());
println!("Validation data shape:          {:?}", housing_split.validation.x.shape());
println!("Validation target values shape: {:?}", housing_split.validation.y.shape());
println!("Test data shape:                {:?}", housing_split.test.x.shape());
println!("Test target values shape:       {:?}", housing_split.test.y.shape());
let housing_train = ArraySamples::new(housing_split.train.x.clone(), housing_split.train.y.clone());
let housing_validation =
    ArraySamples::new(housing_split.validation.x.clone(), housing_split.validation.y.clone());
let housing_test = ArraySamples::new(housing_split.test.x.clone(), housing_split.test.y.clone());
println!("RMS error of always guessing the mean: {:.3}", housing_split.test.y.std(0.0));

// %% [markdown]
// ## Train a good model
//
// The targets are values now: `Category::Regression`, `input_dim: 8`, `output_dim: 1`. For the accuracy, `Solver` takes the
// *root mean squared error*, in the unit of the values: 0.5 is 50,000 dollars. Less is better. Guessing the mean is wrong by
// more than 1.1.
//
// **Question 7.1 (2 points).** Write `train_on_housing`. This time nothing is suggested: choose the hidden layers, the flags,
// the scale of the weights, the learning rate and its decay. You may use up to `num_epochs` epochs. With the full settings and
// the real table, the error on the test blocks must be 0.60 at most.

// %% nbgrader={"grade": false, "grade_id": "train_on_housing", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// A network that estimates what houses are worth, trained with your `sgd_momentum`, and its solver.
fn train_on_housing(
    train: &ArraySamples,
    validation: &ArraySamples,
    num_epochs: usize,
) -> (FullyConnectedNet, Solver) {
    // BEGIN SOLUTION a net for regression, a solver with your settings; train, and return (net, solver)
    let config = FullyConnectedConfig {
        input_dim: 8,
        output_dim: 1,
        weight_scale: 1e-1,
        ..FullyConnectedConfig::new(Category::Regression, &[50, 50], &[true, true])
    };
    let mut rng = RandomState::new(0);
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    let settings = SolverSettings {
        num_epochs,
        lr_decay: 0.9,
        print_every: 0,
        ..SolverSettings::new(sgd_momentum, OptimConfig::new(3e-2))
    };
    let mut solver = Solver::new(settings);
    solver.train(&mut net, train, validation, &mut rng);
    (net, solver)
    // END SOLUTION
}

// %% nbgrader={"grade": false, "grade_id": "housing_training", "locked": true, "schema_version": 3, "solution": false, "task": false}
let housing_epochs: usize = match budget {
    Budget::Full | Budget::Short => 20,
    Budget::Grade => 10,
};
let (california_housing_best_model, california_housing_solver): (FullyConnectedNet, Solver) =
    train_on_housing(&housing_train, &housing_validation, housing_epochs);

// %% [markdown]
// The curves of the errors begin with epoch 1. The line of epoch 0 in the log was measured after a single step: the running
// averages then hold a tenth of one batch, so a normalized network's scores are far off, whatever its parameters.

// %%
let housing_steps: Vec<usize> = Vec::from_iter(0..california_housing_solver.loss_history.len());
let housing_loss_plot = CurvePlot::new("Training loss")
    .x_label("Iteration")
    .y_label("mean squared error")
    .dots("", &housing_steps, &california_housing_solver.loss_history)
    .log_y();
let housing_epoch_numbers: Vec<usize> =
    Vec::from_iter(1..california_housing_solver.val_acc_history.len());
let housing_error_plot = CurvePlot::new("RMS Error")
    .x_label("Epoch")
    .y_label("in 100,000 dollars")
    .marked_curve("train", &housing_epoch_numbers, &california_housing_solver.train_acc_history[1..])
    .marked_curve("val", &housing_epoch_numbers, &california_housing_solver.val_acc_history[1..])
    .threshold(0.6, "to be reached");
plot::stack(&[&housing_loss_plot, &housing_error_plot])

// %% [markdown]
// ## Test your model

// %% nbgrader={"grade": true, "grade_id": "test_train_on_housing", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
{
    let validation_error = measure(&california_housing_best_model, &housing_validation);
    let test_error = measure(&california_housing_best_model, &housing_test);
    println!("Validation set RMS error: {validation_error:.4}");
    let bound = match budget {
        Budget::Full => 0.60,
        Budget::Short => 0.64,
        Budget::Grade => 0.70,
    };
    let hint = "If the error jumps from epoch to epoch, a smaller rate, or one that decays, settles it.";
    expect_at_most("Test set RMS error", test_error, bound, hint);
}
// BEGIN HIDDEN TESTS
{
    for (name, value) in california_housing_best_model.params.iter() {
        probe(&format!("california_housing_best_model/{name}"), value);
    }
    for (name, value) in california_housing_best_model.buffers().iter() {
        probe(&format!("california_housing_best_model/{name}"), value);
    }
    for (index, bn_param) in california_housing_best_model.bn_params.iter().enumerate() {
        if let Some(bn_param) = bn_param {
            probe(&format!("california_housing_best_model/eps{}", index + 1), &bn_param.eps);
        }
    }
}
// END HIDDEN TESTS
// BEGIN VERDICT
/// By how much the submitted network is wrong about blocks that nobody has seen.
fn verdict_california_housing_best_model(
    submitted: &Submitted,
    rng: &mut RandomState,
) -> Result<Vec<(&'static str, f64)>, String> {
    let net = submitted_net(submitted, "california_housing_best_model", Category::Regression, 8, 1)?;
    // Standardized as the notebook's blocks are, by those that are trained on.
    let seen = data::housing::embedded().split(15_640, 0, 0, &mut RandomState::new(0)).train;
    let seen = seen.x.into_dimensionality::<Ix2>().expect("features have two axes");
    let (x, y) = data::housing_generator::generate(2_000, rng);
    let x = Standardization::of(seen.view()).apply(x.view());
    let samples = ArraySamples::new(x.into_dyn(), y);
    Ok(vec![("california_housing_best_model/test_rms_error", measure(&net, &samples))])
}
// END VERDICT

// %% [markdown] nbgrader={"grade": true, "grade_id": "housing_report", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
// **Question 7.2 (1 point).** Report which settings you tried for question 7.1, at least four, with the validation error of
// each, and why you stayed with yours. Why did you compare them by the validation blocks, and not by the test blocks?
//
// <!-- BEGIN SOLUTION -->
// All with momentum 0.9, batches of 100, weights of standard deviation 0.1, 20 epochs; the error is the best on the validation
// blocks of the real table, at the full settings:
//
// | hidden layers | normalized | learning rate | decay | error |
// |---|---|---|---|---|
// | 50, 50 | yes | 0.01 | 1 | 0.560 (0.590 after the last epoch) |
// | 50, 50 | yes | 0.01 | 0.9 | 0.561 |
// | 50, 50 | yes | 0.001 | 0.9 | 0.579 |
// | 50, 50 | yes | 0.03 | 0.9 | 0.549 |
// | 50, 50 | no | 0.01 | 0.9 | 0.577 |
// | 100, 100 | yes | 0.01 | 0.9 | 0.548 |
//
// The larger rate, with a decay that lets it settle, is as good as twice as many units, and faster. A difference of a few
// thousandths may be luck; another seed would tell.
//
// Whoever picks the best of many by the test blocks has used them to choose: the error of the winner is then too low, as a part of
// it is luck on these very blocks. The validation blocks are there to choose by; the test blocks measure once, at the end.
// <!-- END SOLUTION -->
