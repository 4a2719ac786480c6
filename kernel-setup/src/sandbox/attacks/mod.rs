//! Tries to get out, or to take more than is given: what `doctor --sandbox` and the tests run inside.
//!
//! An attacker is this same program, shown to the sandbox as [`PROGRAM`]. It ends with [`HELD`] if the sandbox held,
//! and with [`THROUGH`] and a line on standard output if it got through.

mod escapes;
mod greed;

use super::{Limits, Plan, ROLE as ROLE_VARIABLE, WORK, folders};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, process};

/// What the environment says of an attacker.
pub const ROLE: &str = "attack";

/// The sandbox held.
pub const HELD: i32 = 0;
/// It did not.
pub const THROUGH: i32 = 77;

/// Where an attacker lies inside.
const PROGRAM: &str = "/attack";

/// An attack: tells what it has got at, if it did.
type Attack = fn(&[String]) -> Result<(), String>;

/// All, by name.
const ATTACKS: [(&str, Attack); 18] = [
    ("nothing", |_| Ok(())),
    ("users", escapes::users),
    ("rights", escapes::rights),
    ("files", escapes::files),
    ("writing", escapes::writing),
    ("listing", escapes::listing),
    ("descriptors", escapes::descriptors),
    ("processes", escapes::processes),
    ("network", escapes::network),
    ("name", escapes::name),
    ("calls", escapes::calls),
    ("nesting", escapes::nesting),
    ("memory", greed::memory),
    ("crowd", greed::crowd),
    ("forks", greed::forks),
    ("space", greed::space),
    ("time", greed::time),
    ("flood", greed::flood),
];

/// What an attack is given, unless it is about that.
pub const LIMITS: Limits = Limits {
    wall: Duration::from_secs(10),
    cpu: Duration::from_secs(10),
    memory: 256 << 20,
    processes: 16,
    work_bytes: 4 << 20,
    output_bytes: 1 << 20,
    open_files: 64,
};

/// A plan to try `attack` with these words.
pub fn plan(attack: &str, words: &[String], limits: Limits) -> Result<Plan> {
    let own = env::current_exe().context("where this program lies is not known")?;
    // Read through /proc, so that one that was replaced is still found.
    let own = if own.is_file() { own } else { PathBuf::from("/proc/self/exe") };
    let mut read_only = folders::loaded_libraries()?;
    read_only.push((own, PathBuf::from(PROGRAM)));
    Ok(Plan {
        program: PathBuf::from(PROGRAM),
        content: None,
        arguments: [attack].into_iter().chain(words.iter().map(String::as_str)).map(OsString::from).collect(),
        environment: vec![(ROLE_VARIABLE.into(), ROLE.into())],
        folder: PathBuf::from(WORK),
        read_only,
        inputs: Vec::new(),
        outputs: Vec::new(),
        products: Vec::new(),
        limits,
        wait_for_all: true,
    })
}

/// Makes the attack that the arguments name; does not return.
pub fn run() -> ! {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let attack = arguments.first().and_then(|name| ATTACKS.iter().find(|(known, _)| known == name));
    let result = match attack {
        Some((_, attack)) => attack(&arguments[1..]),
        None => Err("no such attack".to_owned()),
    };
    if let Err(text) = &result {
        println!("{text}");
    }
    process::exit(if result.is_ok() { HELD } else { THROUGH })
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
