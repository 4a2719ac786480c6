//! Many tries at a time.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

/// What `work` makes of each of `tasks`, in their order, on all cores.
pub fn run<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let template =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left").unwrap_or(ProgressStyle::default_bar());
    let bar = ProgressBar::new(tasks.len() as u64).with_style(template);
    let waiting: Mutex<VecDeque<(usize, T)>> = Mutex::new(tasks.into_iter().enumerate().collect());
    let serve = || -> Result<Vec<(usize, R)>> {
        let mut done = Vec::new();
        loop {
            let next = waiting.lock().expect("nobody panics while holding it").pop_front();
            let Some((index, task)) = next else { return Ok(done) };
            done.push((index, work(task)?));
            bar.inc(1);
        }
    };
    let results: Vec<Result<Vec<(usize, R)>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(serve)).collect();
        workers.into_iter().map(|worker| worker.join().expect("work does not panic")).collect()
    });
    bar.finish_and_clear();
    let mut done: Vec<(usize, R)> = results.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}
