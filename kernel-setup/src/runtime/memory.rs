//! Memory: how much a cell may have, and whether the system ended it for want of more.

use std::fs;

/// Where the limits of the control group are that a container runs in, in its two forms.
const GROUP_LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Limits the memory of this process to what the machine has. A cell that asks for more then fails at once, and is told
/// so; without a limit, the system would promise it the memory, and end processes when it comes to be used.
pub fn limit() {
    let machine = field("/proc/meminfo", "MemTotal:").map(|kibibytes| kibibytes << 10);
    let group = GROUP_LIMITS.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    if let Some(limit) = machine.into_iter().chain(group).min() {
        let mut limits = rustix::process::getrlimit(rustix::process::Resource::Data);
        if limits.current.is_none_or(|current| current > limit) {
            limits.current = Some(limit);
            // Where this is refused, the system ends whom it chooses, and that is this process (see `live`).
            let _ = rustix::process::setrlimit(rustix::process::Resource::Data, limits);
        }
    }
}

/// How many processes the system has ended for want of memory so far.
pub fn kills() -> Option<u64> {
    field("/proc/vmstat", "oom_kill")
}

/// The number behind `name` in a file of names and numbers.
fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
