//! From cells that are known to those that are compiled, and notes of what differs.

use super::matching::Matching;
use super::words::{self, comparable, difference};
use super::{AlignedCell, Note, NoteKind, Role, State, role};
use crate::notebook::source as text_of;
use nbformat::v4;

/// The notebooks that are put beside each other, and what is told of that.
pub struct Work<'a> {
    source: &'a v4::Notebook,
    release: &'a v4::Notebook,
    submitted: &'a v4::Notebook,
    matching: &'a Matching,
    /// What was found so far.
    pub notes: Vec<Note>,
}

impl<'a> Work<'a> {
    /// Nothing is told yet.
    pub fn new(
        source: &'a v4::Notebook,
        release: &'a v4::Notebook,
        submitted: &'a v4::Notebook,
        matching: &'a Matching,
    ) -> Self {
        Work { source, release, submitted, matching, notes: Vec::new() }
    }

    fn note(&mut self, kind: NoteKind, grade_id: Option<&String>, text: String) {
        self.notes.push(Note { kind, grade_id: grade_id.cloned(), text });
    }

    /// The cell of the source with this number.
    pub fn cell(&mut self, index: usize) -> AlignedCell {
        let cell = &self.source.cells[index];
        let (grade_id, role) = role(cell);
        let submitted_index = self.matching.partners[index];
        let found = submitted_index.map(|number| &self.submitted.cells[number]);
        let released = self.release.cells.get(index).map_or_else(|| text_of(cell), text_of);
        let title = words::title(self.source, index);
        let is_code = words::is_code(cell);
        let is_prose = role == Role::Given && !is_code;
        let tampered = self.matching.tampered[index].clone();
        if let Some(reason) = &tampered {
            self.note(NoteKind::Tampered, grade_id.as_ref(), format!("{reason}. The original was used"));
        }
        let (text, state) = match found {
            None if role.is_students() => (released, State::Missing),
            None => (text_of(cell), State::Missing),
            Some(found) if role.is_students() => self.answer(&title, grade_id.as_ref(), released, found, is_code),
            Some(found) => {
                let state = match what_differs(&released, found, cell) {
                    None => State::Same,
                    Some(what_differs) => State::Restored { what_differs },
                };
                (text_of(cell), state)
            }
        };
        match &state {
            _ if is_prose => {}
            State::Missing => {
                let text = match role {
                    Role::Solution | Role::Answer => format!("{title} is missing; it counts as not answered"),
                    _ => format!("{title} is missing; the original was put back"),
                };
                self.note(NoteKind::Removed, grade_id.as_ref(), text);
            }
            State::Restored { what_differs } => {
                let text = format!("{title} was edited ({what_differs}); the original was used");
                self.note(NoteKind::Edited, grade_id.as_ref(), text);
            }
            _ => {}
        }
        if !is_prose && submitted_index.is_some() {
            if self.matching.moved[index] {
                let text = format!("{title} was moved; it was put back to its place");
                self.note(NoteKind::Moved, grade_id.as_ref(), text);
            }
            // The name is what teachers and tools go by; that other cells are known by their ids or text is nothing new.
            if grade_id.is_some()
                && let Some(by) = self.matching.recognized[index]
            {
                let text = format!("{title} has lost its name; it was recognized by {by}");
                self.note(NoteKind::Recognized, grade_id.as_ref(), text);
            }
        }
        AlignedCell { source_index: Some(index), submitted_index, role, is_code, grade_id, text, state, tampered }
    }

    /// The text and state of a cell that the student was to fill in.
    fn answer(
        &mut self,
        title: &str,
        grade_id: Option<&String>,
        released: String,
        found: &v4::Cell,
        is_code: bool,
    ) -> (String, State) {
        let text = text_of(found);
        if text.trim().is_empty() {
            let note = format!("{title} is empty; it counts as not answered");
            self.note(NoteKind::Emptied, grade_id, note);
            return (released, State::Blank);
        }
        if words::is_code(found) != is_code {
            let (is, was) = if is_code { ("text", "code") } else { ("code", "text") };
            let note = format!("{title} was turned into a cell of {is}; it was taken for {was} all the same");
            self.note(NoteKind::Edited, grade_id, note);
        }
        match comparable(&text) == comparable(&released) {
            true => (released, State::Blank),
            false => (text, State::Answered),
        }
    }

    /// The student's own cells: those before the first cell of the source, and those behind each.
    pub fn own_cells(&mut self, may_add_cells: bool) -> Vec<Vec<AlignedCell>> {
        let mut places = vec![Vec::new(); self.source.cells.len() + 1];
        let mut place = 0;
        for (number, cell) in self.submitted.cells.iter().enumerate() {
            if let Some(index) = self.matching.source_of[number] {
                if !self.matching.moved[index] {
                    place = index + 1;
                }
                continue;
            }
            let text = text_of(cell);
            if text.trim().is_empty() {
                continue;
            }
            let title = words::own_title(number, &text);
            let is_code = words::is_code(cell);
            if let Some(original) = self.matching.copy_of[number] {
                let grade_id = role(&self.source.cells[original]).0;
                let original = words::title(self.source, original);
                let note = format!(
                    "{title} says that it is {original}, as another cell does already; it was taken for a cell of your own"
                );
                self.note(NoteKind::Duplicated, grade_id.as_ref(), note);
            }
            if is_code && !may_add_cells {
                let note =
                    format!("{title} was added, and this assignment allows no cells of your own; it was left out");
                self.note(NoteKind::LeftOut, None, note);
                continue;
            }
            if is_code && self.matching.copy_of[number].is_none() {
                self.note(NoteKind::Added, None, format!("{title} is your own"));
            }
            places[place].push(AlignedCell {
                source_index: None,
                submitted_index: Some(number),
                role: Role::Own,
                is_code,
                grade_id: None,
                text,
                state: State::Added,
                tampered: None,
            });
        }
        places
    }

    /// One note for all of the assignment's text: nothing depends on it, and a note for each would hide what matters.
    pub fn note_prose(&mut self) {
        let is_prose = |index: &usize| {
            let cell = &self.source.cells[*index];
            role(cell).1 == Role::Given && !words::is_code(cell)
        };
        let (mut edited, mut missing) = (0, 0);
        for index in (0..self.source.cells.len()).filter(is_prose) {
            match self.matching.partners[index] {
                None => missing += 1,
                Some(number) => {
                    let released = self.release.cells.get(index).map(text_of).unwrap_or_default();
                    let differs = what_differs(&released, &self.submitted.cells[number], &self.source.cells[index]);
                    edited += usize::from(differs.is_some());
                }
            }
        }
        if edited + missing > 0 {
            let text = format!(
                "of the assignment's text, {edited} cells were edited and {missing} are missing; what was written there is not read"
            );
            self.note(if edited > 0 { NoteKind::Edited } else { NoteKind::Removed }, None, text);
        }
    }
}

/// How a given cell differs from what was released.
fn what_differs(released: &str, found: &v4::Cell, cell: &v4::Cell) -> Option<String> {
    if words::is_code(found) != words::is_code(cell) {
        return Some("code became text, or text code".to_owned());
    }
    difference(released, &text_of(found))
}
