//! Threads that are kept from one piece of work to the next.
//!
//! A training step is some ten pieces of work, each shorter than it takes to start a thread. So threads stay: one that has
//! nothing to do looks out for work for [`LOOKOUT`], then sleeps until it is woken, and ends after [`PATIENCE`]. Two
//! programs that train at once do not fight for long: what a thread does not come to, whichever is free takes over.
//!
//! A process that was forked has none of its parent's threads; it makes threads of its own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a thread looks out for the next piece of work before it sleeps: longer than what lies between two pieces in
/// a training step, and a moment to a program that would like the core.
const LOOKOUT: Duration = Duration::from_micros(100);
/// How long a thread sleeps before it ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many threads work at once: as many as there are cores, or what `NNLIB_THREADS` says.
pub(crate) fn num_threads() -> usize {
    static NUM_THREADS: LazyLock<usize> = LazyLock::new(|| {
        let asked = std::env::var("NNLIB_THREADS").ok().and_then(|number| number.parse().ok());
        asked
            .filter(|&number| number > 0)
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    });
    *NUM_THREADS
}

/// Calls `work` with number 0 on this thread and, at the same time, on up to `num_threads - 1` others, each with a number
/// of its own, the same each time as long as none ends; returns once all have returned.
///
/// `work` shares out what there is to do by itself, and may be called by this thread alone: while another piece of work
/// is being done, no other threads are to be had.
///
/// # Panics
///
/// If a call of `work` does.
pub(crate) fn run(num_threads: usize, work: &(dyn Fn(usize) + Sync)) {
    let pool = if num_threads > 1 { Pool::of_this_process() } else { None };
    match pool.filter(|pool| !pool.is_taken.swap(true, Ordering::Acquire)) {
        Some(pool) => pool.share(num_threads - 1, work),
        None => work(0),
    }
}

/// What is asked of the threads: a function that lives until all of them have returned from it.
#[derive(Clone, Copy)]
struct Work(&'static (dyn Fn(usize) + Sync));

/// The threads of a process.
struct Pool {
    process: u32,
    /// Whether some thread shares work out.
    is_taken: AtomicBool,
    /// Counts the pieces of work, so that a thread can look out for the next without taking the lock.
    piece: AtomicU64,
    /// How many threads are in the piece of work.
    at_work: AtomicUsize,
    state: Mutex<State>,
    /// Told of each piece of work.
    new_work: Condvar,
    /// Told when the last thread has left it.
    all_left: Condvar,
}

#[derive(Default)]
struct State {
    /// The piece of work that threads may still begin.
    work: Option<Work>,
    /// How many more threads may begin it.
    places: usize,
    threads: usize,
    asleep: usize,
    /// What the first thread that panicked had to say.
    panic: Option<Box<dyn Any + Send>>,
}

impl Pool {
    /// That of this process, which is made if there is none; never freed, since a thread may have it in hand.
    fn of_this_process() -> Option<&'static Pool> {
        static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());
        let process = std::process::id();
        let current = POOL.load(Ordering::Acquire);
        // SAFETY: what is stored here is never freed.
        #[allow(unsafe_code)]
        let pool: Option<&'static Pool> = unsafe { current.as_ref() };
        if let Some(pool) = pool.filter(|pool| pool.process == process) {
            return Some(pool);
        }
        let new = Box::leak(Box::new(Pool {
            process,
            is_taken: AtomicBool::new(false),
            piece: AtomicU64::new(0),
            at_work: AtomicUsize::new(0),
            state: Mutex::default(),
            new_work: Condvar::new(),
            all_left: Condvar::new(),
        }));
        // If another thread was faster, this piece of work is done without help.
        POOL.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).ok().map(|_| &*new)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `work` by this thread, which has taken the pool, and by up to `others` more.
    fn share(&'static self, others: usize, work: &(dyn Fn(usize) + Sync)) {
        // SAFETY: no thread keeps it. A thread begins only what `state.work` holds, and counts itself in `at_work` under
        // the same lock; `withdraw` takes it out and waits until none is at work, before this function returns or unwinds.
        #[allow(unsafe_code)]
        let shared =
            Work(unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(work) });
        self.offer(others, shared);
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let others = self.withdraw();
        self.is_taken.store(false, Ordering::Release);
        if let Some(panic) = own.err().or(others) {
            resume_unwind(panic);
        }
    }

    /// Lets up to `others` threads begin `work`.
    fn offer(&'static self, others: usize, work: Work) {
        let mut state = self.lock();
        state.work = Some(work);
        state.places = others;
        self.piece.fetch_add(1, Ordering::Release);
        while state.threads < others {
            let thread = std::thread::Builder::new().name("nnlib".to_owned());
            let number = state.threads + 1;
            if thread.spawn(move || self.live(number)).is_err() {
                break;
            }
            state.threads += 1;
        }
        if state.asleep > 0 {
            self.new_work.notify_all();
        }
    }

    /// Lets no thread begin the work any more, and waits until all that have begun it have returned; what a panic among
    /// them had to say.
    fn withdraw(&self) -> Option<Box<dyn Any + Send>> {
        self.lock().work = None;
        let start = Instant::now();
        while self.at_work.load(Ordering::Acquire) > 0 && start.elapsed() < LOOKOUT {
            std::hint::spin_loop();
        }
        let mut state = self.lock();
        while self.at_work.load(Ordering::Acquire) > 0 {
            state = self.all_left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.panic.take()
    }

    /// The life of thread `number`.
    fn live(&'static self, number: usize) {
        let mut seen = 0;
        while let Some(work) = self.next(&mut seen) {
            let result = catch_unwind(AssertUnwindSafe(|| work.0(number)));
            let mut state = self.lock();
            if let Err(panic) = result {
                state.panic.get_or_insert(panic);
            }
            if self.at_work.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.all_left.notify_all();
            }
        }
    }

    /// Waits for a piece of work after number `seen`, and begins it; `None` when the thread is to end.
    fn next(&self, seen: &mut u64) -> Option<Work> {
        loop {
            let start = Instant::now();
            while self.piece.load(Ordering::Acquire) == *seen && start.elapsed() < LOOKOUT {
                std::hint::spin_loop();
            }
            let mut state = self.lock();
            let asleep_since = Instant::now();
            while self.piece.load(Ordering::Acquire) == *seen {
                state.asleep += 1;
                let (woken, _) = self.new_work.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner);
                state = woken;
                state.asleep -= 1;
                if self.piece.load(Ordering::Acquire) == *seen && asleep_since.elapsed() >= PATIENCE {
                    state.threads -= 1;
                    return None;
                }
            }
            *seen = self.piece.load(Ordering::Acquire);
            if let Some(work) = state.work.filter(|_| state.places > 0) {
                state.places -= 1;
                self.at_work.fetch_add(1, Ordering::AcqRel);
                return Some(work);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_shared_and_over_when_run_returns() {
        for round in 0..200 {
            let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
            run(3, &|_| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= 10 {
                        return;
                    }
                    sum.fetch_add(part + round, Ordering::Relaxed);
                }
            });
            assert_eq!(sum.into_inner(), 45 + 10 * round);
        }
    }

    #[test]
    fn other_threads_help() {
        // Whoever takes the pool meets another thread in the work; another test may have taken it.
        let together = std::sync::Barrier::new(2);
        let met = (0..1000).any(|_| {
            let calls = AtomicUsize::new(0);
            let pool = Pool::of_this_process();
            let free = pool.is_some_and(|pool| !pool.is_taken.swap(true, Ordering::Acquire));
            if !free {
                std::thread::sleep(Duration::from_millis(1));
                return false;
            }
            pool.expect("asked for above").share(1, &|_| {
                calls.fetch_add(1, Ordering::Relaxed);
                together.wait();
            });
            calls.into_inner() == 2
        });
        assert!(met);
    }

    #[test]
    fn work_within_work_is_done_by_the_thread_itself() {
        let count = AtomicUsize::new(0);
        run(2, &|_| {
            run(2, &|_| {
                count.fetch_add(1, Ordering::Relaxed);
            })
        });
        assert!((1..=2).contains(&count.into_inner()));
    }

    #[test]
    fn a_panic_comes_through_and_the_next_work_is_done() {
        for _ in 0..20 {
            let result = catch_unwind(|| run(2, &|_| panic!("no")));
            assert_eq!(result.unwrap_err().downcast_ref::<&str>(), Some(&"no"));
            let count = AtomicUsize::new(0);
            run(2, &|_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
            assert!(count.into_inner() >= 1);
        }
    }

    #[test]
    fn several_threads_may_ask_at_once() {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let count = AtomicUsize::new(0);
                        run(2, &|_| {
                            count.fetch_add(1, Ordering::Relaxed);
                        });
                        assert!((1..=2).contains(&count.into_inner()));
                    }
                });
            }
        });
    }
}
