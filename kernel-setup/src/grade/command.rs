//! `nnkernel grade`: the command.

use super::attempt::{KnownMoved, Workshop};
use super::builder::Builder;
use super::exam::Exam;
use super::grader::{self, Paper};
use super::isolation::Isolation;
use super::marking::Marker;
use super::marks::{Marked, Status};
use super::merge;
use super::report::{self, Summary};
use super::run::{Run, hexadecimal};
use super::store::Store;
use super::submission::intake::{self, Intake};
use crate::assignment::Assignment;
use crate::sandbox::{self, Limits, Policy};
use crate::session::{self, toolchain};
use crate::{cli, paths};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// Somebody has to look at the result: the grader has failed at something, or something could not be graded.
const NOT_ALL: u8 = 1;

/// How many times as long as a cell a whole notebook may take.
const CELLS_OF_A_NOTEBOOK: u32 = 6;

/// What names the folder of data sets.
const DATA_VARIABLE: &str = "NNLIB_DATA";

/// Where data sets lie, inside.
const DATA: &str = "/data";

/// How notebooks are graded.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The seed of hidden tests.
    pub seed: u32,
    /// How long a cell may take.
    pub cell: Duration,
    /// How much memory a notebook may use, in bytes.
    pub memory: u64,
    /// How it is kept apart.
    pub isolation: Isolation,
    /// The settings of trainings, as `NNLIB_BUDGET` has it.
    pub budget: &'static str,
}

/// What a program of the user's own is told of its environment: where data sets are, and what it may use.
const OWN_ENVIRONMENT: [&str; 4] = ["HOME", "XDG_CACHE_HOME", "TMPDIR", "RAYON_NUM_THREADS"];

impl Setting {
    /// In a sandbox, which must be whole unless `allow_weak`.
    pub fn sandboxed(seed: u32, cell: Duration, memory: u64, allow_weak: bool) -> Result<Self> {
        let missing = sandbox::missing();
        if !missing.is_empty() && !allow_weak {
            bail!(
                "this machine does not have all that keeps students' code from it: {}; `nnkernel doctor --sandbox` says what mends that, \
                 --allow-weak-sandbox goes on without",
                missing.join(", ")
            );
        }
        let policy = if allow_weak { Policy::weak() } else { Policy::strict() };
        Ok(Setting { seed, cell, memory, isolation: Isolation::Sandbox(policy), budget: "grade" })
    }

    /// For a notebook of the user's own, with their data.
    pub fn own(cell: Duration, budget: &'static str) -> Self {
        Setting { seed: 0, cell, memory: u64::MAX, isolation: Isolation::None, budget }
    }

    /// What is needed to compile and run notebooks of an assignment so.
    pub fn workshop(&self, exam: &Exam) -> Result<Workshop> {
        let announce = || eprintln!("Compiling nnlib for this assignment, once: a minute or two.");
        let builder = Builder::prepare(&exam.assignment.manifest.withheld, &announce)?;
        let mut environment: Vec<(OsString, OsString)> = vec![("NNLIB_BUDGET".into(), self.budget.into())];
        let mut folders = Vec::new();
        match self.isolation {
            Isolation::Sandbox(_) => {
                environment.push((DATA_VARIABLE.into(), DATA.into()));
                folders.push((data_folder()?, PathBuf::from(DATA)));
            }
            Isolation::None => {
                let kept = OWN_ENVIRONMENT.iter().filter_map(|name| Some(((*name).into(), env::var_os(name)?)));
                environment.extend(kept);
                // The program runs in another folder than this one.
                if let Some(data) = env::var_os(DATA_VARIABLE).filter(|data| !data.is_empty()) {
                    environment.push((DATA_VARIABLE.into(), std::path::absolute(data)?.into_os_string()));
                }
            }
        }
        Ok(Workshop {
            builder,
            isolation: self.isolation.clone(),
            limits: Limits {
                wall: self.cell * CELLS_OF_A_NOTEBOOK,
                cpu: self.cell * CELLS_OF_A_NOTEBOOK,
                memory: self.memory,
                processes: 64,
                work_bytes: 64 << 20,
                output_bytes: 64 << 20,
                open_files: 256,
            },
            cell_seconds: self.cell.as_secs(),
            seed: self.seed,
            environment,
            folders,
            moved: KnownMoved::new(),
        })
    }
}

/// The embedded data sets as files, which are read sooner than they are drawn; made when they are missing.
fn data_folder() -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let folder = paths::cache_root()?.join("data").join(version);
    if folder.is_dir() {
        return Ok(folder);
    }
    let parent = folder.parent().context("the folder has a parent")?;
    paths::create_dir(parent)?;
    let new = tempfile::Builder::new()
        .prefix(paths::TEMPORARY)
        .tempdir_in(parent)
        .context("cannot make a folder in the cache")?;
    nnlib::data::prepared::write(new.path())?;
    // Whoever runs in a sandbox is another user.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755))?;
    }
    let new = new.keep();
    match fs::rename(&new, &folder) {
        Ok(()) => {}
        // Somebody else was faster.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&new)?,
        Err(error) => return Err(error).with_context(|| format!("cannot make {}", folder.display())),
    }
    Ok(folder)
}

/// Grades, or merges gradings, as `options` say.
pub fn run(options: &cli::Grade) -> Result<ExitCode> {
    let out = std::path::absolute(&options.out)?;
    if options.assignment.as_os_str() == "merge" {
        let summary = merge::merge(&options.submissions, &out)?;
        return Ok(tell(&out, &summary, 0));
    }
    if options.submissions.is_empty() && options.manual.is_none() {
        bail!("name submissions: notebooks, folders or archives");
    }
    let assignment = Assignment::find(&options.assignment, session::checkout().as_deref())?;
    let exam = Exam::open(assignment)?;
    let name = exam.assignment.name.clone();
    let mut intake = match options.submissions.as_slice() {
        [] => Intake::default(),
        submissions => intake::find(submissions, &name)?,
    };
    intake.notes.iter().for_each(|note| eprintln!("{note}"));
    if let Some(shard) = options.shard {
        intake.submissions.retain(|submission| shard.holds(&submission.student));
        intake.refused.retain(|refused| shard.holds(refused.student.as_deref().unwrap_or_default()));
    }
    let (cell, memory) = (Duration::from_secs(options.timeout), options.memory << 20);
    let limits = serde_json::json!({
        "cell_seconds": options.timeout,
        "memory_megabytes": options.memory,
        "weak_sandbox": options.allow_weak_sandbox,
    });
    let (assignment_hash, toolchain) = (assignment_hash(&exam)?, toolchain()?);
    let store = Store::open(&out, options.seed.map(u64::from), |seed| Run {
        assignment: name,
        assignment_hash,
        toolchain,
        nnkernel_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        limits,
        shard: options.shard,
    })?;
    // A seed of hidden tests has 32 bits.
    let setting = Setting::sandboxed(store.run().seed as u32, cell, memory, options.allow_weak_sandbox)?;
    let jobs = options.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let started = Instant::now();
    let class = Class { store: &store, intake: &intake, jobs };
    let graded = class.grade(exam, &setting)?;
    if let Some(path) = &options.manual {
        let mut manual = store.manual()?;
        manual.take(path, &store.all()?)?;
        store.put_manual(&manual)?;
    }
    let all = match options.submissions.as_slice() {
        [] => store.all()?,
        _ => graded.marked,
    };
    let summary = report::finish(&store, &all)?;
    if graded.anew > 0 {
        let minutes = started.elapsed().as_secs_f64() / 60.0;
        eprintln!(
            "{} graded in {:.1} minutes: {:.1} a minute; {} were graded before",
            graded.anew,
            minutes,
            graded.anew as f64 / minutes,
            all.len() - graded.anew
        );
    }
    let faults = all.iter().filter(|marked| needs_a_look(marked)).count();
    Ok(tell(&out, &summary, faults))
}

fn needs_a_look(marked: &Marked) -> bool {
    marked.refusal.is_some() || marked.questions.iter().any(|question| question.status == Status::GraderFault)
}

fn tell(out: &Path, summary: &Summary, faults: usize) -> ExitCode {
    let mean = summary
        .mean
        .map(|mean| format!(", {mean:.2} of {} points in the mean", summary.max_points))
        .unwrap_or_default();
    println!(
        "{} submissions{mean}: {}",
        summary.submissions,
        crate::run::relative(&out.join("summary.html")).display()
    );
    if !summary.to_mark.is_empty() {
        println!("{} answers are to be marked by a person: --manual", summary.to_mark.len());
    }
    match faults {
        0 => ExitCode::SUCCESS,
        faults => {
            println!("{faults} could not be graded: see the summary");
            ExitCode::from(NOT_ALL)
        }
    }
}

/// The compiler and the machine that it compiles for, in a line.
fn toolchain() -> Result<String> {
    let version = toolchain::rustc_version()?;
    let line = |start: &str| version.lines().find(|line| line.starts_with(start)).map(str::to_owned);
    Ok([line("rustc "), line("host: ")].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Of the source and the manifest: what decides what is asked, and what is right.
fn assignment_hash(exam: &Exam) -> Result<String> {
    let mut hasher = Sha256::new();
    for path in [exam.assignment.source(), exam.assignment.manifest_path()] {
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// What was handed in, and where marks go.
struct Class<'a> {
    store: &'a Store,
    intake: &'a Intake,
    jobs: usize,
}

struct ClassMarks {
    marked: Vec<Marked>,
    /// How many were not graded before.
    anew: usize,
}

/// A submission that has been read.
enum Read {
    Known(Box<Marked>),
    Unreadable(String),
    New,
}

impl Class<'_> {
    fn grade(&self, exam: Exam, setting: &Setting) -> Result<ClassMarks> {
        let mut marked = Vec::new();
        for refused in &self.intake.refused {
            // Where it is not known whose it is, there is nobody to give marks to.
            let Some(student) = refused.student.clone() else {
                eprintln!("{}: {}", refused.origin, refused.reason);
                continue;
            };
            let paper = Paper { student, origin: refused.origin.to_string() };
            marked.push(grader::refused(&exam, &paper, &grader::hash(b""), &refused.reason));
        }
        let mut waiting = VecDeque::new();
        for submission in &self.intake.submissions {
            let paper = Paper { student: submission.student.clone(), origin: submission.origin.to_string() };
            match self.look(submission) {
                Read::Known(known) => marked.push(*known),
                Read::Unreadable(reason) => marked.push(grader::refused(&exam, &paper, &grader::hash(b""), &reason)),
                Read::New => waiting.push_back((submission, paper)),
            }
        }
        for refused in marked.iter().filter(|marked| marked.refusal.is_some()) {
            self.store.put(refused)?;
        }
        let anew = waiting.len();
        if anew == 0 {
            return Ok(ClassMarks { marked, anew });
        }
        let workshop = setting.workshop(&exam)?;
        let spinner = ProgressBar::new_spinner().with_message("running the reference");
        spinner.enable_steady_tick(Duration::from_millis(100));
        let marker = Marker::prepare(exam, workshop)?;
        spinner.finish_and_clear();
        let bar = ProgressBar::new(anew as u64).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left  {msg}").context("the bar's template")?,
        );
        let waiting = Mutex::new(waiting);
        let work = || -> Result<Vec<Marked>> {
            let mut marked = Vec::new();
            loop {
                let next = waiting.lock().expect("nobody panics while holding it").pop_front();
                let Some((submission, paper)) = next else { return Ok(marked) };
                bar.set_message(paper.student.clone());
                let result = match submission.read() {
                    Ok(bytes) => grader::grade(&marker, &paper, &bytes),
                    Err(reason) => grader::refused(&marker.exam, &paper, &grader::hash(b""), &reason),
                };
                self.store.put(&result)?;
                marked.push(result);
                bar.inc(1);
            }
        };
        let results: Vec<Result<Vec<Marked>>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs.min(anew)).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().expect("panics are caught where they happen")).collect()
        });
        bar.finish_and_clear();
        for result in results {
            marked.extend(result?);
        }
        marked.sort_by(|a, b| a.student.cmp(&b.student));
        Ok(ClassMarks { marked, anew })
    }

    fn look(&self, submission: &intake::Submission) -> Read {
        match submission.read() {
            Err(reason) => Read::Unreadable(reason),
            Ok(bytes) => match self.store.get(&submission.student, &grader::hash(&bytes)) {
                Some(known) => Read::Known(Box::new(known)),
                None => Read::New,
            },
        }
    }
}
