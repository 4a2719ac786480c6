//! Looking into all that was named, and deciding what counts.

use super::file::{MAX_TIMESTAMP, TIMESTAMP, extension, names, timestamp, too_large};
use super::layout::{self, Leaf, Owned};
use super::time::Time;
use super::{Intake, MAX_NOTEBOOK, Origin, Refused, Submission, archive, folder, student};
use anyhow::{Result, bail};
use archive::Listed;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// All notebooks of an archive together, unpacked: a thousand with many figures.
const MAX_UNPACKED: u64 = 4 << 30;

/// What is known of a notebook before it is read.
type Place = (Origin, Result<Option<archive::Entry>, String>);

/// A search for the submissions of an assignment.
pub struct Search<'a> {
    assignment: &'a str,
    intake: Intake,
    owned: Vec<Owned<Place>>,
}

impl<'a> Search<'a> {
    /// Nothing is found yet.
    pub fn new(assignment: &'a str) -> Self {
        Search { assignment, intake: Intake::default(), owned: Vec::new() }
    }

    /// Looks into a file, a folder or an archive.
    pub fn look_into(&mut self, path: &Path) -> Result<()> {
        let path = std::path::absolute(path)?;
        let Ok(metadata) = path.metadata() else { bail!("there is no file or folder {}", path.display()) };
        if metadata.is_dir() {
            return self.look_into_folder(&path);
        }
        match extension(&path.to_string_lossy()).as_deref() {
            Some("zip") => self.look_into_archive(&path),
            Some("ipynb") => {
                // What a teacher names may be a link.
                let path = path.canonicalize()?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let time = path.parent().and_then(|folder| timestamp(&folder.join(TIMESTAMP)));
                let place = (Origin { path: path.clone(), entry: None }, Ok(None));
                let above = path.parent().map(names).unwrap_or_default();
                self.add(vec![Leaf { parts: vec![name], time, place }], &above);
                Ok(())
            }
            _ => bail!("expected a notebook (.ipynb), a folder or an archive (.zip), found {}", path.display()),
        }
    }

    fn look_into_folder(&mut self, folder: &Path) -> Result<()> {
        let mut folder = folder.canonicalize()?;
        let submitted = folder.join("submitted");
        if submitted.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            self.intake.notes.push(format!("{}: only its folder `submitted` is searched", folder.display()));
            folder = submitted;
        }
        let (found, notes) = folder::files(&folder).map_err(anyhow::Error::msg)?;
        self.intake.notes.extend(notes);
        let mut leaves = Vec::new();
        for file in found {
            match extension(file.parts.last().map_or("", String::as_str)).as_deref() {
                Some("ipynb") => {
                    let time = file.path.parent().and_then(|folder| timestamp(&folder.join(TIMESTAMP)));
                    let place = (Origin { path: file.path, entry: None }, file.kind.map(|()| None));
                    leaves.push(Leaf { parts: file.parts, time, place });
                }
                Some("zip") => {
                    let shown = file.path.display();
                    self.intake.notes.push(format!("{shown}: an archive in a folder is not searched: name it itself"));
                }
                _ => {}
            }
        }
        self.add(leaves, &names(&folder));
        Ok(())
    }

    fn look_into_archive(&mut self, path: &Path) -> Result<()> {
        let path = path.canonicalize()?;
        let mut file = File::open(&path)?;
        let listed = match archive::list(&mut file) {
            Ok(listed) => listed,
            Err(reason) => bail!("{}: {reason}", path.display()),
        };
        let origin = |name: &str| Origin { path: path.clone(), entry: Some(name.to_owned()) };
        let mut leaves: Vec<Leaf<Place>> = Vec::new();
        let mut times = BTreeMap::new();
        let mut promised = 0_u64;
        for listed in listed {
            let (parts, entry) = match listed {
                Listed::File(parts, entry) => (parts, entry),
                Listed::Unnamed(name, reason) => {
                    let origin = origin(&name);
                    match extension(&name).as_deref() {
                        Some("ipynb") => self.intake.refused.push(Refused { student: None, origin, reason }),
                        _ => self.intake.notes.push(format!("{origin}: ignored: {reason}")),
                    }
                    continue;
                }
            };
            if parts.iter().any(|part| folder::is_hidden(part)) {
                continue;
            }
            let (name, folder) = (parts.join("/"), parts[..parts.len() - 1].to_vec());
            match (extension(&name).as_deref(), entry) {
                (Some("ipynb"), entry) => {
                    let entry = entry.and_then(|entry| {
                        promised = promised.saturating_add(entry.size);
                        match entry.size > MAX_NOTEBOOK {
                            true => Err(too_large(MAX_NOTEBOOK)),
                            false => Ok(Some(entry)),
                        }
                    });
                    leaves.push(Leaf { parts, time: None, place: (origin(&name), entry) });
                }
                (Some("zip"), _) => {
                    self.intake.notes.push(format!("{}: an archive in an archive is not searched", origin(&name)));
                }
                (_, Ok(entry)) if parts.last().is_some_and(|name| name == TIMESTAMP) && entry.size <= MAX_TIMESTAMP => {
                    let time = archive::unpack(&mut file, &entry)
                        .ok()
                        .and_then(|text| Time::parse(&String::from_utf8_lossy(&text)));
                    times.insert(folder, time);
                }
                _ => {}
            }
        }
        if promised > MAX_UNPACKED {
            bail!("{}: its notebooks unpack to {promised} bytes, expected {MAX_UNPACKED} at most", path.display());
        }
        for leaf in &mut leaves {
            leaf.time = times.get(&leaf.parts[..leaf.parts.len() - 1]).copied().flatten();
        }
        let mut above = names(&path);
        if let Some((name, stem)) = above.last_mut().zip(path.file_stem()) {
            *name = stem.to_string_lossy().into_owned();
        }
        self.add(leaves, &above);
        Ok(())
    }

    fn add(&mut self, leaves: Vec<Leaf<Place>>, above: &[String]) {
        let layout = layout::owners(leaves, above, self.assignment);
        self.owned.extend(layout.owned);
        let notes = layout.ignored.into_iter().map(|((origin, _), reason)| format!("{origin}: ignored: {reason}"));
        self.intake.notes.extend(notes);
        for (student, (origin, _), reason) in layout.unclear {
            let student = student::check(&student).is_ok().then_some(student);
            self.intake.refused.push(Refused { student, origin, reason });
        }
    }

    /// Divides what was found into what is graded and what is refused.
    pub fn decide(mut self) -> Intake {
        let mut seen = BTreeSet::new();
        let mut by_name: BTreeMap<String, Vec<Owned<Place>>> = BTreeMap::new();
        for owned in self.owned {
            let (origin, entry) = &owned.place;
            let offset = entry.as_ref().ok().and_then(|entry| entry.as_ref().map(archive::Entry::offset));
            if !seen.insert((origin.clone(), offset)) {
                // Named twice by the teacher.
                continue;
            }
            match student::check(&owned.student) {
                Ok(()) => by_name.entry(student::folded(&owned.student)).or_default().push(owned),
                Err(reason) => self.intake.refused.push(Refused { student: None, origin: owned.place.0, reason }),
            }
        }
        for mut same in by_name.into_values() {
            let Some(last) = last(&same) else {
                let all: Vec<String> = same.iter().map(|owned| owned.place.0.to_string()).collect();
                let first = same.swap_remove(0);
                let differs =
                    if same.iter().any(|other| other.student != first.student) { ", in other letters" } else { "" };
                let reason = format!(
                    "`{}` has handed in more than once{differs}, and it is not known what was last: {}",
                    first.student,
                    all.join(" and ")
                );
                self.intake.refused.push(Refused { student: Some(first.student), origin: first.place.0, reason });
                continue;
            };
            let Owned { student, place: (origin, entry), .. } = same.swap_remove(last);
            for earlier in same {
                self.intake.notes.push(format!("{}: ignored: `{student}` has handed in again later", earlier.place.0));
            }
            match entry {
                Ok(entry) => self.intake.submissions.push(Submission { student, origin, entry }),
                Err(reason) => self.intake.refused.push(Refused { student: Some(student), origin, reason }),
            }
        }
        self.intake
    }
}

/// The index of what was handed in last; `None` if there is nothing to tell by.
fn last(same: &[Owned<Place>]) -> Option<usize> {
    if same.len() == 1 {
        return Some(0);
    }
    let times: Option<Vec<Time>> = same.iter().map(|owned| owned.time).collect();
    let times = times?;
    let latest = times.iter().max()?;
    let mut with = times.iter().enumerate().filter(|(_, time)| *time == latest);
    let (index, _) = with.next()?;
    with.next().is_none().then_some(index)
}
