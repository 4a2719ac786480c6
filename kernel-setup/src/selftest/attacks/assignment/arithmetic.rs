// %% [markdown]
// # Arithmetic
//
// Three questions: two about arrays, and a line that is found by training.

// %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
use nnlib::prelude::*;

// %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// Twice each entry.
fn double(x: &Vector) -> Vector {
    // BEGIN SOLUTION each entry, times two
    // @SOLUTION@
    x * 2.0
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert_eq!(double(&array![1.0, -3.0]), array![2.0, -6.0], "each entry, times two");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    probe("double/few", &double(&rng.randn(3)));
    probe("double/many", &double(&rng.randn(100)));
}
// END HIDDEN TESTS

// %% nbgrader={"grade": false, "grade_id": "mean_rows", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// The mean of each row.
fn mean_rows(x: &Matrix) -> Vector {
    // BEGIN SOLUTION the sum of each row, divided by the number of columns
    // @SOLUTION@
    x.sum_axis(Axis(1)) / x.ncols() as f64
    // END SOLUTION
}

// %% nbgrader={"grade": true, "grade_id": "test_mean_rows", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert_eq!(mean_rows(&array![[1.0, 3.0], [4.0, 4.0]]), array![2.0, 4.0], "the mean of each row");
// BEGIN HIDDEN TESTS
{
    let mut rng = probe_rng();
    probe("mean_rows/wide", &mean_rows(&rng.randn((2, 7))));
    probe("mean_rows/high", &mean_rows(&rng.randn((9, 3))));
}
// END HIDDEN TESTS

// %% nbgrader={"grade": false, "grade_id": "points", "locked": true, "schema_version": 3, "solution": false, "task": false}
/// Points near the line `y = 1.5 x + 0.5`.
fn points(count: usize, rng: &mut RandomState) -> (Vector, Vector) {
    let x: Vector = rng.randn(count);
    let noise: Vector = rng.randn(count);
    let y = 1.5 * &x + 0.5 + 0.01 * noise;
    (x, y)
}
let (x, y) = points(50, &mut RandomState::new(1));

// %% nbgrader={"grade": false, "grade_id": "line", "locked": false, "schema_version": 3, "solution": true, "task": false}
/// `y = slope x + offset`.
#[derive(Debug)]
struct Line {
    slope: f64,
    offset: f64,
}

impl Line {
    /// Its height at `x`.
    fn at(&self, x: f64) -> f64 {
        // BEGIN SOLUTION slope times x, and the offset
        // @SOLUTION@
        self.slope * x + self.offset
        // END SOLUTION
    }
}

/// The line whose squared errors at these points are the least.
fn fit(x: &Vector, y: &Vector) -> Line {
    // BEGIN SOLUTION the line after a hundred steps of gradient descent
    let mut best = Line { slope: 0.0, offset: 0.0 };
    for _ in 0..100 {
        let gradient = double(&(x.mapv(|x| best.at(x)) - y));
        best.slope -= 0.1 * (&gradient * x).mean().unwrap_or_default();
        best.offset -= 0.1 * gradient.mean().unwrap_or_default();
    }
    best
    // END SOLUTION
}

// %% nbgrader={"grade": false, "grade_id": "my_line", "locked": true, "schema_version": 3, "solution": false, "task": false}
let my_line = fit(&x, &y);

// %% nbgrader={"grade": true, "grade_id": "test_line", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
println!("at 1: {:.1}", my_line.at(1.0));
// BEGIN HIDDEN TESTS
probe("line/slope", &my_line.slope);
probe("line/offset", &my_line.offset);
// END HIDDEN TESTS
// BEGIN VERDICT
/// How far the submitted line is from the true one.
fn verdict_line(submitted: &Submitted, _rng: &mut RandomState) -> Result<Vec<(&'static str, f64)>, String> {
    let judged = Line { slope: submitted.number("line/slope")?, offset: submitted.number("line/offset")? };
    Ok(vec![("line/slope_error", (judged.slope - 1.5).abs()), ("line/offset_error", (judged.offset - 0.5).abs())])
}
// END VERDICT
