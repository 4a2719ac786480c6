//! `nnkernel selftest --attacks`: hostile submissions, in the grader and the sandbox that all others are graded in.
//!
//! Each attack is graded as it is handed in, or without looking at rules, so that the sandbox alone is in its way, or both; and so is a
//! *control*: the same without what is hostile, which must be given all points. Or else an attack would be refused for a wrong reason.
//! All is one grading: what follows an attack must be given the points that it deserves.
//!
//! | module | what it holds |
//! |---|---|
//! | [`corpus`] | the attacks, as texts |
//! | [`notebooks`] | what is handed in |
//! | [`handed_in`] | files that are no notebooks, archives that are traps |
//! | [`traces`] | what must not be left behind, nor told |

mod corpus;
mod handed_in;
mod notebooks;
mod traces;

use crate::assignment::Assignment;
use crate::cli;
use crate::grade::exam::Exam;
use crate::grade::grader::{self, Paper};
use crate::grade::marking::Marker;
use crate::grade::marks::{Marked, Status};
use crate::grade::run::Run;
use crate::grade::store::Store;
use crate::grade::{Setting, report};
use anyhow::{Context, Result, ensure};
use corpus::{Attack, Expected};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};
use traces::{SECRET_VARIABLE, Traces, contains};

/// The assignment that is attacked.
const NAME: &str = "arithmetic";
const SOURCE: &str = include_str!("assignment/arithmetic.rs");
const MANIFEST: &str = include_str!("assignment/assignment.toml");

/// Hidden tests draw from this; a number that no other grading has, so that its processes are known by it.
const SEED: u32 = 2_718_281_829;
const CELL: Duration = Duration::from_secs(2);
const NOTEBOOK: Duration = Duration::from_secs(8);
const COMPILER: Duration = Duration::from_secs(6);
const MEMORY: u64 = 512 << 20;

/// The environment variable that names the folder that an attacked grader works in.
const FOLDER_VARIABLE: &str = "NNKERNEL_SELFTEST";

/// Not everything was as it should be.
const NOT_ALL: u8 = 1;

/// Grades the corpus.
pub fn run(options: &cli::Selftest) -> Result<ExitCode> {
    for name in &options.only {
        let known: Vec<&str> = corpus::families().chain(["handed-in"]).collect();
        ensure!(known.contains(&name.as_str()), "there is no family `{name}`; there are {}", known.join(", "));
    }
    match env::var_os(FOLDER_VARIABLE) {
        Some(folder) => attacked(options, Path::new(&folder)),
        None => apart(),
    }
}

/// Runs this program again, with a secret in its environment and a folder for temporary files that is empty.
fn apart() -> Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("nnkernel-selftest-").tempdir().context("cannot make a folder")?;
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).context("cannot make a folder")?;
    let own = env::current_exe().context("where this program lies is not known")?;
    let status = Command::new(own)
        .args(env::args_os().skip(1))
        .env(FOLDER_VARIABLE, folder.path())
        .env("TMPDIR", &temporary)
        .env(SECRET_VARIABLE, secret("environment"))
        .status()
        .context("cannot start this program again")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// A text that occurs nowhere else; put together here, so that it does not stand in this program.
fn secret(of: &str) -> String {
    format!("secret-{}-of-the-{of}", 7 * 11 * 13 * 17 * 19)
}

/// A submission, and what is to come of it.
struct Submission {
    student: String,
    bytes: Vec<u8>,
    has_rules: bool,
    expected: Expected,
    never: Vec<String>,
}

/// A line of the table.
struct Row {
    name: String,
    expected: String,
    found: String,
    is_ok: bool,
}

fn attacked(options: &cli::Selftest, folder: &Path) -> Result<ExitCode> {
    let started = Instant::now();
    let attacks = corpus::all(&options.only)?;
    let exam = open(folder)?;
    let setting = Setting::sandboxed(SEED, CELL, MEMORY, options.allow_weak_sandbox)?;
    let mut workshop = setting.workshop(&exam)?;
    workshop.limits.wall = NOTEBOOK;
    workshop.limits.cpu = NOTEBOOK;
    workshop.builder.limits.wall = 4 * COMPILER;
    workshop.builder.limits.cpu = COMPILER;
    let out = folder.join("out");
    let canary = folder.join("canary");
    fs::write(&canary, secret("teacher"))?;
    let trace = format!("nnkernel-selftest-{}", process::id());
    let secrets = vec![secret("teacher"), secret("environment"), secret("reference")];
    let traces = Traces::new(folder, secrets, trace.clone(), workshop.builder.libraries())?;
    // Somebody to connect to.
    let (port, socket) = (TcpListener::bind("127.0.0.1:0")?, folder.join("socket"));
    let _socket = UnixListener::bind(&socket)?;
    let words: BTreeMap<&str, String> = BTreeMap::from([
        ("@CANARY@", canary.display().to_string()),
        ("@ASSIGNMENT@", folder.join(NAME).display().to_string()),
        ("@OUT@", out.display().to_string()),
        ("@HOME@", dirs::home_dir().unwrap_or_default().display().to_string()),
        ("@TRACE@", trace),
        ("@PID@", process::id().to_string()),
        ("@PORT@", port.local_addr()?.port().to_string()),
        ("@SOCKET@", socket.display().to_string()),
    ]);
    let fill_in = |text: &str| words.iter().fold(special(text), |text, (word, value)| text.replace(word, value));
    let submissions = submissions(&exam, &attacks, &fill_in)?;
    let honest = notebooks::changed(&exam, &[], &fill_in)?;

    let marker = Marker::prepare(exam, workshop)?;
    let store = Store::open(&out, Some(u64::from(setting.seed)), |seed| Run {
        assignment: NAME.to_owned(),
        assignment_hash: grader::hash(SOURCE.as_bytes()),
        toolchain: String::new(),
        nnkernel_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        limits: serde_json::Value::Null,
        shard: None,
    })?;
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let marked = grade(&marker, &store, &submissions, jobs)?;
    report::finish(&store, &marked)?;

    let mut rows = Vec::new();
    let by_student: BTreeMap<&str, &Marked> = marked.iter().map(|marked| (marked.student.as_str(), marked)).collect();
    for submission in &submissions {
        rows.push(row(&store, submission, by_student[submission.student.as_str()])?);
    }
    let students = submissions.iter().map(|submission| submission.student.clone()).collect();
    for (name, wrong) in traces.all(&store, &students, setting.seed)? {
        let is_ok = wrong.is_empty();
        let found = if is_ok { "yes".to_owned() } else { wrong.join(", ") };
        rows.push(Row { name: name.to_owned(), expected: "yes".to_owned(), found, is_ok });
    }
    if options.only.is_empty() || options.only.iter().any(|name| name == "handed-in") {
        let paths = handed_in::write(folder, &honest, &canary)?;
        for (file, fate) in handed_in::FILES.iter().zip(handed_in::fates(&paths, NAME)?) {
            rows.push(Row {
                name: file.name.to_owned(),
                expected: file.expected.name().to_owned(),
                found: fate.name().to_owned(),
                is_ok: fate == file.expected,
            });
        }
    }
    Ok(tell(&rows, attacks.len(), started.elapsed()))
}

fn open(folder: &Path) -> Result<Exam> {
    let assignment = folder.join(NAME);
    fs::create_dir(&assignment).context("cannot make a folder")?;
    fs::write(assignment.join(format!("{NAME}.rs")), SOURCE.replace("@SOLUTION@", &secret("reference")))?;
    fs::write(assignment.join("assignment.toml"), MANIFEST)?;
    Exam::open(Assignment::find(&assignment, None)?)
}

/// What cannot stand in a text as it is, or would be long.
fn special(text: &str) -> String {
    let mut text = text.to_owned();
    for (word, value) in
        [("@CR@", "\r"), ("@U0000@", "\0"), ("@U0085@", "\u{85}"), ("@U2028@", "\u{2028}"), ("@U2029@", "\u{2029}")]
    {
        text = text.replace(word, value);
    }
    for (word, value) in [
        ("@LONG@", (|| "x".repeat(200_000)) as fn() -> String),
        ("@DEEP@", || format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000))),
        ("@ERRORS@", || "let wrong: usize = \"\"; ".repeat(9_000)),
        ("@PICTURE@", picture),
    ] {
        if text.contains(word) {
            text = text.replace(word, &value());
        }
    }
    text
}

/// A picture of two thousand million pixels in a file of a few hundred kilobytes, as base64.
fn picture() -> String {
    use base64::Engine;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 46_000, 46_000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().expect("it is written to memory");
    // What is missing of it does not matter: whoever believes the header has lost already.
    let _ = writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]);
    drop(writer);
    base64::engine::general_purpose::STANDARD.encode(file)
}

/// Attacks in both ways, controls (each once), and honest work before and behind all of that.
fn submissions(exam: &Exam, attacks: &[Attack], fill_in: &dyn Fn(&str) -> String) -> Result<Vec<Submission>> {
    let mut all = Vec::new();
    let mut controls: BTreeSet<Vec<u8>> = BTreeSet::new();
    let honest = |student: &str| -> Result<Submission> {
        let bytes = notebooks::changed(exam, &[], fill_in)?;
        let (student, expected) = (student.to_owned(), Expected::new());
        Ok(Submission { student, bytes, has_rules: true, expected, never: Vec::new() })
    };
    all.push(honest("honest-first")?);
    for attack in attacks {
        let make = |changes: &[corpus::Change]| {
            notebooks::changed(exam, changes, fill_in).with_context(|| format!("the attack `{}`", attack.name))
        };
        let bytes = make(&attack.hostile())?;
        for (expected, has_rules, ending) in
            [(&attack.with_rules, true, ""), (&attack.without_rules, false, "-without-rules")]
        {
            let Some(expected) = expected else { continue };
            all.push(Submission {
                student: format!("{}{ending}", attack.name),
                bytes: bytes.clone(),
                has_rules,
                expected: expected.clone(),
                never: attack.never.clone(),
            });
        }
        let control = make(&attack.control())?;
        if controls.insert(control.clone()) {
            all.push(Submission {
                student: format!("{}-control", attack.name),
                bytes: control,
                has_rules: true,
                expected: Expected::new(),
                never: Vec::new(),
            });
        }
    }
    all.push(honest("honest-last")?);
    Ok(all)
}

fn grade(marker: &Marker, store: &Store, submissions: &[Submission], jobs: usize) -> Result<Vec<Marked>> {
    let waiting: Mutex<VecDeque<&Submission>> = Mutex::new(submissions.iter().collect());
    let bar = indicatif::ProgressBar::new(submissions.len() as u64);
    let work = || -> Result<Vec<Marked>> {
        let mut marked = Vec::new();
        loop {
            let next = waiting.lock().expect("nobody panics while holding it").pop_front();
            let Some(submission) = next else { return Ok(marked) };
            let paper = Paper { student: submission.student.clone(), origin: format!("{}.ipynb", submission.student) };
            let result = match submission.has_rules {
                true => grader::grade(marker, &paper, &submission.bytes),
                false => grader::grade_without_rules(marker, &paper, &submission.bytes),
            };
            store.put(&result)?;
            marked.push(result);
            bar.inc(1);
        }
    };
    let results: Vec<Result<Vec<Marked>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("panics are caught where they happen")).collect()
    });
    bar.finish_and_clear();
    Ok(results.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Compares what came of a submission with what should have.
fn row(store: &Store, submission: &Submission, marked: &Marked) -> Result<Row> {
    let mut is_ok = true;
    let mut found = Vec::new();
    for question in &marked.questions {
        let name = question.id.trim_start_matches("test_");
        let expected = submission.expected.get(name).map_or(&[Status::Passed][..], Vec::as_slice);
        let may_have = match question.status {
            Status::Passed => question.max_points,
            Status::Partial => question.max_points * 0.999,
            _ => 0.0,
        };
        is_ok &= expected.contains(&question.status) && question.points <= may_have;
        is_ok &= question.status != Status::Passed || question.points == question.max_points;
        if question.status != Status::Passed {
            found.push(format!("{name} {}", question.status.name()));
        }
    }
    let folder: PathBuf = store.student_folder(&submission.student)?;
    for path in traces::files(&folder)? {
        let content = fs::read(&path)?;
        for text in submission.never.iter().filter(|text| contains(&content, text)) {
            is_ok = false;
            found.push(format!("`{text}` is in {}", path.display()));
        }
    }
    if !is_ok {
        found.extend(marked.refusal.clone());
        found.extend(marked.questions.iter().flat_map(|question| question.remarks.iter().take(1).cloned()));
    }
    let expected = submission.expected.iter().map(|(name, statuses)| {
        let statuses: Vec<&str> = statuses.iter().map(|status| status.name()).collect();
        format!("{name} {}", statuses.join(" or "))
    });
    let all = |texts: Vec<String>| if texts.is_empty() { "all passed".to_owned() } else { texts.join(", ") };
    Ok(Row { name: submission.student.clone(), expected: all(expected.collect()), found: all(found), is_ok })
}

fn tell(rows: &[Row], attacks: usize, took: Duration) -> ExitCode {
    let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    for Row { name, expected, found, is_ok } in rows {
        let found = found.replace('\n', " ");
        println!("{name:wide$} | {expected} | {found} | {}", if *is_ok { "ok" } else { "NOT AS EXPECTED" });
    }
    let wrong = rows.iter().filter(|row| !row.is_ok).count();
    let minutes = took.as_secs_f64() / 60.0;
    println!("{attacks} attacks, {} things looked at, {wrong} not as expected, in {minutes:.1} minutes", rows.len());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) }
}
