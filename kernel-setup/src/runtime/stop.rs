//! Asking a cell to stop.
//!
//! nnlib's training loops end after their current step when they find the file `stop` in a folder that they know from
//! their environment, and keep what they have learned. While one runs, it has a file in the folder `listeners` there: so it
//! is known at once whether there is anybody to ask.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// By which a cell's process knows of the folder.
pub const VARIABLE: &str = "NNLIB_NOTEBOOK";

/// The file that asks.
const STOP: &str = "stop";
/// Where those who can be asked have their files.
const LISTENERS: &str = "listeners";

/// How long a cell may take to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// The request that a cell stop.
pub struct Stop {
    folder: Option<PathBuf>,
    asked: Option<Instant>,
}

impl Stop {
    /// In the folder that the supervisor's environment names.
    pub fn new() -> Self {
        Stop { folder: env::var_os(super::variable::STOP_FOLDER).map(PathBuf::from), asked: None }
    }

    /// Asks whoever listens; false if nobody does, or has been asked already.
    pub fn ask(&mut self) -> bool {
        let Some(folder) = &self.folder else { return false };
        let somebody_listens =
            fs::read_dir(folder.join(LISTENERS)).is_ok_and(|mut listeners| listeners.next().is_some());
        if self.asked.is_some() || !somebody_listens || fs::write(folder.join(STOP), "").is_err() {
            return false;
        }
        self.asked = Some(Instant::now());
        true
    }

    /// The time that a cell which was asked still has.
    pub fn time_left(&self) -> Option<Duration> {
        self.asked.map(|asked| PATIENCE.saturating_sub(asked.elapsed()))
    }

    /// Takes the request back; says whether there was one.
    pub fn clear(&mut self) -> bool {
        let was_asked = self.asked.take().is_some();
        if let (true, Some(folder)) = (was_asked, &self.folder) {
            let _ = fs::remove_file(folder.join(STOP));
        }
        was_asked
    }

    /// Removes what a cell has left behind whose process is gone, or which keeps a loop for later.
    pub fn forget_listeners(&self) {
        let listeners = self.folder.iter().filter_map(|folder| fs::read_dir(folder.join(LISTENERS)).ok()).flatten();
        for listener in listeners.flatten() {
            let _ = fs::remove_file(listener.path());
        }
    }
}
