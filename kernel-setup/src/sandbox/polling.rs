//! Memory where no control group counts it: by looking, now and then.

use std::fs;

/// How much memory a process and all below it have, in bytes. What processes share is counted once.
pub fn memory(first: i32) -> u64 {
    let mut processes = vec![first];
    let mut bytes = 0;
    let mut next = 0;
    while let Some(&process) = processes.get(next) {
        next += 1;
        bytes += share(process).unwrap_or(0);
        // Processes that end while they are looked at have no children any more; those are then the first's.
        for thread in fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let children = children.split_whitespace().filter_map(|number| number.parse().ok());
            processes.extend(children.filter(|child| !processes.contains(child)).collect::<Vec<i32>>());
        }
    }
    bytes
}

/// A process's proportional share of what it has mapped.
fn share(process: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}
