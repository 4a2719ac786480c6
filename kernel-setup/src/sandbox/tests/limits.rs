//! Time, memory, processes, space and output.

use super::*;

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
