//! Work in parts over all cores.

use std::sync::{Mutex, PoisonError};

/// The most parts that a batch is cut into. Fixed, so that sums over parts do not depend on the machine.
#[cfg(feature = "grad")]
const MOST_PARTS: usize = 8;
/// Multiplications that are worth a thread.
const WORTH_A_THREAD: usize = 1 << 19;

/// How many of `count` samples go into a part.
#[cfg(feature = "grad")]
pub(crate) fn samples_per_part(count: usize) -> usize {
    count.div_ceil(MOST_PARTS).max(1)
}

/// `work` of each part, in the order of the parts; over all cores if there are many `multiplications` altogether.
pub(crate) fn map_parts<P: Send, R: Send>(
    parts: Vec<P>,
    multiplications: usize,
    work: impl Fn(P) -> R + Sync,
) -> Vec<R> {
    let num_threads = match multiplications {
        few if few < 2 * WORTH_A_THREAD => 1,
        _ => std::thread::available_parallelism().map_or(1, usize::from).min(parts.len()),
    };
    if num_threads <= 1 {
        return parts.into_iter().map(work).collect();
    }
    let queue = Mutex::new(parts.into_iter().enumerate());
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let drain = || {
        let mut done = Vec::new();
        while let Some((index, part)) = take() {
            done.push((index, work(part)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..num_threads).map(|_| scope.spawn(drain)).collect();
        let mut done = drain();
        for thread in others {
            done.extend(thread.join().expect("work on numbers of checked shapes does not panic"));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
