//! The state of a generator in numbers, to be kept in a file.

use super::RandomState;
use super::mersenne_twister::{MersenneTwister, N};

/// Where a [`RandomState`] stands: what `np.random.get_state()` tells, but for its name.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedState {
    /// The latest 624 words of the generator, before tempering.
    pub key: Vec<u32>,
    /// How many of them are used up, 0 to 624.
    pub position: usize,
    /// The second normal of a pair of which the first was drawn.
    pub spare_normal: Option<f64>,
}

impl RandomState {
    /// How many words a state's key has: 624.
    pub const STATE_WORDS: usize = N;

    /// The state, as `np.random.get_state()`.
    ///
    /// ```
    /// use nnlib::rng::RandomState;
    ///
    /// let mut rng = RandomState::new(231);
    /// rng.standard_normal();
    /// let state = rng.state();
    /// let next = rng.randn(700);
    /// assert_eq!(RandomState::from_state(&state).randn(700), next);
    /// ```
    pub fn state(&self) -> SavedState {
        let (key, position) = self.twister.state();
        SavedState { key: key.to_vec(), position, spare_normal: self.spare_normal }
    }

    /// The generator that stands where `state` says, as after `np.random.set_state(state)`.
    ///
    /// # Panics
    ///
    /// If the key is not of 624 words, or the position is above 624.
    #[track_caller]
    pub fn from_state(state: &SavedState) -> Self {
        let SavedState { key, position, spare_normal } = state;
        assert!(
            key.len() == N && *position <= N,
            "RandomState::from_state: `key` has {} words and `position` is {position}, expected {N} words and 0 to {N}",
            key.len()
        );
        let key: &[u32; N] = key.as_slice().try_into().expect("the length is checked above");
        RandomState { twister: MersenneTwister::from_state(*key, *position), spare_normal: *spare_normal }
    }
}
