//! Live output and interrupts, as a kernel sees them.
//!
//! Which kernel there is, the environment says; so each test runs this program again, as a cell of the kernel that the
//! test is. Functions called `cell` are what such a cell runs.

mod live;
mod stop;

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// What a kernel of ours gets from a cell.
struct Seen {
    /// The lines that are printed.
    lines: Vec<String>,
    /// The commands about displays.
    commands: Vec<Value>,
    /// The folder that the two share.
    folder: TempDir,
}

/// Runs the ignored test `cell` in a process of its own, with a kernel of ours if `with_kernel`.
fn run(cell: &str, with_kernel: bool) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("listeners")).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([&format!("notebook::{cell}"), "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env_remove("NNLIB_NOTEBOOK");
    if with_kernel {
        command.env("NNLIB_NOTEBOOK", folder.path());
    }
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    assert_eq!(fs::read_dir(folder.path().join("listeners")).unwrap().count(), 0, "nobody listens any more");
    // The test harness prints `test cell ... ` and `ok` around.
    let (_, stdout) = stdout.split_once(" ... ").unwrap();
    let (mut lines, mut commands) = (Vec::new(), Vec::new());
    let mut rest = stdout.lines().take_while(|line| *line != "ok" && !line.starts_with("test result"));
    while let Some(line) = rest.next() {
        if line == "EVCXR_BEGIN_CONTENT application/vnd.nnlib.display+json" {
            commands.push(serde_json::from_str(rest.next().unwrap()).unwrap());
            assert_eq!(rest.next(), Some("EVCXR_END_CONTENT"));
        } else {
            lines.push(line.to_owned());
        }
    }
    Seen { lines, commands, folder }
}

/// The kernel's folder, in a cell.
fn kernel_folder() -> PathBuf {
    std::env::var_os("NNLIB_NOTEBOOK").expect("this is a cell").into()
}

/// Interrupts this cell.
fn interrupt() {
    fs::write(kernel_folder().join("stop"), "").unwrap();
}

/// Ends the cell, and begins the next.
fn next_cell() {
    fs::remove_file(kernel_folder().join("stop")).unwrap();
}

fn listeners() -> usize {
    fs::read_dir(kernel_folder().join("listeners")).unwrap().count()
}
