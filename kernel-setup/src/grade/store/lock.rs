//! One grader at a time.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The file's name.
pub const LOCK: &str = ".nnkernel-lock";
/// What a killed grader started may outlive it this long, and holds its lock.
const AFTERLIFE: Duration = Duration::from_secs(10);

/// Holds the folder `out` until the file that is returned is closed, as it is however a process ends. Waits for nobody who is alive.
pub fn lock(out: &Path) -> Result<File> {
    let path = out.join(LOCK);
    let cannot = || format!("cannot lock {}", path.display());
    let mut file =
        File::options().create(true).truncate(false).read(true).write(true).open(&path).with_context(cannot)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
            Err(TryLockError::WouldBlock) => {}
        }
        let holder = fs::read_to_string(&path).unwrap_or_default();
        if !is_gone(&holder) || began.elapsed() > AFTERLIFE {
            let holder = if holder.is_empty() { "another process" } else { holder.trim() };
            bail!("{} is in use by {holder}: wait until that has ended, or name another folder", out.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let holder = format!("process {} on {}\n", std::process::id(), host());
    file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())).with_context(cannot)?;
    Ok(file)
}

/// Whether the process that a lock names was on this machine, and has ended.
fn is_gone(holder: &str) -> bool {
    let Some((process, host_name)) =
        holder.trim().strip_prefix("process ").and_then(|process| process.split_once(" on "))
    else {
        return false;
    };
    cfg!(target_os = "linux") && host_name == host() && !Path::new("/proc").join(process).exists()
}

/// This machine's name.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".to_owned() } else { name.trim().to_owned() }
}
