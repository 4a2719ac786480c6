//! evcxr's own Jupyter server, with nnlib preloaded, to compare with and to fall back on.
//!
//! It takes its settings from the current folder and the environment, and
//! leaves its files behind when it is killed; so it runs as a child, in a session's folder, which this process removes
//! when it has ended.

use crate::cli;
use crate::run::terminal::BUILD_NOTICE;
use crate::session::{Server, SessionFolder};
use anyhow::{Context, Result};
use std::env;
use std::process::{self, Command, ExitCode};

/// The option of evcxr's server; no option of ours has this name.
const CONTROL_FILE: &str = "--control_file";

/// Becomes evcxr's server if the command line is one of its own, and then does not return.
pub fn hook() {
    if env::args().nth(1).as_deref() != Some(CONTROL_FILE) {
        return;
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    match evcxr_jupyter::main() {
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("nnkernel: {error:#}");
            process::exit(1)
        }
    }
}

/// Serves the notebook that connects through the options' file, until it asks for the end.
pub fn serve(options: &cli::Kernel) -> Result<ExitCode> {
    let connection_file = std::path::absolute(&options.connection_file)?;
    let workdir = env::current_dir().context("the folder that the kernel was started in is gone")?;
    let session = SessionFolder::prepare(&options.withhold, Server::Stock, &|| eprintln!("{BUILD_NOTICE}"))?;
    let folder = &session.folder;
    let status = Command::new(env::current_exe()?)
        .arg(CONTROL_FILE)
        .arg(connection_file)
        .current_dir(folder.path())
        .envs(folder.runtime_environment(&workdir)?)
        // The server rewrites an older kernelspec of evcxr when it finds one there: somebody else's file.
        .env("JUPYTER_PATH", folder.path())
        .status()
        .context("the notebook server could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
