//! An evcxr context in a prepared folder.

use super::analysis;
use super::folder::Folder;
use anyhow::{Context, Result, bail};
use evcxr::{CommandContext, EvalContext, EvalContextOutputs};
use std::path::Path;
use std::{env, process};

/// An evcxr context with nnlib preloaded.
pub struct Interpreter {
    /// What evaluates cells.
    pub context: CommandContext,
    /// What cells write, by line.
    pub outputs: EvalContextOutputs,
}

impl Interpreter {
    /// Starts evcxr in `folder`, for cells that run in `workdir`, and preloads nnlib.
    ///
    /// The current folder of this process becomes `folder`: that is where evcxr looks for its settings.
    pub fn start(folder: &Folder, workdir: &Path) -> Result<Self> {
        env::set_current_dir(folder.path())
            .with_context(|| format!("cannot enter the folder {}", folder.path().display()))?;
        let mut runtime = process::Command::new(env::current_exe().context("this program does not know its own path")?);
        runtime.envs(folder.runtime_environment(workdir)?);
        let (context, outputs) = EvalContext::with_subprocess_command(runtime)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the Rust interpreter could not be started")?;
        analysis::show_library(folder.path())?;
        let mut interpreter = Interpreter { context: CommandContext::with_eval_context(context), outputs };
        interpreter.evaluate(":load_config --quiet").context("nnlib could not be loaded into the session")?;
        Ok(interpreter)
    }

    /// Evaluates code of our own, which is expected to compile.
    pub fn evaluate(&mut self, code: &str) -> Result<()> {
        match self.context.execute(code) {
            Ok(_) => Ok(()),
            Err(evcxr::Error::CompilationErrors(errors)) => {
                let rendered: Vec<String> = errors
                    .iter()
                    .map(|error| if error.rendered().is_empty() { error.message() } else { error.rendered() })
                    .collect();
                bail!("{}", rendered.join("\n"))
            }
            Err(error) => bail!("{error}"),
        }
    }
}
