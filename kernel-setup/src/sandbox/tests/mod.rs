//! Real sandboxes.
//!
//! Where a machine has no namespaces for this user, each test says so and ends.

#![allow(unsafe_code, reason = "this test program must be able to become a keeper")]

/// Ends a test, with a line, where there is no sandbox to test.
macro_rules! sandbox_or_return {
    () => {
        if let Some(fault) = fault() {
            eprintln!("skipped: this machine has no sandbox: {fault}");
            return;
        }
    };
}

mod compiler;
mod escapes;
mod files;
mod limits;

use super::attacks::{self, LIMITS};
use super::*;
use std::path::Path;

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
        content: None,
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
