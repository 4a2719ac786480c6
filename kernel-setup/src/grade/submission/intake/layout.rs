//! Whose a notebook is, by the names of the folders that it lies in.
//!
//! | what lies there | the student is |
//! |---|---|
//! | `<student>/<assignment>/<assignment>.ipynb` | the upper folder, as nbgrader has it |
//! | `<student>+<assignment>+<time>+…/<assignment>.ipynb` | what stands before the first `+`, as in nbgrader's exchange |
//! | `<student>/<assignment>.ipynb`, `<student>/notebook.ipynb` | the folder |
//! | `<student>/anything.ipynb`, the only notebook there | the folder, unless it is the one that was asked for |
//! | `<student>.ipynb`, and others beside it | the file |

use super::time::Time;
use std::collections::BTreeMap;

/// A notebook, with the names of the folders below the place that was asked for, and its own.
#[derive(Clone, Debug)]
pub struct Leaf<T> {
    /// The last is the file's.
    pub parts: Vec<String>,
    /// What stands in a file `timestamp.txt` beside it.
    pub time: Option<Time>,
    /// Where it is.
    pub place: T,
}

/// A notebook with its student.
#[derive(Debug)]
pub struct Owned<T> {
    /// Not checked yet.
    pub student: String,
    /// When it was handed in, as far as nbgrader tells.
    pub time: Option<Time>,
    /// Where it is.
    pub place: T,
}

/// What was found, and what was left aside.
#[derive(Debug)]
pub struct Layout<T> {
    /// What is to be graded.
    pub owned: Vec<Owned<T>>,
    /// Notebooks that are no submission, each with the reason.
    pub ignored: Vec<(T, String)>,
    /// Notebooks of a student of whom it is not clear which one counts.
    pub unclear: Vec<(String, T, String)>,
}

impl<T> Default for Layout<T> {
    fn default() -> Self {
        Layout { owned: Vec::new(), ignored: Vec::new(), unclear: Vec::new() }
    }
}

/// Finds the students of notebooks; `above` are the names of the folders down to the place that was asked for, its own included.
pub fn owners<T>(leaves: Vec<Leaf<T>>, above: &[String], assignment: &str) -> Layout<T> {
    let mut folders: BTreeMap<Vec<String>, Vec<Leaf<T>>> = BTreeMap::new();
    for leaf in leaves {
        let folder = leaf.parts[..leaf.parts.len().saturating_sub(1)].to_vec();
        folders.entry(folder).or_default().push(leaf);
    }
    let name_of = |folder: &[String]| folder.last().or(above.last()).cloned().unwrap_or_default();
    let is_nbgraders =
        folders.keys().any(|folder| name_of(folder) == assignment || exchanged(&name_of(folder)).is_some());
    let mut layout = Layout::default();
    for (folder, mut found) in folders {
        let name = name_of(&folder);
        found.sort_by(|a, b| a.parts.cmp(&b.parts));
        if name == assignment {
            let path: Vec<&String> = above.iter().chain(&folder).collect();
            let student = path.len().checked_sub(2).map_or(assignment, |upper| path[upper]);
            layout.take_one(found, student.to_owned(), None, assignment);
        } else if let Some((student, of, time)) = exchanged(&name) {
            match of == assignment {
                true => layout.take_one(found, student.to_owned(), time, assignment),
                false => layout.ignore(found, || format!("it is of the assignment `{of}`")),
            }
        } else if is_nbgraders && found.iter().any(|leaf| stem(leaf) == name) {
            layout.ignore(found, || format!("it is of the assignment `{name}`"));
        } else {
            let usual = found.iter().filter(|leaf| is_usual(stem(leaf), assignment)).count();
            let is_asked_for = folder.is_empty();
            let others = found.len() - usual;
            if usual > 0 && (others < 2 || !is_asked_for) || found.len() == 1 && !is_asked_for {
                layout.take_one(found, name, None, assignment);
            } else {
                for leaf in found {
                    match is_usual(stem(&leaf), assignment) {
                        true => layout
                            .ignored
                            .push((leaf.place, "it has the assignment's name, not that of a student".to_owned())),
                        false => layout.own(stem(&leaf).to_owned(), None, leaf),
                    }
                }
            }
        }
    }
    layout
}

impl<T> Layout<T> {
    fn own(&mut self, student: String, time: Option<Time>, leaf: Leaf<T>) {
        self.owned.push(Owned { student, time: time.or(leaf.time), place: leaf.place });
    }

    fn ignore(&mut self, leaves: Vec<Leaf<T>>, reason: impl Fn() -> String) {
        self.ignored.extend(leaves.into_iter().map(|leaf| (leaf.place, reason())));
    }

    /// Takes the submission from a folder of one student.
    fn take_one(&mut self, mut leaves: Vec<Leaf<T>>, student: String, time: Option<Time>, assignment: &str) {
        let only = |is: &dyn Fn(&str) -> bool| {
            let mut found = leaves.iter().enumerate().filter(|(_, leaf)| is(stem(leaf))).map(|(index, _)| index);
            found.next().filter(|_| found.next().is_none())
        };
        let chosen = only(&|stem| stem == assignment)
            .or_else(|| only(&|stem| is_usual(stem, assignment)))
            .or_else(|| only(&|_| true));
        let Some(chosen) = chosen else {
            let names: Vec<String> =
                leaves.iter().map(|leaf| format!("`{}`", super::student::shown(file(leaf)))).collect();
            let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let reason = format!("expected one notebook `{assignment}.ipynb`, found {} others: {shown}", names.len());
            self.unclear.push((student, leaves.swap_remove(0).place, reason));
            return;
        };
        let leaf = leaves.remove(chosen);
        let taken = super::student::shown(file(&leaf));
        self.ignore(leaves, || format!("`{taken}` in the same folder is the submission"));
        self.own(student, time, leaf);
    }
}

fn file<T>(leaf: &Leaf<T>) -> &str {
    leaf.parts.last().map_or("", String::as_str)
}

fn stem<T>(leaf: &Leaf<T>) -> &str {
    let name = file(leaf);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether a notebook is called what everybody's is, and says nothing of whose it is: as the assignment, or as browsers and Jupyter
/// call a second copy.
fn is_usual(stem: &str, assignment: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let Some(rest) = stem.strip_prefix(&assignment.to_ascii_lowercase()).or_else(|| stem.strip_prefix("notebook"))
    else {
        return false;
    };
    let rest = rest.trim();
    let number = rest.strip_prefix("-copy").or_else(|| rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')));
    rest.is_empty() || number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The student, the assignment and the time in the name of a folder of nbgrader's exchange.
fn exchanged(name: &str) -> Option<(&str, &str, Option<Time>)> {
    let mut parts = name.split('+');
    let (student, assignment, time) = (parts.next()?, parts.next()?, parts.next()?);
    Some((student, assignment, Some(Time::parse(time)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The students of files below `/course/here`, each with the file.
    fn found(above: &str, files: &[&str]) -> Vec<String> {
        let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let leaves = files.iter().map(|&path| Leaf { parts: parts(path), time: None, place: path }).collect();
        let layout = owners(leaves, &parts(above), "ps1");
        let owned = layout.owned.iter().map(|owned| format!("{} {}", owned.student, owned.place));
        let ignored = layout.ignored.iter().map(|(place, reason)| format!("- {place}: {reason}"));
        let unclear = layout.unclear.iter().map(|(student, place, reason)| format!("? {student} {place}: {reason}"));
        owned.chain(ignored).chain(unclear).collect()
    }

    #[test]
    fn nbgraders_folders() {
        let expected = ["ann ann/ps1/ps1.ipynb", "bob bob/ps1/ps1.ipynb"];
        assert_eq!(found("course/submitted", &["bob/ps1/ps1.ipynb", "ann/ps1/ps1.ipynb"]), expected);
        assert_eq!(found("submitted/ann", &["ps1/ps1.ipynb"]), ["ann ps1/ps1.ipynb"]);
        assert_eq!(found("submitted/ann/ps1", &["ps1.ipynb"]), ["ann ps1.ipynb"]);
        let expected = ["ann ann/ps1/ps1.ipynb", "- ann/ps2/ps2.ipynb: it is of the assignment `ps2`"];
        assert_eq!(found("submitted", &["ann/ps1/ps1.ipynb", "ann/ps2/ps2.ipynb"]), expected);
        assert_eq!(
            found("submitted", &["ann/ps1/ps1.ipynb", "ann/ps1/scratch.ipynb"]),
            ["ann ann/ps1/ps1.ipynb", "- ann/ps1/scratch.ipynb: `ps1.ipynb` in the same folder is the submission"]
        );
        assert_eq!(
            found("submitted", &["ann/ps1/a.ipynb", "ann/ps1/b.ipynb"]),
            ["? ann ann/ps1/a.ipynb: expected one notebook `ps1.ipynb`, found 2 others: `a.ipynb`, `b.ipynb`"]
        );
    }

    #[test]
    fn the_exchange_of_nbgrader() {
        let (one, other) = (
            "ann+ps1+2026-01-02 10:00:00.000001 UTC+ab/ps1.ipynb",
            "ann+ps2+2026-01-02 10:00:00.000001 UTC+ab/ps2.ipynb",
        );
        let expected = [format!("ann {one}"), format!("- {other}: it is of the assignment `ps2`")];
        assert_eq!(found("inbound", &[one, other]), expected);
    }

    #[test]
    fn a_folder_of_each_student() {
        let expected = ["ann ann/notebook.ipynb", "bob bob/hw.ipynb", "eve eve/PS1 (2).ipynb"];
        assert_eq!(found("handins", &["ann/notebook.ipynb", "bob/hw.ipynb", "eve/PS1 (2).ipynb"]), expected);
        assert_eq!(found("handins/ann", &["ps1.ipynb"]), ["ann ps1.ipynb"]);
        assert_eq!(found("handins/ann", &["ps1-Copy1.ipynb"]), ["ann ps1-Copy1.ipynb"]);
    }

    #[test]
    fn a_folder_of_notebooks() {
        assert_eq!(found("handins", &["ann.ipynb", "bob.ipynb"]), ["ann ann.ipynb", "bob bob.ipynb"]);
        assert_eq!(found("handins", &["ann.ipynb"]), ["ann ann.ipynb"]);
        assert_eq!(found("handins", &["one/ann.ipynb", "one/bob.ipynb"]), ["ann one/ann.ipynb", "bob one/bob.ipynb"]);
        let expected =
            ["ann ann.ipynb", "bob bob.ipynb", "- ps1.ipynb: it has the assignment's name, not that of a student"];
        assert_eq!(found("handins", &["ann.ipynb", "bob.ipynb", "ps1.ipynb"]), expected);
    }

    #[test]
    fn the_root_has_no_name() {
        let layout = owners(vec![Leaf { parts: vec!["ps1.ipynb".to_owned()], time: None, place: () }], &[], "ps1");
        assert_eq!(layout.owned[0].student, "");
    }
}
