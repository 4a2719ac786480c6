use super::*;
use crate::grade::example;
use crate::grade::marks::{Shown, Status};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn open(out: &Path) -> Store {
    try_open(out).unwrap()
}

fn try_open(out: &Path) -> Result<Store> {
    Store::open(out, None, |seed| Run { seed, ..example::run() })
}

fn error(result: Result<Store>) -> String {
    format!("{:#}", result.expect_err("an error"))
}

#[test]
fn what_was_graded_is_found_again_under_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut ada = example::marked("ada");
    ada.questions[1].points = 2.0 / 3.0;
    ada.cells.push(example::showing(vec![Shown::Text("x".to_owned()), Shown::Png((0..=255).collect())]));
    let store = open(&out);
    store.put(&ada).unwrap();
    store.put(&example::marked("bob")).unwrap();
    let seed = store.run().seed;
    drop(store);

    let store = open(&out);
    assert_eq!(store.run().seed, seed);
    assert_eq!(store.get("ada", &ada.hash), Some(rounded(&ada)));
    assert_eq!(store.get("ada", "another notebook"), None);
    assert_eq!(store.get("eve", &ada.hash), None);
    let students: Vec<String> = store.all().unwrap().into_iter().map(|marked| marked.student).collect();
    assert_eq!(students, ["ada", "bob"]);
    drop(store);

    let store = Store::open(&out, Some(seed + 1), |seed| Run { seed, ..example::run() }).unwrap();
    assert_eq!(store.get("ada", &ada.hash), None);
    assert_eq!(store.all().unwrap(), []);
    drop(store);
    let store = Store::open(&out, Some(seed), |seed| Run { seed, ..example::run() }).unwrap();
    assert_eq!(store.get("ada", &ada.hash), Some(rounded(&ada)));
}

#[test]
fn points_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut marked = example::marked("ada");
    for numerator in 0..100 {
        for denominator in 1..30 {
            marked.questions[0].points = f64::from(numerator) / f64::from(denominator);
            let text = serde_json::to_string(&rounded(&marked)).unwrap();
            assert_eq!(serde_json::from_str::<Marked>(&text).unwrap(), rounded(&marked));
        }
    }
    marked.questions[0].points = f64::NAN;
    assert!(
        format!("{:#}", store.put(&marked).unwrap_err()).contains("ada: question softmax was given NaN of 2 points")
    );
}

#[test]
fn faults_of_the_grader_are_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut marked = example::marked("ada");
    marked.questions[0].status = Status::GraderFault;
    store.put(&marked).unwrap();
    assert_eq!(store.get("ada", &marked.hash), None);
    assert_eq!(store.all().unwrap().len(), 1);
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "x").unwrap();
    let error = error(try_open(folder.path()));
    assert!(error.contains("thesis.txt") && error.contains("name a new or empty folder"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn another_assignment_or_program_is_told() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let other = Store::open(folder.path(), None, |seed| Run { seed, assignment: "cnn".to_owned(), ..example::run() });
    let error = error(other);
    assert!(error.contains("holds a grading of softmax-regression, and this is one of cnn"), "{error}");
    let marker = folder.path().join(MARKER);
    let text = fs::read_to_string(&marker).unwrap().replace("format 1", "format 2");
    fs::write(&marker, text).unwrap();
    let error = super::tests::error(try_open(folder.path()));
    assert!(error.contains("`nnkernel grading, format 2`, expected `nnkernel grading, format 1`"), "{error}");
}

#[test]
fn shards_are_given_a_seed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let open = |seed| {
        let shard = Some("1/2".parse().unwrap());
        Store::open(&out, seed, |seed| Run { seed, shard, ..example::run() })
    };
    let error = error(open(None));
    assert!(error.contains("give --seed"), "{error}");
    drop(open(Some(7)).unwrap());
    assert_eq!(open(None).unwrap().run().seed, 7);
}

#[test]
fn there_is_one_grader_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = error(try_open(folder.path()));
    assert!(error.contains(&format!("is in use by process {} on ", std::process::id())), "{error}");
    drop(store);
    open(folder.path());
}

#[test]
fn names_that_are_no_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for student in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a b", "é", "a\0"] {
        assert!(store.put(&example::marked(student)).is_err(), "{student:?}");
    }
    store.put(&example::marked("eve.o-neil_7@example.org")).unwrap();
}

#[test]
#[cfg(unix)]
fn marks_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    open(&out);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o700);
}

const VICTIM: &str = "NNKERNEL_TEST_VICTIM";

/// Not a test of its own: the grader that [`killed_graders_leave_whole_marks`] kills.
#[test]
fn victim() {
    let Some(out) = std::env::var_os(VICTIM) else { return };
    let store = open(Path::new(&out));
    for version in 1.. {
        for student in ["ada", "bob"] {
            let mut marked = example::marked(student);
            marked.notes = vec!["x".repeat(100_000); version % 3];
            marked.questions[0].points = version as f64;
            println!("\nputting {version}");
            store.put(&marked).unwrap();
        }
    }
}

#[test]
fn killed_graders_leave_whole_marks() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut seed = None;
    for round in 1..=50 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "grade::store::tests::victim", "--nocapture"])
            .env(VICTIM, &out)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let last =
            lines.filter_map(|line| line.strip_prefix("putting ")?.parse::<f64>().ok()).take(1 + round % 7).last();
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(&out);
        assert_eq!(*seed.get_or_insert(store.run().seed), store.run().seed);
        for marked in store.all().unwrap() {
            // The mark of this put, or of one before; the child may have come further than was read here.
            assert!(marked.questions[0].points >= 1.0 && last.is_some(), "{last:?}");
            assert_eq!(marked.notes.len(), marked.questions[0].points as usize % 3, "{}", marked.student);
        }
        let students: Vec<PathBuf> =
            fs::read_dir(out.join(STUDENTS)).unwrap().map(|entry| entry.unwrap().path()).collect();
        for folder in students.iter().chain([&out]) {
            let leftovers = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            let leftovers: Vec<_> = leftovers.filter(|name| is_temporary(name) && name != LOCK).collect();
            assert!(leftovers.is_empty(), "{leftovers:?}");
        }
    }
    assert_eq!(open(&out).all().unwrap().len(), 2);
}
