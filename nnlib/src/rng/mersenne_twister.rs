//! The Mersenne Twister MT19937: the random words that every distribution is made of.

use pulp::Arch;

/// Words of state.
pub(super) const N: usize = 624;
/// How far ahead lies the word that the recurrence mixes in.
const M: usize = 397;
/// Last row of the recurrence's matrix.
const MATRIX_A: u32 = 0x9908_b0df;
/// The bit that a word gives to the recurrence; the word after it gives the other 31.
const UPPER_MASK: u32 = 0x8000_0000;

/// MT19937, seeded as NumPy seeds `RandomState` with a whole number.
///
/// Source: M. Matsumoto and T. Nishimura, *Mersenne Twister: A 623-dimensionally equidistributed uniform pseudorandom
/// number generator*, ACM TOMACS 8 (1998), with the authors' seeding of 2002, `init_genrand`.
#[derive(Clone)]
pub(super) struct MersenneTwister {
    /// The latest 624 words of the recurrence.
    state: [u32; N],
    /// `state`, tempered. A whole block at once becomes vector instructions; a word at a time would not.
    output: [u32; N],
    /// How many words of `output` are used up.
    position: usize,
}

impl MersenneTwister {
    /// The generator at the start of the stream that `seed` names.
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for index in 1..N {
            let previous = state[index - 1];
            state[index] = (previous ^ (previous >> 30)).wrapping_mul(1_812_433_253).wrapping_add(index as u32);
        }
        Self { state, output: [0; N], position: N }
    }

    /// The generator whose latest words are `state`, `position` of them used up.
    pub(super) fn from_state(state: [u32; N], position: usize) -> Self {
        let mut twister = Self { state, output: [0; N], position };
        twister.temper();
        twister
    }

    /// The latest 624 words of the recurrence, and how many of them are used up.
    pub(super) fn state(&self) -> (&[u32; N], usize) {
        (&self.state, self.position)
    }

    /// The next word.
    #[inline]
    pub(super) fn next_u32(&mut self) -> u32 {
        if self.position == N {
            self.refill();
        }
        let word = self.output[self.position];
        self.position += 1;
        word
    }

    /// Up to `most` of the next words, at least one: what is left of a block.
    #[cfg(feature = "sequential")]
    pub(super) fn next_words(&mut self, most: usize) -> &[u32] {
        if self.position == N {
            self.refill();
        }
        let start = self.position;
        self.position = N.min(start + most);
        &self.output[start..self.position]
    }

    /// The next two words as one number, the first above the second.
    #[inline]
    pub(super) fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        let low = u64::from(self.next_u32());
        (high << 32) | low
    }

    /// A multiple of 2⁻⁵³ in [0, 1), from the upper 27 and 26 bits of the next two words.
    #[inline]
    pub(super) fn next_f64(&mut self) -> f64 {
        let high = u64::from(self.next_u32() >> 5);
        let low = u64::from(self.next_u32() >> 6);
        ((high << 26) | low) as f64 / (1u64 << 53) as f64
    }

    /// A whole number in `0..=max`, each as likely as the others; `max = 0` uses no word.
    ///
    /// Words are cut to the bits of `max` and drawn again while they exceed it. Two words make a number only where one
    /// is too short.
    #[inline]
    pub(super) fn interval(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let word = if max <= u64::from(u32::MAX) { u64::from(self.next_u32()) } else { self.next_u64() };
            if word & mask <= max {
                return word & mask;
            }
        }
    }

    /// Replaces the used-up block of words with the next one.
    #[inline(never)]
    fn refill(&mut self) {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                self.advance();
                self.temper();
            },
        );
        self.position = 0;
    }

    /// Makes the next block of words of `state`.
    #[inline(always)]
    fn advance(&mut self) {
        let twist = |first: u32, second: u32| {
            let mixed = (first & UPPER_MASK) | (second & !UPPER_MASK);
            (mixed >> 1) ^ ((mixed & 1).wrapping_neg() & MATRIX_A)
        };
        let state = &mut self.state;
        for index in 0..N - M {
            state[index] = state[index + M] ^ twist(state[index], state[index + 1]);
        }
        for index in N - M..N - 1 {
            state[index] = state[index - (N - M)] ^ twist(state[index], state[index + 1]);
        }
        state[N - 1] = state[M - 1] ^ twist(state[N - 1], state[0]);
    }

    /// Makes `output` of `state`.
    #[inline(always)]
    fn temper(&mut self) {
        for (tempered, &word) in self.output.iter_mut().zip(&self.state) {
            let mut word = word ^ (word >> 11);
            word ^= (word << 7) & 0x9d2c_5680;
            word ^= (word << 15) & 0xefc6_0000;
            *tempered = word ^ (word >> 18);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MersenneTwister;

    /// ISO C++, section "Engines and engine adaptors with predefined parameters": the 10,000th number of a
    /// default-constructed `mt19937`, whose seed is 5489, is 4123659995.
    #[test]
    fn ten_thousandth_word_is_that_of_the_cpp_standard() {
        let mut twister = MersenneTwister::new(5489);
        for _ in 1..10_000 {
            twister.next_u32();
        }
        assert_eq!(twister.next_u32(), 4_123_659_995);
    }

    #[test]
    fn an_interval_of_one_number_uses_no_word() {
        let mut twister = MersenneTwister::new(1);
        assert_eq!(twister.interval(0), 0);
        assert_eq!(twister.next_u32(), MersenneTwister::new(1).next_u32());
    }
}
