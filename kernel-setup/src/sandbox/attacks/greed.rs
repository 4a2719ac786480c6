//! Taking more than is given.

#![allow(unsafe_code, reason = "fork, and signals that are ignored")]

use super::{LIMITS, WORK, expect};
use crate::sandbox::system::prctl;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;
use std::{process, thread};

/// Ends for memory, or gets through: twice as much as it may have.
pub fn memory(_: &[String]) -> Result<(), String> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let block = 8 << 20;
    for _ in 0..(2 * LIMITS.memory / block as u64) {
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(block).is_err() {
            return Ok(());
        }
        bytes.resize(block, 1);
        blocks.push(bytes);
        // Where memory is looked at now and then, it is not to be used up in between.
        thread::sleep(Duration::from_millis(5));
    }
    Err(format!("it could have {} MB, of {} MB", (blocks.len() * block) >> 20, LIMITS.memory >> 20))
}

/// As [`memory`], by four processes, none of which has more than half of what all may have.
pub fn crowd(_: &[String]) -> Result<(), String> {
    for _ in 0..4 {
        // SAFETY: this process has one thread.
        if unsafe { libc::fork() } == 0 {
            let block = vec![1u8; usize::try_from(LIMITS.memory / 2).unwrap_or_default()];
            std::hint::black_box(&block);
            thread::sleep(Duration::from_secs(5));
            process::exit(0);
        }
    }
    thread::sleep(Duration::from_secs(5));
    Err(format!("they could have {} MB, of {} MB", LIMITS.memory >> 19, LIMITS.memory >> 20))
}

pub fn forks(_: &[String]) -> Result<(), String> {
    for count in 1..=LIMITS.processes {
        // SAFETY: this process has one thread.
        match unsafe { libc::fork() } {
            0 => loop {
                thread::sleep(Duration::from_secs(3600));
            },
            -1 => {
                end_children();
                return expect(count > LIMITS.processes / 2, || {
                    format!("it could have no more than {count} processes")
                });
            }
            _ => {}
        }
    }
    end_children();
    Err(format!("it could have more than {} processes", LIMITS.processes))
}

/// All that can be seen from here, but for this process and the first.
fn end_children() {
    // SAFETY: takes numbers alone.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

pub fn space(_: &[String]) -> Result<(), String> {
    // Writing past the limit of a file would end this process.
    // SAFETY: no function becomes a handler.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let block = vec![1; 64 << 10];
    let mut written = 0;
    for number in 0..4 {
        let Ok(mut file) = File::create(Path::new(WORK).join(format!("fill-{number}"))) else { break };
        while file.write_all(&block).is_ok() {
            written += block.len() as u64;
            expect(written <= LIMITS.work_bytes, || format!("it could write {written} bytes"))?;
        }
    }
    expect(written > LIMITS.work_bytes / 2, || format!("it could write no more than {written} bytes"))
}

pub fn time(_: &[String]) -> Result<(), String> {
    // Signals that can be ignored are.
    for signal in [libc::SIGTERM, libc::SIGXCPU, libc::SIGALRM, libc::SIGHUP] {
        // SAFETY: no function becomes a handler.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    let _ = prctl(libc::PR_SET_PDEATHSIG, 0);
    loop {
        std::hint::spin_loop();
    }
}

pub fn flood(_: &[String]) -> Result<(), String> {
    let block = vec![b'x'; 64 << 10];
    loop {
        if io::stdout().write_all(&block).is_err() {
            return Ok(());
        }
    }
}
