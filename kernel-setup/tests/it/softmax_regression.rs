//! The course's notebook, whole, on the embedded data.

use crate::support::{Notebook, Workspace, nnkernel, run};
use std::fs;
use std::path::Path;

#[test]
fn the_notebook_runs_on_the_embedded_data() {
    let workspace = Workspace::new();
    let run = run(nnkernel().args(["run", "softmax-regression", "--html", "-o"]).arg(workspace.path()));
    assert_eq!(run.code, 0, "{}", run.told);
    let notebook = Notebook::read(&workspace.path().join("softmax-regression.ipynb"));

    // The lessons of the notebook, in figures that hold on the embedded digits.
    let accuracy = |training: &str| {
        let line = notebook.lines().find(|line| line.starts_with(training)).expect("the training was told");
        let percent = line.split("accuracy ").nth(1).and_then(|rest| rest.split(' ').next());
        percent.and_then(|percent| percent.parse::<f64>().ok()).expect("a line with an accuracy")
    };
    let best = accuracy("rate 0.5  FullJacobian");
    assert!((85.0..95.0).contains(&best), "{best}");
    for rate in ["0.01", "0.02", "0.03"] {
        let (wrong, right) =
            (accuracy(&format!("rate {rate} DiagonalOnly")), accuracy(&format!("rate {rate} FullJacobian")));
        assert!(wrong + 1.0 < right && right < best, "rate {rate}: {wrong} and {right}");
    }
    assert!(accuracy("batches of 150  FullJacobian") > accuracy("batches of 1500 FullJacobian"));

    let page = fs::read_to_string(workspace.path().join("softmax-regression.html")).unwrap();
    assert!(page.matches("<img").count() >= 12, "the pictures are inside");
    assert!(!page.contains("<script") && !page.contains("src=\"http"), "the page needs nothing else");

    // The notebook beside the source was made from it, whole: every cell is there, and has run.
    let committed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/softmax-regression/softmax-regression.ipynb");
    let committed = Notebook::read(&committed);
    assert_eq!(
        committed.sources(),
        notebook.sources(),
        "make it anew: nnkernel run softmax-regression -o notebooks/softmax-regression"
    );
    assert_eq!(committed.num_executed(), notebook.num_executed());
}
