//! One run of a notebook: compiled as one program, as often as it takes to tell whose cells do not compile, and run once.

use super::builder::{Builder, Built};
use super::exam::Exam;
use super::isolation::Isolation;
use super::program::code::Code;
use super::program::diagnostics::{self, Diagnostic};
use super::program::{Moved, Place, Program, Unit};
use super::transcript::{self, UnitRun};
use crate::passes::nbgrader::Kind;
use crate::sandbox::{Limits, Outcome, Plan, WORK};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files of a running notebook, in [`WORK`].
const RECORDS: &str = "records";
const STDOUT: &str = "stdout";
const STDERR: &str = "stderr";
/// Where a compiled notebook is, inside.
const PROGRAM: &str = "/notebook";

/// Where a program looks for shared libraries.
const LIBRARY_PATH: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// So often a notebook is compiled at most: each time, one cell more is found not to compile.
const MOST_BUILDS: usize = 100;
/// After so many times, all cells that were added are left out: there may be thousands, each with a mistake that another one hides.
const PATIENCE: usize = 20;

/// A cell of what is to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetCell {
    /// Which cell of the assignment it is; none for one that the student has added.
    pub exam: Option<usize>,
    /// It is code.
    pub is_code: bool,
    /// The student's text, or for given cells the author's.
    pub text: String,
    /// Why what was handed out is run in its place, if it is.
    pub void: Option<Void>,
}

/// Why a cell does not count.
#[derive(Clone, Debug, PartialEq)]
pub enum Void {
    /// It breaks a rule.
    Rule,
    /// It is no Rust; in words.
    Syntax(String),
    /// It is not what it says that it is.
    Tampered,
}

/// Which part of a cell a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What everybody sees.
    Visible,
    /// Hidden tests.
    Hidden,
}

/// Which units of a sheet are run.
#[derive(Clone, Debug, PartialEq)]
pub enum Parts {
    /// All.
    All,
    /// What everybody sees.
    Visible,
    /// The hidden tests of these cells of the sheet, and whatever makes the variables that they take.
    Tests(BTreeSet<usize>),
}

/// What units did, by their place.
pub type Units = BTreeMap<(usize, Part), UnitRun>;

/// What came of a run.
#[derive(Debug)]
pub struct Attempt {
    /// Why cells do not compile, by their place in the sheet; something else was run in their place.
    pub broken: BTreeMap<usize, String>,
    /// What became of each unit.
    pub units: Units,
    /// Processor time of the compiler.
    pub compile: Duration,
    /// Processor time of the program.
    pub run: Duration,
    /// Time by the clock in which either was at work, starting them included.
    pub busy: Duration,
    /// The most memory that the program has used at a time, in bytes.
    pub memory: u64,
    /// Why nothing was run, if so.
    pub stopped: Option<String>,
    /// What its cells move.
    pub moved: KnownMoved,
}

/// Variables that cells move: the text of the cell, and the name.
pub type KnownMoved = BTreeSet<(String, String)>;

/// How programs of an assignment are compiled and run.
pub struct Workshop {
    /// Compiles.
    pub builder: Builder,
    /// Where.
    pub isolation: Isolation,
    /// What a running notebook may use.
    pub limits: Limits,
    /// How long a cell may take, by the clock.
    pub cell_seconds: u64,
    /// The seed of hidden tests.
    pub seed: u32,
    /// The folder of data sets, and the budget.
    pub environment: Vec<(OsString, OsString)>,
    /// Folders that a notebook may read.
    pub folders: Vec<(PathBuf, PathBuf)>,
    /// Variables that cells of the assignment move, as the reference has shown. What cells move with other answers is learned anew for
    /// each submission: or else one could have others lose variables.
    pub moved: KnownMoved,
}

impl Workshop {
    /// Compiles and runs a sheet, with the reference's answers in the place of those `on_reference`.
    pub fn attempt(
        &self,
        exam: &Exam,
        sheet: &[SheetCell],
        on_reference: &BTreeSet<usize>,
        parts: &Parts,
    ) -> Result<Attempt> {
        let mut broken: BTreeMap<usize, String> = BTreeMap::new();
        let mut moved = self.moved.clone();
        let (mut compile, mut busy) = (Duration::ZERO, Duration::ZERO);
        for build in 0..MOST_BUILDS {
            let layout = Layout::of(exam, sheet, on_reference, &broken, parts);
            if !layout.unparsed.is_empty() {
                broken.extend(layout.unparsed);
                continue;
            }
            let program = Program::of(&layout.units, &moved_in(&layout, &moved), self.cell_seconds);
            let (built, outcome) = self.builder.build(&program.text, &self.isolation)?;
            compile += outcome.cpu;
            busy += outcome.wall;
            let built = match built {
                // One that takes long each time must not take that a hundred times.
                Built::Errors(_) if compile > 2 * self.builder.limits.cpu => {
                    Built::Stopped("compiling it takes too long: it has too many mistakes".to_owned())
                }
                built => built,
            };
            match built {
                Built::Program(binary) => {
                    let (units, outcome) = self.run(&binary, &layout, &program)?;
                    let (run, memory) = (outcome.cpu, outcome.peak_memory);
                    return Ok(Attempt {
                        broken,
                        units,
                        compile,
                        run,
                        busy: busy + outcome.wall,
                        memory,
                        stopped: None,
                        moved,
                    });
                }
                Built::Stopped(reason) => {
                    let (units, run) = (BTreeMap::new(), Duration::ZERO);
                    let stopped = Some(reason);
                    return Ok(Attempt { broken, units, compile, run, busy, memory: 0, stopped, moved });
                }
                Built::Errors(text) => {
                    let errors = diagnostics::errors(&text, &program);
                    if !learn(&mut moved, &errors, &layout) {
                        let mut more = blame(&errors, &layout, exam, sheet, on_reference, &broken);
                        if build == PATIENCE {
                            more.extend(all_added(sheet, &broken));
                        }
                        if more.is_empty() {
                            bail!("the notebook does not compile, and it is nobody's fault: {}", first_words(&text));
                        }
                        broken.extend(more);
                    }
                }
            }
        }
        bail!("the notebook was compiled {MOST_BUILDS} times, and each time something else was wrong with it")
    }

    fn run(&self, binary: &[u8], layout: &Layout, program: &Program) -> Result<(Units, Outcome)> {
        let files = [RECORDS, STDOUT, STDERR].map(inside);
        let environment = ["NNLIB_PROBES", "NNKERNEL_STDOUT", "NNKERNEL_STDERR"].into_iter().zip(&files);
        let environment = environment.map(|(name, file)| (name.into(), file.clone().into_os_string())).collect();
        let outcome = self.run_program(binary, Vec::new(), files.to_vec(), environment)?;
        let output = |name: &str| outcome.outputs.get(&inside(name)).map(Vec::as_slice).unwrap_or_default();
        // The harness tells of the first cell before it runs.
        if output(RECORDS).is_empty() {
            let stderr = String::from_utf8_lossy(&outcome.stderr);
            bail!("the compiled notebook could not be started ({:?}): {}", outcome.end, stderr.trim());
        }
        let place = |line: usize| program.place(line);
        let count = layout.units.len();
        let name = |unit: usize| layout.names[unit].clone();
        let runs = transcript::read(count, output(RECORDS), output(STDOUT), output(STDERR), outcome.end, &place, &name);
        Ok((layout.keys.iter().copied().zip(runs).collect(), outcome))
    }

    /// Runs a compiled program, with these files in its folder, and reads `outputs` when all its processes have ended.
    pub fn run_program(
        &self,
        binary: &[u8],
        inputs: Vec<(PathBuf, Vec<u8>)>,
        outputs: Vec<PathBuf>,
        mut environment: Vec<(OsString, OsString)>,
    ) -> Result<Outcome> {
        // Nothing that can be written to inside can be executed there.
        let file =
            tempfile::Builder::new().prefix("nnkernel-notebook-").tempfile().context("cannot make a temporary file")?;
        let (mut file, path) = file.into_parts();
        file.write_all(binary).and_then(|()| make_executable(&file)).context("cannot write a compiled notebook")?;
        // Whoever has it open for writing keeps it from being executed.
        drop(file);
        let mut set = |name: &str, value: OsString| environment.push((name.into(), value));
        set("NNLIB_PROBE_SEED", self.seed.to_string().into());
        set("RUST_BACKTRACE", "0".into());
        set("HOME", WORK.into());
        let (mut read_only, folders) = self.isolation.runtime_mounts(self.builder.libraries())?;
        set(
            LIBRARY_PATH,
            std::env::join_paths(folders).context("nnlib for notebooks lies where no libraries are looked for")?,
        );
        environment.extend(self.environment.iter().cloned());
        read_only.extend(self.folders.iter().cloned());
        read_only.push((path.to_path_buf(), PROGRAM.into()));
        self.isolation.run(&Plan {
            program: PROGRAM.into(),
            arguments: Vec::new(),
            environment,
            folder: WORK.into(),
            read_only,
            inputs,
            outputs,
            products: Vec::new(),
            wait_for_all: true,
            limits: self.limits,
        })
    }
}

/// Notes variables that cannot be put back; returns whether there were any that were not known.
fn learn(moved: &mut KnownMoved, errors: &[Diagnostic], layout: &Layout) -> bool {
    let before = moved.len();
    for error in errors {
        if let Place::PutBack(unit, name) = &error.place
            && matches!(error.code.as_str(), "E0382" | "E0505")
        {
            moved.insert((layout.units[*unit].code.statements.clone(), name.clone()));
        }
    }
    moved.len() > before
}

fn moved_in(layout: &Layout, known: &KnownMoved) -> Moved {
    let mut moved = Moved::new();
    for (index, unit) in layout.units.iter().enumerate() {
        for name in unit.code.names.takes.union(&unit.code.names.makes) {
            if known.contains(&(unit.code.statements.clone(), name.clone())) {
                moved.insert((index, name.clone()));
            }
        }
    }
    moved
}

fn inside(name: &str) -> PathBuf {
    Path::new(WORK).join(name)
}

fn make_executable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o755))
}

/// The units of a sheet.
#[derive(Default)]
struct Layout {
    units: Vec<Unit>,
    /// Which cell of the sheet each is of, and which part.
    keys: Vec<(usize, Part)>,
    /// What its cell is called for people.
    names: Vec<String>,
    /// Cells whose text is no Rust, and why.
    unparsed: BTreeMap<usize, String>,
}

impl Layout {
    fn of(
        exam: &Exam,
        sheet: &[SheetCell],
        on_reference: &BTreeSet<usize>,
        broken: &BTreeMap<usize, String>,
        parts: &Parts,
    ) -> Self {
        let mut layout = Layout::default();
        for (index, cell) in sheet.iter().enumerate().filter(|(_, cell)| cell.is_code) {
            let given = cell.exam.map(|cell| &exam.cells[cell]);
            let text = match given {
                Some(given) if cell.exam.is_some_and(|cell| on_reference.contains(&cell)) => &given.text,
                Some(given)
                    if given.kind == Some(Kind::Solution) && (cell.void.is_some() || broken.contains_key(&index)) =>
                {
                    &given.released
                }
                _ if cell.void.is_some() || broken.contains_key(&index) => continue,
                _ => &cell.text,
            };
            let name = match given.and_then(|given| given.id.as_ref()) {
                Some(id) => format!("the cell `{id}`"),
                None => "another cell".to_owned(),
            };
            let rank = match given {
                None => 0,
                Some(given) if given.kind == Some(Kind::Solution) => 1,
                Some(_) => 2,
            };
            match Code::parse(text) {
                Ok(code) => {
                    layout.units.push(Unit { code, is_closed: false, rank });
                    layout.keys.push((index, Part::Visible));
                    layout.names.push(name.clone());
                }
                Err(error) => {
                    let line = text.lines().nth(error.line - 1).unwrap_or_default().trim_end();
                    let message = format!("error: {}\n  line {}: {line}", error.message, error.line);
                    layout.unparsed.insert(index, message);
                }
            }
            if let Some(hidden) = given.and_then(|given| given.hidden.as_ref()).filter(|_| *parts != Parts::Visible)
                && let Ok(code) = Code::parse(hidden)
            {
                layout.units.push(Unit { code: code.closed(hidden), is_closed: true, rank: 2 });
                layout.keys.push((index, Part::Hidden));
                layout.names.push(name);
            }
        }
        if let Parts::Tests(tests) = parts {
            layout.reduce(tests);
        }
        layout
    }

    /// Takes the statements out of all units that these tests do not need. Items stay: they cost next to nothing.
    fn reduce(&mut self, tests: &BTreeSet<usize>) {
        let keys = self.keys.iter().enumerate();
        let mut next: Vec<usize> = keys
            .filter(|(_, (cell, part))| *part == Part::Hidden && tests.contains(cell))
            .map(|(unit, _)| unit)
            .collect();
        let mut needed: BTreeSet<usize> = next.iter().copied().collect();
        while let Some(unit) = next.pop() {
            for name in &self.units[unit].code.names.takes {
                let maker = (0..unit).rev().find(|other| self.units[*other].code.names.makes.contains(name));
                next.extend(maker.filter(|maker| needed.insert(*maker)));
            }
        }
        for (_, unit) in self.units.iter_mut().enumerate().filter(|(index, _)| !needed.contains(index)) {
            unit.code.drop_statements();
        }
    }
}

/// The cells that are to blame for errors, and what is wrong, in words for the student.
fn blame(
    errors: &[Diagnostic],
    layout: &Layout,
    exam: &Exam,
    sheet: &[SheetCell],
    on_reference: &BTreeSet<usize>,
    broken: &BTreeMap<usize, String>,
) -> BTreeMap<usize, String> {
    let is_students = |cell: usize| {
        let exam_cell = sheet[cell].exam;
        let is_answer = exam_cell.is_none_or(|index| exam.cells[index].kind == Some(Kind::Solution));
        let is_replaced = sheet[cell].void.is_some() || exam_cell.is_some_and(|index| on_reference.contains(&index));
        is_answer && !is_replaced && !broken.contains_key(&cell)
    };
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for error in errors {
        let Some(unit) = error.place.unit() else { continue };
        let (cell, _) = layout.keys[unit];
        if is_students(cell) {
            let text = &sheet[cell].text;
            let messages = found.entry(cell).or_default();
            // The same mistake in a loop or a macro is told once.
            let message = error.describe(unit, text);
            if !messages.contains(&message) && messages.len() < 5 {
                messages.push(message);
            }
        } else {
            elsewhere.push((cell, error));
        }
    }
    // An answer of another type or name than was asked for shows where it is used.
    if found.is_empty() {
        for (cell, error) in elsewhere {
            for answer in answers_behind(cell, exam, sheet).into_iter().filter(|answer| is_students(*answer)) {
                let message = format!(
                    "error: what was given does not compile with this answer: {}{}",
                    error.message,
                    error
                        .labels
                        .first()
                        .map(|(_, label)| format!(" ({label})"))
                        .filter(|label| label.len() > 3)
                        .unwrap_or_default()
                );
                found.entry(answer).or_insert_with(|| vec![message]);
            }
        }
    }
    // Last, whatever else is the student's: rustc says of which line it is, but for the linker's errors and its own. Cells that were added
    // go first, and the more were tried, the more at a time.
    if found.is_empty() {
        let own: Vec<usize> =
            (0..sheet.len()).rev().filter(|cell| sheet[*cell].is_code && is_students(*cell)).collect();
        let added: Vec<usize> = own.iter().copied().filter(|cell| sheet[*cell].exam.is_none()).collect();
        let (blamed, count) = if added.is_empty() { (own, 1) } else { (added, broken.len().max(1)) };
        let why = errors.first().map(|error| format!(": {}", error.message)).unwrap_or_default();
        for cell in blamed.into_iter().take(count) {
            found.insert(cell, vec![format!("error: the notebook does not compile with this cell{why}")]);
        }
    }
    found.into_iter().map(|(cell, messages)| (cell, messages.join("\n"))).collect()
}

/// The cells that the student has added, with what is said of them when there are too many mistakes.
fn all_added(sheet: &[SheetCell], broken: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    let added = sheet.iter().enumerate().filter(|(_, cell)| cell.is_code && cell.exam.is_none());
    let message = "error: so many cells do not compile that all that were added were left out";
    added.filter(|(index, _)| !broken.contains_key(index)).map(|(index, _)| (index, message.to_owned())).collect()
}

/// Cells of the sheet with the answers that a given cell rests upon.
fn answers_behind(cell: usize, exam: &Exam, sheet: &[SheetCell]) -> Vec<usize> {
    let Some(exam_cell) = sheet[cell].exam else { return Vec::new() };
    let question = exam.questions.iter().find(|question| question.cell == exam_cell);
    let answers: BTreeSet<usize> = match question {
        Some(question) if !question.answers.is_empty() => question.answers.iter().copied().collect(),
        _ => exam.reached_from(exam_cell),
    };
    (0..sheet.len()).filter(|index| sheet[*index].exam.is_some_and(|cell| answers.contains(&cell))).collect()
}

fn first_words(text: &str) -> String {
    text.chars().take(600).collect()
}
