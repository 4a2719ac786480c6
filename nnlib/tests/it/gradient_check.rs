//! Tests of `nnlib::gradient_check`: it finds what is wrong, and where.

use super::checks::{assert_close, panic_message};
use nnlib::gradient_check::{
    GradientReport, check_gradients, eval_numerical_gradient, eval_numerical_gradient_array, rel_error,
};
use nnlib::ndarray::{ArrayD, array};
use nnlib::parameters::Parameters;

#[test]
fn numerical_gradients_of_known_functions() {
    let x = array![[0.5, -1.0], [2.0, 3.0]].into_dyn();
    let gradient = eval_numerical_gradient(|x| x.mapv(f64::sin).sum(), &x, 1e-5);
    assert_close(&gradient, &x.mapv(f64::cos), 1e-10);
    let df = array![[1.0, 2.0], [3.0, 4.0]].into_dyn();
    let gradient = eval_numerical_gradient_array(|x| x.mapv(f64::exp), &x, &df, 1e-5);
    assert_close(&gradient, &(x.mapv(f64::exp) * df), 1e-8);
}

/// The step is what it is given: of x³, central differences give 3x² + h².
#[test]
fn the_step_is_honoured() {
    let x = array![2.0].into_dyn();
    assert_close(&eval_numerical_gradient(|x| x[[0]].powi(3), &x, 0.5), &array![12.25].into_dyn(), 1e-12);
    let one = array![1.0].into_dyn();
    assert_close(
        &eval_numerical_gradient_array(|x| x.mapv(|x| x.powi(3)), &x, &one, 0.5),
        &array![12.25].into_dyn(),
        1e-12,
    );
}

#[test]
fn rel_error_is_of_the_worst_entry_and_nan_of_any() {
    let error = |x: f64, y: f64| rel_error(&array![1.0, x, 1.0].into_dyn(), &array![1.0, y, 1.0].into_dyn());
    assert_eq!(error(1.0, 3.0), 0.5);
    assert_eq!(error(-1.0, 1.0), 1.0);
    assert_eq!(error(0.0, 5e-9), 0.5);
    assert_eq!(error(f64::INFINITY, f64::INFINITY), 0.0);
    for (x, y) in [(f64::NAN, 1.0), (1.0, f64::NAN), (f64::NAN, f64::NAN), (f64::INFINITY, 1.0)] {
        assert!(error(x, y).is_nan(), "{x} {y}");
    }
}

/// A loss of two parameters, Σ W² + 3 Σ b, whose gradient of `W[1, 0]` is off by `mistake`.
fn report_of(mistake: f64) -> GradientReport {
    let mut params = Parameters::new();
    params.insert("W", array![[1.0, 2.0], [-3.0, 4.0]]);
    params.insert("b", array![0.5, 0.25]);
    check_gradients(
        |params| {
            let mut grads = Parameters::new();
            grads.insert("W", 2.0 * &params["W"]);
            grads["W"][[1, 0]] += mistake;
            grads.insert("b", array![3.0, 3.0]);
            (params["W"].mapv(|w| w * w).sum() + 3.0 * params["b"].sum(), grads)
        },
        &params,
        1e-5,
    )
}

#[test]
fn the_worst_entry_is_named() {
    let right = report_of(0.0);
    assert!(right.max_error() < 1e-9, "{right}");

    let wrong = report_of(2.0);
    let row = wrong.row("W");
    assert_eq!((row.index.as_slice(), row.analytic), ([1, 0].as_slice(), -4.0));
    assert!((row.numerical + 6.0).abs() < 1e-8 && (row.rel_error - 0.2).abs() < 1e-8);
    assert_eq!(wrong.max_error(), row.rel_error);
    assert!(wrong.row("b").rel_error < 1e-9);

    let nan = report_of(f64::NAN);
    assert_eq!(nan.row("W").index, [1, 0]);
    assert!(nan.max_error().is_nan());
}

#[test]
fn the_report_is_a_table() {
    let text = report_of(2.0).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "parameter  worst entry        analytic       numerical  relative error");
    assert!(lines[1].starts_with("W               [1, 0]  -4.000000000e0  -6.00000000"), "{text}");
    assert!(lines[1].ends_with("2.00e-1"), "{text}");
    assert!(lines[2].starts_with("b                  "), "{text}");
    assert_eq!(lines.len(), 3);

    let mut report = report_of(2.0);
    report.rows[0].name = "<W & b>".to_owned();
    let html = report.to_html();
    assert!(html.starts_with("<table>\n<tr><th>parameter</th><th>worst entry</th>"), "{html}");
    assert!(html.contains("<tr><td>&lt;W &amp; b&gt;</td><td>[1, 0]</td><td>-4.000000000e0</td>"), "{html}");
    assert!(html.ends_with("</tr>\n</table>"), "{html}");
}

#[test]
fn misuse_says_what_was_wrong() {
    let x = array![1.0, 2.0].into_dyn();
    let step = |function| format!("{function}: `h` is 0, expected a small step above 0, such as 1e-5");
    assert_eq!(panic_message(|| eval_numerical_gradient(|x| x.sum(), &x, 0.0)), step("eval_numerical_gradient"));
    let message = panic_message(|| eval_numerical_gradient_array(ArrayD::clone, &x, &x, 0.0));
    assert_eq!(message, step("eval_numerical_gradient_array"));
    assert_eq!(
        panic_message(|| eval_numerical_gradient_array(ArrayD::clone, &x, &array![1.0].into_dyn(), 1e-5)),
        "eval_numerical_gradient_array: `df` has shape [1], expected [2] (the shape of `f`'s output)"
    );
    assert_eq!(
        panic_message(|| rel_error(&x, &array![[1.0, 2.0]].into_dyn())),
        "rel_error: `y` has shape [1, 2], expected [2] (the shape of `x`)"
    );
    let nothing = ArrayD::zeros([0].as_slice());
    assert_eq!(
        panic_message(|| rel_error(&nothing, &nothing)),
        "rel_error: `x` has shape [0], expected at least one entry"
    );

    let mut params = Parameters::new();
    let message = panic_message(|| check_gradients(|_| (0.0, Parameters::new()), &params, 1e-5));
    assert_eq!(message, "check_gradients: `params` is empty, expected at least one parameter");
    params.insert("W", array![1.0, 2.0]);
    let message = panic_message(|| check_gradients(|params| (0.0, params.clone()), &params, 0.0));
    assert_eq!(message, step("check_gradients"));
    let message = panic_message(|| check_gradients(|_| (0.0, Parameters::new()), &params, 1e-5));
    assert_eq!(message, "check_gradients: the gradients are [], expected [\"W\"], one for each parameter");
    let mut grads = Parameters::new();
    grads.insert("W", array![1.0]);
    assert_eq!(
        panic_message(|| check_gradients(|_| (0.0, grads.clone()), &params, 1e-5)),
        "check_gradients: `W` has shape [1], expected [2] (a gradient of its parameter's shape)"
    );
    let message = panic_message(|| report_of(0.0).row("W2").clone());
    assert_eq!(message, "GradientReport::row: there is no `W2`; there are [\"W\", \"b\"]");
}
