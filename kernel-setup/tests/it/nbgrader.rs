//! nbgrader at work on what `nnkernel release --nbgrader` writes, where Python's nbgrader is installed.

use crate::jupyter::python;
use crate::support::{Workspace, nnkernel, python_has, run};
use std::fs;

/// From the source to the feedback.
const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jupyter/course.py");

const MANIFEST: &str = "title = \"Week 1\"\npoints = 4\nwithheld = []\n";

fn source() -> String {
    let metadata = |id: &str, grade: bool, solution: bool, points: &str| {
        format!(
            "nbgrader={{\"grade\": {grade}, \"grade_id\": \"{id}\", \"locked\": {}{points}, \"schema_version\": 3, \
             \"solution\": {solution}, \"task\": false}}",
            !solution
        )
    };
    format!(
        "// %% [markdown]\n// # Week 1\n\n\
         // %%\nuse nnlib::prelude::*;\n\n\
         // %% {}\n\
         /// Twice each entry.\n\
         fn double(x: &Matrix) -> Matrix {{\n    \
             // BEGIN SOLUTION every entry, \"times\" two\n    \
             2.0 * x\n    \
             // END SOLUTION\n\
         }}\n\n\
         // %% {}\n\
         assert_eq!(double(&array![[1.0, 2.0]]), array![[2.0, 4.0]], \"twice, not squared\");\n\n\
         // BEGIN HIDDEN TESTS\n\
         {{\n    \
             let mut rng = probe_rng();\n    \
             for rows in [1, 4] {{\n        \
                 probe(&format!(\"double/{{rows}}\"), &double(&rng.randn((rows, 3))));\n    \
             }}\n\
         }}\n\
         // END HIDDEN TESTS\n\n\
         // %% [markdown] {}\n\
         // It is a sum of two equal terms.\n",
        metadata("double", false, true, ""),
        metadata("test_double", true, false, ", \"points\": 3"),
        metadata("why", true, true, ", \"points\": 1")
    )
}

#[test]
fn nbgrader_grades_what_is_released_for_it() {
    if !python_has("nbgrader") {
        eprintln!("not tested: Python's nbgrader is not installed");
        return;
    }
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("week1")).unwrap();
    workspace.write("week1/assignment.toml", MANIFEST);
    workspace.write("week1/week1.rs", source());
    let ours = || {
        let mut command = nnkernel();
        command.current_dir(workspace.path()).env("PWD", workspace.path()).env("JUPYTER_DATA_DIR", workspace.path());
        command
    };
    let released = run(ours().args(["release", "./week1", "--nbgrader", "course"]));
    assert_eq!(released.code, 0, "{}", released.told);
    let told = "week1: nbgrader's source is course/source/week1/week1.ipynb";
    assert!(released.printed.lines().any(|line| line == told), "{}", released.printed);
    let installed = run(ours().args(["install", "./week1", "--no-build", "--no-spare"]));
    assert_eq!(installed.code, 0, "{}", installed.told);

    let (succeeded, told, errors) = python(&workspace, &[COURSE]);
    assert!(succeeded, "{told}{errors}");
    let expected = "\
        source: Success!\n\
        the same text: True\n\
        the same checksums: True\n\
        trust: Hidden tests assert inside the student's\n\
        right: Success!\n\
        blank: VALIDATION FAILED ON 2 CELL True\n\
        right test_double: 3.0 of 3.0 \n\
        right why: 0.0 of 1.0 by hand\n\
        wrong test_double: 0.0 of 3.0 \n\
        wrong why: 0.0 of 1.0 \n\
        blank test_double: 0.0 of 3.0 \n\
        blank why: 0.0 of 1.0 \n\
        exported blank: 0.0 of 4.0\n\
        exported right: 3.0 of 4.0\n\
        exported wrong: 0.0 of 4.0\n\
        feedback right: True True False\n\
        feedback wrong: True False True\n\
        feedback blank: True False False\n";
    assert_eq!(told, expected, "{errors}");
}

/// A course may have a configuration already.
#[test]
fn a_configuration_of_the_teachers_own_is_left_alone() {
    let workspace = Workspace::new();
    for folder in ["week1", "course"] {
        fs::create_dir(workspace.path().join(folder)).unwrap();
    }
    workspace.write("week1/assignment.toml", MANIFEST.replace('4', "1"));
    let question = source();
    let only_text = question.split("// %%").filter(|cell| cell.contains("[markdown]"));
    workspace.write("week1/week1.rs", only_text.map(|cell| format!("// %%{cell}")).collect::<String>());
    let theirs = workspace.write("course/nbgrader_config.py", "c = get_config()\n");
    let release = || {
        let mut command = nnkernel();
        command.args(["release", "./week1", "--nbgrader", "course"]);
        run(command.current_dir(workspace.path()).env("PWD", workspace.path()))
    };
    let released = release();
    assert_eq!(released.code, 0, "{}", released.told);
    let told = "course/nbgrader_config.py is another's: add the line `load_subconfig(\"nnkernel_config.py\")` to it";
    assert!(released.printed.contains(told), "{}", released.printed);
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "c = get_config()\n");
    let ours = fs::read_to_string(workspace.path().join("course/nnkernel_config.py")).unwrap();
    assert!(ours.contains("ClearSolutions.text_stub = \"*Your answer here.*\""), "{ours}");
    // What it says has been done.
    fs::write(&theirs, "c = get_config()\nload_subconfig(\"nnkernel_config.py\")\n").unwrap();
    assert!(!release().printed.contains("is another's"));
    // Ours is written anew.
    fs::write(&theirs, ours.replace("= 120", "= 1")).unwrap();
    assert!(!release().printed.contains("is another's"));
    assert_eq!(fs::read_to_string(&theirs).unwrap(), ours);
}

#[test]
fn a_test_that_ends_in_a_value_is_refused() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("week1")).unwrap();
    workspace.write("week1/assignment.toml", MANIFEST);
    workspace.write("week1/week1.rs", source().replace("// END HIDDEN TESTS\n", "// END HIDDEN TESTS\n0.5\n"));
    let refused = run(nnkernel()
        .args(["release", "./week1", "--nbgrader", "course"])
        .current_dir(workspace.path())
        .env("PWD", workspace.path()));
    assert_eq!(refused.code, 2);
    let expected = "week1/week1.rs, line 16: nbgrader takes the value that a test ends in for points: end it with `;`";
    assert!(refused.told.contains(expected), "{}", refused.told);
    assert!(!workspace.path().join("course").exists());
}
