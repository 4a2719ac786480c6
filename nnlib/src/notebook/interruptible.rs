//! Loops that end when the cell is interrupted.

use super::kernel::Kernel;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says, as long as it lives, that this part of a cell ends by itself when the cell is interrupted; the module's page
/// says what interrupts are.
///
/// Elsewhere than in our own kernel, nothing is ever interrupted so.
///
/// ```
/// use nnlib::notebook::Interruptible;
///
/// let (mut x, mut steps) = (1.0_f64, 0);
/// let interrupts = Interruptible::start();
/// while steps < 1000 && !interrupts.should_stop() {
///     x -= 0.1 * (x * x - 0.5);
///     steps += 1;
/// }
/// assert!((x - 0.5_f64.sqrt()).abs() < 1e-12);
/// ```
#[derive(Debug)]
pub struct Interruptible {
    files: Option<Files>,
    stopped: AtomicBool,
}

/// The file of the request, and the one that says that somebody listens for it.
#[derive(Debug)]
struct Files {
    stop: PathBuf,
    listener: PathBuf,
}

impl Interruptible {
    /// Listens from now on.
    pub fn start() -> Self {
        Interruptible::start_in(Kernel::from_environment().as_ref())
    }

    pub(super) fn start_in(kernel: Option<&Kernel>) -> Self {
        let files = kernel.map(|kernel| Files { stop: kernel.stop_file(), listener: kernel.new_listener() });
        // A kernel that cannot know that somebody listens would wait in vain, or not ask at all: then nobody does.
        let files = files.filter(|files| File::create_new(&files.listener).is_ok());
        Interruptible { files, stopped: AtomicBool::new(false) }
    }

    /// Never stops: for what cannot end early.
    pub(super) fn never() -> Self {
        Interruptible::start_in(None)
    }

    /// Whether the cell was interrupted, so that the loop is to end with what it has.
    ///
    /// Asking takes about a microsecond: once a step is right.
    pub fn should_stop(&self) -> bool {
        if let Some(files) = &self.files
            && !self.stopped()
            && files.stop.symlink_metadata().is_ok()
        {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.stopped()
    }

    /// Whether [`should_stop`](Self::should_stop) has said so.
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        if let Some(files) = &self.files {
            // The kernel may have cleared its folder.
            let _ = fs::remove_file(&files.listener);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic;
    use tempfile::TempDir;

    fn kernel() -> (TempDir, Kernel) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("listeners")).unwrap();
        let kernel = Kernel::in_folder(folder.path().to_owned());
        (folder, kernel)
    }

    fn listeners(folder: &TempDir) -> usize {
        fs::read_dir(folder.path().join("listeners")).unwrap().count()
    }

    #[test]
    fn a_request_stands_and_reaches_loops_that_are_nested_or_come_later() {
        let (folder, kernel) = kernel();
        let outer = Interruptible::start_in(Some(&kernel));
        {
            let inner = Interruptible::start_in(Some(&kernel));
            assert!(!outer.should_stop() && !inner.should_stop());
            fs::write(folder.path().join("stop"), "").unwrap();
            assert!(!inner.stopped() && inner.should_stop() && inner.stopped());
        }
        assert!(outer.should_stop() && Interruptible::start_in(Some(&kernel)).should_stop());
        fs::remove_file(folder.path().join("stop")).unwrap();
        assert!(outer.should_stop() && !Interruptible::start_in(Some(&kernel)).should_stop());
    }

    #[test]
    fn the_kernel_sees_who_listens_and_after_a_panic_nobody_does() {
        let (folder, kernel) = kernel();
        assert_eq!(listeners(&folder), 0);
        let outer = Interruptible::start_in(Some(&kernel));
        let panicked = panic::catch_unwind(|| {
            let _inner = Interruptible::start_in(Some(&kernel));
            assert_eq!(listeners(&folder), 3, "not two");
        });
        assert!(panicked.is_err() && listeners(&folder) == 1);
        drop(outer);
        assert_eq!(listeners(&folder), 0);
    }

    #[test]
    fn who_cannot_say_so_does_not_listen() {
        let (folder, kernel) = kernel();
        fs::remove_dir(folder.path().join("listeners")).unwrap();
        fs::write(folder.path().join("stop"), "").unwrap();
        assert!(!Interruptible::start_in(Some(&kernel)).should_stop());
        assert!(!Interruptible::start_in(None).should_stop() && !Interruptible::never().should_stop());
    }
}
