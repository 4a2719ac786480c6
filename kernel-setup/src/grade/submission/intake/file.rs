//! Reading files that others have named.

use super::time::Time;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A time has thirty characters.
pub const MAX_TIMESTAMP: u64 = 256;
/// What nbgrader calls the file with the time.
pub const TIMESTAMP: &str = "timestamp.txt";

/// What follows the last point of a name, in small letters.
pub fn extension(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// The names of a path's folders and its own.
pub fn names(path: &Path) -> Vec<String> {
    let normal = path.components().filter_map(|component| match component {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    normal.collect()
}

/// The time in a file, if there is one.
pub fn timestamp(path: &Path) -> Option<Time> {
    Time::parse(&String::from_utf8_lossy(&read_file(path, MAX_TIMESTAMP).ok()?))
}

/// What is said of a file that is larger than `most`.
pub fn too_large(most: u64) -> String {
    format!(
        "it is larger than {} MB: delete outputs (Edit, Clear Outputs of All Cells), save, and hand it in again",
        most >> 20
    )
}

/// A file's content, if it is a file, no link, and not larger than `most`.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut options = File::options();
    options.read(true);
    // It may be something else than when it was found. A pipe must not keep us waiting.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut content = Vec::new();
    file.take(most + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(content)
}
