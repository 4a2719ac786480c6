//! Files that are read as a whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{Error, Result};

/// All bytes of a file, which must not have more than `most`.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let failed = |error| Error::io(path, "read", error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    // One more than there may be tells a file that is too long.
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Error::format(path, format!("at most {most} bytes"), "more"));
    }
    Ok(bytes)
}
