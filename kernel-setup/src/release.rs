//! `nnkernel release`: an assignment's notebooks from its source.

use crate::assignment::{self, Assignment};
use crate::cli;
use crate::course;
use crate::notebook::{self, percent};
use crate::passes::check_metadata::total_points;
use crate::passes::{self, Fault};
use crate::paths;
use crate::run::{self, Target, relative};
use crate::session;
use anyhow::{Context, Result, anyhow, bail};
use nbformat::v4;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// With `--check`: something is not current.
const NOT_CURRENT: u8 = 1;

/// Releases the assignments that `options` name.
pub fn run(options: &cli::Release) -> Result<ExitCode> {
    let assignments = find(&options.assignments)?;
    // A run changes this process's folder, so paths are made absolute first.
    let out = options.out.as_deref().map(std::path::absolute).transpose()?;
    let course = options.nbgrader.as_deref().map(std::path::absolute).transpose()?;
    let mut status = ExitCode::SUCCESS;
    // All sources are read before anything is written.
    let releases: Vec<Release> = assignments.into_iter().map(Release::prepare).collect::<Result<_>>()?;
    for release in &releases {
        if options.check {
            let faults = release.check();
            match faults.as_slice() {
                [] => println!("{}: current", release.assignment.name),
                faults => {
                    faults.iter().for_each(|fault| println!("{}: {fault}", release.assignment.name));
                    status = ExitCode::from(NOT_CURRENT);
                }
            }
            continue;
        }
        let ended = release.write(options, out.as_deref())?;
        if ended != ExitCode::SUCCESS {
            status = ended;
        }
        if let Some(course) = &course {
            let located = |fault| located(&release.assignment, &release.first_lines, fault);
            course::write(&release.assignment, &release.source, course, options.timeout, located)?;
        }
    }
    Ok(status)
}

fn find(asked: &[PathBuf]) -> Result<Vec<Assignment>> {
    let checkout = session::checkout();
    if !asked.is_empty() {
        return asked.iter().map(|asked| Assignment::find(asked, checkout.as_deref())).collect();
    }
    let Some(checkout) = checkout else {
        bail!("name an assignment: outside a checkout of this project, there is no folder to look in");
    };
    Assignment::all(&checkout.join("notebooks"))
}

/// An assignment with its notebooks, made and not yet written.
struct Release {
    assignment: Assignment,
    /// The source as a notebook, as far as it is run.
    source: v4::Notebook,
    /// In which line of the source the text of each cell begins.
    first_lines: Vec<usize>,
    student: v4::Notebook,
}

impl Release {
    fn prepare(assignment: Assignment) -> Result<Self> {
        let path = assignment.source();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let shown = relative(&path);
        let shown = shown.display();
        let (mut source, first_lines) = percent::parse_numbered(&text).map_err(|error| anyhow!("{shown}: {error}"))?;
        assignment::mark(&mut source, &assignment);
        let student = passes::student_version(&source, &assignment.manifest.rules.forbidden_loops_outside)
            .map_err(|fault| located(&assignment, &first_lines, fault))?;
        if !assignment.manifest.rules.may_add_cells
            && let Some((cell, task)) = source.cells.iter().enumerate().find_map(|(cell, v4_cell)| {
                let (nbgrader, kind) = passes::nbgrader::checked(v4_cell)?;
                (kind == passes::nbgrader::Kind::Task).then_some((cell, nbgrader.grade_id))
            })
        {
            bail!(
                "{shown}, line {}: the task `{task}` is answered in cells of the student's own, and assignment.toml allows none: ask for \
                 a written answer (grade, solution)",
                first_lines[cell]
            );
        }
        let (found, expected) = (total_points(&source), assignment.manifest.points);
        // Points come in halves and thirds; sums of them are not exact.
        if (found - expected).abs() > 1e-9 {
            bail!("{shown}: its questions have {found} points together, and assignment.toml says {expected}");
        }
        // They are run by nobody but the grader, who reads them in the source.
        passes::strip_hidden_tests::strip_verdicts(&mut source).map_err(|fault| anyhow!("{shown}: {fault}"))?;
        Ok(Release { assignment, source, first_lines, student })
    }

    /// What is not current, and how to mend it.
    fn check(&self) -> Vec<String> {
        let name = &self.assignment.name;
        let mut faults = Vec::new();
        match (notebook::to_text(&self.student), fs::read_to_string(self.assignment.student())) {
            (Ok(made), Ok(found)) if made == found => {}
            _ => faults.push(format!("{name}.ipynb is not what {name}.rs makes: nnkernel release {name}")),
        }
        let again = format!("nnkernel release {name} --run");
        match notebook::read(&self.assignment.solution()) {
            Err(error) => faults.push(format!("{error:#}: {again}")),
            Ok(solution) => {
                let mut bare = solution.clone();
                passes::clear_outputs::clear(&mut bare);
                if notebook::to_text(&bare).ok() != notebook::to_text(&self.source).ok() {
                    faults.push(format!("{name}-solution.ipynb is a run of another {name}.rs: {again}"));
                } else if !solution.cells.iter().all(has_run) {
                    faults.push(format!("{name}-solution.ipynb has cells that failed or did not run: {again}"));
                }
            }
        }
        faults
    }

    fn write(&self, options: &cli::Release, out: Option<&Path>) -> Result<ExitCode> {
        let name = &self.assignment.name;
        let place = |beside: PathBuf| match (out, beside.file_name()) {
            (Some(out), Some(name)) => out.join(name),
            _ => beside,
        };
        let student = place(self.assignment.student());
        paths::create_dir(student.parent().unwrap_or(Path::new(".")))?;
        notebook::write(&self.student, &student)?;
        let questions = self.source.cells.iter().filter(|cell| is_question(cell)).count();
        println!(
            "{name}: {questions} questions, {} points; students get {}",
            self.assignment.manifest.points,
            relative(&student).display()
        );
        if !options.run {
            return Ok(ExitCode::SUCCESS);
        }
        let solution = place(self.assignment.solution());
        // A run writes after every cell; what is beside the source stays until the run has ended well.
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let target = Target {
            name: format!("{name}-solution"),
            notebook: folder.path().join("solution.ipynb"),
            html: folder.path().join("solution.html"),
        };
        let run_options = cli::Run {
            notebook: self.assignment.source(),
            out: folder.path().to_owned(),
            html: false,
            timeout: options.timeout,
            allow_errors: false,
        };
        // An earlier assignment's run has left this process in a folder that is gone.
        std::env::set_current_dir(&self.assignment.folder)?;
        let status = run::run_to(&self.assignment.source(), &target, &run_options)?;
        if status == ExitCode::SUCCESS {
            notebook::write(&notebook::read(&target.notebook)?, &solution)?;
            println!("{name}: the solution with its outputs is {}", relative(&solution).display());
        }
        Ok(status)
    }
}

/// A fault of an assignment's source, where the text of each cell begins in these lines.
fn located(assignment: &Assignment, first_lines: &[usize], Fault { cell, line, message }: Fault) -> anyhow::Error {
    anyhow!("{}, line {}: {message}", relative(&assignment.source()).display(), first_lines[cell] + line)
}

/// Whether a cell was run to its end, or is none that can be.
fn has_run(cell: &v4::Cell) -> bool {
    match cell {
        v4::Cell::Code { execution_count, outputs, .. } => {
            execution_count.is_some() && !outputs.iter().any(|output| matches!(output, v4::Output::Error(_)))
        }
        v4::Cell::Markdown { .. } | v4::Cell::Raw { .. } => true,
    }
}

fn is_question(cell: &v4::Cell) -> bool {
    passes::nbgrader::checked(cell).is_some_and(|(nbgrader, _)| nbgrader.points.is_some())
}
