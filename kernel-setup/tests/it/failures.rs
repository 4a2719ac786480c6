//! Every way in which a cell can fail: what is said, what is kept, which exit status.

use crate::support::Workspace;

#[test]
fn each_kind_of_failure_is_told_apart() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        r#"
// %%
let a = 1;
let b: u8 = "x";
// %%
print!("unfinished");
let v = vec![1, 2, 3];
let i = v.len() + 4;
v[i]
// %%
eprintln!("a warning");
std::fs::read_to_string("no-such-file")?;
// %%
assert_eq!(1 + 1, 3, "arithmetic is off");
// %%
let closure = |x: i32| x + 1;
// %%
use nnlib::prelude::*;
let x = Array2::<f64>::zeros((2, 3));
let y = x.dot(&x);
// %%
let caught = std::thread::spawn(|| panic!("elsewhere")).join().is_err();
caught
// %%
println!("EVCXR_EXECUTION");
println!("\u{fffd} and {}", String::from_utf8_lossy(&[0xff]));
std::io::Write::write_all(&mut std::io::stdout(), b"\xff\n").unwrap();
"#,
        &["--allow-errors"],
    );
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.num_executed(), 8);

    let (name, message, traceback) = notebook.error(0).unwrap();
    assert_eq!((name.as_str(), message.as_str()), ("CompileError", "mismatched types [E0308]"));
    assert!(traceback.contains("line 2") && traceback.contains("expected `u8`, found `&str`"), "{traceback}");

    // evcxr takes the panic's mark for text when it stands behind an unfinished line.
    let (name, message, traceback) = notebook.error(1).unwrap();
    assert_eq!(name, "Panic");
    assert_eq!(message, "index out of bounds: the len is 3 but the index is 7");
    assert!(traceback.contains("line 4") && traceback.contains("v[i]"), "{traceback}");
    assert_eq!(notebook.stream(1, "stdout"), "unfinished");

    let (name, message, traceback) = notebook.error(2).unwrap();
    assert_eq!((name.as_str(), message.as_str()), ("Error", "No such file or directory (os error 2)"));
    assert!(traceback.contains("line 2"), "{traceback}");
    assert_eq!(notebook.stream(2, "stderr"), "a warning\n");

    let (name, message, traceback) = notebook.error(3).unwrap();
    assert_eq!((name.as_str(), message.as_str()), ("Panic", "assertion `left == right` failed: arithmetic is off"));
    assert!(traceback.contains("left: 2") && traceback.contains("right: 3"), "{traceback}");
    assert_eq!(notebook.stream(3, "stderr"), "");

    let (name, message, _) = notebook.error(4).unwrap();
    assert_eq!(name, "CompileError");
    assert!(message.contains("closure"), "{message}");

    let (name, message, traceback) = notebook.error(5).unwrap();
    assert_eq!(name, "Panic");
    assert!(message.contains("2 × 3 and 2 × 3 are not compatible"), "{message}");
    assert!(!traceback.contains("/registry/"), "{traceback}");

    assert_eq!(notebook.error(6), None, "a panic that was caught is no failure");
    assert_eq!(notebook.value(6, "text/plain").as_deref(), Some("true"));
    assert!(notebook.stream(6, "stderr").contains("elsewhere"));

    assert_eq!(notebook.error(7), None, "invalid UTF-8 is no failure");
    assert_eq!(notebook.stream(7, "stdout"), "EVCXR_EXECUTION\n\u{fffd} and \u{fffd}\n\u{fffd}\n");
}

#[test]
fn the_first_failure_ends_the_run_and_keeps_what_came_before() {
    let workspace = Workspace::new();
    let (run, notebook) =
        workspace.run_source("// %%\nprintln!(\"kept\");\n// %%\npanic!(\"stop here\");\n// %%\n1\n", &["--html"]);
    assert_eq!(run.code, 1, "{}", run.told);
    assert!(run.told.contains("Panic at line 1 of the cell: stop here"), "{}", run.told);
    assert_eq!(notebook.num_executed(), 2);
    assert_eq!(notebook.stream(0, "stdout"), "kept\n");
    let page = std::fs::read_to_string(workspace.path().join("out/notebook.html")).unwrap();
    assert!(page.contains("kept") && page.contains("stop here"), "{page}");
}

#[test]
fn a_cell_that_never_ends_is_ended() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        "// %%\nprintln!(\"kept\");\n// %%\nprintln!(\"looping\");\nloop { std::hint::spin_loop(); }\n// %%\n1\n",
        &["--timeout", "30", "--allow-errors"],
    );
    assert_eq!(run.code, 124, "{}", run.told);
    let (name, message, _) = notebook.error(1).unwrap();
    assert_eq!((name.as_str(), message.as_str()), ("Timeout", "the cell took longer than 30 s and was ended"));
    assert_eq!(notebook.stream(1, "stdout"), "looping\n");
    assert_eq!(notebook.num_executed(), 2, "nothing runs after a cell that was ended");
}

// Where a process's descendants cannot be found, the compiler is left to itself, and only the run ends.
#[test]
fn a_compiler_that_never_ends_is_ended() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        "// %%\n#![allow(long_running_const_eval)]\n\
         const FOREVER: u64 = { let mut i = 0_u64; while i < u64::MAX { i += 1; } i };\nFOREVER\n",
        &["--timeout", "15"],
    );
    assert_eq!(run.code, 124, "{}", run.told);
    assert_eq!(notebook.error(0).map(|(name, ..)| name).as_deref(), Some("Timeout"));
}
