use super::*;
use crate::notebook::{lines, set_source, source as text_of};
use crate::passes::nbgrader::metadata_mut;
use crate::passes::student_version;
use crate::passes::testing::{metadata, notebook};
use std::sync::LazyLock;

const SOFTMAX: &str = "/// Probabilities.\nfn softmax(x: f64) -> f64 {\n    // BEGIN SOLUTION the probabilities\n    x.exp()\n    // END SOLUTION\n}";
const TEST: &str =
    "let p = softmax(1.0);\nassert!(p > 0.0);\n// BEGIN HIDDEN TESTS\nprobe(\"p\", &p);\n// END HIDDEN TESTS";
const RATE: &str = "let rate: f64 =\n    // BEGIN SOLUTION the rate\n    0.1\n    // END SOLUTION\n;";

/// The source, and what students get.
static NOTEBOOKS: LazyLock<(v4::Notebook, v4::Notebook)> = LazyLock::new(|| {
    let source = make_source();
    let release = student_version(&source, &[]).unwrap();
    (source, release)
});

fn source() -> &'static v4::Notebook {
    &NOTEBOOKS.0
}

fn release() -> &'static v4::Notebook {
    &NOTEBOOKS.1
}

fn make_source() -> v4::Notebook {
    notebook(&[
        ("[markdown]", "// # Title"),
        ("", "use nnlib::prelude::*;"),
        (&metadata("types", "locked"), "struct Linear {\n    weights: Matrix,\n}"),
        (&metadata("softmax", "solution"), SOFTMAX),
        (&metadata("test_softmax", "test"), TEST),
        ("[markdown]", "// Now choose."),
        (&metadata("rate", "solution"), RATE),
        (&metadata("test_rate", "test"), "assert!(rate > 0.0);"),
        (
            &format!("[markdown] {}", metadata("why", "answer")),
            "// <!-- BEGIN SOLUTION -->\n// So.\n// <!-- END SOLUTION -->",
        ),
        (&format!("[markdown] {}", metadata("task", "task")), "// Try something."),
    ])
}

fn aligned(change: impl FnOnce(&mut Vec<v4::Cell>)) -> Alignment {
    aligned_with(true, change)
}

fn aligned_with(may_add_cells: bool, change: impl FnOnce(&mut Vec<v4::Cell>)) -> Alignment {
    let mut submitted = release().clone();
    change(&mut submitted.cells);
    let alignment = align(source(), release(), &submitted, may_add_cells);
    check(&alignment, &submitted);
    alignment
}

/// What holds of whatever is handed in.
#[track_caller]
fn check(alignment: &Alignment, submitted: &v4::Notebook) {
    let source = source();
    let indices: Vec<usize> = alignment.cells.iter().filter_map(|cell| cell.source_index).collect();
    assert_eq!(indices, (0..source.cells.len()).collect::<Vec<_>>(), "each cell of the source once, and in order");
    let mut used: Vec<usize> = alignment.cells.iter().filter_map(|cell| cell.submitted_index).collect();
    used.sort_unstable();
    let count = used.len();
    used.dedup();
    assert_eq!(used.len(), count, "no cell of the submission twice");
    for cell in &alignment.cells {
        match cell.source_index {
            Some(index) => {
                let original = &source.cells[index];
                assert_eq!((cell.grade_id.clone(), cell.role), role(original));
                assert_eq!(cell.is_code, words::is_code(original));
                if !cell.role.is_students() {
                    assert_eq!(cell.text, text_of(original), "what is given is the source's");
                } else if cell.state != State::Answered {
                    assert_eq!(cell.text, text_of(&release().cells[index]));
                } else {
                    assert_eq!(cell.text, text_of(&submitted.cells[cell.submitted_index.unwrap()]));
                }
            }
            None => {
                assert_eq!((cell.role, &cell.state), (Role::Own, &State::Added));
                assert_eq!(cell.text, text_of(&submitted.cells[cell.submitted_index.unwrap()]));
            }
        }
    }
}

fn set(cell: &mut v4::Cell, text: &str) {
    set_source(cell, lines(text));
}

fn code(text: &str) -> v4::Cell {
    let mut cell = notebook(&[("", text)]).cells.remove(0);
    if let v4::Cell::Code { id, .. } = &mut cell {
        *id = v4::CellId::new("new").unwrap();
    }
    cell
}

fn as_text(cell: &v4::Cell) -> v4::Cell {
    let (id, metadata, source) = (cell.id().clone(), cell.metadata().clone(), cell.source().to_vec());
    v4::Cell::Markdown { id, metadata, source, attachments: None }
}

fn notes(alignment: &Alignment) -> Vec<(NoteKind, &str)> {
    alignment.notes.iter().map(|note| (note.kind, note.text.as_str())).collect()
}

fn states(alignment: &Alignment) -> Vec<&State> {
    alignment.cells.iter().map(|cell| &cell.state).collect()
}

#[test]
fn as_it_was_released() {
    let alignment = aligned(|_| {});
    let (same, blank) = (&State::Same, &State::Blank);
    assert_eq!(states(&alignment), [same, same, same, blank, same, same, blank, same, blank, same]);
    assert_eq!(notes(&alignment), []);
    assert!(alignment.cells[4].text.contains("probe(\"p\", &p);"));
    assert!(alignment.cells[3].text.contains("todo!"));
}

#[test]
fn answers_are_the_students() {
    let alignment = aligned(|cells| {
        set(&mut cells[3], "fn softmax(x: f64) -> f64 { 1.0 }");
        set(&mut cells[6], "let rate: f64 =\n    todo!(\"rate: the rate\") // I do not know\n;");
        set(&mut cells[8], "Because.");
    });
    for (index, text) in [(3, "fn softmax(x: f64) -> f64 { 1.0 }"), (8, "Because.")] {
        assert_eq!((&alignment.cells[index].state, alignment.cells[index].text.as_str()), (&State::Answered, text));
    }
    assert_eq!(alignment.cells[6].state, State::Answered);
    assert_eq!(notes(&alignment), []);
}

#[test]
fn blanks_at_the_ends_of_lines_are_no_edits() {
    let alignment = aligned(|cells| {
        set(&mut cells[2], "struct Linear {  \n    weights: Matrix,\n}\n\n");
        set(&mut cells[6], "let rate: f64 =\n    todo!(\"rate: the rate\")  \n;\n");
    });
    assert_eq!((&alignment.cells[2].state, &alignment.cells[6].state), (&State::Same, &State::Blank));
}

#[test]
fn what_is_given_is_put_back() {
    let alignment = aligned(|cells| {
        set(&mut cells[1], "use std::fmt;");
        set(&mut cells[4], "let p = softmax(1.0);\nassert!(true);");
        cells[7] = as_text(&cells[7]);
        set(&mut cells[5], "Now choose, please.");
    });
    let differs = "line 2: expected `assert!(p > 0.0);`, found `assert!(true);`".to_owned();
    assert_eq!(alignment.cells[4].state, State::Restored { what_differs: differs });
    let expected = [
        "the given cell `use nnlib::prelude::*;` was edited (line 1: expected `use nnlib::prelude::*;`, found `use std::fmt;`); the \
         original was used",
        "the cell `test_softmax` was edited (line 2: expected `assert!(p > 0.0);`, found `assert!(true);`); the original was used",
        "the cell `test_rate` was edited (code became text, or text code); the original was used",
        "of the assignment's text, 1 cells were edited and 0 are missing; what was written there is not read",
    ];
    assert_eq!(notes(&alignment), expected.map(|text| (NoteKind::Edited, text)));
    assert!(alignment.cells.iter().all(|cell| cell.tampered.is_none()));
}

#[test]
fn what_is_missing_is_put_back() {
    let alignment = aligned(|cells| {
        cells.remove(4);
        cells.remove(3);
        cells.remove(0);
    });
    assert_eq!([0, 3, 4].map(|index| &alignment.cells[index].state), [&State::Missing; 3]);
    let removed = "of the assignment's text, 0 cells were edited and 1 are missing; what was written there is not read";
    let expected = [
        (NoteKind::Removed, "the cell `softmax` is missing; it counts as not answered"),
        (NoteKind::Removed, "the cell `test_softmax` is missing; the original was put back"),
        (NoteKind::Removed, removed),
    ];
    assert_eq!(notes(&alignment), expected);
}

#[test]
fn an_emptied_answer_is_a_blank() {
    let alignment = aligned(|cells| set(&mut cells[3], " \n"));
    assert_eq!(alignment.cells[3].state, State::Blank);
    assert!(alignment.cells[3].text.contains("todo!"));
    assert_eq!(notes(&alignment), [(NoteKind::Emptied, "the cell `softmax` is empty; it counts as not answered")]);
}

#[test]
fn added_cells_stay_where_they_are() {
    let add = |cells: &mut Vec<v4::Cell>| {
        cells.push(code("last()"));
        let mut empty = code("1");
        set(&mut empty, " ");
        cells.push(empty);
        cells.insert(4, code("fn helper() {}"));
        cells.insert(4, as_text(&code("A thought")));
        cells.insert(0, code("first()"));
    };
    let alignment = aligned(add);
    let texts: Vec<&str> = alignment.cells.iter().map(|cell| cell.text.lines().next().unwrap()).collect();
    assert_eq!((texts[0], texts[5], texts[6], texts[13]), ("first()", "A thought", "fn helper() {}", "last()"));
    assert_eq!((texts[4], texts[7]), ("/// Probabilities.", "let p = softmax(1.0);"));
    assert_eq!((alignment.cells[5].is_code, alignment.cells[6].is_code), (false, true));
    let expected =
        ["cell 1 (`first()`) is your own", "cell 7 (`fn helper() {}`) is your own", "cell 14 (`last()`) is your own"];
    assert_eq!(notes(&alignment), expected.map(|text| (NoteKind::Added, text)));

    let alignment = aligned_with(false, add);
    assert_eq!(alignment.cells.len(), source().cells.len() + 1);
    assert_eq!(alignment.cells[4].text, "A thought");
    let expected =
        "cell 7 (`fn helper() {}`) was added, and this assignment allows no cells of your own; it was left out";
    assert_eq!(notes(&alignment)[1], (NoteKind::LeftOut, expected));
}

#[test]
fn moved_cells_are_put_back_and_do_not_take_others_along() {
    let alignment = aligned(|cells| {
        cells.insert(4, code("helper()"));
        let rate = cells.remove(7);
        cells.insert(0, rate);
        cells.insert(1, code("first()"));
    });
    assert_eq!(notes(&alignment)[0], (NoteKind::Moved, "the cell `rate` was moved; it was put back to its place"));
    assert_eq!(alignment.cells[0].text, "first()");
    assert_eq!(alignment.cells[5].text, "helper()");
    assert_eq!(alignment.cells[8].grade_id.as_deref(), Some("rate"));
}

#[test]
fn of_copies_the_first_counts() {
    let alignment = aligned(|cells| {
        let mut copy = cells[3].clone();
        set(&mut copy, "fn softmax(x: f64) -> f64 { 2.0 }");
        set(&mut cells[3], "fn softmax(x: f64) -> f64 { 1.0 }");
        if let v4::Cell::Code { id, .. } = &mut copy {
            *id = v4::CellId::new("copy").unwrap();
        }
        cells.insert(4, copy);
    });
    assert_eq!(alignment.cells[3].text, "fn softmax(x: f64) -> f64 { 1.0 }");
    assert_eq!(
        (alignment.cells[4].role, alignment.cells[4].text.as_str()),
        (Role::Own, "fn softmax(x: f64) -> f64 { 2.0 }")
    );
    let expected = "cell 5 (`fn softmax(x: f64) -> f64 { 2.0 }`) says that it is the cell `softmax`, as another cell does already; it was \
                    taken for a cell of your own";
    assert_eq!(notes(&alignment), [(NoteKind::Duplicated, expected)]);
    assert_eq!(alignment.cells[3].tampered, None);
}

fn set_metadata(cell: &mut v4::Cell, from: &v4::Cell) {
    *metadata_mut(cell) = from.metadata().clone();
}

#[test]
fn a_cell_that_claims_another_role_is_tampered_with() {
    // The solution says that it is the test.
    let alignment = aligned(|cells| {
        let mut copy = cells[3].clone();
        set_metadata(&mut copy, &cells[4].clone());
        set(&mut copy, "fn softmax(x: f64) -> f64 { 1.0 }");
        cells[3] = copy;
    });
    assert_eq!(alignment.cells[3].text, "fn softmax(x: f64) -> f64 { 1.0 }");
    assert!(
        notes(&alignment)
            .contains(&(NoteKind::Recognized, "the cell `softmax` has lost its name; it was recognized by its id")),
        "{:?}",
        notes(&alignment)
    );
    // The test says that it is something given.
    let alignment = aligned(|cells| {
        let mut forged = notebook(&[(&metadata("test_softmax", "locked"), "1")]).cells.remove(0);
        set_source(&mut forged, cells[4].source().to_vec());
        cells[4] = forged;
    });
    let reason = "cell 5 says that it is the cell `test_softmax`, and a given cell; that cell is a test";
    assert_eq!(alignment.cells[4].tampered.as_deref(), Some(reason));
    assert_eq!(notes(&alignment)[0], (NoteKind::Tampered, &*format!("{reason}. The original was used")));
    // So does another, and it is not the one that counts.
    let alignment = aligned(|cells| {
        cells.insert(0, notebook(&[(&metadata("test_rate", "solution"), "fn f() {}")]).cells.remove(0))
    });
    assert_eq!(
        alignment.cells[8].tampered.as_deref(),
        Some("cell 1 says that it is the cell `test_rate`, and code to be written; that cell is a test")
    );
    assert_eq!(alignment.cells[8].state, State::Same);
}

#[test]
fn metadata_that_make_no_sense_are_nobodys_intention() {
    let alignment = aligned(|cells| {
        metadata_mut(&mut cells[4]).additional.get_mut("nbgrader").unwrap()["locked"] = false.into();
        metadata_mut(&mut cells[7]).additional.get_mut("nbgrader").unwrap()["points"] = 1e9.into();
    });
    assert_eq!(notes(&alignment), []);
    assert!(
        alignment.cells.iter().all(|cell| cell.tampered.is_none() && !matches!(cell.state, State::Restored { .. }))
    );
}

/// As tools leave it that know nothing of ids and metadata.
fn strip_names(cells: &mut [v4::Cell]) {
    for (number, cell) in cells.iter_mut().enumerate() {
        metadata_mut(cell).additional.clear();
        let (v4::Cell::Code { id, .. } | v4::Cell::Markdown { id, .. } | v4::Cell::Raw { id, .. }) = cell;
        *id = v4::CellId::new(&format!("without-id-{number}")).unwrap();
    }
}

#[test]
fn cells_without_names_and_ids_are_recognized() {
    let alignment = aligned(|cells| {
        strip_names(cells);
        let softmax = "/// Probabilities.\nfn softmax(x: f64) -> f64 {\n    let e = x.exp();\n    e\n}";
        set(&mut cells[3], softmax);
        set(&mut cells[6], "let rate: f64 = 0.5;");
        set(&mut cells[8], "Because of this.");
        cells.insert(4, code("softmax(2.0)"));
    });
    let answered: Vec<&str> = alignment
        .cells
        .iter()
        .filter(|cell| cell.state == State::Answered)
        .map(|cell| cell.grade_id.as_deref().unwrap())
        .collect();
    assert_eq!(answered, ["softmax", "rate", "why"]);
    assert_eq!(alignment.cells[4].text, "softmax(2.0)");
    let by = |name: &str| {
        let note = alignment.notes.iter().find(|note| note.grade_id.as_deref() == Some(name)).unwrap();
        note.text.rsplit_once(" by ").unwrap().1
    };
    assert_eq!(
        ["types", "softmax", "rate", "why"].map(by),
        ["its text", "the lines that are left of it", "its place", "its place"]
    );
}

#[test]
fn the_notebook_of_another_assignment() {
    let alignment = aligned(|cells| *cells = vec![code("print('hello')"), as_text(&code("# Hello"))]);
    let text = "nothing in this notebook is from the assignment: it may be the notebook of another one";
    assert_eq!(notes(&alignment), [(NoteKind::Foreign, text)]);
    let alignment = aligned(Vec::clear);
    assert_eq!(notes(&alignment), [(NoteKind::Foreign, text)]);
}

/// Marsaglia's xorshift, so that failures come again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Whatever is done to a notebook, the graded one has each cell of the source once, in order, and what is given as it was given.
#[test]
fn any_edits_leave_what_is_given() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let names: Vec<v4::CellMetadata> = release().cells.iter().map(|cell| cell.metadata().clone()).collect();
    for round in 0..3_000 {
        let mut submitted = release().clone();
        let cells = &mut submitted.cells;
        for _ in 0..random.below(12) {
            let (at, other) = (random.below(cells.len()), random.below(cells.len() + 1));
            match random.below(9) {
                _ if cells.is_empty() => cells.push(code("new()")),
                0 => {
                    let cell = cells.remove(at);
                    cells.insert(random.below(cells.len() + 1), cell);
                }
                1 => {
                    cells.remove(at);
                }
                2 => {
                    let copy = cells[at].clone();
                    cells.insert(other, copy);
                }
                3 => set(&mut cells[at], &format!("edited({round})")),
                4 => {
                    let text = format!("{}\nmore({round})", text_of(&cells[at]));
                    set(&mut cells[at], &text);
                }
                5 => *metadata_mut(&mut cells[at]) = names[random.below(names.len())].clone(),
                6 => strip_names(&mut cells[at..=at]),
                7 => cells[at] = as_text(&cells[at]),
                _ => cells.insert(other, code(&format!("added({round})"))),
            }
        }
        for may_add_cells in [true, false] {
            let alignment = align(source(), release(), &submitted, may_add_cells);
            check(&alignment, &submitted);
            let own_code = alignment.cells.iter().filter(|cell| cell.role == Role::Own && cell.is_code).count();
            assert!(may_add_cells || own_code == 0);
            // Nothing that a student wrote is lost without a word.
            let used: Vec<usize> = alignment.cells.iter().filter_map(|cell| cell.submitted_index).collect();
            let lost = (0..submitted.cells.len())
                .filter(|number| !used.contains(number) && !text_of(&submitted.cells[*number]).trim().is_empty());
            let told = alignment
                .notes
                .iter()
                .filter(|note| matches!(note.kind, NoteKind::LeftOut | NoteKind::Foreign))
                .count();
            assert!(lost.count() <= told || alignment.notes[0].kind == NoteKind::Foreign, "{:?}", alignment.notes);
        }
    }
}

/// A permutation alone loses nothing: all answers are found.
#[test]
fn any_order_is_put_right() {
    let mut random = Random(42);
    for _ in 0..500 {
        let mut submitted = release().clone();
        set(&mut submitted.cells[3], "fn softmax(x: f64) -> f64 { 1.0 }");
        set(&mut submitted.cells[8], "Because.");
        for at in (1..submitted.cells.len()).rev() {
            submitted.cells.swap(at, random.below(at + 1));
        }
        let alignment = align(source(), release(), &submitted, true);
        check(&alignment, &submitted);
        let (same, blank, answered) = (&State::Same, &State::Blank, &State::Answered);
        assert_eq!(states(&alignment), [same, same, same, answered, same, same, blank, same, answered, same]);
    }
}
