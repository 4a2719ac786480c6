//! What attacks may not leave behind, and what nobody may have read.

use crate::grade::run::hexadecimal;
use crate::grade::store::Store;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable that has a secret of the grader's.
pub const SECRET_VARIABLE: &str = "NNKERNEL_SELFTEST_SECRET";

/// What makes a page do something by itself.
const ACTIVE: [&str; 8] =
    ["<script", "<svg", "<iframe", "<img src=x", "<style>@import", "href=\"javascript:", "href=\"data:", "src=\"http"];

/// Secrets, and places where traces would be.
pub struct Traces {
    /// The folder of all this.
    pub folder: PathBuf,
    /// What no file of the grading may have.
    pub secrets: Vec<String>,
    /// The name of the file that attacks try to leave behind.
    pub name: String,
    /// Files that all submissions share, and what they are.
    shared: Vec<(PathBuf, String)>,
}

impl Traces {
    /// Notes what is there before.
    pub fn new(folder: &Path, secrets: Vec<String>, name: String, shared: &[PathBuf]) -> Result<Self> {
        let shared = shared.iter().map(|path| Ok((path.clone(), hash(path)?))).collect::<Result<_>>()?;
        Ok(Traces { folder: folder.to_owned(), secrets, name, shared })
    }

    /// What is wrong afterwards: each thing with its name, none if all is as it should be.
    pub fn all(
        &self,
        store: &Store,
        students: &BTreeSet<String>,
        seed: u32,
    ) -> Result<Vec<(&'static str, Vec<String>)>> {
        Ok(vec![
            ("no secret is told", self.secrets_told(store.out())?),
            ("no page is active", active_pages(store.out())?),
            ("nothing is left behind", self.left_behind(store.out())),
            ("nothing is left in the folder of temporary files", listed(&env::temp_dir())?),
            ("the grading has the files that it should have", strange_files(store, students)?),
            ("shared files are as they were", self.changed()?),
            ("no process is left", processes(seed)),
        ])
    }

    fn secrets_told(&self, out: &Path) -> Result<Vec<String>> {
        let mut told = Vec::new();
        for path in files(out)? {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            told.extend(
                self.secrets.iter().filter(|secret| contains(&content, secret)).map(|_| path.display().to_string()),
            );
        }
        Ok(told)
    }

    fn left_behind(&self, out: &Path) -> Vec<String> {
        let mut folders: Vec<PathBuf> =
            ["/tmp", "/var/tmp", "/dev/shm", "/data", "/", "/work"].map(PathBuf::from).to_vec();
        folders.extend([out.to_owned(), out.join("students"), self.folder.clone(), self.folder.join("arithmetic")]);
        folders.extend(dirs::home_dir());
        folders.extend(env::current_dir().ok());
        folders.extend(self.shared.iter().filter_map(|(path, _)| path.parent().map(Path::to_owned)));
        let traces = folders.into_iter().map(|folder| folder.join(&self.name));
        traces.filter(|trace| trace.symlink_metadata().is_ok()).map(|trace| trace.display().to_string()).collect()
    }

    fn changed(&self) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for (path, before) in &self.shared {
            if hash(path).ok().as_ref() != Some(before) {
                changed.push(path.display().to_string());
            }
        }
        Ok(changed)
    }
}

/// Whether a text stands in these bytes.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// All files below a folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        match path.symlink_metadata()?.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

fn hash(path: &Path) -> Result<String> {
    Ok(hexadecimal(&Sha256::digest(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)))
}

fn listed(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path().display().to_string()).collect())
}

fn active_pages(out: &Path) -> Result<Vec<String>> {
    let mut active = Vec::new();
    for path in files(out)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "html")) {
        let page = fs::read_to_string(&path)?.to_lowercase();
        // The summary has a chart of its own.
        let is_own = |word: &str| word == "<svg" && path.ends_with("summary.html");
        active.extend(
            ACTIVE
                .iter()
                .filter(|word| page.contains(**word) && !is_own(word))
                .map(|word| format!("{word} in {}", path.display())),
        );
        if page.len() > 2 << 20 {
            active.push(format!("{} has {} bytes", path.display(), page.len()));
        }
    }
    Ok(active)
}

/// Files besides those that a grading of these students has.
fn strange_files(store: &Store, students: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut expected: BTreeSet<PathBuf> =
        ["run.json", "grades.csv", "summary.html", "report.json"].iter().map(|name| store.out().join(name)).collect();
    for student in students {
        let folder = store.student_folder(student)?;
        expected.extend(["marked.json", "results.json", "feedback.html"].iter().map(|name| folder.join(name)));
    }
    let found: BTreeSet<PathBuf> = files(store.out())?.into_iter().filter(|path| !is_lock(path)).collect();
    Ok(found.symmetric_difference(&expected).map(|path| path.display().to_string()).collect())
}

fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains("lock"))
}

/// Processes that run with the seed of this grading.
fn processes(seed: u32) -> Vec<String> {
    let mark = format!("NNLIB_PROBE_SEED={seed}\0");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| fs::read(path.join("environ")).is_ok_and(|environment| contains(&environment, &mark)))
        .map(|path| path.display().to_string())
        .collect()
}
