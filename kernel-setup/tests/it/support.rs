//! What the tests share: the binary, a cache of their own, and a look into executed notebooks.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// The binary under test. Its cache lies below `target`, so that nnlib is compiled for notebooks once, and the user's own
/// cache is left alone.
pub fn nnkernel() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nnkernel"));
    command.env("NNKERNEL_CACHE", cache());
    // The tests must pass where there is no data; the ones that want some name it themselves.
    command.env_remove("NNLIB_DATA").env_remove("NNLIB_FULL").env_remove("NNLIB_BUDGET");
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-data"));
    command
}

/// The cache of the tests.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("nnkernel-cache")
}

/// What a run of the binary came to.
pub struct Run {
    /// The exit status.
    pub code: i32,
    /// Standard error, where everything is told.
    pub told: String,
    /// Standard output.
    pub printed: String,
}

/// Runs `command` to its end.
pub fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    Run {
        code: status.code().expect("the binary exits by itself"),
        told: String::from_utf8(stderr).expect("messages are UTF-8"),
        printed: String::from_utf8(stdout).expect("messages are UTF-8"),
    }
}

/// A folder with a notebook source in it, gone when the test ends.
pub struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    /// An empty one.
    pub fn new() -> Self {
        Workspace { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("the temporary folder can be written to");
        path
    }

    /// Runs a notebook source with these options, into `out`.
    pub fn run_source(&self, source: &str, options: &[&str]) -> (Run, Notebook) {
        let path = self.write("notebook.rs", source);
        let out = self.path().join("out");
        let run = run(nnkernel().arg("run").arg(path).arg("-o").arg(&out).args(options).current_dir(self.path()));
        let notebook = Notebook::read(&out.join("notebook.ipynb"));
        (run, notebook)
    }
}

/// An executed notebook.
pub struct Notebook {
    /// The code cells.
    cells: Vec<Value>,
}

impl Notebook {
    /// Reads one, and checks it against the published schema where Python's nbformat is installed.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the notebook was written");
        validate(path);
        let document: Value = serde_json::from_str(&text).expect("a notebook is JSON");
        let cells = document["cells"].as_array().expect("a notebook has cells");
        Notebook { cells: cells.iter().filter(|cell| cell["cell_type"] == "code").cloned().collect() }
    }

    /// All lines that code cells wrote to standard output.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let written: String = (0..self.cells.len()).map(|cell| self.stream(cell, "stdout")).collect();
        written.lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    /// How many code cells were run.
    pub fn num_executed(&self) -> usize {
        self.cells.iter().filter(|cell| !cell["execution_count"].is_null()).count()
    }

    /// What the code cell wrote to `stdout` or `stderr`.
    pub fn stream(&self, cell: usize, name: &str) -> String {
        self.outputs(cell)
            .iter()
            .filter(|output| output["output_type"] == "stream" && output["name"] == name)
            .map(|output| joined(&output["text"]))
            .collect()
    }

    /// The code cell's value in one MIME type.
    pub fn value(&self, cell: usize, mime_type: &str) -> Option<String> {
        let output = self.outputs(cell).iter().find(|output| output["output_type"] == "execute_result")?;
        output["data"].get(mime_type).map(joined)
    }

    /// The code cell's error: its name, its message, its traceback.
    pub fn error(&self, cell: usize) -> Option<(String, String, String)> {
        let output = self.outputs(cell).iter().find(|output| output["output_type"] == "error")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let traceback = output["traceback"].as_array()?.iter().map(text).collect::<Vec<_>>().join("\n");
        Some((text(&output["ename"]), text(&output["evalue"]), traceback))
    }

    fn outputs(&self, cell: usize) -> &[Value] {
        self.cells[cell]["outputs"].as_array().expect("a code cell has outputs")
    }
}

/// Text that a notebook keeps as one string or as a list of lines.
fn joined(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// Whether Python has this module.
pub fn python_has(module: &str) -> bool {
    let output = Command::new("python3").args(["-c", &format!("import {module}")]).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs Python, which must succeed.
pub fn python(arguments: &[&str]) {
    let output = Command::new("python3").args(arguments).output().expect("python3 starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn validate(path: &Path) {
    if !python_has("nbformat") {
        eprintln!("not checked against the schema: Python's nbformat is not installed");
        return;
    }
    let script = "import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT))";
    let output = Command::new("python3").args(["-c", script]).arg(path).output().expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
