//! rustc inside, and what it makes; what a sandbox costs.

use super::*;
use crate::sandbox::folders::compiler_program;
use std::fs;
use std::time::Instant;

/// A plan that compiles `main.rs` to `main`.
fn compilation(source: &str) -> Plan {
    Plan {
        program: compiler_program().unwrap(),
        arguments: ["main.rs", "-o", "main", "--edition=2024", "-Copt-level=1"].map(Into::into).to_vec(),
        environment: compiler_environment().unwrap(),
        read_only: compiler_mounts().unwrap(),
        inputs: vec![("main.rs".into(), source.as_bytes().to_vec())],
        products: vec!["main".into()],
        limits: Limits {
            wall: Duration::from_secs(60),
            cpu: Duration::from_secs(60),
            memory: 2 << 30,
            processes: 64,
            work_bytes: 256 << 20,
            output_bytes: 64 << 20,
            open_files: 1024,
        },
        ..script("")
    }
}

/// What a program says that is compiled in one sandbox and runs in another.
fn compiled_and_run(plan: &Plan, environment: &[(&str, &str)]) -> String {
    let compiled = ran(plan);
    assert_eq!(compiled.end, End::Exited(0), "{}", text(&compiled.stderr));
    let plan = Plan {
        program: "/program/main".into(),
        content: compiled.outputs.get(Path::new("main")).cloned(),
        arguments: Vec::new(),
        environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        read_only: runtime_mounts().unwrap(),
        ..script("")
    };
    let outcome = ran(&plan);
    assert_eq!((outcome.end, text(&outcome.stderr).as_str()), (End::Exited(0), ""));
    text(&outcome.stdout)
}

#[test]
fn a_program_is_compiled_in_one_sandbox_and_runs_in_another() {
    sandbox_or_return!();
    let mut plan = compilation("fn main() { println!(\"{}\", std::env::vars().count()); }");
    assert_eq!(compiled_and_run(&plan, &[]), "0\n");
    plan.arguments.push("-Cprefer-dynamic".into());
    assert_eq!(compiled_and_run(&plan, &[("LD_LIBRARY_PATH", RUST_LIBRARIES)]), "1\n");
}

#[test]
fn the_compiler_reads_no_file_of_the_machine() {
    sandbox_or_return!();
    let outcome = ran(&compilation("fn main() { println!(\"{}\", include_str!(\"/etc/passwd\")); }"));
    assert_eq!(outcome.end, End::Exited(1));
    assert!(text(&outcome.stderr).contains("couldn't read `/etc/passwd`"), "{}", text(&outcome.stderr));
}

/// Not a test but a measurement: `cargo test -- --ignored --nocapture what_a_sandbox_costs`.
#[test]
#[ignore = "takes long, and tells times"]
fn what_a_sandbox_costs() {
    sandbox_or_return!();
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let plan = Plan { program: "/bin/true".into(), arguments: Vec::new(), ..script("") };
    let without = Policy { weak: true, without: vec![Guard::ControlGroup] };
    for (name, policy) in [("true", Policy::weak()), ("true, without a control group", without)] {
        let times = (0..200).map(|_| timed(&mut || drop(run(&plan, &policy).unwrap()))).collect();
        println!("{name}: {:?}", median(times));
    }
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..250).for_each(|_| drop(ran(&plan))));
        }
    });
    println!("true, a thousand in four threads: {:?} each", start.elapsed() / 1000);
    let hello = compilation("fn main() { println!(\"hello\"); }");
    println!("rustc inside: {:?}", median((0..5).map(|_| timed(&mut || drop(ran(&hello)))).collect()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.rs"), &hello.inputs[0].1).unwrap();
    let outside = || {
        let mut rustc = std::process::Command::new(&hello.program);
        assert!(rustc.args(&hello.arguments).current_dir(folder.path()).status().unwrap().success());
    };
    println!("rustc outside: {:?}", median((0..5).map(|_| timed(&mut || outside())).collect()));
}
