//! What a grading tells: tables for other programs, a page a student, a page for the teacher.
//!
//! ```text
//! OUT/grades.csv                        the columns of nbgrader's exporter
//! OUT/summary.html                      the class, for the teacher
//! OUT/report.json                       all marks, and what decided them: see `replay`
//! OUT/students/<student>/results.json   as Gradescope has it
//! OUT/students/<student>/feedback.html  for the student
//! ```
//!
//! All of it is made from what the store holds, and may be made again at any time.

mod cells;
mod feedback;
mod grades;
mod gradescope;
mod page;
mod picture;
mod prose;
mod replay;
mod summary;
mod summary_page;
mod table;
mod text;
mod words;

pub use replay::{REPORT, reported};
pub use summary::Summary;

use super::marks::Marked;
use super::store::{Store, rounded};
use crate::paths::{self, write_atomically};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Writes all of it for these submissions, with the marks given by hand.
pub fn finish(store: &Store, marked: &[Marked]) -> Result<Summary> {
    let manual = store.manual()?;
    let mut by_student: BTreeMap<&str, Marked> = BTreeMap::new();
    for submission in marked {
        let rounded = manual.applied(&rounded(submission));
        ensure!(
            by_student.insert(&submission.student, rounded).is_none(),
            "two submissions of {}: expected one",
            submission.student
        );
    }
    let marked: Vec<Marked> = by_student.into_values().collect();
    write_students(store, &marked)?;

    let run = store.run();
    let summary = Summary::new(&marked, &manual);
    let write = |name: &str, content: String| write_atomically(&store.out().join(name), content.as_bytes());
    write("grades.csv", grades::table(run, &marked))?;
    write("summary.html", summary_page::page(run, &summary, &marked))?;
    // Last: where it is, all else is.
    write(REPORT, replay::report(run, &marked, &summary)?)?;
    Ok(summary)
}

/// Pages take a moment each: all processors make them, and only those that changed.
fn write_students(store: &Store, marked: &[Marked]) -> Result<()> {
    let next = Mutex::new(marked.iter());
    let pages = feedback::Pages::new(store.run());
    let work = || loop {
        let Some(marked) = next.lock().expect("nobody panics while holding it").next() else { return Ok(()) };
        let folder = store.student_folder(&marked.student)?;
        paths::create_dir(&folder)?;
        write_atomically(&folder.join("results.json"), gradescope::results(marked)?.as_bytes())?;
        let (path, origin) = (folder.join("feedback.html"), pages.origin(marked)?);
        if !page::is_from(&path, &origin) {
            write_atomically(&path, pages.page(marked, &origin).as_bytes())?;
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(marked.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("pages are made without panics"))
    })
}

#[cfg(test)]
mod tests;
