//! Tests of `nnlib::rng`: 500,000 draws of each function against NumPy's, by digest.
//!
//! NumPy's side is `fixtures/rng/numpy.json`, written by `fixtures/rng/make_fixture.py`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::{Array1, Array2, Axis, array};
use nnlib::rng::RandomState;
use serde_json::Value;
use sha2::{Digest, Sha256};

const DRAWS: usize = 500_000;

/// Whether `ln` is glibc's on x86-64, the one that the fixture was made with.
const FIXTURE_LIBM: bool = cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"));

/// How far a normal may lie from the fixture's where another C library computes `ln`, in units in the last place.
const OTHER_LIBM_ULPS: u64 = 4;

fn float_bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

fn int_bits(values: impl IntoIterator<Item = i64>) -> Vec<u64> {
    values.into_iter().map(|value| value as u64).collect()
}

fn index_bits(values: impl IntoIterator<Item = usize>) -> Vec<u64> {
    values.into_iter().map(|value| value as u64).collect()
}

/// Probabilities proportional to 0, 1, …, n - 1, as in the fixture's program.
fn ramp(n: usize) -> Array1<f64> {
    Array1::from_iter((0..n).map(|index| index as f64 / (n * (n - 1) / 2) as f64))
}

fn sha256(words: &[u64]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn words_of(run: &Value, part: &str) -> Vec<u64> {
    let words = run[part].as_array().expect("a list");
    words.iter().map(|word| u64::from_str_radix(word.as_str().expect("a string"), 16).expect("hexadecimal")).collect()
}

/// Asserts that `draw` gives what NumPy's `function` gave, for every seed of the fixture.
#[track_caller]
fn assert_draws_equal_numpy(function: &str, draw: fn(&mut RandomState) -> Vec<u64>) {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/rng/numpy.json")).expect("valid JSON");
    let results = fixture["results"].as_array().expect("a list");
    let results: Vec<&Value> = results.iter().filter(|result| result["function"] == function).collect();
    assert_eq!(results.len(), 3, "{function}: seeds in the fixture");
    for result in results {
        let seed = result["seed"].as_u64().expect("a number") as u32;
        let runs = result["runs"].as_array().expect("a list");
        let words = draw(&mut RandomState::new(seed));
        let digest = sha256(&words);
        if runs.iter().any(|run| run["sha256"] == digest) {
            continue;
        }
        // The ends of the draws tell a wrong stream from a wrong last bit, and a reader where to look.
        let depends_on_libm = runs.len() > 1;
        let tolerance = if depends_on_libm && !FIXTURE_LIBM { OTHER_LIBM_ULPS } else { 0 };
        let (first, last) = (words_of(&runs[0], "first"), words_of(&runs[0], "last"));
        let ends = words.iter().take(16).chain(&words[words.len() - 16..]);
        for (position, (&word, expected)) in ends.zip(first.into_iter().chain(last)).enumerate() {
            assert!(
                word.abs_diff(expected) <= tolerance,
                "{function}, seed {seed}: end value {position} is {word:016x}, NumPy's is {expected:016x}"
            );
        }
        assert!(
            depends_on_libm && !FIXTURE_LIBM,
            "{function}, seed {seed}: SHA-256 is {digest}, NumPy's is in {runs:?}"
        );
    }
}

#[test]
fn rand_equals_numpy() {
    assert_draws_equal_numpy("rand", |rng| float_bits(rng.rand(DRAWS)));
}

#[test]
fn uniform_equals_numpy() {
    assert_draws_equal_numpy("uniform(-3, 5)", |rng| float_bits(rng.uniform(-3.0, 5.0, DRAWS)));
    assert_draws_equal_numpy("uniform(-3, -6)", |rng| float_bits(rng.uniform(-3.0, -6.0, DRAWS)));
}

#[test]
fn randn_equals_numpy() {
    assert_draws_equal_numpy("randn", |rng| float_bits(rng.randn(DRAWS)));
}

#[test]
fn normal_equals_numpy() {
    assert_draws_equal_numpy("normal(1.5, 0.25)", |rng| float_bits(rng.normal(1.5, 0.25, DRAWS)));
}

#[test]
fn randint_within_32_bits_equals_numpy() {
    assert_draws_equal_numpy("randint(0, 2)", |rng| int_bits(rng.randint(0, 2, DRAWS)));
    assert_draws_equal_numpy("randint(0, 10)", |rng| int_bits(rng.randint(0, 10, DRAWS)));
    assert_draws_equal_numpy("randint(-5, 1000)", |rng| int_bits(rng.randint(-5, 1000, DRAWS)));
    assert_draws_equal_numpy("randint(0, 2**32)", |rng| int_bits(rng.randint(0, 1 << 32, DRAWS)));
}

#[test]
fn randint_beyond_32_bits_equals_numpy() {
    assert_draws_equal_numpy("randint(0, 2**32 + 1)", |rng| int_bits(rng.randint(0, (1 << 32) + 1, DRAWS)));
    assert_draws_equal_numpy("randint(-2**40, 3 * 2**40)", |rng| {
        int_bits(rng.randint(-(1 << 40), 3 * (1 << 40), DRAWS))
    });
    assert_draws_equal_numpy("randint(-2**63, 2**63 - 1)", |rng| int_bits(rng.randint(i64::MIN, i64::MAX, DRAWS)));
}

#[test]
fn permutation_equals_numpy() {
    assert_draws_equal_numpy("permutation", |rng| index_bits(rng.permutation(DRAWS)));
}

#[test]
fn shuffle_equals_numpy() {
    assert_draws_equal_numpy("shuffle", |rng| {
        let mut squares: Vec<i64> = (0..DRAWS as i64).map(|number| number * number).collect();
        rng.shuffle(&mut squares);
        int_bits(squares)
    });
}

#[test]
fn rows_selected_by_a_permutation_equal_numpys_shuffled_rows() {
    assert_draws_equal_numpy("shuffle rows", |rng| {
        let rows = Array1::from_iter(0..DRAWS as i64).into_shape_with_order((DRAWS / 2, 2)).expect("an even number");
        int_bits(rows.select(Axis(0), &rng.permutation(DRAWS / 2)))
    });
}

#[test]
fn choice_equals_numpy() {
    assert_draws_equal_numpy("choice with replacement", |rng| index_bits(rng.choice(60_000, DRAWS, true)));
    assert_draws_equal_numpy("choice without replacement", |rng| index_bits(rng.choice(600_000, DRAWS, false)));
}

#[test]
fn choice_weighted_equals_numpy() {
    assert_draws_equal_numpy("choice with p, with replacement", |rng| {
        index_bits(rng.choice_weighted(ramp(1000).view(), DRAWS, true))
    });
    assert_draws_equal_numpy("choice with p, without replacement", |rng| {
        index_bits(rng.choice_weighted(ramp(600_000).view(), DRAWS, false))
    });
}

#[test]
fn interleaved_calls_equal_numpy() {
    assert_draws_equal_numpy("interleaved", |rng| {
        let mut words = Vec::new();
        for _ in 0..10_000 {
            words.extend(float_bits(rng.randn(3)));
            words.extend(int_bits(rng.randint(0, 10, 4)));
            words.extend(float_bits(rng.randn((2, 2))));
            words.extend(float_bits(rng.rand(1)));
            words.extend(int_bits(rng.randint(7, 8, 2)));
            words.extend(float_bits([rng.standard_normal()]));
            words.extend(float_bits(rng.uniform(5.0, -5.0, 3)));
            words.extend(float_bits(rng.normal(1.0, 2.0, 3)));
            words.extend(int_bits(rng.randint(-(1 << 40), 1 << 40, (1, 3))));
            words.extend(index_bits(rng.permutation(7)));
            words.extend(index_bits(rng.choice(20, 5, false)));
            words.extend(index_bits(rng.choice(20, 5, true)));
            words.extend(index_bits(rng.choice_weighted(ramp(20).view(), 5, true)));
            words.extend(index_bits(rng.choice_weighted(ramp(20).view(), 15, false)));
            words.extend(float_bits([rng.random_sample()]));
            words.extend(int_bits([rng.random_int(0, 1000)]));
            let mut letters: [usize; 9] = std::array::from_fn(|index| index);
            rng.shuffle(&mut letters);
            words.extend(index_bits(letters));
        }
        words
    });
}

#[test]
fn arrays_are_filled_row_by_row() {
    let vector = RandomState::new(231).randn(24);
    let matrix: Array2<f64> = RandomState::new(231).randn((6, 4));
    let images = RandomState::new(231).randn((2, 3, 2, 2));
    assert_eq!(matrix.iter().collect::<Vec<_>>(), vector.iter().collect::<Vec<_>>());
    assert_eq!(images.iter().collect::<Vec<_>>(), vector.iter().collect::<Vec<_>>());
    assert_eq!(RandomState::new(231).randn(matrix.raw_dim()), matrix);
    assert_eq!(RandomState::new(231).randn((0, 3)).dim(), (0, 3));
}

#[test]
fn a_clone_draws_the_same_again_spare_normal_included() {
    let mut rng = RandomState::new(7);
    rng.randn(3);
    let mut saved = rng.clone();
    assert_eq!(rng.randn(5), saved.randn(5));
    assert_eq!(rng.randint(0, 1000, 5), saved.randint(0, 1000, 5));
}

#[test]
fn seeding_forgets_the_spare_normal() {
    let mut rng = RandomState::new(1);
    rng.standard_normal();
    rng.seed(2);
    assert_eq!(rng.standard_normal(), RandomState::new(2).standard_normal());
}

#[test]
fn debug_output_is_short() {
    assert_eq!(format!("{:?}", RandomState::new(0)), "RandomState(MT19937)");
}

#[test]
fn empty_draws_leave_the_stream_alone() {
    let mut rng = RandomState::new(5);
    assert_eq!(rng.rand(0).len(), 0);
    assert_eq!(rng.permutation(0), [0; 0]);
    assert_eq!(rng.permutation(1), [0]);
    assert_eq!(rng.choice(0, 0, true), [0; 0]);
    assert_eq!(rng.choice(0, 0, false), [0; 0]);
    assert_eq!(rng.choice_weighted(array![1.0].view(), 0, false), [0; 0]);
    rng.shuffle::<String>(&mut []);
    assert_eq!(rng.random_sample(), RandomState::new(5).random_sample());
}

/// The message that `draw` panics with.
#[track_caller]
fn panic_message<T>(draw: impl FnOnce(&mut RandomState) -> T) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| draw(&mut RandomState::new(0)))) else {
        panic!("expected a panic");
    };
    *payload.downcast::<String>().expect("a formatted message")
}

#[test]
fn ranges_of_no_number_panic() {
    assert_eq!(
        panic_message(|rng| rng.randint(5, 5, 3)),
        "RandomState::randint: `low` is 5 and `high` is 5, expected low < high (`high` is exclusive)"
    );
    assert_eq!(
        panic_message(|rng| rng.random_int(0, -1)),
        "RandomState::random_int: `low` is 0 and `high` is -1, expected low < high (`high` is exclusive)"
    );
}

#[test]
fn infinite_ranges_panic() {
    assert_eq!(
        panic_message(|rng| rng.uniform(f64::NEG_INFINITY, 1.0, 3)),
        "RandomState::uniform: `low` is -inf and `high` is 1, expected high - low to be finite"
    );
}

#[test]
fn negative_and_nan_scales_panic() {
    assert_eq!(
        panic_message(|rng| rng.normal(0.0, -1.0, 3)),
        "RandomState::normal: `scale` is -1, expected a standard deviation of 0 or more"
    );
    assert_eq!(
        panic_message(|rng| rng.normal(0.0, f64::NAN, 3)),
        "RandomState::normal: `scale` is NaN, expected a standard deviation of 0 or more"
    );
}

#[test]
fn choices_of_too_many_panic() {
    assert_eq!(
        panic_message(|rng| rng.choice(10, 11, false)),
        "RandomState::choice: `size` is 11 and `n` is 10 without replacement, expected size <= n"
    );
    assert_eq!(
        panic_message(|rng| rng.choice(0, 3, true)),
        "RandomState::choice: `n` is 0 and `size` is 3, expected at least 1 number to choose from"
    );
}

#[test]
fn wrong_probabilities_panic() {
    assert_eq!(
        panic_message(|rng| rng.choice_weighted(array![0.5, -0.5, 1.0].view(), 2, true)),
        "RandomState::choice_weighted: `p[1]` is -0.5, expected a probability of 0 or more"
    );
    assert_eq!(
        panic_message(|rng| rng.choice_weighted(array![0.5, 0.25].view(), 2, true)),
        "RandomState::choice_weighted: `p` has 2 probabilities that sum to 0.75, expected a sum of 1"
    );
    assert_eq!(
        panic_message(|rng| rng.choice_weighted(array![0.5, 0.0, 0.5].view(), 3, false)),
        "RandomState::choice_weighted: `size` is 3 without replacement and `p` has 2 probabilities above 0, \
         expected size <= 2"
    );
}

/// NumPy 2.4: `rng = np.random.RandomState(231)`, then `rng.get_state()`, and once more after `rng.randn(3)`; then
/// `rng.randn(), rng.rand()`.
#[test]
fn the_state_is_numpys_and_can_be_put_back() {
    let mut rng = RandomState::new(231);
    let state = rng.state();
    assert_eq!((&state.key[..3], state.key[623]), ([231, 2060253732, 2545909147].as_slice(), 449544658));
    assert_eq!((state.key.len(), state.position, state.spare_normal), (624, 624, None));
    assert_eq!(RandomState::from_state(&state).randn(1000), RandomState::new(231).randn(1000));

    rng.randn(3);
    let state = rng.state();
    assert_eq!((&state.key[..3], state.key[623]), ([976128901, 3476427827, 3729999647].as_slice(), 2275127618));
    assert_eq!(state.position, 8);
    let spare = state.spare_normal.unwrap();
    assert!((spare - -0.7088277337845966).abs() < 1e-15);
    let mut again = RandomState::from_state(&state);
    assert_eq!(again.standard_normal(), spare);
    assert_eq!(again.random_sample(), 0.8268882910012595);
    rng.standard_normal();
    rng.random_sample();
    assert_eq!(again.state(), rng.state());
}

#[test]
fn a_state_of_another_size_is_refused() {
    let mut state = RandomState::new(0).state();
    state.position = 625;
    assert_eq!(
        panic_message(|_| RandomState::from_state(&state)),
        "RandomState::from_state: `key` has 624 words and `position` is 625, expected 624 words and 0 to 624"
    );
    state.key.pop();
    state.position = 0;
    assert_eq!(
        panic_message(|_| RandomState::from_state(&state)),
        "RandomState::from_state: `key` has 623 words and `position` is 0, expected 624 words and 0 to 624"
    );
}
