//! How rustc was started for the last cell.

use super::{RUSTC, loops, rustc, support};
use crate::paths;
use crate::session::template;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// The crate of a cell, as evcxr calls it.
const CRATE: &str = "ctx";
/// The file of a recipe, beside the folder of the crate.
const FILE: &str = "recipe.json";
/// The files that decide how the crate is compiled, seen from its folder.
const MANIFESTS: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "../.cargo/config.toml"];

/// How the code of a cell is compiled otherwise than by cargo. Most of a cell's time is rustc's:
///
/// - nothing is kept for incremental compilation: what a cell makes rustc do anew is mostly generic code of other crates, and to keep the
///   rest takes longer than it saves;
/// - two units of code are compiled at the same time. They are optimised across each other afterwards (`lto` stays as it is): without that,
///   loops of ndarray's call into the other unit for each element, and take up to 17 times as long.
const SETTINGS: [(&str, Option<&str>); 2] = [("incremental", None), ("codegen-units", Some("2"))];

/// The environment that decides it.
const VARIABLES: [&str; 2] = ["RUSTC", "RUSTFLAGS"];

/// What rustc is to make begins with this.
const EMIT: &str = "--emit=";

/// What a crate is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To run it.
    Build {
        /// Generic code that was compiled for all cells is not compiled for this one.
        shares: bool,
    },
    /// To learn what is wrong with it.
    Check,
}

impl Purpose {
    /// To run a cell with this code.
    pub fn build(code: &str) -> Self {
        Purpose::Build { shares: !loops::set_elements_in_nested_loops(code) }
    }
}

/// What rustc is started with for a cell.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub struct Recipe {
    /// Of all that decides what follows.
    key: String,
    /// rustc's path.
    pub rustc: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What cargo tells it in the environment.
    pub environment: Vec<(String, String)>,
}

impl Recipe {
    /// What this process, which cargo has started in place of rustc, was given; `None` if it is not to compile a cell.
    pub fn of_this_process(rustc: &Path, arguments: &[String]) -> Option<Self> {
        let value = |name| arguments.iter().position(|argument| argument == name).map(|index| &arguments[index + 1]);
        let is_cell = value("--crate-name").is_some_and(|name| name == CRATE)
            && arguments.iter().any(|argument| argument.starts_with(EMIT) && argument.contains("link"));
        is_cell.then(|| Recipe {
            key: key(),
            rustc: rustc.to_owned(),
            arguments: arguments.to_vec(),
            environment: env::vars()
                .filter(|(name, _)| name.starts_with("CARGO") || name.ends_with("LIBRARY_PATH"))
                // Cargo's tokens for parallel work are gone with it.
                .filter(|(name, _)| name != "CARGO_MAKEFLAGS")
                .collect(),
        })
    }

    /// The recipe of the crate in the current folder, if there is one and nothing has changed since.
    pub fn read() -> Option<Self> {
        Self::of_session(Path::new("..")).ok().filter(|recipe| recipe.key == key())
    }

    /// The recipe of the cells that were compiled in a session's folder.
    pub fn of_session(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&content)
            .with_context(|| format!("{}: not what this program writes there", path.display()))
    }

    /// The arguments by which a crate is compiled for the same machine, with the same crates to depend on.
    pub fn dependencies(&self) -> impl Iterator<Item = &String> {
        let pairs = self.arguments.windows(2);
        pairs.filter(|pair| ["--extern", "-L", "--target"].contains(&pair[0].as_str())).flatten()
    }

    /// What a cell with this code is kept under, compiled for `purpose`: all that decides what it is compiled to.
    pub fn cell_key(&self, code: &str, purpose: Purpose) -> String {
        // The manifest names the template, and with it the compiler and the build settings; the settings beside it name
        // the session too, which decides nothing.
        let files = MANIFESTS[..2].iter().map(|path| fs::read(path).unwrap_or_default());
        let settings = format!("{SETTINGS:?} {purpose:?} {:?}", support::flags(&support::folder()));
        let others = [env!("CARGO_PKG_VERSION"), &settings, code].map(|text| text.as_bytes().to_vec());
        hash(files.chain(others))
    }

    /// Whether the crate depends on the nnlib of a template and nothing else: on nothing that may change under its name.
    pub fn depends_on_nnlib_alone(&self) -> bool {
        let manifest = fs::read_to_string(MANIFESTS[0]).ok().and_then(|text| text.parse::<toml::Table>().ok());
        let dependencies = manifest.as_ref().and_then(|manifest| manifest.get("dependencies")?.as_table());
        let of_template = |dependency: &toml::Value| {
            let folder = dependency.get("path").and_then(toml::Value::as_str).and_then(|path| Path::new(path).parent());
            folder.is_some_and(template::is_complete)
        };
        dependencies.is_some_and(|all| all.iter().all(|(name, value)| name == "nnlib" && of_template(value)))
    }

    /// Keeps it for the next cell.
    pub fn write(&self) -> Result<()> {
        let text = serde_json::to_vec(self).context("a recipe cannot be written as JSON")?;
        paths::write_atomically(&Path::new("..").join(FILE), &text)
    }

    /// Whether cells can be linked with what they have in common.
    pub fn has_support(&self) -> bool {
        support::argument(&support::folder()).is_some()
    }

    /// What rustc says, started as it was but for [`SETTINGS`], and with what cells have in common.
    pub fn run(&self, purpose: Purpose) -> Result<Output> {
        let mut arguments = with_settings(&self.arguments);
        if purpose == Purpose::Check {
            for argument in arguments.iter_mut().filter(|argument| argument.starts_with(EMIT)) {
                *argument = format!("{EMIT}metadata");
            }
        }
        let (flags, unlock) = match purpose {
            Purpose::Build { shares: true } => support::flags(&support::folder()),
            _ => Default::default(),
        };
        if let Some(argument) = support::argument(&support::folder()) {
            arguments.extend(["--extern".to_owned(), argument]);
        }
        arguments.extend(flags);
        rustc::output(&arguments, |arguments| {
            let mut command = Command::new(&self.rustc);
            command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
            command.envs(unlock).env_remove(RUSTC);
            command
        })
    }

    /// The shared object that it makes.
    pub fn product(&self) -> Option<PathBuf> {
        let index = self.arguments.iter().position(|argument| argument == "--out-dir")?;
        let (prefix, suffix) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        Some(Path::new(self.arguments.get(index + 1)?).join(format!("{prefix}{CRATE}{suffix}")))
    }
}

/// Gives the crate the same identity in all sessions: a type of a cell is the same then, wherever the cell was compiled.
/// Cargo makes it of the folder's path, among others.
pub fn name_crate(arguments: &mut [String]) {
    if let Some(metadata) = arguments.iter_mut().find(|argument| argument.starts_with("metadata=")) {
        *metadata = "metadata=nnkernel".to_owned();
    }
}

/// Arguments with [`SETTINGS`] in place of what they say of the same.
fn with_settings(arguments: &[String]) -> Vec<String> {
    let mut adjusted: Vec<String> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let name = argument.split('=').next().unwrap_or_default();
        let is_set =
            adjusted.last().is_some_and(|last| last == "-C") && SETTINGS.iter().any(|(known, _)| *known == name);
        if is_set {
            adjusted.pop();
        } else {
            adjusted.push(argument.clone());
        }
    }
    let settings = SETTINGS.iter().filter_map(|(name, value)| Some(format!("-C{name}={}", (*value)?)));
    adjusted.extend(settings);
    adjusted
}

fn key() -> String {
    let variables = VARIABLES.iter().map(|name| env::var(name).unwrap_or_default().into_bytes());
    hash(MANIFESTS.iter().map(|path| fs::read(path).unwrap_or_default()).chain(variables))
}

fn hash(parts: impl Iterator<Item = Vec<u8>>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_take_the_place_of_cargos() {
        let given =
            ["--crate-name", "ctx", "-C", "opt-level=2", "-C", "incremental=/a", "-C", "codegen-units=16", "-Crpath"];
        let given: Vec<String> = given.iter().map(|&argument| argument.to_owned()).collect();
        let expected = ["--crate-name", "ctx", "-C", "opt-level=2", "-Crpath", "-Ccodegen-units=2"];
        assert_eq!(with_settings(&given), expected);
    }
}
