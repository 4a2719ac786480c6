//! What the caller and a keeper say to each other.
//!
//! Messages are a length and JSON; the contents of files follow as they are. Nothing inside can write here.

use super::{Guard, Plan};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

/// From the caller, at the start. The program follows, where it is no file, and the contents of the inputs.
#[derive(Serialize, Deserialize)]
pub struct Request<'a> {
    pub plan: Cow<'a, Plan>,
    /// The length of the program that follows, if it does.
    pub program: Option<u64>,
    /// The plan's inputs, and the lengths of what follows.
    pub inputs: Vec<(PathBuf, u64)>,
    pub without: Vec<Guard>,
    /// Whether a guard that cannot be set up is a fault.
    pub strict: bool,
    /// Whether a control group counts the memory of all.
    pub is_grouped: bool,
    /// The caller.
    pub caller: u32,
}

/// From a keeper.
#[derive(Serialize, Deserialize)]
pub enum Report {
    /// It is in a user namespace, and only the caller can say who it is there: this account of the machine.
    Unmapped { account: u32 },
    /// The first process inside waits for [`GO`].
    Ready { first: i32 },
    /// The machine, or we, have failed.
    Failed(String),
    /// All is over. The contents of the outputs follow.
    Ended(Ended),
}

/// From the caller: go on.
pub const GO: u8 = b'g';
/// From the caller: end everything inside.
pub const STOP: u8 = b's';

/// How it ended.
#[derive(Serialize, Deserialize)]
pub struct Ended {
    pub ending: Ending,
    pub wall: Duration,
    pub cpu: Duration,
    /// The largest process, in bytes.
    pub memory: u64,
    pub outputs: Vec<Output>,
}

/// The end of the program, as far as a keeper knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    Exited(i32),
    Signaled(i32),
    TimedOut,
    /// The caller has said so, and knows why.
    Stopped,
    /// The first process inside was ended before the program.
    Lost,
}

/// A file that came out.
#[derive(Serialize, Deserialize)]
pub struct Output {
    pub path: PathBuf,
    pub length: u64,
    /// There was more.
    pub cut: bool,
}

/// No message is longer.
const LONGEST: u32 = 64 << 20;

/// Sends a message.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the arguments and the environment are too long"))?;
    to.write_all(&[&length.to_ne_bytes(), text.as_slice()].concat())
}

/// Receives a message.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_ne_bytes(length);
    if length > LONGEST {
        return Err(io::Error::other("a message that is too long"));
    }
    Ok(serde_json::from_slice(&content(from, length.into())?)?)
}

/// Receives so many bytes.
pub fn content(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
