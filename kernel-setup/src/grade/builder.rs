//! What programs are compiled by: rustc, with an assignment's template to link against.

use super::isolation::Isolation;
use super::program::{HARNESS, HARNESS_SOURCE};
use super::run::hexadecimal;
use crate::compiler::recipe::Recipe;
use crate::compiler::{rustc, support};
use crate::paths;
use crate::sandbox::{End, Limits, Outcome, Plan, WORK};
use crate::session::template::{Announce, Template};
use crate::session::{Server, toolchain};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The program's source and what becomes of it, in [`WORK`].
const SOURCE: &str = "main.rs";
const BINARY: &str = "notebook";

/// What compiling one notebook may use. rustc needs a few hundred megabytes and some seconds for the longest that there is.
const LIMITS: Limits = Limits {
    wall: Duration::from_secs(120),
    cpu: Duration::from_secs(60),
    memory: 3 << 30,
    processes: 64,
    work_bytes: 512 << 20,
    output_bytes: 64 << 20,
    open_files: 1024,
};

/// rustc, ready for programs of one assignment.
pub struct Builder {
    rustc: PathBuf,
    arguments: Vec<String>,
    /// The linker can do without nnlib as a shared library only (see [`rustc::output`]): once so, always so.
    links_for_good: AtomicBool,
    environment: Vec<(OsString, OsString)>,
    /// Folders that the compiler reads, beside the toolchain.
    folders: Vec<PathBuf>,
    /// The shared libraries that a compiled program is linked with, the standard library aside.
    libraries: Vec<PathBuf>,
    /// What compiling one notebook may use.
    pub limits: Limits,
    /// Nobody removes it meanwhile.
    _template: Template,
}

/// What came of compiling.
#[derive(Debug)]
pub enum Built {
    /// The program.
    Program(Vec<u8>),
    /// What rustc says, in JSON.
    Errors(String),
    /// It was stopped: the reason, in words.
    Stopped(String),
}

impl Builder {
    /// Prepares what is needed to compile for nnlib without these modules; builds its template if there is none.
    pub fn prepare(withheld: &[String], announce: Announce) -> Result<Self> {
        let template = Template::open(withheld, Server::Ours, announce)?;
        let session = template.session_folder();
        let recipe = Recipe::of_session(&session)?;
        let harness = compile_harness(&recipe)?;
        let support_folder = session.join(support::FOLDER);

        let mut arguments: Vec<String> = [
            SOURCE,
            "--crate-name",
            BINARY,
            "--crate-type=bin",
            "--edition=2024",
            "--error-format=json",
            "-Copt-level=2",
            "-Cdebug-assertions=on",
            "-Ccodegen-units=2",
            "-Cstrip=symbols",
            "-Cprefer-dynamic",
            "-Cembed-bitcode=no",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.extend(recipe.dependencies().cloned());
        arguments.extend(["--extern".to_owned(), format!("{HARNESS}={}", harness.display())]);
        let (flags, unlock) = support::flags(&support_folder);
        if let Some(argument) = support::argument(&support_folder) {
            arguments.extend(["--extern".to_owned(), argument]);
            arguments.extend(flags);
        }
        let libraries: Vec<PathBuf> = dependency_folders(&recipe);
        let mut folders = libraries.clone();
        folders.push(support_folder);
        folders.push(harness.parent().unwrap_or(Path::new("/")).to_owned());
        let environment = unlock.map(|(name, value)| (name.into(), value.into())).into_iter().collect();
        Ok(Builder {
            rustc: recipe.rustc.clone(),
            arguments,
            links_for_good: AtomicBool::new(false),
            environment,
            folders,
            libraries: libraries.iter().map(|folder| folder.join(nnlib())).filter(|file| file.is_file()).collect(),
            limits: LIMITS,
            _template: template,
        })
    }

    /// Compiles a program.
    pub fn build(&self, source: &str, isolation: &Isolation) -> Result<(Built, Outcome)> {
        let is_first = !self.links_for_good.load(Ordering::Relaxed);
        if is_first {
            let (built, outcome) = self.build_with(&self.arguments, source, isolation)?;
            let has_not_linked = matches!(&built, Built::Errors(text) if rustc::says_not_linked(text));
            if !has_not_linked {
                return Ok((built, outcome));
            }
            self.links_for_good.store(true, Ordering::Relaxed);
        }
        let arguments =
            rustc::without_shared(&self.arguments).context("nnlib for notebooks is there as a shared library only")?;
        self.build_with(&arguments, source, isolation)
    }

    fn build_with(&self, arguments: &[String], source: &str, isolation: &Isolation) -> Result<(Built, Outcome)> {
        let binary = Path::new(WORK).join(BINARY);
        let places = isolation.places(&self.folders);
        let placed = |argument: &String| {
            places.iter().fold(argument.clone(), |argument, (outside, inside)| {
                argument.replace(&*outside.to_string_lossy(), &inside.to_string_lossy())
            })
        };
        let plan = Plan {
            program: self.rustc.clone(),
            content: None,
            arguments: arguments.iter().map(placed).map(Into::into).collect(),
            environment: isolation.compiler_environment()?.into_iter().chain(self.environment.clone()).collect(),
            folder: WORK.into(),
            read_only: isolation.compiler_mounts(places)?,
            inputs: vec![(Path::new(WORK).join(SOURCE), source.as_bytes().to_vec())],
            outputs: Vec::new(),
            products: vec![binary.clone()],
            wait_for_all: false,
            limits: self.limits,
        };
        let mut outcome = isolation.run(&plan)?;
        let built = match outcome.end {
            End::Exited(0) => {
                let program = outcome.outputs.remove(&binary).unwrap_or_default();
                if program.is_empty() {
                    bail!("rustc has made nothing, and said nothing of it");
                }
                Built::Program(program)
            }
            // The beginning of very many errors is as good as all of them.
            End::Exited(_) | End::TooMuchOutput => Built::Errors(String::from_utf8_lossy(&outcome.stderr).into_owned()),
            End::TimedOut => Built::Stopped("compiling it takes too long".to_owned()),
            End::OutOfMemory => Built::Stopped("compiling it takes too much memory".to_owned()),
            End::Signaled(signal) => Built::Stopped(format!("the compiler was ended by signal {signal}")),
        };
        Ok((built, outcome))
    }

    /// The shared libraries that a compiled program is linked with, the standard library aside.
    pub fn libraries(&self) -> &[PathBuf] {
        &self.libraries
    }
}

/// The file of nnlib that programs are linked with.
fn nnlib() -> String {
    format!("{}nnlib{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

/// The folders in which the crates lie that a cell depends on.
fn dependency_folders(recipe: &Recipe) -> Vec<PathBuf> {
    recipe.dependencies().filter_map(|argument| argument.strip_prefix("dependency=")).map(PathBuf::from).collect()
}

/// Compiles the harness, or finds it compiled; returns the library.
fn compile_harness(recipe: &Recipe) -> Result<PathBuf> {
    let mut hasher = Sha256::new();
    hasher.update(HARNESS_SOURCE);
    hasher.update(toolchain::rustc_version()?);
    let key = hexadecimal(&hasher.finalize()[..10]);
    let folder = paths::cache_root()?.join("harness").join(key);
    let library = folder.join(format!("lib{HARNESS}.rlib"));
    if library.is_file() {
        return Ok(library);
    }
    paths::create_dir(&folder)?;
    let workplace = tempfile::tempdir_in(&folder).context("cannot create a temporary folder in the cache")?;
    let source = workplace.path().join(format!("{HARNESS}.rs"));
    fs::write(&source, HARNESS_SOURCE).with_context(|| format!("cannot write {}", source.display()))?;
    let mut rustc = Command::new(&recipe.rustc);
    rustc.arg(&source).args([
        "--edition=2024",
        "--crate-type=rlib",
        "-Copt-level=2",
        "-Cprefer-dynamic",
        "--crate-name",
        HARNESS,
    ]);
    rustc.arg("--out-dir").arg(workplace.path());
    if let Some(target) = recipe.arguments.windows(2).find(|pair| pair[0] == "--target") {
        rustc.args(target);
    }
    let output =
        rustc.env_remove("RUSTFLAGS").current_dir(env::temp_dir()).output().context("rustc could not be started")?;
    if !output.status.success() {
        bail!("what notebooks are linked with does not compile: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let compiled = workplace.path().join(format!("lib{HARNESS}.rlib"));
    fs::rename(&compiled, &library).with_context(|| format!("cannot write {}", library.display()))?;
    Ok(library)
}
