//! One run of a notebook: compiled as one program, as often as it takes to tell whose cells do not compile, and run once.

use super::blame::{all_added, blame};
use super::builder::{Builder, Built};
use super::exam::Exam;
use super::isolation::Isolation;
use super::program::diagnostics::{self, Diagnostic};
use super::program::{Moved, Place, Program};
use super::sheet::{Layout, Part, Parts, SheetCell};
use super::transcript::{self, UnitRun};
use crate::sandbox::{Limits, Outcome, Plan, WORK};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files of a running notebook, in [`WORK`].
const RECORDS: &str = "records";
const STDOUT: &str = "stdout";
const STDERR: &str = "stderr";
/// Where a compiled notebook is, inside.
const PROGRAM: &str = "/program/notebook";

/// Where a program looks for shared libraries.
const LIBRARY_PATH: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// So often a notebook is compiled at most: each time, one cell more is found not to compile.
const MOST_BUILDS: usize = 100;
/// After so many times, all cells that were added are left out: there may be thousands, each with a mistake that another one hides.
const PATIENCE: usize = 20;

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
                    let (units, outcome) = self.run(binary, &layout, &program)?;
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

    fn run(&self, binary: Vec<u8>, layout: &Layout, program: &Program) -> Result<(Units, Outcome)> {
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
        binary: Vec<u8>,
        inputs: Vec<(PathBuf, Vec<u8>)>,
        outputs: Vec<PathBuf>,
        mut environment: Vec<(OsString, OsString)>,
    ) -> Result<Outcome> {
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
        self.isolation.run(&Plan {
            program: PROGRAM.into(),
            // Nothing that can be written to inside can be executed there.
            content: Some(binary),
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

fn first_words(text: &str) -> String {
    text.chars().take(600).collect()
}
