//! Memory that is kept from one training step to the next, and memory that is fetched before it is needed.

use std::sync::Once;

/// Bytes of one block. glibc learns from blocks of up to 32 MiB.
const LARGEST_BLOCK: usize = 31 << 20;

/// Lets glibc keep the memory of large arrays once they are freed, up to twice [`LARGEST_BLOCK`], for the arrays of the
/// next step. Else it returns them to the system, which maps and clears every page again: a sixth of the time that a
/// convolutional network takes to train. Other allocators are not affected.
///
/// glibc adapts to what a program frees: above the size of the largest block that it has freed, it asks the system for
/// each block, and above twice that size, it returns what is free (`mallopt(3)`, `M_MMAP_THRESHOLD` and
/// `M_TRIM_THRESHOLD`). So it is enough to free a large block, which costs nothing, since nothing is written to it.
pub(crate) fn keep_freed_memory() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST_BLOCK))));
}

/// Asks the processor to fetch `numbers` into its second-level cache while it computes something else. Elsewhere than on
/// x86-64, they are fetched when they are needed.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks((64 / size_of::<T>()).max(1)) {
        // SAFETY: a hint, which neither reads nor writes anything that a program could see.
        #[allow(unsafe_code)]
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
