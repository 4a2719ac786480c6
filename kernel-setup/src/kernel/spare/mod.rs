//! A spare: an interpreter that has started before anybody asks for it.
//!
//! Starting an interpreter takes seconds, most of them to read the standard library and nnlib. So a kernel that has run a cell and has nothing to do has a
//! spare started, a process of its own that outlives it and waits at a socket in the cache folder. A kernel that is started next, for
//! the same user in the same [circumstances](kind), hands its notebook over to it, and stays as its [front]. No cell of
//! any notebook has run in a spare.
//!
//! | module | what it does |
//! |---|---|
//! | [`kind`] | whom a spare could serve |
//! | [`place`] | the folder where it is found |
//! | [`front`] | the process that Jupyter has started, in front of a spare that serves |
//! | [`waiting`] | a spare, from its start to the moment it serves |
//!
//! There is one spare a user, none where memory is short, and none half a minute after the last kernel has ended. A kernel has one
//! started once, so that two of different kinds do not take turns for ever. A spare is nobody's child: when it has ended, the
//! system's first process takes leave of it.

mod front;
mod kind;
mod place;
mod waiting;

pub use waiting::{obey, wait};

use super::interpreter::Shared;
use crate::cli;
use crate::compiler::tools;
use crate::runtime::notebook;
use anyhow::{Context, Result};
use place::Users;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

/// Set to `off` by those who want none.
const SWITCH: &str = "NNKERNEL_SPARE";
/// A kernel that was idle for so long has a spare started.
const IDLE: Duration = Duration::from_secs(5);

/// What comes before a process of this `command` begins its work: serving in front of a spare, or being a spare on its own. Where
/// there is work left, returns the kind of spare that could do it.
pub fn begin(command: &cli::Command) -> ControlFlow<ExitCode, Option<String>> {
    match command {
        cli::Command::Kernel(options) if is_wanted(options) => {
            // Where this cannot be known, something is missing that the kernel will tell of.
            let Ok(kind) = kind::of(&options.withhold) else { return ControlFlow::Continue(None) };
            match front::serve(&options.connection_file, &kind) {
                Some(code) => ControlFlow::Break(code),
                None => ControlFlow::Continue(Some(kind)),
            }
        }
        cli::Command::Spare(options) if !options.detached => ControlFlow::Break(match detach() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        }),
        // Circumstances have changed since it was asked for.
        cli::Command::Spare(options) if kind::of(&options.withhold).ok().as_ref() != Some(&options.kind) => {
            ControlFlow::Break(ExitCode::SUCCESS)
        }
        cli::Command::Spare(options) => ControlFlow::Continue(Some(options.kind.clone())),
        _ => ControlFlow::Continue(None),
    }
}

fn is_wanted(options: &cli::Kernel) -> bool {
    !options.no_spare && !options.stock && env::var_os(SWITCH).is_none_or(|value| value != "off")
}

/// Starts this program anew, as nobody's child and in no session of a terminal's.
fn detach() -> Result<()> {
    rustix::process::setsid()?;
    let log = fs::File::create(place::folder()?.join(place::LOG))?;
    let mut command = Command::new(env::current_exe()?);
    // Of the notebook whose kernel had this started.
    for (name, _) in env::vars_os().filter(|(name, _)| notebook::differs(name)) {
        command.env_remove(name);
    }
    command
        .args(env::args_os().skip(1))
        .arg("--detached")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    Ok(())
}

/// Says that this process is a kernel that would use a spare, as long as the value lives, and has one started for the kernel that comes
/// next, as soon as this one, which runs in `folder`, has time. `None` if spares are not wanted.
pub fn join(withheld: &[String], folder: &Path, shared: &Arc<Shared>) -> Option<Users> {
    let kind = tools::spare_kind()?;
    match Users::join() {
        Ok(user) => {
            tokio::spawn(prepare_next(kind, withheld.to_vec(), folder.to_owned(), Arc::clone(shared)));
            Some(user)
        }
        Err(error) => {
            report(&error);
            None
        }
    }
}

async fn prepare_next(kind: String, withheld: Vec<String>, folder: PathBuf, shared: Arc<Shared>) {
    while shared.idle_time().is_none_or(|time| time < IDLE) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let started = tokio::task::spawn_blocking(move || start(&kind, &withheld, &folder)).await;
    if let Ok(Err(error)) = started {
        report(&error);
    }
}

fn report(error: &anyhow::Error) {
    eprintln!("nnkernel: no spare kernel can be started: {error:#}");
}

fn start(kind: &str, withheld: &[String], folder: &Path) -> Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["spare", "--kind", kind]).current_dir(folder);
    if !withheld.is_empty() {
        command.args(["--withhold", &withheld.join(",")]);
    }
    tools::leave(&mut command);
    tools::keep_cell_folder(&mut command)?;
    let output = command.stdin(Stdio::null()).output().context("this program could not be started once more")?;
    anyhow::ensure!(output.status.success(), "{}", output.status);
    Ok(())
}
