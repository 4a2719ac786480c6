//! Hostile submissions in the grader, by the command that teachers have for it. Here those families that end soon; `.ci/run` has all.

use crate::support::{nnkernel, run};

#[test]
#[cfg(target_os = "linux")]
fn no_attack_gains_anything() {
    let run = run(nnkernel().args([
        "selftest",
        "--attacks",
        "--allow-weak-sandbox",
        "--only",
        "answers,values,harness,pages,cells",
    ]));
    let wrong: Vec<&str> = run.printed.lines().filter(|line| line.ends_with("NOT AS EXPECTED")).collect();
    assert_eq!(run.code, 0, "{}\n{}", wrong.join("\n"), run.told);
    // That it is all of these.
    let summary = run.printed.lines().last().unwrap_or_default();
    let attacks: usize = summary.split(' ').next().and_then(|count| count.parse().ok()).expect("the last line tells");
    assert!(attacks >= 50, "{summary}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_family_that_is_none_is_refused() {
    let run = run(nnkernel().args(["selftest", "--attacks", "--only", "nothing"]));
    assert_eq!(run.code, 2, "{}", run.told);
    assert!(run.told.contains("there is no family `nothing`; there are answers, values"), "{}", run.told);
}
