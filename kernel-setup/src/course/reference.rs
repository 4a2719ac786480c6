//! What the reference gives: its source, run once.

use super::records;
use crate::assignment::Assignment;
#[cfg(unix)]
use crate::compiler::tools;
use crate::notebook;
use crate::passes::assert_probes::Probe;
use anyhow::{Context, Result, bail};
use nbformat::v4;
use std::process::Command;
use std::{env, fs};

/// Runs `marked`, the source with `count` marked regions of hidden tests, and returns the probes of each.
pub fn probes(
    assignment: &Assignment,
    marked: &v4::Notebook,
    count: usize,
    seed: u32,
    timeout: u64,
) -> Result<Vec<Vec<Probe>>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let source = folder.path().join(format!("{}.ipynb", assignment.name));
    notebook::write(marked, &source)?;
    let sent = folder.path().join("probes");
    fs::write(&sent, b"").with_context(|| format!("cannot write {}", sent.display()))?;
    // A process of its own, whose environment says where probes go.
    let mut command = Command::new(env::current_exe().context("this program does not know its own path")?);
    command.arg("run").arg(&source).arg("-o").arg(folder.path().join("run")).arg(format!("--timeout={timeout}"));
    command.env("NNLIB_PROBES", &sent).env("NNLIB_PROBE_SEED", seed.to_string());
    command.env("NNLIB_BUDGET", "grade").env_remove("NNLIB_DATA").env_remove("NNLIB_FULL");
    #[cfg(unix)]
    tools::leave(&mut command);
    let status = command.status().context("this program could not be started once more")?;
    if !status.success() {
        bail!("{} does not run to its end: see above", assignment.source().display());
    }
    let bytes = fs::read(&sent).with_context(|| format!("cannot read {}", sent.display()))?;
    records::of_regions(&bytes, count).with_context(|| format!("{}", assignment.source().display()))
}
