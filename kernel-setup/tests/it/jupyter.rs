//! The installed kernel, driven over Jupyter's protocol by Python's own client, where that is installed.

use crate::support::{Workspace, cache, nnkernel, python_has, run};
use std::process::Command;

/// Runs two cells in the installed kernel and prints what came back.
const CLIENT: &str = r#"
import nbformat, sys
from nbclient import NotebookClient
cells = ["use nnlib::prelude::*;\nlet mut rng = RandomState::new(0);", "rng.rand(3)"]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
NotebookClient(notebook, kernel_name="nnkernel", startup_timeout=300, timeout=300).execute()
print(notebook.cells[1].outputs[0]["data"]["text/plain"])
"#;

#[test]
fn the_installed_kernel_serves_jupyter() {
    if !(python_has("nbclient") && python_has("nbformat")) {
        eprintln!("not tested: Python's nbclient is not installed");
        return;
    }
    let workspace = Workspace::new();
    // Builds the template as well, as a user's installation does.
    let install = run(nnkernel().arg("install").env("JUPYTER_DATA_DIR", workspace.path()));
    assert_eq!(install.code, 0, "{}", install.told);
    let output = Command::new("python3")
        .args(["-c", CLIENT])
        .env("JUPYTER_DATA_DIR", workspace.path())
        .env("JUPYTER_RUNTIME_DIR", workspace.path())
        .env("NNKERNEL_CACHE", cache())
        .current_dir(workspace.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What `numpy.random.RandomState(0).rand(3)` prints with NumPy 2.4.
    assert!(text.contains("[0.5488135039273248, 0.7151893663724195, 0.6027633760716439]"), "{text}");
}
