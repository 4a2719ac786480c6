//! The course's notebook, whole, on the embedded data.

use crate::support::{Notebook, Workspace, nnkernel, run};

#[test]
fn the_notebook_runs_on_the_embedded_data() {
    let workspace = Workspace::new();
    let run = run(nnkernel().args(["run", "softmax-regression", "--html", "-o"]).arg(workspace.path()));
    assert_eq!(run.code, 0, "{}", run.told);
    let notebook = Notebook::read(&workspace.path().join("softmax-regression.ipynb"));
    assert!(notebook.num_executed() > 15);
    let page = std::fs::read_to_string(workspace.path().join("softmax-regression.html")).unwrap();
    assert!(page.matches("<img").count() >= 8, "the pictures are inside");
    assert!(!page.contains("<script") && !page.contains("src=\"http"), "the page needs nothing else");
}
