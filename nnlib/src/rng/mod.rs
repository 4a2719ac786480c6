//! Random numbers: NumPy's `RandomState`, draw for draw.
//!
//! A course text that seeds `np.random` prints numbers that depend on every draw. [`RandomState`] makes the same draws
//! in the same order, so the same numbers come out:
//!
//! | NumPy | here |
//! |---|---|
//! | `np.random.seed(231)` | `let mut rng = RandomState::new(231);` |
//! | `np.random.rand()`, `np.random.randn()` | `rng.random_sample()`, `rng.standard_normal()` |
//! | `np.random.rand(50)`, `np.random.randn(50, 10)` | `rng.rand(50)`, `rng.randn((50, 10))` |
//! | `np.random.uniform(-1, 1, 50)` | `rng.uniform(-1.0, 1.0, 50)` |
//! | `np.random.normal(0, 0.01, (50, 10))` | `rng.normal(0.0, 0.01, (50, 10))` |
//! | `np.random.randint(3)` | `rng.random_int(0, 3)` |
//! | `np.random.randint(0, 10, 50)` | `rng.randint(0, 10, 50)` |
//! | `x[np.random.permutation(n)]` | `x.select(Axis(0), &rng.permutation(n))` |
//! | `np.random.shuffle(names)` | `rng.shuffle(&mut names)` |
//! | `np.random.choice(n, 64)` | `rng.choice(n, 64, true)` |
//! | `np.random.choice(n, 64, replace=False)` | `rng.choice(n, 64, false)` |
//! | `np.random.choice(n, 64, p=p)` | `rng.choice_weighted(p.view(), 64, true)` |
//! | `np.random.get_state()`, `np.random.set_state(state)` | `rng.state()`, `rng = RandomState::from_state(&state)` |
//!
//! A shape is a number for a vector, a pair for a matrix, and so on, as everywhere in [`ndarray`]; arrays are filled
//! row by row. There is no hidden global generator: whoever draws is handed a `&mut RandomState`.
//!
//! # How equal is equal
//!
//! All but the normal distribution is whole-number and correctly rounded arithmetic, with the same bits on every
//! machine. `standard_normal`, `randn` and `normal` call the logarithm of the platform's C library, as NumPy does, so
//! they equal the NumPy of the same machine bit for bit. Between machines, in NumPy as here, a draw can differ in its
//! last bit: glibc 2.36 on x86-64 gives 28 other values among the first 500,000 of seed 0 when the processor has no
//! fused multiply-add.

mod distributions;
mod mersenne_twister;
mod random_state;
mod sampling;
mod saved_state;

pub use random_state::RandomState;
pub use saved_state::SavedState;
