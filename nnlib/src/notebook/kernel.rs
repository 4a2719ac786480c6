//! Our kernel, as the process that runs cells knows it.

use std::env;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that names the kernel's folder.
const FOLDER: &str = "NNLIB_NOTEBOOK";

/// A folder that the kernel shares with this process.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    folder: PathBuf,
}

impl Kernel {
    /// The kernel that the environment names; `None` in another one, in a terminal and in tests.
    pub(super) fn from_environment() -> Option<Self> {
        env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(|folder| Kernel::in_folder(folder.into()))
    }

    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Kernel { folder }
    }

    /// The file that is there while a loop is asked to stop.
    pub(super) fn stop_file(&self) -> PathBuf {
        self.folder.join("stop")
    }

    /// A file that is to be there while a loop listens.
    pub(super) fn new_listener(&self) -> PathBuf {
        self.folder.join("listeners").join(unique_name())
    }
}

/// A name that no other cell gives.
///
/// Each cell has a copy of this library's statics, so that the counter alone would begin anew; and cells run in several
/// processes, one after the other.
pub(super) fn unique_name() -> String {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{:x}-{nanoseconds:x}-{:x}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique() {
        let names: HashSet<String> = (0..1000).map(|_| unique_name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')));
    }
}
