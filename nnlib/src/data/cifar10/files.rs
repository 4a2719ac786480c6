//! The files of the set in a folder.

use std::path::{Path, PathBuf};

use super::{Batch, CLASS_NAMES, FOLDERS, MAX_FILE, Origin, binary, python};
use crate::data::places::exists;
use crate::data::{prepared, whole_file};
use crate::{Error, Result};

/// The names of the batches; those of the binary form end in `.bin`.
const TRAIN: [&str; 5] = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
const TEST: &str = "test_batch";

/// The form of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Python,
    Binary,
}

/// A folder with all files of a set in one form.
pub struct Layout {
    form: Form,
    folder: PathBuf,
}

impl Form {
    fn file(self, folder: &Path, batch: &str) -> PathBuf {
        match self {
            Form::Python => folder.join(batch),
            Form::Binary => folder.join(format!("{batch}.bin")),
        }
    }

    /// The file with the names of the classes.
    fn names(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Form::Python => "batches.meta",
            Form::Binary => "batches.meta.txt",
        })
    }
}

impl Layout {
    /// What lies in `folder`, or in one of the archives' folders in it.
    pub fn of(folder: &Path) -> Result<Layout> {
        std::fs::read_dir(folder).map_err(|error| Error::io(folder, "list", error))?;
        let [python, binary, _] = FOLDERS.map(|name| folder.join(name));
        let mut searched = Vec::new();
        for (form, folder) in
            [(Form::Python, folder), (Form::Binary, folder), (Form::Python, &python), (Form::Binary, &binary)]
        {
            let files: Vec<PathBuf> = TRAIN.iter().chain([&TEST]).map(|batch| form.file(folder, batch)).collect();
            let (there, missing): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.is_file());
            match (&there[..], &missing[..]) {
                ([..], []) => return Ok(Layout { form, folder: folder.to_owned() }),
                ([], _) => searched.push(files[0].clone()),
                ([some, ..], [first, ..]) => {
                    let found = format!("only others of the six batches, such as {}", some.display());
                    return Err(Error::format(folder, format!("the file {}", first.display()), found));
                }
            }
        }
        Err(Error::NotFound {
            name: "CIFAR-10".to_owned(),
            searched,
            hint: "Put the six batches there, those for Python or the binary ones.".to_owned(),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn origin(&self) -> Origin {
        match self.form {
            _ if prepared::was_drawn(&self.folder) => Origin::Embedded,
            Form::Python => Origin::Python(self.folder.clone()),
            Form::Binary => Origin::Binary(self.folder.clone()),
        }
    }

    /// The five training batches, one after the other, and the test batch. All six have the same number of pictures: a
    /// file that lacks some may still be well formed.
    pub fn read(&self) -> Result<(Batch, Batch)> {
        let mut train = self.read_batch(TRAIN[0])?;
        let len = train.labels.len();
        let read_another = |name: &str| {
            let batch = self.read_batch(name)?;
            if batch.labels.len() != len {
                let expected = format!("{len} pictures, as in {}", TRAIN[0]);
                let path = self.form.file(&self.folder, name);
                return Err(Error::format(&path, expected, batch.labels.len().to_string()));
            }
            Ok(batch)
        };
        train.pixels.reserve_exact(train.pixels.len() * (TRAIN.len() - 1));
        for name in &TRAIN[1..] {
            let batch = read_another(name)?;
            train.pixels.extend(batch.pixels);
            train.labels.extend(batch.labels);
        }
        Ok((train, read_another(TEST)?))
    }

    /// The names of the classes, from the file that has them, else those that are published.
    pub fn read_names(&self) -> Result<Vec<String>> {
        match (self.read_meta()?, self.form) {
            (None, _) => Ok(CLASS_NAMES.map(str::to_owned).to_vec()),
            (Some((path, bytes)), Form::Python) => python::decode_python_names(&bytes, &path),
            (Some((path, bytes)), Form::Binary) => binary::decode_binary_names(&bytes, &path),
        }
    }

    fn read_meta(&self) -> Result<Option<(PathBuf, Vec<u8>)>> {
        let path = self.form.names(&self.folder);
        if !exists(&path)? {
            return Ok(None);
        }
        whole_file::read(&path, MAX_FILE).map(|bytes| Some((path, bytes)))
    }

    fn read_batch(&self, name: &str) -> Result<Batch> {
        let path = self.form.file(&self.folder, name);
        let bytes = whole_file::read(&path, MAX_FILE)?;
        match self.form {
            Form::Binary => binary::batch(&bytes, &path),
            Form::Python => {
                let batch = python::batch(&bytes, &path)?;
                if let Some((meta, bytes)) = self.read_meta()? {
                    let promised = python::decode_batch_len(&bytes, &meta)?;
                    if usize::try_from(promised) != Ok(batch.labels.len()) {
                        let expected = format!("{promised} pictures, as {} says", meta.display());
                        return Err(Error::format(&path, expected, batch.labels.len().to_string()));
                    }
                }
                Ok(batch)
            }
        }
    }
}
