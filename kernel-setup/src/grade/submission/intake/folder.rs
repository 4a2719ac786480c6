//! Looking for notebooks in a folder, without following links.

use std::fs;
use std::path::{Path, PathBuf};

/// `course/submitted/<student>/<assignment>/<part>/<file>` is the deepest that anybody keeps notebooks.
const MAX_DEPTH: usize = 6;
/// A course of a thousand students with a hundred files each.
const MAX_FILES: usize = 100_000;

/// Something in a folder.
#[derive(Debug)]
pub struct Found {
    /// The names of the folders below the one that was asked for, and the file's own.
    pub parts: Vec<String>,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it can be read; why not, otherwise.
    pub kind: Result<(), String>,
}

/// The files in a folder and in those below it, and what was left aside, in words.
pub fn files(folder: &Path) -> Result<(Vec<Found>, Vec<String>), String> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let mut seen = 0;
    let mut waiting = vec![(folder.to_owned(), Vec::new())];
    while let Some((folder, above)) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if above.is_empty() => return Err(format!("cannot list {}: {error}", folder.display())),
            Err(error) => {
                notes.push(format!("{}: cannot be listed: {error}", folder.display()));
                continue;
            }
        };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MAX_FILES {
                return Err(format!(
                    "{} has more than {MAX_FILES} files: name the folder of the submissions",
                    folder.display()
                ));
            }
            let path = entry.path();
            let name = entry.file_name();
            if is_hidden(&name.to_string_lossy()) {
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let parts: Vec<String> = above.iter().cloned().chain([name.to_string_lossy().into_owned()]).collect();
            if kind.is_dir() {
                match parts.len() < MAX_DEPTH {
                    true => waiting.push((path, parts)),
                    false => notes.push(format!("{}: folders so far below are not searched", path.display())),
                }
                continue;
            }
            let kind = if kind.is_symlink() {
                Err("it is a link, and links are not followed: hand in a file".to_owned())
            } else if !kind.is_file() {
                Err("it is no file".to_owned())
            } else if name.to_str().is_none() {
                Err("its name is not UTF-8".to_owned())
            } else {
                Ok(())
            };
            found.push(Found { parts, path, kind });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((found, notes))
}

/// What tools keep beside notebooks.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}
