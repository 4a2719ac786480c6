//! Marks of 64 things, a bit each: bit 0 is that of the first.

/// How many things.
pub(crate) const MARKS: usize = u64::BITS as usize;

/// From a byte for each, 0 or 1.
#[inline(always)]
pub(crate) fn from_bytes(bytes: &[u8; MARKS]) -> u64 {
    let eights = bytes.as_chunks::<8>().0.iter().map(|&bytes| {
        // The product has the lowest bit of each byte in its highest byte, in their order.
        u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56
    });
    eights.rev().fold(0, |marks, eight| marks << 8 | eight)
}

/// The first `count` are marked.
#[inline(always)]
pub(crate) fn first(count: usize) -> u64 {
    u64::MAX.checked_shr((MARKS - count) as u32).unwrap_or(0)
}

/// The numbers of those that are marked, in their order.
#[inline(always)]
pub(crate) fn marked(mut marks: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let first = marks.trailing_zeros() as usize;
        (marks != 0).then(|| {
            marks &= marks - 1;
            first
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked() {
        let mut bytes = [0; MARKS];
        assert_eq!(from_bytes(&bytes), 0);
        for index in [0, 1, 9, 62, 63] {
            bytes[index] = 1;
        }
        let marks = from_bytes(&bytes);
        assert_eq!(marks, 1 | 1 << 1 | 1 << 9 | 1 << 62 | 1 << 63);
        assert_eq!(marked(marks).collect::<Vec<_>>(), [0, 1, 9, 62, 63]);
        assert_eq!([first(0), first(1), first(64)], [0, 1, u64::MAX]);
    }
}
