//! `nnkernel`: a Jupyter kernel for Rust with nnlib preloaded, and the tools around it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`session`] | an evcxr context with nnlib preloaded, cloned from a template that is built once |
//! | [`compiler`] | what stands between evcxr and rustc |
//! | [`runtime`] | the processes below it that run cells, and how they report |
//! | [`notebook`] | reading and writing notebooks and their text sources |
//! | [`cells`] | an interpreter at work on cells |
//! | [`run`] | a notebook without Jupyter |
//! | [`assignment`] | assignments: their folders and manifests |
//! | [`passes`], [`release`] | from an assignment's source to the notebook for students |
//! | [`course`] | an assignment's source in a course of nbgrader's |
//! | [`grade`], [`sandbox`] | marks for what students hand in, and what keeps their code apart |
//! | [`validate`] | what students can know before they hand in |
//! | [`selftest`] | whether the grader can be relied upon |
//! | [`html`] | a notebook as one page |
//! | [`kernelspec`], [`kernel`] | Jupyter: making the kernel known, serving it |
//! | [`sandbox`] | a place for programs that nobody trusts |
//! | [`doctor`] | what is there, what is missing, what mends it |

mod assignment;
mod cells;
mod cli;
#[cfg(unix)]
mod compiler;
mod course;
mod doctor;
#[cfg(unix)]
mod grade;
mod html;
mod kernel;
mod kernelspec;
mod notebook;
mod passes;
mod paths;
mod processes;
mod release;
mod run;
mod runtime;
mod sandbox;
#[cfg(unix)]
mod selftest;
mod session;
#[cfg(unix)]
mod validate;

use clap::Parser;
#[cfg(target_os = "linux")]
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Wrong options, or something that cannot be used at all; clap's own status for the former.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    // The sandbox's processes must be the first to be recognised: there is no thread yet.
    sandbox::hook();
    #[cfg(unix)]
    compiler::hook();
    runtime::hook();
    kernel::stock::hook();
    let command = cli::Cli::parse().command;
    // Before there is any thread: this program is started anew in place of itself.
    #[cfg(unix)]
    if command.compiles_cells() && compiler::tools::folder().is_none() {
        #[cfg(target_os = "linux")]
        let spare_kind = match kernel::spare::begin(&command) {
            ControlFlow::Break(code) => return code,
            ControlFlow::Continue(kind) => kind,
        };
        #[cfg(not(target_os = "linux"))]
        let spare_kind = None;
        let Err(error) = compiler::tools::enter(spare_kind);
        eprintln!("nnkernel: {error:#}");
        return ExitCode::from(UNUSABLE);
    }
    let result = match command {
        cli::Command::Run(options) => run::run(&options),
        cli::Command::Install(options) => kernelspec::install(&options),
        cli::Command::Uninstall(options) => kernelspec::uninstall(&options),
        cli::Command::Kernel(options) => kernel::serve(&options),
        #[cfg(target_os = "linux")]
        cli::Command::Spare(options) => kernel::spare::wait(&options),
        cli::Command::Release(options) => release::run(&options),
        #[cfg(unix)]
        cli::Command::Validate(options) => validate::run(&options),
        #[cfg(not(unix))]
        cli::Command::Validate(_) => Err(anyhow::anyhow!(
            "this system has no processes that can be copied, which `validate` needs: expected Linux or macOS. `nnkernel run` runs \
             the notebook up to the first check that fails"
        )),
        #[cfg(unix)]
        cli::Command::Grade(options) => grade::run(&options),
        #[cfg(unix)]
        cli::Command::Selftest(options) => selftest::run(&options),
        cli::Command::Doctor(options) => doctor::run(&options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("nnkernel: {error:#}");
        ExitCode::from(UNUSABLE)
    })
}
