//! What a graded notebook is linked with: it runs cells one after the other, so that each can cost no more than itself.
//!
//! Before each cell the process forks. The new process runs the cell, and all that comes after it; the old one waits until the
//! cell is through, and ends. If the cell fails instead, in whatever way, the old process goes on without it: its variables are
//! what they were before the cell. Threads that a cell has left behind are gone at the next cell.
//!
//! How cells begin and end is told in records like those of `nnlib::probe`, in the same file. Their names begin with `harness/`.

use std::cell::Cell;
use std::fmt::Debug;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process;
use std::time::Instant;

/// Why a cell has stopped before its end.
pub enum Stop {
    /// It returned an error by `?`; this is its text.
    Error(String),
    /// It needs this variable, and the cell that makes it has failed.
    Missing(&'static str),
}

impl<E: Debug> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Error(format!("{error:?}"))
    }
}

/// The variable `name`, out of where an earlier cell has left it.
pub fn take<T>(variable: &mut Option<T>, name: &'static str) -> Result<T, Stop> {
    // Not by `?` on an `Option`: its error would be any `Debug`.
    match variable.take() {
        Some(value) => Ok(value),
        None => Err(Stop::Missing(name)),
    }
}

/// A notebook that is being run.
pub struct Session {
    records: PathBuf,
    seconds: u64,
    /// Where the checkpoint hears that its cell is through.
    checkpoint: Cell<Option<system::Descriptor>>,
}

impl Session {
    /// Begins a notebook whose cells may take so many seconds each.
    #[allow(clippy::new_without_default)]
    pub fn new(seconds: u64) -> Self {
        let records = std::env::var_os("NNLIB_PROBES").map(PathBuf::from).unwrap_or_default();
        system::redirect_output();
        Session { records, seconds, checkpoint: Cell::new(None) }
    }

    /// Runs a cell.
    pub fn run(&self, cell: u32, code: impl FnOnce() -> Result<(), Stop>) {
        let sizes = system::output_sizes();
        self.record("begin", cell, &[sizes.0 as f64, sizes.1 as f64]);
        let records_size = self.records_size();
        match system::fork() {
            Some(system::Fork::Parent(child, through)) => {
                let ending = child.wait(&through, self.seconds);
                if let system::Ending::Through = ending {
                    system::exit(0);
                }
                system::cut_output(sizes);
                let (kind, code) = match ending {
                    system::Ending::Exited(code) => ("exited", code),
                    system::Ending::Signaled(signal) => ("signaled", signal),
                    _ => ("timeout", 0),
                };
                // A cell that has told how it failed has ended its process in this way.
                if !matches!(ending, system::Ending::Exited(FAILED)) {
                    // The last record may have been cut short, and what comes behind it could not be read.
                    self.cut_records(records_size);
                    self.record(kind, cell, &[f64::from(code)]);
                }
                let sizes = system::output_sizes();
                self.record("over", cell, &[sizes.0 as f64, sizes.1 as f64]);
            }
            Some(system::Fork::Child(through)) => {
                self.checkpoint.set(Some(through));
                match self.perform(cell, code) {
                    true => {
                        if let Some(through) = self.checkpoint.take() {
                            through.tell();
                        }
                    }
                    false => system::exit(FAILED),
                }
            }
            // Where processes cannot be forked, a cell that fails is not undone.
            None => {
                self.perform(cell, code);
            }
        }
    }

    fn perform(&self, cell: u32, code: impl FnOnce() -> Result<(), Stop>) -> bool {
        let started = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(code));
        if let Ok(Err(Stop::Error(error))) = &result {
            eprintln!("{error}");
        }
        let _ = std::io::stdout().flush();
        let seconds = started.elapsed().as_secs_f64();
        let sizes = system::output_sizes();
        let numbers = [sizes.0 as f64, sizes.1 as f64, seconds];
        match result {
            Ok(Ok(())) => {
                self.record("completed", cell, &numbers);
                return true;
            }
            Ok(Err(Stop::Missing(name))) => self.record(&format!("missing/{name}"), cell, &numbers),
            Ok(Err(Stop::Error(_))) => self.record("error", cell, &numbers),
            Err(_) => self.record("panicked", cell, &numbers),
        }
        false
    }

    fn records_size(&self) -> u64 {
        std::fs::metadata(&self.records).map_or(0, |metadata| metadata.len())
    }

    fn cut_records(&self, size: u64) {
        let _ = File::options().write(true).open(&self.records).and_then(|file| file.set_len(size));
    }

    /// As `nnlib::probe` documents it.
    fn record(&self, what: &str, cell: u32, values: &[f64]) {
        let name = format!("harness/{cell}/{what}");
        let mut record = b"PROB".to_vec();
        record.extend((name.len() as u32).to_le_bytes());
        record.extend(1u32.to_le_bytes());
        record.extend((values.len() as u64).to_le_bytes());
        record.extend(name.as_bytes());
        record.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let sent = File::options().append(true).open(&self.records).and_then(|mut file| file.write_all(&record));
        if sent.is_err() && !self.records.as_os_str().is_empty() {
            process::exit(FAILED);
        }
    }
}

/// The status of a process whose cell has failed, and has said so.
const FAILED: i32 = 86;

#[cfg(not(unix))]
mod system {
    pub struct Descriptor;
    impl Descriptor {
        pub fn tell(self) {}
    }
    pub struct Child;
    impl Child {
        pub fn wait(self, _through: &Descriptor, _seconds: u64) -> Ending {
            Ending::TimedOut
        }
    }
    pub enum Ending {
        Through,
        Exited(i32),
        Signaled(i32),
        TimedOut,
    }
    pub enum Fork {
        Parent(Child, Descriptor),
        Child(Descriptor),
    }
    pub fn fork() -> Option<Fork> {
        None
    }
    pub fn exit(code: i32) -> ! {
        std::process::exit(code)
    }
    pub fn redirect_output() {}
    pub fn output_sizes() -> (u64, u64) {
        (0, 0)
    }
    pub fn cut_output(_sizes: (u64, u64)) {}
}

#[cfg(unix)]
mod system {
    //! System calls, without a crate to call them by: this is compiled by rustc alone.

    use std::ffi::{c_int, c_short, c_ulong};
    use std::fs::File;
    use std::io::{Read, Write};
    use std::mem::ManuallyDrop;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::time::{Duration, Instant};

    unsafe extern "C" {
        #[link_name = "fork"]
        fn c_fork() -> c_int;
        fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
        fn poll(descriptors: *mut PollDescriptor, count: c_ulong, milliseconds: c_int) -> c_int;
        fn kill(process: c_int, signal: c_int) -> c_int;
        fn setpgid(process: c_int, group: c_int) -> c_int;
        fn dup(descriptor: c_int) -> c_int;
        fn dup2(from: c_int, to: c_int) -> c_int;
        fn _exit(code: c_int) -> !;
    }

    #[repr(C)]
    struct PollDescriptor {
        descriptor: c_int,
        events: c_short,
        returned: c_short,
    }

    const POLLIN: c_short = 1;
    const POLLERR: c_short = 8;
    const POLLHUP: c_short = 16;
    const SIGKILL: c_int = 9;
    /// More than this of what a failed cell has written is not kept.
    const KEPT: u64 = 64 * 1024;

    /// What was standard output, at whose other end somebody waits for the notebook's end.
    static CALLER: AtomicI32 = AtomicI32::new(-1);

    /// An end of the pipe between a checkpoint and its cell.
    pub struct Descriptor(OwnedFd);

    impl Descriptor {
        /// The cell is through.
        pub fn tell(self) {
            let _ = File::from(self.0).write_all(&[1]);
        }
    }

    /// The process that runs the cell.
    pub struct Child(c_int);

    /// How its process came to its end.
    pub enum Ending {
        /// It did not: the cell is through, and it goes on with the next.
        Through,
        Exited(i32),
        Signaled(i32),
        TimedOut,
    }

    /// Which of the two this is.
    pub enum Fork {
        Parent(Child, Descriptor),
        Child(Descriptor),
    }

    pub fn fork() -> Option<Fork> {
        let (reader, writer) = std::io::pipe().ok()?;
        let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
        // SAFETY: the new process has this thread alone, and only runs on; locks of the standard library that another thread may hold
        // are those of threads that a cell has left behind, whose cell then fails for want of them.
        match unsafe { c_fork() } {
            0 => {
                drop(reader);
                // SAFETY: it makes this process the first of a group of its own.
                unsafe { setpgid(0, 0) };
                Some(Fork::Child(Descriptor(writer)))
            }
            child if child > 0 => Some(Fork::Parent(Child(child), Descriptor(reader))),
            _ => None,
        }
    }

    impl Child {
        /// Waits until the cell is through, or its process ends; ends it after so many seconds.
        pub fn wait(self, through: &Descriptor, seconds: u64) -> Ending {
            let deadline = Instant::now() + Duration::from_secs(seconds);
            let watched = |descriptor, events| PollDescriptor { descriptor, events, returned: 0 };
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                let milliseconds = c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX);
                // Poll overlooks what is less than 0.
                let mut polled =
                    [watched(through.0.as_raw_fd(), POLLIN), watched(CALLER.load(Ordering::Relaxed), 0)];
                // SAFETY: it is given two descriptors; it says so if one of them is not open.
                let ready = unsafe { poll(polled.as_mut_ptr(), 2, milliseconds) };
                if ready > 0 && polled[0].returned != 0 {
                    break;
                }
                // Whoever has started the notebook has ended, and nobody wants to know any more.
                if ready > 0 && polled[1].returned & (POLLERR | POLLHUP) != 0 {
                    self.end();
                    self.reap();
                    exit(0);
                }
                if ready > 0 {
                    // The cell has closed it: it is watched no longer.
                    CALLER.store(-1, Ordering::Relaxed);
                    continue;
                }
                if ready == 0 && milliseconds == 0 {
                    self.end();
                    self.reap();
                    return Ending::TimedOut;
                }
            }
            // SAFETY: the descriptor stays the caller's.
            let mut pipe = ManuallyDrop::new(unsafe { File::from_raw_fd(through.0.as_raw_fd()) });
            if matches!(pipe.read(&mut [0]), Ok(1)) {
                return Ending::Through;
            }
            // It has closed the pipe: by its end, or it does not know what it does.
            let grace = Instant::now() + Duration::from_secs(1);
            while Instant::now() < grace {
                if let Some(ending) = self.try_reap() {
                    self.end();
                    return ending;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            self.end();
            self.reap()
        }

        /// Ends it and all that it has started, if those are still in its group.
        fn end(&self) {
            // SAFETY: the group is that of the cell; nobody else gets its number while this process has not heard of its end.
            unsafe {
                kill(-self.0, SIGKILL);
                kill(self.0, SIGKILL);
            }
        }

        fn reap(&self) -> Ending {
            let mut status = 0;
            // SAFETY: `status` is there to be written to.
            unsafe { waitpid(self.0, &mut status, 0) };
            ending(status)
        }

        fn try_reap(&self) -> Option<Ending> {
            const WNOHANG: c_int = 1;
            let mut status = 0;
            // SAFETY: as above.
            let reaped = unsafe { waitpid(self.0, &mut status, WNOHANG) };
            (reaped == self.0).then(|| ending(status))
        }
    }

    fn ending(status: c_int) -> Ending {
        match status & 0x7f {
            0 => Ending::Exited((status >> 8) & 0xff),
            signal => Ending::Signaled(signal),
        }
    }

    pub fn exit(code: i32) -> ! {
        // SAFETY: it ends this process and runs nothing: what has been registered for its end is the notebook's.
        unsafe { _exit(code) }
    }

    /// Standard output and standard error go to the files that the environment names, where it does.
    pub fn redirect_output() {
        for (name, descriptor) in [("NNKERNEL_STDOUT", 1), ("NNKERNEL_STDERR", 2)] {
            if let Some(file) = std::env::var_os(name).and_then(|path| File::options().append(true).open(path).ok()) {
                // SAFETY: both descriptors are open.
                unsafe {
                    // What it was stays open: whoever reads it learns so when the last process has ended.
                    let caller = dup(descriptor);
                    if descriptor == 1 {
                        CALLER.store(caller, Ordering::Relaxed);
                    }
                    dup2(file.as_raw_fd(), descriptor);
                }
            }
        }
    }

    fn with_output<T>(descriptor: c_int, work: impl FnOnce(&File) -> T) -> T {
        // SAFETY: the descriptor stays open.
        work(&ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) }))
    }

    /// How much has been written to standard output and error.
    pub fn output_sizes() -> (u64, u64) {
        let size = |descriptor| with_output(descriptor, |file| file.metadata().map_or(0, |metadata| metadata.len()));
        (size(1), size(2))
    }

    /// Takes back what was written beyond these sizes, but for the beginning.
    pub fn cut_output(sizes: (u64, u64)) {
        for (descriptor, size) in [(1, sizes.0), (2, sizes.1)] {
            with_output(descriptor, |file| {
                if file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > size + KEPT) {
                    let _ = file.set_len(size + KEPT);
                }
            });
        }
    }
}
