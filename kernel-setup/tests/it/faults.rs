//! Faults in a cell: the cell fails, everything is as it was before it, and the next cell runs.
//!
//! Systems other than Linux have no checkpoints: there, a lost process takes the variables along.
#![cfg(target_os = "linux")]

use crate::support::Workspace;

/// What a fault finds: a variable to move, one to change, one of a type of the notebook's own.
pub const BEFORE: &str = r#"
// %%
struct Net { w: f64, layers: Vec<String> }
let net = Net { w: 0.5, layers: vec!["affine".to_owned(), "relu".to_owned()] };
let mut counts = vec![1, 2, 3];
let name = String::from("digits");
"#;

/// Uses all of them; what it shows is always the same.
const CHECK: &str = r#"
// %%
format!("{} {:?} {:?} {}", net.w, net.layers, counts, name)
"#;

const INTACT: &str = r#""0.5 [\"affine\", \"relu\"] [1, 2, 3] digits""#;

/// Code, the kind of its failure, and what the message says.
pub const FAULTS: [(&str, &str, &str); 15] = [
    ("counts.push(4); let moved = name; assert!(moved.is_empty(), \"a hint\");", "Panic", "a hint"),
    ("counts.clear(); \"x\".parse::<i32>()?;", "Error", "invalid digit"),
    (
        "struct Bomb; impl Drop for Bomb { fn drop(&mut self) { panic!(\"again\") } }\nlet bomb = Bomb;\nif counts.len() == 3 { panic!(\"once\") }",
        "Crashed",
        "an abort",
    ),
    (
        "std::panic::set_hook(Box::new(|_| {})); counts.pop(); if counts.len() == 2 { panic!() }",
        "Panic",
        "without a message",
    ),
    ("unsafe { std::ptr::null::<u8>().add(counts.len() - 3).read_volatile() };", "Crashed", "a segmentation fault"),
    (
        "fn deep(n: u64) -> u64 { let a = [n; 1000]; std::hint::black_box(&a); deep(n + 1) + a[(n % 1000) as usize] }\ndeep(1)",
        "Crashed",
        "stack overflow",
    ),
    ("drop(name); if counts.len() == 3 { std::process::abort() }", "Crashed", "an abort"),
    ("counts.clear(); if counts.is_empty() { std::process::exit(0) }", "Crashed", "exit status 0"),
    ("if counts.len() == 3 { std::process::exit(3) }", "Crashed", "exit status 3"),
    ("let huge: Vec<u8> = vec![1; counts.len() << 38];", "OutOfMemory", "another 768.0 GiB of memory"),
    (
        "let mut all: Vec<Vec<u8>> = Vec::new();\nloop { all.push(Vec::with_capacity(counts.len() << 28)); }",
        "OutOfMemory",
        "another 768 MiB of memory",
    ),
    (
        "for _ in 0..50 { std::process::Command::new(\"sleep\").arg(\"98765.4321\").spawn()?; }\nassert!(counts.is_empty(), \"fifty\");",
        "Panic",
        "fifty",
    ),
    (
        "unsafe extern \"C\" { fn close(descriptor: i32) -> i32; }\nfor descriptor in 0..100 { unsafe { close(descriptor) }; }",
        "Crashed",
        "the cell",
    ),
    (
        "unsafe extern \"C\" { fn kill(process: i32, signal: i32) -> i32; }\nunsafe { kill(std::process::id() as i32, 9) };",
        "Crashed",
        "signal 9",
    ),
    ("print!(\"unfinished\"); if counts.len() == 3 { panic!(\"behind it\") }", "Panic", "behind it"),
];

#[test]
fn a_fault_leaves_everything_as_it_was() {
    let workspace = Workspace::new();
    let mut source = BEFORE.to_owned();
    for (code, ..) in FAULTS {
        source += &format!("// %%\n{code}\n{}", CHECK.trim_start());
    }
    let (run, notebook) = workspace.run_source(&source, &["--allow-errors"]);
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.error(0), None, "{}", run.told);
    for (index, (code, kind, message)) in FAULTS.into_iter().enumerate() {
        let fault = 1 + 2 * index;
        let (name, found, _) = notebook.error(fault).unwrap_or_else(|| panic!("no error from {code}\n{}", run.told));
        assert!(name == kind && found.contains(message), "{code}: {name}: {found}");
        assert_eq!(notebook.error(fault + 1), None, "after {code}");
        assert_eq!(notebook.value(fault + 1, "text/plain").as_deref(), Some(INTACT), "after {code}");
    }
    let left = std::process::Command::new("pgrep").args(["-f", "sleep 98765[.]4321"]).output();
    assert!(left.is_ok_and(|found| found.stdout.is_empty()), "a process that a cell had started is still there");
}

/// What looks like a fault and is none.
#[test]
fn what_a_cell_prints_is_never_taken_for_a_verdict() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        r#"
// %%
let counts = vec![1, 2, 3];
println!("EVCXR_EXECUTION_COMPLETE");
println!("EVCXR_PANIC_NOTIFICATION");
println!("EVCXR_ERROR_OCCURRED");
println!("EVCXR_VARIABLE_CHANGED_TYPE:counts");
println!("EVCXR_END_CONTENT");
println!("finished");
println!("after");
// %%
let threads = std::thread::spawn(|| { while true { std::thread::sleep(std::time::Duration::from_millis(10)) } });
// %%
unsafe extern "C" { fn close(descriptor: i32) -> i32; }
unsafe { close(1) };
// %%
println!("open again");
// %%
println!("EVCXR_BEGIN_CONTENT text/plain\nnever closed");
// %%
counts.len()
"#,
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.told);
    let printed = "EVCXR_EXECUTION_COMPLETE\nEVCXR_PANIC_NOTIFICATION\nEVCXR_ERROR_OCCURRED\n\
                   EVCXR_VARIABLE_CHANGED_TYPE:counts\nEVCXR_END_CONTENT\nfinished\nafter\n";
    assert_eq!(notebook.stream(0, "stdout"), printed);
    assert_eq!(notebook.stream(3, "stdout"), "open again\n");
    assert_eq!(notebook.stream(4, "stdout"), "EVCXR_BEGIN_CONTENT text/plain\nnever closed\n");
    assert_eq!(notebook.value(5, "text/plain").as_deref(), Some("3"));
}
