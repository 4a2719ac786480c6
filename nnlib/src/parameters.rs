//! The named parameters of a model.

use ndarray::ArrayD;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Index, IndexMut};

/// Arrays by name, in the order of their names: a model's weights, or the gradient of a loss with respect to them.
///
/// ```
/// use nnlib::ndarray::{Array, array};
/// use nnlib::parameters::Parameters;
///
/// let mut params = Parameters::new();
/// params.insert("W1", Array::zeros((3, 2)));
/// params.insert("b1", array![0.0, 0.5]);
/// params["b1"][0] = 1.0;
/// assert_eq!(params["b1"], array![1.0, 0.5].into_dyn());
/// assert_eq!(format!("{params:?}"), "W1 (3, 2), b1 (2,)");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Parameters {
    arrays: BTreeMap<String, ArrayD<f64>>,
}

impl Parameters {
    /// No parameters.
    pub fn new() -> Self {
        Parameters::default()
    }

    /// Sets `name` to `array`, whether or not there was such a parameter.
    pub fn insert<D: ndarray::Dimension>(&mut self, name: &str, array: ndarray::Array<f64, D>) {
        self.arrays.insert(name.to_owned(), array.into_dyn());
    }

    /// The parameter called `name`, if there is one. `params["W1"]` is the same where it must be there.
    pub fn get(&self, name: &str) -> Option<&ArrayD<f64>> {
        self.arrays.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Names and arrays, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ArrayD<f64>)> {
        self.arrays.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// Names and arrays to be changed, in the order of the names.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut ArrayD<f64>)> {
        self.arrays.iter_mut().map(|(name, array)| (name.as_str(), array))
    }

    /// How many parameters there are; a matrix is one.
    pub fn len(&self) -> usize {
        self.arrays.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    #[track_caller]
    fn missing(&self, name: &str) -> ! {
        let names: Vec<&str> = self.names().collect();
        panic!("Parameters: there is no `{name}`; there are {names:?}")
    }
}

impl Index<&str> for Parameters {
    type Output = ArrayD<f64>;

    #[track_caller]
    fn index(&self, name: &str) -> &ArrayD<f64> {
        match self.arrays.get(name) {
            Some(array) => array,
            None => self.missing(name),
        }
    }
}

impl IndexMut<&str> for Parameters {
    #[track_caller]
    fn index_mut(&mut self, name: &str) -> &mut ArrayD<f64> {
        if !self.arrays.contains_key(name) {
            self.missing(name);
        }
        self.arrays.get_mut(name).expect("looked for above")
    }
}

impl<S: Into<String>> FromIterator<(S, ArrayD<f64>)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (S, ArrayD<f64>)>>(items: I) -> Self {
        Parameters { arrays: items.into_iter().map(|(name, array)| (name.into(), array)).collect() }
    }
}

/// Names and shapes, rather than thousands of numbers.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, array)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name} {}", crate::array::shape_text(array.shape()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    #[should_panic(expected = "Parameters: there is no `W2`; there are [\"W1\", \"b1\"]")]
    fn a_name_that_is_not_there() {
        let params: Parameters = [("W1", array![1.0].into_dyn()), ("b1", array![1.0].into_dyn())].into_iter().collect();
        let _ = &params["W2"];
    }
}
