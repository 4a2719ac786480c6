//! Where data sets are looked for.

use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The folders that may hold data sets, each set in a subfolder of its own name.
///
/// Functions that look for data take this instead of the environment, so that a program, or a test, can say where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// What the user chose: the environment variable `NNLIB_DATA`.
    pub data_root: Option<PathBuf>,
    /// Where downloads are kept: [`cache_dir`].
    pub cache: Option<PathBuf>,
}

impl Places {
    /// The places that the environment names.
    pub fn from_environment() -> Self {
        Places { data_root: path_variable("NNLIB_DATA"), cache: cache_dir() }
    }

    /// The folders that may hold the data set `name`, in the order in which they are looked at.
    pub fn folders(&self, name: &str) -> Vec<PathBuf> {
        self.folders_of(&[name])
    }

    /// The folders that may hold a data set that goes by several names: all in the first place, then all in the next.
    pub(super) fn folders_of(&self, names: &[&str]) -> Vec<PathBuf> {
        let roots = [&self.data_root, &self.cache].into_iter().flatten();
        roots.flat_map(|root| names.iter().map(|name| root.join(name))).collect()
    }
}

/// The folder `nnlib` in the user's cache directory, if the environment tells where that is.
///
/// | system | cache directory |
/// |---|---|
/// | Windows | `%LOCALAPPDATA%` |
/// | macOS | `~/Library/Caches` |
/// | others | `$XDG_CACHE_HOME`, else `~/.cache` (XDG Base Directory Specification 0.8) |
pub fn cache_dir() -> Option<PathBuf> {
    cache_dir_of(env::consts::OS, path_variable)
}

fn cache_dir_of(system: &str, variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // A relative path would name another folder in every working directory; the specification says to ignore it.
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let cache = match system {
        "windows" => absolute("LOCALAPPDATA"),
        "macos" => absolute("HOME").map(|home| home.join("Library").join("Caches")),
        _ => absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache"))),
    };
    cache.map(|cache| cache.join("nnlib"))
}

/// Whether there is anything of that name, be it a link that leads nowhere: that is for the loader to complain about.
pub(super) fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io(path, "look at", error)),
    }
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn cache(system: &str, variables: &[(&str, &str)]) -> Option<PathBuf> {
        cache_dir_of(system, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value))
        })
    }

    #[test]
    fn each_system_has_its_cache_directory() {
        let home = ("HOME", "/home/ada");
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(cache("linux", &[home]), path("/home/ada/.cache/nnlib"));
        assert_eq!(cache("linux", &[home, ("XDG_CACHE_HOME", "/fast")]), path("/fast/nnlib"));
        assert_eq!(cache("linux", &[home, ("XDG_CACHE_HOME", "relative")]), path("/home/ada/.cache/nnlib"));
        assert_eq!(cache("macos", &[home, ("XDG_CACHE_HOME", "/fast")]), path("/home/ada/Library/Caches/nnlib"));
        assert_eq!(cache("windows", &[home, ("LOCALAPPDATA", "/local")]), path("/local/nnlib"));
        assert_eq!(cache("windows", &[home]), None);
        assert_eq!(cache("linux", &[]), None);
    }
}
