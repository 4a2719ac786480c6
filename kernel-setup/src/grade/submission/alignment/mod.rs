//! A submission's cells beside those of the assignment: what is compiled is the assignment's, with the student's answers in it.
//!
//! What is given comes from the source, tests with their hidden parts; what is asked for comes from the submission. So an edited test
//! does no harm: it is put back and reported, and costs nothing. The one thing that is called *tampering* is metadata that give a cell
//! of a question another role: nobody's slip of the hand does that to several flags at once, so that they make sense together. It
//! gains nothing either, for roles come from the source too; but a person should look at it.

mod matching;
mod words;
mod work;

#[cfg(test)]
mod tests;

use crate::passes::nbgrader::{Kind, checked};
use matching::Matching;
use nbformat::v4;
use work::Work;

/// The cells that are compiled, in order, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Each cell of the source once and in order, and the student's own between them.
    pub cells: Vec<AlignedCell>,
    /// What is to be told to student and teacher.
    pub notes: Vec<Note>,
}

/// What a cell is in a graded notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Code that the student was to write.
    Solution,
    /// Code that tests it, for points.
    Test,
    /// A written answer, which a person marks.
    Answer,
    /// A question that the student answers in cells of their own, which a person marks.
    Task,
    /// All else that the assignment has.
    Given,
    /// A cell that the student has added.
    Own,
}

impl Role {
    /// Whether its text is the student's.
    pub fn is_students(self) -> bool {
        matches!(self, Role::Solution | Role::Answer | Role::Own)
    }
}

/// How a cell came to its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Given, and as it was given.
    Same,
    /// Given, and put back.
    Restored {
        /// Where the submission's first differs.
        what_differs: String,
    },
    /// What was asked for was written.
    Answered,
    /// What was asked for was not written.
    Blank,
    /// It is not in the submission; it was put back as it was given.
    Missing,
    /// The student's own.
    Added,
}

/// A cell of a graded notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignedCell {
    /// Which cell of the source it is, from 0; none if the student has added it.
    pub source_index: Option<usize>,
    /// Which cell of the submission it is, from 0, if it is there.
    pub submitted_index: Option<usize>,
    /// What it is.
    pub role: Role,
    /// Whether it is code; otherwise it is not compiled.
    pub is_code: bool,
    /// Its name in the grader's books.
    pub grade_id: Option<String>,
    /// What is compiled, or read by a person.
    pub text: String,
    /// How it came to its text.
    pub state: State,
    /// Why the question that it belongs to has the status `tampered`.
    pub tampered: Option<String>,
}

/// What was found, for statistics and for the order on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The submission has no cell of the assignment.
    Foreign,
    /// See [`AlignedCell::tampered`].
    Tampered,
    /// A given cell was edited, and put back.
    Edited,
    /// A cell was taken out, and put back.
    Removed,
    /// What was asked for was deleted from its cell.
    Emptied,
    /// A cell was moved, and put back.
    Moved,
    /// Several cells have one name.
    Duplicated,
    /// A cell lost its name, and was recognized by something else.
    Recognized,
    /// The student's own code, compiled where it stands.
    Added,
    /// The student's own code, which the rules do not allow.
    LeftOut,
}

/// Something that student and teacher should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was found.
    pub kind: NoteKind,
    /// The cell that it is about, by its name in the grader's books.
    pub grade_id: Option<String>,
    /// In a sentence.
    pub text: String,
}

/// Puts the cells of `submitted` beside those of `source`.
///
/// `source` has solutions and hidden tests; `release` is what [`crate::passes::student_version`] has made of it, cell by cell.
pub fn align(
    source: &v4::Notebook,
    release: &v4::Notebook,
    submitted: &v4::Notebook,
    may_add_cells: bool,
) -> Alignment {
    let matching = Matching::find(source, release, submitted);
    let mut work = Work::new(source, release, submitted, &matching);
    let mut own = work.own_cells(may_add_cells);
    let mut cells = Vec::new();
    cells.append(&mut own[0]);
    for index in 0..source.cells.len() {
        cells.push(work.cell(index));
        cells.append(&mut own[index + 1]);
    }
    if matching.partners.iter().all(Option::is_none) {
        let text = "nothing in this notebook is from the assignment: it may be the notebook of another one".to_owned();
        work.notes = vec![Note { kind: NoteKind::Foreign, grade_id: None, text }];
    } else {
        work.note_prose();
    }
    work.notes.sort_by_key(|note| note.kind);
    Alignment { cells, notes: work.notes }
}

/// What a cell of a source is.
fn role(cell: &v4::Cell) -> (Option<String>, Role) {
    match checked(cell) {
        None => (None, Role::Given),
        Some((nbgrader, kind)) => {
            let role = match kind {
                Kind::Solution => Role::Solution,
                Kind::Test => Role::Test,
                Kind::Answer => Role::Answer,
                Kind::Task => Role::Task,
                Kind::Locked => Role::Given,
            };
            (Some(nbgrader.grade_id), role)
        }
    }
}
