//! The random numbers of the generated sets: a stream of its own for each image or row.

use crate::rng::RandomState;

/// The sets that have streams, by number: the training and the test images of [`digits`](super::digits), ...
pub(super) const DIGITS_TRAIN: u64 = 0;
pub(super) const DIGITS_TEST: u64 = 1;
/// ... those of [`textures`](super::textures), ...
pub(super) const TEXTURES_TRAIN: u64 = 2;
pub(super) const TEXTURES_TEST: u64 = 3;
/// ... and the rows of [`housing_generator`](super::housing_generator).
pub(super) const HOUSING: u64 = 4;

/// The number of a set that `rng` chooses: one of 2⁶³, and none of the above.
pub(super) fn another_set(rng: &mut RandomState) -> u64 {
    let mut half = || rng.random_int(0, 1 << 32) as u64;
    (half() << 32 | half()) | 1 << 63
}

/// SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, OOPSLA 2014, section 5).
///
/// Each image or row has a stream of its own, so that they can be drawn in any order and by any number of threads. Only
/// integer and exactly rounded operations are used: the numbers are the same on every machine.
pub(super) struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of image or row `index` of the set numbered `set`.
    pub(super) fn new(set: u64, index: u64) -> Self {
        Stream { state: mix(mix(set) ^ index) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A whole number from 0 to `bound - 1`.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number from `low` up to `high`, all equally likely.
    pub(super) fn uniform(&mut self, low: f32, high: f32) -> f32 {
        // 24 bits: what an f32 holds exactly.
        let unit = (self.next() >> 40) as f32 / (1 << 24) as f32;
        low + (high - low) * unit
    }

    /// A bell-shaped number with mean 0 and standard deviation `deviation`, never beyond 3.47 deviations.
    ///
    /// The sum of four uniform numbers: near enough to the normal distribution for handwriting, and free of the
    /// logarithms that differ in the last bit from one C library to the next.
    pub(super) fn bell(&mut self, deviation: f32) -> f32 {
        let bits = self.next();
        let sum = (bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48);
        // Four uniforms on 0..65535 have mean 131070 in sum and a standard deviation of 65536 / sqrt(3).
        const UNIT: f32 = 1.732_050_8 / 65_536.0;
        (sum as f32 - 131_070.0) * UNIT * deviation
    }
}

/// The finaliser of SplitMix64: every bit of the input changes about half of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers for seed 1234567, as printed by the reference program `splitmix64.c` (Vigna, 2015).
    #[test]
    fn it_is_split_mix_64() {
        let mut stream = Stream { state: 1_234_567 };
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([stream.next(), stream.next(), stream.next()], expected);
    }

    #[test]
    fn numbers_have_the_range_mean_and_deviation_they_should() {
        let mut stream = Stream::new(0, 0);
        let mut sums = [0.0; 2];
        for _ in 0..100_000 {
            let bell = stream.bell(2.0);
            assert!(bell.abs() < 2.0 * 3.47);
            sums[0] += f64::from(bell);
            sums[1] += f64::from(bell * bell);
            let uniform = stream.uniform(-1.0, 3.0);
            assert!((-1.0..=3.0).contains(&uniform));
            assert!(stream.below(7) < 7);
        }
        let (mean, square) = (sums[0] / 1e5, sums[1] / 1e5);
        // Five standard errors: of the mean 2 / sqrt(1e5), of the mean square at most sqrt(2) * 4 / sqrt(1e5).
        assert!(mean.abs() < 0.032 && (square - 4.0).abs() < 0.09, "mean {mean}, mean square {square}");
    }
}
