//! What is outside stays out of reach, and nothing that was inside stays.

use super::*;
use std::fs;
use std::time::Instant;

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
fn there_are_no_further_user_namespaces_even_without_the_filter() {
    sandbox_or_return!();
    let setting = || fs::read_to_string("/proc/sys/user/max_user_namespaces").unwrap();
    let outside = setting();
    let policy = Policy { weak: true, without: vec![Guard::Filter] };
    let outcome = run(&attacks::plan("nesting", &[], LIMITS).unwrap(), &policy).unwrap();
    assert_eq!(outcome.end, End::Exited(attacks::HELD), "{}", text(&outcome.stdout));
    assert_eq!(setting(), outside, "the machine's own setting stays");
}

#[test]
fn nothing_is_run_with_less_unless_that_is_allowed() {
    sandbox_or_return!();
    let missing = missing();
    match run(&script("exit 5"), &Policy::strict()) {
        Ok(outcome) => assert_eq!((outcome.end, missing), (End::Exited(5), Vec::new())),
        Err(error) => {
            let expected = format!("this machine lacks protections: {} ", missing.join(", "));
            assert!(!missing.is_empty() && error.to_string().starts_with(&expected), "{missing:?} {error:#}");
        }
    }
}

#[test]
fn root_without_a_user_namespace_is_nobody_inside_too() {
    sandbox_or_return!();
    // The 22nd capability is what creating other namespaces takes.
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let may_mount = u64::from_str_radix(held.trim(), 16).unwrap() >> 21 & 1 == 1;
    // All accounts are there: nobody has put this process into a user namespace before.
    let is_outermost = fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.contains("4294967295"));
    if !may_mount || !is_outermost {
        eprintln!("skipped: this is not root, or root with less rights");
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

/// The processes of the sandbox that the test below leaves.
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
        .args(["--exact", "sandbox::tests::escapes::sleeps_in_a_sandbox", "--ignored", "--nocapture"])
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
    let groups = group::left_by(caller.id());
    assert_eq!(groups.is_empty(), group::describe().is_none(), "{groups:?}");
    let start = Instant::now();
    while !left_behind().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "left behind: {:?}", left_behind());
        std::thread::yield_now();
    }
    // The next caller's first sandbox sweeps the groups, once the last process has left them.
    while !group::left_by(caller.id()).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "left behind: {:?}", group::left_by(caller.id()));
        group::sweep_all();
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
