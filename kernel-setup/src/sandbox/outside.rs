//! The caller's side: starts a keeper, and reads what comes out.

use super::group::Group;
use super::wire::{self, Ended, Ending, Report, Request};
use super::{End, Guard, Outcome, Plan, Policy, ROLE, keeper, namespaces, polling};
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a keeper may take for itself, before and after the program.
const OWN_TIME: Duration = Duration::from_secs(30);
/// How often memory is looked at where no control group does.
const POLLING: Duration = Duration::from_millis(50);

/// Runs a program, and all that it starts, until the last of them has ended.
///
/// Any number may run at a time. A sandbox ends with the thread that has called this, should that end.
///
/// # Errors
///
/// An error is a fault of the machine, of the plan or of this program, and never of what ran inside.
pub fn run(plan: &Plan, policy: &Policy) -> Result<Outcome> {
    if !policy.weak {
        let missing = super::missing();
        if !missing.is_empty() {
            bail!("this machine lacks protections: {} (see `nnkernel doctor --sandbox`)", missing.join(", "));
        }
    }
    let group = if policy.without.contains(&Guard::ControlGroup) { None } else { Group::create(&plan.limits)? };
    if group.is_none() && !policy.weak {
        bail!("no control group could be created");
    }
    let mut sandbox = Sandbox::start(plan, policy, group)?;
    let ended = sandbox.follow(plan)?;
    sandbox.outcome(ended)
}

/// A keeper, and what comes out of it.
struct Sandbox {
    keeper: Child,
    control: UnixStream,
    stdout: Stream,
    stderr: Stream,
    group: Option<Group>,
    first: Option<i32>,
    stopped: Option<End>,
}

/// An end of a pipe that somebody inside writes to.
struct Stream {
    pipe: Option<PipeReader>,
    bytes: Vec<u8>,
    most: u64,
}

impl Stream {
    /// Reads what is there; whether that is more than is kept.
    fn read(&mut self) -> io::Result<bool> {
        let Some(pipe) = &mut self.pipe else { return Ok(false) };
        let mut buffer = [0; 1 << 16];
        let length = pipe.read(&mut buffer)?;
        if length == 0 {
            self.pipe = None;
        }
        let room = usize::try_from(self.most).unwrap_or(usize::MAX) - self.bytes.len();
        self.bytes.extend_from_slice(&buffer[..length.min(room)]);
        Ok(length > room)
    }
}

impl Sandbox {
    fn start(plan: &Plan, policy: &Policy, group: Option<Group>) -> Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(OWN_TIME))?;
        control.set_write_timeout(Some(OWN_TIME))?;
        let (stdout, write_stdout) = io::pipe()?;
        let (stderr, write_stderr) = io::pipe()?;
        // The same program, even when another has been put in its place since.
        let keeper = Command::new("/proc/self/exe")
            .arg0("nnkernel-sandbox")
            .env_clear()
            .env(ROLE, keeper::ROLE)
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(write_stdout)
            .stderr(write_stderr)
            .spawn()
            .context("cannot start a sandbox")?;
        let stream = |pipe| Stream { pipe: Some(pipe), bytes: Vec::new(), most: plan.limits.output_bytes };
        let (stdout, stderr) = (stream(stdout), stream(stderr));
        let is_grouped = group.is_some();
        let mut sandbox = Sandbox { keeper, control, stdout, stderr, group, first: None, stopped: None };
        let request = Request {
            plan: Cow::Borrowed(plan),
            program: plan.content.as_ref().map(|program| program.len() as u64),
            inputs: plan.inputs.iter().map(|(path, content)| (path.clone(), content.len() as u64)).collect(),
            without: policy.without.clone(),
            strict: !policy.weak,
            is_grouped,
            caller: std::process::id(),
        };
        // A keeper that fails early has said why, so that is read before anything is made of this.
        let sent = wire::send(&mut sandbox.control, &request)
            .and_then(|()| plan.content.iter().try_for_each(|program| sandbox.control.write_all(program)))
            .and_then(|()| plan.inputs.iter().try_for_each(|(_, content)| sandbox.control.write_all(content)));
        if let Err(error) = sent
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            return Err(error).context("cannot tell the sandbox what to do");
        }
        Ok(sandbox)
    }

    /// Reads what comes out until the keeper has told how it ended.
    fn follow(&mut self, plan: &Plan) -> Result<Ended> {
        let mut looked = Instant::now();
        let mut deadline = Instant::now() + OWN_TIME;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("a sandbox did not answer in time");
            }
            let is_polled = self.group.is_none() && self.first.is_some();
            let pause = Timespec::try_from(if is_polled { left.min(POLLING) } else { left })?;
            let (told, out, err) = {
                let mut polled = vec![PollFd::new(&self.control, PollFlags::IN)];
                polled.extend(self.stdout.pipe.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
                polled.extend(self.stderr.pipe.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
                match poll(&mut polled, Some(&pause)) {
                    Err(rustix::io::Errno::INTR) => continue,
                    other => other?,
                };
                let is_ready = |index: usize| polled.get(index).is_some_and(|entry| !entry.revents().is_empty());
                let out = self.stdout.pipe.is_some();
                (is_ready(0), out && is_ready(1), self.stderr.pipe.is_some() && is_ready(1 + usize::from(out)))
            };
            if out && self.stdout.read()? || err && self.stderr.read()? {
                self.stop(End::TooMuchOutput);
            }
            if told {
                match wire::receive::<Report>(&mut self.control).map_err(|error| self.lost(&error))? {
                    Report::Unmapped { account } => {
                        namespaces::map(self.keeper.id(), account)?;
                        self.control.write_all(&[wire::GO])?;
                    }
                    Report::Ready { first } => {
                        if let Some(group) = &self.group {
                            group.add(first)?;
                        }
                        self.first = Some(first);
                        deadline = Instant::now() + plan.limits.wall + OWN_TIME;
                        self.control.write_all(&[wire::GO])?;
                    }
                    Report::Failed(text) => bail!("{text}"),
                    Report::Ended(ended) => return Ok(ended),
                }
            }
            if let (true, Some(first)) = (is_polled && looked.elapsed() >= POLLING, self.first) {
                if polling::memory(first) > plan.limits.memory {
                    self.stop(End::OutOfMemory);
                }
                looked = Instant::now();
            }
        }
    }

    /// Has everything inside ended, for the first reason that there was.
    fn stop(&mut self, reason: End) {
        if self.stopped.is_none() {
            self.stopped = Some(reason);
            // A keeper that is gone has nothing left to end.
            let _ = self.control.write_all(&[wire::STOP]);
        }
    }

    fn lost(&mut self, error: &io::Error) -> anyhow::Error {
        let _ = self.keeper.kill();
        match self.keeper.wait() {
            Ok(status) => {
                let said = String::from_utf8_lossy(&self.stderr.bytes);
                anyhow::anyhow!("a sandbox was lost ({error}, {status}) {}", said.trim())
            }
            Err(error) => error.into(),
        }
    }

    fn outcome(mut self, ended: Ended) -> Result<Outcome> {
        let mut outputs = BTreeMap::new();
        let mut is_cut = self.stopped == Some(End::TooMuchOutput);
        for output in &ended.outputs {
            outputs.insert(PathBuf::from(&output.path), wire::content(&mut self.control, output.length)?);
            is_cut |= output.cut;
        }
        // All writers are gone: what is left ends.
        for stream in [&mut self.stdout, &mut self.stderr] {
            while stream.pipe.is_some() {
                is_cut |= stream.read()?;
            }
        }
        let ran_out = self.group.as_ref().is_some_and(|group| group.kills() > 0);
        let end = match ended.ending {
            Ending::TimedOut => End::TimedOut,
            Ending::Stopped => self.stopped.context("a sandbox was stopped, but not by its caller")?,
            Ending::Signaled(libc::SIGKILL) | Ending::Lost if ran_out => End::OutOfMemory,
            Ending::Lost => match self.stopped {
                Some(reason) => reason,
                None => bail!("something outside has ended what ran in a sandbox"),
            },
            _ if is_cut => End::TooMuchOutput,
            Ending::Exited(code) => End::Exited(code),
            Ending::Signaled(signal) => End::Signaled(signal),
        };
        let peak_memory = self.group.as_ref().and_then(Group::peak).unwrap_or(ended.memory);
        self.keeper.wait()?;
        let (stdout, stderr) = (std::mem::take(&mut self.stdout.bytes), std::mem::take(&mut self.stderr.bytes));
        Ok(Outcome { end, stdout, stderr, outputs, wall: ended.wall, cpu: ended.cpu, peak_memory })
    }
}

impl Drop for Sandbox {
    /// Whatever happened: nothing stays behind. The group goes after the processes in it.
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
