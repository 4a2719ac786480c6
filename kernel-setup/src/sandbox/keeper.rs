//! The keeper: shuts itself off, starts the first process inside, watches the time, and tells how it ended.
//!
//! It stays outside of the process namespace: nothing inside can see it, and when it ends, the kernel ends all of them.

#![allow(unsafe_code, reason = "fork")]

use super::program::{self, Fate, Start};
use super::system::{self, close_from, duplicate_to, end_with_parent};
use super::wire::{self, Ended, Ending, Output, Report, Request};
use super::{Guard, Plan, WORK, mounts, namespaces, rights};
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

/// What the environment says of a keeper.
pub const ROLE: &str = "keeper";

/// Serves the caller at the other end of standard input; does not return.
pub fn run() -> ! {
    let served = close_from(3)
        .and_then(|()| Ok(UnixStream::from(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?)))
        .map_err(anyhow::Error::from)
        .and_then(|mut control| {
            serve(&mut control).or_else(|error| Ok(wire::send(&mut control, &Report::Failed(format!("{error:#}")))?))
        });
    process::exit(i32::from(served.is_err()))
}

fn serve(control: &mut UnixStream) -> Result<()> {
    let mut request: Request = wire::receive(control).context("the caller's request cannot be understood")?;
    if let Some(length) = request.program {
        request.plan.to_mut().content = Some(wire::content(control, length)?);
    }
    let mut inputs = Vec::new();
    for (path, length) in &request.inputs {
        inputs.push((mounts::within_work(path)?, wire::content(control, *length)?));
    }
    let Request { plan, without, strict, caller, .. } = &request;
    end_with_parent(*caller)?;

    let processes = File::open("/proc").context("cannot open /proc")?;
    // Root's view of files is wider out here than it will be in namespaces.
    let early = if namespaces::is_root() { mounts::open(plan).map(Some) } else { Ok(None) };
    let trees = match early {
        // Root of a container may do less than root.
        Err(error) if is_forbidden(&error) => None,
        other => other?,
    };
    let (identity, trees) = namespaces::enter(control, &request, || trees.map_or_else(|| mounts::open(plan), Ok))?;
    mounts::enter(trees, plan, &identity)?;
    rights::drop_capabilities(identity.later).context("cannot give up rights")?;
    end_with_parent(*caller)?;

    let files = Files::prepare(plan, &inputs)?;
    drop(inputs);
    let (go, mut say_go) = io::pipe()?;
    let (read_report, report) = io::pipe()?;
    let start = Start {
        plan,
        go,
        report,
        processes,
        access: !without.contains(&Guard::Access),
        filter: !without.contains(&Guard::Filter),
        strict: *strict,
        limit_data: !request.is_grouped,
        count_processes: identity.is_own_account,
    };
    // SAFETY: this process has one thread.
    let first = match unsafe { libc::fork() } {
        0 => {
            drop((say_go, read_report, files));
            program::run_first(start)
        }
        -1 => return Err(io::Error::last_os_error()).context("cannot start the first process inside"),
        first => first,
    };
    drop(start);
    let nothing = File::open("/dev/null")?;
    for number in 0..3 {
        duplicate_to(nothing.as_fd(), number)?;
    }

    wire::send(control, &Report::Ready { first })?;
    control.read_exact(&mut [0]).context("the caller has ended")?;
    let started = Instant::now();
    say_go.write_all(&[wire::GO]).context("the first process inside has ended early")?;
    let stopped = watch(first, control, started + plan.limits.wall)?;
    system::kill(first);
    let usage = system::wait(first)?;
    let wall = started.elapsed();
    let ending = match (stopped, program::fate(read_report)?) {
        (Some(ending), _) => ending,
        (None, Fate::Fault(text)) => bail!("{text}"),
        (None, Fate::Unknown) => Ending::Lost,
        (None, Fate::Ended(status)) if libc::WIFSIGNALED(status) => {
            let signal = libc::WTERMSIG(status);
            let is_out_of_time = rights::is_out_of_time(signal, usage.cpu, &plan.limits);
            if is_out_of_time { Ending::TimedOut } else { Ending::Signaled(signal) }
        }
        (None, Fate::Ended(status)) => Ending::Exited(libc::WEXITSTATUS(status)),
    };
    let (outputs, contents) = files.collect(plan)?;
    let ended = Ended { ending, wall, cpu: usage.cpu, memory: usage.memory, outputs };
    wire::send(control, &Report::Ended(ended))?;
    for content in contents {
        control.write_all(&content)?;
    }
    Ok(())
}

fn is_forbidden(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) == Some(libc::EPERM)
}

/// Waits until the first process has ended, and with it all others; tells why it must be ended if it has not.
fn watch(first: libc::pid_t, control: &UnixStream, deadline: Instant) -> Result<Option<Ending>> {
    let ended = system::process_descriptor(first)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Some(Ending::TimedOut));
        }
        let left = Timespec::try_from(left.min(Duration::from_secs(3600)))?;
        let mut polled = [PollFd::new(&ended, PollFlags::IN), PollFd::new(control, PollFlags::IN)];
        match poll(&mut polled, Some(&left)) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        if !polled[0].revents().is_empty() {
            return Ok(None);
        }
        // The caller has nothing else to say; if it is gone, that is as good.
        if !polled[1].revents().is_empty() {
            return Ok(Some(Ending::Stopped));
        }
    }
}

/// The files in the folder to work in.
struct Files {
    work: OwnedFd,
    /// Open since before anything inside ran.
    outputs: BTreeMap<PathBuf, File>,
}

impl Files {
    fn prepare(plan: &Plan, inputs: &[(PathBuf, Vec<u8>)]) -> Result<Self> {
        let root = Path::new(WORK);
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        fs::create_dir(root.join("tmp")).context("cannot create /work/tmp")?;
        for (path, content) in inputs {
            let path = root.join(path);
            let write = || {
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                fs::write(&path, content)
            };
            write().with_context(|| format!("cannot write the input {}: is the folder too small?", path.display()))?;
        }
        let mut outputs = BTreeMap::new();
        for named in &plan.outputs {
            let path = root.join(mounts::within_work(named)?);
            let open = || {
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                let mut options = File::options();
                options.read(true).write(true).create(true).truncate(false).custom_flags(libc::O_NOFOLLOW).open(&path)
            };
            let file = open().with_context(|| format!("cannot create the output {}", path.display()))?;
            outputs.insert(named.clone(), file);
        }
        Ok(Files { work: File::open(root)?.into(), outputs })
    }

    /// Reads back what the plan asks for, none of it longer than it allows.
    fn collect(&self, plan: &Plan) -> Result<(Vec<Output>, Vec<Vec<u8>>)> {
        let mut outputs = Vec::new();
        let mut contents = Vec::new();
        let mut add = |path: &PathBuf, file: &File| -> Result<()> {
            let (content, cut) = read(file, plan.limits.output_bytes)
                .with_context(|| format!("cannot read the output {}", path.display()))?;
            outputs.push(Output { path: path.clone(), length: content.len() as u64, cut });
            contents.push(content);
            Ok(())
        };
        for (path, file) in &self.outputs {
            add(path, file)?;
        }
        for path in &plan.products {
            // Whatever is in its place: it is not there.
            let Ok(open) = system::open_beneath(self.work.as_fd(), &mounts::within_work(path)?) else { continue };
            let file = File::from(open);
            if file.metadata()?.is_file() {
                add(path, &file)?;
            }
        }
        Ok((outputs, contents))
    }
}

/// The beginning of a file, and whether there is more of it.
fn read(file: &File, most: u64) -> io::Result<(Vec<u8>, bool)> {
    let length = file.metadata()?.len();
    let mut content = vec![0; usize::try_from(length.min(most)).map_err(io::Error::other)?];
    file.read_exact_at(&mut content, 0)?;
    Ok((content, length > most))
}
