//! Sessions: two at once, from anywhere, without a network, and gone when they end.

use crate::support::{Notebook, Workspace, cache, nnkernel, run};
use std::fs;
use std::process::Command;

const SOURCE: &str = "// %%\nuse nnlib::prelude::*;\nlet total = RandomState::new(SEED).randn((2, 3)).sum();\ntotal\n// %%\n\
                      std::env::current_dir()?.join(\"notebook.rs\").is_file()\n";

#[test]
fn two_sessions_at_once_do_not_disturb_each_other() {
    // What `numpy.random.RandomState(seed).randn(2, 3).sum()` prints with NumPy 2.4.
    let expected = [("0", 6.274120847915642), ("1", -2.024682491962064)];
    let runs: Vec<_> = expected
        .map(|(seed, expected)| {
            let workspace = Workspace::new();
            let path = workspace.write("notebook.rs", SOURCE.replace("SEED", seed));
            let child = nnkernel().arg("run").arg(path).arg("-o").arg(workspace.path()).spawn().unwrap();
            (workspace, child, expected)
        })
        .into_iter()
        .collect();
    for (workspace, mut child, expected) in runs {
        assert!(child.wait().unwrap().success());
        let notebook = Notebook::read(&workspace.path().join("notebook.ipynb"));
        let value: f64 = notebook.value(0, "text/plain").unwrap().parse().unwrap();
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
        assert_eq!(notebook.value(1, "text/plain").as_deref(), Some("true"), "cells run in the notebook's folder");
    }
}

#[test]
fn a_session_needs_no_network_and_leaves_nothing_behind() {
    // The first run builds the template, if no other test has.
    let workspace = Workspace::new();
    let (first, _) = workspace.run_source("// %%\n1\n", &[]);
    assert_eq!(first.code, 0, "{}", first.told);

    let path = workspace.write("notebook.rs", SOURCE.replace("SEED", "0"));
    let program = env!("CARGO_BIN_EXE_nnkernel");
    let mut offline = Command::new("unshare");
    offline.args(["--user", "--map-root-user", "--net", program, "run"]).arg(path).arg("-o").arg(workspace.path());
    offline.env("NNKERNEL_CACHE", cache());
    let can_unshare = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).status();
    if can_unshare.is_ok_and(|status| status.success()) {
        let run = run(&mut offline);
        assert_eq!(run.code, 0, "{}", run.told);
        assert!(!run.told.contains("Compiling"), "the template served: {}", run.told);
    } else {
        eprintln!("not tested without a network: this system allows no network namespaces");
    }

    // A run that has ended leaves no folder; others of this test binary may be running now.
    let sessions = fs::read_dir(cache().join("sessions")).unwrap().flatten();
    for entry in sessions.filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        let process = name.split('-').next().unwrap();
        let alive = std::path::Path::new("/proc").join(process).exists();
        assert!(alive || !entry.path().exists(), "{name} was left behind");
    }
}

#[test]
fn the_binary_is_run_without_cargo_around_it() {
    // Cargo, which runs the tests, tells the loader where the standard library lies; a shell does not.
    let workspace = Workspace::new();
    let path = workspace.write("notebook.rs", "// %%\n40 + 2\n");
    let mut command = nnkernel();
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_LIBRARY_PATH");
    let run = run(command.arg("run").arg(path).arg("-o").arg(workspace.path()).current_dir("/"));
    assert_eq!(run.code, 0, "{}", run.told);
    let notebook = Notebook::read(&workspace.path().join("notebook.ipynb"));
    assert_eq!(notebook.value(0, "text/plain").as_deref(), Some("42"));
}

#[test]
fn a_cell_writes_as_it_likes_and_the_source_of_the_notebook_stays() {
    let workspace = Workspace::new();
    let source = "// %%\nstd::fs::write(\"made-by-a-cell\", \"x\")?;\n";
    let (run, _) = workspace.run_source(source, &[]);
    assert_eq!(run.code, 0, "{}", run.told);
    assert!(workspace.path().join("made-by-a-cell").is_file());
    assert_eq!(fs::read_to_string(workspace.path().join("notebook.rs")).unwrap(), source);
}

#[test]
fn doctor_finds_what_is_there() {
    let told = run(nnkernel().arg("doctor"));
    assert_eq!(told.code, 0, "{}{}", told.printed, told.told);
    for name in ["rustc", "cargo", "linker", "rust-src", "cache", "nnlib", "data", "jupyter", "kernel"] {
        assert!(
            told.printed.lines().any(|line| line.split_whitespace().nth(1) == Some(name)),
            "{name}: {}",
            told.printed
        );
    }
    let broken = run(nnkernel().arg("doctor").env("NNKERNEL_CACHE", "/proc/nowhere"));
    assert_eq!(broken.code, 1, "{}", broken.printed);
    assert!(broken.printed.contains("set NNKERNEL_CACHE to a folder that can be written to"), "{}", broken.printed);
}
