//! Work in parts over all cores.

mod pool;

pub(crate) use pool::num_threads;
use std::sync::{Mutex, PoisonError};

/// The most parts that a batch is cut into. Fixed, so that sums over parts do not depend on the machine.
#[cfg(feature = "grad")]
const MOST_PARTS: usize = 8;
/// Multiplications that are worth a thread.
const WORTH_A_THREAD: usize = 1 << 18;

/// How many of `count` samples go into a part.
#[cfg(feature = "grad")]
pub(crate) fn samples_per_part(count: usize) -> usize {
    count.div_ceil(MOST_PARTS).max(1)
}

/// How many threads are worth their while for so many multiplications.
pub(crate) fn threads_for(multiplications: usize) -> usize {
    (multiplications / WORTH_A_THREAD).clamp(1, num_threads())
}

/// `work` of each part, in the order of the parts; over all cores if there are many `multiplications` altogether.
///
/// Each thread begins with parts of its own, the same ones each time: what they read and wrote the last time may still be
/// in the cache of its core. Where cores share no cache, to fetch weights from the other one takes as long as to multiply
/// by them.
pub(crate) fn map_parts<P: Send, R: Send>(
    parts: Vec<P>,
    multiplications: usize,
    work: impl Fn(P) -> R + Sync,
) -> Vec<R> {
    let num_threads = threads_for(multiplications).min(parts.len());
    if num_threads <= 1 {
        return parts.into_iter().map(work).collect();
    }
    let mut results: Vec<Option<R>> = parts.iter().map(|_| None).collect();
    let share = parts.len().div_ceil(num_threads);
    let mut rest = parts.into_iter().zip(&mut results);
    let shares: Vec<_> =
        (0..num_threads).map(|_| Mutex::new(rest.by_ref().take(share).collect::<Vec<_>>().into_iter())).collect();
    let take = |share: usize| shares[share].lock().unwrap_or_else(PoisonError::into_inner).next();
    pool::run(num_threads, &|thread| {
        // Its own share first, then what is left of the others'.
        for share in 0..num_threads {
            while let Some((part, result)) = take((thread + share) % num_threads) {
                *result = Some(work(part));
            }
        }
    });
    drop(shares);
    results.into_iter().map(|result| result.expect("every part is taken by some thread")).collect()
}
