//! Input that cannot be run: a clear word, exit status 2, and nothing written.

use crate::support::{Run, Workspace, nnkernel, run};

fn refused(name: &str, content: &str) -> String {
    let workspace = Workspace::new();
    let path = workspace.write(name, content);
    let out = workspace.path().join("out");
    let Run { code, told, .. } = run(nnkernel().arg("run").arg(&path).arg("-o").arg(&out));
    assert_eq!(code, 2, "{told}");
    assert!(told.contains(path.to_str().unwrap()), "the message names the file: {told}");
    assert!(!out.exists(), "nothing is written");
    told
}

#[test]
fn what_is_not_a_notebook() {
    assert!(refused("a.ipynb", "print('hello')").contains("expected JSON"));
    assert!(refused("b.ipynb", "{}").contains("expected a number `nbformat`, found none"));
    assert!(refused("c.ipynb", r#"{"nbformat": 3, "worksheets": []}"#).contains("expected notebook format 4, found 3"));
    assert!(refused("d.ipynb", r#"{"nbformat": 5}"#).contains("found 5"));
}

#[test]
fn a_notebook_for_no_kernel_or_another() {
    let notebook =
        |metadata: &str| format!(r#"{{"nbformat": 4, "nbformat_minor": 5, "metadata": {metadata}, "cells": []}}"#);
    assert!(refused("a.ipynb", &notebook("{}")).contains("metadata.kernelspec is missing"));
    let python = r#"{"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}"#;
    assert!(
        refused("b.ipynb", &notebook(python)).contains("expected a notebook for a Rust kernel, found \"Python 3\"")
    );
}

#[test]
fn a_source_with_a_mistake_names_the_line() {
    assert!(refused("a.rs", "let x = 1;\n").contains("line 1: expected `// %%` before the first cell"));
}

#[test]
fn a_notebook_that_is_not_there() {
    let missing = run(nnkernel().args(["run", "no/such/notebook.ipynb"]));
    assert_eq!(missing.code, 2);
    assert!(missing.told.contains("there is no notebook or folder no/such/notebook.ipynb"), "{}", missing.told);

    // The tests are run in the checkout, so names are names of assignments.
    let unknown = run(nnkernel().args(["run", "no-such-assignment"]));
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.told.contains("assignments here: batchnorm-mlp, convnet-mnist, mlp-cifar10, softmax-regression"),
        "{}",
        unknown.told
    );

    let workspace = Workspace::new();
    let empty = run(nnkernel().arg("run").arg(workspace.path()));
    assert_eq!(empty.code, 2);
    assert!(empty.told.contains("holds no notebook (.ipynb) and no notebook source (.rs)"), "{}", empty.told);
    workspace.write("a.rs", "// %%\n1\n");
    workspace.write("b.rs", "// %%\n1\n");
    let several = run(nnkernel().arg("run").arg(workspace.path()));
    assert_eq!(several.code, 2);
    assert!(several.told.contains("holds several notebooks"), "{}", several.told);
}

#[test]
fn options_that_make_no_sense() {
    for options in [&["run"][..], &["run", "x", "--timeout", "0"], &["run", "x", "--timeout", "soon"], &["walk"]] {
        let run = run(nnkernel().args(options));
        assert_eq!(run.code, 2, "{}", run.told);
        assert!(run.told.contains("Usage:") || run.told.contains("--help"), "{}", run.told);
    }
}
