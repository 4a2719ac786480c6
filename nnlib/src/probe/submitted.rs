//! What a submission has sent for a question, for the program that judges it.

use super::{Record, records};
use crate::array::shape_text;
use ndarray::ArrayD;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The values that a submission has sent for a question: a trained model's parameters, settings.
///
/// Whoever asks for one says what it must be like. Otherwise there is an error, whose text goes to the student:
///
/// ```
/// use nnlib::ndarray::ArrayD;
/// use nnlib::probe::{Record, Submitted};
///
/// let record = Record { name: "two_layer/theta1".to_owned(), values: ArrayD::zeros(vec![3072, 10]) };
/// let submitted = Submitted::new([record]);
/// assert_eq!(
///     submitted.array("two_layer/theta1", &[3072, 100]).unwrap_err(),
///     "`two_layer/theta1`: expected shape (3072, 100), found (3072, 10)"
/// );
/// assert_eq!(submitted.number("rate").unwrap_err(), "`rate`: expected a number, found nothing");
/// ```
///
/// A name that was sent twice has no value: nobody could say which of them was meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submitted {
    /// Nothing for a name that was sent more than once.
    values: BTreeMap<String, Option<ArrayD<f64>>>,
}

impl Submitted {
    /// Of these records.
    pub fn new(records: impl IntoIterator<Item = Record>) -> Self {
        let mut values = BTreeMap::new();
        for Record { name, values: sent } in records {
            values.entry(name).and_modify(|value| *value = None).or_insert(Some(sent));
        }
        Submitted { values }
    }

    /// Of the records in these bytes, up to the first that is malformed.
    pub fn read(bytes: &[u8]) -> Self {
        Submitted::new(records(bytes).map_while(Result::ok))
    }

    /// What was sent, by name, in the order of the names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The shape of what was sent under `name`.
    ///
    /// # Errors
    ///
    /// If nothing was, or more than once.
    pub fn shape(&self, name: &str) -> Result<&[usize], String> {
        self.sent(name, "an array").map(ArrayD::shape)
    }

    /// The array of this name and shape, all of whose entries are finite.
    ///
    /// # Errors
    ///
    /// If there is no such array.
    pub fn array(&self, name: &str, shape: &[usize]) -> Result<ArrayD<f64>, String> {
        let expected = format!("shape {}", shape_text(shape));
        self.finite(name, &expected, |values| values.shape() == shape).cloned()
    }

    /// The finite number of this name.
    ///
    /// # Errors
    ///
    /// If there is no such number.
    pub fn number(&self, name: &str) -> Result<f64, String> {
        let values = self.finite(name, "a number", |values| values.ndim() == 0)?;
        Ok(values.sum())
    }

    /// The list of this name: finite numbers, as many as `lens` allows.
    ///
    /// # Errors
    ///
    /// If there is no such list.
    pub fn list(&self, name: &str, lens: RangeInclusive<usize>) -> Result<Vec<f64>, String> {
        let expected = format!("a list of {} to {} numbers", lens.start(), lens.end());
        let fits = |values: &ArrayD<f64>| values.ndim() == 1 && lens.contains(&values.len());
        Ok(self.finite(name, &expected, fits)?.iter().copied().collect())
    }

    /// The whole number of this name, within these bounds.
    ///
    /// # Errors
    ///
    /// If there is no such number.
    pub fn count(&self, name: &str, bounds: RangeInclusive<usize>) -> Result<usize, String> {
        whole(name, self.number(name)?, &bounds)
    }

    /// The list of this name, as many whole numbers as `lens` allows, each within these bounds.
    ///
    /// # Errors
    ///
    /// If there is no such list.
    pub fn counts(
        &self,
        name: &str,
        lens: RangeInclusive<usize>,
        bounds: RangeInclusive<usize>,
    ) -> Result<Vec<usize>, String> {
        self.list(name, lens)?.into_iter().map(|number| whole(name, number, &bounds)).collect()
    }

    fn finite(&self, name: &str, expected: &str, fits: impl Fn(&ArrayD<f64>) -> bool) -> Result<&ArrayD<f64>, String> {
        let values = self.sent(name, expected)?;
        if !fits(values) {
            // "expected shape (2,), found (3,)", and "expected a number, found shape (3,)".
            let shape = if expected.starts_with("shape") { "" } else { "shape " };
            return Err(format!("`{name}`: expected {expected}, found {shape}{}", shape_text(values.shape())));
        }
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("`{name}`: expected finite numbers, found {value}")),
            None => Ok(values),
        }
    }

    fn sent(&self, name: &str, expected: &str) -> Result<&ArrayD<f64>, String> {
        match self.values.get(name) {
            Some(Some(values)) => Ok(values),
            Some(None) => Err(format!("`{name}`: expected {expected}, found more than one value of that name")),
            None => Err(format!("`{name}`: expected {expected}, found nothing")),
        }
    }
}

/// `number` as a whole number within `bounds`.
fn whole(name: &str, number: f64, bounds: &RangeInclusive<usize>) -> Result<usize, String> {
    // Beyond the largest number the conversion saturates, and no bound is so large.
    let count = number as usize;
    match count as f64 == number && bounds.contains(&count) {
        true => Ok(count),
        false => {
            let (least, most) = (bounds.start(), bounds.end());
            Err(format!("`{name}`: expected a whole number from {least} to {most}, found {number}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{IxDyn, array};

    fn submitted() -> Submitted {
        let record = |name: &str, values: ArrayD<f64>| Record { name: name.to_owned(), values };
        let number = |value| ArrayD::from_elem(IxDyn(&[]), value);
        let sent = [
            record("w", array![[1.0, 2.0]].into_dyn()),
            record("rate", number(0.5)),
            record("sizes", array![784.0, 10.0].into_dyn()),
            record("many", number(1e300)),
            record("nan", number(f64::NAN)),
            record("infinite", array![0.0, f64::NEG_INFINITY].into_dyn()),
            record("twice", number(1.0)),
            record("twice", number(1.0)),
        ];
        Submitted::read(&sent.iter().flat_map(|record| record.to_bytes().unwrap()).collect::<Vec<u8>>())
    }

    #[test]
    fn what_was_sent_as_it_should_be() {
        let submitted = submitted();
        assert_eq!(submitted.array("w", &[1, 2]), Ok(array![[1.0, 2.0]].into_dyn()));
        assert_eq!(submitted.shape("w"), Ok(&[1, 2][..]));
        assert_eq!(submitted.number("rate"), Ok(0.5));
        assert_eq!(submitted.list("sizes", 1..=2), Ok(vec![784.0, 10.0]));
        assert_eq!(submitted.counts("sizes", 2..=9, 1..=784), Ok(vec![784, 10]));
        assert!(submitted.names().eq(["infinite", "many", "nan", "rate", "sizes", "twice", "w"]));
    }

    #[test]
    fn errors_say_what_was_expected_and_what_was_found() {
        let submitted = submitted();
        let array = |name, shape: &[usize]| submitted.array(name, shape).unwrap_err();
        assert_eq!(array("w", &[2, 1]), "`w`: expected shape (2, 1), found (1, 2)");
        assert_eq!(array("v", &[2, 1]), "`v`: expected shape (2, 1), found nothing");
        assert_eq!(array("infinite", &[2]), "`infinite`: expected finite numbers, found -inf");
        assert_eq!(array("twice", &[]), "`twice`: expected shape (), found more than one value of that name");
        assert_eq!(submitted.number("nan").unwrap_err(), "`nan`: expected finite numbers, found NaN");
        assert_eq!(submitted.number("w").unwrap_err(), "`w`: expected a number, found shape (1, 2)");
        let list = submitted.list("sizes", 3..=9).unwrap_err();
        assert_eq!(list, "`sizes`: expected a list of 3 to 9 numbers, found shape (2,)");
        let count = |name| submitted.count(name, 1..=9).unwrap_err();
        assert_eq!(count("rate"), "`rate`: expected a whole number from 1 to 9, found 0.5");
        assert!(count("many").starts_with("`many`: expected a whole number from 1 to 9, found 1000000000"));
        let counts = submitted.counts("sizes", 1..=2, 1..=100).unwrap_err();
        assert_eq!(counts, "`sizes`: expected a whole number from 1 to 100, found 784");
        assert_eq!(submitted.shape("v").unwrap_err(), "`v`: expected an array, found nothing");
    }

    #[test]
    fn what_comes_after_a_malformed_record_was_not_sent() {
        let record = Record { name: "w".to_owned(), values: ArrayD::zeros(IxDyn(&[2])) };
        let mut bytes = record.to_bytes().unwrap();
        bytes.extend(b"PRO");
        bytes.extend(Record { name: "v".to_owned(), ..record }.to_bytes().unwrap());
        assert!(Submitted::read(&bytes).names().eq(["w"]));
    }
}
