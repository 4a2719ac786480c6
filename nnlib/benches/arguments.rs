//! What the command line asks for.

use crate::gemm::{Precision, Shape};
use crate::workloads::Kind;
use std::path::PathBuf;
use std::str::FromStr;

pub const HELP: &str = "\
Trains a network with nnlib, and prints one line of JSON: seconds of each epoch, mean loss of the last, test accuracy,
seconds for 10,000 test images, peak memory, cores.

    training WORKLOAD [--epochs N] [--batch N] [--width N] [--steps N] [--data FOLDER]
    training export WORKLOAD --to FOLDER [--batch N] [--width N] [--data FOLDER]
    training gemm f32|f64 NxDxM ...

Workloads:
    mlp            784-1024-1024-10, batches of 32, gradient descent, f32          nnlib::serial
    convnet        three convolutions, two dense layers, batches of 32, f32        nnlib::serial
    dropout-mlp    784-512-512-10 with dropout, batches of 128, Adam, f32          nnlib::sequential
    two-layer      3072-100-10, batches of 100, gradient descent, f64              nnlib::models, nnlib::solver
    three-layer    3072-100-100-10, likewise                                       nnlib::models, nnlib::solver
    batchnorm      784-20-10, normalized, batches of 100, momentum, f64            nnlib::models, nnlib::solver
    softmax        784-10, all images a step, f64; an epoch is an iteration        nnlib::models

Options:
    --epochs N     how many epochs: 3, or 8 iterations of softmax
    --batch N      images a step
    --width N      units of each hidden layer
    --steps N      mlp and convnet: an epoch is cut off after so many steps, and its seconds are scaled to a whole one
    --data FOLDER  where `mnist/` and `cifar-10-batches-bin/` (or `-py/`) lie; otherwise NNLIB_DATA and the cache are
                   looked at, and what is not found is drawn by nnlib

`export` writes the images, the first weights and the losses of the first steps, for the programs in `peers/`.
`gemm` times the products of a dense layer, of N samples with D inputs and M outputs.

Examples:
    cargo run -p nnlib-benches -- mlp
    cargo run -p nnlib-benches -- mlp --epochs 3 --batch 128 --width 512 --data ~/data
    cargo run -p nnlib-benches -- convnet --steps 100
    cargo run -p nnlib-benches -- export mlp --to /tmp/start
    cargo run -p nnlib-benches -- gemm f32 32x784x1024 32x1024x1024
";

pub enum Command {
    Help,
    Train { options: Options, epochs: usize },
    Export { options: Options, folder: PathBuf },
    Gemm { precision: Precision, shapes: Vec<Shape> },
}

/// What is trained, and on what.
pub struct Options {
    pub workload: Kind,
    batch: Option<usize>,
    width: Option<usize>,
    /// How many steps of an epoch are taken, if not all.
    pub steps: Option<usize>,
    pub data: Option<PathBuf>,
}

impl Options {
    /// Images a step; 0 where a step takes all of them.
    pub fn batch(&self) -> usize {
        self.batch.or(self.workload.batch()).unwrap_or(0)
    }

    /// Units of each hidden layer; 0 where there is nothing to choose.
    pub fn width(&self) -> usize {
        self.width.or(self.workload.width()).unwrap_or(0)
    }
}

impl Command {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        match arguments.next().as_deref() {
            None => Err("a workload is missing; --help lists them".to_owned()),
            Some("--help" | "-h" | "help") => Ok(Command::Help),
            Some("gemm") => Command::parse_gemm(arguments),
            Some("export") => Command::parse_export(arguments),
            Some(workload) => Command::parse_training(workload, arguments),
        }
    }

    fn parse_gemm(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        let precision = arguments.next().ok_or("gemm: a precision is missing, f32 or f64")?.parse()?;
        let shapes = arguments.map(|shape| shape.parse()).collect::<Result<Vec<Shape>, String>>()?;
        if shapes.is_empty() {
            return Err("gemm: a shape is missing, such as 32x784x1024".to_owned());
        }
        Ok(Command::Gemm { precision, shapes })
    }

    fn parse_export(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        let workload = arguments.next().ok_or("export: a workload is missing; --help lists them")?;
        let mut flags = Flags::parse(arguments)?;
        let folder = flags.take("--to")?.ok_or("export: --to FOLDER is missing")?;
        Ok(Command::Export { options: flags.options(&workload)?, folder })
    }

    fn parse_training(workload: &str, arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        let mut flags = Flags::parse(arguments)?;
        let epochs = flags.take_count("--epochs")?;
        let options = flags.options(workload)?;
        let epochs = epochs.unwrap_or(options.workload.epochs());
        Ok(Command::Train { options, epochs })
    }
}

/// Options and their values.
struct Flags(Vec<(String, String)>);

impl Flags {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Flags, String> {
        let mut flags = Vec::new();
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name}: a value is missing"))?;
            flags.push((name, value));
        }
        Ok(Flags(flags))
    }

    /// Takes the value of an option out.
    fn take<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(index) = self.0.iter().position(|(flag, _)| flag == name) else { return Ok(None) };
        let (_, value) = self.0.remove(index);
        value.parse().map(Some).map_err(|_| format!("{name} {value}: expected a number"))
    }

    fn take_count(&mut self, name: &str) -> Result<Option<usize>, String> {
        match self.take(name)? {
            Some(0) => Err(format!("{name} 0: expected at least 1")),
            count => Ok(count),
        }
    }

    /// The options that a training and its export share; nothing else may be left.
    fn options(mut self, workload: &str) -> Result<Options, String> {
        let workload: Kind = workload.parse()?;
        let (batch, width) = (self.take_count("--batch")?, self.take_count("--width")?);
        let (steps, data) = (self.take_count("--steps")?, self.take("--data")?);
        if let Some((name, _)) = self.0.first() {
            return Err(format!("{name}: no such option here; --help lists them"));
        }
        for (name, is_given, has_it) in [
            ("--batch", batch.is_some(), workload.batch().is_some()),
            ("--width", width.is_some(), workload.width().is_some()),
            ("--steps", steps.is_some(), workload.can_stop_early()),
        ] {
            if is_given && !has_it {
                return Err(format!("{name}: {workload} has no use for it"));
            }
        }
        Ok(Options { workload, batch, width, steps, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_training_has_the_settings_of_its_workload_unless_told_otherwise() {
        let Ok(Command::Train { options, epochs }) = parse("mlp --width 64") else { panic!("expected a training") };
        assert_eq!((epochs, options.batch(), options.width(), options.steps), (3, 32, 64, None));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |line| parse(line).err().expect("a mistake");
        assert_eq!(message("mlp --steps"), "--steps: a value is missing");
        assert_eq!(message("mlp --epochs 0"), "--epochs 0: expected at least 1");
        assert_eq!(message("softmax --batch 10"), "--batch: softmax has no use for it");
        assert_eq!(message("mlp --size 3"), "--size: no such option here; --help lists them");
        assert_eq!(message("export mlp"), "export: --to FOLDER is missing");
        assert_eq!(message("gemm f32 3x4"), "3x4: expected NxDxM, such as 32x784x1024");
    }
}
