//! `nnkernel validate`: what a student is told of a notebook of an assignment of a teacher's own.

use crate::support::{Run, Workspace, nnkernel, run};
use serde_json::Value;
use std::fs;

/// With the same nnlib as a notebook of no assignment, so that nothing has to be compiled but notebooks.
const MANIFEST: &str = "title = \"Week 1\"\npoints = 7\nwithheld = []\n";

fn source() -> String {
    let metadata = |id: &str, grade: bool, solution: bool, points: &str| {
        format!(
            "nbgrader={{\"grade\": {grade}, \"grade_id\": \"{id}\", \"locked\": {}{points}, \"schema_version\": 3, \
             \"solution\": {solution}, \"task\": false}}",
            !solution
        )
    };
    let solution = |id: &str, signature: &str, hint: &str, answer: &str| {
        let metadata = metadata(id, false, true, "");
        format!(
            "// %% {metadata}\n{signature} {{\n    // BEGIN SOLUTION {hint}\n    {answer}\n    // END SOLUTION\n}}\n\n"
        )
    };
    let test = |id: &str, points: &str, check: &str| {
        let metadata = metadata(&format!("test_{id}"), true, false, &format!(", \"points\": {points}"));
        let hidden = format!("// BEGIN HIDDEN TESTS\nprobe(\"{id}/secret\", &{id}(4.0));\n// END HIDDEN TESTS");
        format!("// %% {metadata}\n{check}\n\n{hidden}\n\n")
    };
    [
        "// %% [markdown]\n// # Week 1\n\n// %%\nuse nnlib::prelude::*;\n\n".to_owned(),
        solution("double", "fn double(x: f64) -> f64", "times two", "2.0 * x"),
        test("double", "2", "let doubled = double(3.0);\nassert!(doubled == 6.0, \"twice, not squared\");"),
        solution("quadruple", "fn quadruple(x: f64) -> f64", "use double", "double(double(x))"),
        test("quadruple", "1", "expect_at_most(\"difference\", (quadruple(1.0) - 4.0).abs(), 1e-12, \"Four times.\");"),
        solution("pick", "fn pick(x: f64) -> f64", "the entry at x", "[5.0, 6.0][x as usize % 2]"),
        test("pick", "3", "assert_eq!(pick(1.0), 6.0);"),
        format!(
            "// %% [markdown] {}\n// It is a sum of two equal terms.\n",
            metadata("why", true, true, ", \"points\": 1")
        ),
    ]
    .concat()
}

/// A teacher's assignment, and the notebook as it was handed out.
fn handed_out() -> Workspace {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("week1")).unwrap();
    workspace.write("week1/assignment.toml", MANIFEST);
    workspace.write("week1/week1.rs", source());
    let released = run(nnkernel().args(["release", "./week1"]).current_dir(workspace.path()));
    assert_eq!(released.code, 0, "{}", released.told);
    // Students have no source.
    fs::remove_file(workspace.path().join("week1/week1.rs")).unwrap();
    workspace
}

/// The cell with this name, in a notebook's list of cells.
fn cell<'a>(cells: &'a mut [Value], id: &str) -> &'a mut Value {
    cells.iter_mut().find(|cell| cell["metadata"]["nbgrader"]["grade_id"] == id).expect("the assignment has it")
}

/// Validates the notebook that was handed out, with these answers, and with what `change` does to its cells.
fn validate(workspace: &Workspace, answers: &[(&str, &str)], change: impl FnOnce(&mut Vec<Value>)) -> Run {
    let text = fs::read_to_string(workspace.path().join("week1/week1.ipynb")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let cells = document["cells"].as_array_mut().unwrap();
    for (id, answer) in answers {
        cell(cells, id)["source"] = (*answer).into();
    }
    change(cells);
    let mine = workspace.write("mine.ipynb", document.to_string());
    run(nnkernel().arg("validate").arg(mine).args(["--release", "week1"]).current_dir(workspace.path()))
}

const RIGHT: [(&str, &str); 4] = [
    ("double", "fn double(x: f64) -> f64 {\n    x + x\n}"),
    ("quadruple", "fn quadruple(x: f64) -> f64 {\n    double(double(x))\n}"),
    ("pick", "fn pick(x: f64) -> f64 {\n    if x as usize % 2 == 0 { 5.0 } else { 6.0 }\n}"),
    ("why", "Twice is once and once again."),
];

const PASSES: &str = "\
week1: all 3 questions pass the checks that you can see

  passes            test_double     2 points
  passes            test_quadruple  1 point
  passes            test_pick       3 points

Written answers, which a person marks:

  answered          why             1 point

Hidden tests look at more than these.
";

/// The answers of [`RIGHT`], but for one.
fn but<'a>(id: &str, answer: &'a str) -> [(&'a str, &'a str); 4] {
    RIGHT.map(|(known, right)| if known == id { (known, answer) } else { (known, right) })
}

#[test]
fn what_is_right_passes() {
    let told = validate(&handed_out(), &RIGHT, |_| {});
    assert_eq!(told.printed, PASSES, "{}", told.told);
    assert_eq!(told.code, 0);
}

#[test]
fn a_blank_notebook_is_not_answered() {
    let told = validate(&handed_out(), &[], |_| {});
    let expected = "\
week1: 0 of 3 questions pass the checks that you can see

  not answered      test_double     2 points     fill in the cell `double`
  not answered      test_quadruple  1 point      fill in the cell `quadruple`
  not answered      test_pick       3 points     fill in the cell `pick`

Written answers, which a person marks:

  not answered      why             1 point

Hidden tests look at more than these.
";
    assert_eq!((told.printed.as_str(), told.code), (expected, 1), "{}", told.told);
}

#[test]
fn mistakes_cost_what_they_touch_and_are_told_with_their_lines() {
    let workspace = handed_out();
    let wrong = validate(&workspace, &but("double", "fn double(x: f64) -> f64 {\n    x * x\n}"), |_| {});
    let rows: Vec<&str> = wrong.printed.lines().skip(2).take(3).collect();
    let expected = [
        "  fails             test_double     2 points     line 2: twice, not squared",
        "  fails             test_quadruple  1 point      line 1: difference is 3, expected at most 1.000e-12. Four times.",
        "  passes            test_pick       3 points",
    ];
    assert_eq!((rows.as_slice(), wrong.code), (&expected[..], 1), "{}{}", wrong.printed, wrong.told);

    // One that does not compile, one that needs it, and one that panics by itself.
    let mut answers = but("double", "fn double(x: f64) -> f64 {\n    \"two\"\n}");
    answers[2].1 = "fn pick(x: f64) -> f64 {\n    [5.0, 6.0][x as usize + 1]\n}";
    let broken = validate(&workspace, &answers, |_| {});
    let expected = "\
week1: 0 of 3 questions pass the checks that you can see

  does not compile  test_double     2 points     in the cell `double`: error[E0308]: mismatched types
        line 2:     \"two\"
          expected `f64`, found `&str`
        line 1: fn double(x: f64) -> f64 {
          expected `f64` because of return type
  not run           test_quadruple  1 point      it needs the cell `double`, which does not compile
  panics            test_pick       3 points     line 2 of the cell `pick`: index out of bounds: the len is 2 but the index is 2
";
    assert!(broken.printed.starts_with(expected), "{}{}", broken.printed, broken.told);
    assert_eq!(broken.code, 1);
}

#[test]
fn what_is_not_allowed_is_said_and_counts_as_not_answered() {
    let answer = "fn double(x: f64) -> f64 {\n    unsafe { 2.0 * x }\n}";
    let told = validate(&handed_out(), &but("double", answer), |_| {});
    assert_eq!(told.code, 1);
    let rows: Vec<&str> = told.printed.lines().skip(2).take(3).collect();
    assert_eq!(rows[0], "  not allowed       test_double     2 points     in the cell `double`: see below");
    assert_eq!(
        rows[1],
        "  not run           test_quadruple  1 point      it needs the cell `double`, which has something that is not allowed"
    );
    assert_eq!(rows[2], "  passes            test_pick       3 points");
    let listed = told.printed.split("Not allowed; such a cell counts as not answered:\n\n").nth(1).expect("a list");
    assert!(listed.starts_with("  In the cell `double`, line 2: `unsafe`: "), "{listed}");
}

#[test]
fn given_cells_that_were_edited_are_run_as_they_were_handed_out() {
    let workspace = handed_out();
    let wrong = but("double", "fn double(x: f64) -> f64 {\n    x * x\n}");
    let told = validate(&workspace, &wrong, |cells| cell(cells, "test_double")["source"] = "let doubled = 6.0;".into());
    assert_eq!(told.code, 1);
    assert!(
        told.printed.contains("  fails             test_double     2 points     line 2: twice, not squared\n"),
        "{}",
        told.printed
    );
    let changed = "\
Changed cells:

  the cell `test_double` was edited (line 1: expected `let doubled = double(3.0);`, found `let doubled = 6.0;`); the original was used
";
    assert!(told.printed.contains(changed), "{}", told.printed);

    // Taken out: the test is put back, the answer is not there.
    let told = validate(&workspace, &RIGHT, |cells| {
        cells.retain(|cell| !["test_double", "pick"].iter().any(|id| cell["metadata"]["nbgrader"]["grade_id"] == *id));
    });
    assert_eq!(told.code, 1);
    for expected in [
        "  passes            test_double     2 points\n",
        "  not answered      test_pick       3 points     the cell `pick` is missing\n",
        "  the cell `test_double` is missing; the original was put back\n",
        "  the cell `pick` is missing; it counts as not answered\n",
    ] {
        assert!(told.printed.contains(expected), "expected {expected:?}, found {}", told.printed);
    }
}

#[test]
fn a_cell_of_ones_own_that_fails_is_told_and_costs_nothing_else() {
    let told = validate(&handed_out(), &RIGHT, |cells| {
        for (id, source) in [
            ("mine", "let three: usize = 3.0;"),
            ("error", "let number: u8 = \"three\".parse()?;"),
            ("after", "println!(\"{number}\");"),
        ] {
            cells.push(serde_json::json!({
                "cell_type": "code", "id": id, "metadata": {}, "source": source, "outputs": [], "execution_count": null
            }));
        }
    });
    assert_eq!(told.code, 0, "{}", told.printed);
    let expected = "\
Cells of your own that failed:

  cell 10: does not compile: error[E0308]: mismatched types
        line 1: let three: usize = 3.0;
";
    assert!(told.printed.contains(expected), "{}", told.printed);
    let expected = "\
  cell 11: error: ParseIntError { kind: InvalidDigit }
  cell 12: not run: it needs `number` of cell 11: see there
";
    assert!(told.printed.contains(expected), "{}", told.printed);
}

#[test]
fn what_cannot_be_validated_says_why() {
    let workspace = handed_out();
    let validate = |arguments: &[&str]| run(nnkernel().arg("validate").args(arguments).current_dir(workspace.path()));
    let text = fs::read_to_string(workspace.path().join("week1/week1.ipynb")).unwrap();
    workspace.write("other.ipynb", text.replace("\"assignment\": \"week1\"", "\"assignment\": \"week2\""));
    workspace.write("none.ipynb", text.replace("\"assignment\": \"week1\"", "\"nothing\": \"week1\""));
    workspace.write("no.ipynb", "print(1)");
    for (arguments, expected) in [
        (&["gone.ipynb"][..], "cannot read gone.ipynb"),
        (&["no.ipynb"], "no.ipynb: the file is no notebook"),
        (
            &["week1/week1.ipynb"],
            "this program does not know the assignment week1; it knows batchnorm-mlp, convnet-mnist, ",
        ),
        (&["none.ipynb"], "none.ipynb cannot be validated: it does not say which assignment it is of"),
        (&["other.ipynb", "--release", "week1"], "it is of week2, and what was handed out of week1"),
        (&["other.ipynb", "--release", "nothing"], "cannot read nothing"),
    ] {
        let refused = validate(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {}{}", refused.printed, refused.told);
        assert!(refused.told.contains(expected), "expected `{expected}`, found {}", refused.told);
    }
}
