//! Grading, from files to marks, in the real sandbox. Where a machine has none, these tests say so and look at nothing.

use crate::support::{Run, Workspace, nnkernel, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SOURCE: &str = include_str!("../fixtures/grading/week1.rs");
const MANIFEST: &str = include_str!("../fixtures/grading/week1.toml");

const DOUBLE: &str = "fn double(x: &Vector) -> Vector {\n    x.mapv(|value| value + value)\n}";
const QUADRUPLE: &str = "fn quadruple(x: &Vector) -> Vector {\n    let twice = double(x);\n    double(&twice)\n}";
const SCALE: &str = "let scale: f64 = 3.01;";

/// An assignment in a folder, and what is handed in beside it.
struct Course {
    workspace: Workspace,
    released: Value,
}

impl Course {
    /// `None` where there is no sandbox.
    fn new() -> Option<Self> {
        if run(nnkernel().args(["doctor", "--sandbox"])).code != 0 {
            eprintln!("nothing is graded: this machine has no sandbox");
            return None;
        }
        let workspace = Workspace::new();
        let folder = workspace.path().join("week1");
        fs::create_dir(&folder).unwrap();
        fs::create_dir(workspace.path().join("in")).unwrap();
        workspace.write("week1/week1.rs", SOURCE);
        workspace.write("week1/assignment.toml", MANIFEST);
        let release = run(nnkernel().arg("release").arg(&folder).arg("-o").arg(workspace.path()));
        assert_eq!(release.code, 0, "{}", release.told);
        let released = fs::read_to_string(workspace.path().join("week1.ipynb")).unwrap();
        Some(Course { released: serde_json::from_str(&released).unwrap(), workspace })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }

    /// Hands in the released notebook with these cells written.
    fn hand_in(&self, student: &str, answers: &[(&str, &str)]) {
        let mut notebook = self.released.clone();
        for (id, text) in answers {
            let cells = notebook["cells"].as_array_mut().unwrap().iter_mut();
            let mut found = cells.filter(|cell| cell["metadata"]["nbgrader"]["grade_id"] == *id);
            found.next().expect("the cell is there")["source"] = Value::from(*text);
        }
        self.workspace.write(&format!("in/{student}.ipynb"), notebook.to_string());
    }

    fn hand_in_right(&self, student: &str) {
        self.hand_in(student, &[("double", DOUBLE), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    }

    fn command(&self, out: &str, options: &[&str]) -> Command {
        let mut command = nnkernel();
        command.arg("grade").args([self.path("week1"), self.path("in")]).arg("-o").arg(self.path(out));
        command.args(["--seed", "11", "--timeout", "3"]).args(options);
        command
    }

    fn grade(&self, out: &str, options: &[&str]) -> Run {
        run(&mut self.command(out, options))
    }

    /// Status and points of each question.
    fn marks(&self, out: &str, student: &str) -> BTreeMap<String, (String, f64)> {
        let report = fs::read_to_string(self.path(out).join("report.json")).expect("the report was written");
        let report: Value = serde_json::from_str(&report).unwrap();
        let students = report["students"].as_array().unwrap();
        let found = students.iter().find(|entry| entry["student_id"] == student).expect("the student is there");
        let questions = found["questions"].as_array().unwrap().iter();
        questions
            .map(|question| {
                let text = |key: &str| question[key].as_str().unwrap().to_owned();
                (text("id"), (text("status"), question["points"].as_f64().unwrap_or_default()))
            })
            .collect()
    }

    #[track_caller]
    fn expect(&self, out: &str, student: &str, expected: [(&str, f64); 3]) {
        let marks = self.marks(out, student);
        let found = ["test_double", "test_quadruple", "test_scale"].map(|id| (marks[id].0.as_str(), marks[id].1));
        assert_eq!(found, expected, "{student}");
        assert_eq!(marks["why"].0, "manual", "{student}");
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_question_is_given_what_it_deserves() {
    let Some(course) = Course::new() else { return };
    course.hand_in_right("right");
    course.hand_in("blank", &[]);
    let triple = "fn double(x: &Vector) -> Vector {\n    println!(\"<script>alert(1)</script>\");\n    3.0 * x\n}";
    course.hand_in("wrong", &[("double", triple), ("quadruple", QUADRUPLE), ("scale", "let scale: f64 = 4.0;")]);
    let short = "fn double(x: &Vector) -> Vector {\n    if x.len() > 9 { x.clone() } else { 2.0 * x }\n}";
    course.hand_in("partial", &[("double", short), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    let no_rust = "fn double(x: &Vector) -> Vector {\n    let y: usize = x;\n    y\n}";
    course.hand_in("no-rust", &[("double", no_rust), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    let panics = "fn double(x: &Vector) -> Vector {\n    panic!(\"{}\", x.len())\n}";
    course.hand_in("panics", &[("double", panics), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    let endless = "fn double(x: &Vector) -> Vector {\n    loop {}\n}";
    course.hand_in("endless", &[("double", endless), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    let deep = "fn double(x: &Vector) -> Vector {\n    -double(&-double(x))\n}";
    course.hand_in("deep", &[("double", deep), ("quadruple", QUADRUPLE), ("scale", "let scale: f64 = f64::NAN;")]);
    let cheats = "fn double(x: &Vector) -> Vector {\n    std::process::exit(0)\n}";
    course.hand_in("cheats", &[("double", cheats), ("quadruple", QUADRUPLE), ("scale", SCALE)]);
    course.workspace.write("in/no-notebook.ipynb", "hello");

    let graded = course.grade("marks", &[]);
    assert_eq!(graded.code, 1, "{}{}", graded.printed, graded.told);
    assert!(graded.printed.contains("1 could not be graded"), "{}", graded.printed);
    course.expect("marks", "right", [("passed", 2.0), ("passed", 1.0), ("passed", 1.0)]);
    course.expect("marks", "blank", [("not-run", 0.0), ("not-run", 0.0), ("not-run", 0.0)]);
    // The second question is right, given a right answer to the first.
    course.expect("marks", "wrong", [("failed", 0.0), ("passed", 1.0), ("failed", 0.0)]);
    course.expect("marks", "partial", [("partial", 1.0), ("passed", 1.0), ("passed", 1.0)]);
    course.expect("marks", "no-rust", [("compile-error", 0.0), ("passed", 1.0), ("passed", 1.0)]);
    course.expect("marks", "panics", [("panic", 0.0), ("passed", 1.0), ("passed", 1.0)]);
    course.expect("marks", "endless", [("timeout", 0.0), ("passed", 1.0), ("passed", 1.0)]);
    course.expect("marks", "deep", [("killed", 0.0), ("passed", 1.0), ("failed", 0.0)]);
    course.expect("marks", "cheats", [("failed", 0.0), ("passed", 1.0), ("passed", 1.0)]);

    let table = read(&course.path("marks/grades.csv"));
    assert!(table.contains("week1,,,right,,,,4.0,0.0,4.0,5.0"), "{table}");
    let page = |student: &str| read(&course.path("marks/students").join(student).join("feedback.html"));
    assert!(page("right").contains("data:image/png"), "the pictures are there");
    assert!(page("no-rust").contains("line 2"), "the compiler's message names the line");
    assert!(!page("wrong").contains("<script"), "what students write is text");
    assert!(!page("blank").contains("2.0 * x"), "no answer is given away");

    // Nothing has changed: nothing is graded again, and all is as it was.
    let marked = course.path("marks/students/right/marked.json");
    let before = fs::metadata(&marked).unwrap().modified().unwrap();
    let again = course.grade("marks", &[]);
    assert!(!again.told.contains("graded in"), "{}", again.told);
    assert_eq!(fs::metadata(&marked).unwrap().modified().unwrap(), before);
    assert_eq!(read(&course.path("marks/grades.csv")), table);

    course.workspace.write("hand.csv", "student_id,question,points\nright,why,0.5\n");
    let by_hand = run(nnkernel()
        .arg("grade")
        .arg(course.path("week1"))
        .arg("-o")
        .arg(course.path("marks"))
        .args(["--seed", "11", "--timeout", "3", "--manual"])
        .arg(course.path("hand.csv")));
    assert_eq!(by_hand.code, 1, "{}{}", by_hand.printed, by_hand.told);
    assert!(read(&course.path("marks/grades.csv")).contains("week1,,,right,,,,4.5,0.0,4.5,5.0"));
}

#[test]
fn a_grader_that_is_killed_loses_doubles_and_changes_nothing() {
    let Some(course) = Course::new() else { return };
    ["anna", "ben", "carla", "david"].iter().for_each(|student| course.hand_in_right(student));
    course.hand_in("emil", &[("double", DOUBLE)]);
    let whole = course.grade("whole", &[]);
    assert_eq!(whole.code, 0, "{}{}", whole.printed, whole.told);
    let temporary = course.path("temporary");
    fs::create_dir(&temporary).unwrap();
    // Grades until it is done, or so long: the exit status, if it is done.
    let grade = |most: Duration| {
        let mut command = course.command("killed", &[]);
        command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null());
        let (mut grader, started) = (command.spawn().unwrap(), Instant::now());
        let mut left = None;
        while grader.try_wait().unwrap().is_none() && started.elapsed() < most && left.is_none() {
            thread::sleep(Duration::from_millis(1));
            left = fs::read_dir(&temporary).unwrap().flatten().next();
        }
        let _ = grader.kill();
        let code = grader.wait().unwrap().code();
        assert!(left.is_none(), "it would leave {:?} behind", left.unwrap().file_name());
        code
    };
    let mut milliseconds: u64 = 1;
    for _ in 0..6 {
        // A sequence without a pattern that a grading could fall in step with.
        milliseconds = (milliseconds * 6_364_136_223 + 1_442_695) % 2_711;
        grade(Duration::from_millis(300 + milliseconds));
    }
    assert_eq!(grade(Duration::MAX), Some(0));
    assert_eq!(read(&course.path("killed/grades.csv")), read(&course.path("whole/grades.csv")));
    for student in ["anna", "ben", "carla", "david", "emil"] {
        assert_eq!(course.marks("killed", student), course.marks("whole", student));
    }
}

#[test]
fn parts_of_a_class_make_the_whole() {
    let Some(course) = Course::new() else { return };
    ["anna", "ben", "carla"].iter().for_each(|student| course.hand_in_right(student));
    assert_eq!(course.grade("whole", &[]).code, 0);
    for part in ["1/2", "2/2"] {
        let graded = course.grade(&format!("part-{}", &part[..1]), &["--shard", part]);
        assert_eq!(graded.code, 0, "{}{}", graded.printed, graded.told);
    }
    let parts = [course.path("part-1"), course.path("part-2")];
    let merged = run(nnkernel().args(["grade", "merge"]).args(parts).arg("-o").arg(course.path("merged")));
    assert_eq!(merged.code, 0, "{}{}", merged.printed, merged.told);
    assert_eq!(read(&course.path("merged/grades.csv")), read(&course.path("whole/grades.csv")));
}

#[test]
fn the_grader_is_graded() {
    let Some(course) = Course::new() else { return };
    let selftest = run(nnkernel().arg("selftest").arg(course.path("week1")));
    assert_eq!(selftest.code, 0, "{}{}", selftest.printed, selftest.told);
    assert!(selftest.printed.contains("the reference: 4 of 4 points"), "{}", selftest.printed);
    assert!(selftest.printed.contains("the blank notebook: 0 points"), "{}", selftest.printed);

    // A change that is said to be none must be one that would be made.
    let equivalent = |entry: &str| {
        let manifest = format!("{MANIFEST}\n[selftest.equivalent]\ndouble = [\"{entry}\"]\n");
        course.workspace.write("week1/assignment.toml", manifest);
    };
    equivalent("`x` became `y`");
    let selftest = run(nnkernel().arg("selftest").arg(course.path("week1")));
    assert_eq!(selftest.code, 2, "{}{}", selftest.printed, selftest.told);
    assert!(
        selftest.told.contains("assignment.toml: selftest.equivalent: `double`: no mistake is `"),
        "{}",
        selftest.told
    );

    // Hidden tests that look at too little.
    equivalent("`2.0 * x` became `-(2.0 * x)`");
    let blind = SOURCE.replace("&double(&rng.randn(3))", "&3.0").replace("&double(&rng.randn(300))", "&4.0");
    course.workspace.write("week1/week1.rs", blind);
    let selftest = run(nnkernel().arg("selftest").arg(course.path("week1")).args(["--question", "double"]));
    assert_eq!(selftest.code, 1, "{}{}", selftest.printed, selftest.told);
    for expected in ["double: 0 of", "; 1 more are left out", "left out: line 3: `2.0 * x` became `-(2.0 * x)`"] {
        assert!(selftest.printed.contains(expected), "{expected}: {}", selftest.printed);
    }
    assert!(!selftest.printed.contains("quadruple: "), "{}", selftest.printed);
}
