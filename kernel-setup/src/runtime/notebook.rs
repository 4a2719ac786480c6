//! Where a notebook's cells run, for an interpreter that was started before it was known for which notebook.

use super::stop;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::{env, io};

/// What differs between the notebooks of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notebook {
    /// The folder that its cells run in.
    pub folder: PathBuf,
    /// The variables that [differ](differs).
    environment: Vec<(OsString, OsString)>,
}

/// Variables that shells and Jupyter set anew for each program that they start.
const OF_PROGRAM: [&str; 5] = ["PWD", "OLDPWD", "SHLVL", "_", "COLUMNS"];
/// How variables begin that say something of a notebook to its cells: Jupyter's, and nnlib's.
const OF_NOTEBOOK: [&str; 2] = ["JPY_", "NNLIB_"];

/// Whether a variable is one that cells may see, and nothing else of an interpreter looks at.
pub fn differs(name: &OsStr) -> bool {
    // The supervisor tells its cells where they are asked to stop.
    if name == stop::VARIABLE {
        return false;
    }
    OF_PROGRAM.iter().any(|known| name == *known)
        || OF_NOTEBOOK.iter().any(|start| name.as_bytes().starts_with(start.as_bytes()))
}

impl Notebook {
    /// The one that this process was started for.
    #[cfg(target_os = "linux")]
    pub fn of_this_process() -> io::Result<Self> {
        let environment = env::vars_os().filter(|(name, _)| differs(name)).collect();
        Ok(Notebook { folder: env::current_dir()?, environment })
    }

    /// The folder, and variables as `NAME=VALUE`, with a zero behind each.
    #[cfg(any(target_os = "linux", test))]
    pub fn to_bytes(&self) -> Vec<u8> {
        let variables = self.environment.iter().map(|(name, value)| [name.as_bytes(), value.as_bytes()].join(&b'='));
        let parts = [self.folder.as_os_str().as_bytes().to_vec()].into_iter().chain(variables);
        parts.flat_map(|part| [part, vec![0]].concat()).collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let mut parts = bytes.strip_suffix(&[0])?.split(|&byte| byte == 0);
        let folder = PathBuf::from(text(parts.next()?));
        let environment = parts.map(|part| {
            let sign = part.iter().position(|&byte| byte == b'=')?;
            Some((text(&part[..sign]), text(&part[sign + 1..])))
        });
        Some(Notebook { folder, environment: environment.collect::<Option<_>>()? })
    }

    /// Makes this process one of the notebook's.
    ///
    /// # Safety
    /// No other thread may look at the environment, or change it.
    #[allow(unsafe_code, reason = "the environment of a process is changed")]
    pub unsafe fn enter(&self) -> io::Result<()> {
        for (name, _) in env::vars_os().filter(|(name, _)| differs(name)).collect::<Vec<_>>() {
            // SAFETY: as the caller has said.
            unsafe { env::remove_var(name) };
        }
        for (name, value) in &self.environment {
            // SAFETY: as the caller has said.
            unsafe { env::set_var(name, value) };
        }
        env::set_current_dir(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notebooks_survive_the_wire() {
        let pair = |name: &str, value: &[u8]| (OsString::from(name), OsString::from_vec(value.to_vec()));
        for environment in [vec![], vec![pair("NNLIB_DATA", b"/a b\n=\xff"), pair("JPY_SESSION_NAME", b"")]] {
            let notebook = Notebook { folder: "/home/a b/c".into(), environment };
            assert_eq!(Notebook::parse(&notebook.to_bytes()), Some(notebook));
        }
        for other in [&b""[..], b"/home", b"/home\0NAME\0"] {
            assert_eq!(Notebook::parse(other), None);
        }
    }

    #[test]
    fn what_cells_alone_look_at_differs() {
        let names =
            [("PWD", true), ("NNLIB_DATA", true), ("JPY_PARENT_PID", true), ("PATH", false), (stop::VARIABLE, false)];
        for (name, expected) in names {
            assert_eq!(differs(OsStr::new(name)), expected, "{name}");
        }
    }
}
