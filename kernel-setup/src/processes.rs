//! Ending what a cell has started.

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Ends every process of the group that `leader` leads.
pub fn end_group(leader: u32) {
    #[cfg(unix)]
    if let Some(group) = pid(leader) {
        // A group that is gone already is what was wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = leader;
}

/// Tells a process that somebody wants it to stop what it does.
pub fn interrupt(process: u32) {
    #[cfg(unix)]
    if let Some(process) = pid(process) {
        let _ = kill_process(process, Signal::INT);
    }
    #[cfg(not(unix))]
    let _ = process;
}

/// Ends every process below this one but `spared` and those below that. What is in this process's own group, as cargo
/// and the compilers it starts, is found too.
pub fn end_descendants(spared: Option<u32>) {
    #[cfg(not(target_os = "linux"))]
    let _ = spared;
    #[cfg(target_os = "linux")]
    {
        let spared: Vec<u32> = spared.into_iter().flat_map(|root| [vec![root], descendants(root)].concat()).collect();
        let ended = descendants(std::process::id()).into_iter().filter(|process| !spared.contains(process));
        for process in ended.filter_map(pid) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

#[cfg(unix)]
fn pid(process: u32) -> Option<Pid> {
    i32::try_from(process).ok().and_then(Pid::from_raw)
}

#[cfg(target_os = "linux")]
fn descendants(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, parent(process)?)))
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let current = found[next];
        found.extend(parents.iter().filter(|(_, parent)| *parent == current).map(|(process, _)| *process));
        next += 1;
    }
    found.split_off(1)
}

/// The fourth field of `/proc/<pid>/stat`; the second, a name in parentheses, may hold anything.
#[cfg(target_os = "linux")]
fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
