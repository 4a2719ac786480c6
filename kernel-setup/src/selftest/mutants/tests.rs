use super::testing::{lines_made, made};
use super::*;
use crate::notebook::{percent, source};
use crate::passes::nbgrader::{Kind, checked};
use crate::passes::regions::{Secret, regions};
use std::path::Path;

#[test]
fn only_the_solution_is_changed_and_markers_go() {
    let cell =
        "fn f(a: f64) -> f64 {\n    let b = a + 1.0;\n    // BEGIN SOLUTION\n    b - 3.0\n    // END SOLUTION\n}";
    let mutants = mutants(cell);
    let of_sign = mutants.iter().find(|mutant| mutant.operator == "sign").unwrap();
    assert_eq!(of_sign.text, "fn f(a: f64) -> f64 {\n    let b = a + 1.0;\n    b + 3.0\n}");
    assert_eq!((of_sign.line, of_sign.description.as_str()), (3, "line 3: `-` became `+`"));
    assert!(mutants.iter().all(|mutant| mutant.text.contains("let b = a + 1.0;") && mutant.line == 3));
}

#[test]
fn the_same_cell_has_the_same_mutants_in_the_order_of_its_lines() {
    let cell = "let a: f64 =\n1.0 + 2.0\n;\nlet b: f64 =\n3.0 * 4.0\n;";
    let mutants = mutants(cell);
    assert_eq!(mutants, super::mutants(cell));
    assert!(mutants.is_sorted_by_key(|mutant| mutant.line));
    let texts: HashSet<&str> = mutants.iter().map(|mutant| mutant.text.as_str()).collect();
    assert_eq!(texts.len(), mutants.len());
    assert!(!texts.contains(cell));
    assert_eq!(super::mutants("let = ;"), []);
}

#[test]
fn signs_terms_factors_and_divisors() {
    assert_eq!(made("sign", "a = b + c;"), ["a = b - c;"]);
    assert_eq!(made("sign", "a += b;"), ["a -= b;", "a = b;"]);
    assert_eq!(made("product-quotient", "a = b * c;"), ["a = b / c;"]);
    assert_eq!(made("term-lost", "a = b + c;"), ["a = b;", "a = c;"]);
    assert_eq!(made("term-lost", "a = b - c;"), ["a = b;"]);
    assert_eq!(made("term-lost", "a = x - &mean;"), ["a = x.clone();"]);
    assert_eq!(made("factor-lost", "a = b * &c;"), ["a = b.clone();", "a = c.clone();"]);
    assert_eq!(made("divisor-lost", "total / n as f64"), ["total"]);
    assert_eq!(made("sign-lost", "a = -b;"), ["a = b;"]);
    assert_eq!(made("not-lost", "a = !b;"), ["a = b;"]);
    assert_eq!(made("negated", "let a = b * c;"), ["let a = -(b * c);"]);
}

#[test]
fn comparisons_and_conditions() {
    assert_eq!(made("comparison", "a = b > 0.0;"), ["a = b >= 0.0;", "a = b < 0.0;"]);
    assert_eq!(made("comparison", "a = b <= c;"), ["a = b < c;", "a = b > c;"]);
    assert_eq!(made("comparison", "a = b == c;"), ["a = b != c;"]);
    // A count that is not above 0 is 0.
    assert_eq!(made("comparison", "a = layer > 0;"), ["a = layer == 0;"]);
    assert_eq!(made("comparison", "if v > 0.0 { 1.0 } else { 0.0 }").len(), 2);
    // Where both are equal, both branches are.
    assert_eq!(made("comparison", "if v > w { v } else { w }"), ["if v < w { v } else { w }"]);
    assert_eq!(made("branch-always", "if a { 1 } else { 2 }"), ["if true { 1 } else { 2 }"]);
    assert_eq!(made("branch-never", "if a { 1 } else { 2 }"), ["if false { 1 } else { 2 }"]);
    assert_eq!(made("branch-always", "if a { b() }"), [""; 0]);
    assert_eq!(made("and-or", "a = b && c;"), ["a = b || c;"]);
}

#[test]
fn axes_transposes_and_rows() {
    assert_eq!(made("axis", "a.sum_axis(Axis(0));"), ["a.sum_axis(Axis(1));"]);
    assert_eq!(made("axis", "t.logsumexp(1);"), ["t.logsumexp(0);"]);
    assert_eq!(made("axis", "n = x.shape()[0];"), ["n = x.shape()[1];"]);
    assert_eq!(made("transpose", "a[0].dot(&b);"), ["a[0].t().dot(&b);"]);
    assert_eq!(made("transpose", "a.dot(&b);"), [""; 0]);
    assert_eq!(made("transpose", "a.t().dot(&b);"), [""; 0]);
    assert_eq!(made("transpose", "b = transpose(&a);"), ["b = (&a).clone();"]);
    assert_eq!(made("other-method", "a.t().dot(&b);"), ["a.view().dot(&b);"]);
    assert_eq!(made("other-method", "b = a.rows();"), ["b = a.columns();"]);
    assert_eq!(made("other-method", "b = a.max(c);"), ["b = a.min(c);"]);
    assert_eq!(made("sum-mean", "m = x.mean_axis(Axis(0)).unwrap();"), ["m = x.sum_axis(Axis(0));"]);
    assert_eq!(made("sum-mean", "m = t.mean();"), ["m = t.sum();"]);
}

#[test]
fn functions_left_out_and_arguments_swapped() {
    assert_eq!(made("function-lost", "a = v.sqrt();"), ["a = v;"]);
    assert_eq!(made("function-lost", "a = s.mapv(f64::exp);"), ["a = s;"]);
    assert_eq!(made("arguments-swapped", "a = g(&b, &c, 1.0);"), ["a = g(&c, &b, 1.0);"]);
    assert_eq!(made("arguments-swapped", "p.insert(\"W1\", w);"), [""; 0]);
    assert_eq!(made("setting-ignored", "g(s.number(\"rate\"));"), ["g(0.001);"]);
}

#[test]
fn constants_names_and_modes() {
    assert_eq!(made("constant", "a = 0.5;"), ["a = 1.0;"]);
    assert_eq!(made("constant", "a = 2.0;"), ["a = 1.0;"]);
    assert_eq!(made("constant", "a = 1e-5;"), ["a = 1e-3;", "a = 0.0;"]);
    assert_eq!(made("constant", "a = 0.01_f32;"), ["a = 0.0f32;", "a = 30.0f32;"]);
    assert_eq!(made("constant", "a = f64::NEG_INFINITY;"), ["a = 0.0;"]);
    assert_eq!(made("constant", "a = p.momentum;"), ["a = (1.0 - p.momentum);"]);
    assert_eq!(made("constant", "a = 7;"), ["a = 8;"]);
    assert_eq!(made("constant", "a = RandomState::new(7);"), [""; 0]);
    assert_eq!(made("constant", "a = S { print_every: 10, batch_size: 100, hidden: 20 };").len(), 1);
    assert_eq!(made("constant", "a = S { num_epochs };"), ["a = S { num_epochs: 0 };"]);
    assert_eq!(made("truth-value", "a = true;"), ["a = false;"]);
    assert_eq!(made("name", "a = &p[\"theta2_0\"];"), ["a = &p[\"theta1_0\"];"]);
    assert_eq!(made("mode", "a = g(Mode::Train);"), ["a = g(Mode::Test);"]);
    assert_eq!(made("mode", "a = g(Mode::Predict);"), ["a = g(Mode::Train { seed: 0 });"]);
}

#[test]
fn ranges_and_indices() {
    assert_eq!(made("off-by-one", "a = 0..n;"), ["a = 1..n;", "a = 0..=n;", "a = 0..n - 1;"]);
    assert_eq!(made("off-by-one", "a = d[i - 1];"), ["a = d[i];"]);
    assert_eq!(made("order", "a[[i, m]] = 0.0;"), ["a[[m, i]] = 0.0;"]);
}

#[test]
fn one_variable_for_another_and_arguments_not_used() {
    assert_eq!(made("other-name", "g(dx);"), ["g(x);"]);
    assert_eq!(made("other-name", "g(dx.raw_dim());"), [""; 0]);
    assert_eq!(made("other-name", "let h_1 = 1; let h_2 = h_1; g(h_2);"), ["let h_1 = 1; let h_2 = h_1; g(h_1);"]);
    assert_eq!(made("argument-unused", "g(n);"), ["g(1);"]);
    assert_eq!(made("argument-unused", "a = S { n, other };"), ["a = S { n: 1, other };"]);
    assert_eq!(made("doubled", "g(n);"), ["g((2 * n));"]);
}

#[test]
fn steps_lists_and_fields() {
    assert_eq!(made("step-lost", "a.push(1);"), [""]);
    assert_eq!(made("step-lost", "a += b;"), [""]);
    assert_eq!(made("field-not-set", "p.mean = b;"), [""]);
    assert_eq!(made("step-twice", "a += b;"), ["a += b; a += b;"]);
    assert_eq!(made("step-twice", "p.push(c);"), [""; 0]);
    assert_eq!(made("step-twice", "p.insert(\"b\", c);"), [""; 0]);
    assert_eq!(made("loop-short", "for a in b { a += 1; }").len(), 2);
    assert_eq!(made("element-lost", "a = vec![b, c];"), ["a = vec![c];", "a = vec![b];"]);
    assert_eq!(made("order", "a = vec![b, c];"), ["a = vec![c, b];"]);
    // These two commute.
    assert_eq!(made("order", "a = vec![relu(), max_pool(w, w)];"), [""; 0]);
    assert_eq!(made("field-default", "a = S { m, ..S::new() };"), ["a = S {  ..S::new() };"]);
    let cache = "a = C { x: x.clone(), w: w.clone() };";
    assert_eq!(made("fields-swapped", cache), ["a = C { x: w.clone(), w: x.clone() };"]);
    assert_eq!(made("field-zero", cache)[0], "a = C { x: 0.0 * &x.clone(), w: w.clone() };");
    let modes = "match m { Mode::Train => a(), Mode::Test => b() }";
    assert_eq!(made("arms-swapped", modes), ["match m { Mode::Test => a(), Mode::Train => b() }"]);
}

#[test]
fn what_other_budgets_run_stays() {
    let choice = "a = match budget { Budget::Full => 0.5, Budget::Grade => 2.0 };";
    assert_eq!(made("constant", choice), ["a = match budget { Budget::Full => 0.5, Budget::Grade => 1.0 };"]);
}

#[test]
fn results() {
    let cell = "fn f(x: &Matrix, n: f64) -> Matrix {\n    g(x)\n}";
    assert_eq!(lines_made("zeros", cell, 2), ["    0.0 * (g(x))"]);
    assert_eq!(lines_made("doubled", cell, 2), ["    2.0 * (g(x))"]);
    assert_eq!(lines_made("negated", cell, 2), ["    -(g(x))"]);
    assert_eq!(lines_made("input-returned", cell, 2), ["    x.clone()"]);
    let cell = "fn f(x: f64) -> (f64, f64, usize) {\n    (a, b, c)\n}";
    assert_eq!(lines_made("results-swapped", cell, 2), ["    (b, a, c)"]);
    assert_eq!(lines_made("zeros", cell, 2), ["    (0.0 * (a), b, c)", "    (a, 0.0 * (b), c)"]);
    let cell = "fn f(x: f64) -> (f64, f64) {\n    g(x)\n}";
    assert_eq!(lines_made("results-swapped", cell, 2), ["    { let (r0, r1) = g(x); (r1, r0) }"]);
    let cell = "fn f(x: f64) -> Vec<Matrix> {\n    list\n}";
    assert_eq!(lines_made("first-lost", cell, 2), ["    list.into_iter().skip(1).collect()"]);
    assert_eq!(lines_made("reversed", cell, 2), ["    list.into_iter().rev().collect()"]);
}

/// Questions that have fewer than 15 mutants, though their solution has more than four lines: values that the student
/// chooses, of which many are right.
const OF_CHOICE: [&str; 4] = [
    "convnet-mnist/oscillating_rate",
    // Only the settings of one budget can be seen.
    "convnet-mnist/overfit_settings",
    "convnet-mnist/my_settings",
    "batchnorm-mlp/train_on_mnist",
];

#[test]
fn every_question_of_more_than_four_lines_has_fifteen() {
    let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    let mut few = Vec::new();
    let mut questions = 0;
    for name in ["softmax-regression", "convnet-mnist", "mlp-cifar10", "batchnorm-mlp"] {
        let text = std::fs::read_to_string(notebooks.join(name).join(format!("{name}.rs"))).unwrap();
        for cell in percent::parse(&text).unwrap().cells {
            let Some((nbgrader, Kind::Solution)) = checked(&cell) else { continue };
            let text = source(&cell);
            let lines: usize =
                regions(&text, Secret::Solution).unwrap().iter().map(|region| region.lines.len() - 2).sum();
            let question = format!("{name}/{}", nbgrader.grade_id);
            let count = mutants(&text).len();
            println!("{question}: {lines} lines, {count} mutants");
            questions += 1;
            if lines > 4 && count < 15 {
                few.push(question);
            }
            assert!(count > 0);
        }
    }
    assert_eq!(questions, 46);
    few.sort();
    let mut expected = OF_CHOICE.map(str::to_owned);
    expected.sort();
    assert_eq!(few, expected);
}
