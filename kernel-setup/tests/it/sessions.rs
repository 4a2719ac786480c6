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
fn variables_have_their_types_and_values_however_a_cell_is_compiled() {
    let source = r#"// %%
use nnlib::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
// %%
let mut counts = HashMap::new();
counts.insert("a".to_string(), 1);
*counts.entry("b".to_string()).or_insert(0) += 2;
let mut names = counts.keys().cloned().collect::<Vec<_>>();
names.sort();
let total = counts.values().sum::<i32>();
let found = counts.get("a").copied();
// %%
let lengths: HashSet<_> = names.iter().map(|name| name.len()).collect();
let tree = names.iter().enumerate().map(|(i, name)| (name.clone(), i)).collect::<BTreeMap<_, _>>();
let last = tree.iter().next_back().map(|(name, i)| format!("{name}{i}"));
let seconds = std::time::Instant::now().elapsed().as_secs_f64();
// %%
let images = Array2::from_shape_fn((4, 6), |(i, j)| (i * j) as f64);
let centred = (&images - &images.mean_axis(Axis(0)).unwrap()) / 2.0;
let largest = images.iter().copied().fold(f64::NEG_INFINITY, f64::max);
let halves = images.axis_chunks_iter(Axis(0), 2).map(|half| half.sum()).collect::<Vec<_>>();
let net = TwoLayerNet::new(&TwoLayerConfig::default(), &mut RandomState::new(3));
let shared = std::sync::Arc::new(std::sync::Mutex::new(vec![1_u8]));
// A function that says where it was called from.
let rules: Vec<(&str, UpdateRule)> = vec![("sgd", optim::sgd)];
// %%
format!("{names:?} {total} {found:?} {lengths:?} {last:?} {largest} {halves:?} {:.1} {}", centred.sum(), rules[0].0)
// %%
macro_rules! twice { ($value:expr) => { 2 * $value } }
// %%
let doubled = twice!(total);
// %%
(doubled, total, names.len(), shared.lock().unwrap().len())
"#;
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(source, &[]);
    assert_eq!(run.code, 0, "{}", run.told);
    let expected = r#""[\"a\", \"b\"] 3 Some(1) {1} Some(\"b1\") 15 [15.0, 75.0] 0.0 sgd""#;
    assert_eq!(notebook.value(4, "text/plain").as_deref(), Some(expected));
    assert_eq!(notebook.value(7, "text/plain").as_deref(), Some("(6, 3, 2, 1)"));
}

/// The functions that ndarray calls lie in nnlib's shared library, which cells are linked with.
#[test]
fn products_in_cells_are_nnlibs() {
    let source = "// %%
use nnlib::ndarray::linalg::general_mat_mul;
use nnlib::prelude::*;
// %%
let unread = Matrix::from_elem((9, 9), f64::NAN);
let mut twos = Matrix::ones((9, 9));
// ndarray's own product reads what it multiplies by 0, and would make NaN of it all.
general_mat_mul(0.0, &unread, &unread, 2.0, &mut twos);
(twos.sum(), twos.row(0).dot(&twos).sum(), twos.mapv(|x| x as f32).dot(&twos.mapv(|x| x as f32)).sum())
";
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(source, &[]);
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.value(1, "text/plain").as_deref(), Some("(162.0, 324.0, 2916.0)"));
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

#[test]
fn doctor_attacks_a_sandbox() {
    let told = run(nnkernel().args(["doctor", "--sandbox"]));
    let printed = told.printed;
    let marked = |mark: &str| printed.lines().filter(|line| line.starts_with(mark)).count();
    let (active, missing) = (marked("ok  "), marked("MISSING"));
    assert_eq!(active + missing, if cfg!(target_os = "linux") { 15 } else { 1 }, "{printed}");
    assert_eq!(told.code, i32::from(missing > 0), "{printed}");
    // Each that is missing comes with what mends it.
    assert_eq!(printed.lines().filter(|line| line.trim_start().starts_with("-> ")).count(), missing, "{printed}");
}
