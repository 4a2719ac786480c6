use super::*;
use crate::grade::example;
use crate::grade::marks::{Cell, Shown, Status};
use crate::grade::run::Run;
use std::fs;
use std::path::Path;

fn open(out: &Path) -> Store {
    Store::open(out, Some(7), |seed| Run { seed, ..example::run() }).unwrap()
}

fn read(out: &Path, name: &str) -> String {
    fs::read_to_string(out.join(name)).unwrap()
}

/// What a student could put into every field that is a student's.
fn hostile(student: &str) -> Marked {
    let evil = "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>=1+1\0\u{1b}[31m\u{202e}".to_owned();
    let mut marked = example::marked(student);
    marked.refusal = Some(evil.clone());
    marked.notes = vec![evil.clone(); 100];
    marked.origin = evil.clone();
    for question in &mut marked.questions {
        question.remarks = vec![evil.clone(); 50];
        question.on_reference = vec![evil.clone()];
    }
    marked.cells = vec![
        example::cell(true, &evil),
        Cell {
            failure: Some(evil.clone()),
            ..example::showing(vec![Shown::Text(evil.clone()), Shown::Png(evil.clone().into_bytes())])
        },
        example::cell(false, &evil),
    ];
    marked
}

#[test]
fn pages_hold_nothing_that_runs_or_loads() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    finish(&store, &[hostile("eve"), example::marked("ada")]).unwrap();
    for name in ["students/eve/feedback.html", "summary.html"] {
        let page = read(folder.path(), name);
        for forbidden in ["<script", "<img src=x", "onerror=alert(1)>", "\0", "\u{1b}", "\u{202e}"] {
            assert!(!page.contains(forbidden), "{forbidden:?} in {name}");
        }
        assert_eq!(page.matches("</style>").count(), 1, "{name}");
        assert!(page.contains(
            "Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline';"
        ));
        assert!(page.contains("&lt;script&gt;alert(1)"), "{name}");
    }
    let page = read(folder.path(), "students/eve/feedback.html");
    assert!(page.contains("… and 60 more") && page.contains("… and 30 more"));
}

#[test]
fn equal_runs_leave_equal_files() {
    let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let class = [example::marked("bob"), hostile("eve"), example::marked("ada")];
    finish(&open(one.path()), &class).unwrap();
    let mut again: Vec<Marked> = class.iter().rev().cloned().collect();
    again[0].times.total += 1.0;
    finish(&open(other.path()), &again).unwrap();
    for name in ["grades.csv", "students/ada/feedback.html", "students/bob/results.json"] {
        assert!(read(one.path(), name) == read(other.path(), name), "{name}");
    }
    let report = |out: &Path| {
        let mut report: serde_json::Value = serde_json::from_str(&read(out, REPORT)).unwrap();
        (report["times"].take(), report)
    };
    let [(times, report), (other_times, other_report)] = [report(one.path()), report(other.path())];
    assert_eq!(report, other_report);
    assert_ne!(times, other_times);
    assert_eq!(report["students"][1]["questions"][1]["status"], "partial");
    assert_eq!(report["run"]["seed"], 7);
    assert_eq!(reported(one.path()).unwrap()[0], ("ada".to_owned(), example::marked("ada").hash));
}

#[test]
fn marks_given_by_hand_are_in_all_files_and_outlast_a_regrade() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("marks.csv");
    fs::write(&table, "student_id,question,points,comment\nada,why,1,Well put <b>.\n").unwrap();
    let out = folder.path().join("out");
    let store = open(&out);
    let class = [example::marked("ada")];
    store.put(&class[0]).unwrap();
    let mut manual = store.manual().unwrap();
    manual.take(&table, &class).unwrap();
    store.put_manual(&manual).unwrap();
    drop(store);
    let store = open(&out);
    let mut again = example::marked("ada");
    again.hash = "handed in again".to_owned();
    store.put(&again).unwrap();
    let summary = finish(&store, &store.all().unwrap()).unwrap();
    assert!(read(&out, "grades.csv").ends_with(",4.5,0.0,4.5,5.0\n"));
    assert!(read(&out, "students/ada/feedback.html").contains("<li>Well put &lt;b&gt;.</li>"));
    assert!(read(&out, "students/ada/results.json").contains("Well put <b>."));
    assert_eq!((summary.marked_before.len(), summary.to_mark.len()), (1, 0));
}

#[test]
fn only_pages_that_change_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut class = [example::marked("ada"), example::marked("bob")];
    finish(&store, &class).unwrap();
    let page = |student: &str| folder.path().join(format!("students/{student}/feedback.html"));
    for student in ["ada", "bob"] {
        let text = fs::read_to_string(page(student)).unwrap();
        fs::write(page(student), text + "<!-- not made again -->").unwrap();
    }
    class[1].notes = vec!["another note".to_owned()];
    finish(&store, &class).unwrap();
    assert!(fs::read_to_string(page("ada")).unwrap().ends_with("<!-- not made again -->"));
    let bob = fs::read_to_string(page("bob")).unwrap();
    assert!(bob.ends_with("</html>\n") && bob.contains("another note"), "{bob}");
}

#[test]
fn a_student_hands_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let error = finish(&open(folder.path()), &[example::marked("ada"), example::marked("ada")]).unwrap_err();
    assert!(error.to_string().contains("two submissions of ada"), "{error}");
}

#[test]
fn faults_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut marked = example::marked("ada");
    marked.questions[0] = example::question("softmax", Status::GraderFault, 0.0, 2.0);
    marked.refusal = Some("reason".to_owned());
    finish(&open(folder.path()), &[marked]).unwrap();
    let page = read(folder.path(), "summary.html");
    let places = ["The grader has failed here", "Not graded", "To be marked by a person", "<h2>Questions"]
        .map(|title| page.find(title).unwrap_or_else(|| panic!("{title}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(read(folder.path(), "grades.csv").ends_with(",,0.0,,5.0\n"));
}

/// A class to look at: `NNKERNEL_EXAMPLE=folder` keeps what it leaves behind.
#[test]
fn a_class_is_reported() {
    let temporary = tempfile::tempdir().unwrap();
    let out = std::env::var_os("NNKERNEL_EXAMPLE").map_or(temporary.path().join("out"), std::path::PathBuf::from);
    let store = open(&out);
    let class: Vec<Marked> = (0..59).map(example::various).chain([hostile("zoe")]).collect();
    let summary = finish(&store, &class).unwrap();
    assert_eq!(summary.submissions, 60);
    assert_eq!(read(&out, "grades.csv").lines().count(), 61);
    assert!(class.iter().all(|marked| out.join("students").join(&marked.student).join("feedback.html").is_file()));
}
