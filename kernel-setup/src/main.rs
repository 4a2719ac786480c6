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
//! | [`selftest`] | answers that are wrong on purpose, to measure the grader by |
//! | [`html`] | a notebook as one page |
//! | [`kernelspec`], [`kernel`] | Jupyter: making the kernel known, serving it |
//! | [`doctor`] | what is there, what is missing, what mends it |

mod assignment;
mod cells;
mod cli;
#[cfg(unix)]
mod compiler;
mod doctor;
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
#[cfg_attr(not(test), expect(dead_code, reason = "the measure of the grader is not wired to a command yet"))]
mod selftest;
mod session;

use clap::Parser;
#[cfg(target_os = "linux")]
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Wrong options, or something that cannot be used at all; clap's own status for the former.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
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
        cli::Command::Doctor => doctor::run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("nnkernel: {error:#}");
        ExitCode::from(UNUSABLE)
    })
}
