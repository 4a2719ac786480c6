//! The installed kernel, driven over Jupyter's protocol by Python's own client, where that is installed.

use crate::support::{Workspace, cache, nnkernel, python_has, run};
use std::process::Command;

/// Runs two cells in the installed kernel and prints what came back; then a notebook with an assert that fails.
const CLIENT: &str = r#"
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

def execute(cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    try:
        NotebookClient(notebook, kernel_name="nnkernel", startup_timeout=300, timeout=300).execute()
    except CellExecutionError as error:
        print("stopped:", error.ename, error.evalue)
    return notebook.cells

cells = execute(["use nnlib::prelude::*;\nlet mut rng = RandomState::new(0);", "rng.rand(3)"])
print(cells[1].outputs[0]["data"]["text/plain"])
cells = execute(["let a = 1;", "assert_eq!(a, 2, \"a is off\");", "println!(\"not reached\");"])
print("cells run:", sum(cell.execution_count is not None for cell in cells))
"#;

/// Kernels that a spare serves.
const SPARES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jupyter/spares.py");

/// Jupyter's own suite of tests for kernels, and a few of ours.
const CONFORMANCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jupyter/conformance.py");

/// A Jupyter of its own, with the kernel installed in it.
fn installed() -> Workspace {
    let workspace = Workspace::new();
    // An installation builds a template for each assignment; here the general one is enough.
    let (built, _) = workspace.run_source("// %%\n1\n", &[]);
    assert_eq!(built.code, 0, "{}", built.told);
    let install = run(nnkernel().args(["install", "--no-build"]).env("JUPYTER_DATA_DIR", workspace.path()));
    assert_eq!(install.code, 0, "{}", install.told);
    workspace
}

/// Runs Python on the Jupyter of `workspace`: whether it succeeded, and what it wrote to standard output and error.
pub fn python(workspace: &Workspace, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new("python3")
        .args(arguments)
        .env("JUPYTER_DATA_DIR", workspace.path())
        .env("JUPYTER_RUNTIME_DIR", workspace.path())
        .env("NNKERNEL_CACHE", cache())
        .env("NNKERNEL_SPARE", "off")
        .current_dir(workspace.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_installed_kernel_serves_jupyter() {
    if !(python_has("nbclient") && python_has("nbformat")) {
        eprintln!("not tested: Python's nbclient is not installed");
        return;
    }
    let (succeeded, told, errors) = python(&installed(), &["-c", CLIENT]);
    assert!(succeeded, "{errors}");
    // What `numpy.random.RandomState(0).rand(3)` prints with NumPy 2.4.
    assert!(told.contains("[0.5488135039273248, 0.7151893663724195, 0.6027633760716439]"), "{told}");
    assert!(told.contains("stopped: Panic assertion `left == right` failed: a is off"), "{told}");
    assert!(told.contains("cells run: 2"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_spare_serves_as_any_kernel_does() {
    if !python_has("jupyter_client") {
        eprintln!("not tested: Python's jupyter_client is not installed");
        return;
    }
    let (workspace, other) = (installed(), Workspace::new());
    let (succeeded, told, errors) = python(&workspace, &[SPARES, &other.path().to_string_lossy()]);
    assert!(succeeded && told.contains("all is gone"), "{told}{errors}");
}

#[test]
fn the_installed_kernel_keeps_to_the_protocol() {
    if !python_has("jupyter_kernel_test") {
        eprintln!("not tested: Python's jupyter_kernel_test is not installed");
        return;
    }
    let (succeeded, _, errors) = python(&installed(), &[CONFORMANCE]);
    assert!(succeeded, "{errors}");
}

/// Runs a notebook of two cells, the first with an assert that fails, by the programs that people run notebooks with.
const PROGRAMS: &str = r#"
import subprocess, sys
import nbformat

metadata = {"kernelspec": {"name": "nnkernel", "display_name": "Rust", "language": "rust"}}
for name, code in [("bad", 'assert_eq!(1, 2, "off");'), ("good", 'println!("fine");')]:
    cells = [nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell('println!("reached");')]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), f"{name}.ipynb")
    for module, arguments in [
        ("papermill", [f"{name}.ipynb", "papermill.ipynb", "--no-progress-bar"]),
        ("nbconvert", ["--to", "notebook", "--execute", "--output", "nbconvert.ipynb", f"{name}.ipynb"]),
    ]:
        done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)
        print(module, name, done.returncode == 0, "off" in done.stderr)
        if done.returncode == 0:
            executed = nbformat.read(f"{module}.ipynb", 4)
            print("reached" in str(executed.cells[-1].outputs))
"#;

#[test]
fn papermill_and_nbconvert_stop_at_an_assert_that_fails() {
    if !(python_has("papermill") && python_has("nbconvert")) {
        eprintln!("not tested: Python's papermill and nbconvert are not installed");
        return;
    }
    let (succeeded, told, errors) = python(&installed(), &["-c", PROGRAMS]);
    assert!(succeeded, "{errors}");
    let expected = ["papermill bad False True", "nbconvert bad False True"];
    let fine = ["papermill good True False", "True", "nbconvert good True False", "True"];
    assert_eq!(told.lines().collect::<Vec<_>>(), [&expected[..], &fine[..]].concat(), "{errors}");
}
