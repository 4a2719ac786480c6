//! What goes in and comes out.

use super::*;

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
fn a_program_that_is_no_file_of_the_machine_runs_and_stays_as_it_is() {
    sandbox_or_return!();
    let text = "#!/bin/sh\n\
        for try in 'echo x >> /program/own' 'echo x > /program/new' 'chmod 777 /program/own' 'rm -f /program/own' \
        'mv /program/own /program/new' 'mv /program /work/gone'; do\n\
        if (eval \"$try\") 2> /dev/null; then echo \"$try\"; fi\n\
        done\n\
        wc -c < /program/own\n";
    let content = Some(text.into());
    let plan = Plan { program: "/program/own".into(), arguments: Vec::new(), content, ..script("") };
    let without = |guard| Policy { weak: true, without: vec![guard] };
    for policy in [Policy::weak(), without(Guard::Access), without(Guard::UserNamespace)] {
        // Only root has namespaces without one of users.
        let Ok(outcome) = run(&plan, &policy) else {
            assert!(policy.without.contains(&Guard::UserNamespace));
            continue;
        };
        let (said, complaints) = (super::text(&outcome.stdout), super::text(&outcome.stderr));
        assert_eq!((said, complaints.as_str()), (format!("{}\n", text.len()), ""), "{policy:?}");
    }
    let mut misplaced = plan;
    misplaced.program = "/bin/own".into();
    let error = run(&misplaced, &Policy::weak()).expect_err("its folder is there");
    assert!(format!("{error:#}").contains("its folder holds something else"), "{error:#}");
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
    assert!(format!("{error:#}").contains("cannot start /bin/no-such-program in the sandbox"), "{error:#}");
    let mut plan = script("true");
    plan.read_only.push(("/no/such/folder".into(), "/data".into()));
    let error = run(&plan, &Policy::weak()).expect_err("there is no such folder");
    assert!(format!("{error:#}").contains("cannot show /no/such/folder"), "{error:#}");
}
