//! How fast nnlib trains: one network, some epochs, one line of JSON.
//!
//! The program uses what a notebook would use, the library's public functions. It also writes files for the programs in
//! `peers/`, with which NumPy, PyTorch, JAX and Keras train the same network on the same images from the same weights.
//! `training.py` runs all of them in turn; README.md says how.

mod arguments;
mod export;
mod gemm;
mod images;
mod npy;
mod timing;
mod workloads;

use arguments::{Command, HELP, Options};
use images::Images;
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("training: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    match Command::parse(arguments)? {
        Command::Help => print!("{HELP}"),
        Command::Gemm { precision, shapes } => println!("{}", gemm::measure(precision, &shapes)),
        Command::Train { options, epochs } => println!("{}", train(&options, epochs)?),
        Command::Export { options, folder } => println!("{}", export::write(&options, &folder)?),
    }
    Ok(())
}

/// Trains, and reports.
fn train(options: &Options, epochs: usize) -> Result<serde_json::Value, Box<dyn Error>> {
    let images = Images::load(options.workload, options.data.as_deref())?;
    let mut workload = workloads::new(options, &images);
    Ok(timing::measure(workload.as_mut(), &images, options, epochs))
}
