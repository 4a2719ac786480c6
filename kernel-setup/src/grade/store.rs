//! The folder that a grading leaves behind, from which it goes on when it was interrupted.
//!
//! ```text
//! OUT/run.json                        the marker: what decides marks, the secret seed with it
//! OUT/manual.json                     marks given by hand
//! OUT/students/<student>/marked.json  what a submission was given: all else is made from these
//! ```
//!
//! `report` writes the rest. One grader at a time writes here; each file is whole, or not there, whenever the grader ends.

mod lock;

use self::lock::{LOCK, lock};
use super::manual::Manual;
use super::marks::{Marked, Question};
use super::run::Run;
use crate::paths;
use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const MARKER: &str = "run.json";
const MANUAL: &str = "manual.json";
const STUDENTS: &str = "students";
const MARKED: &str = "marked.json";
/// Of what this program writes and has not named yet.
const TEMPORARY: &str = paths::TEMPORARY;
/// Of this layout.
const FORMAT: &str = "nnkernel grading, format 1";

/// The folder of a grading, open for one grader.
#[derive(Debug)]
pub struct Store {
    out: PathBuf,
    run: Run,
    hash: String,
    /// Held while this lives; the system lets go of it however the process ends.
    _lock: File,
}

/// `run.json`.
#[derive(Deserialize, Serialize)]
struct Marker {
    format: String,
    run: Run,
}

/// `marked.json`.
#[derive(Deserialize, Serialize)]
struct Stored {
    /// [`Run::hash`].
    run: String,
    marked: Marked,
}

impl Store {
    /// Opens the folder `out`, made when missing. `run` is given the seed: the one that is `asked` for, or else that of the grading
    /// which the folder holds, or else a new one.
    ///
    /// Marks of another run stay where they are, and are no longer found.
    pub fn open(out: &Path, asked: Option<u64>, run: impl FnOnce(u64) -> Run) -> Result<Self> {
        create_privately(out)?;
        check_ours(out)?;
        let lock = lock(out)?;
        remove_leftovers(out)?;
        let kept = marker(out)?;
        let seed = match (asked, &kept) {
            (Some(seed), _) => seed,
            (None, Some(kept)) => kept.seed,
            (None, None) => draw()?,
        };
        let run = run(seed);
        ensure!(
            asked.is_some() || kept.is_some() || run.shard.is_none(),
            "with --shard, give --seed: all shards must be given the same inputs"
        );
        if let Some(kept) = kept.as_ref().filter(|kept| kept.assignment != run.assignment) {
            bail!(
                "{} holds a grading of {}, and this is one of {}: name another folder",
                out.display(),
                kept.assignment,
                run.assignment
            );
        }
        if kept.as_ref() != Some(&run) {
            write_json(&out.join(MARKER), &Marker { format: FORMAT.to_owned(), run: run.clone() })?;
        }
        paths::create_dir(&out.join(STUDENTS))?;
        Ok(Store { out: out.to_owned(), hash: run.hash(), run, _lock: lock })
    }

    /// Opens what a grading has left behind, to read it.
    pub fn open_finished(out: &Path) -> Result<Self> {
        ensure!(out.join(MARKER).is_file(), "{} holds no grading: there is no {MARKER}", out.display());
        let lock = lock(out)?;
        let run = marker(out)?.with_context(|| format!("{} has lost its {MARKER}", out.display()))?;
        Ok(Store { out: out.to_owned(), hash: run.hash(), run, _lock: lock })
    }

    /// The folder.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// What decides marks.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// What the submission with this `hash` was given under this run, if it was graded, and graded without a fault of the grader's.
    /// Marks given by hand are not in it.
    pub fn get(&self, student: &str, hash: &str) -> Option<Marked> {
        // What cannot be read is graded again.
        let marked = self.read(student).ok()??;
        let is_whole = marked.questions.iter().all(|question| question.status != super::marks::Status::GraderFault);
        (marked.hash == hash && is_whole).then_some(marked)
    }

    /// Keeps what a submission was given. It is on the disk when this returns, in the place of what the student was given before.
    /// Several threads may do so for several students.
    pub fn put(&self, marked: &Marked) -> Result<()> {
        for Question { id, points, max_points, .. } in &marked.questions {
            ensure!(
                points.is_finite() && max_points.is_finite(),
                "{}: question {id} was given {points} of {max_points} points",
                marked.student
            );
        }
        let folder = self.student_folder(&marked.student)?;
        paths::create_dir(&folder)?;
        let path = folder.join(MARKED);
        // Where file names have no case, two students may have one folder.
        if let Ok(Some(Stored { marked: other, .. })) = read_json::<Stored>(&path)
            && other.student != marked.student
        {
            bail!("the students {} and {} have one folder: {}", other.student, marked.student, folder.display());
        }
        write_json(&path, &Stored { run: self.hash.clone(), marked: rounded(marked) })
    }

    /// All that was graded under this run, by student.
    pub fn all(&self) -> Result<Vec<Marked>> {
        let folder = self.out.join(STUDENTS);
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut students: Vec<String> = names.filter(|name| check_student(name).is_ok()).collect();
        students.sort();
        students.iter().filter_map(|student| self.read(student).transpose()).collect()
    }

    /// Marks given by hand.
    pub fn manual(&self) -> Result<Manual> {
        Ok(read_json(&self.out.join(MANUAL))?.unwrap_or_default())
    }

    /// Keeps marks given by hand, in the place of all that were kept before.
    pub fn put_manual(&self, manual: &Manual) -> Result<()> {
        write_json(&self.out.join(MANUAL), manual)
    }

    /// Where a student's files are.
    pub fn student_folder(&self, student: &str) -> Result<PathBuf> {
        check_student(student)?;
        Ok(self.out.join(STUDENTS).join(student))
    }

    fn read(&self, student: &str) -> Result<Option<Marked>> {
        let path = self.student_folder(student)?.join(MARKED);
        let stored: Option<Stored> = read_json(&path)?;
        Ok(stored
            .filter(|stored| stored.run == self.hash && stored.marked.student == student)
            .map(|stored| stored.marked))
    }
}

/// As it is when it was written and read again: points to a billionth, which JSON's readers all read alike.
pub fn rounded(marked: &Marked) -> Marked {
    let round = |points: f64| (points * 1e9).round() / 1e9;
    let mut marked = marked.clone();
    for question in &mut marked.questions {
        question.points = round(question.points);
        question.max_points = round(question.max_points);
    }
    marked
}

/// Names were checked before they came here; this is where one would become a path.
fn check_student(student: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
    ensure!(
        !student.is_empty() && student.len() <= 200 && !student.starts_with('.') && student.bytes().all(is_plain),
        "no folder can be named after the student {student:?}: expected letters, digits and . _ @ -, no dot first"
    );
    Ok(())
}

/// Marks are nobody's business but the teacher's.
fn create_privately(out: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(out).with_context(|| format!("cannot create the folder {}", out.display()))
}

/// An error if the folder has something in it that no grading has put there.
fn check_ours(out: &Path) -> Result<()> {
    if out.join(MARKER).is_file() {
        return Ok(());
    }
    let entries = fs::read_dir(out).with_context(|| format!("cannot list {}", out.display()))?;
    let foreign = entries.flatten().map(|entry| entry.file_name()).find(|name| !is_temporary(name));
    match foreign {
        Some(name) => bail!(
            "{} holds something else, and no grading (there is {}, and no {MARKER}): name a new or empty folder",
            out.display(),
            Path::new(&name).display()
        ),
        None => Ok(()),
    }
}

fn is_temporary(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

/// What a killed grader was writing.
fn remove_leftovers(out: &Path) -> Result<()> {
    let mut folders = vec![out.to_owned()];
    if let Ok(entries) = fs::read_dir(out.join(STUDENTS)) {
        folders.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()));
    }
    for folder in folders {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name()) && entry.file_name() != LOCK) {
            fs::remove_file(entry.path()).with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn marker(out: &Path) -> Result<Option<Run>> {
    let path = out.join(MARKER);
    #[derive(Deserialize)]
    struct Format {
        format: String,
    }
    match read_json::<Format>(&path)? {
        None => Ok(None),
        Some(Format { format }) => {
            ensure!(format == FORMAT, "{} is of another nnkernel: `{format}`, expected `{FORMAT}`", path.display());
            Ok(read_json::<Marker>(&path)?.map(|marker| marker.run))
        }
    }
}

/// A number that all readers of JSON read alike, and nobody guesses.
fn draw() -> Result<u64> {
    let random =
        getrandom::u64().map_err(io::Error::from).context("the system gives no random numbers: give a --seed")?;
    Ok(random >> 11)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let mut text = Vec::new();
    match File::open(path).and_then(|mut file| file.read_to_end(&mut text)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        result => result.with_context(|| format!("cannot read {}", path.display()))?,
    };
    serde_json::from_slice(&text).map(Some).with_context(|| format!("{} is not what nnkernel writes", path.display()))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(value).with_context(|| format!("cannot write {}", path.display()))?;
    text.push(b'\n');
    paths::write_durably(path, &text)
}

#[cfg(test)]
mod tests;
