//! Whether what a submission has sent is what the reference sends.

use nnlib::ndarray::ArrayD;
use nnlib::probe::Record;
use std::collections::{BTreeMap, BTreeSet};

/// What became of the cases of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cases {
    /// How many are right.
    pub right: usize,
    /// How many there are.
    pub all: usize,
    /// What is wrong with the others, in words that give no answer away.
    pub faults: Vec<String>,
}

/// Compares case by case. A case is what the names of its values have in common: `affine/square` of `affine/square/dw`.
///
/// Of values that were sent twice, the first counts.
pub fn compare(expected: &[Record], found: &[Record], tolerance: f64) -> Cases {
    let found: BTreeMap<&str, &ArrayD<f64>> =
        first_of_each_name(found).map(|record| (record.name.as_str(), &record.values)).collect();
    let mut cases: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for record in first_of_each_name(expected) {
        let fault = match found.get(record.name.as_str()) {
            None => Some("it did not come to it".to_owned()),
            Some(values) => fault(&record.values, values, tolerance),
        };
        let case = cases.entry(case_of(&record.name)).or_default();
        if case.is_none() {
            *case = fault.map(|fault| format!("{}: {fault}", record.name));
        }
    }
    Cases {
        right: cases.values().filter(|fault| fault.is_none()).count(),
        all: cases.len(),
        faults: cases.into_values().flatten().collect(),
    }
}

/// Of the records that have a name in common, the first.
pub fn first_of_each_name(records: &[Record]) -> impl Iterator<Item = &Record> {
    let mut seen = BTreeSet::new();
    records.iter().filter(move |record| seen.insert(record.name.as_str()))
}

/// The first two parts of a name: what its case is called.
pub fn case_of(name: &str) -> &str {
    match name.match_indices('/').nth(1) {
        Some((position, _)) => &name[..position],
        None => name,
    }
}

/// What is wrong with `found`, if anything. NaN and empty arrays are never right.
fn fault(expected: &ArrayD<f64>, found: &ArrayD<f64>, tolerance: f64) -> Option<String> {
    if expected.shape() != found.shape() {
        return Some(format!("expected shape {:?}, found {:?}", expected.shape(), found.shape()));
    }
    if found.is_empty() {
        return Some("there are no values".to_owned());
    }
    if !found.iter().all(|value| value.is_finite()) {
        return Some("there is a value that is infinite or not a number".to_owned());
    }
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let error = expected.iter().zip(found).fold(0.0, |error: f64, (a, b)| error.max((a - b).abs()));
    // Where all that is expected is 0, rounding is all that is allowed; and a count is right or wrong, however large it is.
    let are_whole = expected.iter().all(|value| value.fract() == 0.0);
    let is_right = error <= tolerance * largest.max(SMALLEST) && !(are_whole && error >= 0.5);
    (!is_right).then(|| "the values are not the right ones".to_owned())
}

/// Values below this are as good as 0.
const SMALLEST: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use nnlib::ndarray::{IxDyn, array};

    fn record(name: &str, values: ArrayD<f64>) -> Record {
        Record { name: name.to_owned(), values }
    }

    #[test]
    fn equal_but_for_rounding() {
        let expected = array![[1.0, -2.0]].into_dyn();
        let check = |found: ArrayD<f64>| fault(&expected, &found, 1e-6);
        assert_eq!(check(array![[1.0 + 1e-6, -2.0]].into_dyn()), None);
        assert!(check(array![[1.0 + 3e-6, -2.0]].into_dyn()).is_some());
        assert!(check(array![1.0, -2.0].into_dyn()).unwrap().contains("expected shape [1, 2], found [2]"));
        assert!(check(array![[1.0, f64::NAN]].into_dyn()).unwrap().contains("not a number"));
        assert!(check(array![[f64::INFINITY, -2.0]].into_dyn()).is_some());
    }

    #[test]
    fn a_large_count_that_is_off_by_one_is_wrong() {
        let count = |count: f64| ArrayD::from_elem(IxDyn(&[]), count);
        assert!(fault(&count(318_410.0), &count(318_411.0), 1e-4).is_some());
        assert_eq!(fault(&count(318_410.0), &count(318_410.0), 1e-4), None);
        assert_eq!(fault(&count(318_410.5), &count(318_411.5), 1e-4), None);
    }

    #[test]
    fn nothing_is_never_right() {
        let empty = ArrayD::zeros(IxDyn(&[0]));
        assert!(fault(&empty, &empty, 1.0).is_some());
        let not_a_number = ArrayD::from_elem(IxDyn(&[]), f64::NAN);
        assert!(fault(&not_a_number, &not_a_number, 1.0).is_some());
        assert_eq!(compare(&[record("a/b", array![1.0].into_dyn())], &[], 1e-6).right, 0);
    }

    #[test]
    fn a_case_is_right_if_all_of_it_is() {
        let one = || array![1.0].into_dyn();
        let expected = [record("f/a/x", one()), record("f/a/y", one()), record("f/b", one())];
        let found = [
            record("f/a/x", one()),
            record("f/a/y", array![2.0].into_dyn()),
            record("f/b", one()),
            record("f/b", array![9.0].into_dyn()),
        ];
        let cases = compare(&expected, &found, 1e-6);
        assert_eq!((cases.right, cases.all), (1, 2));
        assert_eq!(cases.faults, ["f/a/y: the values are not the right ones"]);
    }
}
