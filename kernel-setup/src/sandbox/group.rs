//! Control groups: the kernel counts the memory and the processes of all that runs in a sandbox.
//!
//! Version 2 where memory and processes can be limited below some group of ours (a user's own session, a service with
//! `Delegate=yes`), version 1 where this process may create groups, which is root's.

use super::{Limits, ROLE, keeper};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, io, process, thread};

/// What the names of all groups begin with.
const PREFIX: &str = "nnkernel-";

/// Where groups are created.
#[derive(Clone, Debug)]
enum Place {
    /// Version 2: one folder for everything.
    Unified(PathBuf),
    /// Version 1: one for memory, one for processes.
    Separate { memory: PathBuf, processes: PathBuf },
}

impl Place {
    fn folders(&self) -> Vec<&Path> {
        match self {
            Place::Unified(parent) => vec![parent],
            Place::Separate { memory, processes } => vec![memory, processes],
        }
    }
}

/// A group of processes that is gone when this is dropped.
pub struct Group {
    memory: PathBuf,
    processes: PathBuf,
    is_unified: bool,
}

/// What this machine has, in words.
pub fn describe() -> Option<&'static str> {
    Some(match place()? {
        Place::Unified(_) => "control groups, version 2",
        Place::Separate { .. } => "control groups, version 1",
    })
}

impl Group {
    /// Creates a group with these limits; none where the machine allows none.
    pub fn create(limits: &Limits) -> Result<Option<Self>> {
        let Some(place) = place() else { return Ok(None) };
        Group::create_in(place, limits).map(Some).context("cannot create a control group")
    }

    fn create_in(place: &Place, limits: &Limits) -> Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let own = process::id();
        let started = start_time(own).context("this process is not in /proc")?;
        let name = format!("{PREFIX}{own}-{started}-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let group = match place {
            Place::Unified(parent) => {
                let folder = parent.join(&name);
                Group { memory: folder.clone(), processes: folder, is_unified: true }
            }
            Place::Separate { memory, processes } => {
                Group { memory: memory.join(&name), processes: processes.join(&name), is_unified: false }
            }
        };
        for folder in group.folders() {
            fs::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let memory = limits.memory.to_string();
        if group.is_unified {
            write(&group.memory.join("memory.max"), &memory)?;
            // Only there where there is swap.
            let _ = write(&group.memory.join("memory.swap.max"), "0");
        } else {
            write(&group.memory.join("memory.limit_in_bytes"), &memory)?;
            let _ = write(&group.memory.join("memory.memsw.limit_in_bytes"), &memory);
        }
        // The first process inside is not the program's.
        write(&group.processes.join("pids.max"), &(u64::from(limits.processes) + 1).to_string())?;
        Ok(group)
    }

    /// Puts a process into it, and all that it starts later.
    pub fn add(&self, process: i32) -> Result<()> {
        for folder in self.folders() {
            write(&folder.join("cgroup.procs"), &process.to_string())?;
        }
        Ok(())
    }

    /// How many processes in it the system has ended for want of memory.
    pub fn kills(&self) -> u64 {
        let file = if self.is_unified { "memory.events" } else { "memory.oom_control" };
        let text = fs::read_to_string(self.memory.join(file)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
    }

    /// The most memory that was in use at a time.
    pub fn peak(&self) -> Option<u64> {
        let file = if self.is_unified { "memory.peak" } else { "memory.max_usage_in_bytes" };
        fs::read_to_string(self.memory.join(file)).ok()?.trim().parse().ok()
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.memory), (!self.is_unified).then_some(&self.processes)].into_iter().flatten().map(PathBuf::as_path)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in self.folders() {
            remove(folder);
        }
    }
}

/// Removes a group once the last process in it has left it, which may be a moment after its end was told.
fn remove(folder: &Path) {
    for pause in [0, 1, 2, 5, 10, 20, 50, 100, 200, 500] {
        thread::sleep(Duration::from_millis(pause));
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
            // Gone, or not ours to remove: the next start sweeps what is left.
            _ => return,
        }
    }
}

/// Looks for a place once, and sweeps what processes that are gone have left there.
fn place() -> Option<&'static Place> {
    static PLACE: OnceLock<Option<Place>> = OnceLock::new();
    PLACE
        .get_or_init(|| {
            let place = candidates().into_iter().find(|place| is_usable(place).is_ok())?;
            place.folders().into_iter().for_each(sweep);
            Some(place)
        })
        .as_ref()
}

/// Where groups could be created, nearest first.
fn candidates() -> Vec<Place> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut places: Vec<Place> = Vec::new();
    if let Some((mount, below)) = locate(&mounts, &own, None) {
        // Groups that hold processes cannot limit those below them, so it is some group above this process's own.
        places.extend(below.ancestors().map(|above| Place::Unified(mount.join(above))));
    }
    let folder = |controller| locate(&mounts, &own, Some(controller)).map(|(mount, below)| mount.join(below));
    if let (Some(memory), Some(processes)) = (folder("memory"), folder("pids")) {
        places.push(Place::Separate { memory, processes });
    }
    places
}

/// Where a controller is mounted (version 2 without one), and which group below is this process's.
fn locate(mounts: &str, own: &str, controller: Option<&str>) -> Option<(PathBuf, PathBuf)> {
    let has = |list: &str| controller.is_none_or(|name| list.split(',').any(|item| item == name));
    let path = own.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let is_it = if controller.is_some() { has(controllers) } else { number == "0" && controllers.is_empty() };
        is_it.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let (before, after): (Vec<&str>, Vec<&str>) = (before.split(' ').collect(), after.split(' ').collect());
        let (root, point) = (*before.get(3)?, *before.get(4)?);
        let (kind, options) = (*after.first()?, *after.get(2)?);
        let is_it = if controller.is_some() { kind == "cgroup" && has(options) } else { kind == "cgroup2" };
        let below = Path::new(path).strip_prefix(root).ok()?;
        is_it.then(|| (PathBuf::from(point), below.to_owned()))
    })
}

/// Tries all that is needed, with a process that does nothing.
fn is_usable(place: &Place) -> Result<()> {
    if let Place::Unified(parent) = place {
        let control = parent.join("cgroup.subtree_control");
        let has_both = || {
            let text = fs::read_to_string(&control).unwrap_or_default();
            ["memory", "pids"].iter().all(|name| text.split_whitespace().any(|item| item == *name))
        };
        if !has_both() {
            write(&control, "+memory +pids")?;
        }
        if !has_both() {
            bail!("{} does not limit memory and processes", parent.display());
        }
    }
    let second = Duration::from_secs(1);
    let limits = Limits {
        wall: second,
        cpu: second,
        memory: 1 << 30,
        processes: 8,
        work_bytes: 0,
        output_bytes: 0,
        open_files: 0,
    };
    let group = Group::create_in(place, &limits)?;
    // A keeper without a caller ends when there is nothing to read.
    let mut idle = Command::new("/proc/self/exe")
        .env_clear()
        .env(ROLE, keeper::ROLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let added = i32::try_from(idle.id()).map_err(Into::into).and_then(|process| group.add(process));
    drop(idle.stdin.take());
    idle.kill()?;
    idle.wait()?;
    added
}

/// Removes the groups of processes that are gone.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some((process, started)) = name.to_str().and_then(owner) else { continue };
        if start_time(process) != Some(started) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The groups that a process has created and not removed.
#[cfg(test)]
pub fn left_by(process: u32) -> Vec<PathBuf> {
    let folders = place().into_iter().flat_map(Place::folders);
    let entries = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    entries
        .filter(|entry| entry.file_name().to_str().and_then(owner).is_some_and(|owner| owner.0 == process))
        .map(|entry| entry.path())
        .collect()
}

/// Sweeps again.
#[cfg(test)]
pub fn sweep_all() {
    place().into_iter().flat_map(Place::folders).for_each(sweep);
}

/// Which process a group was created by, and when that was started.
fn owner(name: &str) -> Option<(u32, u64)> {
    let mut fields = name.strip_prefix(PREFIX)?.split('-');
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// When a process was started: the twenty-second field of its line; the second, in parentheses, may hold anything.
fn start_time(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {text} to {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_where_they_are_mounted() {
        let mounts = "\
30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
31 23 0:27 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory
32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";
        let own = "9:memory:/docker/abc/inner\n3:cpuacct,cpu:/x\n0::/user.slice/a.scope\n";
        let place = |mount: &str, below: &str| Some((PathBuf::from(mount), PathBuf::from(below)));
        assert_eq!(locate(mounts, own, Some("memory")), place("/sys/fs/cgroup/memory", "inner"));
        assert_eq!(locate(mounts, own, Some("cpu")), place("/sys/fs/cgroup/cpu,cpuacct", "x"));
        assert_eq!(locate(mounts, own, None), place("/sys/fs/cgroup/unified", "user.slice/a.scope"));
        assert_eq!(locate(mounts, own, Some("pids")), None);
    }

    /// The files of version 2, in a folder that is no group.
    #[test]
    fn a_group_of_version_2_is_told_its_limits_and_asked_what_happened() {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::Unified(parent.path().to_owned());
        let second = Duration::from_secs(1);
        let limits = Limits {
            wall: second,
            cpu: second,
            memory: 12_345_678,
            processes: 9,
            work_bytes: 0,
            output_bytes: 0,
            open_files: 0,
        };
        let group = Group::create_in(&place, &limits).unwrap();
        group.add(4321).unwrap();
        let read = |name: &str| fs::read_to_string(group.memory.join(name)).unwrap();
        let told = ["memory.max", "memory.swap.max", "pids.max", "cgroup.procs"].map(read);
        assert_eq!(told, ["12345678", "0", "10", "4321"]);
        assert_eq!((group.kills(), group.peak()), (0, None));
        fs::write(group.memory.join("memory.events"), "low 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n").unwrap();
        fs::write(group.memory.join("memory.peak"), "777\n").unwrap();
        assert_eq!((group.kills(), group.peak()), (2, Some(777)));
    }

    #[test]
    fn what_a_process_that_is_gone_has_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let own = process::id();
        let started = start_time(own).unwrap();
        let names =
            [format!("{PREFIX}{own}-{started}-0"), format!("{PREFIX}{own}-{}-0", started + 1), "else".to_owned()];
        for name in &names {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        sweep(folder.path());
        let left = names.each_ref().map(|name| folder.path().join(name).exists());
        assert_eq!(left, [true, false, true]);
    }
}
