//! Compiled cells, kept: a notebook that is run again from its start needs no compiler for cells that have not changed.
//!
//! A cell is found by all that decides what is compiled. A file holds the shared object and, behind it, a hash of it;
//! what does not agree with its hash is not there. Files appear whole, by rename, so that kernels may share the folder.

use crate::paths;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// So much is kept; the cells that were used last.
const MOST_BYTES: u64 = 512 << 20;
/// The length of the hash.
const HASH: usize = 32;

/// Where compiled cells are kept.
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In this folder, which is made when something is kept.
    pub fn new(folder: PathBuf) -> Self {
        Store { folder }
    }

    /// The shared object under this key.
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(key);
        let mut content = fs::read(&path).ok()?;
        let hash = content.split_off(content.len().checked_sub(HASH)?);
        if Sha256::digest(&content).as_slice() != hash {
            let _ = fs::remove_file(&path);
            return None;
        }
        // The time of last use decides what is removed.
        let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(content)
    }

    /// Keeps a shared object under this key, and removes others if there are too many.
    pub fn put(&self, key: &str, object: &[u8]) -> Result<()> {
        paths::create_dir(&self.folder)?;
        let content = [object, Sha256::digest(object).as_slice()].concat();
        paths::write_atomically(&self.folder.join(key), &content)?;
        self.remove_oldest();
        Ok(())
    }

    fn remove_oldest(&self) {
        let entry = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len(), path.to_owned()))
        };
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.filter_map(|file| entry(&file.path())).collect();
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort();
        for (_, length, path) in files {
            if total <= MOST_BYTES {
                break;
            }
            // What somebody else has removed is gone as well.
            let _ = fs::remove_file(path);
            total -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("cells"));
        assert_eq!(store.get("a"), None);
        store.put("a", b"object").unwrap();
        assert_eq!(store.get("a").as_deref(), Some(&b"object"[..]));
        let path = folder.path().join("cells/a");
        let mut damaged = fs::read(&path).unwrap();
        damaged[2] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(store.get("a"), None);
        fs::write(&path, b"short").unwrap();
        assert_eq!(store.get("a"), None);
    }
}
