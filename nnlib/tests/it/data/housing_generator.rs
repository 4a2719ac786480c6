//! The generated table of houses: always the same, and like the real one in its averages and correlations.

use ndarray::{Array1, Array2, ArrayView1, s};
use nnlib::data::housing_generator;
use nnlib::rng::RandomState;
use sha2::{Digest, Sha256};

fn correlation(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    let (a, b) = (&a - a.mean().unwrap(), &b - b.mean().unwrap());
    (&a * &b).sum() / ((&a * &a).sum() * (&b * &b).sum()).sqrt()
}

fn median(column: ArrayView1<f64>) -> f64 {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn table() -> (Array2<f64>, Array1<f64>) {
    housing_generator::rows(housing_generator::LEN)
}

/// The sum comes from this program itself, the same at optimisation levels 0 and 3.
#[test]
fn the_table_is_the_same_on_every_machine() {
    let (features, values) = table();
    let mut hasher = Sha256::new();
    for number in features.iter().chain(&values) {
        hasher.update(number.to_le_bytes());
    }
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "e0057b66bb830cc9d35eaf1719201684a85adaa95f17adb88ce9226ce6607ce1");
}

#[test]
fn the_first_rows_do_not_depend_on_how_many_there_are() {
    let (features, values) = housing_generator::rows(300);
    for count in [0, 1, 299] {
        let (fewer, fewer_values) = housing_generator::rows(count);
        assert_eq!(fewer, features.slice(s![..count, ..]));
        assert_eq!(fewer_values, values.slice(s![..count]));
    }
}

/// The real table's bounds, from `cal_housing.data`; rooms, bedrooms and people of a household have none.
#[test]
fn numbers_lie_where_those_of_the_real_table_do() {
    let (features, values) = table();
    assert_eq!((features.dim(), values.len()), ((20_640, 8), 20_640));
    let bounds = [
        (0, 0.4999, 15.0001),
        (1, 1.0, 52.0),
        (2, 0.5, 200.0),
        (3, 0.3, 40.0),
        (4, 3.0, 35_682.0),
        (5, 0.5, 1300.0),
        (6, 32.54, 41.95),
        (7, -124.35, -114.31),
    ];
    for (column, low, high) in bounds {
        assert!(features.column(column).iter().all(|number| (low..=high).contains(number)), "column {column}");
    }
    assert!(values.iter().all(|value| (0.14999..=5.00001).contains(value)));
    // The census cut off 4.7 % of the real values.
    let capped = values.iter().filter(|&&value| value == 5.00001).count() as f64 / values.len() as f64;
    assert!((0.035..0.06).contains(&capped), "{capped}");
}

/// Medians and correlations of the real table, from `cal_housing.data` by NumPy 2.4.6.
#[test]
fn medians_and_correlations_are_near_those_of_the_real_table() {
    let (features, values) = table();
    for (column, real) in [3.535, 29.0, 5.229, 1.049, 1166.0, 2.818, 34.26, -118.49].into_iter().enumerate() {
        let median = median(features.column(column));
        assert!((median - real).abs() < 0.06 * f64::abs(real), "column {column}: {median}, really {real}");
    }
    assert!((median(values.view()) - 1.797).abs() < 0.1);
    for (column, real) in [0.69, 0.11, 0.15, -0.05, -0.02, -0.02, -0.14, -0.05].into_iter().enumerate() {
        let found = correlation(features.column(column), values.view());
        assert!((found - real).abs() < 0.12, "column {column}: {found}, really {real}");
    }
    for ((a, b), real) in [((6, 7), -0.92), ((2, 3), 0.85), ((0, 2), 0.33), ((1, 4), -0.3), ((0, 1), -0.12)] {
        let found = correlation(features.column(a), features.column(b));
        assert!((found - real).abs() < 0.12, "columns {a} and {b}: {found}, really {real}");
    }
}

#[test]
fn generated_rows_are_others_from_the_same_distribution() {
    let mut rng = RandomState::new(0);
    let (generated, more) = (housing_generator::generate(5000, &mut rng), housing_generator::generate(5000, &mut rng));
    assert_eq!(generated, housing_generator::generate(5000, &mut RandomState::new(0)));
    assert_ne!(generated, more);
    let (features, values) = table();
    // A place, a number of people and a value together are as good as a name.
    let name = |row: ArrayView1<f64>, value: f64| [row[4], row[5], row[6], row[7], value].map(f64::to_bits);
    let seen: std::collections::HashSet<[u64; 5]> =
        features.rows().into_iter().zip(&values).map(|(row, &value)| name(row, value)).collect();
    let again =
        generated.0.rows().into_iter().zip(&generated.1).filter(|&(row, &value)| seen.contains(&name(row, value)));
    assert_eq!(again.count(), 0);
    for column in 0..8 {
        let (here, there) = (median(generated.0.column(column)), median(features.column(column)));
        assert!((here - there).abs() < 0.05 * there.abs(), "column {column}: {here} and {there}");
    }
    assert!((median(generated.1.view()) - median(values.view())).abs() < 0.1);
}
