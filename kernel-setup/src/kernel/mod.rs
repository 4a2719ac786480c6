//! `nnkernel kernel`: serves a notebook over Jupyter's messaging protocol, 5.3 and later.
//!
//! | module | what it does |
//! |---|---|
//! | [`server`] | the sockets: reads requests, answers those that need no interpreter, sends what comes back |
//! | [`interpreter`] | a thread that runs cells one after the other |
//! | [`completeness`] | whether a cell is finished, for consoles |
//! | [`history`] | what was run in this session |
//! | [`reading`] | requests as they come from the sockets |
//! | [`spare`](self) | interpreters that have started before they are needed |
//! | [`text`] | code points and bytes |
//! | [`stock`] | evcxr's own server |
//!
//! Source: Jupyter Client documentation, "Messaging in Jupyter".

mod completeness;
mod history;
mod interpreter;
mod reading;
mod server;
#[cfg(target_os = "linux")]
pub mod spare;
pub mod stock;
mod text;

use crate::cli;
use anyhow::Result;
use std::process::ExitCode;

/// Serves the notebook that connects through the options' file, until it asks for the end.
pub fn serve(options: &cli::Kernel) -> Result<ExitCode> {
    if options.stock { stock::serve(options) } else { server::serve(options) }
}
