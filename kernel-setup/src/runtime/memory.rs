//! Memory: how much a cell may have, and whether the system ended it for want of more.

use std::fs;

/// The control group that a container runs in.
struct Group {
    /// The file with the limit.
    limit: &'static str,
    /// The file with what is used.
    used: &'static str,
    /// The file with what of it is used for what.
    statistics: &'static str,
    /// In it, the name of what is kept of files and was not used lately.
    files: &'static str,
}

/// In the two forms that there are.
const GROUPS: [Group; 2] = [
    Group {
        limit: "/sys/fs/cgroup/memory.max",
        used: "/sys/fs/cgroup/memory.current",
        statistics: "/sys/fs/cgroup/memory.stat",
        files: "inactive_file",
    },
    Group {
        limit: "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        used: "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        statistics: "/sys/fs/cgroup/memory/memory.stat",
        files: "total_inactive_file",
    },
];

/// Limits the memory of this process to what the machine has. A cell that asks for more then fails at once, and is told
/// so; without a limit, the system would promise it the memory, and end processes when it comes to be used.
pub fn limit() {
    let machine = field("/proc/meminfo", "MemTotal:").map(|kibibytes| kibibytes << 10);
    let groups = GROUPS.iter().filter_map(|group| number(group.limit));
    if let Some(limit) = machine.into_iter().chain(groups).min() {
        let mut limits = rustix::process::getrlimit(rustix::process::Resource::Data);
        if limits.current.is_none_or(|current| current > limit) {
            limits.current = Some(limit);
            // Where this is refused, the system ends whom it chooses, and that is this process (see `live`).
            let _ = rustix::process::setrlimit(rustix::process::Resource::Data, limits);
        }
    }
}

/// How much memory is free, for this machine or the container that this process runs in.
pub fn free() -> Option<u64> {
    let machine = field("/proc/meminfo", "MemAvailable:")? << 10;
    let groups = GROUPS.iter().filter_map(|group| {
        // What is kept of files is given up when memory is needed.
        let kept = field(group.statistics, group.files).unwrap_or(0);
        Some(number(group.limit)?.saturating_sub(number(group.used)?.saturating_sub(kept)))
    });
    groups.chain([machine]).min()
}

/// How many processes the system has ended for want of memory so far.
pub fn kills() -> Option<u64> {
    field("/proc/vmstat", "oom_kill")
}

/// The number that is all of a file.
fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number behind `name` in a file of names and numbers.
fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
