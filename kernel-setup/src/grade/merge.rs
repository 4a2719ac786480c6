//! `nnkernel grade merge`: the parts of a class that were graded apart, put together.

use super::marks::Marked;
use super::report::{self, Summary};
use super::store::Store;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Puts the gradings in the folders `parts` together in the folder `out`, as if they had been one.
///
/// # Errors
///
/// They are of different gradings, parts are missing, or a student is in two.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<Summary> {
    let parts: Vec<Part> = parts.iter().map(|out| Part::open(out)).collect::<Result<_>>()?;
    let Some(first) = parts.first() else { bail!("name the folders that are to be merged") };
    check_shards(&parts)?;
    let mut by_student: BTreeMap<&str, &Part> = BTreeMap::new();
    for (part, marked) in parts.iter().flat_map(|part| part.marked.iter().map(move |marked| (part, marked))) {
        if let Some(other) = by_student.insert(&marked.student, part) {
            bail!("{} is in {}, and in {} too", marked.student, other.name(), part.name());
        }
    }
    let run = first.store.run().unsharded();
    let store = Store::open(out, Some(run.seed), |_| run)?;
    let mut manual = store.manual()?;
    let mut all = Vec::new();
    for part in parts {
        manual.extend(part.store.manual()?);
        for marked in part.marked {
            store.put(&marked)?;
            all.push(marked);
        }
    }
    store.put_manual(&manual)?;
    report::finish(&store, &all)
}

/// One of the folders.
struct Part {
    store: Store,
    marked: Vec<Marked>,
}

impl Part {
    fn open(out: &Path) -> Result<Self> {
        let store = Store::open_finished(out)?;
        let mut stored: BTreeMap<String, Marked> =
            store.all()?.into_iter().map(|marked| (marked.student.clone(), marked)).collect();
        let mut marked = Vec::new();
        for (student, hash) in report::reported(out)? {
            let found = stored.remove(&student).filter(|marked| marked.hash == hash);
            marked.push(found.with_context(|| {
                format!("{}: {student} is being graded again: let that come to its end", out.display())
            })?);
        }
        Ok(Part { store, marked })
    }

    fn name(&self) -> std::path::Display<'_> {
        self.store.out().display()
    }
}

/// Whether they are all parts of one run, each once.
fn check_shards(parts: &[Part]) -> Result<()> {
    let first = &parts[0];
    let mut numbers: BTreeMap<usize, &Part> = BTreeMap::new();
    let mut of = None;
    for part in parts {
        first.store.run().check_same(&first.name().to_string(), part.store.run(), &part.name().to_string())?;
        let Some(shard) = part.store.run().shard else {
            bail!("{} was graded without --shard: there is nothing to merge it with", part.name());
        };
        let of = *of.get_or_insert(shard.of);
        ensure!(
            shard.of == of,
            "{} is shard {shard}, and {} is one of {of}: expected shards of one division",
            part.name(),
            first.name()
        );
        if let Some(other) = numbers.insert(shard.number, part) {
            bail!("{} and {} are both shard {shard}", other.name(), part.name());
        }
        if let Some(marked) = part.marked.iter().find(|marked| !shard.holds(&marked.student)) {
            bail!("{} is shard {shard}, and {} is of another", part.name(), marked.student);
        }
    }
    let missing: Vec<String> = (1..=of.unwrap_or(0))
        .filter(|number| !numbers.contains_key(number))
        .map(|number| format!("{number}/{}", of.unwrap_or(0)))
        .collect();
    ensure!(missing.is_empty(), "shards are missing: {}", missing.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;
    use crate::grade::run::Run;
    use crate::grade::shard::Shard;
    use std::fs;

    /// Grades these students as a shard.
    fn grade(out: &Path, shard: Option<&str>, students: &[String]) {
        let shard = shard.map(|shard| shard.parse().unwrap());
        let store = Store::open(out, Some(7), |seed| Run { seed, shard, ..example::run() }).unwrap();
        let class: Vec<Marked> = students
            .iter()
            .filter(|student| store.run().shard.is_none_or(|shard| shard.holds(student)))
            .map(|student| example::marked(student))
            .collect();
        class.iter().for_each(|marked| store.put(marked).unwrap());
        report::finish(&store, &class).unwrap();
    }

    fn class() -> Vec<String> {
        (0..40).map(|number| format!("student{number}")).collect()
    }

    fn error(parts: &[&Path], out: &Path) -> String {
        let parts: Vec<PathBuf> = parts.iter().map(|part| part.to_path_buf()).collect();
        format!("{:#}", merge(&parts, out).unwrap_err())
    }

    #[test]
    fn parts_together_are_what_the_whole_would_have_been() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let parts = ["1/3", "2/3", "3/3"].map(|shard| (path(&shard.replace('/', "-of-")), shard));
        for (out, shard) in &parts {
            grade(out, Some(shard), &class());
        }
        grade(&path("whole"), None, &class());
        let [a, b, c] = parts.map(|(out, _)| out);
        merge(&[c, a, b], &path("all")).unwrap();
        let files = [
            "grades.csv",
            "summary.html",
            "report.json",
            "run.json",
            "students/student7/feedback.html",
            "students/student7/results.json",
        ];
        for file in files {
            assert_eq!(
                fs::read_to_string(path("all").join(file)).unwrap(),
                fs::read_to_string(path("whole").join(file)).unwrap(),
                "{file}"
            );
        }
        assert_eq!(fs::read_to_string(path("all/grades.csv")).unwrap().lines().count(), 41);
    }

    #[test]
    fn what_does_not_belong_together_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let [a, b, again, other, whole, all] = ["a", "b", "again", "other", "whole", "all"].map(path);
        grade(&a, Some("1/3"), &class());
        grade(&b, Some("2/3"), &class());
        grade(&again, Some("2/3"), &class());
        grade(&other, Some("1/2"), &class());
        grade(&whole, None, &class());
        assert!(error(&[&a, &b], &all).contains("shards are missing: 3/3"));
        assert!(error(&[&b], &all).contains("shards are missing: 1/3, 3/3"));
        assert!(error(&[&a, &b, &again], &all).contains("are both shard 2/3"));
        assert!(error(&[&a, &other], &all).contains("is shard 1/2, and"));
        assert!(error(&[&a, &whole], &all).contains("was graded without --shard"));
        assert!(error(&[], &all).contains("name the folders"));
        assert!(error(&[&path("none")], &all).contains("holds no grading"));
        assert!(!all.exists());
    }

    #[test]
    fn another_run_or_an_unfinished_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let [a, b, all] = ["a", "b", "all"].map(path);
        grade(&a, Some("1/2"), &class());
        let limits = serde_json::json!({ "timeout": 5 });
        let shard: Shard = "2/2".parse().unwrap();
        let open = |limits| {
            Store::open(&b, Some(7), |seed| Run { seed, shard: Some(shard), limits, ..example::run() }).unwrap()
        };
        let store = open(limits);
        report::finish(&store, &[]).unwrap();
        drop(store);
        assert!(error(&[&a, &b], &all).contains("`limits` is {\"timeout\":60}"));

        grade(&b, Some("2/2"), &class());
        let mut marked = example::marked(class().iter().find(|student| shard.holds(student)).unwrap());
        marked.hash = "handed in again".to_owned();
        open(example::run().limits).put(&marked).unwrap();
        assert!(error(&[&a, &b], &all).contains("is being graded again"));
        fs::remove_file(b.join(report::REPORT)).unwrap();
        assert!(error(&[&a, &b], &all).contains("let the grading of this folder come to its end"));
    }
}
