//! Notebooks: where one is found, how it is read, and how it is written.

pub mod percent;

use crate::paths;
use anyhow::{Context, Result, anyhow, bail};
use nbformat::v4;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The kernel's name in Jupyter, unless it was installed under another.
pub const KERNEL_NAME: &str = "nnkernel";
/// The kernel's name for people.
pub const KERNEL_DISPLAY_NAME: &str = "Rust (nnlib)";

/// Finds what `run` was asked for: a file, a folder with one notebook, or the name of an assignment in the checkout.
pub fn find(asked: &Path, checkout: Option<&Path>) -> Result<PathBuf> {
    if asked.is_file() {
        return Ok(asked.to_owned());
    }
    if asked.is_dir() {
        return in_folder(asked);
    }
    let is_name = asked.components().count() == 1 && asked.extension().is_none();
    if let (true, Some(checkout)) = (is_name, checkout) {
        let folder = checkout.join("notebooks").join(asked);
        if folder.is_dir() {
            return in_folder(&folder);
        }
        let known = assignments(&checkout.join("notebooks")).join(", ");
        bail!("there is no notebook, folder or assignment {}; assignments here: {known}", asked.display());
    }
    bail!("there is no notebook or folder {}", asked.display())
}

/// The notebook of a folder: its source when there is one, since that is what people edit; otherwise its `.ipynb`.
fn in_folder(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    for extension in ["rs", "ipynb"] {
        let found: Vec<&PathBuf> =
            files.iter().filter(|path| path.extension() == Some(OsStr::new(extension))).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
                bail!("{} holds several notebooks; name one of {}", folder.display(), names.join(", "));
            }
        }
    }
    bail!("{} holds no notebook (.ipynb) and no notebook source (.rs)", folder.display())
}

fn assignments(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Reads a notebook, or a notebook source in percent format.
pub fn read(path: &Path) -> Result<v4::Notebook> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    if path.extension() == Some(OsStr::new("rs")) {
        return percent::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()));
    }
    let notebook = parse(&text).with_context(|| format!("{} cannot be run", path.display()))?;
    check_kernel(&notebook).with_context(|| format!("{} cannot be run", path.display()))?;
    Ok(notebook)
}

fn parse(text: &str) -> Result<v4::Notebook> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| anyhow!("it is not a notebook: expected JSON, found something else: {error}"))?;
    let version = |key| value.get(key).and_then(serde_json::Value::as_i64);
    match version("nbformat") {
        None => bail!("it is not a notebook: expected a number `nbformat`, found none"),
        Some(4) => {}
        Some(other) => bail!(
            "expected notebook format 4, found {other}; convert it with \
             `jupyter nbconvert --to notebook --nbformat 4 FILE`"
        ),
    }
    match nbformat::parse_notebook(text)? {
        nbformat::Notebook::V4(notebook) => Ok(notebook),
        nbformat::Notebook::V4QuirksMode(quirks) => Ok(quirks.repair()),
        nbformat::Notebook::Legacy(notebook) => nbformat::upgrade_legacy_notebook(notebook),
        _ => bail!("expected notebook format 4"),
    }
}

fn check_kernel(notebook: &v4::Notebook) -> Result<()> {
    let mend = format!("open it in JupyterLab, choose the kernel \"{KERNEL_DISPLAY_NAME}\" and save it");
    let Some(kernel) = &notebook.metadata.kernelspec else {
        bail!("it does not say which kernel it is for (metadata.kernelspec is missing): {mend}");
    };
    let language = notebook.metadata.language_info.as_ref().map(|info| info.name.as_str());
    let language = kernel.language.as_deref().or(language).unwrap_or(&kernel.name);
    if language.eq_ignore_ascii_case("rust") || kernel.name == KERNEL_NAME {
        return Ok(());
    }
    bail!("expected a notebook for a Rust kernel, found \"{}\" ({language}): {mend}", kernel.display_name)
}

/// Writes a notebook, whole or not at all.
pub fn write(notebook: &v4::Notebook, path: &Path) -> Result<()> {
    let text = to_text(notebook).with_context(|| format!("cannot write {}", path.display()))?;
    paths::write_atomically(path, text.as_bytes())
}

/// A notebook as its file has it: the same notebook is the same text.
pub fn to_text(notebook: &v4::Notebook) -> Result<String> {
    Ok(nbformat::serialize_notebook(&nbformat::Notebook::V4(notebook.clone()))?)
}

/// What a notebook that `nnlib` withholds nothing from says of itself when this kernel has run it.
pub fn kernel_metadata() -> v4::Metadata {
    v4::Metadata {
        kernelspec: Some(v4::KernelSpec {
            display_name: KERNEL_DISPLAY_NAME.to_owned(),
            name: KERNEL_NAME.to_owned(),
            language: Some("rust".to_owned()),
            additional: Default::default(),
        }),
        language_info: Some(v4::LanguageInfo {
            name: "rust".to_owned(),
            version: None,
            codemirror_mode: Some(v4::CodemirrorMode::String("rust".to_owned())),
            additional: [("file_extension", ".rs"), ("mimetype", "text/rust"), ("pygments_lexer", "rust")]
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.into()))
                .collect(),
        }),
        ..Default::default()
    }
}

/// A cell's text.
pub fn source(cell: &v4::Cell) -> String {
    cell.source().concat()
}

/// Changes a cell's text.
pub fn set_source(cell: &mut v4::Cell, lines: Vec<String>) {
    match cell {
        v4::Cell::Code { source, .. } | v4::Cell::Markdown { source, .. } | v4::Cell::Raw { source, .. } => {
            *source = lines
        }
    }
}

/// Text as a notebook file keeps it: a list of lines, each with its line feed.
pub fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        match parse(text).and_then(|notebook| check_kernel(&notebook)) {
            Ok(()) => panic!("{text} was accepted"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn what_is_not_a_notebook_of_ours_says_why() {
        assert!(error("print('hello')").contains("expected JSON"));
        assert!(error("[]").contains("expected a number `nbformat`"));
        assert!(error(r#"{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}"#).contains("nbconvert"));
        let with_metadata = |metadata: &str| {
            error(&format!(r#"{{"nbformat": 4, "nbformat_minor": 5, "metadata": {metadata}, "cells": []}}"#))
        };
        assert!(with_metadata("{}").contains("metadata.kernelspec is missing"));
        let python = r#"{"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}"#;
        assert!(with_metadata(python).contains("found \"Python 3\" (python)"));
    }

    #[test]
    fn an_older_notebook_of_format_4_is_read() {
        let text = r#"{"nbformat": 4, "nbformat_minor": 2,
            "metadata": {"kernelspec": {"name": "rust", "display_name": "Rust", "language": "rust"}},
            "cells": [{"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": null}]}"#;
        let notebook = parse(text).unwrap();
        check_kernel(&notebook).unwrap();
        assert_eq!(source(&notebook.cells[0]), "1 + 1");
    }
}
