//! A long session with faults: nothing is lost, nothing piles up.
#![cfg(target_os = "linux")]

use crate::faults::FAULTS;
use crate::support::{Notebook, Workspace, nnkernel};
use std::collections::HashMap;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;
use std::{env, fs, thread};

/// Names another number of cells.
const CELLS: &str = "NNKERNEL_SOAK_CELLS";
/// Of so many cells, one has a fault.
const BETWEEN_FAULTS: usize = 10;
/// What the session may hold in the end, as a multiple of what it held when it was warm.
const MOST_GROWTH: f64 = 1.2;
/// The session is warm after this share of its cells; what it holds then is what it should hold in the end.
const WARM: f64 = 0.25;

#[test]
#[ignore = "ten minutes for 2,000 cells"]
fn a_long_session_with_faults_loses_nothing_and_holds_on_to_nothing() {
    let cells: usize = env::var(CELLS).ok().and_then(|cells| cells.parse().ok()).unwrap_or(2000);
    let mut source = crate::faults::BEFORE.to_owned();
    source += "// %%\nlet mut total = 0_usize;\n";
    let mut expected = HashMap::new();
    let mut total = 0;
    for cell in 2..cells {
        if cell % BETWEEN_FAULTS == 0 {
            let (code, ..) = FAULTS[cell / BETWEEN_FAULTS % FAULTS.len()];
            writeln!(source, "// %%\n{code}").expect("a string can be written to");
            expected.insert(cell, None);
        } else {
            total += cell;
            writeln!(source, "// %%\ntotal += {cell};\n(total, counts.len(), name.len(), net.layers.len())")
                .expect("a string can be written to");
            expected.insert(cell, Some(format!("({total}, 3, 6, 2)")));
        }
    }

    let workspace = Workspace::new();
    let path = workspace.write("notebook.rs", source);
    let out = workspace.path().join("out");
    let told = fs::File::create(workspace.path().join("told")).expect("the temporary folder can be written to");
    let mut child = nnkernel()
        .arg("run")
        .arg(path)
        .arg("-o")
        .arg(&out)
        .arg("--allow-errors")
        .current_dir(workspace.path())
        .stderr(Stdio::from(told))
        .spawn()
        .expect("the binary starts");

    // By the number of cells that have been run: kilobytes of the kernel, and of the process that runs cells.
    let mut held: Vec<(usize, [u64; 2])> = Vec::new();
    let mut zombies = 0;
    while child.try_wait().expect("the child can be waited for").is_none() {
        thread::sleep(Duration::from_secs(5));
        let told = fs::read_to_string(workspace.path().join("told")).unwrap_or_default();
        let count = told.lines().filter(|line| line.starts_with('[')).count();
        let processes = below(child.id());
        // One that has just ended and one that has been there at the last look differ; a pile does not.
        zombies = processes.iter().filter(|process| process.state == 'Z').count();
        let own = processes.iter().filter(|process| process.name == "nnkernel");
        // The live process is the last that was started below the supervisor, and the largest.
        let live = own.map(|process| process.resident).max().unwrap_or(0);
        let kernel = resident(child.id());
        if kernel > 0 && live > 0 {
            held.push((count, [kernel, live]));
        }
    }

    let notebook = Notebook::read(&out.join("notebook.ipynb"));
    for (cell, value) in expected {
        assert_eq!(notebook.value(cell, "text/plain"), value, "cell {cell}");
    }
    assert!(zombies < 3, "{zombies} zombies");
    let at = |share: f64| held.iter().find(|(count, _)| *count as f64 >= share * cells as f64).map(|(_, held)| *held);
    let (Some(warm), Some(end)) = (at(WARM), at(0.97)) else { panic!("the session ended early: {held:?}") };
    eprintln!("{cells} cells: KiB of the kernel {} -> {}, of the cells {} -> {}", warm[0], end[0], warm[1], end[1]);
    // The code of cells stays loaded, for variables and threads live on it: that is part of the whole.
    let total = |held: [u64; 2]| held.iter().sum::<u64>() as f64;
    assert!(total(end) <= MOST_GROWTH * total(warm), "{held:?}");
}

struct Process {
    id: u32,
    parent: u32,
    state: char,
    name: String,
    /// KiB.
    resident: u64,
}

/// The processes below `root`.
fn below(root: u32) -> Vec<Process> {
    let all: Vec<Process> = fs::read_dir("/proc")
        .expect("there is /proc")
        .flatten()
        .filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?))
        .collect();
    let mut found = vec![root];
    let mut result = Vec::new();
    let mut rest = all;
    while let Some(parent) = found.pop() {
        let (children, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|process| process.parent == parent);
        found.extend(children.iter().map(|child| child.id));
        result.extend(children);
        rest = others;
    }
    result
}

fn process(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (before, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let name = before.split_once('(')?.1.to_owned();
    Some(Process { id, parent, state, name, resident: resident(id) })
}

/// KiB; 0 of a process that is gone.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
