//! Real sandboxes.
//!
//! Where a machine has no namespaces for this user, each test says so and ends.

#![allow(unsafe_code, reason = "this test program must be able to become a keeper")]

use super::attacks::{self, LIMITS};
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

/// Sandboxes start this same program, so that it must know them before the tests' own `main` does.
// SAFETY: functions in this section are called once each, before `main`, while there is one thread.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn before_main() {
        hook();
    }
    before_main
};

/// Ends a test, with a line, where there is no sandbox to test.
macro_rules! sandbox_or_return {
    () => {
        if let Some(fault) = fault() {
            eprintln!("skipped: this machine has no sandbox: {fault}");
            return;
        }
    };
}

/// Why nothing can be run at all.
fn fault() -> Option<&'static str> {
    static FAULT: OnceLock<Option<String>> = OnceLock::new();
    let fault = FAULT.get_or_init(|| {
        let plan = attacks::plan("nothing", &[], LIMITS).expect("an attack can be planned");
        run(&plan, &Policy::weak()).err().map(|error| format!("{error:#}"))
    });
    fault.as_deref()
}

/// A shell script with the system's programs.
fn script(text: &str) -> Plan {
    let folders = ["/usr/bin", "/usr/lib", "/usr/lib64", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/nix/store"];
    let folders = folders.iter().map(PathBuf::from).filter(|path| path.exists());
    Plan {
        program: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".into(), text.into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: PathBuf::from(WORK),
        read_only: folders.map(|path| (path.clone(), path)).collect(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        products: Vec::new(),
        limits: LIMITS,
        wait_for_all: false,
    }
}

fn ran(plan: &Plan) -> Outcome {
    run(plan, &Policy::weak()).expect("no fault of ours")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a script, which must write this and end well.
fn expect_stdout(plan: &Plan, expected: &str) {
    let outcome = ran(plan);
    assert_eq!((text(&outcome.stdout).as_str(), text(&outcome.stderr).as_str()), (expected, ""));
    assert_eq!(outcome.end, End::Exited(0));
}

#[test]
fn what_a_program_says_and_how_it_ends_comes_out() {
    sandbox_or_return!();
    let outcome = ran(&script("echo out; echo err >&2; exit 3"));
    assert_eq!(outcome.end, End::Exited(3));
    assert_eq!((text(&outcome.stdout).as_str(), text(&outcome.stderr).as_str()), ("out\n", "err\n"));
    assert_eq!(ran(&script("kill -SEGV $$")).end, End::Signaled(libc::SIGSEGV));
    // Nothing of what `Command` or this program leaves ignored is left so.
    assert_eq!(ran(&script("kill -PIPE $$")).end, End::Signaled(libc::SIGPIPE));
}

#[test]
fn every_attack_fails_and_every_guard_is_what_stops_it() {
    sandbox_or_return!();
    let inactive: Vec<String> = protections()
        .into_iter()
        .filter(|protection| !protection.active)
        .map(|protection| format!("{}: {}", protection.name, protection.detail))
        .collect();
    // Without control groups or Landlock there are fewer, and grading says so; with them, none may fail.
    let may_lack =
        |line: &String| ["memory: each process", "Landlock: cannot limit"].iter().any(|start| line.starts_with(start));
    let unexpected: Vec<&String> = inactive.iter().filter(|line| !may_lack(line)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    for line in &inactive {
        eprintln!("not active on this machine: {line}");
    }
}

#[test]
fn root_without_a_user_namespace_is_nobody_inside_too() {
    sandbox_or_return!();
    if !namespaces::is_root() {
        eprintln!("skipped: this is not root");
        return;
    }
    let policy = Policy { weak: true, without: vec![Guard::UserNamespace] };
    for attack in ["rights", "files", "writing", "forks", "space"] {
        let outcome = run(&attacks::plan(attack, &[], LIMITS).unwrap(), &policy).unwrap();
        assert_eq!(outcome.end, End::Exited(attacks::HELD), "{attack}: {}", text(&outcome.stdout));
    }
    let users = run(&attacks::plan("users", &[], LIMITS).unwrap(), &policy).unwrap();
    let said = text(&users.stdout);
    let account: u32 = said.trim_start_matches("it runs as user ").split(' ').next().unwrap().parse().unwrap();
    assert!(account >= 65_534, "{said}");
}

#[test]
fn nothing_is_inherited() {
    sandbox_or_return!();
    let mut plan = script("/usr/bin/env; pwd; ls /dev /work; read line || echo no input; umask");
    plan.environment = vec![("LANG".into(), "C".into())];
    // The shell adds its own.
    let outcome = ran(&plan);
    let said = text(&outcome.stdout);
    let (variables, rest) = said.split_at(said.find("\n/work\n").expect("the folder"));
    let mut variables: Vec<&str> = variables.lines().filter(|line| !line.starts_with("PWD=")).collect();
    variables.retain(|line| !line.starts_with("_=") && !line.starts_with("SHLVL=") && !line.starts_with("OLDPWD"));
    assert_eq!(variables, ["LANG=C"]);
    let (listing, rest) = rest.split_at(rest.find("no input").expect("the end of the input"));
    assert_eq!(
        listing.split_whitespace().collect::<Vec<_>>(),
        ["/work", "/dev:", "full", "null", "random", "urandom", "zero", "/work:", "tmp"],
        "{listing}"
    );
    assert_eq!(rest, "no input\n0022\n");
}

#[test]
fn devices_work_and_keep_nothing() {
    sandbox_or_return!();
    expect_stdout(&script("echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 9 /dev/urandom | wc -c"), "3\n9\n");
    assert_eq!(text(&ran(&script("head -c 1 /dev/zero > /dev/full")).stderr).matches("No space left").count(), 1);
    expect_stdout(&script("echo x > /tmp/y; cat /work/tmp/y"), "x\n");
}

#[test]
fn inputs_are_there_and_outputs_come_back() {
    sandbox_or_return!();
    let mut plan = script("cat in/a > out; rm -f made; cat b c > made; echo gone > lost; rm lost");
    plan.inputs = ["in/a", "/work/b", "c"].iter().map(|path| (path.into(), path.as_bytes().to_vec())).collect();
    plan.outputs = vec!["out".into(), "never/written".into()];
    plan.products = vec!["/work/made".into(), "lost".into()];
    let outputs = ran(&plan).outputs;
    let expected: [(&str, &[u8]); 3] = [("/work/made", b"/work/bc"), ("never/written", b""), ("out", b"in/a")];
    let expected = expected.map(|(path, content)| (PathBuf::from(path), content.to_vec()));
    assert_eq!(outputs, BTreeMap::from(expected));
}

#[test]
fn what_is_put_in_the_place_of_an_output_is_not_read() {
    sandbox_or_return!();
    let mut plan = script(
        "echo kept >> out; rm out; ln -s /usr/bin/env out; ln -s /usr/bin/env link; ln -s tmp way; \
         echo x > tmp/file; mkfifo pipe; mkdir folder; ln -s /dev/zero zero",
    );
    plan.outputs = vec!["out".into()];
    plan.products = ["link", "way/file", "pipe", "folder", "zero", "out"].map(PathBuf::from).to_vec();
    let outputs = ran(&plan).outputs;
    assert_eq!(outputs, BTreeMap::from([(PathBuf::from("out"), b"kept\n".to_vec())]));
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    sandbox_or_return!();
    for path in ["../x", "/etc/x", "/work", "a/../b", ""] {
        let mut plan = script("true");
        plan.outputs = vec![path.into()];
        let error = run(&plan, &Policy::weak()).expect_err(path);
        assert!(format!("{error:#}").contains("is no file in /work"), "{path}: {error:#}");
    }
    let mut plan = script("true");
    plan.read_only.push(("/usr/bin".into(), "/work/bin".into()));
    let error = run(&plan, &Policy::weak()).expect_err("a mount in the folder to work in");
    assert!(format!("{error:#}").contains("cannot be a place in the sandbox"), "{error:#}");
}

#[test]
fn a_program_that_is_not_there_is_a_fault_and_not_an_end() {
    sandbox_or_return!();
    let mut plan = script("true");
    plan.program = "/bin/no-such-program".into();
    let error = run(&plan, &Policy::weak()).expect_err("there is no such program");
    assert!(format!("{error:#}").contains("cannot start /bin/no-such-program"), "{error:#}");
    let mut plan = script("true");
    plan.read_only.push(("/no/such/folder".into(), "/data".into()));
    let error = run(&plan, &Policy::weak()).expect_err("there is no such folder");
    assert!(format!("{error:#}").contains("cannot show /no/such/folder"), "{error:#}");
}

#[test]
fn time_is_limited() {
    sandbox_or_return!();
    let mut plan = script("echo begun; trap '' TERM XCPU; while :; do :; done");
    plan.limits.wall = Duration::from_millis(300);
    let outcome = ran(&plan);
    assert_eq!(outcome.end, End::TimedOut);
    assert_eq!(text(&outcome.stdout), "begun\n");
    assert!(outcome.wall >= plan.limits.wall && outcome.wall < Duration::from_secs(5), "{:?}", outcome.wall);
    plan.limits.wall = Duration::from_secs(60);
    plan.limits.cpu = Duration::from_secs(1);
    let outcome = ran(&plan);
    assert_eq!(outcome.end, End::TimedOut);
    assert!(outcome.cpu >= plan.limits.cpu && outcome.wall < Duration::from_secs(30), "{outcome:?}");
    // Nothing is used while nothing is done.
    plan = script("sleep 60");
    plan.limits.wall = Duration::from_millis(200);
    assert_eq!(ran(&plan).end, End::TimedOut);
}

#[test]
fn memory_is_limited_with_and_without_control_groups() {
    sandbox_or_return!();
    let plan = attacks::plan("memory", &[], LIMITS).unwrap();
    let outcome = ran(&plan);
    if group::describe().is_some() {
        assert_eq!(outcome.end, End::OutOfMemory, "{}", text(&outcome.stdout));
        assert!(outcome.peak_memory > LIMITS.memory / 2 && outcome.peak_memory <= LIMITS.memory, "{outcome:?}");
    }
    let policy = Policy { weak: true, without: vec![Guard::ControlGroup] };
    let outcome = run(&plan, &policy).unwrap();
    // Each process by itself is told that there is no more; the attack takes that for an end.
    assert_eq!(outcome.end, End::Exited(attacks::HELD), "{}", text(&outcome.stdout));
    // All together are looked at.
    let mut plan = attacks::plan("crowd", &[], LIMITS).unwrap();
    plan.wait_for_all = true;
    let outcome = run(&plan, &policy).unwrap();
    assert_eq!(outcome.end, End::OutOfMemory, "{}", text(&outcome.stdout));
}

#[test]
fn a_process_that_ends_for_memory_takes_no_other_along() {
    sandbox_or_return!();
    if group::describe().is_none() {
        eprintln!("skipped: this machine has no control groups for this user");
        return;
    }
    let mut plan = script("/attack memory; echo $?; echo still here");
    plan.environment.push((ROLE.into(), attacks::ROLE.into()));
    plan.read_only.extend(
        attacks::plan("memory", &[], LIMITS)
            .unwrap()
            .read_only
            .into_iter()
            .filter(|(_, inside)| inside.starts_with("/attack")),
    );
    let outcome = ran(&plan);
    assert_eq!(outcome.end, End::Exited(0), "{}", text(&outcome.stderr));
    assert_eq!(text(&outcome.stdout), "137\nstill here\n");
}

#[test]
fn files_and_output_are_limited() {
    sandbox_or_return!();
    let mut plan = script("head -c 9000000 /dev/zero > a; head -c 9000000 /dev/zero > b; cat a b | wc -c");
    let outcome = ran(&plan);
    let written: u64 = text(&outcome.stdout).trim().parse().unwrap();
    assert!(written <= LIMITS.work_bytes && written > LIMITS.work_bytes / 2, "{written}");

    plan = script("cat /dev/zero");
    plan.limits.output_bytes = 1000;
    let outcome = ran(&plan);
    assert_eq!((outcome.end, outcome.stdout.len()), (End::TooMuchOutput, 1000));
    plan = script("cat /dev/zero >&2");
    plan.limits.output_bytes = 100_000;
    let outcome = ran(&plan);
    assert_eq!((outcome.end, outcome.stderr.len()), (End::TooMuchOutput, 100_000));
    // Exactly as much as is kept is not too much.
    plan = script("head -c 100000 /dev/zero");
    plan.limits.output_bytes = 100_000;
    let outcome = ran(&plan);
    assert_eq!((outcome.end, outcome.stdout.len()), (End::Exited(0), 100_000));

    plan = script("head -c 3000 /dev/zero > out");
    plan.outputs = vec!["out".into()];
    plan.limits.output_bytes = 1000;
    let outcome = ran(&plan);
    assert_eq!((outcome.end, outcome.outputs[Path::new("out")].len()), (End::TooMuchOutput, 1000));
}

#[test]
fn what_runs_on_is_waited_for_if_wanted_and_gone_in_any_case() {
    sandbox_or_return!();
    // A process in a session of its own, and an orphan, that holds no output open.
    let daemon = "setsid sh -c 'exec >/dev/null 2>&1 </dev/null; sleep 0.3; echo late >> out; sleep 600' & exit 7";
    let mut plan = script(daemon);
    plan.outputs = vec!["out".into()];
    let outcome = ran(&plan);
    assert_eq!((outcome.end, text(&outcome.outputs[Path::new("out")]).as_str()), (End::Exited(7), ""));
    plan.arguments[1] = daemon.replace("sleep 600", "exit 5").into();
    plan.wait_for_all = true;
    let outcome = ran(&plan);
    assert_eq!((outcome.end, text(&outcome.outputs[Path::new("out")]).as_str()), (End::Exited(7), "late\n"));
    plan.arguments[1] = daemon.into();
    plan.limits.wall = Duration::from_millis(800);
    let outcome = ran(&plan);
    assert_eq!((outcome.end, text(&outcome.outputs[Path::new("out")]).as_str()), (End::TimedOut, "late\n"));
}

/// The processes and the groups of sandboxes that this process has started.
fn left_behind() -> Vec<String> {
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("environ")) else { continue };
        if stat.contains("NNKERNEL_SANDBOX_TEST_LEFT") {
            left.push(entry.path().display().to_string());
        }
    }
    left
}

#[test]
fn nothing_is_left_behind_when_the_caller_is_killed() {
    sandbox_or_return!();
    // This program again, as a caller that will not live to see the end.
    let mut caller = std::process::Command::new("/proc/self/exe")
        .args(["--exact", "sandbox::tests::sleeps_in_a_sandbox", "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while left_behind().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "nothing was started");
        std::thread::yield_now();
    }
    caller.kill().unwrap();
    caller.wait().unwrap();
    let start = Instant::now();
    while !left_behind().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "left behind: {:?}", left_behind());
        std::thread::yield_now();
    }
}

#[test]
#[ignore = "for another test to kill"]
fn sleeps_in_a_sandbox() {
    let mut plan = script("sleep 600 & sleep 600");
    plan.environment.push(("NNKERNEL_SANDBOX_TEST_LEFT".into(), "1".into()));
    plan.limits.wall = Duration::from_secs(600);
    ran(&plan);
}

#[test]
fn many_run_side_by_side() {
    sandbox_or_return!();
    std::thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                for round in 0..4 {
                    let mut plan = script("cat in; echo $$ > out; kill -9 -1 || exit 9");
                    plan.inputs = vec![("in".into(), format!("{number} {round}").into_bytes())];
                    plan.outputs = vec!["out".into()];
                    let outcome = ran(&plan);
                    assert_eq!(text(&outcome.stdout), format!("{number} {round}"));
                    assert_eq!(outcome.end, End::Exited(9), "there is nobody else in there");
                    assert_eq!(text(&outcome.outputs[Path::new("out")]), "2\n");
                }
            });
        }
    });
}

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

#[test]
fn a_program_is_compiled_in_one_sandbox_and_runs_in_another() {
    sandbox_or_return!();
    let compiled = ran(&compilation("fn main() { println!(\"{}\", std::env::vars().count()); }"));
    assert_eq!(compiled.end, End::Exited(0), "{}", text(&compiled.stderr));
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("main");
    fs::write(&program, &compiled.outputs[Path::new("main")]).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let mut read_only = runtime_mounts().unwrap();
    read_only.push((program, "/program".into()));
    let plan =
        Plan { program: "/program".into(), arguments: Vec::new(), environment: Vec::new(), read_only, ..script("") };
    expect_stdout(&plan, "0\n");

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
