//! The assignments: their sources run, their notebooks for students stop where something is asked, and what is committed is current.

use crate::support::{Notebook, Workspace, nnkernel, python, python_has, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(assignment: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks").join(assignment)
}

/// Every cell of the source runs, at the grader's budget; the student's notebook stops at the first question, and says which it is.
fn works(assignment: &str, first_question: &str) {
    let workspace = Workspace::new();
    let solution =
        run(nnkernel().args(["run", assignment, "--html", "-o"]).arg(workspace.path()).env("NNLIB_BUDGET", "grade"));
    assert_eq!(solution.code, 0, "{}", solution.told);
    let page = fs::read_to_string(workspace.path().join(format!("{assignment}.html"))).unwrap();
    assert!(page.matches("<img").count() >= 4, "the pictures are inside");
    assert!(!page.contains("<script") && !page.contains("src=\"http"), "the page needs nothing else");

    let student = folder(assignment).join(format!("{assignment}.ipynb"));
    let blank = run(nnkernel()
        .arg("run")
        .arg(student)
        .arg("-o")
        .arg(workspace.path().join("blank"))
        .env("NNLIB_BUDGET", "grade"));
    assert_eq!(blank.code, 1, "{}", blank.told);
    let stopped = format!("not yet implemented: {first_question}: ");
    assert!(blank.told.contains(&stopped), "expected `{stopped}`, found {}", blank.told);
}

#[test]
fn softmax_regression_works() {
    works("softmax-regression", "softmax");
}

#[test]
fn convnet_mnist_works() {
    works("convnet-mnist", "predict");
}

#[test]
fn mlp_cifar10_works() {
    works("mlp-cifar10", "affine_forward");
}

#[test]
fn batchnorm_mlp_works() {
    works("batchnorm-mlp", "affine_forward");
}

#[test]
fn what_is_committed_is_current() {
    let check = run(nnkernel().args(["release", "--check"]));
    assert_eq!(check.code, 0, "{}{}", check.printed, check.told);
    let assignments = ["batchnorm-mlp", "convnet-mnist", "mlp-cifar10", "softmax-regression"];
    assert_eq!(check.printed.lines().collect::<Vec<_>>(), assignments.map(|name| format!("{name}: current")));
}

/// The lessons of softmax regression, in the figures of the committed run on the embedded digits.
#[test]
fn the_right_gradient_is_better_and_a_layer_is_better_still() {
    let notebook = Notebook::read(&folder("softmax-regression").join("softmax-regression-solution.ipynb"));
    let lines: Vec<String> = notebook.lines().collect();
    let accuracies = |training: &str| -> Vec<f64> {
        let told = lines.iter().filter(|line| line.starts_with(training));
        told.map(|line| {
            let percent = line.split("accuracy ").nth(1).and_then(|rest| rest.split(' ').next());
            percent.and_then(|percent| percent.parse().ok()).expect("a line with an accuracy")
        })
        .collect()
    };
    let best = accuracies("rate 0.5 ")[0];
    assert!((85.0..95.0).contains(&best), "{best}");
    for rate in ["0.01", "0.02", "0.03"] {
        let [wrong, right] = accuracies(&format!("rate {rate}:")).try_into().expect("two trainings a rate");
        assert!(wrong + 1.0 < right && right < best, "rate {rate}: {wrong} and {right}");
    }
    assert!(accuracies("batches of 150 :")[0] > accuracies("batches of 1500:")[0]);
    assert!(accuracies("2 layers,")[0] > best + 2.0);
}

/// Cells of a notebook file, as pairs of type and text, with their metadata.
fn cells(path: &Path) -> Vec<(String, String, Value)> {
    let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let cells = document["cells"].as_array().unwrap();
    cells
        .iter()
        .map(|cell| (cell["cell_type"].as_str().unwrap().to_owned(), text(&cell["source"]), cell["metadata"].clone()))
        .collect()
}

/// A source as it is run: the grader alone reads verdicts.
fn without_verdicts(source: &str) -> String {
    let mut inside = false;
    let kept = source.split_inclusive('\n').filter(|line| {
        inside |= line.starts_with("// BEGIN VERDICT");
        let keep = !inside;
        inside &= !line.starts_with("// END VERDICT");
        keep
    });
    kept.collect()
}

#[test]
fn jupytext_reads_the_sources_as_we_do() {
    if !python_has("jupytext") {
        eprintln!("not checked: Python's jupytext is not installed");
        return;
    }
    for assignment in ["batchnorm-mlp", "convnet-mnist", "mlp-cifar10", "softmax-regression"] {
        let workspace = Workspace::new();
        let theirs = workspace.path().join("theirs.ipynb");
        let text = fs::read_to_string(folder(assignment).join(format!("{assignment}.rs"))).unwrap();
        let source = workspace.write(&format!("{assignment}.rs"), without_verdicts(&text));
        python(&[
            "-m",
            "jupytext",
            "--quiet",
            "--to",
            "ipynb",
            source.to_str().unwrap(),
            "-o",
            theirs.to_str().unwrap(),
        ]);
        let ours = cells(&folder(assignment).join(format!("{assignment}-solution.ipynb")));
        let theirs = cells(&theirs);
        assert_eq!(theirs.len(), ours.len(), "{assignment}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{assignment}");
        }
    }
}

/// nbgrader makes a student's notebook of our solution: with the cells that ours has, the same but for what stands in the blanks.
#[test]
fn nbgrader_releases_the_same_notebook() {
    if !python_has("nbgrader") {
        eprintln!("not checked: Python's nbgrader is not installed");
        return;
    }
    let course = Workspace::new();
    course.write(
        "nbgrader_config.py",
        "c = get_config()\nc.CourseDirectory.root = '.'\nc.ClearSolutions.code_stub = {'rust': 'todo!()'}\n",
    );
    for assignment in ["batchnorm-mlp", "convnet-mnist", "mlp-cifar10", "softmax-regression"] {
        let source = course.path().join("source").join(assignment);
        fs::create_dir_all(&source).unwrap();
        let name = format!("{assignment}.ipynb");
        fs::copy(folder(assignment).join(format!("{assignment}-solution.ipynb")), source.join(&name)).unwrap();
        let output = std::process::Command::new("python3")
            .args(["-m", "nbgrader", "generate_assignment", assignment, "--create", "--force"])
            .current_dir(course.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{assignment}: {}", String::from_utf8_lossy(&output.stderr));
        let theirs = cells(&course.path().join("release").join(assignment).join(&name));
        let ours = cells(&folder(assignment).join(&name));
        assert_eq!(theirs.len(), ours.len(), "{assignment}");
        for ((our_kind, our_text, our_metadata), (kind, text, metadata)) in ours.iter().zip(&theirs) {
            assert_eq!(our_kind, kind, "{assignment}");
            for key in ["grade", "grade_id", "locked", "points", "solution", "task"] {
                assert_eq!(our_metadata["nbgrader"][key], metadata["nbgrader"][key], "{assignment}: {text}");
            }
            assert_eq!(our_metadata["deletable"], metadata["deletable"], "{assignment}: {text}");
            assert_eq!(our_metadata["editable"], metadata["editable"], "{assignment}: {text}");
            if our_metadata["nbgrader"]["solution"] != true && our_text.trim_end() == text.trim_end() {
                let checksum = &our_metadata["nbgrader"]["checksum"];
                assert!(our_text != text || checksum == &metadata["nbgrader"]["checksum"], "{assignment}: {text}");
            } else if our_metadata["nbgrader"]["solution"] != true {
                // Ours leaves no empty lines where hidden tests were.
                let squeezed =
                    |text: &str| text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
                assert_eq!(squeezed(our_text), squeezed(text), "{assignment}");
            }
        }
    }
}

#[test]
fn faults_of_a_source_are_named_with_their_line_and_nothing_is_written() {
    let workspace = Workspace::new();
    let write = |source: &str| {
        workspace.write(
            "week1/assignment.toml",
            "title = \"Week 1\"\npoints = 2\nwithheld = [\"layers\", \"losses\", \"models\"]\n",
        );
        workspace.write("week1/week1.rs", source);
    };
    fs::create_dir(workspace.path().join("week1")).unwrap();
    let release = |options: &[&str]| {
        run(nnkernel().arg("release").args(options).current_dir(workspace.path()).env("PWD", workspace.path()))
    };
    let solution = |solution: &str, points: &str| {
        format!(
            "// %% [markdown]\n// # Week 1\n\n\
             // %% nbgrader={{\"grade\": false, \"grade_id\": \"f\", \"locked\": false, \"schema_version\": 3, \"solution\": true, \"task\": false}}\n\
             {solution}\n\n\
             // %% nbgrader={{\"grade\": true, \"grade_id\": \"test_f\", \"locked\": true, \"points\": {points}, \"schema_version\": 3, \"solution\": false, \"task\": false}}\n\
             f();\n"
        )
    };
    let good = "fn f() -> i32 {\n    // BEGIN SOLUTION the answer to everything\n    6 * 7 + 0\n    // END SOLUTION\n}";
    for (text, expected) in [
        (solution("fn f() {}", "2"), "week1.rs, line 5: a solution cell without a solution between BEGIN SOLUTION"),
        (
            solution(&good.replace("// END", "// FIN"), "2"),
            "week1.rs, line 6: BEGIN SOLUTION without an END SOLUTION below",
        ),
        (solution(&good.replace("fn f()", "fn f(x)"), "2"), "week1.rs, line 5: the cell is no Rust: "),
        (
            solution("let x =\n// BEGIN SOLUTION a number\n1\n// END SOLUTION\n;", "2"),
            "week1.rs, line 6: A solution is the rest of",
        ),
        (solution(good, "1.5"), "week1.rs: its questions have 1.5 points together, and assignment.toml says 2"),
        ("1".to_owned(), "week1.rs: line 1: expected `// %%` before the first cell"),
    ] {
        write(&text);
        let refused = release(&["./week1"]);
        assert_eq!(refused.code, 2, "{}", refused.told);
        assert!(refused.told.contains(expected), "expected `{expected}`, found {}", refused.told);
        assert!(!workspace.path().join("week1/week1.ipynb").exists());
    }

    let task = "// %% [markdown] nbgrader={\"grade\": false, \"grade_id\": \"t\", \"locked\": true, \"points\": 0, \"schema_version\": 3, \"solution\": false, \"task\": true}\n// Explore.\n";
    write(task);
    let manifest = "title = \"Week 1\"\npoints = 0\nwithheld = []\n[rules]\nmay_add_cells = false\n";
    workspace.write("week1/assignment.toml", manifest);
    let refused = release(&["./week1"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.told.contains("week1.rs, line 2: the task `t` is answered in cells of the student's own"),
        "{}",
        refused.told
    );

    write(&solution(good, "2"));
    let missing = release(&["./week1", "--check"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.printed.contains("week1.ipynb is not what week1.rs makes: nnkernel release week1"),
        "{}",
        missing.printed
    );
    let made = release(&["./week1"]);
    assert_eq!(made.code, 0, "{}", made.told);
    assert_eq!(made.printed, "week1: 1 questions, 2 points; students get week1/week1.ipynb\n");
    let text = fs::read_to_string(workspace.path().join("week1/week1.ipynb")).unwrap();
    assert!(text.contains("todo!(\\\"f: the answer to everything\\\")") && !text.contains("6 * 7"), "{text}");
    assert!(text.contains("\"name\": \"nnkernel-week1\""), "{text}");
    // A run for the solution: now all is current. An edit of the source, and nothing is.
    let run_too = release(&["./week1", "--run"]);
    assert_eq!(run_too.code, 0, "{}", run_too.told);
    assert_eq!(release(&["./week1", "--check"]).printed, "week1: current\n");
    write(&solution(&good.replace("+ 0", "+ 1"), "2"));
    let stale = release(&["./week1", "--check"]);
    assert_eq!((stale.code, stale.printed.contains("week1-solution.ipynb is a run of another week1.rs")), (1, true));
    // Two at once, into a folder that is named from here.
    fs::create_dir(workspace.path().join("week2")).unwrap();
    let manifest = fs::read_to_string(workspace.path().join("week1/assignment.toml")).unwrap();
    workspace.write("week2/assignment.toml", manifest.replace("Week 1", "Week 2"));
    workspace.write("week2/week2.rs", solution(good, "2"));
    let both = release(&["./week1", "./week2", "--run", "-o", "both"]);
    assert_eq!(both.code, 0, "{}", both.told);
    for week in ["week1", "week2"] {
        for name in [format!("both/{week}.ipynb"), format!("both/{week}-solution.ipynb")] {
            assert!(workspace.path().join(&name).exists(), "{name}\n{}", both.told);
        }
    }
    // What is withheld is not there, though the notebook asks for it by name.
    let cheat = workspace.write("week1/week1.rs", "// %%\nuse nnlib::layers::relu_forward;\n");
    let cheated = run(nnkernel().arg("run").arg(cheat).arg("-o").arg(workspace.path().join("out")));
    assert_eq!(cheated.code, 1);
    assert!(cheated.told.contains("layers"), "{}", cheated.told);

    let unknown = release(&["week7"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.told.contains("week7"), "{}", unknown.told);
}

/// Everything in the primer can be pasted into cells, one after the other.
#[test]
fn the_primer_runs() {
    let text = fs::read_to_string(folder("README.md")).unwrap();
    let primer = text.split("## A primer").nth(1).unwrap().split("## For teachers").next().unwrap();
    let blocks = primer.split("```rust\n").skip(1).map(|block| block.split("```").next().unwrap());
    let cells: String = blocks.map(|block| format!("// %%\n{block}\n")).collect();
    assert_eq!(cells.matches("// %%").count(), 7);
    let (run, notebook) = Workspace::new().run_source(&format!("// %%\nuse nnlib::prelude::*;\n\n{cells}"), &[]);
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.num_executed(), 8);
    assert_eq!(notebook.value(1, "text/plain").as_deref(), Some("\"1.00\""));
    assert_eq!(notebook.value(6, "text/plain").as_deref(), Some("7.0"));
}
