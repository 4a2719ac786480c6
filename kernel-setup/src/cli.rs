//! The command line: what can be asked, in the words of `--help`.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Rust notebooks with nnlib preloaded: a Jupyter kernel, and the tools around it.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be asked of nnkernel.
#[derive(Subcommand)]
pub enum Command {
    /// Run a notebook from its first cell to its last, without Jupyter
    Run(Run),
    /// Make the kernel known to Jupyter, as "Rust (nnlib)"
    Install(Install),
    /// Remove the kernel from Jupyter
    Uninstall(Uninstall),
    /// Make the notebooks of an assignment from its source
    Release(Release),
    /// Say what of a student's notebook would pass the checks that students see
    Validate(Validate),
    /// Grade submissions, in a sandbox
    #[cfg(unix)]
    Grade(Grade),
    /// Grade the grader: whether an assignment's hidden tests tell right from wrong
    #[cfg(unix)]
    Selftest(Selftest),
    /// Serve a notebook (Jupyter calls this)
    Kernel(Kernel),
    /// Start a kernel before it is needed (kernels do this)
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Spare(Spare),
    /// Look at everything a notebook needs, and say what is missing and how to mend it
    Doctor(Doctor),
}

#[cfg(unix)]
impl Command {
    /// Whether cells are compiled for it by this program's own means.
    pub fn compiles_cells(&self) -> bool {
        match self {
            Command::Run(_)
            | Command::Install(_)
            | Command::Release(_)
            | Command::Validate(_)
            | Command::Grade(_)
            | Command::Selftest(_) => true,
            // evcxr's own server is there to compare with.
            Command::Kernel(options) => !options.stock,
            #[cfg(target_os = "linux")]
            Command::Spare(_) => true,
            Command::Uninstall(_) | Command::Doctor(_) => false,
        }
    }
}

/// Run a notebook from its first cell to its last, without Jupyter.
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0    every cell ran (or failed, with --allow-errors)
  1    a cell failed: compile error, panic, an error returned by `?`, or the end of its process
  2    the notebook cannot be run: not found, not a notebook, wrong options
  124  a cell ran past --timeout

Examples:
  nnkernel run softmax-regression                 an assignment of this checkout, into executed/
  nnkernel run homework.ipynb -o done --html      writes done/homework.ipynb and done/homework.html
  nnkernel run notebooks/softmax-regression       a folder with one notebook source in it
  NNLIB_DATA=~/data nnkernel run mnist.ipynb      with the real data from ~/data/mnist")]
pub struct Run {
    /// A notebook (.ipynb), a notebook source (.rs in percent format), a folder with one, or an assignment's name
    pub notebook: PathBuf,

    /// The folder for the executed notebook; created when missing
    #[arg(short, long, value_name = "FOLDER", default_value = "executed")]
    pub out: PathBuf,

    /// Also write one self-contained HTML page, pictures inline
    #[arg(long)]
    pub html: bool,

    /// Stop a cell that takes longer than this, compiling included
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,

    /// Go on after a cell that fails
    #[arg(long)]
    pub allow_errors: bool,
}

/// Make the notebooks of an assignment from its source.
///
/// An assignment is a folder NAME with NAME.rs, its text, code, solutions and hidden tests, and with assignment.toml.
/// Students get NAME.ipynb: a `todo!` in the place of each solution, no hidden tests, no outputs, given cells locked.
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  the notebooks were written; with --check: they are current
  1  with --check: a notebook is not what its source makes; with --run: a cell failed
  2  the source or the manifest has a fault, which is named with its line

Examples:
  nnkernel release                            every assignment of this checkout, for students
  nnkernel release mlp-cifar10 --run          also runs the source: mlp-cifar10-solution.ipynb, with outputs
  nnkernel release --check                    for continuous integration
  nnkernel release course/week3 -o handout    an assignment elsewhere; writes handout/week3.ipynb
  nnkernel release mlp-cifar10 --nbgrader course
                                              course/source/mlp-cifar10, course/nbgrader_config.py; then, in course:
                                              nbgrader generate_assignment mlp-cifar10")]
pub struct Release {
    /// Assignments: folders with an assignment.toml, or names of this checkout; without any, all of this checkout
    pub assignments: Vec<PathBuf>,

    /// The folder for the notebooks; without it, the folder of each assignment
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "check")]
    pub out: Option<PathBuf>,

    /// Write nothing; tell whether the notebooks beside the source are what it makes
    #[arg(long)]
    pub check: bool,

    /// Also run the source, and write the solution with its outputs
    #[arg(long, conflicts_with = "check")]
    pub run: bool,

    /// Also run the source, and write it into an nbgrader course: its hidden tests hold the values of this run, and assert them in
    /// the student's process. That is as much trust as nbgrader needs, and more than grading by nnkernel does
    #[arg(long, value_name = "COURSE", conflicts_with = "check")]
    pub nbgrader: Option<PathBuf>,

    /// With --run and --nbgrader: stop a cell that takes longer than this, compiling included
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,
}

/// Say what of a student's notebook would pass the checks that students see.
///
/// Runs the notebook in a fresh session, from its first cell to its last, and says for each question whether its check passes; which cells
/// differ from those that were handed out; and what is not allowed. The notebook stays as it is. Graders run hidden tests as well, which
/// look at more.
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  every check passes, and nothing is forbidden
  1  a check fails, a question is not answered, or something is not allowed
  2  the notebook cannot be validated: not found, not a notebook, of no assignment that is known

Examples:
  nnkernel validate softmax-regression.ipynb
  nnkernel validate week3.ipynb --release original/week3.ipynb    an assignment of your teacher's own
  NNLIB_DATA=~/data nnkernel validate mlp-cifar10.ipynb           with the real data
  nnkernel validate mlp-cifar10.ipynb --budget short              trainings as long as in Jupyter")]
pub struct Validate {
    /// The notebook that is to be handed in
    pub notebook: PathBuf,

    /// The notebook as it was handed out, or its folder; needed for assignments that nnkernel does not come with
    #[arg(long, value_name = "FILE_OR_FOLDER")]
    pub release: Option<PathBuf>,

    /// How long trainings are: seconds, as in a grading; minutes, as in Jupyter; or all samples and epochs of the course
    #[arg(long, value_enum, default_value_t = Budget::Grade)]
    pub budget: Budget,

    /// Stop a cell that runs longer than this; without it, 60 seconds, 10 minutes or a day, by budget
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub timeout: Option<u64>,
}

/// How long trainings are.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Budget {
    /// As in a grading.
    Grade,
    /// As in a notebook, without further settings.
    Short,
    /// As the course has it.
    Full,
}

/// Grade submissions, in a sandbox.
///
/// Submissions are notebooks (the file's name is the student's), folders `STUDENT/NAME.ipynb`, nbgrader's `submitted/`, or archives
/// (.zip) with any of these. Marks, a page for each student and a summary are written into the folder that -o names. A grading that
/// was interrupted goes on when it is started again, and what has not changed is not graded again.
#[cfg(unix)]
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  all submissions were graded
  1  some could not be: the summary says which, and why
  2  nothing could be: no such assignment or submissions, no sandbox, wrong options

Examples:
  nnkernel grade softmax-regression handed-in/ -o marks       every notebook in a folder
  nnkernel grade mlp-cifar10 export.zip -o marks --jobs 8     an archive from a learning platform
  nnkernel grade softmax-regression -o marks --manual hand.csv
                                                              adds marks for written answers: columns student_id, question, points
  nnkernel grade course/week3 submitted/ -o part2 --seed 99 --shard 2/4
                                                              a part of a class, on one of four machines
  nnkernel grade merge part1 part2 part3 part4 -o marks       all parts together")]
pub struct Grade {
    /// The assignment: its folder, or its name in this checkout; or `merge`
    pub assignment: PathBuf,

    /// Notebooks, folders or archives; with `merge`, the folders of parts
    pub submissions: Vec<PathBuf>,

    /// The folder for marks; created when missing
    #[arg(short, long, value_name = "FOLDER")]
    pub out: PathBuf,

    /// How many notebooks are graded at a time; without it, one for each core
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    pub jobs: Option<usize>,

    /// What the inputs of hidden tests are drawn from; without it, drawn at random and kept in the folder
    #[arg(long)]
    pub seed: Option<u32>,

    /// Stop a cell that takes longer than this; a whole notebook may take six times as long
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// How much memory a notebook may use
    #[arg(long, value_name = "MB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(64..))]
    pub memory: u64,

    /// Marks given by hand, a table with the columns student_id, question, points; comment and override if wanted
    #[arg(long, value_name = "FILE")]
    pub manual: Option<PathBuf>,

    /// Grade one of N parts of the class; give all parts the same --seed
    #[arg(long, value_name = "I/N")]
    pub shard: Option<crate::grade::Shard>,

    /// Go on where this machine cannot keep students' code apart in every way (see `nnkernel doctor --sandbox`)
    #[arg(long)]
    pub allow_weak_sandbox: bool,
}

/// A number from 1.
#[cfg(unix)]
fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("expected 1 or more, found `{text}`"))
}

/// Grade the grader: whether an assignment's hidden tests tell right from wrong, and whether hostile submissions gain anything.
///
/// The reference must be given all points that need no person, and the notebook that students get none; of small mistakes made in the
/// reference on purpose, 95 % must be found in each answer. Those that are not are listed. Changes that are no mistakes, since an answer
/// stays the same by them, stand in assignment.toml under [selftest.equivalent]: they are not made, and listed as well.
///
/// With --attacks, hostile submissions of a small assignment are graded, each with a control: how questions end must be as expected, no
/// secret may be told, nothing left behind, and honest work among them must be given all points.
#[cfg(unix)]
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  all was marked as it should be
  1  something was not: it is named
  2  the assignment cannot be graded

Examples:
  nnkernel selftest softmax-regression                 minutes: some seconds for each mistake
  nnkernel selftest softmax-regression --question softmax,cost
                                                       mistakes in the answers to these questions only
  nnkernel selftest course/week3 --no-mutants          the reference and the blank notebook only
  nnkernel selftest softmax-regression --answers dir   also right and wrong answers of your own, dir/alternatives.rs and
                                                       dir/mistakes.rs, as kernel-setup/tests/fixtures/grading has them
  nnkernel selftest --attacks                          hostile submissions of all families: some minutes
  nnkernel selftest --attacks --only files,pages       of these families")]
pub struct Selftest {
    /// The assignment: its folder, or its name in this checkout
    #[arg(required_unless_present = "attacks", conflicts_with = "attacks")]
    pub assignment: Option<PathBuf>,

    /// Grade hostile submissions of a small assignment that is built in
    #[arg(long)]
    pub attacks: bool,

    /// Only these families of attacks
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', requires = "attacks")]
    pub only: Vec<String>,

    /// The seed that inputs of hidden tests are drawn from
    #[arg(long, default_value_t = 4_294_967)]
    pub seed: u32,

    /// A folder with right answers that must be given all points, and wrong ones that must lose them
    #[arg(long, value_name = "FOLDER")]
    pub answers: Option<PathBuf>,

    /// Only the answers
    #[arg(long, requires = "answers")]
    pub only_answers: bool,

    /// Make mistakes in the answers to these questions only, as their cells are called
    #[arg(
        long,
        value_name = "GRADE_ID",
        value_delimiter = ',',
        conflicts_with_all = ["attacks", "no_mutants", "only_answers"]
    )]
    pub question: Vec<String>,

    /// Make no mistakes in the reference
    #[arg(long)]
    pub no_mutants: bool,

    /// Stop a cell that takes longer than this
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// Go on where this machine cannot keep students' code apart in every way
    #[arg(long)]
    pub allow_weak_sandbox: bool,
}

/// Make the kernel known to Jupyter, as "Rust (nnlib)".
#[derive(Args)]
#[command(after_help = "\
Registers one kernel for everything, and one for each assignment, without what its students write.

Examples:
  nnkernel install                     for this user
  nnkernel install --sys-prefix        for the Python environment that is active
  nnkernel install --prefix /usr/local for everybody on this machine
  nnkernel install course/week3        also for an assignment of one's own")]
pub struct Install {
    /// Folders of assignments that this program does not come with
    pub assignments: Vec<PathBuf>,

    /// Where the kernel is registered.
    #[command(flatten)]
    pub place: Place,

    /// Do not build nnlib for notebooks now; the first notebook will
    #[arg(long)]
    pub no_build: bool,

    /// Let no kernel be started before it is needed: opening a notebook takes longer, and memory stays free
    #[arg(long)]
    pub no_spare: bool,

    /// Register evcxr's own server, with nnlib preloaded, to compare with
    #[arg(long)]
    pub stock: bool,
}

/// Remove the kernel from Jupyter.
#[derive(Args)]
pub struct Uninstall {
    /// Folders of assignments that this program does not come with
    pub assignments: Vec<PathBuf>,

    /// Where the kernel is registered.
    #[command(flatten)]
    pub place: Place,
}

/// Where a kernel is registered.
#[derive(Args)]
pub struct Place {
    /// For this user (the default)
    #[arg(long, conflicts_with_all = ["prefix", "sys_prefix"])]
    pub user: bool,

    /// Below this folder, in share/jupyter/kernels
    #[arg(long, value_name = "FOLDER")]
    pub prefix: Option<PathBuf>,

    /// For the Python environment whose `python3` or `python` comes first on the PATH
    #[arg(long, conflicts_with = "prefix")]
    pub sys_prefix: bool,

    /// The kernel's name
    #[arg(long, default_value = "nnkernel", value_parser = kernel_name)]
    pub name: String,
}

/// Serve a notebook (Jupyter calls this).
#[derive(Args)]
pub struct Kernel {
    /// The connection file that Jupyter wrote
    #[arg(long, value_name = "FILE")]
    pub connection_file: PathBuf,

    /// Let evcxr's own server do the talking, to compare with
    #[arg(long)]
    pub stock: bool,

    /// Modules of nnlib to leave out, as an assignment withholds them
    #[arg(long, value_name = "MODULES", value_delimiter = ',')]
    pub withhold: Vec<String>,

    /// Neither use nor start a spare kernel (also with NNKERNEL_SPARE=off in the environment)
    #[arg(long)]
    pub no_spare: bool,
}

/// Start a kernel before it is needed.
#[cfg(target_os = "linux")]
#[derive(Args)]
pub struct Spare {
    /// Whom it could serve
    #[arg(long)]
    pub kind: String,

    /// Modules of nnlib to leave out
    #[arg(long, value_delimiter = ',')]
    pub withhold: Vec<String>,

    /// It is on its own already
    #[arg(long)]
    pub detached: bool,
}

/// Look at everything a notebook needs, and say what is missing and how to mend it.
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  nothing is missing
  1  something is: notebooks cannot run, or with --sandbox: submissions would be graded with less protection

Examples:
  nnkernel doctor             what running notebooks takes
  nnkernel doctor --sandbox   what grading takes: attacks a sandbox in every way that it must withstand
  sudo nnkernel doctor --sandbox
                              whether root would get more of them")]
pub struct Doctor {
    /// Try what keeps submissions from this machine, and from each other, while they are graded
    #[arg(long)]
    pub sandbox: bool,
}

/// Jupyter's rule for kernel names; it also keeps the name from leading out of the kernels' folder.
fn kernel_name(name: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(legal) && !name.starts_with('.') {
        Ok(name.to_owned())
    } else {
        Err("a kernel's name is made of letters, digits, `-`, `_` and `.`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn kernel_names_stay_in_their_folder() {
        assert!(kernel_name("nnkernel-2.0").is_ok());
        for name in ["", "..", ".hidden", "a/b", "a b", "ä"] {
            assert!(kernel_name(name).is_err(), "{name:?}");
        }
    }
}
